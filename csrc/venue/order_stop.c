/* SPDX-License-Identifier: MIT */
/* order_stop: who waits for the last trade price to reach a stop: two heaps per book. An entry is not taken out when
 * its order ends or its stop moves; it is passed over when its price comes. */
#include "venue/orders_state.h"

/* Of two that wait for a rise the lower is first, for a fall the higher; at a price who came first. */
static bool is_before(const neap_venue_stop *a, const neap_venue_stop *b, bool is_up) {
  if (a->price != b->price) return (a->price < b->price) == is_up;
  return a->number < b->number;
}

static void swap(neap_venue_stop *a, neap_venue_stop *b) {
  neap_venue_stop kept = *a;
  *a = *b, *b = kept;
}

void neap_stop_wait(neap_venue *venue, neap_venue_order *order) {
  neap_venue_product *book = neap_order_book_of(venue, order);
  bool is_up = order->stop_is_up;
  neap_venue_stop *added = is_up ? neap_venue_push(&book->stops, &book->stop_count, &book->stop_size, sizeof *added)
                                 : neap_venue_push(&book->falls, &book->fall_count, &book->fall_size, sizeof *added);
  if (!added) {
    venue->has_failed = true;
    return;
  }
  *added = (neap_venue_stop){order->stop, order->number};
  neap_venue_stop *heap = is_up ? book->stops : book->falls;
  size_t at = (is_up ? book->stop_count : book->fall_count) - 1;
  for (; at && is_before(&heap[at], &heap[(at - 1) / 2], is_up); at = (at - 1) / 2)
    swap(&heap[at], &heap[(at - 1) / 2]);
}

static neap_venue_stop pop(neap_venue_stop *heap, size_t *count, bool is_up) {
  neap_venue_stop first = heap[0];
  heap[0] = heap[--*count];
  for (size_t at = 0, least = 0;; at = least) {
    for (size_t child = at * 2 + 1; child <= at * 2 + 2 && child < *count; child++)
      if (is_before(&heap[child], &heap[least], is_up)) least = child;
    if (least == at) return first;
    swap(&heap[at], &heap[least]);
  }
}

static bool still_waits(const neap_venue_order *order, const neap_venue_stop *stop) {
  return !neap_venue_order_is_over(order) && !order->is_triggered && order->stop == stop->price;
}

static void look(neap_venue *venue, neap_venue_stop *heap, size_t *count, int64_t price, bool is_up) {
  while (*count && (is_up ? heap[0].price <= price : heap[0].price >= price)) {
    neap_venue_stop due = pop(heap, count, is_up);
    neap_venue_order *order = venue->orders[due.number - 1];
    if (!still_waits(order, &due)) continue;
    order->is_triggered = true;
    neap_order_changed(venue, order);
    neap_order_chore(venue, order);
  }
}

void neap_stops_look(neap_venue *venue, neap_venue_product *book, int64_t price) {
  look(venue, book->stops, &book->stop_count, price, true);
  look(venue, book->falls, &book->fall_count, price, false);
}
