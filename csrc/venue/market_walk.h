/* SPDX-License-Identifier: MIT */
/* market_walk: the fair price of a generated market: a walk with trends of minutes and of days, gaps, and crashes that
 * all products of a seed share. Whole numbers alone: returns are billionths, the price 2^-20 of an increment. */
#ifndef NEAP_VENUE_MARKET_WALK_H
#define NEAP_VENUE_MARKET_WALK_H

#include "venue/market_dice.h"
#include "venue/market_settings.h"

enum { NEAP_WALK_SHIFT = 20 };

typedef struct neap_walk_mood { /* a time of its own drift and liveliness */
  int64_t until;                /* ns */
  int64_t drift;                /* of a second, billionths × 1024 */
  int64_t lively;               /* percent of the usual deviation */
} neap_walk_mood;

typedef struct neap_walk_tide { /* what all products of a seed have in common, second by second */
  neap_market_dice dice;
  neap_walk_mood mood; /* of days */
  int64_t second;      /* that is reckoned, since 1970 */
  int64_t crash;       /* seconds that are left of one */
  int64_t fall;        /* of each of them, billionths */
} neap_walk_tide;

typedef struct neap_walk {
  neap_walk_tide tide;
  neap_market_dice dice;
  neap_walk_mood mood;         /* of minutes */
  int64_t usual;               /* deviation of a day, billionths */
  int64_t trend;               /* thousandths */
  int64_t gaps, crashes;       /* a day, thousandths */
  int64_t beta;                /* percent: how much it follows the tide */
  int64_t price, first, least; /* 2^-20 increments */
  int64_t pending;             /* of an impact, billionths, that has yet to come */
  int64_t time;                /* ns, of the price */
} neap_walk;

/* `own` tells the products of a seed apart. `price` in increments. */
void neap_walk_init(neap_walk *walk, const neap_market_settings *settings, uint64_t own, int64_t price, int64_t now);
/* Moves the price to `now`; true: by a gap. */
bool neap_walk_move(neap_walk *walk, int64_t now);
/* What somebody's trades do to it, billionths: it drifts there within some steps. */
static inline void neap_walk_push(neap_walk *walk, int64_t billionths) { walk->pending += billionths; }
static inline bool neap_walk_crashes(const neap_walk *walk) { return walk->tide.crash > 0; }

#endif
