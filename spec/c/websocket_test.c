/* SPDX-License-Identifier: MIT */
/* The WebSocket client against the real server, both in one thread, with TLS and without. */
#include "net/websocket.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "server_support.h"
#include "websocket_support.h"

enum { LARGE = 5400000, MANY = 40 };

typedef struct scene {
  server_stage stage;
  server_identity identity;
  neap_loop *loop;
  ear ear;
  char url[64], authorities[64];
} scene;

static void serve(void *context) {
  scene *self = context;
  if (self->stage.server) server_stage_turn(&self->stage);
}

static void write_authorities(scene *self, const server_identity *identity) {
  strcpy(self->authorities, "/tmp/neap-websocket-XXXXXX");
  int file = mkstemp(self->authorities);
  size_t length = strlen(identity->certificate);
  assert_int_equal(write(file, identity->certificate, length), (ssize_t)length);
  close(file);
}

static void prepare(scene *self, bool is_safe, const neap_server_limits *limits) {
  memset(self, 0, sizeof *self);
  server_identity_make(&self->identity);
  server_stage_open(&self->stage, limits, is_safe ? &self->identity : NULL);
  self->stage.echoes = true;
  assert_int_equal(neap_loop_open(&self->loop, NULL), NEAP_OK);
  write_authorities(self, &self->identity);
  snprintf(self->url, sizeof self->url, "%s://127.0.0.1:%u", is_safe ? "wss" : "ws",
           neap_server_port(self->stage.server));
  ear_init(&self->ear, self->loop);
  self->ear.others = serve, self->ear.context = self;
}

static neap_websocket_options options_of(const scene *self) {
  return (neap_websocket_options){.url = self->url, .authorities = self->authorities};
}

static void open_scene(scene *self, bool is_safe) {
  prepare(self, is_safe, NULL);
  ear_open(&self->ear, options_of(self));
  ear_await(&self->ear, &self->ear.opened, 1);
  assert_string_equal(ear_log(&self->ear), "+\n");
  server_stage_log(&self->stage);
}

static void close_scene(scene *self) {
  ear_fini(&self->ear);
  if (self->stage.server) server_stage_close(&self->stage);
  neap_loop_close(self->loop);
  unlink(self->authorities);
}

static neap_server_socket *only(scene *self) {
  assert_int_equal(self->stage.socket_count, 1);
  return self->stage.sockets[0];
}

/* --- messages ----------------------------------------------------------------------------------------------------- */

static void messages_go_both_ways(void **state) {
  (void)state;
  for (int is_safe = 0; is_safe < 2; is_safe++) {
    scene self;
    open_scene(&self, is_safe);
    ear_send(&self.ear, "hello");
    ear_await(&self.ear, &self.ear.drained, 1);
    assert_string_equal(ear_log(&self.ear), "> hello\n.\n");
    ear_send(&self.ear, "");
    ear_send(&self.ear, "\xce\xb1");
    ear_await(&self.ear, &self.ear.messages, 3);
    assert_string_equal(server_stage_log(&self.stage), "> hello\n> \n> \xce\xb1\n");
    neap_websocket_close(self.ear.socket);
    self.ear.socket = NULL;
    server_stage_await(&self.stage, &self.stage.closed, 1);
    assert_int_equal(self.ear.ended, 0);
    close_scene(&self);
  }
}

static void lengths_of_every_width_go_both_ways(void **state) {
  static const size_t lengths[] = {0, 1, 125, 126, 127, 65535, 65536, 262144};
  static char text[262144];
  scene self;
  (void)state;
  memset(text, 'x', sizeof text);
  open_scene(&self, true);
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    assert_int_equal(neap_websocket_send(self.ear.socket, text, lengths[i], NULL), NEAP_OK);
    ear_await(&self.ear, &self.ear.messages, i + 1);
    assert_int_equal(self.ear.bytes, lengths[i]);
  }
  close_scene(&self);
}

static void many_small_messages_keep_their_order(void **state) {
  enum { COUNT = 20000 };
  scene self;
  neap_buffer expected;
  (void)state;
  neap_buffer_init(&expected);
  open_scene(&self, true);
  for (int i = 0; i < COUNT; i++) {
    char text[16];
    size_t length = (size_t)snprintf(text, sizeof text, "%d", i);
    assert_int_equal(neap_server_send(only(&self), text, length), NEAP_OK);
    neap_buffer_printf(&expected, "> %d\n", i);
    if (i % 3000 == 0) ear_turn(&self.ear);
  }
  ear_await(&self.ear, &self.ear.messages, COUNT);
  assert_true(self.ear.drained < COUNT / 10);
  const char *from = ear_log(&self.ear);
  char *heard = malloc(strlen(from) + 1), *to = heard;
  for (; *from; from++)
    if (from[0] == '.' && from[1] == '\n')
      from++;
    else
      *to++ = *from;
  *to = '\0';
  neap_buffer_append(&expected, "", 1);
  assert_string_equal(heard, (const char *)expected.data);
  free(heard);
  neap_buffer_fini(&expected);
  close_scene(&self);
}

static void a_snapshot_of_five_megabytes_arrives_whole(void **state) {
  char *large = malloc(LARGE);
  (void)state;
  for (size_t i = 0; i < LARGE; i++) large[i] = (char)('a' + i % 23);
  for (int is_safe = 0; is_safe < 2; is_safe++) {
    scene self;
    open_scene(&self, is_safe);
    for (size_t i = 1; i <= 3; i++) {
      assert_int_equal(neap_server_send(only(&self), large, LARGE), NEAP_OK);
      ear_await(&self.ear, &self.ear.messages, i);
      assert_int_equal(self.ear.bytes, LARGE);
    }
    ear_send(&self.ear, "and after it");
    ear_await(&self.ear, &self.ear.messages, 4);
    close_scene(&self);
  }
  free(large);
}

/* The server reads when it has its turn, and not before: what the kernel does not take waits. */
static void what_is_sent_faster_than_it_is_read_waits(void **state) {
  const neap_server_limits limits = {.message_bytes = 8000000};
  char *large = malloc(LARGE);
  (void)state;
  memset(large, 'x', LARGE);
  for (int is_safe = 0; is_safe < 2; is_safe++) {
    scene self;
    neap_fault fault = {0};
    prepare(&self, is_safe, &limits);
    self.stage.echoes = false;
    ear_open(&self.ear, options_of(&self));
    ear_await(&self.ear, &self.ear.opened, 1);
    for (int i = 0; i < 3; i++) assert_int_equal(neap_websocket_send(self.ear.socket, large, LARGE, NULL), NEAP_OK);
    ear_send(&self.ear, "small");
    while (neap_websocket_send(self.ear.socket, large, LARGE, &fault) == NEAP_OK) continue;
    assert_string_equal(fault.code, "unread");
    server_stage_log(&self.stage);
    for (int i = 0; i < EAR_ROUNDS && neap_websocket_send(self.ear.socket, large, LARGE, NULL) != NEAP_OK; i++)
      ear_turn(&self.ear);
    ear_send(&self.ear, "last");
    for (int i = 0;
         i < EAR_ROUNDS && !(self.stage.log.size && memmem(self.stage.log.data, self.stage.log.size, "last", 4)); i++)
      ear_turn(&self.ear);
    const char *log = server_stage_log(&self.stage);
    assert_non_null(strstr(log, "> 5400000 bytes\n> small\n> 5400000 bytes\n"));
    assert_int_equal(self.ear.ended, 0);
    close_scene(&self);
  }
  free(large);
}

/* --- ends --------------------------------------------------------------------------------------------------------- */

static void the_servers_close_is_told_with_its_code(void **state) {
  (void)state;
  for (int is_safe = 0; is_safe < 2; is_safe++) {
    scene self;
    open_scene(&self, is_safe);
    neap_server_send(only(&self), "last", 4);
    neap_server_close_socket(only(&self), 1013, "come again");
    ear_await(&self.ear, &self.ear.ended, 1);
    assert_string_equal(ear_log(&self.ear), "> last\n- closed 1013 closed: come again\n");
    assert_int_equal(neap_websocket_send(self.ear.socket, "x", 1, NULL), NEAP_STOPPED);
    server_stage_await(&self.stage, &self.stage.closed, 1);
    assert_int_equal(neap_websocket_next(self.ear.socket), INT64_MAX);
    for (int i = 0; i < 20; i++) ear_turn(&self.ear);
    assert_int_equal(self.ear.ended, 1);
    close_scene(&self);
  }
}

static void an_end_without_a_close_is_1006(void **state) {
  (void)state;
  for (int i = 0; i < 4; i++) {
    scene self;
    open_scene(&self, i / 2);
    neap_server_send(only(&self), "data", 4);
    neap_server_abort(only(&self), i % 2 ? NEAP_SERVER_RESET : NEAP_SERVER_FIN);
    ear_await(&self.ear, &self.ear.ended, 1);
    assert_int_equal(self.ear.how, NEAP_WEBSOCKET_CLOSED);
    assert_int_equal(self.ear.close_code, 1006);
    assert_true(i % 2 == 0 || !strcmp(self.ear.code, "reset"));
    close_scene(&self);
  }
}

/* The kernel may have thrown the message away with the reset; what counts is that the end is told, and no signal kills
 * the process. */
static void sending_to_a_server_that_is_gone_ends(void **state) {
  (void)state;
  for (int is_safe = 0; is_safe < 2; is_safe++) {
    scene self;
    open_scene(&self, is_safe);
    neap_server_abort(only(&self), NEAP_SERVER_RESET);
    server_stage_await(&self.stage, &self.stage.closed, 1);
    for (int i = 0; i < 5; i++) neap_websocket_send(self.ear.socket, "anyone?", 7, NULL);
    assert_int_equal(self.ear.ended, 0);
    ear_await(&self.ear, &self.ear.ended, 1);
    assert_int_equal(self.ear.close_code, 1006);
    close_scene(&self);
  }
}

static void it_may_be_closed_in_every_handler(void **state) {
  static const char *const logs[] = {"+\n", "+\n> one\n", "+\n> one\n> two\n.\n",
                                     "+\n> one\n> two\n.\n- closed 4000 closed: enough\n"};
  (void)state;
  for (int i = 0; i < 8; i++) {
    scene self;
    prepare(&self, i % 2, NULL);
    self.ear.closes_in = 1u << i / 2;
    ear_open(&self.ear, options_of(&self));
    for (int k = 0; k < EAR_ROUNDS && !self.stage.socket_count; k++) ear_turn(&self.ear);
    neap_server_send(only(&self), "one", 3), neap_server_send(only(&self), "two", 3);
    for (int k = 0; k < EAR_ROUNDS && self.ear.socket && !self.ear.drained; k++) ear_turn(&self.ear);
    if (self.stage.socket_count) neap_server_close_socket(only(&self), 4000, "enough");
    for (int k = 0; k < EAR_ROUNDS && !self.stage.closed; k++) ear_turn(&self.ear);
    assert_null(self.ear.socket);
    assert_string_equal(ear_log(&self.ear), logs[i / 2]);
    close_scene(&self);
  }
}

/* --- never open --------------------------------------------------------------------------------------------------- */

static void await_failure(scene *self, neap_websocket_options options, const char *code, int status) {
  ear_open(&self->ear, options);
  ear_await(&self->ear, &self->ear.ended, 1);
  assert_int_equal(self->ear.how, NEAP_WEBSOCKET_FAILED);
  assert_string_equal(self->ear.code, code);
  assert_int_equal(self->ear.close_code, status);
  assert_int_equal(self->ear.opened, 0);
}

static void a_certificate_that_is_not_trusted_fails(void **state) {
  server_identity other;
  scene self;
  (void)state;
  prepare(&self, true, NULL);
  unlink(self.authorities);
  server_identity_make(&other);
  write_authorities(&self, &other);
  await_failure(&self, options_of(&self), "tls", 0);
  assert_string_equal(server_stage_log(&self.stage), "");
  close_scene(&self);
}

/* The system's authorities do not know it either, and a file that is not there is no reason to trust. */
static void without_its_certificate_it_fails(void **state) {
  static const char *const files[] = {NULL, "/nowhere/at/all.pem"};
  (void)state;
  for (int i = 0; i < 2; i++) {
    scene self;
    prepare(&self, true, NULL);
    neap_websocket_options options = options_of(&self);
    options.authorities = files[i];
    await_failure(&self, options, "tls", 0);
    close_scene(&self);
  }
}

static void a_refused_handshake_fails(void **state) {
  scene self;
  (void)state;
  prepare(&self, true, NULL);
  self.stage.refuses = true;
  await_failure(&self, options_of(&self), "refused", 403);
  close_scene(&self);
}

static void nobody_there_fails(void **state) {
  scene self;
  (void)state;
  prepare(&self, false, NULL);
  server_stage_close(&self.stage);
  self.stage.server = NULL;
  await_failure(&self, options_of(&self), "connect", 0);
  close_scene(&self);
}

/* TLS, spoken to a server without it: its answer is none of TLS, so nothing is trusted. */
static void tls_to_a_server_without_it_fails(void **state) {
  char url[160];
  scene self;
  (void)state;
  prepare(&self, false, NULL);
  snprintf(url, sizeof url, "wss%s", self.url + 2);
  neap_websocket_options options = options_of(&self);
  options.url = url;
  await_failure(&self, options, "tls", 0);
  close_scene(&self);
}

static void addresses_that_are_none_are_refused(void **state) {
  static const struct {
    const char *url, *header, *code;
  } cases[] = {{"advanced-trade-ws.coinbase.com", NULL, "bad_url"},
               {"https://127.0.0.1", NULL, "bad_url"},
               {"wss://", NULL, "bad_url"},
               {"wss:///path", NULL, "bad_url"},
               {"wss://?x", NULL, "bad_url"},
               {"wss://user:word@host", NULL, "bad_url"},
               {"wss://host/a b", NULL, "bad_url"},
               {"wss://host/\r\nX: y", NULL, "bad_url"},
               {"wss://host/#part", NULL, "bad_url"},
               {"wss://host\\@other", NULL, "bad_url"},
               {"ws://advanced-trade-ws.coinbase.com", NULL, "not_safe"},
               {"ws://127.0.0.1.evil.com/", NULL, "not_safe"},
               {"ws://localhostage", NULL, "not_safe"},
               {"wss://127.0.0.1", "X: y\r\nZ: a", "bad_header"},
               {"wss://127.0.0.1", "no header", "bad_header"}};
  const neap_websocket_handlers handlers = {0};
  scene self;
  (void)state;
  prepare(&self, false, NULL);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    neap_fault fault = {0};
    neap_websocket *socket;
    const neap_websocket_options options = {
        .url = cases[i].url, .header = cases[i].header, .poller = neap_loop_poller(self.loop), .now = neap_loop_now};
    assert_int_not_equal(neap_websocket_open(&options, &handlers, &socket, &fault), NEAP_OK);
    assert_string_equal(fault.code, cases[i].code);
  }
  close_scene(&self);
}

static void the_proxy_of_the_environment_is_not_for_this_host(void **state) {
  scene self;
  (void)state;
  setenv("https_proxy", "http://127.0.0.1:9", 1);
  setenv("http_proxy", "http://127.0.0.1:9", 1);
  open_scene(&self, true);
  close_scene(&self);
  open_scene(&self, false);
  close_scene(&self);
  unsetenv("https_proxy");
  unsetenv("http_proxy");
}

/* Freed in whatever state it is: before its first turn, while it connects, in the midst of TLS, when it is open. */
static void it_may_be_closed_at_any_time(void **state) {
  (void)state;
  for (int turns = 0; turns < 12; turns++) {
    scene self;
    prepare(&self, true, NULL);
    ear_open(&self.ear, options_of(&self));
    for (int i = 0; i < turns; i++) ear_turn(&self.ear);
    neap_websocket_close(self.ear.socket);
    self.ear.socket = NULL;
    for (int i = 0; i < 20; i++) ear_turn(&self.ear);
    assert_int_equal(self.ear.ended, 0);
    close_scene(&self);
  }
  neap_websocket_close(NULL);
}

static void many_at_once(void **state) {
  static ear ears[MANY];
  scene self;
  size_t opened = 0, heard = 0;
  (void)state;
  prepare(&self, true, NULL);
  for (int i = 0; i < MANY; i++) {
    ear_init(&ears[i], self.loop);
    ears[i].says = "hello", ears[i].others = serve, ears[i].context = &self;
    ear_open(&ears[i], options_of(&self));
  }
  for (int i = 0; i < MANY; i++) ear_await(&ears[i], &ears[i].messages, 1);
  for (int i = 0; i < MANY; i++) opened += ears[i].opened, heard += ears[i].messages;
  assert_int_equal(opened, MANY);
  assert_int_equal(heard, MANY);
  for (int i = 0; i < MANY; i++) ear_fini(&ears[i]);
  server_stage_await(&self.stage, &self.stage.closed, MANY);
  close_scene(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(messages_go_both_ways),
      cmocka_unit_test(lengths_of_every_width_go_both_ways),
      cmocka_unit_test(many_small_messages_keep_their_order),
      cmocka_unit_test(a_snapshot_of_five_megabytes_arrives_whole),
      cmocka_unit_test(what_is_sent_faster_than_it_is_read_waits),
      cmocka_unit_test(the_servers_close_is_told_with_its_code),
      cmocka_unit_test(an_end_without_a_close_is_1006),
      cmocka_unit_test(sending_to_a_server_that_is_gone_ends),
      cmocka_unit_test(it_may_be_closed_in_every_handler),
      cmocka_unit_test(a_certificate_that_is_not_trusted_fails),
      cmocka_unit_test(without_its_certificate_it_fails),
      cmocka_unit_test(a_refused_handshake_fails),
      cmocka_unit_test(nobody_there_fails),
      cmocka_unit_test(tls_to_a_server_without_it_fails),
      cmocka_unit_test(addresses_that_are_none_are_refused),
      cmocka_unit_test(the_proxy_of_the_environment_is_not_for_this_host),
      cmocka_unit_test(it_may_be_closed_at_any_time),
      cmocka_unit_test(many_at_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
