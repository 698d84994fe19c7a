/* SPDX-License-Identifier: MIT */
/* rest_history: orders/historical/…: what a portfolio's orders are and were, and what they filled. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "venue/order_filter.h"
#include "venue/order_write.h"
#include "venue/orders.h"

enum { ORDERS_AT_MOST = 1000, FILLS_UNLESS_SAID = 100, FILLS_AT_MOST = 3000 };

/* An order or a fill of a list, and what it is sorted by: falling keys, then falling numbers. */
typedef struct entry {
  const void *item;
  __int128 key;
  uint64_t number;
} entry;

typedef struct found {
  entry *entries;
  size_t count, size;
  bool is_short; /* of memory */
} found;

static void add(found *list, entry fresh) {
  entry *added = neap_venue_push(&list->entries, &list->count, &list->size, sizeof *added);
  if (added)
    *added = fresh;
  else
    list->is_short = true;
}

static int compare(const void *a, const void *b) {
  const entry *left = a, *right = b;
  if (left->key != right->key) return left->key < right->key ? 1 : -1;
  return (left->number < right->number) - (left->number > right->number);
}

enum { NO_SORT, BY_PRICE, BY_TIME, BY_UPDATE };
static const char *const order_sorts[] = {"UNKNOWN_SORT_BY", "LIMIT_PRICE", "LAST_FILL_TIME", "LAST_UPDATE_TIME", NULL};
static const char *const fill_sorts[] = {"UNKNOWN_SORT_BY", "PRICE", "TRADE_TIME", NULL};

static entry entry_of_order(const neap_venue *venue, const neap_venue_order *order, int sort) {
  entry out = {.item = order, .number = order->number};
  if (sort == BY_PRICE) out.key = neap_venue_price(&venue->products[order->product], order->limit).units;
  if (sort == BY_TIME) out.key = order->last_fill;
  if (sort == BY_UPDATE) out.key = order->updated;
  return out;
}

static entry entry_of_fill(const neap_venue *venue, const neap_venue_fill *fill, int sort) {
  const neap_venue_order *order = venue->orders[fill->order - 1];
  entry out = {.item = fill, .number = fill->number};
  if (sort == BY_PRICE) out.key = neap_venue_price(&venue->products[order->product], fill->price).units;
  if (sort == BY_TIME) out.key = fill->time;
  return out;
}

static bool read_sort(neap_rest_call *call, const char *const *words, int *out) {
  char text[64];
  *out = NO_SORT;
  if (!neap_rest_query_words(call, "sort_by", words)) return false;
  if (!neap_rest_query(call, "sort_by", 0, text, sizeof text)) return true;
  while (strcmp(words[*out], text) != 0) ++*out;
  return true;
}

/* Sorts, and lets go what does not come after `cursor`; its item NULL: nothing is let go. */
static void sort(found *list, entry cursor) {
  size_t gone = 0;
  if (list->count) qsort(list->entries, list->count, sizeof *list->entries, compare);
  while (cursor.item && gone < list->count && compare(&list->entries[gone], &cursor) <= 0) gone++;
  if (gone) memmove(list->entries, list->entries + gone, (list->count - gone) * sizeof *list->entries);
  list->count -= gone;
}

/* The first place in rising numbers that is `number` or more. */
static size_t place_of(const uint64_t *numbers, size_t count, uint64_t number) {
  size_t low = 0, high = count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (numbers[middle] < number)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* Where a walk from the newest begins: below the cursor. */
static size_t start_of(const uint64_t *numbers, size_t count, uint64_t from) {
  return from ? place_of(numbers, count, from) : count;
}

static bool is_visible(const neap_venue *venue, const neap_venue_order *order) {
  return venue->now - order->created >= venue->options.visible_after;
}

/* What a list is asked for. Sorted, it is found whole before it is cut. */
typedef struct wish {
  neap_order_filter filter;
  neap_rest_page page;
  int sort;
} wish;

static size_t most_of(const wish *asked) { return asked->sort ? SIZE_MAX : (size_t)asked->page.limit + 1; }
static uint64_t from_of(const wish *asked) { return asked->sort ? 0 : asked->page.from; }

static void consider_order(const neap_venue *venue, const wish *asked, uint64_t number, found *out) {
  const neap_venue_order *order = venue->orders[number - 1];
  if (is_visible(venue, order) && neap_order_filter_has(&asked->filter, venue, order))
    add(out, entry_of_order(venue, order, asked->sort));
}

static void walk_orders(const neap_venue *venue, const wish *asked, const uint64_t *numbers, size_t count, found *out) {
  size_t at = start_of(numbers, count, from_of(asked));
  while (at-- > 0 && out->count < most_of(asked) && !out->is_short) consider_order(venue, asked, numbers[at], out);
}

/* Who asks for open orders, and clients ask for little else, does not walk what is over. */
static void find_orders(const neap_venue *venue, const wish *asked, found *out) {
  neap_venue_portfolio *portfolio = &venue->portfolios[asked->filter.call->portfolio];
  if (!asked->filter.is_live) {
    walk_orders(venue, asked, portfolio->orders, portfolio->order_count, out);
    return;
  }
  neap_venue_prune_live(venue, portfolio);
  walk_orders(venue, asked, portfolio->live, portfolio->live_count, out);
}

/* --- orders/historical/batch -------------------------------------------------------------------------------------- */

static void write_cursor(neap_json_writer *json, uint64_t number) {
  char text[24] = "";
  if (number) snprintf(text, sizeof text, "%" PRIu64, number);
  neap_json_string(json, "cursor", text);
}

static void write_orders(const neap_venue *venue, neap_rest_call *call, const found *list, size_t limit) {
  bool has_next = list->count > limit;
  uint64_t cursor = has_next ? list->entries[limit - 1].number : 0;
  neap_json_object(&call->json, NULL);
  neap_json_array(&call->json, "orders");
  for (size_t i = 0; i < list->count && i < limit; i++)
    neap_venue_write_order(&call->json, NULL, venue, list->entries[i].item, true);
  neap_json_end_array(&call->json);
  neap_json_string(&call->json, "sequence", "0");
  neap_json_bool(&call->json, "has_next", has_next);
  write_cursor(&call->json, cursor);
  neap_json_end_object(&call->json);
}

/* A sorted list goes on behind the item of its cursor, so that has to be one. false: an answer 400 was written. */
static bool check_cursor(neap_rest_call *call, const wish *asked, const void *last) {
  if (last || !asked->sort || !asked->page.from) return true;
  neap_rest_refuse_argument(call, "cursor is not one that this list gave");
  return false;
}

static void fail_short(neap_rest_call *call) { call->answer->body.status = NEAP_MEMORY; }

static const neap_venue_order *own_order(const neap_venue *venue, const neap_rest_call *call, uint64_t number) {
  const neap_venue_order *order = number && number <= venue->order_count ? venue->orders[number - 1] : NULL;
  return order && order->portfolio == call->portfolio ? order : NULL;
}

static void list_orders(neap_venue *venue, neap_rest_call *call) {
  wish asked;
  found list = {0};
  entry cursor = {0};
  if (!neap_order_filter_read(call, &asked.filter) || !read_sort(call, order_sorts, &asked.sort) ||
      !neap_rest_page_read(call, ORDERS_AT_MOST, ORDERS_AT_MOST, &asked.page))
    return;
  const neap_venue_order *last = own_order(venue, call, asked.page.from);
  if (!check_cursor(call, &asked, last)) return;
  if (last) cursor = entry_of_order(venue, last, asked.sort);
  find_orders(venue, &asked, &list);
  sort(&list, cursor);
  write_orders(venue, call, &list, (size_t)asked.page.limit);
  if (list.is_short) fail_short(call);
  free(list.entries);
}

/* --- orders/historical/{id} --------------------------------------------------------------------------------------- */

static void get_order(neap_venue *venue, neap_rest_call *call) {
  const neap_venue_order *order = neap_venue_order_named(venue, call->part[0]);
  if (!order || order->portfolio != call->portfolio || !is_visible(venue, order)) {
    neap_rest_refuse_unknown(call, "order with this orderID was not found");
    return;
  }
  neap_json_object(&call->json, NULL);
  neap_venue_write_order(&call->json, "order", venue, order, false);
  neap_json_end_object(&call->json);
}

/* --- orders/historical/fills -------------------------------------------------------------------------------------- */

static void consider(const neap_venue *venue, const wish *asked, uint64_t number, found *out) {
  const neap_venue_fill *fill = &venue->fills[number - 1];
  if (neap_fill_filter_has(&asked->filter, venue, fill)) add(out, entry_of_fill(venue, fill, asked->sort));
}

static void find_all_fills(const neap_venue *venue, const wish *asked, found *out) {
  const neap_venue_portfolio *portfolio = &venue->portfolios[asked->filter.call->portfolio];
  size_t at = start_of(portfolio->fills, portfolio->fill_count, from_of(asked));
  while (at-- > 0 && out->count < most_of(asked) && !out->is_short) consider(venue, asked, portfolio->fills[at], out);
}

static void find_fills_of(const neap_venue *venue, const wish *asked, const char *id, found *out) {
  const neap_venue_order *order = neap_venue_order_named(venue, id);
  uint64_t from = from_of(asked);
  if (!order || order->portfolio != asked->filter.call->portfolio) return;
  for (uint64_t number = order->newest_fill; number; number = venue->fills[number - 1].before)
    if (!from || number < from) consider(venue, asked, number, out);
}

/* By the orders' own fills where orders are named. false: none is. */
static bool find_by_orders(const neap_venue *venue, const wish *asked, const char *name, found *out) {
  char id[128];
  size_t index = 0;
  for (; neap_rest_query(asked->filter.call, name, index, id, sizeof id); index++) find_fills_of(venue, asked, id, out);
  return index > 0;
}

static void find_fills(const neap_venue *venue, const wish *asked, found *out) {
  bool is_named = find_by_orders(venue, asked, "order_ids", out) || find_by_orders(venue, asked, "order_id", out);
  if (!is_named) find_all_fills(venue, asked, out);
}

/* An order may be named twice. */
static void drop_twins(found *list) {
  size_t kept = 0;
  for (size_t i = 0; i < list->count; i++)
    if (!kept || list->entries[kept - 1].item != list->entries[i].item) list->entries[kept++] = list->entries[i];
  list->count = kept;
}

static void write_fills(const neap_venue *venue, neap_rest_call *call, const found *list, size_t limit) {
  uint64_t cursor = list->count > limit ? list->entries[limit - 1].number : 0;
  neap_json_object(&call->json, NULL);
  neap_json_array(&call->json, "fills");
  for (size_t i = 0; i < list->count && i < limit; i++)
    neap_venue_write_fill(&call->json, NULL, venue, list->entries[i].item);
  neap_json_end_array(&call->json);
  write_cursor(&call->json, cursor);
  neap_json_end_object(&call->json);
}

static const neap_venue_fill *own_fill(const neap_venue *venue, const neap_rest_call *call, uint64_t number) {
  const neap_venue_fill *fill = number && number <= venue->fill_count ? &venue->fills[number - 1] : NULL;
  return fill && own_order(venue, call, fill->order) ? fill : NULL;
}

static void list_fills(neap_venue *venue, neap_rest_call *call) {
  wish asked;
  found list = {0};
  entry cursor = {0};
  if (!neap_fill_filter_read(call, &asked.filter) || !read_sort(call, fill_sorts, &asked.sort) ||
      !neap_rest_page_read(call, FILLS_UNLESS_SAID, FILLS_AT_MOST, &asked.page))
    return;
  const neap_venue_fill *last = own_fill(venue, call, asked.page.from);
  if (!check_cursor(call, &asked, last)) return;
  if (last) cursor = entry_of_fill(venue, last, asked.sort);
  find_fills(venue, &asked, &list);
  sort(&list, cursor);
  drop_twins(&list);
  write_fills(venue, call, &list, (size_t)asked.page.limit);
  if (list.is_short) fail_short(call);
  free(list.entries);
}

const neap_rest_route neap_rest_history_routes[] = {
    {"GET", "/orders/historical/batch", NEAP_MAY_VIEW, false, list_orders},
    {"GET", "/orders/historical/fills", NEAP_MAY_VIEW, false, list_fills},
    {"GET", "/orders/historical/*", NEAP_MAY_VIEW, false, get_order},
    {NULL, NULL, 0, false, NULL}};
