/* SPDX-License-Identifier: MIT */
/* decimal_units: what the parts of decimal share among themselves; nobody else includes it. */
#ifndef NEAP_BASE_DECIMAL_UNITS_H
#define NEAP_BASE_DECIMAL_UNITS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/decimal.h"

typedef unsigned __int128 neap_u128;

#define NEAP_UNITS_ONE UINT64_C(10000000000000000)
/* The range is symmetric, so that a negation never overflows. */
#define NEAP_UNITS_MAX ((neap_u128)(~(neap_u128)0 >> 1))

/* 10^0 … 10^19 */
extern const uint64_t neap_power_of_ten[20];

static inline neap_u128 neap_magnitude(__int128 units) { return units < 0 ? -(neap_u128)units : (neap_u128)units; }

/* NEAP_RANGE unless the magnitude fits; `out` is untouched then. */
static inline neap_status neap_units_store(neap_u128 magnitude, bool negative, neap_decimal *out) {
  if (magnitude > NEAP_UNITS_MAX) return NEAP_RANGE;
  out->units = negative ? -(__int128)magnitude : (__int128)magnitude;
  return NEAP_OK;
}

/* The discarded part beside half of the last kept place. */
typedef enum neap_tail { NEAP_TAIL_NONE, NEAP_TAIL_BELOW, NEAP_TAIL_HALF, NEAP_TAIL_ABOVE } neap_tail;

/* Whether the magnitude grows by one. */
bool neap_rounds_away(neap_rounding rounding, bool negative, bool odd, neap_tail tail);

#endif
