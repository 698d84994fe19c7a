/* SPDX-License-Identifier: MIT */
/* The client of the venue's API against a real server: at what pace it asks, and in which order. */
#include "broker/coinbase/client.h"

#include "scripted_venue.h"

static const neap_coinbase_question order = {.method = "POST",
                                             .path = "/api/v3/brokerage/orders",
                                             .body = "{\"x\":1}",
                                             .length = 7,
                                             .repeat = NEAP_REPEAT_ORDER};

static const neap_coinbase_question cancel = {.method = "POST",
                                              .path = "/api/v3/brokerage/orders/batch_cancel",
                                              .body = "{}",
                                              .length = 2,
                                              .repeat = NEAP_REPEAT_SAFE,
                                              .is_urgent = true};

static const neap_coinbase_question look = {
    .method = "GET", .path = "/api/v3/brokerage/orders/historical/batch", .query = "a=1&b=%20"};

/* --- the pace ----------------------------------------------------------------------------------------------------- */

/* As they came: on their way they may have got closer. */
static void check_pace(const scripted_venue *scene, size_t rate) {
  for (size_t i = rate; i < scene->came_count; i++)
    assert_true(scene->came[i].at - scene->came[i - rate].at >= NEAP_SECOND * 9 / 10);
}

static void no_second_has_more_than_the_venue_allows(void **state) {
  scripted_venue scene;
  (void)state;
  scripted_open(&scene, NULL, NULL);
  for (int i = 0; i < 100; i++) scripted_ask(&scene, &look);
  scripted_await(&scene, 100);
  check_pace(&scene, 30);
  scripted_close(&scene);
}

static void public_calls_have_a_pace_of_their_own(void **state) {
  neap_coinbase_question public = look;
  scripted_venue scene;
  (void)state;
  scripted_open(&scene, NULL, NULL);
  public.is_public = true;
  for (int i = 0; i < 25; i++) scripted_ask(&scene, &public);
  scripted_await(&scene, 25);
  check_pace(&scene, 10);
  scripted_close(&scene);
}

static void what_is_urgent_goes_before_what_waits(void **state) {
  scripted_venue scene;
  size_t place = 0;
  (void)state;
  scripted_open(&scene, NULL, NULL);
  for (int i = 0; i < 60; i++) scripted_ask(&scene, &look);
  scripted_ask(&scene, &cancel);
  scripted_await(&scene, 61);
  while (strcmp(scene.came[place].path, cancel.path) != 0) place++;
  assert_true(place <= 8); /* as many were with http */
  scripted_close(&scene);
}

static void retry_after_holds_for_all_that_wait(void **state) {
  static const scripted_answer script[] = {{429, "", "7", 0}, {0}};
  scripted_venue scene;
  (void)state;
  scripted_open(&scene, script, NULL);
  scripted_ask(&scene, &look);
  for (int i = 0; i < 1000 && scene.came_count == 0; i++) scripted_turn(&scene);
  for (int i = 0; i < 20; i++) scripted_turn(&scene);
  scripted_ask(&scene, &order);
  scripted_ask(&scene, &cancel);
  scripted_await(&scene, 3);
  assert_int_equal(scene.came_count, 4);
  for (size_t i = 1; i < 4; i++) assert_true(scene.came[i].at - scene.came[0].at >= 7 * NEAP_SECOND);
  assert_string_equal(scene.came[1].path, cancel.path);
  for (size_t i = 0; i < 3; i++) assert_int_equal(scene.heard[i].outcome, NEAP_COINBASE_DONE);
  scripted_close(&scene);
}

static void what_cannot_have_its_turn_in_time_is_told_at_once(void **state) {
  static const scripted_answer script[] = {{429, "", "3600", 0}, {0}};
  scripted_venue scene;
  (void)state;
  scripted_open(&scene, script, NULL);
  scripted_ask(&scene, &look);
  scripted_await(&scene, 1);
  int64_t began = scripted_now();
  scripted_ask(&scene, &order);
  scripted_await(&scene, 2);
  assert_true(scripted_now() - began < 20 * NEAP_SECOND);
  for (size_t i = 0; i < 2; i++) assert_int_equal(scene.heard[i].outcome, NEAP_COINBASE_UNREACHED);
  for (size_t i = 0; i < 2; i++) assert_string_equal(scene.heard[i].code, "rate_limited");
  assert_int_equal(scene.heard[1].tries, 0);
  assert_int_equal(scene.came_count, 1);
  scripted_close(&scene);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(no_second_has_more_than_the_venue_allows),
                                     cmocka_unit_test(public_calls_have_a_pace_of_their_own),
                                     cmocka_unit_test(what_is_urgent_goes_before_what_waits),
                                     cmocka_unit_test(retry_after_holds_for_all_that_wait),
                                     cmocka_unit_test(what_cannot_have_its_turn_in_time_is_told_at_once)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
