/* SPDX-License-Identifier: MIT */
/* exchange_frame, exchange_turn: each fault of a WebSocket as its client meets it, each of the venue on its products,
 * its clock, and in its log. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "exchange_support.h"

static const char heartbeats[] = "{\"type\":\"subscribe\",\"channel\":\"heartbeats\"}",
                  ticker[] = "{\"type\":\"subscribe\",\"channel\":\"ticker\",\"product_ids\":[\"BTC-USD\"]}",
                  unsubscribe[] = "{\"type\":\"unsubscribe\",\"channel\":\"heartbeats\"}";

static bool has(const char *text, const char *part) { return strstr(text, part); }

static void say(exchange_stage *stage, const char *text) {
  client_frame(&stage->client, 0x81, text, strlen(text));
  exchange_stage_turn(stage);
}

static void subscribe(exchange_stage *stage, const char *text) {
  client_upgrade(&stage->client, "/");
  say(stage, text);
}

/* A subscriber to heartbeats, whose frames 0 (its subscriptions) and what came with it are told. */
static void open_subscriber(exchange_stage *stage) {
  exchange_stage_open(stage, NULL);
  subscribe(stage, heartbeats);
  client_await(&stage->client, "\"subscriptions\"");
  client_forget(&stage->client);
}

static void beat(exchange_stage *stage) { exchange_stage_pass(stage, NEAP_SECOND); }

/* --- frames as they came ------------------------------------------------------------------------------------------ */

typedef struct came {
  size_t count;
  long sequence[32]; /* −1: a frame without one */
  const char *text[32];
  size_t length[32];
} came;

static long sequence_of(const char *text, size_t length) {
  static const char name[] = "\"sequence_num\":";
  const char *at = memmem(text, length, name, sizeof name - 1);
  return at ? strtol(at + sizeof name - 1, NULL, 10) : -1;
}

/* Short and middling frames; a close ends the list. */
static void look(exchange_stage *stage, came *out) {
  const unsigned char *at = (const unsigned char *)client_await(&stage->client, "");
  const unsigned char *end = at + stage->client.in.size;
  out->count = 0;
  while (at + 2 <= end && at[0] == 0x81) {
    size_t wide = at[1] == 126 ? 2 : 0, length = wide ? (size_t)at[2] << 8 | at[3] : at[1];
    const char *text = (const char *)at + 2 + wide;
    assert_true(out->count < 32 && at[1] < 127);
    out->text[out->count] = text, out->length[out->count] = length;
    out->sequence[out->count++] = sequence_of(text, length);
    at += 2 + wide + length;
  }
}

static void assert_sequences(exchange_stage *stage, const long *wanted, size_t count) {
  came frames;
  look(stage, &frames);
  assert_int_equal(frames.count, count);
  for (size_t i = 0; i < count; i++) assert_int_equal(frames.sequence[i], wanted[i]);
}

#define ASSERT_SEQUENCES(stage, ...)                                                                                   \
  assert_sequences(stage, (const long[]){__VA_ARGS__}, sizeof(const long[]){__VA_ARGS__} / sizeof(long))

/* Rounds until so many frames came. */
static void await_frames(exchange_stage *stage, size_t count) {
  came frames = {0};
  for (int i = 0; i < 1000; i++) {
    exchange_stage_turn(stage);
    look(stage, &frames);
    if (frames.count >= count) return;
    unsigned char byte;
    if (recv(stage->client.fd, &byte, 1, MSG_PEEK) > 0) client_await_bytes(&stage->client, stage->client.in.size + 1);
  }
  fail_msg("%zu frames instead of %zu", frames.count, count);
}

/* --- what the client does ----------------------------------------------------------------------------------------- */

static void test_handshake_refused(void **state) {
  exchange_stage stage;
  (void)state;
  exchange_stage_open(&stage, NULL);
  exchange_stage_fault(&stage, "handshake_refused:count=1");
  client_say(&stage.client, "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  client_await(&stage.client, "HTTP/1.1 403 ");
  client_await_end(&stage.client);
  assert_null(stage.exchange->venue->streams);
  exchange_stage_reconnect(&stage);
  subscribe(&stage, heartbeats);
  client_await(&stage.client, "\"subscriptions\"");
  exchange_stage_close(&stage);
}

static void test_subscribe_refused(void **state) {
  exchange_stage stage;
  (void)state;
  exchange_stage_open(&stage, NULL);
  exchange_stage_fault(&stage, "subscribe_refused:channel=heartbeats,count=1");
  subscribe(&stage, ticker);
  client_await(&stage.client, "\"subscriptions\"");
  client_forget(&stage.client);
  say(&stage, unsubscribe); /* is none */
  client_await(&stage.client, "\"subscriptions\"");
  client_forget(&stage.client);
  say(&stage, heartbeats);
  client_await(&stage.client, "{\"type\":\"error\",\"message\":\"authentication failure\"}");
  assert_false(has(client_await(&stage.client, ""), "heartbeats"));
  client_forget(&stage.client);
  say(&stage, heartbeats);
  client_await(&stage.client, "\"heartbeats\":[\"heartbeats\"]");
  exchange_stage_close(&stage);
}

static void test_subscribe_ignored(void **state) {
  exchange_stage stage;
  (void)state;
  exchange_stage_open(&stage, NULL);
  exchange_stage_fault(&stage, "subscribe_ignored:count=1,product=BTC-USD");
  subscribe(&stage, ticker);
  assert_true(exchange_stage_is_quiet(&stage));
  say(&stage, heartbeats);
  client_await(&stage.client, "\"subscriptions\"");
  assert_false(has(client_await(&stage.client, ""), "BTC-USD"));
  exchange_stage_close(&stage);
}

/* --- how it ends -------------------------------------------------------------------------------------------------- */

static void end_socket(const char *fault, bool is_reset, bool has_data) {
  exchange_stage stage;
  open_subscriber(&stage);
  exchange_stage_fault(&stage, fault);
  beat(&stage);
  client_await_end(&stage.client);
  assert_int_equal(stage.client.reset, is_reset);
  if (has_data)
    client_await(&stage.client, "\"heartbeat_counter\":");
  else
    assert_int_equal(stage.client.in.size, 0);
  exchange_stage_reconnect(&stage);
  exchange_stage_turn(&stage);
  assert_null(stage.exchange->venue->streams);
  beat(&stage);
  exchange_stage_close(&stage);
}

static void test_socket_reset_and_fin(void **state) {
  (void)state;
  end_socket("socket_reset", true, false);
  end_socket("socket_fin", false, false);
  end_socket("socket_reset_with_data", true, true);
}

static void close_socket(const char *fault, const char *close) {
  exchange_stage stage;
  open_subscriber(&stage);
  exchange_stage_fault(&stage, fault);
  beat(&stage);
  client_await(&stage.client, close);
  assert_int_equal(stage.client.in.size, 4);
  beat(&stage); /* nothing behind it */
  assert_true(exchange_stage_is_quiet(&stage));
  exchange_stage_close(&stage);
}

static void test_socket_close(void **state) {
  (void)state;
  close_socket("socket_close", "\x88\x02\x03\xe9");
  close_socket("socket_close:number=1012", "\x88\x02\x03\xf4");
}

static void test_socket_silent(void **state) {
  exchange_stage stage;
  (void)state;
  open_subscriber(&stage);
  exchange_stage_fault(&stage, "socket_silent:count=1,time=10s");
  for (int i = 0; i < 9; i++) beat(&stage);
  client_frame(&stage.client, 0x89, "ping", 4);
  assert_true(exchange_stage_is_quiet(&stage));
  exchange_stage_pass(&stage, 2 * NEAP_SECOND);
  client_await(&stage.client, "ping");
  await_frames(&stage, 10);
  exchange_stage_fault(&stage, "socket_silent:count=1");
  client_forget(&stage.client);
  for (int i = 0; i < 30; i++) beat(&stage);
  assert_true(exchange_stage_is_quiet(&stage));
  exchange_stage_close(&stage);
}

/* --- frames ------------------------------------------------------------------------------------------------------- */

static void test_frame_lost_and_twice(void **state) {
  exchange_stage stage;
  (void)state;
  open_subscriber(&stage);
  exchange_stage_fault(&stage, "frame_lost:channel=heartbeats,after=1,count=1");
  exchange_stage_fault(&stage, "frame_twice:channel=heartbeats,after=2,count=1");
  for (int i = 0; i < 4; i++) beat(&stage);
  await_frames(&stage, 4);
  came frames;
  look(&stage, &frames);
  long first = frames.sequence[0];
  ASSERT_SEQUENCES(&stage, first, first + 2, first + 3, first + 3);
  exchange_stage_close(&stage);
}

static void test_frame_late_and_swapped(void **state) {
  exchange_stage stage;
  (void)state;
  open_subscriber(&stage);
  exchange_stage_fault(&stage, "frame_late:count=1,time=2500ms");
  exchange_stage_fault(&stage, "frame_swapped:after=3,count=1");
  for (int i = 0; i < 12; i++) exchange_stage_pass(&stage, NEAP_SECOND / 2);
  await_frames(&stage, 6);
  came frames;
  look(&stage, &frames);
  long first = frames.sequence[2];
  ASSERT_SEQUENCES(&stage, first + 1, first + 2, first, first + 3, first + 5, first + 4);
  exchange_stage_close(&stage);
}

static void test_frames_that_wait_go_with_their_socket(void **state) {
  exchange_stage stage;
  (void)state;
  open_subscriber(&stage);
  exchange_stage_fault(&stage, "frame_late:count=2,time=1h");
  exchange_stage_fault(&stage, "frame_swapped");
  for (int i = 0; i < 3; i++) beat(&stage);
  exchange_stage_reconnect(&stage);
  exchange_stage_turn(&stage);
  assert_null(stage.exchange->venue->streams);
  exchange_stage_pass(&stage, 3600 * NEAP_SECOND);
  exchange_stage_close(&stage);
}

static void test_frame_cut(void **state) {
  exchange_stage stage;
  neap_json *json;
  came frames;
  (void)state;
  open_subscriber(&stage);
  exchange_stage_fault(&stage, "frame_cut:count=1");
  exchange_stage_fault(&stage, "frame_cut:count=1,number=20");
  beat(&stage), beat(&stage), beat(&stage);
  await_frames(&stage, 3);
  look(&stage, &frames);
  assert_int_equal(neap_json_parse(frames.text[0], frames.length[0], &json, NULL), NEAP_INVALID);
  assert_int_equal(frames.length[0], frames.length[2] / 2);
  assert_int_equal(frames.length[1], 20);
  assert_int_equal(neap_json_parse(frames.text[2], frames.length[2], &json, NULL), NEAP_OK);
  neap_json_free(json);
  exchange_stage_close(&stage);
}

static void test_frame_unknown(void **state) {
  exchange_stage stage;
  neap_json *json;
  came frames;
  (void)state;
  open_subscriber(&stage);
  exchange_stage_fault(&stage, "frame_unknown:count=1");
  beat(&stage);
  await_frames(&stage, 2);
  look(&stage, &frames);
  assert_int_equal(neap_json_parse(frames.text[0], frames.length[0], &json, NULL), NEAP_OK);
  assert_string_equal(neap_json_get(neap_json_root(json), "channel")->text, "neap_unknown");
  neap_json_free(json);
  assert_int_equal(neap_json_parse(frames.text[1], frames.length[1], &json, NULL), NEAP_OK);
  assert_string_equal(neap_json_get(neap_json_root(json), "channel")->text, "heartbeats");
  assert_non_null(neap_json_get(neap_json_root(json), "neap_unknown"));
  neap_json_free(json);
  exchange_stage_close(&stage);
}

/* --- the venue ---------------------------------------------------------------------------------------------------- */

static uint32_t flags_of(const exchange_stage *stage, const char *id) {
  return neap_venue_product_named(stage->exchange->venue, id)->facts.flags;
}

static void test_products_for_a_time(void **state) {
  static const struct {
    const char *fault;
    uint32_t flag;
  } cases[] = {{"cancel_only", NEAP_PRODUCT_CANCEL_ONLY},
               {"limit_only", NEAP_PRODUCT_LIMIT_ONLY},
               {"post_only", NEAP_PRODUCT_POST_ONLY},
               {"auction", NEAP_PRODUCT_AUCTION},
               {"halt", NEAP_PRODUCT_DISABLED}};
  exchange_stage stage;
  char text[100];
  (void)state;
  exchange_stage_open(&stage, NULL);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    snprintf(text, sizeof text, "%s:product=BTC-USD,at=2s,for=3s", cases[i].fault);
    exchange_stage_fault(&stage, text);
    exchange_stage_pass(&stage, 2 * NEAP_SECOND - 1);
    assert_int_equal(flags_of(&stage, "BTC-USD"), 0);
    exchange_stage_pass(&stage, 1);
    assert_int_equal(flags_of(&stage, "BTC-USD"), cases[i].flag);
    assert_int_equal(flags_of(&stage, "ETH-USD"), 0);
    exchange_stage_pass(&stage, 3 * NEAP_SECOND - 1);
    assert_int_equal(flags_of(&stage, "BTC-USD"), cases[i].flag);
    exchange_stage_pass(&stage, 1);
    assert_int_equal(flags_of(&stage, "BTC-USD"), 0);
    exchange_stage_pass(&stage, 60 * NEAP_SECOND);
    assert_int_equal(flags_of(&stage, "BTC-USD"), 0);
  }
  exchange_stage_close(&stage);
}

static void test_a_halted_product_takes_no_order(void **state) {
  exchange_stage stage;
  (void)state;
  exchange_stage_open(&stage, NULL);
  uint32_t id = exchange_stage_fault(&stage, "halt");
  assert_int_equal(flags_of(&stage, "ETH-USD"), NEAP_PRODUCT_DISABLED);
  exchange_stage_order(&stage, 1, "BUY", "0.01", "40000.00");
  client_await(&stage.client, "\"success\":false");
  assert_int_equal(neap_exchange_remove_fault(stage.exchange, id, NULL), NEAP_OK);
  assert_int_equal(flags_of(&stage, "ETH-USD"), 0);
  exchange_stage_order(&stage, 1, "BUY", "0.01", "40000.00");
  client_await(&stage.client, "\"success\":true");
  exchange_stage_turn(&stage);
  assert_null(neap_fault_plan_get(stage.exchange->plan, 0));
  exchange_stage_close(&stage);
}

/* What was so before is so afterwards, and what another still wants stays. */
static void test_faults_of_one_product_overlap(void **state) {
  exchange_stage stage;
  (void)state;
  exchange_stage_open(&stage, NULL);
  neap_exchange_set_product(stage.exchange, "ETH-USD", NEAP_PRODUCT_POST_ONLY, false, NULL);
  exchange_stage_fault(&stage, "post_only:for=10s");
  exchange_stage_fault(&stage, "post_only:at=5s,for=10s,product=BTC-USD");
  exchange_stage_fault(&stage, "halt:at=5s,for=1s,product=BTC-USD");
  exchange_stage_pass(&stage, 5 * NEAP_SECOND);
  assert_int_equal(flags_of(&stage, "BTC-USD"), NEAP_PRODUCT_POST_ONLY | NEAP_PRODUCT_DISABLED);
  exchange_stage_pass(&stage, 5 * NEAP_SECOND);
  assert_int_equal(flags_of(&stage, "BTC-USD"), NEAP_PRODUCT_POST_ONLY);
  assert_int_equal(flags_of(&stage, "ETH-USD"), NEAP_PRODUCT_POST_ONLY);
  exchange_stage_pass(&stage, 5 * NEAP_SECOND);
  assert_int_equal(flags_of(&stage, "BTC-USD"), 0);
  assert_int_equal(flags_of(&stage, "ETH-USD"), NEAP_PRODUCT_POST_ONLY);
  exchange_stage_close(&stage);
}

static void test_delisting(void **state) {
  exchange_stage stage;
  (void)state;
  exchange_stage_open(&stage, NULL);
  exchange_stage_order(&stage, 1, "BUY", "0.01", "40000.00");
  exchange_stage_fault(&stage, "delisting:product=BTC-USD,at=1s,for=1s");
  assert_int_equal(exchange_stage_last(&stage)->status, NEAP_VENUE_OPEN);
  exchange_stage_pass(&stage, NEAP_SECOND);
  assert_int_equal(exchange_stage_last(&stage)->status, NEAP_VENUE_CANCELLED);
  assert_true(has(exchange_stage_ask(&stage, 0, "GET", "/api/v3/brokerage/market/products/BTC-USD", ""), "delisted"));
  exchange_stage_pass(&stage, NEAP_SECOND);
  assert_false(has(exchange_stage_ask(&stage, 0, "GET", "/api/v3/brokerage/market/products/BTC-USD", ""), "delisted"));
  exchange_stage_close(&stage);
}

/* Its clock is 30 s ahead: it says so, and takes a token of now for one that is too old, or not yet good. */
static void test_clock_skew(void **state) {
  exchange_stage stage;
  (void)state;
  exchange_stage_open(&stage, NULL);
  uint32_t id = exchange_stage_fault(&stage, "clock_skew:time=-30s");
  assert_true(has(exchange_stage_ask(&stage, 0, "GET", "/api/v3/brokerage/time", ""), "\"2025-12-31T23:59:30Z\""));
  exchange_stage_order(&stage, 1, "BUY", "0.01", "40000.00");
  client_await(&stage.client, "HTTP/1.1 401 ");
  assert_int_equal(exchange_stage_orders(&stage), 0);
  assert_int_equal(neap_exchange_remove_fault(stage.exchange, id, NULL), NEAP_OK);
  exchange_stage_fault(&stage, "clock_skew:time=10m,for=5s");
  exchange_stage_order(&stage, 1, "BUY", "0.01", "40000.00");
  client_await(&stage.client, "HTTP/1.1 401 ");
  exchange_stage_pass(&stage, 5 * NEAP_SECOND);
  assert_true(has(exchange_stage_ask(&stage, 0, "GET", "/api/v3/brokerage/time", ""), "\"2026-01-01T00:00:05Z\""));
  exchange_stage_order(&stage, 1, "BUY", "0.01", "40000.00");
  client_await(&stage.client, "HTTP/1.1 200 ");
  exchange_stage_close(&stage);
}

/* --- the log ------------------------------------------------------------------------------------------------------ */

/* Products and orders that faults ended are in the log, faults of connections are not; what was on is taken back. */
static void test_what_is_kept(void **state) {
  char path[] = "/tmp/neap-faults-XXXXXX";
  exchange_stage stage;
  (void)state;
  close(mkstemp(path));
  unlink(path);
  exchange_stage_open(&stage, NULL);
  assert_int_equal(neap_exchange_log(stage.exchange, path, NULL), NEAP_OK);
  exchange_stage_fault(&stage, "answer_lost:count=1");
  exchange_stage_fault(&stage, "venue_cancel");
  exchange_stage_fault(&stage, "auction:product=ETH-USD");
  exchange_stage_fault(&stage, "halt:at=1h,product=BTC-USD");
  exchange_stage_order(&stage, 1, "BUY", "0.01", "40000.00");
  assert_int_equal(exchange_stage_last(&stage)->status, NEAP_VENUE_CANCELLED);
  exchange_stage_close(&stage);
  exchange_stage_open(&stage, NULL);
  assert_int_equal(neap_exchange_log(stage.exchange, path, NULL), NEAP_OK);
  assert_int_equal(exchange_stage_orders(&stage), 1);
  assert_int_equal(exchange_stage_last(&stage)->status, NEAP_VENUE_CANCELLED);
  assert_int_equal(flags_of(&stage, "ETH-USD"), 0);
  assert_null(neap_fault_plan_get(stage.exchange->plan, 0));
  exchange_stage_close(&stage);
  unlink(path);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_handshake_refused),
                                     cmocka_unit_test(test_subscribe_refused),
                                     cmocka_unit_test(test_subscribe_ignored),
                                     cmocka_unit_test(test_socket_reset_and_fin),
                                     cmocka_unit_test(test_socket_close),
                                     cmocka_unit_test(test_socket_silent),
                                     cmocka_unit_test(test_frame_lost_and_twice),
                                     cmocka_unit_test(test_frame_late_and_swapped),
                                     cmocka_unit_test(test_frames_that_wait_go_with_their_socket),
                                     cmocka_unit_test(test_frame_cut),
                                     cmocka_unit_test(test_frame_unknown),
                                     cmocka_unit_test(test_products_for_a_time),
                                     cmocka_unit_test(test_a_halted_product_takes_no_order),
                                     cmocka_unit_test(test_faults_of_one_product_overlap),
                                     cmocka_unit_test(test_delisting),
                                     cmocka_unit_test(test_clock_skew),
                                     cmocka_unit_test(test_what_is_kept)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
