/* SPDX-License-Identifier: MIT */
/* market_state: what the parts of the markets share among themselves; nobody else includes it. */
#ifndef NEAP_VENUE_MARKET_STATE_H
#define NEAP_VENUE_MARKET_STATE_H

#include "venue/market.h"
#include "venue/market_dice.h"
#include "venue/market_settings.h"
#include "venue/venue_state.h"

#define NEAP_MARKET_MOST_PRICE (INT64_C(1) << 36) /* increments */

/* What every market is: the struct of a kind begins with this one. */
struct neap_venue_market {
  neap_venue *venue;
  neap_venue_product *product;
  neap_market_settings settings;
  void (*run)(neap_venue_market *self);  /* what is due now; it asks for its next time */
  void (*fini)(neap_venue_market *self); /* frees what is its own, not itself; of one that began or failed to */
  neap_market_dice dice;
  uint64_t orders; /* made so far: of ids */
  int64_t rested;  /* ns in which the venue was away: a recording goes on so much later */
};

/* The kinds. `make` gives one that is all zero but for run and fini, NULL: memory is short; `begin` reads the bytes,
 * and then the book stands. A market whose begin failed has sent no order. */
typedef struct neap_market_maker {
  neap_venue_market *(*make)(void);
  neap_status (*begin)(neap_venue_market *self, const neap_venue_market_options *options, neap_fault *fault);
} neap_market_maker;
extern const neap_market_maker neap_market_generated, neap_market_candles, neap_market_trades, neap_market_book;

void neap_market_at(neap_venue_market *self, int64_t time); /* runs it then */

/* Whether its product takes orders now, and takers. */
bool neap_market_may_quote(const neap_venue_market *self);
bool neap_market_may_take(const neap_venue_market *self);

/* A resting order of the maker; returns its id. What of it trades at once does. */
uint64_t neap_market_rest(neap_venue_market *self, neap_side side, int64_t price, int64_t size);
void neap_market_cancel(neap_venue_market *self, uint64_t id);
void neap_market_reduce(neap_venue_market *self, uint64_t id, int64_t left); /* to `left` > 0; keeps its place */
void neap_market_take(neap_venue_market *self, neap_side side, int64_t price, int64_t size); /* what it can at once */
int64_t neap_market_left(const neap_venue_market *self, uint64_t id); /* of a resting order; 0: it rests no more */

/* The base volume of a day in increments, as the settings or the product list have it; at least 1. */
int64_t neap_market_day_volume(const neap_venue_market *self);

/* Where a replay is: recorded times on the venue's clock. */
typedef struct neap_market_tape {
  int64_t first, begun; /* recorded, and the venue's */
  int64_t speed;        /* millionths */
  const neap_venue_market *market;
} neap_market_tape;

/* NEAP_INVALID "out_of_range": the speed. */
neap_status neap_market_tape_begin(neap_market_tape *tape, const neap_venue_market *self, double speed, int64_t first,
                                   neap_fault *fault);
int64_t neap_market_tape_time(const neap_market_tape *tape, int64_t recorded);
/* The end of a recording: true: play it again, now, but not within a second of its beginning. Else it stays as it is,
 * or the product is halted (then the quotes are to be gone already). */
bool neap_market_tape_again(neap_market_tape *tape, const neap_venue_market *self);
static inline neap_market_end neap_market_end_of(const neap_venue_market *self) {
  return (neap_market_end)neap_market_setting(&self->settings, NEAP_WORD_END, 0);
}

#endif
