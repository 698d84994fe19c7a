/* SPDX-License-Identifier: MIT */
/* feed_frame: the frame and the direction of a series of bar times. */
#include "session/feed_frame.h"

#include "base/clock.h"

static void compare(neap_frame_finder *finder, int64_t time, uint64_t line) {
  int64_t step = time - finder->last;
  if (step > 0 && (finder->smallest == 0 || step < finder->smallest)) finder->smallest = step;
  if (step > 0) finder->up++;
  if (step < 0 && finder->down++ == 0) finder->down_line = line;
}

void neap_frame_finder_add(neap_frame_finder *finder, int64_t time, uint64_t line) {
  if (finder->bars++) compare(finder, time, line);
  finder->last = time;
}

int64_t neap_frame_finder_frame(const neap_frame_finder *finder) {
  return finder->smallest ? finder->smallest : 60 * NEAP_SECOND;
}
