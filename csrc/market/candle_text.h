/* SPDX-License-Identifier: MIT */
/* candle_text: fields, numbers and times as CSV files write them. Shared by candle and candle_dialect only. */
#ifndef NEAP_MARKET_CANDLE_TEXT_H
#define NEAP_MARKET_CANDLE_TEXT_H

#include <stddef.h>

#include "market/candle.h"

enum { NEAP_CANDLE_COLUMNS = 64, NEAP_CANDLE_QUOTED = 40 };

typedef struct neap_field {
  const char *text; /* inside the line, without blanks and quotes around it */
  size_t length;
} neap_field;

/* Cuts a line (without its newline, a \r at the end is ignored) into at most NEAP_CANDLE_COLUMNS fields. Returns the
 * number of columns, which may be larger than what was stored. */
int neap_field_split(const char *line, size_t length, char separator, neap_field out[NEAP_CANDLE_COLUMNS]);

/* Up to 18 digits with at most one point: the form that nearly every number has. */
typedef struct neap_plain {
  uint64_t mantissa;
  unsigned scale; /* value = mantissa / 10^scale */
} neap_plain;

/* The fast way for a line that holds nothing but plain numbers: their count, or 0 when the line is another. */
int neap_plain_split(const char *line, size_t length, char separator, neap_plain out[NEAP_CANDLE_COLUMNS]);
bool neap_plain_number(neap_plain plain, neap_decimal *out, double *out_float);  /* false: digits after the 16th */
neap_status neap_plain_time(neap_plain plain, neap_time_unit unit, int64_t *ns); /* `unit` is not ISO */

/* A number and the double nearest to it. NEAP_INVALID (not a number) or NEAP_RANGE. Digits beyond the 16th are cut. */
neap_status neap_field_number(neap_field field, neap_decimal *out, double *out_float);

/* UTC ns of a time in that unit, also when it is implausible. NEAP_INVALID when it cannot be read at all. */
neap_status neap_field_time(neap_field field, neap_time_unit unit, int64_t *ns);
/* A time in the years that files hold: 1990 to 2200. */
bool neap_time_is_plausible(int64_t ns);
/* The unit in which the field is a plausible time; false when there is none. */
bool neap_field_time_unit(neap_field field, neap_time_unit *unit);
const char *neap_time_unit_name(neap_time_unit unit); /* "seconds" … */

/* The field for a message: at most NEAP_CANDLE_QUOTED characters, nothing unprintable. */
const char *neap_field_quote(neap_field field, char out[NEAP_CANDLE_QUOTED]);

#endif
