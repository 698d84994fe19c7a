/* SPDX-License-Identifier: MIT */
/* desk_replace: what a strategy asks for with o:replace: judged, decided as if the old order were gone, and then the
 * old one is told to go. */
#include <stdio.h>
#include <string.h>

#include "session/groups.h"
#include "session/replace.h"
#include "session/replace_rules.h"

static neap_status check_price(const neap_amount *given, neap_decimal has, const char *field, neap_fault *fault) {
  if (!amount_is_given(given)) return NEAP_OK;
  if (!amount_is_positive(given)) return request_misuse(field, "must be above zero", fault);
  return neap_decimal_is_zero(has)
             ? request_misuse(field, "is not a price of this order: it has none to replace", fault)
             : NEAP_OK;
}

static neap_status check_request(const neap_order *old, const neap_replacement *wish, neap_fault *fault) {
  bool has_quantity = amount_is_given(&wish->quantity);
  if (neap_order_is_sliced(old) || old->ticket.slice_of)
    return request_misuse("replace", "is not for an order that leaves in slices, nor for a slice: cancel it", fault);
  if (!has_quantity && !amount_is_given(&wish->limit) && !amount_is_given(&wish->stop))
    return request_misuse("limit", "stop or quantity: say what is to be replaced", fault);
  if (has_quantity && !amount_is_positive(&wish->quantity))
    return request_misuse("quantity", "must be above zero", fault);
  if (has_quantity && old->parent)
    return request_misuse("quantity", "of an attached exit follows what it protects: it cannot be replaced", fault);
  if (!has_quantity && neap_decimal_is_zero(old->ticket.quantity))
    return request_misuse("quantity", "is needed: this order is sized at its fill", fault);
  neap_status status = check_price(&wish->limit, old->ticket.limit, "limit", fault);
  return status == NEAP_OK ? check_price(&wish->stop, old->ticket.stop, "stop", fault) : status;
}

/* The new order's whole quantity, that of the old one's fills in it. A whole of an order that is being replaced has its
 * fills in it: what takes its place is asked for without those that were known when it was first replaced. */
static neap_status resolve_quantity(const neap_order *meant, const neap_order *old, const neap_product *product,
                                    const neap_amount *wish, neap_ticket *ticket, request_notes *note,
                                    neap_fault *fault) {
  neap_status status = amount_resolve(wish, AMOUNT_QUANTITY, product, ticket->side, "quantity", &ticket->quantity,
                                      &note->quantity, fault);
  if (status == NEAP_OK && old->waits && !meant->waits) ticket->quantity.units -= old->replaced_filled.units;
  return status;
}

static neap_status resolve(const neap_desk *desk, const neap_order *meant, const neap_order *old,
                           const neap_replacement *wish, neap_ticket *ticket, request_notes *note, neap_fault *fault) {
  const neap_product *product = &desk->session->products[ticket->product];
  neap_status status = NEAP_OK;
  if (amount_is_given(&wish->limit))
    status =
        amount_resolve(&wish->limit, AMOUNT_PRICE, product, ticket->side, "limit", &ticket->limit, &note->price, fault);
  if (status == NEAP_OK && amount_is_given(&wish->stop))
    status =
        amount_resolve(&wish->stop, AMOUNT_PRICE, product, ticket->side, "stop", &ticket->stop, &note->price, fault);
  if (status == NEAP_OK && amount_is_given(&wish->quantity))
    status = resolve_quantity(meant, old, product, &wish->quantity, ticket, note, fault);
  ticket->sizing = NEAP_BY_QUANTITY;
  ticket->notional = ticket->fraction = NEAP_ZERO;
  return status;
}

static bool is_same(const neap_ticket *a, const neap_ticket *b) {
  return a->limit.units == b->limit.units && a->stop.units == b->stop.units && a->quantity.units == b->quantity.units;
}

/* Nothing works any more that could be replaced; or all of the new quantity is filled. */
static neap_status nothing_to_replace(neap_desk *desk, const neap_order *old, neap_order **out, neap_fault *fault) {
  neap_status status = order_nothing_to_do(desk, old->ticket.product, "nothing_to_replace", out, fault);
  if (status == NEAP_OK) (*out)->status = NEAP_ORDER_CANCELLED;
  return status;
}

/* Flags, exits, tag and words come along; number and id are new. */
static neap_order *draw_up(neap_session *session, const neap_order *old, const neap_ticket *ticket) {
  neap_order *order = order_new(session);
  if (!order) return NULL;
  neap_ticket given = order->ticket;
  order->ticket = *ticket;
  order->ticket.number = given.number;
  memcpy(order->ticket.id, given.id, sizeof given.id);
  order->ticket.quantity.units -= old->filled.units;
  order->parent = old->parent;
  order->stop_loss = old->stop_loss;
  order->take_profit = old->take_profit;
  order->trailing_stop_bps = old->trailing_stop_bps;
  memcpy(order->tag, old->tag, sizeof order->tag);
  memcpy(order->why, old->why, sizeof order->why);
  order->group = old->group;
  order->one_cancels_other = old->one_cancels_other;
  order->unwinds_group = old->unwinds_group;
  order->replaces = old->ticket.number;
  order->replaced_filled = old->waits ? old->replaced_filled : old->filled;
  order->references = 1;
  return order;
}

static neap_status worth_of(const neap_session *session, const neap_order *order, neap_decimal *out) {
  const neap_ticket *ticket = &order->ticket;
  neap_decimal price = neap_decimal_is_zero(ticket->limit) ? ticket->stop : ticket->limit;
  if (neap_decimal_is_zero(price)) price = session->marks[ticket->product];
  return neap_worth(&session->products[ticket->product], price, neap_order_remaining(order), out);
}

static bool is_within(const neap_session *session, const neap_order *inner, const neap_order *outer) {
  neap_decimal small, large;
  if (neap_decimal_cmp(neap_order_remaining(inner), neap_order_remaining(outer)) > 0) return false;
  return worth_of(session, inner, &small) == NEAP_OK && worth_of(session, outer, &large) == NEAP_OK &&
         neap_decimal_cmp(small, large) <= 0;
}

/* Only one of both will ever fill what both ask for: the larger one counts, and both where neither is. `old` is not
 * counted now, `order` is. */
static neap_status count_larger(neap_session *session, neap_order *old, neap_order *order, neap_fault *fault) {
  if (is_within(session, old, order)) return NEAP_OK;
  if (is_within(session, order, old)) exposure_uncount(session, order);
  neap_status status = exposure_count(session, old);
  return status == NEAP_OK ? status : neap_fail(fault, status, "overflow", "an amount does not fit a decimal");
}

/* The old one is in the outbox of this callback: it never leaves, and the new one need not wait. */
static void take_back(neap_session *session, neap_order *old) {
  neap_order_apply(old, NEAP_MOVE_CANCEL, neap_clock_now(&session->clock), NULL);
  snprintf(old->reason.code, sizeof old->reason.code, "replaced");
  session_notify(session, NOTICE_ORDER, old, NULL);
  order_retire(session, old);
}

static neap_status hold_back(neap_session *session, neap_order *old, neap_order *order, neap_fault *fault) {
  neap_status status = count_larger(session, old, order, fault);
  if (status == NEAP_OK && neap_outbox_cancel_for(&session->outbox, old, order) != NEAP_OK)
    status = neap_fail(fault, NEAP_MEMORY, "memory", "no memory for a cancel");
  return status;
}

/* Decided while the old one does not count; a refusal leaves that one as it was. */
static neap_status decide(neap_session *session, neap_order *old, neap_order *order, const request_notes *note,
                          neap_fault *fault) {
  bool was_counted = old->counted, is_unsent = neap_outbox_has(&session->outbox, old);
  exposure_uncount(session, old);
  order->waits = !is_unsent;
  neap_status status = order_decide(session, order, note->quantity, note->price, fault);
  bool is_accepted = status == NEAP_OK && order->status == NEAP_ORDER_PENDING;
  if (!is_accepted) {
    order->waits = false;
    if (was_counted && !old->counted && exposure_count(session, old) != NEAP_OK)
      return neap_fail(fault, NEAP_RANGE, "overflow", "an amount does not fit a decimal");
    return status;
  }
  old->replaced_by = order->ticket.number;
  if (!is_unsent) return hold_back(session, old, order, fault);
  neap_outbox_withdraw(&session->outbox, old);
  groups_join(session, order);
  take_back(session, old);
  return NEAP_OK;
}

static neap_status submit(neap_desk *desk, neap_order *old, const neap_ticket *ticket, const request_notes *note,
                          neap_order **out, neap_fault *fault) {
  neap_order *order = draw_up(desk->session, old, ticket);
  if (!order) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for an order");
  *out = order;
  neap_status status = decide(desk->session, old, order, note, fault);
  return status == NEAP_OK ? status : order_undo(desk, order, out, status);
}

/* One that is being replaced stands for the one that waits. */
static neap_order *latest(neap_session *session, neap_order *order) {
  for (neap_order *next; (next = replace_waiting(session->first, order));) order = next;
  return order;
}

neap_status neap_desk_replace(neap_desk *desk, neap_order *order, const neap_replacement *wish, neap_order **out,
                              neap_fault *fault) {
  neap_session *session = desk->session;
  request_notes note = {0};
  *out = NULL;
  neap_order *old = latest(session, order);
  if (!order_is_staying(old)) return nothing_to_replace(desk, old, out, fault);
  neap_ticket ticket = old->ticket;
  neap_status status = check_request(old, wish, fault);
  if (status == NEAP_OK) status = resolve(desk, order, old, wish, &ticket, &note, fault);
  if (status != NEAP_OK) return status;
  if (is_same(&ticket, &old->ticket)) return neap_desk_retain(desk, old), *out = old, NEAP_OK;
  if (neap_decimal_cmp(ticket.quantity, old->filled) > 0) return submit(desk, old, &ticket, &note, out, fault);
  status = order_cancel(session, old, "its new quantity is filled", fault);
  return status == NEAP_OK ? nothing_to_replace(desk, old, out, fault) : status;
}
