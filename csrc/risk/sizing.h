/* SPDX-License-Identifier: MIT */
/* sizing: how much to trade, by stated formulas. Pure and exact; sizes are rounded down to the product's increment, so
 * that no rounding ever risks more. Formulas and sources: docs/guide/sizing.md. */
#ifndef NEAP_RISK_SIZING_H
#define NEAP_RISK_SIZING_H

#include "account/order.h"
#include "market/product.h"

typedef struct neap_stake { /* what an order may lose at its stop loss */
  neap_decimal equity, share;
  neap_side side;                   /* of the entry */
  neap_decimal entry, stop_loss;    /* prices */
  neap_decimal entry_bps, exit_bps; /* fees of the way in and of the way out */
} neap_stake;

/* equity × share ÷ what one unit loses: |entry − stop_loss| × contract size + the fees of both ways. Zero when it is
 * less than one increment. NEAP_INVALID: the stop is not on the losing side of the entry. NEAP_RANGE. */
neap_status neap_size_at_stop(const neap_product *product, const neap_stake *stake, neap_decimal *quantity);

#endif
