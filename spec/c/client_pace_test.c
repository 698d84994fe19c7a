/* SPDX-License-Identifier: MIT */
/* The client of the venue's API against a real server: at what pace it asks, and in which order. */
#include "broker/coinbase/client.h"

#include <time.h>

#include "scripted_venue.h"

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
  for (int i = 0; i < 100; i++) scripted_ask(&scene, &scripted_look);
  scripted_await(&scene, 100);
  check_pace(&scene, 30);
  scripted_close(&scene);
}

static void public_calls_have_a_pace_of_their_own(void **state) {
  neap_coinbase_question public = scripted_look;
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
  for (int i = 0; i < 60; i++) scripted_ask(&scene, &scripted_look);
  scripted_ask(&scene, &scripted_cancel);
  scripted_await(&scene, 61);
  while (strcmp(scene.came[place].path, scripted_cancel.path) != 0) place++;
  assert_true(place <= 8); /* as many were with http */
  scripted_close(&scene);
}

/* Asks, and hears the first answer before any time passes. */
static void ask_once(scripted_venue *scene) {
  scripted_ask(scene, &scripted_look);
  for (int i = 0; i < 20000 && scene->came_count == 0; i++) scripted_turn(scene);
  for (int i = 0; i < 200; i++) scripted_turn(scene);
}

static void retry_after_holds_for_all_that_wait(void **state) {
  static const scripted_answer script[] = {{429, "", "7", 0}, {0}};
  scripted_venue scene;
  (void)state;
  scripted_open(&scene, script, NULL);
  ask_once(&scene);
  scripted_ask(&scene, &scripted_order);
  scripted_ask(&scene, &scripted_cancel);
  scripted_await(&scene, 3);
  assert_int_equal(scene.came_count, 4);
  for (size_t i = 1; i < 4; i++) assert_true(scene.came[i].at - scene.came[0].at >= 7 * NEAP_SECOND);
  assert_string_equal(scene.came[1].path, scripted_cancel.path);
  for (size_t i = 0; i < 3; i++) assert_int_equal(scene.heard[i].outcome, NEAP_COINBASE_DONE);
  scripted_close(&scene);
}

static void turn_after(scripted_venue *scene, int64_t ns) {
  scripted_pass(ns);
  for (int i = 0; i < 50; i++) scripted_turn(scene);
}

/* The request is sent again after half of `least`, and not much more than `least`. The machine's own time goes on. */
static void assert_again_after(scripted_venue *scene, int64_t least) {
  if (least > 0) {
    turn_after(scene, least / 2);
    assert_int_equal(scene->came_count, 1);
  }
  turn_after(scene, least / 2 + 2 * NEAP_SECOND);
  for (int i = 0; i < 20000 && scene->heard_count == 0; i++) scripted_turn(scene);
  assert_int_equal(scene->came_count, 2);
  assert_int_equal(scene->heard_count, 1);
  assert_int_equal(scene->heard[0].outcome, NEAP_COINBASE_DONE);
}

/* A day is the most; what cannot be read is nothing. */
static void retry_after_is_read_in_every_form(void **state) {
  static const struct {
    const char *said;
    int64_t least; /* INT64_MAX: it is not waited for */
  } forms[] = {{"10", 10 * NEAP_SECOND},
               {"soon", 0},
               {"-5", 0},
               {"", 0},
               {"Thu, 01 Jan 2015 00:00:00 GMT", 0},
               {"3600", INT64_MAX},
               {"100000", INT64_MAX},
               {"99999999999999999999999", INT64_MAX},
               {"Fri, 01 Jan 2100 00:00:00 GMT", INT64_MAX}};
  (void)state;
  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
    const scripted_answer script[] = {{429, "", forms[i].said, 0}, {0}};
    scripted_venue scene;
    scripted_open(&scene, script, NULL);
    ask_once(&scene);
    if (forms[i].least == INT64_MAX)
      assert_non_null(strstr(scene.heard[0].message, "it asks to wait for "));
    else
      assert_again_after(&scene, forms[i].least);
    scripted_close(&scene);
  }
}

/* The venue's time is another than the machine's: the date is eleven seconds away all the same. */
static void a_date_to_wait_for_is_the_venues(void **state) {
  char date[40];
  const scripted_answer script[] = {{429, "", date, 0}, {0}};
  scripted_venue scene;
  (void)state;
  scripted_open(&scene, script, NULL);
  time_t at = (time_t)(scripted_wall() / NEAP_SECOND) + 11;
  struct tm parts;
  strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&at, &parts));
  ask_once(&scene);
  assert_again_after(&scene, 10 * NEAP_SECOND); /* dates are whole seconds */
  scripted_close(&scene);
}

static void what_cannot_have_its_turn_in_time_is_told_at_once(void **state) {
  static const scripted_answer script[] = {{429, "", "3600", 0}, {0}};
  scripted_venue scene;
  (void)state;
  scripted_open(&scene, script, NULL);
  scripted_ask(&scene, &scripted_look);
  scripted_await(&scene, 1);
  int64_t began = scripted_now();
  scripted_ask(&scene, &scripted_order);
  scripted_await(&scene, 2);
  assert_true(scripted_now() - began < 20 * NEAP_SECOND);
  for (size_t i = 0; i < 2; i++) assert_int_equal(scene.heard[i].outcome, NEAP_COINBASE_UNREACHED);
  for (size_t i = 0; i < 2; i++) assert_string_equal(scene.heard[i].code, "rate_limited");
  assert_int_equal(scene.heard[1].tries, 0);
  assert_int_equal(scene.came_count, 1);
  scripted_close(&scene);
}

/* Whatever door one look has closed: nobody else is let through it. */
static void cancels_wait_ten_seconds_at_most(void **state) {
  static const scripted_answer script[] = {{429, "", "86400", 0}, {0}};
  scripted_venue scene;
  (void)state;
  scripted_open(&scene, script, NULL);
  ask_once(&scene);
  scripted_ask(&scene, &scripted_cancel);
  turn_after(&scene, 5 * NEAP_SECOND);
  assert_int_equal(scene.came_count, 1);
  turn_after(&scene, 6 * NEAP_SECOND);
  for (int i = 0; i < 20000 && scene.heard_count < 2; i++) scripted_turn(&scene);
  assert_int_equal(scene.heard[1].outcome, NEAP_COINBASE_DONE);
  scripted_ask(&scene, &scripted_look);
  scripted_await(&scene, 3);
  assert_string_equal(scene.heard[2].code, "rate_limited");
  assert_int_equal(scene.came_count, 2);
  scripted_close(&scene);
}

static void a_cancel_that_is_turned_away_for_a_day_is_sent_again(void **state) {
  static const scripted_answer script[] = {{429, "", "86400", 0}, {0}};
  scripted_venue scene;
  (void)state;
  scripted_open(&scene, script, NULL);
  scripted_ask(&scene, &scripted_cancel);
  scripted_await(&scene, 1);
  assert_int_equal(scene.heard[0].outcome, NEAP_COINBASE_DONE);
  assert_int_equal(scene.heard[0].tries, 2);
  assert_true(scene.came[1].at - scene.came[0].at >= 9 * NEAP_SECOND);
  scripted_close(&scene);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(no_second_has_more_than_the_venue_allows),
                                     cmocka_unit_test(public_calls_have_a_pace_of_their_own),
                                     cmocka_unit_test(what_is_urgent_goes_before_what_waits),
                                     cmocka_unit_test(retry_after_holds_for_all_that_wait),
                                     cmocka_unit_test(retry_after_is_read_in_every_form),
                                     cmocka_unit_test(a_date_to_wait_for_is_the_venues),
                                     cmocka_unit_test(what_cannot_have_its_turn_in_time_is_told_at_once),
                                     cmocka_unit_test(cancels_wait_ten_seconds_at_most),
                                     cmocka_unit_test(a_cancel_that_is_turned_away_for_a_day_is_sent_again)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
