/* SPDX-License-Identifier: MIT */
/* stream: a connection: how it begins and ends. What rules it has to keep is for whoever keeps it. */
#include <stdlib.h>

#include "venue/stream_state.h"

static void leave_all(neap_venue_stream *stream) {
  for (unsigned channel = 0; channel < NEAP_STREAM_CHANNELS; channel++)
    neap_stream_leave_channel(stream, (enum neap_stream_channel)channel);
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
  stream->portfolio = stream->user = UINT32_MAX;
  append(venue, stream);
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

bool neap_venue_stream_has_subscribed(const neap_venue_stream *stream) { return stream->has_subscribed; }

bool neap_venue_stream_is_known(const neap_venue_stream *stream) { return stream->is_known; }
