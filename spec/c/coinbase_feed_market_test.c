/* SPDX-License-Identifier: MIT */
/* What the feed learns by REST: trades that were missed, what may be traded, bars. */
#include <stdio.h>

#include "coinbase_feed_support.h"

/* --- trades that were missed -------------------------------------------------------------------------------------- */

/* While nobody is connected: 40 are in the snapshot, 400 by REST, of 1300 the venue has the last 1000. */
static void trades_of_an_outage_are_told_as_far_as_the_venue_has_them(void **state) {
  static const size_t traded[] = {40, 400, 1300};
  (void)state;
  for (size_t i = 0; i < 3; i++) {
    feed_stage stage;
    feed_stage_open_quiet(&stage);
    feed_stage_trade(&stage, "BTC-USD", 5);
    feed_stage_settle(&stage);
    feed_stage_fault(&stage, "socket_reset:count=1");
    feed_stage_await(&stage, &stage.products[0].lost, 1);
    feed_stage_trade(&stage, "BTC-USD", traded[i]);
    feed_stage_settle(&stage);
    neap_coinbase_feed_counts counts = feed_stage_counts(&stage);
    assert_int_equal(stage.products[0].last, traded[i] + 5);
    assert_int_equal(stage.products[0].trades, traded[i] > 1000 ? 1005 : traded[i] + 5);
    assert_int_equal(counts.missed, traded[i] > 1000 ? 300 : 0);
    assert_int_equal(counts.fetched > 0, traded[i] > 100);
    assert_int_equal(feed_stage_said(&stage, "the venue has them no more"), traded[i] > 1000);
    feed_stage_close(&stage);
  }
}

static void missed_trades_are_asked_for_until_they_are_told(void **state) {
  static const char *const faults[] = {"server_error:path=/ticker,count=5", "rate_limited:path=/ticker,count=5",
                                       "answer_garbled:path=/ticker,count=5", "answer_lost:path=/ticker,count=5"};
  (void)state;
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
    feed_stage stage;
    feed_stage_open_quiet(&stage);
    feed_stage_trade(&stage, "BTC-USD", 1);
    feed_stage_settle(&stage);
    feed_stage_fault(&stage, faults[i]);
    feed_stage_fault(&stage, "socket_reset:count=1");
    feed_stage_await(&stage, &stage.products[0].lost, 1);
    feed_stage_trade(&stage, "BTC-USD", 300);
    feed_stage_settle(&stage);
    assert_int_equal(stage.products[0].trades, 301);
    feed_stage_close(&stage);
  }
}

/* --- products and bars -------------------------------------------------------------------------------------------- */

static void what_may_be_traded_is_told_at_changes(void **state) {
  static const struct {
    const char *fault;
    uint32_t flag;
  } cases[] = {{"cancel_only:product=BTC-USD", NEAP_TRADING_CANCEL_ONLY},
               {"limit_only:product=BTC-USD", NEAP_TRADING_LIMIT_ONLY},
               {"post_only:product=BTC-USD", NEAP_TRADING_POST_ONLY},
               {"auction:product=BTC-USD", NEAP_TRADING_AUCTION},
               {"halt:product=BTC-USD", NEAP_TRADING_DISABLED},
               {"delisting:product=BTC-USD", NEAP_TRADING_DISABLED}};
  feed_stage stage = {.ids = {"BTC-USD", "ETH-USD"}};
  (void)state;
  feed_stage_open(&stage);
  feed_stage_settle(&stage);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char fault[80];
    size_t told = stage.products[0].flags_told;
    snprintf(fault, sizeof fault, "%s,for=40s", cases[i].fault);
    int64_t over = feed_stage_time(&stage) + 40 * NEAP_SECOND;
    feed_stage_fault(&stage, fault);
    feed_stage_await(&stage, &stage.products[0].flags_told, told + 1);
    assert_int_equal(stage.products[0].flags & cases[i].flag, cases[i].flag);
    feed_stage_await(&stage, &stage.products[0].flags_told, told + 2);
    assert_int_equal(stage.products[0].flags, 0);
    assert_true(feed_stage_time(&stage) - over <= 7 * NEAP_SECOND); /* who waits for it does not wait for long */
  }
  assert_int_equal(stage.products[1].flags_told, 1);
  feed_stage_close(&stage);
}

static void a_halt_is_told_before_the_next_poll(void **state) {
  feed_stage stage = {.ids = {"BTC-USD"}};
  (void)state;
  feed_stage_open(&stage);
  feed_stage_settle(&stage);
  feed_stage_pass(&stage, 3 * NEAP_SECOND);
  feed_stage_fault(&stage, "halt:product=BTC-USD");
  feed_stage_pass(&stage, NEAP_SECOND);
  assert_int_equal(stage.products[0].flags, NEAP_TRADING_DISABLED);
  feed_stage_close(&stage);
}

static void what_the_venue_does_not_know_is_shut_and_the_rest_goes_on(void **state) {
  feed_stage stage = {.ids = {"BTC-USD"}};
  (void)state;
  stage.ids[1] = "NEAP-USD";
  feed_stage_open(&stage);
  feed_stage_await(&stage, &stage.products[0].snapshots, 1);
  assert_int_equal(stage.products[1].flags, NEAP_TRADING_DISABLED);
  assert_true(feed_stage_said(&stage, "NEAP-USD has no market data"));
  stage.contract->refuse(stage.contract->self, 1, "x");
  stage.contract->refuse(stage.contract->self, 99, "x");
  feed_stage_close(&stage);
}

/* The venue lets it be traded, and says so with every poll; without a book of its own it is not. */
static void what_gets_no_book_stays_shut(void **state) {
  feed_stage stage = {.ids = {"BTC-USD", "BTC-USDC"}, .last_is_coarse = true};
  (void)state;
  feed_stage_open(&stage);
  feed_stage_await(&stage, &stage.products[1].snapshots, 1);
  assert_int_equal(stage.products[0].flags, NEAP_TRADING_DISABLED);
  assert_true(feed_stage_said(&stage, "BTC-USD has no market data: it shares a book with a product of other"));
  size_t told = stage.products[1].flags_told;
  feed_stage_fault(&stage,
                   "limit_only:product=BTC-USDC,for=60s"); /* as long as that the products are looked at often */
  feed_stage_await(&stage, &stage.products[1].flags_told, told + 2);
  assert_int_equal(stage.products[1].flags, 0);
  assert_int_equal(stage.products[0].flags, NEAP_TRADING_DISABLED);
  assert_int_equal(stage.products[0].flags_told, 1);
  feed_stage_close(&stage);
}

static void products_are_asked_for_until_they_are_told(void **state) {
  feed_stage stage = {.market = FEED_MARKET, .ids = {"BTC-USD"}};
  (void)state;
  feed_stage_open(&stage);
  feed_stage_fault(&stage, "unavailable:path=/market/products,count=12");
  feed_stage_settle(&stage);
  assert_int_equal(stage.products[0].flags_told, 1);
  feed_stage_close(&stage);
}

static void ask_bars(feed_stage *stage, int64_t frame, int64_t from, int64_t to) {
  neap_fault fault = {0};
  size_t heard = stage->bars_heard;
  if (stage->contract->ask_bars(stage->contract->self, 0, frame, from, to, &fault) != NEAP_OK)
    fail_msg("%s", fault.message);
  feed_stage_await(stage, &stage->bars_heard, heard + 1);
}

/* A trade in minutes 0, 1, 3 and 5; minute 5 is not over. */
static void bars_are_closed_and_the_oldest_is_first(void **state) {
  static const int trades[] = {2, 1, 0, 3, 0, 1};
  const int64_t minute = 60 * NEAP_SECOND;
  feed_stage stage;
  (void)state;
  feed_stage_open_quiet(&stage);
  int64_t start = feed_stage_time(&stage) - feed_stage_time(&stage) % minute;
  for (size_t i = 0; i < 6; i++) {
    feed_stage_trade(&stage, "BTC-USD", (size_t)trades[i]);
    feed_stage_pass(&stage, i < 5 ? start + (int64_t)(i + 1) * minute - feed_stage_time(&stage) : NEAP_SECOND);
  }
  ask_bars(&stage, minute, start, start + 10 * minute);
  assert_string_equal(stage.bars_why, "");
  assert_int_equal(stage.bar_count, 3);
  for (size_t i = 0; i < 3; i++) {
    static const int at[] = {0, 1, 3};
    assert_int_equal(stage.bars[i].time, start + at[i] * minute);
    assert_int_equal(neap_decimal_cmp(stage.bars[i].close, neap_decimal_from_int(50000)), 0);
    assert_true(stage.bars[i].volume_float > 0.001 * trades[at[i]] - 1e-9);
    assert_true(stage.bars[i].volume_float < 0.001 * trades[at[i]] + 1e-9);
  }
  ask_bars(&stage, minute, start + minute, start + 3 * minute);
  assert_int_equal(stage.bar_count, 1);
  ask_bars(&stage, 60 * minute, start - 300 * 60 * minute, start);
  assert_int_equal(stage.bar_count, 0);
  assert_string_equal(stage.bars_why, "");
  feed_stage_close(&stage);
}

static void bars_that_are_none_are_refused_and_failures_are_told(void **state) {
  const int64_t minute = 60 * NEAP_SECOND;
  feed_stage stage = {.ids = {"BTC-USD"}};
  neap_fault fault = {0};
  (void)state;
  feed_stage_open(&stage);
  int64_t start = feed_stage_time(&stage) - feed_stage_time(&stage) % (1440 * minute);
  void *self = stage.contract->self;
  assert_int_equal(stage.contract->ask_bars(self, 0, 7 * minute, start, start + 70 * minute, &fault), NEAP_INVALID);
  assert_string_equal(fault.code, "bad_frame");
  assert_string_equal(fault.nearest, "5m");
  assert_int_equal(stage.contract->ask_bars(self, 0, minute, start, start + 301 * minute, &fault), NEAP_INVALID);
  assert_string_equal(fault.code, "bad_range");
  assert_int_equal(stage.contract->ask_bars(self, 0, minute, start, start + minute - 1, &fault), NEAP_INVALID);
  assert_int_equal(stage.contract->ask_bars(self, 1, minute, start, start + minute, &fault), NEAP_INVALID);
  assert_string_equal(fault.code, "bad_product");
  feed_stage_fault(&stage, "answer_garbled:path=/candles,count=4");
  ask_bars(&stage, minute, start - 300 * minute, start);
  assert_string_equal(stage.bars_why, "bad_answer");
  feed_stage_fault(&stage, "not_found:path=/candles,count=1");
  ask_bars(&stage, minute, start - 300 * minute, start);
  assert_true(*stage.bars_why);
  feed_stage_close(&stage);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(trades_of_an_outage_are_told_as_far_as_the_venue_has_them),
      cmocka_unit_test(missed_trades_are_asked_for_until_they_are_told),
      cmocka_unit_test(what_may_be_traded_is_told_at_changes),
      cmocka_unit_test(a_halt_is_told_before_the_next_poll),
      cmocka_unit_test(what_the_venue_does_not_know_is_shut_and_the_rest_goes_on),
      cmocka_unit_test(what_gets_no_book_stays_shut),
      cmocka_unit_test(products_are_asked_for_until_they_are_told),
      cmocka_unit_test(bars_are_closed_and_the_oldest_is_first),
      cmocka_unit_test(bars_that_are_none_are_refused_and_failures_are_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
