/* SPDX-License-Identifier: MIT */
/* fees: what a fill costs, rounded once; and the greatest quantity that an amount pays for, found exactly. */
#include "account/fees.h"

const char *neap_liquidity_name(neap_liquidity liquidity) { return liquidity == NEAP_MAKER ? "maker" : "taker"; }

static neap_decimal ten_thousand(void) { return neap_decimal_from_int(10000); }

static neap_status fee_at(neap_decimal bps, neap_decimal notional, neap_decimal *out) {
  if (notional.units < 0) return NEAP_INVALID;
  if (bps.units == 0) {
    *out = NEAP_ZERO;
    return NEAP_OK;
  }
  return neap_decimal_mul_div(notional, bps, ten_thousand(), NEAP_DECIMAL_DIVISION, NEAP_ROUND_HALF_EVEN, out);
}

neap_status neap_fee(const neap_fee_schedule *schedule, neap_liquidity liquidity, neap_decimal notional,
                     neap_decimal *out) {
  return fee_at(neap_fee_bps(schedule, liquidity), notional, out);
}

typedef struct purchase {
  const neap_product *product;
  neap_decimal bps, amount, price;
} purchase;

/* Grows with the quantity, so that what does not fit a decimal is not affordable either. */
static bool affordable(const purchase *buy, __int128 units) {
  neap_decimal notional, fee, total;
  return neap_product_notional(buy->product, buy->price, (neap_decimal){units}, &notional) == NEAP_OK &&
         fee_at(buy->bps, notional, &fee) == NEAP_OK && neap_decimal_add(notional, fee, &total) == NEAP_OK &&
         neap_decimal_cmp(total, buy->amount) <= 0;
}

/* Between `good` (affordable) and `bad` (not), both multiples of `increment`. */
static __int128 bisect(const purchase *buy, __int128 good, __int128 bad, __int128 increment) {
  while (bad - good > increment) {
    __int128 middle = good + (bad - good) / increment / 2 * increment;
    if (affordable(buy, middle))
      good = middle;
    else
      bad = middle;
  }
  return good;
}

/* A quarter of what a decimal holds: beyond it the search gives up rather than overflow. */
static const __int128 far = (__int128)(~(unsigned __int128)0 >> 3);

/* −1: more than a decimal should hold. */
static __int128 search_up(const purchase *buy, __int128 good, __int128 increment) {
  __int128 step = increment;
  for (; good <= far && step <= far && affordable(buy, good + step); step += step) good += step;
  if (good > far || step > far) return -1;
  return bisect(buy, good, good + step, increment);
}

static __int128 search_down(const purchase *buy, __int128 bad, __int128 increment) {
  __int128 step = increment;
  for (; step <= far && bad > step && !affordable(buy, bad - step); step += step) bad -= step;
  return bisect(buy, step <= far && bad > step ? bad - step : 0, bad, increment);
}

/* amount × 10,000 ÷ (price × size × (10,000 + bps)): near the answer; the search makes it exact. */
static neap_decimal estimate(const purchase *buy, neap_decimal increment) {
  neap_decimal unit, gross, quantity;
  if (neap_decimal_mul(buy->price, buy->product->contract_size, NEAP_DECIMAL_DIGITS, NEAP_ROUND_UP, &unit) != NEAP_OK ||
      neap_decimal_add(buy->bps, ten_thousand(), &gross) != NEAP_OK ||
      neap_decimal_mul_div(unit, gross, ten_thousand(), NEAP_DECIMAL_DIGITS, NEAP_ROUND_UP, &gross) != NEAP_OK)
    return increment;
  if (neap_decimal_div(buy->amount, gross, NEAP_DECIMAL_DIGITS, NEAP_ROUND_DOWN, &quantity) != NEAP_OK)
    quantity.units = far;
  neap_decimal_quantize(quantity, increment, NEAP_ROUND_DOWN, &quantity);
  return quantity;
}

neap_status neap_quantity_for_amount(const neap_product *product, const neap_fee_schedule *schedule,
                                     neap_liquidity liquidity, bool with_fee, neap_decimal amount, neap_decimal price,
                                     neap_decimal *out) {
  __int128 increment = product->base_increment.units;
  purchase buy = {product, with_fee ? neap_fee_before(schedule, liquidity) : NEAP_ZERO, amount, price};
  if (price.units <= 0 || increment <= 0) return NEAP_INVALID;
  if (amount.units <= 0) {
    *out = NEAP_ZERO;
    return NEAP_OK;
  }
  __int128 units = estimate(&buy, product->base_increment).units;
  bool too_much = units > 0 && !affordable(&buy, units);
  units = too_much ? search_down(&buy, units, increment) : search_up(&buy, units, increment);
  if (units < 0) return NEAP_RANGE;
  out->units = units;
  return NEAP_OK;
}

/* 2 × taker as a fraction. */
static neap_status both_ways(const neap_fee_schedule *schedule, neap_decimal *out) {
  return neap_decimal_mul_div(schedule->taker_bps, neap_decimal_from_int(2), ten_thousand(), NEAP_DECIMAL_DIGITS,
                              NEAP_ROUND_UP, out);
}

neap_status neap_fee_least_exit(const neap_fee_schedule *schedule, bool is_short, neap_decimal entry,
                                neap_decimal margin, neap_decimal *out) {
  neap_decimal gain;
  if (entry.units <= 0 || margin.units < 0) return NEAP_INVALID;
  neap_status status = both_ways(schedule, &gain);
  if (status == NEAP_OK) status = neap_decimal_add(gain, margin, &gain);
  if (status == NEAP_OK)
    status = neap_decimal_add(neap_decimal_from_int(1), is_short ? neap_decimal_neg(gain) : gain, &gain);
  if (status == NEAP_OK && gain.units <= 0) return NEAP_INVALID;
  return status == NEAP_OK
             ? neap_decimal_mul(entry, gain, NEAP_DECIMAL_DIVISION, is_short ? NEAP_ROUND_DOWN : NEAP_ROUND_UP, out)
             : status;
}

bool neap_fee_is_profitable(const neap_fee_schedule *schedule, neap_decimal gross_return) {
  neap_decimal fees;
  return both_ways(schedule, &fees) == NEAP_OK && neap_decimal_cmp(gross_return, fees) > 0;
}
