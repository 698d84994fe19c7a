/* SPDX-License-Identifier: MIT */
/* instant: one call of the session's driver. To a broker outside of this process nothing leaves before everybody has
 * heard: what is durable when the first byte leaves is the whole of it, with all that strategies made of it (ADR-071).
 * What a guard or a person stops leaves at once, whatever is cut by that. For the files of this room. */
#ifndef NEAP_SESSION_INSTANT_H
#define NEAP_SESSION_INSTANT_H

#include "session/session_state.h"

static inline void instant_begin(neap_session *session) { session->instant_depth++; }
/* Sends what waits, tells what came of it, until nothing does. Gives `status` or the first fault of its own; what waits
 * leaves in any case. */
neap_status instant_end(neap_session *session, neap_status status, neap_fault *fault);
bool instant_holds(const neap_session *session); /* do orders wait for its end? */

#endif
