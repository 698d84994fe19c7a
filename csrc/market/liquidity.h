/* SPDX-License-Identifier: MIT */
/* liquidity: what taking an amount at once is expected to cost, from a book, or from the last bar where there is no
 * book. Exact and pure.
 *
 * Of a book: spread over the middle; impact = 5000 bps × value ÷ what rests at the best price that the order takes (the
 * reference's rule, engines B1.6, with the side that is hit in the place of both).
 *
 * Of a bar, the stated model: volatility = 0.6005612043932249 × (high − low) ÷ close, which is 1 ÷ (2 √ln 2), Parkinson
 * (1980), with a range of at least one price increment; impact = volatility × √(value ÷ the bar's turnover), the
 * square-root law (Almgren, Thum, Hauptmann and Li 2005; factor 1), which is the same for bars of any length; spread =
 * 0.1 × the volatility of one minute (volatility ÷ √minutes), at least one price increment.
 *
 * All results are in basis points, rounded half-even at 12 digits. */
#ifndef NEAP_MARKET_LIQUIDITY_H
#define NEAP_MARKET_LIQUIDITY_H

#include "market/book.h"
#include "market/candle.h"
#include "market/product.h"

typedef enum neap_liquidity_source {
  NEAP_LIQUIDITY_UNKNOWN,
  NEAP_LIQUIDITY_BOOK,
  NEAP_LIQUIDITY_CANDLE
} neap_liquidity_source;

/* What is known of a product's liquidity at a moment. */
typedef struct neap_liquidity_view {
  neap_liquidity_source source;
  neap_decimal spread_bps;
  neap_decimal bid_value, ask_value;     /* BOOK: what rests at the best prices, in quote */
  neap_decimal volatility_bps, turnover; /* CANDLE: of the bar; turnover in quote */
} neap_liquidity_view;

/* NEAP_RANGE: an amount does not fit; *out is then unknown. A bar without volume gives a view that expects nothing. */
neap_status neap_liquidity_of_candle(const neap_product *product, const neap_candle *bar, int64_t frame,
                                     neap_liquidity_view *out);

/* Expected cost against the middle of buying or selling for `value` of quote at once: spread and impact.
 * NEAP_NOT_FOUND: nothing is known (no book, no bar, no volume, nothing rests on that side). NEAP_RANGE. */
neap_status neap_liquidity_expect(const neap_liquidity_view *view, bool buys, neap_decimal value,
                                  neap_decimal *spread_bps, neap_decimal *impact_bps);

/* The greatest value that is expected to move the price by at most `max_bps`: neap_liquidity_expect turned round
 * (liquidity_capacity.c). NEAP_NOT_FOUND: nothing is known. NEAP_RANGE: more than a decimal holds. */
neap_status neap_liquidity_capacity(const neap_liquidity_view *view, bool buys, neap_decimal max_bps,
                                    neap_decimal *value);

typedef struct neap_price_level {
  neap_decimal price, size; /* size in base */
} neap_price_level;

typedef struct neap_book_sides { /* best first */
  const neap_price_level *bids, *asks;
  size_t bid_count, ask_count;
} neap_book_sides;

typedef enum neap_liquidity_condition {
  NEAP_CONDITION_CRITICAL,
  NEAP_CONDITION_POOR,
  NEAP_CONDITION_FAIR,
  NEAP_CONDITION_GOOD,
  NEAP_CONDITION_EXCELLENT
} neap_liquidity_condition;

enum { NEAP_DEPTH_BANDS = 3 }; /* 1 %, 5 %, 10 % of the middle, measured from the touch */

typedef struct neap_depth { /* engines B7.1, B7.2 */
  neap_decimal mid, spread_bps;
  neap_decimal bid_depth[NEAP_DEPTH_BANDS], ask_depth[NEAP_DEPTH_BANDS]; /* base */
  neap_decimal value[NEAP_DEPTH_BANDS];                                  /* both sides × mid, quote */
  neap_decimal bid_ask_ratio; /* of the best sizes; 999 where nothing is asked */
  neap_decimal imbalance;     /* −1 … 1, of the 5 % band */
  neap_decimal score;         /* 0 … 100 */
  neap_liquidity_condition condition;
} neap_depth;

/* An empty side: spread 10000, ratio 1, the rest zero, critical. NEAP_INVALID "book_order": a side is not sorted, or
 * the book is crossed. NEAP_RANGE. */
neap_status neap_depth_analyze(const neap_book_sides *book, neap_depth *out, neap_fault *fault);
/* The same of a book of increments. NEAP_NOT_FOUND: a side is empty, or the book is in doubt; *out is then as above. */
neap_status neap_depth_of_book(const neap_price_book *book, neap_depth *out);
/* The view of a book for neap_liquidity_expect; an empty side is NEAP_LIQUIDITY_UNKNOWN. */
neap_status neap_liquidity_of_book(const neap_book_sides *book, neap_liquidity_view *out, neap_fault *fault);

typedef struct neap_depth_impact { /* engines B7.5 */
  neap_decimal impact_bps, average_price, worst_price;
  neap_decimal cost;  /* |average − mid| × quantity */
  neap_decimal slice; /* quantity that would stay within `max_bps`; zero: no slicing is advised */
  bool post_only;     /* advised */
} neap_depth_impact;

/* impact = √(value ÷ volume of 15 minutes) × 100 bps, × √(value ÷ depth of 5 %) where that is over 1, × (1 + spread ÷
 * 1000), × 0.5, 1, 1.5, 2, 3 for excellent … critical. NEAP_NOT_FOUND: the book was empty, or no volume is known. */
neap_status neap_depth_impact_of(const neap_depth *depth, bool buys, neap_decimal quantity, neap_decimal volume_15m,
                                 neap_decimal max_bps, neap_depth_impact *out);

const char *neap_liquidity_condition_name(neap_liquidity_condition condition); /* "critical" … */
const char *neap_liquidity_source_name(neap_liquidity_source source);          /* "unknown" "book" "candle" */

/* √x to 8 fractional digits at least, rounded down. x zero or more. */
neap_decimal neap_decimal_root(neap_decimal x);

/* The candle model in one line, with its parameters: for what a run prints. */
extern const char neap_liquidity_assumption[];

#endif
