/* SPDX-License-Identifier: MIT */
/* latency: how long a message takes on one way to the venue. Exact, and the same for the same seed. */
#ifndef NEAP_MATCH_LATENCY_H
#define NEAP_MATCH_LATENCY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"

enum { NEAP_LATENCY_POINTS = 33 };

/* ns: constant with one point; else drawn between equally spaced quantiles, from the least to the greatest. */
typedef struct neap_latency {
  int64_t quantile[NEAP_LATENCY_POINTS];
  size_t count;
} neap_latency;

/* NEAP_INVALID "latency": no point, one below zero, or falling. */
neap_status neap_latency_check(const neap_latency *latency, neap_fault *fault);
int64_t neap_latency_draw(const neap_latency *latency, uint64_t *state); /* a constant moves no state */
/* When a message of `now` arrives behind the one that arrives at *last: none overtakes another. Moves *last. */
int64_t neap_latency_arrival(const neap_latency *latency, uint64_t *state, int64_t now, int64_t *last);

uint64_t neap_latency_random(uint64_t *state); /* splitmix64 (Steele, Lea and Flood 2014) */

#endif
