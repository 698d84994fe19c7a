/* SPDX-License-Identifier: MIT */
/* replace: cancel-replace, a state of the order's life. The new order is decided as if the old one were gone; then the
 * cancel goes; only when the venue has confirmed it, the checks are asked once more and the new order leaves, less what
 * was filled meanwhile. There are never two live orders of one chain. */
#ifndef NEAP_SESSION_REPLACE_H
#define NEAP_SESSION_REPLACE_H

#include "session/session_state.h"

/* An order that had been accepted ended, whether it is listed still or not: whoever waits for that has its turn, and
 * its group is told. */
void replace_after(neap_session *session, neap_order *ended);
/* The same, and what follows for its group. */
void order_ended(neap_session *session, neap_order *ended);
/* The venue keeps the old order: what would replace it ends. */
void replace_refused(void *context, neap_order *old);
/* The callback that asked for `order` failed: the old order is as it was. */
void replace_dropped(neap_session *session, neap_order *order);
/* Ends an order that never left, by our own decision, with an event and a word to its strategy. */
void order_end_unsent(neap_session *session, neap_order *order, neap_order_move move, const neap_reason *reason);

#endif
