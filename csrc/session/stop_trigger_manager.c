/* SPDX-License-Identifier: MIT */
/* stop_trigger_manager: triggers see prices, follow them and fire. */
#include "session/stop_trigger_manager.h"

#include <stdio.h>

#include "broker/broker_adapter.h"
#include "session/refused_exits.h"
#include "session/room.h"

static const neap_product *product_of(const neap_session *session, const neap_order *order) {
  return &session->products[order->ticket.product];
}

static bool is_watched(const neap_order *order) {
  return order->status == NEAP_ORDER_WATCHED && !order->trigger.fired && order_is_staying(order);
}

neap_status trigger_prepare(neap_session *session, neap_order *order, neap_fault *fault) {
  neap_broker_plan plan;
  if (neap_order_is_sliced(order)) return NEAP_OK; /* its slices are sent */
  neap_status status = neap_broker_adapter_plan(session->broker, &order->ticket, &plan, fault);
  if (status != NEAP_OK) return status;
  order->trigger.emulated = plan.watched || order->watched_here;
  session->ends_orders |= plan.ended || (order->trigger.emulated && order->ticket.time_in_force == NEAP_GTD);
  return NEAP_OK;
}

static neap_status record(neap_session *session, const neap_order *order, const char *type, neap_fault *fault) {
  neap_buffer *out = session_scratch(session);
  if (!neap_decimal_is_zero(order->trigger.level)) neap_record_decimal(out, "level", order->trigger.level);
  return session_event(session, type, order, 0, order->decision_seq, out, NULL, fault);
}

/* It may have waited for its turn since it was accepted: a level that trails begins now. */
static neap_status set(neap_session *session, neap_order *order, neap_fault *fault) {
  const market_state *market = &session->markets[order->ticket.product];
  neap_status status = neap_trigger_set(&order->trigger, &order->ticket, product_of(session, order),
                                        market->has_mark ? market->mark : NEAP_ZERO);
  return status == NEAP_OK ? status : neap_fail(fault, status, "overflow", "the level of a trigger does not fit");
}

neap_status trigger_watch(void *context, neap_order *order, neap_fault *fault) {
  neap_session *session = context;
  neap_status status = set(session, order, fault);
  if (status == NEAP_OK) status = neap_order_apply(order, NEAP_MOVE_WATCH, neap_clock_now(&session->clock), fault);
  if (status == NEAP_OK) status = record(session, order, "trigger_set", fault);
  if (status != NEAP_OK) return status;
  session->watches = true;
  session->triggers_set++;
  order_desk(session, order)->failures.count = 0; /* as the acknowledgement of an order that rests */
  session_notify(session, NOTICE_ORDER, order, NULL);
  return order->refusals ? refused_exit_fire(session, order, fault) : NEAP_OK;
}

void triggers_restore(neap_session *session) {
  session->watches = session->ends_orders = true; /* the first look finds out */
}

/* Only our clamp keeps it from opening something: what is left to reduce, which may be nothing. */
static neap_status clamp(neap_session *session, neap_order *order, bool *is_needed, neap_fault *fault) {
  const neap_ticket *ticket = &order->ticket;
  neap_broker_plan plan;
  *is_needed = true;
  neap_status status = neap_broker_adapter_plan(session->broker, ticket, &plan, fault);
  if (status != NEAP_OK || !plan.clamped) return status;
  neap_decimal most;
  status = room_reducible(session, order, &most);
  *is_needed = status == NEAP_OK && neap_decimal_sign(most) > 0;
  if (status == NEAP_OK && (!*is_needed || neap_decimal_cmp(ticket->quantity, most) <= 0)) return NEAP_OK;
  exposure_uncount(session, order);
  if (status == NEAP_OK) order->ticket.quantity = most;
  if (status == NEAP_OK) status = exposure_count(session, order);
  return status == NEAP_OK ? status : neap_fail(fault, status, "overflow", "an amount does not fit a decimal");
}

static void record_fired(const neap_order *order, neap_decimal price, bool is_clamped, neap_buffer *out) {
  const neap_ticket leaves = neap_trigger_ticket(&order->ticket);
  neap_record_decimal(out, "price", price);
  neap_record_decimal(out, "level", order->trigger.level);
  neap_record_text(out, "leaves", neap_order_type_name(leaves.type));
  if (is_clamped) neap_record_decimal(out, "quantity", order->ticket.quantity);
}

/* The event is journalled, and to a broker outside of this process durable, before the order leaves. */
neap_status trigger_fire(neap_session *session, neap_order *order, neap_decimal price, neap_fault *fault) {
  neap_decimal before = order->ticket.quantity;
  bool is_needed;
  neap_status status = clamp(session, order, &is_needed, fault);
  if (status != NEAP_OK) return status;
  order->trigger.fired = is_needed;
  if (!is_needed) return order_cancel(session, order, "nothing_to_reduce", fault);
  neap_buffer *out = session_scratch(session);
  record_fired(order, price, before.units != order->ticket.quantity.units, out);
  session->triggers_fired++;
  status = neap_outbox_fired(&session->outbox, order, order_is_exit(session, order), out);
  if (status != NEAP_OK) return neap_fail(fault, status, "memory", "no memory for an order");
  return room_make(session, order, fault);
}

static neap_status show(neap_session *session, neap_order *order, neap_decimal price, neap_fault *fault) {
  neap_trigger_sight sight;
  neap_status status = neap_trigger_see(&order->trigger, &order->ticket, product_of(session, order), price, &sight);
  if (status != NEAP_OK) return neap_fail(fault, status, "overflow", "the level of a trailing stop does not fit");
  if (sight == NEAP_TRIGGER_FIRES) return trigger_fire(session, order, price, fault);
  return sight == NEAP_TRIGGER_MOVES ? record(session, order, "trigger_moved", fault) : NEAP_OK;
}

/* Nothing leaves, and no order goes, before all have seen the price. */
neap_status triggers_show(neap_session *session, uint32_t product, neap_decimal price, int64_t since,
                          neap_fault *fault) {
  neap_status status = NEAP_OK;
  session->watches = false;
  for (neap_order *order = session->first; status == NEAP_OK && order; order = order->next) {
    if (order->status != NEAP_ORDER_WATCHED) continue;
    session->watches = true;
    if (order->ticket.product == product && order->created <= since && is_watched(order))
      status = show(session, order, price, fault);
  }
  return status == NEAP_OK && session->outbox.count ? order_flush(session, fault) : status;
}

static neap_status show_one(neap_session *session, neap_order *order, const neap_candle *bar, neap_fault *fault) {
  bool is_upwards = neap_trigger_reaches(&order->ticket, bar->low, bar->high);
  const neap_decimal prices[] = {is_upwards ? bar->high : bar->low, is_upwards ? bar->low : bar->high};
  neap_status status = NEAP_OK;
  for (int i = 0; status == NEAP_OK && i < 2 && is_watched(order); i++) status = show(session, order, prices[i], fault);
  return status;
}

neap_status triggers_show_bar(neap_session *session, const neap_bar_event *bar, neap_fault *fault) {
  const neap_candle *candle = bar->candle;
  neap_status status = NEAP_OK;
  for (neap_order *order = session->first; status == NEAP_OK && order; order = order->next)
    if (order->ticket.product == bar->product && order->created <= candle->time && is_watched(order))
      status = show_one(session, order, candle, fault);
  return status == NEAP_OK ? triggers_show(session, bar->product, candle->close, INT64_MAX, fault) : status;
}

static bool is_ours_to_end(const neap_session *session, const neap_order *order, neap_broker_plan *plan) {
  if (order->ticket.time_in_force != NEAP_GTD || !order_is_staying(order)) return false;
  if (order->status == NEAP_ORDER_WATCHED) return !order->trigger.fired;
  if (order->status < NEAP_ORDER_SUBMITTED) return false;
  return neap_broker_adapter_plan(session->broker, &order->ticket, plan, NULL) == NEAP_OK && plan->ended;
}

/* The broker never had it. */
static void expire(neap_session *session, const neap_order *order) {
  neap_report report = {.kind = NEAP_REPORT_EXPIRED, .order = order->ticket.number, .code = "good_till"};
  snprintf(report.message, sizeof report.message, "its time has passed, and its trigger had not fired");
  session_report(session, &report);
}

static neap_order *find_past(neap_session *session, int64_t now) {
  neap_broker_plan plan;
  bool some = false;
  for (neap_order *order = session->first; order; order = order->next) {
    if (!is_ours_to_end(session, order, &plan)) continue;
    if (order->ticket.good_till <= now) return order;
    some = true;
  }
  session->ends_orders = some;
  return NULL;
}

neap_status triggers_end(neap_session *session, int64_t now, neap_fault *fault) {
  neap_order *order;
  neap_status status = NEAP_OK;
  while (status == NEAP_OK && (order = find_past(session, now))) {
    if (order->status == NEAP_ORDER_WATCHED)
      expire(session, order);
    else
      status = order_cancel(session, order, "good_till", fault);
  }
  return status == NEAP_OK && session->outbox.count ? order_flush(session, fault) : status;
}

void triggers_say_unwatched(neap_session *session) {
  char line[256], level[NEAP_DECIMAL_TEXT];
  for (const neap_order *order = session->first; order; order = order->next) {
    if (order->status != NEAP_ORDER_WATCHED) continue;
    neap_decimal_format(order->trigger.level, level);
    snprintf(
        line, sizeof line, "order #%llu %s %s %s at %s is emulated: nobody watches its price until the session goes on",
        (unsigned long long)order->ticket.number, neap_side_name(order->ticket.side), product_of(session, order)->id,
        neap_order_type_name(order->ticket.type), neap_decimal_is_zero(order->trigger.level) ? "no level yet" : level);
    session_say(session, order_desk(session, order)->name, "warn", line);
  }
}

void triggers_record_unwatched(const neap_session *session, neap_buffer *out) {
  bool some = false;
  for (const neap_order *order = session->first; order; order = order->next) {
    if (order->status != NEAP_ORDER_WATCHED) continue;
    if (!some) neap_record_list(out, "unwatched");
    some = true;
    neap_record_int(out, "", (int64_t)order->ticket.number);
  }
  if (some) neap_record_end(out);
}

void neap_session_triggers(const neap_session *session, neap_trigger_counts *out) {
  *out = (neap_trigger_counts){.set = session->triggers_set, .fired = session->triggers_fired};
  for (const neap_order *order = session->first; order; order = order->next)
    out->watched += order->status == NEAP_ORDER_WATCHED;
}
