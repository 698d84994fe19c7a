/* SPDX-License-Identifier: MIT */
/* order_index: orders by their id, and by portfolio and client's id: two open hashes. An entry is the upper half of a
 * hash and the order's number, so that growing looks at no order, and a search at one. Nothing leaves them. */
#include <stdlib.h>
#include <string.h>

#include "venue/orders_state.h"

enum { FIRST_SIZE = 1024 };

static uint64_t mix(const char *text, uint64_t hash) {
  for (; *text; text++) hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001B3);
  hash = (hash ^ (hash >> 32)) * UINT64_C(0x9E3779B97F4A7C15);
  return hash ^ (hash << 32);
}

static uint64_t id_hash(const char *id) { return mix(id, UINT64_C(0xCBF29CE484222325)); }
static uint64_t client_hash(uint32_t portfolio, const char *id) {
  return mix(id, (portfolio + 1) * UINT64_C(0x9E3779B97F4A7C15));
}

static uint64_t number_of(uint64_t entry) { return entry & UINT32_MAX; }
static size_t next(size_t at, size_t size) { return (at + 1) & (size - 1); }

typedef bool matcher(const neap_venue_order *order, uint32_t portfolio, const char *id);

static bool is_id(const neap_venue_order *order, uint32_t portfolio, const char *id) {
  (void)portfolio;
  return strcmp(order->id, id) == 0;
}

static bool is_client_id(const neap_venue_order *order, uint32_t portfolio, const char *id) {
  return order->portfolio == portfolio && strcmp(order->client_id, id) == 0;
}

static neap_venue_order *find(const neap_venue *venue, const uint64_t *table, size_t size, uint64_t hash, matcher *is,
                              uint32_t portfolio, const char *id) {
  for (size_t at = size ? hash >> 32 & (size - 1) : 0; size && table[at]; at = next(at, size)) {
    if (table[at] >> 32 != hash >> 32) continue;
    neap_venue_order *order = venue->orders[number_of(table[at]) - 1];
    if (is(order, portfolio, id)) return order;
  }
  return NULL;
}

neap_venue_order *neap_venue_order_named(const neap_venue *venue, const char *id) {
  return find(venue, venue->order_ids, venue->order_id_size, id_hash(id), is_id, 0, id);
}

neap_venue_order *neap_venue_order_of_client(const neap_venue *venue, uint32_t portfolio, const char *client_id) {
  uint64_t hash = client_hash(portfolio, client_id);
  return find(venue, venue->client_ids, venue->client_id_size, hash, is_client_id, portfolio, client_id);
}

static void put(uint64_t *table, size_t size, uint64_t entry) {
  size_t at = entry >> 32 & (size - 1);
  while (table[at]) at = next(at, size);
  table[at] = entry;
}

static neap_status grow(uint64_t **table, size_t before, size_t size) {
  uint64_t *larger = calloc(size, sizeof *larger);
  if (!larger) return NEAP_MEMORY;
  for (size_t i = 0; i < before; i++)
    if ((*table)[i]) put(larger, size, (*table)[i]);
  free(*table);
  *table = larger;
  return NEAP_OK;
}

/* Both tables are of one size: all orders are in the first, most in the second. */
static neap_status make_room(neap_venue *venue) {
  size_t before = venue->order_id_size, size = before ? before * 2 : FIRST_SIZE;
  if (venue->order_count * 2 <= before) return NEAP_OK;
  if (size > UINT32_MAX || grow(&venue->order_ids, before, size) != NEAP_OK) return NEAP_MEMORY;
  venue->order_id_size = size;
  neap_status status = grow(&venue->client_ids, venue->client_id_size, size);
  if (status == NEAP_OK) venue->client_id_size = size;
  return status;
}

neap_status neap_order_index(neap_venue *venue, const neap_venue_order *order) {
  uint64_t upper = ~(uint64_t)UINT32_MAX;
  if (make_room(venue) != NEAP_OK) return NEAP_MEMORY;
  put(venue->order_ids, venue->order_id_size, (id_hash(order->id) & upper) | order->number);
  if (!order->client_id[0]) return NEAP_OK;
  uint64_t hash = client_hash(order->portfolio, order->client_id);
  put(venue->client_ids, venue->client_id_size, (hash & upper) | order->number);
  return NEAP_OK;
}
