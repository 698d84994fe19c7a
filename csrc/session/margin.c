/* SPDX-License-Identifier: MIT */
/* margin: leverage of a session's positions, and liquidation: what a venue does to an account that cannot carry them.
 */
#include "session/margin.h"

#include "base/record.h"
#include "risk/leverage.h"

static neap_decimal cap_of(const neap_session *session, uint32_t product) {
  return neap_decimal_from_int(
      neap_limits_leverage_cap(session->limits, session->products[product].id, session->clock.latest));
}

static neap_decimal rate_of(const neap_session *session, uint32_t product) {
  return neap_limits_maintenance_rate(session->limits, session->products[product].id, session->clock.latest);
}

static bool is_carried(const neap_session *session, uint32_t product) {
  return neap_product_allows_short(&session->products[product]);
}

static neap_margin_holding holding_of(const neap_desk *desk, uint32_t product) {
  const neap_session *session = desk->session;
  return (neap_margin_holding){.product = &session->products[product],
                               .quantity = neap_desk_position(desk, product)->quantity,
                               .mark = session->marks[product],
                               .max_leverage = cap_of(session, product),
                               .maintenance_rate = rate_of(session, product)};
}

static uint32_t margin_holdings(const neap_desk *desk, neap_margin_holding *out) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < desk->session->product_count; i++)
    if (is_carried(desk->session, i) && neap_desk_position(desk, i)->quantity.units) out[count++] = holding_of(desk, i);
  return count;
}

neap_status neap_desk_margin(const neap_desk *desk, neap_margin *out) {
  neap_margin_holding holdings[NEAP_STRATEGY_PRODUCTS];
  neap_decimal equity;
  uint32_t count = margin_holdings(desk, holdings);
  neap_status status = neap_ledger_equity(desk->session->ledger, desk->index, desk->session->marks, &equity);
  return status == NEAP_OK ? neap_margin_of(equity, holdings, count, out) : status;
}

bool neap_desk_liquidation_price(const neap_desk *desk, uint32_t product, neap_decimal *out) {
  neap_margin_holding holdings[NEAP_STRATEGY_PRODUCTS];
  neap_decimal equity;
  bool exists;
  uint32_t count = margin_holdings(desk, holdings), at = 0;
  while (at < count && holdings[at].product != &desk->session->products[product]) at++;
  return at < count &&
         neap_ledger_equity(desk->session->ledger, desk->index, desk->session->marks, &equity) == NEAP_OK &&
         neap_liquidation_price_cross(equity, holdings, count, at, out, &exists) == NEAP_OK && exists;
}

static neap_status add_exposure(const neap_desk *desk, uint32_t held, uint32_t product, neap_decimal *sum) {
  const neap_session *session = desk->session;
  neap_decimal quantity = neap_decimal_abs(neap_desk_position(desk, held)->quantity), value;
  neap_decimal own = cap_of(session, held), cap = cap_of(session, product);
  neap_status status = neap_product_notional(&session->products[held], session->marks[held], quantity, &value);
  if (status == NEAP_OK && own.units != cap.units)
    status = neap_decimal_mul_div(value, cap, own, NEAP_DECIMAL_DIVISION, NEAP_ROUND_UP, &value);
  return status == NEAP_OK ? neap_decimal_add(*sum, value, sum) : status;
}

neap_status margin_exposure(const neap_desk *desk, uint32_t product, neap_decimal *out) {
  neap_status status = NEAP_OK;
  *out = NEAP_ZERO;
  for (uint32_t i = 0; status == NEAP_OK && i < desk->session->product_count; i++)
    if (neap_desk_position(desk, i)->quantity.units) status = add_exposure(desk, i, product, out);
  return status;
}

neap_status margin_power(const neap_session *session, uint32_t product, neap_decimal equity, neap_decimal *out) {
  return neap_decimal_mul(equity, cap_of(session, product), NEAP_DECIMAL_DIVISION, NEAP_ROUND_DOWN, out);
}

/* The held product whose maintenance margin is the largest, of those not in `done`; −1: none. */
static int64_t largest(const neap_desk *desk, uint64_t done) {
  int64_t found = -1;
  neap_decimal most = NEAP_ZERO;
  for (uint32_t i = 0; i < desk->session->product_count; i++) {
    if (done >> i & 1 || !is_carried(desk->session, i)) continue;
    const neap_margin_holding holding = holding_of(desk, i);
    neap_margin alone;
    if (holding.quantity.units == 0 || neap_margin_of(NEAP_ZERO, &holding, 1, &alone) != NEAP_OK) continue;
    if (found >= 0 && neap_decimal_cmp(alone.maintenance, most) <= 0) continue;
    found = i;
    most = alone.maintenance;
  }
  return found;
}

/* The venue takes the position; what still works on it would find nothing. */
static neap_status cancel_orders(neap_desk *desk, uint32_t product, neap_fault *fault) {
  neap_session *session = desk->session;
  neap_status status = NEAP_OK;
  for (neap_order *order = session->first; status == NEAP_OK && order; order = order->next)
    if (order->ticket.strategy == desk->index && order->ticket.product == product)
      status = order_cancel(session, order, "liquidation", fault);
  return status == NEAP_OK ? order_flush(session, fault) : status;
}

static neap_status close_at_mark(neap_desk *desk, uint32_t product, neap_fault *fault) {
  neap_session *session = desk->session;
  neap_order *order = NULL;
  neap_status status = cancel_orders(desk, product, fault);
  if (status == NEAP_OK) status = neap_desk_close(desk, product, "liquidation", "", &order, fault);
  if (status != NEAP_OK) return status;
  uint64_t number = order->ticket.number;
  neap_desk_release(desk, order);
  status = order_flush(session, fault);
  if (status != NEAP_OK) return status;
  return neap_paper_settle_order(session->paper, number, session->marks[product], session->markets[product].bar_time,
                                 fault);
}

static neap_status tell(neap_desk *desk, const neap_margin *margin, neap_fault *fault) {
  neap_session *session = desk->session;
  neap_buffer *out = session_scratch(session);
  session_record_desk(desk, out);
  neap_record_decimal(out, "equity", margin->equity);
  neap_record_decimal(out, "value", margin->value);
  neap_record_decimal(out, "maintenance", margin->maintenance);
  session_say(session, desk->name, "alert", "liquidation: the equity does not carry the positions any more");
  return session_event(session, "liquidation", NULL, -1, 0, out, &session->cause, fault);
}

static neap_status liquidate(neap_desk *desk, neap_margin *margin, neap_fault *fault) {
  uint64_t done = 0, cause = desk->session->cause;
  neap_status status = tell(desk, margin, fault);
  while (status == NEAP_OK && margin->health == NEAP_MARGIN_LIQUIDATION) {
    int64_t product = largest(desk, done);
    if (product < 0) break;
    done |= UINT64_C(1) << product;
    status = close_at_mark(desk, (uint32_t)product, fault);
    if (status == NEAP_OK && neap_desk_margin(desk, margin) != NEAP_OK)
      status = neap_fail(fault, NEAP_RANGE, "overflow", "a margin does not fit a decimal");
  }
  desk->session->cause = cause;
  return status;
}

/* Without a mark nobody can say; the guards see to what is stale. */
static bool can_judge(const neap_desk *desk, bool *holds) {
  *holds = false;
  for (uint32_t i = 0; i < desk->session->product_count; i++) {
    if (neap_desk_position(desk, i)->quantity.units == 0) continue;
    if (!desk->session->markets[i].has_mark) return false;
    *holds |= is_carried(desk->session, i);
  }
  return true;
}

static neap_status is_covered(const neap_desk *desk, bool *covers) {
  neap_margin_holding holdings[NEAP_STRATEGY_PRODUCTS];
  neap_decimal equity;
  uint32_t count = margin_holdings(desk, holdings);
  neap_status status = neap_ledger_equity(desk->session->ledger, desk->index, desk->session->marks, &equity);
  return status == NEAP_OK ? neap_margin_covers(equity, holdings, count, covers) : status;
}

static neap_status watch_desk(neap_desk *desk, neap_fault *fault) {
  neap_margin margin;
  bool holds, covers = false;
  if (!can_judge(desk, &holds) || !holds) return NEAP_OK;
  if (is_covered(desk, &covers) == NEAP_OK && covers) return NEAP_OK;
  if (neap_desk_margin(desk, &margin) != NEAP_OK)
    return neap_fail(fault, NEAP_RANGE, "overflow", "a margin does not fit a decimal");
  return margin.health == NEAP_MARGIN_LIQUIDATION ? liquidate(desk, &margin, fault) : NEAP_OK;
}

neap_status margin_watch(neap_session *session, neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (uint32_t i = 0; status == NEAP_OK && i < session->desk_count; i++)
    status = watch_desk(&session->desks[i], fault);
  return status;
}
