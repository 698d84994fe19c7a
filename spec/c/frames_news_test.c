/* SPDX-License-Identifier: MIT */
/* Frames of the venue's stream: trades, tickers, bars, heartbeats, subscriptions and orders. */
#include <stdio.h>
#include <string.h>

#include "frames_support.h"

#define TRADE(id, side, price, size, time)                                                                             \
  "{\"trade_id\":" id ",\"product_id\":\"BTC-USD\",\"price\":\"" price "\",\"size\":\"" size "\",\"side\":\"" side     \
  "\",\"time\":\"" time "\"}"

static void trades_oldest_first_by_the_taker(void **state) {
  const char *told = "frame 2 #7 " AT "\ntrade 0 #1 6890050 x 150000 from the bids 2026-04-07T14:30:02.500Z\n"
                     "trade 0 #2 6890000 x 5000000 from the asks 2026-04-07T14:30:02.789012Z\n";
  assert_frame_told(
      *state,
      ENVELOPE("market_trades", "{\"type\":\"update\",\"trades\":[" TRADE(
                                    "\"2\"", "SELL", "68900.00", "0.05",
                                    "2026-04-07T14:30:02.789012Z") "," TRADE("1", "BUY", "68900.50", "0.0015",
                                                                             "2026-04-07T14:30:02.5Z") "]}"),
      told);
  assert_frame_told(
      *state,
      ENVELOPE("market_trades", "{\"type\":\"update\",\"trades\":[" TRADE(
                                    "1", "BUY", "68900.50", "0.0015",
                                    "2026-04-07T14:30:02.5Z") "," TRADE("2", "SELL", "68900.00", "0.05",
                                                                        "2026-04-07T14:30:02.789012Z") "]}"),
      told);
  assert_frame_told(
      *state,
      ENVELOPE("market_trades", "{\"type\":\"snapshot\",\"trades\":[" TRADE("9", "SELL", "1", "1", "") "," TRADE(
                                    "\"8\"", "SELL", "1", "2", "") "]}"),
      "frame 2 #7 " AT "\ntrade 0 #8 100 x 200000000 from the asks " AT " snapshot\n"
      "trade 0 #9 100 x 100000000 from the asks " AT " snapshot\n");
  assert_frame_told(*state, ENVELOPE("market_trades", "{\"trades\":[]},{}"), "frame 2 #7 " AT "\n");
}

static void trades_that_make_no_sense_are_passed_over(void **state) {
  assert_frame_told(
      *state,
      ENVELOPE("market_trades",
               "{\"type\":\"update\",\"trades\":[" TRADE("1", "UNKNOWN", "1", "1", "") "," TRADE(
                   "2", "BUY", "1.001", "1",
                   "") "," TRADE("3", "BUY", "1", "x",
                                 "") "," TRADE("4", "BUY", "1", "1",
                                               "noon") "," TRADE("5", "BUY", "1", "0.000000001",
                                                                 "") ",{\"product_id\":\"ETH-USD\"}," TRADE("6", "BUY",
                                                                                                            "1", "1",
                                                                                                            "") "]}"),
      "frame 2 #7 " AT "\nunusable -1 bad_side \nunusable -1 price_increment \nunusable -1 not_a_number \n"
      "unusable -1 not_a_time \ntrade 0 #6 100 x 100000000 from the bids " AT "\n");
  assert_int_equal(frames_scene_counts(*state).cut_sizes, 1);
  assert_int_equal(frames_scene_counts(*state).other_products, 1);
}

static void tickers_with_and_without_a_touch(void **state) {
  assert_frame_told(
      *state,
      ENVELOPE("ticker",
               "{\"type\":\"snapshot\",\"tickers\":[{\"type\":\"ticker\",\"product_id\":\"BTC-USD\","
               "\"price\":\"21932.98\",\"best_bid\":\"21931.98\",\"best_ask\":21933.98,\"best_bid_quantity\":\"8000\","
               "\"best_ask_quantity\":\"0.5\"},{\"product_id\":\"ETH-USD\"}]}"),
      "frame 3 #7 " AT "\nticker 0 21932.98 bid 21931.98 x 8000 ask 21933.98 x 0.5\n");
  assert_frame_told(*state,
                    ENVELOPE("ticker_batch",
                             "{\"tickers\":[{\"product_id\":\"BTC-USD\",\"price\":\"1\",\"best_bid\":\"\"},"
                             "{\"product_id\":\"BTC-USD\",\"price\":\"?\"}]}"),
                    "frame 3 #7 " AT "\nticker 0 1 bid 0 x 0 ask 0 x 0\nunusable -1 not_a_number \n");
}

static void heartbeats_count_in_two_ways(void **state) {
  assert_frame_told(
      *state,
      ENVELOPE("heartbeats",
               "{\"current_time\":\"2023-06-23 20:31:56.1219 +0000 UTC m=+91717.5\",\"heartbeat_counter\":\"3049\"},"
               "{\"heartbeat_counter\":66987},{\"heartbeat_counter\":\"\"},{\"heartbeat_counter\":1.5}"),
      "frame 5 #7 " AT "\nbeat 3049\nbeat 66987\nunusable -1 not_a_number \nunusable -1 not_a_number \n");
}

static void bars_and_what_products_may_do(void **state) {
  assert_frame_told(
      *state,
      ENVELOPE("candles",
               "{\"type\":\"update\",\"candles\":[{\"start\":\"1775521800\",\"high\":\"4\",\"low\":\"1\",\"open\":2,"
               "\"close\":\"3.5\",\"volume\":\"0.1\",\"product_id\":\"BTC-USD\"},{\"product_id\":\"BTC-USD\"},"
               "{\"product_id\":\"BTC-USD\",\"start\":\"1\",\"open\":\"1\"},{\"product_id\":\"BTC-USD\",\"start\":"
               "99999999999}]}"),
      "frame 4 #7 " AT "\nbar 0 2026-04-07T00:30:00Z 2 4 1 3.5 0.1\nunusable -1 not_a_time \n"
      "unusable -1 missing_field \nunusable -1 not_a_time \n");
  assert_frame_told(
      *state,
      ENVELOPE("status", "{\"type\":\"snapshot\",\"products\":[{\"id\":\"BTC-USD\",\"status\":\"online\"},"
                         "{\"id\":\"BIP-20DEC30-CDE\",\"status\":\"\"},{\"id\":\"ETH-USD\",\"status\":\"delisted\"}]}"),
      "frame 6 #7 " AT "\nstatus 0 online\n");
}

static void subscriptions_as_they_stand(void **state) {
  assert_frame_told(
      *state,
      ENVELOPE(
          "subscriptions",
          "{\"subscriptions\":{\"ticker\":[\"BTC-USD\",\"ETH-USD\"],\"heartbeats\":[\"heartbeats\"],\"user\":[]}},{}"),
      "frame 9 #7 " AT "\nto ticker BTC-USD\nto ticker ETH-USD\nto heartbeats heartbeats\n");
}

static void orders_with_all_that_is_said(void **state) {
  assert_frame_told(
      *state,
      ENVELOPE("user", "{\"type\":\"snapshot\",\"orders\":[{\"avg_price\":\"50000\",\"cancel_reason\":\"\",\"client_"
                       "order_id\":\"XXX\","
                       "\"completion_percentage\":\"100.00\",\"cumulative_quantity\":\"0.01\",\"filled_value\":\"500\","
                       "\"leaves_quantity\":\"0\","
                       "\"limit_price\":\"50000\",\"number_of_fills\":\"1\",\"order_id\":\"YYY\",\"order_side\":"
                       "\"BUY\",\"order_type\":\"Limit\","
                       "\"product_id\":\"BTC-USDC\",\"reject_reason\":\"\",\"status\":\"FILLED\",\"stop_price\":\"\","
                       "\"total_fees\":\"2\","
                       "\"creation_time\":\"2024-06-21T18:29:13.909347Z\",\"end_time\":\"0001-01-01T00:00:00Z\"}],"
                       "\"positions\":{\"perpetual_futures_positions\":[{\"product_id\":\"X\"}]}}"),
      "frame 7 #7 " AT
      "\norder YYY XXX BTC-USDC buy filled (FILLED) filled 0.01 at 50000 value 500 fees 2 leaves 0 limit 50000 "
      "stop 0 fills 1 2024-06-21T18:29:13.909347Z '' snapshot\n1 orders snapshot\n");
}

static void orders_with_little_and_with_news(void **state) {
  assert_frame_told(
      *state,
      ENVELOPE("user", "{\"type\":\"update\",\"orders\":["
                       "{\"order_id\":\"1\",\"product_id\":\"P\",\"status\":\"OPEN\",\"cumulative_quantity\":0.5,"
                       "\"number_of_fills\":3,\"order_side\":\"SELL\"},"
                       "{\"order_id\":\"2\",\"product_id\":\"P\",\"status\":\"RESTING\",\"order_side\":\"SHORT\","
                       "\"stop_price\":\"0\",\"limit_price\":null},"
                       "{\"order_id\":\"3\",\"product_id\":\"P\",\"status\":\"FAILED\",\"reject_reason\":\"REJECT_"
                       "REASON_UNSPECIFIED\",\"cancel_reason\":\"too\\nlate\"},"
                       "{\"order_id\":\"4\",\"product_id\":\"P\",\"status\":\"CANCEL_QUEUED\",\"creation_time\":\"0001-"
                       "01-01T00:00:00Z\"}]}"),
      "frame 7 #7 " AT "\n"
      "order 1  P sell partially_filled (OPEN) filled 0.5 at 0 value 0 fees 0 leaves 0 limit 0 stop 0 fills 3 - ''\n"
      "order 2  P ? ? (RESTING) filled 0 at 0 value 0 fees 0 leaves 0 limit 0 stop 0 fills 0 - ''\n"
      "order 3  P ? rejected (FAILED) filled 0 at 0 value 0 fees 0 leaves 0 limit 0 stop 0 fills 0 - 'too\nlate'\n"
      "order 4  P ? cancel_pending (CANCEL_QUEUED) filled 0 at 0 value 0 fees 0 leaves 0 limit 0 stop 0 fills 0 - ''\n"
      "4 orders\n");
  assert_frame_told(*state,
                    ENVELOPE("user", "{\"type\":\"snapshot\",\"orders\":[]},{\"type\":\"snapshot\",\"orders\":null}"),
                    "frame 7 #7 " AT "\n0 orders snapshot\n0 orders snapshot\n");
}

static void orders_that_make_no_sense(void **state) {
  assert_frame_told(
      *state,
      ENVELOPE("user", "{\"type\":\"update\",\"orders\":[{\"product_id\":\"P\"},{\"order_id\":\"1\"},"
                       "{\"order_id\":\"1\",\"product_id\":\"P\",\"total_fees\":\"much\"},"
                       "{\"order_id\":\"1\",\"product_id\":\"P\",\"number_of_fills\":\"-1\"},"
                       "{\"order_id\":\"1\",\"product_id\":\"P\",\"creation_time\":\"once\"},"
                       "{\"order_id\":\"1\",\"product_id\":\"0123456789012345678901234567890123456789\"}]}"),
      "frame 7 #7 " AT "\nunusable -1 missing_field \nunusable -1 missing_field \nunusable -1 not_a_number \n"
      "unusable -1 not_a_number \nunusable -1 not_a_time \nunusable -1 too_long \n6 orders\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, frames_scene_set_up, frames_scene_tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(trades_oldest_first_by_the_taker), TEST(trades_that_make_no_sense_are_passed_over),
      TEST(tickers_with_and_without_a_touch), TEST(heartbeats_count_in_two_ways),
      TEST(bars_and_what_products_may_do),    TEST(subscriptions_as_they_stand),
      TEST(orders_with_all_that_is_said),     TEST(orders_with_little_and_with_news),
      TEST(orders_that_make_no_sense),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
