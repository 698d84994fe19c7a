/* SPDX-License-Identifier: MIT */
/* Sizes by formula: what a stop may cost never costs more, and one increment more would. */
#include "risk/sizing.h"

#include <math.h>
#include <stdio.h>

#include "support.h"

enum { SEED = 20240601, TRIES = 20000 };

static unsigned roll(uint64_t *dice, unsigned sides) {
  *dice = *dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (unsigned)(*dice >> 33) % sides;
}

static neap_decimal hundredths(unsigned n) { return (neap_decimal){neap_decimal_from_int(n).units / 100}; }

/* quantity × contract × (distance + fees), by another way than the formula: in whole units, rounded down. */
static neap_decimal loss_of(const neap_product *product, const neap_stake *stake, neap_decimal quantity) {
  neap_decimal in, out, fee_in, fee_out, loss;
  assert_int_equal(neap_product_notional(product, stake->entry, quantity, &in), NEAP_OK);
  assert_int_equal(neap_product_notional(product, stake->stop_loss, quantity, &out), NEAP_OK);
  assert_int_equal(neap_decimal_mul_div(in, stake->entry_bps, neap_decimal_from_int(10000), NEAP_DECIMAL_DIGITS,
                                        NEAP_ROUND_DOWN, &fee_in),
                   NEAP_OK);
  assert_int_equal(neap_decimal_mul_div(out, stake->exit_bps, neap_decimal_from_int(10000), NEAP_DECIMAL_DIGITS,
                                        NEAP_ROUND_DOWN, &fee_out),
                   NEAP_OK);
  loss.units = (stake->side == NEAP_BUY ? in.units - out.units : out.units - in.units) + fee_in.units + fee_out.units;
  return loss;
}

static neap_stake draw(uint64_t *dice) {
  neap_stake stake = {.equity = hundredths(1 + roll(dice, 5000000)),
                      .share = {neap_decimal_from_int(1 + (int)roll(dice, 1000)).units / 1000},
                      .side = roll(dice, 2) ? NEAP_BUY : NEAP_SELL,
                      .entry_bps = hundredths(roll(dice, 10000)),
                      .exit_bps = hundredths(roll(dice, 10000))};
  neap_decimal low = hundredths(100 + roll(dice, 500000)), high = {low.units + hundredths(1 + roll(dice, 20000)).units};
  stake.entry = stake.side == NEAP_BUY ? high : low;
  stake.stop_loss = stake.side == NEAP_BUY ? low : high;
  return stake;
}

static void a_stop_never_costs_more_than_the_share(void **state) {
  (void)state;
  uint64_t dice = SEED;
  neap_product product;
  assert_int_equal(neap_product_init(&product, "BTC-USD", NULL), NEAP_OK);
  product.base_increment = (neap_decimal){neap_decimal_from_int(1).units / 1000};
  for (int i = 0; i < TRIES; i++) {
    neap_decimal quantity, budget;
    product.contract_size = hundredths(1 + roll(&dice, 1000));
    const neap_stake stake = draw(&dice);
    assert_int_equal(neap_size_at_stop(&product, &stake, &quantity), NEAP_OK);
    assert_int_equal(neap_decimal_mul(stake.equity, stake.share, NEAP_DECIMAL_DIGITS, NEAP_ROUND_DOWN, &budget),
                     NEAP_OK);
    assert_true(neap_decimal_cmp(loss_of(&product, &stake, quantity), budget) <= 0);
    quantity.units += product.base_increment.units;
    assert_true(loss_of(&product, &stake, quantity).units + 10000000 > budget.units);
  }
}

static void a_stop_on_the_wrong_side_has_no_size(void **state) {
  (void)state;
  neap_product product;
  neap_decimal quantity = neap_decimal_from_int(7);
  assert_int_equal(neap_product_init(&product, "BTC-USD", NULL), NEAP_OK);
  neap_stake stake = {.equity = neap_decimal_from_int(1000),
                      .share = hundredths(1),
                      .side = NEAP_BUY,
                      .entry = neap_decimal_from_int(100),
                      .stop_loss = neap_decimal_from_int(100)};
  assert_int_equal(neap_size_at_stop(&product, &stake, &quantity), NEAP_INVALID);
  stake.side = NEAP_SELL;
  assert_int_equal(neap_size_at_stop(&product, &stake, &quantity), NEAP_INVALID);
  stake.stop_loss = neap_decimal_from_int(99);
  assert_int_equal(neap_size_at_stop(&product, &stake, &quantity), NEAP_INVALID);
  assert_int_equal(neap_decimal_cmp(quantity, neap_decimal_from_int(7)), 0);
  stake.stop_loss = neap_decimal_from_int(101);
  stake.equity = neap_decimal_from_int(-5);
  assert_int_equal(neap_size_at_stop(&product, &stake, &quantity), NEAP_OK);
  assert_true(neap_decimal_is_zero(quantity));
}

static void what_fits_no_decimal_is_said(void **state) {
  (void)state;
  neap_product product;
  neap_decimal quantity;
  assert_int_equal(neap_product_init(&product, "BTC-USD", NULL), NEAP_OK);
  const neap_stake stake = {.equity = neap_decimal_from_int(INT64_C(1000000000000000)),
                            .share = neap_decimal_from_int(1),
                            .side = NEAP_BUY,
                            .entry = {2},
                            .stop_loss = {1}};
  assert_int_equal(neap_size_at_stop(&product, &stake, &quantity), NEAP_RANGE);
}

static neap_liquidity_view draw_view(uint64_t *dice) {
  bool is_book = roll(dice, 2);
  return (neap_liquidity_view){.source = is_book ? NEAP_LIQUIDITY_BOOK : NEAP_LIQUIDITY_CANDLE,
                               .bid_value = hundredths(1 + roll(dice, 100000000)),
                               .ask_value = hundredths(1 + roll(dice, 100000000)),
                               .volatility_bps = hundredths(1 + roll(dice, 100000)),
                               .turnover = hundredths(1 + roll(dice, 1000000000))};
}

static neap_decimal impact_of(const neap_liquidity_view *view, bool buys, neap_decimal value) {
  neap_decimal spread, impact;
  assert_int_equal(neap_liquidity_expect(view, buys, value, &spread, &impact), NEAP_OK);
  return impact;
}

static void a_capacity_is_the_most_that_stays_within_its_impact(void **state) {
  (void)state;
  uint64_t dice = SEED;
  for (int i = 0; i < TRIES; i++) {
    const neap_liquidity_view view = draw_view(&dice);
    bool buys = roll(&dice, 2);
    neap_decimal most = hundredths(1 + roll(&dice, 20000)), value;
    assert_int_equal(neap_liquidity_capacity(&view, buys, most, &value), NEAP_OK);
    assert_true(neap_decimal_cmp(impact_of(&view, buys, value), most) <= 0);
    value.units += value.units / 100000 + 10000;
    assert_true(neap_decimal_cmp(impact_of(&view, buys, value), most) > 0);
  }
  const neap_liquidity_view unknown = {.source = NEAP_LIQUIDITY_UNKNOWN}, empty = {.source = NEAP_LIQUIDITY_BOOK};
  neap_decimal value;
  assert_int_equal(neap_liquidity_capacity(&unknown, true, hundredths(1), &value), NEAP_NOT_FOUND);
  assert_int_equal(neap_liquidity_capacity(&empty, true, hundredths(1), &value), NEAP_NOT_FOUND);
}

/* Against the textbook's form in doubles. */
static void kelly_is_the_share_of_the_textbook(void **state) {
  (void)state;
  uint64_t dice = SEED;
  for (int i = 0; i < TRIES; i++) {
    const neap_trade_tally tally = {.wins = 1 + roll(&dice, 500),
                                    .losses = 1 + roll(&dice, 500),
                                    .won = hundredths(1 + roll(&dice, 5000)),
                                    .lost = hundredths(1 + roll(&dice, 5000))};
    double wins = (double)tally.wins, losses = (double)tally.losses, share = wins / (wins + losses);
    double ratio = neap_decimal_to_double(tally.won) / wins / (neap_decimal_to_double(tally.lost) / losses);
    double wanted = share - (1 - share) / ratio;
    neap_decimal kelly;
    assert_int_equal(neap_kelly_share(&tally, &kelly), NEAP_OK);
    assert_true(fabs(neap_decimal_to_double(kelly) - (wanted > 0 ? wanted : 0)) < 1e-9);
  }
  const neap_trade_tally none = {.wins = 0};
  neap_decimal kelly;
  assert_int_equal(neap_kelly_share(&none, &kelly), NEAP_NOT_FOUND);
}

static neap_decimal advise(neap_sizing_question question, const char *method, neap_limits *limits) {
  neap_sizing_advice advice;
  snprintf(limits->position_sizing_method, sizeof limits->position_sizing_method, "%s", method);
  question.limits = limits;
  assert_int_equal(neap_sizing_advise(&question, &advice), NEAP_OK);
  assert_true(advice.is_given && advice.value.units >= 0 && advice.reason < NEAP_SIZED_REASONS);
  return advice.value;
}

/* Intelligent is never more than any of its parts; aggressive never moves more than twice what conservative may. */
static void intelligent_is_the_smallest_of_its_parts(void **state) {
  (void)state;
  uint64_t dice = SEED;
  neap_product product;
  static neap_limits limits;
  neap_limits_default(&limits);
  assert_int_equal(neap_product_init(&product, "BTC-USD", NULL), NEAP_OK);
  for (int i = 0; i < TRIES; i++) {
    const neap_liquidity_view view = draw_view(&dice);
    limits.sizing_target_volatility = hundredths(1 + roll(&dice, 100));
    limits.sizing_max_impact_bps = hundredths(1 + roll(&dice, 5000));
    limits.position_sizing_multiplier = hundredths(1 + roll(&dice, 300));
    const neap_sizing_question question = {.product = &product,
                                           .stake = draw(&dice),
                                           .asked = hundredths(100),
                                           .held = hundredths(roll(&dice, 100000)),
                                           .leverage = 1 + roll(&dice, 10),
                                           .has_volatility = true,
                                           .takes = true,
                                           .volatility = hundredths(1 + roll(&dice, 300)),
                                           .liquidity = &view};
    bool buys = question.stake.side == NEAP_BUY;
    neap_decimal volatility = advise(question, "volatility_target", &limits);
    neap_decimal all = advise(question, "intelligent", &limits), twice = {limits.sizing_max_impact_bps.units * 2};
    assert_true(neap_decimal_cmp(all, volatility) <= 0);
    assert_true(neap_decimal_cmp(impact_of(&view, buys, all), limits.sizing_max_impact_bps) <= 0);
    snprintf(limits.sizing_mode, sizeof limits.sizing_mode, "aggressive");
    neap_decimal bold = advise(question, "intelligent", &limits);
    assert_true(neap_decimal_cmp(all, bold) <= 0 && neap_decimal_cmp(bold, volatility) <= 0);
    assert_true(neap_decimal_cmp(impact_of(&view, buys, bold), twice) <= 0);
    snprintf(limits.sizing_mode, sizeof limits.sizing_mode, "conservative");
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_stop_never_costs_more_than_the_share),
      cmocka_unit_test(a_stop_on_the_wrong_side_has_no_size),
      cmocka_unit_test(what_fits_no_decimal_is_said),
      cmocka_unit_test(a_capacity_is_the_most_that_stays_within_its_impact),
      cmocka_unit_test(kelly_is_the_share_of_the_textbook),
      cmocka_unit_test(intelligent_is_the_smallest_of_its_parts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
