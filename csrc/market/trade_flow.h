/* SPDX-License-Identifier: MIT */
/* trade_flow: what was traded, quoted and moved in the last 1, 5 and 15 minutes (engines B7.3), by the clock of the
 * session, in a ring of seconds: memory is bounded whatever the market does. Exact and pure. A second is in or out as a
 * whole: a window of a minute holds what is up to 59 whole seconds old, and the second that runs. */
#ifndef NEAP_MARKET_TRADE_FLOW_H
#define NEAP_MARKET_TRADE_FLOW_H

#include "base/decimal.h"

enum { NEAP_FLOW_SECONDS = 900, NEAP_FLOW_WINDOWS = 3 }; /* 1, 5 and 15 minutes */

typedef struct neap_flow_second {
  int64_t second; /* since 1970, plus one: a slot of zeros is of no second */
  uint32_t trades, quotes;
  neap_decimal volume, value; /* base; quote */
  neap_decimal spread_sum, spread_min, spread_max;
  neap_decimal squared; /* of the move since the last price before this second, bps² */
} neap_flow_second;

typedef struct neap_trade_flow { /* all zero: nothing is known */
  int64_t latest;                /* second of the latest `now`; the clock never goes back */
  int64_t priced;                /* second of `price` */
  neap_decimal price, before;    /* the last one, and the last of an earlier second */
  uint64_t late;                 /* trades that came when their second had left the longest window */
  neap_flow_second slot[NEAP_FLOW_SECONDS];
} neap_trade_flow;

typedef struct neap_flow_window {
  uint64_t trades, quotes;
  neap_decimal volume, value, mean_size;           /* mean_size: zero without trades */
  neap_decimal spread_bps, spread_min, spread_max; /* spread_bps: the mean; all zero without quotes */
  neap_decimal volatility_bps;                     /* of the price over the window: √ of the sum of squared moves */
} neap_flow_window;

typedef struct neap_flow_measures {
  neap_flow_window window[NEAP_FLOW_WINDOWS];
} neap_flow_measures;

/* A trade that was made at `time` and is told at `now`, both ns. One from after now counts now (the venue's clock runs
 * ahead); one that comes late counts in its own second, or, when that is past, as late. NEAP_INVALID: price or size are
 * not over zero. NEAP_RANGE: a sum does not fit. */
neap_status neap_trade_flow_trade(neap_trade_flow *flow, int64_t now, int64_t time, neap_decimal price,
                                  neap_decimal size);
/* The best prices as they are now: the spread counts once, the middle is the price. NEAP_INVALID: they cross, or are
 * not over zero. */
neap_status neap_trade_flow_quote(neap_trade_flow *flow, int64_t now, neap_decimal bid, neap_decimal ask);
/* Of a market that quotes nothing: a price whose moves are the volatility. */
neap_status neap_trade_flow_price(neap_trade_flow *flow, int64_t now, neap_decimal price);
/* NEAP_RANGE. */
neap_status neap_trade_flow_measure(const neap_trade_flow *flow, int64_t now, neap_flow_measures *out);

extern const int neap_flow_minutes[NEAP_FLOW_WINDOWS]; /* 1, 5, 15 */

#endif
