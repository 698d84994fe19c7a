/* SPDX-License-Identifier: MIT */
/* A whole run: its end, its journal, other kinds of products, numbers that do not fit. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "session_support.h"

static const char *const rising[] = {"100 110 95 105 50", "106 112 101 110 50", "111 115 108 112 50",
                                     "113 118 112 117 50"};

static neap_status buy_one(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar;
  (void)fault;
  const neap_order_request order = {.side = NEAP_BUY, .quantity = exactly("1")};
  return me->bars == 1 ? actor_place(me, &order, NULL) : NEAP_OK;
}

static neap_status short_one(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar;
  (void)fault;
  const neap_order_request order = {.side = NEAP_SELL, .quantity = exactly("1")};
  return me->bars == 1 ? actor_place(me, &order, NULL) : NEAP_OK;
}

static void the_end_closes_as_it_was_asked(void **state) {
  (void)state;
  static act play;
  const char *const equity[] = {"10011", "10007", "10011"};
  for (neap_close_at_end how = NEAP_END_NO; how <= NEAP_END_CLOSE; how++) {
    actor who = {.bar = buy_one};
    act_init(&play);
    act_bars(&play, 0, HOUR, rising, 4);
    play.options.close_at_end = how;
    act_run_well(&play, &who);
    assert_decimal(play.totals.equity, equity[how]);
    assert_int_equal(play.totals.trade_count, how != NEAP_END_NO);
    if (how != NEAP_END_NO) assert_true(play.totals.trades[0].exit_time == MONDAY + 3 * HOUR);
    neap_statistics_result result;
    neap_session_statistics(play.session, &result);
    assert_int_equal(result.bars, 4);
    assert_true(result.exposure_pct == 75.0);
    act_close(&play, &who);
  }
}

static neap_status last_words(actor *me, const char *reason, neap_fault *fault) {
  (void)fault;
  const neap_order_request order = {.side = NEAP_BUY, .quantity = exactly("1")};
  neap_order *refused;
  actor_note(me, "%s", reason);
  actor_place(me, &order, &refused);
  assert_string_equal(refused->reason.code, "stopping");
  return NEAP_OK;
}

static bool stop_at_once(void *context, uint64_t bars, int64_t time) {
  (void)time;
  *(uint64_t *)context = bars;
  return false;
}

static void an_interrupted_run_ends_cleanly(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = buy_one, .stop = last_words};
  uint64_t seen = 0;
  act_init(&play);
  for (int i = 0; i < ACT_BARS; i++) act_bar(&play, 0, i * HOUR, rising[i % 4]);
  play.options.progress = stop_at_once;
  play.options.progress_context = &seen;
  play.options.close_at_end = NEAP_END_CLOSE;
  act_run_well(&play, &who);
  assert_true(play.report.interrupted);
  assert_int_equal(seen, play.report.bars);
  assert_string_equal(who.log, "interrupted\n");
  assert_int_equal(play.totals.trade_count, 1);
  act_close(&play, &who);
}

static neap_status cling(actor *me, neap_order *order, neap_fault *fault) {
  (void)fault;
  neap_order_request stop = {.side = NEAP_SELL, .quantity = exactly("1"), .stop = exactly("50"), .reduce_only = true};
  bool again = order->status == NEAP_ORDER_CANCELLED || (order->status == NEAP_ORDER_FILLED && me->calls++ == 0);
  return again ? actor_place(me, &stop, NULL) : NEAP_OK;
}

static void nothing_works_on_after_the_end(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = buy_one, .order = cling};
  act_init(&play);
  act_bars(&play, 0, HOUR, rising, 4);
  act_run_well(&play, &who);
  assert_true(who.held_count >= 4);
  for (unsigned i = 0; i < who.held_count; i++) assert_true(neap_order_is_terminal(who.held[i]->status));
  assert_string_equal(who.held[who.held_count - 1]->reason.code, "stopping");
  act_close(&play, &who);
}

static neap_status fail_to_stop(actor *me, const char *reason, neap_fault *fault) {
  (void)me;
  (void)reason;
  return neap_fail(fault, NEAP_INVALID, "own_mistake", "a line of the author's");
}

static void a_failing_on_stop_is_told_and_the_journal_ends(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = buy_one, .stop = fail_to_stop};
  char text[512];
  act_init(&play);
  act_bars(&play, 0, HOUR, rising, 4);
  play.options.close_at_end = NEAP_END_CLOSE;
  assert_int_equal(act_run(&play, &who), NEAP_INVALID);
  assert_string_equal(play.fault.code, "own_mistake");
  act_event(&play, "session_stopped", 0, text, sizeof text);
  assert_non_null(strstr(text, "\"equity\":\"10011\""));
  act_close(&play, &who);
}

static void derivatives_move_cash_by_profit_and_loss(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = buy_one}, coin = {.bar = short_one};
  act_init(&play);
  play.products = 0;
  act_product(&play, "BTC-PERP:kind=perpetual");
  play.options.session.fees.taker_bps = dec("10");
  act_bars(&play, 0, HOUR, rising, 4);
  act_run_well(&play, &who);
  assert_decimal(play.totals.cash, "9999.894"); /* the fee of 106 alone */
  assert_decimal(play.totals.equity, "10010.894");
  act_close(&play, &who);
  act_init(&play);
  play.products = 0;
  act_product(&play, "BTC-FUT:quote=USD,kind=future,contract_size=0.01,base_increment=1");
  act_bars(&play, 0, HOUR, rising, 4);
  play.options.close_at_end = NEAP_END_CLOSE;
  act_run_well(&play, &coin);
  assert_decimal(play.totals.equity, "9999.89"); /* one contract of a hundredth, 106 to 117 */
  assert_decimal(play.totals.cash, "9999.89");
  assert_decimal(neap_round_trip_entry_price(&play.totals.trades[0], &play.product[0]), "106");
  act_close(&play, &coin);
}

static neap_status short_all(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar;
  (void)fault;
  const neap_order_request order = {.side = me->bars == 1 ? NEAP_SELL : NEAP_BUY, .fraction = exactly("1")};
  return actor_place(me, &order, NULL);
}

static void a_ruined_account_ends_in_refusals(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = short_all};
  const char *const bars[] = {"100 100 100 100 50", "100 100 100 100 50", "500 500 500 500 50", "600 600 600 600 50",
                              "600 600 600 600 50"};
  act_init(&play);
  play.product[0].kind = NEAP_MARGIN;
  act_bars(&play, 0, HOUR, bars, 5);
  act_run_well(&play, &who);
  assert_true(neap_decimal_sign(play.totals.equity) < 0);
  assert_true(play.totals.rejections > 0);
  act_close(&play, &who);
}

static neap_status buy_all(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar;
  (void)fault;
  const neap_order_request order = {.side = NEAP_BUY, .fraction = exactly("1")};
  return me->bars == 1 ? actor_place(me, &order, NULL) : NEAP_OK;
}

static void what_does_not_fit_ends_the_run_with_words(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = buy_all};
  const char *const bars[] = {"0.01 0.01 0.01 0.01 50", "0.01 0.01 0.01 0.01 50",
                              "0.01 10000000000000000000 0.01 10000000000000000000 50"};
  act_init(&play);
  act_bars(&play, 0, HOUR, bars, 3);
  assert_int_equal(act_run(&play, &who), NEAP_RANGE);
  assert_string_equal(play.fault.code, "overflow");
  act_close(&play, &who);
}

static neap_status buy_float(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)fault;
  const neap_order_request order = {.side = NEAP_BUY, .quantity = inexactly(0.3), .limit = inexactly(106.0 * 0.999)};
  assert_decimal(bar->candle->volume, me->bars == 1 ? "1.23" : "1");
  return me->bars == 1 ? actor_place(me, &order, NULL) : NEAP_OK;
}

static void what_is_finer_than_the_increments_is_cut_and_counted(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = buy_float};
  act_init(&play);
  play.product[0].base_increment = dec("0.01");
  play.product[0].price_increment = dec("0.05");
  act_bar(&play, 0, 0, "106.04 106.08 106 106.07 1.239");
  act_bar(&play, 0, HOUR, "106 106 105 106 1");
  act_run_well(&play, &who);
  assert_int_equal(play.report.truncated, 4);
  assert_decimal(who.held[0]->ticket.limit, "105.85"); /* 105.894 to the passive side */
  assert_decimal(who.held[0]->filled, "0.3");
  act_close(&play, &who);
  actor coarse = {.bar = buy_one};
  act_init(&play);
  play.product[0].price_increment = dec("100");
  act_bar(&play, 0, 0, "50 50 50 50 1");
  act_bar(&play, 0, HOUR, "50 50 50 50 1");
  assert_int_equal(act_run(&play, &coarse), NEAP_INVALID);
  assert_string_equal(play.fault.code, "price_increment");
  act_close(&play, &coarse);
}

static neap_status all_sorts(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  const neap_order_request rest = {.side = NEAP_BUY, .quantity = exactly("1"), .limit = exactly("90"), .tag = "rest"};
  const neap_order_request entry = {.side = NEAP_BUY,
                                    .fraction = inexactly(0.37),
                                    .stop_loss = exactly("100"),
                                    .take_profit = exactly("117.5"),
                                    .why = "all sorts"};
  if (me->bars == 1) actor_place(me, &rest, NULL);
  if (me->bars == 1) actor_place(me, &entry, NULL);
  assert_int_equal(neap_desk_after(me->desk, "soon", MINUTE, fault), NEAP_OK);
  return neap_desk_log(me->desk, "info", "a bar", NULL, 0, fault) == NEAP_OK && bar ? NEAP_OK : NEAP_BROKEN;
}

static void run_for_head(const char *path, const char *engine, char head[NEAP_DIGEST_TEXT], neap_decimal *equity) {
  static act play;
  actor who = {.bar = all_sorts};
  act_init(&play);
  play.options.session.store_path = path;
  play.options.session.fees.taker_bps = dec("7.5");
  assert_int_equal(neap_policy_fixed(engine, &play.options.session.policy, NULL), NEAP_OK);
  act_bars(&play, 0, HOUR, rising, 4);
  play.options.close_at_end = NEAP_END_CLOSE;
  act_run_well(&play, &who);
  act_head(&play, head);
  *equity = play.totals.equity;
  act_close(&play, &who);
}

static void the_same_run_has_the_same_journal(void **state) {
  (void)state;
  char path[] = "/tmp/neap_backtest_XXXXXX", head[4][NEAP_DIGEST_TEXT], name[64];
  neap_decimal equity[4];
  assert_non_null(mkdtemp(path));
  snprintf(name, sizeof name, "%s/events.db", path);
  run_for_head(NULL, "live", head[0], &equity[0]);
  run_for_head(NULL, "live", head[1], &equity[1]);
  run_for_head(name, "live", head[2], &equity[2]);
  run_for_head(NULL, "advanced", head[3], &equity[3]);
  assert_string_equal(head[0], head[1]);
  assert_string_equal(head[0], head[2]);
  assert_string_not_equal(head[0], head[3]);
  for (int i = 1; i < 4; i++) assert_int_equal(neap_decimal_cmp(equity[0], equity[i]), 0);
  const char *const ends[] = {"", "-wal", "-shm"};
  for (size_t i = 0; i < 3; i++) {
    snprintf(name, sizeof name, "%s/events.db%s", path, ends[i]);
    unlink(name);
  }
  assert_int_equal(rmdir(path), 0);
}

static void no_bars_and_no_products_are_refused(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = buy_one};
  neap_session *session;
  act_init(&play);
  play.options.session.product_count = 0;
  assert_int_equal(neap_backtest_run(&play.options, &session, &play.report, &play.fault), NEAP_INVALID);
  assert_string_equal(play.fault.code, "products");
  assert_null(session);
  assert_int_equal(act_run(&play, &who), NEAP_INVALID);
  assert_string_equal(play.fault.code, "no_bars");
  act_close(&play, &who);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_end_closes_as_it_was_asked),
      cmocka_unit_test(an_interrupted_run_ends_cleanly),
      cmocka_unit_test(nothing_works_on_after_the_end),
      cmocka_unit_test(a_failing_on_stop_is_told_and_the_journal_ends),
      cmocka_unit_test(derivatives_move_cash_by_profit_and_loss),
      cmocka_unit_test(a_ruined_account_ends_in_refusals),
      cmocka_unit_test(what_does_not_fit_ends_the_run_with_words),
      cmocka_unit_test(what_is_finer_than_the_increments_is_cut_and_counted),
      cmocka_unit_test(the_same_run_has_the_same_journal),
      cmocka_unit_test(no_bars_and_no_products_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
