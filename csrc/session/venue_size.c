/* SPDX-License-Identifier: MIT */
/* venue_size: what an order that was given as an amount is to a venue outside of this process, which knows nothing of
 * equity, and nothing of whose coins are whose: a purchase at the market stays an amount of quote, everything else
 * becomes a quantity, of what only gets out no more than the strategy holds. */
#include "session/venue_size.h"

#include "engine/decision.h"

static neap_status amount_of(const neap_session *session, const neap_ticket *ticket, neap_decimal *out) {
  neap_decimal equity;
  if (ticket->sizing == NEAP_BY_NOTIONAL) return *out = ticket->notional, NEAP_OK;
  neap_status status = neap_ledger_equity(session->ledger, ticket->strategy, session->marks, &equity);
  if (status == NEAP_OK)
    status = neap_decimal_mul(ticket->fraction, neap_decimal_max(equity, NEAP_ZERO), NEAP_DECIMAL_DIVISION,
                              NEAP_ROUND_DOWN, out);
  bool pays_cash = ticket->side == NEAP_BUY && !neap_product_allows_short(&session->products[ticket->product]);
  if (status == NEAP_OK && pays_cash)
    *out = neap_decimal_min(*out, neap_ledger_cash(session->ledger, ticket->strategy));
  return status;
}

/* At its own price, else at the mark. */
static neap_decimal price_of(const neap_session *session, const neap_ticket *ticket) {
  if (ticket->limit.units) return ticket->limit;
  return ticket->stop.units ? ticket->stop : session->markets[ticket->product].mark;
}

static bool gets_out(const neap_session *session, const neap_ticket *ticket) {
  bool sells_spot = ticket->side == NEAP_SELL && !neap_product_allows_short(&session->products[ticket->product]);
  return ticket->reduce_only || sells_spot;
}

static neap_decimal at_most_held(const neap_session *session, const neap_ticket *ticket) {
  neap_decimal held = neap_ledger_position(session->ledger, ticket->strategy, ticket->product)->quantity;
  bool reduces = neap_decimal_sign(held) == (ticket->side == NEAP_SELL ? 1 : -1);
  return reduces ? neap_decimal_min(ticket->quantity, neap_decimal_abs(held)) : NEAP_ZERO;
}

static neap_status as_quantity(const neap_session *session, neap_ticket *ticket, neap_decimal amount) {
  const neap_product *product = &session->products[ticket->product];
  neap_decimal price = price_of(session, ticket);
  if (price.units <= 0) return NEAP_NOT_FOUND;
  neap_status status = neap_quantity_for_amount(product, &session->fees, NEAP_TAKER, ticket->side == NEAP_BUY, amount,
                                                price, &ticket->quantity);
  ticket->sizing = NEAP_BY_QUANTITY;
  if (status == NEAP_OK && gets_out(session, ticket)) ticket->quantity = at_most_held(session, ticket);
  bool is_small = neap_decimal_is_zero(ticket->quantity) || neap_decimal_cmp(ticket->quantity, product->base_min) < 0;
  return status == NEAP_OK && is_small ? NEAP_REFUSED : status;
}

static neap_status as_amount(const neap_session *session, neap_ticket *ticket, neap_decimal amount) {
  neap_decimal step = session->products[ticket->product].quote_increment;
  neap_status status = NEAP_OK;
  ticket->sizing = NEAP_BY_NOTIONAL;
  ticket->notional = amount;
  if (step.units > 0) status = neap_decimal_quantize(amount, step, NEAP_ROUND_DOWN, &ticket->notional);
  return status == NEAP_OK && ticket->notional.units <= 0 ? NEAP_REFUSED : status;
}

bool venue_size_resolve(const neap_session *session, neap_decision *decision) {
  neap_ticket *ticket = &decision->ticket;
  neap_decimal amount;
  if (!session->outside || ticket->sizing == NEAP_BY_QUANTITY) return true;
  bool spends = ticket->type == NEAP_MARKET && ticket->side == NEAP_BUY && !ticket->reduce_only;
  neap_status status = amount_of(session, ticket, &amount);
  if (status == NEAP_OK) status = spends ? as_amount(session, ticket, amount) : as_quantity(session, ticket, amount);
  if (status == NEAP_OK) {
    neap_decision_note(decision, "venue_size", NEAP_ADJUSTED, &amount, spends ? &ticket->notional : &ticket->quantity,
                       spends ? "the venue is given an amount of quote" : "the venue is given a quantity");
    return true;
  }
  return neap_decision_refuse(decision, "venue_size", status == NEAP_REFUSED ? "too_small" : "no_size", &amount, NULL,
                              "the amount is no quantity that the venue would take");
}
