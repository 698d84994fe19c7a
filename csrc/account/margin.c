/* SPDX-License-Identifier: MIT */
/* margin: sums over positions, thresholds by multiplication, liquidation prices. */
#include "account/margin.h"

enum { DIGITS = NEAP_DECIMAL_DIGITS, DIVISION = NEAP_DECIMAL_DIVISION };

static neap_decimal whole(int64_t value) { return neap_decimal_from_int(value); }
static neap_decimal one(void) { return whole(1); }

const char *neap_margin_health_name(neap_margin_health health) {
  static const char *const names[] = {"healthy", "warning", "critical", "liquidation_risk"};
  return names[health];
}

static bool is_usable(const neap_margin_holding *holding) {
  return holding->mark.units > 0 && holding->max_leverage.units > 0 && holding->maintenance_rate.units >= 0 &&
         neap_decimal_cmp(holding->maintenance_rate, one()) <= 0;
}

static neap_status value_of(const neap_margin_holding *holding, neap_decimal *out) {
  return neap_product_notional(holding->product, holding->mark, neap_decimal_abs(holding->quantity), out);
}

static neap_status maintenance_of(const neap_margin_holding *holding, neap_decimal *value, neap_decimal *out) {
  if (!is_usable(holding)) return NEAP_INVALID;
  neap_status status = value_of(holding, value);
  return status == NEAP_OK ? neap_decimal_mul(*value, holding->maintenance_rate, DIGITS, NEAP_ROUND_UP, out) : status;
}

neap_status neap_margin_covers(neap_decimal equity, const neap_margin_holding *holdings, uint32_t count, bool *covers) {
  neap_decimal value, one_of, sum = NEAP_ZERO;
  neap_status status = NEAP_OK;
  for (uint32_t i = 0; status == NEAP_OK && i < count; i++) {
    if (!holdings[i].quantity.units) continue;
    status = maintenance_of(&holdings[i], &value, &one_of);
    if (status == NEAP_OK) status = neap_decimal_add(sum, one_of, &sum);
  }
  *covers = equity.units > 0 && neap_decimal_cmp(equity, sum) > 0;
  return status;
}

static neap_status add_holding(const neap_margin_holding *holding, neap_margin *sum) {
  neap_decimal value, initial, maintenance;
  neap_status status = maintenance_of(holding, &value, &maintenance);
  if (status == NEAP_OK) status = neap_decimal_div(value, holding->max_leverage, DIGITS, NEAP_ROUND_UP, &initial);
  if (status == NEAP_OK) status = neap_decimal_add(sum->value, value, &sum->value);
  if (status == NEAP_OK) status = neap_decimal_add(sum->initial, initial, &sum->initial);
  return status == NEAP_OK ? neap_decimal_add(sum->maintenance, maintenance, &sum->maintenance) : status;
}

/* part × times < whole_part, where what does not fit is not less. */
static bool is_less(neap_decimal part, int64_t times, neap_decimal whole_part) {
  neap_decimal product;
  return neap_decimal_mul(part, whole(times), DIGITS, NEAP_ROUND_DOWN, &product) == NEAP_OK &&
         neap_decimal_cmp(product, whole_part) < 0;
}

static neap_margin_health judge(const neap_margin *m) {
  if (m->equity.units <= 0) return NEAP_MARGIN_LIQUIDATION;
  if (m->value.units == 0) return NEAP_MARGIN_HEALTHY;
  if (m->available.units <= 0) return NEAP_MARGIN_LIQUIDATION;
  if (is_less(m->available, 10, m->equity)) return NEAP_MARGIN_CRITICAL;
  bool over = neap_decimal_cmp(m->initial, m->equity) > 0;
  return over || is_less(m->available, 5, m->equity) ? NEAP_MARGIN_WARNING : NEAP_MARGIN_HEALTHY;
}

static neap_status set_ratios(neap_margin *m) {
  m->has_leverage = m->equity.units > 0;
  if (!m->has_leverage) return NEAP_OK;
  neap_status status = neap_decimal_div(m->value, m->equity, DIVISION, NEAP_ROUND_HALF_EVEN, &m->leverage);
  if (status != NEAP_OK) return status;
  return neap_decimal_mul_div(m->available, whole(100), m->equity, DIVISION, NEAP_ROUND_HALF_EVEN, &m->buffer_pct);
}

neap_status neap_margin_of(neap_decimal equity, const neap_margin_holding *holdings, uint32_t count, neap_margin *out) {
  neap_status status = NEAP_OK;
  *out = (neap_margin){.equity = equity};
  for (uint32_t i = 0; status == NEAP_OK && i < count; i++)
    if (holdings[i].quantity.units) status = add_holding(&holdings[i], out);
  if (status == NEAP_OK) status = neap_decimal_sub(equity, out->maintenance, &out->available);
  if (status == NEAP_OK) status = set_ratios(out);
  out->health = judge(out);
  return status;
}

neap_status neap_margin_max_size(const neap_product *product, neap_decimal equity, neap_decimal max_leverage,
                                 neap_decimal price, neap_decimal *out) {
  neap_decimal unit;
  *out = NEAP_ZERO;
  if (price.units <= 0) return NEAP_INVALID;
  if (equity.units <= 0 || max_leverage.units <= 0) return NEAP_OK;
  neap_status status = neap_product_notional(product, price, one(), &unit);
  if (status == NEAP_OK) status = neap_decimal_mul_div(equity, max_leverage, unit, DIGITS, NEAP_ROUND_DOWN, out);
  return status == NEAP_OK ? neap_decimal_quantize(*out, product->base_increment, NEAP_ROUND_DOWN, out) : status;
}

/* The way from the entry: entry × (1 − leverage × rate) ÷ leverage. */
neap_status neap_liquidation_price(neap_decimal entry, bool is_short, neap_decimal leverage, neap_decimal rate,
                                   neap_decimal *out) {
  neap_decimal share, way;
  if (entry.units <= 0 || leverage.units <= 0 || rate.units < 0 || neap_decimal_cmp(rate, one()) > 0)
    return NEAP_INVALID;
  neap_status status = neap_decimal_mul(leverage, rate, DIGITS, NEAP_ROUND_UP, &share);
  if (status == NEAP_OK) status = neap_decimal_sub(one(), share, &share);
  if (status == NEAP_OK) status = neap_decimal_mul_div(entry, share, leverage, DIVISION, NEAP_ROUND_FLOOR, &way);
  return status == NEAP_OK ? neap_decimal_add(entry, is_short ? way : neap_decimal_neg(way), out) : status;
}

/* equity + q × (p − mark) = others' maintenance + |q| × p × rate, solved for p; q with the contract size in it. */
static neap_status solve(neap_decimal equity, neap_decimal others, const neap_margin_holding *holding,
                         neap_decimal *out) {
  bool is_long = holding->quantity.units > 0;
  neap_decimal value, base, share, top;
  neap_status status = value_of(holding, &value);
  if (status == NEAP_OK)
    status = neap_decimal_mul(neap_decimal_abs(holding->quantity), holding->product->contract_size, DIGITS,
                              NEAP_ROUND_HALF_EVEN, &base);
  neap_decimal rate = is_long ? neap_decimal_neg(holding->maintenance_rate) : holding->maintenance_rate;
  if (status == NEAP_OK) status = neap_decimal_add(one(), rate, &share);
  if (status == NEAP_OK) status = neap_decimal_mul(base, share, DIGITS, NEAP_ROUND_HALF_EVEN, &share);
  if (status == NEAP_OK) status = neap_decimal_sub(is_long ? others : equity, is_long ? equity : others, &top);
  if (status == NEAP_OK) status = neap_decimal_add(top, value, &top);
  if (status != NEAP_OK || share.units <= 0) return status == NEAP_OK ? NEAP_INVALID : status;
  return neap_decimal_div(top, share, DIVISION, is_long ? NEAP_ROUND_CEILING : NEAP_ROUND_FLOOR, out);
}

neap_status neap_liquidation_price_cross(neap_decimal equity, const neap_margin_holding *holdings, uint32_t count,
                                         uint32_t at, neap_decimal *out, bool *exists) {
  neap_margin others = {0};
  neap_status status = at < count && is_usable(&holdings[at]) ? NEAP_OK : NEAP_INVALID;
  *exists = false;
  if (status != NEAP_OK || holdings[at].quantity.units == 0) return status;
  for (uint32_t i = 0; status == NEAP_OK && i < count; i++)
    if (i != at && holdings[i].quantity.units) status = add_holding(&holdings[i], &others);
  if (status == NEAP_OK) status = solve(equity, others.maintenance, &holdings[at], out);
  *exists = status == NEAP_OK && out->units > 0;
  return status;
}

const char *neap_liquidation_state_name(neap_liquidation_state state) {
  static const char *const names[] = {"safe", "warning", "critical", "liquidated"};
  return names[state];
}

/* way ÷ mark at most percent ÷ 100 */
static bool is_within(neap_decimal way, neap_decimal mark, int64_t percent) {
  neap_decimal left, right;
  return neap_decimal_mul(way, whole(100), DIGITS, NEAP_ROUND_HALF_EVEN, &left) == NEAP_OK &&
         neap_decimal_mul(mark, whole(percent), DIGITS, NEAP_ROUND_HALF_EVEN, &right) == NEAP_OK &&
         neap_decimal_cmp(left, right) <= 0;
}

neap_status neap_liquidation_distance(neap_decimal price, neap_decimal mark, bool is_short, neap_decimal *percent,
                                      neap_liquidation_state *state) {
  neap_decimal way;
  if (mark.units <= 0) return NEAP_INVALID;
  neap_status status = neap_decimal_sub(is_short ? price : mark, is_short ? mark : price, &way);
  if (status == NEAP_OK) status = neap_decimal_mul_div(way, whole(100), mark, DIVISION, NEAP_ROUND_HALF_EVEN, percent);
  if (status != NEAP_OK) return status;
  *state = way.units <= 0             ? NEAP_LIQUIDATED
           : is_within(way, mark, 15) ? NEAP_LIQUIDATION_CRITICAL
           : is_within(way, mark, 20) ? NEAP_LIQUIDATION_WARNING
                                      : NEAP_LIQUIDATION_SAFE;
  return NEAP_OK;
}
