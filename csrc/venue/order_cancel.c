/* SPDX-License-Identifier: MIT */
/* order_cancel: who ends an order before it is done: its user, the venue, the end of its product. */
#include <stdlib.h>
#include <string.h>

#include "venue/orders_state.h"
#include "venue/stream.h"

static void cancel_now(neap_venue *venue, uint64_t number) {
  neap_order_end(venue, venue->orders[number - 1], NEAP_VENUE_CANCELLED, "User requested cancel");
  neap_order_chores(venue);
}

static const char *why_not(const neap_venue_order *order) {
  switch (order->status) {
  case NEAP_VENUE_FILLED:
    return "ORDER_IS_FULLY_FILLED";
  case NEAP_VENUE_CANCEL_QUEUED:
  case NEAP_VENUE_CANCELLED:
    return "DUPLICATE_CANCEL_REQUEST";
  case NEAP_VENUE_EXPIRED:
  case NEAP_VENUE_FAILED:
    return "UNKNOWN_CANCEL_ORDER";
  default:
    return NULL;
  }
}

static bool allows_cancels(const neap_venue_product *product) {
  return !(product->facts.flags & (NEAP_PRODUCT_DISABLED | NEAP_PRODUCT_VIEW_ONLY));
}

const char *neap_venue_order_cancel(neap_venue *venue, uint32_t portfolio, const char *order_id) {
  neap_venue_order *order = neap_venue_order_named(venue, order_id);
  if (!order || order->portfolio != portfolio) return "UNKNOWN_CANCEL_ORDER";
  const char *why = why_not(order);
  if (why) return why;
  if (!allows_cancels(&venue->products[order->product])) return "COMMANDER_REJECTED_CANCEL_ORDER";
  order->status = NEAP_VENUE_CANCEL_QUEUED;
  neap_order_changed(venue, order);
  if (venue->options.cancel_after <= 0)
    cancel_now(venue, order->number);
  else
    neap_venue_at(venue, venue->now + venue->options.cancel_after, cancel_now, order->number);
  return NULL;
}

neap_status neap_venue_end_order(neap_venue *venue, const char *order_id, const char *message, neap_fault *fault) {
  neap_venue_order *order = neap_venue_order_named(venue, order_id);
  if (!order || neap_venue_order_is_over(order))
    return neap_fail(fault, NEAP_NOT_FOUND, "unknown_order", "no open order has the id %.40s", order_id);
  char *words = strdup(message);
  if (!words) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a message");
  free(order->words);
  order->words = words;
  neap_order_end(venue, order, NEAP_VENUE_CANCELLED, words);
  neap_order_chores(venue);
  return NEAP_OK;
}

static void end_all(neap_venue *venue, const neap_venue_product *product) {
  for (size_t i = 0; i < venue->order_count; i++) {
    neap_venue_order *order = venue->orders[i];
    if (neap_order_book_of(venue, order) == product || &venue->products[order->product] == product)
      neap_order_end(venue, order, NEAP_VENUE_CANCELLED, "The product was delisted");
  }
  neap_order_chores(venue);
}

neap_status neap_venue_set_product(neap_venue *venue, const char *id, uint32_t flags, bool delisted,
                                   neap_fault *fault) {
  neap_venue_product *product = neap_venue_product_named(venue, id);
  if (!product) {
    neap_fail(fault, NEAP_NOT_FOUND, "unknown_product", "there is no product %.40s", id);
    const char *nearest = neap_venue_nearest_product(venue, id);
    if (nearest) neap_fault_set_nearest(fault, nearest);
    return NEAP_NOT_FOUND;
  }
  bool was_auction = product->facts.flags & NEAP_PRODUCT_AUCTION;
  product->facts.flags = flags, product->is_delisted = delisted;
  neap_stream_product_changed(venue, product);
  if (delisted) end_all(venue, product);
  if (was_auction && !(flags & NEAP_PRODUCT_AUCTION)) neap_auction_over(venue, product);
  return NEAP_OK;
}
