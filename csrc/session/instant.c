/* SPDX-License-Identifier: MIT */
/* instant: rounds of sending and telling. */
#include "session/instant.h"

bool instant_holds(const neap_session *session) {
  bool waits = session->instant_depth > 0 && session->broker->abilities & NEAP_BROKER_EXTERNAL;
  return waits && neap_event_store_state(session->store, NULL) == NEAP_JOURNAL_WRITES;
}

/* What is told in a round leaves in the next. */
static neap_status send(neap_session *session, neap_fault *fault) {
  neap_status status = NEAP_OK;
  while (status == NEAP_OK && session->outbox.count) {
    status = order_flush_round(session, fault);
    if (status == NEAP_OK) status = session_settle(session, fault);
  }
  return status;
}

neap_status instant_end(neap_session *session, neap_status status, neap_fault *fault) {
  bool is_outermost = session->instant_depth == 1, waits = instant_holds(session);
  if (is_outermost && status == NEAP_OK && waits) status = send(session, fault);
  session->instant_depth--;
  if (is_outermost && status != NEAP_OK && waits) order_flush(session, NULL);
  return is_outermost ? session_watch(session, status, fault) : status;
}

void neap_session_begin_instant(neap_session *session) { instant_begin(session); }

neap_status neap_session_end_instant(neap_session *session, neap_fault *fault) {
  return instant_end(session, session_settle(session, fault), fault);
}
