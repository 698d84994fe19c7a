/* SPDX-License-Identifier: MIT */
/* server_ends: answers that are cut or never come, replies that may not be sent, clients who leave or do not read. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "server_support.h"

static const neap_server_reply ten = {.status = 200, .body = "0123456789", .length = 10};

static void ask(server_pair *self, const server_identity *identity) {
  server_pair_open(self, NULL, identity);
  self->stage.holds = true;
  client_say(&self->client, GET("/"));
  server_stage_await(&self->stage, &self->stage.call_count, 1);
}

static neap_server_call *take_call(server_pair *self) { return self->stage.calls[--self->stage.call_count]; }

static void cut(const server_identity *identity, neap_server_end end) {
  server_pair self;
  ask(&self, identity);
  assert_int_equal(neap_server_answer_cut(take_call(&self), &ten, 4, end, NULL), NEAP_OK);
  client_await_end(&self.client);
  client_await(&self.client, "Content-Length: 10\r\n\r\n0123");
  assert_null(memmem(self.client.in.data, self.client.in.size, "01234", 5));
  assert_int_equal(self.client.reset, end == NEAP_SERVER_RESET);
  server_pair_close(&self);
}

static void drop(const server_identity *identity, neap_server_end end) {
  server_pair self;
  ask(&self, identity);
  neap_server_drop(take_call(&self), end);
  client_await_end(&self.client);
  assert_int_equal(self.client.in.size, 0);
  assert_int_equal(self.client.reset, end == NEAP_SERVER_RESET);
  server_pair_close(&self);
}

static void test_cut_and_dropped(void **state) {
  server_identity identity;
  (void)state;
  server_identity_make(&identity);
  for (int i = 0; i < 4; i++) {
    const server_identity *tls = i < 2 ? NULL : &identity;
    neap_server_end end = i % 2 ? NEAP_SERVER_RESET : NEAP_SERVER_FIN;
    cut(tls, end);
    drop(tls, end);
  }
}

static void refuse(const neap_server_reply *reply) {
  server_pair self;
  neap_fault fault;
  ask(&self, NULL);
  assert_int_equal(neap_server_answer(take_call(&self), reply, &fault), NEAP_INVALID);
  assert_string_equal(fault.code, "bad_reply");
  client_await(&self.client, "HTTP/1.1 500 Internal Server Error\r\n");
  assert_null(memmem(self.client.in.data, self.client.in.size, "Evil", 4));
  client_forget(&self.client);
  self.stage.holds = false;
  client_say(&self.client, GET("/next"));
  client_await(&self.client, "GET /next []\n");
  server_pair_close(&self);
}

static void test_a_reply_that_may_not_be_sent(void **state) {
  static const neap_server_line lines[] = {
      {"X", "a\r\nEvil: 1"}, {"X\r\nEvil", "a"}, {"", "a"}, {"Content-length", "3"}};
  (void)state;
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
    refuse(&(neap_server_reply){.status = 200, .lines = &lines[i], .line_count = 1, .body = ""});
  refuse(&(neap_server_reply){.status = 200, .content_type = "a\nEvil: 1", .body = ""});
  refuse(&(neap_server_reply){.status = 199, .body = ""});
  refuse(&(neap_server_reply){.status = 600, .body = ""});
}

static void test_a_status_without_a_body(void **state) {
  server_pair self;
  (void)state;
  ask(&self, NULL);
  assert_int_equal(
      neap_server_answer(take_call(&self), &(neap_server_reply){.status = 204, .body = "no", .length = 2}, NULL),
      NEAP_OK);
  client_await(&self.client, "204 No Content\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\n\r\n");
  client_say(&self.client, GET("/"));
  server_stage_await(&self.stage, &self.stage.call_count, 1);
  assert_int_equal(neap_server_answer(take_call(&self), &ten, NULL), NEAP_OK);
  assert_non_null(strstr(client_await(&self.client, "789"), "GMT\r\n\r\nHTTP/1.1 200 OK\r\n"));
  server_pair_close(&self);
}

/* --- who leaves --------------------------------------------------------------------------------------------------- */

static void leave(const server_identity *identity, bool hard) {
  server_pair self;
  ask(&self, identity);
  if (hard)
    client_leave_hard(&self.client);
  else
    client_leave(&self.client);
  server_stage_await(&self.stage, &self.stage.gone, 1);
  assert_int_equal(self.stage.call_count, 0);
  assert_int_equal(server_stage_counts(&self.stage).calls, 0);
  assert_int_equal(server_stage_counts(&self.stage).connections, 0);
  server_stage_close(&self.stage);
  assert_int_equal(self.stage.gone, 1);
}

static void test_a_client_that_leaves_is_heard(void **state) {
  server_identity identity;
  (void)state;
  server_identity_make(&identity);
  leave(NULL, false);
  leave(NULL, true);
  leave(&identity, false);
  leave(&identity, true);
}

static void answer_all(server_stage *stage) {
  stage->on_request = NULL;
  while (stage->call_count) neap_server_answer(stage->calls[--stage->call_count], &ten, NULL);
}

/* One left and another asks, both before the next round: the other's request is told while the one's leaving is not
 * yet, and its handler answers both. */
static void test_an_answer_to_one_who_left(void **state) {
  server_pair self;
  server_client other;
  (void)state;
  ask(&self, NULL);
  client_connect(&other, &self.stage);
  server_stage_turn(&self.stage);
  client_leave_hard(&self.client);
  self.stage.on_request = answer_all;
  assert_int_equal(send(other.fd, GET("/"), strlen(GET("/")), 0), (ssize_t)strlen(GET("/")));
  client_await(&other, "0123456789");
  server_stage_turn(&self.stage);
  assert_int_equal(server_stage_counts(&self.stage).connections, 1);
  assert_int_equal(server_stage_counts(&self.stage).calls, 0);
  assert_int_equal(self.stage.gone, 0);
  client_leave(&other);
  server_stage_close(&self.stage);
}

static void test_who_asks_and_says_no_more_is_answered(void **state) {
  server_pair self;
  (void)state;
  server_stage_open(&self.stage, NULL, NULL);
  client_connect(&self.client, &self.stage);
  assert_int_equal(send(self.client.fd, GET("/1") GET("/2"), strlen(GET("/1") GET("/2")), 0),
                   (ssize_t)strlen(GET("/1") GET("/2")));
  shutdown(self.client.fd, SHUT_WR);
  client_await(&self.client, "GET /2 []\n");
  client_await_end(&self.client);
  assert_false(self.client.reset);
  server_pair_close(&self);
}

static void test_close_tells_what_is_open(void **state) {
  server_pair self;
  (void)state;
  ask(&self, NULL);
  neap_server_close(self.stage.server);
  assert_int_equal(self.stage.gone, 1);
  self.stage.server = NULL;
  server_pair_close(&self);
}

/* --- who does not read -------------------------------------------------------------------------------------------- */

static void answer_large(server_pair *self, const char *large, size_t length) {
  const neap_server_reply reply = {.status = 200, .body = large, .length = length};
  while (self->stage.call_count) neap_server_answer(take_call(self), &reply, NULL);
}

/* Of requests without end, only as many are told as their answers find room on the way; in time it is cut. */
static void test_a_client_that_does_not_read_its_answers(void **state) {
  enum { LARGE = 8 << 20 };
  char *large = calloc(1, LARGE);
  server_pair self;
  (void)state;
  ask(&self, NULL);
  for (int i = 0; i < 200; i++) {
    ssize_t sent = send(self.client.fd, GET("/"), strlen(GET("/")), MSG_NOSIGNAL);
    (void)sent;
    answer_large(&self, large, LARGE);
    server_stage_turn(&self.stage);
  }
  assert_true(server_stage_counts(&self.stage).requests < 4);
  for (int i = 0; i < 3; i++) server_stage_pass(&self.stage, 60 * NEAP_SECOND);
  assert_int_equal(server_stage_counts(&self.stage).connections, 0);
  assert_int_equal(server_stage_counts(&self.stage).timed_out, 1);
  server_pair_close(&self);
  free(large);
}

static void test_requests_in_one_piece_whose_answers_are_not_read(void **state) {
  enum { LARGE = 8 << 20, MANY = 200 };
  char *large = calloc(1, LARGE), *text = malloc(MANY * sizeof GET("/"));
  size_t length = 0;
  server_pair self;
  (void)state;
  for (int i = 0; i < MANY; i++) length += (size_t)sprintf(text + length, "%s", GET("/"));
  server_stage_open(&self.stage, NULL, NULL);
  client_connect(&self.client, &self.stage);
  self.stage.holds = true;
  client_send(&self.client, text, length);
  server_stage_await(&self.stage, &self.stage.call_count, 1);
  for (int i = 0; i < MANY; i++) {
    answer_large(&self, large, LARGE);
    server_stage_turn(&self.stage);
  }
  assert_true(server_stage_counts(&self.stage).requests < 4);
  server_pair_close(&self);
  free(text);
  free(large);
}

/* What is read never ends where a request ends, so that something is always left over. */
static void test_input_that_is_never_quite_done(void **state) {
  server_pair self;
  (void)state;
  server_stage_open(&self.stage, NULL, NULL);
  client_connect(&self.client, &self.stage);
  size_t before = mallinfo2().uordblks;
  client_say(&self.client, "G");
  for (int i = 0; i < 20000; i++) {
    client_say(&self.client, "ET / HTTP/1.1\r\nHost: x\r\n\r\nG");
    client_await(&self.client, "GET / []\n");
    client_forget(&self.client);
    server_stage_log(&self.stage);
  }
  assert_true(mallinfo2().uordblks < before + 200000);
  server_pair_close(&self);
}

/* Nor is it read on without end what such a client sends. */
static void test_a_client_that_floods_and_does_not_read(void **state) {
  enum { LARGE = 8 << 20, MOST = 64 << 20 };
  char *large = calloc(1, LARGE);
  size_t sent = 0;
  server_pair self;
  (void)state;
  ask(&self, NULL);
  answer_large(&self, large, LARGE);
  for (int idle = 0; sent < MOST && idle < 100; idle++) {
    ssize_t done = send(self.client.fd, large, LARGE, MSG_NOSIGNAL);
    if (done > 0) sent += (size_t)done, idle = 0;
    server_stage_turn(&self.stage);
  }
  assert_true(sent < MOST);
  server_pair_close(&self);
  free(large);
}

static void test_a_client_that_reads_slowly_but_reads(void **state) {
  enum { LARGE = 32 << 20, STEP = 3 << 20 };
  char *large = calloc(1, LARGE);
  server_pair self;
  (void)state;
  ask(&self, NULL);
  answer_large(&self, large, LARGE);
  for (size_t got = 0; got + STEP <= LARGE; got += STEP) {
    client_take_bytes(&self.client, STEP);
    server_stage_pass(&self.stage, 15 * NEAP_SECOND);
  }
  assert_int_equal(server_stage_counts(&self.stage).timed_out, 0);
  server_pair_close(&self);
  free(large);
}

static void test_a_large_answer_arrives_whole(void **state) {
  enum { LARGE = 6 << 20 };
  char *large = malloc(LARGE);
  server_identity identity;
  server_pair self;
  (void)state;
  for (size_t i = 0; i < LARGE; i++) large[i] = (char)('a' + i % 23);
  server_identity_make(&identity);
  for (int tls = 0; tls < 2; tls++) {
    ask(&self, tls ? &identity : NULL);
    answer_large(&self, large, LARGE);
    const char *body = strstr(client_await(&self.client, "\r\n\r\n"), "\r\n\r\n") + 4;
    client_await_bytes(&self.client, (size_t)(body - (const char *)self.client.in.data) + LARGE);
    body = strstr((const char *)self.client.in.data, "\r\n\r\n") + 4;
    assert_memory_equal(body, large, LARGE);
    server_pair_close(&self);
  }
  free(large);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_cut_and_dropped),
      cmocka_unit_test(test_a_reply_that_may_not_be_sent),
      cmocka_unit_test(test_a_status_without_a_body),
      cmocka_unit_test(test_a_client_that_leaves_is_heard),
      cmocka_unit_test(test_an_answer_to_one_who_left),
      cmocka_unit_test(test_who_asks_and_says_no_more_is_answered),
      cmocka_unit_test(test_close_tells_what_is_open),
      cmocka_unit_test(test_a_client_that_does_not_read_its_answers),
      cmocka_unit_test(test_requests_in_one_piece_whose_answers_are_not_read),
      cmocka_unit_test(test_input_that_is_never_quite_done),
      cmocka_unit_test(test_a_client_that_floods_and_does_not_read),
      cmocka_unit_test(test_a_client_that_reads_slowly_but_reads),
      cmocka_unit_test(test_a_large_answer_arrives_whole),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
