/* SPDX-License-Identifier: MIT */
/* window: the hours and days in which a session opens positions, as its limits say: trading_days, trading_start_utc,
 * trading_end_utc. Pure. */
#ifndef NEAP_SESSION_WINDOW_H
#define NEAP_SESSION_WINDOW_H

#include "risk/limits.h"

static inline bool neap_window_is_set(const neap_limits *limits) {
  return limits->trading_days[0] || limits->trading_start_utc[0];
}
/* From the start's second to the end's, both included; a start after the end: over midnight. Then, too, the day that
 * must be listed is the one that it is, not that on which the window began. */
bool neap_window_is_open(const neap_limits *limits, int64_t time);

#endif
