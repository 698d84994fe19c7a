/* SPDX-License-Identifier: MIT */
/* stream: a connection: how it begins, what rules end it, and where the venue's parts tell what happened. */
#include <stdlib.h>

#include "venue/stream_state.h"

#define FIRST_SUBSCRIBE (5 * NEAP_SECOND)

static neap_venue_stream *numbered(const neap_venue *venue, uint64_t number) {
  neap_venue_stream *stream = venue->streams;
  while (stream && stream->number != number) stream = stream->next;
  return stream && !stream->is_closed ? stream : NULL;
}

static void leave_all(neap_venue_stream *stream) {
  for (unsigned channel = 0; channel < NEAP_STREAM_CHANNELS; channel++)
    neap_stream_leave_channel(stream, (enum neap_stream_channel)channel);
}

void neap_stream_close(neap_venue_stream *stream, const char *why) {
  if (stream->is_closed) return;
  stream->is_closed = true;
  leave_all(stream);
  stream->sink.close(stream->sink.self, why);
}

static void look_for_subscribe(neap_venue *venue, uint64_t number) {
  neap_venue_stream *stream = numbered(venue, number);
  if (stream && !stream->has_subscribed) neap_stream_close(stream, "no subscribe message within 5 seconds");
}

/* A stream that was told something since looks again when that will be too long ago. */
static void look_for_silence(neap_venue *venue, uint64_t number) {
  neap_venue_stream *stream = numbered(venue, number);
  if (!stream) return;
  int64_t end = stream->told + venue->options.silence;
  if (end <= venue->now)
    neap_stream_close(stream, "nothing was sent for too long; subscribe to heartbeats to keep a quiet connection");
  else
    neap_venue_at(venue, end, look_for_silence, number);
}

static neap_status begin_rules(neap_venue_stream *stream) {
  neap_venue *venue = stream->venue;
  int64_t silence = venue->options.silence;
  neap_status status = neap_venue_at(venue, venue->now + FIRST_SUBSCRIBE, look_for_subscribe, stream->number);
  if (status != NEAP_OK || silence <= 0) return status;
  return neap_venue_at(venue, venue->now + silence, look_for_silence, stream->number);
}

static void append(neap_venue *venue, neap_venue_stream *stream) {
  neap_venue_stream **end = &venue->streams;
  while (*end) end = &(*end)->next;
  *end = stream;
}

neap_status neap_venue_stream_open(neap_venue *venue, const neap_venue_sink *sink, int64_t now, neap_venue_stream **out,
                                   neap_fault *fault) {
  neap_venue_advance(venue, now);
  neap_venue_stream *stream = calloc(1, sizeof *stream);
  if (stream) stream->products = calloc(venue->product_count + 1, sizeof *stream->products);
  if (!stream || !stream->products) {
    free(stream);
    return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a stream");
  }
  stream->venue = venue;
  stream->sink = *sink;
  stream->number = ++venue->stream_numbers;
  stream->portfolio = stream->user = UINT32_MAX;
  stream->told = venue->now;
  append(venue, stream);
  if (begin_rules(stream) != NEAP_OK) {
    neap_venue_stream_free(stream);
    return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a stream");
  }
  *out = stream;
  return NEAP_OK;
}

void neap_venue_stream_free(neap_venue_stream *stream) {
  if (!stream) return;
  leave_all(stream);
  neap_venue_stream **at = &stream->venue->streams;
  while (*at != stream) at = &(*at)->next;
  *at = stream->next;
  free(stream->products);
  free(stream);
}
