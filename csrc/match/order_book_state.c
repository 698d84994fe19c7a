/* SPDX-License-Identifier: MIT */
#include "match/order_book_state.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SIZE = 64 };

static uint32_t mix(const neap_order_book *book, uint64_t id) {
  id *= UINT64_C(0x9e3779b97f4a7c15);
  return (uint32_t)(id >> 32) & (book->size * 2 - 1);
}

static void index_add(neap_order_book *book, uint32_t slot) {
  uint32_t mask = book->size * 2 - 1, at = mix(book, book->orders[slot].order.id);
  while (book->index[at] != NEAP_NO_SLOT) at = (at + 1) & mask;
  book->index[at] = slot;
}

static uint32_t index_find(const neap_order_book *book, uint64_t id) {
  uint32_t mask = book->size * 2 - 1, at = mix(book, id);
  while (book->index[at] != NEAP_NO_SLOT && book->orders[book->index[at]].order.id != id) at = (at + 1) & mask;
  return at;
}

/* Closes the gap, so that no search stops before its entry (Knuth 6.4, algorithm R). */
static void index_remove(neap_order_book *book, uint64_t id) {
  uint32_t mask = book->size * 2 - 1, gap = index_find(book, id);
  for (uint32_t at = (gap + 1) & mask; book->index[at] != NEAP_NO_SLOT; at = (at + 1) & mask) {
    uint32_t home = mix(book, book->orders[book->index[at]].order.id);
    if (((at - home) & mask) < ((at - gap) & mask)) continue;
    book->index[gap] = book->index[at];
    gap = at;
  }
  book->index[gap] = NEAP_NO_SLOT;
}

uint32_t neap_order_book_slot(const neap_order_book *book, uint64_t id) { return book->index[index_find(book, id)]; }

neap_status neap_order_book_new(neap_order_book **out) {
  neap_order_book *book = calloc(1, sizeof *book);
  *out = book;
  if (!book) return NEAP_MEMORY;
  *book = (neap_order_book){.now = INT64_MIN, .free_order = NEAP_NO_SLOT, .free_queue = NEAP_NO_SLOT};
  neap_status status = neap_levels_init(&book->side[NEAP_BUY]);
  if (status == NEAP_OK) status = neap_levels_init(&book->side[NEAP_SELL]);
  if (status == NEAP_OK) status = neap_order_book_reserve(book, NEAP_BUY);
  if (status == NEAP_OK) return NEAP_OK;
  neap_order_book_free(book);
  *out = NULL;
  return status;
}

void neap_order_book_free(neap_order_book *book) {
  if (!book) return;
  neap_levels_fini(&book->side[NEAP_BUY]);
  neap_levels_fini(&book->side[NEAP_SELL]);
  free(book->orders);
  free(book->queues);
  free(book->index);
  free(book->heap);
  free(book);
}

static neap_status grow(neap_order_book *book) {
  uint32_t size = book->size ? book->size * 2 : FIRST_SIZE;
  neap_resting *orders = realloc(book->orders, size * sizeof *orders);
  if (orders) book->orders = orders;
  neap_queue *queues = realloc(book->queues, size * sizeof *queues);
  if (queues) book->queues = queues;
  uint32_t *heap = realloc(book->heap, size * sizeof *heap);
  if (heap) book->heap = heap;
  uint32_t *index = realloc(book->index, 2 * (size_t)size * sizeof *index);
  if (index) book->index = index;
  if (!orders || !queues || !heap || !index) return NEAP_MEMORY;
  uint32_t before = book->size;
  book->size = size;
  memset(book->index, 0xff, 2 * (size_t)size * sizeof *book->index);
  for (uint32_t i = 0; i < before; i++) index_add(book, i); /* all are taken, or it would not grow */
  return NEAP_OK;
}

neap_status neap_order_book_reserve(neap_order_book *book, neap_side side) {
  neap_status status = book->count < book->size ? NEAP_OK : grow(book);
  return status == NEAP_OK ? neap_levels_reserve(&book->side[side]) : status;
}

static bool is_before(const neap_order_book *book, uint32_t a, uint32_t b) {
  const neap_resting *one = &book->orders[a], *two = &book->orders[b];
  if (one->order.good_till != two->order.good_till) return one->order.good_till < two->order.good_till;
  return one->serial < two->serial;
}

static void heap_set(neap_order_book *book, uint32_t at, uint32_t slot) {
  book->heap[at] = slot;
  book->orders[slot].heap = at;
}

static void heap_up(neap_order_book *book, uint32_t at, uint32_t slot) {
  for (uint32_t parent; at > 0 && is_before(book, slot, book->heap[parent = (at - 1) / 2]); at = parent)
    heap_set(book, at, book->heap[parent]);
  heap_set(book, at, slot);
}

static void heap_down(neap_order_book *book, uint32_t at, uint32_t slot) {
  for (uint32_t child; (child = 2 * at + 1) < book->heap_count; at = child) {
    if (child + 1 < book->heap_count && is_before(book, book->heap[child + 1], book->heap[child])) child++;
    if (!is_before(book, book->heap[child], slot)) break;
    heap_set(book, at, book->heap[child]);
  }
  heap_set(book, at, slot);
}

static void heap_remove(neap_order_book *book, uint32_t at) {
  uint32_t moved = book->heap[--book->heap_count];
  if (at == book->heap_count) return;
  heap_up(book, at, moved);
  heap_down(book, book->orders[moved].heap, moved);
}

uint32_t neap_order_book_queue(const neap_order_book *book, neap_side side, int64_t price) {
  const int64_t *found = neap_levels_find(&book->side[side], neap_queue_key(side, price));
  return found ? (uint32_t)*found : NEAP_NO_SLOT;
}

uint32_t neap_order_book_best(const neap_order_book *book, neap_side side) {
  int64_t key, queue;
  return neap_levels_first(&book->side[side], &key, &queue) ? (uint32_t)queue : NEAP_NO_SLOT;
}

static uint32_t open_queue(neap_order_book *book, neap_side side, int64_t price) {
  uint32_t queue = neap_order_book_queue(book, side, price);
  if (queue != NEAP_NO_SLOT) return queue;
  queue = book->free_queue;
  if (queue == NEAP_NO_SLOT)
    queue = book->queues_used++;
  else
    book->free_queue = book->queues[queue].first;
  book->queues[queue] = (neap_queue){.price = price, .first = NEAP_NO_SLOT, .last = NEAP_NO_SLOT};
  neap_levels_put(&book->side[side], neap_queue_key(side, price), queue); /* there is room */
  return queue;
}

static uint32_t take_slot(neap_order_book *book) {
  uint32_t slot = book->free_order;
  if (slot == NEAP_NO_SLOT) return book->used++;
  book->free_order = book->orders[slot].next;
  return slot;
}

static void append(neap_order_book *book, uint32_t slot, uint32_t at) {
  neap_queue *queue = &book->queues[at];
  neap_resting *order = &book->orders[slot];
  order->level = at, order->previous = queue->last, order->next = NEAP_NO_SLOT;
  if (queue->last == NEAP_NO_SLOT)
    queue->first = slot;
  else
    book->orders[queue->last].next = slot;
  queue->last = slot;
  queue->count++;
  queue->quantity += order->left;
}

void neap_order_book_add(neap_order_book *book, const neap_match_order *order, int64_t left) {
  uint32_t slot = take_slot(book);
  book->orders[slot] = (neap_resting){.order = *order, .left = left, .serial = ++book->serial, .heap = NEAP_NO_SLOT};
  append(book, slot, open_queue(book, order->side, order->price));
  index_add(book, slot);
  book->count++;
  if (order->time_in_force == NEAP_GTD) heap_up(book, book->heap_count++, slot);
}

void neap_order_book_reduce(neap_order_book *book, uint32_t slot, int64_t by) {
  book->orders[slot].left -= by;
  book->queues[book->orders[slot].level].quantity -= by;
}

static void close_queue(neap_order_book *book, neap_side side, uint32_t at) {
  neap_levels_remove(&book->side[side], neap_queue_key(side, book->queues[at].price));
  book->queues[at].first = book->free_queue;
  book->free_queue = at;
}

void neap_order_book_remove(neap_order_book *book, uint32_t slot) {
  neap_resting *order = &book->orders[slot];
  neap_queue *queue = &book->queues[order->level];
  uint32_t *before = order->previous == NEAP_NO_SLOT ? &queue->first : &book->orders[order->previous].next;
  uint32_t *behind = order->next == NEAP_NO_SLOT ? &queue->last : &book->orders[order->next].previous;
  *before = order->next;
  *behind = order->previous;
  queue->quantity -= order->left;
  if (--queue->count == 0) close_queue(book, order->order.side, order->level);
  if (order->heap != NEAP_NO_SLOT) heap_remove(book, order->heap);
  index_remove(book, order->order.id);
  order->next = book->free_order;
  book->free_order = slot;
  book->count--;
}
