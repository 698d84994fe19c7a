/* SPDX-License-Identifier: MIT */
/* mode: how much a session lets through. normal; reduce_only and halted refuse entries and let exits go. Modes are part
 * of the state: they outlive the process. */
#ifndef NEAP_SESSION_MODE_H
#define NEAP_SESSION_MODE_H

#include "session/session.h"

typedef struct neap_mode_view {
  neap_mode mode;
  const char *reason, *who; /* "" in a session that was never anything but normal */
  int64_t since;            /* ns; 0: from the start */
} neap_mode_view;

/* A stricter mode is taken at any time: working entries of all desks are cancelled within the same event; what protects
 * or closes a position stays. The way back leads to normal only and wants a `why` (NEAP_INVALID "why_needed"); it is
 * NEAP_REFUSED "configured" while the limits in force ask for the mode, "journal" while the journal cannot be written,
 * "halted" for reduce_only instead of halted. A mode that is there already changes nothing, unless it was held by the
 * configuration or the session itself, which is asked anew at each start: then `who` holds it from now on. The event is
 * mode_changed. */
neap_status neap_session_set_mode(neap_session *session, neap_mode mode, const char *why, const char *who,
                                  neap_fault *fault);
neap_mode neap_session_mode(const neap_session *session);
neap_mode_view neap_session_mode_view(const neap_session *session);

/* Cancels the entries of all desks and closes every position at the market, in every mode; the mode stays as it is.
 * Event flatten_requested {why, who}. *closing: orders that close a position. What one desk refuses does not hold back
 * the next; the first fault is returned. */
neap_status neap_session_flatten(neap_session *session, const char *why, const char *who, uint32_t *closing,
                                 neap_fault *fault);

#endif
