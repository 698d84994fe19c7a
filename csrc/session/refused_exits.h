/* SPDX-License-Identifier: MIT */
/* refused_exits: an exit whose trigger has fired is still wanted when its broker says no: the product is closed, or
 * takes limit orders alone. So is, at a venue, an order that closes a position at the market, and any exit for which
 * the venue had no time (rate_limited); and what of these the venue ends short, unasked. Another takes its place, with
 * a number and a client order id of its own, fired from the beginning. It leaves 1, 2, 4 … 64 seconds behind the
 * refusals so far, 64 while the product's flags forbid it, and at once when these change so that they do not.
 *
 * A stop of the broker's own that is refused, or ended by nobody here, leaves a gap at once: a trigger of ours takes
 * its place, at its level. For the files of this room. */
#ifndef NEAP_SESSION_REFUSED_EXITS_H
#define NEAP_SESSION_REFUSED_EXITS_H

#include "session/session_state.h"

/* Of an order that is about to be told refused, or ended: is it such an exit, of a position that is there, and nobody
 * asked for its end? */
bool refused_exit_is_wanted(const neap_session *session, const neap_order *order, const neap_report *report);
/* It has ended so: places the other, and an alert says so. Journals, without sending. */
neap_status refused_exit_place_again(neap_session *session, const neap_order *refused, neap_fault *fault);
/* The outbox watches for such another (trigger_watch): it fires. */
neap_status refused_exit_fire(neap_session *session, neap_order *order, neap_fault *fault);
/* It never reached the venue, and is to be sent again as the same order: an alert says so. */
void refused_exit_is_lost(neap_session *session, neap_order *order, const neap_report *report);
/* The flags of a product changed. */
void refused_exits_hear(neap_session *session, uint32_t product);

#endif
