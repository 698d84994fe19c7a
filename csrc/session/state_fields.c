/* SPDX-License-Identifier: MIT */
/* state_fields: reads the fields of an event; the first that is missing or wrong sticks and is named. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "session/state_fields.h"

neap_status fields_fail(fields *self, const char *format, ...) {
  char words[200];
  va_list arguments;
  if (self->status != NEAP_OK) return self->status;
  va_start(arguments, format);
  vsnprintf(words, sizeof words, format, arguments);
  va_end(arguments);
  self->status = neap_fail(self->fault, NEAP_CORRUPT, "impossible_event", "event %llu, %s: %s",
                           (unsigned long long)self->event->seq, self->event->type, words);
  return self->status;
}

/* A key may come twice with different types: the name and the number of a strategy. */
bool fields_find(fields *self, const char *key, neap_record_type type, neap_record_field *out) {
  neap_record_reader reader = {self->data, self->size, 0};
  size_t length = strlen(key);
  neap_status status;
  while ((status = neap_record_next(&reader, out)) == NEAP_OK)
    if (out->type == type && out->key_length == length && memcmp(out->key, key, length) == 0) return true;
  if (status == NEAP_CORRUPT) fields_fail(self, "its record cannot be read");
  return false;
}

int64_t fields_int_or(fields *self, const char *key, int64_t otherwise) {
  neap_record_field field;
  return fields_find(self, key, NEAP_RECORD_INT, &field) ? field.value.integer : otherwise;
}

int64_t fields_int(fields *self, const char *key) {
  neap_record_field field;
  if (fields_find(self, key, NEAP_RECORD_INT, &field) && field.value.integer >= 0) return field.value.integer;
  fields_fail(self, "%s is missing or below zero", key);
  return 0;
}

int64_t fields_time_or(fields *self, const char *key, int64_t otherwise) {
  neap_record_field field;
  return fields_find(self, key, NEAP_RECORD_TIME, &field) ? field.value.integer : otherwise;
}

neap_decimal fields_decimal(fields *self, const char *key) {
  neap_record_field field;
  return fields_find(self, key, NEAP_RECORD_DECIMAL, &field) ? field.value.decimal : NEAP_ZERO;
}

bool fields_bool(fields *self, const char *key) {
  neap_record_field field;
  return fields_find(self, key, NEAP_RECORD_BOOL, &field) && field.value.integer;
}

void fields_text(fields *self, const char *key, char *out, size_t size) {
  neap_record_field field;
  out[0] = '\0';
  if (!fields_find(self, key, NEAP_RECORD_TEXT, &field)) return;
  if (field.value.bytes.size >= size) {
    fields_fail(self, "%s is longer than %zu bytes", key, size - 1);
    return;
  }
  memcpy(out, field.value.bytes.data, field.value.bytes.size);
  out[field.value.bytes.size] = '\0';
}

unsigned fields_word(fields *self, const char *key, const char *(*name)(unsigned), unsigned count) {
  char word[32];
  FIELDS_TEXT(self, key, word);
  for (unsigned i = 0; i < count; i++)
    if (strcmp(name(i), word) == 0) return i;
  fields_fail(self, "%s is '%s'", key, word);
  return 0;
}

bool fields_each(fields *self, const char *list, size_t *at, fields *out) {
  neap_record_field field, item;
  if (self->status != NEAP_OK || !fields_find(self, list, NEAP_RECORD_LIST, &field)) return false;
  neap_record_reader reader = {field.value.bytes.data, field.value.bytes.size, *at};
  if (neap_record_next(&reader, &item) != NEAP_OK || item.type != NEAP_RECORD_MAP) return false;
  *at = reader.at;
  *out = (fields){self->event, item.value.bytes.data, item.value.bytes.size, NEAP_OK, self->fault};
  return true;
}

uint32_t fields_count(fields *self, const char *list) {
  fields map;
  size_t at = 0;
  uint32_t count = 0;
  while (fields_each(self, list, &at, &map)) count++;
  return count;
}

const char *word_of_side(unsigned index) { return neap_side_name((neap_side)index); }
const char *word_of_type(unsigned index) { return neap_order_type_name((neap_order_type)index); }
const char *word_of_time_in_force(unsigned index) { return neap_time_in_force_name((neap_time_in_force)index); }
const char *word_of_status(unsigned index) { return neap_order_status_name((neap_order_status)index); }
const char *word_of_mode(unsigned index) { return neap_mode_name((neap_mode)index); }
const char *word_of_kind(unsigned index) { return neap_product_kind_name((neap_product_kind)index); }
const char *word_of_liquidity(unsigned index) { return neap_liquidity_name((neap_liquidity)index); }

const char *word_of_timer(unsigned index) {
  static const char *const names[] = {"once", "every", "calendar", "unknown"};
  return index < sizeof names / sizeof *names ? names[index] : "?";
}

/* Older stores have no such field: an empty word is an order in one piece. */
static const char *word_of_execution(unsigned index) { return neap_execution_name((neap_execution)index); }

static neap_sizing sizing_of(const neap_ticket *ticket) {
  if (!neap_decimal_is_zero(ticket->notional)) return NEAP_BY_NOTIONAL;
  return neap_decimal_is_zero(ticket->fraction) ? NEAP_BY_QUANTITY : NEAP_BY_FRACTION;
}

void fields_ticket(fields *self, neap_ticket *out) {
  out->strategy = (uint32_t)fields_int_or(self, "seat", 0);
  out->side = (neap_side)fields_word(self, "side", word_of_side, 2);
  out->type = (neap_order_type)fields_word(self, "type", word_of_type, NEAP_ORDER_TYPES);
  out->quantity = fields_decimal(self, "quantity");
  out->notional = fields_decimal(self, "notional");
  out->fraction = fields_decimal(self, "fraction");
  out->limit = fields_decimal(self, "limit");
  out->stop = fields_decimal(self, "stop");
  out->trail_bps = fields_decimal(self, "trail_bps");
  out->time_in_force = (neap_time_in_force)fields_word(self, "time_in_force", word_of_time_in_force, NEAP_FOK + 1);
  out->good_till = fields_time_or(self, "good_till", 0);
  out->post_only = fields_bool(self, "post_only");
  out->reduce_only = fields_bool(self, "reduce_only");
  out->execution = (neap_execution)fields_word(self, "execution", word_of_execution, NEAP_EXECUTIONS);
  out->slice_of = (uint64_t)fields_int_or(self, "slice_of", 0);
  out->sizing = sizing_of(out);
}

void fields_slices(fields *self, neap_slices *out) {
  *out = (neap_slices){.over = fields_int_or(self, "over", 0),
                       .step = fields_int_or(self, "slice_step", 0),
                       .count = (uint32_t)fields_int_or(self, "slices", 0),
                       .cut = (uint32_t)fields_int_or(self, "slices_cut", 0),
                       .failed = (uint32_t)fields_int_or(self, "slices_failed", 0),
                       .show = fields_decimal(self, "show"),
                       .share = fields_decimal(self, "share"),
                       .smallest = fields_decimal(self, "slice_smallest"),
                       .earned = fields_decimal(self, "slice_earned"),
                       .due = fields_time_or(self, "slice_due", 0),
                       .paused = fields_bool(self, "paused")};
}

void fields_product(fields *self, neap_product *out) {
  FIELDS_TEXT(self, "id", out->id);
  snprintf(out->base, sizeof out->base, "%.*s", (int)strcspn(out->id, "-"), out->id);
  FIELDS_TEXT(self, "quote", out->quote);
  out->kind = (neap_product_kind)fields_word(self, "kind", word_of_kind, NEAP_FUTURE + 1);
  out->price_increment = fields_decimal(self, "price_increment");
  out->base_increment = fields_decimal(self, "base_increment");
  out->base_min = fields_decimal(self, "base_min_size");
  out->base_max = fields_decimal(self, "base_max_size");
  out->notional_min = fields_decimal(self, "quote_min_size");
  out->notional_max = fields_decimal(self, "quote_max_size");
  out->contract_size = fields_decimal(self, "contract_size");
}

neap_status fields_open_books(fields *self, neap_state *state) {
  neap_status status = state_open_books(state, self->fault);
  if (status == NEAP_OK || status == NEAP_MEMORY) return status;
  return fields_fail(self, "its products and its currency do not fit together");
}
