/* SPDX-License-Identifier: MIT */
/* json_fuzz: any bytes read as JSON, as a venue's products and as limits; what is read holds together and can be
 * written and read again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "market/product.h"
#include "risk/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth) {
  if (!truth) abort();
}

static size_t check_value(const neap_json_value *value, unsigned depth, size_t size) {
  size_t count = 0, values = 1;
  must(depth <= NEAP_JSON_DEPTH && value->line >= 1);
  bool has_text = value->kind == NEAP_JSON_NUMBER || value->kind == NEAP_JSON_STRING;
  must(!has_text || (value->text && value->length <= size && value->text[value->length] == '\0'));
  for (const neap_json_value *child = value->first; child; child = child->next, count++) {
    must((child->key != NULL) == (value->kind == NEAP_JSON_OBJECT));
    must(!child->key || neap_json_get(value, child->key) == child);
    values += check_value(child, depth + 1, size);
  }
  must(count == value->count);
  return values;
}

static void write_value(neap_json_writer *writer, const neap_json_value *value) {
  switch (value->kind) {
  case NEAP_JSON_NULL:
    neap_json_string(writer, value->key, NULL);
    break;
  case NEAP_JSON_BOOL:
    neap_json_bool(writer, value->key, value->boolean);
    break;
  case NEAP_JSON_NUMBER: /* as text: no number becomes a float */
  case NEAP_JSON_STRING:
    neap_json_text(writer, value->key, value->text, value->length);
    break;
  case NEAP_JSON_ARRAY:
    neap_json_array(writer, value->key);
    for (const neap_json_value *child = value->first; child; child = child->next) write_value(writer, child);
    neap_json_end_array(writer);
    break;
  case NEAP_JSON_OBJECT:
    neap_json_object(writer, value->key);
    for (const neap_json_value *child = value->first; child; child = child->next) write_value(writer, child);
    neap_json_end_object(writer);
    break;
  }
}

/* The reader takes what the writer makes of a tree, and finds as many values. */
static void round_trip(const neap_json_value *root, size_t values) {
  neap_buffer out;
  neap_json_writer writer;
  neap_json *again = NULL;
  neap_buffer_init(&out);
  neap_json_begin(&writer, &out);
  write_value(&writer, root);
  must(out.status == NEAP_OK);
  must(neap_json_parse((const char *)out.data, out.size, &again, NULL) == NEAP_OK);
  must(check_value(neap_json_root(again), 0, out.size) == values);
  neap_json_free(again);
  neap_buffer_fini(&out);
}

static void read_tree(const char *text, size_t size) {
  neap_json *json = NULL;
  neap_fault fault;
  if (neap_json_parse(text, size, &json, &fault) != NEAP_OK) {
    must(fault.code[0] && fault.message[0] && fault.where[0]);
    return;
  }
  round_trip(neap_json_root(json), check_value(neap_json_root(json), 0, size));
  neap_json_free(json);
}

static void check_product(const neap_product *product) {
  must(product->id[0] && neap_decimal_sign(product->price_increment) > 0);
  must(neap_decimal_sign(product->base_increment) > 0 && neap_decimal_sign(product->contract_size) > 0);
}

static void read_products(const char *text, size_t size) {
  neap_product *products = NULL;
  size_t count = 0, notes = 0;
  neap_fault fault;
  if (neap_products_parse(text, size, &products, &count, &notes, &fault) != NEAP_OK) return;
  for (size_t i = 0; i < count; i++) check_product(&products[i]);
  free(products);
}

static void show_limits(const neap_limits *limits) {
  const char *name, *variable;
  neap_buffer value;
  neap_buffer_init(&value);
  for (unsigned i = 0; neap_limits_field(limits, i, &name, &variable, &value); i++) value.size = 0;
  must(value.status == NEAP_OK);
  neap_buffer_fini(&value);
}

/* What is refused leaves no trace. */
static void read_limits(const char *text, size_t size) {
  neap_limits before, limits;
  neap_buffer problems;
  neap_fault fault;
  memset(&before, 0, sizeof before);
  neap_limits_default(&before);
  memcpy(&limits, &before, sizeof limits);
  neap_buffer_init(&problems);
  if (neap_limits_read_json(&limits, text, size, "input", &problems, &fault) != NEAP_OK)
    must(memcmp(&limits, &before, sizeof limits) == 0);
  else
    show_limits(&limits);
  neap_buffer_fini(&problems);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const char *text = (const char *)data;
  read_tree(text, size);
  read_products(text, size);
  read_limits(text, size);
  return 0;
}
