/* SPDX-License-Identifier: MIT */
/* order_book_state: what the parts of order_book share among themselves; nobody else includes it. */
#ifndef NEAP_MATCH_ORDER_BOOK_STATE_H
#define NEAP_MATCH_ORDER_BOOK_STATE_H

#include "match/order_book.h"

#define NEAP_NO_SLOT UINT32_MAX

typedef struct neap_resting {
  neap_match_order order;
  int64_t left;
  uint64_t serial;         /* when it came to rest: breaks ties of expiry */
  uint32_t next, previous; /* in its queue; `next` of a free one: the next free one */
  uint32_t level;
  uint32_t heap; /* its place among those that expire, NEAP_NO_SLOT: it does not */
} neap_resting;

typedef struct neap_queue { /* of one price */
  int64_t price, quantity;
  uint32_t first, last, count; /* `first` of a free one: the next free one */
} neap_queue;

struct neap_order_book {
  neap_levels side[2]; /* price, negated for buys, to queue */
  neap_resting *orders;
  neap_queue *queues;
  uint32_t *index;                        /* hash of id to order, twice as large as `orders` */
  uint32_t *heap;                         /* orders by good_till and serial */
  uint32_t size, used, count, heap_count; /* `size` of all four */
  uint32_t free_order, free_queue, queues_used;
  uint64_t serial;
  int64_t now;
};

/* Room for one more order at a price of its own: after it adding cannot fail. */
neap_status neap_order_book_reserve(neap_order_book *book, neap_side side);
uint32_t neap_order_book_slot(const neap_order_book *book, uint64_t id); /* NEAP_NO_SLOT */
uint32_t neap_order_book_queue(const neap_order_book *book, neap_side side, int64_t price);
uint32_t neap_order_book_best(const neap_order_book *book, neap_side side); /* a queue, or NEAP_NO_SLOT */
/* At the end of its price's queue. */
void neap_order_book_add(neap_order_book *book, const neap_match_order *order, int64_t left);
void neap_order_book_remove(neap_order_book *book, uint32_t slot);
void neap_order_book_reduce(neap_order_book *book, uint32_t slot, int64_t by); /* not to zero */

static inline int64_t neap_queue_key(neap_side side, int64_t price) { return side == NEAP_BUY ? -price : price; }

#endif
