/* SPDX-License-Identifier: MIT */
/* retrace: walks the events of a store and the bars of its feeds in one order of time. At one instant bars close first,
 * with what filled inside them; then others open, and what fills at their open comes after. */
#include "session/retrace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "session/state_fields.h"

typedef struct trace_lane { /* the bars of one product */
  neap_feed *feed;          /* NULL: none, or at its end */
  neap_candle bar;          /* the next that closes */
  int64_t frame;
} trace_lane;

typedef struct trace_walk {
  const neap_retrace_options *options;
  neap_retrace *out;
  neap_query *query;
  neap_event_row row; /* the next event */
  bool has_row, has_bars;
  neap_state *state;
  neap_statistics *statistics;
  trace_lane lanes[NEAP_STRATEGY_PRODUCTS];
  neap_decimal marks[NEAP_STRATEGY_PRODUCTS];
  bool filled; /* since the last instant */
  int64_t equity_time;
  double peak;
} trace_walk;

static neap_status no_memory(neap_fault *fault) {
  return neap_fail(fault, NEAP_MEMORY, "memory", "no memory to retrace a session");
}

static uint32_t column_of(const trace_walk *walk, int64_t time) {
  const neap_retrace_options *o = walk->options;
  if (time <= o->start) return 0;
  if (time >= o->end) return o->columns - 1;
  return (uint32_t)((__int128)(time - o->start) * o->columns / (o->end - o->start));
}

static void widen(neap_span *span, neap_decimal low, neap_decimal high, neap_decimal last) {
  if (!span->has || neap_decimal_cmp(low, span->low) < 0) span->low = low;
  if (!span->has || neap_decimal_cmp(high, span->high) > 0) span->high = high;
  span->last = last;
  span->has = true;
}

static neap_span *price_span(const trace_walk *walk, uint32_t product, int64_t time) {
  return &walk->out->prices[(size_t)product * walk->options->columns + column_of(walk, time)];
}

static neap_status next_row(trace_walk *walk, neap_fault *fault) {
  neap_status status = neap_query_next(walk->query, &walk->row, fault);
  walk->has_row = status == NEAP_OK;
  return status == NEAP_END ? NEAP_OK : status;
}

static neap_status next_bar(trace_walk *walk, uint32_t product, neap_fault *fault) {
  trace_lane *lane = &walk->lanes[product];
  neap_status status;
  do status = neap_feed_next(lane->feed, &lane->bar, fault);
  while (status == NEAP_OK && lane->bar.time < walk->options->start);
  if (status == NEAP_END) lane->feed = NULL;
  return status == NEAP_END ? NEAP_OK : status;
}

/* As a run does: what is finer than the increment is cut. */
static neap_decimal cut(const neap_product *product, neap_decimal price) {
  neap_decimal whole;
  return neap_decimal_quantize(price, product->price_increment, NEAP_ROUND_DOWN, &whole) == NEAP_OK ? whole : price;
}

static neap_status keep_trade(neap_retrace *out, const neap_round_trip *trade, neap_fault *fault) {
  if ((out->trade_count & (out->trade_count - 1)) == 0) { /* the room doubles at powers of two */
    size_t room = out->trade_count ? out->trade_count * 2 : 1;
    neap_round_trip *trades = realloc(out->trades, room * sizeof *trades);
    if (!trades) return no_memory(fault);
    out->trades = trades;
  }
  out->trades[out->trade_count++] = *trade;
  return NEAP_OK;
}

static neap_status close_trade(trace_walk *walk, neap_fault *fault) {
  const neap_round_trip *trade = walk->state->closed;
  neap_status status = keep_trade(walk->out, trade, fault);
  if (status != NEAP_OK) return status;
  status = neap_statistics_trade(walk->statistics, neap_decimal_to_double(trade->pnl), neap_round_trip_return(trade));
  return status == NEAP_OK ? status : no_memory(fault);
}

/* Cash and positions of all desks at the marks. */
static neap_status find_equity(const trace_walk *walk, neap_decimal *out, neap_fault *fault) {
  neap_status status = NEAP_OK;
  *out = NEAP_ZERO;
  for (uint32_t i = 0; status == NEAP_OK && i < walk->state->seat_count; i++) {
    neap_decimal own;
    status = neap_ledger_equity(walk->state->ledger, i, walk->marks, &own);
    if (status == NEAP_OK) status = neap_decimal_add(*out, own, out);
  }
  return status == NEAP_OK ? status : neap_fail(fault, status, "overflow", "the equity does not fit a decimal");
}

static bool is_exposed(trace_walk *walk) {
  const neap_state *state = walk->state;
  bool exposed = walk->filled;
  walk->filled = false;
  for (uint32_t i = 0; !exposed && i < state->product_count * state->seat_count; i++)
    exposed = !neap_decimal_is_zero(
        neap_ledger_position(state->ledger, i / state->product_count, i % state->product_count)->quantity);
  return exposed;
}

static neap_status record_equity(trace_walk *walk, int64_t shown, int64_t bar_time, neap_fault *fault) {
  neap_decimal equity;
  neap_status status = find_equity(walk, &equity, fault);
  if (status != NEAP_OK) return status;
  uint32_t column = column_of(walk, shown);
  double value = neap_decimal_to_double(equity);
  walk->peak = value > walk->peak ? value : walk->peak;
  double deep = walk->peak > 0 ? 100 * (value / walk->peak - 1) : 0;
  widen(&walk->out->equity[column], equity, equity, equity);
  if (!(walk->out->drawdown[column] <= deep)) walk->out->drawdown[column] = deep;
  status = neap_statistics_equity(walk->statistics, bar_time, value, is_exposed(walk));
  return status == NEAP_OK ? status : no_memory(fault);
}

/* A fill where no bars are known is the price that there is. */
static neap_status take_fill(trace_walk *walk, fields *fill, neap_fault *fault) {
  int product = state_find_product(walk->state, walk->row.product);
  neap_decimal price = fields_decimal(fill, "price");
  walk->filled = true;
  if (fill->status != NEAP_OK || product < 0) return fill->status;
  bool has_feed = walk->options->feeds && walk->options->feeds[product];
  if (has_feed && walk->marks[product].units != 0) return NEAP_OK;
  walk->marks[product] = price;
  if (!has_feed) widen(price_span(walk, (uint32_t)product, walk->row.ts_ns), price, price, price);
  return walk->has_bars ? NEAP_OK : record_equity(walk, walk->row.ts_ns, walk->row.ts_ns, fault);
}

static fields fields_of_row(const neap_event *event, neap_fault *fault) {
  return (fields){event, event->record, event->record_size, NEAP_OK, fault};
}

static neap_status apply_row(trace_walk *walk, neap_fault *fault) {
  const neap_event event = state_event_of(&walk->row);
  uint64_t trades = walk->state->trades;
  neap_status status = neap_state_apply(walk->state, &event, fault);
  if (status == NEAP_OK && walk->state->trades == trades + 1 && walk->statistics) status = close_trade(walk, fault);
  if (status == NEAP_OK && strcmp(event.type, "order_filled") == 0) {
    fields fill = fields_of_row(&event, fault);
    status = take_fill(walk, &fill, fault);
  }
  return status == NEAP_OK ? next_row(walk, fault) : status;
}

/* A fill at the open of the bar that begins now: not part of the bars that end now. */
static bool fills_at_open(const neap_event_row *row) {
  const neap_event event = state_event_of(row);
  fields fill = fields_of_row(&event, NULL);
  return strcmp(row->type, "order_filled") == 0 && fields_time_or(&fill, "time", 0) >= row->ts_ns;
}

static neap_status apply_until(trace_walk *walk, int64_t now, neap_fault *fault) {
  neap_status status = NEAP_OK;
  while (status == NEAP_OK && walk->has_row && walk->row.ts_ns <= now &&
         (walk->row.ts_ns < now || !fills_at_open(&walk->row)))
    status = apply_row(walk, fault);
  return status;
}

static int64_t next_close(const trace_walk *walk) {
  int64_t next = INT64_MAX;
  for (uint32_t i = 0; i < walk->out->product_count; i++) {
    const trace_lane *lane = &walk->lanes[i];
    if (lane->feed && lane->bar.time + lane->frame < next) next = lane->bar.time + lane->frame;
  }
  return next;
}

static neap_status close_bars(trace_walk *walk, int64_t now, neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (uint32_t i = 0; status == NEAP_OK && i < walk->out->product_count; i++) {
    trace_lane *lane = &walk->lanes[i];
    const neap_product *product = &walk->out->products[i];
    if (!lane->feed || lane->bar.time >= now) continue;
    bool closes = lane->bar.time + lane->frame == now;
    walk->marks[i] = cut(product, closes ? lane->bar.close : lane->bar.open);
    if (!closes) continue;
    if (lane->bar.time > walk->equity_time) walk->equity_time = lane->bar.time;
    widen(price_span(walk, i, lane->bar.time), cut(product, lane->bar.low), cut(product, lane->bar.high),
          walk->marks[i]);
    status = next_bar(walk, i, fault);
  }
  return status == NEAP_OK ? record_equity(walk, walk->equity_time, walk->equity_time, fault) : status;
}

/* Bars that end after the last event are not the session's. */
static neap_status go(trace_walk *walk, neap_fault *fault) {
  neap_status status = NEAP_OK;
  int64_t now;
  while (status == NEAP_OK && (now = next_close(walk)) != INT64_MAX) {
    status = apply_until(walk, now, fault);
    if (status != NEAP_OK || (!walk->has_row && now > walk->state->time)) break;
    status = close_bars(walk, now, fault);
  }
  while (status == NEAP_OK && walk->has_row) status = apply_row(walk, fault);
  return status;
}

static neap_status open_lanes(trace_walk *walk, neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (uint32_t i = 0; status == NEAP_OK && walk->options->feeds && i < walk->out->product_count; i++) {
    trace_lane *lane = &walk->lanes[i];
    lane->feed = walk->options->feeds[i];
    if (!lane->feed) continue;
    walk->has_bars = true;
    lane->frame = neap_feed_frame(lane->feed);
    status = next_bar(walk, i, fault);
  }
  return status;
}

static neap_status make_room(trace_walk *walk, neap_fault *fault) {
  neap_retrace *out = walk->out;
  const neap_state *state = walk->state;
  size_t columns = walk->options->columns;
  out->product_count = state->product_count;
  out->products = calloc(state->product_count, sizeof *out->products);
  out->prices = calloc(state->product_count * columns, sizeof *out->prices);
  out->equity = calloc(columns, sizeof *out->equity);
  out->drawdown = malloc(columns * sizeof *out->drawdown);
  if (!out->products || !out->prices || !out->equity || !out->drawdown) return no_memory(fault);
  memcpy(out->products, state->products, state->product_count * sizeof *out->products);
  for (size_t i = 0; i < columns; i++) out->drawdown[i] = NAN;
  return NEAP_OK;
}

/* The first event says what the session is; of a trimmed store it is a snapshot, with what was before. */
static neap_status begin(trace_walk *walk, neap_fault *fault) {
  neap_status status = next_row(walk, fault);
  if (status == NEAP_OK && !walk->has_row)
    return neap_fail(fault, NEAP_NOT_FOUND, "no_events", "there is no event to retrace");
  if (status == NEAP_OK && !state_begins(walk->row.type))
    return neap_fail(fault, NEAP_NOT_FOUND, "no_session", "the store is no session's: it begins with %s",
                     walk->row.type);
  walk->out->first_seq = walk->row.seq;
  if (status == NEAP_OK) status = apply_row(walk, fault);
  if (status == NEAP_OK) status = make_room(walk, fault);
  if (status != NEAP_OK) return status;
  walk->out->earlier_trades = walk->state->trades;
  for (uint32_t i = 0; status == NEAP_OK && i < walk->state->seat_count; i++)
    status = neap_decimal_add(walk->out->paid, neap_ledger_deposits(walk->state->ledger, i), &walk->out->paid);
  walk->statistics = neap_statistics_new(neap_decimal_to_double(walk->out->paid));
  if (status == NEAP_OK && !walk->statistics) status = no_memory(fault);
  return status == NEAP_OK ? open_lanes(walk, fault) : status;
}

static neap_status keep_open_trades(trace_walk *walk, neap_fault *fault) {
  const neap_state *state = walk->state;
  neap_status status = NEAP_OK;
  for (uint32_t i = 0; status == NEAP_OK && i < state->product_count * state->seat_count; i++) {
    neap_round_trip open =
        *neap_round_trips_open(state->round_trips, i / state->product_count, i % state->product_count);
    if (neap_decimal_is_zero(open.quantity)) continue;
    open.exit_time = 0;
    status = keep_trade(walk->out, &open, fault);
    walk->out->open_count++;
  }
  return status;
}

static neap_status end(trace_walk *walk, neap_fault *fault) {
  const neap_state *state = walk->state;
  neap_retrace *out = walk->out;
  neap_status status = find_equity(walk, &out->final_equity, fault);
  if (status == NEAP_OK) status = keep_open_trades(walk, fault);
  for (uint32_t i = 0; status == NEAP_OK && i < state->product_count * state->seat_count; i++)
    status = neap_decimal_add(
        out->fees, neap_ledger_position(state->ledger, i / state->product_count, i % state->product_count)->fees,
        &out->fees);
  neap_statistics_restate_last(walk->statistics, neap_decimal_to_double(out->final_equity));
  neap_statistics_result_get(walk->statistics, &out->statistics);
  out->cash = neap_ledger_account_cash(state->ledger);
  out->orders = state->orders;
  out->fills = state->fills;
  out->rejections = state->rejections;
  return status;
}

neap_status neap_retrace_make(const neap_retrace_options *options, neap_retrace *out, neap_fault *fault) {
  trace_walk walk = {.options = options, .out = out, .peak = -INFINITY};
  const neap_event_filter all = {0};
  *out = (neap_retrace){.columns = options->columns};
  if (options->columns < 1 || options->columns > NEAP_RETRACE_COLUMNS || options->start >= options->end)
    return neap_fail(fault, NEAP_INVALID, "columns", "1 to %d columns of a time that passes", NEAP_RETRACE_COLUMNS);
  neap_status status = neap_query_open(options->path, &walk.query, fault);
  if (status == NEAP_OK) status = neap_query_events(walk.query, &all, fault);
  if (status == NEAP_OK) status = neap_state_new(&walk.state, fault);
  if (status == NEAP_OK) status = begin(&walk, fault);
  if (status == NEAP_OK) status = go(&walk, fault);
  if (status == NEAP_OK) status = end(&walk, fault);
  neap_statistics_free(walk.statistics);
  neap_state_free(walk.state);
  neap_query_close(walk.query);
  return status;
}

void neap_retrace_fini(neap_retrace *retrace) {
  free(retrace->products);
  free(retrace->prices);
  free(retrace->equity);
  free(retrace->drawdown);
  free(retrace->trades);
  *retrace = (neap_retrace){0};
}
