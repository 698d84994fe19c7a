/* SPDX-License-Identifier: MIT */
/* fee_tiers: thresholds to the unit, a rolling volume that a walk over all trades agrees with, what a restart keeps. */
#include "account/fee_tiers.h"

#include <stdlib.h>

#include "base/clock.h"
#include "session_support.h"

static neap_fee_table table_of(const char *name) {
  neap_fee_table table;
  assert_true(neap_fee_table_get(name, &table));
  return table;
}

static neap_decimal fee_at(uint32_t tier, const char *notional, neap_liquidity liquidity) {
  neap_fee_table table = table_of("tiers");
  neap_decimal fee;
  assert_int_equal(neap_fee(&table.tier[tier - 1].schedule, liquidity, dec(notional), &fee), NEAP_OK);
  return fee;
}

static void h11_140_tiers_and_least_exits(void **state) {
  (void)state;
  neap_fee_table table = table_of("tiers");
  neap_decimal price;
  assert_decimal(fee_at(1, "10000", NEAP_TAKER), "100");
  assert_decimal(fee_at(1, "10000", NEAP_MAKER), "60");
  assert_int_equal(neap_fee_table_tier(&table, dec("10000")), 2);
  assert_int_equal(neap_fee_table_tier(&table, dec("9999")), 1);
  assert_int_equal(neap_fee_table_tier(&table, dec("9999.9999999999999999")), 1);
  assert_int_equal(neap_fee_table_tier(&table, dec("250000000")), 8);
  const neap_fee_schedule *second = &table.tier[1].schedule;
  assert_int_equal(neap_fee_least_exit(second, false, dec("50000"), dec("0.001"), &price), NEAP_OK);
  assert_decimal(price, "50650");
  assert_int_equal(neap_fee_least_exit(second, true, dec("50000"), dec("0.001"), &price), NEAP_OK);
  assert_decimal(price, "49350");
  assert_false(neap_fee_is_profitable(second, dec("0.012")));
  assert_true(neap_fee_is_profitable(second, dec("0.0120000000000001")));
}

static void every_threshold_is_exact(void **state) {
  (void)state;
  for (size_t i = 0; neap_fee_table_names[i]; i++) {
    neap_fee_table table = table_of(neap_fee_table_names[i]);
    for (uint32_t k = 1; k < table.count; k++) {
      neap_decimal from = table.tier[k].from;
      assert_int_equal(neap_fee_table_tier(&table, from), k + 1);
      from.units--;
      assert_int_equal(neap_fee_table_tier(&table, from), k);
      assert_true(neap_decimal_cmp(table.tier[k].schedule.taker_bps, table.tier[k - 1].schedule.taker_bps) < 0);
    }
  }
  neap_fee_table none;
  assert_false(neap_fee_table_get("tier", &none));
}

typedef struct trade {
  int64_t time;
  neap_decimal notional;
} trade;

enum { TRADES = 400 };

static neap_decimal walk(const trade *trades, unsigned count, int64_t from, int64_t to) {
  neap_decimal sum = NEAP_ZERO;
  for (unsigned i = 0; i < count; i++)
    if (trades[i].time >= from && trades[i].time < to) neap_decimal_add(sum, trades[i].notional, &sum);
  return sum;
}

static void the_rolling_volume_is_that_of_a_walk(void **state) {
  (void)state;
  static neap_fee_plan plan, restored;
  static trade trades[TRADES];
  for (size_t t = 0; neap_fee_table_names[t]; t++) {
    neap_fee_table table = table_of(neap_fee_table_names[t]);
    int64_t now = MONDAY, window, look;
    neap_decimal volume, traded;
    srand(3);
    neap_fee_plan_open(&plan, &table, 0, now);
    for (unsigned i = 0; i < TRADES; i++) {
      now += (rand() % 40 ? rand() % 30 : 900) * HOUR + rand() % 1000;
      look = now - now % table.refresh;
      assert_int_equal(neap_fee_plan_volume(&plan, now, &volume), NEAP_OK);
      neap_decimal expected = walk(trades, i, look - 30 * 24 * HOUR, look);
      assert_true(volume.units == expected.units);
      trades[i] = (trade){now, {rand() + INT64_C(1)}};
      assert_int_equal(neap_fee_plan_trade(&plan, now, trades[i].notional), NEAP_OK);
    }
    neap_fee_plan_open(&restored, &table, 0, 0);
    for (uint32_t i = 0; neap_fee_plan_traded(&plan, i, &window, &traded); i++)
      neap_fee_plan_restore(&restored, window, traded);
    for (int64_t later = now; later < now + 31 * 24 * HOUR; later += 7 * HOUR) {
      neap_fee_plan_volume(&plan, later, &volume);
      neap_fee_plan_volume(&restored, later, &traded);
      assert_true(volume.units == traded.units);
    }
  }
}

static void a_tier_that_was_given_holds_for_30_days(void **state) {
  (void)state;
  static neap_fee_plan plan;
  neap_fee_table table = table_of("tiers");
  uint32_t tier;
  neap_fee_plan_open(&plan, &table, 4, MONDAY);
  assert_decimal(neap_fee_plan_schedule(&plan).taker_bps, "25");
  assert_int_equal(neap_fee_plan_next(&plan, MONDAY), MONDAY + 6 * HOUR);
  assert_int_equal(neap_fee_plan_next(&plan, MONDAY + 6 * HOUR - 1), MONDAY + 6 * HOUR);
  assert_int_equal(neap_fee_plan_due(&plan, MONDAY + 30 * 24 * HOUR - 1, &tier), NEAP_OK);
  assert_int_equal(tier, 4);
  assert_int_equal(neap_fee_plan_due(&plan, MONDAY + 30 * 24 * HOUR, &tier), NEAP_OK);
  assert_int_equal(tier, 1);
}

/* A buy on each bar. */
static neap_status buy(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  neap_order_request request = {.product = bar->product, .side = NEAP_BUY};
  neap_order *order;
  request.quantity = exactly("1");
  neap_status status = neap_desk_place(me->desk, &request, &order, fault);
  if (status == NEAP_OK) neap_desk_release(me->desk, order);
  return status;
}

static void a_session_moves_through_the_tiers(void **state) {
  (void)state;
  static act play;
  static actor who;
  char text[600];
  act_init(&play);
  who = (actor){.bar = buy};
  play.options.session.fee_table = "tiers";
  for (unsigned i = 0; i < 12; i++) act_bar(&play, 0, i * HOUR, "6000 6000 6000 6000 9");
  play.options.session.cash = dec("1000000");
  assert_int_equal(act_run(&play, &who), NEAP_OK);
  assert_non_null(strstr(act_event(&play, "session_started", 0, text, sizeof text), "\"fee_table\":\"tiers\""));
  /* the first fill at 01:00; at 06:00 five have filled: 30,000 */
  assert_non_null(strstr(act_event(&play, "fee_tier", 0, text, sizeof text), "\"fee_tier\":2,\"volume\":\"30000\""));
  assert_non_null(strstr(act_event(&play, "order_filled", 4, text, sizeof text), "\"fee_bps\":\"100\",\"fee_tier\":1"));
  assert_non_null(strstr(act_event(&play, "order_filled", 5, text, sizeof text), "\"fee_bps\":\"60\",\"fee_tier\":2"));
  assert_decimal(play.totals.fees, "516"); /* 5 × 60 + 6 × 36 */
  act_close(&play, &who);
}

static void a_wrong_table_does_not_start(void **state) {
  (void)state;
  static act play;
  static actor who;
  act_init(&play);
  who = (actor){.bar = buy};
  play.options.session.fee_table = "coinbas";
  act_bar(&play, 0, 0, "6000 6000 6000 6000 9");
  assert_int_equal(act_run(&play, &who), NEAP_INVALID);
  assert_string_equal(play.fault.code, "fee_table");
  assert_string_equal(play.fault.nearest, "coinbase");
  act_close(&play, &who);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(h11_140_tiers_and_least_exits),        cmocka_unit_test(every_threshold_is_exact),
      cmocka_unit_test(the_rolling_volume_is_that_of_a_walk), cmocka_unit_test(a_tier_that_was_given_holds_for_30_days),
      cmocka_unit_test(a_session_moves_through_the_tiers),    cmocka_unit_test(a_wrong_table_does_not_start)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
