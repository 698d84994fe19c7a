/* SPDX-License-Identifier: MIT */
/* product_venue: products as Coinbase's products answer describes them. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "market/product.h"

typedef struct reader {
  const neap_json_value *object;
  neap_product *product;
  size_t notes;
  neap_fault *fault;
} reader;

static neap_status fail_member(const reader *in, const char *name, const char *why) {
  neap_fail(in->fault, NEAP_INVALID, "product_fact", "%s %s", name, why);
  neap_fault_set_where(in->fault, "%s, line %u", in->product->id, in->object->line);
  return NEAP_INVALID;
}

static const char *text_of(const neap_json_value *object, const char *name) {
  const neap_json_value *value = object ? neap_json_get(object, name) : NULL;
  return value && value->text ? value->text : "";
}

/* An absent or empty fact leaves what is there. */
static neap_status read_amount(reader *in, const neap_json_value *object, const char *name, bool positive,
                               neap_decimal *out) {
  const char *text = text_of(object, name);
  neap_decimal value;
  bool truncated = false;
  if (!*text) return NEAP_OK;
  if (neap_decimal_parse_truncated(text, strlen(text), &value, &truncated, NULL))
    return fail_member(in, name, "is not a number that fits");
  if (value.units < positive) return fail_member(in, name, positive ? "is not above zero" : "is negative");
  in->notes += truncated;
  *out = value;
  return NEAP_OK;
}

static neap_status read_amounts(reader *in) {
  neap_product *product = in->product;
  const neap_json_value *future = neap_json_get(in->object, "future_product_details");
  neap_status status = read_amount(in, in->object, "base_increment", true, &product->base_increment);
  if (!status) status = read_amount(in, in->object, "quote_increment", false, &product->quote_increment);
  /* Old answers have no price_increment; it is the quote's then. */
  if (!*text_of(in->object, "price_increment") && product->quote_increment.units > 0)
    product->price_increment = product->quote_increment;
  if (!status) status = read_amount(in, in->object, "price_increment", true, &product->price_increment);
  if (!status) status = read_amount(in, in->object, "base_min_size", false, &product->base_min);
  if (!status) status = read_amount(in, in->object, "base_max_size", false, &product->base_max);
  if (!status) status = read_amount(in, in->object, "quote_min_size", false, &product->notional_min);
  if (!status) status = read_amount(in, in->object, "quote_max_size", false, &product->notional_max);
  if (!status && future && future->kind == NEAP_JSON_OBJECT)
    status = read_amount(in, future, "contract_size", true, &product->contract_size);
  return status;
}

static neap_status read_kind(reader *in) {
  const char *type = text_of(in->object, "product_type");
  const neap_json_value *future = neap_json_get(in->object, "future_product_details");
  if (strcmp(type, "SPOT") == 0 || !*type) return NEAP_OK;
  if (strcmp(type, "FUTURE") != 0) return fail_member(in, "product_type", "is neither SPOT nor FUTURE");
  bool perpetual =
      future && future->kind == NEAP_JSON_OBJECT && strcmp(text_of(future, "contract_expiry_type"), "PERPETUAL") == 0;
  in->product->kind = perpetual ? NEAP_PERPETUAL : NEAP_FUTURE;
  return NEAP_OK;
}

static bool is_true(const neap_json_value *object, const char *name) {
  const neap_json_value *value = neap_json_get(object, name);
  return value && value->kind == NEAP_JSON_BOOL && value->boolean;
}

static void read_flags(reader *in) {
  static const char *const names[] = {"cancel_only", "limit_only", "post_only", "view_only", "auction_mode"};
  static const uint32_t flags[] = {NEAP_PRODUCT_CANCEL_ONLY, NEAP_PRODUCT_LIMIT_ONLY, NEAP_PRODUCT_POST_ONLY,
                                   NEAP_PRODUCT_VIEW_ONLY, NEAP_PRODUCT_AUCTION};
  const char *state = text_of(in->object, "status");
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (is_true(in->object, names[i])) in->product->flags |= flags[i];
  if (is_true(in->object, "is_disabled") || is_true(in->object, "trading_disabled") ||
      (*state && strcmp(state, "online") != 0))
    in->product->flags |= NEAP_PRODUCT_DISABLED;
}

/* The rate of the moment, and how often it is paid. */
static neap_status read_funding(reader *in) {
  const neap_json_value *future = neap_json_get(in->object, "future_product_details");
  if (!future || future->kind != NEAP_JSON_OBJECT) return NEAP_OK;
  const neap_json_value *details = neap_json_get(future, "perpetual_details");
  const char *rate = text_of(details && details->kind == NEAP_JSON_OBJECT ? details : NULL, "funding_rate");
  const char *interval = text_of(future, "funding_interval");
  bool truncated = false;
  if (!*rate) rate = text_of(future, "funding_rate");
  if (*rate && neap_decimal_parse_truncated(rate, strlen(rate), &in->product->funding_rate, &truncated, NULL))
    return fail_member(in, "funding_rate", "is not a number that fits");
  in->notes += truncated;
  if (!*interval) return NEAP_OK;
  bool known = neap_duration_parse(interval, strlen(interval), &in->product->funding_interval, NULL) == NEAP_OK;
  return known && in->product->funding_interval > 0 ? NEAP_OK
                                                    : fail_member(in, "funding_interval", "is not a duration");
}

static neap_status copy_currency(reader *in, const char *text, const char *name, char *out, size_t size) {
  size_t length = strlen(text);
  if (length == 0) return NEAP_OK;
  if (length >= size) return fail_member(in, name, "is too long");
  memcpy(out, text, length + 1);
  return NEAP_OK;
}

static neap_status check_increments(reader *in) {
  const neap_product *product = in->product;
  unsigned digits = neap_decimal_scale(product->price_increment) + neap_decimal_scale(product->base_increment) +
                    neap_decimal_scale(product->contract_size);
  if (digits > NEAP_DECIMAL_DIGITS)
    return fail_member(in, "price_increment", "gives price × quantity more than 16 digits");
  if (product->base_max.units && product->base_min.units > product->base_max.units)
    return fail_member(in, "base_min_size", "is above base_max_size");
  if (product->notional_max.units && product->notional_min.units > product->notional_max.units)
    return fail_member(in, "quote_min_size", "is above quote_max_size");
  return NEAP_OK;
}

static neap_status read_product(reader *in) {
  neap_product *product = in->product;
  if (in->object->kind != NEAP_JSON_OBJECT)
    return neap_fail(in->fault, NEAP_INVALID, "products", "line %u: a product is an object", in->object->line);
  neap_status status = neap_product_init(product, text_of(in->object, "product_id"), in->fault);
  if (status) {
    neap_fault_set_where(in->fault, "line %u", in->object->line);
    return status;
  }
  status = copy_currency(in, text_of(in->object, "base_currency_id"), "base_currency_id", product->base,
                         sizeof product->base);
  if (!status)
    status = copy_currency(in, text_of(in->object, "quote_currency_id"), "quote_currency_id", product->quote,
                           sizeof product->quote);
  if (!status) status = read_kind(in);
  if (!status) status = read_amounts(in);
  if (!status) status = read_funding(in);
  if (!status) read_flags(in);
  return status ? status : check_increments(in);
}

static neap_status read_list(const neap_json_value *first, size_t count, neap_product **out, size_t *notes,
                             neap_fault *fault) {
  reader in = {.fault = fault};
  neap_product *products = calloc(count + 1, sizeof *products);
  neap_status status = products ? NEAP_OK : neap_fail(fault, NEAP_MEMORY, "memory", "out of memory");
  for (size_t i = 0; i < count && status == NEAP_OK; i++, first = first->next) {
    in.object = first;
    in.product = &products[i];
    status = read_product(&in);
  }
  if (status == NEAP_OK)
    *out = products, *notes = in.notes;
  else
    free(products);
  return status;
}

neap_status neap_products_parse(const char *json, size_t length, neap_product **out, size_t *count, size_t *notes,
                                neap_fault *fault) {
  neap_json *tree = NULL;
  size_t unwanted;
  neap_status status = neap_json_parse(json, length, &tree, fault);
  if (status) return status;
  const neap_json_value *root = neap_json_root(tree);
  const neap_json_value *list = root->kind == NEAP_JSON_OBJECT ? neap_json_get(root, "products") : NULL;
  bool single = !list && root->kind == NEAP_JSON_OBJECT && neap_json_get(root, "product_id");
  if (!single && (!list || list->kind != NEAP_JSON_ARRAY))
    status = neap_fail(fault, NEAP_INVALID, "products", "neither a list 'products' nor a 'product_id' in the answer");
  size_t found = single ? 1 : status ? 0 : list->count;
  if (status == NEAP_OK) status = read_list(single ? root : list->first, found, out, notes ? notes : &unwanted, fault);
  if (status == NEAP_OK) *count = found;
  neap_json_free(tree);
  return status;
}
