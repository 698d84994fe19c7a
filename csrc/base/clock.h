/* SPDX-License-Identifier: MIT */
/* clock: the session's only source of time, handed in. Times are UTC nanoseconds since 1970 (int64). */
#ifndef NEAP_BASE_CLOCK_H
#define NEAP_BASE_CLOCK_H

#include <stdint.h>

#include "base/fault.h"

#define NEAP_SECOND INT64_C(1000000000)

typedef struct neap_clock {
  int64_t (*read)(void *self); /* real: the system's time; simulated: what was set */
  void *self;
  int64_t latest; /* what neap_clock_now last gave: it never goes back, also when the system's time jumps */
} neap_clock;

neap_clock neap_clock_real(void);
neap_clock neap_clock_simulated(int64_t start_ns); /* moved with neap_clock_advance */
int64_t neap_clock_now(neap_clock *clock);         /* never less than the last answer */
/* Moves a simulated clock; an earlier time leaves it where it is. NEAP_INVALID on a real clock. */
neap_status neap_clock_advance(neap_clock *clock, int64_t to_ns, neap_fault *fault);

enum { NEAP_TIME_TEXT = 40 };
/* "2024-04-18T17:00:00Z", with .mmm, .uuuuuu or .nnnnnnnnn only when needed. Returns the length. */
size_t neap_time_format(int64_t ns, char out[NEAP_TIME_TEXT]);
/* ISO 8601 (date alone, or date T or space time, optional fraction to 9 digits, Z or ±hh:mm; without zone UTC). */
neap_status neap_time_parse(const char *text, size_t length, int64_t *ns, neap_fault *fault);
/* "90s" "5m" "4h" "1d" "1w", also "250ms" and sums such as "1h30m". */
neap_status neap_duration_parse(const char *text, size_t length, int64_t *ns, neap_fault *fault);
size_t neap_duration_format(int64_t ns, char out[NEAP_TIME_TEXT]); /* the shortest such text: 3600 s → "1h" */

#endif
