/* SPDX-License-Identifier: MIT */
/* The client of the venue's API: questions that are none, answers that nobody wants, ends of all kinds. */
#include "broker/coinbase/client.h"

#include <stdio.h>

#include "scripted_venue.h"

#define MILLISECOND INT64_C(1000000)
/* --- ends --------------------------------------------------------------------------------------------------------- */

static void questions_that_are_none_are_refused(void **state) {
  static const neap_coinbase_question bad[] = {{.method = "GET", .path = "orders"},
                                               {.method = "GET", .path = "/a?b=c"},
                                               {.method = "GET", .path = "/a b"},
                                               {.method = "GET", .path = "/a\r\nX: y"},
                                               {.method = "GET", .path = "/a", .query = "b\n"},
                                               {.method = "G\nT", .path = "/a"},
                                               {.method = "GET", .path = NULL},
                                               {.method = NULL, .path = "/a"},
                                               {.method = "GET", .path = "/a", .patience = -1}};
  scripted_venue scene;
  (void)state;
  scripted_open(&scene, NULL, NULL);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    neap_fault fault = {0};
    assert_int_equal(neap_coinbase_ask(scene.client, &bad[i], NULL, NULL, NULL, &fault), NEAP_INVALID);
    assert_string_equal(fault.code, "bad_request");
  }
  assert_int_equal(neap_coinbase_client_under_way(scene.client), 0);
  scripted_close(&scene);
}

static void what_is_forgotten_is_not_told(void **state) {
  static const scripted_answer script[] = {{200, NULL, NULL, SCRIPT_HANG}, {0}};
  scripted_venue scene;
  (void)state;
  scripted_open(&scene, script, NULL);
  uint64_t sent = scripted_ask(&scene, &scripted_look);
  for (int i = 0; i < 100 && scene.came_count == 0; i++) scripted_turn(&scene);
  for (int i = 0; i < 40; i++) scripted_ask(&scene, &scripted_order);
  uint64_t waiting = scripted_ask(&scene, &scripted_look);
  neap_coinbase_forget(scene.client, sent);
  neap_coinbase_forget(scene.client, waiting);
  neap_coinbase_forget(scene.client, waiting);
  neap_coinbase_forget(scene.client, 0);
  assert_int_equal(neap_coinbase_client_under_way(scene.client), 40);
  scene.held_count = 0;
  scripted_await(&scene, 40);
  for (int i = 0; i < 20; i++) scripted_turn(&scene);
  assert_int_equal(scene.heard_count, 40);
  assert_int_equal(scene.came_count, 41);
  scripted_close(&scene);
}

static void what_is_under_way_at_the_end_is_told_as_what_it_is(void **state) {
  static const scripted_answer script[] = {{200, NULL, NULL, SCRIPT_HANG}, {0}};
  scripted_venue scene;
  (void)state;
  scripted_open(&scene, script, NULL);
  scripted_ask(&scene, &scripted_order);
  for (int i = 0; i < 100 && scene.came_count == 0; i++) scripted_turn(&scene);
  for (int i = 0; i < 40; i++) scripted_ask(&scene, &scripted_order);
  neap_coinbase_client_close(scene.client);
  scene.client = NULL;
  size_t doubts = 0;
  assert_int_equal(scene.heard_count, 41);
  for (size_t i = 0; i < 6; i++) doubts += scene.heard[i].outcome == NEAP_COINBASE_IN_DOUBT; /* that were with http */
  assert_true(doubts >= 1);
  for (size_t i = 6; i < 41; i++) {
    assert_int_equal(scene.heard[i].outcome, NEAP_COINBASE_UNREACHED);
    assert_string_equal(scene.heard[i].message, "the client was closed");
    assert_int_equal(scene.heard[i].tries, 0);
  }
  scripted_close(&scene);
}

static void what_is_urgent_does_not_wait_for_those_that_hang(void **state) {
  static const scripted_answer hang = {200, NULL, NULL, SCRIPT_HANG};
  const scripted_answer script[] = {hang, hang, hang, hang, hang, hang, {0}};
  neap_coinbase_question hasty = scripted_order;
  scripted_venue scene;
  (void)state;
  scripted_open(&scene, script, NULL);
  for (int i = 0; i < 6; i++) scripted_ask(&scene, &scripted_order);
  for (int i = 0; i < 1000 && scene.came_count < 6; i++) scripted_turn(&scene);
  assert_int_equal(scene.came_count, 6);
  hasty.patience = 300 * MILLISECOND;
  scripted_ask(&scene, &hasty);
  scripted_ask(&scene, &scripted_cancel);
  scripted_await(&scene, 2);
  assert_int_equal(scene.heard[0].outcome, NEAP_COINBASE_DONE);
  assert_int_equal(scene.heard[1].outcome, NEAP_COINBASE_UNREACHED);
  assert_string_equal(scene.heard[1].code, "timeout");
  assert_int_equal(scene.heard[1].tries, 0);
  scripted_close(&scene);
}

typedef struct chain {
  scripted_venue *scene;
  size_t left, heard;
} chain;

static void ask_again(void *context, const neap_coinbase_reply *reply) {
  chain *self = context;
  assert_int_equal(reply->outcome, NEAP_COINBASE_DONE);
  self->heard++;
  if (!self->left) return;
  self->left--;
  assert_int_equal(neap_coinbase_ask(self->scene->client, &scripted_look, ask_again, self, NULL, NULL), NEAP_OK);
}

static void an_answer_may_ask_again(void **state) {
  scripted_venue scene;
  chain asked = {.scene = &scene, .left = 5};
  (void)state;
  scripted_open(&scene, NULL, NULL);
  assert_int_equal(neap_coinbase_ask(scene.client, &scripted_look, ask_again, &asked, NULL, NULL), NEAP_OK);
  for (int i = 0; i < 10000 && asked.heard < 6; i++) scripted_turn(&scene);
  assert_int_equal(asked.heard, 6);
  scripted_close(&scene);
}

static void ask_at_the_end(void *context, const neap_coinbase_reply *reply) {
  chain *self = context;
  neap_fault fault = {0};
  (void)reply;
  self->heard++;
  assert_int_equal(neap_coinbase_ask(self->scene->client, &scripted_look, ask_at_the_end, self, NULL, &fault),
                   NEAP_STOPPED);
  assert_string_equal(fault.code, "closed");
}

static void nobody_asks_a_client_that_is_closed(void **state) {
  scripted_venue scene;
  chain asked = {.scene = &scene};
  (void)state;
  scripted_open(&scene, NULL, NULL);
  for (int i = 0; i < 40; i++)
    assert_int_equal(neap_coinbase_ask(scene.client, &scripted_look, ask_at_the_end, &asked, NULL, NULL), NEAP_OK);
  neap_coinbase_client_close(scene.client);
  scene.client = NULL;
  assert_int_equal(asked.heard, 40);
  scripted_close(&scene);
}

/* Whatever the venue says back. */
static void no_reply_tells_a_token(void **state) {
  scripted_venue scene;
  char body[VENUE_TOKEN + 64], token[VENUE_TOKEN];
  scripted_answer script[] = {{200, "{}", NULL, 0}, {403, body, NULL, 0}, {403, body, NULL, 0}, {0}};
  (void)state;
  scripted_open(&scene, script, NULL);
  scripted_ask(&scene, &scripted_look);
  scripted_await(&scene, 1);
  memcpy(token, scene.came[0].authorization + strlen("Bearer "), sizeof token - strlen("Bearer "));
  token[sizeof token - 1] = 0;
  snprintf(body, sizeof body, "no: Bearer %s", token);
  scripted_ask(&scene, &scripted_look);
  scripted_await(&scene, 2);
  assert_string_equal(scene.heard[1].message, "no: Bearer");
  snprintf(body, sizeof body, "{\"error\":\"%s\"}", token);
  scripted_ask(&scene, &scripted_look);
  scripted_await(&scene, 3);
  assert_null(strstr(scene.heard[2].message, "eyJ"));
  assert_null(strstr(scene.heard[2].reason, "eyJ"));
  scripted_close(&scene);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(questions_that_are_none_are_refused),
                                     cmocka_unit_test(what_is_forgotten_is_not_told),
                                     cmocka_unit_test(what_is_under_way_at_the_end_is_told_as_what_it_is),
                                     cmocka_unit_test(what_is_urgent_does_not_wait_for_those_that_hang),
                                     cmocka_unit_test(an_answer_may_ask_again),
                                     cmocka_unit_test(nobody_asks_a_client_that_is_closed),
                                     cmocka_unit_test(no_reply_tells_a_token)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
