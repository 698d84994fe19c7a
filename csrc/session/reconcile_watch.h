/* SPDX-License-Identifier: MIT */
/* reconcile_watch: what a session does with a broker's word on the account: reconcile.c compares, reconcile_fills.c
 * takes foreign fills, reconcile_settle.c closes differences. For the files of this room. */
#ifndef NEAP_SESSION_RECONCILE_WATCH_H
#define NEAP_SESSION_RECONCILE_WATCH_H

#include "session/reconcile.h"
#include "session/session_state.h"

typedef struct reconcile_look { /* at one part */
  bool has_venue, has_gap;
  neap_decimal venue;
  neap_decimal gap; /* that one look found, and no second one yet */
} reconcile_look;

struct reconcile_watch {
  neap_external policy;
  uint32_t operator_desk; /* UINT32_MAX: there is none */
  bool is_awaited;        /* no look was settled yet: nothing is opened before */
  int64_t looked_at;      /* when the latest settled one was asked for; INT64_MIN: none */
  reconcile_look look[EXTERNAL_PARTS];
  neap_foreign_order *orders;
  size_t order_count;
  bool has_fees;    /* the broker said which are in force */
  bool is_shut_out; /* the venue does not let our key in */
};

/* When the broker is there; a broker inside of this process needs none. NEAP_INVALID "external": what is adopted wants
 * an operator's desk. */
neap_status reconcile_open(neap_session *session, const neap_session_options *options, neap_fault *fault);
void reconcile_free(neap_session *session);

/* The broker's sink. */
void reconcile_account(void *context, const neap_account_view *view);
void reconcile_foreign_fill(void *context, const neap_foreign_fill *fill);
void reconcile_fees(void *context, neap_decimal maker, neap_decimal taker);

/* access.c */
void session_access(void *context, bool is_open, const char *code, const char *message);

/* May nothing be opened yet, because the account was not seen? */
static inline bool reconcile_is_awaited(const neap_session *session) {
  return session->account_watch && session->account_watch->is_awaited;
}
bool reconcile_has_fees(const neap_session *session);
/* An order ended with this code: one that the venue never had may turn up there all the same. */
void reconcile_ended(neap_session *session, const neap_order *order, const char *code);
/* A fill of an order that does not work any more: true when it was one that was lost, and the fill is a foreign one. */
bool reconcile_takes_fill(neap_session *session, const neap_report *report);

/* reconcile.c: more strictness, for this reason, unless it is there. */
neap_status reconcile_take_mode(neap_session *session, neap_mode mode, const char *reason, neap_fault *fault);
/* reconcile_fills.c: books a fill at the operator's desk, as an order of its own that is named by the trade. */
neap_status reconcile_adopt(neap_session *session, const neap_foreign_fill *fill, uint64_t lost, neap_fault *fault);
/* The number of the order of this session that has this client id; 0: it is none. */
uint64_t reconcile_own_number(neap_session *session, const char *client_id);
/* reconcile_found.c: what is open at the venue; orders of ours that are not to be there are cancelled. */
neap_status reconcile_note_orders(neap_session *session, const neap_account_view *view, neap_fault *fault);
/* reconcile_edits.c: orders of ours that have another price or size there than we asked for. */
neap_status reconcile_note_edits(neap_session *session, const neap_account_view *view, neap_fault *fault);

#endif
