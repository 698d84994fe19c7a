/* SPDX-License-Identifier: MIT */
/* record: a packed, self-describing list of named fields; what an event carries. The encoder of each record lies beside
 * the thing that it records (account/order_events, engine/decision …); the store takes bytes and renders any record
 * without knowing what it is. Little-endian, no padding, the same bytes on every machine and compiler.
 *
 * Layout: fields until the end of the record. A field is: type (1 byte), key length (1), key, value.
 *   decimal 16 bytes of units · int 8 · time 8 (ns) · bool 1 · number 8 (IEEE double) · text u32 length + bytes
 *   map, list: fields until an `end` byte; the fields of a list have empty keys. Depth at most 8. */
#ifndef NEAP_BASE_RECORD_H
#define NEAP_BASE_RECORD_H

#include <stdint.h>

#include "base/buffer.h"
#include "base/decimal.h"

typedef enum neap_record_type {
  NEAP_RECORD_END = 0,
  NEAP_RECORD_DECIMAL,
  NEAP_RECORD_INT,
  NEAP_RECORD_TIME, /* UTC ns since the epoch; JSON: ISO 8601 text */
  NEAP_RECORD_BOOL,
  NEAP_RECORD_NUMBER, /* a float: indicator values, statistics; never money */
  NEAP_RECORD_TEXT,
  NEAP_RECORD_MAP,
  NEAP_RECORD_LIST
} neap_record_type;

/* Writers: append one field to the buffer: neap_record_decimal(out, key, value), _int, _time, _bool, _number, _text
 * (NULL writes ""), _bytes(out, key, text, length); _map(out, key) and _list(out, key) open, _end(out) closes. `key` is
 * a C string of at most 255 bytes ("" inside a list), best a literal. */
#include "base/record_write.h"

/* Reader: walks the fields of one level. A malformed record ends with NEAP_CORRUPT, never a read beyond `size`. */
typedef struct neap_record_field {
  neap_record_type type;
  const char *key; /* not 0-terminated */
  size_t key_length;
  union {
    neap_decimal decimal;
    int64_t integer; /* int, time, bool */
    double number;
    struct {
      const unsigned char *data;
      size_t size;
    } bytes; /* text; map and list: the fields inside, without the end byte */
  } value;
} neap_record_field;

typedef struct neap_record_reader {
  const unsigned char *data;
  size_t size, at;
} neap_record_reader;

/* NEAP_OK and a field, NEAP_END, or NEAP_CORRUPT. */
neap_status neap_record_next(neap_record_reader *reader, neap_record_field *field);
/* The field with that key at the top level: NEAP_OK, NEAP_NOT_FOUND, NEAP_CORRUPT. */
neap_status neap_record_find(const void *data, size_t size, const char *key, neap_record_field *field);
/* Appends the record as one JSON object, keys in stored order; decimals and times as text, ints as numbers. */
neap_status neap_record_to_json(const void *data, size_t size, neap_buffer *out, neap_fault *fault);

#endif
