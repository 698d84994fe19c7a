/* SPDX-License-Identifier: MIT */
/* fees: what a fill costs, and how much an amount of money buys when the fee is in it. */
#ifndef NEAP_ACCOUNT_FEES_H
#define NEAP_ACCOUNT_FEES_H

#include "market/product.h"

typedef enum neap_liquidity { NEAP_TAKER, NEAP_MAKER } neap_liquidity;

typedef struct neap_fee_schedule {
  neap_decimal maker_bps, taker_bps; /* maker: below zero, the venue pays */
  uint32_t tier;                     /* of a table (account/fee_tiers.h), from 1; 0: the same for all */
} neap_fee_schedule;

static inline neap_decimal neap_fee_bps(const neap_fee_schedule *schedule, neap_liquidity liquidity) {
  return liquidity == NEAP_MAKER ? schedule->maker_bps : schedule->taker_bps;
}

/* Before the fill: what a venue may pay is not counted on. */
static inline neap_decimal neap_fee_before(const neap_fee_schedule *schedule, neap_liquidity liquidity) {
  return neap_decimal_max(NEAP_ZERO, neap_fee_bps(schedule, liquidity));
}

/* notional × bps ÷ 10,000, rounded once, half-even, at 12 digits. `notional` ≥ 0. */
neap_status neap_fee(const neap_fee_schedule *schedule, neap_liquidity liquidity, neap_decimal notional,
                     neap_decimal *out);

/* The greatest multiple of base_increment whose notional plus fee (taker or maker, at least zero; `with_fee` false:
 * notional alone) is at most `amount`; zero when none is. */
neap_status neap_quantity_for_amount(const neap_product *product, const neap_fee_schedule *schedule,
                                     neap_liquidity liquidity, bool with_fee, neap_decimal amount, neap_decimal price,
                                     neap_decimal *out);

/* The price at which a position of `entry` (> 0) is worth leaving: entry × (1 ± (2 × taker + margin)), for a short with
 * minus; `margin` is a fraction ≥ 0. At 12 digits, away from the entry. NEAP_INVALID when a short would need less than
 * zero. */
neap_status neap_fee_least_exit(const neap_fee_schedule *schedule, bool is_short, neap_decimal entry,
                                neap_decimal margin, neap_decimal *out);
/* Whether a gross return (a fraction) is more than two taker fees. */
bool neap_fee_is_profitable(const neap_fee_schedule *schedule, neap_decimal gross_return);

const char *neap_liquidity_name(neap_liquidity liquidity); /* "taker" */

#endif
