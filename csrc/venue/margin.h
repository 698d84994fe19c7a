/* SPDX-License-Identifier: MIT */
/* margin: what positions are worth at the last price, and what they ask for: their value by the leverage of the orders
 * that opened them, and 6.6 % of it to be kept. Nothing is liquidated. */
#ifndef NEAP_VENUE_MARGIN_H
#define NEAP_VENUE_MARGIN_H

#include "venue/wallet.h"

/* What the venue names as the rates of a perpetual: 0.1 and 0.066. */
extern const neap_decimal neap_venue_initial_rate, neap_venue_maintenance_rate;

typedef struct neap_venue_view { /* of one position */
  const neap_product *product;
  neap_decimal size, mark, entry; /* signed, in contracts (a perpetual's: in base); prices */
  neap_decimal notional;          /* at the mark, not signed */
  neap_decimal leverage, unrealized, initial, maintenance;
} neap_venue_view;
/* Without a last price the mark is the entry. */
neap_venue_view neap_venue_view_of(const neap_venue *venue, const neap_venue_position *position);

typedef struct neap_venue_margin { /* of all positions in products of a kind and quote */
  neap_decimal notional, unrealized, realized_today, initial, maintenance;
} neap_venue_margin;
neap_venue_margin neap_venue_margin_of(const neap_venue *venue, uint32_t portfolio, neap_product_kind kind,
                                       const char *currency);

/* The price at which the portfolio would have no more than it must keep, if nothing else moved; zero: there is none. */
neap_decimal neap_venue_liquidation_price(const neap_venue *venue, uint32_t portfolio,
                                          const neap_venue_position *position);

/* What orders may hold of a wallet: what is available, less what its derivatives ask for beyond their profit. */
neap_decimal neap_venue_buying_power(const neap_venue *venue, uint32_t portfolio, const char *currency);
/* What may leave the wallet: the same, but a profit that was not realized may not. */
neap_decimal neap_venue_movable(const neap_venue *venue, uint32_t portfolio, const char *currency);

/* The USD of a portfolio as the venue's futures see it: REST and streams tell the same. */
typedef struct neap_venue_balance {
  neap_decimal wallet, in_futures; /* all of it; what positions ask for of it */
  neap_decimal order_holds;        /* of orders in futures */
  neap_decimal buying_power;       /* below zero: margin is short */
  neap_decimal buffer, percentage; /* beyond what must be kept; in per cent of it, 1000 where that is nothing */
  neap_venue_margin margin;
} neap_venue_balance;
neap_venue_balance neap_venue_balance_of(const neap_venue *venue, uint32_t portfolio);
const char *neap_venue_margin_level(const neap_venue_balance *balance); /* "MARGIN_LEVEL_TYPE_BASE" … */

/* "buy_order_size" and "sell_order_size": what working orders would add to a position and take from it, in base. */
void neap_venue_write_working(neap_json_writer *json, const neap_venue *venue, uint32_t portfolio, uint32_t product);

/* Sums and differences of what is only shown: one that does not fit is zero. */
neap_decimal neap_venue_sum(neap_decimal a, neap_decimal b);
neap_decimal neap_venue_difference(neap_decimal a, neap_decimal b);

#endif
