/* SPDX-License-Identifier: MIT */
/* exposure: running sums of working orders, and what they may make of a position. */
#include "risk/exposure.h"

typedef struct part { /* of one order */
  neap_open_side open;
  neap_decimal working;
} part;

neap_status neap_worth(const neap_product *product, neap_decimal price, neap_decimal quantity, neap_decimal *out) {
  const unsigned digits = NEAP_DECIMAL_DIGITS;
  neap_status status = neap_decimal_mul(price, quantity, digits, NEAP_ROUND_UP, out);
  if (status != NEAP_OK || product->contract_size.units == neap_decimal_from_int(1).units) return status;
  return neap_decimal_mul(*out, product->contract_size, digits, NEAP_ROUND_UP, out);
}

static neap_decimal price_of(const neap_ticket *ticket) {
  return neap_decimal_is_zero(ticket->limit) ? ticket->stop : ticket->limit;
}

static neap_status part_of(const neap_product *product, const neap_order *order, part *out) {
  const neap_ticket *ticket = &order->ticket;
  neap_decimal rest = neap_order_remaining(order), price = price_of(ticket);
  *out = (part){.working = ticket->sizing == NEAP_BY_QUANTITY ? rest : NEAP_ZERO};
  if (ticket->sizing != NEAP_BY_QUANTITY && neap_decimal_is_zero(order->filled)) {
    out->open.amount = ticket->sizing == NEAP_BY_NOTIONAL ? ticket->notional : order->reserved;
    return NEAP_OK;
  }
  out->open.quantity = rest;
  if (!neap_decimal_is_zero(price)) return neap_worth(product, price, rest, &out->open.value);
  out->open.unpriced = rest;
  return NEAP_OK;
}

static bool shift(neap_decimal *sum, neap_decimal change, int sign) {
  return neap_decimal_add(*sum, sign > 0 ? change : neap_decimal_neg(change), sum) == NEAP_OK;
}

static bool shift_side(neap_open_side *side, const neap_open_side *change, int sign) {
  return shift(&side->quantity, change->quantity, sign) && shift(&side->unpriced, change->unpriced, sign) &&
         shift(&side->value, change->value, sign) && shift(&side->amount, change->amount, sign);
}

/* An order that waits to reduce adds nothing, whatever becomes of it. */
static neap_open_side *place_of(neap_holding *holding, const neap_ticket *ticket) {
  if (!ticket->reduce_only) return &holding->open[ticket->side];
  return ticket->type == NEAP_MARKET && ticket->execution == NEAP_WHOLE ? &holding->closing[ticket->side] : NULL;
}

static neap_status change(neap_holding *holding, const neap_product *product, const neap_order *order, int sign) {
  part rest;
  neap_decimal working = holding->working[order->ticket.side];
  neap_open_side *side = place_of(holding, &order->ticket), after = side ? *side : (neap_open_side){{0}, {0}, {0}, {0}};
  neap_status status = part_of(product, order, &rest);
  if (status != NEAP_OK) return status;
  if (!shift_side(&after, &rest.open, sign) || !shift(&working, rest.working, sign)) return NEAP_RANGE;
  if (side) *side = after;
  holding->working[order->ticket.side] = working;
  holding->orders = sign > 0 ? holding->orders + 1 : holding->orders - 1;
  return NEAP_OK;
}

neap_status neap_holding_add(neap_holding *holding, const neap_product *product, const neap_order *order) {
  return change(holding, product, order, 1);
}

neap_status neap_holding_remove(neap_holding *holding, const neap_product *product, const neap_order *order) {
  return change(holding, product, order, -1);
}

neap_status neap_open_worth(const neap_open_side *open, const neap_product *product, neap_decimal mark,
                            neap_decimal *out) {
  neap_decimal unpriced = NEAP_ZERO;
  neap_status status = NEAP_OK;
  if (!neap_decimal_is_zero(open->unpriced)) status = neap_worth(product, mark, open->unpriced, &unpriced);
  if (status == NEAP_OK) status = neap_decimal_add(open->amount, unpriced, out);
  return status == NEAP_OK ? neap_decimal_add(*out, open->value, out) : status;
}

neap_decimal neap_holding_staying(const neap_holding *holding) {
  neap_decimal position = holding->position;
  if (position.units > 0)
    return neap_decimal_max(NEAP_ZERO, (neap_decimal){position.units - holding->closing[NEAP_SELL].quantity.units});
  return neap_decimal_min(NEAP_ZERO, (neap_decimal){position.units + holding->closing[NEAP_BUY].quantity.units});
}

/* What is held is on that side: position, orders and the addition add up. */
static neap_status grow(const neap_portfolio *portfolio, uint32_t product, neap_decimal held,
                        const neap_open_side *open, const neap_addition *addition, neap_decimal *value) {
  const neap_product *facts = &portfolio->products[product];
  neap_decimal mark = portfolio->marks[product], orders;
  neap_status status = neap_open_worth(open, facts, mark, &orders);
  if (status == NEAP_OK) status = neap_worth(facts, mark, held, value);
  if (status == NEAP_OK) status = neap_decimal_add(*value, orders, value);
  return status == NEAP_OK && addition ? neap_decimal_add(*value, addition->value, value) : status;
}

/* What is held is on the other side: the orders take it away first, and only the rest counts. Amounts that are not
 * sized count whole. */
static neap_status flip(const neap_portfolio *portfolio, uint32_t product, neap_decimal quantity,
                        const neap_open_side *open, const neap_addition *addition, neap_decimal *value) {
  neap_decimal price = portfolio->marks[product];
  if (addition) price = neap_decimal_max(price, addition->price);
  neap_status status = neap_worth(&portfolio->products[product], price, quantity, value);
  if (status == NEAP_OK) status = neap_decimal_add(*value, open->amount, value);
  return status == NEAP_OK && addition && addition->by_amount ? neap_decimal_add(*value, addition->value, value)
                                                              : status;
}

static bool is_idle(const neap_open_side *open) { return !open->quantity.units && !open->amount.units; }

neap_status neap_holding_side(const neap_portfolio *portfolio, uint32_t product, neap_side side,
                              const neap_addition *addition, neap_decimal *quantity, neap_decimal *value) {
  const neap_holding *holding = &portfolio->holdings[product];
  const neap_open_side *open = &holding->open[side];
  neap_decimal held = neap_holding_staying(holding);
  if (side == NEAP_SELL) held = neap_decimal_neg(held);
  *quantity = *value = NEAP_ZERO;
  if (held.units <= 0 && !addition && is_idle(open)) return NEAP_OK;
  if (neap_decimal_is_zero(portfolio->marks[product])) return NEAP_NOT_FOUND;
  neap_status status = neap_decimal_add(held, open->quantity, quantity);
  if (status == NEAP_OK && addition) status = neap_decimal_add(*quantity, addition->quantity, quantity);
  if (status != NEAP_OK) return status;
  *quantity = neap_decimal_max(*quantity, NEAP_ZERO);
  if (held.units >= 0) return grow(portfolio, product, held, open, addition, value);
  neap_decimal sized = *quantity;
  if (addition && addition->by_amount) /* counted by its value */
    sized = neap_decimal_max(NEAP_ZERO, (neap_decimal){held.units + open->quantity.units});
  return flip(portfolio, product, sized, open, addition, value);
}

neap_status neap_holding_worst(const neap_portfolio *portfolio, uint32_t product, neap_decimal *value) {
  const neap_holding *holding = &portfolio->holdings[product];
  neap_decimal quantity, up, down;
  *value = NEAP_ZERO;
  if (!holding->position.units && !holding->orders) return NEAP_OK;
  neap_status status = neap_holding_side(portfolio, product, NEAP_BUY, NULL, &quantity, &up);
  if (status != NEAP_OK) return status;
  *value = up;
  if (!neap_product_allows_short(&portfolio->products[product])) return NEAP_OK;
  status = neap_holding_side(portfolio, product, NEAP_SELL, NULL, &quantity, &down);
  *value = neap_decimal_max(up, down);
  return status;
}
