/* SPDX-License-Identifier: MIT */
#include "net/recorded_http.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/record.h"
#include "base/text.h"

#define USUAL_PATIENCE (15 * INT64_C(1000000000)) /* net/http's own */

struct neap_recorded_call {
  neap_recorded_http *http;
  neap_http_call *live; /* NULL when it plays */
  neap_http_done *done;
  void *context;
  neap_input_source source; /* number 0: there are no inputs, or (loose) they have no such request yet */
  int64_t deadline;         /* when it plays: for being found */
  neap_recorded_call *previous, *next;
};

struct neap_recorded_http {
  neap_inputs *inputs; /* NULL: nothing is recorded */
  neap_http *live;     /* NULL when it plays */
  neap_recorded_call *calls;
  neap_buffer text; /* of what is being noted */
};

static bool plays(const neap_recorded_http *http) { return http->inputs && neap_inputs_plays(http->inputs); }

neap_status neap_recorded_http_open(const neap_http_options *options, neap_inputs *inputs, neap_recorded_http **out,
                                    neap_fault *fault) {
  neap_recorded_http *http = calloc(1, sizeof *http);
  if (!http) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a connection");
  http->inputs = inputs;
  neap_buffer_init(&http->text);
  neap_status status = plays(http) ? NEAP_OK : neap_http_open(options, &http->live, fault);
  if (status == NEAP_OK)
    *out = http;
  else
    neap_recorded_http_close(http);
  return status;
}

static void end_call(neap_recorded_call *call) {
  neap_recorded_http *http = call->http;
  if (plays(http)) neap_inputs_remove(http->inputs, &call->source);
  if (call->previous)
    call->previous->next = call->next;
  else
    http->calls = call->next;
  if (call->next) call->next->previous = call->previous;
  free(call);
}

static void tell(neap_recorded_call *call, const neap_http_answer *answer) {
  neap_http_done *done = call->done;
  void *context = call->context;
  end_call(call);
  done(context, answer);
}

/* A recording ends where its process did: what was under way then, nobody knows. */
static void end_played(neap_recorded_http *http) {
  const neap_http_answer closed = {
      .end = NEAP_HTTP_DOUBTFUL, .body = "", .code = "closed", .message = "the recording has no answer to it"};
  while (http->calls) tell(http->calls, &closed);
}

void neap_recorded_http_close(neap_recorded_http *http) {
  if (!http) return;
  if (http->inputs) neap_inputs_tick_begin(http->inputs);
  neap_http_close(http->live);
  end_played(http);
  if (http->inputs) neap_inputs_tick_end(http->inputs);
  neap_buffer_fini(&http->text);
  free(http);
}

/* --- answers ------------------------------------------------------------------------------------------------------ */

/* No header but those that are in the answer. */
static void note_answer(neap_recorded_http *http, uint32_t number, const neap_http_answer *answer) {
  neap_buffer *out = &http->text;
  neap_buffer_clear(out);
  neap_record_int(out, "end", answer->end);
  neap_record_int(out, "status", answer->status);
  neap_record_int(out, "retry_after", answer->retry_after);
  neap_record_int(out, "date", answer->date);
  neap_record_int(out, "took", answer->took);
  neap_record_bool(out, "fresh", answer->was_fresh);
  neap_record_text(out, "code", answer->code);
  neap_record_text(out, "message", answer->message);
  neap_record_bytes(out, "body", answer->body ? answer->body : "", answer->length);
  neap_inputs_note(http->inputs, NEAP_INPUT_ANSWER, number, out->data, out->size);
}

static void answered(void *context, const neap_http_answer *answer) {
  neap_recorded_call *call = context;
  if (call->http->inputs) note_answer(call->http, call->source.number, answer);
  tell(call, answer);
}

static int64_t int_of(const neap_input *input, const char *key) {
  neap_record_field field;
  bool is_there = neap_record_find(input->text, input->length, key, &field) == NEAP_OK;
  return is_there && (field.type == NEAP_RECORD_INT || field.type == NEAP_RECORD_BOOL) ? field.value.integer : 0;
}

static void text_of(const neap_input *input, const char *key, char *out, size_t size) {
  neap_record_field field;
  *out = '\0';
  if (neap_record_find(input->text, input->length, key, &field) != NEAP_OK || field.type != NEAP_RECORD_TEXT) return;
  size_t length = field.value.bytes.size < size ? field.value.bytes.size : size - 1;
  memcpy(out, field.value.bytes.data, length);
  out[length] = '\0';
}

/* A copy, ended by a zero; NULL without memory. */
static char *body_of(const neap_input *input, size_t *length) {
  neap_record_field field = {0};
  bool is_there =
      neap_record_find(input->text, input->length, "body", &field) == NEAP_OK && field.type == NEAP_RECORD_TEXT;
  *length = is_there ? field.value.bytes.size : 0;
  char *body = calloc(1, *length + 1);
  if (body && *length) memcpy(body, field.value.bytes.data, *length);
  return body;
}

static void play(void *self, const neap_input *input) {
  neap_recorded_call *call = self;
  neap_http_answer answer = {.end = (neap_http_end)int_of(input, "end"),
                             .status = (int)int_of(input, "status"),
                             .retry_after = int_of(input, "retry_after"),
                             .date = int_of(input, "date"),
                             .took = int_of(input, "took"),
                             .was_fresh = int_of(input, "fresh") != 0};
  text_of(input, "code", answer.code, sizeof answer.code);
  text_of(input, "message", answer.message, sizeof answer.message);
  char *body = body_of(input, &answer.length);
  answer.body = body ? body : "";
  tell(call, &answer);
  free(body);
}

/* --- asking ------------------------------------------------------------------------------------------------------- */

static const neap_buffer *words_of(neap_recorded_http *http, const neap_http_request *request) {
  neap_buffer *out = &http->text;
  neap_buffer_clear(out);
  neap_buffer_append_text(out, request->method);
  neap_buffer_append_text(out, " ");
  neap_buffer_append(out, request->path, strlen(request->path) + 1);
  if (request->body) neap_buffer_append(out, request->body, request->length);
  return out;
}

static void add(neap_recorded_http *http, neap_recorded_call *call) {
  call->next = http->calls;
  if (call->next) call->next->previous = call;
  http->calls = call;
}

static neap_status ask_live(neap_recorded_call *call, const neap_http_request *request, neap_fault *fault) {
  neap_recorded_http *http = call->http;
  neap_fault why = {0};
  neap_status status = neap_http_ask(http->live, request, answered, call, &call->live, &why);
  if (http->inputs && status == NEAP_OK) {
    const neap_buffer *words = words_of(http, request);
    neap_inputs_note(http->inputs, NEAP_INPUT_ASKED, call->source.number, words->data, words->size);
  } else if (http->inputs) {
    neap_inputs_note_failure(http->inputs, NEAP_INPUT_ASKED, call->source.number, &why);
  }
  if (fault) *fault = why;
  return status;
}

static neap_status ask_played(neap_recorded_call *call, const neap_http_request *request, neap_fault *fault) {
  neap_recorded_http *http = call->http;
  const neap_buffer *words = words_of(http, request);
  int64_t patience = request->request_ns ? request->request_ns : USUAL_PATIENCE;
  call->deadline = neap_inputs_now(http->inputs) + patience;
  return neap_inputs_expect_source(http->inputs, NEAP_INPUT_ASKED, &call->source, words->data, words->size, fault);
}

neap_status neap_recorded_http_ask(neap_recorded_http *http, const neap_http_request *request, neap_http_done *done,
                                   void *context, neap_recorded_call **out, neap_fault *fault) {
  neap_recorded_call *call = calloc(1, sizeof *call);
  if (!call) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a request");
  *call = (neap_recorded_call){.http = http, .done = done, .context = context, .source = {.self = call, .take = play}};
  call->source.number = http->inputs ? neap_inputs_number(http->inputs) : 0;
  add(http, call);
  neap_status status = plays(http) ? ask_played(call, request, fault) : ask_live(call, request, fault);
  if (status != NEAP_OK) return end_call(call), status;
  if (out) *out = call;
  return NEAP_OK;
}

void neap_recorded_http_forget(neap_recorded_call *call) {
  if (call->live) neap_http_forget(call->live);
  end_call(call);
}

int64_t neap_recorded_http_next(const neap_recorded_http *http) {
  return http->live ? neap_http_next(http->live) : INT64_MAX;
}

/* Played to a session that asks for what was not recorded: for it, there is no network. */
static bool fail_one(neap_recorded_http *http) {
  static const neap_http_answer unsent = {
      .end = NEAP_HTTP_UNSENT, .body = "", .code = "not_recorded", .message = "the recording has no such request"};
  int64_t now = neap_inputs_now(http->inputs);
  for (neap_recorded_call *call = http->calls; call; call = call->next)
    if (!call->source.number && now >= call->deadline) return tell(call, &unsent), true;
  return false;
}

static void tick_played(neap_recorded_http *http) {
  neap_inputs_play_tick(http->inputs, 0);
  while (fail_one(http)) continue;
}

void neap_recorded_http_tick(neap_recorded_http *http) {
  if (plays(http)) {
    tick_played(http);
    return;
  }
  if (http->inputs) neap_inputs_tick_begin(http->inputs);
  neap_http_tick(http->live);
  if (http->inputs) neap_inputs_tick_end(http->inputs);
}
