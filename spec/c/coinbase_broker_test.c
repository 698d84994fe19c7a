/* SPDX-License-Identifier: MIT */
/* coinbase_broker: orders that are taken, filled, refused and cancelled, with the user stream and without it. */
#include "coinbase_support.h"

static bool last_is_open(const broker_stage *stage) {
  return stage->kept[stage->count - 1].order.status == NEAP_ORDER_OPEN;
}

static bool last_is_over(const broker_stage *stage) { return broker_stage_is_over(&stage->kept[stage->count - 1]); }

static bool first_has_a_fill(const broker_stage *stage) { return stage->kept[0].fills > 0; }

static void an_order_rests_fills_in_parts_and_is_done(bool with_stream) {
  broker_stage stage;
  broker_stage_open(&stage, with_stream);
  kept_order *kept = broker_stage_buy(&stage, "0.5", "40000");
  assert_int_equal(kept->accepted, 0); /* nothing is told from within the call */
  broker_stage_await(&stage, last_is_open);
  assert_int_equal(kept->accepted, 1);
  broker_stage_other(&stage, "SELL", "0.2", "40000");
  broker_stage_await(&stage, first_has_a_fill);
  assert_int_equal(kept->order.status, NEAP_ORDER_PARTIALLY_FILLED);
  assert_false(kept->last);
  broker_stage_other(&stage, "SELL", "0.3", "39999");
  broker_stage_await(&stage, last_is_over);
  assert_int_equal(kept->order.status, NEAP_ORDER_FILLED);
  assert_true(kept->last);
  assert_int_equal(kept->fills, 2);
  assert_int_equal(kept->repeated + kept->refused_moves, 0);
  broker_stage_close(&stage);
}

static void test_an_order_with_the_stream(void **state) {
  (void)state;
  an_order_rests_fills_in_parts_and_is_done(true);
}

static void test_an_order_without_a_stream(void **state) {
  (void)state;
  an_order_rests_fills_in_parts_and_is_done(false);
}

static void test_a_market_order_takes_several_levels(void **state) {
  broker_stage stage;
  (void)state;
  broker_stage_open(&stage, true);
  broker_stage_other(&stage, "SELL", "0.1", "50000");
  broker_stage_other(&stage, "SELL", "0.1", "50001");
  broker_stage_other(&stage, "SELL", "0.1", "50002.5");
  kept_order *kept = broker_stage_buy(&stage, "0.25", NULL);
  broker_stage_await(&stage, last_is_over);
  assert_int_equal(kept->order.status, NEAP_ORDER_FILLED);
  assert_int_equal(kept->fills, 3);
  broker_stage_close(&stage);
}

/* More than the book has: what is left is cancelled by the venue, behind the fills. */
static void test_a_market_order_is_cut_short(void **state) {
  broker_stage stage;
  (void)state;
  broker_stage_open(&stage, true);
  broker_stage_other(&stage, "BUY", "0.1", "50000");
  kept_order *kept = broker_stage_sell(&stage, "0.25", NULL);
  broker_stage_await(&stage, last_is_over);
  assert_int_equal(kept->order.status, NEAP_ORDER_CANCELLED);
  assert_decimal(kept->order.filled, "0.1");
  broker_stage_close(&stage);
}

static void test_an_amount_of_money_buys_what_it_buys(void **state) {
  broker_stage stage;
  (void)state;
  broker_stage_open(&stage, true);
  broker_stage_other(&stage, "SELL", "0.01", "50000");
  broker_stage_other(&stage, "SELL", "1", "50001.23");
  kept_order *kept = broker_stage_spend(&stage, "1500");
  broker_stage_await(&stage, last_is_over);
  assert_int_equal(kept->order.status, NEAP_ORDER_FILLED);
  assert_int_equal(kept->fills, 2);
  assert_int_equal(kept->refused_moves, 0);
  assert_true(kept->order.ticket.quantity.units == kept->order.filled.units);
  broker_stage_close(&stage);
}

static void test_a_refusal_is_told_with_its_reason(void **state) {
  broker_stage stage;
  (void)state;
  broker_stage_open(&stage, true);
  broker_stage_other(&stage, "SELL", "1", "50000");
  kept_order *poor = broker_stage_sell(&stage, "1000", "60000");
  neap_ticket ticket = {.side = NEAP_BUY,
                        .type = NEAP_LIMIT,
                        .time_in_force = NEAP_GTC,
                        .post_only = true,
                        .quantity = dec("0.1"),
                        .limit = dec("50001")};
  broker_stage_send(&stage, &ticket);
  broker_stage_await(&stage, last_is_over);
  broker_stage_pass(&stage, NEAP_SECOND);
  assert_int_equal(poor->order.status, NEAP_ORDER_REJECTED);
  assert_string_equal(poor->code, "insufficient_funds");
  assert_int_equal(stage.kept[1].order.status, NEAP_ORDER_REJECTED);
  assert_string_equal(stage.kept[1].code, "post_only_would_cross");
  assert_int_equal(poor->doubts + poor->accepted, 0);
  stage.count = 0; /* the venue never had them */
  broker_stage_close(&stage);
}

/* What the table of orders does not have is said at once. */
static void test_what_cannot_be_written_is_refused_at_once(void **state) {
  broker_stage stage;
  (void)state;
  broker_stage_open(&stage, false);
  neap_ticket ticket = {.side = NEAP_BUY, .type = NEAP_STOP, .time_in_force = NEAP_GTC, .quantity = dec("1")};
  kept_order *kept = broker_stage_send(&stage, &ticket);
  assert_int_equal(kept->order.status, NEAP_ORDER_REJECTED);
  ticket.product = 7;
  broker_stage_send(&stage, &ticket);
  assert_string_equal(stage.kept[1].code, "unknown_product");
  stage.count = 0;
  broker_stage_close(&stage);
}

static void test_a_cancel_ends_it_when_the_venue_says_so(void **state) {
  broker_stage stage;
  (void)state;
  for (int with_stream = 0; with_stream < 2; with_stream++) {
    broker_stage_open(&stage, with_stream);
    kept_order *kept = broker_stage_buy(&stage, "0.5", "40000");
    broker_stage_await(&stage, last_is_open);
    stage.exchange.exchange->venue->options.cancel_after = 300 * MILLISECOND;
    broker_stage_cancel(&stage, kept);
    broker_stage_pass(&stage, 200 * MILLISECOND);
    assert_int_equal(kept->order.status, NEAP_ORDER_CANCEL_PENDING);
    broker_stage_await(&stage, last_is_over);
    assert_int_equal(kept->order.status, NEAP_ORDER_CANCELLED);
    assert_int_equal(kept->cancels_refused, 0);
    broker_stage_close(&stage);
  }
}

static void test_a_cancel_waits_for_the_order_that_is_under_way(void **state) {
  broker_stage stage;
  (void)state;
  broker_stage_open(&stage, true);
  exchange_stage_fault(&stage.exchange, "answer_late:method=POST,path=/orders,count=1,time=500ms");
  kept_order *kept = broker_stage_buy(&stage, "0.5", "40000");
  broker_stage_cancel(&stage, kept);
  broker_stage_await(&stage, last_is_over);
  assert_int_equal(kept->order.status, NEAP_ORDER_CANCELLED);
  broker_stage_close(&stage);
}

static void test_a_cancel_that_comes_too_late_is_a_fill(void **state) {
  broker_stage stage;
  (void)state;
  broker_stage_open(&stage, false); /* it does not hear of the fill before it asks */
  kept_order *kept = broker_stage_buy(&stage, "0.5", "40000");
  broker_stage_await(&stage, last_is_open);
  broker_stage_other(&stage, "SELL", "0.5", "40000");
  broker_stage_cancel(&stage, kept);
  broker_stage_await(&stage, last_is_over);
  assert_int_equal(kept->order.status, NEAP_ORDER_FILLED);
  broker_stage_close(&stage);
}

static void test_many_cancels_go_in_one_request(void **state) {
  broker_stage stage;
  (void)state;
  broker_stage_open(&stage, true);
  for (int i = 0; i < 120; i++) broker_stage_buy(&stage, "0.001", "40000");
  broker_stage_rest(&stage);
  uint32_t fault = exchange_stage_fault(&stage.exchange, "latency:path=batch_cancel,time=1ms");
  for (size_t i = 0; i < stage.count; i++) broker_stage_cancel(&stage, &stage.kept[i]);
  broker_stage_rest(&stage);
  const neap_planned_fault *planned = neap_fault_plan_get(stage.exchange.exchange->plan, 0);
  assert_int_equal(planned->id, fault);
  assert_int_equal(planned->seen, 2);
  for (size_t i = 0; i < stage.count; i++) assert_int_equal(stage.kept[i].order.status, NEAP_ORDER_CANCELLED);
  broker_stage_close(&stage);
}

static void test_the_venue_may_cancel_what_nobody_asked_it_to(void **state) {
  broker_stage stage;
  (void)state;
  broker_stage_open(&stage, true);
  kept_order *kept = broker_stage_buy(&stage, "0.5", "40000");
  broker_stage_await(&stage, last_is_open);
  neap_exchange_end_order(stage.exchange.exchange, broker_stage_theirs(&stage, kept)->id, "because", NULL);
  broker_stage_await(&stage, last_is_over);
  assert_int_equal(kept->order.status, NEAP_ORDER_CANCELLED);
  broker_stage_close(&stage);
}

static bool has_preview(const broker_stage *stage) { return stage->preview_count > 0; }

static void test_a_preview_shows_and_places_nothing(void **state) {
  broker_stage stage;
  (void)state;
  broker_stage_open(&stage, false);
  broker_stage_other(&stage, "SELL", "1", "50000");
  neap_ticket ticket = {
      .number = 99, .side = NEAP_BUY, .type = NEAP_MARKET, .time_in_force = NEAP_IOC, .quantity = dec("0.5")};
  assert_int_equal(stage.contract->preview(stage.contract->self, &ticket, 0, NULL), NEAP_OK);
  broker_stage_await(&stage, has_preview);
  assert_int_equal(stage.preview.order, 99);
  assert_string_equal(stage.preview.code, "");
  assert_decimal(stage.preview.preview.price, "50000");
  assert_decimal(stage.preview.preview.quantity, "0.5");
  assert_true(stage.preview.preview.fee.units > 0);
  ticket.side = NEAP_SELL, ticket.quantity = dec("500");
  stage.preview_count = 0;
  assert_int_equal(stage.contract->preview(stage.contract->self, &ticket, 0, NULL), NEAP_OK);
  broker_stage_await(&stage, has_preview);
  assert_string_not_equal(stage.preview.code, "");
  assert_int_equal(exchange_stage_orders(&stage.exchange), 1);
  broker_stage_close(&stage);
}

static void test_what_it_says_of_itself(void **state) {
  broker_stage stage;
  (void)state;
  broker_stage_open(&stage, false);
  assert_int_equal(stage.contract->abilities, NEAP_BROKER_EXTERNAL | NEAP_BROKER_HOLDS);
  assert_true(stage.contract->orders->preview && stage.contract->orders->take_profit);
  assert_false(stage.contract->orders->replace || stage.contract->orders->reduce_only);
  assert_string_equal(stage.contract->name, "coinbase");
  broker_stage_close(&stage);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_an_order_without_a_stream),
      cmocka_unit_test(test_an_order_with_the_stream),
      cmocka_unit_test(test_a_market_order_takes_several_levels),
      cmocka_unit_test(test_a_market_order_is_cut_short),
      cmocka_unit_test(test_an_amount_of_money_buys_what_it_buys),
      cmocka_unit_test(test_a_refusal_is_told_with_its_reason),
      cmocka_unit_test(test_what_cannot_be_written_is_refused_at_once),
      cmocka_unit_test(test_a_cancel_ends_it_when_the_venue_says_so),
      cmocka_unit_test(test_a_cancel_waits_for_the_order_that_is_under_way),
      cmocka_unit_test(test_a_cancel_that_comes_too_late_is_a_fill),
      cmocka_unit_test(test_many_cancels_go_in_one_request),
      cmocka_unit_test(test_the_venue_may_cancel_what_nobody_asked_it_to),
      cmocka_unit_test(test_a_preview_shows_and_places_nothing),
      cmocka_unit_test(test_what_it_says_of_itself),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
