/* SPDX-License-Identifier: MIT */
/* slices_due: a slice is due, by the clock or by what the market traded: it becomes an order, or its whole ends. */
#include <stdio.h>
#include <string.h>

#include "base/record.h"
#include "session/slice_rules.h"
#include "session/slices.h"

static void fill_ticket(const neap_order *whole, neap_decimal quantity, neap_order *slice) {
  neap_ticket *ticket = &slice->ticket;
  const neap_ticket given = *ticket;
  *ticket = whole->ticket;
  ticket->number = given.number;
  memcpy(ticket->id, given.id, sizeof ticket->id);
  ticket->execution = NEAP_WHOLE;
  ticket->slice_of = whole->ticket.number;
  ticket->quantity = quantity;
  ticket->time_in_force = NEAP_GTC; /* the whole ends in time, and they with it */
  ticket->good_till = 0;
  snprintf(slice->why, sizeof slice->why, "slice %u of #%llu", (unsigned)whole->slices.cut,
           (unsigned long long)whole->ticket.number);
}

static neap_status place(neap_session *session, const neap_order *whole, neap_decimal quantity, neap_fault *fault) {
  neap_order *slice = order_new(session);
  if (!slice) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for a slice");
  fill_ticket(whole, quantity, slice);
  return order_decide(session, slice, NULL, NULL, fault);
}

static neap_status record_cut(neap_session *session, const neap_order *whole, neap_decimal quantity,
                              neap_fault *fault) {
  const neap_slices *slices = &whole->slices;
  neap_buffer *out = session_scratch(session);
  neap_record_int(out, "slice", slices->cut);
  neap_record_decimal(out, "quantity", quantity);
  if (slices->due) neap_record_time(out, "next", slices->due);
  if (!neap_decimal_is_zero(slices->earned)) neap_record_decimal(out, "earned", slices->earned);
  return session_event(session, "slice_cut", whole, 0, whole->decision_seq, out, &session->cause, fault);
}

/* That it was cut and what became of it: both or none, so that no slice is made twice. */
static neap_status cut(neap_session *session, neap_order *whole, neap_decimal quantity, neap_fault *fault) {
  neap_slices_cut(&whole->slices, whole->ticket.execution, quantity, neap_clock_now(&session->clock));
  neap_event_store_hold(session->store);
  neap_status status = record_cut(session, whole, quantity, fault);
  if (status == NEAP_OK && quantity.units) status = place(session, whole, quantity, fault);
  if (status == NEAP_OK) status = order_journal(session, fault);
  neap_event_store_release(session->store);
  slices_find_next(session);
  neap_status sent = order_flush(session, status == NEAP_OK ? fault : NULL);
  session->cause = 0;
  return status == NEAP_OK ? sent : status;
}

/* Why no further slice is made; NULL: one is. */
static const char *end_of(neap_session *session, const neap_order *whole) {
  const neap_ticket *ticket = &whole->ticket;
  int sign = neap_decimal_sign(neap_ledger_position(session->ledger, ticket->strategy, ticket->product)->quantity);
  if (ticket->good_till && neap_clock_now(&session->clock) >= ticket->good_till) return "good_till";
  if (neap_slices_gave_up(&whole->slices)) return "slices_failed";
  bool reduces = sign && (sign > 0) == (ticket->side == NEAP_SELL);
  return ticket->reduce_only && !reduces ? "nothing_to_reduce" : NULL;
}

static neap_status end(neap_session *session, neap_order *whole, const char *why, neap_fault *fault) {
  if (!whole->reason.code[0]) snprintf(whole->reason.code, sizeof whole->reason.code, "%s", why);
  neap_status status = order_cancel(session, whole, why, fault);
  return status == NEAP_OK ? order_flush(session, fault) : status;
}

static neap_order *due_whole(neap_session *session) {
  neap_order *order = session->first;
  while (order && !slices_is_due(order, session->next_slice)) order = order->next;
  return order;
}

neap_status slices_fire(neap_session *session, neap_fault *fault) {
  neap_order *whole = due_whole(session);
  neap_status status = neap_clock_advance(&session->clock, session->next_slice, fault);
  if (!whole) slices_find_next(session); /* nobody is due: this moment is not to come again */
  if (status != NEAP_OK || !whole) return status;
  const char *why = end_of(session, whole);
  if (why)
    status = end(session, whole, why, fault);
  else
    status = cut(session, whole,
                 neap_slices_next(&whole->slices, whole->ticket.execution, slice_rest(session->first, whole).free,
                                  session->products[whole->ticket.product].base_increment),
                 fault);
  return status == NEAP_OK ? session_settle(session, fault) : status;
}

static neap_status record_share(neap_session *session, const neap_order *whole, neap_decimal volume,
                                neap_fault *fault) {
  neap_buffer *out = session_scratch(session);
  neap_record_decimal(out, "volume", volume);
  neap_record_decimal(out, "earned", whole->slices.earned);
  return session_event(session, "slice_earned", whole, 0, whole->decision_seq, out, NULL, fault);
}

static neap_status trade(neap_session *session, neap_order *whole, neap_decimal volume, neap_fault *fault) {
  const neap_product *product = &session->products[whole->ticket.product];
  const char *why = end_of(session, whole);
  if (why) return end(session, whole, why, fault);
  if (neap_slices_earn(&whole->slices, volume) != NEAP_OK) return NEAP_OK; /* more than any order wants */
  neap_decimal quantity =
      neap_slices_share(&whole->slices, slice_rest(session->first, whole).free, product->base_increment);
  return quantity.units ? cut(session, whole, quantity, fault) : record_share(session, whole, volume, fault);
}

static neap_order *next_vwap(neap_order *order, uint32_t product) {
  while (order && (order->ticket.execution != NEAP_VWAP || order->ticket.product != product || order->slices.paused ||
                   !slices_is_running(order)))
    order = order->next;
  return order;
}

/* A whole that ends leaves the list: the one behind it is found by number. */
static neap_status trade_bar(neap_session *session, const neap_bar_event *bar, neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (neap_order *whole = next_vwap(session->first, bar->product); status == NEAP_OK && whole;) {
    neap_order *next = next_vwap(whole->next, bar->product);
    uint64_t number = next ? next->ticket.number : 0;
    status = trade(session, whole, bar->candle->volume, fault);
    whole = number ? order_find(session, number) : NULL;
  }
  return status;
}

neap_status slices_trade(neap_session *session, const neap_bar_event *bars, uint32_t count, neap_fault *fault) {
  neap_status status = NEAP_OK;
  if (!session->follows_volume) return NEAP_OK;
  for (uint32_t i = 0; status == NEAP_OK && i < count; i++)
    if (bars[i].candle->volume.units) status = trade_bar(session, &bars[i], fault);
  return status == NEAP_OK ? session_settle(session, fault) : status;
}
