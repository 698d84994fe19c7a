/* SPDX-License-Identifier: MIT */
/* order_read: what stands in an order_configuration. Decimals are strings of plain digits: JSON numbers are no requests
 * of this venue, and exponents no numbers. */
#include <stdio.h>
#include <string.h>

#include "venue/orders_state.h"

static const char *const strings[] = {
    "base_size",  "quote_size",         "limit_price", "stop_price",        "stop_direction",     "end_time",
    "start_time", "stop_trigger_price", "bucket_size", "bucket_duration",   "number_buckets",     "min_price",
    "max_price",  "size_diff",          "size_ratio",  "size_distribution", "price_distribution", NULL};
static const char *const flags[] = {"post_only", "reduce_only", "rfq_disabled", "rfq_enabled", NULL};

static bool is_among(const char *word, const char *const *words) {
  for (; *words; words++)
    if (strcmp(word, *words) == 0) return true;
  return false;
}

static neap_order_no wrong_type(neap_order_draft *draft, const char *name, const char *type) {
  snprintf(draft->details, sizeof draft->details, "%s is a %s", name, type);
  return NEAP_NO_SHAPE;
}

static neap_order_no check_field(neap_order_draft *draft, const neap_json_value *field) {
  if (field->kind == NEAP_JSON_NULL) return NEAP_FINE;
  if (field->kind != NEAP_JSON_STRING && is_among(field->key, strings)) return wrong_type(draft, field->key, "string");
  if (field->kind != NEAP_JSON_BOOL && is_among(field->key, flags))
    return wrong_type(draft, field->key, "JSON boolean");
  return NEAP_FINE;
}

/* The legs of a scale have fields as the whole has. */
static neap_order_no check_legs(neap_order_draft *draft, const neap_json_value *list) {
  if (list->kind != NEAP_JSON_ARRAY) return NEAP_FINE;
  for (const neap_json_value *leg = list->first; leg; leg = leg->next) {
    if (leg->kind != NEAP_JSON_OBJECT) return wrong_type(draft, "each of orders", "JSON object");
    neap_order_no no = NEAP_FINE;
    for (const neap_json_value *at = leg->first; at && no == NEAP_FINE; at = at->next) no = check_field(draft, at);
    if (no != NEAP_FINE) return no;
  }
  return NEAP_FINE;
}

static neap_order_no check_fields(neap_order_draft *draft, const neap_json_value *fields) {
  if (fields->kind != NEAP_JSON_OBJECT) return wrong_type(draft, fields->key, "JSON object");
  neap_order_no no = NEAP_FINE;
  for (const neap_json_value *at = fields->first; at && no == NEAP_FINE; at = at->next)
    no = strcmp(at->key, "orders") == 0 ? check_legs(draft, at) : check_field(draft, at);
  return no;
}

static neap_order_no check_object(neap_order_draft *draft, const neap_json_value *object, const char *name) {
  if (!object || object->kind != NEAP_JSON_OBJECT) return wrong_type(draft, name, "JSON object");
  neap_order_no no = NEAP_FINE;
  for (const neap_json_value *at = object->first; at && no == NEAP_FINE; at = at->next) no = check_fields(draft, at);
  return no;
}

neap_order_no neap_order_read_shape(neap_order_draft *draft) {
  const neap_venue_ask *ask = draft->ask;
  if (!ask->product_id || !*ask->product_id) return wrong_type(draft, "product_id", "string");
  if (!ask->side || !*ask->side) return wrong_type(draft, "side", "string");
  neap_order_no no = check_object(draft, ask->configuration, "order_configuration");
  if (no != NEAP_FINE || !ask->attached || ask->attached->kind == NEAP_JSON_NULL) return no;
  return check_object(draft, ask->attached, "attached_order_configuration");
}

neap_order_no neap_order_read_kind(neap_order_draft *draft) {
  const neap_json_value *only = draft->ask->configuration->first;
  if (draft->ask->configuration->count != 1) {
    snprintf(draft->details, sizeof draft->details, "order_configuration has exactly one member, not %zu",
             draft->ask->configuration->count);
    return NEAP_NO_CONFIGURATION;
  }
  for (int kind = 0; kind < NEAP_VENUE_KINDS; kind++)
    if (strcmp(only->key, neap_venue_kind_key((neap_venue_kind)kind)) == 0) {
      draft->kind = (neap_venue_kind)kind, draft->fields = only;
      return NEAP_FINE;
    }
  snprintf(draft->details, sizeof draft->details, "unknown order configuration %.80s", only->key);
  return NEAP_NO_CONFIGURATION;
}

neap_amount_state neap_order_read_amount(const neap_json_value *fields, const char *name, neap_decimal *out) {
  const neap_json_value *value = neap_json_get(fields, name);
  *out = NEAP_ZERO;
  if (!value || value->kind != NEAP_JSON_STRING || value->length == 0) return NEAP_AMOUNT_ABSENT;
  if (strspn(value->text, "-.0123456789") != value->length) return NEAP_AMOUNT_WRONG;
  neap_status status = neap_decimal_parse(value->text, value->length, out, NULL);
  if (status == NEAP_OK) return NEAP_AMOUNT_READ;
  /* What has too many digits has more than any increment: one unit is a multiple of none but the least. */
  if (status != NEAP_INEXACT) return NEAP_AMOUNT_WRONG;
  return neap_decimal_parse_truncated(value->text, value->length, out, NULL, NULL) == NEAP_OK
             ? (out->units |= 1, NEAP_AMOUNT_READ)
             : NEAP_AMOUNT_WRONG;
}

bool neap_order_read_flag(const neap_json_value *fields, const char *name) {
  const neap_json_value *value = neap_json_get(fields, name);
  return value && value->kind == NEAP_JSON_BOOL && value->boolean;
}

neap_order_no neap_order_read_price(const neap_order_draft *draft, const neap_json_value *fields, const char *name,
                                    neap_order_no wrong, neap_order_no digits, int64_t *out) {
  neap_decimal price, increment = draft->asked->facts.price_increment;
  *out = 0;
  neap_amount_state state = neap_order_read_amount(fields, name, &price);
  if (state == NEAP_AMOUNT_ABSENT) return NEAP_FINE;
  if (state == NEAP_AMOUNT_WRONG || price.units <= 0) return wrong;
  if (price.units % increment.units) return digits;
  if (price.units / increment.units > INT64_MAX) return wrong;
  *out = (int64_t)(price.units / increment.units);
  return NEAP_FINE;
}

neap_order_no neap_order_lots(const neap_venue_product *product, neap_decimal size, int64_t *out) {
  const neap_product *facts = &product->facts;
  __int128 increment = facts->base_increment.units;
  if (size.units <= 0) return NEAP_NO_BASE_SMALL;
  if (size.units % increment) return NEAP_NO_SIZE_DIGITS;
  if (neap_decimal_cmp(size, facts->base_min) < 0) return NEAP_NO_BASE_SMALL;
  if (facts->base_max.units && neap_decimal_cmp(size, facts->base_max) > 0) return NEAP_NO_BASE_LARGE;
  if (size.units / increment > INT64_MAX / 4) return NEAP_NO_BASE_LARGE;
  *out = (int64_t)(size.units / increment);
  return NEAP_FINE;
}

int64_t neap_order_lots_for(const neap_venue_product *product, neap_decimal quote, int64_t price) {
  neap_decimal lot = neap_order_value(product, price, 1), lots;
  if (neap_decimal_div(quote, lot, 0, NEAP_ROUND_DOWN, &lots) != NEAP_OK) return 0;
  int64_t count = 0;
  return neap_decimal_to_int(lots, &count, NULL) == NEAP_OK ? count : 0;
}

static neap_order_no check_quote(neap_order_draft *draft) {
  const neap_product *facts = &draft->asked->facts;
  neap_decimal increment = facts->quote_increment;
  draft->in_quote = true;
  if (neap_order_is_derivative(draft->asked)) return NEAP_NO_QUOTE_SIZE;
  if (neap_kind_is_bracket(draft->kind)) return NEAP_NO_BRACKET_QUOTE;
  if (neap_kind_is_stop(draft->kind)) return NEAP_NO_SIZE;
  if (neap_kind_is_market(draft->kind) && draft->side == NEAP_SELL) return NEAP_NO_SIZE;
  if (draft->quote.units <= 0) return NEAP_NO_QUOTE_SMALL;
  if (increment.units && draft->quote.units % increment.units) return NEAP_NO_QUOTE_DIGITS;
  if (neap_decimal_cmp(draft->quote, facts->notional_min) < 0) return NEAP_NO_QUOTE_SMALL;
  if (facts->notional_max.units && neap_decimal_cmp(draft->quote, facts->notional_max) > 0) return NEAP_NO_QUOTE_LARGE;
  if (neap_kind_is_market(draft->kind) || !draft->limit) return NEAP_FINE;
  draft->size = neap_order_lots_for(draft->asked, draft->quote, draft->limit);
  return draft->size ? NEAP_FINE : NEAP_NO_QUOTE_SMALL;
}

neap_order_no neap_order_read_size(neap_order_draft *draft) {
  neap_decimal base;
  neap_amount_state has_base = neap_order_read_amount(draft->fields, "base_size", &base);
  neap_amount_state has_quote = neap_order_read_amount(draft->fields, "quote_size", &draft->quote);
  if (has_base == NEAP_AMOUNT_WRONG || has_quote == NEAP_AMOUNT_WRONG) return NEAP_NO_NUMBER;
  if ((has_base == NEAP_AMOUNT_READ) == (has_quote == NEAP_AMOUNT_READ)) {
    snprintf(draft->details, sizeof draft->details,
             has_base ? "an order has base_size or quote_size, not both" : "orders cannot be placed with empty sizes");
    return NEAP_NO_SIZE;
  }
  return has_quote ? check_quote(draft) : neap_order_lots(draft->asked, base, &draft->size);
}
