/* SPDX-License-Identifier: MIT */
/* breakdown: what a portfolio is worth and of what it is made, as the venue tells it. */
#ifndef NEAP_VENUE_BREAKDOWN_H
#define NEAP_VENUE_BREAKDOWN_H

#include "venue/accounts.h"
#include "venue/margin.h"

/* Members portfolio_balances, spot_positions, perp_positions, futures_positions, in the query's currency (USD). */
void neap_rest_write_breakdown(neap_venue *venue, neap_rest_call *call, const neap_venue_portfolio *portfolio);
/* All of a user's portfolios, in USD: wallets, and what positions have gained and not realized. */
neap_decimal neap_venue_total_worth(const neap_venue *venue, uint32_t user);

#endif
