/* SPDX-License-Identifier: MIT */
/* backtest: drives a session from feeds, in order of time, to their end. */
#ifndef NEAP_SESSION_BACKTEST_H
#define NEAP_SESSION_BACKTEST_H

#include "session/feed.h"
#include "session/session.h"

typedef struct neap_backtest_options {
  neap_session_options session; /* `frames` and `start` are filled in from the feeds */
  neap_feed **feeds;            /* one per product; the caller's */
  neap_close_at_end close_at_end;
  void *progress_context;
  bool (*progress)(void *context, uint64_t bars, int64_t time); /* now and then; false ends the run; may be NULL */
} neap_backtest_options;

typedef struct neap_backtest_report {
  uint64_t bars;
  uint64_t truncated; /* numbers finer than the product's increments, which were cut */
  bool interrupted;
} neap_backtest_report;

/* Runs to the end of all feeds (or until `progress` says stop) and finishes the session, which the caller reads and
 * closes. On failure,
 * too, *out is a session to close (or NULL), after the strategy is gone. */
neap_status neap_backtest_run(const neap_backtest_options *options, neap_session **out, neap_backtest_report *report,
                              neap_fault *fault);

#endif
