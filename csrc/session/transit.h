/* SPDX-License-Identifier: MIT */
/* transit: the way to the simulated venue of recorded books, as the session's time sees it: our orders reach it later,
 * and its answers us. For the files of this room only. */
#ifndef NEAP_SESSION_TRANSIT_H
#define NEAP_SESSION_TRANSIT_H

#include "broker/paper/paper_book.h"
#include "session/session_state.h"

neap_status transit_open(neap_session *session, neap_fault *fault);
/* Something arrives until `to`, before whatever else happens; at one instant it comes first. */
static inline bool transit_is_next(const neap_session *session, int64_t to) {
  int64_t next = neap_paper_next(session->paper);
  return next <= to && next <= session->next_due && next <= session->next_end && next <= session->next_account;
}
neap_status transit_step(neap_session *session, neap_fault *fault);
/* What the market did at this instant is told as far as it is here already. */
neap_status transit_answers(neap_session *session, neap_fault *fault);
/* The session ends: what is on its way arrives. */
neap_status transit_land(neap_session *session, neap_fault *fault);

#endif
