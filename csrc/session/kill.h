/* SPDX-License-Identifier: MIT */
/* kill: the switch that a person pulls. */
#ifndef NEAP_SESSION_KILL_H
#define NEAP_SESSION_KILL_H

#include "session/session.h"

/* Halts: entries are refused from now on, working ones of all desks are cancelled; what protects or closes a position
 * stays and new exits pass. Who and why are in the event mode_changed. */
neap_status neap_session_kill(neap_session *session, const char *who, const char *why, neap_fault *fault);
neap_mode neap_session_mode(const neap_session *session);

#endif
