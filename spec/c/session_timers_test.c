/* SPDX-License-Identifier: MIT */
/* Timers: when they fire, in which order, and what a failing callback leaves of them. */
#include <stdio.h>

#include "session_support.h"

static const char *const flat = "100 100 100 100 50";

static neap_status note_timer(actor *me, const neap_timer_event *timer, neap_fault *fault) {
  (void)fault;
  char at[16];
  assert_int_equal(timer->due, neap_desk_now(me->desk));
  actor_note(me, "%s %s", instant(timer->due, at), timer->name);
  return NEAP_OK;
}

static neap_status note_bar(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)fault;
  char at[16];
  actor_note(me, "%s bar", instant(bar->close_time, at));
  return NEAP_OK;
}

/* Bars of an hour at these hours, the last is -1. */
static void play_hours(act *play, actor *who, const int *hours) {
  act_init(play);
  for (; *hours >= 0; hours++) act_bar(play, 0, *hours * HOUR, flat);
  act_run_well(play, who);
}

static neap_status set_both(actor *me, neap_fault *fault) {
  assert_int_equal(neap_desk_after(me->desk, "once", 90 * MINUTE, fault), NEAP_OK);
  assert_int_equal(neap_desk_every(me->desk, "often", 45 * MINUTE, fault), NEAP_OK);
  return NEAP_OK;
}

static void timers_fire_at_their_instant_before_its_bars(void **state) {
  (void)state;
  static act play;
  actor who = {.start = set_both, .timer = note_timer, .bar = note_bar};
  const int hours[] = {0, 1, 2, -1};
  play_hours(&play, &who, hours);
  assert_string_equal(who.log, "01 00:45 often\n01 01:00 bar\n01 01:30 once\n01 01:30 often\n01 02:00 bar\n"
                               "01 02:15 often\n01 03:00 often\n01 03:00 bar\n");
  act_close(&play, &who);
}

static void a_gap_of_the_data_holds_no_timer_back(void **state) {
  (void)state;
  static act play;
  actor who = {.start = set_both, .timer = note_timer, .bar = note_bar};
  const int hours[] = {0, 1, 3, -1}; /* nothing from 2 to 3 */
  play_hours(&play, &who, hours);
  assert_string_equal(who.log, "01 00:45 often\n01 01:00 bar\n01 01:30 once\n01 01:30 often\n01 02:00 bar\n"
                               "01 02:15 often\n01 03:00 often\n01 03:45 often\n01 04:00 bar\n");
  act_close(&play, &who);
}

static neap_status set_calendar(actor *me, neap_fault *fault) {
  assert_int_equal(neap_desk_calendar(me->desk, "noon", 0, 12 * HOUR, 0, fault), NEAP_OK);
  assert_int_equal(neap_desk_calendar(me->desk, "midnight", 0, 0, 0, fault), NEAP_OK);
  assert_int_equal(neap_desk_calendar(me->desk, "monday", 1, 6 * HOUR, 0, fault), NEAP_OK);
  assert_int_equal(neap_desk_calendar(me->desk, "tuesday", 2, 0, 0, fault), NEAP_OK);
  assert_int_equal(neap_desk_calendar(me->desk, "sunday", 7, 12 * HOUR, 0, fault), NEAP_OK);
  assert_int_equal(neap_desk_calendar(me->desk, "late monday", 1, 0, 0, fault), NEAP_OK);
  return NEAP_OK;
}

static void calendars_know_the_days_of_the_week(void **state) {
  (void)state;
  static act play;
  actor who = {.start = set_calendar, .timer = note_timer};
  act_init(&play);
  for (int day = 0; day < 8; day++) act_bar(&play, 0, day * 24 * HOUR, flat); /* Monday the 1st to Monday the 8th */
  assert_int_equal(act_run(&play, &who), NEAP_OK);
  char expected[2048] = "01 06:00 monday\n01 12:00 noon\n02 00:00 midnight\n02 00:00 tuesday\n02 12:00 noon\n";
  for (int day = 3; day <= 7; day++) {
    size_t at = strlen(expected);
    snprintf(expected + at, sizeof expected - at, "%02d 00:00 midnight\n%02d 12:00 noon\n%s", day, day,
             day == 7 ? "07 12:00 sunday\n" : "");
  }
  strcat(expected, "08 00:00 midnight\n08 00:00 late monday\n08 06:00 monday\n08 12:00 noon\n"
                   "09 00:00 midnight\n09 00:00 tuesday\n");
  assert_string_equal(who.log, expected);
  act_close(&play, &who);
}

static neap_status change_timers(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  if (me->bars == 1) {
    assert_int_equal(neap_desk_after(me->desk, "a", 10 * MINUTE, fault), NEAP_OK);
    assert_int_equal(neap_desk_after(me->desk, "b", 50 * MINUTE, fault), NEAP_OK);
    assert_int_equal(neap_desk_after(me->desk, "a", 50 * MINUTE, fault), NEAP_OK); /* replaced, and now behind b */
    assert_int_equal(neap_desk_every(me->desk, "c", 20 * MINUTE, fault), NEAP_OK);
    assert_true(neap_desk_cancel_timer(me->desk, "c"));
    assert_false(neap_desk_cancel_timer(me->desk, "c"));
    assert_false(neap_desk_cancel_timer(me->desk, "unheard of"));
    assert_int_equal(neap_desk_after(me->desk, "never", INT64_MAX, fault), NEAP_OK);
    assert_int_equal(neap_desk_every(me->desk, "never again", INT64_MAX, fault), NEAP_OK);
  }
  return note_bar(me, bar, fault);
}

static void names_replace_and_cancel(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = change_timers, .timer = note_timer};
  const int hours[] = {0, 1, -1};
  char events[512];
  play_hours(&play, &who, hours);
  assert_string_equal(who.log, "01 01:00 bar\n01 01:50 b\n01 01:50 a\n01 02:00 bar\n");
  assert_string_equal(act_events(&play, "timer", events, sizeof events),
                      "timer_set timer_set timer_set timer_set timer_fired timer_fired");
  act_close(&play, &who);
}

static neap_status misuse(actor *me, neap_fault *fault) {
  char name[65];
  memset(name, 'x', 64);
  name[64] = 0;
  assert_int_equal(neap_desk_after(me->desk, "", MINUTE, fault), NEAP_INVALID);
  assert_string_equal(fault->code, "timer_name");
  assert_int_equal(neap_desk_after(me->desk, name, MINUTE, fault), NEAP_INVALID);
  assert_int_equal(neap_desk_after(me->desk, "x", 0, fault), NEAP_INVALID);
  assert_int_equal(neap_desk_every(me->desk, "x", -1, fault), NEAP_INVALID);
  assert_string_equal(fault->code, "timer_length");
  assert_int_equal(neap_desk_calendar(me->desk, "x", 8, 0, 0, fault), NEAP_INVALID);
  assert_int_equal(neap_desk_calendar(me->desk, "x", 0, 24 * HOUR, 0, fault), NEAP_INVALID);
  assert_string_equal(fault->code, "timer_time");
  return NEAP_OK;
}

static void misuse_sets_nothing(void **state) {
  (void)state;
  static act play;
  actor who = {.start = misuse, .timer = note_timer};
  const int hours[] = {0, 1, -1};
  play_hours(&play, &who, hours);
  assert_string_equal(who.log, "");
  act_close(&play, &who);
}

static neap_status order_at_timer(actor *me, const neap_timer_event *timer, neap_fault *fault) {
  const neap_order_request order = {.side = NEAP_BUY, .quantity = exactly("1")};
  note_timer(me, timer, fault);
  return actor_place(me, &order, NULL);
}

static neap_status note_fill(actor *me, neap_order *order, const neap_fill *fill, neap_fault *fault) {
  (void)order;
  (void)fault;
  char at[16];
  actor_note(me, "%s fill", instant(fill->time, at));
  return NEAP_OK;
}

static neap_status set_half_past(actor *me, neap_fault *fault) {
  return neap_desk_after(me->desk, "half past", 30 * MINUTE, fault);
}

/* At 00:30 the bar of 00:00 is under way: its range is not for this order. */
static void an_order_of_a_timer_waits_for_the_next_open(void **state) {
  (void)state;
  static act play;
  actor who = {.start = set_half_past, .timer = order_at_timer, .fill = note_fill};
  const int hours[] = {0, 1, -1};
  char text[256];
  play_hours(&play, &who, hours);
  assert_string_equal(who.log, "01 00:30 half past\n01 01:00 fill\n");
  assert_string_equal(act_events(&play, "", text, sizeof text),
                      "timer_set timer_fired order_intent decision order_submitted order_accepted order_filled");
  act_close(&play, &who);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(timers_fire_at_their_instant_before_its_bars),
      cmocka_unit_test(a_gap_of_the_data_holds_no_timer_back),
      cmocka_unit_test(calendars_know_the_days_of_the_week),
      cmocka_unit_test(names_replace_and_cancel),
      cmocka_unit_test(misuse_sets_nothing),
      cmocka_unit_test(an_order_of_a_timer_waits_for_the_next_open),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
