/* SPDX-License-Identifier: MIT */
/* order_read: fields of what the venue answers. */
#include "broker/coinbase/order_read.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"

void neap_coinbase_fail(neap_coinbase_reading *r, neap_status status, const char *code, const char *field,
                        const char *why) {
  if (r->status != NEAP_OK) return;
  r->status = neap_fail(r->fault, status, code, "Coinbase's answer: %s %s", field, why);
  neap_fault_set_where(r->fault, "%s", field);
}

void neap_coinbase_name_unknown(neap_coinbase_reading *r, const char *field, const char *word) {
  size_t used = r->unknown ? strlen(r->unknown) : 0;
  if (!r->unknown || used + 1 >= r->unknown_size) return;
  snprintf(r->unknown + used, r->unknown_size - used, "%s%s=%.64s", used ? "," : "", field, word);
}

static bool is_there(const neap_json_value *value) {
  return value && value->kind != NEAP_JSON_NULL && !(value->kind == NEAP_JSON_STRING && value->length == 0);
}

/* `name` gets the name under which it was found, or the first one. */
static const neap_json_value *find(const neap_coinbase_reading *r, const char *names, char name[48]) {
  const char *at = names;
  for (;;) {
    size_t length = strcspn(at, "|");
    snprintf(name, 48, "%.*s", (int)length, at);
    const neap_json_value *value = neap_json_get(r->object, name);
    if (is_there(value)) return value;
    if (at[length] == '\0') break;
    at += length + 1;
  }
  snprintf(name, 48, "%.*s", (int)strcspn(names, "|"), names);
  return NULL;
}

/* As text; a number is the text that it was written as. */
static const neap_json_value *find_text(neap_coinbase_reading *r, const char *names, char name[48]) {
  const neap_json_value *value = find(r, names, name);
  if (!value || value->kind == NEAP_JSON_STRING || value->kind == NEAP_JSON_NUMBER) {
    if (!value || strlen(value->text) == value->length) return value;
    neap_coinbase_fail(r, NEAP_INVALID, "wrong_type", name, "has a zero byte");
    return NULL;
  }
  neap_coinbase_fail(r, NEAP_INVALID, "wrong_type", name, "is neither text nor a number");
  return NULL;
}

const char *neap_coinbase_word(neap_coinbase_reading *r, const char *names) {
  char name[48];
  const neap_json_value *value = find_text(r, names, name);
  return value ? value->text : "";
}

void neap_coinbase_text(neap_coinbase_reading *r, const char *names, char *out, size_t size) {
  char name[48];
  const neap_json_value *value = find_text(r, names, name);
  if (value && value->length >= size) neap_coinbase_fail(r, NEAP_INVALID, "too_long", name, "is too long");
  if (value && value->length < size) neap_text_copy(out, size, value->text);
}

void neap_coinbase_sentence(neap_coinbase_reading *r, const char *names, char *out, size_t size) {
  char name[48];
  const neap_json_value *value = find_text(r, names, name);
  if (value) neap_text_copy(out, size, value->text);
}

static void read_amount(neap_coinbase_reading *r, const char *names, bool is_signed, neap_decimal *out) {
  char name[48];
  bool cut = false;
  neap_decimal amount;
  const neap_json_value *value = find_text(r, names, name);
  if (!value) return;
  neap_status status = neap_decimal_parse_truncated(value->text, value->length, &amount, &cut, NULL);
  if (status == NEAP_RANGE)
    neap_coinbase_fail(r, status, "overflow", name, "does not fit");
  else if (status != NEAP_OK)
    neap_coinbase_fail(r, status, "not_a_number", name, "is not a number");
  else if (neap_decimal_sign(amount) < 0 && !is_signed)
    neap_coinbase_fail(r, NEAP_INVALID, "negative", name, "is below zero");
  else
    *out = amount;
  r->truncated += cut;
}

void neap_coinbase_amount(neap_coinbase_reading *r, const char *names, neap_decimal *out) {
  read_amount(r, names, false, out);
}

void neap_coinbase_signed(neap_coinbase_reading *r, const char *names, neap_decimal *out) {
  read_amount(r, names, true, out);
}

void neap_coinbase_time(neap_coinbase_reading *r, const char *names, int64_t *out) {
  char name[48];
  const neap_json_value *value = find_text(r, names, name);
  if (!value || strncmp(value->text, "0001-01-01", 10) == 0) return;
  if (neap_time_parse(value->text, value->length, out, NULL) != NEAP_OK)
    neap_coinbase_fail(r, NEAP_INVALID, "not_a_time", name, "is not a time");
}

/* The user channel says "true" as text. */
void neap_coinbase_flag(neap_coinbase_reading *r, const char *names, bool *out) {
  char name[48];
  const neap_json_value *value = find(r, names, name);
  if (!value) return;
  bool text = value->kind == NEAP_JSON_STRING;
  if (value->kind == NEAP_JSON_BOOL)
    *out = value->boolean;
  else if (text && strcmp(value->text, "true") == 0)
    *out = true;
  else if (text && strcmp(value->text, "false") == 0)
    *out = false;
  else
    neap_coinbase_fail(r, NEAP_INVALID, "wrong_type", name, "is neither true nor false");
}
