/* SPDX-License-Identifier: MIT */
/* rate_limit: so many in a second, counted in whole seconds of the clock. */
#ifndef NEAP_VENUE_RATE_LIMIT_H
#define NEAP_VENUE_RATE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#define NEAP_RATE_SECOND INT64_C(1000000000)

typedef struct neap_rate_limit {
  int64_t second;
  uint32_t count;
} neap_rate_limit;

/* Counts one more; false: it is over `most`. */
static inline bool neap_rate_limit_take(neap_rate_limit *rate, int64_t now, uint32_t most) {
  int64_t second = now / NEAP_RATE_SECOND;
  if (rate->second != second) *rate = (neap_rate_limit){.second = second};
  if (rate->count >= most) return false;
  rate->count++;
  return true;
}

#endif
