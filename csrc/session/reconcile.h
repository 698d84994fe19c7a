/* SPDX-License-Identifier: MIT */
/* reconcile: our books against the account at the venue, as a person reads and settles it. The external part is what of
 * the account is not ours; ours and it together are the account, to the last digit. What is not is a difference. */
#ifndef NEAP_SESSION_RECONCILE_H
#define NEAP_SESSION_RECONCILE_H

#include "session/session.h"

typedef struct neap_reconcile_row { /* of a currency */
  const char *currency;
  neap_decimal ours, external; /* now */
  neap_decimal allowed;        /* ≤ 0: how far below zero a person lets the external part be */
  bool has_venue;              /* the account was seen by this process */
  neap_decimal venue;          /* at the latest settled look */
  uint64_t id;                 /* of the difference that is open; 0: none */
  neap_decimal difference;     /* of it: what the venue has more than is explained; zero: it has gone */
  int64_t since;
} neap_reconcile_row;

typedef struct neap_reconcile_view {
  bool is_outside;   /* there is a venue to compare with */
  bool has_baseline; /* since baseline_at */
  int64_t baseline_at;
  int64_t looked_at; /* ns: the latest settled look of this process; 0: none yet */
  neap_external external;
  uint32_t rows, orders, open; /* open: differences */
} neap_reconcile_view;

neap_reconcile_view neap_session_reconciliation(const neap_session *session);
bool neap_session_reconcile_row(const neap_session *session, uint32_t i, neap_reconcile_row *out); /* false: past all */
/* Open at the venue on products of the session, and not its own; as of the latest settled look. NULL: past all. */
const neap_foreign_order *neap_session_foreign_order(const neap_session *session, uint32_t i);
void neap_session_reconcile_look(neap_session *session); /* another look is wanted soon */

typedef enum neap_settlement { NEAP_SETTLE_ADOPT, NEAP_SETTLE_DISMISS } neap_settlement;
/* A person explains a difference, in words. The external part takes it; ADOPT in a session that adopts books what is
 * missing of a product to the operator's desk instead, at the mark, with money that is paid in with it. Products that
 * no other difference concerns are let go, and the mode that reconciliation took with the last of them. Event
 * reconcile_settled. NEAP_NOT_FOUND "no_difference"; NEAP_INVALID "why_needed"; NEAP_REFUSED "no_mark",
 * "operator_holds_less", "stopping", "journal". */
neap_status neap_session_settle_difference(neap_session *session, uint64_t id, neap_settlement how, const char *why,
                                           const char *who, neap_fault *fault);

#endif
