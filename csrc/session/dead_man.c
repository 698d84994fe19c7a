/* SPDX-License-Identifier: MIT */
/* dead_man: the reason and the cancels are one piece of the journal, as they are of a change of mode. */
#include "session/dead_man.h"

#include "base/record.h"
#include "session/mode.h"
#include "session/session_state.h"

static neap_status record(neap_session *session, const char *source, const char *reason, uint32_t entries,
                          neap_fault *fault) {
  neap_buffer *out = session_scratch(session);
  neap_record_text(out, "source", source);
  neap_record_text(out, "reason", reason);
  neap_record_int(out, "entries", entries);
  return session_event(session, "dead_man", NULL, -1, session->cause, out, NULL, fault);
}

neap_status neap_session_dead_man(neap_session *session, const char *source, const char *reason, uint32_t *entries,
                                  neap_fault *fault) {
  neap_status asked = NEAP_OK;
  *entries = entries_count(session);
  if (session->ended) return neap_fail(fault, NEAP_REFUSED, "stopping", "the session has ended");
  neap_event_store_hold(session->store);
  neap_status told = record(session, source, reason, *entries, fault);
  asked = entries_withdraw(session, NULL, -1, "dead_man", told == NEAP_OK ? fault : NULL);
  neap_status status = cancels_send(session, told == NEAP_OK ? asked : told, fault);
  neap_status drained = session_settle(session, status == NEAP_OK ? fault : NULL);
  return session_watch(session, status == NEAP_OK ? drained : status, fault);
}
