/* SPDX-License-Identifier: MIT */
/* groups: what a session does about the orders of a group: a first fill cancels the others (one cancels other), a leg
 * that ended short is told, and where the group unwinds the others go and what they opened is closed. */
#ifndef NEAP_SESSION_GROUPS_H
#define NEAP_SESSION_GROUPS_H

#include "session/session_state.h"

/* An order was accepted, or a replacement leaves. */
void groups_join(neap_session *session, const neap_order *order);
/* Something happened to an order of the group of that number (0: of none): does what follows. Again is allowed. */
void groups_settle(neap_session *session, uint64_t number);
void groups_settle_all(neap_session *session); /* behind a resumption */

#endif
