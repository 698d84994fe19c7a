/* SPDX-License-Identifier: MIT */
/* coinbase_broker: the account it works on: balances, fees, the orders and trades of others, keys that may not. */
#include "coinbase_support.h"
#include "venue/wallet.h"

static bool last_is_open(const broker_stage *stage) {
  return stage->kept[stage->count - 1].order.status == NEAP_ORDER_OPEN;
}

static bool has_settled(const broker_stage *stage) { return stage->settled; }

static const neap_account_balance *balance(const broker_stage *stage, const char *currency) {
  for (size_t i = 0; i < stage->view.balance_count; i++)
    if (strcmp(stage->view.balances[i].currency, currency) == 0) return &stage->view.balances[i];
  fail_msg("no %s", currency);
  return NULL;
}

static void look(broker_stage *stage) {
  stage->settled = false;
  assert_int_equal(stage->contract->look(stage->contract->self, NULL), NEAP_OK);
  broker_stage_await(stage, has_settled);
}

static void test_balances_and_fees(void **state) {
  broker_stage stage;
  (void)state;
  broker_stage_open(&stage, true);
  assert_non_null(neap_coinbase_broker_account(stage.broker));
  broker_stage_buy(&stage, "0.5", "40000");
  broker_stage_await(&stage, last_is_open);
  look(&stage);
  assert_decimal(balance(&stage, "BTC")->total, "10");
  assert_decimal(balance(&stage, "USD")->total, "1000000");
  assert_true(balance(&stage, "USD")->held.units >= dec("20000").units);
  assert_int_equal(stage.view.order_count, 0); /* ours is no foreign one */
  assert_int_equal(stage.rates_count, 1);
  assert_true(stage.taker.units > 0 && stage.taker.units < dec("0.1").units);
  broker_stage_other(&stage, "SELL", "0.2", "40000");
  broker_stage_rest(&stage);
  look(&stage);
  assert_decimal(balance(&stage, "BTC")->total, "10.2");
  assert_true(
      balance(&stage, "USD")->total.units ==
      neap_venue_owned(stage.exchange.exchange->venue, stage.exchange.exchange->venue->keys[0].portfolio, "USD").units);
  broker_stage_close(&stage);
}

/* Of those who trade most the venue has paid the maker. */
static void test_a_tier_that_pays_the_maker(void **state) {
  broker_stage stage;
  (void)state;
  broker_stage_open(&stage, true);
  broker_stage_die(&stage);
  neap_fee_table *table =
      &stage.exchange.exchange->venue->users[stage.exchange.exchange->venue->keys[0].user].fees.table;
  for (uint32_t i = 0; i < table->count; i++) table->tier[i].schedule.maker_bps = dec("-1.5");
  broker_stage_connect(&stage);
  broker_stage_buy(&stage, "0.5", "40000");
  broker_stage_await(&stage, last_is_open);
  assert_decimal(stage.maker, "-0.00015");
  broker_stage_other(&stage, "SELL", "0.2", "40000");
  broker_stage_rest(&stage);
  assert_decimal(stage.kept[0].order.fees, "-1.2");
  look(&stage);
  assert_decimal(balance(&stage, "USD")->total, "992001.2");
  broker_stage_close(&stage);
}

/* In the venue's own app: a new price, then another size. It is shown, and is not edited back. */
static void test_an_edit_by_hand_is_shown(void **state) {
  broker_stage stage;
  char body[300];
  (void)state;
  broker_stage_open(&stage, true);
  kept_order *kept = broker_stage_buy(&stage, "0.5", "40000");
  broker_stage_await(&stage, last_is_open);
  look(&stage);
  assert_int_equal(stage.view.own_count, 1);
  assert_decimal(stage.view.own[0].limit, "40000");
  snprintf(body, sizeof body, "{\"order_id\":\"%s\",\"price\":\"39000\",\"size\":\"0.4\"}",
           broker_stage_theirs(&stage, kept)->id);
  exchange_stage_reconnect(&stage.exchange);
  exchange_stage_say(&stage.exchange, 1, "POST", ORDERS "/edit", body);
  broker_stage_rest(&stage);
  for (int i = 0; i < 2; i++) look(&stage);
  assert_decimal(stage.view.own[0].limit, "39000");
  assert_decimal(stage.view.own[0].quantity, "0.4");
  broker_stage_close(&stage);
}

static void test_a_look_comes_by_itself(void **state) {
  broker_stage stage;
  (void)state;
  broker_stage_open(&stage, true);
  broker_stage_pass(&stage, 5 * NEAP_SECOND);
  size_t before = stage.view_count;
  broker_stage_pass(&stage, 100 * NEAP_SECOND);
  assert_true(stage.view_count >= before + 2 && stage.view_count <= before + 4);
  broker_stage_close(&stage);
}

/* Its lists come later than the balances: by then the next look is wished for, each time. */
static void test_who_asks_all_the_time_is_shown_looks(void **state) {
  broker_stage stage;
  (void)state;
  broker_stage_open(&stage, true);
  broker_stage_pass(&stage, 2 * NEAP_SECOND);
  exchange_stage_fault(&stage.exchange, "answer_late:method=GET,path=/orders,time=50ms");
  size_t before = stage.view_count;
  for (int i = 0; i < 1000; i++) {
    stage.contract->look(stage.contract->self, NULL);
    broker_stage_turn(&stage);
  }
  assert_true(stage.view_count >= before + 3);
  broker_stage_close(&stage);
}

/* While something of ours is under way a difference says nothing. */
static void test_a_look_is_not_settled_while_something_is_under_way(void **state) {
  broker_stage stage;
  (void)state;
  broker_stage_open(&stage, true);
  broker_stage_pass(&stage, 2 * NEAP_SECOND);
  exchange_stage_fault(&stage.exchange, "answer_late:method=POST,path=/orders,count=1,time=3s");
  broker_stage_buy(&stage, "0.5", "40000");
  stage.settled = false;
  size_t before = stage.view_count;
  stage.contract->look(stage.contract->self, NULL);
  broker_stage_pass(&stage, NEAP_SECOND / 2);
  assert_true(stage.view_count > before);
  assert_false(stage.settled);
  broker_stage_close(&stage);
}

static void test_what_others_trade_is_told_once(void **state) {
  (void)state;
  for (int with_stream = 0; with_stream < 2; with_stream++) {
    broker_stage stage;
    broker_stage_open(&stage, with_stream);
    broker_stage_pass(&stage, NEAP_SECOND);
    exchange_stage_order(&stage.exchange, 1, "BUY", "0.3", "40000"); /* by hand, with the same key */
    broker_stage_other(&stage, "SELL", "0.1", "40000");
    broker_stage_pass(&stage, 40 * NEAP_SECOND);
    look(&stage);
    assert_int_equal(stage.foreign_count, 1);
    assert_decimal(stage.foreign[0].quantity, "0.1");
    assert_int_equal(stage.foreign[0].side, NEAP_BUY);
    assert_int_equal(strncmp(stage.foreign[0].client_id, "order-", 6), 0);
    assert_int_equal(stage.view.order_count, 1);
    assert_decimal(stage.view.orders[0].quantity, "0.3");
    assert_decimal(stage.view.orders[0].filled, "0.1");
    assert_decimal(stage.view.orders[0].limit, "40000");
    assert_int_equal(stage.view.orders[0].product, 0);
    broker_stage_other(&stage, "SELL", "0.2", "40000");
    broker_stage_pass(&stage, 60 * NEAP_SECOND);
    look(&stage);
    assert_int_equal(stage.foreign_count, 2);
    assert_int_equal(stage.view.order_count, 0);
    broker_stage_close(&stage);
  }
}

static bool has_foreign(const broker_stage *stage) { return stage->foreign_count == 1; }

/* The user channel has the orders of everybody who trades on the account: their fills need not wait for a poll. */
static void test_what_others_trade_is_seen_at_once_with_a_stream(void **state) {
  broker_stage stage;
  (void)state;
  broker_stage_open(&stage, true);
  broker_stage_pass(&stage, 2 * NEAP_SECOND);
  exchange_stage_order(&stage.exchange, 1, "BUY", "0.3", "40000");
  broker_stage_other(&stage, "SELL", "0.1", "40000");
  int64_t traded = neap_clock_now(&stage.exchange.net.clock);
  broker_stage_await(&stage, has_foreign);
  assert_true(neap_clock_now(&stage.exchange.net.clock) - traded < NEAP_SECOND);
  assert_decimal(stage.foreign[0].quantity, "0.1");
  broker_stage_close(&stage);
}

/* What is over for longer than anything comes late is no longer kept, and its fills are nobody else's. */
static void test_what_is_long_over_is_forgotten(void **state) {
  broker_stage stage;
  (void)state;
  broker_stage_open(&stage, true);
  broker_stage_buy(&stage, "0.5", "40000");
  broker_stage_await(&stage, last_is_open);
  broker_stage_other(&stage, "SELL", "0.5", "40000");
  broker_stage_rest(&stage);
  assert_int_equal(stage.contract->cancel(stage.contract->self, 1, 0, NULL), NEAP_OK);
  neap_clock *clock = &stage.exchange.net.clock;
  neap_clock_advance(clock, neap_clock_now(clock) + 700 * NEAP_SECOND, NULL);
  broker_stage_pass(&stage, 120 * NEAP_SECOND);
  assert_int_equal(stage.contract->cancel(stage.contract->self, 1, 0, NULL), NEAP_NOT_FOUND);
  broker_stage_buy(&stage, "0.2", "40000");
  broker_stage_await(&stage, last_is_open);
  broker_stage_other(&stage, "SELL", "0.2", "40000");
  broker_stage_pass(&stage, 60 * NEAP_SECOND);
  assert_int_equal(stage.kept[1].order.status, NEAP_ORDER_FILLED);
  assert_int_equal(stage.foreign_count, 0);
  broker_stage_close(&stage);
}

/* --- keys that may not ---------------------------------------------------------------------------------------------
 */

static neap_status status_of(broker_stage *stage, neap_fault *fault) {
  neap_status status = NEAP_END;
  for (int i = 0; i < 20000 && status == NEAP_END; i++) {
    status = neap_coinbase_broker_ready(stage->broker, fault);
    broker_stage_turn(stage);
  }
  return status;
}

static void a_key_that_is_refused(const char *fault_text, const char *code) {
  broker_stage stage;
  neap_fault fault = {0};
  broker_stage_open(&stage, false);
  broker_stage_die(&stage);
  exchange_stage_fault(&stage.exchange, fault_text);
  broker_stage_begin(&stage);
  assert_int_equal(status_of(&stage, &fault), NEAP_REFUSED);
  assert_string_equal(fault.code, code);
  broker_stage_close(&stage);
}

static void test_a_key_that_may_not_is_told_so(void **state) {
  (void)state;
  a_key_that_is_refused("forbidden:path=accounts", "permission");
  a_key_that_is_refused("unauthorized:", "auth");
}

/* Orders would still be taken: but nobody knows any more what the account holds. */
static void test_nothing_is_opened_when_the_account_was_not_seen_for_minutes(void **state) {
  broker_stage stage;
  (void)state;
  broker_stage_open(&stage, false);
  uint32_t blind = exchange_stage_fault(&stage.exchange, "unauthorized:path=/accounts");
  broker_stage_pass(&stage, 200 * NEAP_SECOND);
  assert_string_equal(broker_stage_buy(&stage, "0.1", "40000")->code, "");
  broker_stage_await(&stage, last_is_open);
  broker_stage_pass(&stage, 250 * NEAP_SECOND);
  kept_order *entry = broker_stage_buy(&stage, "0.1", "40000");
  assert_string_equal(entry->code, "account_unseen");
  assert_int_equal(entry->order.status, NEAP_ORDER_REJECTED);
  stage.count--;
  neap_exchange_remove_fault(stage.exchange.exchange, blind, NULL);
  look(&stage);
  stage.count++;
  assert_string_equal(broker_stage_buy(&stage, "0.1", "40000")->code, "");
  broker_stage_await(&stage, last_is_open);
  stage.kept[1] = stage.kept[2], stage.count = 2; /* the second never left */
  broker_stage_close(&stage);
}

static bool is_told(const broker_stage *stage) { return stage->access_count == 1; }
static bool is_let_in_again(const broker_stage *stage) { return stage->access_count == 2; }
static bool exit_is_filled(const broker_stage *stage) { return stage->kept[1].order.status == NEAP_ORDER_FILLED; }
static bool entry_is_gone(const broker_stage *stage) { return stage->kept[0].order.status == NEAP_ORDER_CANCELLED; }

/* Two requests with a fresh token each, and the session is told within seconds, by the key's name; entries leave no
 * more, exits and cancels wait for the key and go when it is let in. */
static void test_a_key_that_is_revoked_is_told_and_so_is_that_it_works_again(void **state) {
  broker_stage stage;
  (void)state;
  broker_stage_open(&stage, true);
  kept_order *entry = broker_stage_buy(&stage, "0.5", "40000");
  broker_stage_await(&stage, last_is_open);
  uint32_t revoked = exchange_stage_fault(&stage.exchange, "unauthorized:");
  kept_order *exit = broker_stage_sell(&stage, "0.1", "39000");
  exit->is_exit = true;
  int64_t asked = neap_clock_now(&stage.exchange.net.clock);
  broker_stage_await(&stage, is_told);
  assert_true(neap_clock_now(&stage.exchange.net.clock) - asked < 3 * NEAP_SECOND);
  assert_true(stage.is_shut_out);
  assert_non_null(strstr(stage.access, "does not let in the key …key-1: Unauthorized"));
  assert_string_equal(broker_stage_buy(&stage, "0.1", "40000")->code, "auth_failed");
  broker_stage_cancel(&stage, entry);
  broker_stage_pass(&stage, 120 * NEAP_SECOND);
  assert_int_equal(stage.access_count, 1);
  neap_exchange_remove_fault(stage.exchange.exchange, revoked, NULL);
  broker_stage_other(&stage, "BUY", "0.1", "39000");
  asked = neap_clock_now(&stage.exchange.net.clock);
  broker_stage_await(&stage, is_let_in_again);
  assert_false(stage.is_shut_out);
  broker_stage_await(&stage, exit_is_filled);
  broker_stage_await(&stage, entry_is_gone);
  assert_true(neap_clock_now(&stage.exchange.net.clock) - asked < 8 * NEAP_SECOND);
  assert_string_equal(broker_stage_buy(&stage, "0.1", "40000")->code, "");
  broker_stage_await(&stage, last_is_open);
  stage.kept[2] = stage.kept[3], stage.count = 3; /* the third never left */
  broker_stage_close(&stage);
}

/* One that is let in at the next request is not worth a word. */
static void test_a_refusal_that_passes_is_not_told(void **state) {
  broker_stage stage;
  (void)state;
  broker_stage_open(&stage, true);
  exchange_stage_fault(&stage.exchange, "unauthorized:path=/orders/historical,count=2");
  broker_stage_pass(&stage, 60 * NEAP_SECOND);
  exchange_stage_fault(&stage.exchange, "unauthorized:path=/accounts");
  broker_stage_pass(&stage, 60 * NEAP_SECOND);
  assert_int_equal(stage.access_count, 0);
  broker_stage_close(&stage);
}

/* It begins when the venue can be reached. */
static void test_it_waits_for_a_venue_that_is_away(void **state) {
  broker_stage stage;
  neap_fault fault = {0};
  (void)state;
  broker_stage_open(&stage, true);
  broker_stage_die(&stage);
  uint32_t away = exchange_stage_fault(&stage.exchange, "unavailable:");
  broker_stage_begin(&stage);
  broker_stage_pass(&stage, 100 * NEAP_SECOND);
  assert_int_equal(neap_coinbase_broker_ready(stage.broker, &fault), NEAP_END);
  neap_exchange_remove_fault(stage.exchange.exchange, away, NULL);
  assert_int_equal(status_of(&stage, &fault), NEAP_OK);
  broker_stage_close(&stage);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_balances_and_fees),
      cmocka_unit_test(test_a_tier_that_pays_the_maker),
      cmocka_unit_test(test_an_edit_by_hand_is_shown),
      cmocka_unit_test(test_a_look_comes_by_itself),
      cmocka_unit_test(test_who_asks_all_the_time_is_shown_looks),
      cmocka_unit_test(test_a_look_is_not_settled_while_something_is_under_way),
      cmocka_unit_test(test_what_others_trade_is_told_once),
      cmocka_unit_test(test_what_others_trade_is_seen_at_once_with_a_stream),
      cmocka_unit_test(test_what_is_long_over_is_forgotten),
      cmocka_unit_test(test_a_key_that_may_not_is_told_so),
      cmocka_unit_test(test_nothing_is_opened_when_the_account_was_not_seen_for_minutes),
      cmocka_unit_test(test_a_key_that_is_revoked_is_told_and_so_is_that_it_works_again),
      cmocka_unit_test(test_a_refusal_that_passes_is_not_told),
      cmocka_unit_test(test_it_waits_for_a_venue_that_is_away),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
