/* SPDX-License-Identifier: MIT */
/* dead_man: entries that rest where nobody has looked after them for too long are taken back; what protects a position
 * stays. When that is, and that it is over, is the driver's to say: he sees the link and his own pauses. */
#ifndef NEAP_SESSION_DEAD_MAN_H
#define NEAP_SESSION_DEAD_MAN_H

#include "session/session.h"

/* Cancels the working entries of all desks within the same event, dead_man {source, reason, entries}; the mode stays as
 * it is. *entries: how many. A broker that is not reached now keeps the cancels and sends them before all else. */
neap_status neap_session_dead_man(neap_session *session, const char *source, const char *reason, uint32_t *entries,
                                  neap_fault *fault);

#endif
