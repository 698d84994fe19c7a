/* SPDX-License-Identifier: MIT */
/* quarantine: a strategy that failed is put aside: it is called no more, what it could open with goes, its exits stay
 * with the session, and its siblings go on. */
#include <stdio.h>
#include <string.h>

#include "session/session_state.h"

/* A market order leaves at the next price there is; of what waits longer nobody knows what will be held then. */
static bool closes_at_once(const neap_session *session, const neap_order *order) {
  const neap_ticket *ticket = &order->ticket;
  neap_decimal held = neap_ledger_position(session->ledger, ticket->strategy, ticket->product)->quantity;
  int sign = neap_decimal_sign(held);
  return ticket->type == NEAP_MARKET && ticket->execution == NEAP_WHOLE && ticket->sizing == NEAP_BY_QUANTITY &&
         sign != 0 && (sign > 0) == (ticket->side == NEAP_SELL) &&
         neap_decimal_cmp(neap_order_remaining(order), neap_decimal_abs(held)) <= 0;
}

static bool may_open(const neap_session *session, const neap_order *order) {
  const neap_ticket *ticket = &order->ticket;
  bool is_spot = !neap_product_allows_short(&session->products[ticket->product]);
  if (order->previews && order->status <= NEAP_ORDER_PREVIEW) return true; /* no exit is shown before it is sent */
  if (order->parent || ticket->reduce_only || (is_spot && ticket->side == NEAP_SELL)) return false;
  return !closes_at_once(session, order);
}

neap_status entries_withdraw(neap_session *session, const neap_desk *desk, int64_t product, const char *why,
                             neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (neap_order *order = session->first; status == NEAP_OK && order; order = order->next)
    if ((!desk || order->ticket.strategy == desk->index) && (product < 0 || order->ticket.product == product) &&
        may_open(session, order))
      status = order_cancel(session, order, why, fault);
  return status;
}

uint32_t entries_count(const neap_session *session) {
  uint32_t count = 0;
  for (const neap_order *order = session->first; order; order = order->next)
    count += order_is_staying(order) && may_open(session, order);
  return count;
}

neap_status entries_cancel(neap_session *session, const neap_desk *desk, const char *why, neap_fault *fault) {
  neap_status status = entries_withdraw(session, desk, -1, why, fault);
  return status == NEAP_OK ? order_flush(session, fault) : status;
}

static neap_status record(neap_desk *desk, const char *hook, neap_fault *fault) {
  neap_session *session = desk->session;
  neap_buffer *out = session_scratch(session);
  char line[sizeof desk->aside + 128];
  neap_record_text(out, "strategy", desk->name);
  neap_record_text(out, "hook", hook);
  neap_record_text(out, "code", desk->aside.code);
  neap_record_text(out, "message", desk->aside.message);
  neap_record_text(out, "where", desk->aside.where);
  neap_status status = session_event(session, "strategy_quarantined", NULL, -1, session->last_seq, out, NULL, fault);
  int shown = (int)strcspn(desk->aside.message, "\n"); /* the traceback behind it is for the journal */
  snprintf(line, sizeof line, "%s%s%s failed: %.*s; put aside, its entries are cancelled, its exits stay", hook,
           desk->aside.where[0] ? " at " : "", desk->aside.where, shown, desk->aside.message);
  session_say(session, desk->name, "alert", line);
  return status;
}

neap_status desk_put_aside(neap_desk *desk, const char *hook, const neap_fault *why, neap_fault *fault) {
  desk->aside = *why;
  if (desk->aside.status == NEAP_OK) desk->aside.status = NEAP_INVALID;
  desk->hooks = 0;
  timers_drop(desk);
  neap_status status = record(desk, hook, fault);
  return status == NEAP_OK ? entries_cancel(desk->session, desk, "quarantine", fault) : status;
}

neap_status neap_session_seat_status(const neap_session *session, uint32_t seat, neap_fault *why) {
  if (seat >= session->desk_count)
    return neap_fail(why, NEAP_INVALID, "seat", "there is no seat %u, there are %u", seat, session->desk_count);
  const neap_desk *desk = &session->desks[seat];
  if (desk->aside.status != NEAP_OK && why) *why = desk->aside;
  return desk->aside.status;
}
