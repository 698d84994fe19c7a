/* SPDX-License-Identifier: MIT */
/* venue_money: wallets and positions of the venue conserve every currency to the last digit, and its check finds each
 * sum that does not. */
#include "venue/margin.h"

#include <stdlib.h>

#include "dice.h"
#include "session_support.h"
#include "venue/margin.h"
#include "venue/orders.h"
#include "venue/wallet.h"

#define A_DAY (86400 * NEAP_SECOND)
#define AN_HOUR (3600 * NEAP_SECOND)

enum { USERS = 3, HOUSE = 0 };

static neap_venue *venue_of_users(void) {
  neap_venue_options options = neap_venue_default_options();
  neap_venue *venue;
  options.start = 20000 * A_DAY;
  assert_int_equal(neap_venue_new(&options, &venue, NULL), NEAP_OK);
  for (uint32_t i = 1; i <= USERS; i++) {
    char name[2] = {(char)('a' + i), 0};
    uint32_t key;
    neap_venue_key_options of = {.name = name, .permissions = NEAP_MAY_TRADE};
    assert_int_equal(neap_venue_add_key(venue, &of, &key, NULL), NEAP_OK);
    assert_int_equal(neap_venue_deposit(venue, key, "USD", dec("1000000"), NULL), NEAP_OK);
    assert_int_equal(neap_venue_deposit(venue, key, "BTC", dec("3"), NULL), NEAP_OK);
  }
  return venue;
}

static uint32_t product_of(const neap_venue *venue, const char *id) {
  const neap_venue_product *product = neap_venue_product_named(venue, id);
  assert_non_null(product);
  return (uint32_t)(product - venue->products);
}

static uint32_t future_of(const neap_venue *venue) { return product_of(venue, "BIP-20DEC30-CDE"); }

static void trade(neap_venue *venue, uint32_t buyer, uint32_t seller, uint32_t product, int64_t contracts,
                  const char *notional) {
  neap_decimal value = dec(notional);
  assert_int_equal(neap_venue_position_trade(venue, buyer, product, NEAP_BUY, contracts, value), NEAP_OK);
  assert_int_equal(neap_venue_position_trade(venue, seller, product, NEAP_SELL, contracts, value), NEAP_OK);
}

static void assert_good(const neap_venue *venue) {
  neap_fault fault;
  if (neap_venue_check(venue, &fault) != NEAP_OK) fail_msg("%s: %s", fault.code, fault.message);
  assert_false(venue->has_failed);
}

static neap_decimal dollars(const neap_venue *venue, uint32_t portfolio) {
  return neap_venue_available(venue, portfolio, "USD");
}

/* --- positions --------------------------------------------------------------------------------------------------- */

static void profit_is_proceeds_less_average_cost(void **state) {
  (void)state;
  neap_venue *venue = venue_of_users();
  uint32_t future = future_of(venue);
  trade(venue, 1, 2, future, 1, "100");
  trade(venue, 1, 2, future, 2, "206");
  const neap_venue_position *position = neap_venue_position_of(venue, 1, future);
  assert_decimal(position->cost, "306");
  trade(venue, HOUSE, 1, future, 1, "110");
  position = neap_venue_position_of(venue, 1, future);
  assert_int_equal(position->contracts, 2);
  assert_decimal(position->cost, "204");
  assert_decimal(position->realized, "8");
  assert_decimal(dollars(venue, 1), "1000008");
  assert_decimal(dollars(venue, HOUSE), "-8");
  trade(venue, 2, 1, future, 5, "500"); /* through zero: closes 2 at 200, opens a short of 3 at 300 */
  position = neap_venue_position_of(venue, 1, future);
  assert_int_equal(position->contracts, -3);
  assert_decimal(position->cost, "-300");
  assert_decimal(position->realized, "4");
  assert_good(venue);
  trade(venue, 1, HOUSE, future, 3, "270");
  assert_decimal(neap_venue_position_of(venue, 1, future)->realized, "34");
  assert_decimal(neap_venue_position_of(venue, 1, future)->cost, "0");
  assert_good(venue);
  neap_venue_free(venue);
}

static void what_a_division_leaves_over_is_kept(void **state) {
  (void)state;
  neap_venue *venue = venue_of_users();
  uint32_t future = future_of(venue);
  trade(venue, 1, 2, future, 3, "100");
  for (int i = 0; i < 3; i++) {
    trade(venue, 2, 1, future, 1, "33.34");
    assert_good(venue);
  }
  assert_decimal(neap_venue_position_of(venue, 1, future)->realized, "0.02");
  assert_decimal(dollars(venue, 1), "1000000.02");
  assert_decimal(dollars(venue, 2), "999999.98");
  assert_decimal(dollars(venue, HOUSE), "0");
  neap_venue_free(venue);
}

static void profit_of_the_day_ends_with_it(void **state) {
  (void)state;
  neap_venue *venue = venue_of_users();
  uint32_t future = future_of(venue);
  trade(venue, 1, 2, future, 2, "100");
  trade(venue, 2, 1, future, 1, "60");
  const neap_venue_position *position = neap_venue_position_of(venue, 1, future);
  assert_decimal(neap_venue_realized_today(venue, position), "10");
  neap_venue_advance(venue, 20000 * A_DAY + A_DAY - 1);
  assert_decimal(neap_venue_realized_today(venue, position), "10");
  neap_venue_advance(venue, 20001 * A_DAY);
  assert_decimal(neap_venue_realized_today(venue, position), "0");
  trade(venue, 2, 1, future, 1, "51");
  assert_decimal(neap_venue_realized_today(venue, position), "1");
  assert_decimal(position->realized, "11");
  neap_venue_free(venue);
}

static void positions_ask_for_margin_at_the_mark(void **state) {
  (void)state;
  neap_venue *venue = venue_of_users();
  uint32_t future = future_of(venue); /* a hundredth of a bitcoin; last 65080 */
  trade(venue, 1, 2, future, 10, "6000");
  neap_venue_view view = neap_venue_view_of(venue, neap_venue_position_of(venue, 2, future));
  assert_decimal(view.entry, "60000");
  assert_decimal(view.size, "-10");
  assert_decimal(view.unrealized, "-508");
  neap_venue_margin margin = neap_venue_margin_of(venue, 1, NEAP_FUTURE, "USD");
  assert_decimal(margin.notional, "6508");
  assert_decimal(margin.unrealized, "508");
  assert_decimal(margin.initial, "6508");
  assert_decimal(margin.maintenance, "429.528");
  assert_decimal(neap_venue_movable(venue, 1, "USD"), "993492"); /* without the profit */
  assert_decimal(neap_venue_buying_power(venue, 1, "USD"), "994000");
  assert_decimal(neap_venue_movable(venue, 2, "USD"), "992984");
  assert_decimal(neap_venue_buying_power(venue, 2, "USD"), "992984");
  assert_decimal(neap_venue_movable(venue, 3, "USD"), "1000000");
  assert_int_equal(neap_venue_hold(venue, 1, "USD", dec("994000.01"), NULL), NEAP_REFUSED);
  assert_int_equal(neap_venue_hold(venue, 1, "USD", dec("994000"), NULL), NEAP_OK);
  assert_decimal(neap_venue_buying_power(venue, 1, "USD"), "0");
  neap_venue_position_of(venue, 2, future)->leverage = dec("10");
  assert_decimal(neap_venue_movable(venue, 2, "USD"), "998841.2");
  neap_venue_free(venue);
}

static void a_short_is_liquidated_above_and_a_long_below(void **state) {
  (void)state;
  neap_venue *venue = venue_of_users();
  uint32_t future = future_of(venue);
  trade(venue, 1, 2, future, 1000, "600000");
  assert_int_equal(neap_venue_deposit(venue, 1, "USD", dec("-900000"), NULL), NEAP_OK);
  neap_decimal price = neap_venue_liquidation_price(venue, 1, neap_venue_position_of(venue, 1, future));
  assert_decimal(price, "53533.190578158458"); /* 500000 ÷ (10 × 0.934) */
  price = neap_venue_liquidation_price(venue, 2, neap_venue_position_of(venue, 2, future));
  assert_decimal(price, "150093.808630393996"); /* 1600000 ÷ (10 × 1.066) */
  neap_venue_balance balance = neap_venue_balance_of(venue, 1);
  assert_decimal(balance.margin.unrealized, "50800");
  assert_decimal(balance.buffer, "107847.2"); /* 100000 + 50800 − 0.066 × 650800 */
  assert_decimal(balance.percentage, "251.08");
  assert_string_equal(neap_venue_margin_level(&balance), "MARGIN_LEVEL_TYPE_WARNING");
  neap_venue_free(venue);
}

/* --- random ------------------------------------------------------------------------------------------------------ */

static neap_decimal throw_amount(uint64_t *dice) {
  return (neap_decimal){(__int128)dice_roll(dice, UINT64_C(1000000000000000000)) * (int64_t)(1 + dice_roll(dice, 97))};
}

static void throw_trade(neap_venue *venue, uint64_t *dice, uint32_t product) {
  uint32_t buyer = (uint32_t)dice_roll(dice, USERS + 1), seller = (uint32_t)dice_roll(dice, USERS + 1);
  int64_t contracts = 1 + (int64_t)dice_roll(dice, 1000);
  neap_decimal notional = throw_amount(dice);
  assert_int_equal(neap_venue_position_trade(venue, buyer, product, NEAP_BUY, contracts, notional), NEAP_OK);
  assert_int_equal(neap_venue_position_trade(venue, seller, product, NEAP_SELL, contracts, notional), NEAP_OK);
}

/* Part of what is held comes back, the rest stays with an order until its end. */
static void throw_hold(neap_venue *venue, uint64_t *dice, neap_venue_order *order) {
  neap_decimal amount = throw_amount(dice), back = {amount.units / 3};
  if (order->held.units) neap_venue_release(venue, order->portfolio, "BTC", order->held);
  order->held = NEAP_ZERO, order->portfolio = 1 + (uint32_t)dice_roll(dice, USERS);
  neap_decimal had = neap_venue_available(venue, order->portfolio, "BTC");
  neap_status status = neap_venue_hold(venue, order->portfolio, "BTC", amount, NULL);
  assert_int_equal(status, neap_decimal_cmp(had, amount) < 0 ? NEAP_REFUSED : NEAP_OK);
  if (status != NEAP_OK) return;
  neap_venue_release(venue, order->portfolio, "BTC", back);
  order->held.units = amount.units - back.units;
}

static void throw_move(neap_venue *venue, uint64_t *dice) {
  uint32_t from = 1 + (uint32_t)dice_roll(dice, USERS), to = (uint32_t)dice_roll(dice, USERS + 1);
  neap_decimal amount = throw_amount(dice);
  if (neap_decimal_cmp(neap_venue_available(venue, from, "BTC"), amount) < 0) return;
  neap_venue_move(venue, from, to, "BTC", amount);
}

/* The house takes back what everyone has: what was realized is then what is in the wallets. */
static void close_all(neap_venue *venue, uint32_t product) {
  for (uint32_t i = 1; i <= USERS; i++) {
    const neap_venue_position *position = neap_venue_position_of(venue, i, product);
    int64_t contracts = position ? position->contracts : 0;
    if (contracts > 0) trade(venue, HOUSE, i, product, contracts, "12345.6789");
    if (contracts < 0) trade(venue, i, HOUSE, product, -contracts, "12345.6789");
  }
  for (uint32_t i = 0; i <= USERS; i++) {
    const neap_venue_position *position = neap_venue_position_of(venue, i, product);
    assert_true(!position || (position->contracts == 0 && neap_decimal_is_zero(position->cost)));
  }
}

static void random_money_is_conserved(void **state) {
  (void)state;
  neap_venue *venue = venue_of_users();
  uint32_t products[] = {future_of(venue), product_of(venue, "BIT-31DEC27-CDE")};
  neap_venue_order order = {.number = 1, .status = NEAP_VENUE_OPEN, .portfolio = 1};
  uint64_t dice = 11;
  for (int i = 0; i < 3000; i++) {
    switch (dice_roll(&dice, 4)) {
    case 0:
      throw_hold(venue, &dice, &order);
      break;
    case 1:
      throw_move(venue, &dice);
      break;
    default:
      throw_trade(venue, &dice, products[dice_roll(&dice, 2)]);
    }
    neap_venue_wallet *held = neap_venue_wallet_of(venue, order.portfolio, "BTC");
    assert_true(held->hold.units == order.held.units);
    if (order.held.units) neap_venue_release(venue, order.portfolio, "BTC", order.held);
    order.held = NEAP_ZERO;
    assert_good(venue);
  }
  for (size_t i = 0; i < 2; i++) close_all(venue, products[i]);
  assert_good(venue);
  neap_venue_free(venue);
}

/* --- what the check finds ---------------------------------------------------------------------------------------- */

static void assert_found(neap_venue *venue, const char *code, const char *where, const char *by) {
  neap_fault fault;
  assert_int_equal(neap_venue_check(venue, &fault), NEAP_BROKEN);
  assert_string_equal(fault.code, code);
  assert_string_equal(fault.where, where);
  assert_non_null(strstr(fault.message, by));
}

static void each_broken_sum_is_found(void **state) {
  (void)state;
  neap_venue *venue = venue_of_users();
  uint32_t future = future_of(venue);
  trade(venue, 1, 2, future, 2, "100");
  assert_good(venue);
  neap_venue_wallet *wallet = neap_venue_wallet_of(venue, 1, "BTC");
  wallet->available.units++;
  assert_found(venue, "money_not_conserved", "BTC", "off by 0.0000000000000001");
  wallet->available.units -= 2;
  assert_found(venue, "money_not_conserved", "BTC", "off by -0.0000000000000001");
  wallet->hold.units++;
  assert_found(venue, "holds_not_of_orders", "BTC", "off by 0.0000000000000001");
  wallet->hold.units--, wallet->available.units++;
  neap_venue_wallet_of(venue, 3, "BTC")->available = dec("-1");
  neap_venue_wallet_of(venue, HOUSE, "BTC")->available = dec("4");
  assert_found(venue, "below_zero", "BTC", "-1");
  neap_venue_wallet_of(venue, 3, "BTC")->available = dec("3");
  neap_venue_wallet_of(venue, HOUSE, "BTC")->available = NEAP_ZERO;
  neap_venue_position_of(venue, 1, future)->contracts += 3;
  assert_found(venue, "positions_open", "BIP-20DEC30-CDE", "off by 3");
  neap_venue_position_of(venue, 1, future)->contracts -= 3;
  neap_venue_position_of(venue, 2, future)->cost.units++;
  assert_found(venue, "profit_not_conserved", "BIP-20DEC30-CDE", "off by 0.0000000000000001");
  neap_venue_position_of(venue, 2, future)->cost.units--;
  assert_good(venue);
  neap_venue_free(venue);
}

static void too_much_money_breaks_the_venue(void **state) {
  (void)state;
  neap_venue *venue = venue_of_users();
  neap_fault fault;
  assert_int_equal(neap_venue_hold(venue, 1, "BTC", dec("3.0000000000000001"), &fault), NEAP_REFUSED);
  assert_string_equal(fault.code, "not_enough");
  assert_int_equal(neap_venue_hold(venue, 1, "ETH", NEAP_ZERO, NULL), NEAP_OK);
  assert_false(venue->has_failed);
  neap_venue_credit(venue, 1, "BTC", dec("10000000000000000000000"));
  assert_false(venue->has_failed);
  neap_venue_credit(venue, 1, "BTC", dec("10000000000000000000000"));
  assert_true(venue->has_failed);
  neap_venue_free(venue);
}

/* --- tiers and values -------------------------------------------------------------------------------------------- */

static void tiers_follow_the_volume_of_thirty_days(void **state) {
  (void)state;
  neap_venue *venue = venue_of_users();
  uint32_t user = venue->portfolios[1].user;
  assert_decimal(neap_venue_fees_of(venue, user).taker_bps, "120");
  neap_venue_count_volume(venue, user, "USD", dec("999.99"));
  neap_venue_count_volume(venue, user, "USDC", dec("0.01"));
  neap_venue_count_volume(venue, user, "NOTHING", dec("1000000"));
  assert_int_equal(neap_venue_fees_of(venue, user).tier, 1);
  neap_venue_advance(venue, 20000 * A_DAY + AN_HOUR);
  assert_int_equal(neap_venue_fees_of(venue, user).tier, 2);
  neap_venue_count_volume(venue, user, "BTC", dec("1")); /* 65086.18 */
  neap_venue_advance(venue, 20000 * A_DAY + 2 * AN_HOUR);
  assert_int_equal(neap_venue_fees_of(venue, user).tier, 4);
  assert_decimal(neap_venue_fees_of(venue, user).maker_bps, "15");
  assert_int_equal(neap_venue_fees_of(venue, venue->portfolios[2].user).tier, 1);
  neap_venue_advance(venue, 20000 * A_DAY + 30 * A_DAY + 2 * AN_HOUR);
  assert_int_equal(neap_venue_fees_of(venue, user).tier, 1);
  neap_venue_free(venue);
}

static neap_decimal rate_of(const neap_venue *venue, const char *from, const char *to) {
  neap_decimal rate;
  assert_true(neap_venue_rate(venue, from, to, &rate));
  return rate;
}

static void rates_are_of_books_or_go_over_dollars(void **state) {
  (void)state;
  neap_venue *venue = venue_of_users();
  neap_decimal rate;
  assert_decimal(rate_of(venue, "BTC", "USD"), "65086.18");
  assert_decimal(rate_of(venue, "BTC", "USDC"), "65086.18");
  assert_decimal(rate_of(venue, "USD", "USDC"), "1");
  assert_decimal(rate_of(venue, "ETH", "BTC"), "0.029488");
  assert_decimal(rate_of(venue, "BTC", "ETH"), "33.9120998372219208");
  assert_decimal(rate_of(venue, "USDT", "USD"), "0.99911");
  assert_decimal(rate_of(venue, "SOL", "ETH"), "0.0401771294607971");
  assert_false(neap_venue_rate(venue, "NOTHING", "USD", &rate));
  neap_venue_free(venue);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(profit_is_proceeds_less_average_cost),
      cmocka_unit_test(what_a_division_leaves_over_is_kept),
      cmocka_unit_test(profit_of_the_day_ends_with_it),
      cmocka_unit_test(positions_ask_for_margin_at_the_mark),
      cmocka_unit_test(a_short_is_liquidated_above_and_a_long_below),
      cmocka_unit_test(random_money_is_conserved),
      cmocka_unit_test(each_broken_sum_is_found),
      cmocka_unit_test(too_much_money_breaks_the_venue),
      cmocka_unit_test(tiers_follow_the_volume_of_thirty_days),
      cmocka_unit_test(rates_are_of_books_or_go_over_dollars),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
