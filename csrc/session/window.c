/* SPDX-License-Identifier: MIT */
/* window: hours and days; the limits were read and checked before. */
#include "session/window.h"

#include <string.h>

#include "base/clock.h"

enum { DAY = 86400, WEEK = 7, EPOCH_WEEKDAY = 3 /* 1970-01-01 was a Thursday */ };

/* "HH:MM" → seconds after midnight */
static int64_t second_of_day(const char *text) {
  int64_t hour = (text[0] - '0') * 10 + (text[1] - '0'), minute = (text[3] - '0') * 10 + (text[4] - '0');
  return (hour * 60 + minute) * 60;
}

static bool is_listed(const char *days, int64_t day) {
  static const char names[WEEK][4] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
  int64_t weekday = ((day + EPOCH_WEEKDAY) % WEEK + WEEK) % WEEK;
  return !days[0] || strstr(days, names[weekday]);
}

bool neap_window_is_open(const neap_limits *limits, int64_t time) {
  int64_t seconds = time / NEAP_SECOND - (time % NEAP_SECOND < 0);
  int64_t day = seconds / DAY - (seconds % DAY < 0), at = seconds - day * DAY;
  if (!is_listed(limits->trading_days, day)) return false;
  if (!limits->trading_start_utc[0]) return true;
  int64_t start = second_of_day(limits->trading_start_utc), end = second_of_day(limits->trading_end_utc);
  return start <= end ? at >= start && at <= end : at >= start || at <= end;
}
