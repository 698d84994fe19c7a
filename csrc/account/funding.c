/* SPDX-License-Identifier: MIT */
/* funding: the amount and the moments. */
#include "account/funding.h"

neap_status neap_funding_amount(const neap_product *product, neap_decimal quantity, neap_decimal mark,
                                neap_decimal rate, neap_decimal *out) {
  neap_decimal value;
  neap_status status = neap_product_notional(product, mark, neap_decimal_neg(quantity), &value);
  return status == NEAP_OK ? neap_decimal_mul(value, rate, NEAP_DECIMAL_DIVISION, NEAP_ROUND_HALF_EVEN, out) : status;
}

static int64_t remainder_of(int64_t time, int64_t interval) {
  int64_t rest = time % interval;
  return rest < 0 ? rest + interval : rest;
}

int64_t neap_funding_next(int64_t interval, int64_t time) {
  int64_t next;
  return __builtin_add_overflow(time, interval - remainder_of(time, interval), &next) ? INT64_MAX : next;
}

bool neap_funding_is_boundary(int64_t interval, int64_t time) { return remainder_of(time, interval) == 0; }
