/* SPDX-License-Identifier: MIT */
/* exit_rules: levels, exposure and cover of entries, on a list of working orders. */
#include "session/exit_rules.h"

neap_decimal *exit_level(neap_order *entry, int kind) {
  neap_decimal *const levels[EXIT_KINDS] = {&entry->stop_loss, &entry->take_profit, &entry->trailing_stop_bps};
  return levels[kind];
}

int exit_kind(const neap_ticket *exit) {
  return exit->type == NEAP_STOP ? EXIT_STOP : exit->type == NEAP_LIMIT ? EXIT_TARGET : EXIT_TRAIL;
}

neap_decimal exit_exposed(const neap_order *entry) {
  return (neap_decimal){entry->filled.units - entry->covered.units};
}

neap_order *order_in(neap_order *first, uint64_t number) {
  while (first && first->ticket.number != number) first = first->next;
  return first;
}

void exit_forget(neap_order *first, const neap_order *exit) {
  neap_order *entry = exit->parent ? order_in(first, exit->parent) : NULL;
  for (int kind = 0; entry && kind < EXIT_KINDS; kind++)
    if (entry->exits[kind] == exit->ticket.number) *exit_level(entry, kind) = NEAP_ZERO;
}

bool exit_follows(const neap_order *exit, neap_decimal rest) {
  return neap_decimal_cmp(neap_order_remaining(exit), rest) != 0 && neap_decimal_sign(rest) > 0;
}

bool exit_is_sibling(const neap_order *exit, const neap_order *filled) {
  bool replaces_it = exit->waits && exit->replaces == filled->ticket.number;
  return exit != filled && !replaces_it && exit->parent == filled->parent && !neap_order_is_terminal(exit->status);
}

bool exit_closes_with(const neap_order *exit, const neap_order *filled) {
  return exit != filled && exit->parent && exit->ticket.strategy == filled->ticket.strategy &&
         exit->ticket.product == filled->ticket.product && !neap_order_is_terminal(exit->status);
}

static void cover(neap_order *entry, neap_decimal quantity) {
  entry->covered.units += neap_decimal_min(quantity, exit_exposed(entry)).units;
}

void exits_cover(neap_order *first, neap_order *filled, neap_decimal quantity, const neap_booking *booking) {
  neap_order *entry = filled->parent ? order_in(first, filled->parent) : filled;
  if (entry) cover(entry, filled->parent ? quantity : booking->closed_quantity);
  if (!neap_decimal_is_zero(booking->quantity_after)) return;
  for (entry = first; entry; entry = entry->next)
    if (entry->ticket.strategy == filled->ticket.strategy && entry->ticket.product == filled->ticket.product)
      entry->covered = entry->filled;
}
