/* SPDX-License-Identifier: MIT */
/* product: what may be traded and by which rules. */
#include "market/product.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

static const int64_t eight_hours = INT64_C(28800000000000);
static const char *const kind_names[] = {"spot", "margin", "perpetual", "future", NULL};

static const char *const fact_names[] = {"kind",          "price_increment",  "base_increment", "quote_increment",
                                         "base_min_size", "base_max_size",    "quote_min_size", "quote_max_size",
                                         "quote",         "contract_size",    "funding_rate",   "funding_interval",
                                         "is_disabled",   "trading_disabled", "cancel_only",    "limit_only",
                                         "post_only",     "view_only",        "auction_mode",   NULL};

typedef struct amount_fact {
  const char *name;
  size_t offset;
  enum { ZERO_OR_MORE, POSITIVE, SIGNED } range;
} amount_fact;

static const amount_fact amounts[] = {
    {"price_increment", offsetof(neap_product, price_increment), POSITIVE},
    {"base_increment", offsetof(neap_product, base_increment), POSITIVE},
    {"contract_size", offsetof(neap_product, contract_size), POSITIVE},
    {"quote_increment", offsetof(neap_product, quote_increment), ZERO_OR_MORE},
    {"base_min_size", offsetof(neap_product, base_min), ZERO_OR_MORE},
    {"base_max_size", offsetof(neap_product, base_max), ZERO_OR_MORE},
    {"quote_min_size", offsetof(neap_product, notional_min), ZERO_OR_MORE},
    {"quote_max_size", offsetof(neap_product, notional_max), ZERO_OR_MORE},
    {"funding_rate", offsetof(neap_product, funding_rate), SIGNED},
};

static const struct {
  const char *name;
  uint32_t flag;
} flags[] = {
    {"is_disabled", NEAP_PRODUCT_DISABLED},    {"trading_disabled", NEAP_PRODUCT_DISABLED},
    {"cancel_only", NEAP_PRODUCT_CANCEL_ONLY}, {"limit_only", NEAP_PRODUCT_LIMIT_ONLY},
    {"post_only", NEAP_PRODUCT_POST_ONLY},     {"view_only", NEAP_PRODUCT_VIEW_ONLY},
    {"auction_mode", NEAP_PRODUCT_AUCTION},
};

const char *const *neap_product_fact_names(void) { return fact_names; }

const neap_decimal *neap_product_amount(const neap_product *product, const char *name) {
  for (size_t i = 0; i < sizeof amounts / sizeof *amounts; i++)
    if (strcmp(name, amounts[i].name) == 0)
      return (const neap_decimal *)(const void *)((const char *)product + amounts[i].offset);
  return NULL;
}

bool neap_product_flag_get(const neap_product *product, const char *name, bool *known) {
  *known = true;
  for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
    if (strcmp(name, flags[i].name) == 0) return product->flags & flags[i].flag;
  return *known = false;
}

const char *neap_product_kind_name(neap_product_kind kind) { return kind_names[kind]; }

static bool is_letter_or_digit(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static size_t part_length(const char *text) {
  size_t length = 0;
  while (is_letter_or_digit(text[length])) length++;
  return length;
}

/* Two or more parts of letters and digits with a - between them. */
static bool is_product_id(const char *id) {
  int parts = 0;
  for (const char *p = id;; p++) {
    size_t length = part_length(p);
    if (length == 0 || length >= sizeof((neap_product *)0)->base) return false;
    p += length;
    parts++;
    if (*p != '-') return *p == 0 && parts >= 2 && (size_t)(p - id) < sizeof((neap_product *)0)->id;
  }
}

static void take_part(char *out, size_t size, const char *part) {
  snprintf(out, size, "%.*s", (int)part_length(part), part);
}

neap_status neap_product_init(neap_product *product, const char *id, neap_fault *fault) {
  const neap_decimal default_increment = {INT64_C(100000000)}; /* 0.00000001 */
  if (!is_product_id(id))
    return neap_fail(fault, NEAP_INVALID, "product_id", "'%.40s' is not a product id; write BASE-QUOTE, as in BTC-USD",
                     id);
  *product = (neap_product){.price_increment = default_increment, .base_increment = default_increment};
  product->contract_size = neap_decimal_from_int(1);
  product->funding_interval = eight_hours;
  snprintf(product->id, sizeof product->id, "%s", id);
  take_part(product->base, sizeof product->base, id);
  take_part(product->quote, sizeof product->quote, strchr(id, '-') + 1);
  if (strcmp(product->quote, "PERP") == 0) strcpy(product->quote, "USD");
  return NEAP_OK;
}

static neap_status fail_fact(const neap_product *product, const char *name, const char *value, const char *why,
                             neap_fault *fault) {
  neap_status status = neap_fail(fault, NEAP_INVALID, "product_fact", "%s %.40s %s", name, value, why);
  neap_fault_set_where(fault, "%s", product->id);
  return status;
}

static neap_status check_range(const neap_product *product, const char *name, const char *value, neap_fault *fault) {
  unsigned digits = neap_decimal_scale(product->price_increment) + neap_decimal_scale(product->base_increment) +
                    neap_decimal_scale(product->contract_size);
  if (digits > NEAP_DECIMAL_DIGITS)
    return fail_fact(product, name, value, "gives price × quantity more than 16 digits: a coarser increment is needed",
                     fault);
  if (product->base_max.units && product->base_min.units > product->base_max.units)
    return fail_fact(product, name, value, "puts base_min_size above base_max_size", fault);
  if (product->notional_max.units && product->notional_min.units > product->notional_max.units)
    return fail_fact(product, name, value, "puts quote_min_size above quote_max_size", fault);
  if (neap_decimal_cmp(neap_decimal_abs(product->funding_rate), neap_decimal_from_int(1)) >= 0)
    return fail_fact(product, name, value, "is not a fraction between -1 and 1", fault);
  return NEAP_OK;
}

static neap_status set_amount(neap_product *product, const amount_fact *fact, const char *value, neap_fault *fault) {
  neap_product changed = *product;
  neap_decimal *amount = (neap_decimal *)(void *)((char *)&changed + fact->offset);
  neap_status status = neap_decimal_parse(value, strlen(value), amount, fault);
  if (status) {
    neap_fault_set_where(fault, "%s %s", product->id, fact->name);
    return status;
  }
  if (fact->range != SIGNED && amount->units < (int)fact->range)
    return fail_fact(product, fact->name, value, fact->range == POSITIVE ? "is not above zero" : "is negative", fault);
  status = check_range(&changed, fact->name, value, fault);
  if (status == NEAP_OK) *product = changed;
  return status;
}

static neap_status set_flag(neap_product *product, const char *name, uint32_t flag, const char *value,
                            neap_fault *fault) {
  if (strcmp(value, "true") == 0)
    product->flags |= flag;
  else if (strcmp(value, "false") == 0)
    product->flags &= ~flag;
  else
    return fail_fact(product, name, value, "is neither true nor false", fault);
  return NEAP_OK;
}

static neap_status set_kind(neap_product *product, const char *value, neap_fault *fault) {
  for (int i = 0; kind_names[i]; i++)
    if (strcmp(value, kind_names[i]) == 0) {
      product->kind = (neap_product_kind)i;
      return NEAP_OK;
    }
  const char *nearest = neap_nearest_word(value, kind_names, 4);
  fail_fact(product, "kind", value, "is not one of spot, margin, perpetual, future", fault);
  if (nearest) neap_fault_set_nearest(fault, nearest);
  return NEAP_INVALID;
}

static neap_status set_quote(neap_product *product, const char *value, neap_fault *fault) {
  size_t length = part_length(value);
  if (length == 0 || value[length] || length >= sizeof product->quote)
    return fail_fact(product, "quote", value, "is not a currency", fault);
  memcpy(product->quote, value, length + 1);
  return NEAP_OK;
}

static neap_status set_interval(neap_product *product, const char *value, neap_fault *fault) {
  int64_t interval;
  if (neap_duration_parse(value, strlen(value), &interval, fault) != NEAP_OK || interval <= 0)
    return fail_fact(product, "funding_interval", value, "is not a duration such as 8h", fault);
  product->funding_interval = interval;
  return NEAP_OK;
}

static neap_status fail_unknown(const neap_product *product, const char *name, neap_fault *fault) {
  const char *nearest = neap_nearest_word(name, fact_names, sizeof fact_names / sizeof *fact_names - 1);
  neap_fail(fault, NEAP_INVALID, "unknown_fact", "a product has no fact '%.40s'", name);
  neap_fault_set_where(fault, "%s", product->id);
  if (nearest) neap_fault_set_nearest(fault, nearest);
  return NEAP_INVALID;
}

neap_status neap_product_set(neap_product *product, const char *name, const char *value, neap_fault *fault) {
  if (strcmp(name, "kind") == 0) return set_kind(product, value, fault);
  if (strcmp(name, "quote") == 0) return set_quote(product, value, fault);
  if (strcmp(name, "funding_interval") == 0) return set_interval(product, value, fault);
  for (size_t i = 0; i < sizeof amounts / sizeof *amounts; i++)
    if (strcmp(name, amounts[i].name) == 0) return set_amount(product, &amounts[i], value, fault);
  for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
    if (strcmp(name, flags[i].name) == 0) return set_flag(product, name, flags[i].flag, value, fault);
  return fail_unknown(product, name, fault);
}
