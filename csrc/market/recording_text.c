/* SPDX-License-Identifier: MIT */
/* recording_text: recordings from CSV. */
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "market/recording.h"

enum { FIELDS = 16, MISSING = -1, SECOND_DIGITS = 9 };

typedef struct field {
  const char *text;
  size_t length;
} field;

typedef struct row {
  field field[FIELDS];
  int count;
} row;

/* Where each fact stands in a row. */
typedef struct columns {
  int time, type, side, price, size;
} columns;

typedef neap_status (*take_row)(neap_recording *recording, const columns *at, const row *line, neap_fault *fault);

static bool is_word(field text, const char *word) {
  return strlen(word) == text.length && strncasecmp(text.text, word, text.length) == 0;
}

static bool split(const char *text, size_t length, row *out) {
  const char *end = text + length;
  if (length && end[-1] == '\r') end--;
  for (out->count = 0; out->count < FIELDS; text++) {
    const char *comma = memchr(text, ',', (size_t)(end - text)), *stop = comma ? comma : end;
    out->field[out->count++] = (field){text, (size_t)(stop - text)};
    text = stop;
    if (!comma) return true;
  }
  return false;
}

static int find(const row *header, const char *first, const char *second) {
  for (int i = 0; i < header->count; i++)
    if (is_word(header->field[i], first)) return i;
  return second ? find(header, second, NULL) : MISSING;
}

static neap_status bad_row(neap_fault *fault, const char *what, field text) {
  int length = text.length < 40 ? (int)text.length : 40;
  return neap_fail(fault, NEAP_INVALID, "bad_row", "%s is not '%.*s'", what, length, text.text);
}

static bool read_digits(field text, size_t from, size_t to, int64_t *out) {
  for (size_t i = from; i < to; i++) {
    if (text.text[i] < '0' || text.text[i] > '9') return false;
    if (__builtin_mul_overflow(*out, 10, out) || __builtin_add_overflow(*out, text.text[i] - '0', out)) return false;
  }
  return to > from;
}

/* Seconds with a fraction, exactly, or ISO 8601. */
static neap_status read_time(field text, int64_t *out, neap_fault *fault) {
  const char *dot = memchr(text.text, '.', text.length);
  size_t whole = dot ? (size_t)(dot - text.text) : text.length, digits = dot ? text.length - whole - 1 : 0;
  *out = 0;
  if (memchr(text.text, '-', text.length)) return neap_time_parse(text.text, text.length, out, fault);
  if (digits > SECOND_DIGITS || !read_digits(text, 0, whole, out)) return bad_row(fault, "a time", text);
  if (dot && !read_digits(text, whole + 1, text.length, out)) return bad_row(fault, "a time", text);
  for (; digits < SECOND_DIGITS; digits++)
    if (__builtin_mul_overflow(*out, 10, out)) return bad_row(fault, "a time", text);
  return NEAP_OK;
}

static neap_status read_amount(field text, neap_decimal increment, const char *code, int64_t *out, neap_fault *fault) {
  neap_decimal value;
  neap_status status = neap_decimal_parse(text.text, text.length, &value, fault);
  if (status != NEAP_OK) return status;
  __int128 whole = value.units / increment.units;
  if (whole * increment.units != value.units)
    return neap_fail(fault, NEAP_INEXACT, code, "'%.*s' is not a multiple of the increment", (int)text.length,
                     text.text);
  if (whole < 0 || whole > INT64_MAX) return bad_row(fault, code, text);
  *out = (int64_t)whole;
  return NEAP_OK;
}

static neap_status read_price_and_size(const neap_recording *recording, const columns *at, const row *line,
                                       int64_t *price, int64_t *size, neap_fault *fault) {
  neap_status status = read_amount(line->field[at->price], recording->price_increment, "price_increment", price, fault);
  if (status != NEAP_OK) return status;
  return read_amount(line->field[at->size], recording->size_increment, "size_increment", size, fault);
}

static neap_status take_change(neap_recording *recording, const columns *at, const row *line, neap_fault *fault) {
  neap_book_change change;
  int64_t time;
  field side = line->field[at->side], type = line->field[at->type];
  neap_status status = read_time(line->field[at->time], &time, fault);
  if (status == NEAP_OK) status = read_price_and_size(recording, at, line, &change.price, &change.size, fault);
  if (status != NEAP_OK) return status;
  bool is_bid = is_word(side, "bid"), is_snapshot = is_word(type, "snapshot");
  if (!is_bid && !is_word(side, "ask") && !is_word(side, "offer")) return bad_row(fault, "a side (bid, ask)", side);
  if (!is_snapshot && !is_word(type, "update")) return bad_row(fault, "a type (snapshot, update)", type);
  change.side = is_bid ? NEAP_BID : NEAP_ASK;
  return neap_recording_add_change(recording, time, is_snapshot, &change, fault);
}

static neap_status take_trade(neap_recording *recording, const columns *at, const row *line, neap_fault *fault) {
  neap_market_trade trade;
  field side = line->field[at->side];
  neap_status status = read_time(line->field[at->time], &trade.time, fault);
  if (status == NEAP_OK) status = read_price_and_size(recording, at, line, &trade.price, &trade.size, fault);
  if (status != NEAP_OK) return status;
  bool buys = is_word(side, "buy");
  if (!buys && !is_word(side, "sell")) return bad_row(fault, "a taker's side (buy, sell)", side);
  trade.taken = buys ? NEAP_ASK : NEAP_BID;
  return neap_recording_add_trade(recording, &trade, fault);
}

/* Fine enough for the value and for what it was made for before. */
static neap_status fit(field text, neap_decimal *increment, neap_fault *fault) {
  neap_decimal value;
  neap_status status = neap_decimal_parse(text.text, text.length, &value, fault);
  if (status != NEAP_OK || value.units % increment->units == 0) return status;
  unsigned have = neap_decimal_scale(*increment), need = neap_decimal_scale(value);
  *increment = neap_decimal_from_int(1);
  for (unsigned digits = need > have ? need : have; digits; digits--) increment->units /= 10;
  return NEAP_OK;
}

static neap_status fit_row(neap_recording *recording, const columns *at, const row *line, neap_fault *fault) {
  neap_status status = fit(line->field[at->price], &recording->price_increment, fault);
  return status == NEAP_OK ? fit(line->field[at->size], &recording->size_increment, fault) : status;
}

static neap_status take_line(neap_recording *recording, const columns *at, const char *text, size_t length,
                             take_row take, neap_fault *fault) {
  row line;
  int widest = at->time;
  const int others[] = {at->type, at->side, at->price, at->size};
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) widest = others[i] > widest ? others[i] : widest;
  if (!split(text, length, &line) || line.count <= widest)
    return neap_fail(fault, NEAP_INVALID, "bad_row", "%d columns are too few or too many", line.count);
  return take(recording, at, &line, fault);
}

static neap_status parse(neap_recording *recording, const char *text, size_t length, bool has_type, const char *side,
                         take_row take, neap_fault *fault) {
  columns at = {MISSING, MISSING, MISSING, MISSING, MISSING};
  const char *end = text + length;
  for (size_t number = 1; text < end; number++) {
    const char *newline = memchr(text, '\n', (size_t)(end - text)), *stop = newline ? newline : end;
    row header;
    neap_status status = NEAP_OK;
    if (number > 1) {
      if (stop > text) status = take_line(recording, &at, text, (size_t)(stop - text), take, fault);
    } else if (split(text, (size_t)(stop - text), &header)) {
      at = (columns){find(&header, "recv", "time"), has_type ? find(&header, "type", NULL) : 0,
                     find(&header, side, NULL), find(&header, "price", NULL), find(&header, "qty", "size")};
    }
    if (at.time < 0 || at.type < 0 || at.side < 0 || at.price < 0 || at.size < 0)
      status = neap_fail(fault, NEAP_INVALID, "bad_header", "a header with time, %s%s, price and size is wanted",
                         has_type ? "type, " : "", side);
    if (status != NEAP_OK) neap_fault_set_where(fault, "line %zu", number);
    if (status != NEAP_OK) return status;
    text = newline ? newline + 1 : end;
  }
  return NEAP_OK;
}

neap_status neap_recording_parse_changes(neap_recording *recording, const char *text, size_t length,
                                         neap_fault *fault) {
  return parse(recording, text, length, true, "side", take_change, fault);
}

neap_status neap_recording_parse_trades(neap_recording *recording, const char *text, size_t length, neap_fault *fault) {
  return parse(recording, text, length, false, "taker_side", take_trade, fault);
}

neap_status neap_recording_fit_changes(neap_recording *recording, const char *text, size_t length, neap_fault *fault) {
  return parse(recording, text, length, true, "side", fit_row, fault);
}

neap_status neap_recording_fit_trades(neap_recording *recording, const char *text, size_t length, neap_fault *fault) {
  return parse(recording, text, length, false, "taker_side", fit_row, fault);
}
