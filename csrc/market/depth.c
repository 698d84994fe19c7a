/* SPDX-License-Identifier: MIT */
/* depth: the analysis of a book, and the reference's estimate of an order's impact on it. */
#include "market/liquidity.h"

enum { BPS = 10000, HUNDRED = 100, NO_ASK_RATIO = 999, DEEP_VALUE = 10000 };

static const int band_percent[NEAP_DEPTH_BANDS] = {1, 5, 10};

static neap_decimal whole(int64_t value) { return neap_decimal_from_int(value); }

static neap_status times(neap_decimal a, neap_decimal b, neap_decimal *out) {
  return neap_decimal_mul(a, b, NEAP_DECIMAL_DIVISION, NEAP_ROUND_HALF_EVEN, out);
}

static neap_status ratio(neap_decimal a, neap_decimal b, neap_decimal c, neap_decimal *out) { /* a × b ÷ c */
  return neap_decimal_mul_div(a, b, c, NEAP_DECIMAL_DIVISION, NEAP_ROUND_HALF_EVEN, out);
}

const char *neap_liquidity_condition_name(neap_liquidity_condition condition) {
  static const char *const names[] = {"critical", "poor", "fair", "good", "excellent"};
  size_t index = (size_t)condition;
  return index < sizeof names / sizeof *names ? names[index] : "?";
}

static bool is_sorted(const neap_price_level *levels, size_t count, int direction) {
  for (size_t i = 0; i < count; i++) {
    if (neap_decimal_sign(levels[i].price) <= 0 || neap_decimal_sign(levels[i].size) < 0) return false;
    if (i && neap_decimal_cmp(levels[i].price, levels[i - 1].price) * direction <= 0) return false;
  }
  return true;
}

static neap_status check_book(const neap_book_sides *book, neap_fault *fault) {
  bool crossed = book->bid_count && book->ask_count && neap_decimal_cmp(book->bids[0].price, book->asks[0].price) >= 0;
  if (!crossed && is_sorted(book->bids, book->bid_count, -1) && is_sorted(book->asks, book->ask_count, 1))
    return NEAP_OK;
  return neap_fail(fault, NEAP_INVALID, "book_order",
                   "a book's bids fall and its asks rise, with prices over zero, and they do not cross");
}

static neap_status middle(const neap_book_sides *book, neap_decimal *mid, neap_decimal *spread_bps) {
  neap_decimal bid = book->bids[0].price, ask = book->asks[0].price, sum;
  neap_status status = neap_decimal_add(bid, ask, &sum);
  if (status == NEAP_OK) status = neap_decimal_div(sum, whole(2), NEAP_DECIMAL_DIGITS, NEAP_ROUND_HALF_EVEN, mid);
  return status == NEAP_OK ? ratio((neap_decimal){ask.units - bid.units}, whole(BPS), *mid, spread_bps) : status;
}

/* Sizes from the touch to `reach` beyond it, inclusive. */
static neap_status sum_sizes(const neap_price_level *levels, size_t count, neap_decimal reach, neap_decimal *out) {
  neap_status status = NEAP_OK;
  *out = NEAP_ZERO;
  for (size_t i = 0; status == NEAP_OK && i < count; i++) {
    neap_decimal away = neap_decimal_abs((neap_decimal){levels[i].price.units - levels[0].price.units});
    if (neap_decimal_cmp(away, reach) > 0) break;
    status = neap_decimal_add(*out, levels[i].size, out);
  }
  return status;
}

static neap_status measure_band(const neap_book_sides *book, int band, neap_depth *out) {
  neap_decimal reach;
  neap_status status = ratio(out->mid, whole(band_percent[band]), whole(100), &reach);
  if (status == NEAP_OK) status = sum_sizes(book->bids, book->bid_count, reach, &out->bid_depth[band]);
  return status == NEAP_OK ? sum_sizes(book->asks, book->ask_count, reach, &out->ask_depth[band]) : status;
}

static neap_status value_band(int band, neap_depth *out) {
  neap_decimal both;
  neap_status status = neap_decimal_add(out->bid_depth[band], out->ask_depth[band], &both);
  return status == NEAP_OK ? times(both, out->mid, &out->value[band]) : status;
}

static neap_status measure_balance(neap_decimal best_bid, neap_decimal best_ask, neap_depth *out) {
  neap_decimal bid = out->bid_depth[1], ask = out->ask_depth[1], both;
  neap_status status = neap_decimal_add(bid, ask, &both);
  if (status == NEAP_OK && neap_decimal_sign(both) > 0)
    status = ratio((neap_decimal){bid.units - ask.units}, whole(1), both, &out->imbalance);
  out->bid_ask_ratio = whole(NO_ASK_RATIO);
  if (status == NEAP_OK && neap_decimal_sign(best_ask) > 0)
    status = ratio(best_bid, whole(1), best_ask, &out->bid_ask_ratio);
  return status;
}

static neap_decimal score_spread(neap_decimal spread_bps) {
  static const struct { int bps, score; } steps[] = {{1, 100}, {5, 80}, {10, 60}, {20, 40}, {50, 20}};
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
    if (neap_decimal_cmp(spread_bps, whole(steps[i].bps)) <= 0) return whole(steps[i].score);
  return NEAP_ZERO;
}

static neap_status score_depth(neap_decimal value, neap_decimal *out) {
  return ratio(neap_decimal_min(value, whole(DEEP_VALUE)), whole(100), whole(DEEP_VALUE), out);
}

static neap_status score(neap_depth *out) {
  neap_decimal near = NEAP_ZERO, far = NEAP_ZERO, balance = NEAP_ZERO;
  neap_status status = score_depth(out->value[0], &near);
  if (status == NEAP_OK) status = score_depth(out->value[1], &far);
  if (status == NEAP_OK) status = times(neap_decimal_abs(out->imbalance), whole(200), &balance);
  if (status != NEAP_OK) return status;
  balance = neap_decimal_max(NEAP_ZERO, (neap_decimal){whole(100).units - balance.units});
  neap_decimal sum = {score_spread(out->spread_bps).units + near.units + far.units + balance.units};
  status = neap_decimal_div(sum, whole(4), NEAP_DECIMAL_DIVISION, NEAP_ROUND_HALF_EVEN, &out->score);
  for (int step = 1; step <= 4; step++)
    if (neap_decimal_cmp(out->score, whole(20 * step)) >= 0) out->condition = (neap_liquidity_condition)step;
  return status;
}

/* What follows from the middle, the spread and the depths. */
static neap_status conclude(neap_decimal best_bid, neap_decimal best_ask, neap_depth *out) {
  neap_status status = NEAP_OK;
  for (int band = 0; status == NEAP_OK && band < NEAP_DEPTH_BANDS; band++) status = value_band(band, out);
  if (status == NEAP_OK) status = measure_balance(best_bid, best_ask, out);
  return status == NEAP_OK ? score(out) : status;
}

neap_status neap_depth_analyze(const neap_book_sides *book, neap_depth *out, neap_fault *fault) {
  *out = (neap_depth){.spread_bps = whole(BPS), .bid_ask_ratio = whole(1)};
  neap_status status = check_book(book, fault);
  if (status != NEAP_OK || book->bid_count == 0 || book->ask_count == 0) return status;
  status = middle(book, &out->mid, &out->spread_bps);
  for (int band = 0; status == NEAP_OK && band < NEAP_DEPTH_BANDS; band++) status = measure_band(book, band, out);
  if (status == NEAP_OK) status = conclude(book->bids[0].size, book->asks[0].size, out);
  return status == NEAP_OK ? status : neap_fail(fault, status, "overflow", "the book's amounts do not fit a decimal");
}

neap_status neap_depth_of_book(const neap_price_book *book, neap_depth *out) {
  neap_book_level bid, ask;
  neap_decimal best_bid = NEAP_ZERO, best_ask = NEAP_ZERO;
  *out = (neap_depth){.spread_bps = whole(BPS), .bid_ask_ratio = whole(1)};
  neap_status status = neap_price_book_best(book, NEAP_BID, &bid);
  if (status == NEAP_OK) status = neap_price_book_best(book, NEAP_ASK, &ask);
  if (status != NEAP_OK) return status;
  status = neap_price_book_mid(book, &out->mid);
  if (status == NEAP_OK) status = neap_price_book_spread_bps(book, &out->spread_bps);
  if (status == NEAP_OK) status = neap_price_book_size(book, bid.size, &best_bid);
  if (status == NEAP_OK) status = neap_price_book_size(book, ask.size, &best_ask);
  for (int band = 0; status == NEAP_OK && band < NEAP_DEPTH_BANDS; band++) {
    neap_decimal bps = whole(band_percent[band] * HUNDRED);
    status = neap_price_book_depth_within(book, NEAP_BID, bps, &out->bid_depth[band]);
    if (status == NEAP_OK) status = neap_price_book_depth_within(book, NEAP_ASK, bps, &out->ask_depth[band]);
  }
  return status == NEAP_OK ? conclude(best_bid, best_ask, out) : status;
}

neap_status neap_liquidity_of_book(const neap_book_sides *book, neap_liquidity_view *out, neap_fault *fault) {
  neap_liquidity_view view = {.source = NEAP_LIQUIDITY_BOOK};
  neap_decimal mid;
  *out = (neap_liquidity_view){.source = NEAP_LIQUIDITY_UNKNOWN};
  neap_status status = check_book(book, fault);
  if (status != NEAP_OK || book->bid_count == 0 || book->ask_count == 0) return status;
  status = middle(book, &mid, &view.spread_bps);
  if (status == NEAP_OK) status = times(book->bids[0].price, book->bids[0].size, &view.bid_value);
  if (status == NEAP_OK) status = times(book->asks[0].price, book->asks[0].size, &view.ask_value);
  if (status != NEAP_OK) return neap_fail(fault, status, "overflow", "the book's amounts do not fit a decimal");
  *out = view;
  return NEAP_OK;
}

static neap_status base_impact(neap_decimal value, neap_decimal volume, neap_decimal *out) {
  neap_decimal share;
  if (neap_decimal_sign(volume) <= 0) return NEAP_NOT_FOUND;
  neap_status status = neap_decimal_div(value, volume, NEAP_DECIMAL_DIGITS, NEAP_ROUND_HALF_EVEN, &share);
  return status == NEAP_OK ? times(neap_decimal_root(share), whole(100), out) : status;
}

static neap_status worsen(const neap_depth *depth, neap_decimal value, neap_decimal *impact) {
  static const int factor_in_tenths[] = {30, 20, 15, 10, 5};
  neap_decimal share;
  neap_status status = NEAP_OK;
  if (neap_decimal_cmp(value, depth->value[1]) > 0) {
    status = neap_decimal_div(value, depth->value[1], NEAP_DECIMAL_DIGITS, NEAP_ROUND_HALF_EVEN, &share);
    if (status == NEAP_OK) status = times(*impact, neap_decimal_root(share), impact);
  }
  neap_decimal spread = {whole(1000).units + depth->spread_bps.units};
  if (status == NEAP_OK) status = ratio(*impact, spread, whole(1000), impact);
  return status == NEAP_OK ? ratio(*impact, whole(factor_in_tenths[depth->condition]), whole(10), impact) : status;
}

/* mid × (1 ± bps ÷ 10000) */
static neap_status move_price(neap_decimal mid, neap_decimal bps, bool up, neap_decimal *out) {
  neap_decimal by;
  neap_status status = ratio(mid, bps, whole(BPS), &by);
  return status == NEAP_OK ? neap_decimal_add(mid, up ? by : neap_decimal_neg(by), out) : status;
}

/* (max ÷ base)² × value ÷ mid, which is (max ÷ base)² × quantity. */
static neap_status find_slice(neap_decimal max, neap_decimal base, neap_decimal quantity, neap_decimal *out) {
  neap_status status = ratio(quantity, max, base, out);
  return status == NEAP_OK ? ratio(*out, max, base, out) : status;
}

neap_status neap_depth_impact_of(const neap_depth *depth, bool buys, neap_decimal quantity, neap_decimal volume_15m,
                                 neap_decimal max_bps, neap_depth_impact *out) {
  neap_decimal value = NEAP_ZERO, base = NEAP_ZERO, worst = NEAP_ZERO;
  *out = (neap_depth_impact){.impact_bps = NEAP_ZERO};
  if (neap_decimal_sign(depth->mid) <= 0 || neap_decimal_sign(depth->value[1]) <= 0) return NEAP_NOT_FOUND;
  neap_status status = times(quantity, depth->mid, &value);
  if (status == NEAP_OK) status = base_impact(value, volume_15m, &base);
  out->impact_bps = base;
  if (status == NEAP_OK) status = worsen(depth, value, &out->impact_bps);
  if (status == NEAP_OK) status = ratio(out->impact_bps, whole(3), whole(2), &worst);
  if (status == NEAP_OK) status = move_price(depth->mid, out->impact_bps, buys, &out->average_price);
  if (status == NEAP_OK) status = move_price(depth->mid, worst, buys, &out->worst_price);
  if (status == NEAP_OK)
    status = times(neap_decimal_abs((neap_decimal){out->average_price.units - depth->mid.units}), quantity, &out->cost);
  if (status == NEAP_OK && neap_decimal_cmp(out->impact_bps, max_bps) > 0)
    status = find_slice(max_bps, base, quantity, &out->slice);
  out->post_only = depth->condition <= NEAP_CONDITION_FAIR ||
                   neap_decimal_cmp((neap_decimal){out->impact_bps.units * 2}, max_bps) > 0;
  return status;
}
