/* SPDX-License-Identifier: MIT */
/* working_orders: the orders that paper keeps, by product, in order of arrival. They may be added and dropped while
 * somebody walks them. */
#ifndef NEAP_BROKER_PAPER_WORKING_ORDERS_H
#define NEAP_BROKER_PAPER_WORKING_ORDERS_H

#include "match/candle_fill.h"
#include "match/queue_place.h"

typedef struct neap_working neap_working;
struct neap_working {
  neap_working_order order;
  uint64_t arrival;  /* from 1 */
  uint64_t looked;   /* the walk that has looked at it last */
  bool filled, gone; /* gone: no longer working; its memory lasts until the outermost leave */
  /* On a recorded book: */
  bool waits, arrived, accepted; /* at the venue, perhaps until its book is whole; its book has met it; told */
  neap_queue_place place;        /* of one that rests */
  neap_decimal untold;           /* the quantity of an order by amount that no fill has told yet, or zero */
  neap_working *previous, *next, *discarded;
  neap_working *beside; /* of its bucket */
};

typedef struct neap_working_list { /* of one product */
  neap_working *first, *last;
  uint32_t count;
  int64_t bar;       /* start of the bar that `used` belongs to */
  neap_decimal used; /* volume */
} neap_working_list;

typedef struct neap_working_orders {
  neap_working_list *lists;
  uint32_t products;
  uint64_t arrivals;
  unsigned depth;                   /* of enter */
  neap_working *discarded, *spare;  /* linked by `discarded`; spare: their memory serves the next */
  neap_working **buckets;           /* by number; a power of two of them, NULL before the first order */
  size_t bucket_count, found_count; /* orders in them */
} neap_working_orders;

neap_status neap_working_orders_init(neap_working_orders *orders, uint32_t products);
void neap_working_orders_fini(neap_working_orders *orders);

/* Between enter and leave no order's memory goes away. They nest. */
void neap_working_orders_enter(neap_working_orders *orders);
void neap_working_orders_leave(neap_working_orders *orders);

neap_working *neap_working_orders_add(neap_working_orders *orders, const neap_ticket *ticket,
                                      int64_t now);                                         /* NULL: memory */
neap_working *neap_working_orders_find(const neap_working_orders *orders, uint64_t number); /* NULL: not working */
/* Ends an order's work. Only between enter and leave. */
void neap_working_orders_drop(neap_working_orders *orders, neap_working *working);

#endif
