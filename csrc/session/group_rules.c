/* SPDX-License-Identifier: MIT */
/* group_rules: legs by number, so that the same group comes about whichever way it was made. */
#include "session/group_rules.h"

#include <stdlib.h>
#include <string.h>

static order_group **place_of(order_group **first, uint64_t number) {
  while (*first && (*first)->number < number) first = &(*first)->next;
  return first;
}

order_group *group_find(order_group *first, uint64_t number) {
  order_group *group = *place_of(&first, number);
  return group && group->number == number ? group : NULL;
}

static group_leg *leg_of(order_group *group, uint64_t order) {
  for (uint32_t i = 0; group && i < group->count; i++)
    if (group->leg[i].order == order) return &group->leg[i];
  return NULL;
}

static void take_out(order_group *group, const group_leg *leg) {
  size_t at = (size_t)(leg - group->leg);
  memmove(&group->leg[at], &group->leg[at + 1], (--group->count - at) * sizeof *leg);
}

static void put_in(order_group *group, group_leg leg) {
  uint32_t at = group->count++;
  for (; at > 0 && group->leg[at - 1].order > leg.order; at--) group->leg[at] = group->leg[at - 1];
  group->leg[at] = leg;
}

neap_decimal group_to_unwind(const order_group *group, const group_leg *leg) {
  if (!group->unwinds || !group->is_broken) return NEAP_ZERO;
  return neap_decimal_max(NEAP_ZERO, (neap_decimal){leg->opened.units - leg->closed.units - leg->asked.units});
}

bool group_has_fill(const order_group *group) {
  for (uint32_t i = 0; i < group->count; i++)
    if (group->leg[i].is_touched) return true;
  return false;
}

static bool ended_short(const group_leg *leg) { return !leg->works && !leg->is_full && !leg->awaits; }

bool group_is_short(const order_group *group) {
  bool is_short = false;
  for (uint32_t i = 0; i < group->count; i++) is_short |= ended_short(&group->leg[i]);
  return is_short && !group->one_cancels_other && (group->unwinds || group_has_fill(group));
}

static bool is_done(const order_group *group) {
  bool owes = group_is_short(group) && !group->is_broken && group_has_fill(group);
  for (uint32_t i = 0; i < group->count; i++)
    owes |= group->leg[i].works || group->leg[i].awaits || !neap_decimal_is_zero(group->leg[i].asked) ||
            !neap_decimal_is_zero(group_to_unwind(group, &group->leg[i]));
  return !owes;
}

static void forget_done(order_group **first, order_group *group) {
  if (!is_done(group)) return;
  *place_of(first, group->number) = group->next;
  free(group);
}

static order_group *found(order_group **first, const neap_order *order) {
  order_group **at = place_of(first, order->group), *group = *at;
  if (group && group->number == order->group) return group;
  if (!(group = calloc(1, sizeof *group))) return NULL;
  *group = (order_group){.number = order->group,
                         .strategy = order->ticket.strategy,
                         .one_cancels_other = order->one_cancels_other,
                         .unwinds = order->unwinds_group,
                         .next = *at};
  return *at = group;
}

/* Its leg; NULL: it unwinds none, or nobody knows that one. */
static group_leg *unwound_leg(order_group *first, const neap_order *order) {
  return order->unwinds ? leg_of(group_find(first, order->group), order->unwinds) : NULL;
}

static void unwind(order_group *first, const neap_order *order) {
  group_leg *leg = unwound_leg(first, order);
  if (!leg) return;
  leg->asked.units += order->ticket.quantity.units;
  leg->again = 0;
}

static void ask_no_more(group_leg *leg, neap_decimal quantity) {
  leg->asked = neap_decimal_max(NEAP_ZERO, (neap_decimal){leg->asked.units - quantity.units});
}

static void close_some(group_leg *leg, neap_decimal quantity) {
  leg->closed = neap_decimal_min(leg->opened, (neap_decimal){leg->closed.units + quantity.units});
}

neap_status group_join(order_group **first, const neap_order *order) {
  if (!order->group || order->waits) return NEAP_OK;
  if (order->unwinds) return unwind(*first, order), NEAP_OK;
  order_group *group = group_find(*first, order->group);
  if (group && order->replaces && leg_of(group, order->replaces)) return group_take_place(first, order), NEAP_OK;
  if (!group && !(group = found(first, order))) return NEAP_MEMORY;
  if (group->count == GROUP_LEGS) return NEAP_RANGE;
  put_in(group, (group_leg){.order = order->ticket.number,
                            .product = order->ticket.product,
                            .side = order->ticket.side,
                            .works = true});
  return NEAP_OK;
}

void group_leave(order_group **first, const neap_order *order) {
  order_group *group = order->group ? group_find(*first, order->group) : NULL;
  group_leg *leg = leg_of(group, order->ticket.number);
  if (!leg) return;
  take_out(group, leg);
  forget_done(first, group);
}

void group_take_place(order_group **first, const neap_order *order) {
  order_group *group = order->group ? group_find(*first, order->group) : NULL;
  group_leg *old = leg_of(group, order->replaces);
  if (!old) return;
  group_leg leg = *old;
  leg.order = order->ticket.number;
  leg.works = true;
  leg.awaits = 0;
  take_out(group, old);
  put_in(group, leg);
}

/* An exit of a leg closes what that opened. */
static group_leg *protected_leg(order_group *first, const neap_order *exit, order_group **group) {
  for (*group = first; exit->parent && *group; *group = (*group)->next) {
    group_leg *leg = leg_of(*group, exit->parent);
    if (leg) return leg;
  }
  return NULL;
}

void group_fill(order_group **first, const neap_order *order, neap_decimal quantity, const neap_booking *booking) {
  order_group *group = order->group && !order->unwinds ? group_find(*first, order->group) : NULL;
  group_leg *leg = leg_of(group, order->ticket.number);
  if (leg) {
    leg->is_touched = true;
    leg->opened.units += quantity.units - booking->closed_quantity.units;
  } else if ((leg = unwound_leg(*first, order))) {
    ask_no_more(leg, quantity);
    close_some(leg, quantity);
    forget_done(first, group_find(*first, order->group));
  } else if ((leg = protected_leg(*first, order, &group))) {
    close_some(leg, quantity);
    forget_done(first, group);
  }
}

static void stop_awaiting(order_group *group, uint64_t order) {
  for (uint32_t i = 0; i < group->count; i++)
    if (group->leg[i].awaits == order) group->leg[i].awaits = 0;
}

/* What it did not close is to be closed again. */
static void end_unwinding(order_group **first, const neap_order *order) {
  group_leg *leg = unwound_leg(*first, order);
  neap_decimal rest = neap_order_remaining(order);
  if (!leg) return;
  ask_no_more(leg, rest);
  leg->has_failed |= !neap_decimal_is_zero(rest);
  forget_done(first, group_find(*first, order->group));
}

void group_end(order_group **first, const neap_order *order, const neap_order *next) {
  if (order->unwinds) {
    end_unwinding(first, order);
    return;
  }
  order_group *group = order->group ? group_find(*first, order->group) : NULL;
  group_leg *leg = leg_of(group, order->ticket.number);
  if (!group) return;
  stop_awaiting(group, order->ticket.number);
  if (leg) {
    leg->works = false;
    leg->is_full = order->status == NEAP_ORDER_FILLED;
    leg->awaits = next ? next->ticket.number : 0;
  }
  forget_done(first, group);
}

void group_break(order_group **first, uint64_t number) {
  order_group *group = group_find(*first, number);
  if (!group) return;
  group->is_broken = true;
  forget_done(first, group);
}

void group_try_again(order_group **first, uint64_t number, uint64_t leg_order, int64_t again) {
  order_group *group = group_find(*first, number);
  group_leg *leg = leg_of(group, leg_order);
  if (!leg) return;
  leg->has_failed = false;
  leg->failures++;
  leg->again = again;
  if (!again) leg->closed = leg->opened;
  forget_done(first, group);
}

void group_note_stop(order_group *first, const neap_order *exit) {
  order_group *group;
  group_leg *leg = protected_leg(first, exit, &group);
  if (!leg || exit->trigger.emulated) return;
  if (exit->ticket.type == NEAP_STOP) leg->stop = exit->ticket.stop;
  if (exit->ticket.type == NEAP_TRAILING_STOP) leg->trail_bps = exit->ticket.trail_bps;
}

static bool protects_leg(const neap_order *exit, const neap_order *unwinding) {
  return unwinding->unwinds && exit->parent == unwinding->unwinds && !neap_order_is_terminal(exit->status);
}

static bool is_watched(const neap_order *exit) { return exit->status == NEAP_ORDER_WATCHED && !exit->trigger.fired; }

neap_decimal group_left_open(order_group *first, const neap_order *unwinding) {
  const group_leg *leg = unwound_leg(first, unwinding);
  return leg ? (neap_decimal){leg->opened.units - leg->closed.units} : NEAP_ZERO;
}

bool group_unwinds_with(const neap_order *exit, const neap_order *unwinding, neap_decimal left) {
  return protects_leg(exit, unwinding) && (!is_watched(exit) || neap_decimal_is_zero(left));
}

bool group_shrinks_with(const neap_order *exit, const neap_order *unwinding, neap_decimal left) {
  return protects_leg(exit, unwinding) && is_watched(exit) && !neap_decimal_is_zero(left) &&
         neap_decimal_cmp(left, exit->ticket.quantity) < 0;
}

void groups_free(order_group *first) {
  while (first) {
    order_group *next = first->next;
    free(first);
    first = next;
  }
}
