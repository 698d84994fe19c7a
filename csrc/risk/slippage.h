/* SPDX-License-Identifier: MIT */
/* slippage: how much worse than a reference an order is expected to be met, in basis points. Pure. */
#ifndef NEAP_RISK_SLIPPAGE_H
#define NEAP_RISK_SLIPPAGE_H

#include "account/order.h"
#include "market/liquidity.h"
#include "risk/limits.h"
#include "risk/pretrade.h"

/* (expected − reference) ÷ reference × 10000 for a purchase, the other way round for a sale: below zero is better than
 * the reference. A reference that is not above zero gives zero. NEAP_RANGE. */
neap_status neap_slippage_of(neap_side side, neap_decimal expected, neap_decimal reference, neap_decimal *bps);

/* (spread + impact) × the product's multiplier (slippage_multipliers; 1 where none is set). NEAP_NOT_FOUND: nothing is
 * known of the market. NEAP_RANGE. */
neap_status neap_slippage_expected(const neap_limits *limits, const char *product, const neap_liquidity_view *view,
                                   neap_side side, neap_decimal value, neap_decimal *bps);

/* By whoever walks the book: how much worse than the middle the average of all that is taken is, × the multiplier. A
 * limit order takes nothing beyond its limit. NEAP_END: the book does not hold it; NEAP_NOT_FOUND: there is no book of
 * two sides, whatever its limit. */
neap_status neap_slippage_walked(const neap_limits *limits, const char *product, const neap_impact_source *walk,
                                 const neap_ticket *ticket, neap_decimal value, neap_decimal middle, neap_decimal *bps);

#endif
