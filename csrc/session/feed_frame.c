/* SPDX-License-Identifier: MIT */
/* feed_frame: the frame and the direction of a series of bar times. */
#include "session/feed_frame.h"

#include <stdlib.h>

#include "base/clock.h"

enum { RARE = 4 };

static void compare(neap_frame_finder *finder, int64_t time, uint64_t line) {
  int64_t step = time - finder->last;
  if (step > 0 && finder->up < NEAP_FRAME_SAMPLE) finder->step[finder->up++] = step;
  if (step < 0 && finder->down++ == 0) finder->down_line = line;
}

void neap_frame_finder_add(neap_frame_finder *finder, int64_t time, uint64_t line) {
  if (finder->bars++) compare(finder, time, line);
  finder->last = time;
}

static int by_size(const void *a, const void *b) {
  int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
  return (left > right) - (left < right);
}

static unsigned count_from(const neap_frame_finder *finder, unsigned first) {
  unsigned end = first;
  while (end < finder->up && finder->step[end] == finder->step[first]) end++;
  return end - first;
}

int64_t neap_frame_finder_frame(neap_frame_finder *finder) {
  if (finder->up == 0) return 60 * NEAP_SECOND;
  qsort(finder->step, finder->up, sizeof *finder->step, by_size);
  int64_t smallest = finder->step[0], usual = smallest;
  unsigned least = count_from(finder, 0), most = least;
  for (unsigned i = least, count; i < finder->up; i += count) {
    count = count_from(finder, i);
    if (count > most) usual = finder->step[i], most = count;
  }
  return usual / 2 >= smallest && most >= RARE * least ? usual : smallest;
}
