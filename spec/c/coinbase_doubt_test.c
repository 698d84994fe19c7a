/* SPDX-License-Identifier: MIT */
/* coinbase_broker: what is lost on the way, and what only seems to be: nothing is sent twice, nothing is given up. */
#include "coinbase_support.h"

static bool last_is_open(const broker_stage *stage) {
  return stage->kept[stage->count - 1].order.status == NEAP_ORDER_OPEN;
}

static bool last_is_over(const broker_stage *stage) { return broker_stage_is_over(&stage->kept[stage->count - 1]); }

/* The venue made the order, and its answer did not come. */
static void test_an_answer_that_is_lost_is_asked_for(void **state) {
  static const char *const faults[] = {
      "answer_lost:", "answer_closed:", "answer_cut:", "answer_garbled:", "answer_error:", "answer_error:number=500,"};
  (void)state;
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
    broker_stage stage;
    char fault[96];
    broker_stage_open(&stage, i % 2);
    snprintf(fault, sizeof fault, "%smethod=POST,path=/orders,count=1", faults[i]);
    exchange_stage_fault(&stage.exchange, fault);
    kept_order *kept = broker_stage_buy(&stage, "0.5", "40000");
    broker_stage_await(&stage, last_is_open);
    assert_int_equal(kept->losses, 0);
    assert_int_equal(kept->accepted, 1);
    assert_true(kept->doubts <= 1);
    assert_int_equal(exchange_stage_orders(&stage.exchange), 1);
    broker_stage_close(&stage);
  }
}

/* The request never came: it is in doubt until two late answers do not have it. */
static void a_request_that_is_lost(bool is_exit, neap_order_status then, size_t made) {
  broker_stage stage;
  broker_stage_open(&stage, true);
  exchange_stage_fault(&stage.exchange, "request_lost:method=POST,path=/orders,count=1");
  kept_order *kept = is_exit ? broker_stage_sell(&stage, "0.5", "60000") : broker_stage_buy(&stage, "0.5", "40000");
  broker_stage_pass(&stage, 8 * NEAP_SECOND);
  assert_int_equal(kept->doubts, 1);
  assert_int_equal(kept->losses, 0); /* it may still arrive */
  broker_stage_pass(&stage, 6 * NEAP_SECOND);
  assert_int_equal(kept->losses, 1);
  assert_string_equal(kept->code, "not_found");
  assert_int_equal(kept->order.status, then);
  assert_int_equal(exchange_stage_orders(&stage.exchange), made);
  if (!is_exit) stage.count = 0;
  broker_stage_close(&stage);
}

static void test_an_entry_that_is_lost_has_lost_its_moment(void **state) {
  (void)state;
  a_request_that_is_lost(false, NEAP_ORDER_REJECTED, 0);
}

static void test_an_exit_that_is_lost_is_sent_again(void **state) {
  (void)state;
  a_request_that_is_lost(true, NEAP_ORDER_OPEN, 1);
}

static bool is_busy(const broker_stage *stage) {
  const neap_broker *broker = neap_coinbase_broker_contract(stage->broker);
  return broker->is_busy(broker->self);
}

static bool is_idle(const broker_stage *stage) { return !is_busy(stage); }

/* Later than anything should: nobody wants it any more. */
static void test_what_turns_up_after_all_is_cancelled(void **state) {
  (void)state;
  for (int with_stream = 0; with_stream < 2; with_stream++) {
    broker_stage stage;
    char body[400];
    broker_stage_open(&stage, with_stream);
    exchange_stage_fault(&stage.exchange, "request_lost:method=POST,path=/orders,count=1");
    kept_order *kept = broker_stage_buy(&stage, "0.5", "40000");
    broker_stage_await(&stage, last_is_over);
    assert_int_equal(kept->losses, 1);
    snprintf(body, sizeof body,
             "{\"client_order_id\":\"%s\",\"product_id\":\"BTC-USD\",\"side\":\"BUY\",\"order_configuration\":"
             "{\"limit_limit_gtc\":{\"base_size\":\"0.5\",\"limit_price\":\"40000\"}}}",
             kept->order.ticket.id);
    exchange_stage_reconnect(&stage.exchange);
    assert_true(is_idle(&stage));
    exchange_stage_say(&stage.exchange, 1, "POST", ORDERS, body);
    broker_stage_await(&stage, is_busy);
    broker_stage_await(&stage, is_idle);
    assert_true(neap_venue_order_is_over(broker_stage_theirs(&stage, kept)));
    broker_stage_close(&stage);
  }
}

/* "Not found" and "not reachable" are two answers. */
static void test_no_answer_is_not_a_no(void **state) {
  broker_stage stage;
  (void)state;
  broker_stage_open(&stage, false);
  uint32_t deaf = exchange_stage_fault(&stage.exchange, "unavailable:method=GET");
  exchange_stage_fault(&stage.exchange, "answer_lost:method=POST,path=/orders,count=1");
  kept_order *kept = broker_stage_buy(&stage, "0.5", "40000");
  broker_stage_pass(&stage, 60 * NEAP_SECOND);
  assert_int_equal(kept->doubts, 1);
  assert_int_equal(kept->losses + kept->accepted, 0);
  neap_exchange_remove_fault(stage.exchange.exchange, deaf, NULL);
  broker_stage_await(&stage, last_is_open);
  broker_stage_close(&stage);
}

/* It comes late: handled after the client has given up, and after it was asked for the first time. */
static void test_a_request_that_comes_late_is_found(void **state) {
  broker_stage stage;
  (void)state;
  broker_stage_open(&stage, true);
  stage.exchange.exchange->venue->options.visible_after = 2 * NEAP_SECOND;
  exchange_stage_fault(&stage.exchange, "answer_lost:method=POST,path=/orders,count=1");
  kept_order *kept = broker_stage_buy(&stage, "0.5", "40000");
  broker_stage_await(&stage, last_is_open);
  assert_int_equal(kept->losses, 0);
  broker_stage_close(&stage);
}

/* The venue has it already and says so: it is found, whichever way it says it. */
static void test_a_client_id_that_is_there_already(void **state) {
  (void)state;
  for (int refuses = 0; refuses < 2; refuses++) {
    broker_stage stage;
    broker_stage_open(&stage, false);
    stage.exchange.exchange->venue->options.refuses_reused_ids = refuses;
    exchange_stage_fault(&stage.exchange, "request_twice:method=POST,path=/orders,count=1");
    kept_order *kept = broker_stage_sell(&stage, "0.5", "60000");
    broker_stage_await(&stage, last_is_open);
    assert_int_equal(kept->losses + kept->doubts, 0);
    assert_int_equal(exchange_stage_orders(&stage.exchange), 1);
    broker_stage_close(&stage);
  }
}

/* Turned away for as long as the client is patient: surely not sent. */
static void test_who_is_not_reached_is_not_in_doubt(void **state) {
  broker_stage stage;
  (void)state;
  broker_stage_open(&stage, true);
  uint32_t busy = exchange_stage_fault(&stage.exchange, "rate_limited:method=POST,path=/orders");
  kept_order *entry = broker_stage_buy(&stage, "0.5", "40000"), *leaving = broker_stage_sell(&stage, "0.1", "60000");
  broker_stage_pass(&stage, 60 * NEAP_SECOND);
  assert_int_equal(entry->order.status, NEAP_ORDER_REJECTED);
  assert_string_equal(entry->code, "not_reachable");
  assert_int_equal(entry->doubts + leaving->doubts, 0);
  assert_int_equal(leaving->order.status, NEAP_ORDER_SUBMITTED);
  assert_true(leaving->losses >= 1 && leaving->losses < 20);
  neap_exchange_remove_fault(stage.exchange.exchange, busy, NULL);
  broker_stage_await(&stage, last_is_open);
  stage.kept[0] = stage.kept[1], stage.count = 1; /* the entry never came */
  broker_stage_close(&stage);
}

static void test_who_is_cancelled_while_it_is_not_reached_is_gone(void **state) {
  broker_stage stage;
  (void)state;
  broker_stage_open(&stage, true);
  exchange_stage_fault(&stage.exchange, "rate_limited:method=POST,path=/orders");
  kept_order *leaving = broker_stage_sell(&stage, "0.1", "60000");
  broker_stage_pass(&stage, 30 * NEAP_SECOND);
  broker_stage_cancel(&stage, leaving);
  broker_stage_await(&stage, last_is_over);
  assert_int_equal(leaving->order.status, NEAP_ORDER_CANCELLED);
  assert_int_equal(exchange_stage_orders(&stage.exchange), 0);
  stage.count = 0;
  broker_stage_close(&stage);
}

/* A cancel while nobody knows whether there is anything to cancel. */
static void test_a_cancel_of_what_is_in_doubt_waits(void **state) {
  (void)state;
  for (int is_there = 0; is_there < 2; is_there++) {
    broker_stage stage;
    broker_stage_open(&stage, false);
    stage.exchange.exchange->venue->options.visible_after = 3 * NEAP_SECOND;
    exchange_stage_fault(&stage.exchange, is_there ? "answer_lost:method=POST,path=/orders,count=1"
                                                   : "request_lost:method=POST,path=/orders,count=1");
    kept_order *kept = broker_stage_sell(&stage, "0.5", "60000");
    broker_stage_pass(&stage, NEAP_SECOND);
    assert_int_equal(kept->doubts, 1);
    broker_stage_cancel(&stage, kept);
    broker_stage_await(&stage, last_is_over);
    assert_int_equal(kept->order.status, NEAP_ORDER_CANCELLED);
    assert_int_equal(exchange_stage_orders(&stage.exchange), is_there);
    if (!is_there) stage.count = 0;
    broker_stage_close(&stage);
  }
}

static void test_a_cancel_whose_answer_is_lost_is_asked_again(void **state) {
  static const char *const faults[] = {"answer_lost:path=batch_cancel,count=3",
                                       "request_lost:path=batch_cancel,count=6",
                                       "answer_garbled:path=batch_cancel,count=1",
                                       "unavailable:path=batch_cancel,count=9", "answer_twice:path=batch_cancel"};
  (void)state;
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
    broker_stage stage;
    broker_stage_open(&stage, i % 2);
    kept_order *kept = broker_stage_buy(&stage, "0.5", "40000");
    broker_stage_await(&stage, last_is_open);
    exchange_stage_fault(&stage.exchange, faults[i]);
    broker_stage_cancel(&stage, kept);
    broker_stage_await(&stage, last_is_over);
    assert_int_equal(kept->order.status, NEAP_ORDER_CANCELLED);
    assert_int_equal(kept->cancels_refused, 0);
    broker_stage_close(&stage);
  }
}

/* What is taken for the next request's answer names another order. */
static void test_answers_that_come_twice(void **state) {
  broker_stage stage;
  (void)state;
  broker_stage_open(&stage, true);
  exchange_stage_fault(&stage.exchange, "answer_twice:method=POST,path=/orders");
  for (int i = 0; i < 30; i++) {
    broker_stage_buy(&stage, "0.001", "40000");
    for (int rounds = 0; rounds < i % 5; rounds++) broker_stage_turn(&stage);
  }
  broker_stage_other(&stage, "SELL", "0.03", "40000");
  broker_stage_rest(&stage);
  for (size_t i = 0; i < stage.count; i++) assert_int_equal(stage.kept[i].order.status, NEAP_ORDER_FILLED);
  broker_stage_close(&stage);
}

static bool cancel_is_refused(const broker_stage *stage) { return stage->kept[0].cancels_refused > 0; }

static void test_a_cancel_that_the_venue_will_not_do_is_told(void **state) {
  broker_stage stage;
  (void)state;
  broker_stage_open(&stage, true);
  kept_order *kept = broker_stage_buy(&stage, "0.5", "40000");
  broker_stage_await(&stage, last_is_open);
  neap_exchange_set_product(stage.exchange.exchange, "BTC-USD", NEAP_PRODUCT_DISABLED, false, NULL);
  broker_stage_cancel(&stage, kept);
  broker_stage_await(&stage, cancel_is_refused);
  assert_int_equal(kept->order.status, NEAP_ORDER_OPEN);
  neap_exchange_set_product(stage.exchange.exchange, "BTC-USD", 0, false, NULL);
  broker_stage_cancel(&stage, kept);
  broker_stage_await(&stage, last_is_over);
  broker_stage_close(&stage);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_an_answer_that_is_lost_is_asked_for),
      cmocka_unit_test(test_an_entry_that_is_lost_has_lost_its_moment),
      cmocka_unit_test(test_an_exit_that_is_lost_is_sent_again),
      cmocka_unit_test(test_what_turns_up_after_all_is_cancelled),
      cmocka_unit_test(test_answers_that_come_twice),
      cmocka_unit_test(test_no_answer_is_not_a_no),
      cmocka_unit_test(test_a_request_that_comes_late_is_found),
      cmocka_unit_test(test_a_client_id_that_is_there_already),
      cmocka_unit_test(test_who_is_not_reached_is_not_in_doubt),
      cmocka_unit_test(test_who_is_cancelled_while_it_is_not_reached_is_gone),
      cmocka_unit_test(test_a_cancel_of_what_is_in_doubt_waits),
      cmocka_unit_test(test_a_cancel_whose_answer_is_lost_is_asked_again),
      cmocka_unit_test(test_a_cancel_that_the_venue_will_not_do_is_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
