/* SPDX-License-Identifier: MIT */
/* reconcile_fills: what somebody else traded on the account, on our products: the external part takes it, or the
 * operator's desk as orders of its own, or the session halts. */
#include <stdio.h>
#include <string.h>

#include "base/record.h"
#include "base/text.h"
#include "session/reconcile_watch.h"

/* Those that are asked about are young. */
uint64_t reconcile_own_number(neap_session *session, const char *client_id) {
  char id[NEAP_ORDER_ID];
  bool can_be_ours = strlen(client_id) == NEAP_ORDER_ID - 1 && client_id[14] == '8'; /* a UUID of version 8 */
  for (uint64_t number = can_be_ours ? session->orders : 0; number > 0; number--) {
    neap_order_id_with(session->id_digest, session->id, number, id);
    if (strcmp(id, client_id) == 0) return number;
  }
  return 0;
}

static void record_trade(const neap_foreign_fill *fill, uint64_t lost, neap_buffer *out) {
  neap_record_text(out, "trade_id", fill->trade_id);
  neap_record_text(out, "order_id", fill->order_id);
  if (fill->client_id[0]) neap_record_text(out, "client_id", fill->client_id);
  if (lost) neap_record_int(out, "lost", (int64_t)lost);
  neap_record_text(out, "side", neap_side_name(fill->side));
  neap_record_text(out, "liquidity", neap_liquidity_name(fill->liquidity));
  neap_record_decimal(out, "price", fill->price);
  neap_record_decimal(out, "quantity", fill->quantity);
  neap_record_decimal(out, "fee", fill->fee);
  neap_record_time(out, "time", fill->time);
}

static void see(neap_session *session, const neap_foreign_fill *fill, uint64_t number) {
  char name[EXTERNAL_NAME];
  external_name_fill(fill->trade_id, fill->order_id, name);
  external_see(&session->external, name, fill->time);
  external_lost *lost = external_find_lost(&session->external, number);
  if (lost) neap_decimal_add(lost->filled, fill->quantity, &lost->filled);
}

/* A market order that the venue had, and that is complete with this fill. */
static neap_order *make_order(neap_session *session, const neap_foreign_fill *fill, neap_fault *fault) {
  char name[EXTERNAL_NAME];
  neap_order *order = order_new(session);
  if (!order) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for an adopted order"), NULL;
  external_name_fill(fill->trade_id, fill->order_id, name);
  neap_order_id_with(session->id_digest, name, 0, order->ticket.id);
  order->ticket.strategy = session->account_watch->operator_desk;
  order->ticket.product = fill->product;
  order->ticket.side = fill->side;
  order->ticket.type = NEAP_MARKET;
  order->ticket.time_in_force = NEAP_IOC;
  order->ticket.quantity = fill->quantity;
  neap_text_copy(order->why, sizeof order->why, "traded on the account, not by this session");
  neap_text_copy(order->tag, sizeof order->tag, "adopted");
  return order;
}

static neap_status record_intent(neap_session *session, neap_order *order, const neap_foreign_fill *fill,
                                 neap_fault *fault) {
  char name[EXTERNAL_NAME];
  external_name_fill(fill->trade_id, fill->order_id, name);
  neap_buffer *out = session_scratch(session);
  neap_record_int(out, "number", (int64_t)order->ticket.number);
  neap_record_text(out, "strategy", session->names[order->ticket.strategy]);
  neap_record_text(out, "why", order->why);
  neap_record_text(out, "tag", order->tag);
  neap_record_text(out, "adopted", name);
  neap_ticket_record(&order->ticket, out);
  return session_event(session, "order_intent", order, 0, session->last_seq, out, &order->decision_seq, fault);
}

static neap_status advance(neap_session *session, neap_order *order, neap_order_move move, const char *type,
                           neap_fault *fault) {
  neap_status status = neap_order_apply(order, move, neap_clock_now(&session->clock), fault);
  return status == NEAP_OK && type ? session_event(session, type, order, 0, order->decision_seq, NULL, NULL, fault)
                                   : status;
}

static neap_status write_down(neap_session *session, neap_order *order, const neap_foreign_fill *fill, uint64_t lost,
                              neap_fault *fault) {
  neap_buffer *out = session_scratch(session);
  record_trade(fill, lost, out);
  see(session, fill, lost);
  neap_status status = session_event(session, "fill_adopted", order, 0, 0, out, NULL, fault);
  if (status == NEAP_OK) status = record_intent(session, order, fill, fault);
  if (status == NEAP_OK) status = advance(session, order, NEAP_MOVE_DECIDE, NULL, fault);
  if (status == NEAP_OK) status = advance(session, order, NEAP_MOVE_SUBMIT, "order_submitted", fault);
  return status == NEAP_OK ? advance(session, order, NEAP_MOVE_ACCEPT, "order_accepted", fault) : status;
}

static void tell_filled(neap_session *session, const neap_order *order, const neap_foreign_fill *fill) {
  const neap_report report = {.kind = NEAP_REPORT_FILL,
                              .order = order->ticket.number,
                              .last = true,
                              .fill = {.order = order->ticket.number,
                                       .strategy = order->ticket.strategy,
                                       .product = fill->product,
                                       .side = fill->side,
                                       .liquidity = fill->liquidity,
                                       .price = fill->price,
                                       .quantity = fill->quantity,
                                       .fee = fill->fee,
                                       .time = fill->time}};
  session_report(session, &report);
}

/* One piece of the journal: an order that nobody sent does not stand there without its fill. What that leads to leaves
 * behind it. */
neap_status reconcile_adopt(neap_session *session, const neap_foreign_fill *fill, uint64_t lost, neap_fault *fault) {
  neap_order *order = make_order(session, fill, fault);
  if (!order) return NEAP_MEMORY;
  order->submitted = neap_clock_now(&session->clock);
  bool is_part = session->gathers; /* of a greater piece */
  neap_event_store_hold(session->store);
  session->gathers = true;
  neap_status status = write_down(session, order, fill, lost, fault);
  if (status == NEAP_OK) tell_filled(session, order, fill);
  session->gathers = is_part;
  neap_event_store_release(session->store);
  return status == NEAP_OK && session->outbox.count && !is_part ? order_flush(session, fault) : status;
}

static void say(neap_session *session, const neap_foreign_fill *fill, const char *what) {
  char line[320], price[NEAP_DECIMAL_TEXT], quantity[NEAP_DECIMAL_TEXT];
  neap_decimal_format(fill->price, price);
  neap_decimal_format(fill->quantity, quantity);
  snprintf(line, sizeof line, "%s %s %s at %s was traded on the account, not by this session: %s",
           fill->side == NEAP_BUY ? "bought" : "sold", quantity, session->products[fill->product].id, price, what);
  session_say(session, "reconcile", "alert", line);
}

static neap_status leave_outside(neap_session *session, const neap_foreign_fill *fill, uint64_t lost,
                                 neap_fault *fault) {
  neap_status status = external_fill(&session->external, &session->products[fill->product], fill->side, fill->price,
                                     fill->quantity, fill->fee);
  if (status != NEAP_OK) return neap_fail(fault, status, "overflow", "a foreign fill does not fit a decimal");
  see(session, fill, lost);
  neap_buffer *out = session_scratch(session);
  record_trade(fill, lost, out);
  status = session_event(session, "external_fill", NULL, fill->product, 0, out, NULL, fault);
  say(session, fill, "the external part takes it");
  return status;
}

/* What of it the operator's desk can take: on spot it sells no more than it holds. */
static neap_decimal adoptable(const neap_session *session, const neap_foreign_fill *fill) {
  uint32_t desk = session->account_watch->operator_desk;
  neap_decimal held = neap_ledger_position(session->ledger, desk, fill->product)->quantity;
  bool is_free = fill->side == NEAP_BUY || neap_product_allows_short(&session->products[fill->product]);
  return is_free || neap_decimal_cmp(held, fill->quantity) >= 0 ? fill->quantity : held;
}

/* The fee is split as the quantity is; what is rounded off one half is in the other. */
static neap_status split(const neap_foreign_fill *fill, neap_decimal quantity, neap_foreign_fill *ours,
                         neap_foreign_fill *rest) {
  neap_decimal share;
  ours->quantity = quantity;
  neap_status status = neap_decimal_sub(fill->quantity, quantity, &rest->quantity);
  if (status != NEAP_OK || neap_decimal_is_zero(rest->quantity)) return status;
  status = neap_decimal_mul(fill->fee, quantity, 12, NEAP_ROUND_HALF_EVEN, &share);
  if (status == NEAP_OK) status = neap_decimal_div(share, fill->quantity, 12, NEAP_ROUND_HALF_EVEN, &ours->fee);
  return status == NEAP_OK ? neap_decimal_sub(fill->fee, ours->fee, &rest->fee) : status;
}

static neap_status adopt_part(neap_session *session, const neap_foreign_fill *fill, neap_decimal quantity,
                              uint64_t lost, neap_fault *fault) {
  neap_foreign_fill ours = *fill, rest = *fill;
  neap_status status = split(fill, quantity, &ours, &rest);
  if (status != NEAP_OK) return neap_fail(fault, status, "overflow", "a foreign fill does not fit a decimal");
  if (!neap_decimal_is_zero(ours.quantity)) status = reconcile_adopt(session, &ours, lost, fault);
  return status == NEAP_OK && !neap_decimal_is_zero(rest.quantity) ? leave_outside(session, &rest, lost, fault)
                                                                   : status;
}

static neap_status take(neap_session *session, const neap_foreign_fill *fill, uint64_t lost, neap_fault *fault) {
  switch (session->account_watch->policy) {
  case NEAP_EXTERNAL_ADOPT:
    say(session, fill, "the operator's desk takes it");
    return adopt_part(session, fill, adoptable(session, fill), lost, fault);
  case NEAP_EXTERNAL_HALT:
    if (leave_outside(session, fill, lost, fault) != NEAP_OK) return fault->status;
    return reconcile_take_mode(session, NEAP_MODE_HALTED, "external_fill", fault);
  case NEAP_EXTERNAL_IGNORE:
    break;
  }
  return leave_outside(session, fill, lost, fault);
}

/* What came before the baseline is part of it; a session that was resumed is told again what it knows. */
static bool is_new(const neap_session *session, const neap_foreign_fill *fill) {
  const external_book *book = &session->external;
  if (!book->has_baseline || fill->product >= session->product_count) return false;
  if (session->resumed && fill->time <= book->baseline_at) return false;
  char name[EXTERNAL_NAME];
  external_name_fill(fill->trade_id, fill->order_id, name);
  return !external_is_seen(book, name, fill->time);
}

/* A fill of an order of ours is told by its number, and was booked before the order ended; but not of one that ended
 * because the venue had never had it. */
void reconcile_foreign_fill(void *context, const neap_foreign_fill *fill) {
  neap_session *session = context;
  neap_fault fault = {0};
  if (!session->account_watch || session->ended || !is_new(session, fill)) return;
  uint64_t number = reconcile_own_number(session, fill->client_id);
  if (number && !external_find_lost(&session->external, number)) return;
  if (take(session, fill, number, &fault) != NEAP_OK) session_fail(session, &fault);
}

void reconcile_ended(neap_session *session, const neap_order *order, const char *code) {
  if (external_is_loss(code))
    external_lose(&session->external, order->ticket.number, order->ticket.product, order->ticket.side);
}

/* The trade is named by the order and by how far it has filled: that is how it is known when it comes again. */
bool reconcile_takes_fill(neap_session *session, const neap_report *report) {
  neap_foreign_fill fill = {.liquidity = report->fill.liquidity,
                            .price = report->fill.price,
                            .quantity = report->fill.quantity,
                            .fee = report->fill.fee,
                            .time = report->fill.time};
  char reached[NEAP_DECIMAL_TEXT], id[NEAP_ORDER_ID];
  const external_lost *lost = external_find_lost(&session->external, report->order);
  neap_fault fault = {0};
  if (!lost || !session->account_watch || session->ended) return false;
  bool is_told = !neap_decimal_is_zero(report->cumulative) && neap_decimal_cmp(report->cumulative, lost->filled) <= 0;
  if (is_told) return false;
  fill.product = lost->product;
  fill.side = lost->side;
  neap_decimal_add(lost->filled, report->fill.quantity, &fill.quantity);
  neap_decimal_format(fill.quantity, reached);
  fill.quantity = report->fill.quantity;
  neap_order_id_with(session->id_digest, session->id, report->order, id);
  neap_text_copy(fill.client_id, sizeof fill.client_id, id);
  snprintf(fill.trade_id, sizeof fill.trade_id, "%s/%s", id, reached);
  if (take(session, &fill, report->order, &fault) != NEAP_OK) session_fail(session, &fault);
  return true;
}
