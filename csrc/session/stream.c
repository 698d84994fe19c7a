/* SPDX-License-Identifier: MIT */
/* stream: a series of bars or of floats with the indicators that hang on it. */
#include "session/stream.h"

#include <stdlib.h>

typedef struct member {
  neap_indicator_kind kind;
  int64_t period;
  neap_indicator *indicator;
} member;

static const double LARGEST = 1e150; /* what every indicator takes: a refused value must not reach only some of them */

struct neap_stream {
  bool of_bars;
  uint64_t count;
  neap_candle *bars; /* rings of NEAP_STREAM_KEPT one of the two */
  double *values;
  member *members;
  size_t member_count;
};

neap_status neap_stream_new(bool of_bars, neap_stream **out, neap_fault *fault) {
  neap_stream *stream = calloc(1, sizeof *stream);
  if (!stream) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for a series");
  stream->of_bars = of_bars;
  if (of_bars)
    stream->bars = malloc(NEAP_STREAM_KEPT * sizeof *stream->bars);
  else
    stream->values = malloc(NEAP_STREAM_KEPT * sizeof *stream->values);
  if (!stream->bars && !stream->values) {
    free(stream);
    return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for a series");
  }
  *out = stream;
  return NEAP_OK;
}

void neap_stream_free(neap_stream *stream) {
  if (!stream) return;
  for (size_t i = 0; i < stream->member_count; i++) neap_indicator_free(stream->members[i].indicator);
  free(stream->members);
  free(stream->bars);
  free(stream->values);
  free(stream);
}

bool neap_stream_is_of_bars(const neap_stream *stream) { return stream->of_bars; }
uint64_t neap_stream_count(const neap_stream *stream) { return stream->count; }

static bool kept(const neap_stream *stream, int64_t back) {
  return back >= 0 && back < NEAP_STREAM_KEPT && (uint64_t)back < stream->count;
}

static size_t slot(const neap_stream *stream, int64_t back) {
  return (size_t)((stream->count - 1 - (uint64_t)back) % NEAP_STREAM_KEPT);
}

const neap_candle *neap_stream_bar(const neap_stream *stream, int64_t back) {
  return stream->of_bars && kept(stream, back) ? &stream->bars[slot(stream, back)] : NULL;
}

bool neap_stream_value(const neap_stream *stream, int64_t back, double *out) {
  if (!kept(stream, back)) return false;
  *out = stream->of_bars ? stream->bars[slot(stream, back)].close_float : stream->values[slot(stream, back)];
  return true;
}

static neap_status feed(neap_indicator *indicator, const neap_stream *stream, int64_t back) {
  if (!stream->of_bars) return neap_indicator_push(indicator, stream->values[slot(stream, back)]);
  const neap_candle *bar = &stream->bars[slot(stream, back)];
  return neap_indicator_push_bar(indicator, bar->high_float, bar->low_float, bar->close_float);
}

static neap_indicator *find(const neap_stream *stream, neap_indicator_kind kind, int64_t period) {
  for (size_t i = 0; i < stream->member_count; i++)
    if (stream->members[i].kind == kind && stream->members[i].period == period) return stream->members[i].indicator;
  return NULL;
}

static neap_status catch_up(neap_stream *stream, neap_indicator *indicator, neap_fault *fault) {
  int64_t back = stream->count < NEAP_STREAM_KEPT ? (int64_t)stream->count : NEAP_STREAM_KEPT;
  while (back-- > 0)
    if (feed(indicator, stream, back) != NEAP_OK)
      return neap_fail(fault, NEAP_INVALID, "indicator_input", "the indicator cannot take the values of this series");
  return NEAP_OK;
}

static neap_status join(neap_stream *stream, member added, neap_fault *fault) {
  member *members = realloc(stream->members, (stream->member_count + 1) * sizeof *members);
  if (!members) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for an indicator");
  stream->members = members;
  members[stream->member_count++] = added;
  return NEAP_OK;
}

neap_status neap_stream_indicator(neap_stream *stream, neap_indicator_kind kind, int64_t period, neap_indicator **out,
                                  neap_fault *fault) {
  neap_indicator *indicator = find(stream, kind, period);
  *out = indicator;
  if (indicator) return NEAP_OK;
  if (kind == NEAP_ATR && !stream->of_bars)
    return neap_fail(fault, NEAP_INVALID, "indicator_input", "atr needs bars, this series holds numbers");
  neap_status status = neap_indicator_new(kind, period, &indicator, fault);
  if (status != NEAP_OK) return status;
  status = catch_up(stream, indicator, fault);
  if (status == NEAP_OK) status = join(stream, (member){kind, period, indicator}, fault);
  if (status != NEAP_OK)
    neap_indicator_free(indicator);
  else
    *out = indicator;
  return status;
}

static neap_status feed_all(neap_stream *stream, neap_fault *fault) {
  for (size_t i = 0; i < stream->member_count; i++)
    if (feed(stream->members[i].indicator, stream, 0) != NEAP_OK)
      return neap_fail(fault, NEAP_INVALID, "indicator_input", "%s cannot take this value",
                       neap_indicator_kind_name(stream->members[i].kind));
  return NEAP_OK;
}

neap_status neap_stream_push_bar(neap_stream *stream, const neap_candle *bar, neap_fault *fault) {
  stream->bars[stream->count++ % NEAP_STREAM_KEPT] = *bar;
  return feed_all(stream, fault);
}

neap_status neap_stream_push(neap_stream *stream, double value, neap_fault *fault) {
  if (!(value >= -LARGEST && value <= LARGEST))
    return neap_fail(fault, NEAP_INVALID, "not_a_number", "a series takes finite numbers up to 1e150");
  stream->values[stream->count++ % NEAP_STREAM_KEPT] = value;
  return feed_all(stream, fault);
}

const neap_indicator *neap_stream_member(const neap_stream *stream, size_t i) {
  return i < stream->member_count ? stream->members[i].indicator : NULL;
}

bool neap_stream_is_ready(const neap_stream *stream) {
  for (size_t i = 0; i < stream->member_count; i++)
    if (!neap_indicator_ready(stream->members[i].indicator)) return false;
  return true;
}
