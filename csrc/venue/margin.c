/* SPDX-License-Identifier: MIT */
#include "venue/margin.h"

#include <string.h>

const neap_decimal neap_venue_initial_rate = {INT64_C(1000000000000000)};    /* 0.1 */
const neap_decimal neap_venue_maintenance_rate = {INT64_C(660000000000000)}; /* 0.066 */

neap_decimal neap_venue_sum(neap_decimal a, neap_decimal b) {
  neap_decimal sum;
  return neap_decimal_add(a, b, &sum) == NEAP_OK ? sum : NEAP_ZERO;
}

neap_decimal neap_venue_difference(neap_decimal a, neap_decimal b) { return neap_venue_sum(a, neap_decimal_neg(b)); }

static neap_decimal times(neap_decimal a, neap_decimal b) {
  neap_decimal product;
  return neap_decimal_mul(a, b, NEAP_DECIMAL_DIGITS, NEAP_ROUND_HALF_EVEN, &product) == NEAP_OK ? product : NEAP_ZERO;
}

static neap_decimal share(neap_decimal whole, neap_decimal by) {
  neap_decimal part;
  return neap_decimal_div(whole, by, NEAP_DECIMAL_DIVISION, NEAP_ROUND_HALF_EVEN, &part) == NEAP_OK ? part : NEAP_ZERO;
}

static neap_decimal base_of(const neap_venue_view *view) { return times(view->size, view->product->contract_size); }

neap_venue_view neap_venue_view_of(const neap_venue *venue, const neap_venue_position *position) {
  const neap_venue_product *product = &venue->products[position->product];
  neap_venue_view view = {.product = &product->facts, .size = neap_venue_size(product, position->contracts)};
  neap_decimal value;
  if (!position->contracts) return view;
  view.entry = share(position->cost, base_of(&view));
  view.mark = product->last > 0 ? neap_venue_price(product, product->last) : view.entry;
  if (neap_product_notional(view.product, view.mark, view.size, &value) != NEAP_OK) value = position->cost;
  view.unrealized = neap_venue_difference(value, position->cost);
  view.notional = neap_decimal_abs(value);
  view.leverage = position->leverage.units > 0 ? position->leverage : neap_decimal_from_int(1);
  view.initial = share(view.notional, view.leverage);
  view.maintenance = times(view.notional, neap_venue_maintenance_rate);
  return view;
}

static void add_to(neap_venue_margin *margin, const neap_venue_view *view) {
  margin->notional = neap_venue_sum(margin->notional, view->notional);
  margin->unrealized = neap_venue_sum(margin->unrealized, view->unrealized);
  margin->initial = neap_venue_sum(margin->initial, view->initial);
  margin->maintenance = neap_venue_sum(margin->maintenance, view->maintenance);
}

neap_venue_margin neap_venue_margin_of(const neap_venue *venue, uint32_t portfolio, neap_product_kind kind,
                                       const char *currency) {
  const neap_venue_portfolio *owner = &venue->portfolios[portfolio];
  neap_venue_margin margin = {{0}, {0}, {0}, {0}, {0}};
  for (size_t i = 0; i < owner->position_count; i++) {
    const neap_venue_position *position = &owner->positions[i];
    const neap_product *product = &venue->products[position->product].facts;
    if (product->kind != kind || strcmp(product->quote, currency) != 0) continue;
    neap_venue_view view = neap_venue_view_of(venue, position);
    add_to(&margin, &view);
    margin.realized_today = neap_venue_sum(margin.realized_today, neap_venue_realized_today(venue, position));
  }
  return margin;
}

/* wallet + (price × base − cost) = rate × price × |base| + what the others must keep, less what they have gained */
neap_decimal neap_venue_liquidation_price(const neap_venue *venue, uint32_t portfolio,
                                          const neap_venue_position *position) {
  neap_venue_view view = neap_venue_view_of(venue, position);
  const char *quote = view.product->quote;
  neap_venue_margin all = neap_venue_margin_of(venue, portfolio, view.product->kind, quote);
  neap_decimal others_kept = neap_venue_difference(all.maintenance, view.maintenance);
  neap_decimal others_gained = neap_venue_difference(all.unrealized, view.unrealized);
  neap_decimal has = neap_venue_sum(neap_venue_owned(venue, portfolio, quote), others_gained);
  neap_decimal lacks = neap_venue_sum(neap_venue_difference(position->cost, has), others_kept), base = base_of(&view);
  neap_decimal by = neap_venue_difference(base, times(neap_decimal_abs(base), neap_venue_maintenance_rate));
  return neap_decimal_max(share(lacks, by), NEAP_ZERO);
}

/* --- what is left ------------------------------------------------------------------------------------------------ */

static neap_decimal left_of(const neap_venue *venue, uint32_t portfolio, const char *currency, bool counts_profit) {
  neap_decimal available = neap_venue_available(venue, portfolio, currency), left = available;
  static const neap_product_kind kinds[] = {NEAP_FUTURE, NEAP_PERPETUAL};
  if (!venue->portfolios[portfolio].position_count) return available;
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    neap_venue_margin margin = neap_venue_margin_of(venue, portfolio, kinds[i], currency);
    neap_decimal gain = counts_profit ? margin.unrealized : neap_decimal_min(margin.unrealized, NEAP_ZERO);
    left = neap_venue_sum(left, neap_venue_difference(gain, margin.initial));
  }
  return neap_decimal_min(available, left);
}

neap_decimal neap_venue_buying_power(const neap_venue *venue, uint32_t portfolio, const char *currency) {
  return left_of(venue, portfolio, currency, true);
}

neap_decimal neap_venue_movable(const neap_venue *venue, uint32_t portfolio, const char *currency) {
  return left_of(venue, portfolio, currency, false);
}

/* --- the balance of futures -------------------------------------------------------------------------------------- */

static neap_decimal order_holds(const neap_venue *venue, uint32_t portfolio) {
  const neap_venue_portfolio *owner = &venue->portfolios[portfolio];
  neap_decimal sum = NEAP_ZERO;
  for (size_t i = 0; i < owner->order_count; i++) {
    const neap_venue_order *order = venue->orders[owner->orders[i] - 1];
    if (venue->products[order->product].facts.kind == NEAP_FUTURE) sum = neap_venue_sum(sum, order->held);
  }
  return sum;
}

static neap_decimal percentage_of(neap_decimal buffer, neap_decimal kept) {
  neap_decimal part;
  neap_status status = neap_decimal_mul_div(buffer, neap_decimal_from_int(100), kept, 2, NEAP_ROUND_HALF_EVEN, &part);
  return status == NEAP_OK ? part : neap_decimal_from_int(1000);
}

neap_venue_balance neap_venue_balance_of(const neap_venue *venue, uint32_t portfolio) {
  neap_venue_balance of = {.margin = neap_venue_margin_of(venue, portfolio, NEAP_FUTURE, "USD")};
  of.wallet = neap_venue_owned(venue, portfolio, "USD");
  of.order_holds = order_holds(venue, portfolio);
  of.in_futures = neap_decimal_min(of.margin.initial, neap_decimal_max(of.wallet, NEAP_ZERO));
  neap_decimal equity = neap_venue_sum(of.wallet, of.margin.unrealized);
  of.buffer = neap_venue_difference(equity, of.margin.maintenance);
  of.buying_power = neap_venue_difference(neap_venue_difference(equity, of.margin.initial), of.order_holds);
  of.percentage = percentage_of(of.buffer, of.margin.maintenance);
  return of;
}

const char *neap_venue_margin_level(const neap_venue_balance *balance) {
  bool has_positions = neap_decimal_sign(balance->margin.maintenance) > 0;
  if (has_positions && neap_decimal_sign(balance->buffer) < 0) return "MARGIN_LEVEL_TYPE_LIQUIDATION";
  return has_positions && neap_decimal_sign(balance->buying_power) < 0 ? "MARGIN_LEVEL_TYPE_WARNING"
                                                                       : "MARGIN_LEVEL_TYPE_BASE";
}

void neap_venue_write_working(neap_json_writer *json, const neap_venue *venue, uint32_t portfolio, uint32_t product) {
  int64_t working[2] = {0, 0};
  for (size_t i = 0; i < venue->order_count; i++) {
    const neap_venue_order *order = venue->orders[i];
    if (order->portfolio == portfolio && order->product == product && order->is_resting)
      working[order->side] += order->size - order->filled;
  }
  neap_json_decimal(json, "buy_order_size", neap_venue_size(&venue->products[product], working[NEAP_BUY]));
  neap_json_decimal(json, "sell_order_size", neap_venue_size(&venue->products[product], working[NEAP_SELL]));
}
