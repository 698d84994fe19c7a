/* SPDX-License-Identifier: MIT */
/* slices: the life of an order that leaves in slices, from its start to its end. */
#include "session/slices.h"

#include <stdio.h>

#include "base/record.h"
#include "session/slice_rules.h"

enum { SLICES_DEFAULT = 10 };

bool slices_is_running(const neap_order *order) {
  return neap_order_is_sliced(order) && order_is_staying(order) && order->status >= NEAP_ORDER_OPEN;
}

/* A pause holds the slices, not the order's end. */
static int64_t due_of(const neap_order *whole) {
  int64_t due = whole->slices.due && !whole->slices.paused ? whole->slices.due : INT64_MAX;
  int64_t end = whole->ticket.good_till;
  return end && end < due ? end : due;
}

bool slices_is_due(const neap_order *order, int64_t time) { return slices_is_running(order) && due_of(order) <= time; }

void slices_find_next(neap_session *session) {
  session->next_slice = INT64_MAX;
  session->follows_volume = false;
  for (const neap_order *order = session->first; order; order = order->next) {
    if (!slices_is_running(order)) continue;
    if (due_of(order) < session->next_slice) session->next_slice = due_of(order);
    if (order->ticket.execution == NEAP_VWAP) session->follows_volume = true;
  }
  timers_join(session);
}

static neap_status tell(neap_session *session, const neap_order *whole, const char *type, const neap_buffer *out,
                        uint64_t *seq, neap_fault *fault) {
  return session_event(session, type, whole, 0, whole->decision_seq, out, seq, fault);
}

/* The smallest slice that the venue takes at today's price. */
static neap_decimal smallest_of(const neap_session *session, const neap_order *whole) {
  const neap_product *product = &session->products[whole->ticket.product];
  const market_state *market = &session->markets[whole->ticket.product];
  neap_decimal price = neap_decimal_is_zero(whole->ticket.limit) ? market->mark : whole->ticket.limit, unit, quantity;
  if (neap_decimal_is_zero(product->notional_min) || neap_decimal_is_zero(price)) return product->base_min;
  if (neap_product_notional(product, price, neap_decimal_from_int(1), &unit) != NEAP_OK ||
      neap_decimal_div(product->notional_min, unit, NEAP_DECIMAL_DIVISION, NEAP_ROUND_UP, &quantity) != NEAP_OK)
    return product->base_min;
  return neap_decimal_max(product->base_min, quantity);
}

void slices_advise(neap_order *whole, neap_decimal advised) {
  neap_slices *slices = &whole->slices;
  int64_t seconds = slices->over / NEAP_SECOND; /* as many slices at most: each has one */
  if (whole->ticket.execution != NEAP_TWAP || slices->count) return;
  __int128 count = SLICES_DEFAULT;
  if (advised.units > 0) count = (whole->ticket.quantity.units + advised.units - 1) / advised.units;
  if (count > seconds) count = seconds;
  slices->count = count > NEAP_SLICES_MOST ? NEAP_SLICES_MOST : (uint32_t)count;
}

static neap_status begin(neap_session *session, neap_order *whole, neap_fault *fault) {
  int64_t now = neap_clock_now(&session->clock);
  neap_slices *slices = &whole->slices;
  const neap_ticket *ticket = &whole->ticket;
  slices->smallest = smallest_of(session, whole);
  neap_slices_fit(slices, ticket->execution, ticket->quantity, session->products[ticket->product].base_increment);
  neap_slices_begin(slices, ticket->execution, now);
  neap_status status = neap_order_apply(whole, NEAP_MOVE_SUBMIT, now, fault);
  if (status == NEAP_OK) status = neap_order_apply(whole, NEAP_MOVE_ACCEPT, now, fault);
  if (status != NEAP_OK) return status;
  neap_buffer *out = session_scratch(session);
  neap_slices_record(slices, out);
  status = tell(session, whole, "slices_started", out, NULL, fault);
  session_notify(session, NOTICE_ORDER, whole, NULL);
  return status;
}

/* Nothing of it works any more, and it was asked to go. */
static void finish(neap_session *session, neap_order *whole) {
  neap_fault fault = {0};
  if (whole->status != NEAP_ORDER_CANCEL_PENDING || slice_next(session->first, whole, NULL)) return;
  if (neap_order_apply(whole, NEAP_MOVE_CANCEL, neap_clock_now(&session->clock), &fault) != NEAP_OK)
    session_fail(session, &fault);
  neap_buffer *out = session_scratch(session);
  if (whole->reason.code[0]) neap_record_text(out, "code", whole->reason.code);
  if (tell(session, whole, "order_cancelled", out, NULL, &fault) != NEAP_OK) session_fail(session, &fault);
  session_notify(session, NOTICE_ORDER, whole, NULL);
  order_retire(session, whole);
}

static neap_status cancel_slices(neap_session *session, const neap_order *whole, const char *why, neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (neap_order *slice = NULL; status == NEAP_OK && (slice = slice_next(session->first, whole, slice));)
    status = order_cancel(session, slice, why, fault);
  return status;
}

static neap_status withdraw(neap_session *session, neap_order *whole, const char *why, neap_fault *fault) {
  whole->cancel_waits = false;
  if (whole->status != NEAP_ORDER_CANCEL_PENDING &&
      neap_order_apply(whole, NEAP_MOVE_ASK_CANCEL, neap_clock_now(&session->clock), NULL) != NEAP_OK)
    return NEAP_OK;
  neap_status status = cancel_slices(session, whole, why, fault);
  if (status == NEAP_OK) finish(session, whole);
  return status;
}

/* Its slices with it, not when it is its turn: what is asked for behind this may need what they hold. */
neap_status slices_cancel(neap_session *session, neap_order *whole, neap_fault *fault) {
  bool is_leaving = whole->status == NEAP_ORDER_CANCEL_PENDING;
  neap_status status = is_leaving ? NEAP_OK : order_cancel(session, whole, "cancel", fault);
  return status == NEAP_OK ? cancel_slices(session, whole, "cancel", fault) : status;
}

/* What works of it is taken back: it waits with the rest. */
static neap_status hold(neap_session *session, neap_order *whole, neap_fault *fault) {
  if (!slices_is_running(whole)) return NEAP_OK;
  whole->slices.paused = true;
  session_notify(session, NOTICE_ORDER, whole, NULL);
  return cancel_slices(session, whole, "pause", fault);
}

static neap_status go_on(neap_session *session, neap_order *whole) {
  if (!slices_is_running(whole) || !whole->slices.paused) return NEAP_OK;
  neap_slices_resume(&whole->slices, whole->ticket.execution, slice_rest(session->first, whole),
                     neap_clock_now(&session->clock));
  session_notify(session, NOTICE_ORDER, whole, NULL);
  return NEAP_OK;
}

neap_status slices_told(void *context, neap_order *whole, neap_letter_kind kind, const char *why, neap_fault *fault) {
  neap_session *session = context;
  neap_status status = kind == NEAP_LETTER_SUBMIT   ? begin(session, whole, fault)
                       : kind == NEAP_LETTER_CANCEL ? withdraw(session, whole, why, fault)
                       : kind == NEAP_LETTER_PAUSE  ? hold(session, whole, fault)
                                                    : go_on(session, whole);
  slices_find_next(session);
  return status;
}

neap_order *slices_book(neap_session *session, neap_order *order, const neap_fill *fill, neap_decimal notional) {
  neap_order *whole = slice_whole(session->first, order);
  neap_fault fault = {0};
  if (!whole) return order;
  exposure_uncount(session, whole);
  if (neap_order_fill(whole, fill->quantity, notional, fill->fee, neap_clock_now(&session->clock), &fault) != NEAP_OK ||
      slices_lower(session, whole) != NEAP_OK)
    session_fail(session, &fault);
  return whole;
}

void slices_over(neap_session *session, const neap_order *slice) {
  neap_order *whole = slice_over(session->first, slice, neap_clock_now(&session->clock));
  if (!whole) return;
  if (slice->reason.code[0]) whole->reason = slice->reason;
  bool is_filled = whole->status == NEAP_ORDER_FILLED;
  if (is_filled) whole->reason = (neap_reason){.code = ""};
  if (is_filled)
    order_retire(session, whole);
  else
    finish(session, whole);
  slices_find_next(session);
}

neap_order *slices_lift(neap_session *session, const neap_order *slice) {
  neap_order *whole = slice_whole(session->first, slice);
  if (whole) exposure_uncount(session, whole);
  return whole;
}

neap_status slices_lower(neap_session *session, neap_order *whole) {
  bool works = whole && !neap_order_is_terminal(whole->status);
  return works ? exposure_count(session, whole) : NEAP_OK;
}

neap_status slices_settle(neap_session *session, neap_order *whole, neap_fault *fault) {
  neap_status status = NEAP_OK;
  if (whole->status == NEAP_ORDER_PENDING) status = begin(session, whole, fault);
  if (whole->status == NEAP_ORDER_CANCEL_PENDING) status = withdraw(session, whole, "resumed", fault);
  slices_find_next(session);
  return status;
}

/* The slices by name, too: those that work are to go before the close leaves. */
neap_status slices_cancel_exits(const neap_desk *desk, uint32_t product, const char *why, neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (neap_order *order = desk->session->first; status == NEAP_OK && order; order = order->next)
    if ((neap_order_is_sliced(order) || order->ticket.slice_of) && order->ticket.reduce_only &&
        order->ticket.strategy == desk->index && order->ticket.product == product)
      status = order_cancel(desk->session, order, why, fault);
  return status;
}
