/* SPDX-License-Identifier: MIT */
#include "venue/market_press.h"

enum { FILLS = 8 };

neap_status neap_press_init(neap_market_press *press, const neap_venue_market *market, int64_t volume,
                            neap_fault *fault) {
  press->spread = neap_market_setting(&market->settings, NEAP_WORD_SPREAD, 6);
  return neap_ladder_init(&press->ladder, market, volume, fault);
}

void neap_press_ready(neap_market_press *press, neap_venue_market *market, const neap_market_print *print,
                      int64_t most) {
  int64_t away = (int64_t)((__int128)print->price * press->spread / 10000000000);
  if (away < 1) away = 1;
  if (print->taker == NEAP_BUY)
    neap_ladder_move(&press->ladder, market, print->price - away, print->price, most);
  else
    neap_ladder_move(&press->ladder, market, print->price, print->price + away, most);
  if (neap_market_may_quote(market))
    neap_ladder_offer(&press->ladder, market, print->taker == NEAP_BUY ? NEAP_SELL : NEAP_BUY, print->size);
}

void neap_press_print(neap_market_press *press, neap_venue_market *market, const neap_market_print *print) {
  neap_press_ready(press, market, print, FILLS);
  if (neap_market_may_take(market)) neap_market_take(market, print->taker, print->price, print->size);
}
