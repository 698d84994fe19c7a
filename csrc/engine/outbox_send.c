/* SPDX-License-Identifier: MIT */
/* outbox_send: what is journalled leaves: it is submitted, shown, cancelled; and what the broker makes of that at once.
 */
#include <stdio.h>
#include <string.h>

#include "broker/broker_adapter.h"
#include "engine/outbox_parts.h"

neap_status outbox_append(const neap_outbox_route *route, const neap_order *order, const char *type, uint64_t cause,
                          const void *record, size_t size, neap_fault *fault) {
  neap_event event = {.ts_ns = neap_clock_now(route->clock), .type = type, .version = 1, .cause_seq = cause};
  event.product = route->products[order->ticket.product].id;
  event.client_order_id = order->ticket.id;
  event.record = record;
  event.record_size = size;
  return neap_event_store_append(route->store, &event, route->last_seq, fault);
}

/* Should the broker not take it, the order works on and may be cancelled again. One that waits, for its preview, for
 * its trigger or for the end of another, the broker does not have. */
static neap_status send_cancel(const outbox_errand *errand, neap_order *order, const char *why, neap_fault *fault) {
  const neap_outbox_route *route = errand->route;
  int64_t now = neap_clock_now(route->clock);
  order->cancel_waits = false;
  if (neap_order_is_sliced(order)) return route->sliced(route->context, order, NEAP_LETTER_CANCEL, why, fault);
  if (order->status == NEAP_ORDER_PREVIEW || order->status == NEAP_ORDER_WATCHED || order->waits || order->room_until) {
    route->withdrawn(errand->context, order, why);
    return NEAP_OK;
  }
  if (neap_order_apply(order, NEAP_MOVE_ASK_CANCEL, now, NULL) != NEAP_OK) return NEAP_OK;
  if (route->broker->cancel(route->broker->self, order->ticket.number, now, NULL) == NEAP_OK) return NEAP_OK;
  if (neap_order_apply(order, NEAP_MOVE_REFUSE_CANCEL, now, NULL) != NEAP_OK) return NEAP_OK;
  neap_status status = outbox_append(route, order, "order_cancel_refused", order->decision_seq, NULL, 0, fault);
  if (route->cancel_refused) route->cancel_refused(errand->context, order);
  return status;
}

static void refuse(const outbox_errand *errand, neap_order *order, const char *code, const char *words) {
  neap_fault reason;
  neap_fail(&reason, NEAP_REFUSED, code, "%s", words);
  errand->refused(errand->context, order, &reason);
}

/* The venue's no keeps its code. That there is no order, and that the broker itself failed, have codes of ours. */
static void refuse_for(const outbox_errand *errand, neap_order *order, const neap_fault *why) {
  neap_fault reason = *why;
  bool is_answer = why->status == NEAP_REFUSED || why->status == NEAP_INVALID || why->status == NEAP_EXISTS;
  if (!is_answer)
    neap_fail(&reason, why->status, why->status == NEAP_NOT_FOUND ? "order_placement_failed" : "order_exception",
              "%s: %s", why->code, why->message);
  errand->refused(errand->context, order, &reason);
}

/* Moves the order and tells the journal; when that fails the order is refused, for nothing leaves unwritten. */
static neap_status advance(const outbox_errand *errand, neap_order *order, neap_order_move move, const char *type,
                           neap_fault *fault) {
  neap_fault reason = {0};
  neap_status status = neap_order_apply(order, move, neap_clock_now(errand->route->clock), fault);
  if (status != NEAP_OK) return status;
  status = outbox_append(errand->route, order, type, order->decision_seq, NULL, 0, &reason);
  if (status == NEAP_OK) return status;
  if (fault) *fault = reason;
  errand->refused(errand->context, order, &reason);
  return status;
}

/* What cannot be watched for is refused, as what cannot be written is. */
static neap_status watch(const outbox_errand *errand, neap_order *order, neap_fault *fault) {
  neap_fault reason = {0};
  neap_status status = errand->route->watch(errand->route->context, order, &reason);
  if (status == NEAP_OK) return status;
  if (fault) *fault = reason;
  errand->refused(errand->context, order, &reason);
  return status;
}

static neap_status submit(const outbox_errand *errand, neap_order *order, neap_fault *fault) {
  const neap_broker *broker = errand->route->broker;
  neap_fault reason = {0};
  if (order->trigger.emulated && !order->trigger.fired) return watch(errand, order, fault);
  order->submitted = neap_clock_now(errand->route->clock);
  neap_status status = advance(errand, order, NEAP_MOVE_SUBMIT, "order_submitted", fault);
  if (status != NEAP_OK) return status;
  reason.status = neap_broker_adapter_submit(broker, order, order->submitted, &reason);
  if (reason.status != NEAP_OK) refuse_for(errand, order, &reason);
  return NEAP_OK;
}

/* Shown, not sent. An order that may not be shown is not sent either: that it should be is somebody's wish. */
static neap_status preview(const outbox_errand *errand, neap_order *order, neap_fault *fault) {
  const neap_broker *broker = errand->route->broker;
  neap_fault reason = {0};
  neap_status status = advance(errand, order, NEAP_MOVE_PREVIEW, "order_preview", fault);
  if (status != NEAP_OK) return status;
  if (!broker->preview) {
    refuse(errand, order, "preview_unavailable", "the broker offers no preview, and orders are to be previewed");
    return NEAP_OK;
  }
  reason.status = neap_broker_adapter_preview(broker, order, neap_clock_now(errand->route->clock), &reason);
  if (reason.status == NEAP_OK) return NEAP_OK;
  neap_fault words = reason;
  neap_fail(&reason, words.status, "preview_failed", "%s: %s", words.code, words.message);
  errand->refused(errand->context, order, &reason);
  return NEAP_OK;
}

static neap_status leave(const outbox_errand *errand, neap_order *order, neap_fault *fault) {
  bool is_shown = order->previews && order->status == NEAP_ORDER_PENDING;
  return is_shown ? preview(errand, order, fault) : submit(errand, order, fault);
}

/* It may have been withdrawn since. */
static bool may_leave(const neap_order *order) {
  return order->status == NEAP_ORDER_PREVIEW || order->status == NEAP_ORDER_PENDING;
}

/* A cancel that waits behind it keeps it from leaving: what it was for is gone. */
static bool may_fire(const neap_order *order) { return order->status == NEAP_ORDER_WATCHED && !order->cancel_waits; }

/* What made it wait has ended it since, or is about to. */
static bool may_go(const neap_order *order) {
  return (order->status == NEAP_ORDER_PENDING || order->status == NEAP_ORDER_WATCHED) && !order->cancel_waits;
}

static bool must_wait(const outbox_errand *errand, neap_order *order) {
  const neap_outbox_route *route = errand->route;
  return route->must_wait && route->must_wait(route->context, order);
}

neap_status outbox_send_letter(const outbox_errand *errand, neap_letter letter, neap_fault *fault) {
  switch (letter.kind) {
  case NEAP_LETTER_SUBMIT:
    if (neap_order_is_sliced(letter.order)) break;
    return must_wait(errand, letter.order) ? NEAP_OK : leave(errand, letter.order, fault);
  case NEAP_LETTER_SEND:
    return may_leave(letter.order) ? leave(errand, letter.order, fault) : NEAP_OK;
  case NEAP_LETTER_FIRED:
    if (!may_fire(letter.order) || must_wait(errand, letter.order)) return NEAP_OK;
    return submit(errand, letter.order, fault);
  case NEAP_LETTER_RELEASED:
    return may_go(letter.order) ? submit(errand, letter.order, fault) : NEAP_OK;
  case NEAP_LETTER_CANCEL:
    return send_cancel(errand, letter.order, letter.why, fault);
  case NEAP_LETTER_STOPPED:
    refuse(errand, letter.order, "journal_failed", "the journal cannot be written: no entries until it can");
    return NEAP_OK;
  case NEAP_LETTER_REFUSED:
  case NEAP_LETTER_WITHDRAWN:
  case NEAP_LETTER_HOLD:
    return NEAP_OK;
  case NEAP_LETTER_PAUSE:
  case NEAP_LETTER_RESUME:
    break;
  }
  return errand->route->sliced(errand->route->context, letter.order, letter.kind, letter.why, fault);
}

void outbox_send_cancels(const outbox_errand *errand, neap_outbox *outbox) {
  while (outbox->sent < outbox->count) {
    neap_letter letter = outbox->letters[outbox->sent++];
    if (letter.kind == NEAP_LETTER_CANCEL)
      send_cancel(errand, letter.order, letter.why, NULL);
    else if (letter.kind == NEAP_LETTER_PAUSE || letter.kind == NEAP_LETTER_RESUME)
      continue;
    else if (letter.kind != NEAP_LETTER_REFUSED && letter.kind != NEAP_LETTER_WITHDRAWN)
      refuse(errand, letter.order, "journal_lost", "the journal is lost: only cancels leave");
  }
}
