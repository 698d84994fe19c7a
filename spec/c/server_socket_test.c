/* SPDX-License-Identifier: MIT */
/* server_socket: what is sent arrives whole or ends as it should: shared, bounded, closed, aborted, paused. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "server_support.h"

enum { LARGE = 5400000 };

static void open_pair(server_pair *self, const neap_server_limits *limits, const server_identity *identity) {
  server_pair_open(self, limits, identity);
  client_upgrade(&self->client, "/");
  server_stage_log(&self->stage);
}

static neap_server_socket *only(server_pair *self) {
  assert_int_equal(self->stage.socket_count, 1);
  return self->stage.sockets[0];
}

static char *make_large(void) {
  char *large = malloc(LARGE);
  for (size_t i = 0; i < LARGE; i++) large[i] = (char)('a' + i % 23);
  return large;
}

static neap_status send_text(neap_server_socket *socket, const char *text) {
  return neap_server_send(socket, text, strlen(text));
}

/* --- one message to many ------------------------------------------------------------------------------------------ */

static void send_to_ten(const server_identity *identity, const char *large) {
  server_stage stage;
  server_client clients[10];
  server_stage_open(&stage, NULL, identity);
  for (int i = 0; i < 10; i++) client_connect(&clients[i], &stage), client_upgrade(&clients[i], "/");
  neap_server_text *text = neap_server_text_new(large, LARGE);
  for (int i = 0; i < 10; i++) assert_int_equal(neap_server_send_text(stage.sockets[i], text), NEAP_OK);
  assert_int_equal(neap_server_queued(stage.sockets[0]), LARGE + 10);
  neap_server_text_free(text);
  for (int i = 0; i < 10; i++) {
    client_await_bytes(&clients[i], LARGE + 10);
    assert_int_equal(clients[i].in.size, LARGE + 10);
    assert_memory_equal(clients[i].in.data + 10, large, LARGE);
    client_leave(&clients[i]);
  }
  server_stage_close(&stage);
}

static void test_five_megabytes_to_ten(void **state) {
  static server_identity identity;
  char *large = make_large();
  (void)state;
  server_identity_make(&identity);
  send_to_ten(NULL, large);
  send_to_ten(&identity, large);
  free(large);
}

static void test_many_small_ones_in_their_order(void **state) {
  static server_identity identity;
  static char expected[200000], text[16];
  size_t length = 0;
  server_pair self;
  (void)state;
  server_identity_make(&identity);
  open_pair(&self, NULL, &identity);
  for (int i = 0; i < 20000; i++) {
    int size = snprintf(text, sizeof text, "%d", i);
    assert_int_equal(neap_server_send(only(&self), text, (size_t)size), NEAP_OK);
    length += (size_t)snprintf(expected + length, 16, "\x81%c%s", size, text);
    if (i % 3000 == 0) server_stage_turn(&self.stage);
  }
  client_await_bytes(&self.client, length);
  assert_int_equal(self.client.in.size, length);
  assert_memory_equal(self.client.in.data, expected, length);
  server_pair_close(&self);
}

/* --- who does not read -------------------------------------------------------------------------------------------- */

static void test_a_client_that_does_not_read_is_dropped(void **state) {
  const neap_server_limits limits = {.queued_bytes = 1000000};
  static char text[10000];
  server_pair self;
  size_t sent = 0;
  (void)state;
  memset(text, 'x', sizeof text);
  open_pair(&self, &limits, NULL);
  neap_server_socket *socket = only(&self);
  while (neap_server_send(socket, text, sizeof text) == NEAP_OK) {
    assert_true(neap_server_queued(socket) <= limits.queued_bytes);
    server_stage_turn(&self.stage);
    sent++;
    assert_true(sent < 100000);
  }
  assert_true(sent > 99);
  assert_int_equal(self.stage.closed, 0);
  assert_int_equal(neap_server_send(socket, "x", 1), NEAP_STOPPED);
  server_stage_turn(&self.stage);
  assert_int_equal(self.stage.closed, 1);
  assert_int_equal(server_stage_counts(&self.stage).overflown, 1);
  assert_int_equal(server_stage_counts(&self.stage).connections, 0);
  client_await_end(&self.client);
  assert_true(self.client.reset);
  server_pair_close(&self);
}

/* Pongs are bounded by the same queue. */
static void test_a_client_that_pings_and_does_not_read(void **state) {
  const neap_server_limits limits = {.queued_bytes = 100000};
  static unsigned char pings[200 * 131];
  static const char payload[125];
  server_pair self;
  (void)state;
  open_pair(&self, &limits, NULL);
  for (size_t i = 0; i < 200; i++) assert_int_equal(frame_make(pings + i * 131, 0x89, payload, 125), 131);
  for (int i = 0; i < 100000 && !self.stage.closed; i++) {
    ssize_t done = send(self.client.fd, pings, sizeof pings, MSG_NOSIGNAL);
    if (done > 0 && (size_t)done < sizeof pings) client_send(&self.client, pings + done, sizeof pings - (size_t)done);
    server_stage_turn(&self.stage);
  }
  assert_int_equal(self.stage.closed, 1);
  assert_int_equal(server_stage_counts(&self.stage).overflown, 1);
  server_pair_close(&self);
}

/* --- how it ends -------------------------------------------------------------------------------------------------- */

static void test_a_close_of_ours_comes_behind_what_is_queued(void **state) {
  server_pair self;
  (void)state;
  open_pair(&self, NULL, NULL);
  send_text(only(&self), "last");
  neap_server_close_socket(only(&self), 1001, "restart");
  assert_int_equal(send_text(only(&self), "more"), NEAP_STOPPED);
  neap_server_close_socket(only(&self), 1000, "twice");
  client_await(&self.client, "\x81\x04last\x88\x09\x03\xe9restart");
  client_frame(&self.client, 0x81, "not told", 8);
  client_frame(&self.client, 0x89, "ping", 4);
  assert_int_equal(self.stage.closed, 0);
  client_frame(&self.client, 0x88, "\x03\xe9", 2);
  client_await_end(&self.client);
  assert_false(self.client.reset);
  assert_int_equal(self.client.in.size, 6 + 11);
  assert_string_equal(server_stage_log(&self.stage), "");
  client_leave(&self.client);
  server_stage_await(&self.stage, &self.stage.closed, 1);
  server_stage_close(&self.stage);
}

static void test_a_close_that_is_not_answered(void **state) {
  server_pair self;
  (void)state;
  open_pair(&self, NULL, NULL);
  neap_server_close_socket(only(&self), 1000, NULL);
  client_await(&self.client, "\x88\x02\x03\xe8");
  server_stage_pass(&self.stage, 21 * NEAP_SECOND);
  client_await_end(&self.client);
  assert_false(self.client.reset);
  server_stage_pass(&self.stage, 3 * NEAP_SECOND);
  assert_int_equal(self.stage.closed, 1);
  server_pair_close(&self);
}

static void abort_with_data(const server_identity *identity, neap_server_end end) {
  server_pair self;
  open_pair(&self, NULL, identity);
  send_text(only(&self), "data and the end together");
  neap_server_abort(only(&self), end);
  assert_int_equal(send_text(only(&self), "more"), NEAP_STOPPED);
  assert_int_equal(self.stage.closed, 0);
  client_await_end(&self.client);
  assert_int_equal(self.client.reset, end == NEAP_SERVER_RESET);
  assert_int_equal(self.client.in.size, 27);
  assert_memory_equal(self.client.in.data,
                      "\x81\x19"
                      "data and the end together",
                      27);
  client_leave(&self.client);
  server_stage_await(&self.stage, &self.stage.closed, 1);
  server_stage_close(&self.stage);
}

static void test_an_end_together_with_data(void **state) {
  static server_identity identity;
  (void)state;
  server_identity_make(&identity);
  abort_with_data(NULL, NEAP_SERVER_RESET);
  abort_with_data(NULL, NEAP_SERVER_FIN);
  abort_with_data(&identity, NEAP_SERVER_RESET);
  abort_with_data(&identity, NEAP_SERVER_FIN);
}

static void abort_within(server_stage *stage, neap_server_socket *socket) {
  (void)stage;
  neap_server_abort(socket, NEAP_SERVER_RESET);
}

static void close_within(server_stage *stage, neap_server_socket *socket) {
  (void)stage;
  neap_server_close_socket(socket, 4000, "enough");
}

/* Of several messages in one piece, none is told behind the one that ended the socket. */
static void end_within(void (*way)(server_stage *, neap_server_socket *)) {
  unsigned char bytes[64];
  server_pair self;
  open_pair(&self, NULL, NULL);
  self.stage.on_message = way;
  size_t length = frame_make(bytes, 0x81, "one", 3);
  length += frame_make(bytes + length, 0x81, "two", 3);
  client_send(&self.client, bytes, length);
  for (int i = 0; i < 1000 && !self.stage.log.size; i++) server_stage_turn(&self.stage);
  server_stage_turn(&self.stage);
  assert_string_equal(server_stage_log(&self.stage), "> one\n");
  server_pair_close(&self);
  assert_int_equal(self.stage.closed, 1);
}

static void test_ended_by_the_handler_of_a_message(void **state) {
  (void)state;
  end_within(abort_within);
  end_within(close_within);
}

static void leave_a_client(const server_identity *identity) {
  server_stage other; /* whose rounds the client waits in afterwards */
  server_pair self;
  server_stage_open(&other, NULL, NULL);
  open_pair(&self, NULL, identity);
  send_text(only(&self), "last");
  server_stage_close(&self.stage);
  assert_int_equal(self.stage.closed, 1);
  self.client.stage = &other;
  client_await_end(&self.client);
  assert_false(self.client.reset);
  client_await(&self.client, "\x81\x04last\x88\x11\x03\xe9the server ends");
  client_leave(&self.client);
  server_stage_close(&other);
}

static void test_the_end_of_the_server_is_said(void **state) {
  static server_identity identity;
  (void)state;
  server_identity_make(&identity);
  leave_a_client(NULL);
  leave_a_client(&identity);
}

/* --- silence ------------------------------------------------------------------------------------------------------ */

static void test_a_paused_socket_is_silent(void **state) {
  server_pair self;
  (void)state;
  open_pair(&self, NULL, NULL);
  neap_server_pause(only(&self), true);
  send_text(only(&self), "held back");
  client_frame(&self.client, 0x89, "ping", 4);
  client_frame(&self.client, 0x81, "hello", 5);
  server_stage_pass(&self.stage, 3600 * NEAP_SECOND);
  assert_string_equal(server_stage_log(&self.stage), "");
  assert_int_equal(neap_server_queued(only(&self)), 11);
  assert_int_equal(recv(self.client.fd, (char[8]){0}, 8, 0), -1);
  neap_server_pause(only(&self), false);
  client_await(&self.client, "\x81\x09held back");
  client_await(&self.client, "\x8a\x04ping");
  assert_string_equal(server_stage_log(&self.stage), "> hello\n");
  neap_server_pause(only(&self), true);
  client_leave_hard(&self.client);
  server_stage_await(&self.stage, &self.stage.closed, 1);
  server_stage_close(&self.stage);
}

static void pause_within(server_stage *stage, neap_server_socket *socket) {
  (void)stage;
  neap_server_pause(socket, true);
}

static void test_paused_by_the_handler_of_a_message(void **state) {
  enum { LONG = 5000 };
  static unsigned char bytes[3 * (LONG + 14)];
  static const char text[LONG];
  size_t length = 0;
  server_pair self;
  (void)state;
  open_pair(&self, NULL, NULL);
  self.stage.on_message = pause_within;
  for (int i = 0; i < 3; i++) length += frame_make(bytes + length, 0x81, text, LONG);
  client_send(&self.client, bytes, length);
  for (int told = 1; told <= 3; told++) {
    while (!self.stage.log.size) server_stage_turn(&self.stage);
    for (int i = 0; i < 3; i++) server_stage_turn(&self.stage);
    assert_string_equal(server_stage_log(&self.stage), "> 5000 bytes\n");
    neap_server_pause(only(&self), false);
  }
  server_pair_close(&self);
}

static void test_a_paused_socket_is_not_read(void **state) {
  enum { MOST = 64 << 20 };
  char *large = calloc(1, LARGE);
  size_t sent = 0;
  server_pair self;
  (void)state;
  open_pair(&self, NULL, NULL);
  neap_server_pause(only(&self), true);
  for (int idle = 0; sent < MOST && idle < 100; idle++) {
    ssize_t done = send(self.client.fd, large, LARGE, MSG_NOSIGNAL);
    if (done > 0) sent += (size_t)done, idle = 0;
    server_stage_turn(&self.stage);
  }
  assert_true(sent < MOST);
  assert_int_equal(self.stage.socket_count, 1);
  server_pair_close(&self);
  free(large);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_five_megabytes_to_ten),
      cmocka_unit_test(test_many_small_ones_in_their_order),
      cmocka_unit_test(test_a_client_that_does_not_read_is_dropped),
      cmocka_unit_test(test_a_client_that_pings_and_does_not_read),
      cmocka_unit_test(test_a_close_of_ours_comes_behind_what_is_queued),
      cmocka_unit_test(test_a_close_that_is_not_answered),
      cmocka_unit_test(test_an_end_together_with_data),
      cmocka_unit_test(test_ended_by_the_handler_of_a_message),
      cmocka_unit_test(test_the_end_of_the_server_is_said),
      cmocka_unit_test(test_a_paused_socket_is_silent),
      cmocka_unit_test(test_paused_by_the_handler_of_a_message),
      cmocka_unit_test(test_a_paused_socket_is_not_read),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
