/* SPDX-License-Identifier: MIT */
/* orders: the session's orders from request to outbox: snapshot, policy, guards, engine, decision record. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "base/text.h"
#include "session/instant.h"
#include "session/reconcile_watch.h"
#include "session/replace.h"
#include "session/room.h"
#include "session/shadow.h"
#include "session/slices.h"
#include "session/stop_trigger_manager.h"

static void unlink_order(neap_session *session, neap_order *order) {
  order_index_remove(session, order);
  if (order->previous)
    order->previous->next = order->next;
  else
    session->first = order->next;
  if (order->next)
    order->next->previous = order->previous;
  else
    session->last = order->previous;
  order->previous = order->next = NULL;
}

neap_order *order_blank(neap_session *session) {
  neap_order *order = session->spare;
  if (order)
    session->spare = order->next;
  else
    order = malloc(sizeof *order);
  if (!order) return NULL;
  memset(order, 0, sizeof *order);
  order->created = order->updated = neap_clock_now(&session->clock);
  order->generation = session->generation + 1;
  return order;
}

static void forget(neap_session *session, neap_order *order) {
  order->next = session->spare;
  session->spare = order;
}

neap_order *order_new(neap_session *session) {
  neap_order *order = order_blank(session);
  if (!order) return NULL;
  order->ticket.number = session->orders + 1;
  if (!order_index_add(session, order)) return forget(session, order), NULL;
  session->orders++;
  neap_order_id_with(session->id_digest, session->id, order->ticket.number, order->ticket.id);
  order->previous = session->last;
  if (session->last)
    session->last->next = order;
  else
    session->first = order;
  session->last = order;
  return order;
}

/* Swept and still referenced: here the end of the session finds them, if nobody gives them back. */
static void hold(neap_session *session, neap_order *order) {
  order->previous = NULL;
  order->next = session->held;
  if (session->held) session->held->previous = order;
  session->held = order;
}

static void let_go(neap_session *session, neap_order *order) {
  if (order->next) order->next->previous = order->previous;
  if (order->previous)
    order->previous->next = order->next;
  else
    session->held = order->next;
  forget(session, order);
}

void order_retire(neap_session *session, neap_order *order) {
  exposure_uncount(session, order);
  if (order->ticket.slice_of) slices_over(session, order);
  if (order->ticket.number) unlink_order(session, order);
  order->next = session->retired;
  session->retired = order;
}

void order_sweep(neap_session *session) {
  while (session->retired) {
    neap_order *order = session->retired;
    session->retired = order->next;
    order->swept = true;
    if (order->references == 0)
      forget(session, order);
    else
      hold(session, order);
  }
}

void order_release(neap_session *session, neap_order *order) {
  if (order->references > 0 && --order->references == 0 && order->swept) let_go(session, order);
}

static const neap_engine *choose_engine(neap_session *session, const neap_order *order, bool is_exit,
                                        neap_decision *decision) {
  const neap_policy_question question = {.ticket = &order->ticket,
                                         .product = &session->products[order->ticket.product],
                                         .limits = session->has_risk_configuration ? session->limits : NULL,
                                         .strategy = order_desk(session, order)->name,
                                         .now = neap_clock_now(&session->clock),
                                         .is_exit = is_exit};
  char engine[16] = "live", reason[96] = "";
  neap_fault fault = {0};
  if (session->policy.choose(session->policy.self, &question, engine, reason, &fault) == NEAP_OK) {
    neap_decision_init(decision, strcmp(engine, "advanced") == 0 ? "advanced" : "live", &order->ticket);
    neap_text_copy(decision->engine_reason, sizeof decision->engine_reason, reason);
    return strcmp(engine, "advanced") == 0 ? &session->advanced : &session->live;
  }
  neap_buffer *out = session_scratch(session);
  neap_record_text(out, "message", fault.message);
  session_event(session, "policy_failed", order, 0, session->cause, out, NULL, NULL);
  /* An exit goes by live, which knows no slices: one that leaves in slices by the engine that does. */
  const neap_engine *otherwise = neap_order_is_sliced(order) ? &session->advanced : &session->live;
  neap_decision_init(decision, otherwise->name, &order->ticket);
  neap_text_copy(decision->engine_reason, sizeof decision->engine_reason, "the policy failed");
  if (is_exit) return otherwise;
  neap_decision_refuse(decision, "policy", "policy_failed", NULL, NULL, "entries are refused while the policy fails");
  return NULL;
}

/* Getting out is always allowed. */
static void engine_failed(const neap_order *order, bool is_exit, const char *engine, const neap_fault *fault,
                          neap_decision *decision) {
  neap_decision_init(decision, engine, &order->ticket);
  if (is_exit)
    neap_decision_note(decision, "engine", NEAP_SKIPPED, NULL, NULL, "the engine failed: an exit goes as it was asked");
  else
    neap_decision_refuse(decision, "engine", "engine_failed", NULL, NULL, "entries are refused when an engine fails");
  snprintf(decision->reason.input, sizeof decision->reason.input, "%.63s", fault->message);
}

void order_judge(neap_session *session, const neap_engine *engine, const neap_order *order,
                 const neap_snapshot *snapshot, bool is_exit, neap_decision *decision) {
  if (session->ended || (session->finishing && !is_exit)) {
    neap_decision_refuse(decision, "session", "stopping", NULL, NULL, "a session that stops opens nothing");
    return;
  }
  if (!is_exit && session_is_in_doubt(session)) {
    neap_decision_refuse(decision, "journal", "journal_failed", NULL, NULL,
                         "entries stop while the journal cannot be written");
    return;
  }
  if (!is_exit && reconcile_is_awaited(session)) {
    neap_decision_refuse(decision, "reconcile", "not_reconciled", NULL, NULL,
                         "nothing is opened before the account at the venue was seen");
    return;
  }
  char reason[sizeof decision->engine_reason]; /* guards and engine each begin the decision anew */
  memcpy(reason, decision->engine_reason, sizeof reason);
  neap_fault fault = {0};
  if (neap_guard_manager_check(&session->guards, snapshot, &order->ticket, decision) &&
      engine->decide(engine, snapshot, &order->ticket, decision, &fault) != NEAP_OK)
    engine_failed(order, is_exit, engine->name, &fault, decision);
  session_last_word(session, is_exit, decision);
  memcpy(decision->engine_reason, reason, sizeof reason);
}

/* Decides and writes the record; with it what the other engine would have said, when somebody wants to know. */
static neap_buffer *decide(neap_session *session, const neap_order *order, const neap_snapshot *snapshot, bool is_exit,
                           neap_decision *decision) {
  const neap_engine *engine = choose_engine(session, order, is_exit, decision);
  if (engine) order_judge(session, engine, order, snapshot, is_exit, decision);
  neap_buffer *out = session_scratch(session);
  neap_decision_record(decision, out);
  if (snapshot->has_mark) neap_record_decimal(out, "mark", snapshot->mark);
  if (engine && session->limits->enable_shadow_engine) shadow_record(session, order, snapshot, is_exit, decision, out);
  return out;
}

/* It is no part of what it is judged beside. */
static neap_status snapshot_without(neap_session *session, neap_order *order, neap_snapshot *out) {
  bool counted = order->counted;
  exposure_uncount(session, order);
  neap_status status = session_snapshot(session, order, out);
  if (!counted) return status;
  neap_status again = exposure_count(session, order);
  return status == NEAP_OK ? again : status;
}

neap_status order_decide_again(neap_session *session, neap_order *order, neap_decision *decision, neap_fault *fault) {
  const neap_engine *engine = strcmp(order->engine, "advanced") == 0 ? &session->advanced : &session->live;
  neap_snapshot snapshot;
  neap_status status = snapshot_without(session, order, &snapshot);
  if (status != NEAP_OK) return neap_fail(fault, status, "overflow", "an amount does not fit a decimal");
  snapshot.is_second_look = true;
  neap_decision_init(decision, engine->name, &order->ticket);
  neap_text_copy(decision->engine_reason, sizeof decision->engine_reason, "it decided before the preview");
  order_judge(session, engine, order, &snapshot, neap_snapshot_is_exit(&snapshot, &order->ticket), decision);
  return NEAP_OK;
}

static void count_rejection(neap_session *session, const char *code) {
  session->rejections++;
  for (uint32_t i = 0; i < session->rejected_count; i++)
    if (strcmp(session->rejected[i].code, code) == 0) {
      session->rejected[i].count++;
      return;
    }
  if (session->rejected_count == SESSION_REASONS) return;
  neap_rejection_count *entry = &session->rejected[session->rejected_count++];
  neap_text_copy(entry->code, sizeof entry->code, code);
  entry->count = 1;
}

void order_refuse(neap_session *session, neap_order *order, const neap_reason *reason) {
  order->reason = *reason;
  count_rejection(session, reason->code);
  neap_fault fault;
  if (neap_order_apply(order, NEAP_MOVE_REJECT, neap_clock_now(&session->clock), &fault) != NEAP_OK)
    session_fail(session, &fault);
  session_notify(session, NOTICE_REJECT, order, NULL);
  order_retire(session, order);
}

static neap_status reserve(neap_session *session, neap_order *order, neap_decimal equity, neap_fault *fault) {
  const neap_ticket *ticket = &order->ticket;
  neap_status status = NEAP_OK;
  neap_recent_add(&session->recent.waiting, neap_order_key(ticket), ticket->product, neap_clock_now(&session->clock));
  if (ticket->sizing == NEAP_BY_FRACTION)
    status = neap_decimal_mul(ticket->fraction, neap_decimal_max(equity, NEAP_ZERO), NEAP_DECIMAL_DIGITS, NEAP_ROUND_UP,
                              &order->reserved);
  if (status == NEAP_OK) status = exposure_count(session, order);
  return status == NEAP_OK ? status : neap_fail(fault, status, "overflow", "an amount does not fit a decimal");
}

static neap_status take_decision(neap_session *session, neap_order *order, const char *quantity_note,
                                 const char *price_note, neap_fault *fault) {
  neap_snapshot snapshot;
  neap_status status = session_snapshot(session, order, &snapshot);
  if (status != NEAP_OK) return neap_fail(fault, status, "overflow", "an amount does not fit a decimal");
  snapshot.quantity_note = quantity_note;
  snapshot.price_note = price_note;
  neap_decision decision;
  bool is_exit = neap_snapshot_is_exit(&snapshot, &order->ticket);
  const neap_buffer *out = decide(session, order, &snapshot, is_exit, &decision);
  neap_text_copy(order->engine, sizeof order->engine, decision.engine);
  if (!decision.accepted) {
    status = neap_outbox_refused(&session->outbox, order, out);
    if (status != NEAP_OK) return neap_fail(fault, status, "memory", "no memory for a refused order");
    order_refuse(session, order, &decision.reason);
    return NEAP_OK;
  }
  order->ticket = decision.ticket;
  slices_advise(order, decision.slice);
  order->previews = decision.previews;
  status = reserve(session, order, snapshot.equity, fault);
  if (status == NEAP_OK) status = trigger_prepare(session, order, fault);
  if (status != NEAP_OK) return status;
  status = neap_outbox_submit(&session->outbox, order, is_exit || order->parent, out);
  if (status != NEAP_OK) return neap_fail(fault, status, "memory", "no memory for an order");
  return neap_order_apply(order, NEAP_MOVE_DECIDE, neap_clock_now(&session->clock), fault);
}

neap_status order_decide(neap_session *session, neap_order *order, const char *quantity_note, const char *price_note,
                         neap_fault *fault) {
  neap_order *whole = slices_lift(session, order);
  neap_status status = take_decision(session, order, quantity_note, price_note, fault);
  neap_status lowered = slices_lower(session, whole);
  if (status != NEAP_OK || lowered == NEAP_OK) return status;
  return neap_fail(fault, lowered, "overflow", "an amount does not fit a decimal");
}

static void not_taken(void *context, neap_order *order, const neap_fault *fault) {
  neap_report report = {.kind = NEAP_REPORT_REJECTED, .order = order->ticket.number};
  neap_text_copy(report.code, sizeof report.code, fault->code);
  snprintf(report.message, sizeof report.message, "%.159s", fault->message);
  session_report(context, &report);
}

static void decided(void *context, const neap_order *order) {
  neap_session *session = context;
  neap_recent_add(&session->recent.journalled, neap_order_key(&order->ticket), order->ticket.product,
                  neap_clock_now(&session->clock));
  if (order->previews) preview_begins(session);
}

static neap_outbox_route route_of(neap_session *session) {
  return (neap_outbox_route){.store = session->store,
                             .broker = session->broker,
                             .clock = &session->clock,
                             .products = session->products,
                             .strategies = session->names,
                             .cause = session->cause,
                             .last_seq = &session->last_seq,
                             .withdrawn = order_withdrawn,
                             .cancel_refused = replace_refused,
                             .must_wait = room_must_wait,
                             .watch = trigger_watch,
                             .context = session,
                             .decided = decided,
                             .sliced = slices_told};
}

static neap_status journalled(neap_session *session, neap_status status) {
  if (session->outbox.journalled == session->outbox.count) neap_recent_clear(&session->recent.waiting);
  return status;
}

neap_status order_journal(neap_session *session, neap_fault *fault) {
  const neap_outbox_route route = route_of(session);
  return journalled(session, neap_outbox_journal(&session->outbox, &route, fault));
}

/* What is held cannot be waited for. */
neap_status order_flush_now(neap_session *session, neap_fault *fault) {
  if (session->gathers) return order_journal(session, fault);
  const neap_outbox_route route = route_of(session);
  return journalled(session, neap_outbox_flush(&session->outbox, &route, not_taken, session, fault));
}

neap_status order_flush_round(neap_session *session, neap_fault *fault) {
  neap_outbox_route route = route_of(session);
  route.one_round = true;
  return journalled(session, neap_outbox_flush(&session->outbox, &route, not_taken, session, fault));
}

neap_status order_flush(neap_session *session, neap_fault *fault) {
  return instant_holds(session) ? order_journal(session, fault) : order_flush_now(session, fault);
}

bool order_is_staying(const neap_order *order) {
  return !neap_order_is_terminal(order->status) && order->status != NEAP_ORDER_CANCEL_PENDING && !order->cancel_waits;
}

neap_status order_cancel(neap_session *session, neap_order *order, const char *why, neap_fault *fault) {
  if (!order_is_staying(order)) return NEAP_OK;
  neap_status status = neap_outbox_cancel(&session->outbox, order, why);
  return status == NEAP_OK ? status : neap_fail(fault, status, "memory", "no memory for a cancel");
}
