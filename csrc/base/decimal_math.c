/* SPDX-License-Identifier: MIT */
/* decimal_math: arithmetic with one rounding, over 256-bit products where 128 bits are not enough. */
#include "base/decimal.h"
#include "base/decimal_units.h"

typedef neap_u128 u128;

neap_status neap_decimal_add(neap_decimal a, neap_decimal b, neap_decimal *out) {
  __int128 sum;
  if (__builtin_add_overflow(a.units, b.units, &sum) || sum < -(__int128)NEAP_UNITS_MAX) return NEAP_RANGE;
  out->units = sum;
  return NEAP_OK;
}

neap_status neap_decimal_sub(neap_decimal a, neap_decimal b, neap_decimal *out) {
  return neap_decimal_add(a, neap_decimal_neg(b), out);
}

bool neap_rounds_away(neap_rounding rounding, bool negative, bool odd, neap_tail tail) {
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

static neap_tail tail_of(u128 rest, u128 divisor) {
  if (rest == 0) return NEAP_TAIL_NONE;
  u128 other = divisor - rest;
  return rest < other ? NEAP_TAIL_BELOW : rest == other ? NEAP_TAIL_HALF : NEAP_TAIL_ABOVE;
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

static u128 divide_by_power(u128 value, unsigned power, u128 *rest) {
  uint64_t left;
  u128 quotient = neap_divide_by(value, &neap_divisor_of_ten[power], &left);
  *rest = left;
  return quotient;
}

static u128 divide(u128 value, u128 divisor, u128 *rest) {
  if (divisor == NEAP_UNITS_ONE) return divide_by_power(value, NEAP_DECIMAL_DIGITS, rest);
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
  u128 first = divide_by_power(high << 64 | low >> 64, NEAP_DECIMAL_DIGITS, rest);
  return first << 64 | divide_by_power(*rest << 64 | (uint64_t)low, NEAP_DECIMAL_DIGITS, rest);
}

/* a × b ÷ c as a floor and the tail; false when the floor needs more than 128 bits. */
static bool ratio(u128 a, u128 b, u128 c, u128 *quotient, neap_tail *tail) {
  u128 high, low, rest;
  if (!__builtin_mul_overflow(a, b, &low)) {
    *quotient = divide(low, c, &rest);
  } else {
    multiply(a, b, &high, &low);
    if (high >= c) return false;
    *quotient = c == NEAP_UNITS_ONE ? divide_wide_by_one(high, low, &rest) : divide_wide(high, low, c, &rest);
  }
  *tail = tail_of(rest, c);
  return true;
}

/* The tail of a number whose last places are `rest` of `unit` (a power of ten > 1) and then `lower`. */
static neap_tail join_tails(u128 rest, u128 unit, neap_tail lower) {
  neap_tail tail = tail_of(rest, unit);
  if (lower == NEAP_TAIL_NONE) return tail;
  return tail == NEAP_TAIL_NONE ? NEAP_TAIL_BELOW : tail == NEAP_TAIL_HALF ? NEAP_TAIL_ABOVE : tail;
}

/* `count` units that the rounding may increase by one. */
static neap_status finish(u128 count, u128 unit, neap_tail tail, neap_rounding rounding, bool negative,
                          neap_decimal *out) {
  if (neap_rounds_away(rounding, negative, count & 1, tail) && ++count == 0) return NEAP_RANGE;
  if (unit != 1 && __builtin_mul_overflow(count, unit, &count)) return NEAP_RANGE;
  return neap_units_store(count, negative, out);
}

/* A magnitude with a tail, rounded to `digits`. */
static neap_status finish_digits(u128 value, unsigned digits, neap_tail tail, neap_rounding rounding, bool negative,
                                 neap_decimal *out) {
  unsigned power = NEAP_DECIMAL_DIGITS - digits;
  u128 rest, unit = neap_power_of_ten[power];
  if (power == 0) return finish(value, 1, tail, rounding, negative, out);
  u128 count = divide_by_power(value, power, &rest);
  return finish(count, unit, join_tails(rest, unit, tail), rounding, negative, out);
}

static neap_status scaled(u128 a, u128 b, u128 c, bool negative, unsigned digits, neap_rounding rounding,
                          neap_decimal *out) {
  u128 quotient;
  neap_tail tail;
  if (digits > NEAP_DECIMAL_DIGITS) return NEAP_INVALID;
  /* A floor of 2^128 or more stays out of range whatever 16 digits are rounded away. */
  if (!ratio(a, b, c, &quotient, &tail)) return NEAP_RANGE;
  return finish_digits(quotient, digits, tail, rounding, negative, out);
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
  return finish(count, unit, tail_of(rest, unit), rounding, value.units < 0, out);
}

neap_status neap_decimal_round(neap_decimal value, unsigned digits, neap_rounding rounding, neap_decimal *out) {
  if (digits > NEAP_DECIMAL_DIGITS) return NEAP_INVALID;
  return finish_digits(neap_magnitude(value.units), digits, NEAP_TAIL_NONE, rounding, value.units < 0, out);
}
