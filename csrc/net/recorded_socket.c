/* SPDX-License-Identifier: MIT */
/* recorded_socket: a handler may close its socket, so that nothing of it is looked at behind one. */
#include "net/recorded_socket.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/record.h"

enum { CODE = 48, WORDS = 256 };

struct neap_recorded_socket {
  neap_inputs *inputs;  /* NULL: nothing is recorded */
  neap_websocket *live; /* NULL when it plays */
  neap_websocket_handlers handlers;
  neap_input_source source;
};

static bool plays(const neap_recorded_socket *socket) { return socket->inputs && neap_inputs_plays(socket->inputs); }

static void note(neap_recorded_socket *socket, neap_input_kind kind, const void *text, size_t length) {
  if (socket->inputs) neap_inputs_note(socket->inputs, kind, socket->source.number, text, length);
}

/* --- as they come ------------------------------------------------------------------------------------------------- */

static void opened(void *context) {
  neap_recorded_socket *socket = context;
  note(socket, NEAP_INPUT_OPENED, NULL, 0);
  if (socket->handlers.opened) socket->handlers.opened(socket->handlers.context);
}

static void message(void *context, const char *text, size_t length) {
  neap_recorded_socket *socket = context;
  note(socket, NEAP_INPUT_MESSAGE, text, length);
  if (socket->handlers.message) socket->handlers.message(socket->handlers.context, text, length);
}

static void drained(void *context) {
  neap_recorded_socket *socket = context;
  note(socket, NEAP_INPUT_DRAINED, NULL, 0);
  if (socket->handlers.drained) socket->handlers.drained(socket->handlers.context);
}

static void note_end(neap_recorded_socket *socket, neap_websocket_end end, int close_code, const char *code,
                     const char *words) {
  neap_buffer out;
  neap_buffer_init(&out);
  neap_record_int(&out, "end", end);
  neap_record_int(&out, "close_code", close_code);
  neap_record_text(&out, "code", code);
  neap_record_text(&out, "message", words);
  note(socket, NEAP_INPUT_ENDED, out.data, out.size);
  neap_buffer_fini(&out);
}

static void ended(void *context, neap_websocket_end end, int close_code, const char *code, const char *words) {
  neap_recorded_socket *socket = context;
  if (socket->inputs) note_end(socket, end, close_code, code, words);
  if (socket->handlers.ended) socket->handlers.ended(socket->handlers.context, end, close_code, code, words);
}

/* --- when it plays ------------------------------------------------------------------------------------------------ */

static void play_message(const neap_websocket_handlers *handlers, const neap_input *input) {
  char *text = calloc(1, input->length + NEAP_WEBSOCKET_PADDING);
  if (!text) return;
  size_t length = input->length;
  memcpy(text, input->text, length);
  if (handlers->message) handlers->message(handlers->context, text, length);
  free(text);
}

static void copy_field(const neap_input *input, const char *key, char *out, size_t size) {
  neap_record_field field;
  bool is_there =
      neap_record_find(input->text, input->length, key, &field) == NEAP_OK && field.type == NEAP_RECORD_TEXT;
  size_t length = is_there ? field.value.bytes.size : 0;
  if (length >= size) length = size - 1;
  if (length) memcpy(out, field.value.bytes.data, length);
  out[length] = '\0';
}

static int int_of(const neap_input *input, const char *key) {
  neap_record_field field;
  return neap_record_find(input->text, input->length, key, &field) == NEAP_OK ? (int)field.value.integer : 0;
}

static void play_end(const neap_websocket_handlers *handlers, const neap_input *input) {
  char code[CODE], words[WORDS];
  copy_field(input, "code", code, sizeof code);
  copy_field(input, "message", words, sizeof words);
  if (handlers->ended)
    handlers->ended(handlers->context, (neap_websocket_end)int_of(input, "end"), int_of(input, "close_code"), code,
                    words);
}

/* A handler may look at what comes next, which is where this input was: nothing of it is read behind one. */
static void play(void *self, const neap_input *input) {
  const neap_websocket_handlers handlers = ((neap_recorded_socket *)self)->handlers;
  switch (input->kind) {
  case NEAP_INPUT_OPENED:
    if (handlers.opened) handlers.opened(handlers.context);
    break;
  case NEAP_INPUT_MESSAGE:
    play_message(&handlers, input);
    break;
  case NEAP_INPUT_DRAINED:
    if (handlers.drained) handlers.drained(handlers.context);
    break;
  default:
    play_end(&handlers, input);
  }
}

/* --- opening and closing ------------------------------------------------------------------------------------------ */

static neap_status open_live(neap_recorded_socket *socket, const neap_websocket_options *options, neap_fault *fault) {
  const neap_websocket_handlers own = {
      .context = socket, .opened = opened, .message = message, .drained = drained, .ended = ended};
  neap_fault why = {0};
  neap_status status = neap_websocket_open(options, &own, &socket->live, &why);
  if (status == NEAP_OK)
    note(socket, NEAP_INPUT_SOCKET, options->url, strlen(options->url));
  else if (socket->inputs)
    neap_inputs_note_failure(socket->inputs, NEAP_INPUT_SOCKET, socket->source.number, &why);
  if (fault) *fault = why;
  return status;
}

static neap_status open_played(neap_recorded_socket *socket, const neap_websocket_options *options, neap_fault *fault) {
  return neap_inputs_expect_source(socket->inputs, NEAP_INPUT_SOCKET, &socket->source, options->url,
                                   strlen(options->url), fault);
}

neap_status neap_recorded_socket_open(const neap_websocket_options *options, const neap_websocket_handlers *handlers,
                                      neap_inputs *inputs, neap_recorded_socket **out, neap_fault *fault) {
  neap_recorded_socket *socket = calloc(1, sizeof *socket);
  if (!socket) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a connection");
  *socket = (neap_recorded_socket){.inputs = inputs, .handlers = *handlers, .source = {.self = socket, .take = play}};
  socket->source.number = inputs ? neap_inputs_number(inputs) : 0;
  neap_status status = plays(socket) ? open_played(socket, options, fault) : open_live(socket, options, fault);
  if (status != NEAP_OK) return free(socket), status;
  *out = socket;
  return NEAP_OK;
}

neap_status neap_recorded_socket_send(neap_recorded_socket *socket, const char *text, size_t length,
                                      neap_fault *fault) {
  if (plays(socket)) {
    neap_status status = neap_inputs_expect(socket->inputs, NEAP_INPUT_SENT, socket->source.number, NULL, 0, fault);
    return status == NEAP_END ? NEAP_OK : status;
  }
  neap_fault why = {0};
  neap_status status = neap_websocket_send(socket->live, text, length, &why);
  if (status == NEAP_OK)
    note(socket, NEAP_INPUT_SENT, NULL, 0);
  else if (socket->inputs)
    neap_inputs_note_failure(socket->inputs, NEAP_INPUT_SENT, socket->source.number, &why);
  if (fault) *fault = why;
  return status;
}

void neap_recorded_socket_close(neap_recorded_socket *socket) {
  if (!socket) return;
  if (plays(socket)) neap_inputs_remove(socket->inputs, &socket->source);
  neap_websocket_close(socket->live);
  free(socket);
}

int64_t neap_recorded_socket_next(const neap_recorded_socket *socket) {
  return socket->live ? neap_websocket_next(socket->live) : INT64_MAX;
}

void neap_recorded_socket_tick(neap_recorded_socket *socket) {
  neap_inputs *inputs = socket->inputs;
  if (plays(socket)) {
    if (socket->source.number) neap_inputs_play_tick(inputs, socket->source.number);
    return;
  }
  if (inputs) neap_inputs_tick_begin(inputs);
  neap_websocket_tick(socket->live);
  if (inputs) neap_inputs_tick_end(inputs);
}
