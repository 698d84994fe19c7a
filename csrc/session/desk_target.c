/* SPDX-License-Identifier: MIT */
/* desk_target: the order that leads from what is held and working to a wanted position. */
#include "session/session_state.h"

/* The wanted signed quantity at the mark. */
static neap_status wanted_quantity(neap_desk *desk, const neap_ticket *ticket, neap_decimal *out, neap_fault *fault) {
  const neap_product *product = neap_desk_product(desk, ticket->product);
  neap_decimal amount = ticket->notional, equity, mark, unit;
  if (ticket->sizing == NEAP_BY_QUANTITY) return *out = ticket->quantity, NEAP_OK;
  if (!neap_desk_mark(desk, ticket->product, &mark, NULL))
    return neap_fail(fault, NEAP_INVALID, "no_mark", "target needs a price of %s, and none is known yet", product->id);
  neap_status status = neap_desk_equity(desk, &equity);
  if (status == NEAP_OK && ticket->sizing == NEAP_BY_FRACTION)
    status = neap_decimal_mul(ticket->fraction, equity, NEAP_DECIMAL_DIVISION, NEAP_ROUND_DOWN, &amount);
  if (status == NEAP_OK) status = neap_product_notional(product, mark, neap_decimal_from_int(1), &unit);
  if (status == NEAP_OK) status = neap_decimal_div(amount, unit, NEAP_DECIMAL_DIGITS, NEAP_ROUND_DOWN, out);
  if (status == NEAP_OK) status = neap_decimal_quantize(*out, product->base_increment, NEAP_ROUND_DOWN, out);
  return status == NEAP_OK ? status : neap_fail(fault, status, "overflow", "the target does not fit a decimal");
}

/* Orders that wait to protect what is held say nothing about the position that is wanted. */
static bool counts(const neap_order *order, uint32_t product) {
  const neap_ticket *ticket = &order->ticket;
  bool protects = order->parent || (ticket->reduce_only && ticket->type != NEAP_MARKET);
  return ticket->product == product && !ticket->slice_of && !protects && order_is_staying(order);
}

neap_status target_expected(neap_desk *desk, uint32_t product, neap_decimal *out, neap_fault *fault) {
  neap_status status = NEAP_OK;
  *out = neap_desk_position(desk, product)->quantity;
  for (const neap_order *order = NULL; status == NEAP_OK && (order = neap_desk_next_order(desk, order));) {
    if (!counts(order, product)) continue;
    neap_decimal rest = neap_order_remaining(order);
    if (order->ticket.sizing != NEAP_BY_QUANTITY && neap_decimal_is_zero(order->filled))
      status = wanted_quantity(desk, &order->ticket, &rest, fault);
    if (status == NEAP_OK)
      status = neap_decimal_add(*out, order->ticket.side == NEAP_BUY ? rest : neap_decimal_neg(rest), out);
  }
  return status;
}

static neap_amount negated(neap_amount amount) {
  amount.exact = neap_decimal_neg(amount.exact);
  amount.approximate = -amount.approximate;
  return amount;
}

static neap_amount exactly(neap_decimal value) { return (neap_amount){.kind = NEAP_AMOUNT_EXACT, .exact = value}; }

/* From flat the whole target is one entry, sized at its fill like any other; else the difference is a quantity. */
static void shape_target(neap_order_request *order, neap_decimal expected, neap_decimal difference, bool held) {
  order->side = neap_decimal_sign(difference) > 0 ? NEAP_BUY : NEAP_SELL;
  bool by_amount = !amount_is_given(&order->quantity) && !held && neap_decimal_is_zero(expected);
  if (!by_amount) {
    order->notional = order->fraction = (neap_amount){0};
    order->quantity = exactly(neap_decimal_abs(difference));
  } else if (order->side == NEAP_SELL) {
    order->notional = negated(order->notional);
    order->fraction = negated(order->fraction);
  }
}

/* Only a part of what is held goes, and nothing is opened on the other side. */
static bool shrinks(neap_decimal held, neap_decimal expected, neap_decimal wanted, neap_decimal difference) {
  return neap_decimal_sign(held) * neap_decimal_sign(difference) < 0 &&
         neap_decimal_cmp(neap_decimal_abs(difference), neap_decimal_abs(held)) <= 0 &&
         neap_decimal_sign(wanted) * neap_decimal_sign(expected) >= 0;
}

/* Of an amount, what is less than the smallest order is no difference. */
static bool is_on_target(const neap_product *product, const neap_ticket *wish, neap_decimal wanted,
                         neap_decimal difference) {
  if (neap_decimal_is_zero(difference)) return true;
  return wish->sizing != NEAP_BY_QUANTITY && !neap_decimal_is_zero(wanted) &&
         neap_decimal_cmp(neap_decimal_abs(difference), product->base_min) < 0;
}

neap_status neap_desk_target(neap_desk *desk, const neap_order_request *request, neap_order **out, neap_fault *fault) {
  neap_ticket wish = {.product = request->product};
  neap_decimal wanted, expected, difference;
  request_notes note = {0};
  neap_status status = request_check_amounts(request, true, fault);
  if (status == NEAP_OK) status = request_resolve_size(desk, request, &wish, &note, fault);
  if (status == NEAP_OK) status = wanted_quantity(desk, &wish, &wanted, fault);
  if (status == NEAP_OK) status = target_expected(desk, request->product, &expected, fault);
  if (status != NEAP_OK) return status;
  status = neap_decimal_sub(wanted, expected, &difference);
  if (status != NEAP_OK) return neap_fail(fault, status, "overflow", "the target does not fit a decimal");
  if (is_on_target(neap_desk_product(desk, request->product), &wish, wanted, difference))
    return order_nothing_to_do(desk, request->product, "on_target", out, fault);
  neap_order_request order = *request;
  neap_decimal held = neap_desk_position(desk, request->product)->quantity;
  shape_target(&order, expected, difference, !neap_decimal_is_zero(held));
  if (shrinks(held, expected, wanted, difference)) order.reduce_only = true;
  return neap_desk_place(desk, &order, out, fault);
}
