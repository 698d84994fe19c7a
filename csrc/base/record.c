/* SPDX-License-Identifier: MIT */
/* record: packs named fields, walks them, renders them as JSON. */
#include "base/record.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"

enum { MAX_DEPTH = 8, MAX_KEY = NEAP_RECORD_MAX_KEY, DECIMAL_SIZE = 16, WORD_SIZE = 8, LENGTH_SIZE = 4 };

static uint64_t load_word(const unsigned char *from, size_t size) {
  uint64_t value = 0;
  for (size_t i = 0; i < size; i++) value |= (uint64_t)from[i] << (8 * i);
  return value;
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
