/* SPDX-License-Identifier: MIT */
/* decimal_math: arithmetic with one rounding, over 256-bit products where 128 bits are not enough. */
#include "base/decimal.h"
#include "base/decimal_units.h"

typedef neap_u128 u128;

/* What is discarded is `rest` of `unit`, and something less than one of those when `more`. */
static inline bool goes_away(neap_rounding rounding, bool negative, bool odd, u128 rest, u128 unit, bool more) {
  if (rest == 0 && !more) return false;
  u128 other = unit - rest;
  neap_tail tail = rest < other ? NEAP_TAIL_BELOW : rest == other && !more ? NEAP_TAIL_HALF : NEAP_TAIL_ABOVE;
  return neap_rounds_away(rounding, negative, odd, tail);
}

static void multiply(u128 a, u128 b, u128 *high, u128 *low) {
  uint64_t a0 = (uint64_t)a, a1 = (uint64_t)(a >> 64), b0 = (uint64_t)b, b1 = (uint64_t)(b >> 64);
  u128 bottom = (u128)a0 * b0, left = (u128)a1 * b0, right = (u128)a0 * b1;
  u128 middle = (bottom >> 64) + (uint64_t)left + (uint64_t)right;
  *low = (middle << 64) | (uint64_t)bottom;
  *high = (u128)a1 * b1 + (left >> 64) + (right >> 64) + (middle >> 64);
}

/* One 64-bit digit of the quotient (Knuth 4.3.1 D, divisor normalized): `*rest` < divisor, `next` is brought down. */
static uint64_t divide_step(u128 *rest, uint64_t next, u128 divisor) {
  uint64_t top = (uint64_t)(divisor >> 64), bottom = (uint64_t)divisor;
  u128 digit = *rest / top, left = *rest - digit * top;
  while (digit >> 64 || digit * bottom > ((left << 64) | next)) {
    digit--;
    left += top;
    if (left >> 64) break;
  }
  *rest = ((*rest << 64) | next) - digit * divisor;
  return (uint64_t)digit;
}

static unsigned leading_zeros(u128 value) {
  uint64_t high = (uint64_t)(value >> 64);
  return (unsigned)(high ? __builtin_clzll(high) : 64 + __builtin_clzll((uint64_t)value));
}

/* (high·2^128 + low) ÷ divisor, where high < divisor. */
static u128 divide_wide(u128 high, u128 low, u128 divisor, u128 *rest) {
  unsigned shift = leading_zeros(divisor);
  if (shift) {
    high = (high << shift) | (low >> (128 - shift));
    low <<= shift;
    divisor <<= shift;
  }
  u128 first = divide_step(&high, (uint64_t)(low >> 64), divisor);
  u128 second = divide_step(&high, (uint64_t)low, divisor);
  *rest = high >> shift;
  return (first << 64) | second;
}

static inline u128 divide_by_power(u128 value, unsigned power, u128 *rest) {
  uint64_t left;
  u128 quotient = neap_divide_by(value, &neap_divisor_of_ten[power], &left);
  *rest = left;
  return quotient;
}

static inline u128 divide_by_one(u128 value, u128 *rest) {
  uint64_t left;
  u128 quotient = neap_divide_by(value, &neap_divisor_of_one, &left);
  *rest = left;
  return quotient;
}

static inline u128 divide(u128 value, u128 divisor, u128 *rest) {
  if (divisor == NEAP_UNITS_ONE) return divide_by_one(value, rest);
  if (!(value >> 64) && !(divisor >> 64)) {
    *rest = (uint64_t)value % (uint64_t)divisor;
    return (uint64_t)value / (uint64_t)divisor;
  }
  u128 quotient = value / divisor;
  *rest = value - quotient * divisor;
  return quotient;
}

/* As divide_wide by 10^16: two steps of one 64-bit digit each. */
static u128 divide_wide_by_one(u128 high, u128 low, u128 *rest) {
  u128 first = divide_by_one(high << 64 | low >> 64, rest);
  return first << 64 | divide_by_one(*rest << 64 | (uint64_t)low, rest);
}

/* a × b ÷ c, where the product needs more than 128 bits; false when the floor does, too. */
static __attribute__((noinline)) bool wide_ratio(u128 a, u128 b, u128 c, u128 *quotient, u128 *rest) {
  u128 high, low;
  multiply(a, b, &high, &low);
  if (high >= c) return false;
  *quotient = c == NEAP_UNITS_ONE ? divide_wide_by_one(high, low, rest) : divide_wide(high, low, c, rest);
  return true;
}

/* The usual product fits. */
static inline bool multiply_short(u128 a, u128 b, u128 *product) {
  if ((a | b) >> 64) return !__builtin_mul_overflow(a, b, product);
  *product = (u128)(uint64_t)a * (uint64_t)b;
  return true;
}

/* a × b ÷ c as a floor and a rest; false when the floor needs more than 128 bits. */
static inline bool ratio(u128 a, u128 b, u128 c, u128 *quotient, u128 *rest) {
  u128 product;
  if (!multiply_short(a, b, &product)) return wide_ratio(a, b, c, quotient, rest);
  *quotient = divide(product, c, rest);
  return true;
}

/* `count` units that the rounding increases by one when `away`. */
static inline neap_status finish(u128 count, u128 unit, bool away, bool negative, neap_decimal *out) {
  if (away && ++count == 0) return NEAP_RANGE;
  if (unit != 1 && __builtin_mul_overflow(count, unit, &count)) return NEAP_RANGE;
  return neap_units_store(count, negative, out);
}

/* A magnitude that is larger by `more`, less than one of its units, rounded to fewer than 16 digits. */
static inline neap_status finish_digits(u128 value, unsigned digits, bool more, neap_rounding rounding, bool negative,
                                        neap_decimal *out) {
  u128 rest, unit = neap_power_of_ten[NEAP_DECIMAL_DIGITS - digits];
  u128 count = divide_by_power(value, NEAP_DECIMAL_DIGITS - digits, &rest);
  return finish(count, unit, goes_away(rounding, negative, count & 1, rest, unit, more), negative, out);
}

/* A floor of 2^128 or more stays out of range whatever 16 digits are rounded away. */
static inline neap_status scaled(u128 a, u128 b, u128 c, bool negative, unsigned digits, neap_rounding rounding,
                                 neap_decimal *out) {
  u128 quotient, rest;
  if (digits > NEAP_DECIMAL_DIGITS) return NEAP_INVALID;
  if (!ratio(a, b, c, &quotient, &rest)) return NEAP_RANGE;
  if (digits < NEAP_DECIMAL_DIGITS) return finish_digits(quotient, digits, rest != 0, rounding, negative, out);
  return finish(quotient, 1, goes_away(rounding, negative, quotient & 1, rest, c, false), negative, out);
}

neap_status neap_decimal_mul(neap_decimal a, neap_decimal b, unsigned digits, neap_rounding rounding,
                             neap_decimal *out) {
  bool negative = (a.units < 0) != (b.units < 0);
  return scaled(neap_magnitude(a.units), neap_magnitude(b.units), NEAP_UNITS_ONE, negative, digits, rounding, out);
}

neap_status neap_decimal_div(neap_decimal a, neap_decimal b, unsigned digits, neap_rounding rounding,
                             neap_decimal *out) {
  if (b.units == 0) return NEAP_INVALID;
  bool negative = (a.units < 0) != (b.units < 0);
  return scaled(neap_magnitude(a.units), NEAP_UNITS_ONE, neap_magnitude(b.units), negative, digits, rounding, out);
}

neap_status neap_decimal_mul_div(neap_decimal a, neap_decimal b, neap_decimal c, unsigned digits,
                                 neap_rounding rounding, neap_decimal *out) {
  if (c.units == 0) return NEAP_INVALID;
  bool negative = ((a.units < 0) != (b.units < 0)) != (c.units < 0);
  return scaled(neap_magnitude(a.units), neap_magnitude(b.units), neap_magnitude(c.units), negative, digits, rounding,
                out);
}

neap_status neap_decimal_quantize(neap_decimal value, neap_decimal increment, neap_rounding rounding,
                                  neap_decimal *out) {
  if (increment.units < 0) return NEAP_INVALID;
  if (increment.units == 0) {
    *out = value;
    return NEAP_OK;
  }
  u128 rest, unit = (u128)increment.units, count = divide(neap_magnitude(value.units), unit, &rest);
  bool negative = value.units < 0;
  return finish(count, unit, goes_away(rounding, negative, count & 1, rest, unit, false), negative, out);
}

neap_status neap_decimal_round(neap_decimal value, unsigned digits, neap_rounding rounding, neap_decimal *out) {
  if (digits > NEAP_DECIMAL_DIGITS) return NEAP_INVALID;
  if (digits == NEAP_DECIMAL_DIGITS) return *out = value, NEAP_OK;
  return finish_digits(neap_magnitude(value.units), digits, false, rounding, value.units < 0, out);
}
