/* SPDX-License-Identifier: MIT */
/* broker_names: orders by number, by client id, by the venue's id. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "broker/coinbase/broker_parts.h"

enum { VERSION_AT = 14, ID_LENGTH = NEAP_ORDER_ID - 1 }; /* of a UUID: the digit that says its version */
#define KEPT (600 * NEAP_SECOND)                         /* longer than anything about an order comes late */

static const char digits[] = "0123456789abcdef";

uint64_t broker_hash(const char *text) {
  uint64_t hash = UINT64_C(14695981039346656037);
  for (; *text; text++) hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
  return hash;
}

bool broker_grow(void *items, size_t count, size_t *size, size_t each) {
  void *old, *grown;
  memcpy(&old, items, sizeof old);
  if (count < *size) return true;
  size_t wanted = *size ? *size * 2 : 16;
  if (!(grown = realloc(old, wanted * each))) return false;
  memcpy(items, &grown, sizeof grown);
  *size = wanted;
  return true;
}

/* --- orders of ours ----------------------------------------------------------------------------------------------- */

/* The intent's id is a UUID of version 8; further parts count that digit up. */
void broker_client_id(const broker_order *order, char out[NEAP_ORDER_ID]) {
  memcpy(out, order->ticket.id, NEAP_ORDER_ID);
  if (order->part) out[VERSION_AT] = digits[8 + order->part];
}

static broker_order **bucket_of(broker_order *const *buckets, uint64_t key) {
  return (broker_order **)&buckets[key % BROKER_BUCKETS];
}

static void join(broker_order *order) {
  neap_coinbase_broker *broker = order->broker;
  order->previous = NULL;
  order->next = broker->working;
  if (broker->working) broker->working->previous = order;
  broker->working = order;
}

static void leave(broker_order *order) {
  neap_coinbase_broker *broker = order->broker;
  bool is_over = order->phase == BROKER_OVER;
  broker_order **first = is_over ? &broker->over_first : &broker->working;
  *(order->previous ? &order->previous->next : first) = order->next;
  if (order->next)
    order->next->previous = order->previous;
  else if (is_over)
    broker->over_last = order->previous;
}

broker_order *broker_order_add(neap_coinbase_broker *broker, const neap_ticket *ticket) {
  broker_order *order = calloc(1, sizeof *order);
  if (!order) return NULL;
  order->broker = broker;
  order->ticket = *ticket;
  order->status = NEAP_ORDER_SUBMITTED;
  order->whole = true;
  order->look_due = order->doubt_due = INT64_MAX;
  broker_order **at = bucket_of(broker->by_number, ticket->number);
  order->beside_number = *at, *at = order;
  at = bucket_of(broker->by_client, broker_hash(ticket->id));
  order->beside_client = *at, *at = order;
  join(order);
  return order;
}

broker_order *broker_order_find(const neap_coinbase_broker *broker, uint64_t number) {
  broker_order *at = *bucket_of(broker->by_number, number);
  while (at && at->ticket.number != number) at = at->beside_number;
  return at;
}

static broker_order *find_client(const neap_coinbase_broker *broker, const char *id) {
  broker_order *at = *bucket_of(broker->by_client, broker_hash(id));
  while (at && strcmp(at->ticket.id, id) != 0) at = at->beside_client;
  return at;
}

unsigned broker_part_of(char *client_id) {
  if (strlen(client_id) != ID_LENGTH) return 0;
  const char *digit = strchr(digits + 8, client_id[VERSION_AT]);
  if (!digit || !*digit) return 0;
  client_id[VERSION_AT] = '8';
  return (unsigned)(digit - (digits + 8));
}

broker_order *broker_order_of(const neap_coinbase_broker *broker, const char *client_id, unsigned *part) {
  char id[NEAP_COINBASE_ID];
  *part = 0;
  broker_order *order = find_client(broker, client_id);
  if (order) return order;
  neap_text_copy(id, sizeof id, client_id);
  *part = broker_part_of(id);
  return *part ? find_client(broker, id) : NULL;
}

void broker_order_over(broker_order *order) {
  neap_coinbase_broker *broker = order->broker;
  if (order->phase == BROKER_OVER) return;
  leave(order);
  order->phase = BROKER_OVER;
  order->over_at = broker_now(broker);
  order->look_due = order->doubt_due = INT64_MAX;
  order->wish = BROKER_KEEP;
  order->next = NULL;
  order->previous = broker->over_last;
  *(broker->over_last ? &broker->over_last->next : &broker->over_first) = order;
  broker->over_last = order;
  broker->activity++;
}

void broker_order_reopen(broker_order *order) {
  leave(order);
  order->was_lost = false;
  order->phase = BROKER_KNOWN;
  join(order);
}

/* --- every order of the account ----------------------------------------------------------------------------------- */

broker_listed *broker_listed_find(const neap_coinbase_broker *broker, const char *order_id) {
  broker_listed *at = broker->by_order[broker_hash(order_id) % BROKER_BUCKETS];
  while (at && strcmp(at->facts.order_id, order_id) != 0) at = at->beside;
  return at;
}

broker_listed *broker_listed_get(neap_coinbase_broker *broker, const char *order_id) {
  broker_listed *listed = broker_listed_find(broker, order_id), **bucket;
  if (listed) return listed;
  if (!(listed = calloc(1, sizeof *listed))) return broker->lost_memory = NEAP_MEMORY, NULL;
  neap_text_copy(listed->facts.order_id, sizeof listed->facts.order_id, order_id);
  listed->facts.product = UINT32_MAX;
  listed->ask_due = INT64_MAX;
  bucket = &broker->by_order[broker_hash(order_id) % BROKER_BUCKETS];
  listed->beside = *bucket, *bucket = listed;
  listed->next = broker->listed, broker->listed = listed;
  return listed;
}

uint32_t broker_product(const neap_coinbase_broker *broker, const char *id) {
  for (uint32_t i = 0; i < broker->options.product_count; i++)
    if (strcmp(broker->products[i].id, id) == 0) return i;
  return UINT32_MAX;
}

/* --- forgetting --------------------------------------------------------------------------------------------------- */

static void unhook_listed(neap_coinbase_broker *broker, broker_listed *listed) {
  broker_listed **at = &broker->by_order[broker_hash(listed->facts.order_id) % BROKER_BUCKETS];
  while (*at != listed) at = &(*at)->beside;
  *at = listed->beside;
}

static bool is_old(const neap_coinbase_broker *broker, const broker_listed *listed, int64_t now) {
  bool is_ours = listed->order != NULL;
  return broker->begun && !is_ours && !listed->open && listed->resolved && now - listed->seen_at > KEPT;
}

static void forget_listed(neap_coinbase_broker *broker, int64_t now) {
  for (broker_listed **at = &broker->listed; *at;) {
    broker_listed *listed = *at;
    if (!is_old(broker, listed, now)) {
      at = &listed->next;
      continue;
    }
    *at = listed->next;
    unhook_listed(broker, listed);
    free(listed);
  }
}

static void forget_order(broker_order *order) {
  neap_coinbase_broker *broker = order->broker;
  broker_order **at = bucket_of(broker->by_number, order->ticket.number);
  while (*at != order) at = &(*at)->beside_number;
  *at = order->beside_number;
  at = bucket_of(broker->by_client, broker_hash(order->ticket.id));
  while (*at != order) at = &(*at)->beside_client;
  *at = order->beside_client;
  for (broker_listed *listed = broker->listed; listed; listed = listed->next)
    if (listed->order == order) listed->order = NULL, listed->open = false, listed->resolved = true;
  leave(order);
  free(order->entries);
  free(order);
}

void broker_forget_old(neap_coinbase_broker *broker) {
  int64_t now = broker_now(broker);
  for (broker_order *order = broker->over_first; order && now - order->over_at > KEPT && !order->call;) {
    if (order->edit_call) break;
    forget_order(order);
    order = broker->over_first;
  }
  forget_listed(broker, now);
}

void broker_free_names(neap_coinbase_broker *broker) {
  while (broker->listed) {
    broker_listed *listed = broker->listed;
    broker->listed = listed->next;
    free(listed);
  }
  while (broker->over_first) forget_order(broker->over_first);
  while (broker->working) forget_order(broker->working);
}
