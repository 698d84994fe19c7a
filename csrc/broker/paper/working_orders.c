/* SPDX-License-Identifier: MIT */
/* working_orders: lists whose members stay in memory as long as anybody may be standing on them. */
#include "broker/paper/working_orders.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_BUCKETS = 64 };

neap_status neap_working_orders_init(neap_working_orders *orders, uint32_t products) {
  *orders = (neap_working_orders){.products = products};
  orders->lists = calloc(products ? products : 1, sizeof *orders->lists);
  if (!orders->lists) return NEAP_MEMORY;
  for (uint32_t i = 0; i < products; i++) orders->lists[i].bar = INT64_MIN;
  return NEAP_OK;
}

static void unhook(neap_working_list *list, neap_working *working) {
  *(working->previous ? &working->previous->next : &list->first) = working->next;
  *(working->next ? &working->next->previous : &list->last) = working->previous;
}

static neap_working **bucket_of(const neap_working_orders *orders, uint64_t number) {
  return &orders->buckets[number & (orders->bucket_count - 1)];
}

/* Numbers follow each other: the low bits spread them evenly. */
static bool grow(neap_working_orders *orders) {
  size_t count = orders->bucket_count ? orders->bucket_count * 2 : FIRST_BUCKETS;
  neap_working_orders wider = {.buckets = calloc(count, sizeof *wider.buckets), .bucket_count = count};
  if (!wider.buckets) return false;
  for (size_t i = 0; i < orders->bucket_count; i++)
    for (neap_working *at = orders->buckets[i], *beside; at; at = beside) {
      neap_working **bucket = bucket_of(&wider, at->order.ticket.number);
      beside = at->beside;
      at->beside = *bucket;
      *bucket = at;
    }
  free(orders->buckets);
  orders->buckets = wider.buckets;
  orders->bucket_count = count;
  return true;
}

static void forget(neap_working_orders *orders, const neap_working *working) {
  neap_working **at = bucket_of(orders, working->order.ticket.number);
  while (*at != working) at = &(*at)->beside;
  *at = working->beside;
  orders->found_count--;
}

static void sweep(neap_working_orders *orders) {
  while (orders->discarded) {
    neap_working *working = orders->discarded;
    orders->discarded = working->discarded;
    unhook(&orders->lists[working->order.ticket.product], working);
    forget(orders, working);
    working->discarded = orders->spare;
    orders->spare = working;
  }
}

static void free_spares(neap_working_orders *orders) {
  while (orders->spare) {
    neap_working *working = orders->spare;
    orders->spare = working->discarded;
    free(working);
  }
}

void neap_working_orders_fini(neap_working_orders *orders) {
  sweep(orders);
  free_spares(orders);
  for (uint32_t i = 0; orders->lists && i < orders->products; i++)
    while (orders->lists[i].first) {
      neap_working *working = orders->lists[i].first;
      unhook(&orders->lists[i], working);
      free(working);
    }
  free(orders->lists);
  free(orders->buckets);
  orders->lists = NULL;
  orders->buckets = NULL;
}

void neap_working_orders_enter(neap_working_orders *orders) { orders->depth++; }

void neap_working_orders_leave(neap_working_orders *orders) {
  if (--orders->depth == 0) sweep(orders);
}

static neap_working *blank(neap_working_orders *orders) {
  neap_working *working = orders->spare;
  if (working)
    orders->spare = working->discarded;
  else
    working = malloc(sizeof *working);
  if (working) memset(working, 0, sizeof *working);
  return working;
}

neap_working *neap_working_orders_add(neap_working_orders *orders, const neap_ticket *ticket, int64_t now) {
  neap_working_list *list = &orders->lists[ticket->product];
  bool has_room = orders->found_count < orders->bucket_count || grow(orders) || orders->bucket_count > 0;
  neap_working *working = has_room ? blank(orders) : NULL;
  if (!working) return NULL;
  working->order.ticket = *ticket;
  working->order.submitted = now;
  working->order.sized = ticket->sizing == NEAP_BY_QUANTITY;
  working->order.remaining = working->order.sized ? ticket->quantity : NEAP_ZERO;
  working->arrival = ++orders->arrivals;
  working->previous = list->last;
  *(list->last ? &list->last->next : &list->first) = working;
  list->last = working;
  list->count++;
  neap_working **bucket = bucket_of(orders, ticket->number);
  working->beside = *bucket;
  *bucket = working;
  orders->found_count++;
  return working;
}

neap_working *neap_working_orders_find(const neap_working_orders *orders, uint64_t number) {
  neap_working *at = orders->bucket_count ? *bucket_of(orders, number) : NULL;
  while (at && (at->order.ticket.number != number || at->gone)) at = at->beside;
  return at;
}

void neap_working_orders_drop(neap_working_orders *orders, neap_working *working) {
  working->gone = true;
  working->discarded = orders->discarded;
  orders->discarded = working;
  orders->lists[working->order.ticket.product].count--;
}
