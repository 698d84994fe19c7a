/* SPDX-License-Identifier: MIT */
/* json_writer: appends JSON to a buffer; no locale changes a byte of it. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/utf8.h"

enum { NUMBER_TEXT = 48 };

static void put(neap_json_writer *writer, const void *bytes, size_t count) {
  neap_buffer_append(writer->out, bytes, count);
}

static void put_escape(neap_json_writer *writer, unsigned char c) {
  static const char hex[] = "0123456789abcdef", plain[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
  const char *found = c ? strchr(plain, c) : NULL;
  if (found) {
    put(writer, (char[]){'\\', letters[found - plain]}, 2);
    return;
  }
  put(writer, (char[]){'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]}, 6);
}

static bool is_plain(unsigned char c) { return c >= ' ' && c < 0x7f && c != '"' && c != '\\'; }

/* Bytes that are not UTF-8 become U+FFFD: what is written can always be read. */
static void put_text(neap_json_writer *writer, const char *text, size_t length) {
  const unsigned char *at = (const unsigned char *)text, *end = at + length;
  put(writer, "\"", 1);
  while (at < end) {
    const unsigned char *first = at;
    while (at < end && is_plain(*at)) at++;
    put(writer, first, (size_t)(at - first));
    if (at == end) break;
    size_t size = *at < 0x80 ? 0 : neap_utf8_length(at, end);
    if (size > 0)
      put(writer, at, size);
    else if (*at < 0x80)
      put_escape(writer, *at);
    else
      put(writer, "\xef\xbf\xbd", 3);
    at += size > 0 ? size : 1;
  }
  put(writer, "\"", 1);
}

static void put_line_break(neap_json_writer *writer) {
  if (writer->indent == 0) return;
  put(writer, "\n", 1);
  for (unsigned i = 0; i < writer->indent * writer->depth; i++) put(writer, " ", 1);
}

static void put_key(neap_json_writer *writer, const char *key) {
  bool *has_item = &writer->has_item[writer->depth];
  if (*has_item) put(writer, ",", 1);
  if (writer->depth > 0) put_line_break(writer);
  *has_item = true;
  if (!key) return;
  put_text(writer, key, strlen(key));
  put(writer, ": ", writer->indent ? 2 : 1);
}

/* Deeper than the levels that are remembered is a fault of the program; it surfaces in the buffer's status. */
static void open_level(neap_json_writer *writer, const char *key, const char *bracket) {
  put_key(writer, key);
  put(writer, bracket, 1);
  if (writer->depth == NEAP_JSON_DEPTH)
    writer->out->status = NEAP_INVALID;
  else
    writer->has_item[++writer->depth] = false;
}

static void close_level(neap_json_writer *writer, const char *bracket) {
  if (writer->depth == 0) {
    writer->out->status = NEAP_INVALID;
    return;
  }
  bool has_item = writer->has_item[writer->depth--];
  if (has_item) put_line_break(writer);
  put(writer, bracket, 1);
}

void neap_json_begin(neap_json_writer *writer, neap_buffer *out) { *writer = (neap_json_writer){.out = out}; }
void neap_json_object(neap_json_writer *writer, const char *key) { open_level(writer, key, "{"); }
void neap_json_array(neap_json_writer *writer, const char *key) { open_level(writer, key, "["); }
void neap_json_end_object(neap_json_writer *writer) { close_level(writer, "}"); }
void neap_json_end_array(neap_json_writer *writer) { close_level(writer, "]"); }

void neap_json_text(neap_json_writer *writer, const char *key, const char *text, size_t length) {
  put_key(writer, key);
  put_text(writer, text, length);
}

void neap_json_raw(neap_json_writer *writer, const char *key, const char *json, size_t length) {
  put_key(writer, key);
  put(writer, json, length);
}

static void put_word(neap_json_writer *writer, const char *key, const char *word) {
  neap_json_raw(writer, key, word, strlen(word));
}

void neap_json_string(neap_json_writer *writer, const char *key, const char *text) {
  if (text)
    neap_json_text(writer, key, text, strlen(text));
  else
    put_word(writer, key, "null");
}

void neap_json_bool(neap_json_writer *writer, const char *key, bool value) {
  put_word(writer, key, value ? "true" : "false");
}

void neap_json_int(neap_json_writer *writer, const char *key, int64_t value) {
  char text[NUMBER_TEXT];
  snprintf(text, sizeof text, "%lld", (long long)value);
  put_word(writer, key, text);
}

void neap_json_decimal(neap_json_writer *writer, const char *key, neap_decimal value) {
  char text[NEAP_DECIMAL_TEXT];
  neap_json_text(writer, key, text, neap_decimal_format(value, text));
}

/* Whatever a locale writes between the digits becomes one point. */
static void fix_point(char *text) {
  char *to = text;
  for (const char *at = text; *at; at++) {
    if (strchr("0123456789+-e", *at))
      *to++ = *at;
    else if (to[-1] != '.')
      *to++ = '.';
  }
  *to = '\0';
}

/* A float below the normal range has fewer than 15 digits. */
static void shortest(double value, char text[NUMBER_TEXT]) {
  for (int digits = fabs(value) < DBL_MIN ? 1 : 15; digits <= 17; digits++) {
    snprintf(text, NUMBER_TEXT, "%.*g", digits, value);
    if (digits == 17 || strtod(text, NULL) == value) break;
  }
  fix_point(text);
}

void neap_json_number(neap_json_writer *writer, const char *key, double value) {
  char text[NUMBER_TEXT];
  if (!isfinite(value)) {
    put_word(writer, key, "null");
    return;
  }
  shortest(value, text);
  put_word(writer, key, text);
}
