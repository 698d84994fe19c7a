/* SPDX-License-Identifier: MIT */
/* snapshot: what the engines are shown at the moment of a decision. */
#include <string.h>

#include "session/margin.h"

typedef struct totals {
  neap_decimal reserved, released, buy, sell;
} totals;

/* What a working order may still move, in quote, at its limit or at the mark. */
static neap_status order_value(const neap_session *session, const neap_order *order, neap_decimal equity,
                               neap_decimal *out) {
  const neap_ticket *ticket = &order->ticket;
  bool sized = ticket->sizing == NEAP_BY_QUANTITY || !neap_decimal_is_zero(order->filled);
  if (!sized && ticket->sizing == NEAP_BY_NOTIONAL) return *out = ticket->notional, NEAP_OK;
  if (!sized) return neap_decimal_mul(ticket->fraction, equity, NEAP_DECIMAL_DIVISION, NEAP_ROUND_HALF_EVEN, out);
  neap_decimal price = neap_decimal_is_zero(ticket->limit) ? session->marks[ticket->product] : ticket->limit;
  return neap_product_notional(&session->products[ticket->product], price, neap_order_remaining(order), out);
}

static neap_status add_order(const neap_session *session, const neap_order *order, neap_decimal equity,
                             uint32_t product, totals *sum) {
  const neap_ticket *ticket = &order->ticket;
  neap_decimal value = NEAP_ZERO, *side = ticket->side == NEAP_BUY ? &sum->buy : &sum->sell;
  neap_status status = NEAP_OK;
  if (ticket->product == product && ticket->sizing == NEAP_BY_QUANTITY)
    status = neap_decimal_add(*side, neap_order_remaining(order), side);
  if (status == NEAP_OK) status = order_value(session, order, equity, &value);
  if (status != NEAP_OK) return status;
  if (!ticket->reduce_only) {
    bool spends = ticket->side == NEAP_BUY || neap_product_allows_short(&session->products[ticket->product]);
    return spends ? neap_decimal_add(sum->reserved, value, &sum->reserved) : NEAP_OK;
  }
  return ticket->type == NEAP_MARKET ? neap_decimal_add(sum->released, value, &sum->released) : NEAP_OK;
}

/* Working orders of the desk but `self`, which is being decided. */
static neap_status sum_orders(const neap_desk *desk, const neap_order *self, neap_decimal equity, uint32_t product,
                              totals *sum) {
  const neap_session *session = desk->session;
  *sum = (totals){0};
  neap_status status = NEAP_OK;
  for (const neap_order *order = session->first; status == NEAP_OK && order; order = order->next)
    if (order != self && order->ticket.strategy == desk->index && order->status != NEAP_ORDER_NEW)
      status = add_order(session, order, equity, product, sum);
  return status;
}

static neap_status buying_power(const neap_desk *desk, const neap_product *product, neap_decimal equity,
                                const totals *sum, neap_decimal *out) {
  const neap_session *session = desk->session;
  neap_decimal power = neap_ledger_cash(session->ledger, desk->index);
  neap_status status = NEAP_OK;
  if (neap_product_allows_short(product)) {
    neap_decimal exposure = NEAP_ZERO;
    uint32_t index = (uint32_t)(product - session->products);
    status = margin_power(session, index, equity, &power);
    if (status == NEAP_OK) status = margin_exposure(desk, index, &exposure);
    if (status == NEAP_OK) status = neap_decimal_sub(power, exposure, &power);
  }
  if (status == NEAP_OK) status = neap_decimal_add(power, sum->released, &power);
  if (status == NEAP_OK) status = neap_decimal_sub(power, sum->reserved, &power);
  *out = power;
  return status;
}

neap_status session_buying_power(const neap_desk *desk, uint32_t product, neap_decimal *out) {
  const neap_session *session = desk->session;
  neap_decimal equity;
  totals sum;
  neap_status status = neap_ledger_equity(session->ledger, desk->index, session->marks, &equity);
  if (status == NEAP_OK) status = sum_orders(desk, NULL, equity, product, &sum);
  return status == NEAP_OK ? buying_power(desk, &session->products[product], equity, &sum, out) : status;
}

/* A bar's length counts as fresh. */
static int64_t mark_max_age(const neap_session *session, const market_state *market) {
  int64_t age;
  bool is_endless = __builtin_mul_overflow(session->limits->max_mark_staleness_seconds, NEAP_SECOND, &age) ||
                    __builtin_add_overflow(age, market->frame, &age);
  return is_endless ? INT64_MAX : age;
}

/* Once a bar: the guards and every order of that bar see the same. */
static const neap_liquidity_view *liquidity_of(const neap_session *session, uint32_t product) {
  market_state *market = &session->markets[product];
  if (market->has_bar && !market->has_liquidity)
    market->has_liquidity = neap_liquidity_of_candle(&session->products[product], &market->last_bar, market->frame,
                                                     &market->liquidity) == NEAP_OK;
  return &market->liquidity;
}

static bool asks_liquidity(const neap_limits *limits) {
  return limits->slippage_guard_bps > 0 || limits->enable_market_impact_guard;
}

neap_status session_snapshot(const neap_session *session, const neap_order *order, neap_snapshot *out) {
  uint32_t product = order->ticket.product;
  const neap_desk *desk = &session->desks[order->ticket.strategy];
  const market_state *market = &session->markets[product];
  memset(out, 0, sizeof *out);
  out->product = &session->products[product];
  out->now = session->clock.latest;
  out->mode = neap_guard_manager_mode(&session->guards);
  out->has_mark = market->has_mark;
  out->mark = market->mark;
  out->mark_time = market->mark_time;
  out->mark_max_age = mark_max_age(session, market);
  out->position = neap_ledger_position(session->ledger, desk->index, product)->quantity;
  out->cash = neap_ledger_cash(session->ledger, desk->index);
  out->taker_bps = session->fees.taker_bps;
  out->maker_bps = session->fees.maker_bps;
  memcpy(out->balance.asset, session->currency, sizeof out->balance.asset);
  out->balance.total = out->balance.available = out->cash;
  out->balances = &out->balance;
  out->balance_count = 1;
  if (asks_liquidity(session->limits)) out->liquidity = *liquidity_of(session, product);
  totals sum;
  neap_status status = neap_ledger_equity(session->ledger, desk->index, session->marks, &out->equity);
  if (status == NEAP_OK) status = sum_orders(desk, order, out->equity, product, &sum);
  if (status != NEAP_OK) return status;
  out->working_buy = sum.buy;
  out->working_sell = sum.sell;
  out->entry_after_close = neap_decimal_sign(sum.released) > 0;
  return buying_power(desk, out->product, out->equity, &sum, &out->buying_power);
}
