/* SPDX-License-Identifier: MIT */
/* tape: a product's recorded book and trades in a session: what they make of the mark, and who is told. For the files
 * of this room only. */
#ifndef NEAP_SESSION_TAPE_H
#define NEAP_SESSION_TAPE_H

#include "market/trade_flow.h"
#include "risk/impact.h"
#include "session/session_state.h"

struct market_tape {
  neap_price_book book;
  bool has_quote, has_print;
  neap_quote quote; /* of the book, while it is whole and has both sides */
  neap_print print; /* the last trade */
  int64_t message_time;
  bool has_message;
  bool touched, moved;       /* since the strategies were told: by a message, in its best prices or sizes */
  bool fresh;                /* as the strategies were told */
  char doubt[48];            /* why the book refused a message; "": it did not */
  neap_trade_flow flow;      /* of its trades and quotes */
  neap_impact_market market; /* as an order was last shown it, at `measured` */
  neap_impact_source impact;
  int64_t measured;
};

neap_status tapes_init(neap_session *session, const neap_session_options *options, neap_fault *fault);
void tapes_free(neap_session *session);
/* Is there what the desk's strategy wants besides bars? no_feed. */
neap_status tape_check_feeds(const neap_session *session, const neap_desk *desk, neap_fault *fault);
/* A bar of its trades has ended: the mark, where the book gives none. */
void tape_take_bar(neap_session *session, const neap_bar_event *bar);
/* Nobody knows what rests in the market: entries are refused. */
static inline bool tape_in_doubt(const market_tape *tape) { return !tape->book.whole; }

/* tape_impact.c: who tells what an order would do to the price: the book, and what the flow says of what it does not
 * show. Valid until the next call. */
const neap_impact_source *tape_impact(const neap_session *session, uint32_t product);

/* tape_tell.c */
bool tape_is_fresh(const neap_session *session, const market_tape *tape);
neap_status tape_tell_trade(neap_session *session, uint32_t product, neap_fault *fault);

#endif
