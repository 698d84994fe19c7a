/* SPDX-License-Identifier: MIT */
/* groups: what a session does about the orders of a group: a first fill cancels the others (one cancels other), a leg
 * that ended short is told, and where the group unwinds the others go and what they opened is closed. What protects a
 * leg stays until the broker has taken the order that unwinds it, what we watch until all of it is closed; one that it
 * does not take is asked for again, later and later. */
#ifndef NEAP_SESSION_GROUPS_H
#define NEAP_SESSION_GROUPS_H

#include "session/session_state.h"

/* An order was accepted, or a replacement leaves. */
void groups_join(neap_session *session, const neap_order *order);
/* Something happened to an order of the group of that number (0: of none): does what follows. Again is allowed. */
void groups_settle(neap_session *session, uint64_t number);
void groups_settle_all(neap_session *session); /* behind a resumption */
/* A broker has taken an order that unwinds, or filled it: what protected its leg may go. Asks, without sending. */
neap_status groups_unprotect(neap_session *session, const neap_order *unwinding, neap_fault *fault);
neap_status groups_try_again(neap_session *session, neap_fault *fault); /* what could not be unwound, and is due */

#endif
