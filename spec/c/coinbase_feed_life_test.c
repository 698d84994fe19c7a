/* SPDX-License-Identifier: MIT */
/* How often the feed connects, what it leaves behind, and how it ends. */
#include <malloc.h>
#include <stdio.h>

#include "coinbase_feed_support.h"
#include "open_files.h"

/* --- life --------------------------------------------------------------------------------------------------------- */

static void connects_are_spaced_out_and_go_on(void **state) {
  feed_stage stage = {.ids = {"BTC-USD"}};
  (void)state;
  feed_stage_open(&stage);
  feed_stage_fault(&stage, "handshake_refused:count=12");
  int64_t since = feed_stage_time(&stage);
  feed_stage_await_connections(&stage, 1);
  /* 0.25 + 0.5 + 1 + 2 + 4 + 8 + 16 + 30 … and up to a quarter more of each */
  int64_t least = (31750 + 5 * 30000) * FEED_MS, took = feed_stage_time(&stage) - since;
  assert_true(took >= least && took <= least / 4 * 5 + 5 * NEAP_SECOND);
  feed_stage_settle(&stage);
  feed_stage_pass(&stage, 70 * NEAP_SECOND); /* healthy: the next is at once */
  feed_stage_fault(&stage, "socket_reset:count=1");
  feed_stage_await(&stage, &stage.products[0].lost, 1);
  feed_stage_pass(&stage, 400 * FEED_MS);
  assert_int_equal(feed_stage_counts(&stage).connections, 2);
  feed_stage_close(&stage);
}

/* 32 first, since allocators and caches grow to what is needed. */
static void a_thousand_reconnects_leave_nothing_behind(void **state) {
  feed_stage stage = {.ids = {"BTC-USD"}};
  size_t files = 0;
  size_t bytes = 0;
  (void)state;
  feed_stage_open(&stage);
  feed_stage_settle(&stage);
  feed_stage_fault(&stage, "socket_reset:channel=heartbeats");
  for (uint64_t i = 1; i <= 1032; i++) {
    for (int tries = 0; tries < 4000 && feed_stage_counts(&stage).connections <= i; tries++) {
      if (!stage.feed->socket) feed_stage_skip(&stage, stage.feed->connect_at);
      feed_stage_pass(&stage, 50 * FEED_MS);
    }
    neap_buffer_clear(&stage.said);
    if (i == 32) files = open_files(), bytes = mallinfo2().uordblks;
  }
  assert_true(feed_stage_counts(&stage).connections > 1000);
  assert_true(open_files() <= files);

  if (bytes) assert_true(mallinfo2().uordblks < bytes + 65536);
  feed_stage_close(&stage);
}

static void nothing_is_told_after_a_stop(void **state) {
  feed_stage stage;
  (void)state;
  feed_stage_open_two(&stage);
  assert_int_equal(stage.contract->listen(stage.contract->self, &(neap_market_listener){0}, NULL), NEAP_EXISTS);
  int64_t day = feed_stage_time(&stage);
  assert_int_equal(
      stage.contract->ask_bars(stage.contract->self, 0, 60 * NEAP_SECOND, day - 600 * NEAP_SECOND, day, NULL), NEAP_OK);
  stage.contract->stop(stage.contract->self);
  size_t instants = stage.instants, lost = stage.products[0].lost, said = stage.said.size;
  feed_stage_pass(&stage, 10 * NEAP_SECOND);
  assert_int_equal(stage.instants, instants);
  assert_int_equal(stage.products[0].lost, lost);
  assert_int_equal(stage.said.size, said);
  assert_int_equal(stage.bars_heard, 0);
  assert_int_equal(stage.contract->next(stage.contract->self), INT64_MAX);
  feed_stage_close(&stage);
}

static void products_that_are_none_are_refused(void **state) {
  static const char *const ids[] = {"", "BTC USD", "BTC\"USD", "BTC/USD",
                                    "BTC-USD-which-is-much-too-long-to-be-a-product-of-anybody"};
  neap_coinbase_feed *feed;
  neap_fault fault = {0};
  (void)state;
  for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
    const neap_coinbase_feed_product product = {ids[i], neap_decimal_from_int(1), neap_decimal_from_int(1)};
    const neap_coinbase_feed_options options = {.stream = "ws://127.0.0.1:1", .products = &product, .product_count = 1};
    assert_int_equal(neap_coinbase_feed_open(&options, &feed, &fault), NEAP_INVALID);
    assert_string_equal(fault.code, "bad_product");
  }
  const neap_coinbase_feed_product product = {"BTC-USD", neap_decimal_from_int(1), NEAP_ZERO};
  neap_coinbase_feed_options options = {.stream = "ws://127.0.0.1:1", .products = &product, .product_count = 1};
  assert_int_equal(neap_coinbase_feed_open(&options, &feed, &fault), NEAP_INVALID);
  options.product_count = 0;
  assert_int_equal(neap_coinbase_feed_open(&options, &feed, &fault), NEAP_INVALID);
  assert_string_equal(fault.code, "no_products");
  neap_coinbase_feed_close(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(connects_are_spaced_out_and_go_on),
      cmocka_unit_test(a_thousand_reconnects_leave_nothing_behind),
      cmocka_unit_test(nothing_is_told_after_a_stop),
      cmocka_unit_test(products_that_are_none_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
