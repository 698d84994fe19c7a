/* SPDX-License-Identifier: MIT */
/* fork: a session that is played, between two instants: from here on it is another one, on paper, with other strategies
 * in the places of those that it had. What it holds, wants and keeps, its market and its moment stay. */
#ifndef NEAP_SESSION_FORK_H
#define NEAP_SESSION_FORK_H

#include "session/configure.h"

enum { NEAP_FORK_SEATS = 16 };

typedef struct neap_fork {
  const char *session; /* that it comes of, and the event behind which it leaves it */
  uint64_t event;
  const char *chain; /* digest of that session's events up to there */
  /* By seat: who takes its place; NULL: it stays as it is. They outlive the session. Such a strategy begins as after a
   * restart: with self.state, timers and working orders, resumed; its indicators have seen the bars that are kept. */
  const neap_strategy *strategies[NEAP_FORK_SEATS];
  const neap_configuration *change; /* in force before they begin; NULL: what was in force stays so */
  const void *details;              /* more fields of the event session_forked: parameters (base/record) */
  size_t details_size;
} neap_fork;

/* Event session_forked; then, of a session in earnest, its working orders are the simulator's: what rests rests at the
 * end of its queue, what was on its way is on its way there, what was to be cancelled is cancelled. Then the
 * configuration is changed, and the strategies begin. Before the event: timeframe, no_feed, unknown_product,
 * strategy_name, and nothing has changed. */
neap_status neap_session_fork(neap_session *session, const neap_fork *fork, neap_fault *fault);
/* Who has that seat; NULL: nobody, or the operator. */
const neap_strategy *neap_session_seat_strategy(const neap_session *session, uint32_t seat);

#endif
