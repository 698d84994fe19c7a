/* SPDX-License-Identifier: MIT */
/* market_ladder: the quotes of a maker on both sides of a price. They are dense at the touch and thin out, small at the
 * touch and larger behind; they follow the price, are filled up a few at a time, and are re-quoted. Whoever trades
 * takes them from the front; what is gone is found there. */
#ifndef NEAP_VENUE_MARKET_LADDER_H
#define NEAP_VENUE_MARKET_LADDER_H

#include "venue/market_state.h"

typedef struct neap_market_quote {
  uint64_t id;
  int64_t price;
} neap_market_quote;

typedef struct neap_quote_ring { /* one side, the best first */
  neap_market_quote *items;
  size_t first, count, size; /* size: a power of two */
} neap_quote_ring;

typedef struct neap_ladder {
  neap_quote_ring side[2];
  int64_t levels;  /* a side */
  int64_t gap;     /* usual distance of two quotes at the touch, increments × 16 */
  int64_t size;    /* usual size at the touch, lots */
  int64_t percent; /* of levels and sizes that stand now: below 100 it is thin */
  int64_t slack;   /* how far the touch may be from where it should be, in sixteenths of the usual distance */
  int64_t hits;    /* percent of the quotes which the price goes through that are hit; the others leave in time */
} neap_ladder;

/* `volume`: what is traded in a day, lots. NEAP_MEMORY; fini is called in any case. */
neap_status neap_ladder_init(neap_ladder *ladder, const neap_venue_market *market, int64_t volume, neap_fault *fault);
void neap_ladder_fini(neap_ladder *ladder);

/* Makes `bid` and `ask` (bid < ask) the touch, but for the slack, and fills up at most `most` quotes a side. A `bid`
 * below 1: that side has none. */
void neap_ladder_move(neap_ladder *ladder, neap_venue_market *market, int64_t bid, int64_t ask, int64_t most);
/* One of the quotes leaves, and comes again with another size; between two that are far apart another one comes. */
void neap_ladder_refresh(neap_ladder *ladder, neap_venue_market *market);
/* At the touch of `side` stands at least `size`. */
void neap_ladder_offer(neap_ladder *ladder, neap_venue_market *market, neap_side side, int64_t size);
void neap_ladder_clear(neap_ladder *ladder, neap_venue_market *market);

/* Half of a spread in basis points × 10^6, around a price in 2^-20 increments: the touch, whole increments apart. */
void neap_ladder_touch(int64_t price, int64_t spread, int64_t *bid, int64_t *ask);

#endif
