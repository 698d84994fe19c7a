/* SPDX-License-Identifier: MIT */
/* result: sums over a portfolio as it would be. Whatever is rounded is rounded against the order. */
#include "risk/result.h"

#include "risk/leverage.h"

enum { DIGITS = NEAP_DECIMAL_DIGITS, BPS = 10000 };

/* A market order may get a price as far away as the collar; a sale may get the mark where its limit is lower. */
static neap_status judged_price(const neap_pretrade *question, neap_decimal mark, neap_decimal *out) {
  const neap_ticket *ticket = question->ticket;
  int64_t collar = question->limits->price_collar_bps;
  neap_decimal price = neap_decimal_is_zero(ticket->limit) ? ticket->stop : ticket->limit;
  if (!neap_decimal_is_zero(price)) {
    *out = ticket->side == NEAP_SELL ? neap_decimal_max(price, mark) : price;
    return NEAP_OK;
  }
  *out = mark;
  if (collar == 0 || neap_decimal_is_zero(mark)) return NEAP_OK;
  return neap_decimal_mul_div(mark, neap_decimal_from_int(BPS + collar), neap_decimal_from_int(BPS), DIGITS,
                              NEAP_ROUND_UP, out);
}

/* Of an order by amount the quantity is what the amount buys at the mark: at the fill it is looked at again. */
static neap_status quantity_of_amount(const neap_product *product, neap_decimal amount, neap_decimal price,
                                      neap_decimal *out) {
  neap_decimal unit;
  neap_status status = neap_worth(product, price, neap_decimal_from_int(1), &unit);
  return status == NEAP_OK ? neap_decimal_div(amount, unit, DIGITS, NEAP_ROUND_UP, out) : status;
}

static neap_status addition_of(const neap_pretrade *question, neap_result *out) {
  const neap_ticket *ticket = question->ticket;
  neap_addition *addition = &out->addition;
  *addition = (neap_addition){.side = ticket->side, .by_amount = ticket->sizing != NEAP_BY_QUANTITY};
  neap_status status = judged_price(question, out->mark, &addition->price);
  if (status != NEAP_OK) return status;
  if (neap_decimal_is_zero(addition->price)) return NEAP_NOT_FOUND;
  if (ticket->sizing == NEAP_BY_QUANTITY) {
    addition->quantity = ticket->quantity;
    return neap_worth(out->product, addition->price, ticket->quantity, &addition->value);
  }
  addition->value = ticket->notional;
  if (ticket->sizing == NEAP_BY_FRACTION)
    status = neap_decimal_mul(ticket->fraction, neap_decimal_max(question->own->equity, NEAP_ZERO), DIGITS,
                              NEAP_ROUND_UP, &addition->value);
  if (status != NEAP_OK) return status;
  return quantity_of_amount(out->product, addition->value, addition->price, &addition->quantity);
}

/* Sets aside what the leverage cap and the maintenance rate of a product ask for. */
static neap_status set_aside(const neap_pretrade *question, const neap_product *product, neap_decimal value,
                             neap_figures *out) {
  neap_decimal margin, maintenance;
  if (!neap_product_allows_short(product) || neap_decimal_is_zero(value)) return NEAP_OK;
  neap_decimal cap =
      neap_decimal_from_int(neap_limits_leverage_cap_under(question->limits, product->id, question->now, NEAP_ZERO));
  neap_decimal rate = neap_limits_maintenance_rate(question->limits, product->id, question->now);
  neap_status status = neap_decimal_div(value, cap, DIGITS, NEAP_ROUND_UP, &margin);
  if (status == NEAP_OK) status = neap_decimal_mul(value, rate, DIGITS, NEAP_ROUND_UP, &maintenance);
  if (status == NEAP_OK) status = neap_decimal_add(out->margin, margin, &out->margin);
  return status == NEAP_OK ? neap_decimal_add(out->maintenance, maintenance, &out->maintenance) : status;
}

/* Beside what it sums, whoever only books looks at positions alone. */
static neap_status worst_of(const neap_portfolio *portfolio, uint32_t product, bool booked, neap_decimal *out) {
  if (!booked) return neap_holding_worst(portfolio, product, out);
  neap_decimal held = neap_decimal_abs(portfolio->holdings[product].position), mark = portfolio->marks[product];
  *out = NEAP_ZERO;
  if (neap_decimal_is_zero(held)) return NEAP_OK;
  return neap_decimal_is_zero(mark) ? NEAP_NOT_FOUND : neap_worth(&portfolio->products[product], mark, held, out);
}

static neap_status add_value(const neap_pretrade *question, const neap_portfolio *portfolio, uint32_t product,
                             neap_decimal value, neap_figures *out) {
  neap_status status = neap_decimal_add(out->total, value, &out->total);
  return status == NEAP_OK ? set_aside(question, &portfolio->products[product], value, out) : status;
}

/* What cannot be told has no share: it shows as 0, and is judged by the exact products. */
static neap_share share_of(neap_decimal value, neap_decimal equity) {
  neap_share share = {NEAP_ZERO, false};
  if (neap_decimal_sign(equity) > 0)
    share.is_known = neap_decimal_div(value, equity, NEAP_DECIMAL_DIVISION, NEAP_ROUND_UP, &share.value) == NEAP_OK;
  return share;
}

/* `quantity` and `side` are there; the sums are not. */
static neap_status sum(const neap_pretrade *question, const neap_portfolio *portfolio, bool booked, neap_figures *out) {
  uint32_t product = question->ticket->product;
  out->equity = portfolio->equity;
  out->total = out->margin = out->maintenance = NEAP_ZERO;
  neap_status status = add_value(question, portfolio, product, out->side, out);
  for (uint32_t i = 0; status == NEAP_OK && i < portfolio->count; i++) {
    const neap_holding *holding = &portfolio->holdings[i];
    neap_decimal worst;
    if (i == product || (!holding->position.units && !holding->orders)) continue;
    status = worst_of(portfolio, i, booked, &worst);
    if (status == NEAP_OK) status = add_value(question, portfolio, i, worst, out);
  }
  out->side_share = share_of(out->side, out->equity);
  out->total_share = out->total.units == out->side.units ? out->side_share : share_of(out->total, out->equity);
  return status;
}

static neap_status figures_of(const neap_pretrade *question, const neap_portfolio *portfolio,
                              const neap_addition *addition, neap_figures *out) {
  uint32_t product = question->ticket->product;
  neap_status status = neap_holding_side(portfolio, product, addition->side, addition, &out->quantity, &out->side);
  return status == NEAP_OK ? sum(question, portfolio, false, out) : status;
}

static void begin(const neap_pretrade *question, neap_result *out) {
  uint32_t product = question->ticket->product;
  out->product = &question->own->products[product];
  out->mark = question->own->marks[product];
  out->cap =
      neap_limits_leverage_cap_under(question->limits, out->product->id, question->now, question->venue_leverage);
  out->has_account = question->account != NULL;
}

neap_status result_of_order(const neap_pretrade *question, neap_result *out) {
  begin(question, out);
  neap_status status = addition_of(question, out);
  if (status == NEAP_OK) status = figures_of(question, question->own, &out->addition, &out->own);
  return status == NEAP_OK && out->has_account ? figures_of(question, question->account, &out->addition, &out->account)
                                               : status;
}

static neap_status figures_after(const neap_pretrade *question, const neap_portfolio *portfolio,
                                 const neap_addition *addition, neap_figures *out) {
  neap_decimal held = portfolio->holdings[question->ticket->product].position;
  if (addition->side == NEAP_SELL) held = neap_decimal_neg(held);
  neap_status status = neap_decimal_add(held, addition->quantity, &out->quantity);
  if (status != NEAP_OK) return status;
  out->quantity = neap_decimal_max(out->quantity, NEAP_ZERO);
  status = neap_worth(&portfolio->products[question->ticket->product], addition->price, out->quantity, &out->side);
  return status == NEAP_OK ? sum(question, portfolio, true, out) : status;
}

neap_status result_of_fill(const neap_pretrade *question, neap_decimal price, neap_decimal quantity, neap_result *out) {
  begin(question, out);
  out->addition = (neap_addition){.side = question->ticket->side, .quantity = quantity, .price = price};
  neap_status status = neap_worth(out->product, price, quantity, &out->addition.value);
  if (status == NEAP_OK) status = figures_after(question, question->own, &out->addition, &out->own);
  return status == NEAP_OK && out->has_account
             ? figures_after(question, question->account, &out->addition, &out->account)
             : status;
}

/* A share that was rounded up and is not over the limit needs no second look. */
bool result_is_over(const neap_figures *figures, bool total, neap_decimal most) {
  neap_decimal allowed, value = total ? figures->total : figures->side;
  const neap_share *share = total ? &figures->total_share : &figures->side_share;
  if (neap_decimal_sign(figures->equity) <= 0) return neap_decimal_sign(value) > 0;
  if (share->is_known && neap_decimal_cmp(share->value, most) <= 0) return false;
  /* more than any number kept here is allowed, and all fits */
  if (neap_decimal_mul(figures->equity, most, DIGITS, NEAP_ROUND_DOWN, &allowed) != NEAP_OK) return false;
  return neap_decimal_cmp(value, allowed) > 0;
}

neap_decimal result_share(const neap_figures *figures, bool total) {
  return total ? figures->total_share.value : figures->side_share.value;
}

/* What stays, rounded down, that is not under the limit needs no second look. */
bool result_is_short(const neap_figures *figures, bool maintenance, neap_decimal least, neap_decimal buffer) {
  neap_decimal left, needed, taken = maintenance ? figures->maintenance : figures->margin;
  if (neap_decimal_is_zero(taken) && neap_decimal_is_zero(least)) return false;
  if (neap_decimal_sign(figures->equity) <= 0) return true;
  if (neap_decimal_sign(buffer) > 0 && neap_decimal_cmp(buffer, least) >= 0) return false;
  if (neap_decimal_sub(figures->equity, taken, &left) != NEAP_OK ||
      neap_decimal_mul(figures->equity, least, DIGITS, NEAP_ROUND_UP, &needed) != NEAP_OK)
    return true;
  return neap_decimal_cmp(left, needed) < 0;
}

/* 1 − what is taken, rounded up, is what stays, rounded down. */
neap_decimal result_buffer(const neap_figures *figures, bool maintenance) {
  neap_decimal taken = maintenance ? figures->maintenance : figures->margin, one = neap_decimal_from_int(1), share;
  if (neap_decimal_sign(figures->equity) <= 0 || neap_decimal_cmp(taken, figures->equity) >= 0 ||
      neap_decimal_div(taken, figures->equity, NEAP_DECIMAL_DIVISION, NEAP_ROUND_UP, &share) != NEAP_OK)
    return NEAP_ZERO;
  return (neap_decimal){one.units - share.units};
}
