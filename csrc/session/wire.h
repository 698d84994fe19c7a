/* SPDX-License-Identifier: MIT */
/* wire: drives a session from what comes: a market feed, a broker outside of this process, the machine's clock. What
 * is told is the session's affair at once, in the thread of the loop; bars are made of the trades (bar_maker). */
#ifndef NEAP_SESSION_WIRE_H
#define NEAP_SESSION_WIRE_H

#include "market/market_feed.h"
#include "session/fork.h"

typedef struct neap_wire neap_wire;

typedef struct neap_wire_options {
  neap_session_options session;   /* frames, books, start and on_clock are filled in */
  const neap_market_feed *feed;   /* outlives the wire */
  const neap_session_book *books; /* increments in which the feed tells, by product */
  int64_t frame;                  /* of the bars; what ask_bars does not know has no history */
  uint32_t history;               /* bars that are shown before the first of now */
  int64_t (*now)(void *self);     /* session time: ns since 1970, which never goes back */
  void *self;
} neap_wire_options;

typedef struct neap_wire_report {
  uint64_t bars; /* closed, not counting history */
  uint64_t books, trades, late_trades, bars_missed;
} neap_wire_report;

/* Opens the session, then listens. *out is to be closed in any case; NULL only without memory. The session's orders
 * wait for the book: entries without a mark are refused. */
neap_status neap_wire_open(const neap_wire_options *options, neap_wire **out, neap_fault *fault);
/* For how long a loop may wait, on its own clock, of which it is `now`: until `wake`, or until something is due. */
int64_t neap_wire_wake(neap_wire *wire, int64_t now, int64_t wake);
/* What the loop's turn brought is told by then; this is what there is to do after it. What failed once fails again. */
neap_status neap_wire_work(neap_wire *wire, neap_fault *fault);
/* Is its history shown? Bars that close before wait. */
bool neap_wire_is_warm(const neap_wire *wire);
/* Begins to leave: entries are cancelled, or (flatten) everything is and positions are closed; keep: nothing. */
neap_status neap_wire_wind_down(neap_wire *wire, const char *reason, neap_on_stop how, neap_fault *fault);
/* Has all that this asked for happened? */
bool neap_wire_is_quiet(const neap_wire *wire);
/* As neap_session_fork: from here on nobody is asked but the simulator. */
neap_status neap_wire_fork(neap_wire *wire, const neap_fork *fork, neap_fault *fault);
/* The last event, as neap_session_stop with keep. */
neap_status neap_wire_stop(neap_wire *wire, const char *reason, neap_fault *fault);
neap_session *neap_wire_session(const neap_wire *wire); /* NULL: it was not opened */
void neap_wire_report_get(const neap_wire *wire, neap_wire_report *out);
void neap_wire_close(neap_wire *wire); /* with the session, after the strategies are gone; NULL is accepted */

#endif
