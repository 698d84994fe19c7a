/* SPDX-License-Identifier: MIT */
/* candle_text: fields, numbers and times as CSV files write them. */
#include "market/candle_text.h"

#include <string.h>

#include "base/clock.h"

static const int64_t unit_ns[] = {NEAP_SECOND, NEAP_SECOND / 1000, NEAP_SECOND / 1000000, 1};

static const int64_t plausible_first = INT64_C(631152000) * NEAP_SECOND; /* 1990 */
static const int64_t plausible_end = INT64_C(7258118400) * NEAP_SECOND;  /* 2200 */

static const double float_power[] = {1,    1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
                                     1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

static inline neap_field trim(const char *start, const char *end) {
  while (start < end && is_blank(*start)) start++;
  while (end > start && is_blank(end[-1])) end--;
  return (neap_field){start, (size_t)(end - start)};
}

static inline neap_field unquote(neap_field field) {
  if (field.length < 2 || field.text[0] != '"' || field.text[field.length - 1] != '"') return field;
  return trim(field.text + 1, field.text + field.length - 1);
}

/* The end of the field that starts at `p`: the next separator that is not between quotes. */
static inline const char *field_end(const char *p, const char *end, char separator) {
  if (p < end && *p == '"') {
    const char *quote = memchr(p + 1, '"', (size_t)(end - p - 1));
    if (quote) p = quote + 1;
  }
  while (p < end && *p != separator) p++;
  return p;
}

int neap_field_split(const char *line, size_t length, char separator, neap_field out[NEAP_CANDLE_COLUMNS]) {
  const char *p = line, *end = line + length;
  int count = 0;
  if (length && end[-1] == '\r') end--;
  for (;;) {
    const char *stop = field_end(p, end, separator);
    if (count < NEAP_CANDLE_COLUMNS) out[count] = unquote(trim(p, stop));
    count++;
    if (stop == end) return count;
    p = stop + 1;
  }
}

/* Reads one plain number; returns where it ends, or NULL when there is none. */
static inline const char *read_plain(const char *p, const char *end, neap_plain *out) {
  const char *start = p, *point = NULL;
  uint64_t mantissa = 0;
  for (; p < end; p++) {
    unsigned digit = (unsigned)(unsigned char)*p - '0';
    if (digit <= 9)
      mantissa = mantissa * 10 + digit;
    else if (*p == '.' && !point)
      point = p;
    else
      break;
  }
  size_t digits = (size_t)(p - start) - (point != NULL);
  if (digits == 0 || digits > 18) return NULL;
  *out = (neap_plain){mantissa, point ? (unsigned)(p - point - 1) : 0};
  return p;
}

int neap_plain_split(const char *line, size_t length, char separator, neap_plain out[NEAP_CANDLE_COLUMNS]) {
  const char *p = line, *end = line + length;
  if (length && end[-1] == '\r') end--;
  for (int count = 0; count < NEAP_CANDLE_COLUMNS; p++) {
    p = read_plain(p, end, &out[count++]);
    if (p == end) return count;
    if (!p || *p != separator) return 0;
  }
  return 0;
}

static double plain_double(neap_plain plain, neap_decimal value) {
  if (plain.mantissa >> 53) return neap_decimal_to_double(value);
  return (double)plain.mantissa / float_power[plain.scale]; /* both exact, so the quotient is rounded once */
}

bool neap_plain_number(neap_plain plain, neap_decimal *out, double *out_float) {
  if (plain.scale > NEAP_DECIMAL_DIGITS) return false;
  out->units = (__int128)plain.mantissa * (__int128)neap_power_of_ten[NEAP_DECIMAL_DIGITS - plain.scale];
  *out_float = plain_double(plain, *out);
  return true;
}

static neap_status fit_time(__int128 ns, int64_t *out) {
  if (ns > INT64_MAX || ns < INT64_MIN) return NEAP_INVALID;
  *out = (int64_t)ns;
  return NEAP_OK;
}

neap_status neap_plain_time(neap_plain plain, neap_time_unit unit, int64_t *ns) {
  __int128 scaled = (__int128)plain.mantissa * unit_ns[unit];
  return fit_time(plain.scale ? scaled / (__int128)neap_power_of_ten[plain.scale] : scaled, ns);
}

static neap_status other_number(neap_field field, neap_decimal *out, double *out_float) {
  neap_status status = neap_decimal_parse_truncated(field.text, field.length, out, NULL, NULL);
  if (status == NEAP_OK) *out_float = neap_decimal_to_double(*out);
  return status;
}

static bool field_plain(neap_field field, neap_plain *out) {
  const char *end = field.text + field.length;
  return read_plain(field.text, end, out) == end;
}

neap_status neap_field_number(neap_field field, neap_decimal *out, double *out_float) {
  neap_plain plain;
  if (field_plain(field, &plain) && neap_plain_number(plain, out, out_float)) return NEAP_OK;
  return other_number(field, out, out_float);
}

static neap_status number_time(neap_field field, neap_time_unit unit, int64_t *ns) {
  neap_plain plain;
  neap_decimal value;
  if (field_plain(field, &plain)) return neap_plain_time(plain, unit, ns);
  if (neap_decimal_parse_truncated(field.text, field.length, &value, NULL, NULL)) return NEAP_INVALID;
  __int128 one = (__int128)neap_power_of_ten[NEAP_DECIMAL_DIGITS];
  return fit_time(value.units / one * unit_ns[unit] + value.units % one * unit_ns[unit] / one, ns);
}

static bool ends_with(neap_field field, const char *word) {
  size_t length = strlen(word);
  return field.length > length && memcmp(field.text + field.length - length, word, length) == 0;
}

static neap_status iso_time(neap_field field, int64_t *ns) {
  if (ends_with(field, " UTC")) field.length -= 4;
  return neap_time_parse(field.text, field.length, ns, NULL) == NEAP_OK ? NEAP_OK : NEAP_INVALID;
}

neap_status neap_field_time(neap_field field, neap_time_unit unit, int64_t *ns) {
  return unit == NEAP_TIME_ISO ? iso_time(field, ns) : number_time(field, unit, ns);
}

bool neap_time_is_plausible(int64_t ns) { return ns >= plausible_first && ns < plausible_end; }

bool neap_field_time_unit(neap_field field, neap_time_unit *unit) {
  int64_t ns;
  for (neap_time_unit u = NEAP_TIME_S; u <= NEAP_TIME_ISO; u++) {
    if (neap_field_time(field, u, &ns) || (u != NEAP_TIME_ISO && !neap_time_is_plausible(ns))) continue;
    *unit = u;
    return true;
  }
  return false;
}

const char *neap_time_unit_name(neap_time_unit unit) {
  static const char *const names[] = {"seconds", "milliseconds", "microseconds", "nanoseconds", "ISO 8601"};
  return names[unit];
}

const char *neap_field_quote(neap_field field, char out[NEAP_CANDLE_QUOTED]) {
  size_t n = field.length < NEAP_CANDLE_QUOTED - 1 ? field.length : NEAP_CANDLE_QUOTED - 1;
  for (size_t i = 0; i < n; i++) out[i] = field.text[i] < ' ' || field.text[i] > '~' ? '?' : field.text[i];
  out[n] = 0;
  return out;
}
