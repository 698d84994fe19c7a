/* SPDX-License-Identifier: MIT */
/* duration: "1h30m" to nanoseconds and back; declared in clock.h. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

enum { QUOTED = 48 };

typedef struct unit {
  const char *name;
  int64_t ns;
} unit;

static const unit units[] = {/* descending */
                             {"w", 604800 * NEAP_SECOND},
                             {"d", 86400 * NEAP_SECOND},
                             {"h", 3600 * NEAP_SECOND},
                             {"m", 60 * NEAP_SECOND},
                             {"s", NEAP_SECOND},
                             {"ms", 1000000},
                             {"us", 1000},
                             {"ns", 1}};
enum { UNITS = sizeof units / sizeof *units, SECOND = 4 };

/* The index of the unit whose name is the letters at `at`, or -1. */
static int find_unit(const char *at, const char *end, size_t *length) {
  *length = 0;
  while (at + *length < end && at[*length] >= 'a' && at[*length] <= 'z') ++*length;
  for (int i = 0; i < UNITS; i++)
    if (strlen(units[i].name) == *length && memcmp(units[i].name, at, *length) == 0) return i;
  return -1;
}

/* One "30m"; larger units come first and none comes twice. */
static neap_status take_part(const char **at, const char *end, int *previous, int64_t *total) {
  int64_t count = 0, part;
  const char *first = *at;
  size_t length;
  bool fits = true;
  for (; *at < end && **at >= '0' && **at <= '9'; ++*at)
    fits = fits && !__builtin_mul_overflow(count, 10, &count) && !__builtin_add_overflow(count, **at - '0', &count);
  int index = find_unit(*at, end, &length);
  if (*at == first || index <= *previous) return NEAP_INVALID;
  if (!fits || __builtin_mul_overflow(count, units[index].ns, &part) || __builtin_add_overflow(*total, part, total))
    return NEAP_RANGE;
  *previous = index;
  *at += length;
  return NEAP_OK;
}

neap_status neap_duration_parse(const char *text, size_t length, int64_t *ns, neap_fault *fault) {
  const char *at = text, *end = text + length;
  int previous = -1, shown = length < QUOTED ? (int)length : QUOTED;
  int64_t total = 0;
  neap_status status = length == 0 ? NEAP_INVALID : NEAP_OK;
  while (at < end && status == NEAP_OK) status = take_part(&at, end, &previous, &total);
  if (status == NEAP_RANGE)
    return neap_fail(fault, status, "duration_range", "%.*s is longer than 292 years", shown, text);
  if (status != NEAP_OK)
    return neap_fail(fault, status, "not_a_duration", "'%.*s' is not a duration such as 90s, 5m, 4h, 1d or 1h30m",
                     shown, text);
  *ns = total;
  return NEAP_OK;
}

static void put_single(uint64_t ns, char out[NEAP_TIME_TEXT]) {
  int index = ns == 0 ? SECOND : 0;
  while (ns % (uint64_t)units[index].ns != 0) index++;
  snprintf(out, NEAP_TIME_TEXT, "%llu%s", (unsigned long long)(ns / (uint64_t)units[index].ns), units[index].name);
}

static void put_sum(uint64_t ns, char out[NEAP_TIME_TEXT]) {
  size_t length = 0;
  for (int i = 0; i < UNITS; i++) {
    uint64_t count = ns / (uint64_t)units[i].ns;
    ns %= (uint64_t)units[i].ns;
    if (count > 0)
      length +=
          (size_t)snprintf(out + length, NEAP_TIME_TEXT - length, "%llu%s", (unsigned long long)count, units[i].name);
  }
  out[length] = '\0';
}

size_t neap_duration_format(int64_t ns, char out[NEAP_TIME_TEXT]) {
  uint64_t magnitude = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
  char single[NEAP_TIME_TEXT], sum[NEAP_TIME_TEXT];
  put_single(magnitude, single);
  put_sum(magnitude, sum);
  const char *shorter = magnitude != 0 && strlen(sum) < strlen(single) ? sum : single;
  return (size_t)snprintf(out, NEAP_TIME_TEXT, "%s%s", ns < 0 ? "-" : "", shorter);
}
