/* SPDX-License-Identifier: MIT */
/* room: at a broker that holds what its resting orders sell (NEAP_BROKER_HOLDS) an order that gets out finds nothing to
 * sell before those that rest are gone. It stays here (a fired trigger watched, a market order pending) while cancels
 * that free what it needs are under way, at most ROOM_PATIENCE; then it leaves for what is left to get out of, which is
 * written down (order_released). On spot; elsewhere nothing is held. For the files of this room. */
#ifndef NEAP_SESSION_ROOM_H
#define NEAP_SESSION_ROOM_H

#include "session/session_state.h"

enum { ROOM_PATIENCE = 2 }; /* seconds of session time */

/* The outbox's question (neap_outbox_route.must_wait) of an order that is to be sent. Then it waits, and is told below.
 */
bool room_must_wait(void *context, neap_order *order);
/* An exit that was refused is sent again then, whatever is held. */
void room_wait_until(neap_session *session, neap_order *order, int64_t time);
/* A trigger has fired: where the broker holds what its siblings sell they are cancelled first. Asks, without sending.
 */
neap_status room_make(neap_session *session, const neap_order *order, neap_fault *fault);
/* An order ended, filled or keeps working: who waited for that leaves. */
void room_changed(neap_session *session);
neap_status room_expire(neap_session *session, neap_fault *fault); /* it was waited long enough */
/* What of its strategy's position an order can still get out of, beside others that are about to. */
neap_status room_reducible(const neap_session *session, const neap_order *order, neap_decimal *out);
bool room_is_held(const neap_session *session, const neap_order *order); /* would it find nothing to sell? */

#endif
