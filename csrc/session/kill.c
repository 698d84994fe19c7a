/* SPDX-License-Identifier: MIT */
/* kill: halts at once; a journal that cannot take it does not hold back the cancels. */
#include "session/kill.h"

#include <stdio.h>

#include "base/record.h"
#include "session/session_state.h"

neap_status session_mode_changed(neap_session *session, const char *message, neap_fault *fault) {
  neap_buffer *out = session_scratch(session);
  neap_record_text(out, "mode", neap_mode_name(session->guards.mode));
  neap_record_text(out, "reason", session->guards.reason);
  neap_record_text(out, "who", session->guards.who);
  if (message) neap_record_text(out, "message", message);
  return session_event(session, "mode_changed", NULL, -1, 0, out, NULL, fault);
}

neap_status neap_session_kill(neap_session *session, const char *who, const char *why, neap_fault *fault) {
  neap_guard_manager *guards = &session->guards;
  guards->mode = NEAP_MODE_HALTED;
  snprintf(guards->reason, sizeof guards->reason, "%s", why);
  snprintf(guards->who, sizeof guards->who, "%s", who);
  neap_status told = session_mode_changed(session, NULL, fault);
  neap_status status = entries_cancel(session, NULL, "kill", told == NEAP_OK ? fault : NULL);
  if (status == NEAP_OK) status = session_drain(session, told == NEAP_OK ? fault : NULL);
  return told != NEAP_OK ? told : status;
}

neap_mode neap_session_mode(const neap_session *session) { return neap_guard_manager_mode(&session->guards); }
