/* SPDX-License-Identifier: MIT */
/* pace and window: two clocks beside one another; the hours in which a session trades. */
#include "base/pace.h"

#include "base/clock.h"
#include "session/window.h"
#include "support.h"

static void goes_n_times_as_fast(void **state) {
  (void)state;
  const neap_pace pace = {.speed = 3600, .wall = 500, .session = 1735689600 * NEAP_SECOND};
  assert_int_equal(neap_pace_session(&pace, 500), pace.session);
  assert_int_equal(neap_pace_session(&pace, 500 + NEAP_SECOND), pace.session + 3600 * NEAP_SECOND);
  assert_int_equal(neap_pace_wall(&pace, pace.session + 7200 * NEAP_SECOND), 500 + 2 * NEAP_SECOND);
}

static void slow_motion(void **state) {
  (void)state;
  const neap_pace pace = {.speed = 0.001, .wall = 0, .session = 0};
  assert_int_equal(neap_pace_session(&pace, NEAP_SECOND), NEAP_SECOND / 1000);
  assert_int_equal(neap_pace_wall(&pace, 60 * NEAP_SECOND), 60000 * NEAP_SECOND);
}

/* Whoever wakes at that moment finds that the time has come, and one nanosecond before that it has not. */
static void wakes_at_the_first_moment(void **state) {
  (void)state;
  const double speeds[] = {0.37, 1, 3, 60, 12345.678, 1e9};
  for (size_t i = 0; i < sizeof speeds / sizeof *speeds; i++)
    for (int64_t step = 1; step < 90 * NEAP_SECOND; step = step * 7 + 3) {
      const neap_pace pace = {.speed = speeds[i], .wall = 123456789012345, .session = 1735689600 * NEAP_SECOND};
      int64_t wall = neap_pace_wall(&pace, pace.session + step);
      assert_true(neap_pace_session(&pace, wall) >= pace.session + step);
      assert_true(neap_pace_session(&pace, wall - 1) < pace.session + step);
    }
}

static void never_comes(void **state) {
  (void)state;
  const neap_pace pace = {.speed = 1e9, .wall = 0, .session = 1735689600 * NEAP_SECOND};
  assert_int_equal(neap_pace_wall(&pace, INT64_MAX), INT64_MAX);
  assert_int_equal(neap_pace_session(&pace, INT64_MAX), INT64_MAX);
}

static int64_t at(const char *text) {
  int64_t ns = 0;
  assert_int_equal(neap_time_parse(text, strlen(text), &ns, NULL), NEAP_OK);
  return ns;
}

static neap_limits hours(const char *days, const char *start, const char *end) {
  neap_limits limits;
  memset(&limits, 0, sizeof limits);
  memcpy(limits.trading_days, days, strlen(days));
  memcpy(limits.trading_start_utc, start, strlen(start));
  memcpy(limits.trading_end_utc, end, strlen(end));
  return limits;
}

static bool is_open(const neap_limits *limits, const char *text) { return neap_window_is_open(limits, at(text)); }

static void window_of_a_day(void **state) {
  (void)state;
  const neap_limits limits = hours("", "09:00", "17:30");
  assert_true(neap_window_is_set(&limits));
  assert_false(is_open(&limits, "2025-01-01T08:59:59.999Z"));
  assert_true(is_open(&limits, "2025-01-01T09:00:00Z"));
  assert_true(is_open(&limits, "2025-01-01T17:30:00.5Z"));
  assert_false(is_open(&limits, "2025-01-01T17:30:01Z"));
  assert_true(is_open(&limits, "1969-12-31T12:00:00Z"));
}

static void window_over_midnight(void **state) {
  (void)state;
  const neap_limits limits = hours("fri", "22:00", "06:00"); /* 2025-01-03 is a Friday */
  assert_true(is_open(&limits, "2025-01-03T23:00:00Z"));
  assert_true(is_open(&limits, "2025-01-03T05:00:00Z"));
  assert_false(is_open(&limits, "2025-01-03T12:00:00Z"));
  assert_false(is_open(&limits, "2025-01-04T05:00:00Z"));
}

static void window_of_days(void **state) {
  (void)state;
  const neap_limits none = hours("", "", ""), week = hours("mon,tue,wed,thu,fri", "", "");
  assert_false(neap_window_is_set(&none));
  assert_true(is_open(&none, "2025-01-04T05:00:00Z"));
  assert_true(is_open(&week, "2025-01-03T23:59:59Z"));
  assert_false(is_open(&week, "2025-01-04T00:00:00Z"));
  assert_false(is_open(&week, "2025-01-05T23:59:59Z"));
  assert_true(is_open(&week, "2025-01-06T00:00:00Z"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(goes_n_times_as_fast),
      cmocka_unit_test(slow_motion),
      cmocka_unit_test(wakes_at_the_first_moment),
      cmocka_unit_test(never_comes),
      cmocka_unit_test(window_of_a_day),
      cmocka_unit_test(window_over_midnight),
      cmocka_unit_test(window_of_days),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
