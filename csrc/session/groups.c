/* SPDX-License-Identifier: MIT */
/* groups: each act may bring reports that change the group, or end it: it is looked for anew every time. */
#include "session/groups.h"

#include <stdio.h>

#include "base/record.h"

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

/* The working orders of a group but those that `stays` keeps, and with `exits` what protects its legs. */
static neap_status cancel_others(neap_session *session, uint64_t number, bool keeps_touched, const char *why,
                                 neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (neap_order *order = session->first; status == NEAP_OK && order; order = order->next) {
    bool is_leg = order->group == number && !order->unwinds;
    bool stays = keeps_touched && !neap_decimal_is_zero(order->filled);
    if (is_leg && !stays) status = order_cancel(session, order, why, fault);
  }
  return status;
}

static bool protects(const order_group *group, const neap_order *exit) {
  for (uint32_t i = 0; exit->parent && i < group->count; i++)
    if (group->leg[i].order == exit->parent) return true;
  return false;
}

static neap_status cancel_exits(neap_session *session, const order_group *group, neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (neap_order *order = session->first; status == NEAP_OK && order; order = order->next)
    if (protects(group, order)) status = order_cancel(session, order, "its group is unwound", fault);
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
  groups_join(session, order);
  return status;
}

static const group_leg *leg_to_unwind(const order_group *group) {
  for (uint32_t i = 0; group && i < group->count; i++)
    if (!neap_decimal_is_zero(group_to_unwind(group, &group->leg[i]))) return &group->leg[i];
  return NULL;
}

static neap_status unwind(neap_session *session, uint64_t number, neap_fault *fault) {
  const order_group *group = group_find(session->groups, number);
  const group_leg *leg;
  neap_status status = cancel_others(session, number, false, "its group is unwound", fault);
  if (status == NEAP_OK) status = cancel_exits(session, group, fault);
  while (status == NEAP_OK && (leg = leg_to_unwind(group = group_find(session->groups, number))))
    status = close_leg(session, group, leg, fault);
  return status;
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
  return status == NEAP_OK && session->outbox.count > before ? order_flush(session, fault) : status;
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
