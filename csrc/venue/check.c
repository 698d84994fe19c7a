/* SPDX-License-Identifier: MIT */
/* check: what holds in the venue at every moment, walked from its parts and not from its sums. */
#include <string.h>

#include "venue/orders.h"
#include "venue/wallet.h"

static neap_status off(neap_fault *fault, const char *code, const char *what, const char *of, neap_decimal by) {
  char text[NEAP_DECIMAL_TEXT];
  neap_decimal_format(by, text);
  neap_fail(fault, NEAP_BROKEN, code, "%s of %s is off by %s", what, of, text);
  neap_fault_set_where(fault, "%s", of);
  return NEAP_BROKEN;
}

/* --- money ------------------------------------------------------------------------------------------------------- */

/* Sums are taken as they wrap: a difference of zero is one, whatever does not fit between. */
static __int128 plus(__int128 a, __int128 b) { return (__int128)((unsigned __int128)a + (unsigned __int128)b); }

static __int128 issued_in(const neap_venue *venue, const char *currency) {
  for (size_t i = 0; i < venue->issued_count; i++)
    if (strcmp(venue->issued[i].currency, currency) == 0) return venue->issued[i].available.units;
  return 0;
}

static __int128 owned_in(const neap_venue *venue, const char *currency) {
  __int128 sum = 0;
  for (size_t i = 0; i < venue->portfolio_count; i++)
    for (size_t j = 0; j < venue->portfolios[i].wallet_count; j++) {
      const neap_venue_wallet *wallet = &venue->portfolios[i].wallets[j];
      if (strcmp(wallet->currency, currency) == 0) sum = plus(sum, plus(wallet->available.units, wallet->hold.units));
    }
  return sum;
}

static neap_status check_currency(const neap_venue *venue, const char *currency, neap_fault *fault) {
  __int128 by = plus(owned_in(venue, currency), -issued_in(venue, currency));
  return by ? off(fault, "money_not_conserved", "the sum of the wallets", currency, (neap_decimal){by}) : NEAP_OK;
}

/* Currencies are those of wallets, and those that were issued: one that no wallet has is off too. */
static neap_status check_money(const neap_venue *venue, neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (size_t i = 0; status == NEAP_OK && i < venue->portfolio_count; i++)
    for (size_t j = 0; status == NEAP_OK && j < venue->portfolios[i].wallet_count; j++)
      status = check_currency(venue, venue->portfolios[i].wallets[j].currency, fault);
  for (size_t i = 0; status == NEAP_OK && i < venue->issued_count; i++)
    status = check_currency(venue, venue->issued[i].currency, fault);
  return status;
}

/* --- holds ------------------------------------------------------------------------------------------------------- */

static __int128 held_by_orders(const neap_venue *venue, uint32_t portfolio, const char *currency) {
  __int128 sum = 0;
  for (size_t i = 0; i < venue->order_count; i++) {
    const neap_venue_order *order = venue->orders[i];
    if (order->portfolio == portfolio && order->held.units && strcmp(neap_venue_held_in(venue, order), currency) == 0)
      sum = plus(sum, order->held.units);
  }
  return sum;
}

static neap_status check_wallet(const neap_venue *venue, uint32_t portfolio, const neap_venue_wallet *wallet,
                                neap_fault *fault) {
  const neap_venue_portfolio *owner = &venue->portfolios[portfolio];
  __int128 by = plus(wallet->hold.units, -held_by_orders(venue, portfolio, wallet->currency));
  if (by) return off(fault, "holds_not_of_orders", "the hold of a wallet", wallet->currency, (neap_decimal){by});
  bool may_owe = portfolio == 0 || owner->position_count;
  if (!may_owe && neap_decimal_sign(wallet->available) < 0)
    return off(fault, "below_zero", "what is available", wallet->currency, wallet->available);
  return NEAP_OK;
}

static neap_status check_wallets(const neap_venue *venue, neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (uint32_t i = 0; status == NEAP_OK && i < venue->portfolio_count; i++)
    for (size_t j = 0; status == NEAP_OK && j < venue->portfolios[i].wallet_count; j++)
      status = check_wallet(venue, i, &venue->portfolios[i].wallets[j], fault);
  return status;
}

/* An order that is over holds nothing, another one what it is said to need. */
static neap_status check_orders(const neap_venue *venue, neap_fault *fault) {
  for (size_t i = 0; i < venue->order_count; i++) {
    const neap_venue_order *order = venue->orders[i];
    neap_decimal needed = neap_venue_order_is_over(order) ? NEAP_ZERO : neap_venue_order_needs(venue, order);
    __int128 by = plus(order->held.units, -needed.units);
    if (by) return off(fault, "order_holds", "what is held by order", order->id, (neap_decimal){by});
    if (!neap_venue_exit_fits(venue, order))
      return off(fault, "exit_without_position", "the exit", order->id, neap_decimal_from_int(order->workable));
  }
  return NEAP_OK;
}

/* --- positions --------------------------------------------------------------------------------------------------- */

/* Contracts, and cost less what was realized, of all portfolios: both sides of every trade. */
static neap_status check_position(const neap_venue *venue, uint32_t product, neap_fault *fault) {
  int64_t contracts = 0;
  __int128 cost = 0;
  for (size_t i = 0; i < venue->portfolio_count; i++)
    for (size_t j = 0; j < venue->portfolios[i].position_count; j++) {
      const neap_venue_position *position = &venue->portfolios[i].positions[j];
      if (position->product != product) continue;
      contracts = (int64_t)((uint64_t)contracts + (uint64_t)position->contracts);
      cost = plus(cost, plus(position->cost.units, -position->realized.units));
    }
  const char *id = venue->products[product].facts.id;
  if (contracts) return off(fault, "positions_open", "the sum of positions", id, neap_decimal_from_int(contracts));
  return cost ? off(fault, "profit_not_conserved", "cost less profit", id, (neap_decimal){cost}) : NEAP_OK;
}

static neap_status check_product(const neap_venue *venue, uint32_t product, neap_fault *fault) {
  const neap_venue_product *checked = &venue->products[product];
  neap_status status = checked->book ? neap_order_book_check(checked->book, fault) : NEAP_OK;
  if (status != NEAP_OK) return neap_fault_set_where(fault, "%s", checked->facts.id), status;
  return neap_product_pays_notional(&checked->facts) ? NEAP_OK : check_position(venue, product, fault);
}

neap_status neap_venue_check(const neap_venue *venue, neap_fault *fault) {
  neap_status status = check_money(venue, fault);
  if (status == NEAP_OK) status = check_orders(venue, fault);
  if (status == NEAP_OK) status = check_wallets(venue, fault);
  for (uint32_t i = 0; status == NEAP_OK && i < venue->product_count; i++) status = check_product(venue, i, fault);
  return status;
}
