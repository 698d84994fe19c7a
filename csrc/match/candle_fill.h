/* SPDX-License-Identifier: MIT */
/* candle_fill: at what price, and how much, a candle fills a working order. Pure.
 *
 * A bar is looked at twice: at its open, and when its range is known. Rules, in order:
 * market: the open, slippage added against the order. limit: at the open when the open is at or better than the limit
 * (price = open), else inside the range when the range reaches the limit (price = limit; touch fills). stop: at the
 * open when the open is at or beyond the stop (price = open, slipped), else inside the range (price = stop, slipped).
 * stop_limit: once triggered a limit order, from the same bar on: at the trigger it fills only if the limit allows the
 * stop price. trailing: as a stop; the level moves after the bar was checked, by the bar's favorable extreme. Ties
 * inside one bar: the stop side of a position is assumed to come first, then orders by arrival. A limit makes liquidity
 * unless it crosses when it is submitted, that is, at its first open; so a post-only order never takes. Once triggered,
 * what a stop could not fill goes on as a market order, at the next open. A trailing stop starts at its stop or,
 * without one, at its distance from its first open. Slippage is never applied beyond a limit, nor outside the bar's
 * low…high for orders filled inside the range unless the open gapped. Prices stay multiples of price_increment (rounded
 * against the order). An order that was submitted at the moment of the open, but after it was looked at, is first given
 * the open phase by the caller. */
#ifndef NEAP_MATCH_CANDLE_FILL_H
#define NEAP_MATCH_CANDLE_FILL_H

#include "account/ledger.h"
#include "market/candle.h"

typedef enum neap_slippage { NEAP_SLIPPAGE_NONE, NEAP_SLIPPAGE_BPS, NEAP_SLIPPAGE_VOLUME_SHARE } neap_slippage;

typedef struct neap_fill_model {
  neap_slippage slippage;
  neap_decimal slippage_bps; /* BPS */
  neap_decimal impact; /* VOLUME_SHARE: price moves by impact × (quantity ÷ bar volume)², Zipline's model (its 0.1) */
  /* At most this share of a bar's volume fills, over all orders of the product, in order of arrival; zero: no limit. */
  neap_decimal volume_share;
} neap_fill_model;

typedef enum neap_bar_phase { NEAP_BAR_OPEN, NEAP_BAR_RANGE } neap_bar_phase;

typedef struct neap_working_order {
  neap_ticket ticket;
  neap_decimal remaining; /* by notional or fraction: zero until the first fill */
  bool sized;
  bool triggered;          /* a stop, stop-limit or trailing stop whose level was reached */
  bool resting;            /* was accepted before this bar's open phase, so that its limit makes liquidity */
  neap_decimal trail_stop; /* present level of a trailing stop; zero until the first bar */
  int64_t submitted;
} neap_working_order;

typedef struct neap_candle_quote { /* the answer */
  bool fills;
  neap_decimal price; /* before slippage has seen the quantity only for NONE and BPS; see neap_candle_fill_slip */
  neap_liquidity liquidity;
} neap_candle_quote;

/* Does the order trade in this phase of the bar, and at which base price? Updates `triggered` and the trailing level:
 * its start, and after the range its move. NEAP_RANGE: a level that does not fit. */
neap_status neap_candle_fill_quote(neap_working_order *order, const neap_product *product, neap_bar_phase phase,
                                   const neap_candle *bar, neap_candle_quote *out);
/* The price with slippage for `quantity`. Not to be asked for a maker's fill: what rests does not slip. */
neap_status neap_candle_fill_slip(const neap_fill_model *model, const neap_working_order *order,
                                  const neap_product *product, const neap_candle *bar, neap_decimal quantity,
                                  neap_decimal base_price, neap_decimal *out);
/* What the volume limit leaves of `quantity`, as a multiple of base_increment; `used` is what this bar has filled
 * already. */
neap_status neap_candle_fill_limit_volume(const neap_fill_model *model, const neap_product *product,
                                          const neap_candle *bar, neap_decimal used, neap_decimal quantity,
                                          neap_decimal *out);

#endif
