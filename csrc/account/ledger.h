/* SPDX-License-Identifier: MIT */
/* ledger: cash, positions, cost, profit and loss, exact to the last digit; one sub-ledger per strategy, and the account
 * as their sum. */
#ifndef NEAP_ACCOUNT_LEDGER_H
#define NEAP_ACCOUNT_LEDGER_H

#include "account/fees.h"
#include "account/order.h"

typedef struct neap_fill {
  uint64_t order; /* number of the order */
  uint64_t trade; /* number of the fill within the session, from 1 */
  uint32_t strategy, product;
  neap_side side;
  neap_liquidity liquidity;
  neap_decimal price, quantity; /* > 0 */
  neap_decimal fee;             /* in quote, ≥ 0 */
  neap_decimal fee_bps;         /* by which it was charged, and the tier that had them (0: none) */
  uint32_t fee_tier;
  int64_t time; /* the exchange's time, ns; in a simulation on candles the start of the bar in which it happened */
} neap_fill;

typedef struct neap_position {
  neap_decimal quantity; /* signed */
  neap_decimal cost; /* signed as quantity: what the open quantity cost, without fees; entry price = cost ÷ quantity */
  neap_decimal realized; /* profit and loss of what was closed, before fees */
  neap_decimal fees;
  neap_decimal funding; /* received, less what was paid */
  int64_t funded_at;    /* the latest boundary that was booked; 0: none */
  int64_t opened_at;    /* exchange time of the fill that opened it; 0 while flat */
} neap_position;

/* What one fill changed. */
typedef struct neap_booking {
  neap_decimal notional, fee, realized, cash_change;
  neap_decimal quantity_before, quantity_after, cost_after, cash_after;
  neap_decimal closed_quantity,
      closed_cost; /* ≥ 0: the part of the fill that reduced, and the cost that went with it */
} neap_booking;

typedef struct neap_ledger neap_ledger;

/* `products` must outlive the ledger; every quote must be `currency` (NEAP_INVALID "no_valuation_path" names product
 * and currency). */
neap_status neap_ledger_new(const char *currency, const neap_product *products, uint32_t product_count,
                            uint32_t strategy_count, neap_ledger **out, neap_fault *fault);
void neap_ledger_free(neap_ledger *ledger);

neap_status neap_ledger_deposit(neap_ledger *ledger, uint32_t strategy, neap_decimal amount, neap_fault *fault);

/* Books a fill: all or nothing. A fill across zero closes first, then opens. cost released = cost × closed ÷ held,
 * half-even at 12 digits. Then checks conservation of the sub-ledger (cash = deposits + realized − fees + funding −
 * Σ cost of positions that pay their notional) and of the account (Σ sub-ledgers): NEAP_BROKEN "conservation". A spot
 * position below zero: NEAP_REFUSED "spot_short". */
neap_status neap_ledger_apply(neap_ledger *ledger, const neap_fill *fill, neap_booking *out, neap_fault *fault);

/* Books the funding of a position at a boundary: all or nothing, with the same check. NEAP_EXISTS "funded": that
 * boundary, or a later one, was booked. */
neap_status neap_ledger_fund(neap_ledger *ledger, uint32_t strategy, uint32_t product, neap_decimal amount,
                             int64_t boundary, neap_fault *fault);

const neap_position *neap_ledger_position(const neap_ledger *ledger, uint32_t strategy, uint32_t product);
neap_decimal neap_ledger_cash(const neap_ledger *ledger, uint32_t strategy);
neap_decimal neap_ledger_account_cash(const neap_ledger *ledger);
const char *neap_ledger_currency(const neap_ledger *ledger);

/* mark × quantity − cost (contract size included). */
neap_status neap_position_unrealized(const neap_position *position, const neap_product *product, neap_decimal mark,
                                     neap_decimal *out);
/* cash + value of the positions at `marks` (one per product; needed only where there is a position): spot and margin
 * count mark × quantity, derivatives their unrealized. */
neap_status neap_ledger_equity(const neap_ledger *ledger, uint32_t strategy, const neap_decimal *marks,
                               neap_decimal *out);
/* Sum over positions of |mark × quantity|. */
neap_status neap_ledger_exposure(const neap_ledger *ledger, uint32_t strategy, const neap_decimal *marks,
                                 neap_decimal *out);

/* What was paid in. */
neap_decimal neap_ledger_deposits(const neap_ledger *ledger, uint32_t strategy);
/* Sets the sub-ledger of a strategy that has nothing booked: what was paid in, and a position for each product. Cash
 * follows from them. NEAP_RANGE; NEAP_EXISTS when it has something booked. */
neap_status neap_ledger_restore(neap_ledger *ledger, uint32_t strategy, neap_decimal deposits,
                                const neap_position *positions, neap_fault *fault);

neap_status neap_ledger_check(const neap_ledger *ledger, neap_fault *fault); /* conservation, whole */

/* Record of a fill and of its booking, for the event order_filled. */
void neap_fill_record(const neap_fill *fill, const neap_booking *booking, neap_buffer *out);

#endif
