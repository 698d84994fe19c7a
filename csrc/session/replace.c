/* SPDX-License-Identifier: MIT */
/* replace: the session's half: who leaves when, and what is told. */
#include "session/replace.h"

#include <stdio.h>
#include <string.h>

#include "base/record.h"
#include "base/text.h"
#include "session/groups.h"
#include "session/replace_rules.h"
#include "session/room.h"

static void count_again(neap_session *session, neap_order *order) {
  neap_fault fault;
  if (order->counted || neap_order_is_terminal(order->status) || exposure_count(session, order) == NEAP_OK) return;
  neap_fail(&fault, NEAP_RANGE, "overflow", "what works does not fit a decimal");
  session_fail(session, &fault);
}

void order_end_unsent(neap_session *session, neap_order *order, neap_order_move move, const neap_reason *reason) {
  neap_fault fault = {0};
  neap_buffer *out = session_scratch(session);
  bool is_refusal = move == NEAP_MOVE_REJECT;
  neap_reason_record(reason, out);
  const char *type = is_refusal ? "order_rejected" : "order_cancelled";
  if (session_event(session, type, order, 0, order->decision_seq, out, NULL, &fault) != NEAP_OK)
    session_fail(session, &fault);
  if (is_refusal) {
    order_refuse(session, order, reason);
    order_ended(session, order);
    return;
  }
  order->reason = *reason;
  if (neap_order_apply(order, move, neap_clock_now(&session->clock), &fault) != NEAP_OK) session_fail(session, &fault);
  session_notify(session, NOTICE_ORDER, order, NULL);
  order_ended(session, order);
  order_retire(session, order);
}

static void nothing_left(neap_session *session, neap_order *order) {
  const neap_reason reason = {.code = "nothing_to_replace", .check = "replace"};
  order_end_unsent(session, order, NEAP_MOVE_CANCEL, &reason);
}

static bool gets_out(const neap_order *order) { return order->parent || order->ticket.reduce_only; }

/* The second look said yes: its record goes first, then the order. */
static neap_status let_go(neap_session *session, neap_order *order, const neap_decision *decision, neap_buffer *out,
                          neap_fault *fault) {
  order->ticket = decision->ticket;
  replace_take_place(session->first, order);
  group_take_place(&session->groups, order);
  count_again(session, order);
  neap_ticket_record(&order->ticket, out);
  neap_status status = neap_outbox_send(&session->outbox, order, gets_out(order), out);
  if (status != NEAP_OK) return neap_fail(fault, status, "memory", "no memory for an order");
  return order_flush(session, fault);
}

/* The mark may have moved since the first one. */
static neap_status look_again(neap_session *session, neap_order *order, neap_fault *fault) {
  neap_decision decision;
  neap_status status = order_decide_again(session, order, &decision, fault);
  if (status != NEAP_OK) return status;
  neap_text_copy(decision.engine_reason, sizeof decision.engine_reason, "it decided before the cancel");
  neap_buffer *out = session_scratch(session);
  neap_decision_record(&decision, out);
  neap_record_bool(out, "after_cancel", true);
  neap_record_int(out, "replaces", (int64_t)order->replaces);
  if (decision.accepted) return let_go(session, order, &decision, out, fault);
  status = session_event(session, "decision", order, 0, order->decision_seq, out, &order->decision_seq, fault);
  if (status == NEAP_OK) order_end_unsent(session, order, NEAP_MOVE_REJECT, &decision.reason);
  return status;
}

static void take_turn(neap_session *session, neap_order *order) {
  neap_fault fault = {0};
  if (neap_decimal_sign(order->ticket.quantity) <= 0)
    nothing_left(session, order);
  else if (!order->cancel_waits && look_again(session, order, &fault) != NEAP_OK)
    session_fail(session, &fault);
}

/* Quantities change: what is counted is taken out before. */
static void uncount_chain(neap_session *session, neap_order *ended) {
  for (neap_order *each = replace_waiting(session->first, ended); each; each = replace_waiting(session->first, each))
    exposure_uncount(session, each);
}

static void have_turn(neap_session *session, neap_order *ended) {
  neap_order *before = ended->waits ? order_find(session, ended->replaces) : NULL;
  uncount_chain(session, ended);
  neap_order *next = replace_after_end(session->first, ended);
  group_end(&session->groups, ended, next);
  if (before) count_again(session, before);
  if (next)
    take_turn(session, next);
  else if (before && (next = replace_waiting(session->first, before)))
    count_again(session, next);
}

void replace_after(neap_session *session, neap_order *ended) {
  if (ended->replaced_by || ended->waits)
    have_turn(session, ended);
  else
    group_end(&session->groups, ended, NULL);
}

void order_ended(neap_session *session, neap_order *ended) {
  replace_after(session, ended);
  groups_settle(session, ended->group);
  room_changed(session);
}

void replace_refused(void *context, neap_order *old) {
  neap_session *session = context;
  neap_order *order = replace_waiting(session->first, old);
  neap_reason reason = {.code = "cancel_refused", .check = "replace"};
  room_changed(session);
  if (!order) return;
  snprintf(reason.input, sizeof reason.input, "the venue keeps order #%llu", (unsigned long long)old->ticket.number);
  order_end_unsent(session, order, NEAP_MOVE_REJECT, &reason);
}

void replace_dropped(neap_session *session, neap_order *order) {
  group_leave(&session->groups, order);
  neap_order *old = order->waits ? order_find(session, order->replaces) : NULL;
  order->waits = false;
  if (!old) return;
  old->replaced_by = 0;
  count_again(session, old);
}
