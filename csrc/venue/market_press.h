/* SPDX-License-Identifier: MIT */
/* market_press: makes a print of a given price and size happen: the maker's quotes move until the price is the touch,
 * offer enough there, and a taker takes it. A participant's order that stands at as good a price or a better one trades
 * first, and then the print is another one. */
#ifndef NEAP_VENUE_MARKET_PRESS_H
#define NEAP_VENUE_MARKET_PRESS_H

#include "venue/market_ladder.h"

typedef struct neap_market_press {
  neap_ladder ladder;
  int64_t spread; /* basis points × 10^6 */
} neap_market_press;

typedef struct neap_market_print {
  int64_t price, size;
  neap_side taker;
} neap_market_print;

/* As neap_ladder_init. */
neap_status neap_press_init(neap_market_press *press, const neap_venue_market *market, int64_t volume,
                            neap_fault *fault);
/* Offers what the print will take, and fills up at most `most` quotes a side. */
void neap_press_ready(neap_market_press *press, neap_venue_market *market, const neap_market_print *print,
                      int64_t most);
void neap_press_print(neap_market_press *press, neap_venue_market *market, const neap_market_print *print);

#endif
