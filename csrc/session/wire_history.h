/* SPDX-License-Identifier: MIT */
/* wire_history: the bars before now that a session on a wire is shown first, asked of its feed in pieces. For wire
 * alone. */
#ifndef NEAP_SESSION_WIRE_HISTORY_H
#define NEAP_SESSION_WIRE_HISTORY_H

#include "market/market_feed.h"
#include "session/strategy.h"

typedef struct neap_wire_history neap_wire_history;

typedef struct neap_wire_history_options {
  const neap_market_feed *feed;
  int64_t frame;
  uint32_t products, bars; /* bars of each, at most; 0: none */
} neap_wire_history_options;

neap_status neap_wire_history_new(const neap_wire_history_options *options, int64_t now, neap_wire_history **out,
                                  neap_fault *fault);
void neap_wire_history_free(neap_wire_history *history); /* NULL is accepted */
/* Asks for what is not asked for, and again for what failed; a product that fails too often has no history. */
void neap_wire_history_ask(neap_wire_history *history, int64_t now);
/* An answer; false: it is not one of history's. */
bool neap_wire_history_take(neap_wire_history *history, uint32_t product, int64_t from, int64_t to,
                            const neap_candle *bars, size_t count, bool failed);
/* When all is here: the bars that end next, together, oldest first; 0: there are no more, and it is done. */
uint32_t neap_wire_history_next(neap_wire_history *history, neap_bar_event out[NEAP_STRATEGY_PRODUCTS]);
bool neap_wire_history_is_done(const neap_wire_history *history);

#endif
