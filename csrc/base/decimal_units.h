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

/* A divisor whose inverse is known, so that a division is two multiplications. */
typedef struct neap_divisor {
  uint64_t value, normalized,
      inverse; /* normalized = value << shift ≥ 2^63; inverse = ⌊(2^128 − 1) ÷ normalized⌋ − 2^64 */
  unsigned shift;
} neap_divisor;

/* 10^0 … 10^16 */
extern const neap_divisor neap_divisor_of_ten[NEAP_DECIMAL_DIGITS + 1];

/* 10^16 where the compiler sees it: most divisions are by this one. */
static const neap_divisor neap_divisor_of_one = {NEAP_UNITS_ONE, NEAP_UNITS_ONE << 10,
                                                 (uint64_t)(~(neap_u128)0 / (NEAP_UNITS_ONE << 10)), 10};

/* Möller and Granlund, "Improved division by invariant integers", algorithm 4. */
static inline neap_u128 neap_divide_by(neap_u128 value, const neap_divisor *divisor, uint64_t *rest) {
  uint64_t high = (uint64_t)(value >> 64), top = 0;
  if (high >= divisor->value) {
    top = high / divisor->value;
    value -= ((neap_u128)top * divisor->value) << 64;
  }
  value <<= divisor->shift;
  neap_u128 product = (neap_u128)divisor->inverse * (uint64_t)(value >> 64) + value;
  uint64_t quotient = (uint64_t)(product >> 64) + 1;
  uint64_t left = (uint64_t)value - quotient * divisor->normalized;
  if (left > (uint64_t)product) {
    quotient--;
    left += divisor->normalized;
  }
  if (left >= divisor->normalized) {
    quotient++;
    left -= divisor->normalized;
  }
  *rest = left >> divisor->shift;
  return (neap_u128)top << 64 | quotient;
}

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
static inline bool neap_rounds_away(neap_rounding rounding, bool negative, bool odd, neap_tail tail) {
  if (tail == NEAP_TAIL_NONE) return false;
  switch (rounding) {
  case NEAP_ROUND_DOWN:
    return false;
  case NEAP_ROUND_UP:
    return true;
  case NEAP_ROUND_FLOOR:
    return negative;
  case NEAP_ROUND_CEILING:
    return !negative;
  case NEAP_ROUND_HALF_EVEN:
    return tail == NEAP_TAIL_ABOVE || (tail == NEAP_TAIL_HALF && odd);
  case NEAP_ROUND_HALF_UP:
    return tail != NEAP_TAIL_BELOW;
  }
  return false;
}

#endif
