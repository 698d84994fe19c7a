/* SPDX-License-Identifier: MIT */
/* market_shelf: what a recorded book says rests at each price, and the maker's orders that stand for it. Where the
 * recording has more, an order comes at the end of the queue; where it has less, the youngest of the maker's orders
 * shrink in their place: a participant's order is never moved forward by a guess. What participants took comes again
 * when the recording next speaks of that price. */
#ifndef NEAP_VENUE_MARKET_SHELF_H
#define NEAP_VENUE_MARKET_SHELF_H

#include "market/levels.h"
#include "venue/market_state.h"

enum { NEAP_SHELF_ORDERS = 8 }; /* of a price; the youngest two are made one where there would be more */

typedef struct neap_shelf_level {
  int64_t price, recorded;
  neap_side side;
  bool is_touched;
  uint32_t count;
  uint64_t order[NEAP_SHELF_ORDERS]; /* the oldest first; some may be gone */
} neap_shelf_level;

typedef struct neap_shelf {
  neap_levels side[2];      /* price, negated for buys, to level */
  neap_shelf_level *levels; /* a pool */
  size_t level_count, level_size;
  uint32_t *free_levels, *touched;
  size_t free_count, free_size, touched_count, touched_size;
} neap_shelf;

neap_status neap_shelf_init(neap_shelf *shelf); /* NEAP_MEMORY; fini is called in any case */
void neap_shelf_fini(neap_shelf *shelf);

/* What the recording says of a price; it is done by neap_shelf_settle. NEAP_MEMORY. */
neap_status neap_shelf_record(neap_shelf *shelf, neap_side side, int64_t price, int64_t size);
void neap_shelf_forget(neap_shelf *shelf); /* everything is recorded as 0: before a snapshot */
/* Makes the maker's orders what was recorded, at all prices that were touched since the last time: first what leaves,
 * then what comes, so that the maker never meets himself. */
void neap_shelf_settle(neap_shelf *shelf, neap_venue_market *market);

/* Somebody took `size` from `side` at `price`, says the recording: whatever of the maker's is better there, or would be
 * crossed by it, is gone already, and at least `size` stands at the price. NEAP_MEMORY. */
neap_status neap_shelf_expose(neap_shelf *shelf, neap_venue_market *market, neap_side side, int64_t price,
                              int64_t size);
void neap_shelf_clear(neap_shelf *shelf, neap_venue_market *market); /* takes everything back */

#endif
