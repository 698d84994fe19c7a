/* SPDX-License-Identifier: MIT */
/* order_index: finds a working order by its number, however many work. */
#include <stdlib.h>

#include "session/session_state.h"

enum { FIRST_BUCKETS = 64 };

/* Numbers follow each other: the low bits spread them evenly. */
static neap_order **bucket_of(neap_order **buckets, size_t count, uint64_t number) {
  return &buckets[number & (count - 1)];
}

static void put(neap_order **buckets, size_t count, neap_order *order) {
  neap_order **bucket = bucket_of(buckets, count, order->ticket.number);
  order->beside = *bucket;
  *bucket = order;
}

static bool grow(neap_session *session) {
  size_t count = session->bucket_count ? session->bucket_count * 2 : FIRST_BUCKETS;
  neap_order **buckets = calloc(count, sizeof *buckets);
  if (!buckets) return false;
  for (size_t i = 0; i < session->bucket_count; i++)
    for (neap_order *order = session->buckets[i], *beside; order; order = beside) {
      beside = order->beside;
      put(buckets, count, order);
    }
  free(session->buckets);
  session->buckets = buckets;
  session->bucket_count = count;
  return true;
}

bool order_index_add(neap_session *session, neap_order *order) {
  if (session->indexed == session->bucket_count && !grow(session)) return false;
  put(session->buckets, session->bucket_count, order);
  session->indexed++;
  return true;
}

void order_index_remove(neap_session *session, neap_order *order) {
  if (session->bucket_count == 0) return;
  neap_order **at = bucket_of(session->buckets, session->bucket_count, order->ticket.number);
  while (*at && *at != order) at = &(*at)->beside;
  if (!*at) return;
  *at = order->beside;
  session->indexed--;
}

neap_order *order_find(neap_session *session, uint64_t number) {
  neap_order *order = session->bucket_count ? *bucket_of(session->buckets, session->bucket_count, number) : NULL;
  while (order && order->ticket.number != number) order = order->beside;
  return order;
}
