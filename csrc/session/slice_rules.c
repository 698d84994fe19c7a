/* SPDX-License-Identifier: MIT */
/* slice_rules: a whole and its slices, on a list of working orders. */
#include "session/slice_rules.h"

#include "session/exit_rules.h"

neap_order *slice_whole(neap_order *first, const neap_order *slice) {
  return slice->ticket.slice_of ? order_in(first, slice->ticket.slice_of) : NULL;
}

neap_order *slice_next(neap_order *first, const neap_order *whole, const neap_order *after) {
  neap_order *order = after ? after->next : first;
  while (order && (order->ticket.slice_of != whole->ticket.number || neap_order_is_terminal(order->status)))
    order = order->next;
  return order;
}

neap_slice_rest slice_rest(neap_order *first, const neap_order *whole) {
  neap_slice_rest rest = {neap_order_remaining(whole), NEAP_ZERO};
  for (const neap_order *slice = NULL; (slice = slice_next(first, whole, slice));)
    rest.working.units += neap_order_remaining(slice).units;
  rest.free.units -= rest.working.units;
  return rest;
}

neap_order *slice_over(neap_order *first, const neap_order *slice, int64_t now) {
  neap_order *whole = slice_whole(first, slice);
  if (!whole || neap_order_is_terminal(whole->status)) return whole;
  neap_slices_ended(&whole->slices, whole->ticket.execution, slice->filled.units > 0, slice_rest(first, whole), now);
  return whole;
}
