/* SPDX-License-Identifier: MIT */
/* feed_frame: the frame and the direction of a series of bar times. For feed only. */
#ifndef NEAP_SESSION_FEED_FRAME_H
#define NEAP_SESSION_FEED_FRAME_H

#include <stdint.h>

enum { NEAP_FRAME_SAMPLE = 512 }; /* bars that are looked at */

typedef struct neap_frame_finder {
  int64_t last, step[NEAP_FRAME_SAMPLE]; /* time of the last bar; the differences above zero, `up` of them */
  unsigned bars, up, down;
  uint64_t down_line; /* where time first goes back */
} neap_frame_finder;

void neap_frame_finder_add(neap_frame_finder *finder, int64_t time, uint64_t line);
/* The smallest difference; unless that is a slip: at most half of the usual one, and four times as rare. (Months and
 * days of local time differ, but little.) Orders the differences. */
int64_t neap_frame_finder_frame(neap_frame_finder *finder);

#endif
