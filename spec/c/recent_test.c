/* SPDX-License-Identifier: MIT */
/* What the checks remember of orders, and the caps by time of day. */
#include "risk/recent.h"

#include <stdio.h>

#include "risk/leverage.h"
#include "support.h"

#define SECOND INT64_C(1000000000)

static void a_minute_counts_both_of_its_ends(void **state) {
  (void)state;
  static neap_recent recent;
  neap_recent_add(&recent, 1, 0, 0);
  neap_recent_add(&recent, 2, 1, 0);
  assert_int_equal(neap_recent_since(&recent, 60 * SECOND - NEAP_RECENT_SPAN), 2); /* H9.127: at +60 s still refused */
  assert_int_equal(neap_recent_since(&recent, 61 * SECOND - NEAP_RECENT_SPAN), 0);
  assert_int_equal(neap_recent_since(&recent, 1 + 60 * SECOND - NEAP_RECENT_SPAN), 0);
}

static void orders_are_counted_by_product_and_one_of_none_for_each(void **state) {
  (void)state;
  static neap_recent recent;
  for (uint32_t i = 0; i < 6; i++) neap_recent_add(&recent, i, i % 2, i * SECOND);
  assert_int_equal(neap_recent_of_product(&recent, 0, 0), 3);
  assert_int_equal(neap_recent_of_product(&recent, 1, 2 * SECOND), 2);
  neap_recent_add(&recent, 9, NEAP_RECENT_ANY_PRODUCT, 6 * SECOND);
  assert_int_equal(neap_recent_of_product(&recent, 0, 0), 4);
  assert_int_equal(neap_recent_of_product(&recent, 7, 0), 1);
}

static void the_latest_thousand_of_a_minute_are_kept(void **state) {
  (void)state;
  static neap_recent recent;
  for (uint64_t i = 0; i < 5000; i++) neap_recent_add(&recent, i * 977, 0, (int64_t)i);
  assert_int_equal(neap_recent_since(&recent, INT64_MIN), NEAP_RECENT_ORDERS);
  assert_int_equal(neap_recent_since(&recent, 4990), 10);
  assert_true(neap_recent_has(&recent, 4999 * 977, 4998));
  assert_true(neap_recent_has(&recent, 4000 * 977, 0));
  assert_false(neap_recent_has(&recent, 3999 * 977, 0));
  assert_false(neap_recent_has(&recent, 4999 * 977, 4999));
  neap_recent_add(&recent, 5, 0, 4999 + NEAP_RECENT_SPAN);
  assert_int_equal(neap_recent_since(&recent, INT64_MIN), 2);
  neap_recent_clear(&recent);
  assert_int_equal(neap_recent_since(&recent, INT64_MIN), 0);
  assert_false(neap_recent_has(&recent, 5, 0));
}

static void orders_are_the_same_by_all_that_they_ask_for(void **state) {
  (void)state;
  const neap_ticket base = {
      .quantity = neap_decimal_from_int(1), .limit = neap_decimal_from_int(90), .type = NEAP_LIMIT};
  neap_ticket other[] = {base, base, base, base, base, base, base};
  other[0].strategy = 1, other[1].product = 1, other[2].side = NEAP_SELL, other[3].type = NEAP_STOP_LIMIT;
  other[4].quantity = neap_decimal_from_int(2), other[5].limit.units++, other[6].stop.units++;
  neap_ticket same = base;
  same.number = 7;
  snprintf(same.id, sizeof same.id, "x");
  assert_true(neap_order_key(&same) == neap_order_key(&base));
  for (size_t i = 0; i < sizeof other / sizeof *other; i++)
    assert_true(neap_order_key(&other[i]) != neap_order_key(&base));
}

static void failures_count_anew_after_the_pause(void **state) {
  (void)state;
  neap_failures failures = {0, 0};
  for (int i = 0; i < 5; i++) neap_failures_add(&failures, i * SECOND, 300 * SECOND);
  assert_int_equal(failures.count, 5);
  assert_int_equal(neap_failures_at(&failures, 303 * SECOND, 300 * SECOND), 5);
  assert_int_equal(neap_failures_at(&failures, 304 * SECOND, 300 * SECOND), 0);
  neap_failures_add(&failures, 304 * SECOND, 300 * SECOND);
  assert_int_equal(failures.count, 1);
}

static void a_venues_cap_is_one_more_under_H4_53(void **state) {
  (void)state;
  neap_limits limits;
  neap_limits_default(&limits);
  neap_decimal two_and_more = {neap_decimal_from_int(29).units / 10};
  limits.max_leverage = 10;
  assert_int_equal(neap_limits_leverage_cap_under(&limits, "BTC-PERP", 0, neap_decimal_from_int(2)), 2);
  assert_int_equal(neap_limits_leverage_cap_under(&limits, "BTC-PERP", 0, two_and_more), 2);
  assert_int_equal(neap_limits_leverage_cap_under(&limits, "BTC-PERP", 0, neap_decimal_from_int(20)), 10);
  assert_int_equal(neap_limits_leverage_cap(&limits, "BTC-PERP", 0), 10);
  assert_int_equal(neap_limits_daytime(&limits, 0), NEAP_DAYTIME_UNKNOWN);
  snprintf(limits.daytime_start_utc, sizeof limits.daytime_start_utc, "23:59");
  snprintf(limits.daytime_end_utc, sizeof limits.daytime_end_utc, "00:01");
  assert_int_equal(neap_limits_daytime(&limits, -1), NEAP_DAY); /* 1969-12-31 23:59:59 */
  assert_int_equal(neap_limits_daytime(&limits, -61 * SECOND), NEAP_NIGHT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_minute_counts_both_of_its_ends),
      cmocka_unit_test(orders_are_counted_by_product_and_one_of_none_for_each),
      cmocka_unit_test(the_latest_thousand_of_a_minute_are_kept),
      cmocka_unit_test(orders_are_the_same_by_all_that_they_ask_for),
      cmocka_unit_test(failures_count_anew_after_the_pause),
      cmocka_unit_test(a_venues_cap_is_one_more_under_H4_53),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
