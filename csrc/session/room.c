/* SPDX-License-Identifier: MIT */
/* room: nothing of it is kept: who waits, and for whom, follows from the orders. */
#include "session/room.h"

#include "session/exit_rules.h"
#include "session/replace.h"

static bool is_beside(const neap_order *other, const neap_order *order) {
  const neap_ticket *a = &other->ticket, *b = &order->ticket;
  return other != order && a->strategy == b->strategy && a->product == b->product && a->side == b->side &&
         !neap_order_is_sliced(other) && !neap_order_is_terminal(other->status);
}

/* Left, or fired and about to: it closes at the market. Of one that leaves in slices only these have left, and one that
 * waits leaves behind another that is counted. */
static bool closes(const neap_order *other) {
  return !other->waits && (other->ticket.type == NEAP_MARKET || other->trigger.fired);
}

neap_status room_reducible(const neap_session *session, const neap_order *order, neap_decimal *out) {
  const neap_ticket *ticket = &order->ticket;
  neap_decimal held = neap_ledger_position(session->ledger, ticket->strategy, ticket->product)->quantity;
  bool reduces = neap_decimal_sign(held) * (ticket->side == NEAP_BUY ? 1 : -1) < 0;
  neap_status status = NEAP_OK;
  *out = reduces ? neap_decimal_abs(held) : NEAP_ZERO;
  for (const neap_order *other = session->first; status == NEAP_OK && other; other = other->next)
    if (is_beside(other, order) && closes(other)) status = neap_decimal_sub(*out, neap_order_remaining(other), out);
  return status;
}

static bool is_holding(const neap_session *session, const neap_order *order) {
  return session->broker->abilities & NEAP_BROKER_HOLDS && order->ticket.side == NEAP_SELL &&
         !neap_product_allows_short(&session->products[order->ticket.product]);
}

static bool rests(const neap_order *order) {
  return order->status >= NEAP_ORDER_SUBMITTED && !neap_order_is_terminal(order->status);
}

static bool is_going(const neap_order *order) {
  return rests(order) && (order->cancel_waits || order->status == NEAP_ORDER_CANCEL_PENDING);
}

bool room_is_held(const neap_session *session, const neap_order *order) {
  const neap_ticket *ticket = &order->ticket;
  neap_decimal rest = neap_order_remaining(order);
  if (!is_holding(session, order)) return false;
  for (const neap_order *other = session->first; other; other = other->next)
    if (is_beside(other, order) && rests(other)) rest.units += neap_order_remaining(other).units;
  neap_decimal held = neap_ledger_position(session->ledger, ticket->strategy, ticket->product)->quantity;
  return neap_decimal_cmp(rest, held) > 0;
}

/* Its trigger has fired, or it is to close at the market; the rest at a venue is what makes room for these. */
static bool gets_out(const neap_order *order) {
  bool leaves_now = order->status == NEAP_ORDER_WATCHED
                        ? order->trigger.fired
                        : order->status == NEAP_ORDER_PENDING && order->ticket.type == NEAP_MARKET && !order->parent;
  return leaves_now && !order->waits && !order->previews && !order->ticket.slice_of;
}

static bool is_blocked(const neap_session *session, const neap_order *order) {
  bool some = false;
  for (const neap_order *other = session->first; other && !some; other = other->next)
    some = is_beside(other, order) && is_going(other);
  return some && room_is_held(session, order);
}

void room_wait_until(neap_session *session, neap_order *order, int64_t time) {
  order->room_until = time;
  if (time < session->next_room) session->next_room = time;
  timers_join(session);
}

bool room_must_wait(void *context, neap_order *order) {
  neap_session *session = context;
  if (order->refusals && order->room_until) return true;
  if (!is_holding(session, order) || !gets_out(order) || !is_blocked(session, order)) return false;
  if (!order->room_until) room_wait_until(session, order, session->clock.latest + ROOM_PATIENCE * NEAP_SECOND);
  return true;
}

/* Of those exits one goes with the other anyway. */
static bool goes_with(const neap_order *other, const neap_order *order) {
  bool is_leg = order->group && order->one_cancels_other && other->group == order->group;
  return is_beside(other, order) && rests(other) && (is_leg || (order->parent && exit_is_sibling(other, order)));
}

neap_status room_make(neap_session *session, const neap_order *order, neap_fault *fault) {
  neap_status status = NEAP_OK;
  if (!room_is_held(session, order)) return NEAP_OK;
  for (neap_order *other = session->first; status == NEAP_OK && other; other = other->next)
    if (goes_with(other, order)) status = order_cancel(session, other, "its sibling gets out", fault);
  return status;
}

static void end(neap_session *session, neap_order *order) {
  const neap_reason reason = {.code = "nothing_to_reduce", .check = "room"};
  order_end_unsent(session, order, NEAP_MOVE_CANCEL, &reason);
}

static neap_status cut(neap_session *session, neap_order *order, neap_decimal most, neap_buffer *out) {
  exposure_uncount(session, order);
  order->ticket.quantity = (neap_decimal){most.units + order->filled.units};
  neap_record_decimal(out, "quantity", order->ticket.quantity);
  return exposure_count(session, order);
}

static neap_status release(neap_session *session, neap_order *order, const char *why, neap_fault *fault) {
  neap_decimal most;
  order->room_until = 0;
  neap_status status = room_reducible(session, order, &most);
  if (status == NEAP_OK && neap_decimal_sign(most) <= 0) return end(session, order), NEAP_OK;
  neap_buffer *out = session_scratch(session);
  neap_record_text(out, "why", why);
  if (status == NEAP_OK && neap_decimal_cmp(neap_order_remaining(order), most) > 0)
    status = cut(session, order, most, out);
  if (status != NEAP_OK) return neap_fail(fault, status, "overflow", "an amount does not fit a decimal");
  status = neap_outbox_released(&session->outbox, order, out);
  return status == NEAP_OK ? status : neap_fail(fault, status, "memory", "no memory for an order");
}

static bool is_waiting(const neap_order *order) { return order->room_until && !neap_order_is_terminal(order->status); }

/* One by one: an order that ends takes others out of the list. */
static neap_order *find_ready(neap_session *session, int64_t now) {
  for (neap_order *order = session->first; order; order = order->next) {
    if (!is_waiting(order) || order->cancel_waits) continue;
    if (order->room_until <= now || !(order->refusals || is_blocked(session, order))) return order;
  }
  return NULL;
}

/* One whose cancel is on its way is let alone, and looked at again later: that it waited enough changes nothing. */
static int64_t due_of(const neap_session *session, const neap_order *order) {
  int64_t later = session->clock.latest + ROOM_PATIENCE * NEAP_SECOND;
  if (!is_waiting(order)) return INT64_MAX;
  return order->cancel_waits && order->room_until < later ? later : order->room_until;
}

static void find_next(neap_session *session) {
  session->next_room = INT64_MAX;
  for (const neap_order *order = session->first; order; order = order->next) {
    int64_t due = due_of(session, order);
    if (due < session->next_room) session->next_room = due;
  }
  timers_join(session);
}

static const char *why_now(const neap_session *session, const neap_order *order) {
  if (order->refusals) return "again";
  return is_blocked(session, order) ? "waited_enough" : "room";
}

static neap_status let_go(neap_session *session, neap_fault *fault) {
  neap_order *order;
  neap_status status = NEAP_OK;
  while (status == NEAP_OK && (order = find_ready(session, session->clock.latest)))
    status = release(session, order, why_now(session, order), fault);
  find_next(session);
  return status == NEAP_OK && session->outbox.count ? order_flush(session, fault) : status;
}

void room_changed(neap_session *session) {
  neap_fault fault = {0};
  if (session->next_room == INT64_MAX || session->room_rests) return;
  if (let_go(session, &fault) != NEAP_OK) session_fail(session, &fault);
}

neap_status room_expire(neap_session *session, neap_fault *fault) {
  neap_status status = neap_clock_advance(&session->clock, session->next_room, fault);
  if (status == NEAP_OK) status = let_go(session, fault);
  return status == NEAP_OK ? session_drain(session, fault) : status;
}
