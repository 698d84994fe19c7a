/* SPDX-License-Identifier: MIT */
/* coinbase_broker: exits that follow their entry: what the venue edits, what it does not, and who was faster. */
#include "coinbase_support.h"

static bool last_is_open(const broker_stage *stage) {
  return stage->kept[stage->count - 1].order.status == NEAP_ORDER_OPEN;
}

static bool last_is_over(const broker_stage *stage) { return broker_stage_is_over(&stage->kept[stage->count - 1]); }

static const neap_venue_order *newest(const broker_stage *stage) { return exchange_stage_last(&stage->exchange); }

static bool is_of_size(const broker_stage *stage, const char *size) {
  neap_venue *venue = stage->exchange.exchange->venue;
  const neap_venue_order *order = broker_stage_theirs(stage, &stage->kept[0]);
  return order && neap_venue_size(&venue->products[order->product], order->size).units == dec(size).units;
}

static bool is_smaller(const broker_stage *stage) { return is_of_size(stage, "0.3"); }
static bool is_larger(const broker_stage *stage) { return is_of_size(stage, "0.8"); }

static kept_order *rest(broker_stage *stage, bool with_stream) {
  broker_stage_open(stage, with_stream);
  kept_order *kept = broker_stage_sell(stage, "0.5", "60000");
  broker_stage_await(stage, last_is_open);
  return kept;
}

static void test_it_grows_and_shrinks_in_place(void **state) {
  (void)state;
  for (int with_stream = 0; with_stream < 2; with_stream++) {
    broker_stage stage;
    kept_order *kept = rest(&stage, with_stream);
    assert_int_equal(broker_stage_resize(&stage, kept, "0.3"), NEAP_OK);
    broker_stage_await(&stage, is_smaller);
    assert_int_equal(broker_stage_resize(&stage, kept, "0.8"), NEAP_OK);
    broker_stage_await(&stage, is_larger);
    broker_stage_other(&stage, "BUY", "1", "60000");
    broker_stage_await(&stage, last_is_over);
    assert_int_equal(kept->order.status, NEAP_ORDER_FILLED);
    assert_decimal(kept->order.filled, "0.8");
    assert_int_equal(exchange_stage_orders(&stage.exchange), 2);
    broker_stage_close(&stage);
  }
}

static void test_it_is_resized_before_it_is_there(void **state) {
  broker_stage stage;
  (void)state;
  broker_stage_open(&stage, true);
  exchange_stage_fault(&stage.exchange, "answer_late:method=POST,path=/orders,count=1,time=500ms");
  kept_order *kept = broker_stage_sell(&stage, "0.5", "60000");
  assert_int_equal(broker_stage_resize(&stage, kept, "0.3"), NEAP_OK);
  assert_int_equal(broker_stage_resize(&stage, kept, "0.8"), NEAP_OK);
  broker_stage_await(&stage, is_larger);
  broker_stage_close(&stage);
}

/* The stream tells of an order before its own answer does: then two calls are under way, and the end forgets both. */
static void test_it_ends_while_two_answers_are_out(void **state) {
  broker_stage stage;
  (void)state;
  broker_stage_open(&stage, true);
  exchange_stage_fault(&stage.exchange, "answer_late:method=POST,path=/orders,count=1,time=1s");
  exchange_stage_fault(&stage.exchange, "answer_late:method=POST,path=orders/edit,count=1,time=5s");
  kept_order *kept = broker_stage_sell(&stage, "0.5", "60000");
  assert_int_equal(broker_stage_resize(&stage, kept, "0.3"), NEAP_OK);
  broker_stage_pass(&stage, 2 * NEAP_SECOND);
  assert_int_equal(neap_coinbase_client_under_way(stage.client), 1);
  neap_coinbase_broker_close(stage.broker);
  stage.broker = NULL;
  assert_int_equal(neap_coinbase_client_under_way(stage.client), 0);
  neap_coinbase_client_close(stage.client);
  broker_stage_connect(&stage);
  broker_stage_restore(&stage);
  broker_stage_await(&stage, is_smaller);
  broker_stage_close(&stage);
}

static void test_an_edit_whose_answer_is_lost_is_looked_at(void **state) {
  static const char *const faults[] = {"answer_lost:path=orders/edit,count=1", "request_lost:path=orders/edit,count=1",
                                       "answer_garbled:path=orders/edit,count=1",
                                       "unavailable:path=orders/edit,count=3"};
  (void)state;
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
    broker_stage stage;
    kept_order *kept = rest(&stage, i % 2);
    exchange_stage_fault(&stage.exchange, faults[i]);
    assert_int_equal(broker_stage_resize(&stage, kept, "0.8"), NEAP_OK);
    broker_stage_await(&stage, is_larger);
    broker_stage_close(&stage);
  }
}

/* It has filled more than it shall be, and that is known. */
static void test_less_than_it_has_filled_is_refused(void **state) {
  broker_stage stage;
  (void)state;
  kept_order *kept = rest(&stage, false);
  broker_stage_other(&stage, "BUY", "0.4", "60000");
  broker_stage_pass(&stage, 5 * NEAP_SECOND);
  assert_int_equal(broker_stage_resize(&stage, kept, "0.3"), NEAP_REFUSED);
  assert_int_equal(broker_stage_resize(&stage, kept, "0.4"), NEAP_OK); /* nothing is left of it */
  broker_stage_pass(&stage, 5 * NEAP_SECOND);
  assert_true(neap_venue_order_is_over(broker_stage_theirs(&stage, kept)));
  stage.kept[0].order.status = NEAP_ORDER_FILLED; /* as its receiver sees it */
  broker_stage_close(&stage);
}

/* And that is not known: the fills say how much it is. */
static void test_fills_beyond_a_resize_are_told_whole(void **state) {
  broker_stage stage;
  (void)state;
  kept_order *kept = rest(&stage, false);
  broker_stage_other(&stage, "BUY", "0.4", "60000");
  assert_int_equal(broker_stage_resize(&stage, kept, "0.3"), NEAP_OK);
  broker_stage_pass(&stage, 10 * NEAP_SECOND);
  assert_decimal(kept->order.filled, "0.4");
  assert_decimal(kept->order.ticket.quantity, "0.5"); /* the venue's order works on as it was */
  broker_stage_other(&stage, "BUY", "0.1", "60000");
  broker_stage_await(&stage, last_is_over);
  assert_int_equal(kept->order.status, NEAP_ORDER_FILLED);
  broker_stage_close(&stage);
}

/* It filled whole before it grew: the rest works on as another order at the venue, and as the same one here. */
static void grow_what_is_filled(bool dies) {
  broker_stage stage;
  kept_order *kept = rest(&stage, false);
  broker_stage_other(&stage, "BUY", "0.5", "60000");
  assert_int_equal(broker_stage_resize(&stage, kept, "0.8"), NEAP_OK);
  broker_stage_pass(&stage, 10 * NEAP_SECOND);
  assert_int_equal(kept->order.status, NEAP_ORDER_PARTIALLY_FILLED);
  assert_int_equal(exchange_stage_orders(&stage.exchange), 3);
  assert_string_not_equal(newest(&stage)->client_id, kept->order.ticket.id);
  if (dies) {
    broker_stage_die(&stage);
    broker_stage_connect(&stage);
    broker_stage_restore(&stage);
  }
  broker_stage_other(&stage, "BUY", "0.1", "60000");
  broker_stage_pass(&stage, 5 * NEAP_SECOND);
  assert_decimal(kept->order.filled, "0.6");
  broker_stage_other(&stage, "BUY", "0.2", "60000");
  broker_stage_await(&stage, last_is_over);
  assert_int_equal(kept->order.status, NEAP_ORDER_FILLED);
  assert_int_equal(kept->fills, 3);
  assert_int_equal(stage.foreign_count, 0);
  broker_stage_close(&stage);
}

static void test_what_filled_whole_works_on_for_the_rest(void **state) {
  (void)state;
  grow_what_is_filled(false);
}

static void test_and_in_another_process(void **state) {
  (void)state;
  grow_what_is_filled(true);
}

static void test_the_rest_of_what_filled_whole_may_be_cancelled(void **state) {
  broker_stage stage;
  (void)state;
  kept_order *kept = rest(&stage, true);
  broker_stage_other(&stage, "BUY", "0.5", "60000");
  assert_int_equal(broker_stage_resize(&stage, kept, "0.8"), NEAP_OK);
  broker_stage_pass(&stage, 10 * NEAP_SECOND);
  broker_stage_cancel(&stage, kept);
  broker_stage_await(&stage, last_is_over);
  assert_int_equal(kept->order.status, NEAP_ORDER_CANCELLED);
  assert_decimal(kept->order.filled, "0.5");
  broker_stage_close(&stage);
}

/* The broker has heard of its end, and the session has not. */
static void test_an_end_that_is_not_told_yet_is_no_reason_to_lose_fills(void **state) {
  broker_stage stage;
  (void)state;
  kept_order *kept = rest(&stage, false);
  stage.waits = true;
  broker_stage_other(&stage, "BUY", "0.4", "60000");
  neap_exchange_end_order(stage.exchange.exchange, broker_stage_theirs(&stage, kept)->id, "because", NULL);
  broker_stage_pass(&stage, 10 * NEAP_SECOND);
  assert_int_equal(broker_stage_resize(&stage, kept, "0.3"), NEAP_REFUSED);
  assert_int_equal(broker_stage_resize(&stage, kept, "0.45"), NEAP_OK);
  stage.waits = false;
  broker_stage_await(&stage, last_is_over);
  assert_int_equal(kept->order.status, NEAP_ORDER_CANCELLED);
  assert_decimal(kept->order.filled, "0.4");
  broker_stage_close(&stage);
}

static void test_an_end_that_is_not_told_yet_need_not_be_one(void **state) {
  broker_stage stage;
  (void)state;
  kept_order *kept = rest(&stage, false);
  stage.waits = true;
  broker_stage_other(&stage, "BUY", "0.5", "60000");
  broker_stage_pass(&stage, 10 * NEAP_SECOND);
  assert_int_equal(broker_stage_resize(&stage, kept, "0.8"), NEAP_OK);
  stage.waits = false;
  broker_stage_pass(&stage, 5 * NEAP_SECOND);
  assert_decimal(kept->order.filled, "0.5");
  broker_stage_other(&stage, "BUY", "0.3", "60000");
  broker_stage_await(&stage, last_is_over);
  assert_int_equal(kept->order.status, NEAP_ORDER_FILLED);
  broker_stage_close(&stage);
}

static void test_what_ended_is_left_alone(void **state) {
  broker_stage stage;
  (void)state;
  kept_order *kept = rest(&stage, false);
  neap_exchange_end_order(stage.exchange.exchange, broker_stage_theirs(&stage, kept)->id, "because", NULL);
  assert_int_equal(broker_stage_resize(&stage, kept, "0.8"), NEAP_OK);
  broker_stage_await(&stage, last_is_over);
  assert_int_equal(kept->order.status, NEAP_ORDER_CANCELLED);
  assert_int_equal(exchange_stage_orders(&stage.exchange), 1);
  kept->order.ticket.number = 99;
  assert_int_equal(stage.contract->resize(stage.contract->self, &kept->order, 0, NULL), NEAP_NOT_FOUND);
  kept->order.ticket.number = 1;
  broker_stage_close(&stage);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_it_grows_and_shrinks_in_place),
      cmocka_unit_test(test_it_is_resized_before_it_is_there),
      cmocka_unit_test(test_it_ends_while_two_answers_are_out),
      cmocka_unit_test(test_an_edit_whose_answer_is_lost_is_looked_at),
      cmocka_unit_test(test_less_than_it_has_filled_is_refused),
      cmocka_unit_test(test_fills_beyond_a_resize_are_told_whole),
      cmocka_unit_test(test_what_filled_whole_works_on_for_the_rest),
      cmocka_unit_test(test_and_in_another_process),
      cmocka_unit_test(test_the_rest_of_what_filled_whole_may_be_cancelled),
      cmocka_unit_test(test_an_end_that_is_not_told_yet_is_no_reason_to_lose_fills),
      cmocka_unit_test(test_an_end_that_is_not_told_yet_need_not_be_one),
      cmocka_unit_test(test_what_ended_is_left_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
