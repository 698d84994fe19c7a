/* SPDX-License-Identifier: MIT */
/* candle_dialect: how a file of candles is to be read, told from its first lines. */
#include <stdio.h>
#include <string.h>

#include "market/candle.h"
#include "market/candle_header.h"
#include "market/candle_text.h"

enum { SAMPLE = 64, HEAD = 4096 };

typedef struct sample {
  neap_field fields[SAMPLE][NEAP_CANDLE_COLUMNS];
  int columns[SAMPLE];
  int count;
} sample;

/* Foreign formats that people hand over by mistake. */
static const struct {
  const char *magic;
  unsigned length;
  const char *what;
} foreign[] = {
    {"PK\3\4", 4, "a zip archive: unpack it first"},
    {"\x1f\x8b", 2, "gzip data inside gzip: unpack it once"},
    {"\x28\xb5\x2f\xfd", 4, "zstd data: unpack it first"},
    {"\xfd"
     "7zXZ",
     5, "xz data: unpack it first"},
    {"BZh", 3, "bzip2 data: unpack it first"},
    {"PAR1", 4, "a Parquet file: export it as CSV"},
    {"ARROW1", 6, "an Arrow or Feather file: export it as CSV"},
    {"\xff\xfe", 2, "UTF-16 or UTF-32 text: save it as UTF-8"},
    {"\xfe\xff", 2, "UTF-16 or UTF-32 text: save it as UTF-8"},
    {"[", 1, "JSON, not CSV"},
    {"{", 1, "JSON, not CSV"},
    {"<!", 2, "a web page, not CSV"},
    {"<html", 5, "a web page, not CSV"},
    {"<?xml", 5, "XML, not CSV"},
};

/* Text of two bytes a character without its mark has every other byte zero. */
static neap_status fail_control(const char *text, size_t length, neap_fault *fault) {
  for (size_t odd = 0; odd < 2 && length >= 8; odd++)
    if (!text[odd] && !text[odd + 2] && !text[odd + 4] && text[1 - odd] && text[3 - odd] && text[5 - odd])
      return neap_fail(fault, NEAP_INVALID, "binary", "this is UTF-16 text: save it as UTF-8");
  return neap_fail(fault, NEAP_INVALID, "binary", "this is binary data, not a CSV file of candles");
}

static bool is_control(char c) { return (unsigned char)c < ' ' && !strchr("\t\r\n", c ? c : 1); }

/* Looks at the first two lines: a control character in a later one is told as a bad number in its place. */
static neap_status refuse_bytes(const char *text, size_t length, neap_fault *fault) {
  int lines = 0;
  bool carriage = false;
  for (size_t i = 0; i < length && lines < 2; i++) {
    if (is_control(text[i])) return fail_control(text, length, fault);
    lines += text[i] == '\n';
    carriage = carriage || (text[i] == '\r' && i + 1 < length && text[i + 1] != '\n' && text[i + 1] != '\r');
  }
  if (!carriage || lines) return NEAP_OK;
  return neap_fail(fault, NEAP_INVALID, "line_ends",
                   "lines end with a carriage return alone; convert them: tr '\\r' '\\n' < FILE > CONVERTED");
}

static neap_status refuse_foreign(const char *text, size_t length, neap_fault *fault) {
  for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
    if (length >= foreign[i].length && memcmp(text, foreign[i].magic, foreign[i].length) == 0)
      return neap_fail(fault, NEAP_INVALID, "binary", "this is %s", foreign[i].what);
  return refuse_bytes(text, length < HEAD ? length : HEAD, fault);
}

/* The next line that is not blank, without its newline; false at the end. */
static bool next_line(const char **p, const char *end, neap_field *line) {
  while (*p < end) {
    const char *newline = memchr(*p, '\n', (size_t)(end - *p));
    const char *stop = newline ? newline : end;
    *line = (neap_field){*p, (size_t)(stop - *p)};
    *p = newline ? newline + 1 : end;
    if (!neap_candle_blank(line->text, line->length)) return true;
  }
  return false;
}

bool neap_candle_blank(const char *line, size_t length) {
  for (size_t i = 0; i < length; i++)
    if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r') return false;
  return true;
}

static char find_separator(neap_field line) {
  static const char separators[] = {',', ';', '\t'};
  size_t counts[3] = {0};
  for (size_t i = 0; i < line.length; i++)
    for (int s = 0; s < 3; s++) counts[s] += line.text[i] == separators[s];
  if (counts[1] >= 4) return ';'; /* its commas are decimal commas */
  return counts[2] > counts[0] ? '\t' : ',';
}

static bool starts_like_number(neap_field field) {
  size_t at = field.length && strchr("+-.", field.text[0]) ? 1 : 0;
  return field.length > at && field.text[at] >= '0' && field.text[at] <= '9';
}

static bool is_header(const neap_field *fields, int columns) {
  int numbers = 0;
  for (int i = 0; i < columns; i++) numbers += starts_like_number(fields[i]);
  return numbers * 2 < columns;
}

static void read_sample(const char *p, const char *end, char separator, sample *out) {
  neap_field line;
  out->count = 0;
  while (out->count < SAMPLE && next_line(&p, end, &line)) {
    if (out->count > 0 && line.text + line.length == end) break; /* it may be cut off */
    out->columns[out->count] = neap_field_split(line.text, line.length, separator, out->fields[out->count]);
    out->count++;
  }
}

/* Bars of the sample that are possible with these columns. */
static int possible(const sample *rows, const neap_candle_dialect *dialect) {
  int count = 0;
  for (int i = 0; i < rows->count; i++) {
    neap_candle bar = {0};
    bool good = rows->columns[i] == dialect->columns;
    for (int f = 1; f < NEAP_CANDLE_FIELDS && good; f++) {
      neap_decimal *const values[] = {&bar.open, &bar.high, &bar.low, &bar.close, &bar.volume};
      double unused;
      if (dialect->column[f] < 0)
        bar.volume = NEAP_ZERO;
      else
        good = neap_field_number(rows->fields[i][dialect->column[f]], values[f - 1], &unused) == NEAP_OK;
    }
    count += good && neap_candle_check(&bar, NULL) == NEAP_OK;
  }
  return count;
}

typedef struct layout {
  const char *name;
  int columns, column[NEAP_CANDLE_FIELDS];
} layout;

/* Files without a header. Of those with as many columns as the file, the one in which most bars are possible. */
static const layout layouts[] = {
    {"ohlcv", 6, {0, 1, 2, 3, 4, 5}},  {"coinbase", 6, {0, 3, 2, 1, 4, 5}}, {"kraken", 7, {0, 1, 2, 3, 4, 5}},
    {"kraken", 8, {0, 1, 2, 3, 4, 6}}, {"binance", 12, {0, 1, 2, 3, 4, 5}}, {"ohlcv", 5, {0, 1, 2, 3, 4, -1}},
};

static void apply(const layout *choice, neap_candle_dialect *out) {
  snprintf(out->name, sizeof out->name, "%s", choice->name);
  memcpy(out->column, choice->column, sizeof out->column);
}

static neap_status choose_layout(const sample *rows, neap_candle_dialect *out, neap_fault *fault) {
  int best = -1;
  for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
    if (layouts[i].columns != out->columns) continue;
    neap_candle_dialect trial = *out;
    apply(&layouts[i], &trial);
    int bars = possible(rows, &trial);
    if (bars > best) best = bars, *out = trial;
  }
  if (best >= 0) return NEAP_OK;
  if (out->columns < 5)
    return neap_fail(fault, NEAP_INVALID, "too_few_columns",
                     "%d columns in the first line; candles need time, open, high, low, close, volume", out->columns);
  return neap_fail(
      fault, NEAP_INVALID, "missing_header",
      "%d columns without a header line; name them in a first line with time, open, high, low, close, volume",
      out->columns);
}

/* The first column of `wanted` in which a line of the sample holds a time gives column and unit. */
static neap_status find_unit(const sample *rows, const int *wanted, int count, neap_candle_dialect *out,
                             neap_fault *fault) {
  char text[NEAP_CANDLE_QUOTED];
  for (int i = 0; i < rows->count; i++)
    for (int c = 0; c < count && rows->columns[i] == out->columns; c++)
      if (neap_field_time_unit(rows->fields[i][wanted[c]], &out->unit)) {
        out->column[0] = wanted[c];
        return NEAP_OK;
      }
  if (rows->columns[0] != out->columns)
    return neap_fail(fault, NEAP_INVALID, "columns", "%d columns where the first line has %d", rows->columns[0],
                     out->columns);
  neap_field_quote(rows->fields[0][wanted[0]], text);
  return neap_fail(fault, NEAP_INVALID, "time",
                   "time '%s' is no UNIX time between 1990 and 2200 in s, ms, µs or ns, and no ISO 8601 time", text);
}

static neap_status detect_header(const neap_field *header, const sample *rows, neap_candle_dialect *out,
                                 neap_fault *fault) {
  int times[NEAP_CANDLE_COLUMNS], count;
  neap_status status = neap_candle_header(header, out->columns, out, times, &count, fault);
  if (!status && rows->count == 0)
    status = neap_fail(fault, NEAP_INVALID, "header_only", "the file has a header line and no bars");
  return status ? status : find_unit(rows, times, count, out, fault);
}

static neap_status detect_plain(const sample *rows, neap_candle_dialect *out, neap_fault *fault) {
  static const int first_column = 0;
  neap_status status = choose_layout(rows, out, fault);
  return status ? status : find_unit(rows, &first_column, 1, out, fault);
}

neap_status neap_candle_detect(const char *text, size_t length, neap_candle_dialect *out, neap_fault *fault) {
  const char *p = text, *end = text + length, *data;
  neap_field line, header[NEAP_CANDLE_COLUMNS];
  sample rows;
  *out = (neap_candle_dialect){0};
  if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) p += 3;
  if (refuse_foreign(p, (size_t)(end - p), fault)) return NEAP_INVALID;
  data = p;
  if (!next_line(&p, end, &line)) return neap_fail(fault, NEAP_INVALID, "empty", "the file is empty");
  out->separator = find_separator(line);
  out->columns = neap_field_split(line.text, line.length, out->separator, header);
  if (out->columns > NEAP_CANDLE_COLUMNS)
    return neap_fail(fault, NEAP_INVALID, "columns", "%d columns; at most %d are read", out->columns,
                     NEAP_CANDLE_COLUMNS);
  out->has_header = is_header(header, out->columns);
  read_sample(out->has_header ? p : data, end, out->separator, &rows);
  return out->has_header ? detect_header(header, &rows, out, fault) : detect_plain(&rows, out, fault);
}
