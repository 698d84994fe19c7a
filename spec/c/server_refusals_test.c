/* SPDX-License-Identifier: MIT */
/* server_refusals: requests that are not told: malformed, too large, too slow. */
#include <stdio.h>

#include "server_support.h"

#define MS (NEAP_SECOND / 1000)

/* --- what is refused ---------------------------------------------------------------------------------------------- */

typedef struct refusal {
  const char *sent;
  int status;
} refusal;

static const refusal refusals[] = {
    {"BREW /pot HTTP/1.1\r\nHost: x\r\n\r\n", 501},
    {"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
    {"GET /\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400},
    {"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505},
    {"GET / FTP/1.1\r\nHost: x\r\n\r\n", 400},
    {"GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
    {"GET a HTTP/1.1\r\nHost: x\r\n\r\n", 400},
    {"G(T / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
    {"GET /a\tb HTTP/1.1\r\nHost: x\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\nNo colon\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\nSpace : y\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\nBare: a\nb\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\nBare: a\rb\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\nBell: \a\r\n\r\n", 400},
    {"\x16\x03\x01 a TLS client", 400},
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1x\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 1\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400},
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
    {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\nab\r\n0\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\rx0\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n7ffffffffff\r\n", 413},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n7ffffffffffffffff\r\n", 400},
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n", 413},
    {"POST / HTTP/1.1\r\nHost: x\r\nExpect: wonders\r\nContent-Length: 1\r\n\r\n", 417},
};

static void test_what_is_refused_and_with_which_status(void **state) {
  server_stage stage;
  char expected[32];
  const size_t count = sizeof refusals / sizeof *refusals;
  (void)state;
  server_stage_open(&stage, NULL, NULL);
  for (size_t i = 0; i < count; i++) {
    snprintf(expected, sizeof expected, "HTTP/1.1 %d ", refusals[i].status);
    client_exchange(&stage, refusals[i].sent, expected, true);
  }
  assert_string_equal(server_stage_log(&stage), "");
  assert_int_equal(server_stage_counts(&stage).refused, count);
  client_exchange(&stage, GET("/"), "GET / []\n", false);
  server_stage_close(&stage);
}

/* What is too large is answered, although the client has not sent it all, and goes on. */
static void test_a_head_and_a_body_that_are_too_large(void **state) {
  static char large[300000];
  server_pair self;
  server_client other;
  (void)state;
  memset(large, 'a', sizeof large);
  server_pair_open(&self, NULL, NULL);
  client_say(&self.client, "GET / HTTP/1.1\r\nHost: x\r\nX-Large: ");
  client_send(&self.client, large, sizeof large);
  client_await(&self.client, "HTTP/1.1 431 ");
  client_await_end(&self.client);
  assert_false(self.client.reset);
  client_connect(&other, &self.stage);
  client_say(&other, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n");
  for (int i = 0; i < 6; i++) client_send(&other, large, sizeof large);
  client_await(&other, "HTTP/1.1 413 ");
  client_await_end(&other);
  assert_false(other.reset || other.cannot_send);
  client_leave(&other);
  server_pair_close(&self);
}

static void test_a_head_and_a_body_as_large_as_may_be(void **state) {
  static char large[1048576];
  const neap_server_limits limits = {.header_bytes = 100};
  server_pair self;
  (void)state;
  memset(large, 'a', sizeof large);
  server_pair_open(&self, &limits, NULL);
  client_say(&self.client, "POST /large HTTP/1.1\r\nHost: x\r\nContent-Length: 1048576\r\nPadding: ");
  client_send(&self.client, large, 100 - 66 - 4);
  client_say(&self.client, "\r\n\r\n");
  client_send(&self.client, large, sizeof large);
  client_await(&self.client, "POST /large [long]\n");
  server_pair_close(&self);
}

/* --- time --------------------------------------------------------------------------------------------------------- */

static void test_a_head_that_trickles_is_cut(void **state) {
  server_pair self;
  (void)state;
  server_pair_open(&self, NULL, NULL);
  for (int i = 0; i < 9; i++) {
    client_send(&self.client, &"GET / HTTP"[i], 1);
    server_stage_pass(&self.stage, NEAP_SECOND);
  }
  assert_int_equal(server_stage_counts(&self.stage).timed_out, 0);
  client_say(&self.client, "P");
  server_stage_pass(&self.stage, NEAP_SECOND + MS);
  client_await(&self.client, "HTTP/1.1 408 ");
  client_await_end(&self.client);
  server_pair_close(&self);
}

static void test_a_body_that_trickles_is_cut(void **state) {
  server_pair self;
  (void)state;
  server_pair_open(&self, NULL, NULL);
  client_say(&self.client, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n");
  for (int i = 0; i < 11; i++) {
    client_say(&self.client, "x");
    server_stage_pass(&self.stage, NEAP_SECOND);
  }
  client_await(&self.client, "HTTP/1.1 408 ");
  client_await_end(&self.client);
  server_pair_close(&self);
}

static void test_an_idle_connection_ends_quietly(void **state) {
  server_pair self;
  (void)state;
  server_pair_open(&self, NULL, NULL);
  client_say(&self.client, GET("/"));
  client_await(&self.client, "GET / []\n");
  server_stage_pass(&self.stage, 59 * NEAP_SECOND);
  assert_int_equal(server_stage_counts(&self.stage).timed_out, 0);
  client_forget(&self.client);
  server_stage_pass(&self.stage, 2 * NEAP_SECOND);
  client_await_end(&self.client);
  assert_int_equal(self.client.in.size, 0);
  assert_false(self.client.reset);
  server_pair_close(&self);
}

static void test_a_call_may_wait_for_longer_than_any_limit(void **state) {
  server_pair self;
  (void)state;
  server_pair_open(&self, NULL, NULL);
  self.stage.holds = true;
  client_say(&self.client, GET("/"));
  server_stage_await(&self.stage, &self.stage.call_count, 1);
  server_stage_pass(&self.stage, 3600 * NEAP_SECOND);
  server_stage_answer(&self.stage, 0, "late");
  client_await(&self.client, "late");
  server_pair_close(&self);
}

static void test_a_tls_handshake_that_never_comes_is_cut(void **state) {
  server_identity identity;
  server_stage stage;
  server_client client;
  (void)state;
  server_identity_make(&identity);
  server_stage_open(&stage, NULL, &identity);
  client_connect_raw(&client, &stage, 0);
  client_say(&client, "\x16\x03\x01");
  server_stage_pass(&stage, 11 * NEAP_SECOND);
  client_await_end(&client);
  client_leave(&client);
  server_stage_close(&stage);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_what_is_refused_and_with_which_status),
      cmocka_unit_test(test_a_head_and_a_body_that_are_too_large),
      cmocka_unit_test(test_a_head_and_a_body_as_large_as_may_be),
      cmocka_unit_test(test_a_head_that_trickles_is_cut),
      cmocka_unit_test(test_a_body_that_trickles_is_cut),
      cmocka_unit_test(test_an_idle_connection_ends_quietly),
      cmocka_unit_test(test_a_call_may_wait_for_longer_than_any_limit),
      cmocka_unit_test(test_a_tls_handshake_that_never_comes_is_cut),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
