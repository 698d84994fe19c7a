/* SPDX-License-Identifier: MIT */
/* The rules alone: which currencies are compared, what explains what, what is held. */
#include "session/reconcile_rules.h"

#include "decimals.h"
#include "support.h"

static uint32_t make_products(neap_product out[3], const char *third) {
  assert_int_equal(neap_product_parse("BTC-USD", &out[0], NULL), NEAP_OK);
  assert_int_equal(neap_product_parse("ETH-USD", &out[1], NULL), NEAP_OK);
  assert_int_equal(neap_product_parse(third, &out[2], NULL), NEAP_OK);
  return 3;
}

static void cash_is_compared_where_all_is_spot(void **state) {
  neap_product product[3];
  external_book book = {.part_count = 0};
  (void)state;
  external_name_parts(&book, "USD", product, make_products(product, "SOL-USD"));
  assert_int_equal(book.part_count, 4);
  assert_non_null(external_find(&book, "USD"));
  memset(&book, 0, sizeof book);
  external_name_parts(&book, "USD", product, make_products(product, "SOL-USD:kind=perpetual"));
  assert_int_equal(book.part_count, 2);
  assert_null(external_find(&book, "USD"));
  assert_null(external_find(&book, "SOL"));
}

static void a_difference_holds_the_products_of_its_currency(void **state) {
  neap_product product[3];
  neap_risk_state risk;
  external_book book = {.part_count = 0};
  (void)state;
  memset(&risk, 0, sizeof risk);
  uint32_t count = make_products(product, "SOL-USD");
  external_name_parts(&book, "USD", product, count);
  external_part *eth = external_find(&book, "ETH"), *usd = external_find(&book, "USD");
  external_differ(&book, eth, dec("1"), dec("2"), dec("1"), 7);
  assert_true(external_hold(&book, product, count, 7, &risk));
  assert_false(external_hold(&book, product, count, 8, &risk));
  assert_int_equal(neap_risk_state_held_by(&risk, 0), NEAP_HOLDERS);
  assert_int_equal(neap_risk_state_held_by(&risk, 1), NEAP_GUARD_RECONCILE);
  external_differ(&book, usd, dec("1"), dec("2"), dec("1"), 9);
  assert_true(external_hold(&book, product, count, 9, &risk));
  assert_int_equal(neap_risk_state_held_by(&risk, 0), NEAP_GUARD_RECONCILE);
  assert_int_equal(eth->difference, 1);
  assert_int_equal(usd->difference, 2);
  assert_int_equal(external_settle(usd, true), NEAP_OK);
  external_hold(&book, product, count, 10, &risk);
  assert_int_equal(neap_risk_state_held_by(&risk, 0), NEAP_HOLDERS);
  assert_int_equal(neap_risk_state_held_by(&risk, 1), NEAP_GUARD_RECONCILE);
}

static void below_zero_it_explains_nothing_unless_a_person_said_so(void **state) {
  external_part part = {.external = NEAP_ZERO};
  neap_decimal gap;
  (void)state;
  part.external = dec("-3");
  assert_int_equal(external_gap(&part, dec("10"), dec("7"), &gap), NEAP_OK);
  assert_decimal(gap, "-3");
  part.difference = 1, part.missing = gap;
  assert_int_equal(external_settle(&part, true), NEAP_OK);
  assert_decimal(part.external, "-3");
  assert_decimal(part.allowed, "-3");
  assert_int_equal(external_gap(&part, dec("10"), dec("7"), &gap), NEAP_OK);
  assert_decimal(gap, "0");
  part.difference = 2, part.missing = dec("5");
  assert_int_equal(external_settle(&part, true), NEAP_OK);
  assert_decimal(part.external, "2");
  assert_decimal(part.allowed, "0");
}

static void a_fill_moves_money_with_its_fee_and_what_it_bought(void **state) {
  neap_product product[3];
  external_book book = {.part_count = 0};
  (void)state;
  external_name_parts(&book, "USD", product, make_products(product, "SOL-USD"));
  assert_int_equal(external_fill(&book, &product[0], NEAP_BUY, dec("100.01"), dec("0.3"), dec("0.07")), NEAP_OK);
  assert_decimal(external_find(&book, "USD")->external, "-30.073");
  assert_decimal(external_find(&book, "BTC")->external, "0.3");
  assert_int_equal(external_fill(&book, &product[0], NEAP_SELL, dec("100"), dec("0.1"), dec("0.07")), NEAP_OK);
  assert_decimal(external_find(&book, "USD")->external, "-20.143");
  assert_decimal(external_find(&book, "BTC")->external, "0.2");
  assert_decimal(external_find(&book, "ETH")->external, "0");
}

static void what_does_not_fit_is_said(void **state) {
  external_part part = {.external = NEAP_ZERO};
  neap_decimal gap, most = dec("99999999999999999999");
  (void)state;
  while (neap_decimal_add(most, most, &most) == NEAP_OK) continue;
  assert_int_equal(external_gap(&part, neap_decimal_neg(most), most, &gap), NEAP_RANGE);
}

static void lost_orders_are_remembered_once_there_is_a_baseline(void **state) {
  external_book book = {.part_count = 0};
  (void)state;
  external_lose(&book, 5, 0, NEAP_BUY);
  assert_null(external_find_lost(&book, 5));
  book.has_baseline = true;
  for (uint64_t number = 1; number <= EXTERNAL_LOST + 3; number++) external_lose(&book, number, 0, NEAP_SELL);
  assert_int_equal(book.lost_count, EXTERNAL_LOST);
  assert_null(external_find_lost(&book, 3));
  assert_non_null(external_find_lost(&book, 4));
  assert_int_equal(external_find_lost(&book, EXTERNAL_LOST + 3)->side, NEAP_SELL);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(cash_is_compared_where_all_is_spot),
                                     cmocka_unit_test(a_difference_holds_the_products_of_its_currency),
                                     cmocka_unit_test(below_zero_it_explains_nothing_unless_a_person_said_so),
                                     cmocka_unit_test(a_fill_moves_money_with_its_fee_and_what_it_bought),
                                     cmocka_unit_test(what_does_not_fit_is_said),
                                     cmocka_unit_test(lost_orders_are_remembered_once_there_is_a_baseline)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
