/* SPDX-License-Identifier: MIT */
/* decimal: text to number and back. */
#include "base/decimal.h"

#include <string.h>

#include "base/decimal_units.h"

enum { FAST_DIGITS = 19, QUOTED = 48 };

const uint64_t neap_power_of_ten[20] = {UINT64_C(1),
                                        UINT64_C(10),
                                        UINT64_C(100),
                                        UINT64_C(1000),
                                        UINT64_C(10000),
                                        UINT64_C(100000),
                                        UINT64_C(1000000),
                                        UINT64_C(10000000),
                                        UINT64_C(100000000),
                                        UINT64_C(1000000000),
                                        UINT64_C(10000000000),
                                        UINT64_C(100000000000),
                                        UINT64_C(1000000000000),
                                        UINT64_C(10000000000000),
                                        UINT64_C(100000000000000),
                                        UINT64_C(1000000000000000),
                                        UINT64_C(10000000000000000),
                                        UINT64_C(100000000000000000),
                                        UINT64_C(1000000000000000000),
                                        UINT64_C(10000000000000000000)};

#define DIVISOR(value)                                                                                                 \
  {                                                                                                                    \
    (value), (uint64_t)(value) << __builtin_clzll(value),                                                              \
        (uint64_t)(~(neap_u128)0 / ((neap_u128)(value) << __builtin_clzll(value)) - ((neap_u128)1 << 64)),             \
        (unsigned)__builtin_clzll(value)                                                                               \
  }

const neap_divisor neap_divisor_of_ten[NEAP_DECIMAL_DIGITS + 1] = {DIVISOR(UINT64_C(1)),
                                                                   DIVISOR(UINT64_C(10)),
                                                                   DIVISOR(UINT64_C(100)),
                                                                   DIVISOR(UINT64_C(1000)),
                                                                   DIVISOR(UINT64_C(10000)),
                                                                   DIVISOR(UINT64_C(100000)),
                                                                   DIVISOR(UINT64_C(1000000)),
                                                                   DIVISOR(UINT64_C(10000000)),
                                                                   DIVISOR(UINT64_C(100000000)),
                                                                   DIVISOR(UINT64_C(1000000000)),
                                                                   DIVISOR(UINT64_C(10000000000)),
                                                                   DIVISOR(UINT64_C(100000000000)),
                                                                   DIVISOR(UINT64_C(1000000000000)),
                                                                   DIVISOR(UINT64_C(10000000000000)),
                                                                   DIVISOR(UINT64_C(100000000000000)),
                                                                   DIVISOR(UINT64_C(1000000000000000)),
                                                                   DIVISOR(UINT64_C(10000000000000000))};

static bool is_digit(char c) { return (unsigned char)(c - '0') < 10; }

/* Plain numbers of up to 19 digits: 10^19 × 10^16 always fits. False: the long way decides. */
static bool parse_fast(const char *at, const char *end, neap_decimal *out) {
  bool negative = at < end && *at == '-';
  const char *first = at += negative, *point = NULL;
  uint64_t mantissa = 0;
  if (end - at > FAST_DIGITS + 1) return false;
  while (at < end && is_digit(*at)) mantissa = mantissa * 10 + (uint64_t)(*at++ - '0');
  long fraction = 0;
  if (at == first || at - first > FAST_DIGITS) return false;
  if (at < end && *at == '.') {
    point = ++at;
    while (at < end && is_digit(*at)) mantissa = mantissa * 10 + (uint64_t)(*at++ - '0');
    fraction = at - point;
    if (fraction == 0 || fraction > NEAP_DECIMAL_DIGITS) return false;
  }
  if (at != end) return false;
  __int128 units = (__int128)mantissa * (__int128)neap_power_of_ten[NEAP_DECIMAL_DIGITS - fraction];
  out->units = negative ? -units : units;
  return true;
}

/* The parts of a number's text. */
typedef struct numeral {
  const char *whole, *fraction;
  int64_t whole_length, fraction_length, exponent;
  bool negative;
} numeral;

static int64_t span_of_digits(const char *at, const char *end) {
  const char *first = at;
  while (at < end && is_digit(*at)) at++;
  return at - first;
}

/* Clamped far beyond any text's length, so that "0.00…1e99999999999" cannot wrap. */
static bool read_exponent(const char *at, const char *end, int64_t *exponent) {
  bool negative = at < end && *at == '-';
  if (at < end && (*at == '-' || *at == '+')) at++;
  if (at == end || span_of_digits(at, end) != end - at) return false;
  int64_t value = 0;
  for (; at < end; at++)
    if (value < INT64_MAX / 100) value = value * 10 + (*at - '0');
  *exponent = negative ? -value : value;
  return true;
}

static bool split(const char *at, const char *end, numeral *n) {
  *n = (numeral){.negative = at < end && *at == '-'};
  if (at < end && (*at == '-' || *at == '+')) at++;
  n->whole = at;
  n->whole_length = span_of_digits(at, end);
  at += n->whole_length;
  if (n->whole_length == 0) return false;
  if (at < end && *at == '.') {
    n->fraction = ++at;
    n->fraction_length = span_of_digits(at, end);
    at += n->fraction_length;
    if (n->fraction_length == 0) return false;
  }
  return at == end || ((*at == 'e' || *at == 'E') && read_exponent(at + 1, end, &n->exponent));
}

/* Appends digits to *units while their place is kept; `place` is the first digit's power of ten in units. */
static bool take_digits(const char *digits, int64_t count, int64_t place, neap_u128 *units, bool *cut) {
  for (int64_t i = 0; i < count; i++, place--) {
    unsigned digit = (unsigned)(digits[i] - '0');
    if (place < 0)
      *cut |= digit != 0;
    else if (*units > (NEAP_UNITS_MAX - digit) / 10)
      return false;
    else
      *units = *units * 10 + digit;
  }
  return true;
}

/* NEAP_OK, NEAP_RANGE; *cut: digits beyond the 16th were not zero. */
static neap_status assemble(const numeral *n, neap_decimal *out, bool *cut) {
  int64_t top = n->whole_length - 1 + n->exponent + NEAP_DECIMAL_DIGITS;
  int64_t last = n->exponent - n->fraction_length + NEAP_DECIMAL_DIGITS;
  neap_u128 units = 0;
  *cut = false;
  if (!take_digits(n->whole, n->whole_length, top, &units, cut) ||
      !take_digits(n->fraction, n->fraction_length, top - n->whole_length, &units, cut))
    return NEAP_RANGE;
  for (; last > 0 && units != 0; last--) {
    if (units > NEAP_UNITS_MAX / 10) return NEAP_RANGE;
    units *= 10;
  }
  return neap_units_store(units, n->negative, out);
}

static neap_status parse_any(const char *text, size_t length, neap_decimal *out, bool *cut, neap_fault *fault) {
  int shown = length < QUOTED ? (int)length : QUOTED;
  numeral n;
  if (!split(text, text + length, &n))
    return neap_fail(fault, NEAP_INVALID, "not_a_number", "'%.*s' is not a number such as 12.5", shown, text);
  if (assemble(&n, out, cut) != NEAP_OK)
    return neap_fail(fault, NEAP_RANGE, "overflow", "%.*s is out of range (at most 1.7e22)", shown, text);
  return NEAP_OK;
}

neap_status neap_decimal_parse(const char *text, size_t length, neap_decimal *out, neap_fault *fault) {
  if (parse_fast(text, text + length, out)) return NEAP_OK;
  neap_decimal value = NEAP_ZERO;
  bool cut = false;
  neap_status status = parse_any(text, length, &value, &cut, fault);
  if (status != NEAP_OK) return status;
  if (cut) {
    char nearest[NEAP_DECIMAL_TEXT];
    neap_decimal_format(value, nearest);
    status = neap_fail(fault, NEAP_INEXACT, "too_many_digits", "%.*s has more than 16 fractional digits",
                       length < QUOTED ? (int)length : QUOTED, text);
    neap_fault_set_nearest(fault, nearest);
    return status;
  }
  *out = value;
  return NEAP_OK;
}

neap_status neap_decimal_parse_truncated(const char *text, size_t length, neap_decimal *out, bool *truncated,
                                         neap_fault *fault) {
  bool cut = false;
  neap_status status = NEAP_OK;
  if (!parse_fast(text, text + length, out)) status = parse_any(text, length, out, &cut, fault);
  if (truncated) *truncated = cut;
  return status;
}

/* Writes exactly `count` digits. */
static void put_digits(char *out, uint64_t value, unsigned count) {
  while (count > 0) {
    out[--count] = (char)('0' + value % 10);
    value /= 10;
  }
}

static unsigned count_digits(uint64_t value) {
  unsigned count = 1;
  while (count < 20 && value >= neap_power_of_ten[count]) count++;
  return count;
}

static size_t put_whole(char *out, neap_u128 whole) {
  size_t length = 0;
  uint64_t low = (uint64_t)whole;
  if (whole >> 64) {
    uint64_t high = (uint64_t)(whole / NEAP_UNITS_ONE);
    length = count_digits(high);
    put_digits(out, high, (unsigned)length);
    put_digits(out + length, (uint64_t)(whole % NEAP_UNITS_ONE), NEAP_DECIMAL_DIGITS);
    return length + NEAP_DECIMAL_DIGITS;
  }
  length = count_digits(low);
  put_digits(out, low, (unsigned)length);
  return length;
}

/* Removes trailing zeros from `fraction` (of 16 digits); returns how many digits are left. */
static unsigned strip_zeros(uint64_t *fraction) {
  unsigned digits = NEAP_DECIMAL_DIGITS;
  if (*fraction == 0) return 0;
  for (unsigned step = 8; step > 0; step /= 2)
    if (*fraction % neap_power_of_ten[step] == 0) {
      *fraction /= neap_power_of_ten[step];
      digits -= step;
    }
  return digits;
}

static void split_units(neap_decimal value, neap_u128 *whole, uint64_t *fraction) {
  neap_u128 units = neap_magnitude(value.units);
  *whole = neap_divide_by(units, &neap_divisor_of_ten[NEAP_DECIMAL_DIGITS], fraction);
}

size_t neap_decimal_format_padded(neap_decimal value, unsigned digits, char out[NEAP_DECIMAL_TEXT]) {
  neap_u128 whole;
  uint64_t fraction;
  size_t length = 0;
  split_units(value, &whole, &fraction);
  if (value.units < 0) out[length++] = '-';
  length += put_whole(out + length, whole);
  unsigned needed = strip_zeros(&fraction);
  unsigned shown = digits > NEAP_DECIMAL_DIGITS ? NEAP_DECIMAL_DIGITS : digits;
  if (needed > 0 || shown > 0) out[length++] = '.';
  put_digits(out + length, fraction, needed);
  length += needed;
  for (; needed < shown; needed++) out[length++] = '0';
  out[length] = '\0';
  return length;
}

size_t neap_decimal_format(neap_decimal value, char out[NEAP_DECIMAL_TEXT]) {
  return neap_decimal_format_padded(value, 0, out);
}

unsigned neap_decimal_scale(neap_decimal value) {
  neap_u128 whole;
  uint64_t fraction;
  split_units(value, &whole, &fraction);
  return strip_zeros(&fraction);
}
