/* SPDX-License-Identifier: MIT */
/* liquidity_capacity: how much may be taken before the price is expected to move too far. */
#include "market/liquidity.h"

enum { HALF_BPS = 5000 };

/* 5000 × value ÷ resting = bps */
static neap_status of_book(neap_decimal resting, neap_decimal max_bps, neap_decimal *value) {
  if (neap_decimal_sign(resting) <= 0) return NEAP_NOT_FOUND;
  return neap_decimal_mul_div(resting, max_bps, neap_decimal_from_int(HALF_BPS), NEAP_DECIMAL_DIVISION, NEAP_ROUND_DOWN,
                              value);
}

/* volatility × √(value ÷ turnover) = bps */
static neap_status of_candle(const neap_liquidity_view *view, neap_decimal max_bps, neap_decimal *value) {
  neap_decimal ratio, square;
  if (neap_decimal_sign(view->turnover) <= 0 || neap_decimal_sign(view->volatility_bps) <= 0) return NEAP_NOT_FOUND;
  neap_status status = neap_decimal_div(max_bps, view->volatility_bps, NEAP_DECIMAL_DIVISION, NEAP_ROUND_DOWN, &ratio);
  if (status == NEAP_OK) status = neap_decimal_mul(ratio, ratio, NEAP_DECIMAL_DIGITS, NEAP_ROUND_DOWN, &square);
  if (status != NEAP_OK) return status;
  return neap_decimal_mul(square, view->turnover, NEAP_DECIMAL_DIVISION, NEAP_ROUND_DOWN, value);
}

neap_status neap_liquidity_capacity(const neap_liquidity_view *view, bool buys, neap_decimal max_bps,
                                    neap_decimal *value) {
  if (view->source == NEAP_LIQUIDITY_BOOK) return of_book(buys ? view->ask_value : view->bid_value, max_bps, value);
  return view->source == NEAP_LIQUIDITY_CANDLE ? of_candle(view, max_bps, value) : NEAP_NOT_FOUND;
}
