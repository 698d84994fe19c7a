/* SPDX-License-Identifier: MIT */
/* recent: what the checks remember between orders: the orders of the last minute and the failures in a row. It
 * changes by events only: by each accepted order when it is journalled, by each failed order and each success. */
#ifndef NEAP_RISK_RECENT_H
#define NEAP_RISK_RECENT_H

#include "account/order.h"

enum { NEAP_RECENT_ORDERS = 1000, NEAP_RECENT_SLOTS = 1024 };
#define NEAP_RECENT_SPAN INT64_C(60000000000)

/* The latest orders: at most NEAP_RECENT_ORDERS, none older than a minute before the newest. All zero: none. */
typedef struct neap_recent {
  uint64_t first, next; /* numbers within this list, from 1; next - first are there */
  int64_t time[NEAP_RECENT_SLOTS];
  uint64_t key[NEAP_RECENT_SLOTS], older[NEAP_RECENT_SLOTS]; /* older: number of the one before in its bucket */
  uint64_t bucket[NEAP_RECENT_SLOTS];                        /* number of its newest */
  uint32_t product[NEAP_RECENT_SLOTS];
} neap_recent;

typedef struct neap_recent_orders {
  neap_recent journalled;
  neap_recent waiting; /* accepted in the running callback, not journalled yet */
} neap_recent_orders;

typedef struct neap_failures { /* of one strategy, in a row */
  int64_t count, at;           /* at: the latest */
} neap_failures;

/* The same for orders that ask for the same: strategy, product, side, type, amount and prices. */
uint64_t neap_order_key(const neap_ticket *ticket);

enum { NEAP_RECENT_ANY_PRODUCT = UINT16_MAX }; /* of an order of which it is not known: it counts for each */

/* Time never goes back. */
void neap_recent_add(neap_recent *recent, uint64_t key, uint32_t product, int64_t time);
void neap_recent_clear(neap_recent *recent);
/* How many since then, the instant counted. */
uint64_t neap_recent_since(const neap_recent *recent, int64_t time);
uint64_t neap_recent_of_product(const neap_recent *recent, uint32_t product, int64_t time);
/* Was the same asked for after that instant? */
bool neap_recent_has(const neap_recent *recent, uint64_t key, int64_t after);

/* A failed order: after a pause of `cooldown` ns the count begins anew. */
void neap_failures_add(neap_failures *failures, int64_t now, int64_t cooldown);
/* Those that still count. */
int64_t neap_failures_at(const neap_failures *failures, int64_t now, int64_t cooldown);

#endif
