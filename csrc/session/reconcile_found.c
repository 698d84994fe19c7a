/* SPDX-License-Identifier: MIT */
/* reconcile_found: orders that are open at the venue and that this session does not count on. What somebody else placed
 * is noted; one of ours, which the session believes to have ended, is cancelled. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "base/text.h"
#include "session/reconcile_watch.h"

static bool is_noted(const reconcile_watch *watch, const char *order_id) {
  for (size_t i = 0; i < watch->order_count; i++)
    if (strcmp(watch->orders[i].order_id, order_id) == 0) return true;
  return false;
}

static void record_order(const neap_foreign_order *order, neap_buffer *out) {
  neap_record_text(out, "order_id", order->order_id);
  neap_record_text(out, "client_id", order->client_id);
  neap_record_text(out, "side", neap_side_name(order->side));
  neap_record_decimal(out, "quantity", order->quantity);
  neap_record_decimal(out, "filled", order->filled);
  if (!neap_decimal_is_zero(order->limit)) neap_record_decimal(out, "limit", order->limit);
}

static neap_status note(neap_session *session, const neap_foreign_order *order, neap_fault *fault) {
  neap_buffer *out = session_scratch(session);
  record_order(order, out);
  return session_event(session, "external_order", NULL, order->product, 0, out, NULL, fault);
}

/* The broker may have forgotten it, and is told of it again, by the id that is ours. */
static neap_status cancel(neap_session *session, const neap_foreign_order *found, uint64_t number, neap_fault *fault) {
  const neap_broker *broker = session->broker;
  neap_order order = {.status = NEAP_ORDER_OPEN, .filled = found->filled};
  int64_t now = neap_clock_now(&session->clock);
  order.ticket = (neap_ticket){.number = number,
                               .product = found->product,
                               .side = found->side,
                               .type = NEAP_LIMIT,
                               .quantity = found->quantity,
                               .limit = found->limit};
  neap_order_id_with(session->id_digest, session->id, number, order.ticket.id);
  neap_status status = broker->cancel(broker->self, number, now, fault);
  if (status == NEAP_OK) return status;
  status = broker->restore(broker->self, &order, fault);
  return status == NEAP_OK ? broker->cancel(broker->self, number, now, fault) : status;
}

static neap_status note_ours(neap_session *session, const neap_foreign_order *found, uint64_t number,
                             neap_fault *fault) {
  if (is_noted(session->account_watch, found->order_id)) return NEAP_OK;
  neap_buffer *out = session_scratch(session);
  neap_record_int(out, "number", (int64_t)number);
  record_order(found, out);
  external_lose(&session->external, number, found->product, found->side);
  return session_event(session, "order_found", NULL, found->product, 0, out, NULL, fault);
}

/* What it filled from here on is told as fills of a lost order. One that will not go is seen at the next look. */
static neap_status take_back(neap_session *session, const neap_foreign_order *found, uint64_t number,
                             neap_fault *fault) {
  char line[240];
  neap_fault refused = {0};
  neap_status status = note_ours(session, found, number, fault);
  if (status != NEAP_OK) return status;
  bool goes = cancel(session, found, number, &refused) == NEAP_OK;
  snprintf(line, sizeof line, "order #%llu, which had ended, is open at the venue: %s%.120s",
           (unsigned long long)number,
           goes ? "it is cancelled" : "it cannot be cancelled: ", goes ? "" : refused.message);
  session_say(session, "reconcile", "alert", line);
  return NEAP_OK;
}

static neap_status look_at(neap_session *session, const neap_foreign_order *order, neap_fault *fault) {
  if (order->product >= session->product_count) return NEAP_OK;
  uint64_t number = reconcile_own_number(session, order->client_id);
  if (number && !order_find(session, number)) return take_back(session, order, number, fault);
  bool is_known = number || is_noted(session->account_watch, order->order_id);
  return is_known ? NEAP_OK : note(session, order, fault);
}

static neap_status keep(reconcile_watch *watch, const neap_account_view *view, neap_fault *fault) {
  neap_foreign_order *orders = calloc(view->order_count + 1, sizeof *orders);
  if (!orders) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for foreign orders");
  free(watch->orders);
  watch->orders = orders;
  watch->order_count = 0;
  for (size_t i = 0; i < view->order_count; i++)
    if (view->orders[i].product != UINT32_MAX) orders[watch->order_count++] = view->orders[i];
  return NEAP_OK;
}

neap_status reconcile_note_orders(neap_session *session, const neap_account_view *view, neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (size_t i = 0; status == NEAP_OK && i < view->order_count; i++)
    status = look_at(session, &view->orders[i], fault);
  return status == NEAP_OK ? keep(session->account_watch, view, fault) : status;
}
