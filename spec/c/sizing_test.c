/* SPDX-License-Identifier: MIT */
/* Sizes by formula: what a stop may cost never costs more, and one increment more would. */
#include "risk/sizing.h"

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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_stop_never_costs_more_than_the_share),
      cmocka_unit_test(a_stop_on_the_wrong_side_has_no_size),
      cmocka_unit_test(what_fits_no_decimal_is_said),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
