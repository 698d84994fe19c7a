/* SPDX-License-Identifier: MIT */
/* wallet: what a portfolio holds of each currency, what its orders hold back, what a trade moves. Exact: in each
 * currency the sum over all portfolios, the house's too, is what was deposited. */
#ifndef NEAP_VENUE_WALLET_H
#define NEAP_VENUE_WALLET_H

#include "base/clock.h"
#include "venue/venue_state.h"

/* The portfolio's wallet of a currency; made when it has none. NULL: memory is short. The pointer is good until the
 * next wallet is made. */
neap_venue_wallet *neap_venue_wallet_of(neap_venue *venue, uint32_t portfolio, const char *currency);
bool neap_venue_has_wallet(const neap_venue *venue, uint32_t portfolio, const char *currency);
neap_decimal neap_venue_available(const neap_venue *venue, uint32_t portfolio, const char *currency); /* zero: none */
neap_decimal neap_venue_owned(const neap_venue *venue, uint32_t portfolio,
                              const char *currency); /* with what is held */
/* From available to hold, and back; of what is available as much as positions leave (margin.h). NEAP_REFUSED
 * "not_enough". */
neap_status neap_venue_hold(neap_venue *venue, uint32_t portfolio, const char *currency, neap_decimal amount,
                            neap_fault *fault);
void neap_venue_release(neap_venue *venue, uint32_t portfolio, const char *currency, neap_decimal amount);
/* Adds to available; takes when negative (the house may go below zero, others not: a broken venue). */
void neap_venue_credit(neap_venue *venue, uint32_t portfolio, const char *currency, neap_decimal amount);

/* As two credits, which cancel each other out. */
void neap_venue_move(neap_venue *venue, uint32_t from, uint32_t to, const char *currency, neap_decimal amount);

/* What a user pays for a trade now: by the hour that has begun, as the venue looks. */
neap_fee_schedule neap_venue_fees_of(const neap_venue *venue, uint32_t user);
/* Counts a fill's value for the tier of the 30 days that follow: called at each fill of a user. What no book values in
 * USD is not counted. */
void neap_venue_count_volume(neap_venue *venue, uint32_t user, const char *currency, neap_decimal amount);

/* What one of a currency is worth in another, by the last prices: of their own book either way, or over USD; a USDC is
 * a USD. Rounded once, at 16 digits. false: no book says. */
bool neap_venue_rate(const neap_venue *venue, const char *from, const char *to, neap_decimal *out);
bool neap_venue_worth(const neap_venue *venue, const char *currency, neap_decimal amount, neap_decimal *dollars);

/* One side of a trade in a derivative: contracts and cost of the position; what it realizes comes from the house's
 * wallet of the product's quote currency (below zero: goes there), and may take a wallet below zero. Called for both
 * sides of each trade, with the house's portfolio where a side is the market's. */
neap_status neap_venue_position_trade(neap_venue *venue, uint32_t portfolio, uint32_t product, neap_side side,
                                      int64_t contracts, neap_decimal notional);
/* Its fee, to the house; and the leverage of the order that made it, by which it asks for margin. */
void neap_venue_position_charge(neap_venue *venue, uint32_t portfolio, uint32_t product, neap_decimal fee,
                                neap_decimal leverage);
neap_venue_position *neap_venue_position_of(neap_venue *venue, uint32_t portfolio, uint32_t product); /* NULL */
neap_decimal neap_venue_realized_today(const neap_venue *venue, const neap_venue_position *position); /* a day of UTC */
static inline int64_t neap_venue_days(const neap_venue *venue) { return venue->now / (86400 * NEAP_SECOND); }

#endif
