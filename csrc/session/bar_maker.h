/* SPDX-License-Identifier: MIT */
/* bar_maker: the bars of markets that run: made of their trades as they come; where a trade may be missing, asked for.
 * Bars that end together come out together, and each product's in order. Pure: time is handed in. */
#ifndef NEAP_SESSION_BAR_MAKER_H
#define NEAP_SESSION_BAR_MAKER_H

#include "market/candle.h"
#include "session/strategy.h"

typedef struct neap_bar_maker neap_bar_maker;

typedef struct neap_bar_maker_options {
  int64_t frame;
  uint32_t products;
  int64_t grace;    /* ns after its end for which a bar waits for late trades */
  int64_t patience; /* ns for which one that is asked for holds up the others of its end */
} neap_bar_maker_options;

/* Nothing is known of the bar in which `now` lies, nor of those before. NEAP_MEMORY. */
neap_status neap_bar_maker_new(const neap_bar_maker_options *options, int64_t now, neap_bar_maker **out,
                               neap_fault *fault);
void neap_bar_maker_free(neap_bar_maker *maker); /* NULL is accepted */

/* A trade, as a bar of no length; `time` is the venue's. One of a bar that came out already is left out. */
void neap_bar_maker_trade(neap_bar_maker *maker, uint32_t product, const neap_candle *trade);
/* From here on trades may be missing; and no longer. */
void neap_bar_maker_lost(neap_bar_maker *maker, uint32_t product);
void neap_bar_maker_found(neap_bar_maker *maker, uint32_t product);

/* Time goes to `now`. Then, until it says no: the bars that are complete, all of one end. They are valid until the next
 * call. */
void neap_bar_maker_move(neap_bar_maker *maker, int64_t now);
uint32_t neap_bar_maker_take(neap_bar_maker *maker, neap_bar_event out[NEAP_STRATEGY_PRODUCTS]); /* 0: none */
/* A range of bars that somebody should ask for, each once per second at most; false: none. */
bool neap_bar_maker_wants(neap_bar_maker *maker, uint32_t *product, int64_t *from, int64_t *to);
/* What was asked for: the closed bars of [from, to), oldest first. */
void neap_bar_maker_answer(neap_bar_maker *maker, uint32_t product, int64_t to, const neap_candle *bars, size_t count);
int64_t neap_bar_maker_next(const neap_bar_maker *maker); /* when to move it */

typedef struct neap_bar_maker_counts {
  uint64_t made, asked, answered, late_trades, given_up; /* given_up: bars that nobody answered for in time */
} neap_bar_maker_counts;
void neap_bar_maker_counts_get(const neap_bar_maker *maker, neap_bar_maker_counts *out);

#endif
