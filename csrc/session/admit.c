/* SPDX-License-Identifier: MIT */
/* admit: the simulated account's word at the moment of a fill: how large is an order that was given as an amount, and
 * is it covered? */
#include "session/margin.h"

/* Equity with this product at the price of the fill. */
static neap_status equity_at(const neap_session *session, const neap_ticket *ticket, neap_decimal price,
                             neap_decimal *out) {
  uint32_t product = ticket->product;
  neap_decimal before = session->marks[product];
  session->marks[product] = price;
  neap_status status = neap_ledger_equity(session->ledger, ticket->strategy, session->marks, out);
  session->marks[product] = before;
  return status;
}

static neap_status amount_of(const neap_session *session, const neap_ticket *ticket, neap_decimal equity,
                             neap_decimal *out) {
  if (ticket->sizing == NEAP_BY_NOTIONAL) return *out = ticket->notional, NEAP_OK;
  neap_status status = neap_decimal_mul(ticket->fraction, equity, NEAP_DECIMAL_DIVISION, NEAP_ROUND_DOWN, out);
  bool pays_cash = ticket->side == NEAP_BUY && !neap_product_allows_short(&session->products[ticket->product]);
  if (status == NEAP_OK && pays_cash)
    *out = neap_decimal_min(*out, neap_ledger_cash(session->ledger, ticket->strategy));
  return status;
}

static neap_status size(const neap_session *session, const neap_ticket *ticket, neap_decimal equity, neap_decimal price,
                        neap_liquidity liquidity, neap_decimal *out, neap_fault *fault) {
  const neap_product *product = &session->products[ticket->product];
  neap_decimal amount;
  neap_status status = amount_of(session, ticket, equity, &amount);
  if (status == NEAP_OK)
    status = neap_quantity_for_amount(product, &session->fees, liquidity, ticket->side == NEAP_BUY, amount, price, out);
  if (status != NEAP_OK)
    return neap_fail(fault, status, "overflow", "the quantity for an amount does not fit a decimal");
  bool too_large = !neap_decimal_is_zero(product->base_max) && neap_decimal_cmp(*out, product->base_max) > 0;
  if (too_large)
    return neap_fail(fault, NEAP_REFUSED, "too_large", "the amount buys more than the largest quantity of an order");
  if (!neap_decimal_is_zero(*out) && neap_decimal_cmp(*out, product->base_min) >= 0) return NEAP_OK;
  char text[NEAP_DECIMAL_TEXT];
  neap_decimal_format(amount, text);
  return neap_fail(fault, NEAP_REFUSED, "too_small", "%s %s buys less than the smallest quantity", text,
                   product->quote);
}

static neap_status clamp_to_position(const neap_session *session, const neap_ticket *ticket, neap_decimal *quantity,
                                     neap_fault *fault) {
  neap_decimal position = neap_ledger_position(session->ledger, ticket->strategy, ticket->product)->quantity;
  int sign = neap_decimal_sign(position);
  if (sign == 0 || (sign > 0) == (ticket->side == NEAP_BUY))
    return neap_fail(fault, NEAP_REFUSED, "nothing_to_reduce", "there is no position that this order would reduce");
  *quantity = neap_decimal_min(*quantity, neap_decimal_abs(position));
  return NEAP_OK;
}

static neap_status refuse_funds(neap_decimal needed, neap_decimal available, const char *currency, neap_fault *fault) {
  char need[NEAP_DECIMAL_TEXT], have[NEAP_DECIMAL_TEXT];
  neap_decimal_format(needed, need);
  neap_decimal_format(available, have);
  return neap_fail(fault, NEAP_REFUSED, "insufficient_funds", "needs %s %s, has %s", need, currency, have);
}

/* A sale by amount, or behind other sales, was accepted up to the position at its fill. */
static neap_status clamp_sale(const neap_session *session, const neap_ticket *ticket, neap_decimal *quantity,
                              neap_fault *fault) {
  neap_decimal position = neap_ledger_position(session->ledger, ticket->strategy, ticket->product)->quantity;
  if (neap_decimal_sign(position) <= 0)
    return neap_fail(fault, NEAP_REFUSED, "spot_short", "a spot position cannot go below zero");
  *quantity = neap_decimal_min(*quantity, position);
  return NEAP_OK;
}

static neap_status check_purchase(const neap_session *session, const neap_ticket *ticket, neap_decimal price,
                                  neap_liquidity liquidity, neap_decimal quantity, neap_fault *fault) {
  neap_decimal notional, fee, cash = neap_ledger_cash(session->ledger, ticket->strategy);
  neap_status status = neap_product_notional(&session->products[ticket->product], price, quantity, &notional);
  if (status == NEAP_OK) status = neap_fee(&session->fees, liquidity, notional, &fee);
  if (status == NEAP_OK) status = neap_decimal_add(notional, neap_decimal_max(NEAP_ZERO, fee), &notional);
  if (status != NEAP_OK) return neap_fail(fault, status, "overflow", "the value of an order does not fit a decimal");
  return neap_decimal_cmp(notional, cash) <= 0 ? NEAP_OK : refuse_funds(notional, cash, session->currency, fault);
}

/* The exposure after the fill, at its price, may not exceed equity × leverage; what shrinks it is always covered.
 */
static neap_status check_margin(const neap_session *session, const neap_ticket *ticket, neap_decimal equity,
                                neap_decimal price, neap_decimal quantity, neap_fault *fault) {
  const neap_product *product = &session->products[ticket->product];
  neap_decimal held = neap_ledger_position(session->ledger, ticket->strategy, ticket->product)->quantity, after, all,
               before, power;
  neap_decimal change = ticket->side == NEAP_BUY ? quantity : neap_decimal_neg(quantity);
  neap_status status = neap_decimal_add(held, change, &after);
  if (status == NEAP_OK && neap_decimal_cmp(neap_decimal_abs(after), neap_decimal_abs(held)) <= 0) return NEAP_OK;
  if (status == NEAP_OK) status = neap_product_notional(product, price, neap_decimal_abs(after), &after);
  if (status == NEAP_OK)
    status = neap_product_notional(product, session->marks[ticket->product], neap_decimal_abs(held), &before);
  if (status == NEAP_OK) status = margin_exposure(&session->desks[ticket->strategy], ticket->product, &all);
  if (status == NEAP_OK) status = neap_decimal_sub(all, before, &all);
  if (status == NEAP_OK) status = neap_decimal_add(all, after, &all);
  if (status == NEAP_OK) status = margin_power(session, ticket->product, equity, &power);
  if (status != NEAP_OK) return neap_fail(fault, status, "overflow", "the exposure does not fit a decimal");
  return neap_decimal_cmp(all, power) <= 0 ? NEAP_OK : refuse_funds(all, power, session->currency, fault);
}

/* What the portfolios are worth with this product at the price of the fill. */
static neap_status portfolios_at(const neap_session *session, const neap_ticket *ticket, neap_decimal price,
                                 neap_portfolio *own, neap_portfolio *account) {
  uint32_t product = ticket->product;
  neap_decimal before = session->marks[product];
  session->marks[product] = price;
  neap_status status = desk_portfolio(session, ticket->strategy, own);
  if (status == NEAP_OK) status = account_portfolio(session, account);
  session->marks[product] = before;
  return status;
}

static bool only_reduces(const neap_session *session, const neap_ticket *ticket, neap_decimal quantity) {
  neap_decimal held = neap_ledger_position(session->ledger, ticket->strategy, ticket->product)->quantity;
  int sign = neap_decimal_sign(held);
  return sign != 0 && (sign > 0) == (ticket->side == NEAP_SELL) &&
         neap_decimal_cmp(quantity, neap_decimal_abs(held)) <= 0;
}

/* What is booked keeps the limits, whatever the price became since the decision. */
static neap_status check_limits(const neap_session *session, const neap_ticket *ticket, neap_decimal price,
                                neap_decimal quantity, neap_fault *fault) {
  neap_portfolio own, account;
  if (only_reduces(session, ticket, quantity)) return NEAP_OK;
  neap_status status = portfolios_at(session, ticket, price, &own, &account);
  if (status != NEAP_OK) return neap_fail(fault, status, "overflow", "the equity does not fit a decimal");
  const neap_pretrade question = {.limits = session->limits,
                                  .ticket = ticket,
                                  .now = session->clock.latest,
                                  .own = &own,
                                  .account = session->desk_count > 1 ? &account : NULL};
  return neap_pretrade_admit(&question, price, quantity, fault);
}

/* Is there money, or something to sell? */
static neap_status check_means(const neap_session *session, const neap_ticket *ticket, neap_decimal equity,
                               neap_decimal price, neap_liquidity liquidity, neap_decimal *quantity,
                               neap_fault *fault) {
  if (neap_product_allows_short(&session->products[ticket->product]))
    return check_margin(session, ticket, equity, price, *quantity, fault);
  if (ticket->side == NEAP_SELL) return clamp_sale(session, ticket, quantity, fault);
  return check_purchase(session, ticket, price, liquidity, *quantity, fault);
}

neap_status session_admit(void *context, const neap_ticket *ticket, neap_decimal price, neap_liquidity liquidity,
                          neap_decimal wanted, neap_decimal *quantity, neap_fault *fault) {
  const neap_session *session = context;
  neap_decimal equity;
  neap_status status = equity_at(session, ticket, price, &equity);
  if (status != NEAP_OK) return neap_fail(fault, status, "overflow", "the equity does not fit a decimal");
  bool sized = ticket->sizing == NEAP_BY_QUANTITY || !neap_decimal_is_zero(wanted);
  *quantity = wanted;
  if (!sized) status = size(session, ticket, equity, price, liquidity, quantity, fault);
  if (status == NEAP_OK && ticket->reduce_only) return clamp_to_position(session, ticket, quantity, fault);
  if (status == NEAP_OK) status = check_means(session, ticket, equity, price, liquidity, quantity, fault);
  return status == NEAP_OK ? check_limits(session, ticket, price, *quantity, fault) : status;
}
