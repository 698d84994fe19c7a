/* SPDX-License-Identifier: MIT */
/* stream_heartbeats: every second of the venue, to all at once, the time as Go prints it, with what the venue's own
 * clock has counted since it opened. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "venue/stream_state.h"

enum { GO_TIME = 96 };

/* "2026-08-09 21:05:48.854840045 +0000 UTC m=+41691.260485341" */
static void write_go_time(const neap_venue *venue, char out[GO_TIME]) {
  char time[NEAP_TIME_TEXT];
  int64_t since = venue->now - venue->options.start;
  neap_stream_time(venue->now, time);
  *strchr(time, 'T') = ' ';
  *strchr(time, 'Z') = '\0';
  snprintf(out, GO_TIME, "%s +0000 UTC m=+%" PRId64 ".%09" PRId64, time, since / NEAP_SECOND, since % NEAP_SECOND);
}

void neap_stream_heartbeats_begin(neap_venue_stream *stream, neap_venue_product *product) {
  (void)product;
  neap_stream_due(stream->venue, NULL, NEAP_RHYTHM_HEARTBEATS);
}

static bool has_subscribers(const neap_venue *venue) {
  for (const neap_venue_stream *stream = venue->streams; stream; stream = stream->next)
    if (neap_stream_has(stream, NEAP_STREAM_HEARTBEATS, NULL)) return true;
  return false;
}

void neap_stream_heartbeats_beat(neap_venue *venue) {
  char time[GO_TIME];
  neap_stream_draft draft;
  if (!has_subscribers(venue)) return;
  write_go_time(venue, time);
  neap_stream_draft_begin(&draft);
  neap_json_object(&draft.json, NULL);
  neap_json_string(&draft.json, "current_time", time);
  neap_json_int(&draft.json, "heartbeat_counter", (venue->now - venue->options.start) / NEAP_SECOND);
  neap_json_end_object(&draft.json);
  neap_stream_draft_tell(&draft, venue, NEAP_STREAM_HEARTBEATS, NULL);
  neap_stream_draft_end(&draft);
  neap_stream_due(venue, NULL, NEAP_RHYTHM_HEARTBEATS);
}
