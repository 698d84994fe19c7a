/* SPDX-License-Identifier: MIT */
/* debts: what the journal of a killed session calls for and nobody did. An entry that the broker never had has lost its
 * moment; an exit has not. Whatever a fill asked for is done now. */
#include <stdio.h>
#include <stdlib.h>

#include "broker/broker_adapter.h"
#include "session/groups.h"
#include "session/mode.h"
#include "session/replace_rules.h"
#include "session/room.h"
#include "session/slices.h"
#include "session/stop_trigger_manager.h"

/* A broker outside of this process may have whatever was durable: it is asked. The simulator died with its process: it
 * had what it accepted. */
static bool broker_had(const neap_session *session, const neap_order *order) {
  if (!session->outside) return order->status >= NEAP_ORDER_OPEN;
  bool left = order->status == NEAP_ORDER_PENDING || order->status == NEAP_ORDER_PREVIEW ||
              (order->status == NEAP_ORDER_WATCHED && order->trigger.fired);
  return order->status >= NEAP_ORDER_SUBMITTED || (left && !order->waits && !neap_order_is_sliced(order));
}

bool order_is_exit(const neap_session *session, const neap_order *order) {
  const neap_snapshot sight = {
      .product = &session->products[order->ticket.product],
      .position = neap_ledger_position(session->ledger, order->ticket.strategy, order->ticket.product)->quantity};
  return order->parent || neap_snapshot_is_exit(&sight, &order->ticket);
}

/* An exit whose position is gone: the broker's word that it ended, or the cancel, did not get here. */
static bool protects_nothing(const neap_session *session, const neap_order *order) {
  neap_decimal held = neap_ledger_position(session->ledger, order->ticket.strategy, order->ticket.product)->quantity;
  return order->parent && neap_decimal_sign(held) != (order->ticket.side == NEAP_SELL ? 1 : -1);
}

static void end_unsent(neap_session *session, const neap_order *order, neap_report_kind kind) {
  neap_report report = {.kind = kind, .order = order->ticket.number, .code = "not_sent"};
  snprintf(report.message, sizeof report.message, "the session was stopped before the broker had it");
  session_report(session, &report);
}

/* Where the broker holds what it needs it waits, as it did or would have. */
neap_status order_send_late(neap_session *session, neap_order *order, neap_fault *fault) {
  if (room_must_wait(session, order)) return NEAP_OK;
  int64_t now = neap_clock_now(&session->clock);
  neap_status status = NEAP_OK;
  neap_fault refused = {0};
  if (order->status < NEAP_ORDER_WATCHED && trigger_prepare(session, order, NULL) == NEAP_OK && order->trigger.emulated)
    return trigger_watch(session, order, fault);
  if (order->status < NEAP_ORDER_SUBMITTED) {
    order->submitted = now;
    status = neap_order_apply(order, NEAP_MOVE_SUBMIT, now, fault);
    if (status == NEAP_OK)
      status = session_event(session, "order_submitted", order, 0, order->decision_seq, NULL, NULL, fault);
  }
  if (status != NEAP_OK) return status;
  if (neap_broker_adapter_submit(session->broker, order, now, &refused) == NEAP_OK) return NEAP_OK;
  neap_report report = {.kind = NEAP_REPORT_REJECTED, .order = order->ticket.number};
  snprintf(report.code, sizeof report.code, "%s", refused.code);
  snprintf(report.message, sizeof report.message, "%.159s", refused.message);
  session_report(session, &report);
  return NEAP_OK;
}

static neap_status settle_unsent(neap_session *session, neap_order *order, bool unwanted, neap_fault *fault) {
  if (!order_is_exit(session, order)) return end_unsent(session, order, NEAP_REPORT_REJECTED), NEAP_OK;
  if (unwanted) return end_unsent(session, order, NEAP_REPORT_CANCELLED), NEAP_OK;
  return order_send_late(session, order, fault);
}

/* A broker that does not take it leaves an order that works on, and may be cancelled again. */
static void cancel_again(neap_session *session, const neap_order *order) {
  neap_fault refused = {0};
  int64_t now = neap_clock_now(&session->clock);
  if (session->broker->cancel(session->broker->self, order->ticket.number, now, &refused) == NEAP_OK) return;
  neap_report report = {.kind = NEAP_REPORT_CANCEL_REFUSED, .order = order->ticket.number};
  snprintf(report.code, sizeof report.code, "%s", refused.code);
  snprintf(report.message, sizeof report.message, "%.159s", refused.message);
  session_report(session, &report);
}

static neap_status protect(neap_session *session, neap_order *entry, neap_fault *fault) {
  if (!(entry->owed & NEAP_OWES_EXITS)) return NEAP_OK;
  neap_status status = exits_create_owed(session, entry, fault);
  entry->owed = 0;
  if (neap_order_is_terminal(entry->status)) order_retire(session, entry);
  return status;
}

/* A trigger that had fired has sent its order, or does so now: neither twice, for it is the same order to any broker,
 * nor never. Only an entry that nobody may make any more stays away. */
static neap_status settle_triggered(neap_session *session, neap_order *order, bool unwanted, neap_fault *fault) {
  bool may_open = neap_session_mode(session) == NEAP_MODE_NORMAL && order_desk(session, order)->aside.status == NEAP_OK;
  if (!unwanted && !order->trigger.fired) return NEAP_OK;
  if (unwanted || !(may_open || order_is_exit(session, order)))
    return end_unsent(session, order, NEAP_REPORT_CANCELLED), NEAP_OK;
  neap_status status = room_make(session, order, fault);
  return status == NEAP_OK ? order_send_late(session, order, fault) : status;
}

/* To the journal, too, it has left: what became of it the broker tells. A cancel that was asked for before leaves with
 * it. */
static neap_status take_for_sent(neap_session *session, neap_order *order, unsigned owed, neap_fault *fault) {
  if (order->status >= NEAP_ORDER_SUBMITTED) return NEAP_OK;
  int64_t now = neap_clock_now(&session->clock);
  order->submitted = order->created;
  neap_status status = neap_order_apply(order, NEAP_MOVE_SUBMIT, now, fault);
  if (status == NEAP_OK)
    status = session_event(session, "order_submitted", order, 0, order->decision_seq, NULL, NULL, fault);
  bool asked = owed & NEAP_OWES_CANCEL_SENT;
  return status == NEAP_OK && asked ? neap_order_apply(order, NEAP_MOVE_ASK_CANCEL, now, fault) : status;
}

static neap_status settle_working(neap_session *session, neap_order *order, unsigned owed, neap_fault *fault) {
  neap_status status = take_for_sent(session, order, owed, fault);
  bool asked = order->status == NEAP_ORDER_CANCEL_PENDING;
  neap_order theirs = *order;
  neap_broker_adapter_leaves(session->broker, order, &theirs.ticket, NULL);
  if (status == NEAP_OK) status = session->broker->restore(session->broker->self, &theirs, fault);
  if (status != NEAP_OK) return status;
  if (asked) { /* what it filled is protected before its end takes it out of sight */
    status = protect(session, order, fault);
    return cancel_again(session, order), status;
  }
  bool is_gone = owed & NEAP_OWES_CANCEL || protects_nothing(session, order);
  return is_gone ? order_cancel(session, order, "what it protected is gone", fault) : NEAP_OK;
}

/* One that waits for the end of another. An exit goes on waiting for a cancel that was asked for, and is sent where
 * that is confirmed already; an entry has lost its moment like any other. */
static neap_status settle_waiting(neap_session *session, neap_order *order, neap_fault *fault) {
  (void)fault;
  const neap_order *old = order_find(session, order->replaces);
  bool unwanted = (order->owed & (NEAP_OWES_CANCEL | NEAP_OWES_CANCEL_SENT)) || order->ticket.quantity.units <= 0;
  order->owed &= NEAP_OWES_EXITS;
  if (unwanted) return end_unsent(session, order, NEAP_REPORT_CANCELLED), NEAP_OK;
  if (!order_is_exit(session, order) || (old && old->status != NEAP_ORDER_CANCEL_PENDING))
    return end_unsent(session, order, NEAP_REPORT_REJECTED), NEAP_OK;
  return NEAP_OK;
}

static neap_status send_waiting(neap_session *session, neap_order *order, neap_fault *fault) {
  if (order_find(session, order->replaces)) return NEAP_OK;
  replace_take_place(session->first, order);
  group_take_place(&session->groups, order);
  return order_send_late(session, order, fault);
}

static neap_status settle(neap_session *session, neap_order *order, neap_fault *fault) {
  unsigned owed = order->owed;
  if (neap_order_is_terminal(order->status) || neap_order_is_sliced(order)) return NEAP_OK;
  order->owed &= NEAP_OWES_EXITS;
  bool unwanted = (owed & (NEAP_OWES_CANCEL | NEAP_OWES_CANCEL_SENT)) != 0;
  if (broker_had(session, order)) return settle_working(session, order, owed, fault);
  if (order->trigger.emulated) return settle_triggered(session, order, unwanted, fault);
  return settle_unsent(session, order, unwanted, fault);
}

/* It never left. Its slices are settled before it, by themselves: of those that are gone none is cancelled. */
static neap_status settle_whole(neap_session *session, neap_order *order, neap_fault *fault) {
  bool waits = order->status == NEAP_ORDER_PENDING, exits = order_is_exit(session, order);
  bool unwanted = order->owed & (NEAP_OWES_CANCEL | NEAP_OWES_CANCEL_SENT);
  if (!neap_order_is_sliced(order) || neap_order_is_terminal(order->status)) return NEAP_OK;
  order->owed &= NEAP_OWES_EXITS;
  if (waits && (unwanted || !exits))
    return end_unsent(session, order, exits ? NEAP_REPORT_CANCELLED : NEAP_REPORT_REJECTED), NEAP_OK;
  /* What its slices filled is protected before its end takes it out of sight. */
  neap_status status = order->status == NEAP_ORDER_CANCEL_PENDING ? protect(session, order, fault) : NEAP_OK;
  return status == NEAP_OK ? slices_settle(session, order, fault) : status;
}

typedef bool order_question(const neap_session *session, const neap_order *order);

static bool waits(const neap_session *session, const neap_order *order) { return (void)session, order->waits; }
static bool waits_not(const neap_session *session, const neap_order *order) { return (void)session, !order->waits; }
static bool is_there(const neap_session *session, const neap_order *order) {
  return !order->waits && broker_had(session, order);
}
static bool is_here(const neap_session *session, const neap_order *order) {
  return !order->waits && !broker_had(session, order);
}

typedef neap_status order_act(neap_session *session, neap_order *order, neap_fault *fault);

static size_t add_numbers(const neap_session *session, order_question *is_meant, size_t at, uint64_t *numbers) {
  for (const neap_order *order = session->first; order && is_meant; order = order->next)
    if (is_meant(session, order)) numbers[at++] = order->ticket.number;
  return at;
}

/* Those that `is_meant`, behind them those that are meant `then` (NULL: none). Reports take orders out of the list, and
 * debts put new ones in: it is walked by numbers. */
static neap_status each(neap_session *session, order_question *is_meant, order_question *then, order_act *act,
                        neap_fault *fault) {
  uint64_t *numbers = calloc(session->indexed + 1, sizeof *numbers);
  if (!numbers) return state_no_memory(fault);
  size_t count = add_numbers(session, is_meant, 0, numbers);
  count = add_numbers(session, then, count, numbers);
  neap_status status = NEAP_OK;
  for (size_t i = 0; status == NEAP_OK && i < count; i++) {
    neap_order *order = order_find(session, numbers[i]);
    if (order) status = act(session, order, fault);
  }
  free(numbers);
  return status;
}

/* What the broker knows of the orders comes before what is made of that. */
neap_status session_hear(neap_session *session, neap_fault *fault) {
  session->broker->serve(session->broker->self, neap_clock_now(&session->clock));
  if (session->failed != NEAP_OK && fault) *fault = session->failure;
  return session->failed;
}

/* What may wait no longer ends first: a cancel that is sent again may be confirmed at once, and lets the others go. */
neap_status session_pay_debts(neap_session *session, neap_fault *fault) {
  session->groups_rest = session->room_rests = true;
  neap_status status = each(session, waits, NULL, settle_waiting, fault);
  if (status == NEAP_OK && session->broker->abilities & NEAP_BROKER_HOLDS) /* what holds, before what needs it */
    status = each(session, is_there, is_here, settle, fault);
  else if (status == NEAP_OK)
    status = each(session, waits_not, NULL, settle, fault);
  if (status == NEAP_OK && session->outside) status = session_hear(session, fault);
  if (status == NEAP_OK) status = each(session, waits_not, NULL, settle_whole, fault);
  if (status == NEAP_OK) status = each(session, waits, NULL, send_waiting, fault);
  if (status == NEAP_OK) status = each(session, waits_not, NULL, protect, fault);
  session->groups_rest = session->room_rests = false;
  if (status == NEAP_OK) groups_settle_all(session);
  if (status == NEAP_OK) status = order_flush(session, fault);
  if (status == NEAP_OK) room_changed(session);
  return status;
}

/* What was on its way is on its way to the other one; what rested rests there, at the end. */
static neap_status move(neap_session *session, neap_order *order, neap_fault *fault) {
  int64_t now = neap_clock_now(&session->clock);
  neap_fault refused = {0};
  if (neap_order_is_terminal(order->status) || neap_order_is_sliced(order)) return NEAP_OK;
  if (order->status == NEAP_ORDER_SUBMITTED) return order_send_late(session, order, fault);
  if (order->status > NEAP_ORDER_SUBMITTED) return settle_working(session, order, 0, fault);
  if (order->status != NEAP_ORDER_PREVIEW) return NEAP_OK;
  neap_broker_adapter_preview(session->broker, order, now, &refused); /* else the wait for it ends */
  return NEAP_OK;
}

neap_status session_move_orders(neap_session *session, neap_fault *fault) {
  neap_status status = each(session, waits_not, NULL, move, fault);
  if (status == NEAP_OK) status = order_flush(session, fault);
  if (status == NEAP_OK) room_changed(session);
  return status;
}
