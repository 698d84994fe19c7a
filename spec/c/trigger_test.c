/* SPDX-License-Identifier: MIT */
/* trigger: when it fires, how it follows, what leaves; and against a slow model on random prices. */
#include "account/trigger.h"
#include "dice.h"

#include "decimals.h"
#include "support.h"

static const neap_product *product(void) {
  static neap_product one;
  assert_int_equal(neap_product_parse("BTC-USD:price_increment=0.01", &one, NULL), NEAP_OK);
  return &one;
}

static neap_ticket ticket_of(neap_order_type type, neap_side side, const char *price) {
  neap_ticket ticket = {.number = 7, .id = "x", .type = type, .side = side, .quantity = dec("1")};
  if (type == NEAP_LIMIT)
    ticket.limit = dec(price), ticket.reduce_only = true;
  else if (type == NEAP_TRAILING_STOP)
    ticket.trail_bps = dec(price);
  else
    ticket.stop = dec(price);
  return ticket;
}

/* What it sees of each price: '.' waits, 'm' moves, 'F' fires. */
static void check_sight(const neap_ticket *ticket, const char *mark, const char *const *prices, const char *expected) {
  neap_trigger trigger;
  assert_int_equal(neap_trigger_set(&trigger, ticket, product(), dec(mark)), NEAP_OK);
  assert_true(trigger.emulated && !trigger.fired);
  for (size_t i = 0; expected[i]; i++) {
    neap_trigger_sight sight;
    assert_int_equal(neap_trigger_see(&trigger, ticket, product(), dec(prices[i]), &sight), NEAP_OK);
    assert_int_equal(".mF"[sight], expected[i]);
  }
}

static void h7_107_a_stop_fires_at_equality_once_and_takes_no_price_for_none(void **state) {
  (void)state;
  const neap_ticket sell = ticket_of(NEAP_STOP, NEAP_SELL, "49000"), buy = ticket_of(NEAP_STOP, NEAP_BUY, "51000");
  check_sight(&sell, "0", (const char *const[]){"49001", "0", "-1", "49000", "48000", "49000"}, "...F..");
  check_sight(&buy, "0", (const char *const[]){"50999.99", "0", "51000", "52000"}, "..F.");
  check_sight(&sell, "0", (const char *const[]){"40000"}, "F");
  check_sight(&buy, "0", (const char *const[]){"90000"}, "F");
}

static void a_stop_limit_fires_as_its_stop(void **state) {
  (void)state;
  neap_ticket buy = ticket_of(NEAP_STOP_LIMIT, NEAP_BUY, "51000");
  buy.limit = dec("50000");
  check_sight(&buy, "0", (const char *const[]){"50500", "51000"}, ".F");
}

static void a_target_fires_the_other_way_round(void **state) {
  (void)state;
  const neap_ticket sell = ticket_of(NEAP_LIMIT, NEAP_SELL, "120"), buy = ticket_of(NEAP_LIMIT, NEAP_BUY, "80");
  check_sight(&sell, "0", (const char *const[]){"119.99", "0", "120"}, "..F");
  check_sight(&buy, "0", (const char *const[]){"80.01", "0", "80"}, "..F");
}

static void a_trailing_stop_begins_with_the_mark_or_the_first_price(void **state) {
  (void)state;
  const neap_ticket sell = ticket_of(NEAP_TRAILING_STOP, NEAP_SELL, "500"),
                    buy = ticket_of(NEAP_TRAILING_STOP, NEAP_BUY, "500");
  check_sight(&sell, "100", (const char *const[]){"96", "95.01", "95"}, "..F");
  check_sight(&sell, "0", (const char *const[]){"0", "100", "95"}, ".mF");
  check_sight(&sell, "100", (const char *const[]){"120", "119", "120", "114.01", "114"}, "m...F");
  check_sight(&buy, "100", (const char *const[]){"80", "90", "84"}, "mF.");
  check_sight(&buy, "100", (const char *const[]){"80", "83.99", "84"}, "m.F");
}

static void a_sale_that_trails_by_all_of_the_price_never_fires(void **state) {
  (void)state;
  const neap_ticket sell = ticket_of(NEAP_TRAILING_STOP, NEAP_SELL, "10000");
  check_sight(&sell, "100", (const char *const[]){"1", "1000", "0.01"}, "...");
}

static void a_level_that_does_not_fit_changes_nothing(void **state) {
  (void)state;
  const neap_ticket buy = ticket_of(NEAP_TRAILING_STOP, NEAP_BUY, "5000");
  neap_trigger trigger = {.emulated = true}, before = trigger;
  neap_trigger_sight sight;
  const neap_decimal most = dec("17000000000000000000000");
  assert_int_equal(neap_trigger_see(&trigger, &buy, product(), most, &sight), NEAP_RANGE);
  assert_memory_equal(&trigger, &before, sizeof trigger);
}

static void what_leaves_is_the_same_order(void **state) {
  (void)state;
  neap_ticket stop = ticket_of(NEAP_STOP, NEAP_SELL, "90"), limited = ticket_of(NEAP_STOP_LIMIT, NEAP_SELL, "90");
  limited.limit = dec("89"), limited.post_only = true, stop.reduce_only = true;
  neap_ticket market = neap_trigger_ticket(&stop), limit = neap_trigger_ticket(&limited);
  assert_int_equal(market.type, NEAP_MARKET);
  assert_true(market.reduce_only && market.number == 7 && strcmp(market.id, "x") == 0);
  assert_true(neap_decimal_is_zero(market.stop) && neap_decimal_is_zero(market.limit));
  assert_int_equal(limit.type, NEAP_LIMIT);
  assert_true(limit.post_only && limit.limit.units == dec("89").units && neap_decimal_is_zero(limit.stop));
}

/* The model keeps the best price and works out the level anew, in cents: 10 % are exact enough for both. */
static void it_trails_as_the_best_price_says(void **state) {
  (void)state;
  const neap_ticket sell = ticket_of(NEAP_TRAILING_STOP, NEAP_SELL, "1000");
  for (uint64_t seed = 1; seed <= 500; seed++) {
    uint64_t dice = seed;
    neap_trigger trigger;
    neap_trigger_sight sight = NEAP_TRIGGER_WAITS;
    int64_t best = 0, price = 1000;
    assert_int_equal(neap_trigger_set(&trigger, &sell, product(), NEAP_ZERO), NEAP_OK);
    for (int i = 0; i < 200 && !trigger.fired; i++) {
      price += (int64_t)dice_roll(&dice, 101) - 50;
      if (price < 0) price = 0;
      assert_int_equal(neap_trigger_see(&trigger, &sell, product(), neap_decimal_from_int(price), &sight), NEAP_OK);
      bool fires = price > 0 && best > 0 && price * 10 <= best * 9;
      if (price > best) best = price;
      assert_int_equal(trigger.fired, fires);
      assert_int_equal(sight == NEAP_TRIGGER_FIRES, fires);
      if (!fires && best) assert_true(trigger.level.units == neap_decimal_from_int(best).units / 10 * 9);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(h7_107_a_stop_fires_at_equality_once_and_takes_no_price_for_none),
      cmocka_unit_test(a_stop_limit_fires_as_its_stop),
      cmocka_unit_test(a_target_fires_the_other_way_round),
      cmocka_unit_test(a_trailing_stop_begins_with_the_mark_or_the_first_price),
      cmocka_unit_test(a_sale_that_trails_by_all_of_the_price_never_fires),
      cmocka_unit_test(a_level_that_does_not_fit_changes_nothing),
      cmocka_unit_test(what_leaves_is_the_same_order),
      cmocka_unit_test(it_trails_as_the_best_price_says),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
