/* SPDX-License-Identifier: MIT */
/* coinbase_broker: another process after the one that sent the orders: what became of them, wherever it ended. */
#include "coinbase_support.h"

static bool last_is_open(const broker_stage *stage) {
  return stage->kept[stage->count - 1].order.status == NEAP_ORDER_OPEN;
}

static bool last_is_over(const broker_stage *stage) { return broker_stage_is_over(&stage->kept[stage->count - 1]); }

static void again(broker_stage *stage) {
  broker_stage_connect(stage);
  broker_stage_restore(stage);
}

static void test_an_order_that_rests_works_on(void **state) {
  (void)state;
  for (int with_stream = 0; with_stream < 2; with_stream++) {
    broker_stage stage;
    broker_stage_open(&stage, with_stream);
    kept_order *kept = broker_stage_buy(&stage, "0.5", "40000");
    broker_stage_await(&stage, last_is_open);
    broker_stage_die(&stage);
    again(&stage);
    broker_stage_pass(&stage, NEAP_SECOND);
    assert_int_equal(kept->accepted, 1); /* it was told of that by the process before */
    broker_stage_other(&stage, "SELL", "0.5", "40000");
    broker_stage_await(&stage, last_is_over);
    assert_int_equal(kept->order.status, NEAP_ORDER_FILLED);
    broker_stage_close(&stage);
  }
}

/* Part of it was told before, part of it happened while nobody was there. */
static void test_what_filled_in_between_is_told_once(void **state) {
  broker_stage stage;
  (void)state;
  broker_stage_open(&stage, true);
  kept_order *kept = broker_stage_buy(&stage, "0.5", "40000");
  broker_stage_await(&stage, last_is_open);
  broker_stage_other(&stage, "SELL", "0.1", "40000");
  broker_stage_pass(&stage, 5 * NEAP_SECOND);
  assert_int_equal(kept->fills, 1);
  broker_stage_die(&stage);
  broker_stage_other(&stage, "SELL", "0.15", "40000");
  broker_stage_other(&stage, "SELL", "0.2", "40000");
  again(&stage);
  broker_stage_rest(&stage);
  assert_int_equal(kept->fills, 3);
  assert_int_equal(kept->repeated, 0);
  assert_int_equal(kept->order.status, NEAP_ORDER_PARTIALLY_FILLED);
  assert_int_equal(stage.foreign_count, 0);
  broker_stage_close(&stage);
}

static void test_an_end_in_between_is_told(void **state) {
  broker_stage stage;
  (void)state;
  broker_stage_open(&stage, false);
  kept_order *filled = broker_stage_buy(&stage, "0.5", "40000"), *ended = broker_stage_buy(&stage, "0.5", "39000");
  broker_stage_await(&stage, last_is_open);
  broker_stage_die(&stage);
  broker_stage_other(&stage, "SELL", "0.5", "40000");
  broker_stage_other(&stage, "SELL", "0.1", "39000");
  neap_exchange_end_order(stage.exchange.exchange, broker_stage_theirs(&stage, ended)->id, "because", NULL);
  again(&stage);
  broker_stage_rest(&stage);
  assert_int_equal(filled->order.status, NEAP_ORDER_FILLED);
  assert_int_equal(ended->order.status, NEAP_ORDER_CANCELLED);
  assert_decimal(ended->order.filled, "0.1");
  broker_stage_close(&stage);
}

/* The journal has it, and nobody knows whether its first byte left. */
static void test_what_may_never_have_left(void **state) {
  (void)state;
  for (int is_exit = 0; is_exit < 2; is_exit++) {
    broker_stage stage;
    broker_stage_open(&stage, true);
    broker_stage_die(&stage);
    stage.count = 1;
    kept_order *kept = &stage.kept[0];
    kept->is_exit = is_exit;
    kept->order = (neap_order){.status = NEAP_ORDER_SUBMITTED, .created = stage.since, .submitted = stage.since};
    kept->order.ticket = (neap_ticket){.number = 1,
                                       .side = is_exit ? NEAP_SELL : NEAP_BUY,
                                       .type = NEAP_LIMIT,
                                       .quantity = dec("0.5"),
                                       .limit = dec("45000")};
    neap_order_id("stage", 1, kept->order.ticket.id);
    again(&stage);
    broker_stage_pass(&stage, 5 * NEAP_SECOND);
    assert_int_equal(kept->doubts, 1);
    assert_int_equal(kept->losses, 0);
    broker_stage_pass(&stage, 15 * NEAP_SECOND);
    assert_int_equal(kept->losses, 1);
    assert_int_equal(kept->order.status, is_exit ? NEAP_ORDER_OPEN : NEAP_ORDER_REJECTED);
    assert_int_equal(exchange_stage_orders(&stage.exchange), is_exit);
    if (!is_exit) stage.count = 0;
    broker_stage_close(&stage);
  }
}

/* It left, and its process did not hear the answer. */
static void test_what_has_left_is_found(void **state) {
  (void)state;
  for (int rounds = 0; rounds < 12; rounds++) {
    broker_stage stage;
    broker_stage_open(&stage, rounds % 2);
    kept_order *kept = broker_stage_sell(&stage, "0.5", "60000");
    for (int i = 0; i < rounds; i++) broker_stage_turn(&stage);
    broker_stage_die(&stage);
    again(&stage);
    broker_stage_rest(&stage);
    assert_int_equal(kept->order.status, NEAP_ORDER_OPEN);
    assert_int_equal(exchange_stage_orders(&stage.exchange), 1);
    broker_stage_close(&stage);
  }
}

static void test_a_cancel_goes_on(void **state) {
  (void)state;
  for (int rounds = 0; rounds < 12; rounds++) {
    broker_stage stage;
    broker_stage_open(&stage, rounds % 2);
    kept_order *kept = broker_stage_buy(&stage, "0.5", "40000");
    broker_stage_await(&stage, last_is_open);
    broker_stage_cancel(&stage, kept);
    for (int i = 0; i < rounds; i++) broker_stage_turn(&stage);
    broker_stage_die(&stage);
    again(&stage);
    broker_stage_rest(&stage);
    assert_int_equal(kept->order.status, NEAP_ORDER_CANCELLED);
    broker_stage_close(&stage);
  }
}

/* An order that is older than what is looked at when it begins. */
static void test_an_old_order_is_found_by_itself(void **state) {
  broker_stage stage;
  (void)state;
  broker_stage_open(&stage, true);
  kept_order *kept = broker_stage_buy(&stage, "0.5", "40000");
  broker_stage_await(&stage, last_is_open);
  broker_stage_die(&stage);
  neap_exchange_end_order(stage.exchange.exchange, broker_stage_theirs(&stage, kept)->id, "because", NULL);
  neap_clock_advance(&stage.exchange.net.clock, stage.since + 86400 * NEAP_SECOND, NULL);
  stage.since += 86000 * NEAP_SECOND;
  again(&stage);
  broker_stage_rest(&stage);
  assert_int_equal(kept->order.status, NEAP_ORDER_CANCELLED);
  broker_stage_close(&stage);
}

static void test_nothing_works_twice(void **state) {
  broker_stage stage;
  (void)state;
  broker_stage_open(&stage, true);
  kept_order *kept = broker_stage_buy(&stage, "0.5", "40000");
  broker_stage_await(&stage, last_is_open);
  const neap_broker *broker = stage.contract;
  assert_int_equal(broker->submit(broker->self, &kept->order.ticket, 0, NULL), NEAP_EXISTS);
  assert_int_equal(broker->restore(broker->self, &kept->order, NULL), NEAP_EXISTS);
  assert_int_equal(broker->cancel(broker->self, 77, 0, NULL), NEAP_NOT_FOUND);
  broker_stage_close(&stage);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_an_order_that_rests_works_on),
      cmocka_unit_test(test_what_filled_in_between_is_told_once),
      cmocka_unit_test(test_an_end_in_between_is_told),
      cmocka_unit_test(test_what_may_never_have_left),
      cmocka_unit_test(test_what_has_left_is_found),
      cmocka_unit_test(test_a_cancel_goes_on),
      cmocka_unit_test(test_an_old_order_is_found_by_itself),
      cmocka_unit_test(test_nothing_works_twice),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
