/* SPDX-License-Identifier: MIT */
/* decimal: one exact fixed-point number. 128 bits, 16 fractional digits, range ±1.7e22. Every price, quantity, cash
 * amount and limit is one of these. Overflow is an error (NEAP_RANGE), rounding is always named. */
#ifndef NEAP_BASE_DECIMAL_H
#define NEAP_BASE_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"

enum {
  NEAP_DECIMAL_DIGITS = 16,  /* fractional digits */
  NEAP_DECIMAL_TEXT = 48,    /* bytes that any formatted decimal needs, with the final 0 */
  NEAP_DECIMAL_DIVISION = 12 /* digits to which `/` in Lua, fees and divisions are rounded */
};

typedef struct neap_decimal {
  __int128 units; /* value × 10^16 */
} neap_decimal;

typedef enum neap_rounding {
  NEAP_ROUND_DOWN,    /* toward zero */
  NEAP_ROUND_UP,      /* away from zero */
  NEAP_ROUND_FLOOR,   /* toward −∞ */
  NEAP_ROUND_CEILING, /* toward +∞ */
  NEAP_ROUND_HALF_EVEN,
  NEAP_ROUND_HALF_UP /* half away from zero */
} neap_rounding;

#define NEAP_ZERO ((neap_decimal){0})

extern const uint64_t neap_power_of_ten[20]; /* 10^0 … 10^19 */

/* Always fits. */
static inline neap_decimal neap_decimal_from_int(int64_t value) {
  return (neap_decimal){(__int128)value * INT64_C(10000000000000000)};
}

/* Reads `text[0..length)`: [+-]digits[.digits][e[+-]digits], the whole of it. A locale changes nothing.
 * NEAP_INVALID (code "not_a_number"; also for nan, inf, empty, spaces), NEAP_RANGE, NEAP_INEXACT (more than 16
 * fractional digits that are not zero; `fault->nearest` is the truncated value). `out` is untouched on failure. */
neap_status neap_decimal_parse(const char *text, size_t length, neap_decimal *out, neap_fault *fault);

/* As parse, but digits beyond the 16th are cut; *truncated (may be NULL) says so. For the venue's facts. */
neap_status neap_decimal_parse_truncated(const char *text, size_t length, neap_decimal *out, bool *truncated,
                                         neap_fault *fault);

/* Writes the shortest plain text (no exponent, no trailing zeros, "-0" never), returns its length. */
size_t neap_decimal_format(neap_decimal value, char out[NEAP_DECIMAL_TEXT]);
/* As format, with at least `digits` fractional digits (0..16): 12.5 at 2 is "12.50". */
size_t neap_decimal_format_padded(neap_decimal value, unsigned digits, char out[NEAP_DECIMAL_TEXT]);

/* The double nearest to the value (ties to even): the same double that strtod gives for its text. */
double neap_decimal_to_double(neap_decimal value);
/* The decimal nearest to `value` with at most `digits` fractional digits, half-even on the exact binary value.
 * NEAP_INVALID for nan and infinity, NEAP_RANGE. */
neap_status neap_decimal_from_double(double value, unsigned digits, neap_decimal *out, neap_fault *fault);
/* NEAP_INEXACT unless the value is a whole number that fits. */
neap_status neap_decimal_to_int(neap_decimal value, int64_t *out, neap_fault *fault);

/* Arithmetic. NEAP_OK or NEAP_RANGE (code "overflow"); `out` may be an argument, and is untouched on failure. */
static inline neap_status neap_decimal_add(neap_decimal a, neap_decimal b, neap_decimal *out);
static inline neap_status neap_decimal_sub(neap_decimal a, neap_decimal b, neap_decimal *out);
/* a × b and a ÷ b, rounded once to `digits` (0..16). Division by zero: NEAP_INVALID. The product of two numbers whose
 * fractional digits sum to 16 or fewer is exact at digits = 16. */
neap_status neap_decimal_mul(neap_decimal a, neap_decimal b, unsigned digits, neap_rounding rounding,
                             neap_decimal *out);
neap_status neap_decimal_div(neap_decimal a, neap_decimal b, unsigned digits, neap_rounding rounding,
                             neap_decimal *out);
/* a × b ÷ c with the exact intermediate product, rounded once. For a share of a cost: cost × closed ÷ held. */
neap_status neap_decimal_mul_div(neap_decimal a, neap_decimal b, neap_decimal c, unsigned digits,
                                 neap_rounding rounding, neap_decimal *out);
/* The multiple of `increment` (> 0) that the rounding names; `increment` zero leaves the value as it is. */
neap_status neap_decimal_quantize(neap_decimal value, neap_decimal increment, neap_rounding rounding,
                                  neap_decimal *out);
neap_status neap_decimal_round(neap_decimal value, unsigned digits, neap_rounding rounding, neap_decimal *out);

/* How a float became a multiple of an increment. */
typedef enum neap_snap { NEAP_SNAP_EXACT, NEAP_SNAP_NEAR, NEAP_SNAP_ROUNDED } neap_snap;
/* A float in an order field. With whole = round(value ÷ increment): within 1e-9 × max(1, |whole| × 2^-20) increments of
 * that multiple it is the multiple (NEAR), else it is rounded as named (ROUNDED). `increment` > 0. */
neap_status neap_decimal_snap(double value, neap_decimal increment, neap_rounding rounding, neap_decimal *out,
                              neap_snap *how, neap_fault *fault);

/* Number of fractional digits that are needed: 12.50 → 1. */
unsigned neap_decimal_scale(neap_decimal value);

/* The range is symmetric: −2^127 is no decimal, so that a negation always fits. */
static inline neap_status neap_decimal_add(neap_decimal a, neap_decimal b, neap_decimal *out) {
  __int128 sum;
  if (__builtin_add_overflow(a.units, b.units, &sum) || sum == (__int128)((unsigned __int128)1 << 127))
    return NEAP_RANGE;
  return out->units = sum, NEAP_OK;
}

static inline neap_status neap_decimal_sub(neap_decimal a, neap_decimal b, neap_decimal *out) {
  return neap_decimal_add(a, (neap_decimal){-b.units}, out);
}

static inline int neap_decimal_cmp(neap_decimal a, neap_decimal b) { return (a.units > b.units) - (a.units < b.units); }
static inline int neap_decimal_sign(neap_decimal a) { return (a.units > 0) - (a.units < 0); }
static inline bool neap_decimal_is_zero(neap_decimal a) { return a.units == 0; }
static inline neap_decimal neap_decimal_neg(neap_decimal a) { return (neap_decimal){-a.units}; }
static inline neap_decimal neap_decimal_abs(neap_decimal a) { return a.units < 0 ? neap_decimal_neg(a) : a; }
static inline neap_decimal neap_decimal_min(neap_decimal a, neap_decimal b) { return a.units < b.units ? a : b; }
static inline neap_decimal neap_decimal_max(neap_decimal a, neap_decimal b) { return a.units > b.units ? a : b; }

#endif
