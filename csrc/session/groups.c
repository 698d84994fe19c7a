/* SPDX-License-Identifier: MIT */
/* groups: each act may bring reports that change the group, or end it: it is looked for anew every time. */
#include "session/groups.h"

#include <stdio.h>

#include "base/record.h"
#include "session/exit_rules.h"
#include "session/room.h"

static void keep_fault(neap_session *session, neap_status status, const neap_fault *fault) {
  if (status != NEAP_OK) session_fail(session, fault);
}

void groups_join(neap_session *session, const neap_order *order) {
  neap_fault fault;
  neap_status status = group_join(&session->groups, order);
  if (status != NEAP_OK) keep_fault(session, neap_fail(&fault, status, "memory", "no memory for a group"), &fault);
}

static const group_leg *short_leg(const order_group *group) {
  const group_leg *leg = group->leg;
  while (leg->works || leg->is_full) leg++;
  return leg;
}

static neap_status tell(neap_session *session, const order_group *group, neap_fault *fault) {
  char line[200];
  uint64_t number = group->number, leg = short_leg(group)->order;
  const neap_desk *desk = &session->desks[group->strategy];
  const char *follows = group->unwinds ? "unwind" : "keep";
  neap_buffer *out = session_scratch(session);
  session_record_desk(desk, out);
  neap_record_int(out, "group", (int64_t)number);
  neap_record_int(out, "leg", (int64_t)leg);
  neap_record_text(out, "on_partial", follows);
  group_break(&session->groups, number);
  snprintf(line, sizeof line, "group #%llu: its leg #%llu ended short; on_partial = \"%s\"", (unsigned long long)number,
           (unsigned long long)leg, follows);
  neap_status status = session_event(session, "group_broken", NULL, -1, session->last_seq, out, NULL, fault);
  session_say(session, desk->name, "warn", line);
  return status;
}

/* The working orders of a group, but those with a fill where they are to stay. */
static neap_status cancel_others(neap_session *session, uint64_t number, bool keeps_touched, const char *why,
                                 neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (neap_order *order = session->first; status == NEAP_OK && order; order = order->next) {
    bool is_leg = order->group == number && !order->unwinds;
    bool waits_for_room = order->trigger.fired && order->status == NEAP_ORDER_WATCHED && !order->refusals;
    bool stays = keeps_touched && (waits_for_room || !neap_decimal_is_zero(order->filled));
    if (is_leg && !stays) status = order_cancel(session, order, why, fault);
  }
  return status;
}

static neap_status shrink(neap_session *session, neap_order *exit, neap_decimal quantity, neap_fault *fault) {
  exposure_uncount(session, exit);
  exit->ticket.quantity = quantity;
  neap_status status = exposure_count(session, exit);
  return status == NEAP_OK ? status : neap_fail(fault, status, "overflow", "an amount does not fit a decimal");
}

static neap_status give_up(neap_session *session, neap_order *exit, neap_fault *fault) {
  if (order_is_staying(exit)) group_note_stop(session->groups, exit);
  return order_cancel(session, exit, GROUP_UNWOUND, fault);
}

neap_status groups_unprotect(neap_session *session, const neap_order *unwinding, neap_fault *fault) {
  neap_status status = NEAP_OK;
  neap_decimal left = group_left_open(session->groups, unwinding);
  for (neap_order *order = session->first; status == NEAP_OK && order; order = order->next)
    if (group_unwinds_with(order, unwinding, left))
      status = give_up(session, order, fault);
    else if (group_shrinks_with(order, unwinding, left))
      status = shrink(session, order, left, fault);
  return status;
}

/* What its leg opened, and no more. */
static neap_status close_leg(neap_session *session, const order_group *group, const group_leg *leg, neap_fault *fault) {
  neap_order *order = order_new(session);
  if (!order) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for an order");
  order->ticket.strategy = group->strategy;
  order->ticket.product = leg->product;
  order->ticket.side = leg->side == NEAP_BUY ? NEAP_SELL : NEAP_BUY;
  order->ticket.reduce_only = true;
  order->ticket.quantity = group_to_unwind(group, leg);
  order->group = group->number;
  order->unwinds = leg->order;
  snprintf(order->why, sizeof order->why, "unwind of group #%llu", (unsigned long long)group->number);
  neap_status status = order_decide(session, order, NULL, NULL, fault);
  if (status == NEAP_OK && order->status == NEAP_ORDER_PENDING && room_is_held(session, order))
    status = groups_unprotect(session, order, fault); /* it would not be taken beside them */
  groups_join(session, order);
  if (order->status == NEAP_ORDER_REJECTED) group_end(&session->groups, order, NULL); /* by the engine */
  return status;
}

static const group_leg *leg_to_unwind(const order_group *group, bool has_failed, int64_t now) {
  for (uint32_t i = 0; group && i < group->count; i++) {
    const group_leg *leg = &group->leg[i];
    bool is_due = leg->has_failed == has_failed && (has_failed || leg->again <= now);
    if (is_due && !neap_decimal_is_zero(group_to_unwind(group, leg))) return leg;
  }
  return NULL;
}

/* 1, 2, 4 … 64 seconds behind the first, second … failure. 0: something else has closed it, nothing is held. */
static int64_t time_to_try_again(const neap_session *session, const order_group *group, const group_leg *leg) {
  neap_decimal held = neap_ledger_position(session->ledger, group->strategy, leg->product)->quantity;
  if (neap_decimal_sign(held) != (leg->side == NEAP_BUY ? 1 : -1)) return 0;
  return session->clock.latest + (NEAP_SECOND << (leg->failures < 6 ? leg->failures : 6));
}

static bool has_stop(const neap_session *session, uint64_t entry, neap_order_type type) {
  for (const neap_order *order = session->first; order; order = order->next)
    if (order->parent == entry && order->ticket.type == type && order_is_staying(order)) return true;
  return false;
}

static void say_stand_in(neap_session *session, const neap_order *order) {
  char line[200], level[NEAP_DECIMAL_TEXT];
  bool trails = order->ticket.type == NEAP_TRAILING_STOP;
  neap_decimal_format(trails ? order->ticket.trail_bps : order->ticket.stop, level);
  snprintf(line, sizeof line, "#%llu watches for its stop at %s%s until then", (unsigned long long)order->ticket.number,
           level, trails ? " bps" : "");
  session_say(session, order_desk(session, order)->name, "alert", line);
}

/* Its own went to make room for what unwinds it, or because the broker had taken that: until the next attempt a trigger
 * of ours watches, which holds nothing. */
static neap_status stand_in(neap_session *session, const order_group *group, const group_leg *leg, neap_order_type type,
                            neap_fault *fault) {
  neap_decimal level = type == NEAP_STOP ? leg->stop : leg->trail_bps;
  if (neap_decimal_is_zero(level) || has_stop(session, leg->order, type)) return NEAP_OK;
  neap_order *order = order_new(session), *entry = order_find(session, leg->order);
  if (!order) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for a stop");
  order->ticket.strategy = group->strategy;
  order->ticket.product = leg->product;
  order->ticket.side = leg->side == NEAP_BUY ? NEAP_SELL : NEAP_BUY;
  order->ticket.type = type;
  order->ticket.reduce_only = true;
  order->ticket.quantity = group_to_unwind(group, leg);
  *(type == NEAP_STOP ? &order->ticket.stop : &order->ticket.trail_bps) = level;
  order->parent = leg->order;
  order->watched_here = true;
  snprintf(order->why, sizeof order->why, "stop of #%llu until its group is unwound", (unsigned long long)leg->order);
  if (entry) entry->exits[exit_kind(&order->ticket)] = order->ticket.number;
  neap_status status = order_decide(session, order, NULL, NULL, fault);
  if (status == NEAP_OK && order->status == NEAP_ORDER_PENDING) say_stand_in(session, order);
  return status;
}

static void say_failure(neap_session *session, const order_group *group, const group_leg *leg, int64_t again) {
  char line[240], rest[NEAP_DECIMAL_TEXT];
  neap_decimal_format(group_to_unwind(group, leg), rest);
  int length = snprintf(line, sizeof line, "group #%llu: %s %s of its leg #%llu are not unwound; ",
                        (unsigned long long)group->number, rest, session->products[leg->product].id,
                        (unsigned long long)leg->order);
  if (again)
    snprintf(line + length, sizeof line - (size_t)length, "that is tried again in %d s",
             (int)((again - session->clock.latest) / NEAP_SECOND));
  else
    snprintf(line + length, sizeof line - (size_t)length, "nothing of it is held any more");
  session_say(session, session->desks[group->strategy].name, again ? "alert" : "warn", line);
}

static neap_status protect_again(neap_session *session, uint64_t number, uint64_t order, neap_fault *fault) {
  static const neap_order_type types[] = {NEAP_STOP, NEAP_TRAILING_STOP};
  const order_group *group = group_find(session->groups, number);
  neap_status status = NEAP_OK;
  for (uint32_t i = 0; group && i < group->count; i++)
    for (uint32_t k = 0; status == NEAP_OK && k < 2 && group->leg[i].order == order; k++)
      status = stand_in(session, group, &group->leg[i], types[k], fault);
  return status;
}

static neap_status tell_failure(neap_session *session, const order_group *group, const group_leg *leg,
                                neap_fault *fault) {
  int64_t again = time_to_try_again(session, group, leg);
  int64_t product = leg->product;
  neap_buffer *out = session_scratch(session);
  session_record_desk(&session->desks[group->strategy], out);
  neap_record_int(out, "group", (int64_t)group->number);
  neap_record_int(out, "leg", (int64_t)leg->order);
  neap_record_decimal(out, "quantity", group_to_unwind(group, leg));
  if (again) neap_record_time(out, "again", again);
  say_failure(session, group, leg, again);
  uint64_t number = group->number, order = leg->order;
  group_try_again(&session->groups, number, order, again);
  neap_status status = session_event(session, "unwind_failed", NULL, product, session->last_seq, out, NULL, fault);
  return status == NEAP_OK && again ? protect_again(session, number, order, fault) : status;
}

/* In one piece of the journal: a session that is killed in between would leave it bare. */
static neap_status fail(neap_session *session, const order_group *group, const group_leg *leg, neap_fault *fault) {
  neap_event_store_hold(session->store);
  neap_status status = tell_failure(session, group, leg, fault);
  if (status == NEAP_OK) status = order_journal(session, fault);
  neap_event_store_release(session->store);
  return status;
}

static neap_status unwind(neap_session *session, uint64_t number, neap_fault *fault) {
  const order_group *group;
  const group_leg *leg;
  int64_t now = session->clock.latest;
  neap_status status = cancel_others(session, number, false, GROUP_UNWOUND, fault);
  size_t before = session->outbox.count;
  while (status == NEAP_OK && (leg = leg_to_unwind(group = group_find(session->groups, number), false, now)))
    status = close_leg(session, group, leg, fault);
  if (status == NEAP_OK && session->outbox.count > before)
    status = order_journal(session, fault); /* what failed at once comes before its failure */
  while (status == NEAP_OK && (leg = leg_to_unwind(group = group_find(session->groups, number), true, now)))
    status = fail(session, group, leg, fault);
  return status;
}

static void find_next(neap_session *session) {
  session->next_unwind = INT64_MAX;
  for (const order_group *group = session->groups; group; group = group->next)
    for (uint32_t i = 0; i < group->count; i++) {
      int64_t again = group->leg[i].again;
      bool waits = again > session->clock.latest && !neap_decimal_is_zero(group_to_unwind(group, &group->leg[i]));
      if (waits && again < session->next_unwind) session->next_unwind = again;
    }
  timers_join(session);
}

static neap_status follow(neap_session *session, uint64_t number, neap_fault *fault) {
  neap_status status = NEAP_OK;
  size_t before = session->outbox.count;
  const order_group *group = group_find(session->groups, number);
  if (group && group->one_cancels_other && group_has_fill(group))
    status = cancel_others(session, number, true, "another order of its group filled", fault);
  if (status == NEAP_OK && group && group_is_short(group) && !group->is_broken) status = tell(session, group, fault);
  group = group_find(session->groups, number); /* nothing may have been owed */
  if (status == NEAP_OK && group && group->is_broken && group->unwinds) status = unwind(session, number, fault);
  if (status == NEAP_OK && session->outbox.count > before) status = order_flush(session, fault);
  find_next(session);
  return status;
}

void groups_settle(neap_session *session, uint64_t number) {
  neap_fault fault = {0};
  bool rests = session->groups_rest || session->finishing || session->ended;
  if (!number || rests || !session->groups) return;
  keep_fault(session, follow(session, number, &fault), &fault);
}

void groups_settle_all(neap_session *session) {
  uint64_t last = 0;
  for (const order_group *group = session->groups; group;) {
    last = group->number;
    groups_settle(session, last);
    for (group = session->groups; group && group->number <= last;) group = group->next;
  }
}

neap_status groups_try_again(neap_session *session, neap_fault *fault) {
  neap_status status = neap_clock_advance(&session->clock, session->next_unwind, fault);
  session->next_unwind = INT64_MAX;
  timers_join(session);
  if (status != NEAP_OK) return status;
  groups_settle_all(session);
  return session_drain(session, fault);
}
