/* SPDX-License-Identifier: MIT */
/* shadow: what the other engine makes of an order, on the same snapshot and at the same moment. Nothing is sent, and no
 * id and no budget is spent. It is written into the decision's own record, as the map `shadow`: {engine, same}; where
 * the two part also {differs[], check, own_cost, cost, ticket{}, decision{}}, the other's whole record. */
#ifndef NEAP_SESSION_SHADOW_H
#define NEAP_SESSION_SHADOW_H

#include "session/session_state.h"

/* In what two decisions on one request part; NEAP_SAME: in nothing that would be sent. */
typedef enum neap_difference {
  NEAP_SAME = 0,
  NEAP_DIFFERS_ACCEPTED = 1 << 0,
  NEAP_DIFFERS_REASON = 1 << 1, /* both refuse, and name another reason */
  NEAP_DIFFERS_QUANTITY = 1 << 2,
  NEAP_DIFFERS_PRICE = 1 << 3,
  NEAP_DIFFERS_TERMS = 1 << 4 /* time in force, post-only, reduce-only, preview */
} neap_difference;

unsigned neap_shadow_compare(const neap_decision *ours, const neap_decision *other);
/* The check that made the difference: that of a refusal, else the first that changed the order for one of them and not
 * for the other. NULL: they are the same. */
const char *neap_shadow_check(const neap_decision *ours, const neap_decision *other);

/* Decides `order` by the other engine and adds what comes of it to `out`, the record of `decision`. */
void shadow_record(neap_session *session, const neap_order *order, const neap_snapshot *snapshot, bool is_exit,
                   const neap_decision *decision, neap_buffer *out);

#endif
