/* SPDX-License-Identifier: MIT */
#include "venue/order_filter.h"

#include <string.h>

#include "venue/orders.h"

enum asked {
  BY_ID,
  BY_PRODUCT,
  BY_STATUS,
  BY_FORCE,
  BY_TYPE,
  BY_SIDE,
  BY_ASSET,
  BY_PRODUCT_TYPE,
  BY_PRODUCT_TYPES,
  BY_SOURCE,
  BY_TRADE,
  BY_OLD_ID,
  BY_OLD_PRODUCT
};

typedef struct name_of {
  const char *name;
  enum asked bit;
  const char *const *words; /* NULL: anything */
} name_of;

static const char *const statuses[] = {"PENDING", "OPEN",   "FILLED",        "CANCELLED",   "EXPIRED",
                                       "FAILED",  "QUEUED", "CANCEL_QUEUED", "EDIT_QUEUED", "UNKNOWN_ORDER_STATUS",
                                       NULL};
static const char *const forces[] = {"UNKNOWN_TIME_IN_FORCE", "GOOD_UNTIL_DATE_TIME", "GOOD_UNTIL_CANCELLED",
                                     "IMMEDIATE_OR_CANCEL",   "FILL_OR_KILL",         NULL};
static const char *const types[] = {"UNKNOWN_ORDER_TYPE", "MARKET",      "LIMIT",  "STOP",
                                    "STOP_LIMIT",         "BRACKET",     "TWAP",   "ROLL_OPEN",
                                    "ROLL_CLOSE",         "LIQUIDATION", "SCALED", NULL};
static const char *const sides[] = {"BUY", "SELL", "UNKNOWN_ORDER_SIDE", NULL};
static const char *const sources[] = {
    "UNKNOWN_PLACEMENT_SOURCE", "RETAIL_SIMPLE", "RETAIL_ADVANCED", "RETAIL_ADMIN", "RETAIL_RAISE", NULL};
/* order_id and product_id are how old clients say order_ids and product_ids. */
static const name_of of_orders[] = {{"order_ids", BY_ID, NULL},
                                    {"product_ids", BY_PRODUCT, NULL},
                                    {"product_id", BY_OLD_PRODUCT, NULL},
                                    {"order_status", BY_STATUS, statuses},
                                    {"time_in_forces", BY_FORCE, forces},
                                    {"order_types", BY_TYPE, types},
                                    {"order_side", BY_SIDE, sides},
                                    {"asset_filters", BY_ASSET, NULL},
                                    {"product_type", BY_PRODUCT_TYPE, neap_rest_product_types},
                                    {"order_placement_source", BY_SOURCE, sources},
                                    {NULL, 0, NULL}};

static const name_of of_fills[] = {{"order_ids", BY_ID, NULL},
                                   {"order_id", BY_OLD_ID, NULL},
                                   {"product_ids", BY_PRODUCT, NULL},
                                   {"product_id", BY_OLD_PRODUCT, NULL},
                                   {"trade_ids", BY_TRADE, NULL},
                                   {"order_types", BY_TYPE, types},
                                   {"order_side", BY_SIDE, sides},
                                   {"asset_filters", BY_ASSET, NULL},
                                   {"product_types", BY_PRODUCT_TYPES, neap_rest_product_types},
                                   {NULL, 0, NULL}};

/* Of a list of words the one for none asks for nothing. */
static bool is_asked(const neap_rest_call *call, const char *name, bool is_word) {
  char text[128];
  for (size_t i = 0; neap_rest_query(call, name, i, text, sizeof text); i++)
    if (!is_word || strncmp(text, "UNKNOWN_", 8) != 0) return true;
  return false;
}

static bool read_names(neap_rest_call *call, const name_of *names, neap_order_filter *out) {
  *out = (neap_order_filter){.call = call};
  for (; names->name; names++) {
    if (names->words && !neap_rest_query_words(call, names->name, names->words)) return false;
    if (is_asked(call, names->name, names->words != NULL)) out->asked |= 1u << names->bit;
  }
  return true;
}

static bool read_times(neap_rest_call *call, const char *first, const char *last, neap_order_filter *out) {
  return neap_rest_query_time(call, first, &out->from) && neap_rest_query_time(call, last, &out->until);
}

/* contract_expiry_type is looked at where product_type is FUTURE alone. */
static bool read_expiry(neap_rest_call *call, neap_order_filter *out) {
  char text[64];
  if (!neap_rest_query_words(call, "contract_expiry_type", neap_rest_expiry_types)) return false;
  if (!neap_rest_query(call, "product_type", 0, text, sizeof text) || strcmp(text, "FUTURE") != 0) return true;
  out->is_future = is_asked(call, "contract_expiry_type", true);
  out->is_expiring = out->is_future && neap_rest_query_has(call, "contract_expiry_type", "EXPIRING");
  return true;
}

static bool asks_live_alone(const neap_rest_call *call) {
  static const char *const live[] = {"PENDING", "OPEN", "QUEUED", "CANCEL_QUEUED", "EDIT_QUEUED"};
  char text[128];
  size_t index = 0;
  for (; neap_rest_query(call, "order_status", index, text, sizeof text); index++) {
    size_t i = 0;
    while (i < sizeof live / sizeof *live && strcmp(text, live[i]) != 0) i++;
    if (i == sizeof live / sizeof *live) return false;
  }
  return index > 0;
}

bool neap_order_filter_read(neap_rest_call *call, neap_order_filter *out) {
  if (!read_names(call, of_orders, out)) return false;
  out->is_live = asks_live_alone(call);
  return read_times(call, "start_date", "end_date", out) && read_expiry(call, out);
}

bool neap_fill_filter_read(neap_rest_call *call, neap_order_filter *out) {
  return read_names(call, of_fills, out) && read_times(call, "start_sequence_timestamp", "end_sequence_timestamp", out);
}

static bool passes(const neap_order_filter *filter, enum asked bit, const char *name, const char *value) {
  return !(filter->asked & 1u << bit) || neap_rest_query_has(filter->call, name, value);
}

static const char *underlying_of(const neap_venue_product *product) {
  const neap_json_value *future = neap_json_get(product->answer, "future_product_details");
  const char *unit = future && future->kind == NEAP_JSON_OBJECT ? neap_rest_text(future, "contract_root_unit") : NULL;
  return unit ? unit : product->facts.base;
}

static bool has_asset(const neap_order_filter *filter, const neap_venue_product *product) {
  return passes(filter, BY_ASSET, "asset_filters", product->facts.base) ||
         passes(filter, BY_ASSET, "asset_filters", product->facts.quote) ||
         passes(filter, BY_ASSET, "asset_filters", underlying_of(product));
}

static bool has_product(const neap_order_filter *filter, const neap_venue_product *product) {
  const char *type = neap_product_pays_notional(&product->facts) ? "SPOT" : "FUTURE";
  if (filter->is_future && filter->is_expiring != (product->facts.kind == NEAP_FUTURE)) return false;
  return passes(filter, BY_PRODUCT, "product_ids", product->facts.id) &&
         passes(filter, BY_OLD_PRODUCT, "product_id", product->facts.id) &&
         passes(filter, BY_PRODUCT_TYPE, "product_type", type) &&
         passes(filter, BY_PRODUCT_TYPES, "product_types", type) && has_asset(filter, product);
}

static bool is_within(const neap_order_filter *filter, int64_t time) {
  return time >= filter->from && (!filter->until || time < filter->until);
}

/* What orders and fills have in common. */
static bool is_of(const neap_order_filter *filter, const neap_venue *venue, const neap_venue_order *order) {
  return passes(filter, BY_ID, "order_ids", order->id) && passes(filter, BY_OLD_ID, "order_id", order->id) &&
         passes(filter, BY_TYPE, "order_types", neap_venue_kind_type(order->kind)) &&
         passes(filter, BY_SIDE, "order_side", order->side == NEAP_BUY ? "BUY" : "SELL") &&
         has_product(filter, &venue->products[order->product]);
}

bool neap_order_filter_has(const neap_order_filter *filter, const neap_venue *venue, const neap_venue_order *order) {
  return is_within(filter, order->created) &&
         passes(filter, BY_STATUS, "order_status", neap_venue_status_word(order->status)) &&
         passes(filter, BY_SOURCE, "order_placement_source", "RETAIL_ADVANCED") &&
         passes(filter, BY_FORCE, "time_in_forces", neap_venue_kind_force(order->kind)) && is_of(filter, venue, order);
}

bool neap_fill_filter_has(const neap_order_filter *filter, const neap_venue *venue, const neap_venue_fill *fill) {
  return is_within(filter, fill->time) && passes(filter, BY_TRADE, "trade_ids", fill->trade_id) &&
         is_of(filter, venue, venue->orders[fill->order - 1]);
}
