/* SPDX-License-Identifier: MIT */
/* order_hold: what an order costs, and what is held back for it. A fee is rounded down and a hold up, both at 16
 * digits: so what a part of an order costs is never more than what its hold falls by. */
#include <assert.h>

#include "venue/orders_state.h"
#include "venue/wallet.h"

static neap_decimal ten_thousand(void) { return neap_decimal_from_int(10000); }

neap_decimal neap_order_value(const neap_venue_product *product, int64_t price, int64_t size) {
  neap_decimal value = NEAP_ZERO;
  neap_status status =
      neap_product_notional(&product->facts, neap_venue_price(product, price), neap_venue_size(product, size), &value);
  assert(status == NEAP_OK); /* larger orders were refused */
  return value;
}

neap_decimal neap_order_fee(neap_decimal value, neap_decimal bps) {
  neap_decimal fee = NEAP_ZERO;
  neap_status status = neap_decimal_mul_div(value, bps, ten_thousand(), NEAP_DECIMAL_DIGITS, NEAP_ROUND_DOWN, &fee);
  assert(status == NEAP_OK);
  return fee;
}

neap_decimal neap_order_with_fee(neap_decimal value, neap_decimal bps) {
  neap_decimal whole = {ten_thousand().units + bps.units}, out = NEAP_ZERO;
  neap_status status = neap_decimal_mul_div(value, whole, ten_thousand(), NEAP_DECIMAL_DIGITS, NEAP_ROUND_UP, &out);
  assert(status == NEAP_OK);
  return out;
}

/* A position is paid for by its margin; the fee of getting it, in full. */
static neap_decimal margin_of(const neap_venue_order *order, neap_decimal value) {
  neap_decimal margin = value;
  neap_status status = neap_decimal_div(value, order->leverage_of, NEAP_DECIMAL_DIGITS, NEAP_ROUND_UP, &margin);
  assert(status == NEAP_OK);
  return (neap_decimal){margin.units + neap_order_with_fee(value, order->rates.taker_bps).units - value.units};
}

neap_decimal neap_venue_order_needs(const neap_venue *venue, const neap_venue_order *order) {
  const neap_venue_product *product = &venue->products[order->product];
  bool is_derivative = neap_order_is_derivative(product);
  int64_t open = neap_order_open(order);
  if (neap_venue_order_is_over(order) || order->kind == NEAP_SCALED_GTC) return NEAP_ZERO;
  if (neap_kind_is_market(order->kind) && order->side == NEAP_BUY && !is_derivative)
    return (neap_decimal){order->budget.units - order->value.units - order->fees.units};
  if (open <= 0 || (is_derivative && (order->is_attached || order->reduces))) return NEAP_ZERO;
  if (is_derivative) return margin_of(order, neap_order_value(product, order->hold_price, open));
  if (order->side == NEAP_SELL) return neap_venue_size(product, open);
  return neap_order_with_fee(neap_order_value(product, order->hold_price, open), order->rates.taker_bps);
}

const char *neap_venue_held_in(const neap_venue *venue, const neap_venue_order *order) {
  const neap_product *facts = &venue->products[order->product].facts;
  return order->side == NEAP_BUY || !neap_product_pays_notional(facts) ? facts->quote : facts->base;
}

neap_status neap_order_rehold(neap_venue *venue, neap_venue_order *order) {
  neap_decimal needs = neap_venue_order_needs(venue, order), more = {needs.units - order->held.units};
  const char *currency = neap_venue_held_in(venue, order);
  if (more.units > 0) {
    neap_status status = neap_venue_hold(venue, order->portfolio, currency, more, NULL);
    if (status != NEAP_OK) return status;
  } else if (more.units < 0) {
    neap_venue_release(venue, order->portfolio, currency, neap_decimal_neg(more));
  }
  order->held = needs;
  return NEAP_OK;
}
