/* SPDX-License-Identifier: MIT */
/* rest_products: what may be traded, for a key and for anybody. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "venue/product_write.h"
#include "venue/rest.h"

const char *const neap_rest_product_types[] = {"UNKNOWN_PRODUCT_TYPE", "SPOT",         "FUTURE", "EQUITY",
                                               "OPTION_GROUP",         "FUTURE_GROUP", NULL};
const char *const neap_rest_expiry_types[] = {"UNKNOWN_CONTRACT_EXPIRY_TYPE", "EXPIRING", "PERPETUAL", NULL};
static const char *const lives[] = {"UNKNOWN_EXPIRING_CONTRACT_STATUS", "STATUS_UNEXPIRED", "STATUS_EXPIRED",
                                    "STATUS_ALL", NULL};
static const char *const orders[] = {"PRODUCTS_SORT_ORDER_UNDEFINED", "PRODUCTS_SORT_ORDER_VOLUME_24H_DESCENDING",
                                     "PRODUCTS_SORT_ORDER_LIST_TIME_DESCENDING", NULL};

typedef struct wish {
  const char *type, *expiry, *life, *order; /* words of above */
  bool all, is_named, tells_view_only;
  int64_t limit, offset; /* limit 0: none */
} wish;

/* A product of a list, and what it is sorted by: falling. */
typedef struct entry {
  neap_venue_product *product;
  __int128 key;
} entry;

static bool read_wish(neap_rest_call *call, wish *out) {
  char text[8];
  int64_t cursor;
  out->all = neap_rest_query_flag(call, "get_all_products");
  out->tells_view_only = neap_rest_query_flag(call, "get_tradability_status");
  out->is_named = neap_rest_query(call, "product_ids", 0, text, sizeof text);
  bool is_read = neap_rest_query_word(call, "product_type", neap_rest_product_types, &out->type) &&
                 neap_rest_query_word(call, "contract_expiry_type", neap_rest_expiry_types, &out->expiry) &&
                 neap_rest_query_word(call, "expiring_contract_status", lives, &out->life) &&
                 neap_rest_query_word(call, "products_sort_order", orders, &out->order) &&
                 neap_rest_query_count(call, "limit", 0, 0, INT32_MAX, &out->limit) &&
                 neap_rest_query_count(call, "offset", 0, 0, INT32_MAX, &out->offset) &&
                 neap_rest_query_count(call, "cursor", 0, 0, INT32_MAX, &cursor);
  if (is_read && cursor) out->offset = cursor;
  return is_read;
}

/* Spot alone unless something else, or some products, are asked for. */
static bool has_type(const wish *asked, const neap_venue_product *product) {
  bool is_spot = neap_product_pays_notional(&product->facts);
  if (asked->all) return true;
  if (asked->type == neap_rest_product_types[0]) return is_spot || asked->is_named;
  return strcmp(asked->type, is_spot ? "SPOT" : "FUTURE") == 0;
}

/* What expires is asked for by contract_expiry_type; what has expired is not told unless it is asked for. */
static bool has_life(const neap_venue *venue, const wish *asked, const neap_venue_product *product) {
  if (neap_product_pays_notional(&product->facts)) return true;
  bool is_future = product->facts.kind == NEAP_FUTURE, is_over = neap_venue_expiry_of(product) <= venue->now;
  if (asked->expiry != neap_rest_expiry_types[0] && is_future != (asked->expiry == neap_rest_expiry_types[1]))
    return false;
  if (asked->all || asked->life == lives[3]) return true;
  return is_over == (asked->life == lives[2]);
}

static __int128 key_of(neap_venue *venue, const wish *asked, neap_venue_product *product) {
  int64_t listed;
  const char *text = neap_venue_listed_text(product->answer, "new_at");
  if (asked->order == orders[1]) return neap_venue_quote_volume(venue, product).units;
  if (asked->order == orders[2] && neap_time_parse(text, strlen(text), &listed, NULL) == NEAP_OK) return listed;
  return 0;
}

/* By key, and as they are listed. */
static int compare(const void *a, const void *b) {
  const entry *left = a, *right = b;
  if (left->key != right->key) return left->key < right->key ? 1 : -1;
  return (left->product > right->product) - (left->product < right->product);
}

static void add(neap_venue *venue, const wish *asked, neap_venue_product *product, entry *out, size_t *count) {
  if (has_type(asked, product) && has_life(venue, asked, product))
    out[(*count)++] = (entry){product, key_of(venue, asked, product)};
}

/* Each product once, however often it is named; unknown ones are passed over. */
static size_t find_named(neap_venue *venue, const neap_rest_call *call, const wish *asked, entry *out) {
  size_t count = 0;
  char id[64];
  bool *is_named = calloc(venue->product_count + 1, sizeof *is_named);
  for (size_t i = 0; is_named && neap_rest_query(call, "product_ids", i, id, sizeof id); i++) {
    const neap_venue_product *product = neap_venue_product_named(venue, id);
    if (product) is_named[product - venue->products] = true;
  }
  for (size_t i = 0; is_named && i < venue->product_count; i++)
    if (is_named[i]) add(venue, asked, &venue->products[i], out, &count);
  if (!is_named) call->answer->body.status = NEAP_MEMORY;
  free(is_named);
  return count;
}

static size_t find(neap_venue *venue, const neap_rest_call *call, const wish *asked, entry *out) {
  size_t count = 0;
  if (asked->is_named) return find_named(venue, call, asked, out);
  for (size_t i = 0; i < venue->product_count; i++) add(venue, asked, &venue->products[i], out, &count);
  return count;
}

static void write_cursor(neap_json_writer *json, const char *key, bool is_there, int64_t offset) {
  char text[24] = "";
  if (is_there) snprintf(text, sizeof text, "%" PRId64, offset);
  neap_json_string(json, key, text);
}

static void write_pages(neap_json_writer *json, const wish *asked, int64_t first, int64_t last, int64_t count) {
  int64_t before = asked->limit && asked->limit < first ? first - asked->limit : 0;
  neap_json_object(json, "pagination");
  write_cursor(json, "prev_cursor", first > 0, before);
  write_cursor(json, "next_cursor", last < count, last);
  neap_json_bool(json, "has_next", last < count);
  neap_json_bool(json, "has_prev", first > 0);
  neap_json_end_object(json);
}

static void write_list(neap_venue *venue, neap_rest_call *call, const wish *asked, const entry *list, int64_t count) {
  int64_t first = asked->offset < count ? asked->offset : count;
  int64_t last = asked->limit && asked->limit < count - first ? first + asked->limit : count;
  neap_json_object(&call->json, NULL);
  neap_json_array(&call->json, "products");
  for (int64_t i = first; i < last; i++)
    neap_venue_write_product(&call->json, NULL, venue, list[i].product, asked->tells_view_only);
  neap_json_end_array(&call->json);
  neap_json_int(&call->json, "num_products", last - first);
  write_pages(&call->json, asked, first, last, count);
  neap_json_end_object(&call->json);
}

static void list_products(neap_venue *venue, neap_rest_call *call) {
  wish asked;
  if (!read_wish(call, &asked)) return;
  entry *list = calloc(venue->product_count + 1, sizeof *list);
  if (!list) {
    call->answer->body.status = NEAP_MEMORY;
    return;
  }
  size_t count = find(venue, call, &asked, list);
  if (count) qsort(list, count, sizeof *list, compare);
  write_list(venue, call, &asked, list, (int64_t)count);
  free(list);
}

static void get_product(neap_venue *venue, neap_rest_call *call) {
  neap_venue_product *product = neap_rest_product(venue, call, call->part[0]);
  if (product)
    neap_venue_write_product(&call->json, NULL, venue, product, neap_rest_query_flag(call, "get_tradability_status"));
}

const neap_rest_route neap_rest_product_routes[] = {{"GET", "/products", NEAP_MAY_VIEW, false, list_products},
                                                    {"GET", "/products/*", NEAP_MAY_VIEW, false, get_product},
                                                    {"GET", "/market/products", 0, false, list_products},
                                                    {"GET", "/market/products/*", 0, false, get_product},
                                                    {NULL, NULL, 0, false, NULL}};
