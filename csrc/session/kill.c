/* SPDX-License-Identifier: MIT */
/* kill: halts at once; a journal that cannot take it does not hold back the cancels. */
#include "session/kill.h"

#include <stdio.h>

#include "base/record.h"
#include "session/session_state.h"

neap_status neap_session_kill(neap_session *session, const char *who, const char *why, neap_fault *fault) {
  neap_guard_manager *guards = &session->guards;
  guards->mode = NEAP_MODE_HALTED;
  snprintf(guards->reason, sizeof guards->reason, "%s", why);
  snprintf(guards->who, sizeof guards->who, "%s", who);
  neap_buffer *out = session_scratch(session);
  session_record_guard(session, out);
  neap_status told = session_event(session, "mode_changed", NULL, -1, 0, out, NULL, fault);
  neap_status status = entries_cancel(session, NULL, "kill", told == NEAP_OK ? fault : NULL);
  if (status == NEAP_OK) status = session_drain(session, told == NEAP_OK ? fault : NULL);
  return told != NEAP_OK ? told : status;
}

neap_mode neap_session_mode(const neap_session *session) { return neap_guard_manager_mode(&session->guards); }
