/* SPDX-License-Identifier: MIT */
#include "match/latency.h"

#include "base/splitmix.h"

uint64_t neap_latency_random(uint64_t *state) { return neap_splitmix(state); }

int64_t neap_latency_draw(const neap_latency *latency, uint64_t *state) {
  if (latency->count == 1) return latency->quantile[0];
  uint64_t place = (neap_latency_random(state) >> 32) * (latency->count - 1), from = place >> 32;
  int64_t low = latency->quantile[from], high = latency->quantile[from + 1];
  return low + (int64_t)((__int128)(high - low) * (int64_t)(place & UINT32_MAX) >> 32);
}

neap_status neap_latency_check(const neap_latency *latency, neap_fault *fault) {
  bool good = latency->count > 0 && latency->count <= NEAP_LATENCY_POINTS && latency->quantile[0] >= 0;
  for (size_t i = 1; good && i < latency->count; i++) good = latency->quantile[i] >= latency->quantile[i - 1];
  return good ? NEAP_OK
              : neap_fail(fault, NEAP_INVALID, "latency", "a latency has 1 to %d points, from zero, that do not fall",
                          NEAP_LATENCY_POINTS);
}

int64_t neap_latency_arrival(const neap_latency *latency, uint64_t *state, int64_t now, int64_t *last) {
  int64_t arrival;
  if (__builtin_add_overflow(now, neap_latency_draw(latency, state), &arrival)) arrival = INT64_MAX - 1;
  *last = arrival > *last ? arrival : *last;
  return *last;
}
