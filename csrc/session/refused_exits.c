/* SPDX-License-Identifier: MIT */
/* refused_exits: the wait for the next attempt is that for room (session/room): nothing of it is kept, and a session
 * that is resumed tries at once. */
#include "session/refused_exits.h"

#include <stdio.h>
#include <string.h>

#include "account/trigger.h"
#include "session/groups.h"
#include "session/room.h"
#include "session/stop_trigger_manager.h"

enum { PATIENCE_DOUBLINGS = 6 };

static const char *forbidden(const neap_session *session, const neap_order *order) {
  const neap_ticket leaves = neap_trigger_ticket(&order->ticket);
  return session_trading_forbids(session, &leaves);
}

static bool has_fired(const neap_order *order) { return order->trigger.emulated && order->trigger.fired; }

static bool is_late(const neap_session *session, const neap_order *order, const neap_report *report) {
  bool has_time = order->ticket.time_in_force == NEAP_GTD;
  return has_time && (report->kind == NEAP_REPORT_EXPIRED || order->ticket.good_till <= session->clock.latest);
}

/* Slices and what unwinds a group are asked for again by whoever asked for them. */
static bool stands_alone(const neap_order *order) {
  return order->submitted && !order->unwinds && !order->ticket.slice_of && !neap_order_is_sliced(order) &&
         order->ticket.sizing == NEAP_BY_QUANTITY;
}

static bool is_stop(const neap_ticket *ticket) {
  return ticket->type == NEAP_STOP || ticket->type == NEAP_STOP_LIMIT || ticket->type == NEAP_TRAILING_STOP;
}

/* One of the broker's own, and not taken, or not kept: ours stands in. */
static bool leaves_gap(const neap_session *session, const neap_order *order) {
  bool is_new = order->status == NEAP_ORDER_SUBMITTED;
  return is_stop(&order->ticket) && !order->trigger.emulated && stands_alone(order) && (session->outside || is_new);
}

/* An end that nobody asked for counts at a venue alone: the simulator has its reasons, and does not lose anything. */
static bool can_be_wanted(const neap_session *session, const neap_order *order, const neap_report *report) {
  bool is_there = order->status >= NEAP_ORDER_SUBMITTED && strcmp(report->code, "not_sent") != 0;
  if (report->kind != NEAP_REPORT_REJECTED && !(session->outside && is_there)) return false;
  if (has_fired(order) || leaves_gap(session, order)) return true;
  bool is_refused_for_want_of_time = report->kind == NEAP_REPORT_REJECTED && strcmp(report->code, "rate_limited") == 0;
  bool closes = order->ticket.type == NEAP_MARKET && order->ticket.reduce_only;
  return session->outside && stands_alone(order) && (closes || is_refused_for_want_of_time);
}

bool refused_exit_is_wanted(const neap_session *session, const neap_order *order, const neap_report *report) {
  neap_decimal left;
  if (session->ended || !can_be_wanted(session, order, report) || is_late(session, order, report)) return false;
  if (!order_is_staying(order) || !order_is_exit(session, order)) return false;
  return room_reducible(session, order, &left) == NEAP_OK && neap_decimal_sign(left) > 0;
}

/* A trailing stop begins where the other was. */
static void fill_ticket(neap_ticket *ticket, const neap_order *refused, neap_decimal left) {
  neap_ticket fresh = *ticket;
  *ticket = refused->ticket;
  ticket->number = fresh.number;
  snprintf(ticket->id, sizeof ticket->id, "%s", fresh.id);
  ticket->quantity = neap_decimal_min(neap_order_remaining(refused), left);
  if (ticket->type == NEAP_TRAILING_STOP && refused->trigger.emulated) ticket->stop = refused->trigger.level;
}

static const char *what_became(const neap_order *refused) {
  return refused->status == NEAP_ORDER_REJECTED ? "was refused" : "ended short";
}

static void take_place(neap_session *session, neap_order *order, const neap_order *refused) {
  neap_order *entry = refused->parent ? order_find(session, refused->parent) : NULL;
  order->parent = refused->parent;
  order->replaces = refused->ticket.number;
  order->group = refused->group;
  order->one_cancels_other = refused->one_cancels_other;
  order->unwinds_group = refused->unwinds_group;
  order->watched_here = refused->trigger.emulated || is_stop(&refused->ticket);
  order->refusals = refused->refusals + (order->watched_here && !has_fired(refused) ? 0 : 1);
  snprintf(order->tag, sizeof order->tag, "%s", refused->tag);
  snprintf(order->why, sizeof order->why, "#%llu %s", (unsigned long long)refused->ticket.number, what_became(refused));
  for (int kind = 0; entry && kind < 3; kind++)
    if (entry->exits[kind] == refused->ticket.number) entry->exits[kind] = order->ticket.number;
}

static int patience(const neap_session *session, const neap_order *order) {
  uint32_t doublings = order->refusals - 1;
  return 1 << (forbidden(session, order) || doublings > PATIENCE_DOUBLINGS ? PATIENCE_DOUBLINGS : (int)doublings);
}

static void wait_for_turn(neap_session *session, neap_order *order) {
  room_wait_until(session, order, session->clock.latest + patience(session, order) * NEAP_SECOND);
}

static bool is_news(uint32_t times) { return (times & (times - 1)) == 0; } /* the 1st, 2nd, 4th, 8th … in a row */

static void say(neap_session *session, const neap_order *refused, const neap_order *order) {
  char line[400], quantity[NEAP_DECIMAL_TEXT];
  const neap_product *product = &session->products[refused->ticket.product];
  const char *why = forbidden(session, refused);
  neap_decimal_format(neap_order_remaining(refused), quantity);
  int length = snprintf(line, sizeof line, "exit #%llu %s (%s%s%s), %s %s %s are not protected%s; ",
                        (unsigned long long)refused->ticket.number, what_became(refused), refused->reason.code,
                        why ? "; the product is " : "", why ? why : "", neap_side_name(refused->ticket.side), quantity,
                        product->id, order->refusals ? "" : " there");
  if (order->status == NEAP_ORDER_REJECTED)
    snprintf(line + length, sizeof line - (size_t)length, "#%llu in its place is refused here: %s",
             (unsigned long long)order->ticket.number, order->reason.code);
  else if (!order->refusals)
    snprintf(line + length, sizeof line - (size_t)length, "#%llu watches the price in its place",
             (unsigned long long)order->ticket.number);
  else
    snprintf(line + length, sizeof line - (size_t)length, "#%llu is sent in its place in %d s%s",
             (unsigned long long)order->ticket.number, patience(session, order),
             why ? ", or when the product opens" : "");
  session_say(session, order_desk(session, refused)->name, is_news(order->refusals) ? "alert" : "warn", line);
}

static void say_lost(neap_session *session, const neap_order *order, const char *code) {
  char line[300], quantity[NEAP_DECIMAL_TEXT], times[40] = "";
  neap_decimal_format(neap_order_remaining(order), quantity);
  if (order->losses > 1) snprintf(times, sizeof times, ", %u times in a row", (unsigned)order->losses);
  snprintf(line, sizeof line, "exit #%llu did not reach the venue%s (%s), %s %s %s are not protected; it is sent again",
           (unsigned long long)order->ticket.number, times, code, neap_side_name(order->ticket.side), quantity,
           session->products[order->ticket.product].id);
  session_say(session, order_desk(session, order)->name, "alert", line);
}

void refused_exit_is_lost(neap_session *session, neap_order *order, const neap_report *report) {
  if (is_news(++order->losses)) say_lost(session, order, report->code);
}

neap_status refused_exit_place_again(neap_session *session, const neap_order *refused, neap_fault *fault) {
  neap_decimal left;
  group_end(&session->groups, refused, NULL);
  if (room_reducible(session, refused, &left) != NEAP_OK || neap_decimal_sign(left) <= 0) return NEAP_OK;
  neap_order *order = order_new(session);
  if (!order) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for an exit");
  fill_ticket(&order->ticket, refused, left);
  take_place(session, order, refused);
  neap_status status = order_decide(session, order, NULL, NULL, fault);
  if (status != NEAP_OK) return status;
  bool waits = order->status == NEAP_ORDER_PENDING && !order->trigger.emulated; /* a trigger waits when it is set */
  if (waits) wait_for_turn(session, order);
  groups_join(session, order);
  if (order->status == NEAP_ORDER_REJECTED) group_end(&session->groups, order, NULL); /* by the engine */
  say(session, refused, order);
  return order_journal(session, fault);
}

neap_status refused_exit_fire(neap_session *session, neap_order *order, neap_fault *fault) {
  const market_state *market = &session->markets[order->ticket.product];
  wait_for_turn(session, order);
  return trigger_fire(session, order, market->has_mark ? market->mark : order->trigger.level, fault);
}

void refused_exits_hear(neap_session *session, uint32_t product) {
  for (neap_order *order = session->first; order; order = order->next)
    if (order->ticket.product == product && order->refusals && order->room_until && !forbidden(session, order))
      order->room_until = session->clock.latest;
  room_changed(session);
}
