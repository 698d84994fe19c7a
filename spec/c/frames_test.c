/* SPDX-License-Identifier: MIT */
/* Frames of the venue's stream: envelopes and books; what is torn, changed, huge or not wanted. */
#include <stdio.h>
#include <string.h>

#include "frames_support.h"

static void envelopes_of_all_shapes(void **state) {
  assert_frame_told(*state, "{\"channel\":\"heartbeats\",\"client_id\":\"\",\"timestamp\":\"\",\"sequence_num\":0}",
                    "frame 5 #0 -\n");
  assert_frame_told(*state, "{\"events\":null,\"sequence_num\":\"12\",\"timestamp\":null,\"channel\":\"user\"}",
                    "frame 7 #12 -\n");
  assert_frame_told(*state, "{\"events\":[],\"channel\":\"l2_data\",\"timestamp\":\"yesterday\",\"sequence_num\":-1}",
                    "frame 1 #- -\n");
  assert_frame_told(*state, "{\"new\":{\"channel\":1},\"channel\":\"candles\",\"timestamp\":\"2026-01-02T03:04:05Z\"}",
                    "frame 4 #- 2026-01-02T03:04:05Z\n");
  assert_frame_told(
      *state,
      "{\"timestamp\":\"2026-01-02T03:04:05.123456789Z\",\"sequence_num\":18446744073709551615,\"channel\":\"status\"}",
      "frame 6 #18446744073709551615 2026-01-02T03:04:05.123456789Z\n");
  assert_frame_told(*state, ENVELOPE("futures_balance_summary", "{\"fcm_balance_summary\":{}}"), "frame 8 #7 " AT "\n");
}

static void an_unknown_channel_keeps_its_sequence(void **state) {
  assert_frame_told(*state, ENVELOPE("dreams", "{\"type\":\"update\"}"), "frame 0 #7 " AT "\n");
  assert_int_equal(frames_scene_counts(*state).unknown_channels, 1);
  assert_int_equal(frames_scene_counts(*state).frames, 1);
}

static void an_error_has_a_message(void **state) {
  frames_scene *self = *state;
  assert_frame_told(self, "{\"type\":\"error\",\"message\":\"authentication \\u0022failure\\u0022\"}",
                    "frame 10 #- - authentication \"failure\"\n");
  char long_text[400] = "{\"type\":\"error\",\"message\":\"";
  const size_t head = strlen(long_text);
  for (size_t i = 0; i < 200; i += 2) memcpy(long_text + head + i, "\xc3\xa9", 2);
  memcpy(long_text + head + 200, "\"}", 3);
  assert_int_equal(frames_scene_read(self, long_text, strlen(long_text)), NEAP_OK);
  assert_int_equal(self->used, strlen("frame 10 #- - ") + 158 + 1);
}

static void what_is_not_wanted_is_not_read(void **state) {
  frames_scene *self = *state;
  self->wants_no_more = true;
  assert_frame_told(self, ENVELOPE("l2_data", L2("update", "BTC-USD", CHANGE("bid", "\"1\"", "\"1\""))),
                    "frame 1 #7 " AT "\n");
}

static void changes_of_a_book(void **state) {
  assert_frame_told(*state,
                    ENVELOPE("l2_data", L2("snapshot", "BTC-USD",
                                           CHANGE("bid", "\"65083.66\"", "\"0.20371215\"") "," CHANGE(
                                               "offer", "65083.7",
                                               "1e-8")) "," L2("update", "BTC-USD",
                                                               CHANGE("bid", "\"65083.66000\"", "\"0\"") "," CHANGE(
                                                                   "offer", "\"7\"", "\"0.00000000\""))),
                    "frame 1 #7 " AT "\nbook 0 snapshot: bid 6508366 x 20371215 ask 6508370 x 1\n"
                    "book 0 update: bid 6508366 x 0 ask 700 x 0\n");
  assert_frame_told(*state,
                    ENVELOPE("l2_data", "{\"updates\":[" CHANGE(
                                            "bid", "\"65085\"",
                                            "\"3\"") "],\"new\":[1,{}],"
                                                     "\"product_id\":\"BIP\\u002d20DEC30-CDE\",\"type\":\"update\"}"),
                    "frame 1 #7 " AT "\nbook 1 update: bid 13017 x 3\n");
  assert_frame_told(*state, ENVELOPE("l2_data", L2("snapshot", "BTC-USD", "")),
                    "frame 1 #7 " AT "\nbook 0 snapshot:\n");
  assert_int_equal(frames_scene_counts(*state).cut_sizes, 0);
}

static void members_and_others_that_are_not_ours(void **state) {
  assert_frame_told(
      *state,
      ENVELOPE("l2_data", L2("update", "ETH-USD", CHANGE("bid", "\"x\"", "\"1\"")) "," L2(
                              "update", "BTC-USD",
                              "{\"extra\":[[{\"side\":\"ask\"}]],\"new_quantity\":\"2\",\"price_level\":\"1\","
                              "\"side\":\"bid\",\"side\":\"offer\"},7")),
      "frame 1 #7 " AT "\nbook 0 update: bid 100 x 200000000\n");
  assert_int_equal(frames_scene_counts(*state).other_products, 1);
}

static void a_size_is_cut_and_a_price_is_not(void **state) {
  assert_frame_told(*state,
                    ENVELOPE("l2_data", L2("update", "BTC-USD",
                                           CHANGE("bid", "\"1\"", "\"0.000000019\"") "," CHANGE(
                                               "bid", "\"2\"", "\"0.00000001999999999999999999999\""))),
                    "frame 1 #7 " AT "\nbook 0 update: bid 100 x 1 bid 200 x 1\n");
  assert_int_equal(frames_scene_counts(*state).cut_sizes, 2);
  assert_frame_told(
      *state,
      ENVELOPE("l2_data",
               L2("update", "BTC-USD", CHANGE("bid", "\"1\"", "\"1\"") "," CHANGE("bid", "\"1.005\"", "\"1\"")) "," L2(
                   "update", "BIP-20DEC30-CDE",
                   CHANGE("bid", "\"65084\"", "\"1\"")) "," L2("update", "BTC-USD", CHANGE("offer", "\"3\"", "\"1\""))),
      "frame 1 #7 " AT "\nunusable 0 price_increment BTC-USD\nunusable 1 price_increment BIP-20DEC30-CDE\n"
      "book 0 update: ask 300 x 100000000\n");
  assert_int_equal(frames_scene_counts(*state).unusable, 2);
}

static void a_change_that_makes_no_sense(void **state) {
  static const char *const changes[][2] = {{CHANGE("bid", "\"\"", "\"1\""), "not_a_number"},
                                           {CHANGE("bid", "null", "\"1\""), "not_a_number"},
                                           {CHANGE("bid", "[1]", "\"1\""), "not_a_number"},
                                           {CHANGE("bid", "\"-1\"", "\"1\""), "not_a_number"},
                                           {CHANGE("bid", "\"1\"", "\"\""), "not_a_number"},
                                           {CHANGE("bid", "\"1\"", "true"), "not_a_number"},
                                           {CHANGE("bid", "\"1.\"", "\"1\""), "not_a_number"},
                                           {CHANGE("bid", "\"1..2\"", "\"1\""), "not_a_number"},
                                           {CHANGE("bid", "\"nan\"", "\"1\""), "not_a_number"},
                                           {CHANGE("bid", "\" 1\"", "\"1\""), "not_a_number"},
                                           {CHANGE("bid", "\"1\"", "\"1e40\""), "not_a_number"},
                                           {CHANGE("side", "\"1\"", "\"1\""), "bad_side"},
                                           {CHANGE("BID", "\"1\"", "\"1\""), "bad_side"},
                                           {"{}", "bad_side"},
                                           {CHANGE("bid", "\"99999999999999999999\"", "\"1\""), "not_a_number"}};
  for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
    char text[512], expected[128];
    snprintf(text, sizeof text, ENVELOPE("l2_data", L2("update", "BTC-USD", "%s")), changes[i][0]);
    snprintf(expected, sizeof expected, "frame 1 #7 " AT "\nunusable 0 %s BTC-USD\n", changes[i][1]);
    assert_frame_told(*state, text, expected);
  }
  assert_frame_told(*state, ENVELOPE("l2_data", L2("delta", "BTC-USD", "")),
                    "frame 1 #7 " AT "\nunusable 0 bad_type BTC-USD\n");
  assert_frame_told(*state, ENVELOPE("l2_data", "{\"type\":\"snapshot\",\"product_id\":\"BTC-USD\",\"updates\":null}"),
                    "frame 1 #7 " AT "\nunusable 0 missing_field BTC-USD\n");
}

static void frames_that_are_none(void **state) {
  frames_scene *self = *state;
  static const char *const bad[] = {"",
                                    "{",
                                    "[]",
                                    "7",
                                    "{}",
                                    "{\"type\":\"hello\"}",
                                    "{\"channel\":7",
                                    "{\"channel\":null}",
                                    "{\"channel\":[]}",
                                    "\xff\xfe{}",
                                    "{\"channel\":\"l2_data\",\"events\":[\"\xc3\x28\"]}"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    assert_int_equal(frames_scene_read(self, bad[i], strlen(bad[i])), NEAP_INVALID);
    assert_string_equal(self->fault.code, "bad_frame");
    assert_string_equal(self->told, "");
  }
}

/* Cut anywhere, and with any byte of it changed, a frame does no harm, and the next whole one is read. */
static void frames_that_are_torn_or_changed(void **state) {
  frames_scene *self = *state;
  static const char whole[] = ENVELOPE("l2_data", L2("update", "BTC-USD", CHANGE("bid", "\"1\"", "\"1\""))) " ";
  char changed[sizeof whole];
  for (size_t i = 0; i < sizeof whole - 2; i++) {
    assert_int_equal(frames_scene_read(self, whole, i), NEAP_INVALID);
    for (const char *c = "\"{}[]:,\\ 0\xff"; *c; c++) {
      memcpy(changed, whole, sizeof whole);
      changed[i] = *c;
      frames_scene_read(self, changed, sizeof whole - 1);
    }
  }
  assert_frame_told(self, whole, "frame 1 #7 " AT "\nbook 0 update: bid 100 x 100000000\n");
}

static void a_snapshot_that_is_huge(void **state) {
  frames_scene *self = *state;
  static const char head[] = "{\"channel\":\"l2_data\",\"timestamp\":\"2026-08-09T21:05:48.22Z\",\"sequence_num\":7,"
                             "\"events\":[{\"type\":\"snapshot\",\"product_id\":\"BTC-USD\",\"updates\":[";
  static char text[FRAMES_ROOM];
  size_t used = (size_t)sprintf(text, "%s", head);
  while (used < FRAMES_ROOM - 128) used += (size_t)sprintf(text + used, "%s,", CHANGE("bid", "\"0.07\"", "\"2\""));
  strcpy(text + used - 1, "]}]}");
  assert_frame_told(self, text,
                    "frame 1 #7 " AT
                    "\nbook 0 snapshot: bid 7 x 200000000 bid 7 x 200000000 bid 7 x 200000000 bid 7 x 200000000"
                    " bid 7 x 200000000 bid 7 x 200000000 bid 7 x 200000000 bid 7 x 200000000\n");
}

static void a_listener_may_hear_nothing(void **state) {
  frames_scene *self = *state;
  const neap_frame_listener nobody = {0};
  static const char *const frames[] = {ENVELOPE("l2_data", L2("update", "BTC-USD", CHANGE("bid", "\"x\"", "\"1\""))),
                                       ENVELOPE("market_trades", "{\"trades\":[{}]}"),
                                       ENVELOPE("ticker", "{\"tickers\":[{}]}"),
                                       ENVELOPE("candles", "{\"candles\":[{}]}"),
                                       ENVELOPE("status", "{\"products\":[{}]}"),
                                       ENVELOPE("heartbeats", "{}"),
                                       ENVELOPE("user", "{\"orders\":[{}]}"),
                                       ENVELOPE("subscriptions", "{\"subscriptions\":{\"a\":[\"b\"]}}"),
                                       "{\"type\":\"error\"}"};
  for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
    strcpy(self->text, frames[i]);
    assert_int_equal(neap_frames_read(self->frames, self->text, strlen(frames[i]), &nobody, &self->fault), NEAP_OK);
  }
}

static void products_without_id_or_increment(void **state) {
  frames_scene *self = *state;
  neap_frames *frames = NULL;
  const neap_frame_product bad[] = {{"X", NEAP_ZERO, dec("1")}, {"X", dec("1"), dec("-1")}, {"", dec("1"), dec("1")}};
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(neap_frames_new(&bad[i], 1, &frames, &self->fault), NEAP_INVALID);
    assert_string_equal(self->fault.code, i < 2 ? "increment" : "no_product");
  }
  assert_null(frames);
  assert_int_equal(neap_frames_new(NULL, 0, &frames, &self->fault), NEAP_OK);
  neap_frames_free(frames);
  neap_frames_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, frames_scene_set_up, frames_scene_tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(envelopes_of_all_shapes),
      TEST(an_unknown_channel_keeps_its_sequence),
      TEST(an_error_has_a_message),
      TEST(what_is_not_wanted_is_not_read),
      TEST(changes_of_a_book),
      TEST(members_and_others_that_are_not_ours),
      TEST(a_size_is_cut_and_a_price_is_not),
      TEST(a_change_that_makes_no_sense),
      TEST(frames_that_are_none),
      TEST(frames_that_are_torn_or_changed),
      TEST(a_snapshot_that_is_huge),
      TEST(a_listener_may_hear_nothing),
      TEST(products_without_id_or_increment),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
