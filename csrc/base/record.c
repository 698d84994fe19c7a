/* SPDX-License-Identifier: MIT */
/* record: packs named fields, walks them, renders them as JSON. */
#include "base/record.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"

enum { MAX_DEPTH = 8, MAX_KEY = 255, DECIMAL_SIZE = 16, WORD_SIZE = 8, LENGTH_SIZE = 4 };

static uint64_t load_word(const unsigned char *from, size_t size) {
  uint64_t value = 0;
  for (size_t i = 0; i < size; i++) value |= (uint64_t)from[i] << (8 * i);
  return value;
}

/* Eight bytes at once: a decision has a hundred fields, and is written for every order. */
static inline void store_eight(unsigned char *to, uint64_t value) {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  value = __builtin_bswap64(value);
#endif
  memcpy(to, &value, sizeof value);
}

/* As neap_buffer_reserve, without a call where there is room. */
static inline unsigned char *reserve(neap_buffer *out, size_t extra) {
  bool has_room = out->status == NEAP_OK && out->data && extra <= out->capacity - out->size;
  return has_room ? out->data + out->size : neap_buffer_reserve(out, extra);
}

/* Writes a field's head and gives the place of its value of `size` bytes, or NULL. */
static inline unsigned char *begin_field(neap_buffer *out, neap_record_type type, const char *key, size_t size) {
  size_t key_length = strlen(key);
  if (key_length > MAX_KEY) {
    out->status = NEAP_INVALID;
    return NULL;
  }
  unsigned char *place = reserve(out, 2 + key_length + size);
  if (!place) return NULL;
  place[0] = (unsigned char)type;
  place[1] = (unsigned char)key_length;
  memcpy(place + 2, key, key_length);
  out->size += 2 + key_length + size;
  return place + 2 + key_length;
}

static void put_word(neap_buffer *out, neap_record_type type, const char *key, uint64_t value) {
  unsigned char *place = begin_field(out, type, key, WORD_SIZE);
  if (place) store_eight(place, value);
}

void neap_record_decimal(neap_buffer *out, const char *key, neap_decimal value) {
  unsigned char *place = begin_field(out, NEAP_RECORD_DECIMAL, key, DECIMAL_SIZE);
  if (!place) return;
  store_eight(place, (uint64_t)value.units);
  store_eight(place + WORD_SIZE, (uint64_t)((unsigned __int128)value.units >> 64));
}

void neap_record_int(neap_buffer *out, const char *key, int64_t value) {
  put_word(out, NEAP_RECORD_INT, key, (uint64_t)value);
}

void neap_record_time(neap_buffer *out, const char *key, int64_t ns) {
  put_word(out, NEAP_RECORD_TIME, key, (uint64_t)ns);
}

void neap_record_bool(neap_buffer *out, const char *key, bool value) {
  unsigned char *place = begin_field(out, NEAP_RECORD_BOOL, key, 1);
  if (place) *place = value;
}

void neap_record_number(neap_buffer *out, const char *key, double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  put_word(out, NEAP_RECORD_NUMBER, key, bits);
}

void neap_record_bytes(neap_buffer *out, const char *key, const char *text, size_t length) {
  if (length > UINT32_MAX) {
    out->status = NEAP_INVALID;
    return;
  }
  unsigned char *place = begin_field(out, NEAP_RECORD_TEXT, key, LENGTH_SIZE + length);
  if (!place) return;
  for (size_t i = 0; i < LENGTH_SIZE; i++) place[i] = (unsigned char)(length >> (8 * i));
  if (length > 0) memcpy(place + LENGTH_SIZE, text, length);
}

void neap_record_text(neap_buffer *out, const char *key, const char *text) {
  neap_record_bytes(out, key, text, text ? strlen(text) : 0);
}

void neap_record_map(neap_buffer *out, const char *key) { begin_field(out, NEAP_RECORD_MAP, key, 0); }
void neap_record_list(neap_buffer *out, const char *key) { begin_field(out, NEAP_RECORD_LIST, key, 0); }
void neap_record_end(neap_buffer *out) {
  unsigned char *place = reserve(out, 1);
  if (!place) return;
  *place = NEAP_RECORD_END;
  out->size++;
}

static neap_status read_field(neap_record_reader *reader, neap_record_field *field, unsigned depth);

/* The next `count` bytes, or NULL. */
static const unsigned char *take(neap_record_reader *reader, size_t count) {
  if (count > reader->size - reader->at) return NULL;
  const unsigned char *bytes = reader->data + reader->at;
  reader->at += count;
  return bytes;
}

/* Passes over the fields of a map or list, and its end byte. */
static neap_status read_nested(neap_record_reader *reader, neap_record_field *field, unsigned depth) {
  size_t first = reader->at;
  neap_record_field inner;
  if (depth == MAX_DEPTH) return NEAP_CORRUPT;
  while (reader->at < reader->size && reader->data[reader->at] != NEAP_RECORD_END)
    if (read_field(reader, &inner, depth + 1) != NEAP_OK) return NEAP_CORRUPT;
  field->value.bytes.data = reader->data + first;
  field->value.bytes.size = reader->at - first;
  return take(reader, 1) ? NEAP_OK : NEAP_CORRUPT;
}

static neap_status read_text(neap_record_reader *reader, neap_record_field *field) {
  const unsigned char *length = take(reader, LENGTH_SIZE);
  if (!length) return NEAP_CORRUPT;
  field->value.bytes.size = (size_t)load_word(length, LENGTH_SIZE);
  field->value.bytes.data = take(reader, field->value.bytes.size);
  return field->value.bytes.data ? NEAP_OK : NEAP_CORRUPT;
}

static neap_status read_decimal(neap_record_reader *reader, neap_record_field *field) {
  const unsigned char *bytes = take(reader, DECIMAL_SIZE);
  if (!bytes) return NEAP_CORRUPT;
  unsigned __int128 units =
      (unsigned __int128)load_word(bytes + WORD_SIZE, WORD_SIZE) << 64 | load_word(bytes, WORD_SIZE);
  if (units == (unsigned __int128)1 << 127) return NEAP_CORRUPT; /* the one value that no decimal has */
  field->value.decimal.units = (__int128)units;
  return NEAP_OK;
}

static neap_status read_word(neap_record_reader *reader, neap_record_field *field) {
  size_t size = field->type == NEAP_RECORD_BOOL ? 1 : WORD_SIZE;
  const unsigned char *bytes = take(reader, size);
  if (!bytes) return NEAP_CORRUPT;
  uint64_t word = load_word(bytes, size);
  if (field->type == NEAP_RECORD_NUMBER)
    memcpy(&field->value.number, &word, sizeof word);
  else
    field->value.integer = (int64_t)word;
  return field->type == NEAP_RECORD_BOOL && word > 1 ? NEAP_CORRUPT : NEAP_OK;
}

static neap_status read_value(neap_record_reader *reader, neap_record_field *field, unsigned depth) {
  switch (field->type) {
  case NEAP_RECORD_DECIMAL:
    return read_decimal(reader, field);
  case NEAP_RECORD_INT:
  case NEAP_RECORD_TIME:
  case NEAP_RECORD_BOOL:
  case NEAP_RECORD_NUMBER:
    return read_word(reader, field);
  case NEAP_RECORD_TEXT:
    return read_text(reader, field);
  case NEAP_RECORD_MAP:
  case NEAP_RECORD_LIST:
    return read_nested(reader, field, depth);
  case NEAP_RECORD_END:
    break;
  }
  return NEAP_CORRUPT;
}

static neap_status read_field(neap_record_reader *reader, neap_record_field *field, unsigned depth) {
  const unsigned char *head = take(reader, 2);
  if (!head) return NEAP_CORRUPT;
  field->type = (neap_record_type)head[0];
  field->key_length = head[1];
  field->key = (const char *)take(reader, field->key_length);
  return field->key ? read_value(reader, field, depth) : NEAP_CORRUPT;
}

neap_status neap_record_next(neap_record_reader *reader, neap_record_field *field) {
  if (reader->at >= reader->size) return NEAP_END;
  return read_field(reader, field, 0);
}

neap_status neap_record_find(const void *data, size_t size, const char *key, neap_record_field *field) {
  neap_record_reader reader = {data, size, 0};
  size_t length = strlen(key);
  neap_status status;
  while ((status = neap_record_next(&reader, field)) == NEAP_OK)
    if (field->key_length == length && memcmp(field->key, key, length) == 0) return NEAP_OK;
  return status == NEAP_END ? NEAP_NOT_FOUND : status;
}

static neap_status write_fields(neap_json_writer *writer, const void *data, size_t size, bool keyed);

static void write_time(neap_json_writer *writer, const char *key, int64_t ns) {
  char text[NEAP_TIME_TEXT];
  neap_json_text(writer, key, text, neap_time_format(ns, text));
}

static neap_status write_nested(neap_json_writer *writer, const char *key, const neap_record_field *field) {
  bool keyed = field->type == NEAP_RECORD_MAP;
  (keyed ? neap_json_object : neap_json_array)(writer, key);
  neap_status status = write_fields(writer, field->value.bytes.data, field->value.bytes.size, keyed);
  (keyed ? neap_json_end_object : neap_json_end_array)(writer);
  return status;
}

static neap_status write_field(neap_json_writer *writer, const char *key, const neap_record_field *field) {
  switch (field->type) {
  case NEAP_RECORD_DECIMAL:
    neap_json_decimal(writer, key, field->value.decimal);
    return NEAP_OK;
  case NEAP_RECORD_INT:
    neap_json_int(writer, key, field->value.integer);
    return NEAP_OK;
  case NEAP_RECORD_TIME:
    write_time(writer, key, field->value.integer);
    return NEAP_OK;
  case NEAP_RECORD_BOOL:
    neap_json_bool(writer, key, field->value.integer != 0);
    return NEAP_OK;
  case NEAP_RECORD_NUMBER:
    neap_json_number(writer, key, field->value.number);
    return NEAP_OK;
  case NEAP_RECORD_TEXT:
    neap_json_text(writer, key, (const char *)field->value.bytes.data, field->value.bytes.size);
    return NEAP_OK;
  case NEAP_RECORD_MAP:
  case NEAP_RECORD_LIST:
    return write_nested(writer, key, field);
  case NEAP_RECORD_END:
    break;
  }
  return NEAP_CORRUPT;
}

static neap_status write_fields(neap_json_writer *writer, const void *data, size_t size, bool keyed) {
  neap_record_reader reader = {data, size, 0};
  neap_record_field field;
  neap_status status;
  while ((status = neap_record_next(&reader, &field)) == NEAP_OK) {
    char key[MAX_KEY + 1];
    memcpy(key, field.key, field.key_length);
    key[field.key_length] = '\0';
    if ((status = write_field(writer, keyed ? key : NULL, &field)) != NEAP_OK) return status;
  }
  return status == NEAP_END ? NEAP_OK : status;
}

neap_status neap_record_to_json(const void *data, size_t size, neap_buffer *out, neap_fault *fault) {
  neap_json_writer writer;
  size_t before = out->size;
  neap_json_begin(&writer, out);
  neap_json_object(&writer, NULL);
  neap_status status = write_fields(&writer, data, size, true);
  neap_json_end_object(&writer);
  if (status == NEAP_OK) status = out->status;
  if (status == NEAP_OK) return NEAP_OK;
  out->size = before;
  return neap_fail(fault, status, status == NEAP_CORRUPT ? "corrupt_record" : "no_memory",
                   "a record of %zu bytes cannot be rendered", size);
}
