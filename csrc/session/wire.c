/* SPDX-License-Identifier: MIT */
/* wire: each thing that comes finds the session's clock at the moment at which it came, and is an instant of its own;
 * of books only the end of a burst is told to strategies. */
#include "session/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session/bar_maker.h"
#include "session/wire_history.h"

enum { SECOND = 1000000000 };
static const int64_t GRACE = SECOND / 2, PATIENCE = 5 * (int64_t)SECOND;

struct neap_wire {
  neap_wire_options options;
  neap_session_book books[NEAP_STRATEGY_PRODUCTS];
  int64_t frames[NEAP_STRATEGY_PRODUCTS];
  neap_session *session;
  const neap_broker *broker; /* outside of this process; NULL: the simulator's */
  neap_bar_maker *bars;
  neap_wire_history *history;
  int64_t last_tick;
  neap_wire_report report;
  neap_on_stop leaving;
  bool is_leaving, is_closed;
  char reason[NEAP_WHY]; /* for leaving */
  int64_t rest_due;
  neap_status failed;
  neap_fault failure;
};

/* The first failure is everybody's. */
static void keep(neap_wire *wire, neap_status status, const neap_fault *fault) {
  if (status == NEAP_OK || wire->failed != NEAP_OK) return;
  wire->failed = status;
  wire->failure = *fault;
  neap_session_failed(wire->session, fault);
}

static bool is_deaf(const neap_wire *wire) { return wire->failed != NEAP_OK || wire->is_closed || !wire->session; }

static int64_t now_of(neap_wire *wire) { return wire->options.now(wire->options.self); }

static void take_book(void *context, uint32_t product, const neap_book_message *message, bool is_snapshot) {
  neap_wire *wire = context;
  neap_fault fault = {0};
  if (is_deaf(wire)) return;
  neap_book_message received = *message;
  received.time = now_of(wire);
  received.sequence = 0;
  wire->report.books++;
  if (is_snapshot) neap_bar_maker_found(wire->bars, product);
  keep(wire, neap_session_book_message(wire->session, product, &received, is_snapshot, &fault), &fault);
  const neap_price_book *book = neap_session_book_of(wire->session, product);
  if (!book->whole && wire->options.feed->refuse)
    wire->options.feed->refuse(wire->options.feed->self, product, "the book refused it");
}

static neap_candle bar_of(const neap_wire *wire, uint32_t product, const neap_market_trade *trade) {
  const neap_session_book *book = &wire->books[product];
  neap_decimal price = {book->price_increment.units * trade->price}, size = {book->size_increment.units * trade->size};
  neap_candle bar = {.time = trade->time,
                     .open = price,
                     .high = price,
                     .low = price,
                     .close = price,
                     .volume = size,
                     .price_digits = NEAP_DECIMAL_DIGITS,
                     .volume_digits = NEAP_DECIMAL_DIGITS};
  return bar;
}

static void take_trade(void *context, uint32_t product, const neap_market_trade *trade, uint64_t trade_id) {
  neap_wire *wire = context;
  neap_fault fault = {0};
  (void)trade_id;
  if (is_deaf(wire)) return;
  neap_candle bar = bar_of(wire, product, trade);
  neap_bar_maker_trade(wire->bars, product, &bar);
  neap_market_trade received = *trade;
  received.time = now_of(wire);
  wire->report.trades++;
  keep(wire, neap_session_market_trade(wire->session, product, &received, &fault), &fault);
}

static void take_instant(void *context) {
  neap_wire *wire = context;
  neap_fault fault = {0};
  if (!is_deaf(wire)) keep(wire, neap_session_market_instant(wire->session, &fault), &fault);
}

static void take_loss(void *context, uint32_t product, const char *why) {
  neap_wire *wire = context;
  neap_fault fault = {0};
  if (is_deaf(wire)) return;
  neap_bar_maker_lost(wire->bars, product);
  keep(wire, neap_session_book_lost(wire->session, product, why, &fault), &fault);
}

static void take_trading(void *context, uint32_t product, uint32_t flags) {
  neap_wire *wire = context;
  neap_fault fault = {0};
  if (!is_deaf(wire)) keep(wire, neap_session_trading(wire->session, product, flags, &fault), &fault);
}

static void take_life(void *context) {
  neap_wire *wire = context;
  if (!is_deaf(wire)) neap_session_feed_alive(wire->session, now_of(wire));
}

static void say(void *context, const char *level, const char *line) {
  const neap_wire *wire = context;
  const neap_session_options *session = &wire->options.session;
  if (session->log) session->log(session->log_context, level, line);
}

static void take_bars(void *context, uint32_t product, int64_t frame, int64_t from, int64_t to, const neap_candle *bars,
                      size_t count, const char *why) {
  neap_wire *wire = context;
  if (is_deaf(wire) || frame != wire->options.frame) return;
  if (why) say(wire, "warn", why);
  if (neap_wire_history_take(wire->history, product, from, to, bars, count, why != NULL)) return;
  if (!why) neap_bar_maker_answer(wire->bars, product, to, bars, count);
}

/* --- bars --------------------------------------------------------------------------------------------------------- */

static neap_status show_bars(neap_wire *wire, const neap_bar_event *bars, uint32_t count, neap_fault *fault) {
  bool is_late = now_of(wire) >= bars[0].close_time + wire->options.frame + PATIENCE;
  if (is_late) wire->report.bars_missed += count;
  if (is_late) return neap_session_bars_missed(wire->session, bars, count, fault);
  wire->report.bars += count;
  return neap_session_bar_close(wire->session, bars, count, fault);
}

static neap_status end_bars(neap_wire *wire, neap_fault *fault) {
  neap_bar_event bars[NEAP_STRATEGY_PRODUCTS];
  uint32_t count, product;
  int64_t from, to;
  neap_status status = NEAP_OK;
  neap_bar_maker_move(wire->bars, now_of(wire));
  if (!neap_wire_is_warm(wire)) return NEAP_OK;
  while (status == NEAP_OK && (count = neap_bar_maker_take(wire->bars, bars)) > 0)
    status = show_bars(wire, bars, count, fault);
  const neap_market_feed *feed = wire->options.feed;
  while (status == NEAP_OK && neap_bar_maker_wants(wire->bars, &product, &from, &to))
    feed->ask_bars(feed->self, product, wire->options.frame, from, to, NULL); /* it is asked again in a second */
  return status;
}

static neap_status show_history(neap_wire *wire, neap_fault *fault) {
  neap_bar_event bars[NEAP_STRATEGY_PRODUCTS];
  uint32_t count;
  neap_status status = NEAP_OK;
  neap_wire_history_ask(wire->history, now_of(wire));
  while (status == NEAP_OK && (count = neap_wire_history_next(wire->history, bars)) > 0)
    status = neap_session_bars_missed(wire->session, bars, count, fault);
  return status;
}

/* --- turning ------------------------------------------------------------------------------------------------------ */

/* What a broker says together is one instant. */
static neap_status serve(neap_wire *wire, neap_fault *fault) {
  const neap_broker *broker = wire->broker;
  if (!broker || (broker->has_news && !broker->has_news(broker->self))) return NEAP_OK;
  int64_t now = now_of(wire);
  neap_status status = neap_session_tick(wire->session, now, fault);
  if (status != NEAP_OK) return status;
  neap_session_begin_instant(wire->session);
  broker->serve(broker->self, now);
  return neap_session_end_instant(wire->session, fault);
}

/* Once a second also when nothing is due: what waits for time, not for a moment, sees it go on. */
static neap_status move_clock(neap_wire *wire, neap_fault *fault) {
  int64_t now = now_of(wire), due = neap_session_next_due(wire->session);
  if (now < due && now - wire->last_tick < SECOND) return NEAP_OK;
  wire->last_tick = now;
  return neap_session_tick(wire->session, now, fault);
}

/* A second between two tries: what the venue refuses to close is refused again. */
static neap_status close_rest(neap_wire *wire, neap_fault *fault) {
  int64_t now = now_of(wire);
  if (!wire->is_leaving || wire->leaving != NEAP_STOP_FLATTEN || now < wire->rest_due) return NEAP_OK;
  wire->rest_due = now + SECOND;
  return neap_session_close_rest(wire->session, wire->reason, fault);
}

/* The loop's time of a moment of the session's. */
static int64_t wall_of(neap_wire *wire, int64_t now, int64_t moment) {
  int64_t left = moment - now_of(wire);
  if (moment == INT64_MAX || left > SECOND) left = SECOND;
  return now + (left > 0 ? left : 0);
}

int64_t neap_wire_wake(neap_wire *wire, int64_t now, int64_t wake) {
  const neap_market_feed *feed = wire->options.feed;
  if (wire->failed != NEAP_OK) return INT64_MIN;
  int64_t moments[] = {feed->next(feed->self), wall_of(wire, now, neap_session_next_due(wire->session)),
                       wall_of(wire, now, neap_bar_maker_next(wire->bars))};
  for (size_t i = 0; i < sizeof moments / sizeof *moments; i++)
    if (moments[i] < wake) wake = moments[i];
  bool has_news = wire->broker && wire->broker->has_news && wire->broker->has_news(wire->broker->self);
  return has_news ? INT64_MIN : wake;
}

static neap_status work(neap_wire *wire, neap_fault *fault) {
  wire->options.feed->tick(wire->options.feed->self);
  neap_status status = wire->failed != NEAP_OK ? wire->failed : serve(wire, fault);
  if (status == NEAP_OK) status = move_clock(wire, fault);
  if (status == NEAP_OK && !neap_wire_is_warm(wire)) status = show_history(wire, fault);
  if (status == NEAP_OK) status = end_bars(wire, fault);
  if (status == NEAP_OK) status = serve(wire, fault);
  return status == NEAP_OK ? close_rest(wire, fault) : status;
}

neap_status neap_wire_work(neap_wire *wire, neap_fault *fault) {
  neap_fault why = {0};
  if (wire->failed == NEAP_OK) keep(wire, work(wire, &why), &why);
  if (wire->failed == NEAP_OK) neap_session_rest(wire->session);
  if (wire->failed != NEAP_OK && fault) *fault = wire->failure;
  return wire->failed;
}

bool neap_wire_is_warm(const neap_wire *wire) { return neap_wire_history_is_done(wire->history); }

/* --- opening and leaving ------------------------------------------------------------------------------------------ */

static neap_status open_session(neap_wire *wire, neap_fault *fault) {
  neap_session_options options = wire->options.session;
  options.frames = wire->frames;
  options.books = wire->books;
  options.start = now_of(wire);
  options.history_until = options.start;
  options.on_clock = true;
  options.is_told_trading = true;
  neap_status status = neap_session_open(&options, &wire->session, fault);
  if (status != NEAP_OK) return status;
  wire->broker = neap_session_broker_outside(wire->session);
  wire->last_tick = options.start;
  return neap_session_tick(wire->session, now_of(wire), fault);
}

static neap_status listen_to(neap_wire *wire, neap_fault *fault) {
  const neap_market_feed *feed = wire->options.feed;
  const neap_market_listener listener = {.context = wire,
                                         .book = take_book,
                                         .trade = take_trade,
                                         .instant = take_instant,
                                         .lost = take_loss,
                                         .alive = take_life,
                                         .trading = take_trading,
                                         .bars = take_bars,
                                         .said = say};
  return feed->listen(feed->self, &listener, fault);
}

static neap_status open_parts(neap_wire *wire, neap_fault *fault) {
  const neap_wire_options *o = &wire->options;
  const neap_bar_maker_options bars = {
      .frame = o->frame, .products = o->session.product_count, .grace = GRACE, .patience = PATIENCE};
  const neap_wire_history_options history = {
      .feed = o->feed, .frame = o->frame, .products = o->session.product_count, .bars = o->history};
  neap_status status = neap_bar_maker_new(&bars, now_of(wire), &wire->bars, fault);
  if (status == NEAP_OK) status = neap_wire_history_new(&history, now_of(wire), &wire->history, fault);
  if (status == NEAP_OK) status = open_session(wire, fault);
  return status == NEAP_OK ? listen_to(wire, fault) : status;
}

neap_status neap_wire_open(const neap_wire_options *options, neap_wire **out, neap_fault *fault) {
  neap_wire *wire = calloc(1, sizeof *wire);
  neap_fault why = {0};
  *out = wire;
  if (!wire) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for a session");
  wire->options = *options;
  for (uint32_t i = 0; i < options->session.product_count && i < NEAP_STRATEGY_PRODUCTS; i++) {
    wire->books[i] = options->books[i];
    wire->frames[i] = options->frame;
  }
  keep(wire, open_parts(wire, &why), &why);
  if (wire->failed != NEAP_OK && fault) *fault = wire->failure;
  return wire->failed;
}

neap_status neap_wire_wind_down(neap_wire *wire, const char *reason, neap_on_stop how, neap_fault *fault) {
  neap_fault why = {0};
  wire->is_leaving = true;
  wire->leaving = how;
  wire->rest_due = now_of(wire) + SECOND;
  snprintf(wire->reason, sizeof wire->reason, "%s", reason);
  if (wire->failed == NEAP_OK) keep(wire, neap_session_wind_down(wire->session, reason, how, &why), &why);
  if (wire->failed != NEAP_OK && fault) *fault = wire->failure;
  return wire->failed;
}

bool neap_wire_is_quiet(const neap_wire *wire) {
  const neap_broker *broker = wire->broker;
  if (!wire->is_leaving) return true;
  return neap_session_is_left(wire->session, wire->leaving) &&
         !(broker && broker->is_busy && broker->is_busy(broker->self));
}

/* What cannot be forked goes on as it was. */
neap_status neap_wire_fork(neap_wire *wire, const neap_fork *fork, neap_fault *fault) {
  if (wire->failed != NEAP_OK && fault) *fault = wire->failure;
  if (wire->failed != NEAP_OK) return wire->failed;
  neap_status status = neap_session_fork(wire->session, fork, fault);
  wire->broker = neap_session_broker_outside(wire->session);
  return status;
}

neap_status neap_wire_stop(neap_wire *wire, const char *reason, neap_fault *fault) {
  neap_fault why = {0};
  if (wire->failed == NEAP_OK) keep(wire, neap_session_stop(wire->session, reason, NEAP_STOP_KEEP, &why), &why);
  wire->is_closed = true;
  wire->options.feed->stop(wire->options.feed->self);
  if (wire->failed != NEAP_OK && fault) *fault = wire->failure;
  return wire->failed;
}

neap_session *neap_wire_session(const neap_wire *wire) { return wire->session; }

void neap_wire_report_get(const neap_wire *wire, neap_wire_report *out) {
  neap_bar_maker_counts counts = {0};
  if (wire->bars) neap_bar_maker_counts_get(wire->bars, &counts);
  *out = wire->report;
  out->late_trades = counts.late_trades;
}

void neap_wire_close(neap_wire *wire) {
  if (!wire) return;
  wire->is_closed = true;
  wire->options.feed->stop(wire->options.feed->self);
  neap_session_close(wire->session);
  neap_bar_maker_free(wire->bars);
  neap_wire_history_free(wire->history);
  free(wire);
}
