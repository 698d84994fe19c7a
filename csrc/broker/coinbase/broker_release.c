/* SPDX-License-Identifier: MIT */
/* broker_release: fills are told in the order of their product. One waits while another of that product is known to be
 * missing, but not for ever: a list that stays behind does not keep a position from its stop. */
#include <string.h>

#include "broker/coinbase/broker_parts.h"

#define PATIENCE (5 * NEAP_SECOND)

/* The whole of an order by notional is known when it is over, which is at once. */
static bool is_open_ended(const broker_order *order) {
  return order->ticket.sizing != NEAP_BY_QUANTITY && broker_is_immediate(&order->ticket) && !broker_is_terminal(order);
}

static bool holds_back(const broker_order *order) {
  if (order->phase != BROKER_KNOWN) return false;
  return !broker_is_complete(order) || (order->pending && is_open_ended(order));
}

static bool is_missing(const neap_coinbase_broker *broker, uint32_t product) {
  if (broker->fills_alone) return true;
  for (const broker_order *order = broker->working; order; order = order->next)
    if (order->ticket.product == product && holds_back(order)) return true;
  for (const broker_listed *at = broker->listed; at; at = at->next)
    if (!at->resolved && at->ask_due != INT64_MAX && at->facts.product == product) return true;
  return false;
}

static bool must_wait(neap_coinbase_broker *broker, uint32_t product) {
  int64_t *since = &broker->held_since[product], now = broker_now(broker);
  if (!is_missing(broker, product)) return *since = INT64_MAX, false;
  if (*since == INT64_MAX) *since = now;
  broker_due(broker, *since + PATIENCE);
  return now - *since < PATIENCE;
}

/* --- telling ------------------------------------------------------------------------------------------------------ */

static neap_decimal plus(neap_decimal a, neap_decimal b) { return (neap_decimal){a.units + b.units}; }

/* What is left of the amount, at this price; one increment at least, for the order is not over. */
static neap_decimal estimate(const broker_order *order, neap_decimal price, neap_decimal total) {
  const neap_product *product = &order->broker->products[order->ticket.product];
  neap_decimal rest = {order->ticket.notional.units - order->value.units}, more = NEAP_ZERO;
  if (neap_decimal_sign(rest) > 0) neap_decimal_div(rest, price, NEAP_DECIMAL_DIGITS, NEAP_ROUND_DOWN, &more);
  neap_decimal_quantize(more, product->base_increment, NEAP_ROUND_DOWN, &more);
  return plus(total, neap_decimal_max(more, product->base_increment));
}

/* The order's whole quantity, where the session does not know it: zero elsewhere. */
static neap_decimal sized(const broker_order *order, neap_decimal price, neap_decimal total, bool is_last) {
  bool is_over = order->status == NEAP_ORDER_FILLED;
  if (order->ticket.sizing != NEAP_BY_QUANTITY) return is_over && is_last ? total : estimate(order, price, total);
  if (neap_decimal_cmp(total, order->ticket.quantity) <= 0) return NEAP_ZERO;
  return neap_decimal_max(total, plus(order->carried, order->venue_quantity));
}

static neap_decimal share(neap_decimal whole, neap_decimal part, neap_decimal of) {
  if (part.units == of.units) return whole;
  neap_decimal_mul_div(whole, part, of, NEAP_DECIMAL_DIVISION, NEAP_ROUND_HALF_EVEN, &whole);
  return whole;
}

/* The list of fills may be before the order's state. */
static bool completes(const broker_order *order, neap_decimal total, bool is_last) {
  bool is_whole = order->ticket.sizing == NEAP_BY_QUANTITY && neap_decimal_cmp(total, order->ticket.quantity) >= 0;
  return is_whole || (is_last && order->status == NEAP_ORDER_FILLED);
}

static void report(broker_order *order, const broker_fill *fill, neap_decimal quantity, neap_decimal total) {
  broker_news news = {.kind = BROKER_REPORT};
  neap_report *report = &news.report;
  const neap_ticket *ticket = &order->ticket;
  bool is_last = !order->pending && broker_is_complete(order);
  report->kind = NEAP_REPORT_FILL, report->order = ticket->number;
  report->fill = (neap_fill){.order = ticket->number,
                             .strategy = ticket->strategy,
                             .product = ticket->product,
                             .side = ticket->side,
                             .liquidity = fill->liquidity,
                             .price = fill->price,
                             .quantity = quantity,
                             .fee = share(fill->fee, quantity, fill->quantity),
                             .time = fill->time};
  report->cumulative = total;
  report->sized = sized(order, fill->price, total, is_last);
  report->last = completes(order, total, is_last);
  if (report->sized.units) order->ticket.quantity = report->sized;
  order->told = total;
  broker_push(order->broker, &news);
}

static void count_value(broker_order *order, const broker_fill *fill, neap_decimal quantity) {
  neap_decimal value;
  const neap_product *product = &order->broker->products[order->ticket.product];
  if (neap_product_notional(product, fill->price, quantity, &value) == NEAP_OK) order->value.units += value.units;
}

/* What an earlier process told is passed over. */
static void tell(const broker_fill *fill) {
  broker_order *order = fill->order;
  order->pending--;
  order->passed = plus(order->passed, fill->quantity);
  neap_decimal total = plus(order->carried, order->passed), fresh = {total.units - order->told.units};
  if (neap_decimal_sign(fresh) <= 0) return;
  neap_decimal quantity = neap_decimal_min(fresh, fill->quantity);
  count_value(order, fill, quantity);
  report(order, fill, quantity, total);
}

static bool may_be_told(neap_coinbase_broker *broker, const broker_fill *fill) {
  return fill->order->whole && !must_wait(broker, fill->order->ticket.product);
}

void broker_release(neap_coinbase_broker *broker) {
  broker_fills *pending = &broker->pending;
  size_t kept = 0;
  for (size_t i = 0; i < pending->count; i++) {
    broker_fill fill = pending->items[i];
    if (may_be_told(broker, &fill))
      tell(&fill);
    else
      pending->items[kept++] = fill;
  }
  pending->count = kept;
}
