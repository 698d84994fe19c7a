/* SPDX-License-Identifier: MIT */
/* desk_orders: the trading words of a strategy: place, target, close, cancel. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "session/exit_rules.h"
#include "session/replace_rules.h"
#include "session/slices.h"

bool amount_is_given(const neap_amount *amount) { return amount->kind != NEAP_AMOUNT_NONE; }

bool amount_is_positive(const neap_amount *amount) {
  if (amount->kind == NEAP_AMOUNT_FLOAT)
    return amount->approximate > 0 && amount->approximate - amount->approximate == 0;
  return amount->kind == NEAP_AMOUNT_NONE || neap_decimal_sign(amount->exact) > 0;
}

neap_status request_misuse(const char *field, const char *text, neap_fault *fault) {
  neap_fail(fault, NEAP_INVALID, "order_field", "%s %s", field, text);
  neap_fault_set_where(fault, "%s", field);
  return NEAP_INVALID;
}

neap_status request_check_amounts(const neap_order_request *request, bool is_signed, neap_fault *fault) {
  const struct {
    const char *name;
    const neap_amount *amount;
    bool size;
  } fields[] = {{"quantity", &request->quantity, true},
                {"notional", &request->notional, true},
                {"fraction", &request->fraction, true},
                {"risk", &request->risk, true},
                {"limit", &request->limit, false},
                {"stop", &request->stop, false},
                {"trail_bps", &request->trail_bps, false},
                {"stop_loss", &request->stop_loss, false},
                {"take_profit", &request->take_profit, false},
                {"trailing_stop_bps", &request->trailing_stop_bps, false}};
  int sizes = 0;
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
    sizes += fields[i].size && amount_is_given(fields[i].amount);
    bool finite = fields[i].amount->kind != NEAP_AMOUNT_FLOAT ||
                  fields[i].amount->approximate - fields[i].amount->approximate == 0;
    if (!finite) return request_misuse(fields[i].name, "is not a finite number", fault);
    if (!(is_signed && fields[i].size) && !amount_is_positive(fields[i].amount))
      return request_misuse(fields[i].name, "must be above zero", fault);
  }
  if (sizes != 1)
    return request_misuse("quantity",
                          sizes ? "notional, fraction and risk exclude each other: give exactly one"
                                : "is missing: give exactly one of quantity, notional, fraction, risk",
                          fault);
  return NEAP_OK;
}

static neap_status check_tag(neap_desk *desk, const char *tag, neap_fault *fault) {
  if (!tag[0]) return NEAP_OK;
  for (const neap_order *order = desk->session->first; order; order = order->next)
    if (order->ticket.strategy == desk->index && !neap_order_is_terminal(order->status) &&
        strcmp(order->tag, tag) == 0) {
      neap_fail(fault, NEAP_INVALID, "tag_in_use", "tag '%s' belongs to working order #%llu", tag,
                (unsigned long long)order->ticket.number);
      return NEAP_INVALID;
    }
  return NEAP_OK;
}

static bool is_whole_price(const neap_amount *bps) {
  return bps->kind == NEAP_AMOUNT_FLOAT ? bps->approximate >= 10000
                                        : neap_decimal_cmp(bps->exact, neap_decimal_from_int(10000)) >= 0;
}

/* What sells below the best price by all of it has a level that no price reaches: it would protect nothing. */
static neap_status check_trails(const neap_order_request *request, neap_fault *fault) {
  bool sells = request->side == NEAP_SELL;
  if (!is_whole_price(sells ? &request->trail_bps : &request->trailing_stop_bps)) return NEAP_OK;
  return request_misuse(sells ? "trail_bps" : "trailing_stop_bps",
                        "of a sale is under 10000: that is the whole price, which no price falls by", fault);
}

static neap_status check_options(const neap_order_request *request, neap_fault *fault) {
  bool has_limit = amount_is_given(&request->limit);
  if (amount_is_given(&request->trail_bps) && (has_limit || amount_is_given(&request->stop)))
    return request_misuse(
        "trail_bps", "goes with neither limit nor stop: it makes a stop of its own, which follows the price", fault);
  if (request->post_only && !has_limit) return request_misuse("post_only", "needs a limit", fault);
  if (request->has_time_in_force && request->time_in_force == NEAP_GTD && !request->good_till)
    return request_misuse("good_till", "is needed for gtd", fault);
  if (request->good_till && request->has_time_in_force && request->time_in_force != NEAP_GTD)
    return request_misuse("good_till", "goes with gtd only", fault);
  bool at_once =
      request->has_time_in_force && (request->time_in_force == NEAP_IOC || request->time_in_force == NEAP_FOK);
  if (at_once && request->post_only) return request_misuse("post_only", "contradicts ioc and fok", fault);
  if (request->reduce_only && (amount_is_given(&request->stop_loss) || amount_is_given(&request->take_profit) ||
                               amount_is_given(&request->trailing_stop_bps)))
    return request_misuse("reduce_only",
                          "orders open nothing that stop_loss, take_profit or trailing_stop_bps could protect", fault);
  return check_trails(request, fault);
}

/* The prices of a request, each made exact; exits are on the other side of the entry. */
static neap_status resolve_prices(const neap_order_request *request, const neap_product *product, neap_order *order,
                                  request_notes *note, neap_fault *fault) {
  neap_side side = request->side, exit = side == NEAP_BUY ? NEAP_SELL : NEAP_BUY;
  const char *ignored = NULL;
  neap_status status =
      amount_resolve(&request->limit, AMOUNT_PRICE, product, side, "limit", &order->ticket.limit, &note->price, fault);
  if (status == NEAP_OK)
    status =
        amount_resolve(&request->stop, AMOUNT_PRICE, product, side, "stop", &order->ticket.stop, &note->price, fault);
  if (status == NEAP_OK)
    status = amount_resolve(&request->trail_bps, AMOUNT_SHARE, product, side, "trail_bps", &order->ticket.trail_bps,
                            &ignored, fault);
  if (status == NEAP_OK)
    status = amount_resolve(&request->stop_loss, AMOUNT_PRICE, product, exit, "stop_loss", &order->stop_loss, &ignored,
                            fault);
  if (status == NEAP_OK)
    status = amount_resolve(&request->take_profit, AMOUNT_PRICE, product, exit, "take_profit", &order->take_profit,
                            &ignored, fault);
  if (status == NEAP_OK)
    status = amount_resolve(&request->trailing_stop_bps, AMOUNT_SHARE, product, exit, "trailing_stop_bps",
                            &order->trailing_stop_bps, &ignored, fault);
  if (status != NEAP_OK) return status;
  const neap_decimal exits[] = {order->stop_loss, order->take_profit};
  for (size_t i = 0; status == NEAP_OK && i < 2; i++)
    if (!neap_decimal_is_zero(exits[i])) status = neap_product_check_price(product, exits[i], fault);
  if (status != NEAP_OK) neap_fault_set_where(fault, "stop_loss, take_profit");
  return status == NEAP_REFUSED ? NEAP_INVALID : status;
}

neap_status request_resolve_size(neap_desk *desk, const neap_order_request *request, neap_ticket *ticket,
                                 request_notes *note, neap_fault *fault) {
  const neap_product *product = &desk->session->products[request->product];
  neap_status status = amount_resolve(&request->quantity, AMOUNT_QUANTITY, product, request->side, "quantity",
                                      &ticket->quantity, &note->quantity, fault);
  if (status == NEAP_OK)
    status = amount_resolve(&request->notional, AMOUNT_MONEY, product, request->side, "notional", &ticket->notional,
                            &note->quantity, fault);
  if (status == NEAP_OK)
    status = amount_resolve(&request->fraction, AMOUNT_SHARE, product, request->side, "fraction", &ticket->fraction,
                            &note->quantity, fault);
  ticket->sizing = amount_is_given(&request->notional)   ? NEAP_BY_NOTIONAL
                   : amount_is_given(&request->fraction) ? NEAP_BY_FRACTION
                                                         : NEAP_BY_QUANTITY;
  return status;
}

/* A limit order knows its price now: an amount becomes a quantity at the limit, fees included for a buy. */
static neap_status size_at_limit(neap_desk *desk, neap_ticket *ticket, request_notes *note, neap_fault *fault) {
  if (ticket->sizing == NEAP_BY_QUANTITY || neap_decimal_is_zero(ticket->limit)) return NEAP_OK;
  neap_session *session = desk->session;
  neap_decimal amount = ticket->notional, equity;
  neap_status status = neap_desk_equity(desk, &equity);
  if (status == NEAP_OK && ticket->sizing == NEAP_BY_FRACTION)
    status = neap_decimal_mul(ticket->fraction, equity, NEAP_DECIMAL_DIVISION, NEAP_ROUND_DOWN, &amount);
  if (status == NEAP_OK)
    status = neap_quantity_for_amount(&session->products[ticket->product], &session->fees, NEAP_TAKER,
                                      ticket->side == NEAP_BUY, amount, ticket->limit, &ticket->quantity);
  if (status != NEAP_OK)
    return neap_fail(fault, status, "overflow", "the quantity for an amount does not fit a decimal");
  note->quantity = "sized at the limit, rounded down to the increment";
  ticket->sizing = NEAP_BY_QUANTITY;
  ticket->notional = ticket->fraction = NEAP_ZERO;
  return NEAP_OK;
}

static neap_order_type type_of(const neap_order_request *request) {
  if (amount_is_given(&request->trail_bps)) return NEAP_TRAILING_STOP;
  if (amount_is_given(&request->stop)) return amount_is_given(&request->limit) ? NEAP_STOP_LIMIT : NEAP_STOP;
  return amount_is_given(&request->limit) ? NEAP_LIMIT : NEAP_MARKET;
}

static void fill_ticket(const neap_desk *desk, const neap_order_request *request, neap_order *order) {
  neap_ticket *ticket = &order->ticket;
  ticket->strategy = desk->index;
  ticket->product = request->product;
  ticket->side = request->side;
  ticket->type = type_of(request);
  ticket->time_in_force = request->has_time_in_force ? request->time_in_force
                          : request->good_till       ? NEAP_GTD
                                                     : NEAP_GTC;
  ticket->good_till = request->good_till;
  ticket->post_only = request->post_only;
  ticket->reduce_only = request->reduce_only;
  neap_text_copy(order->tag, sizeof order->tag, request->tag);
  neap_text_copy(order->why, sizeof order->why, request->why);
}

neap_status order_undo(neap_desk *desk, neap_order *order, neap_order **out, neap_status status) {
  *out = NULL;
  order->references = 0;
  if (order->status != NEAP_ORDER_NEW) return status;
  order->status = NEAP_ORDER_REJECTED;
  if (order->ticket.number == desk->session->orders) desk->session->orders--;
  order_retire(desk->session, order);
  return status;
}

neap_status request_submit(neap_desk *desk, const neap_order *draft, const request_notes *note, neap_order **out,
                           neap_fault *fault) {
  neap_order *order = order_new(desk->session);
  if (!order) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for an order");
  neap_ticket given = order->ticket;
  order->ticket = draft->ticket;
  order->ticket.number = given.number;
  memcpy(order->ticket.id, given.id, sizeof given.id);
  order->stop_loss = draft->stop_loss;
  order->take_profit = draft->take_profit;
  order->trailing_stop_bps = draft->trailing_stop_bps;
  order->risk = draft->risk;
  order->slices = draft->slices;
  memcpy(order->tag, draft->tag, sizeof order->tag);
  memcpy(order->why, draft->why, sizeof order->why);
  order->references = 1;
  neap_status status = order_decide(desk->session, order, note->quantity, note->price, fault);
  *out = order;
  return status == NEAP_OK ? status : order_undo(desk, order, out, status);
}

neap_status request_draft(neap_desk *desk, const neap_order_request *request, neap_order *draft, request_notes *note,
                          neap_fault *fault) {
  neap_status status = request_check_amounts(request, false, fault);
  if (status == NEAP_OK) status = check_options(request, fault);
  if (status == NEAP_OK) status = risk_check_options(request, fault);
  if (status == NEAP_OK) status = check_tag(desk, request->tag, fault);
  if (status != NEAP_OK) return status;
  fill_ticket(desk, request, draft);
  status = resolve_prices(request, &desk->session->products[request->product], draft, note, fault);
  if (status == NEAP_OK) status = request_resolve_size(desk, request, &draft->ticket, note, fault);
  if (status == NEAP_OK) status = slices_resolve(desk, request, draft, fault);
  if (status == NEAP_OK) status = risk_resolve(desk, request, draft, fault);
  if (status == NEAP_OK) status = size_at_limit(desk, &draft->ticket, note, fault);
  return status;
}

neap_status neap_desk_place(neap_desk *desk, const neap_order_request *request, neap_order **out, neap_fault *fault) {
  neap_order draft = {0};
  request_notes note = {0};
  neap_status status = request_draft(desk, request, &draft, &note, fault);
  return status == NEAP_OK ? request_submit(desk, &draft, &note, out, fault) : status;
}

neap_status order_nothing_to_do(neap_desk *desk, uint32_t product, const char *code, neap_order **out,
                                neap_fault *fault) {
  neap_order *order = order_blank(desk->session);
  if (!order) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for an order");
  order->ticket.strategy = desk->index;
  order->ticket.product = product;
  order->status = NEAP_ORDER_FILLED;
  snprintf(order->reason.code, sizeof order->reason.code, "%s", code);
  order->references = 1;
  order_retire(desk->session, order);
  *out = order;
  return NEAP_OK;
}

static neap_status working_exits(neap_desk *desk, uint32_t product, neap_side side, neap_decimal *out) {
  neap_status status = NEAP_OK;
  *out = NEAP_ZERO;
  for (const neap_order *order = NULL; status == NEAP_OK && (order = neap_desk_next_order(desk, order));) {
    const neap_ticket *ticket = &order->ticket;
    bool counts = ticket->product == product && ticket->side == side && ticket->reduce_only &&
                  ticket->type == NEAP_MARKET && ticket->execution == NEAP_WHOLE &&
                  !ticket->slice_of; /* those a close takes the place of */
    if (counts && order_is_staying(order)) status = neap_decimal_add(*out, neap_order_remaining(order), out);
  }
  return status;
}

neap_status neap_desk_close(neap_desk *desk, uint32_t product, const char *why, const char *tag, neap_order **out,
                            neap_fault *fault) {
  neap_decimal held = neap_desk_position(desk, product)->quantity, closing;
  neap_order draft = {0};
  neap_status status = check_tag(desk, tag ? tag : "", fault);
  if (status != NEAP_OK) return status;
  draft.ticket = (neap_ticket){.strategy = desk->index, .product = product, .reduce_only = true};
  draft.ticket.side = neap_decimal_sign(held) > 0 ? NEAP_SELL : NEAP_BUY;
  status = working_exits(desk, product, draft.ticket.side, &closing);
  if (status == NEAP_OK) status = neap_decimal_sub(neap_decimal_abs(held), closing, &draft.ticket.quantity);
  if (status != NEAP_OK) return neap_fail(fault, status, "overflow", "the quantity to close does not fit a decimal");
  if (neap_decimal_sign(draft.ticket.quantity) <= 0) return order_nothing_to_do(desk, product, "flat", out, fault);
  snprintf(draft.why, sizeof draft.why, "%s", why ? why : "");
  snprintf(draft.tag, sizeof draft.tag, "%s", tag ? tag : "");
  const request_notes note = {0};
  status = request_submit(desk, &draft, &note, out, fault);
  if (status != NEAP_OK || (*out)->status == NEAP_ORDER_REJECTED) return status;
  status = exits_cancel(desk, product, "close", fault);
  if (status == NEAP_OK) status = slices_cancel_exits(desk, product, "close", fault);
  neap_outbox_send_last(&desk->session->outbox, *out);
  return status;
}

neap_status neap_desk_cancel(neap_desk *desk, neap_order *order, neap_fault *fault) {
  neap_order *next = replace_waiting(desk->session->first, order); /* it stands for the one that would replace it */
  if (next) return neap_desk_cancel(desk, next, fault);
  if (order_is_staying(order)) exit_forget(desk->session->first, order);
  if (neap_order_is_sliced(order)) return slices_cancel(desk->session, order, fault);
  return order_cancel(desk->session, order, EXIT_FORGOTTEN, fault);
}

neap_status neap_desk_cancel_all(neap_desk *desk, int64_t product, neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (neap_order *order = NULL; status == NEAP_OK && (order = neap_desk_next_order(desk, order));)
    if (product < 0 || order->ticket.product == (uint32_t)product)
      status = order_cancel(desk->session, order, "cancel_all", fault);
  return status;
}

neap_order *neap_desk_order_by_tag(neap_desk *desk, const char *tag) {
  for (neap_order *order = NULL; (order = neap_desk_next_order(desk, order));)
    if (tag[0] && strcmp(order->tag, tag) == 0 && !order->replaced_by) return neap_desk_retain(desk, order), order;
  return NULL;
}

neap_order *neap_desk_next_order(neap_desk *desk, const neap_order *after) {
  neap_order *order = after ? after->next : desk->session->first;
  while (order && order->ticket.strategy != desk->index) order = order->next;
  return order;
}

void neap_desk_retain(neap_desk *desk, neap_order *order) {
  (void)desk;
  order->references++;
}

void neap_desk_release(neap_desk *desk, neap_order *order) { order_release(desk->session, order); }
