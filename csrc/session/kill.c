/* SPDX-License-Identifier: MIT */
/* kill: halts first and records after. */
#include "session/kill.h"

#include <stdio.h>

#include "base/record.h"
#include "session/session_state.h"

neap_status neap_session_kill(neap_session *session, const char *who, const char *why, neap_fault *fault) {
  neap_guard_manager *guards = &session->guards;
  guards->mode = NEAP_MODE_HALTED;
  snprintf(guards->reason, sizeof guards->reason, "%s", why);
  snprintf(guards->who, sizeof guards->who, "%s", who);
  neap_status status = entries_cancel(session, NULL, "kill", fault);
  if (status == NEAP_OK) status = session_drain(session, fault);
  neap_buffer *out = session_scratch(session);
  neap_record_text(out, "mode", neap_mode_name(guards->mode));
  neap_record_text(out, "reason", guards->reason);
  neap_record_text(out, "who", guards->who);
  neap_status told = session_event(session, "mode_changed", NULL, -1, 0, out, NULL, status == NEAP_OK ? fault : NULL);
  return status == NEAP_OK ? told : status;
}

neap_mode neap_session_mode(const neap_session *session) { return neap_guard_manager_mode(&session->guards); }
