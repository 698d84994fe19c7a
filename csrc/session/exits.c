/* SPDX-License-Identifier: MIT */
/* exits: stop loss, take profit and trailing stop that live and die with their entry. They appear with its first fill,
 * follow what it filled and nothing closed again, and of those that protect one entry a complete fill cancels the
 * others; when the entry fills on after that, they appear anew. */
#include <stdio.h>

#include "session/exit_rules.h"
#include "session/session_state.h"

static const char *const exit_names[EXIT_KINDS] = {"stop_loss", "take_profit", "trailing_stop"};

static void fill_ticket(neap_ticket *ticket, const neap_order *entry, int kind) {
  ticket->strategy = entry->ticket.strategy;
  ticket->product = entry->ticket.product;
  ticket->side = entry->ticket.side == NEAP_BUY ? NEAP_SELL : NEAP_BUY;
  ticket->reduce_only = true;
  ticket->quantity = exit_exposed(entry);
  ticket->type = kind == EXIT_STOP ? NEAP_STOP : kind == EXIT_TARGET ? NEAP_LIMIT : NEAP_TRAILING_STOP;
  if (kind == EXIT_STOP) ticket->stop = entry->stop_loss;
  if (kind == EXIT_TARGET) ticket->limit = entry->take_profit;
  if (kind == EXIT_TRAIL) ticket->trail_bps = entry->trailing_stop_bps;
}

static neap_status create(neap_session *session, neap_order *entry, int kind, neap_fault *fault) {
  neap_order *order = order_new(session);
  if (!order) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for an exit");
  fill_ticket(&order->ticket, entry, kind);
  order->parent = entry->ticket.number;
  entry->exits[kind] = order->ticket.number;
  snprintf(order->why, sizeof order->why, "%s of #%llu", exit_names[kind], (unsigned long long)entry->ticket.number);
  return order_decide(session, order, NULL, NULL, fault);
}

static neap_status set_quantity(neap_session *session, neap_order *order, neap_decimal quantity) {
  exposure_uncount(session, order);
  order->ticket.quantity = quantity;
  return exposure_count(session, order);
}

/* It filled more than was told: what it does beyond its entry, the venue has done. */
static neap_status keep_quantity(neap_session *session, neap_order *order, neap_decimal quantity, neap_fault *fault) {
  neap_buffer *out = session_scratch(session);
  neap_status status = set_quantity(session, order, quantity);
  if (status != NEAP_OK) return status;
  neap_record_decimal(out, "quantity", quantity);
  return session_event(session, "order_resize_refused", order, 0, order->decision_seq, out, NULL, fault);
}

/* `rest`: what is left to fill of a working exit. */
static neap_status resize(neap_session *session, neap_order *order, neap_decimal rest, neap_fault *fault) {
  if (!exit_follows(order, rest)) return NEAP_OK;
  const neap_broker *broker = session->broker;
  neap_decimal before = order->ticket.quantity, after;
  neap_status status = neap_decimal_add(order->filled, rest, &after);
  if (status == NEAP_OK) status = set_quantity(session, order, after);
  bool has_left = !order->waits && order->status != NEAP_ORDER_PENDING && order->status != NEAP_ORDER_WATCHED;
  if (status != NEAP_OK || !has_left) return status; /* the broker does not have it, and gets it with this quantity */
  status = broker->resize(broker->self, order, neap_clock_now(&session->clock), fault);
  return status == NEAP_REFUSED ? keep_quantity(session, order, before, fault) : status;
}

neap_status exits_create_owed(neap_session *session, neap_order *entry, neap_fault *fault) {
  unsigned owed = entry->owed & NEAP_OWES_EXITS;
  neap_status status = NEAP_OK;
  for (int kind = 0; status == NEAP_OK && kind < EXIT_KINDS; kind++)
    if (owed >> kind & 1) status = create(session, entry, kind, fault);
  return status;
}

/* The entry's exits after it filled more. */
static neap_status follow_entry(neap_session *session, neap_order *entry, neap_fault *fault) {
  neap_status status = NEAP_OK;
  if (neap_decimal_sign(exit_exposed(entry)) <= 0) return status;
  for (int kind = 0; status == NEAP_OK && kind < EXIT_KINDS; kind++) {
    if (neap_decimal_is_zero(*exit_level(entry, kind))) continue;
    neap_order *order = entry->exits[kind] ? order_find(session, entry->exits[kind]) : NULL;
    status = order ? resize(session, order, exit_exposed(entry), fault) : create(session, entry, kind, fault);
  }
  return status;
}

/* The siblings of an exit that filled: gone when it is complete, as small as its rest when it is not. */
static neap_status follow_exit(neap_session *session, const neap_order *filled, neap_fault *fault) {
  neap_decimal rest = neap_order_remaining(filled);
  neap_status status = NEAP_OK;
  for (neap_order *order = session->first; status == NEAP_OK && order; order = order->next) {
    if (!exit_is_sibling(order, filled)) continue;
    status = neap_decimal_is_zero(rest) ? order_cancel(session, order, "its sibling filled", fault)
                                        : resize(session, order, rest, fault);
  }
  return status;
}

/* Of one desk. */
static bool is_exit_of(const neap_order *order, const neap_desk *desk, uint32_t product) {
  return order->parent && order->ticket.strategy == desk->index && order->ticket.product == product;
}

neap_status exits_cancel(const neap_desk *desk, uint32_t product, const char *why, neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (neap_order *order = desk->session->first; status == NEAP_OK && order; order = order->next)
    if (is_exit_of(order, desk, product) && !neap_order_is_terminal(order->status))
      status = order_cancel(desk->session, order, why, fault);
  return status;
}

static neap_status cancel_closed(neap_session *session, const neap_order *filled, const neap_booking *booking,
                                 neap_fault *fault) {
  const char *why = neap_decimal_is_zero(booking->quantity_after) ? "the position is closed" : "the position is turned";
  neap_status status = NEAP_OK;
  for (neap_order *order = session->first; status == NEAP_OK && order; order = order->next)
    if (exit_closes_with(order, filled, booking)) status = order_cancel(session, order, why, fault);
  return status;
}

neap_status exits_after_fill(neap_session *session, neap_order *order, neap_decimal quantity,
                             const neap_booking *booking, neap_fault *fault) {
  bool flat = neap_decimal_is_zero(booking->quantity_after);
  exits_cover(session->first, order, quantity, booking);
  neap_status status = order->parent ? follow_exit(session, order, fault) : NEAP_OK;
  if (status == NEAP_OK) status = cancel_closed(session, order, booking, fault);
  if (status == NEAP_OK && !flat && !order->parent) status = follow_entry(session, order, fault);
  if (status == NEAP_OK && session->outbox.count) status = order_flush(session, fault);
  return status;
}
