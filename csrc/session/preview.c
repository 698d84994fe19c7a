/* SPDX-License-Identifier: MIT */
/* preview: what becomes of an order when the broker has said what it would do: its words are read, the checks are asked
 * once more on the newest snapshot, and only then it leaves. */
#include <stdio.h>
#include <string.h>

#include "base/checklist.h"
#include "base/clock.h"
#include "risk/slippage.h"
#include "session/replace.h"

static void record_amount(neap_buffer *out, const char *key, neap_decimal value) {
  if (!neap_decimal_is_zero(value)) neap_record_decimal(out, key, value);
}

static neap_status record_answer(neap_session *session, const neap_order *order, const neap_report *report,
                                 const neap_decimal *slippage_bps, neap_fault *fault) {
  const neap_preview *preview = &report->preview;
  neap_buffer *out = session_scratch(session);
  record_amount(out, "quantity", preview->quantity);
  record_amount(out, "price", preview->price);
  record_amount(out, "fee", preview->fee);
  record_amount(out, "total", preview->total);
  if (slippage_bps) neap_record_decimal(out, "slippage_bps", *slippage_bps);
  if (report->code[0]) neap_record_text(out, "code", report->code);
  if (report->message[0]) neap_record_text(out, "message", report->message);
  return session_event(session, "order_previewed", order, 0, order->decision_seq, out, NULL, fault);
}

static void refuse(neap_session *session, neap_order *order, const neap_reason *reason) {
  neap_fault fault = {0};
  neap_buffer *out = session_scratch(session);
  neap_reason_record(reason, out);
  if (session_event(session, "order_rejected", order, 0, order->decision_seq, out, NULL, &fault) != NEAP_OK)
    session_fail(session, &fault);
  order_refuse(session, order, reason);
  order_ended(session, order);
}

/* Against the mark; false where either is unknown. */
static bool find_slippage(const neap_session *session, const neap_order *order, neap_decimal price,
                          neap_decimal *slippage_bps) {
  const market_state *market = &session->markets[order->ticket.product];
  if (neap_decimal_is_zero(price) || !market->has_mark) return false;
  return neap_slippage_of(order->ticket.side, price, market->mark, slippage_bps) == NEAP_OK;
}

/* What is read in an answer; each gives false and a reason when it refuses. */
typedef struct preview_check {
  const char *name;
  bool (*ask)(const neap_session *session, const neap_report *report, const neap_decimal *slippage_bps,
              neap_reason *reason);
} preview_check;

static bool check_words(const neap_session *session, const neap_report *report, const neap_decimal *slippage_bps,
                        neap_reason *reason) {
  (void)session, (void)slippage_bps;
  if (!report->code[0]) return true;
  snprintf(reason->code, sizeof reason->code, "%s", report->code);
  snprintf(reason->input, sizeof reason->input, "%.63s", report->message);
  return false;
}

static bool check_price(const neap_session *session, const neap_report *report, const neap_decimal *slippage_bps,
                        neap_reason *reason) {
  (void)report;
  int64_t guard = session->limits->slippage_guard_bps;
  if (!slippage_bps || guard <= 0 || neap_decimal_cmp(*slippage_bps, neap_decimal_from_int(guard)) <= 0) return true;
  snprintf(reason->code, sizeof reason->code, "preview_slippage");
  neap_decimal_format(*slippage_bps, reason->input);
  snprintf(reason->limit, sizeof reason->limit, "%lld", (long long)guard);
  return false;
}

static const preview_check checks[] = {{"preview_words", check_words}, {"preview_slippage", check_price}};

enum { CHECKS = sizeof checks / sizeof *checks };

const char *neap_session_preview_name(unsigned i) { return i < CHECKS ? checks[i].name : NULL; }

static bool is_good(const neap_session *session, const neap_report *report, const neap_decimal *slippage_bps,
                    neap_reason *reason) {
  for (size_t i = 0; i < CHECKS; i++)
    if (neap_check_is_on(checks[i].name) && !checks[i].ask(session, report, slippage_bps, reason)) return false;
  return true;
}

/* It leaves as the second look says: the configuration, or the position, may have changed since the first. */
static neap_status take_ticket(neap_session *session, neap_order *order, const neap_ticket *ticket, neap_buffer *out,
                               neap_fault *fault) {
  exposure_uncount(session, order);
  order->ticket = *ticket;
  neap_ticket_record(ticket, out);
  neap_status status = exposure_count(session, order);
  return status == NEAP_OK ? status : neap_fail(fault, status, "overflow", "an amount does not fit a decimal");
}

static neap_status send(neap_session *session, neap_order *order, const neap_decision *decision, neap_buffer *out,
                        neap_fault *fault) {
  neap_status status = NEAP_OK;
  if (neap_decision_adjusts(decision)) status = take_ticket(session, order, &decision->ticket, out, fault);
  if (status != NEAP_OK) return status;
  status = neap_outbox_send(&session->outbox, order, false, out);
  return status == NEAP_OK ? order_flush(session, fault) : neap_fail(fault, status, "memory", "no memory for an order");
}

/* The second decision. */
static neap_status look_again(neap_session *session, neap_order *order, neap_fault *fault) {
  neap_decision decision;
  neap_status status = order_decide_again(session, order, &decision, fault);
  if (status != NEAP_OK) return status;
  neap_buffer *out = session_scratch(session);
  neap_decision_record(&decision, out);
  neap_record_bool(out, "after_preview", true);
  if (decision.accepted) return send(session, order, &decision, out, fault);
  status = session_event(session, "decision", order, 0, order->decision_seq, out, &order->decision_seq, fault);
  if (status == NEAP_OK) refuse(session, order, &decision.reason);
  return status;
}

neap_status order_previewed(neap_session *session, neap_order *order, const neap_report *report, neap_fault *fault) {
  neap_decimal slippage_bps;
  neap_reason reason = {.check = "preview"};
  const neap_decimal *known =
      find_slippage(session, order, report->preview.price, &slippage_bps) ? &slippage_bps : NULL;
  neap_status status = record_answer(session, order, report, known, fault);
  if (status != NEAP_OK) return status;
  if (is_good(session, report, known, &reason)) return look_again(session, order, fault);
  refuse(session, order, &reason);
  return NEAP_OK;
}

/* Until when an answer that is asked for at `since` is waited for. */
static int64_t end_of_wait(const neap_session *session, int64_t since) {
  int64_t end, most = session->limits->preview_timeout_seconds;
  return most == 0 || __builtin_add_overflow(since, most * NEAP_SECOND, &end) ? INT64_MAX : end;
}

/* The configuration may have become shorter than the wait. */
static int64_t due_of(const neap_session *session, const neap_order *order) {
  int64_t now = session->clock.latest, end = end_of_wait(session, order->updated);
  return order->status != NEAP_ORDER_PREVIEW ? INT64_MAX : end > now ? end : now;
}

void preview_begins(neap_session *session) {
  int64_t end = end_of_wait(session, neap_clock_now(&session->clock));
  if (end >= session->next_preview) return;
  session->next_preview = end;
  timers_join(session);
}

void previews_find_next(neap_session *session) {
  session->next_preview = INT64_MAX;
  for (const neap_order *order = session->first; order; order = order->next)
    if (due_of(session, order) < session->next_preview) session->next_preview = due_of(session, order);
  timers_join(session);
}

static neap_order *due_order(const neap_session *session) {
  neap_order *order = session->first;
  while (order && due_of(session, order) > session->next_preview) order = order->next;
  return order;
}

/* One at a time; of an answer that came, or an order that was cancelled, nothing is left but the moment. */
neap_status previews_expire(neap_session *session, neap_fault *fault) {
  neap_order *order = due_order(session);
  neap_reason reason = {.code = "preview_timeout", .check = "preview"};
  if (!order) return previews_find_next(session), NEAP_OK;
  neap_status status = neap_clock_advance(&session->clock, session->next_preview, fault);
  if (status != NEAP_OK) return status;
  snprintf(reason.input, sizeof reason.input, "no answer within as many seconds");
  snprintf(reason.limit, sizeof reason.limit, "%lld", (long long)session->limits->preview_timeout_seconds);
  refuse(session, order, &reason);
  previews_find_next(session);
  return session_drain(session, fault);
}

void order_withdrawn(void *context, neap_order *order, const char *why) {
  neap_report report = {.kind = NEAP_REPORT_CANCELLED, .order = order->ticket.number, .code = "not_sent"};
  snprintf(report.message, sizeof report.message, "%.110s: it waited for %s", why,
           order->waits                          ? "the end of another order"
           : order->room_until                   ? "what its broker holds"
           : order->status == NEAP_ORDER_WATCHED ? "its trigger"
                                                 : "its preview");
  session_report(context, &report);
}
