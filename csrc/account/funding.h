/* SPDX-License-Identifier: MIT */
/* funding: what holders of a perpetual pay each other at fixed moments. The one place of its signs: an amount above
 * zero is received. A rate above zero is paid by longs. */
#ifndef NEAP_ACCOUNT_FUNDING_H
#define NEAP_ACCOUNT_FUNDING_H

#include "market/product.h"

/* −quantity × contract size × mark × rate, rounded once, half-even, at 12 digits. */
neap_status neap_funding_amount(const neap_product *product, neap_decimal quantity, neap_decimal mark,
                                neap_decimal rate, neap_decimal *out);
static inline bool neap_funding_applies(const neap_product *product) {
  return product->kind == NEAP_PERPETUAL && !neap_decimal_is_zero(product->funding_rate);
}
/* Boundaries are the multiples of the interval since 1970 (8 h: 00:00, 08:00, 16:00 UTC): the first after `time`. */
int64_t neap_funding_next(int64_t interval, int64_t time);
bool neap_funding_is_boundary(int64_t interval, int64_t time);

#endif
