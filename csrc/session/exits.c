/* SPDX-License-Identifier: MIT */
/* exits: stop loss, take profit and trailing stop that live and die with their entry. They appear with its first fill,
 * follow what it filled and nothing closed again, and of those that protect one entry a complete fill cancels the
 * others; when the entry fills on after that, they appear anew. */
#include <stdio.h>

#include "session/session_state.h"

enum { EXIT_STOP, EXIT_TARGET, EXIT_TRAIL, EXIT_KINDS };

static const char *const exit_names[EXIT_KINDS] = {"stop_loss", "take_profit", "trailing_stop"};

static neap_decimal *exit_level(neap_order *entry, int kind) {
  neap_decimal *const levels[EXIT_KINDS] = {&entry->stop_loss, &entry->take_profit, &entry->trailing_stop_bps};
  return levels[kind];
}

/* What the exits of an entry are for. */
static neap_decimal exposed(const neap_order *entry) {
  return (neap_decimal){entry->filled.units - entry->covered.units};
}

static void cover(neap_order *entry, neap_decimal quantity) {
  entry->covered.units += neap_decimal_min(quantity, exposed(entry)).units;
}

static void fill_ticket(neap_ticket *ticket, const neap_order *entry, int kind) {
  ticket->strategy = entry->ticket.strategy;
  ticket->product = entry->ticket.product;
  ticket->side = entry->ticket.side == NEAP_BUY ? NEAP_SELL : NEAP_BUY;
  ticket->reduce_only = true;
  ticket->quantity = exposed(entry);
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

/* `rest`: what is left to fill of a working exit. */
static neap_status resize(neap_session *session, neap_order *order, neap_decimal rest, neap_fault *fault) {
  if (neap_decimal_cmp(neap_order_remaining(order), rest) == 0 || neap_decimal_sign(rest) <= 0) return NEAP_OK;
  neap_status status = neap_paper_resize(session->paper, order->ticket.number, rest, fault);
  if (status == NEAP_OK) status = neap_decimal_add(order->filled, rest, &order->ticket.quantity);
  return status;
}

/* The entry's exits after it filled more. */
static neap_status follow_entry(neap_session *session, neap_order *entry, neap_fault *fault) {
  neap_status status = NEAP_OK;
  if (neap_decimal_sign(exposed(entry)) <= 0) return status;
  for (int kind = 0; status == NEAP_OK && kind < EXIT_KINDS; kind++) {
    if (neap_decimal_is_zero(*exit_level(entry, kind))) continue;
    neap_order *order = entry->exits[kind] ? order_find(session, entry->exits[kind]) : NULL;
    status = order ? resize(session, order, exposed(entry), fault) : create(session, entry, kind, fault);
  }
  return status;
}

/* The siblings of an exit that filled: gone when it is complete, as small as its rest when it is not. */
static neap_status follow_exit(neap_session *session, const neap_order *filled, neap_fault *fault) {
  neap_decimal rest = neap_order_remaining(filled);
  neap_status status = NEAP_OK;
  for (neap_order *order = session->first; status == NEAP_OK && order; order = order->next) {
    if (order == filled || order->parent != filled->parent || neap_order_is_terminal(order->status)) continue;
    status = neap_decimal_is_zero(rest) ? order_cancel(session, order, "its sibling filled", fault)
                                        : resize(session, order, rest, fault);
  }
  return status;
}

/* Of one desk. */
static bool is_exit_of(const neap_order *order, const neap_desk *desk, uint32_t product) {
  return order->parent && order->ticket.strategy == desk->index && order->ticket.product == product;
}

neap_status exits_cancel(const neap_desk *desk, uint32_t product, const neap_order *except, const char *why,
                         neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (neap_order *order = desk->session->first; status == NEAP_OK && order; order = order->next)
    if (order != except && is_exit_of(order, desk, product) && !neap_order_is_terminal(order->status))
      status = order_cancel(desk->session, order, why, fault);
  return status;
}

void exits_forget(neap_session *session, const neap_order *exit) {
  neap_order *entry = exit->parent ? order_find(session, exit->parent) : NULL;
  for (int kind = 0; entry && kind < EXIT_KINDS; kind++)
    if (entry->exits[kind] == exit->ticket.number) *exit_level(entry, kind) = NEAP_ZERO;
}

/* How much of which entry this fill covered; flat, nothing is left of any. */
static void cover_entries(neap_session *session, neap_order *order, neap_decimal quantity,
                          const neap_booking *booking) {
  neap_order *entry = order->parent ? order_find(session, order->parent) : order;
  if (entry) cover(entry, order->parent ? quantity : booking->closed_quantity);
  if (!neap_decimal_is_zero(booking->quantity_after)) return;
  for (entry = session->first; entry; entry = entry->next)
    if (entry->ticket.strategy == order->ticket.strategy && entry->ticket.product == order->ticket.product)
      entry->covered = entry->filled;
}

neap_status exits_after_fill(neap_session *session, neap_order *order, neap_decimal quantity,
                             const neap_booking *booking, neap_fault *fault) {
  bool flat = neap_decimal_is_zero(booking->quantity_after);
  cover_entries(session, order, quantity, booking);
  neap_status status = order->parent ? follow_exit(session, order, fault) : NEAP_OK;
  if (status == NEAP_OK && flat)
    status = exits_cancel(order_desk(session, order), order->ticket.product, order, "the position is closed", fault);
  if (status == NEAP_OK && !flat && !order->parent) status = follow_entry(session, order, fault);
  if (status == NEAP_OK && session->outbox.count) status = order_flush(session, fault);
  return status;
}
