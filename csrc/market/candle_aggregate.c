/* SPDX-License-Identifier: MIT */
/* candle_aggregate: bars of one frame put together into bars of a longer one. */
#include "base/clock.h"
#include "market/candle.h"

static const int64_t week = 7 * 24 * 3600 * NEAP_SECOND;
static const int64_t first_monday = 4 * 24 * 3600 * NEAP_SECOND; /* 1970-01-05 */

int64_t neap_candle_frame_start(int64_t time, int64_t frame) {
  int64_t origin = frame % week == 0 ? first_monday : 0;
  int64_t into = (time - origin) % frame;
  return time - (into < 0 ? into + frame : into);
}

void neap_aggregator_init(neap_aggregator *aggregator, int64_t frame) {
  *aggregator = (neap_aggregator){.frame = frame};
}

static neap_candle finish(neap_aggregator *aggregator) {
  aggregator->open = false;
  aggregator->bar.volume_float = neap_decimal_to_double(aggregator->bar.volume);
  return aggregator->bar;
}

static void start(neap_aggregator *aggregator, const neap_candle *bar, int64_t time) {
  aggregator->open = true;
  aggregator->bar = *bar;
  aggregator->bar.time = time;
}

static void merge(neap_candle *sum, const neap_candle *bar) {
  if (bar->high.units > sum->high.units) sum->high = bar->high, sum->high_float = bar->high_float;
  if (bar->low.units < sum->low.units) sum->low = bar->low, sum->low_float = bar->low_float;
  sum->close = bar->close, sum->close_float = bar->close_float;
  if (neap_decimal_add(sum->volume, bar->volume, &sum->volume))
    sum->volume.units = (__int128)(~(unsigned __int128)0 >> 1); /* the largest there is; no market trades 1e22 units */
}

int neap_aggregator_add(neap_aggregator *aggregator, const neap_candle *bar, int64_t source_frame, neap_candle out[2]) {
  int64_t time = neap_candle_frame_start(bar->time, aggregator->frame);
  int count = 0;
  if (aggregator->open && aggregator->bar.time != time) out[count++] = finish(aggregator);
  if (aggregator->open)
    merge(&aggregator->bar, bar);
  else
    start(aggregator, bar, time);
  if (bar->time + source_frame >= time + aggregator->frame) out[count++] = finish(aggregator);
  return count;
}
