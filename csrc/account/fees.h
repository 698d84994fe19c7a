/* SPDX-License-Identifier: MIT */
/* fees: what a fill costs, and how much an amount of money buys when the fee is in it. */
#ifndef NEAP_ACCOUNT_FEES_H
#define NEAP_ACCOUNT_FEES_H

#include "market/product.h"

typedef enum neap_liquidity { NEAP_TAKER, NEAP_MAKER } neap_liquidity;

typedef struct neap_fee_schedule {
  neap_decimal maker_bps, taker_bps;
} neap_fee_schedule;

/* notional × bps ÷ 10,000, rounded once, half-even, at 12 digits. `notional` ≥ 0. */
neap_status neap_fee(const neap_fee_schedule *schedule, neap_liquidity liquidity, neap_decimal notional,
                     neap_decimal *out);

/* The greatest multiple of base_increment whose notional plus fee (taker or maker; `with_fee` false: notional alone) is
 * at most `amount`; zero when none is. */
neap_status neap_quantity_for_amount(const neap_product *product, const neap_fee_schedule *schedule,
                                     neap_liquidity liquidity, bool with_fee, neap_decimal amount, neap_decimal price,
                                     neap_decimal *out);

const char *neap_liquidity_name(neap_liquidity liquidity); /* "taker" */

#endif
