/* SPDX-License-Identifier: MIT */
/* Webhooks against the real server over TLS, in one thread that has no loop; and the files that it waits for. */
#include "net/webhook.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/waiter.h"
#include "server_support.h"
#include "session/loop.h"

enum { ROUNDS = 60000 };

typedef struct scene {
  server_stage stage;
  server_identity identity;
  neap_webhook *webhook;
  char base[64], authorities[64];
} scene;

static void write_authorities(scene *self) {
  strcpy(self->authorities, "/tmp/neap-webhook-XXXXXX");
  int file = mkstemp(self->authorities);
  size_t length = strlen(self->identity.certificate);
  assert_int_equal(write(file, self->identity.certificate, length), (ssize_t)length);
  close(file);
}

static void open_webhook(scene *self, int64_t request_ns, bool trusts) {
  neap_fault fault = {0};
  const neap_webhook_options options = {.base = self->base,
                                        .path = "/hook?k=1",
                                        .authorization = "Bearer x",
                                        .authorities = trusts ? self->authorities : NULL,
                                        .request_ns = request_ns,
                                        .now = neap_loop_now};
  if (neap_webhook_open(&options, &self->webhook, &fault) != NEAP_OK) fail_msg("%s", fault.message);
}

static void open_scene(scene *self, int64_t request_ns, bool trusts) {
  memset(self, 0, sizeof *self);
  server_identity_make(&self->identity);
  server_stage_open(&self->stage, NULL, &self->identity);
  write_authorities(self);
  snprintf(self->base, sizeof self->base, "https://127.0.0.1:%u", neap_server_port(self->stage.server));
  open_webhook(self, request_ns, trusts);
}

static void close_scene(scene *self) {
  neap_webhook_close(self->webhook);
  server_stage_close(&self->stage);
  unlink(self->authorities);
}

static void post(scene *self, uint64_t id) {
  neap_fault fault = {0};
  if (neap_webhook_post(self->webhook, id, "{\"a\":1}", 7, &fault) != NEAP_OK) fail_msg("%s", fault.message);
}

static neap_webhook_result await(scene *self) {
  neap_webhook_result result = {0};
  for (int i = 0; i < ROUNDS && !neap_webhook_next(self->webhook, &result); i++) {
    server_stage_turn(&self->stage);
    neap_webhook_turn(self->webhook, 1);
  }
  assert_true(result.id != 0);
  return result;
}

static void each_post_is_answered(void **state) {
  scene self;
  (void)state;
  open_scene(&self, 0, true);
  for (uint64_t id = 1; id <= NEAP_WEBHOOK_AT_ONCE; id++) post(&self, id);
  unsigned seen = 0;
  for (int i = 0; i < NEAP_WEBHOOK_AT_ONCE; i++) {
    neap_webhook_result result = await(&self);
    assert_int_equal(result.status, 200);
    seen |= 1u << result.id;
  }
  assert_int_equal(seen, 0x1e);
  assert_non_null(strstr(server_stage_log(&self.stage), "POST /hook?k=1 [{\"a\":1}]\n"));
  close_scene(&self);
}

static void one_more_is_busy_until_an_end_was_looked_at(void **state) {
  scene self;
  neap_fault fault = {0};
  (void)state;
  open_scene(&self, 0, true);
  for (uint64_t id = 1; id <= NEAP_WEBHOOK_AT_ONCE; id++) post(&self, id);
  assert_int_equal(neap_webhook_post(self.webhook, 9, "", 0, &fault), NEAP_RANGE);
  assert_string_equal(fault.code, "busy");
  await(&self);
  post(&self, 9);
  close_scene(&self); /* with some under way */
}

static void silence_has_a_limit(void **state) {
  scene self;
  (void)state;
  open_scene(&self, 300 * INT64_C(1000000), true);
  self.stage.holds = true;
  post(&self, 1);
  neap_webhook_result result = await(&self);
  assert_int_equal(result.status, 0);
  assert_string_equal(result.code, "timeout");
  close_scene(&self);
}

static void a_certificate_that_nobody_trusts_gets_nothing(void **state) {
  scene self;
  (void)state;
  open_scene(&self, 0, false);
  post(&self, 1);
  neap_webhook_result result = await(&self);
  assert_int_equal(result.status, 0);
  assert_string_equal(result.code, "tls");
  assert_null(strstr(result.message, "k=1"));
  close_scene(&self);
}

static void tls_is_given_up_for_no_host_but_this(void **state) {
  neap_webhook *webhook;
  neap_fault fault = {0};
  const neap_webhook_options options = {.base = "http://hooks.example.com", .path = "/s3cret", .now = neap_loop_now};
  (void)state;
  assert_int_equal(neap_webhook_open(&options, &webhook, &fault), NEAP_REFUSED);
  assert_null(strstr(fault.message, "s3cret"));
  assert_null(webhook);
}

/* --- the waiter --------------------------------------------------------------------------------------------------- */

typedef struct ear {
  neap_waiter *waiter;
  neap_watch *watch, *other;
  int heard, what;
} ear;

static void hear(void *context, int what) {
  ear *self = context;
  self->heard++;
  self->what = what;
}

static void hear_and_let_go_of_both(void *context, int what) {
  ear *self = context;
  hear(context, what);
  neap_waiter_poller(self->waiter)->let_go(self->watch);
  neap_waiter_poller(self->waiter)->let_go(self->other);
}

static void make_pair(int pair[2]) { assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0); }

static void waiter_tells_what_is_wanted(void **state) {
  ear self = {0};
  int pair[2];
  (void)state;
  make_pair(pair);
  assert_int_equal(neap_waiter_open(&self.waiter, NULL), NEAP_OK);
  const neap_poller *poller = neap_waiter_poller(self.waiter);
  assert_int_equal(poller->watch(poller->self, pair[0], NEAP_READABLE, hear, &self, &self.watch, NULL), NEAP_OK);
  neap_waiter_turn(self.waiter, 0);
  assert_int_equal(self.heard, 0);
  assert_int_equal(write(pair[1], "x", 1), 1);
  neap_waiter_turn(self.waiter, 1000);
  assert_int_equal(self.heard, 1);
  assert_int_equal(self.what, NEAP_READABLE);
  assert_int_equal(poller->want(self.watch, NEAP_WRITABLE, NULL), NEAP_OK);
  neap_waiter_turn(self.waiter, 1000);
  assert_int_equal(self.what, NEAP_WRITABLE);
  assert_int_equal(poller->want(self.watch, 0, NULL), NEAP_OK);
  close(pair[1]); /* an end that nobody wants to hear of */
  neap_waiter_turn(self.waiter, 0);
  assert_int_equal(self.heard, 2);
  assert_int_equal(poller->want(self.watch, NEAP_READABLE, NULL), NEAP_OK);
  neap_waiter_turn(self.waiter, 1000);
  assert_int_equal(self.heard, 3);
  neap_waiter_close(self.waiter); /* lets go */
  close(pair[0]);
}

static void a_watch_may_go_while_its_event_waits(void **state) {
  ear self = {0};
  int pair[2], other[2];
  (void)state;
  make_pair(pair);
  make_pair(other);
  assert_int_equal(neap_waiter_open(&self.waiter, NULL), NEAP_OK);
  const neap_poller *poller = neap_waiter_poller(self.waiter);
  poller->watch(poller->self, pair[0], NEAP_WRITABLE, hear_and_let_go_of_both, &self, &self.watch, NULL);
  poller->watch(poller->self, other[0], NEAP_WRITABLE, hear_and_let_go_of_both, &self, &self.other, NULL);
  neap_waiter_turn(self.waiter, 1000);
  assert_int_equal(self.heard, 1);
  neap_waiter_turn(self.waiter, 0);
  assert_int_equal(self.heard, 1);
  neap_waiter_close(self.waiter);
  for (int i = 0; i < 2; i++) close(pair[i]), close(other[i]);
}

static void a_file_that_is_none_is_refused(void **state) {
  neap_waiter *waiter;
  neap_watch *watch;
  neap_fault fault = {0};
  (void)state;
  assert_int_equal(neap_waiter_open(&waiter, NULL), NEAP_OK);
  const neap_poller *poller = neap_waiter_poller(waiter);
  assert_int_equal(poller->watch(poller->self, -1, NEAP_READABLE, hear, NULL, &watch, &fault), NEAP_IO);
  assert_null(watch);
  poller->let_go(NULL);
  neap_waiter_close(waiter);
  neap_waiter_close(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_post_is_answered),
      cmocka_unit_test(one_more_is_busy_until_an_end_was_looked_at),
      cmocka_unit_test(silence_has_a_limit),
      cmocka_unit_test(a_certificate_that_nobody_trusts_gets_nothing),
      cmocka_unit_test(tls_is_given_up_for_no_host_but_this),
      cmocka_unit_test(waiter_tells_what_is_wanted),
      cmocka_unit_test(a_watch_may_go_while_its_event_waits),
      cmocka_unit_test(a_file_that_is_none_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
