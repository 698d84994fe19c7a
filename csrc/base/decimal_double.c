/* SPDX-License-Identifier: MIT */
/* decimal_double: between decimals and binary floats, exactly rounded, by integers alone: no locale takes part. */
#include <math.h>
#include <string.h>

#include "base/decimal.h"
#include "base/decimal_units.h"

typedef neap_u128 u128;

enum { MANTISSA_BITS = 52, EXPONENT_BIAS = 1023 };

static double power_of_two(int exponent) { /* normal numbers only */
  uint64_t bits = (uint64_t)(exponent + EXPONENT_BIAS) << MANTISSA_BITS;
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static int leading_zeros(u128 value) {
  uint64_t high = (uint64_t)(value >> 64);
  return high ? __builtin_clzll(high) : 64 + __builtin_clzll((uint64_t)value);
}

/* The quotient keeps at least 74 bits and a sticky last bit, so that its one conversion rounds as the exact value. */
static double wide_to_double(u128 units) {
  int shift = leading_zeros(units);
  uint64_t rest;
  u128 quotient = neap_divide_by(units << shift, &neap_divisor_of_ten[NEAP_DECIMAL_DIGITS], &rest);
  return (double)(quotient | (rest != 0)) * power_of_two(-shift);
}

double neap_decimal_to_double(neap_decimal value) {
  u128 units = neap_magnitude(value.units);
  bool small = units <= (UINT64_C(1) << 53); /* two exact operands: one division rounds correctly */
  double magnitude = small ? (double)(uint64_t)units / 1e16 : wide_to_double(units);
  return value.units < 0 ? -magnitude : magnitude;
}

/* |value| as mantissa × 2^exponent. */
static uint64_t take_apart(double value, int *exponent) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  uint64_t mantissa = bits & ((UINT64_C(1) << MANTISSA_BITS) - 1);
  int biased = (int)(bits >> MANTISSA_BITS) & 0x7ff;
  *exponent = (biased ? biased : 1) - EXPONENT_BIAS - MANTISSA_BITS;
  return biased ? mantissa | UINT64_C(1) << MANTISSA_BITS : mantissa;
}

static neap_tail tail_of_bits(u128 rest, int bits) {
  u128 half = (u128)1 << (bits - 1);
  return rest == 0 ? NEAP_TAIL_NONE : rest < half ? NEAP_TAIL_BELOW : rest == half ? NEAP_TAIL_HALF : NEAP_TAIL_ABOVE;
}

/* The magnitude × 10^digits as floor and tail; false when it is far out of range. */
static bool scale_up(double value, unsigned digits, u128 *floor, neap_tail *tail) {
  int exponent;
  u128 scaled = (u128)take_apart(value, &exponent) * neap_power_of_ten[digits]; /* below 2^107 */
  *tail = NEAP_TAIL_NONE;
  *floor = scaled;
  if (scaled == 0) return true;
  if (exponent >= 0) {
    *floor = exponent < 128 ? scaled << exponent : 0;
    return exponent < leading_zeros(scaled);
  }
  if (exponent <= -127) { /* below 2^-20 of the last place */
    *tail = NEAP_TAIL_BELOW;
    *floor = 0;
    return true;
  }
  *floor = scaled >> -exponent;
  *tail = tail_of_bits(scaled & (((u128)1 << -exponent) - 1), -exponent);
  return true;
}

static neap_status from_double(double value, unsigned digits, neap_rounding rounding, neap_decimal *out, bool *exact) {
  u128 count;
  neap_tail tail;
  bool negative = signbit(value) != 0;
  if (!isfinite(value) || digits > NEAP_DECIMAL_DIGITS) return NEAP_INVALID;
  if (!scale_up(value, digits, &count, &tail)) return NEAP_RANGE;
  *exact = tail == NEAP_TAIL_NONE;
  count += neap_rounds_away(rounding, negative, count & 1, tail);
  if (__builtin_mul_overflow(count, (u128)neap_power_of_ten[NEAP_DECIMAL_DIGITS - digits], &count)) return NEAP_RANGE;
  return neap_units_store(count, negative, out);
}

static neap_status explain(neap_status status, double value, neap_fault *fault) {
  if (status == NEAP_RANGE)
    return neap_fail(fault, status, "overflow", "a float of magnitude 2^%d is out of range (at most 1.7e22)",
                     ilogb(value));
  if (status == NEAP_INVALID)
    return neap_fail(fault, status, "not_a_number", "a float that is nan or infinite, or a bad number of digits");
  return status;
}

neap_status neap_decimal_from_double(double value, unsigned digits, neap_decimal *out, neap_fault *fault) {
  bool exact;
  return explain(from_double(value, digits, NEAP_ROUND_HALF_EVEN, out, &exact), value, fault);
}

neap_status neap_decimal_to_int(neap_decimal value, int64_t *out, neap_fault *fault) {
  __int128 whole = value.units / (__int128)NEAP_UNITS_ONE;
  if (whole * (__int128)NEAP_UNITS_ONE != value.units || whole < INT64_MIN || whole > INT64_MAX) {
    char text[NEAP_DECIMAL_TEXT];
    neap_decimal_format(value, text);
    return neap_fail(fault, NEAP_INEXACT, "not_whole", "%s is not a whole number of 64 bits", text);
  }
  *out = (int64_t)whole;
  return NEAP_OK;
}

/* Whole multiples nearer than this many increments are meant. The second term is a few units in the last place of a
 * float: what its own division leaves uncertain. */
static double tolerance(double whole) { return 1e-9 * fmax(1.0, fabs(whole) * 0x1p-20); }

static neap_status multiple(double whole, neap_decimal increment, neap_decimal *out) {
  neap_decimal count;
  bool exact;
  neap_status status = from_double(whole, 0, NEAP_ROUND_HALF_EVEN, &count, &exact);
  return status == NEAP_OK ? neap_decimal_mul(count, increment, NEAP_DECIMAL_DIGITS, NEAP_ROUND_DOWN, out) : status;
}

neap_status neap_decimal_snap(double value, neap_decimal increment, neap_rounding rounding, neap_decimal *out,
                              neap_snap *how, neap_fault *fault) {
  neap_decimal read = NEAP_ZERO, result = NEAP_ZERO;
  bool exact = false;
  if (increment.units <= 0) return neap_fail(fault, NEAP_INVALID, "bad_increment", "an increment is more than zero");
  neap_status status = from_double(value, NEAP_DECIMAL_DIGITS, rounding, &read, &exact);
  double ratio = value / neap_decimal_to_double(increment), whole = round(ratio);
  bool near = status == NEAP_OK && fabs(ratio - whole) <= tolerance(whole);
  if (near)
    status = multiple(whole, increment, &result);
  else if (status == NEAP_OK)
    status = neap_decimal_quantize(read, increment, rounding, &result);
  if (status != NEAP_OK) return explain(status, value, fault);
  *how = !near ? NEAP_SNAP_ROUNDED : exact && read.units == result.units ? NEAP_SNAP_EXACT : NEAP_SNAP_NEAR;
  *out = result;
  return NEAP_OK;
}
