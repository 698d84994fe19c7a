/* SPDX-License-Identifier: MIT */
/* stop_trigger_manager: the orders that wait for a price here because their broker has no such order: set, moved,
 * fired once and ended, each in the journal before anything follows from it. A trigger is a state of its order: there
 * is none without a working order, and what it sends has the order's own number and client order id, so that a second
 * attempt after a crash is the same order to any broker. For the files of this room. */
#ifndef NEAP_SESSION_STOP_TRIGGER_MANAGER_H
#define NEAP_SESSION_STOP_TRIGGER_MANAGER_H

#include "session/session_state.h"

/* Before an accepted order is put in the outbox: does a trigger of ours watch for it? */
neap_status trigger_prepare(neap_session *session, neap_order *order, neap_fault *fault);
/* The outbox's hand (neap_outbox_route.watch): instead of being sent it is watched for. Event trigger_set. */
neap_status trigger_watch(void *context, neap_order *order, neap_fault *fault);
/* What fires leaves, as large as what is left to get out of. Event trigger_fired. */
neap_status trigger_fire(neap_session *session, neap_order *order, neap_decimal price, neap_fault *fault);
/* A resumed session: its triggers watch on, with the levels that the journal has. */
void triggers_restore(neap_session *session);

/* Shows a price to the triggers of a product that were set by `since`; what fires leaves. Events trigger_moved and
 * trigger_fired. */
neap_status triggers_show(neap_session *session, uint32_t product, neap_decimal price, int64_t since,
                          neap_fault *fault);
/* A whole bar: those that were there when it began see its extremes, the one against them first, then all its close. */
neap_status triggers_show_bar(neap_session *session, const neap_bar_event *bar, neap_fault *fault);
/* Orders until a time that nobody else ends: gtd that is watched, and gtd at a broker that has none. */
neap_status triggers_end(neap_session *session, int64_t now, neap_fault *fault);

/* At no cost where nothing is watched. */
static inline neap_status triggers_see(neap_session *session, uint32_t product, neap_decimal price, neap_fault *fault) {
  return session->watches ? triggers_show(session, product, price, INT64_MAX, fault) : NEAP_OK;
}
static inline neap_status triggers_see_bar(neap_session *session, const neap_bar_event *bar, neap_fault *fault) {
  return session->watches ? triggers_show_bar(session, bar, fault) : NEAP_OK;
}
static inline neap_status triggers_expire(neap_session *session, int64_t now, neap_fault *fault) {
  return session->ends_orders ? triggers_end(session, now, fault) : NEAP_OK;
}

/* The session stops, and these wait on with nobody to watch: a line of the log for each, and fields of its last event.
 */
void triggers_say_unwatched(neap_session *session);
void triggers_record_unwatched(const neap_session *session, neap_buffer *out);

#endif
