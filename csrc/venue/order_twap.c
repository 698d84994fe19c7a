/* SPDX-License-Identifier: MIT */
/* order_twap: an order in buckets: at the start of each, what is due by then and not yet filled stands in the book at
 * the order's limit. What a bucket did not get, the next one asks for, too. */
#include "venue/orders_state.h"

static int64_t due_by_now(const neap_venue_order *order) {
  int64_t due = order->buckets_done == order->buckets ? order->size : (int64_t)order->buckets_done * order->bucket_size;
  return due - order->filled - order->removed;
}

/* A bucket of a market that takes no orders is passed over: the next one asks for what it would have. */
static bool is_closed(neap_venue *venue, const neap_venue_order *order) {
  neap_venue_product *product = &venue->products[order->product];
  const uint32_t closed = NEAP_PRODUCT_DISABLED | NEAP_PRODUCT_CANCEL_ONLY | NEAP_PRODUCT_VIEW_ONLY;
  return (product->facts.flags | neap_venue_product_book(venue, product)->facts.flags) & closed;
}

static void begin_bucket(neap_venue *venue, uint64_t number) {
  neap_venue_order *order = venue->orders[number - 1];
  if (neap_venue_order_is_over(order)) return;
  order->buckets_done++;
  int64_t next = order->start_time + order->buckets_done * order->bucket_duration, due = due_by_now(order);
  if (order->buckets_done < order->buckets) neap_venue_at(venue, next, begin_bucket, number);
  neap_order_pull(venue, order);
  if (due > 0 && !is_closed(venue, order)) neap_order_submit(venue, order, due, order->limit);
  neap_order_chores(venue);
}

void neap_twap_start(neap_venue *venue, neap_venue_order *order) {
  if (order->start_time > venue->now)
    neap_venue_at(venue, order->start_time, begin_bucket, order->number);
  else
    begin_bucket(venue, order->number);
}
