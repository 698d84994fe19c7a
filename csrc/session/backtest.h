/* SPDX-License-Identifier: MIT */
/* backtest: drives a session from feeds, in order of time: to their end, or step by step. */
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
  uint64_t bars;      /* closed in this session, without those that a resumed one had seen before */
  uint64_t truncated; /* numbers finer than the product's increments, which were cut */
  bool interrupted;   /* the latest step was ended by `progress` */
} neap_backtest_report;

typedef struct neap_backtest neap_backtest;

/* Opens the session at the first bars; one that is resumed is shown what it had seen before. `options`, their feeds and
 * strategies outlive the driver. *out is to be closed in any case; NULL only without memory or products. */
neap_status neap_backtest_open(const neap_backtest_options *options, neap_backtest **out, neap_fault *fault);
/* Goes on until bars have closed at `instants` more moments, or until `progress` says stop. NEAP_END: there is no more
 * bar. What failed once fails again. */
neap_status neap_backtest_step(neap_backtest *run, uint64_t instants, neap_fault *fault);
/* The next moment at which something happens: a bar opens or closes, a timer is due. False: there is no more bar. */
bool neap_backtest_next(const neap_backtest *run, int64_t *moment);
/* What happens at that moment: of one product a bar opens, or all that end then close, or timers fire. NEAP_END: there
 * is no more bar. *closed: bars closed. */
neap_status neap_backtest_release(neap_backtest *run, bool *closed, neap_fault *fault);
/* As finish, by neap_session_stop. */
neap_status neap_backtest_stop(neap_backtest *run, const char *reason, neap_on_stop how, neap_fault *fault);
/* Notes what data was read and finishes the session. */
neap_status neap_backtest_finish(neap_backtest *run, const char *reason, neap_fault *fault);
neap_session *neap_backtest_session(const neap_backtest *run); /* NULL: it was not opened */
void neap_backtest_report_get(const neap_backtest *run, neap_backtest_report *out);
/* With the session, after the strategies are gone. NULL is accepted. */
void neap_backtest_close(neap_backtest *run);

/* Runs to the end of all feeds (or until `progress` says stop) and finishes the session, which the caller reads and
 * closes. On failure, too, *out is a session to close (or NULL), after the strategy is gone. */
neap_status neap_backtest_run(const neap_backtest_options *options, neap_session **out, neap_backtest_report *report,
                              neap_fault *fault);

#endif
