/* SPDX-License-Identifier: MIT */
/* feed: bars of one product from a CSV file or from memory, streamed, checked, in order. */
#include "session/feed.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "session/feed_frame.h"
#include "session/feed_recording.h"
#include "session/feed_source.h"

enum { PATH_SHOWN = 160, BAR_BYTES = 8 + 5 * 16, BLANK_LINES = 100000 };

struct neap_feed {
  neap_feed_options options;
  neap_feed_report report;
  neap_candle_dialect dialect;
  int64_t frame, last; /* start of the last good bar, delivered or not */
  uint64_t last_line;
  bool has_last, ended;
  char *path;
  neap_source *source; /* of a file; else NULL */
  neap_candle *bars;   /* of memory */
  size_t count, next;
  neap_digest *digest; /* of the bars of memory */
  char digest_text[NEAP_DIGEST_TEXT];
  neap_recording recording; /* without messages: there is none */
};

static void set_where(const neap_feed *feed, uint64_t line, neap_fault *fault) {
  if (!feed->path) {
    neap_fault_set_where(fault, "bar %" PRIu64, line);
    return;
  }
  size_t length = strlen(feed->path), hidden = length > PATH_SHOWN ? length - PATH_SHOWN : 0;
  neap_fault_set_where(fault, "%s%s:%" PRIu64, hidden ? "..." : "", feed->path + hidden, line);
}

static uint64_t line_number(const neap_feed *feed) {
  return feed->source ? neap_source_line_number(feed->source) : feed->next;
}

static neap_status fail_descending(const neap_feed *feed, uint64_t line, neap_fault *fault) {
  const neap_candle_dialect *dialect = &feed->dialect;
  char sort[64];
  const char *separator = dialect->separator == '\t' ? "$'\\t'" : dialect->separator == ';' ? "';'" : ",";
  int column = dialect->column[0] + 1;
  snprintf(sort, sizeof sort, "sort -t%s -k%d,%d%s", separator, column, column,
           dialect->unit == NEAP_TIME_ISO ? "" : "n");
  if (!feed->path)
    neap_fail(fault, NEAP_INVALID, "descending", "the newest bar comes first (descending order); reverse the bars");
  else if (dialect->has_header)
    neap_fail(
        fault, NEAP_INVALID, "descending",
        "the newest bar comes first (descending order); sort the file: (head -n 1 FILE; tail -n +2 FILE | %s) > SORTED",
        sort);
  else
    neap_fail(fault, NEAP_INVALID, "descending",
              "the newest bar comes first (descending order); sort the file: %s FILE > SORTED", sort);
  set_where(feed, line, fault);
  return NEAP_INVALID;
}

static neap_status take_frame(neap_feed *feed, neap_frame_finder *finder, neap_fault *fault) {
  feed->frame = neap_frame_finder_frame(finder);
  return finder->down && !finder->up ? fail_descending(feed, finder->down_line, fault) : NEAP_OK;
}

static neap_status find_file_frame(neap_feed *feed, neap_fault *fault) {
  neap_frame_finder finder = {0};
  const char *text, *newline;
  size_t length;
  bool header = feed->dialect.has_header;
  neap_source_peek(feed->source, &text, &length);
  const char *end = text + length;
  for (uint64_t line = 1; text < end && finder.bars < NEAP_FRAME_SAMPLE; text = newline + 1, line++) {
    neap_candle bar;
    newline = memchr(text, '\n', (size_t)(end - text));
    if (!newline) newline = end;
    if (neap_candle_blank(text, (size_t)(newline - text))) continue;
    if (!header && neap_candle_parse(&feed->dialect, text, (size_t)(newline - text), &bar, NULL) == NEAP_OK)
      neap_frame_finder_add(&finder, bar.time, line);
    header = false;
  }
  return take_frame(feed, &finder, fault);
}

static neap_status find_memory_frame(neap_feed *feed, neap_fault *fault) {
  neap_frame_finder finder = {0};
  for (size_t i = 0; i < feed->count && i < NEAP_FRAME_SAMPLE; i++)
    if (neap_candle_check(&feed->bars[i], NULL) == NEAP_OK) neap_frame_finder_add(&finder, feed->bars[i].time, i + 1);
  return take_frame(feed, &finder, fault);
}

static neap_status next_line(neap_feed *feed, const char **line, size_t *length, neap_fault *fault) {
  neap_status status;
  int blank = 0;
  do status = neap_source_line(feed->source, line, length, fault);
  while (status == NEAP_OK && neap_candle_blank(*line, *length) && ++blank < BLANK_LINES);
  if (blank < BLANK_LINES) return status;
  return neap_fail(fault, NEAP_IO, "blank_lines", "%d empty lines, one after the other: this is no file of bars",
                   blank);
}

/* The head of a cut off archive may look like any nonsense; that it is cut off is what is to be said. */
static neap_status fail_head(neap_feed *feed, neap_fault *fault) {
  neap_status status = neap_source_failure(feed->source, fault);
  set_where(feed, 1, fault);
  return status ? status : NEAP_INVALID;
}

static neap_status read_head(neap_feed *feed, neap_fault *fault) {
  const char *text, *line;
  size_t length;
  neap_source_peek(feed->source, &text, &length);
  if (neap_candle_detect(text, length, &feed->dialect, fault)) return fail_head(feed, fault);
  snprintf(feed->report.dialect, sizeof feed->report.dialect, "%s", feed->dialect.name);
  neap_status status = find_file_frame(feed, fault);
  if (status == NEAP_OK && feed->dialect.has_header) status = next_line(feed, &line, &length, fault);
  return status;
}

static neap_feed *new_feed(const neap_feed_options *options) {
  neap_feed *feed = calloc(1, sizeof *feed);
  if (feed && options) feed->options = *options;
  return feed;
}

static neap_status finish_open(neap_feed *feed, neap_status status, neap_feed **out) {
  if (status == NEAP_OK)
    *out = feed;
  else
    neap_feed_close(feed);
  return status;
}

neap_status neap_feed_open(const char *path, const neap_feed_options *options, neap_feed **out, neap_fault *fault) {
  neap_feed *feed = new_feed(options);
  if (!feed || !(feed->path = strdup(path)))
    return finish_open(feed, neap_fail(fault, NEAP_MEMORY, "memory", "out of memory"), out);
  neap_status status = neap_source_open(path, &feed->source, fault);
  if (status)
    neap_fault_set_where(fault, "%s", path);
  else
    status = read_head(feed, fault);
  return finish_open(feed, status, out);
}

neap_status neap_feed_from_bars(const neap_candle *bars, size_t count, const neap_feed_options *options,
                                neap_feed **out, neap_fault *fault) {
  neap_feed *feed = new_feed(options);
  if (feed) feed->digest = neap_digest_new_blake2b(), feed->bars = malloc((count + 1) * sizeof *bars);
  if (!feed || !feed->digest || !feed->bars)
    return finish_open(feed, neap_fail(fault, NEAP_MEMORY, "memory", "out of memory"), out);
  if (count) memcpy(feed->bars, bars, count * sizeof *bars);
  feed->count = count;
  snprintf(feed->report.dialect, sizeof feed->report.dialect, "memory");
  return finish_open(feed, find_memory_frame(feed, fault), out);
}

neap_status neap_feed_open_recording(const neap_recorded_files *files, const neap_feed_options *options,
                                     neap_feed **out, neap_fault *fault) {
  neap_recorded recorded = {.bars = NULL};
  neap_status status = neap_recorded_load(files, options, &recorded, fault);
  if (status == NEAP_OK) status = neap_feed_from_bars(recorded.bars, recorded.bar_count, options, out, fault);
  free(recorded.bars);
  if (status != NEAP_OK) return neap_recording_fini(&recorded.recording), status;
  neap_feed *feed = *out;
  feed->recording = recorded.recording;
  feed->frame = files->frame;
  memcpy(feed->digest_text, recorded.digest, sizeof feed->digest_text);
  snprintf(feed->report.dialect, sizeof feed->report.dialect, "recording");
  feed->report.messages = feed->recording.message_count;
  feed->report.changes = feed->recording.change_count;
  feed->report.trades = feed->recording.trade_count;
  return NEAP_OK;
}

const neap_recording *neap_feed_recording(const neap_feed *feed) {
  return feed->recording.message_count ? &feed->recording : NULL;
}

void neap_feed_close(neap_feed *feed) {
  if (!feed) return;
  neap_recording_fini(&feed->recording);
  neap_source_close(feed->source);
  neap_digest_free(feed->digest);
  free(feed->bars);
  free(feed->path);
  free(feed);
}

int64_t neap_feed_frame(const neap_feed *feed) { return feed->frame; }

static unsigned char *pack(unsigned char *at, unsigned __int128 value, unsigned bytes) {
  for (unsigned i = 0; i < bytes; i++) *at++ = (unsigned char)(value >> (8 * i));
  return at;
}

static void hash_bar(neap_feed *feed, const neap_candle *bar) {
  const neap_decimal values[] = {bar->open, bar->high, bar->low, bar->close, bar->volume};
  unsigned char bytes[BAR_BYTES], *at = pack(bytes, (unsigned __int128)bar->time, 8);
  for (int i = 0; i < 5; i++) at = pack(at, (unsigned __int128)values[i].units, 16);
  neap_digest_update(feed->digest, bytes, BAR_BYTES);
}

static neap_status fetch_memory(neap_feed *feed, neap_candle *out, neap_fault *fault) {
  if (feed->next == feed->count) return NEAP_END;
  *out = feed->bars[feed->next++];
  hash_bar(feed, out);
  return neap_candle_check(out, fault);
}

static neap_status fetch_file(neap_feed *feed, neap_candle *out, neap_fault *fault) {
  const char *line;
  size_t length;
  neap_status status = next_line(feed, &line, &length, fault);
  return status ? status : neap_candle_parse(&feed->dialect, line, length, out, fault);
}

static neap_status fail_order(const neap_feed *feed, int64_t time, neap_fault *fault) {
  char now[NEAP_TIME_TEXT], before[NEAP_TIME_TEXT], frame[NEAP_TIME_TEXT];
  const char *unit = feed->source ? "line" : "bar";
  neap_time_format(time, now);
  neap_time_format(feed->last, before);
  neap_duration_format(feed->frame, frame);
  if (time == feed->last)
    return neap_fail(fault, NEAP_INVALID, "duplicate", "a second bar of %s; the first is %s %" PRIu64, now, unit,
                     feed->last_line);
  if (time < feed->last)
    return neap_fail(fault, NEAP_INVALID, "disorder", "time goes back: %s after %s (%s %" PRIu64 ")", now, before, unit,
                     feed->last_line);
  return neap_fail(fault, NEAP_INVALID, "overlap",
                   "the bar of %s starts before the %s bar of %s has ended; a file holds bars of one length", now,
                   frame, before);
}

static neap_status fetch(neap_feed *feed, neap_candle *out, neap_fault *fault) {
  neap_status status = feed->source ? fetch_file(feed, out, fault) : fetch_memory(feed, out, fault);
  if (status) return status;
  if (feed->has_last && out->time - feed->last < feed->frame) return fail_order(feed, out->time, fault);
  feed->has_last = true;
  feed->last = out->time;
  feed->last_line = line_number(feed);
  return NEAP_OK;
}

static void note_skipped(neap_feed *feed, const neap_fault *fault) {
  neap_feed_report *report = &feed->report;
  if (report->skipped++) return;
  snprintf(report->skipped_example, sizeof report->skipped_example, "%s %" PRIu64 ": %.120s",
           feed->source ? "line" : "bar", line_number(feed), fault->message);
}

static void note_delivered(neap_feed *feed, int64_t time) {
  neap_feed_report *report = &feed->report;
  int64_t step = report->bars ? time - report->last : 0;
  if (report->bars++ == 0) report->first = time;
  report->last = time;
  if (step - feed->frame < feed->frame) return;
  if (report->gaps++ == 0) report->first_gap_line = line_number(feed);
  report->missing_bars += (uint64_t)(step / feed->frame - 1);
}

/* The next good bar, wherever it lies. */
static neap_status next_good(neap_feed *feed, neap_candle *out, neap_fault *fault) {
  neap_status status;
  while ((status = fetch(feed, out, fault)) == NEAP_INVALID && feed->options.bad_bars == NEAP_BAD_BARS_SKIP)
    note_skipped(feed, fault);
  if (status == NEAP_OK || status == NEAP_END) return status;
  uint64_t line = line_number(feed);
  if (status == NEAP_INVALID && feed->source) neap_source_blame(feed->source, fault);
  set_where(feed, line, fault);
  return status;
}

void neap_feed_place(const neap_feed *feed, neap_fault *fault) { set_where(feed, line_number(feed), fault); }

neap_status neap_feed_next(neap_feed *feed, neap_candle *out, neap_fault *fault) {
  neap_fault unread;
  neap_status status = feed->ended ? NEAP_END : NEAP_OK;
  while (status == NEAP_OK) {
    status = next_good(feed, out, fault ? fault : &unread);
    if (status || !feed->options.from || out->time >= feed->options.from) break;
  }
  if (status == NEAP_OK && feed->options.to && out->time >= feed->options.to) status = NEAP_END;
  if (status == NEAP_OK)
    note_delivered(feed, out->time);
  else
    feed->ended = true;
  return status;
}

void neap_feed_report_get(const neap_feed *feed, neap_feed_report *out) { *out = feed->report; }

static void memory_digest(neap_feed *feed) {
  unsigned char digest[NEAP_DIGEST_SIZE];
  neap_digest_finish(feed->digest, digest);
  neap_digest_hex(digest, feed->digest_text);
}

void neap_feed_digest(neap_feed *feed, char out[NEAP_DIGEST_TEXT]) {
  feed->ended = true;
  if (!feed->digest_text[0]) {
    if (feed->source)
      neap_source_digest(feed->source, feed->digest_text);
    else
      memory_digest(feed);
  }
  memcpy(out, feed->digest_text, NEAP_DIGEST_TEXT);
}
