/* SPDX-License-Identifier: MIT */
/* server: where it listens, its timers, how it is woken, how many may come, and that nothing is left behind. */
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "open_files.h"
#include "server_support.h"

static const neap_server_handlers nobody;

/* --- opening ------------------------------------------------------------------------------------------------------ */

static void refused(const neap_server_options *options, neap_status status, const char *code) {
  neap_server *server;
  neap_fault fault;
  size_t before = open_files();
  assert_int_equal(neap_server_open(options, &nobody, &server, &fault), status);
  assert_string_equal(fault.code, code);
  assert_int_equal(open_files(), before);
}

static void refused_at(const char *listen, neap_status status, const char *code) {
  refused(&(neap_server_options){.listen = listen}, status, code);
}

static void test_only_loopback_is_listened_on(void **state) {
  (void)state;
  refused_at("0.0.0.0:0", NEAP_REFUSED, "not_loopback");
  refused_at("10.0.0.1:0", NEAP_REFUSED, "not_loopback");
  refused_at("128.0.0.1:0", NEAP_REFUSED, "not_loopback");
  refused_at("[::]:0", NEAP_REFUSED, "not_loopback");
  refused_at("[::ffff:10.0.0.1]:0", NEAP_REFUSED, "not_loopback");
}

static void test_what_is_no_address(void **state) {
  static const char *const bad[] = {"",       "127.0.0.1",      "127.0.0.1:",      ":80",         "127.0.0.1:x",
                                    "::1:0",  "[::1]",          "127.0.0.1:1 ",    "127.1:80",    "[127.0.0.1]:0",
                                    "[::1:0", "example.com:80", "127.0.0.1:65536", "127.0.0.1:-1"};
  (void)state;
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) refused_at(bad[i], NEAP_INVALID, "bad_address");
  refused_at(NULL, NEAP_INVALID, "bad_address");
}

static void opens_at(const char *listen) {
  neap_server *server;
  assert_int_equal(neap_server_open(&(neap_server_options){.listen = listen}, &nobody, &server, NULL), NEAP_OK);
  assert_true(neap_server_port(server) > 0);
  neap_server_close(server);
}

static void test_a_port_that_is_taken(void **state) {
  neap_server *server;
  char listen[32];
  (void)state;
  opens_at("localhost:0");
  opens_at("127.1.2.3:0");
  assert_int_equal(neap_server_open(&(neap_server_options){.listen = "127.0.0.1:0"}, &nobody, &server, NULL), NEAP_OK);
  snprintf(listen, sizeof listen, "127.0.0.1:%u", neap_server_port(server));
  refused_at(listen, NEAP_IO, "listen");
  neap_server_close(server);
  opens_at(listen);
}

static void refused_with(const char *certificate, const char *key, const char *code) {
  refused(&(neap_server_options){.listen = "127.0.0.1:0", .certificate = certificate, .key = key}, NEAP_INVALID, code);
}

static void test_identities_that_cannot_be_used(void **state) {
  static server_identity one, two;
  (void)state;
  server_identity_make(&one);
  server_identity_make(&two);
  refused_with(one.certificate, two.key, "bad_key");
  refused_with(one.certificate, "-----BEGIN", "bad_key");
  refused_with(one.certificate, NULL, "bad_key");
  refused_with(NULL, one.key, "bad_certificate");
  refused_with(one.key, one.key, "bad_certificate");
}

/* --- timers ------------------------------------------------------------------------------------------------------- */

typedef struct bell {
  server_stage *stage;
  char *log;
  char letter;
  int again;
  neap_server_timer *other;
} bell;

static void ring(void *context) {
  bell *self = context;
  snprintf(self->log + strlen(self->log), 2, "%c", self->letter);
  neap_server_cancel(self->other);
  self->other = NULL;
  if (self->again-- > 0) neap_server_at(self->stage->server, 0, ring, self);
}

static void test_timers_come_in_order_and_once(void **state) {
  server_stage stage;
  char log[64] = "";
  bell bells[6];
  neap_server_timer *timers[6];
  static const int64_t delays[6] = {30, 10, 20, 10, 40, -5};
  (void)state;
  server_stage_open(&stage, NULL, NULL);
  for (int i = 0; i < 6; i++) {
    bells[i] = (bell){.stage = &stage, .log = log, .letter = (char)('a' + i)};
    timers[i] = neap_server_at(stage.server, delays[i], ring, &bells[i]);
  }
  bells[2].other = timers[4];
  neap_server_cancel(timers[0]);
  server_stage_turn(&stage);
  assert_string_equal(log, "f");
  server_stage_pass(&stage, 9);
  assert_string_equal(log, "f");
  server_stage_pass(&stage, 1);
  assert_string_equal(log, "fbd");
  server_stage_pass(&stage, 100);
  assert_string_equal(log, "fbdc");
  server_stage_close(&stage);
}

static void test_a_timer_that_sets_itself_again_leaves_room_for_others(void **state) {
  server_stage stage;
  char log[64] = "";
  bell self = {.stage = &stage, .log = log, .letter = 'x', .again = 20};
  (void)state;
  server_stage_open(&stage, NULL, NULL);
  neap_server_at(stage.server, 0, ring, &self);
  server_stage_turn(&stage);
  assert_in_range(strlen(log), 1, 3);
  for (int i = 0; i < 20; i++) server_stage_turn(&stage);
  assert_int_equal(strlen(log), 21);
  neap_server_at(stage.server, INT64_MAX, ring, &self);
  server_stage_pass(&stage, 3600 * NEAP_SECOND);
  assert_int_equal(strlen(log), 21);
  server_stage_close(&stage);
}

static void test_many_timers_set_and_cancelled(void **state) {
  enum { MANY = 1000 };
  static neap_server_timer *timers[MANY];
  static char log[MANY + 1];
  static bell bells[MANY];
  server_stage stage;
  (void)state;
  server_stage_open(&stage, NULL, NULL);
  for (size_t i = 0; i < MANY; i++) {
    size_t delay = i * 7919 % MANY;
    bells[i] = (bell){.stage = &stage, .log = log, .letter = (char)('a' + delay * 26 / MANY)};
    timers[i] = neap_server_at(stage.server, (int64_t)delay, ring, &bells[i]);
  }
  for (size_t i = 0; i < MANY; i += 3) neap_server_cancel(timers[i]);
  server_stage_pass(&stage, MANY);
  assert_int_equal(strlen(log), MANY - (MANY + 2) / 3);
  for (size_t i = 1; log[i]; i++) assert_true(log[i - 1] <= log[i]);
  server_stage_close(&stage);
}

static void *wake(void *server) {
  neap_server_wake(server);
  return NULL;
}

static void test_woken_from_another_thread(void **state) {
  server_stage stage;
  pthread_t thread;
  (void)state;
  server_stage_open(&stage, NULL, NULL);
  assert_int_equal(pthread_create(&thread, NULL, wake, stage.server), 0);
  assert_int_equal(neap_server_step(stage.server, -1, NULL), NEAP_OK);
  pthread_join(thread, NULL);
  neap_server_wake(stage.server);
  neap_server_wake(stage.server);
  assert_int_equal(neap_server_step(stage.server, -1, NULL), NEAP_OK);
  server_stage_close(&stage);
}

/* --- how many ----------------------------------------------------------------------------------------------------- */

static void test_sixteen_connections_stay_for_many_requests(void **state) {
  static server_client clients[16];
  static server_identity identity;
  server_stage stage;
  char text[64], expected[48];
  (void)state;
  server_identity_make(&identity);
  server_stage_open(&stage, NULL, &identity);
  for (int i = 0; i < 16; i++) client_connect(&clients[i], &stage);
  for (int round = 0; round < 50; round++)
    for (int i = 0; i < 16; i++) {
      snprintf(text, sizeof text, "GET /%d/%d HTTP/1.1\r\nHost: x\r\n\r\n", i, round);
      snprintf(expected, sizeof expected, "GET /%d/%d []\n", i, round);
      client_say(&clients[i], text);
      client_await(&clients[i], expected);
      client_forget(&clients[i]);
      server_stage_log(&stage);
    }
  assert_int_equal(server_stage_counts(&stage).accepted, 16);
  assert_int_equal(server_stage_counts(&stage).requests, 800);
  for (int i = 0; i < 16; i++) client_leave(&clients[i]);
  server_stage_close(&stage);
}

static void come_and_go(server_stage *stage, int way) {
  server_client client;
  client_connect(&client, stage);
  if (way % 3 == 1) client_say(&client, "GET / HT");
  if (way % 3 == 2) client_say(&client, GET("/")), client_await(&client, "GET / []\n");
  if (way % 2)
    client_leave_hard(&client);
  else
    client_leave(&client);
}

static void test_coming_and_going_leaves_no_file_behind(void **state) {
  static server_identity identity;
  server_stage stage;
  (void)state;
  server_identity_make(&identity);
  server_stage_open(&stage, NULL, &identity);
  size_t before = open_files();
  for (int i = 0; i < 300; i++) come_and_go(&stage, i);
  for (int i = 0; i < 1000 && server_stage_counts(&stage).connections; i++) neap_server_step(stage.server, 1, NULL);
  assert_int_equal(server_stage_counts(&stage).connections, 0);
  assert_int_equal(server_stage_counts(&stage).accepted, 300);
  assert_int_equal(open_files(), before);
  server_stage_close(&stage);
}

static void test_more_than_may_come_are_sent_away(void **state) {
  const neap_server_limits limits = {.connections = 2};
  server_stage stage;
  server_client clients[3];
  (void)state;
  server_stage_open(&stage, &limits, NULL);
  for (int i = 0; i < 3; i++) client_connect(&clients[i], &stage);
  client_await_end(&clients[2]);
  client_leave(&clients[1]);
  while (server_stage_counts(&stage).connections > 1) server_stage_turn(&stage);
  client_connect(&clients[1], &stage);
  for (int i = 0; i < 2; i++) client_say(&clients[i], GET("/")), client_await(&clients[i], "GET / []\n");
  for (int i = 0; i < 3; i++) client_leave(&clients[i]);
  server_stage_close(&stage);
}

/* With no file left for one more client it is sent away, and those who are there go on. */
static void test_no_files_left(void **state) {
  struct rlimit before, none;
  server_stage stage;
  server_client one, two;
  (void)state;
  server_stage_open(&stage, NULL, NULL);
  client_connect(&one, &stage);
  client_say(&one, GET("/"));
  client_await(&one, "GET / []\n");
  client_connect_raw(&two, &stage, 0);
  getrlimit(RLIMIT_NOFILE, &before);
  none = (struct rlimit){.rlim_cur = (rlim_t)two.fd + 1, .rlim_max = before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &none);
  client_await_end(&two);
  setrlimit(RLIMIT_NOFILE, &before);
  client_forget(&one);
  client_say(&one, GET("/"));
  client_await(&one, "GET / []\n");
  client_leave(&one);
  client_leave(&two);
  server_stage_close(&stage);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_only_loopback_is_listened_on),
      cmocka_unit_test(test_what_is_no_address),
      cmocka_unit_test(test_a_port_that_is_taken),
      cmocka_unit_test(test_identities_that_cannot_be_used),
      cmocka_unit_test(test_timers_come_in_order_and_once),
      cmocka_unit_test(test_a_timer_that_sets_itself_again_leaves_room_for_others),
      cmocka_unit_test(test_many_timers_set_and_cancelled),
      cmocka_unit_test(test_woken_from_another_thread),
      cmocka_unit_test(test_sixteen_connections_stay_for_many_requests),
      cmocka_unit_test(test_coming_and_going_leaves_no_file_behind),
      cmocka_unit_test(test_more_than_may_come_are_sent_away),
      cmocka_unit_test(test_no_files_left),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
