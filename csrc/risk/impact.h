/* SPDX-License-Identifier: MIT */
/* impact: what taking an amount at once does to its own price, from the session's own book and traded volume; and how
 * much may be taken before that is too much. Pure and exact.
 *
 * What the visible book shows is walked: that part costs what rests there. What it does not show follows the
 * square-root law: half the spread + NEAP_IMPACT_Y × volatility × √(quantity ÷ volume), volatility and volume of one
 * window (the law does not depend on which), and never better than the last level that was seen. Almgren, Thum,
 * Hauptmann and Li (2005), "Direct estimation of equity market impact"; Tóth et al. (2011), "Anomalous price impact and
 * the critical nature of liquidity in financial markets". The factor is fitted by tools/fit_impact.lua:
 * docs/guide/market_impact.md.
 *
 * Where only bars are known, the stated model of market/liquidity stands in, with its factor of 1. */
#ifndef NEAP_RISK_IMPACT_H
#define NEAP_RISK_IMPACT_H

#include "account/order.h"
#include "market/book.h"
#include "market/liquidity.h"
#include "risk/pretrade.h"

/* Y of the law, in hundredths: the fit over intervals of 5 s on BTCUSDT, 2024-08-08, is 0.83 ± 0.11 (R² 0.30). */
enum { NEAP_IMPACT_Y_HUNDREDTHS = 83 };

typedef struct neap_impact_market { /* what is known at a moment */
  const neap_product *product;      /* never NULL */
  const neap_price_book *book;      /* NULL or in doubt: the bars must tell */
  neap_decimal volatility_bps;      /* of the price over a window (neap_flow_window) */
  neap_decimal volume;              /* base that was traded in it; zero: unknown */
  neap_liquidity_view view;         /* of the last bar; asked where there is no book */
  neap_decimal mark;                /* the price where there is no book */
} neap_impact_market;

typedef struct neap_impact_report {
  neap_liquidity_source source;
  neap_decimal mid, spread_bps;
  neap_decimal impact_bps;                 /* of the average price against the middle, half the spread in it */
  neap_decimal average_price, worst_price; /* worst: of the last unit */
  neap_decimal cost;                       /* |average − mid| × quantity, in quote */
  neap_decimal visible;                    /* of the quantity, what the book shows; zero by bars */
  bool is_sufficient;                      /* all of it is shown; by bars: it is no more than the bar's turnover */
  bool slices;                             /* the impact is over what is allowed, and slices would help */
  neap_decimal slice;                      /* the greatest quantity that stays within it; zero: none */
  bool post_only;   /* advised: fair or worse liquidity, or an impact over half of what is allowed */
  neap_depth depth; /* score and condition; by bars nothing is known of them: all zero */
} neap_impact_report;

/* Of buying or selling `quantity` (over zero) at once, against `max_bps` (over zero). NEAP_NOT_FOUND: nothing is known
 * that could price it. NEAP_RANGE. */
neap_status neap_impact_estimate(const neap_impact_market *market, neap_side side, neap_decimal quantity,
                                 neap_decimal max_bps, neap_impact_report *out);

/* Y × volatility × √(quantity ÷ volume), without the spread. NEAP_NOT_FOUND without volume. */
neap_status neap_impact_law(neap_decimal volatility_bps, neap_decimal quantity, neap_decimal volume, neap_decimal *bps);

/* The market as what the limits ask (risk/pretrade): {market, neap_impact_ask}. */
neap_status neap_impact_ask(const void *market, const neap_ticket *ticket, neap_decimal value, neap_impact *out,
                            neap_fault *fault);

/* The greatest multiple of the product's increment, up to `quantity`, whose impact by any source is at most `max_bps`
 * when it is valued at `price`; zero when there is none, or it is under the product's minimum. A source's impact does
 * not fall with the quantity. Where the source fails: zero. */
neap_decimal neap_impact_slice(const neap_impact_source *source, const neap_ticket *ticket, const neap_product *product,
                               neap_decimal price, neap_decimal quantity, neap_decimal max_bps);

#endif
