/* SPDX-License-Identifier: MIT */
/* candle_fill: each type of order against each kind of bar, on both sides; slippage at its bounds; the volume limit. */
#include "match/candle_fill.h"

#include "decimals.h"
#include "support.h"

static neap_product product_of(void) {
  neap_product product = {.id = "X-USD", .quote = "USD"};
  product.price_increment = dec("0.01");
  product.base_increment = dec("0.1");
  product.contract_size = dec("1");
  return product;
}

static neap_candle bar_of(const char *open, const char *high, const char *low, const char *close) {
  return (neap_candle){
      .time = 10, .open = dec(open), .high = dec(high), .low = dec(low), .close = dec(close), .volume = dec("100")};
}

static neap_working_order order_of(neap_order_type type, neap_side side, const char *limit, const char *stop) {
  neap_working_order order = {.ticket = {.number = 1, .type = type, .side = side}};
  order.ticket.limit = dec(limit);
  order.ticket.stop = dec(stop);
  return order;
}

/* "price liquidity" or "-". */
static void expect(neap_working_order *order, neap_bar_phase phase, const neap_candle *bar, const char *price,
                   neap_liquidity liquidity) {
  neap_product product = product_of();
  neap_candle_quote quote;
  assert_int_equal(neap_candle_fill_quote(order, &product, phase, bar, &quote), NEAP_OK);
  assert_int_equal(quote.fills, price[0] != '-');
  if (!quote.fills) return;
  assert_decimal(quote.price, price);
  assert_int_equal(quote.liquidity, liquidity);
}

static void market_fills_at_the_open_only(void **state) {
  (void)state;
  neap_candle bar = bar_of("100.001", "110", "90", "105");
  neap_working_order buy = order_of(NEAP_MARKET, NEAP_BUY, "0", "0"), sell = order_of(NEAP_MARKET, NEAP_SELL, "0", "0");
  expect(&buy, NEAP_BAR_OPEN, &bar, "100.01", NEAP_TAKER);
  expect(&sell, NEAP_BAR_OPEN, &bar, "100", NEAP_TAKER);
  expect(&buy, NEAP_BAR_RANGE, &bar, "-", NEAP_TAKER);
}

static void limit_fills_at_the_open_or_at_its_price(void **state) {
  (void)state;
  neap_candle bar = bar_of("100", "110", "90", "105");
  neap_working_order buy = order_of(NEAP_LIMIT, NEAP_BUY, "101", "0");
  expect(&buy, NEAP_BAR_OPEN, &bar, "100", NEAP_TAKER);
  buy.resting = true;
  expect(&buy, NEAP_BAR_OPEN, &bar, "100", NEAP_MAKER);
  buy.ticket.limit = dec("99.99");
  expect(&buy, NEAP_BAR_OPEN, &bar, "-", NEAP_MAKER);
  expect(&buy, NEAP_BAR_RANGE, &bar, "99.99", NEAP_MAKER);
  buy.ticket.limit = dec("90");
  expect(&buy, NEAP_BAR_RANGE, &bar, "90", NEAP_MAKER);
  buy.ticket.limit = dec("89.99");
  expect(&buy, NEAP_BAR_RANGE, &bar, "-", NEAP_MAKER);
  neap_working_order sell = order_of(NEAP_LIMIT, NEAP_SELL, "100", "0");
  expect(&sell, NEAP_BAR_OPEN, &bar, "100", NEAP_TAKER);
  sell.ticket.limit = dec("110");
  expect(&sell, NEAP_BAR_RANGE, &bar, "110", NEAP_MAKER);
  sell.ticket.limit = dec("110.01");
  expect(&sell, NEAP_BAR_RANGE, &bar, "-", NEAP_MAKER);
}

static void limit_is_never_exceeded_by_rounding(void **state) {
  (void)state;
  neap_candle bar = bar_of("100.001", "110", "90", "105");
  neap_working_order buy = order_of(NEAP_LIMIT, NEAP_BUY, "100.005", "0");
  expect(&buy, NEAP_BAR_OPEN, &bar, "100.005", NEAP_TAKER);
}

static void stop_fills_at_its_price_or_at_a_worse_open(void **state) {
  (void)state;
  neap_candle bar = bar_of("100", "110", "90", "105");
  neap_working_order sell = order_of(NEAP_STOP, NEAP_SELL, "0", "95");
  expect(&sell, NEAP_BAR_OPEN, &bar, "-", NEAP_TAKER);
  assert_false(sell.triggered);
  expect(&sell, NEAP_BAR_RANGE, &bar, "95", NEAP_TAKER);
  assert_true(sell.triggered);
  expect(&sell, NEAP_BAR_RANGE, &bar, "-", NEAP_TAKER);
  expect(&sell, NEAP_BAR_OPEN, &bar, "100", NEAP_TAKER);
  sell = order_of(NEAP_STOP, NEAP_SELL, "0", "100");
  expect(&sell, NEAP_BAR_OPEN, &bar, "100", NEAP_TAKER);
  sell = order_of(NEAP_STOP, NEAP_SELL, "0", "89.99");
  expect(&sell, NEAP_BAR_RANGE, &bar, "-", NEAP_TAKER);
  neap_working_order buy = order_of(NEAP_STOP, NEAP_BUY, "0", "99");
  expect(&buy, NEAP_BAR_OPEN, &bar, "100", NEAP_TAKER);
  buy = order_of(NEAP_STOP, NEAP_BUY, "0", "110");
  expect(&buy, NEAP_BAR_RANGE, &bar, "110", NEAP_TAKER);
}

static void stop_limit_waits_when_its_limit_does_not_allow_the_trigger(void **state) {
  (void)state;
  neap_candle bar = bar_of("100", "110", "90", "105");
  neap_working_order buy = order_of(NEAP_STOP_LIMIT, NEAP_BUY, "106", "105");
  expect(&buy, NEAP_BAR_OPEN, &bar, "-", NEAP_TAKER);
  expect(&buy, NEAP_BAR_RANGE, &bar, "105", NEAP_TAKER);
  buy = order_of(NEAP_STOP_LIMIT, NEAP_BUY, "104", "105");
  expect(&buy, NEAP_BAR_RANGE, &bar, "-", NEAP_TAKER);
  assert_true(buy.triggered);
  buy.resting = true;
  expect(&buy, NEAP_BAR_OPEN, &bar, "100", NEAP_MAKER);
  buy = order_of(NEAP_STOP_LIMIT, NEAP_BUY, "98", "97");
  expect(&buy, NEAP_BAR_OPEN, &bar, "-", NEAP_TAKER);
  expect(&buy, NEAP_BAR_RANGE, &bar, "98", NEAP_MAKER);
}

static void trailing_stop_moves_after_the_bar(void **state) {
  (void)state;
  neap_working_order sell = order_of(NEAP_TRAILING_STOP, NEAP_SELL, "0", "0");
  sell.ticket.trail_bps = dec("500");
  neap_candle bar = bar_of("100", "110", "96", "105");
  expect(&sell, NEAP_BAR_OPEN, &bar, "-", NEAP_TAKER);
  assert_decimal(sell.trail_stop, "95");
  expect(&sell, NEAP_BAR_RANGE, &bar, "-", NEAP_TAKER);
  assert_decimal(sell.trail_stop, "104.5");
  bar = bar_of("105", "106", "104.51", "105");
  expect(&sell, NEAP_BAR_OPEN, &bar, "-", NEAP_TAKER);
  expect(&sell, NEAP_BAR_RANGE, &bar, "-", NEAP_TAKER);
  assert_decimal(sell.trail_stop, "104.5");
  bar = bar_of("105", "200", "104", "105");
  expect(&sell, NEAP_BAR_RANGE, &bar, "104.5", NEAP_TAKER);
  neap_working_order buy = order_of(NEAP_TRAILING_STOP, NEAP_BUY, "0", "111");
  buy.ticket.trail_bps = dec("1000");
  bar = bar_of("100", "105", "80.005", "90");
  expect(&buy, NEAP_BAR_RANGE, &bar, "-", NEAP_TAKER);
  assert_decimal(buy.trail_stop, "88.01");
  bar = bar_of("95", "99", "94", "95");
  expect(&buy, NEAP_BAR_OPEN, &bar, "95", NEAP_TAKER);
}

static void expect_slip(const neap_fill_model *model, const neap_working_order *order, const neap_candle *bar,
                        const char *quantity, const char *base, const char *expected) {
  neap_product product = product_of();
  neap_decimal price;
  assert_int_equal(neap_candle_fill_slip(model, order, &product, bar, dec(quantity), dec(base), &price), NEAP_OK);
  assert_decimal(price, expected);
}

static void slippage_is_against_the_order_within_its_bounds(void **state) {
  (void)state;
  neap_candle bar = bar_of("100", "110", "90", "105");
  neap_fill_model model = {.slippage = NEAP_SLIPPAGE_BPS};
  model.slippage_bps = dec("10.5");
  neap_working_order buy = order_of(NEAP_MARKET, NEAP_BUY, "0", "0"), sell = order_of(NEAP_MARKET, NEAP_SELL, "0", "0");
  expect_slip(&model, &buy, &bar, "1", "100", "100.11");
  expect_slip(&model, &sell, &bar, "1", "100", "99.89");
  sell = order_of(NEAP_STOP, NEAP_SELL, "0", "90.05");
  expect_slip(&model, &sell, &bar, "1", "90.05", "90");
  bar.open = bar.high = dec("90.05");
  expect_slip(&model, &sell, &bar, "1", "90.05", "89.95");
  bar = bar_of("100", "110", "90", "105");
  buy = order_of(NEAP_LIMIT, NEAP_BUY, "100.05", "0");
  expect_slip(&model, &buy, &bar, "1", "100", "100.05");
  model.slippage = NEAP_SLIPPAGE_NONE;
  expect_slip(&model, &sell, &bar, "1", "90.05", "90.05");
  model = (neap_fill_model){.slippage = NEAP_SLIPPAGE_BPS, .slippage_bps = dec("20000")};
  bar.open = dec("90.05");
  expect_slip(&model, &sell, &bar, "1", "90.05", "0.01");
}

static void volume_share_moves_the_price_by_the_square(void **state) {
  (void)state;
  neap_candle bar = bar_of("100", "110", "90", "105");
  neap_fill_model model = {.slippage = NEAP_SLIPPAGE_VOLUME_SHARE};
  model.impact = dec("0.1");
  neap_working_order buy = order_of(NEAP_MARKET, NEAP_BUY, "0", "0");
  expect_slip(&model, &buy, &bar, "50", "100", "102.5");
  expect_slip(&model, &buy, &bar, "1000", "100", "110");
  model.volume_share = dec("0.5");
  expect_slip(&model, &buy, &bar, "1000", "100", "102.5");
  bar.volume = NEAP_ZERO;
  expect_slip(&model, &buy, &bar, "1", "100", "102.5");
}

static void volume_limit_leaves_whole_increments(void **state) {
  (void)state;
  neap_product product = product_of();
  neap_candle bar = bar_of("100", "110", "90", "105");
  neap_fill_model model = {.slippage = NEAP_SLIPPAGE_NONE};
  neap_decimal left;
  assert_int_equal(neap_candle_fill_limit_volume(&model, &product, &bar, NEAP_ZERO, dec("1000"), &left), NEAP_OK);
  assert_decimal(left, "1000");
  model.volume_share = dec("0.0255");
  assert_int_equal(neap_candle_fill_limit_volume(&model, &product, &bar, dec("1"), dec("1000"), &left), NEAP_OK);
  assert_decimal(left, "1.5");
  assert_int_equal(neap_candle_fill_limit_volume(&model, &product, &bar, dec("1"), dec("1.5"), &left), NEAP_OK);
  assert_decimal(left, "1.5");
  assert_int_equal(neap_candle_fill_limit_volume(&model, &product, &bar, dec("3"), dec("1.5"), &left), NEAP_OK);
  assert_decimal(left, "0");
}

static void prices_at_the_edge_of_the_range_fail_cleanly(void **state) {
  (void)state;
  neap_product product = product_of();
  neap_candle bar = bar_of("17000000000000000000000", "17000000000000000000000", "1", "1");
  neap_fill_model model = {.slippage = NEAP_SLIPPAGE_BPS, .slippage_bps = dec("5000")};
  neap_working_order buy = order_of(NEAP_MARKET, NEAP_BUY, "0", "0");
  neap_decimal price;
  assert_int_equal(neap_candle_fill_slip(&model, &buy, &product, &bar, dec("1"), bar.open, &price), NEAP_RANGE);
  neap_working_order trailing = order_of(NEAP_TRAILING_STOP, NEAP_BUY, "0", "0");
  neap_candle_quote quote;
  trailing.ticket.trail_bps = dec("5000");
  assert_int_equal(neap_candle_fill_quote(&trailing, &product, NEAP_BAR_OPEN, &bar, &quote), NEAP_RANGE);
  assert_false(quote.fills);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(market_fills_at_the_open_only),
      cmocka_unit_test(limit_fills_at_the_open_or_at_its_price),
      cmocka_unit_test(limit_is_never_exceeded_by_rounding),
      cmocka_unit_test(stop_fills_at_its_price_or_at_a_worse_open),
      cmocka_unit_test(stop_limit_waits_when_its_limit_does_not_allow_the_trigger),
      cmocka_unit_test(trailing_stop_moves_after_the_bar),
      cmocka_unit_test(slippage_is_against_the_order_within_its_bounds),
      cmocka_unit_test(volume_share_moves_the_price_by_the_square),
      cmocka_unit_test(volume_limit_leaves_whole_increments),
      cmocka_unit_test(prices_at_the_edge_of_the_range_fail_cleanly),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
