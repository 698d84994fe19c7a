/* SPDX-License-Identifier: MIT */
/* broker_adapter: what is sent, what is watched, what is refused. */
#include "broker/broker_adapter.h"

#include <stdio.h>
#include <string.h>

static bool has(const neap_broker_abilities *orders, neap_order_type type, neap_time_in_force time_in_force) {
  return orders->times[type] >> time_in_force & 1;
}

static bool take_time(const neap_broker_abilities *orders, neap_ticket *leaves, neap_time_in_force time_in_force) {
  if (!has(orders, leaves->type, time_in_force)) return false;
  leaves->time_in_force = time_in_force;
  leaves->good_till = 0;
  return true;
}

/* As it is, or under another time in force that we make the same of. */
static bool lands(const neap_broker_abilities *orders, neap_broker_plan *plan) {
  neap_ticket *leaves = &plan->leaves;
  neap_time_in_force asked = leaves->time_in_force;
  if (has(orders, leaves->type, asked)) return true;
  bool rests = asked == NEAP_GTC || asked == NEAP_GTD;
  plan->ended = asked == NEAP_GTD;
  if (rests && take_time(orders, leaves, NEAP_GTC)) return true;
  return rests && leaves->type == NEAP_MARKET && take_time(orders, leaves, NEAP_IOC);
}

static neap_status lacks(const neap_broker *broker, const char *word, const char *of, neap_fault *fault) {
  char code[48];
  snprintf(code, sizeof code, "broker_lacks_%s", word);
  return neap_fail(fault, NEAP_UNSUPPORTED, code, "the broker %s has no %s%s%s", broker->name ? broker->name : "?",
                   word, of[0] ? " for orders of type " : "", of);
}

static neap_status lacks_kind(const neap_broker *broker, const neap_ticket *ticket, neap_fault *fault) {
  const char *type = neap_order_type_name(ticket->type);
  if (broker->orders->times[ticket->type] == 0) return lacks(broker, type, "", fault);
  return lacks(broker, neap_time_in_force_name(ticket->time_in_force), type, fault);
}

/* A limit order that only reduces. */
static bool is_target(const neap_ticket *ticket) { return ticket->type == NEAP_LIMIT && ticket->reduce_only; }

/* A target that may rest as a limit order, but not there, leaves as one. */
static neap_status watch(const neap_broker *broker, const neap_ticket *ticket, neap_broker_plan *plan,
                         neap_fault *fault) {
  *plan = (neap_broker_plan){.watched = true, .leaves = *ticket};
  if (is_target(ticket) && lands(broker->orders, plan)) return NEAP_OK;
  plan->leaves = neap_trigger_ticket(ticket);
  return lands(broker->orders, plan) ? NEAP_OK : lacks_kind(broker, &plan->leaves, fault);
}

static neap_status find_way(const neap_broker *broker, const neap_ticket *ticket, neap_broker_plan *plan,
                            neap_fault *fault) {
  bool may_rest = !is_target(ticket) || broker->orders->take_profit;
  bool may_be_watched = ticket->type > NEAP_LIMIT || is_target(ticket);
  if (may_rest && lands(broker->orders, plan)) return NEAP_OK;
  return may_be_watched ? watch(broker, ticket, plan, fault) : lacks_kind(broker, ticket, fault);
}

static void clamp(const neap_broker *broker, neap_broker_plan *plan) {
  plan->clamped = plan->leaves.reduce_only && !broker->orders->reduce_only;
  if (plan->clamped) plan->leaves.reduce_only = false;
}

neap_status neap_broker_adapter_plan(const neap_broker *broker, const neap_ticket *ticket, neap_broker_plan *out,
                                     neap_fault *fault) {
  *out = (neap_broker_plan){.leaves = *ticket};
  if (!broker->orders) return NEAP_OK;
  if (ticket->post_only && !broker->orders->post_only) return lacks(broker, "post_only", "", fault);
  neap_status status = find_way(broker, ticket, out, fault);
  if (status == NEAP_OK) clamp(broker, out);
  return status;
}

/* The broker may have another trigger than when ours was set: what has fired does not wait again. */
static neap_status fired(const neap_broker *broker, const neap_ticket *ticket, neap_broker_plan *plan,
                         neap_fault *fault) {
  *plan = (neap_broker_plan){.leaves = neap_trigger_ticket(ticket)};
  if (!broker->orders) return NEAP_OK;
  neap_status status = watch(broker, ticket, plan, fault);
  if (status == NEAP_OK) clamp(broker, plan);
  return status;
}

neap_status neap_broker_adapter_leaves(const neap_broker *broker, const neap_order *order, neap_ticket *out,
                                       neap_fault *fault) {
  neap_broker_plan plan;
  bool has_fired = order->trigger.emulated && order->trigger.fired;
  neap_status status = has_fired ? fired(broker, &order->ticket, &plan, fault)
                                 : neap_broker_adapter_plan(broker, &order->ticket, &plan, fault);
  if (status == NEAP_OK) *out = plan.leaves;
  return status == NEAP_UNSUPPORTED ? NEAP_REFUSED : status;
}

neap_status neap_broker_adapter_submit(const neap_broker *broker, const neap_order *order, int64_t now,
                                       neap_fault *fault) {
  neap_ticket leaves;
  neap_status status = neap_broker_adapter_leaves(broker, order, &leaves, fault);
  return status == NEAP_OK ? broker->submit(broker->self, &leaves, now, fault) : status;
}

neap_status neap_broker_adapter_preview(const neap_broker *broker, const neap_order *order, int64_t now,
                                        neap_fault *fault) {
  neap_ticket leaves;
  neap_status status = neap_broker_adapter_leaves(broker, order, &leaves, fault);
  return status == NEAP_OK ? broker->preview(broker->self, &leaves, now, fault) : status;
}
