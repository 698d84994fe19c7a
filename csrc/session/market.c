/* SPDX-License-Identifier: MIT */
/* market: what a bar does to a session, at its open and at its close. */
#include <stdlib.h>
#include <string.h>

#include "session/account.h"
#include "session/instant.h"
#include "session/margin.h"
#include "session/slices.h"
#include "session/stop_trigger_manager.h"
#include "session/tape.h"
#include "session/transit.h"

static neap_status init_market(neap_session *session, uint32_t product, int64_t frame, neap_fault *fault) {
  market_state *market = &session->markets[product];
  neap_status status = NEAP_OK;
  market->frame = frame;
  market->next_end = INT64_MAX;
  for (uint32_t i = 0; status == NEAP_OK && i < session->desk_count; i++)
    status = series_open(&session->desks[i], product, fault);
  return status;
}

neap_status market_init(neap_session *session, const neap_session_options *options, neap_fault *fault) {
  uint32_t count = options->product_count;
  if (count == 0 || count > NEAP_STRATEGY_PRODUCTS)
    return neap_fail(fault, NEAP_INVALID, "products", "a session takes 1 to %d products, not %u",
                     NEAP_STRATEGY_PRODUCTS, count);
  session->products = calloc(count, sizeof *session->products);
  session->markets = calloc(count, sizeof *session->markets);
  session->marks = calloc(count, sizeof *session->marks);
  if (!session->products || !session->markets || !session->marks)
    return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for %u products", count);
  memcpy(session->products, options->products, count * sizeof *session->products);
  session->product_count = count;
  if (options->is_told_trading) session_trading_begin(session);
  neap_status status = desks_init(session, options, fault);
  if (status == NEAP_OK) status = exposure_init(session, fault);
  for (uint32_t i = 0; status == NEAP_OK && i < count; i++) {
    status = init_market(session, i, options->frames[i], fault);
    session->carries |= neap_product_allows_short(&session->products[i]);
    if (status != NEAP_OK) neap_fault_set_where(fault, "%s", session->products[i].id);
  }
  return status == NEAP_OK ? tapes_init(session, options, fault) : status;
}

static void free_streams(const neap_session *session, neap_stream **streams) {
  for (uint32_t i = 0; i < session->desk_count; i++) neap_stream_free(streams[i]);
  free(streams);
}

void market_free(neap_session *session) {
  tapes_free(session);
  for (uint32_t i = 0; i < session->product_count; i++)
    for (uint32_t k = 0; k < session->markets[i].series_count; k++)
      free_streams(session, session->markets[i].series[k].streams);
  free(session->products);
  free(session->markets);
  free(session->marks);
}

void market_set_mark(neap_session *session, uint32_t product, neap_decimal price, int64_t time) {
  market_state *market = &session->markets[product];
  market->has_mark = true;
  market->mark = session->marks[product] = price;
  market->mark_time = time;
}

static bool is_exposed(neap_session *session) {
  bool exposed = session->exposed;
  session->exposed = false;
  for (uint32_t i = 0; !exposed && i < session->product_count * session->desk_count; i++)
    exposed = !neap_decimal_is_zero(
        neap_ledger_position(session->ledger, i / session->product_count, i % session->product_count)->quantity);
  return exposed;
}

/* Bars of several frames end together: the instant counts as the bar that began last. */
static neap_status record_equity(neap_session *session, const neap_bar_event *bars, uint32_t count, neap_fault *fault) {
  neap_decimal equity;
  neap_status status = session_equity(session, &equity);
  if (status != NEAP_OK) return neap_fail(fault, status, "overflow", "the equity does not fit a decimal");
  for (uint32_t i = 0; i < count; i++)
    if (bars[i].candle->time > session->equity_time) session->equity_time = bars[i].candle->time;
  if (equity.units != session->equity.units) session->equity_float = neap_decimal_to_double(equity);
  session->equity = equity;
  status =
      neap_statistics_equity(session->statistics, session->equity_time, session->equity_float, is_exposed(session));
  return status == NEAP_OK ? status : neap_fail(fault, status, "statistics", "the equity of a bar cannot be recorded");
}

static bool is_warm(neap_desk *desk) {
  const neap_session *session = desk->session;
  if (desk->warm) return true;
  if (desk->strategy->warmup >= 0) return desk->warm = desk->bars >= (uint64_t)desk->strategy->warmup;
  for (uint32_t i = 0; i < session->product_count; i++)
    for (uint32_t k = 0; k < session->markets[i].series_count; k++) {
      const neap_stream *stream = session->markets[i].series[k].streams[desk->index];
      if (stream && !neap_stream_is_ready(stream)) return false;
    }
  return desk->warm = true;
}

static neap_status hook_bar(neap_desk *desk, const void *argument, neap_fault *fault) {
  return desk->strategy->bar(desk->strategy->self, argument, fault);
}

static neap_status hook_slice(neap_desk *desk, const void *argument, neap_fault *fault) {
  const bar_list *list = argument;
  return desk->strategy->slice(desk->strategy->self, list->event, list->count, fault);
}

/* Tells a strategy of its bars that ended, each first, then all. */
static neap_status call_desk(neap_desk *desk, const bar_list *list, neap_fault *fault) {
  neap_session *session = desk->session;
  neap_status status = NEAP_OK;
  if (list->count == 0) return NEAP_OK;
  desk->bars++;
  if (session_has_seen(session, list->event[0].close_time) || !is_warm(desk)) return NEAP_OK;
  for (uint32_t i = 0; status == NEAP_OK && (desk->hooks & NEAP_HOOK_BAR) && i < list->count; i++) {
    status = session_callback(desk, "on_bar", hook_bar, &list->event[i], fault);
    if (status == NEAP_OK) status = session_settle(session, fault);
  }
  if (status == NEAP_OK && (desk->hooks & NEAP_HOOK_SLICE))
    status = session_callback(desk, "on_slice", hook_slice, list, fault);
  return status == NEAP_OK ? session_settle(session, fault) : status;
}

static bool has_asked_for(const neap_desk *desk, const neap_bar_event *bar) {
  const frame_series *series = series_find(&desk->session->markets[bar->product], bar->frame);
  return series && series->streams[desk->index];
}

static const bar_list *bars_of(const neap_desk *desk, const bar_list *all) {
  if (desk->session->desk_count == 1) return all;
  bar_list *own = &desk->session->desk_bars;
  own->count = 0;
  for (uint32_t i = 0; i < all->count; i++)
    if (has_asked_for(desk, &all->event[i])) own->event[own->count++] = all->event[i];
  return own;
}

/* All in the order of their seats. */
static neap_status call(neap_session *session, const bar_list *list, neap_fault *fault) {
  neap_status status = NEAP_OK;
  if (list->count == 0) return NEAP_OK;
  for (uint32_t i = 0; status == NEAP_OK && i < session->desk_count; i++) {
    neap_desk *desk = &session->desks[i];
    if (desk->hooks & (NEAP_HOOK_BAR | NEAP_HOOK_SLICE)) status = call_desk(desk, bars_of(desk, list), fault);
  }
  return status;
}

/* Longer bars that a gap of the data left open end at their own time. */
static neap_status end_longer_bars(neap_session *session, neap_fault *fault) {
  int64_t now = session->next_end;
  bar_list *list = &session->bar_list;
  list->count = 0;
  neap_status status = neap_clock_advance(&session->clock, now, fault);
  for (uint32_t i = 0; status == NEAP_OK && i < session->product_count; i++) {
    if (session->markets[i].next_end > now) continue;
    status = frames_end(session, i, now, list, fault);
    frames_find_next_end(session, i);
  }
  return status == NEAP_OK ? call(session, list, fault) : status;
}

/* At one instant it is the last. */
static bool is_account_next(const neap_session *session, int64_t until) {
  int64_t moment = session->next_account;
  return moment <= until && moment < session->next_due && moment < session->next_end;
}

/* Before time moves on, what came since is told, and the instant may end with a snapshot. */
static neap_status end_instant(neap_session *session, neap_fault *fault) {
  neap_status status = session_settle(session, fault);
  return status == NEAP_OK ? session_checkpoint_due(session, fault) : status;
}

/* Everything that happens before `to`: what reaches the venue or comes from it, timers that are due, then longer bars
 * that end, then the account, at each instant in this order. What of the last two falls on `to` itself waits when `to`
 * is a close: it belongs to its slice.
 */
neap_status market_advance(neap_session *session, int64_t to, int64_t last_end, neap_fault *fault) {
  neap_status status = to > session->clock.latest ? end_instant(session, fault) : NEAP_OK;
  while (status == NEAP_OK) {
    if (session->has_transit && transit_is_next(session, to))
      status = transit_step(session, fault);
    else if (session->next_due <= to && session->next_due <= session->next_end && !session_has_seen(session, to))
      status = timer_fire(session, fault);
    else if (is_account_next(session, last_end) && !session_has_seen(session, to))
      status = account_look(session, fault);
    else if (session->next_end <= last_end)
      status = end_longer_bars(session, fault);
    else
      break;
  }
  return status == NEAP_OK ? neap_clock_advance(&session->clock, to, fault) : status;
}

neap_status neap_session_tick(neap_session *session, int64_t now, neap_fault *fault) {
  instant_begin(session);
  neap_status status = market_advance(session, now, now - 1, fault);
  if (status == NEAP_OK) status = triggers_expire(session, now, fault);
  if (status == NEAP_OK) status = guards_sweep(session, fault);
  if (status == NEAP_OK) status = session_settle(session, fault);
  return instant_end(session, status, fault);
}

int64_t neap_session_next_due(const neap_session *session) {
  int64_t venue = session->has_transit ? neap_paper_next(session->paper) : INT64_MAX;
  return venue < session->next_due ? venue : session->next_due;
}

static neap_status open_bar(neap_session *session, uint32_t product, const neap_candle *bar, neap_fault *fault) {
  market_state *market = &session->markets[product];
  neap_status status = market_advance(session, bar->time, bar->time, fault);
  if (status != NEAP_OK) return status;
  market->begun = true;
  market->bar_time = bar->time;
  market->bar_open = bar->open;
  frames_find_next_end(session, product);
  market_set_mark(session, product, bar->open, bar->time);
  if (session_has_seen(session, bar->time)) return NEAP_OK;
  status = triggers_expire(session, bar->time, fault);
  if (status == NEAP_OK) status = triggers_see(session, product, bar->open, fault);
  if (status == NEAP_OK && session->carries) status = margin_watch(session, fault);
  if (status == NEAP_OK) status = guards_watch(session, NEAP_AT_MARK, fault);
  if (status == NEAP_OK) status = session_settle(session, fault);
  if (status != NEAP_OK) return status;
  if (neap_paper_working(session->paper, product) == 0) return NEAP_OK;
  status = neap_paper_open(session->paper, product, bar, bar->time, fault);
  return status == NEAP_OK ? session_settle(session, fault) : status;
}

neap_status neap_session_bar_open(neap_session *session, uint32_t product, const neap_candle *bar, neap_fault *fault) {
  instant_begin(session);
  return instant_end(session, open_bar(session, product, bar, fault), fault);
}

static neap_status apply(neap_session *session, const neap_bar_event *bar, bar_list *list, neap_fault *fault) {
  market_state *market = &session->markets[bar->product];
  market->begun = false;
  market->has_bar = true;
  market->has_liquidity = false;
  market->last_bar = *bar->candle;
  if (market->tape)
    tape_take_bar(session, bar);
  else
    market_set_mark(session, bar->product, bar->candle->close, bar->close_time);
  if (session->closes) neap_closes_push(&session->closes[bar->product], bar->candle->close_float, bar->close_time);
  neap_status status = frames_add(session, bar, list, fault);
  frames_find_next_end(session, bar->product);
  return status;
}

static neap_status apply_all(neap_session *session, const neap_bar_event *bars, uint32_t count, bar_list *list,
                             neap_fault *fault) {
  int64_t now = bars[0].close_time;
  neap_status status = NEAP_OK;
  for (uint32_t i = 0, at = 0; status == NEAP_OK && i < session->product_count; i++) {
    if (at < count && bars[at].product == i) {
      status = apply(session, &bars[at++], list, fault);
    } else if (session->aggregates && session->markets[i].next_end <= now) {
      status = frames_end(session, i, now, list, fault);
      frames_find_next_end(session, i);
    }
  }
  return status;
}

static neap_status close_bars(neap_session *session, const neap_bar_event *bars, uint32_t count, neap_fault *fault) {
  int64_t now = bars[0].close_time;
  bar_list *list = &session->bar_list;
  neap_status status = market_advance(session, now, now - 1, fault);
  for (uint32_t i = 0; status == NEAP_OK && i < count; i++)
    if (neap_paper_working(session->paper, bars[i].product))
      status = neap_paper_range(session->paper, bars[i].product, bars[i].candle, now, fault);
  list->count = 0;
  if (status == NEAP_OK) status = apply_all(session, bars, count, list, fault);
  for (uint32_t i = 0; status == NEAP_OK && i < count; i++)
    if (!session->markets[bars[i].product].tape) status = triggers_see_bar(session, &bars[i], fault);
  while (status == NEAP_OK && session->next_account <= now) status = account_look(session, fault);
  if (status == NEAP_OK && session->carries) status = margin_watch(session, fault);
  if (status == NEAP_OK) status = record_equity(session, bars, count, fault);
  if (status == NEAP_OK) status = guards_watch(session, NEAP_AT_CLOSE, fault);
  if (status == NEAP_OK) status = session_settle(session, fault);
  if (status == NEAP_OK) status = slices_trade(session, bars, count, fault);
  return status == NEAP_OK ? call(session, list, fault) : status;
}

neap_status neap_session_bar_close(neap_session *session, const neap_bar_event *bars, uint32_t count,
                                   neap_fault *fault) {
  instant_begin(session);
  return instant_end(session, close_bars(session, bars, count, fault), fault);
}

static neap_status check_seen(const neap_session *session, const neap_bar_event *bars, neap_fault *fault) {
  if (session_has_seen(session, bars[0].close_time)) return NEAP_OK;
  return neap_fail(fault, NEAP_INVALID, "not_seen", "the session has not seen this bar: it is not resumed, or later");
}

neap_status neap_session_bar_seen(neap_session *session, const neap_bar_event *bars, uint32_t count,
                                  neap_fault *fault) {
  int64_t now = bars[0].close_time;
  neap_status status = check_seen(session, bars, fault);
  for (uint32_t i = 0; status == NEAP_OK && i < count; i++)
    if (!session->markets[bars[i].product].tape)
      status = market_advance(session, bars[i].candle->time, bars[i].candle->time, fault);
  if (status == NEAP_OK) status = market_advance(session, now, now - 1, fault);
  for (uint32_t i = 0; status == NEAP_OK && i < count; i++) {
    session->markets[bars[i].product].bar_time = bars[i].candle->time;
    session->markets[bars[i].product].bar_open = bars[i].candle->open;
    status = neap_paper_seen(session->paper, bars[i].product, bars[i].candle, fault);
  }
  session->bar_list.count = 0;
  if (status == NEAP_OK) status = apply_all(session, bars, count, &session->bar_list, fault);
  if (neap_guard_manager_sweep_due(&session->guards, session->limits, now)) guards_swept(session, now);
  return status == NEAP_OK ? call(session, &session->bar_list, fault) : status;
}

neap_status neap_session_bars_missed(neap_session *session, const neap_bar_event *bars, uint32_t count,
                                     neap_fault *fault) {
  session->looks_back = true;
  if (session->seen_until < bars[0].close_time) session->seen_until = bars[0].close_time;
  return neap_session_bar_seen(session, bars, count, fault);
}

bool neap_session_exits_at_open(const neap_session *session, uint32_t product) {
  bool is_spot = !neap_product_allows_short(&session->products[product]);
  for (const neap_order *order = session->first; order; order = order->next) {
    const neap_ticket *ticket = &order->ticket;
    bool reduces = ticket->reduce_only || (is_spot && ticket->side == NEAP_SELL);
    bool leaves = ticket->type == NEAP_MARKET && ticket->execution == NEAP_WHOLE;
    if (ticket->product == product && leaves && reduces) return true;
  }
  return false;
}
