/* SPDX-License-Identifier: MIT */
/* figure: a decimal's text as a number of increments. */
#include "broker/coinbase/figure.h"

neap_figure_unit neap_figure_unit_of(neap_decimal increment) {
  const unsigned digits = neap_decimal_scale(increment);
  const __int128 steps = increment.units / (__int128)neap_power_of_ten[NEAP_DECIMAL_DIGITS - digits];
  return (neap_figure_unit){increment, steps <= INT64_MAX ? (int64_t)steps : 0, digits};
}

static neap_figure_fit read_decimal(const neap_figure_unit *unit, const char *text, size_t length, int64_t *out) {
  neap_decimal value;
  bool cut = false;
  if (neap_decimal_parse_truncated(text, length, &value, &cut, NULL) != NEAP_OK) return NEAP_FIGURE_BAD;
  const __int128 whole = value.units / unit->increment.units;
  if (value.units < 0 || whole > INT64_MAX) return NEAP_FIGURE_BAD;
  cut = cut || whole * unit->increment.units != value.units;
  *out = (int64_t)whole;
  return cut ? NEAP_FIGURE_CUT : NEAP_FIGURE_EXACT;
}

/* The digits at `*at` as a number; `*at` then is behind them. */
static inline int64_t take_digits(const char **at, const char *end, int64_t number) {
  const char *c = *at;
  for (; c < end && (unsigned char)(*c - '0') < 10; c++) number = number * 10 + (*c - '0');
  *at = c;
  return number;
}

neap_figure_fit neap_figure_read(const neap_figure_unit *unit, const char *text, size_t length, int64_t *out) {
  if (length == 0) return NEAP_FIGURE_BAD;
  const char *at = text, *end = text + length;
  if (length > NEAP_FIGURE_DIGITS || unit->steps == 0) return read_decimal(unit, text, length, out);
  int64_t number = take_digits(&at, end, 0), rest = 0;
  unsigned digits = 0;
  if (at == text) return read_decimal(unit, text, length, out);
  if (at < end && *at == '.') {
    const char *point = at++;
    number = take_digits(&at, end, number);
    digits = (unsigned)(at - point) - 1;
    if (digits == 0) return read_decimal(unit, text, length, out);
  }
  if (at < end) return read_decimal(unit, text, length, out);
  if (digits > unit->digits) {
    const int64_t power = (int64_t)neap_power_of_ten[digits - unit->digits];
    rest = number % power;
    number /= power;
  } else if (__builtin_mul_overflow(number, (int64_t)neap_power_of_ten[unit->digits - digits], &number)) {
    return read_decimal(unit, text, length, out);
  }
  if (unit->steps != 1) {
    rest |= number % unit->steps;
    number /= unit->steps;
  }
  *out = number;
  return rest ? NEAP_FIGURE_CUT : NEAP_FIGURE_EXACT;
}
