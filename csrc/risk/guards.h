/* SPDX-License-Identifier: MIT */
/* guards: what watches the account between orders. Each looks at a view of the account and says how strict the world
 * should be now, with the figure that it looked at and the limit that it held it against. They own nothing and act on
 * nothing. */
#ifndef NEAP_RISK_GUARDS_H
#define NEAP_RISK_GUARDS_H

#include "market/product.h"
#include "risk/breaker.h"
#include "risk/limits.h"
#include "risk/risk_state.h"

typedef struct neap_guard_product {
  const neap_product *product;
  neap_decimal position; /* of the account, signed */
  bool has_mark;
  neap_decimal mark;
  int64_t mark_time;
  int64_t frame;             /* ns: in a simulation the mark is as fresh as its bar is long */
  neap_decimal maintenance;  /* margin rate, a fraction */
  const neap_closes *closes; /* NULL: they are not kept */
} neap_guard_product;

typedef struct neap_guard_book { /* a part of the account with an equity of its own */
  neap_decimal equity;
  const neap_decimal *positions; /* by product, signed */
} neap_guard_book;

typedef struct neap_guard_view {
  const neap_limits *limits;
  const neap_risk_state *state;
  int64_t now;
  neap_decimal equity, paid; /* of the account; what was paid in less what was taken out */
  const neap_guard_product *products;
  uint32_t product_count;
  const neap_guard_book *books; /* when there are several; else none */
  uint32_t book_count;
} neap_guard_view;

typedef struct neap_guard_verdict {
  neap_guard_level level;
  neap_decimal input, limit;
} neap_guard_verdict;

/* `product` is looked at by those of one product. NEAP_RANGE: a figure does not fit a decimal; the guard has failed. */
typedef neap_status neap_guard_look(const neap_guard_view *view, uint32_t product, neap_guard_verdict *out);

/* Loss since the day's start: equity then − equity now, what was paid in and out between them taken off: realized,
 * unrealized, fees and funding are all in it. Over daily_loss_limit: REDUCE_ONLY; at the limit: not yet. */
neap_guard_look neap_guard_daily_loss;
/* (peak − equity) ÷ peak over max_drawdown_pct: REDUCE_ONLY. */
neap_guard_look neap_guard_drawdown;
/* Distance of the mark from the price at which equity is maintenance margin, all positions counted, as a fraction of
 * the mark; the least of the account's and of each book's. At or under min_liquidation_buffer_pct: REDUCE_ONLY; up to a
 * third more: HELD. Lifted when it is more than that, or flat. */
neap_guard_look neap_guard_liquidation;
/* Age of the mark beyond its bar's length: over max_mark_staleness_seconds NOTED, over twice that HELD until it is
 * fresh again. */
neap_guard_look neap_guard_staleness;
/* Annualised volatility of the last volatility_window_periods closes against the three thresholds: NOTED, REDUCE_ONLY,
 * HALTED; reaching one is enough. CLEAR also while there are too few closes. */
neap_guard_look neap_guard_volatility;
/* Σ (share of the sum of |notional|)² of two positions or more, over max_concentration_hhi: the largest is HELD. */
neap_guard_look neap_guard_concentration;
/* The product's returns go with those of another held product, in the direction in which both are held, by more than
 * max_correlation: both are HELD. */
neap_guard_look neap_guard_correlation;

/* Of one position: 1 − liquidation ÷ mark, on the losing side; 0 when it is passed. */
neap_status neap_liquidation_buffer(int side, neap_decimal mark, neap_decimal liquidation, neap_decimal *out);
/* At or under `least`: REDUCE_ONLY; up to a third more HELD, or REDUCE_ONLY where that was `before`; else CLEAR. */
neap_status neap_liquidation_level(neap_decimal buffer, neap_decimal least, neap_guard_level before,
                                   neap_guard_level *out);

typedef struct neap_risk_metrics {
  neap_decimal equity, total_notional, exposure, max_leverage; /* the last two are shares of equity */
  neap_decimal daily_pnl, daily_pnl_pct;
} neap_risk_metrics;

/* Ratios are 0 where what they are of is not above zero. */
neap_status neap_risk_metrics_of(const neap_guard_view *view, neap_risk_metrics *out);

#endif
