/* SPDX-License-Identifier: MIT */
/* slices: orders that leave in parts. The whole is an order of the session: it is decided, journalled, counted and
 * cancelled like any, and never sent; its slices are orders of their own, each decided when it is due. What of the
 * whole neither filled nor works is given to slices by the rules of account/slice_plan. */
#ifndef NEAP_SESSION_SLICES_H
#define NEAP_SESSION_SLICES_H

#include "session/session_state.h"

/* What a request wants of it, before there is an order: NEAP_INVALID is misuse. */
neap_status slices_resolve(const neap_desk *desk, const neap_order_request *request, neap_order *draft,
                           neap_fault *fault);
/* Who asked for no number of slices gets as many as keep each within the advised quantity; zero: nothing was advised.
 */
void slices_advise(neap_order *whole, neap_decimal advised);
/* What the outbox sends of an order that leaves in slices: it begins, is withdrawn, pauses, goes on. */
neap_status slices_told(void *context, neap_order *whole, neap_letter_kind kind, const char *why, neap_fault *fault);
/* The one that is due next; session->next_slice says when. */
neap_status slices_fire(neap_session *session, neap_fault *fault);
/* Bars of the data closed: a vwap has its share of what they traded. */
neap_status slices_trade(neap_session *session, const neap_bar_event *bars, uint32_t count, neap_fault *fault);
/* A slice filled: so did its whole. Gives the order that the fill counts for: the whole, or the order itself. */
neap_order *slices_book(neap_session *session, neap_order *order, const neap_fill *fill, neap_decimal notional);
/* A slice is terminal. */
void slices_over(neap_session *session, const neap_order *slice);
/* A slice is judged by itself, beside all but its whole. */
neap_order *slices_lift(neap_session *session, const neap_order *slice);
neap_status slices_lower(neap_session *session, neap_order *whole);
/* Of a session that was resumed: begins what it still may, ends what was asked to. */
neap_status slices_settle(neap_session *session, neap_order *whole, neap_fault *fault);
bool slices_is_running(const neap_order *order); /* sliced, begun, and no cancel of it is asked for */
bool slices_is_due(const neap_order *order, int64_t time);
void slices_find_next(neap_session *session);
/* Asks once more where a venue would not take the cancel of a slice. */
neap_status slices_cancel(neap_session *session, neap_order *whole, neap_fault *fault);
/* Sliced orders that only reduce: a close takes their place. */
neap_status slices_cancel_exits(const neap_desk *desk, uint32_t product, const char *why, neap_fault *fault);

#endif
