/* SPDX-License-Identifier: MIT */
/* record_fuzz: any bytes walked as a record; its fields lie within the bytes, find agrees with next, and what is whole
 * renders as JSON that our own reader takes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth) {
  if (!truth) abort();
}

static bool holds_fields(const neap_record_field *field) {
  return field->type == NEAP_RECORD_MAP || field->type == NEAP_RECORD_LIST;
}

static void check_bytes(const neap_record_field *field, const uint8_t *data, size_t size) {
  if (!holds_fields(field) && field->type != NEAP_RECORD_TEXT) return;
  const unsigned char *bytes = field->value.bytes.data;
  must(bytes >= data && bytes <= data + size && field->value.bytes.size <= (size_t)(data + size - bytes));
}

/* The first field with a key is the one that find gives. */
static void check_find(const neap_record_field *field, const uint8_t *data, size_t size) {
  char key[256];
  neap_record_field found;
  memcpy(key, field->key, field->key_length);
  key[field->key_length] = '\0';
  if (strlen(key) != field->key_length) return; /* no C string names it */
  must(neap_record_find(data, size, key, &found) == NEAP_OK);
  must(found.key <= field->key && found.key_length == field->key_length);
}

static neap_status walk(const uint8_t *data, size_t size) {
  neap_record_reader reader = {data, size, 0};
  neap_record_field field;
  neap_status status;
  while ((status = neap_record_next(&reader, &field)) == NEAP_OK) {
    must(reader.at <= size && field.type > NEAP_RECORD_END && field.type <= NEAP_RECORD_LIST);
    check_bytes(&field, data, size);
    check_find(&field, data, size);
    if (holds_fields(&field)) must(walk(field.value.bytes.data, field.value.bytes.size) == NEAP_END);
  }
  must(status == NEAP_END || status == NEAP_CORRUPT);
  return status;
}

/* Two equal keys or bytes that are no UTF-8 may be refused by the reader, but for nothing else. */
static void check_json(const neap_buffer *json) {
  neap_json *tree = NULL;
  neap_fault fault;
  if (neap_json_parse((const char *)json->data, json->size, &tree, &fault) == NEAP_OK)
    neap_json_free(tree);
  else
    must(strcmp(fault.code, "duplicate_key") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  neap_buffer json;
  neap_fault fault;
  neap_buffer_init(&json);
  neap_status walked = walk(data, size);
  neap_status rendered = neap_record_to_json(data, size, &json, &fault);
  must((rendered == NEAP_OK) == (walked == NEAP_END));
  if (rendered == NEAP_OK) check_json(&json);
  must(rendered == NEAP_OK || json.size == 0);
  neap_buffer_fini(&json);
  return 0;
}
