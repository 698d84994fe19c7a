/* SPDX-License-Identifier: MIT */
/* impact_size: the curve, and the search along it. */
#include "risk/impact_size.h"

#include "market/liquidity.h"

enum { TOUCH_BPS = 5, DEEP_BPS = 20, BEYOND_BPS = 100, CLOSE_ENOUGH = 100000000, VALUE_DIGITS = 8 };

static neap_decimal whole(int64_t value) { return neap_decimal_from_int(value); }

static neap_status share(neap_decimal a, neap_decimal b, neap_decimal c, neap_decimal *out) {
  return neap_decimal_mul_div(a, b, c, NEAP_DECIMAL_DIVISION, NEAP_ROUND_HALF_EVEN, out);
}

neap_status neap_impact_curve(const neap_impact_depth *depth, neap_decimal value, neap_decimal *bps) {
  neap_decimal part;
  if (neap_decimal_sign(depth->l1) <= 0 || neap_decimal_sign(depth->l10) <= 0) return NEAP_NOT_FOUND;
  if (neap_decimal_cmp(value, depth->l10) > 0) return *bps = whole(BEYOND_BPS), NEAP_OK;
  if (neap_decimal_cmp(value, depth->l1) <= 0) return share(value, whole(TOUCH_BPS), depth->l1, bps);
  neap_decimal over = {value.units - depth->l1.units}, room = {depth->l10.units - depth->l1.units};
  neap_status status = neap_decimal_div(over, room, NEAP_DECIMAL_DIGITS, NEAP_ROUND_HALF_EVEN, &part);
  if (status == NEAP_OK)
    status =
        neap_decimal_mul(whole(DEEP_BPS), neap_decimal_root(part), NEAP_DECIMAL_DIVISION, NEAP_ROUND_HALF_EVEN, bps);
  return status == NEAP_OK ? neap_decimal_add(*bps, whole(TOUCH_BPS), bps) : status;
}

static neap_status cost_of(const neap_impact_size_question *question, neap_decimal value, neap_decimal *bps) {
  neap_status status = neap_impact_curve(&question->depth, value, bps);
  if (status != NEAP_OK) return status;
  return neap_decimal_mul(*bps, question->multiplier, NEAP_DECIMAL_DIVISION, NEAP_ROUND_HALF_EVEN, bps);
}

/* The greatest value up to `most` within `max`: the end itself is asked first, for it usually fits. */
static neap_status greatest(const neap_impact_size_question *question, neap_decimal most, neap_decimal max,
                            neap_decimal *value, neap_decimal *bps) {
  neap_decimal low = NEAP_ZERO, high = most, cost;
  neap_status status = cost_of(question, most, &cost);
  *value = most;
  *bps = cost;
  if (status != NEAP_OK || neap_decimal_cmp(cost, max) <= 0) return status;
  *value = *bps = NEAP_ZERO;
  while (status == NEAP_OK && high.units - low.units > CLOSE_ENOUGH) {
    neap_decimal middle = {low.units + (high.units - low.units) / 2};
    status = cost_of(question, middle, &cost);
    if (neap_decimal_cmp(cost, max) > 0) {
      high = middle;
    } else {
      *value = low = middle;
      *bps = cost;
    }
  }
  return status == NEAP_OK ? neap_decimal_round(*value, VALUE_DIGITS, NEAP_ROUND_DOWN, value) : status;
}

neap_status neap_impact_size(const neap_impact_size_question *question, neap_decimal *value, neap_decimal *bps) {
  const neap_impact_depth *depth = &question->depth;
  neap_decimal most = neap_decimal_min(question->target, depth->l10), max = question->max_bps;
  bool fits_levels = neap_decimal_cmp(question->target, depth->l10) <= 0;
  *value = *bps = NEAP_ZERO;
  if (neap_decimal_sign(depth->l1) <= 0 || neap_decimal_sign(most) <= 0) return NEAP_OK;
  if (question->mode == NEAP_IMPACT_AGGRESSIVE && fits_levels && neap_decimal_add(max, max, &max) != NEAP_OK)
    return NEAP_RANGE;
  neap_status status = greatest(question, most, max, value, bps);
  if (question->mode == NEAP_IMPACT_STRICT && neap_decimal_cmp(*value, question->target) != 0)
    *value = *bps = NEAP_ZERO;
  return status;
}
