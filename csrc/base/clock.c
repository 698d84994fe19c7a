/* SPDX-License-Identifier: MIT */
/* clock: real and simulated time, and the text of times and durations. */
#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { DAY_SECONDS = 86400, QUOTED = 48 };

static int64_t read_real(void *self) {
  struct timespec time;
  (void)self;
  clock_gettime(CLOCK_REALTIME, &time);
  return (int64_t)time.tv_sec * NEAP_SECOND + time.tv_nsec;
}

/* A simulated clock stands in `latest`; reading adds nothing to it. */
static int64_t read_simulated(void *self) {
  (void)self;
  return INT64_MIN;
}

neap_clock neap_clock_real(void) { return (neap_clock){read_real, NULL, INT64_MIN}; }
neap_clock neap_clock_simulated(int64_t start_ns) { return (neap_clock){read_simulated, NULL, start_ns}; }

int64_t neap_clock_now(neap_clock *clock) {
  int64_t now = clock->read(clock->self);
  if (now > clock->latest) clock->latest = now;
  return clock->latest;
}

neap_status neap_clock_advance(neap_clock *clock, int64_t to_ns, neap_fault *fault) {
  if (clock->read != read_simulated)
    return neap_fail(fault, NEAP_INVALID, "real_clock", "only a simulated clock can be moved");
  if (to_ns > clock->latest) clock->latest = to_ns;
  return NEAP_OK;
}

/* Proleptic Gregorian calendar; eras of 400 years that begin in March (Hinnant, "chrono-compatible low-level date
 * algorithms"). */
static int64_t days_from_civil(int64_t year, int64_t month, int64_t day) {
  year -= month <= 2;
  int64_t era = (year >= 0 ? year : year - 399) / 400, year_of_era = year - era * 400;
  int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static void civil_from_days(int64_t days, int64_t *year, int64_t *month, int64_t *day) {
  days += 719468;
  int64_t era = (days >= 0 ? days : days - 146096) / 146097, day_of_era = days - era * 146097;
  int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  int64_t shifted = (5 * day_of_year + 2) / 153;
  *day = day_of_year - (153 * shifted + 2) / 5 + 1;
  *month = shifted < 10 ? shifted + 3 : shifted - 9;
  *year = year_of_era + era * 400 + (*month <= 2);
}

/* Writes exactly `width` digits. */
static char *put_digits(char *out, int64_t value, int width) {
  for (int i = width; i-- > 0; value /= 10) out[i] = (char)('0' + value % 10);
  return out + width;
}

static char *put_pair(char *out, char before, int64_t value) {
  *out = before;
  return put_digits(out + 1, value, 2);
}

static char *put_fraction(char *out, int64_t ns) {
  if (ns == 0) return out;
  *out++ = '.';
  if (ns % 1000000 == 0) return put_digits(out, ns / 1000000, 3);
  if (ns % 1000 == 0) return put_digits(out, ns / 1000, 6);
  return put_digits(out, ns, 9);
}

size_t neap_time_format(int64_t ns, char out[NEAP_TIME_TEXT]) {
  int64_t seconds = ns / NEAP_SECOND, rest = ns % NEAP_SECOND, year, month, day;
  if (rest < 0) rest += NEAP_SECOND, seconds--;
  int64_t days = seconds / DAY_SECONDS, second = seconds % DAY_SECONDS;
  if (second < 0) second += DAY_SECONDS, days--;
  civil_from_days(days, &year, &month, &day);
  char *at = put_digits(out, year, 4);
  at = put_pair(put_pair(at, '-', month), '-', day);
  at = put_pair(put_pair(put_pair(at, 'T', second / 3600), ':', second / 60 % 60), ':', second % 60);
  at = put_fraction(at, rest);
  *at++ = 'Z';
  *at = '\0';
  return (size_t)(at - out);
}

typedef struct cursor {
  const char *at, *end;
} cursor;

static bool take(cursor *c, const char *set) {
  if (c->at == c->end || *c->at == '\0' || !strchr(set, *c->at)) return false;
  c->at++;
  return true;
}

/* Exactly `width` digits within the limits. */
static bool take_number(cursor *c, int width, int64_t low, int64_t high, int64_t *value) {
  *value = 0;
  for (int i = 0; i < width; i++, c->at++) {
    if (c->at == c->end || *c->at < '0' || *c->at > '9') return false;
    *value = *value * 10 + (*c->at - '0');
  }
  return *value >= low && *value <= high;
}

static int64_t days_in_month(int64_t year, int64_t month) {
  bool last = month == 12;
  return days_from_civil(last ? year + 1 : year, last ? 1 : month + 1, 1) - days_from_civil(year, month, 1);
}

static bool take_date(cursor *c, int64_t *days) {
  int64_t year, month, day;
  if (!take_number(c, 4, 0, 9999, &year) || !take(c, "-") || !take_number(c, 2, 1, 12, &month) || !take(c, "-") ||
      !take_number(c, 2, 1, days_in_month(year, month), &day))
    return false;
  *days = days_from_civil(year, month, day);
  return true;
}

static bool take_fraction(cursor *c, int64_t *ns) {
  int64_t scale = NEAP_SECOND;
  *ns = 0;
  for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++) {
    if (scale == 1) return false;
    scale /= 10;
    *ns += (*c->at - '0') * scale;
  }
  return scale < NEAP_SECOND;
}

static bool take_time_of_day(cursor *c, int64_t *seconds, int64_t *ns) {
  int64_t hour, minute, second = 0;
  if (!take_number(c, 2, 0, 23, &hour) || !take(c, ":") || !take_number(c, 2, 0, 59, &minute)) return false;
  if (take(c, ":")) {
    if (!take_number(c, 2, 0, 59, &second)) return false;
    if (take(c, ".") && !take_fraction(c, ns)) return false;
  }
  *seconds = hour * 3600 + minute * 60 + second;
  return true;
}

static bool take_zone(cursor *c, int64_t *offset) {
  int64_t hours, minutes;
  *offset = 0;
  if (c->at == c->end || take(c, "Zz")) return true;
  int sign = *c->at == '-' ? -1 : 1;
  if (!take(c, "+-") || !take_number(c, 2, 0, 23, &hours) || !take(c, ":") || !take_number(c, 2, 0, 59, &minutes))
    return false;
  *offset = sign * (hours * 3600 + minutes * 60);
  return true;
}

static bool take_time(cursor *c, int64_t *seconds, int64_t *ns) {
  int64_t days, of_day = 0, offset = 0;
  *ns = 0;
  if (!take_date(c, &days)) return false;
  if (take(c, "Tt ") && (!take_time_of_day(c, &of_day, ns) || !take_zone(c, &offset))) return false;
  *seconds = days * DAY_SECONDS + of_day - offset;
  return c->at == c->end;
}

/* seconds × 10^9 + ns; the first second of the range is only whole with its fraction. */
static bool join(int64_t seconds, int64_t ns, int64_t *out) {
  __int128 total = (__int128)seconds * NEAP_SECOND + ns;
  *out = (int64_t)total;
  return *out == total;
}

neap_status neap_time_parse(const char *text, size_t length, int64_t *ns, neap_fault *fault) {
  cursor c = {text, text + length};
  int64_t seconds, fraction, result;
  int shown = length < QUOTED ? (int)length : QUOTED;
  if (!take_time(&c, &seconds, &fraction))
    return neap_fail(fault, NEAP_INVALID, "not_a_time", "'%.*s' is not a time such as 2024-04-18T17:00:00Z", shown,
                     text);
  if (!join(seconds, fraction, &result))
    return neap_fail(fault, NEAP_RANGE, "time_range", "%.*s is not between the years 1678 and 2262", shown, text);
  *ns = result;
  return NEAP_OK;
}
