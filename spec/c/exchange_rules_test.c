/* SPDX-License-Identifier: MIT */
/* exchange_rules: what ends a socket or leaves its messages unheard goes by the clock that its client has, however fast
 * the venue's time runs. */
#include <sys/socket.h>

#include "exchange_support.h"

static const char heartbeats[] = "{\"type\":\"subscribe\",\"channel\":\"heartbeats\"}",
                  ticker[] = "{\"type\":\"subscribe\",\"channel\":\"ticker\",\"product_ids\":[\"BTC-USD\"]}",
                  nothing[] = "{\"type\":\"subscribe\",\"channel\":\"ticker\",\"product_ids\":[\"NOTHING\"]}";

static void say(exchange_stage *stage, const char *text) {
  client_frame(&stage->client, 0x81, text, strlen(text));
  exchange_stage_turn(stage);
}

static void open_socket(exchange_stage *stage, int64_t speed) {
  exchange_stage_open(stage, NULL);
  stage->exchange->options.speed = speed;
  client_upgrade(&stage->client, "/");
  client_forget(&stage->client);
}

static bool is_open(exchange_stage *stage) { return stage->exchange->venue->streams; }

/* A close frame says why, and the venue has forgotten the stream once the client has left. */
static void assert_ended(exchange_stage *stage, const char *why) {
  client_await(&stage->client, why);
  exchange_stage_reconnect(stage);
  exchange_stage_turn(stage);
  assert_false(is_open(stage));
}

static void test_five_seconds_are_the_clients(void **state) {
  static const int64_t speeds[] = {0, 1000000, INT64_C(3600000000)}; /* millionths */
  (void)state;
  for (size_t i = 0; i < sizeof speeds / sizeof speeds[0]; i++) {
    exchange_stage stage;
    open_socket(&stage, speeds[i]);
    exchange_stage_pass(&stage, 5 * NEAP_SECOND - 1);
    assert_true(exchange_stage_is_quiet(&stage));
    exchange_stage_pass(&stage, 1);
    assert_ended(&stage, "no subscribe message within 5 seconds");
    exchange_stage_close(&stage);
  }
}

static void test_a_refused_message_is_no_subscription(void **state) {
  exchange_stage stage;
  (void)state;
  open_socket(&stage, 1000000);
  say(&stage, nothing);
  exchange_stage_pass(&stage, 5 * NEAP_SECOND);
  assert_ended(&stage, "no subscribe message within 5 seconds");
  exchange_stage_close(&stage);
}

static void test_a_socket_that_is_told_nothing_is_closed(void **state) {
  exchange_stage stage;
  (void)state;
  open_socket(&stage, 1000000);
  say(&stage, ticker);
  exchange_stage_pass(&stage, 70 * NEAP_SECOND);
  client_await(&stage.client, "\"subscriptions\"");
  client_forget(&stage.client);
  say(&stage, ticker); /* is answered again */
  client_await(&stage.client, "\"subscriptions\"");
  neap_exchange_move(stage.exchange, 7200 * NEAP_SECOND);
  exchange_stage_pass(&stage, 75 * NEAP_SECOND - 1);
  assert_true(exchange_stage_is_quiet(&stage));
  exchange_stage_pass(&stage, 1);
  assert_ended(&stage, "nothing was sent for too long");
  exchange_stage_close(&stage);
}

static void test_heartbeats_keep_a_socket(void **state) {
  exchange_stage stage;
  (void)state;
  open_socket(&stage, 1000000);
  say(&stage, heartbeats);
  for (int i = 0; i < 200; i++) exchange_stage_pass(&stage, NEAP_SECOND);
  client_await(&stage.client, "\"heartbeat_counter\":200");
  assert_true(is_open(&stage));
  exchange_stage_close(&stage);
}

static void test_a_silence_of_zero_is_no_rule(void **state) {
  exchange_stage stage;
  (void)state;
  exchange_stage_open(&stage, NULL);
  stage.exchange->options.silence = 0;
  client_upgrade(&stage.client, "/");
  say(&stage, ticker);
  exchange_stage_pass(&stage, 86400 * NEAP_SECOND);
  assert_true(is_open(&stage));
  exchange_stage_close(&stage);
}

static void test_a_fault_s_silence_is_not_broken(void **state) {
  exchange_stage stage;
  (void)state;
  open_socket(&stage, 1000000);
  exchange_stage_fault(&stage, "socket_silent:count=1");
  say(&stage, ticker);
  exchange_stage_pass(&stage, 600 * NEAP_SECOND);
  assert_true(is_open(&stage) && exchange_stage_is_quiet(&stage));
  exchange_stage_close(&stage);
}

static void test_a_silent_socket_goes_with_its_client(void **state) {
  exchange_stage stage;
  (void)state;
  open_socket(&stage, 1000000);
  exchange_stage_fault(&stage, "socket_silent:count=1");
  say(&stage, heartbeats);
  exchange_stage_pass(&stage, NEAP_SECOND);
  say(&stage, ticker); /* nobody reads it: what ends behind it is seen all the same */
  exchange_stage_reconnect(&stage);
  exchange_stage_turn(&stage);
  assert_false(is_open(&stage));
  exchange_stage_close(&stage);
}

static void test_eight_messages_a_second(void **state) {
  exchange_stage stage;
  (void)state;
  open_socket(&stage, INT64_C(3600000000));
  stage.exchange->options.limits_rates = true;
  for (int i = 0; i < 8; i++) say(&stage, nothing);
  assert_null(strstr(client_await(&stage.client, "unknown product"), "rate limit"));
  say(&stage, nothing);
  client_await(&stage.client, "rate limit exceeded");
  exchange_stage_pass(&stage, NEAP_SECOND);
  client_forget(&stage.client);
  say(&stage, nothing);
  assert_null(strstr(client_await(&stage.client, "unknown product"), "rate limit"));
  stage.exchange->options.limits_rates = false;
  for (int i = 0; i < 20; i++) say(&stage, nothing);
  assert_null(strstr(client_await(&stage.client, ""), "rate limit"));
  exchange_stage_close(&stage);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_five_seconds_are_the_clients),
      cmocka_unit_test(test_a_refused_message_is_no_subscription),
      cmocka_unit_test(test_a_socket_that_is_told_nothing_is_closed),
      cmocka_unit_test(test_heartbeats_keep_a_socket),
      cmocka_unit_test(test_a_silence_of_zero_is_no_rule),
      cmocka_unit_test(test_a_fault_s_silence_is_not_broken),
      cmocka_unit_test(test_a_silent_socket_goes_with_its_client),
      cmocka_unit_test(test_eight_messages_a_second),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
