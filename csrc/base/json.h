/* SPDX-License-Identifier: MIT */
/* json: our writer, and a reader that keeps numbers as text so that none becomes a float. For cold paths. */
#ifndef NEAP_BASE_JSON_H
#define NEAP_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/decimal.h"

enum { NEAP_JSON_DEPTH = 64 }; /* of nesting, for the writer and the reader */

/* Writer: appends; commas are the writer's business. Inside an object give a key, inside an array NULL. Nesting deeper
 * than NEAP_JSON_DEPTH, or an end too many, leaves NEAP_INVALID in the buffer's status. */
typedef struct neap_json_writer {
  neap_buffer *out;
  unsigned depth;
  unsigned indent; /* set after begin: spaces per level, one item a line; 0 (as begun): all in one line */
  bool has_item[NEAP_JSON_DEPTH + 1]; /* per level */
} neap_json_writer;

void neap_json_begin(neap_json_writer *writer, neap_buffer *out);
void neap_json_object(neap_json_writer *writer, const char *key);
void neap_json_array(neap_json_writer *writer, const char *key);
void neap_json_end_object(neap_json_writer *writer);
void neap_json_end_array(neap_json_writer *writer);
void neap_json_text(neap_json_writer *writer, const char *key, const char *text, size_t length);
void neap_json_string(neap_json_writer *writer, const char *key, const char *text); /* NULL writes null */
void neap_json_int(neap_json_writer *writer, const char *key, int64_t value);
void neap_json_number(neap_json_writer *writer, const char *key,
                      double value); /* shortest that reads back; nan, inf: null */
void neap_json_decimal(neap_json_writer *writer, const char *key, neap_decimal value); /* as text */
void neap_json_bool(neap_json_writer *writer, const char *key, bool value);
void neap_json_raw(neap_json_writer *writer, const char *key, const char *json,
                   size_t length); /* a value that is JSON already: not looked at */

/* Reader: the whole text becomes a tree in one arena. */
typedef enum neap_json_kind {
  NEAP_JSON_NULL,
  NEAP_JSON_BOOL,
  NEAP_JSON_NUMBER,
  NEAP_JSON_STRING,
  NEAP_JSON_ARRAY,
  NEAP_JSON_OBJECT
} neap_json_kind;

typedef struct neap_json_value neap_json_value;
struct neap_json_value {
  neap_json_kind kind;
  bool boolean;
  const char *text; /* string (unescaped UTF-8, 0-terminated) or number as it was written; NULL otherwise */
  size_t length;
  const char *key;                     /* the member's name inside an object, else NULL */
  const neap_json_value *first, *next; /* children; sibling */
  size_t count;                        /* of children */
  unsigned line;                       /* where it stands, from 1 */
};

typedef struct neap_json neap_json;

/* NEAP_INVALID (codes bad_json, duplicate_key, too_deep; `where` is "line L, column C"): duplicate keys, keys with a
 * zero byte, trailing text, bad UTF-8 and depth over 64 are refused; a byte order mark is passed over. NEAP_MEMORY. */
neap_status neap_json_parse(const char *text, size_t length, neap_json **out, neap_fault *fault);
void neap_json_free(neap_json *json);
const neap_json_value *neap_json_root(const neap_json *json);
const neap_json_value *neap_json_get(const neap_json_value *object, const char *key); /* NULL if absent */

#endif
