/* SPDX-License-Identifier: MIT */
/* feed_frame: the frame and the direction of a series of bar times. For feed only. */
#ifndef NEAP_SESSION_FEED_FRAME_H
#define NEAP_SESSION_FEED_FRAME_H

#include <stdint.h>

enum { NEAP_FRAME_SAMPLE = 512 }; /* bars that are looked at */

typedef struct neap_frame_finder {
  int64_t last, smallest; /* time of the last bar; smallest difference, 0: none yet */
  unsigned bars, up, down;
  uint64_t down_line; /* where time first goes back */
} neap_frame_finder;

void neap_frame_finder_add(neap_frame_finder *finder, int64_t time, uint64_t line);
int64_t neap_frame_finder_frame(const neap_frame_finder *finder);

#endif
