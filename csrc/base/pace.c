/* SPDX-License-Identifier: MIT */
/* pace: spans are scaled, not times, so that a float's 53 bits are enough; beyond the end of time is never. */
#include "base/pace.h"

#include <math.h>

static int64_t later(int64_t start, double span) {
  int64_t sum;
  if (span >= 9e18) return INT64_MAX;
  if (span <= -9e18) return INT64_MIN;
  if (!__builtin_add_overflow(start, (int64_t)span, &sum)) return sum;
  return span > 0 ? INT64_MAX : INT64_MIN;
}

int64_t neap_pace_session(const neap_pace *pace, int64_t wall) {
  return later(pace->session, floor((double)(wall - pace->wall) * pace->speed));
}

int64_t neap_pace_wall(const neap_pace *pace, int64_t session) {
  if (session == INT64_MAX) return INT64_MAX;
  int64_t wall = later(pace->wall, ceil((double)(session - pace->session) / pace->speed));
  while (wall < INT64_MAX && neap_pace_session(pace, wall) < session) wall++;
  return wall;
}
