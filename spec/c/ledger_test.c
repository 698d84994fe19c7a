/* SPDX-License-Identifier: MIT */
/* ledger and fees: hand-worked positions, random fills that conserve cash to the last digit, amounts at their boundary,
 * overflow. */
#include "account/ledger.h"

#include "decimals.h"
#include "support.h"

enum { PRODUCTS = 4, STRATEGIES = 3 };

static neap_product product_of(const char *id, neap_product_kind kind, const char *price, const char *base,
                               const char *size) {
  neap_product product = {.quote = "USD", .kind = kind};
  strcpy(product.id, id);
  product.price_increment = dec(price);
  product.base_increment = dec(base);
  product.contract_size = dec(size);
  return product;
}

static void make_products(neap_product out[PRODUCTS]) {
  out[0] = product_of("BTC-USD", NEAP_SPOT, "0.01", "0.00000001", "1");
  out[1] = product_of("ETH-USD", NEAP_MARGIN, "0.01", "0.0001", "1");
  out[2] = product_of("BTC-PERP", NEAP_PERPETUAL, "0.1", "0.001", "1");
  out[3] = product_of("OIL-USD", NEAP_FUTURE, "0.01", "1", "0.1");
}

typedef struct fixture {
  neap_product products[PRODUCTS];
  neap_ledger *ledger;
} fixture;

static int set_up(void **state) {
  static fixture shared;
  make_products(shared.products);
  *state = &shared;
  if (neap_ledger_new("USD", shared.products, PRODUCTS, STRATEGIES, &shared.ledger, NULL) != NEAP_OK) return -1;
  for (uint32_t i = 0; i < STRATEGIES; i++)
    if (neap_ledger_deposit(shared.ledger, i, neap_decimal_from_int(100000), NULL) != NEAP_OK) return -1;
  return 0;
}

static int tear_down(void **state) {
  neap_ledger_free(((fixture *)*state)->ledger);
  return 0;
}

static neap_fill fill_of(uint32_t product, neap_side side, const char *quantity, const char *price, const char *fee) {
  return (neap_fill){.order = 1,
                     .trade = 1,
                     .product = product,
                     .side = side,
                     .price = dec(price),
                     .quantity = dec(quantity),
                     .fee = dec(fee),
                     .time = 5};
}

static void long_then_flip_then_flat(void **state) {
  fixture *f = *state;
  neap_booking booking;
  neap_fill fill = fill_of(1, NEAP_BUY, "2", "100", "1");
  assert_int_equal(neap_ledger_apply(f->ledger, &fill, &booking, NULL), NEAP_OK);
  assert_decimal(booking.cash_change, "-201");
  fill = fill_of(1, NEAP_SELL, "3", "110", "0.5");
  fill.time = 9;
  assert_int_equal(neap_ledger_apply(f->ledger, &fill, &booking, NULL), NEAP_OK);
  assert_decimal(booking.realized, "20");
  assert_decimal(booking.closed_quantity, "2");
  assert_decimal(booking.closed_cost, "200");
  const neap_position *position = neap_ledger_position(f->ledger, 0, 1);
  assert_decimal(position->quantity, "-1");
  assert_decimal(position->cost, "-110");
  assert_int_equal(position->opened_at, 9);
  neap_decimal marks[PRODUCTS] = {{0}, dec("105"), {0}, {0}}, value;
  assert_int_equal(neap_position_unrealized(position, &f->products[1], dec("105"), &value), NEAP_OK);
  assert_decimal(value, "5");
  assert_int_equal(neap_ledger_equity(f->ledger, 0, marks, &value), NEAP_OK);
  assert_decimal(value, "100023.5");
  assert_int_equal(neap_ledger_exposure(f->ledger, 0, marks, &value), NEAP_OK);
  assert_decimal(value, "105");
  fill = fill_of(1, NEAP_BUY, "1", "105", "0");
  assert_int_equal(neap_ledger_apply(f->ledger, &fill, &booking, NULL), NEAP_OK);
  assert_decimal(position->realized, "25");
  assert_decimal(position->cost, "0");
  assert_int_equal(position->opened_at, 0);
  assert_decimal(neap_ledger_cash(f->ledger, 0), "100023.5");
  assert_decimal(neap_ledger_account_cash(f->ledger), "300023.5");
}

static void derivatives_move_cash_by_profit_only(void **state) {
  fixture *f = *state;
  neap_booking booking;
  neap_fill fill = fill_of(3, NEAP_SELL, "10", "80", "2");
  assert_int_equal(neap_ledger_apply(f->ledger, &fill, &booking, NULL), NEAP_OK);
  assert_decimal(booking.notional, "80");
  assert_decimal(booking.cash_change, "-2");
  neap_decimal marks[PRODUCTS] = {{0}, {0}, {0}, dec("70")}, value;
  assert_int_equal(neap_ledger_equity(f->ledger, 0, marks, &value), NEAP_OK);
  assert_decimal(value, "100008");
  fill = fill_of(3, NEAP_BUY, "4", "70", "1");
  assert_int_equal(neap_ledger_apply(f->ledger, &fill, &booking, NULL), NEAP_OK);
  assert_decimal(booking.realized, "4");
  assert_decimal(booking.cash_change, "3");
}

static void released_cost_is_rounded_once_and_nothing_is_lost(void **state) {
  fixture *f = *state;
  neap_booking booking;
  neap_fill fill = fill_of(0, NEAP_BUY, "3", "33.33", "0");
  assert_int_equal(neap_ledger_apply(f->ledger, &fill, &booking, NULL), NEAP_OK);
  fill = fill_of(0, NEAP_BUY, "0.00000004", "0.01", "0");
  assert_int_equal(neap_ledger_apply(f->ledger, &fill, &booking, NULL), NEAP_OK);
  fill = fill_of(0, NEAP_SELL, "1", "33.33", "0");
  assert_int_equal(neap_ledger_apply(f->ledger, &fill, &booking, NULL), NEAP_OK);
  assert_decimal(booking.closed_cost, "33.329999555733");
  fill = fill_of(0, NEAP_SELL, "2.00000004", "33.33", "0");
  assert_int_equal(neap_ledger_apply(f->ledger, &fill, &booking, NULL), NEAP_OK);
  assert_decimal(neap_ledger_position(f->ledger, 0, 0)->cost, "0");
  assert_decimal(neap_ledger_cash(f->ledger, 0), "100000.0000013328");
}

static void released_cost_is_rounded_half_even(void **state) {
  fixture *f = *state;
  neap_booking booking;
  const char *const prices[] = {"33", "33", "34"};
  for (unsigned i = 0; i < 3; i++) {
    neap_fill buy = fill_of(1, NEAP_BUY, "1", prices[i], "0");
    assert_int_equal(neap_ledger_apply(f->ledger, &buy, &booking, NULL), NEAP_OK);
  }
  neap_fill sell = fill_of(1, NEAP_SELL, "2", "34", "0");
  assert_int_equal(neap_ledger_apply(f->ledger, &sell, &booking, NULL), NEAP_OK);
  assert_decimal(booking.closed_cost, "66.666666666667");
  assert_decimal(booking.cost_after, "33.333333333333");
}

static void refuse(fixture *f, const neap_fill *fill, neap_status expected, const char *code) {
  neap_booking booking;
  neap_fault fault = {0};
  neap_decimal cash = neap_ledger_cash(f->ledger, 0);
  neap_position before = *neap_ledger_position(f->ledger, 0, 0);
  assert_int_equal(neap_ledger_apply(f->ledger, fill, &booking, &fault), expected);
  assert_string_equal(fault.code, code);
  assert_true(cash.units == neap_ledger_cash(f->ledger, 0).units);
  assert_memory_equal(&before, neap_ledger_position(f->ledger, 0, 0), sizeof before);
  assert_int_equal(neap_ledger_check(f->ledger, NULL), NEAP_OK);
}

static void bad_fills_leave_everything_untouched(void **state) {
  fixture *f = *state;
  neap_fill fill = fill_of(0, NEAP_SELL, "0.1", "100", "0");
  refuse(f, &fill, NEAP_REFUSED, "spot_short");
  fill = fill_of(0, NEAP_BUY, "0", "100", "0");
  refuse(f, &fill, NEAP_INVALID, "fill");
  fill = fill_of(0, NEAP_BUY, "1", "-100", "0");
  refuse(f, &fill, NEAP_INVALID, "fill");
  fill = fill_of(0, NEAP_BUY, "1", "100", "-1");
  refuse(f, &fill, NEAP_INVALID, "fill");
  fill = fill_of(0, NEAP_BUY, "1000000000000", "100000000000", "0");
  refuse(f, &fill, NEAP_RANGE, "overflow");
  fill = fill_of(0, NEAP_BUY, "1", "10000000000000000000000", "10000000000000000000000");
  refuse(f, &fill, NEAP_RANGE, "overflow");
  fill = fill_of(PRODUCTS, NEAP_BUY, "1", "1", "0");
  refuse(f, &fill, NEAP_INVALID, "unknown_product");
  fill = fill_of(0, NEAP_BUY, "1", "1", "0");
  fill.strategy = STRATEGIES;
  refuse(f, &fill, NEAP_INVALID, "unknown_strategy");
  assert_int_equal(neap_ledger_deposit(f->ledger, 0, dec("17000000000000000000000"), NULL), NEAP_OK);
  assert_int_equal(neap_ledger_deposit(f->ledger, 0, dec("17000000000000000000000"), NULL), NEAP_RANGE);
  assert_int_equal(neap_ledger_check(f->ledger, NULL), NEAP_OK);
  assert_null(neap_ledger_position(f->ledger, 0, PRODUCTS));
}

static void foreign_quotes_are_refused(void **state) {
  (void)state;
  neap_product products[PRODUCTS];
  neap_ledger *ledger = NULL;
  neap_fault fault;
  make_products(products);
  strcpy(products[2].quote, "EUR");
  assert_int_equal(neap_ledger_new("USD", products, PRODUCTS, 1, &ledger, &fault), NEAP_INVALID);
  assert_string_equal(fault.code, "no_valuation_path");
  assert_non_null(strstr(fault.message, "EUR"));
  neap_ledger_free(NULL);
}

static uint64_t next_random(uint64_t *seed) {
  *seed ^= *seed << 13;
  *seed ^= *seed >> 7;
  *seed ^= *seed << 17;
  return *seed;
}

static neap_fill random_fill(const fixture *f, uint64_t *seed) {
  neap_fill fill = {.order = 1, .trade = 1, .time = 1};
  fill.strategy = (uint32_t)(next_random(seed) % STRATEGIES);
  fill.product = (uint32_t)(next_random(seed) % PRODUCTS);
  fill.side = next_random(seed) % 2 ? NEAP_BUY : NEAP_SELL;
  const neap_product *product = &f->products[fill.product];
  fill.price.units = (__int128)(1 + next_random(seed) % 5000) * product->price_increment.units;
  fill.quantity.units = (__int128)(1 + next_random(seed) % 1000) * product->base_increment.units;
  const neap_fee_schedule fees = {.taker_bps = dec("12.3456789")};
  neap_decimal notional;
  assert_int_equal(neap_product_notional(product, fill.price, fill.quantity, &notional), NEAP_OK);
  assert_int_equal(neap_fee(&fees, NEAP_TAKER, notional, &fill.fee), NEAP_OK);
  return fill;
}

/* What an accountant keeps who knows nothing of positions: money in and out, and the market value at a common mark. */
typedef struct witness {
  __int128 flow[STRATEGIES]; /* − bought + sold − fees, over all products */
  __int128 held[STRATEGIES][PRODUCTS];
} witness;

static void watch(witness *w, const fixture *f, const neap_fill *fill) {
  __int128 sign = fill->side == NEAP_BUY ? 1 : -1;
  neap_decimal notional;
  assert_int_equal(neap_product_notional(&f->products[fill->product], fill->price, fill->quantity, &notional), NEAP_OK);
  w->flow[fill->strategy] -= sign * notional.units + fill->fee.units;
  w->held[fill->strategy][fill->product] += sign * fill->quantity.units;
}

static __int128 value_at_one(const witness *w, const fixture *f, uint32_t strategy) {
  __int128 total = w->flow[strategy] + dec("100000").units;
  for (uint32_t i = 0; i < PRODUCTS; i++)
    total += w->held[strategy][i] * f->products[i].contract_size.units / dec("1").units;
  return total;
}

/* Of a random position, at an amount that no rounding would give. */
static void fund_at_random(witness *w, const fixture *f, uint64_t *seed, int64_t boundary) {
  uint32_t strategy = (uint32_t)(next_random(seed) % STRATEGIES);
  neap_decimal amount = {(int64_t)next_random(seed) / 8};
  assert_int_equal(neap_ledger_fund(f->ledger, strategy, 2, amount, boundary, NULL), NEAP_OK);
  w->flow[strategy] += amount.units;
}

static void random_fills_conserve_cash(void **state) {
  fixture *f = *state;
  witness w = {0};
  uint64_t seed = 88172645463325252u;
  unsigned booked = 0, refused = 0;
  neap_decimal marks[PRODUCTS] = {dec("1"), dec("1"), dec("1"), dec("1")}, equity;
  for (unsigned i = 0; i < 60000; i++) {
    neap_fill fill = random_fill(f, &seed);
    neap_booking booking;
    if (i % 7 == 3) fund_at_random(&w, f, &seed, i);
    neap_status status = neap_ledger_apply(f->ledger, &fill, &booking, NULL);
    if (status == NEAP_REFUSED) refused++;
    if (status != NEAP_OK) {
      assert_int_equal(status, NEAP_REFUSED);
      continue;
    }
    booked++;
    watch(&w, f, &fill);
    assert_true(neap_ledger_position(f->ledger, fill.strategy, fill.product)->quantity.units ==
                w.held[fill.strategy][fill.product]);
    assert_int_equal(neap_ledger_equity(f->ledger, fill.strategy, marks, &equity), NEAP_OK);
    assert_true(equity.units == value_at_one(&w, f, fill.strategy));
    if (i % 1000 == 0) assert_int_equal(neap_ledger_check(f->ledger, NULL), NEAP_OK);
  }
  assert_int_equal(neap_ledger_check(f->ledger, NULL), NEAP_OK);
  neap_decimal sum = NEAP_ZERO;
  for (uint32_t i = 0; i < STRATEGIES; i++)
    assert_int_equal(neap_decimal_add(sum, neap_ledger_cash(f->ledger, i), &sum), NEAP_OK);
  assert_true(sum.units == neap_ledger_account_cash(f->ledger).units);
  assert_true(booked > 40000 && refused > 100);
}

static void fee_is_rounded_half_even_at_twelve_digits(void **state) {
  (void)state;
  const neap_fee_schedule fees = {.maker_bps = dec("0.0001"), .taker_bps = dec("10")};
  neap_decimal fee;
  assert_int_equal(neap_fee(&fees, NEAP_TAKER, dec("1234.5678"), &fee), NEAP_OK);
  assert_decimal(fee, "1.2345678");
  assert_int_equal(neap_fee(&fees, NEAP_MAKER, dec("0.00005"), &fee), NEAP_OK);
  assert_decimal(fee, "0");
  assert_int_equal(neap_fee(&fees, NEAP_MAKER, dec("0.00015"), &fee), NEAP_OK);
  assert_decimal(fee, "0.000000000002");
  assert_int_equal(neap_fee(&fees, NEAP_MAKER, dec("-1"), &fee), NEAP_INVALID);
  const neap_fee_schedule rebate = {.maker_bps = dec("-1")};
  assert_int_equal(neap_fee(&rebate, NEAP_MAKER, dec("1"), &fee), NEAP_OK);
  assert_decimal(fee, "-0.0001");
}

static bool fits(const neap_product *product, const neap_fee_schedule *fees, neap_decimal amount, neap_decimal price,
                 neap_decimal quantity) {
  neap_decimal notional, fee;
  if (neap_product_notional(product, price, quantity, &notional) != NEAP_OK) return false;
  assert_int_equal(neap_fee(fees, NEAP_TAKER, notional, &fee), NEAP_OK);
  return notional.units + fee.units <= amount.units;
}

static void amount_buys_the_most_it_can_and_not_one_more(void **state) {
  fixture *f = *state;
  uint64_t seed = 424242;
  const char *const rates[] = {"0", "10", "60", "0.0001", "9999.9999", "123456"};
  for (unsigned i = 0; i < 60000; i++) {
    const neap_product *product = &f->products[next_random(&seed) % PRODUCTS];
    const neap_fee_schedule fees = {.taker_bps = dec(rates[i % 6])};
    neap_decimal price = {(__int128)(1 + next_random(&seed) % (1u << (1 + i % 25))) * product->price_increment.units};
    neap_decimal amount = {(__int128)(next_random(&seed) >> (next_random(&seed) % 60)) * (i % 3 ? 1 : 10000)};
    neap_decimal quantity, more;
    assert_int_equal(neap_quantity_for_amount(product, &fees, NEAP_TAKER, true, amount, price, &quantity), NEAP_OK);
    assert_true(quantity.units >= 0 && quantity.units % product->base_increment.units == 0);
    assert_true(fits(product, &fees, amount, price, quantity));
    more.units = quantity.units + product->base_increment.units;
    assert_false(fits(product, &fees, amount, price, more));
  }
}

/* Amounts that are exactly a quantity's price, and one last digit less. */
static void amount_at_its_boundary(void **state) {
  fixture *f = *state;
  uint64_t seed = 7;
  const neap_fee_schedule fees = {.taker_bps = dec("10")};
  for (unsigned i = 0; i < 20000; i++) {
    neap_decimal price = {(__int128)(1 + next_random(&seed) % 10000000) * f->products[0].price_increment.units};
    neap_decimal wanted = {(__int128)(1 + next_random(&seed) % 1000000000) * f->products[0].base_increment.units};
    neap_decimal notional, fee, got;
    assert_int_equal(neap_product_notional(&f->products[0], price, wanted, &notional), NEAP_OK);
    assert_int_equal(neap_fee(&fees, NEAP_TAKER, notional, &fee), NEAP_OK);
    neap_decimal amount = {notional.units + fee.units};
    assert_int_equal(neap_quantity_for_amount(&f->products[0], &fees, NEAP_TAKER, true, amount, price, &got), NEAP_OK);
    assert_true(got.units == wanted.units);
    amount.units--;
    assert_int_equal(neap_quantity_for_amount(&f->products[0], &fees, NEAP_TAKER, true, amount, price, &got), NEAP_OK);
    assert_true(got.units == wanted.units - f->products[0].base_increment.units);
    assert_int_equal(neap_quantity_for_amount(&f->products[0], &fees, NEAP_TAKER, false, notional, price, &got),
                     NEAP_OK);
    assert_true(got.units == wanted.units);
  }
}

static void amounts_without_an_answer(void **state) {
  fixture *f = *state;
  const neap_fee_schedule fees = {.taker_bps = dec("10")};
  neap_decimal got = dec("5");
  assert_int_equal(neap_quantity_for_amount(f->products, &fees, NEAP_TAKER, true, dec("-1"), dec("1"), &got), NEAP_OK);
  assert_decimal(got, "0");
  assert_int_equal(neap_quantity_for_amount(f->products, &fees, NEAP_TAKER, true, dec("1"), dec("0"), &got),
                   NEAP_INVALID);
  neap_product tiny = product_of("X-USD", NEAP_SPOT, "0.0000000000000001", "1", "1");
  assert_int_equal(neap_quantity_for_amount(&tiny, &fees, NEAP_TAKER, true, dec("10000000000000000000000"),
                                            dec("0.0000000000000001"), &got),
                   NEAP_RANGE);
  assert_decimal(got, "0");
  neap_product coarse = product_of("Y-USD", NEAP_SPOT, "0.01", "100000000000000000000", "1");
  assert_int_equal(neap_quantity_for_amount(&coarse, &fees, NEAP_TAKER, true, dec("100000"), dec("3"), &got), NEAP_OK);
  assert_decimal(got, "0");
}

#define WITH_LEDGER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_LEDGER(long_then_flip_then_flat),
      WITH_LEDGER(derivatives_move_cash_by_profit_only),
      WITH_LEDGER(released_cost_is_rounded_once_and_nothing_is_lost),
      WITH_LEDGER(released_cost_is_rounded_half_even),
      WITH_LEDGER(bad_fills_leave_everything_untouched),
      cmocka_unit_test(foreign_quotes_are_refused),
      WITH_LEDGER(random_fills_conserve_cash),
      cmocka_unit_test(fee_is_rounded_half_even_at_twelve_digits),
      WITH_LEDGER(amount_buys_the_most_it_can_and_not_one_more),
      WITH_LEDGER(amount_at_its_boundary),
      WITH_LEDGER(amounts_without_an_answer),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
