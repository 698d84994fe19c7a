/* SPDX-License-Identifier: MIT */
/* The feed against the real exchange: whatever befalls the connection, the books are the venue's again, and each trade
 * was told once and in order. */
#include <inttypes.h>
#include <stdio.h>

#include "coinbase_feed_support.h"

/* --- without faults ----------------------------------------------------------------------------------------------- */

static void books_and_trades_are_the_venues(void **state) {
  feed_stage stage;
  (void)state;
  feed_stage_open_two(&stage);
  feed_stage_pass(&stage, 10 * NEAP_SECOND);
  feed_stage_settle(&stage);
  neap_coinbase_feed_counts counts = feed_stage_counts(&stage);
  assert_int_equal(counts.connections, 1);
  assert_int_equal(counts.gaps + counts.silences + counts.unusable + counts.missed, 0);
  for (size_t i = 0; i < 2; i++) {
    assert_true(stage.products[i].trades > 10 && stage.products[i].updates > 50);
    assert_int_equal(stage.products[i].snapshots, 1);
    assert_int_equal(stage.products[i].lost, 0);
    assert_int_equal(stage.products[i].flags_told, 1);
    assert_int_equal(stage.products[i].flags, 0);
  }
  assert_true(stage.alive >= 9 && stage.instants >= 100);
  feed_stage_close(&stage);
}

static void what_was_traded_before_is_not_told(void **state) {
  feed_stage stage = {.ids = {"BTC-USD"}};
  (void)state;
  feed_stage_open(&stage);
  feed_stage_trade(&stage, "BTC-USD", 30);
  stage.products[0].before = 30;
  feed_stage_settle(&stage);
  feed_stage_pass(&stage, 2 * NEAP_SECOND);
  assert_int_equal(stage.products[0].trades, 0);
  feed_stage_trade(&stage, "BTC-USD", 2);
  feed_stage_settle(&stage);
  assert_int_equal(stage.products[0].trades, 2);
  assert_int_equal(stage.products[0].last, 32);
  feed_stage_close(&stage);
}

static void it_is_the_same_through_tls(void **state) {
  feed_stage stage = {.market = FEED_MARKET, .ids = {"BTC-USD"}, .with_tls = true};
  (void)state;
  feed_stage_open(&stage);
  feed_stage_settle(&stage);
  feed_stage_pass(&stage, 2 * NEAP_SECOND);
  feed_stage_settle(&stage);
  assert_int_equal(feed_stage_counts(&stage).connections, 1);
  feed_stage_close(&stage);
}

static void an_alias_is_told_what_its_book_is(void **state) {
  feed_stage stage = {.market = FEED_MARKET, .ids = {"BTC-USDC", "BTC-USD", "ETH-USDC"}, .without_key = true};
  (void)state;
  feed_stage_open(&stage);
  feed_stage_settle(&stage);
  feed_stage_pass(&stage, 5 * NEAP_SECOND);
  feed_stage_settle(&stage);
  assert_int_equal(feed_stage_counts(&stage).snapshots, 2);
  assert_int_equal(stage.products[0].trades, stage.products[1].trades);
  assert_true(stage.products[0].trades > 0 && stage.products[2].trades > 0);
  feed_stage_close(&stage);
}

static void books_alone_and_trades_alone(void **state) {
  (void)state;
  for (int i = 0; i < 2; i++) {
    feed_stage stage = {.market = FEED_MARKET, .ids = {"BTC-USD"}, .without_books = i, .without_trades = !i};
    feed_stage_open(&stage);
    feed_stage_settle(&stage);
    feed_stage_pass(&stage, 3 * NEAP_SECOND);
    feed_stage_fault(&stage, "frame_lost:count=1");
    feed_stage_await(&stage, &stage.products[0].lost, 1);
    feed_stage_settle(&stage);
    assert_int_equal(stage.products[0].trades > 0, i);
    assert_int_equal(stage.products[0].updates > 0, !i);
    feed_stage_close(&stage);
  }
}

/* --- connections that end ----------------------------------------------------------------------------------------- */

static void every_end_of_a_connection_is_survived(void **state) {
  static const char *const ends[] = {
      "socket_reset:channel=level2",        "socket_fin:channel=level2",
      "socket_close:channel=level2",        "socket_reset_with_data:channel=level2",
      "socket_reset:channel=market_trades", "socket_reset_with_data:channel=market_trades",
      "socket_close:number=4000",           "socket_reset:channel=heartbeats"};
  (void)state;
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    feed_stage stage;
    char fault[80];
    feed_stage_open_two(&stage);
    snprintf(fault, sizeof fault, "%s%cafter=3,count=1", ends[i], strchr(ends[i], ':') ? ',' : ':');
    feed_stage_fault(&stage, fault);
    feed_stage_await(&stage, &stage.products[1].lost, 1);
    int64_t since = feed_stage_time(&stage);
    feed_stage_settle(&stage);
    assert_true(feed_stage_time(&stage) - since <= 2 * NEAP_SECOND);
    assert_int_equal(feed_stage_counts(&stage).connections, 2);
    for (size_t p = 0; p < 2; p++) {
      assert_int_equal(stage.products[p].lost, 1);
      assert_string_equal(stage.products[p].why, "disconnected");
      assert_int_equal(stage.products[p].snapshots, 2);
    }
    assert_int_equal(feed_stage_counts(&stage).missed, 0);
    feed_stage_close(&stage);
  }
}

static void a_silent_connection_is_left_after_five_seconds(void **state) {
  feed_stage stage;
  (void)state;
  feed_stage_open_two(&stage);
  feed_stage_pass(&stage, 2 * NEAP_SECOND);
  feed_stage_fault(&stage, "socket_silent:count=1");
  int64_t since = feed_stage_time(&stage);
  feed_stage_await(&stage, &stage.products[0].lost, 1);
  int64_t took = feed_stage_time(&stage) - since;
  assert_true(took >= 5 * NEAP_SECOND - 300 * FEED_MS && took <= 5 * NEAP_SECOND + 300 * FEED_MS);
  assert_string_equal(stage.products[1].why, "silent");
  feed_stage_settle(&stage);
  neap_coinbase_feed_counts counts = feed_stage_counts(&stage);
  assert_int_equal(counts.silences, 1);
  assert_int_equal(counts.connections, 2);
  assert_int_equal(counts.missed, 0);
  feed_stage_close(&stage);
}

static void a_quiet_market_is_not_silent(void **state) {
  feed_stage stage = {.ids = {"BTC-USD"}};
  (void)state;
  feed_stage_open(&stage);
  feed_stage_settle(&stage);
  size_t instants = stage.instants;
  feed_stage_pass(&stage, 60 * NEAP_SECOND);
  assert_int_equal(feed_stage_counts(&stage).connections, 1);
  assert_true(stage.alive >= 60 && stage.instants - instants >= 60);
  feed_stage_close(&stage);
}

/* The exchange goes on while nobody reads; what came is heard before anybody speaks of silence. */
static void who_was_away_hears_all_of_it_and_one_instant(void **state) {
  feed_stage stage;
  (void)state;
  feed_stage_open_two(&stage);
  size_t instants = stage.instants, updates = stage.products[0].updates;
  for (int i = 0; i < 600; i++) {
    neap_clock_advance(&stage.clock, feed_stage_time(&stage) + 50 * FEED_MS, NULL);
    assert_int_equal(neap_exchange_step(stage.exchange, 0, NULL), NEAP_OK);
  }
  stage.contract->tick(stage.contract->self);
  neap_loop_turn(stage.loop, 0);
  assert_true(stage.products[0].updates - updates > 100);
  assert_true(stage.instants - instants <= 3);
  feed_stage_settle(&stage);
  assert_int_equal(feed_stage_counts(&stage).connections, 1);
  assert_int_equal(stage.products[0].lost, 0);
  feed_stage_close(&stage);
}

static uint64_t cut_off(const feed_stage *stage) {
  neap_server_counts counts;
  neap_server_counts_get(stage->exchange->server, &counts);
  return counts.overflown;
}

/* More waits for him than the exchange holds: it resets him. */
static void who_reads_too_slowly_is_cut_off_and_comes_back(void **state) {
  feed_stage stage = {.market = "generated:levels=8000,rate=1000", .ids = {"BTC-USD"}};
  (void)state;
  feed_stage_open(&stage);
  feed_stage_settle(&stage);
  uint64_t overflown = cut_off(&stage);
  for (int i = 0; i < 20000 && cut_off(&stage) == overflown; i++) {
    neap_clock_advance(&stage.clock, feed_stage_time(&stage) + 50 * FEED_MS, NULL);
    assert_int_equal(neap_exchange_step(stage.exchange, 0, NULL), NEAP_OK);
  }
  assert_int_equal(cut_off(&stage), overflown + 1);
  uint64_t gone = feed_stage_product(&stage, "BTC-USD")->trade_count;
  feed_stage_await_connections(&stage, 2);
  feed_stage_settle(&stage);
  assert_true(stage.products[0].last >= gone && feed_stage_counts(&stage).missed > 0);
  feed_stage_close(&stage);
}

/* --- frames ------------------------------------------------------------------------------------------------------- */

static void lost_frames_of_any_channel_lose_all_books_and_no_trade(void **state) {
  static const char *const channels[] = {"level2", "market_trades", "heartbeats"};
  (void)state;
  for (size_t i = 0; i < sizeof channels / sizeof *channels; i++) {
    feed_stage stage;
    char fault[80];
    feed_stage_open_two(&stage);
    snprintf(fault, sizeof fault, "frame_lost:channel=%s,after=3,count=1", channels[i]);
    feed_stage_fault(&stage, fault);
    feed_stage_await(&stage, &stage.products[0].lost, 1);
    assert_string_equal(stage.products[1].why, "gap");
    feed_stage_settle(&stage);
    neap_coinbase_feed_counts counts = feed_stage_counts(&stage);
    assert_int_equal(counts.gaps, 1);
    assert_int_equal(counts.connections, 1);
    assert_int_equal(counts.snapshots, 4);
    assert_int_equal(counts.missed + counts.fetched, 0);
    assert_int_equal(stage.products[0].lost + stage.products[1].lost, 2);
    feed_stage_close(&stage);
  }
}

static void what_comes_twice_late_cut_or_unknown_is_survived(void **state) {
  static const struct {
    const char *fault;
    uint64_t gaps;
  } cases[] = {{"frame_twice:after=5,count=4", 0},
               {"frame_unknown:after=5,count=4", 0},
               {"frame_late:time=700ms,channel=level2,after=5,count=1", 1},
               {"frame_swapped:channel=level2,after=5,count=1", 1},
               {"frame_cut:channel=level2,after=5,count=1", 1},
               {"frame_cut:channel=market_trades,after=5,count=1,number=3", 1},
               {"frame_lost:p=0.02,count=10", 0}};
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    feed_stage stage;
    feed_stage_open_two(&stage);
    feed_stage_fault(&stage, cases[i].fault);
    feed_stage_pass(&stage, 20 * NEAP_SECOND);
    feed_stage_settle(&stage);
    neap_coinbase_feed_counts counts = feed_stage_counts(&stage);
    if (!strstr(cases[i].fault, "p=")) assert_int_equal(counts.gaps, cases[i].gaps);
    assert_int_equal(counts.connections, 1);
    assert_int_equal(counts.missed, 0);
    feed_stage_close(&stage);
  }
}

static void a_book_that_is_refused_comes_anew_and_alone(void **state) {
  feed_stage stage;
  (void)state;
  feed_stage_open_two(&stage);
  stage.products[1].refuses = true;
  feed_stage_await(&stage, &stage.products[1].lost, 1);
  assert_string_equal(stage.products[1].why, "crossed");
  feed_stage_settle(&stage);
  assert_int_equal(stage.products[1].snapshots, 2);
  assert_int_equal(stage.products[0].snapshots, 1);
  assert_int_equal(stage.products[0].lost, 0);
  stage.contract->refuse(stage.contract->self, 0, "late"); /* not from within */
  assert_int_equal(stage.products[0].lost, 1);
  assert_true(stage.is_calm);
  feed_stage_settle(&stage);
  feed_stage_close(&stage);
}

/* --- subscriptions ------------------------------------------------------------------------------------------------ */

static void what_is_not_heard_or_refused_is_asked_for_again(void **state) {
  static const char *const faults[] = {"subscribe_ignored:channel=level2,count=1",
                                       "subscribe_ignored:channel=market_trades,count=1",
                                       "subscribe_ignored:channel=heartbeats,count=1",
                                       "subscribe_refused:channel=level2,count=1",
                                       "subscribe_refused:channel=market_trades,count=2",
                                       "subscribe_refused:channel=heartbeats,count=3",
                                       "subscribe_refused:count=9"};
  (void)state;
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
    feed_stage stage = {.market = FEED_MARKET, .ids = {"BTC-USD", "ETH-USD"}};
    feed_stage_open(&stage);
    feed_stage_fault(&stage, faults[i]);
    feed_stage_settle(&stage);
    feed_stage_pass(&stage, 30 * NEAP_SECOND);
    feed_stage_settle(&stage);
    assert_int_equal(feed_stage_counts(&stage).connections, 1);
    bool is_refused = strstr(faults[i], "refused");
    assert_int_equal(feed_stage_said(&stage, "authentication failure"), is_refused);
    assert_int_equal(stage.feed->goes_without_token, is_refused);
    feed_stage_close(&stage);
  }
}

/* The venue does not say whom it means. */
static void a_product_that_is_refused_does_not_keep_others_out(void **state) {
  feed_stage stage = {.market = FEED_MARKET, .ids = {"BTC-USD", "ETH-USD"}};
  (void)state;
  feed_stage_open(&stage);
  feed_stage_fault(&stage, "subscribe_refused:product=ETH-USD");
  for (int i = 0; i < 60; i++) { /* in steps in which both are due together */
    feed_stage_skip(&stage, stage.feed->options.now() + NEAP_SECOND);
    feed_stage_pass(&stage, 1);
  }
  assert_true(stage.products[0].is_known && stage.products[0].trades > 0);
  assert_false(stage.products[1].is_known);
  assert_int_equal(feed_stage_counts(&stage).connections, 1);
  feed_stage_close(&stage);
}

/* Public channels take anybody; eight messages a second are the most that a stranger may send. */
static void a_stranger_is_paced(void **state) {
  feed_stage stage = {.ids = {"BTC-USD", "ETH-USD", "SOL-USD"}, .without_key = true};
  (void)state;
  feed_stage_open(&stage);
  feed_stage_await(&stage, &stage.products[2].snapshots, 1);
  for (uint32_t i = 0; i < 3; i++) {
    stage.contract->refuse(stage.contract->self, i, "late");
    feed_stage_pass(&stage, 50 * FEED_MS);
  }
  feed_stage_settle(&stage);
  for (size_t i = 0; i < 3; i++) assert_int_equal(stage.products[i].snapshots, 2);
  assert_false(feed_stage_said(&stage, "rate limit"));
  feed_stage_close(&stage);
}

static void clocks_that_differ_by_an_hour_do_no_harm(void **state) {
  (void)state;
  for (int i = 0; i < 3; i++) {
    feed_stage stage = {.market = FEED_MARKET,
                        .ids = {"BTC-USD"},
                        .key_off = i == 0   ? -3600 * NEAP_SECOND
                                   : i == 1 ? 3600 * NEAP_SECOND
                                            : 0};
    feed_stage_open(&stage);
    if (i == 2) feed_stage_fault(&stage, "clock_skew:time=-1h");
    feed_stage_settle(&stage);
    feed_stage_fault(&stage, "socket_reset:count=1");
    feed_stage_await_connections(&stage, 2);
    feed_stage_settle(&stage);
    feed_stage_close(&stage);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(books_and_trades_are_the_venues),
      cmocka_unit_test(what_was_traded_before_is_not_told),
      cmocka_unit_test(it_is_the_same_through_tls),
      cmocka_unit_test(an_alias_is_told_what_its_book_is),
      cmocka_unit_test(books_alone_and_trades_alone),
      cmocka_unit_test(every_end_of_a_connection_is_survived),
      cmocka_unit_test(a_silent_connection_is_left_after_five_seconds),
      cmocka_unit_test(a_quiet_market_is_not_silent),
      cmocka_unit_test(who_was_away_hears_all_of_it_and_one_instant),
      cmocka_unit_test(who_reads_too_slowly_is_cut_off_and_comes_back),
      cmocka_unit_test(lost_frames_of_any_channel_lose_all_books_and_no_trade),
      cmocka_unit_test(what_comes_twice_late_cut_or_unknown_is_survived),
      cmocka_unit_test(a_book_that_is_refused_comes_anew_and_alone),
      cmocka_unit_test(what_is_not_heard_or_refused_is_asked_for_again),
      cmocka_unit_test(a_product_that_is_refused_does_not_keep_others_out),
      cmocka_unit_test(a_stranger_is_paced),
      cmocka_unit_test(clocks_that_differ_by_an_hour_do_no_harm),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
