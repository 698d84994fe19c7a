/* SPDX-License-Identifier: MIT */
/* liquidity: views of a bar and of a book, and what they expect; the book's analysis is in depth.c. */
#include "market/liquidity.h"

#include <math.h>

#include "base/clock.h"

#define UNIT (neap_decimal_from_int(1).units)

static const char volatility_of_range[] = "0.6005612043932249"; /* 1 ÷ (2 √ln 2) */
enum { BPS = 10000, SPREAD_DIVISOR = 10, HALF_BPS = 5000 };

const char neap_liquidity_assumption[] =
    "volatility 0.6006 × (high − low) ÷ close of the last bar; spread 0.1 × that of one minute, at least one price "
    "increment; impact volatility × √(value ÷ turnover)";

const char *neap_liquidity_source_name(neap_liquidity_source source) {
  static const char *const names[] = {"unknown", "book", "candle"};
  size_t index = (size_t)source;
  return index < sizeof names / sizeof *names ? names[index] : "?";
}

/* ⌊√n⌋: the nearest double, one step of Newton's, and at most a few of one. */
static uint64_t whole_root(unsigned __int128 n) {
  if (n == 0) return 0;
  unsigned __int128 root = (unsigned __int128)sqrt((double)n);
  root = (root + n / root) / 2;
  while (root * root > n) root--;
  while ((root + 1) * (root + 1) <= n) root++;
  return (uint64_t)root;
}

/* √(units ÷ 10^16) × 10^16 = √(units × 10^16); of large numbers √units × 10^8. */
neap_decimal neap_decimal_root(neap_decimal x) {
  const unsigned __int128 most = ((unsigned __int128)UNIT) * 1000000;
  unsigned __int128 units = x.units > 0 ? (unsigned __int128)x.units : 0;
  if (units < most) return (neap_decimal){(__int128)whole_root(units * (unsigned __int128)UNIT)};
  return (neap_decimal){(__int128)whole_root(units) * 100000000};
}

static neap_status in_bps(neap_decimal part, neap_decimal whole, neap_decimal *out) {
  return neap_decimal_mul_div(part, neap_decimal_from_int(BPS), whole, NEAP_DECIMAL_DIVISION, NEAP_ROUND_HALF_EVEN,
                              out);
}

static neap_status volatility(neap_decimal range_bps, neap_decimal *out) {
  neap_decimal factor;
  neap_decimal_parse(volatility_of_range, sizeof volatility_of_range - 1, &factor, NULL);
  return neap_decimal_mul(range_bps, factor, NEAP_DECIMAL_DIVISION, NEAP_ROUND_HALF_EVEN, out);
}

/* The volatility of one minute ÷ 10; a bar of less than a minute counts as one. */
static neap_status model_spread(neap_decimal volatility_bps, int64_t frame, neap_decimal *out) {
  int64_t minutes = frame / (60 * NEAP_SECOND);
  neap_decimal root = neap_decimal_root(neap_decimal_from_int(minutes > 0 ? minutes : 1)), divisor;
  neap_status status =
      neap_decimal_mul(root, neap_decimal_from_int(SPREAD_DIVISOR), NEAP_DECIMAL_DIGITS, NEAP_ROUND_DOWN, &divisor);
  if (status != NEAP_OK) return status;
  return neap_decimal_div(volatility_bps, divisor, NEAP_DECIMAL_DIVISION, NEAP_ROUND_HALF_EVEN, out);
}

neap_status neap_liquidity_of_candle(const neap_product *product, const neap_candle *bar, int64_t frame,
                                     neap_liquidity_view *out) {
  neap_liquidity_view view = {.source = NEAP_LIQUIDITY_CANDLE};
  neap_decimal range = neap_decimal_max((neap_decimal){bar->high.units - bar->low.units}, product->price_increment);
  neap_decimal range_bps, tick_bps;
  *out = (neap_liquidity_view){.source = NEAP_LIQUIDITY_UNKNOWN};
  if (neap_decimal_sign(bar->close) <= 0) return NEAP_INVALID;
  neap_status status = in_bps(range, bar->close, &range_bps);
  if (status == NEAP_OK) status = in_bps(product->price_increment, bar->close, &tick_bps);
  if (status == NEAP_OK) status = volatility(range_bps, &view.volatility_bps);
  if (status == NEAP_OK) status = model_spread(view.volatility_bps, frame, &view.spread_bps);
  if (status == NEAP_OK)
    status = neap_decimal_mul(bar->volume, bar->close, NEAP_DECIMAL_DIVISION, NEAP_ROUND_DOWN, &view.turnover);
  if (status == NEAP_OK)
    status =
        neap_decimal_mul(view.turnover, product->contract_size, NEAP_DECIMAL_DIVISION, NEAP_ROUND_DOWN, &view.turnover);
  if (status != NEAP_OK) return status;
  view.spread_bps = neap_decimal_max(view.spread_bps, tick_bps);
  *out = view;
  return NEAP_OK;
}

static neap_status book_impact(neap_decimal resting, neap_decimal value, neap_decimal *out) {
  if (neap_decimal_sign(resting) <= 0) return NEAP_NOT_FOUND;
  return neap_decimal_mul_div(value, neap_decimal_from_int(HALF_BPS), resting, NEAP_DECIMAL_DIVISION,
                              NEAP_ROUND_HALF_EVEN, out);
}

static neap_status candle_impact(const neap_liquidity_view *view, neap_decimal value, neap_decimal *out) {
  neap_decimal share;
  if (neap_decimal_sign(view->turnover) <= 0) return NEAP_NOT_FOUND;
  neap_status status = neap_decimal_div(value, view->turnover, NEAP_DECIMAL_DIGITS, NEAP_ROUND_UP, &share);
  if (status != NEAP_OK) return status;
  return neap_decimal_mul(view->volatility_bps, neap_decimal_root(share), NEAP_DECIMAL_DIVISION, NEAP_ROUND_HALF_EVEN,
                          out);
}

neap_status neap_liquidity_expect(const neap_liquidity_view *view, bool buys, neap_decimal value,
                                  neap_decimal *spread_bps, neap_decimal *impact_bps) {
  *spread_bps = view->spread_bps;
  if (view->source == NEAP_LIQUIDITY_BOOK)
    return book_impact(buys ? view->ask_value : view->bid_value, value, impact_bps);
  return view->source == NEAP_LIQUIDITY_CANDLE ? candle_impact(view, value, impact_bps) : NEAP_NOT_FOUND;
}
