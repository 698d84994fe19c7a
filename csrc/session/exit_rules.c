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

static bool same_book(const neap_order *a, const neap_order *b) {
  return a->ticket.strategy == b->ticket.strategy && a->ticket.product == b->ticket.product;
}

static bool is_turned(const neap_booking *booking) {
  return neap_decimal_sign(booking->quantity_before) * neap_decimal_sign(booking->quantity_after) < 0;
}

/* Of a turned position those go that closed it as the fill did, on its side. */
bool exit_closes_with(const neap_order *exit, const neap_order *filled, const neap_booking *booking) {
  bool closed =
      neap_decimal_is_zero(booking->quantity_after) || (is_turned(booking) && exit->ticket.side == filled->ticket.side);
  return closed && exit != filled && exit->parent && same_book(exit, filled) && !neap_order_is_terminal(exit->status);
}

static void cover(neap_order *entry, neap_decimal quantity) {
  entry->covered.units += neap_decimal_min(quantity, exit_exposed(entry)).units;
}

void exits_cover(neap_order *first, neap_order *filled, neap_decimal quantity, const neap_booking *booking) {
  neap_order *entry = filled->parent ? order_in(first, filled->parent) : filled;
  if (entry) cover(entry, filled->parent ? quantity : booking->closed_quantity);
  bool flat = neap_decimal_is_zero(booking->quantity_after);
  if (!flat && !is_turned(booking)) return;
  for (entry = first; entry; entry = entry->next)
    if (same_book(entry, filled) && (flat || entry->ticket.side != filled->ticket.side)) entry->covered = entry->filled;
}
