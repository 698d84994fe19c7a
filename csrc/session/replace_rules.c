/* SPDX-License-Identifier: MIT */
/* replace_rules: chains of orders that take each other's place. */
#include "session/replace_rules.h"

#include "session/exit_rules.h"

neap_order *replace_waiting(neap_order *first, const neap_order *old) {
  neap_order *next = old->replaced_by ? order_in(first, old->replaced_by) : NULL;
  return next && next->waits ? next : NULL;
}

void replace_begin(neap_order *first, neap_order *order) {
  neap_order *old = order->replaces ? order_in(first, order->replaces) : NULL;
  order->waits = old && old != order && !neap_order_is_terminal(old->status);
  if (order->waits) old->replaced_by = order->ticket.number;
}

/* What filled since it was asked for is taken off. */
static neap_decimal left_for(const neap_order *ended, const neap_order *next) {
  if (ended->status != NEAP_ORDER_CANCELLED) return NEAP_ZERO;
  if (next->parent) return neap_order_remaining(ended);
  neap_decimal since = {ended->filled.units - next->replaced_filled.units};
  return neap_decimal_max(NEAP_ZERO, (neap_decimal){next->ticket.quantity.units - since.units});
}

/* It never left: whoever waits for it waits for the one before. */
static neap_order *step_aside(neap_order *first, neap_order *ended, neap_order *next) {
  neap_order *before = order_in(first, ended->replaces);
  ended->waits = false;
  if (!before || neap_order_is_terminal(before->status)) {
    if (next && ended->status != NEAP_ORDER_CANCELLED) next->ticket.quantity = NEAP_ZERO;
    return next;
  }
  before->replaced_by = next ? next->ticket.number : 0;
  if (next) next->replaces = before->ticket.number;
  return NULL;
}

neap_order *replace_after_end(neap_order *first, neap_order *ended) {
  neap_order *next = replace_waiting(first, ended);
  if (ended->waits) return step_aside(first, ended, next);
  for (neap_order *each = next; each; each = replace_waiting(first, each))
    each->ticket.quantity = left_for(ended, each);
  return next;
}

void replace_take_place(neap_order *first, neap_order *order) {
  neap_order *entry = order->parent ? order_in(first, order->parent) : NULL;
  order->waits = false;
  if (!entry) return;
  int kind = exit_kind(&order->ticket);
  entry->exits[kind] = order->ticket.number;
  if (kind == EXIT_STOP) *exit_level(entry, kind) = order->ticket.stop;
  if (kind == EXIT_TARGET) *exit_level(entry, kind) = order->ticket.limit;
}
