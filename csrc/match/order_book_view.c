/* SPDX-License-Identifier: MIT */
/* order_book_view: what an order book shows, and whether it is sound. */
#include <inttypes.h>

#include "match/order_book_state.h"

neap_status neap_order_book_find(const neap_order_book *book, uint64_t id, neap_match_place *out) {
  uint32_t slot = neap_order_book_slot(book, id);
  if (slot == NEAP_NO_SLOT) return NEAP_NOT_FOUND;
  *out = (neap_match_place){.order = book->orders[slot].order, .left = book->orders[slot].left};
  for (uint32_t at = book->orders[slot].previous; at != NEAP_NO_SLOT; at = book->orders[at].previous) {
    out->ahead += book->orders[at].left;
    out->orders_ahead++;
  }
  return NEAP_OK;
}

size_t neap_order_book_levels(const neap_order_book *book, neap_side side, size_t most, neap_match_level *out) {
  const neap_levels *map = &book->side[side];
  neap_levels_cursor at = {map->first, 0};
  int64_t key, number;
  size_t count = 0;
  while (count < most && neap_levels_next(map, &at, &key, &number)) {
    const neap_queue *queue = &book->queues[number];
    out[count++] = (neap_match_level){.price = queue->price, .quantity = queue->quantity, .orders = queue->count};
  }
  return count;
}

int64_t neap_order_book_quantity(const neap_order_book *book, neap_side side, int64_t price) {
  const int64_t *number = neap_levels_find(&book->side[side], neap_queue_key(side, price));
  return number ? book->queues[*number].quantity : 0;
}

size_t neap_order_book_count(const neap_order_book *book) { return book->count; }

static neap_status broken(neap_fault *fault, const char *what) {
  return neap_fail(fault, NEAP_BROKEN, "order_book", "%s", what);
}

static neap_status check_queue(const neap_order_book *book, neap_side side, uint32_t number, neap_fault *fault) {
  const neap_queue *queue = &book->queues[number];
  int64_t sum = 0;
  uint32_t count = 0, previous = NEAP_NO_SLOT;
  uint64_t serial = 0;
  for (uint32_t slot = queue->first; slot != NEAP_NO_SLOT; slot = book->orders[slot].next) {
    const neap_resting *order = &book->orders[slot];
    if (order->left <= 0 || order->order.side != side || order->order.price != queue->price || order->level != number)
      return broken(fault, "an order is in a queue that is not its own");
    if (order->previous != previous || order->serial <= serial) return broken(fault, "a queue is out of order");
    if (neap_order_book_slot(book, order->order.id) != slot) return broken(fault, "an order is not found by its id");
    sum += order->left, serial = order->serial, previous = slot, count++;
  }
  bool whole = sum == queue->quantity && count == queue->count && count > 0 && queue->last == previous;
  return whole ? NEAP_OK : broken(fault, "a queue's sums are not those of its orders");
}

static neap_status check_heap(const neap_order_book *book, neap_fault *fault) {
  for (uint32_t i = 0; i < book->heap_count; i++) {
    const neap_resting *order = &book->orders[book->heap[i]], *parent = &book->orders[book->heap[i ? (i - 1) / 2 : 0]];
    if (order->heap != i || order->order.time_in_force != NEAP_GTD || order->order.good_till <= book->now)
      return broken(fault, "an order that should expire is not where it is looked for");
    if (parent->order.good_till > order->order.good_till) return broken(fault, "expiry is out of order");
  }
  return NEAP_OK;
}

neap_status neap_order_book_check(const neap_order_book *book, neap_fault *fault) {
  neap_status status = check_heap(book, fault);
  size_t count = 0;
  for (int side = 0; side < 2; side++) {
    neap_levels_cursor at = {book->side[side].first, 0};
    int64_t key, number;
    while (status == NEAP_OK && neap_levels_next(&book->side[side], &at, &key, &number)) {
      status = check_queue(book, (neap_side)side, (uint32_t)number, fault);
      count += book->queues[number].count;
    }
  }
  if (status != NEAP_OK) return status;
  if (count != book->count) return broken(fault, "orders are lost");
  uint32_t bid = neap_order_book_best(book, NEAP_BUY), ask = neap_order_book_best(book, NEAP_SELL);
  if (bid == NEAP_NO_SLOT || ask == NEAP_NO_SLOT || book->queues[bid].price < book->queues[ask].price) return NEAP_OK;
  return broken(fault, "the book is crossed");
}
