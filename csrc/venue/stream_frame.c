/* SPDX-License-Identifier: MIT */
/* stream_frame: the envelope around events, with the connection's own sequence; times as the venue writes them. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "venue/stream_state.h"

enum { REFUSAL = 400 };

void neap_stream_draft_begin(neap_stream_draft *draft) {
  neap_buffer_init(&draft->text);
  neap_json_begin(&draft->json, &draft->text);
  draft->is_whole = false;
  if (neap_buffer_reserve(&draft->text, NEAP_STREAM_HEAD)) draft->text.size = NEAP_STREAM_HEAD;
}

void neap_stream_draft_end(neap_stream_draft *draft) { neap_buffer_fini(&draft->text); }

void neap_stream_draft_event(neap_stream_draft *draft, const char *type) {
  neap_json_object(&draft->json, NULL);
  neap_json_string(&draft->json, "type", type);
}

/* Without the "client_id", as the venue's own feed is, unless the options ask for it. */
static size_t write_head(const neap_venue_stream *stream, const char *frame, char out[NEAP_STREAM_HEAD]) {
  char time[NEAP_TIME_TEXT];
  neap_stream_time(stream->venue->now, time);
  int length = snprintf(out, NEAP_STREAM_HEAD,
                        "{\"channel\":\"%s\",%s\"timestamp\":\"%s\",\"sequence_num\":%" PRIu64 ",\"events\":[", frame,
                        stream->venue->options.names_client ? "\"client_id\":\"\"," : "", time, stream->sequence);
  return length > 0 && length < NEAP_STREAM_HEAD ? (size_t)length : 0;
}

static bool finish(neap_stream_draft *draft, neap_venue *venue) {
  if (!draft->is_whole) neap_buffer_append(&draft->text, "]}", 2);
  draft->is_whole = true;
  if (draft->text.status != NEAP_OK) venue->has_failed = true;
  return draft->text.status == NEAP_OK;
}

static void send(neap_venue_stream *stream, const char *text, size_t length) {
  stream->sink.send(stream->sink.self, text, length);
}

void neap_stream_draft_send(neap_stream_draft *draft, neap_venue_stream *stream, const char *frame) {
  char head[NEAP_STREAM_HEAD];
  if (!finish(draft, stream->venue)) return;
  size_t length = write_head(stream, frame, head);
  unsigned char *first = draft->text.data + NEAP_STREAM_HEAD - length;
  memcpy(first, head, length);
  stream->sequence++;
  send(stream, (const char *)first, draft->text.size - NEAP_STREAM_HEAD + length);
}

void neap_stream_draft_tell(neap_stream_draft *draft, neap_venue *venue, enum neap_stream_channel channel,
                            const neap_venue_product *product) {
  for (neap_venue_stream *stream = venue->streams; stream; stream = stream->next)
    if (neap_stream_has(stream, channel, product))
      neap_stream_draft_send(draft, stream, neap_stream_kinds[channel].frame);
}

/* An error has no envelope and no number. */
void neap_stream_refuse(neap_venue_stream *stream, const char *format, ...) {
  char message[REFUSAL];
  neap_buffer text;
  neap_json_writer json;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  neap_buffer_init(&text);
  neap_json_begin(&json, &text);
  neap_json_object(&json, NULL);
  neap_json_string(&json, "type", "error");
  neap_json_string(&json, "message", message);
  neap_json_end_object(&json);
  if (text.status == NEAP_OK) send(stream, (const char *)text.data, text.size);
  neap_buffer_fini(&text);
}

void neap_stream_time(int64_t time, char out[NEAP_TIME_TEXT]) {
  char *end = out + neap_time_format(time, out) - 1;
  if (!strchr(out, '.')) return;
  while (end[-1] == '0') end--;
  memcpy(end, "Z", 2);
}

void neap_stream_micro(int64_t time, char out[NEAP_TIME_TEXT]) { neap_stream_time(time - time % 1000, out); }

void neap_stream_write_micro(neap_json_writer *json, const char *key, int64_t time) {
  char text[NEAP_TIME_TEXT];
  neap_stream_micro(time, text);
  neap_json_string(json, key, text);
}
