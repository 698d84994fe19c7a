/* SPDX-License-Identifier: MIT */
/* paper_walk: leads the working orders through each bar and reports what a venue would have said. How much a bar gives
 * is in paper_offer.c. */
#include <stdio.h>

#include "broker/paper/paper_state.h"

void neap_paper_end_order(neap_paper *paper, neap_working *working, neap_report_kind kind, const char *code,
                          const char *message) {
  neap_report report = {.kind = kind, .order = working->order.ticket.number};
  snprintf(report.code, sizeof report.code, "%s", code);
  snprintf(report.message, sizeof report.message, "%s", message);
  neap_working_orders_drop(&paper->orders, working);
  neap_paper_tell(paper, working->order.ticket.product, &report);
}

/* What has fills cannot be rejected any more. */
void neap_paper_refuse(neap_paper *paper, neap_working *working, const char *code, const char *message) {
  neap_paper_end_order(paper, working, working->filled ? NEAP_REPORT_CANCELLED : NEAP_REPORT_REJECTED, code, message);
}

static void report_fill(neap_paper *paper, neap_working *working, const neap_paper_offer *offer, int64_t time) {
  const neap_ticket *ticket = &working->order.ticket;
  neap_report report = {.kind = NEAP_REPORT_FILL, .order = ticket->number, .last = working->order.remaining.units == 0};
  report.sized = offer->sizes ? offer->admitted : NEAP_ZERO;
  report.fill = (neap_fill){.order = ticket->number,
                            .strategy = ticket->strategy,
                            .product = ticket->product,
                            .side = ticket->side,
                            .liquidity = offer->liquidity,
                            .price = offer->price,
                            .quantity = offer->quantity,
                            .fee = offer->fee,
                            .fee_bps = neap_fee_bps(&paper->options.fees, offer->liquidity),
                            .fee_tier = paper->options.fees.tier,
                            .time = time};
  neap_paper_tell(paper, ticket->product, &report);
}

/* Why the account let only a part of an order fill. */
static const char *clamp_code(const neap_ticket *ticket) {
  if (ticket->reduce_only) return "nothing_to_reduce";
  return ticket->side == NEAP_SELL ? "spot_short" : "insufficient_funds";
}

/* The order's state is final before anybody hears of it: the receiver may cancel, submit and resize. */
void neap_paper_fill(neap_paper *paper, neap_working *working, const neap_paper_offer *offer, int64_t time) {
  neap_working_order *order = &working->order;
  order->remaining.units = (offer->sizes ? offer->admitted : order->remaining).units - offer->quantity.units;
  order->sized = working->filled = true;
  working->untold = NEAP_ZERO;
  if (order->remaining.units == 0) neap_working_orders_drop(&paper->orders, working);
  report_fill(paper, working, offer, time);
  if (offer->clamped && !working->gone)
    neap_paper_end_order(paper, working, NEAP_REPORT_CANCELLED, clamp_code(&order->ticket),
                         "the account lets no more of it fill");
}

bool neap_paper_is_refusal(neap_status status) {
  return status == NEAP_REFUSED || status == NEAP_RANGE || status == NEAP_INVALID;
}

/* `bar` NULL: at the quote's price, whatever the volume. */
static neap_status try_fill(neap_paper *paper, neap_working *working, const neap_candle *bar, int64_t time,
                            const neap_candle_quote *quote) {
  neap_paper_offer offer;
  neap_fault fault = {0};
  neap_status status = neap_paper_offer_make(paper, working, bar, quote, &offer, &fault);
  if (neap_paper_is_refusal(status)) {
    neap_paper_refuse(paper, working, fault.code[0] ? fault.code : "overflow", fault.message);
    return NEAP_OK;
  }
  if (status != NEAP_OK) {
    paper->fault = fault;
    return status;
  }
  bool whole = offer.quantity.units == offer.admitted.units && (!offer.clamped || working->order.ticket.reduce_only);
  if (offer.quantity.units == 0 || (working->order.ticket.time_in_force == NEAP_FOK && !whole)) return NEAP_OK;
  neap_working_list *list = &paper->orders.lists[working->order.ticket.product];
  if (bar) list->used.units += offer.quantity.units;
  neap_paper_fill(paper, working, &offer, time);
  return NEAP_OK;
}

static bool is_immediate(const neap_working_order *order) {
  neap_time_in_force time_in_force = order->ticket.time_in_force;
  bool active = order->ticket.type == NEAP_MARKET || order->ticket.type == NEAP_LIMIT || order->triggered;
  return active && (time_in_force == NEAP_IOC || time_in_force == NEAP_FOK);
}

static neap_status look(neap_paper *paper, neap_working *working, neap_bar_phase phase, const neap_candle *bar) {
  neap_working_order *order = &working->order;
  neap_candle_quote quote;
  neap_status status = neap_candle_fill_quote(order, &paper->products[order->ticket.product], phase, bar, &quote);
  if (status != NEAP_OK) {
    neap_paper_refuse(paper, working, "overflow", "its prices do not fit");
    return NEAP_OK;
  }
  if (quote.fills && order->ticket.post_only && quote.liquidity == NEAP_TAKER) {
    neap_paper_refuse(paper, working, "post_only_cross", "a post-only order would have traded when it was placed");
    return NEAP_OK;
  }
  if (quote.fills) status = try_fill(paper, working, bar, bar->time, &quote);
  if (phase == NEAP_BAR_OPEN) order->resting = true;
  if (status == NEAP_OK && !working->gone && is_immediate(order))
    neap_paper_end_order(paper, working, NEAP_REPORT_CANCELLED, neap_time_in_force_name(order->ticket.time_in_force),
                         "what could not be filled at once");
  return status;
}

/* Which orders a walk looks at. */
typedef bool chooser(const neap_working *working, int64_t bar_time);

static bool any(const neap_working *working, int64_t bar_time) {
  (void)bar_time;
  return !working->gone;
}

static bool has_expired(const neap_working *working, int64_t now) {
  return working->order.ticket.time_in_force == NEAP_GTD && working->order.ticket.good_till <= now;
}

static bool missed_open(const neap_working *working, int64_t bar_time) {
  return !working->order.resting && working->order.submitted <= bar_time;
}

/* A stop-limit counts as a stop until it is triggered. */
static bool is_stop(const neap_working *working, int64_t bar_time) {
  return working->order.submitted <= bar_time && !working->order.triggered &&
         working->order.ticket.type != NEAP_MARKET && working->order.ticket.type != NEAP_LIMIT;
}

static bool is_other(const neap_working *working, int64_t bar_time) { return working->order.submitted <= bar_time; }

/* Orders that arrive during the walk take no part in it; no order is looked at twice in one phase. */
static neap_status walk(neap_paper *paper, uint32_t product, neap_bar_phase phase, const neap_candle *bar,
                        chooser *choose, uint64_t latest) {
  neap_status status = NEAP_OK;
  neap_working *at = paper->orders.lists[product].first;
  for (; at && at->arrival <= latest && status == NEAP_OK; at = at->next) {
    if (at->gone || at->looked == paper->phase || !choose(at, bar->time)) continue;
    if (phase == NEAP_BAR_RANGE) at->looked = paper->phase;
    status = look(paper, at, phase, bar);
  }
  return status;
}

static void begin(neap_paper *paper, uint32_t product, const neap_candle *bar) {
  neap_working_list *list = &paper->orders.lists[product];
  neap_working_orders_enter(&paper->orders);
  paper->phase++;
  if (list->bar == bar->time) return;
  list->bar = bar->time;
  list->used = NEAP_ZERO;
}

static neap_status end(neap_paper *paper, neap_status status, neap_fault *fault) {
  neap_working_orders_leave(&paper->orders);
  if (status != NEAP_OK && fault) *fault = paper->fault;
  return status;
}

static void expire(neap_paper *paper, uint32_t product, int64_t now, uint64_t latest) {
  for (neap_working *at = paper->orders.lists[product].first; at && at->arrival <= latest; at = at->next)
    if (!at->gone && has_expired(at, now))
      neap_paper_end_order(paper, at, NEAP_REPORT_EXPIRED, "good_till", "its time has passed");
}

neap_status neap_paper_open(neap_paper *paper, uint32_t product, const neap_candle *bar, int64_t now,
                            neap_fault *fault) {
  if (product >= paper->orders.products) return neap_fail(fault, NEAP_INVALID, "unknown_product", "no such product");
  if (paper->orders.lists[product].count == 0 || neap_paper_has_book(paper, product)) return NEAP_OK;
  uint64_t latest = paper->orders.arrivals;
  begin(paper, product, bar);
  expire(paper, product, now, latest);
  return end(paper, walk(paper, product, NEAP_BAR_OPEN, bar, any, latest), fault);
}

neap_status neap_paper_range(neap_paper *paper, uint32_t product, const neap_candle *bar, int64_t now,
                             neap_fault *fault) {
  (void)now;
  if (product >= paper->orders.products) return neap_fail(fault, NEAP_INVALID, "unknown_product", "no such product");
  if (paper->orders.lists[product].count == 0 || neap_paper_has_book(paper, product)) return NEAP_OK;
  uint64_t latest = paper->orders.arrivals;
  begin(paper, product, bar);
  neap_status status = walk(paper, product, NEAP_BAR_OPEN, bar, missed_open, latest);
  if (status == NEAP_OK) status = walk(paper, product, NEAP_BAR_RANGE, bar, is_stop, latest);
  if (status == NEAP_OK) status = walk(paper, product, NEAP_BAR_RANGE, bar, is_other, latest);
  return end(paper, status, fault);
}

static bool is_market(const neap_working *working) {
  return working->order.ticket.type == NEAP_MARKET && !working->gone;
}

/* On a recorded book it has not arrived yet. */
static neap_status settle(neap_paper *paper, neap_working *working, int64_t time, const neap_candle_quote *quote) {
  uint32_t product = working->order.ticket.product;
  const neap_report report = {.kind = NEAP_REPORT_ACCEPTED, .order = working->order.ticket.number};
  if (neap_paper_has_book(paper, product) && !working->accepted) neap_paper_tell(paper, product, &report);
  working->accepted = true;
  neap_status status = try_fill(paper, working, NULL, time, quote);
  neap_paper_deliver(paper);
  return status;
}

neap_status neap_paper_settle(neap_paper *paper, uint32_t product, neap_decimal price, int64_t time,
                              neap_fault *fault) {
  if (product >= paper->orders.products) return neap_fail(fault, NEAP_INVALID, "unknown_product", "no such product");
  const neap_candle_quote quote = {true, price, NEAP_TAKER};
  neap_paper_deliver(paper);
  uint64_t latest = paper->orders.arrivals;
  neap_status status = NEAP_OK;
  neap_working_orders_enter(&paper->orders);
  neap_working *at = paper->orders.lists[product].first;
  for (; at && at->arrival <= latest && status == NEAP_OK; at = at->next)
    if (is_market(at)) status = settle(paper, at, time, &quote);
  return end(paper, status, fault);
}

neap_status neap_paper_settle_order(neap_paper *paper, uint64_t order, neap_decimal price, int64_t time,
                                    neap_fault *fault) {
  const neap_candle_quote quote = {true, price, NEAP_TAKER};
  neap_paper_deliver(paper);
  neap_working *working = neap_working_orders_find(&paper->orders, order);
  if (!working || !is_market(working)) return NEAP_OK;
  neap_working_orders_enter(&paper->orders);
  return end(paper, settle(paper, working, time, &quote), fault);
}
