/* SPDX-License-Identifier: MIT */
/* reconcile_edits: an order of ours has another price or size at the venue than we asked for: somebody edited it there.
 * Each such state of it is told once. */
#include <stdio.h>

#include "base/record.h"
#include "broker/broker_adapter.h"
#include "session/reconcile_watch.h"

typedef struct edit {
  neap_decimal quantity, limit;
} edit;

/* As the venue has it; what it does not say is as we asked for it. */
static edit there(const neap_own_order *own, const neap_ticket *ours) {
  return (edit){.quantity = own->quantity.units ? own->quantity : ours->quantity,
                .limit = own->limit.units && ours->limit.units ? own->limit : ours->limit};
}

static bool is_ours(const edit *found, const neap_ticket *ours) {
  return found->quantity.units == ours->quantity.units && found->limit.units == ours->limit.units;
}

static const char *word_of(neap_external policy) {
  return policy == NEAP_EXTERNAL_ADOPT ? "adopt" : policy == NEAP_EXTERNAL_HALT ? "halt" : "ignore";
}

static neap_status record(neap_session *session, const neap_order *order, const edit *found, neap_fault *fault) {
  neap_buffer *out = session_scratch(session);
  neap_record_int(out, "number", (int64_t)order->ticket.number);
  neap_record_decimal(out, "quantity", found->quantity);
  if (found->limit.units) neap_record_decimal(out, "limit", found->limit);
  neap_record_decimal(out, "ours_quantity", order->ticket.quantity);
  if (order->ticket.limit.units) neap_record_decimal(out, "ours_limit", order->ticket.limit);
  neap_record_text(out, "external", word_of(session->account_watch->policy));
  return session_event(session, "order_edited", order, 0, order->decision_seq, out, NULL, fault);
}

static void write_size(neap_decimal quantity, neap_decimal limit, char *out, size_t size) {
  char amount[NEAP_DECIMAL_TEXT], price[NEAP_DECIMAL_TEXT];
  neap_decimal_format(quantity, amount);
  neap_decimal_format(limit, price);
  snprintf(out, size, "%s%s%s", amount, limit.units ? " at " : "", limit.units ? price : "");
}

static void say(neap_session *session, const neap_order *order, const edit *found) {
  static const char *const follows[] = {[NEAP_EXTERNAL_IGNORE] = "its fills count, and nothing else is done",
                                        [NEAP_EXTERNAL_ADOPT] = "the session takes it as it is there",
                                        [NEAP_EXTERNAL_HALT] = "the session halts"};
  char line[400], is[2 * NEAP_DECIMAL_TEXT + 8], was[2 * NEAP_DECIMAL_TEXT + 8];
  write_size(found->quantity, found->limit, is, sizeof is);
  write_size(order->ticket.quantity, order->ticket.limit, was, sizeof was);
  snprintf(line, sizeof line, "order #%llu %s %s is %s at the venue, not %s: somebody else edited it; %s",
           (unsigned long long)order->ticket.number, neap_side_name(order->ticket.side),
           session->products[order->ticket.product].id, is, was, follows[session->account_watch->policy]);
  session_say(session, "reconcile", "alert", line);
}

/* The broker is told, too: what it would change by itself later begins there. */
static neap_status adopt(neap_session *session, neap_order *order, const edit *found, neap_fault *fault) {
  exposure_uncount(session, order);
  order->ticket.quantity = found->quantity;
  order->ticket.limit = found->limit;
  if (exposure_count(session, order) != NEAP_OK)
    return neap_fail(fault, NEAP_RANGE, "overflow", "what works does not fit a decimal");
  neap_status status = session->broker->resize(session->broker->self, order, session->clock.latest, NULL);
  return status == NEAP_REFUSED ? NEAP_OK : status;
}

static neap_status tell(neap_session *session, neap_order *order, const edit *found, neap_fault *fault) {
  order->edited_quantity = found->quantity;
  order->edited_limit = found->limit;
  neap_status status = record(session, order, found, fault);
  if (status != NEAP_OK) return status;
  say(session, order, found);
  if (session->account_watch->policy == NEAP_EXTERNAL_ADOPT) return adopt(session, order, found, fault);
  if (session->account_watch->policy == NEAP_EXTERNAL_IGNORE) return NEAP_OK;
  return reconcile_take_mode(session, NEAP_MODE_HALTED, "order_edited", fault);
}

static bool rests(const neap_order *order) {
  bool works = order->status == NEAP_ORDER_OPEN || order->status == NEAP_ORDER_PARTIALLY_FILLED;
  return works && order_is_staying(order) && order->ticket.sizing == NEAP_BY_QUANTITY;
}

/* One that is smaller there than what it has filled is about to end. */
static neap_status look_at(neap_session *session, const neap_own_order *own, neap_fault *fault) {
  neap_order *order = order_find(session, own->order);
  if (!order || !rests(order)) return NEAP_OK;
  const edit found = there(own, &order->ticket);
  bool is_known =
      found.quantity.units == order->edited_quantity.units && found.limit.units == order->edited_limit.units;
  if (is_ours(&found, &order->ticket)) order->edited_quantity = order->edited_limit = NEAP_ZERO;
  if (is_ours(&found, &order->ticket) || is_known) return NEAP_OK;
  return neap_decimal_cmp(found.quantity, order->filled) > 0 ? tell(session, order, &found, fault) : NEAP_OK;
}

neap_status reconcile_note_edits(neap_session *session, const neap_account_view *view, neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (size_t i = 0; status == NEAP_OK && i < view->own_count; i++) status = look_at(session, &view->own[i], fault);
  return status;
}
