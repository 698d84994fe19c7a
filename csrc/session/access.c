/* SPDX-License-Identifier: MIT */
/* access: the venue lets our key in no more, or again. Entries are refused meanwhile by a check, so that they count as
 * nobody's failure; exits and cancels are the broker's to try. */
#include <stdio.h>

#include "base/record.h"
#include "session/reconcile_watch.h"

static void say(neap_session *session, bool is_open, const char *message) {
  char line[320];
  snprintf(line, sizeof line, "%.240s; %s", message,
           is_open ? "entries go on" : "entries are refused, exits and cancels are tried on");
  session_say(session, "venue", is_open ? "warn" : "alert", line);
}

static neap_status record(neap_session *session, bool is_open, const char *code, const char *message,
                          neap_fault *fault) {
  neap_buffer *out = session_scratch(session);
  neap_record_bool(out, "open", is_open);
  neap_record_text(out, "code", code);
  neap_record_text(out, "message", message);
  return session_event(session, "venue_access", NULL, -1, 0, out, NULL, fault);
}

/* It holds before it is written; a session that has ended says it only. */
void session_access(void *context, bool is_open, const char *code, const char *message) {
  neap_session *session = context;
  neap_fault fault = {0};
  if (!session->account_watch) return;
  session->account_watch->is_shut_out = !is_open;
  say(session, is_open, message);
  if (session->ended || session_is_in_doubt(session)) return;
  if (record(session, is_open, code, message, &fault) != NEAP_OK) session_fail(session, &fault);
}
