/* SPDX-License-Identifier: MIT */
/* server_http: requests and answers, over TLS and plain. */
#include <stdio.h>

#include "server_support.h"

#define POST(path, length, body) "POST " path " HTTP/1.1\r\nHost: x\r\nContent-Length: " #length "\r\n\r\n" body

/* --- what is asked and answered ----------------------------------------------------------------------------------- */

static void every_method_on_one_connection(const server_identity *identity) {
  server_pair self;
  server_pair_open(&self, NULL, identity);
  for (int round = 0; round < 3; round++) {
    client_say(&self.client, "GET /a?b=c&d HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                             "Content-Length: 2\r\n\r\n{}");
    client_await(&self.client, "\r\n\r\nGET /a?b=c&d [{}]\n");
    client_say(&self.client, POST("/p", 5, "12345"));
    client_await(&self.client, "POST /p [12345]\n");
    client_say(&self.client, "DELETE /d HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx");
    client_await(&self.client, "DELETE /d [x]\n");
    client_say(&self.client, "PUT http://x/u HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
    client_await(&self.client, "PUT /u []\n");
    client_forget(&self.client);
  }
  assert_int_equal(server_stage_counts(&self.stage).accepted, 1);
  assert_int_equal(server_stage_counts(&self.stage).requests, 12);
  server_pair_close(&self);
}

static void test_every_method_plain(void **state) {
  (void)state;
  every_method_on_one_connection(NULL);
}

static void test_every_method_tls(void **state) {
  server_identity identity;
  (void)state;
  server_identity_make(&identity);
  every_method_on_one_connection(&identity);
}

static void test_an_answer_has_its_lines(void **state) {
  server_pair self;
  (void)state;
  server_pair_open(&self, NULL, NULL);
  self.stage.holds = true;
  client_say(&self.client, GET("/"));
  server_stage_await(&self.stage, &self.stage.call_count, 1);
  const neap_server_line lines[] = {{"Retry-After", "1"}, {"X-Id", "a b"}};
  const neap_server_reply reply = {
      .status = 429, .content_type = "text/plain", .lines = lines, .line_count = 2, .body = "slow", .length = 4};
  assert_int_equal(neap_server_answer(self.stage.calls[0], &reply, NULL), NEAP_OK);
  self.stage.call_count = 0;
  client_await(&self.client,
               "HTTP/1.1 429 Too Many Requests\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\n"
               "Content-Type: text/plain\r\nContent-Length: 4\r\nRetry-After: 1\r\nX-Id: a b\r\n\r\nslow");
  server_pair_close(&self);
}

static void test_pipelined_requests_are_told_and_answered_in_turn(void **state) {
  server_pair self;
  (void)state;
  server_pair_open(&self, NULL, NULL);
  self.stage.holds = true;
  client_say(&self.client, GET("/1") POST("/2", 2, "ab") GET("/3"));
  server_stage_await(&self.stage, &self.stage.call_count, 1);
  for (int i = 0; i < 5; i++) server_stage_turn(&self.stage);
  assert_string_equal(server_stage_log(&self.stage), "GET /1 []\n");
  server_stage_answer(&self.stage, 0, "one");
  client_await(&self.client, "one");
  server_stage_await(&self.stage, &self.stage.call_count, 1);
  assert_string_equal(server_stage_log(&self.stage), "POST /2 [ab]\n");
  server_stage_answer(&self.stage, 0, "two");
  server_stage_await(&self.stage, &self.stage.call_count, 1);
  server_stage_answer(&self.stage, 0, "three");
  client_await(&self.client, "three");
  server_pair_close(&self);
}

static void test_calls_of_several_clients_are_answered_in_any_order(void **state) {
  server_stage stage;
  server_client clients[3];
  (void)state;
  server_stage_open(&stage, NULL, NULL);
  stage.holds = true;
  for (size_t i = 0; i < 3; i++) {
    client_connect(&clients[i], &stage);
    client_say(&clients[i], GET("/"));
    server_stage_await(&stage, &stage.call_count, i + 1);
  }
  server_stage_answer(&stage, 2, "last first");
  client_await(&clients[2], "last first");
  server_stage_answer(&stage, 0, "then the first");
  client_await(&clients[0], "then the first");
  server_stage_answer(&stage, 0, "middle");
  client_await(&clients[1], "middle");
  for (size_t i = 0; i < 3; i++) client_leave(&clients[i]);
  server_stage_close(&stage);
}

static void test_a_body_in_chunks_and_in_pieces(void **state) {
  static const char text[] = "\r\n\r\nPOST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                             "3;why=not\r\nabc\r\n0000A\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n" GET("/next");
  server_pair self;
  (void)state;
  server_pair_open(&self, NULL, NULL);
  for (size_t i = 0; i + 1 < sizeof text; i++) client_send(&self.client, text + i, 1);
  client_await(&self.client, "POST /c [abc0123456789]\n");
  client_await(&self.client, "GET /next []\n");
  server_pair_close(&self);
}

static void test_a_body_that_waits_to_be_invited(void **state) {
  server_pair self;
  (void)state;
  server_pair_open(&self, NULL, NULL);
  client_say(&self.client, "POST /e HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  assert_string_equal(client_await(&self.client, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client_say(&self.client, "ok");
  client_await(&self.client, "POST /e [ok]\n");
  server_pair_close(&self);
}

static void test_when_a_connection_is_kept(void **state) {
  server_stage stage;
  (void)state;
  server_stage_open(&stage, NULL, NULL);
  client_exchange(&stage, GET("/"), "GET / []\n", false);
  client_exchange(&stage, "GET /c HTTP/1.1\r\nHost: x\r\nConnection: x, Close\r\n\r\n", "Connection: close\r\n", true);
  client_exchange(&stage, "GET /0 HTTP/1.0\r\n\r\n", "GET /0 []\n", true);
  client_exchange(&stage, "GET /k HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "Connection: keep-alive\r\n", false);
  client_exchange(&stage, "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "OPTIONS * []\n", false);
  server_stage_close(&stage);
}

static void test_head_has_the_length_and_no_body(void **state) {
  server_pair self;
  (void)state;
  server_pair_open(&self, NULL, NULL);
  client_say(&self.client, "HEAD /h HTTP/1.1\r\nHost: x\r\n\r\n" GET("/g"));
  const char *text = client_await(&self.client, "GET /g []\n");
  assert_non_null(strstr(text, "Content-Length: 11\r\n\r\nHTTP/1.1 200 OK"));
  server_pair_close(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_method_plain),
      cmocka_unit_test(test_every_method_tls),
      cmocka_unit_test(test_an_answer_has_its_lines),
      cmocka_unit_test(test_pipelined_requests_are_told_and_answered_in_turn),
      cmocka_unit_test(test_calls_of_several_clients_are_answered_in_any_order),
      cmocka_unit_test(test_a_body_in_chunks_and_in_pieces),
      cmocka_unit_test(test_a_body_that_waits_to_be_invited),
      cmocka_unit_test(test_when_a_connection_is_kept),
      cmocka_unit_test(test_head_has_the_length_and_no_body),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
