/* SPDX-License-Identifier: MIT */
/* websocket_client_fuzz: what a server sends to the WebSocket client: its answer to the handshake, then frames. The
 * first byte chooses: pieces, whether the answer is made here, when the client closes. What is told is UTF-8, within
 * the limit, and the same in one piece and in many; one end is told, unless the client closed. (What is wrong with a
 * close may differ: wslay looks at its reason by pieces.) */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "net/websocket_parts.h"

enum { MOST = 512, CLOSES = 64, ANSWERS = 128 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char accept_text[] = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
static const char good[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                           "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

typedef struct line {
  neap_websocket *socket;
  neap_buffer log;
  bool closes; /* after a message of seven bytes */
  int ends;
} line;

static void must(bool truth) {
  if (!truth) abort();
}

/* --- what is heard ------------------------------------------------------------------------------------------------ */

static void opened(void *context) {
  line *self = context;
  neap_buffer_append_text(&self->log, "+");
  must(neap_websocket_send(self->socket, "hello", 5, NULL) == NEAP_OK);
}

static void message(void *context, const char *text, size_t length) {
  line *self = context;
  const unsigned char *at = (const unsigned char *)text, *end = at + length;
  for (size_t step = 1; step && at < end; at += step) must((step = neap_utf8_length(at, end)) > 0);
  for (size_t i = 0; i < NEAP_WEBSOCKET_PADDING; i++) must(text[length + i] == '\0');
  must(length <= MOST && !self->ends && self->socket);
  neap_buffer_printf(&self->log, "%zu ", length);
  neap_buffer_append(&self->log, text, length);
  if (!self->closes || length != 7) return;
  neap_websocket_close(self->socket);
  self->socket = NULL;
}

static void ended(void *context, neap_websocket_end end, int close_code, const char *code, const char *reason) {
  line *self = context;
  must(self->socket && !self->ends && *code && reason);
  must(end != NEAP_WEBSOCKET_BROKEN || (close_code >= 1002 && close_code <= 1009));
  self->ends++;
  if (self->socket->opcode != WSLAY_CONNECTION_CLOSE)
    neap_buffer_printf(&self->log, "-%d %d %s %s", end, close_code, code, reason);
}

/* --- a client without a connection -------------------------------------------------------------------------------- */

static int64_t no_time(void) { return 0; }

static neap_status no_watch(void *self, int fd, int wanted, void (*ready)(void *context, int what), void *context,
                            neap_watch **out, neap_fault *fault) {
  (void)self, (void)fd, (void)wanted, (void)ready, (void)context;
  *out = NULL;
  return neap_fail(fault, NEAP_IO, "none", "nothing is waited for here");
}

static neap_status no_want(neap_watch *watch, int wanted, neap_fault *fault) {
  (void)watch, (void)wanted, (void)fault;
  return NEAP_OK;
}

static void no_let_go(neap_watch *watch) { (void)watch; }

static void open_line(line *self) {
  static const neap_poller poller = {.watch = no_watch, .want = no_want, .let_go = no_let_go};
  const neap_websocket_handlers handlers = {.context = self, .opened = opened, .message = message, .ended = ended};
  const neap_websocket_options options = {
      .url = "ws://127.0.0.1:1/", .poller = &poller, .now = no_time, .message_bytes = MOST};
  must(neap_websocket_open(&options, &handlers, &self->socket, NULL) == NEAP_OK);
  memcpy(self->socket->accept, accept_text, sizeof accept_text);
  self->socket->phase = WEBSOCKET_SHAKES;
  self->socket->in_turn = true;
  neap_buffer_clear(&self->log);
  self->ends = 0;
}

static void take(neap_websocket *socket, const uint8_t *bytes, size_t count) {
  if (!websocket_is_up(socket)) return;
  memcpy(socket->in, bytes, count);
  socket->at = 0, socket->end = count;
  if (socket->phase == WEBSOCKET_SHAKES) websocket_handshake_take(socket);
  if (socket->phase == WEBSOCKET_OPEN) websocket_frames_take(socket);
}

/* The turn at the end finds no connection, which is the end, or tells the one that there was. */
static void run(line *self, bool answers, const uint8_t *bytes, size_t size, size_t piece) {
  open_line(self);
  neap_websocket *socket = self->socket;
  if (answers) take(socket, (const uint8_t *)good, sizeof good - 1);
  for (size_t at = 0; at < size; at += piece) take(socket, bytes + at, size - at < piece ? size - at : piece);
  websocket_turn(socket);
  must(self->socket ? self->ends == 1 : self->ends == 0);
  if (self->socket) neap_websocket_close(self->socket);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2 || size > WEBSOCKET_ROOM) return 0;
  line whole = {.closes = data[0] & CLOSES}, pieces = whole;
  run(&whole, data[0] & ANSWERS, data + 1, size - 1, size);
  run(&pieces, data[0] & ANSWERS, data + 1, size - 1, 1 + data[0] % 32u);
  must(whole.log.size == pieces.log.size);
  must(whole.log.size == 0 || memcmp(whole.log.data, pieces.log.data, whole.log.size) == 0);
  neap_buffer_fini(&whole.log);
  neap_buffer_fini(&pieces.log);
  return 0;
}
