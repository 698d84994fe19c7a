/* SPDX-License-Identifier: MIT */
/* candle: one line of a file becomes one bar, and bars become longer bars. */
#include "market/candle.h"

#include "base/clock.h"
#include "market/candle_text.h"

static const char *const field_names[NEAP_CANDLE_FIELDS] = {"time", "open", "high", "low", "close", "volume"};

/* No difference of two such times overflows. */
static const int64_t time_first = INT64_C(-2208988800) * NEAP_SECOND; /* 1900 */
static const int64_t time_end = INT64_C(7258118400) * NEAP_SECOND;    /* 2200 */

static neap_status fail_columns(const neap_candle_dialect *dialect, int found, neap_fault *fault) {
  const char *hint = dialect->separator == ',' && found > dialect->columns ? " (a decimal comma, or two lines in one?)"
                     : found < dialect->columns                            ? " (was the line cut off?)"
                                                                           : "";
  return neap_fail(fault, NEAP_INVALID, "columns", "%d columns where %d are expected%s", found, dialect->columns, hint);
}

static neap_status fail_time(neap_field field, neap_time_unit unit, neap_fault *fault) {
  char text[NEAP_CANDLE_QUOTED];
  neap_time_unit other;
  neap_field_quote(field, text);
  if (neap_field_time_unit(field, &other) && other != unit)
    return neap_fail(fault, NEAP_INVALID, "time", "time '%s' is in %s, but the file's first times are in %s", text,
                     neap_time_unit_name(other), neap_time_unit_name(unit));
  return neap_fail(fault, NEAP_INVALID, "time", "time '%s' is not a time between 1990 and 2200 in %s", text,
                   neap_time_unit_name(unit));
}

static neap_status fail_number(neap_field field, const char *name, neap_status status, neap_fault *fault) {
  char text[NEAP_CANDLE_QUOTED];
  neap_field_quote(field, text);
  if (status == NEAP_RANGE) return neap_fail(fault, NEAP_INVALID, "number", "%s '%s' is too large", name, text);
  for (size_t i = 0; i < field.length; i++)
    if (field.text[i] == ',')
      return neap_fail(fault, NEAP_INVALID, "number", "%s '%s' has a decimal comma; write a point", name, text);
  return neap_fail(fault, NEAP_INVALID, "number", "%s '%s' is not a number", name, text);
}

static neap_status parse_time(neap_field field, neap_time_unit unit, int64_t *out, neap_fault *fault) {
  if (neap_field_time(field, unit, out) || (unit != NEAP_TIME_ISO && !neap_time_is_plausible(*out)))
    return fail_time(field, unit, fault);
  return NEAP_OK;
}

static neap_status parse_numbers(const neap_candle_dialect *dialect, const neap_field *fields, neap_candle *bar,
                                 neap_fault *fault) {
  neap_decimal *const values[] = {&bar->open, &bar->high, &bar->low, &bar->close, &bar->volume};
  double *const floats[] = {&bar->open_float, &bar->high_float, &bar->low_float, &bar->close_float, &bar->volume_float};
  bar->volume = NEAP_ZERO, bar->volume_float = 0;
  bar->price_digits = bar->volume_digits = NEAP_DECIMAL_DIGITS;
  for (int i = 1; i < NEAP_CANDLE_FIELDS; i++) {
    if (dialect->column[i] < 0) continue;
    neap_field field = fields[dialect->column[i]];
    neap_status status = neap_field_number(field, values[i - 1], floats[i - 1]);
    if (status) return fail_number(field, field_names[i], status, fault);
  }
  return NEAP_OK;
}

static neap_status fail_value(const char *code, const char *name, neap_decimal value, const char *why,
                              neap_fault *fault) {
  char text[NEAP_DECIMAL_TEXT];
  neap_decimal_format(value, text);
  return neap_fail(fault, NEAP_INVALID, code, "%s %s %s", name, text, why);
}

static neap_status check_signs(const neap_candle *bar, neap_fault *fault) {
  const neap_decimal values[] = {bar->open, bar->high, bar->low, bar->close, bar->volume};
  for (int i = 1; i < NEAP_CANDLE_FIELDS; i++) {
    neap_decimal value = values[i - 1];
    if (value.units < 0) return fail_value("negative", field_names[i], value, "is negative", fault);
    if (value.units == 0 && i < 5) return fail_value("zero_price", field_names[i], value, "is no price", fault);
  }
  return NEAP_OK;
}

static neap_status fail_impossible(const char *name, neap_decimal value, const char *relation, const char *other,
                                   neap_decimal bound, neap_fault *fault) {
  char text[NEAP_DECIMAL_TEXT], bound_text[NEAP_DECIMAL_TEXT];
  neap_decimal_format(value, text);
  neap_decimal_format(bound, bound_text);
  return neap_fail(fault, NEAP_INVALID, "impossible", "%s %s is %s %s %s", name, text, relation, other, bound_text);
}

static neap_status check_range(const neap_candle *bar, neap_fault *fault) {
  if (bar->high.units < bar->open.units) return fail_impossible("high", bar->high, "below", "open", bar->open, fault);
  if (bar->high.units < bar->close.units)
    return fail_impossible("high", bar->high, "below", "close", bar->close, fault);
  if (bar->low.units > bar->open.units) return fail_impossible("low", bar->low, "above", "open", bar->open, fault);
  if (bar->low.units > bar->close.units) return fail_impossible("low", bar->low, "above", "close", bar->close, fault);
  return NEAP_OK;
}

static neap_status check_time(int64_t time, neap_fault *fault) {
  char text[NEAP_TIME_TEXT];
  if (time >= time_first && time < time_end) return NEAP_OK;
  neap_time_format(time, text);
  return neap_fail(fault, NEAP_INVALID, "time", "time %s is not between 1900 and 2200", text);
}

/* Says that a bar is good without saying what is wrong with another: prices above zero follow from the low. */
static bool is_good(const neap_candle *bar) {
  return bar->low.units > 0 && bar->low.units <= bar->open.units && bar->low.units <= bar->close.units &&
         bar->high.units >= bar->open.units && bar->high.units >= bar->close.units && bar->volume.units >= 0 &&
         bar->time >= time_first && bar->time < time_end;
}

neap_status neap_candle_check(const neap_candle *bar, neap_fault *fault) {
  if (is_good(bar)) return NEAP_OK;
  neap_status status = check_time(bar->time, fault);
  if (!status) status = check_signs(bar, fault);
  return status ? status : check_range(bar, fault);
}

/* The fast way. Whatever it does not like is left to the other, which has the messages. */
static bool parse_plain(const neap_candle_dialect *dialect, const char *line, size_t length, neap_candle *bar) {
  neap_plain fields[NEAP_CANDLE_COLUMNS];
  neap_decimal *const values[] = {&bar->open, &bar->high, &bar->low, &bar->close, &bar->volume};
  double *const floats[] = {&bar->open_float, &bar->high_float, &bar->low_float, &bar->close_float, &bar->volume_float};
  const int *column = dialect->column;
  if (dialect->unit == NEAP_TIME_ISO || column[5] < 0) return false;
  if (neap_plain_split(line, length, dialect->separator, fields) != dialect->columns) return false;
  if (neap_plain_time(fields[column[0]], dialect->unit, &bar->time) || !neap_time_is_plausible(bar->time)) return false;
  for (int i = 1; i < NEAP_CANDLE_FIELDS; i++)
    if (!neap_plain_number(fields[column[i]], values[i - 1], floats[i - 1])) return false;
  unsigned digits = 0;
  for (int i = 1; i < NEAP_CANDLE_FIELDS - 1; i++)
    if (fields[column[i]].scale > digits) digits = fields[column[i]].scale;
  bar->price_digits = (uint8_t)digits;
  bar->volume_digits = (uint8_t)fields[column[NEAP_CANDLE_FIELDS - 1]].scale;
  return true;
}

static neap_status parse_fields(const neap_candle_dialect *dialect, const char *line, size_t length, neap_candle *out,
                                neap_fault *fault) {
  neap_field fields[NEAP_CANDLE_COLUMNS];
  int found = neap_field_split(line, length, dialect->separator, fields);
  if (found != dialect->columns) return fail_columns(dialect, found, fault);
  neap_status status = parse_time(fields[dialect->column[0]], dialect->unit, &out->time, fault);
  return status ? status : parse_numbers(dialect, fields, out, fault);
}

neap_status neap_candle_parse(const neap_candle_dialect *dialect, const char *line, size_t length, neap_candle *out,
                              neap_fault *fault) {
  neap_status status = NEAP_OK;
  if (!parse_plain(dialect, line, length, out)) status = parse_fields(dialect, line, length, out, fault);
  return status ? status : neap_candle_check(out, fault);
}

void neap_candle_set_floats(neap_candle *bar) {
  bar->price_digits = bar->volume_digits = NEAP_DECIMAL_DIGITS;
  bar->open_float = neap_decimal_to_double(bar->open);
  bar->high_float = neap_decimal_to_double(bar->high);
  bar->low_float = neap_decimal_to_double(bar->low);
  bar->close_float = neap_decimal_to_double(bar->close);
  bar->volume_float = neap_decimal_to_double(bar->volume);
}
