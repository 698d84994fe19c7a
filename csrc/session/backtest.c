/* SPDX-License-Identifier: MIT */
/* backtest: drives a session from feeds. A bar has two moments, its open and its close; at one instant closes come
 * before opens. */
#include "session/backtest.h"

#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "session/lane.h"

enum { PROGRESS_BARS = 64 };

struct neap_backtest {
  const neap_backtest_options *options;
  neap_session *session;
  product_lane *lanes;
  uint32_t count;
  neap_backtest_report report;
  uint64_t next_progress;
  int64_t closed; /* when bars closed last */
  neap_status failed;
  neap_fault failure;
};

static bool exits_at_open(const neap_backtest *run, const product_lane *lane) {
  return neap_session_exits_at_open(run->session, (uint32_t)(lane - run->lanes));
}

/* At one instant closes come before opens, opens that release money before those that need it, and then what a
 * recording has. */
static bool is_before(const neap_backtest *run, const product_lane *lane, const product_lane *other) {
  if (lane->moment != other->moment) return lane->moment < other->moment;
  if (lane->turn != other->turn) return lane->turn < other->turn;
  return lane->turn == LANE_OPENS && exits_at_open(run, lane) && !exits_at_open(run, other);
}

/* The lane whose turn it is, else in order of products. NULL: all are done. */
static product_lane *earliest(const neap_backtest *run) {
  product_lane *best = NULL;
  for (uint32_t i = 0; i < run->count; i++) {
    product_lane *lane = &run->lanes[i];
    if (!lane->done && (!best || is_before(run, lane, best))) best = lane;
  }
  return best;
}

static bool looks_back(const neap_backtest *run) {
  return run->options->session.resume || run->options->session.history_until != 0;
}

/* Bars that ended before a resumed session stopped, or that are history. */
static bool was_seen(const neap_backtest *run, int64_t end) {
  return looks_back(run) && end <= neap_session_seen_until(run->session);
}

static neap_status open_bar(neap_backtest *run, product_lane *lane, neap_fault *fault) {
  lane_opened(lane);
  if (was_seen(run, lane->moment)) return NEAP_OK;
  return neap_session_bar_open(run->session, (uint32_t)(lane - run->lanes), &lane->bar, fault);
}

static neap_status close_bars(neap_backtest *run, int64_t moment, neap_fault *fault) {
  neap_bar_event bars[NEAP_STRATEGY_PRODUCTS];
  bars[0] = (neap_bar_event){0};
  uint32_t count = 0;
  for (uint32_t i = 0; i < run->count; i++) {
    product_lane *lane = &run->lanes[i];
    if (lane->done || lane->turn != LANE_CLOSES || lane->moment != moment) continue;
    bars[count++] = (neap_bar_event){.product = i, .frame = lane->frame, .close_time = moment, .candle = &lane->bar};
  }
  run->report.bars += count;
  run->closed = moment;
  neap_status status = was_seen(run, moment) ? neap_session_bar_seen(run->session, bars, count, fault)
                                             : neap_session_bar_close(run->session, bars, count, fault);
  for (uint32_t i = 0; status == NEAP_OK && i < count; i++)
    status = lane_next_bar(&run->lanes[bars[i].product], &run->report.truncated, fault);
  return status;
}

/* All that recordings have at this moment, in the order of products: one instant, after which strategies are called. */
static neap_status play(neap_backtest *run, int64_t moment, neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (uint32_t i = 0; status == NEAP_OK && i < run->count; i++) {
    product_lane *lane = &run->lanes[i];
    if (!lane->done && lane->turn == LANE_PLAYS && lane->moment == moment)
      status = lane_play(lane, run->session, i, fault);
  }
  return status == NEAP_OK ? neap_session_market_instant(run->session, fault) : status;
}

/* Asked between the bars that closed and those that open. */
static bool goes_on(neap_backtest *run) {
  if (run->report.bars < run->next_progress || !run->options->progress) return true;
  run->next_progress = run->report.bars + PROGRESS_BARS;
  run->report.interrupted = !run->options->progress(run->options->progress_context, run->report.bars, run->closed);
  return !run->report.interrupted;
}

/* Until bars have closed at so many instants. NEAP_END: all lanes are done. */
static neap_status drive(neap_backtest *run, uint64_t instants, neap_fault *fault) {
  neap_status status = NEAP_OK;
  while (status == NEAP_OK && instants > 0) {
    product_lane *lane = earliest(run);
    if (!lane) return NEAP_END;
    if (lane->turn != LANE_CLOSES) {
      status = lane->turn == LANE_OPENS ? open_bar(run, lane, fault) : play(run, lane->moment, fault);
      continue;
    }
    status = close_bars(run, lane->moment, fault);
    instants--;
    if (status == NEAP_OK && !goes_on(run)) break;
  }
  return status;
}

static void record_recording(const neap_feed_report *report, neap_buffer *out) {
  neap_record_int(out, "messages", (int64_t)report->messages);
  neap_record_int(out, "changes", (int64_t)report->changes);
  neap_record_int(out, "trades", (int64_t)report->trades);
}

static neap_status note_data(neap_backtest *run, neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (uint32_t i = 0; status == NEAP_OK && i < run->count; i++) {
    char digest[NEAP_DIGEST_TEXT];
    neap_feed_report report;
    neap_buffer record;
    neap_feed_report_get(run->lanes[i].feed, &report);
    neap_feed_digest(run->lanes[i].feed, digest);
    neap_buffer_init(&record);
    neap_record_int(&record, "bars", (int64_t)report.bars);
    neap_record_int(&record, "skipped", (int64_t)report.skipped);
    neap_record_int(&record, "gaps", (int64_t)report.gaps);
    neap_record_int(&record, "missing_bars", (int64_t)report.missing_bars);
    neap_record_time(&record, "first", report.first);
    neap_record_time(&record, "last", report.last);
    if (run->lanes[i].recording) record_recording(&report, &record);
    neap_record_text(&record, "blake2b", digest);
    status = neap_session_note(run->session, "data_read", i, &record, fault);
    neap_buffer_fini(&record);
  }
  return status;
}

static neap_status open_session(neap_backtest *run, neap_fault *fault) {
  neap_session_options options = run->options->session;
  int64_t frames[NEAP_STRATEGY_PRODUCTS];
  neap_session_book books[NEAP_STRATEGY_PRODUCTS] = {0};
  options.frames = frames;
  options.books = books;
  options.start = INT64_MAX;
  for (uint32_t i = 0; i < run->count; i++) {
    const neap_recording *recording = run->lanes[i].recording;
    if (recording) books[i] = (neap_session_book){recording->price_increment, recording->size_increment};
    frames[i] = run->lanes[i].frame;
    if (run->lanes[i].moment < options.start) options.start = run->lanes[i].moment;
  }
  if (options.history_until) options.start = options.history_until;
  return neap_session_open(&options, &run->session, fault);
}

static neap_status happen(neap_backtest *run, product_lane *lane, neap_fault *fault) {
  if (lane->turn == LANE_PLAYS) return play(run, lane->moment, fault);
  return lane->turn == LANE_CLOSES ? close_bars(run, lane->moment, fault) : open_bar(run, lane, fault);
}

/* What a session had seen, or has as history, is shown at once, up to the opens at its last instant: they are the first
 * step's. */
static neap_status show_seen(neap_backtest *run, neap_fault *fault) {
  int64_t until = neap_session_seen_until(run->session);
  neap_status status = NEAP_OK;
  for (product_lane *lane; status == NEAP_OK && (lane = earliest(run)) != NULL;) {
    if (lane->moment > until || (lane->moment == until && lane->turn == LANE_OPENS)) break;
    status = happen(run, lane, fault);
  }
  run->report.bars = 0;
  if (status != NEAP_OK || earliest(run) || run->options->session.resume) return status;
  return neap_fail(fault, NEAP_INVALID, "no_bars", "no bar lies in the period asked for");
}

static neap_status open_all(neap_backtest *run, neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (uint32_t i = 0; status == NEAP_OK && i < run->count; i++)
    status = lane_open(&run->lanes[i], run->options->feeds[i], &run->options->session.products[i],
                       &run->report.truncated, fault);
  if (status == NEAP_OK) status = open_session(run, fault);
  return status == NEAP_OK && looks_back(run) ? show_seen(run, fault) : status;
}

/* A failure is kept: whoever asks again hears the same. */
static neap_status keep(neap_backtest *run, neap_status status, const neap_fault *why, neap_fault *fault) {
  if (status != NEAP_OK && status != NEAP_END) {
    run->failed = status;
    run->failure = *why;
    neap_session_failed(run->session, why);
    if (fault) *fault = *why;
  }
  return status;
}

neap_status neap_backtest_open(const neap_backtest_options *options, neap_backtest **out, neap_fault *fault) {
  uint32_t count = options->session.product_count;
  *out = NULL;
  if (count == 0 || count > NEAP_STRATEGY_PRODUCTS)
    return neap_fail(fault, NEAP_INVALID, "products", "a run takes 1 to %d products, not %u", NEAP_STRATEGY_PRODUCTS,
                     count);
  neap_backtest *run = calloc(1, sizeof *run);
  if (!run) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for a run");
  *out = run;
  run->options = options;
  run->count = count;
  run->next_progress = PROGRESS_BARS;
  run->lanes = calloc(count, sizeof *run->lanes);
  if (!run->lanes) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for %u products", count);
  neap_fault why = {0};
  return keep(run, open_all(run, &why), &why, fault);
}

neap_status neap_backtest_step(neap_backtest *run, uint64_t instants, neap_fault *fault) {
  neap_fault why = {0};
  if (run->failed != NEAP_OK && fault) *fault = run->failure;
  if (run->failed != NEAP_OK) return run->failed;
  run->report.interrupted = false;
  return keep(run, drive(run, instants, &why), &why, fault);
}

bool neap_backtest_next(const neap_backtest *run, int64_t *moment) {
  const product_lane *lane = earliest(run);
  if (!lane) return false;
  int64_t due = neap_session_next_due(run->session);
  *moment = due < lane->moment ? due : lane->moment;
  return true;
}

static neap_status release(neap_backtest *run, bool *closed, neap_fault *fault) {
  product_lane *lane = earliest(run);
  if (!lane) return NEAP_END;
  int64_t due = neap_session_next_due(run->session);
  if (due < lane->moment) return neap_session_tick(run->session, due, fault);
  *closed = lane->turn == LANE_CLOSES;
  return happen(run, lane, fault);
}

neap_status neap_backtest_release(neap_backtest *run, bool *closed, neap_fault *fault) {
  neap_fault why = {0};
  *closed = false;
  if (run->failed != NEAP_OK && fault) *fault = run->failure;
  if (run->failed != NEAP_OK) return run->failed;
  return keep(run, release(run, closed, &why), &why, fault);
}

neap_status neap_backtest_stop(neap_backtest *run, const char *reason, neap_on_stop how, neap_fault *fault) {
  neap_fault why = {0};
  neap_status status = note_data(run, &why);
  if (status == NEAP_OK) status = neap_session_stop(run->session, reason, how, &why);
  return keep(run, status, &why, fault);
}

neap_status neap_backtest_finish(neap_backtest *run, const char *reason, neap_fault *fault) {
  neap_fault why = {0};
  neap_status status = note_data(run, &why);
  if (status == NEAP_OK) status = neap_session_finish(run->session, reason, run->options->close_at_end, &why);
  return keep(run, status, &why, fault);
}

neap_session *neap_backtest_session(const neap_backtest *run) { return run->session; }

void neap_backtest_report_get(const neap_backtest *run, neap_backtest_report *out) { *out = run->report; }

void neap_backtest_close(neap_backtest *run) {
  if (!run) return;
  neap_session_close(run->session);
  free(run->lanes);
  free(run);
}

neap_status neap_backtest_run(const neap_backtest_options *options, neap_session **out, neap_backtest_report *report,
                              neap_fault *fault) {
  neap_backtest *run;
  *out = NULL;
  *report = (neap_backtest_report){0};
  neap_status status = neap_backtest_open(options, &run, fault);
  if (status == NEAP_OK) status = neap_backtest_step(run, UINT64_MAX, fault);
  bool done = status == NEAP_OK || status == NEAP_END;
  if (done) status = neap_backtest_finish(run, run->report.interrupted ? "interrupted" : "end of the data", fault);
  if (!run) return status;
  *report = run->report;
  *out = run->session;
  run->session = NULL;
  neap_backtest_close(run);
  return status;
}
