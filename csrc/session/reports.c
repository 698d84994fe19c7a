/* SPDX-License-Identifier: MIT */
/* reports: what a broker says: order life cycle → ledger → exits → strategy, in this order within one event. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "session/account.h"
#include "session/groups.h"
#include "session/reconcile_watch.h"
#include "session/refused_exits.h"
#include "session/replace.h"
#include "session/room.h"
#include "session/slices.h"

/* A report that the life cycle does not allow (late, duplicate, unknown order) changes nothing and is recorded. */
static void record_refused_move(neap_session *session, const neap_order *order, const neap_report *report,
                                const char *message) {
  static const char *const names[] = {"accepted",  "fill",     "cancelled", "cancel_refused", "rejected", "expired",
                                      "previewed", "in_doubt", "lost"};
  neap_buffer *out = session_scratch(session);
  neap_fault fault = {0};
  neap_record_int(out, "number", (int64_t)report->order);
  neap_record_text(out, "report", names[report->kind]);
  neap_record_text(out, "status", order ? neap_order_status_name(order->status) : "unknown");
  neap_record_text(out, "message", message);
  if (report->kind == NEAP_REPORT_FILL) {
    neap_record_decimal(out, "price", report->fill.price);
    neap_record_decimal(out, "quantity", report->fill.quantity);
  }
  if (session_event(session, "transition_refused", order, -1, order ? order->decision_seq : 0, out, NULL, &fault) !=
      NEAP_OK)
    session_fail(session, &fault);
}

static bool move(neap_session *session, neap_order *order, const neap_report *report, neap_order_move move_to) {
  neap_fault fault = {0};
  if (neap_order_apply(order, move_to, neap_clock_now(&session->clock), &fault) == NEAP_OK) return true;
  record_refused_move(session, order, report, fault.message);
  return false;
}

static void record_move(neap_session *session, const neap_order *order, const neap_report *report, const char *type) {
  neap_buffer *out = session_scratch(session);
  neap_fault fault = {0};
  if (report->kind == NEAP_REPORT_REJECTED && failure_counts(order, report))
    neap_record_int(out, "failures", order_desk(session, order)->failures.count);
  if (report->code[0]) neap_record_text(out, "code", report->code);
  if (report->message[0]) neap_record_text(out, "message", report->message);
  if (session_event(session, type, order, 0, order->decision_seq, out, NULL, &fault) != NEAP_OK)
    session_fail(session, &fault);
}

static void unprotect(neap_session *session, const neap_order *unwinding) {
  neap_fault fault = {0};
  neap_status status = groups_unprotect(session, unwinding, &fault);
  if (status == NEAP_OK && session->outbox.count) status = order_flush(session, &fault);
  if (status != NEAP_OK) session_fail(session, &fault);
}

static void accepted(neap_session *session, neap_order *order, const neap_report *report) {
  if (!move(session, order, report, NEAP_MOVE_ACCEPT)) return;
  record_move(session, order, report, "order_accepted");
  if (order->ticket.type != NEAP_MARKET) order_desk(session, order)->failures.count = 0;
  order->losses = 0;
  session_notify(session, NOTICE_ORDER, order, NULL);
  if (order->unwinds) unprotect(session, order);
}

static void record_end(neap_session *session, const neap_order *order, const neap_report *report, const char *type) {
  record_move(session, order, report, type);
  reconcile_ended(session, order, report->code);
}

static void ended(neap_session *session, neap_order *order, const neap_report *report, neap_order_move move_to,
                  const char *type) {
  neap_fault fault = {0};
  neap_status status = NEAP_OK;
  bool is_wanted = refused_exit_is_wanted(session, order, report);
  if (!move(session, order, report, move_to)) return;
  if (report->code[0]) snprintf(order->reason.code, sizeof order->reason.code, "%s", report->code);
  if (is_wanted) neap_event_store_hold(session->store);
  record_end(session, order, report, type);
  session_notify(session, NOTICE_ORDER, order, NULL);
  if (is_wanted) {
    exposure_uncount(session, order);
    status = refused_exit_place_again(session, order, &fault);
    neap_event_store_release(session->store);
  }
  order_ended(session, order);
  order_retire(session, order);
  if (is_wanted && status == NEAP_OK) status = order_flush(session, &fault);
  if (status != NEAP_OK) session_fail(session, &fault);
}

static void cancel_refused(neap_session *session, neap_order *order, const neap_report *report) {
  if (!move(session, order, report, NEAP_MOVE_REFUSE_CANCEL)) return;
  record_move(session, order, report, "order_cancel_refused");
  replace_refused(session, order);
}

/* Nothing of it moves: what became of it will be told. */
static void in_doubt(neap_session *session, const neap_order *order, const neap_report *report) {
  if (neap_order_is_terminal(order->status))
    record_refused_move(session, order, report, "it has ended");
  else
    record_move(session, order, report, "order_in_doubt");
}

/* An exit that is still wanted is one piece of the journal with the refusal: a session that is killed in between would
 * have none. What all that leads to leaves behind it, for what is held cannot be waited for. */
static void refuse(neap_session *session, neap_order *order, const neap_report *report, const neap_reason *reason) {
  neap_fault fault = {0};
  bool is_wanted = refused_exit_is_wanted(session, order, report);
  neap_event_store_hold(session->store);
  record_end(session, order, report, "order_rejected");
  order_refuse(session, order, reason);
  neap_status status = is_wanted ? refused_exit_place_again(session, order, &fault) : NEAP_OK;
  neap_event_store_release(session->store);
  order_ended(session, order);
  if (is_wanted && status == NEAP_OK) status = order_flush(session, &fault);
  if (status != NEAP_OK) session_fail(session, &fault);
}

static void rejected(neap_session *session, neap_order *order, const neap_report *report) {
  neap_reason reason = {.check = "broker"};
  neap_order_status next;
  neap_fault fault = {0};
  if (neap_order_next(order->status, NEAP_MOVE_REJECT, &next, &fault) != NEAP_OK) {
    record_refused_move(session, order, report, fault.message);
    return;
  }
  snprintf(reason.code, sizeof reason.code, "%s", report->code);
  snprintf(reason.input, sizeof reason.input, "%.63s", report->message);
  bool trips = failure_counts(order, report) && failure_add(session, order, &fault);
  refuse(session, order, report, &reason);
  if (trips) failure_stop(order_desk(session, order), &fault);
}

/* An exit is still wanted, and the same order to the venue; an entry was meant for a moment that has passed; and one
 * that is to go is gone. */
static neap_status lost(neap_session *session, neap_order *order, const neap_report *report, neap_fault *fault) {
  neap_report end = *report;
  bool is_going = order->status == NEAP_ORDER_CANCEL_PENDING && neap_decimal_is_zero(order->filled);
  if (order->status != NEAP_ORDER_SUBMITTED && !is_going) {
    record_refused_move(session, order, report, "the venue had it");
    return NEAP_OK;
  }
  snprintf(end.code, sizeof end.code, "not_sent");
  if (!is_going && order_is_exit(session, order)) {
    record_move(session, order, report, "order_lost");
    refused_exit_is_lost(session, order, report);
    return order_send_late(session, order, fault);
  }
  if (is_going)
    ended(session, order, &end, NEAP_MOVE_CANCEL, "order_cancelled");
  else
    rejected(session, order, &end);
  return NEAP_OK;
}

static neap_status keep_trade(neap_session *session, const neap_round_trip *trade, neap_fault *fault) {
  if (session->trade_count == session->trade_capacity) {
    size_t capacity = session->trade_capacity ? session->trade_capacity * 2 : 64;
    neap_round_trip *trades = realloc(session->trades, capacity * sizeof *trades);
    if (!trades) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for the list of trades");
    session->trades = trades;
    session->trade_capacity = capacity;
  }
  session->trades[session->trade_count++] = *trade;
  return neap_statistics_trade(session->statistics, neap_decimal_to_double(trade->pnl), neap_round_trip_return(trade));
}

static neap_status book(neap_session *session, neap_order *order, const neap_fill *fill, neap_booking *booking,
                        neap_fault *fault) {
  const neap_round_trip *closed = NULL;
  neap_status status = neap_ledger_apply(session->ledger, fill, booking, fault);
  if (status == NEAP_OK) status = neap_round_trips_apply(session->round_trips, fill, booking, &closed, fault);
  if (status == NEAP_OK && exposure_book(session, fill, booking) != NEAP_OK)
    status = neap_fail(fault, NEAP_RANGE, "overflow", "the account's position does not fit a decimal");
  if (status != NEAP_OK) return status;
  neap_buffer *out = session_scratch(session);
  neap_fill_record(fill, booking, out);
  neap_record_text(out, "status", neap_order_status_name(order->status));
  if (order->ticket.sizing != NEAP_BY_QUANTITY) neap_record_decimal(out, "ordered", order->ticket.quantity);
  status = session_event(session, "order_filled", order, 0, order->decision_seq, out, NULL, fault);
  bar_volume_add(&session->markets[fill->product].volume, fill, neap_clock_now(&session->clock), booking->notional);
  session->exposed = true;
  order_desk(session, order)->failures.count = 0;
  return status == NEAP_OK && closed ? keep_trade(session, closed, fault) : status;
}

static neap_status filled(neap_session *session, neap_order *order, const neap_report *report, neap_fault *fault) {
  neap_fill fill = report->fill;
  neap_booking booking;
  neap_decimal notional;
  neap_fault refused = {0};
  neap_status status =
      neap_product_notional(&session->products[order->ticket.product], fill.price, fill.quantity, &notional);
  if (status != NEAP_OK) return neap_fail(fault, status, "overflow", "the value of a fill does not fit a decimal");
  bool counted = order->counted;
  exposure_uncount(session, order);
  if (!neap_decimal_is_zero(report->sized)) order->ticket.quantity = report->sized;
  bool fits =
      neap_order_fill(order, fill.quantity, notional, fill.fee, neap_clock_now(&session->clock), &refused) == NEAP_OK;
  if (counted && !neap_order_is_terminal(order->status) && exposure_count(session, order) != NEAP_OK)
    return neap_fail(fault, NEAP_RANGE, "overflow", "what an order has left does not fit a decimal");
  if (!fits) return record_refused_move(session, order, report, refused.message), NEAP_OK;
  fill.trade = ++session->fills;
  status = book(session, order, &fill, &booking, fault);
  if (status == NEAP_OK) status = account_count_trade(session, notional, fault);
  if (status != NEAP_OK) return status;
  neap_order *entry = slices_book(session, order, &fill, notional);
  session_notify(session, NOTICE_FILL, order, &fill);
  session_notify(session, NOTICE_ORDER, order, NULL);
  if (entry != order) session_notify(session, NOTICE_ORDER, entry, NULL);
  bool done = neap_order_is_terminal(order->status);
  group_fill(&session->groups, entry, fill.quantity, &booking);
  if (done) replace_after(session, order);
  status = groups_unprotect(session, order, fault);
  if (status == NEAP_OK) status = exits_after_fill(session, entry, fill.quantity, &booking, fault);
  if (status == NEAP_OK) groups_settle(session, entry->group);
  if (status == NEAP_OK) status = guards_watch(session, NEAP_AT_FILL, fault);
  if (done) order_retire(session, order);
  if (status == NEAP_OK) room_changed(session);
  return status;
}

static bool is_booked(const neap_order *order, const neap_report *report) {
  return !neap_decimal_is_zero(report->cumulative) && neap_decimal_cmp(report->cumulative, order->filled) <= 0;
}

void session_report(void *context, const neap_report *report) {
  neap_session *session = context;
  neap_order *order = order_find(session, report->order);
  neap_fault fault = {0};
  if (!order) {
    if (report->kind == NEAP_REPORT_FILL && reconcile_takes_fill(session, report)) return;
    record_refused_move(session, NULL, report, "no working order has this number");
    return;
  }
  switch (report->kind) {
  case NEAP_REPORT_ACCEPTED:
    accepted(session, order, report);
    break;
  case NEAP_REPORT_FILL:
    if (is_booked(order, report))
      record_refused_move(session, order, report, "this fill is booked already");
    else if (filled(session, order, report, &fault) != NEAP_OK)
      session_fail(session, &fault);
    break;
  case NEAP_REPORT_CANCELLED:
    ended(session, order, report, NEAP_MOVE_CANCEL, "order_cancelled");
    break;
  case NEAP_REPORT_CANCEL_REFUSED:
    cancel_refused(session, order, report);
    break;
  case NEAP_REPORT_REJECTED:
    rejected(session, order, report);
    break;
  case NEAP_REPORT_EXPIRED:
    ended(session, order, report, NEAP_MOVE_EXPIRE, "order_expired");
    break;
  case NEAP_REPORT_PREVIEWED:
    if (order->status != NEAP_ORDER_PREVIEW)
      record_refused_move(session, order, report, "no preview of it was asked for");
    else if (order_previewed(session, order, report, &fault) != NEAP_OK)
      session_fail(session, &fault);
    break;
  case NEAP_REPORT_IN_DOUBT:
    in_doubt(session, order, report);
    break;
  case NEAP_REPORT_LOST:
    if (lost(session, order, report, &fault) != NEAP_OK) session_fail(session, &fault);
    break;
  }
}
