/* SPDX-License-Identifier: MIT */
/* order_auction: what comes while a product is in an auction waits outside its book, which is never crossed; when the
 * auction is over it comes into the book in its order, and matches what it crosses. */
#include "venue/orders_state.h"

bool neap_auction_takes(neap_venue *venue, neap_venue_product *book, const neap_match_order *order) {
  if (!(book->facts.flags & NEAP_PRODUCT_AUCTION)) return false;
  neap_match_order *kept =
      neap_venue_push(&book->auction, &book->auction_count, &book->auction_size, sizeof *book->auction);
  if (kept)
    *kept = *order;
  else
    venue->has_failed = true;
  return true;
}

void neap_auction_drop(neap_venue_product *book, uint64_t id) {
  for (size_t i = 0; i < book->auction_count; i++)
    if (book->auction[i].id == id) book->auction[i].id = 0;
}

static void enter(neap_venue *venue, neap_venue_product *book, const neap_match_order *entry) {
  if (!entry->id) return;
  if (entry->id & NEAP_HOUSE_ORDER) {
    neap_venue_house_submit(venue, book, entry);
    return;
  }
  neap_venue_order *order = venue->orders[entry->id - 1];
  order->in_auction = false;
  neap_order_submit(venue, order, order->left, order->booked_price);
  neap_order_chores(venue);
}

void neap_auction_over(neap_venue *venue, neap_venue_product *book) {
  for (size_t i = 0; i < book->auction_count; i++) {
    neap_match_order entry = book->auction[i];
    enter(venue, book, &entry);
  }
  book->auction_count = 0;
}
