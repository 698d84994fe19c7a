/* SPDX-License-Identifier: MIT */
/* server_socket: WebSocket messages. wslay reads the frames and answers pings and closes; what we send is queued as
 * whole frames, so that one frame serves many sockets and a pong never lands inside another. */
#include <stdlib.h>
#include <string.h>
#include <wslay/wslay.h>

#include "base/utf8.h"
#include "net/server_parts.h"

enum { REASON_MOST = 123, GOING_AWAY = 1001 };

struct neap_server_socket {
  server_connection *connection;
  wslay_event_context_ptr frames;
  neap_buffer message, control; /* the message so far; what wslay has to say */
  uint8_t opcode;               /* of the frame that is being read */
  bool paused, closing;         /* closing: we have sent a close, and wait for the client's */
  void *word;
};

static bool is_open(const neap_server_socket *socket) {
  return socket->connection->phase == SERVER_SOCKET && !socket->closing;
}

/* --- out ---------------------------------------------------------------------------------------------------------- */

static neap_server_text *frame(uint8_t first, const void *payload, size_t length) {
  size_t wide = length < 126 ? 0 : length <= UINT16_MAX ? 2 : 8;
  if (length > SIZE_MAX / 2) return NULL;
  neap_server_text *text = server_bytes_new(2 + wide + length);
  if (!text) return NULL;
  text->data[0] = first;
  text->data[1] = (unsigned char)(wide == 0 ? length : wide == 2 ? 126 : 127);
  for (size_t i = 0; i < wide; i++) text->data[2 + i] = (unsigned char)((uint64_t)length >> 8 * (wide - 1 - i));
  if (length) memcpy(text->data + 2 + wide, payload, length);
  return text;
}

neap_server_text *neap_server_text_new(const char *text, size_t length) {
  return frame(0x80 | WSLAY_TEXT_FRAME, text, length);
}

static neap_status give_up(server_connection *connection, neap_status status) {
  if (status == NEAP_REFUSED) connection->server->counts.overflown++;
  server_connection_die(connection, NEAP_SERVER_RESET);
  return status;
}

static neap_status queue(server_connection *connection, neap_server_text *text) {
  server_queue *out = &connection->out;
  if (!text) return give_up(connection, NEAP_MEMORY);
  if (text->size > connection->server->limits.queued_bytes - out->bytes) return give_up(connection, NEAP_REFUSED);
  if (server_queue_add(out, text) != NEAP_OK) return give_up(connection, NEAP_MEMORY);
  server_connection_dirty(connection);
  return NEAP_OK;
}

neap_status neap_server_send_text(neap_server_socket *socket, neap_server_text *text) {
  return is_open(socket) ? queue(socket->connection, text) : NEAP_STOPPED;
}

neap_status neap_server_send(neap_server_socket *socket, const char *text, size_t length) {
  if (!is_open(socket)) return NEAP_STOPPED;
  neap_server_text *shared = neap_server_text_new(text, length);
  neap_status status = queue(socket->connection, shared);
  neap_server_text_free(shared);
  return status;
}

static void queue_close(server_connection *connection, int code, const char *reason) {
  unsigned char payload[2 + REASON_MOST] = {(unsigned char)(code >> 8), (unsigned char)code};
  size_t length = reason ? strnlen(reason, REASON_MOST) : 0;
  if (length) memcpy(payload + 2, reason, length);
  neap_server_text *text = frame(0x80 | WSLAY_CONNECTION_CLOSE, payload, 2 + length);
  queue(connection, text);
  neap_server_text_free(text);
}

/* The client broke a rule: it is told which, and that is the end. */
static void fail(neap_server_socket *socket, int code, const char *reason) {
  if (is_open(socket)) queue_close(socket->connection, code, reason);
  server_connection_end(socket->connection, NEAP_SERVER_FIN);
}

/* --- in ----------------------------------------------------------------------------------------------------------- */

static ssize_t give(wslay_event_context_ptr frames, uint8_t *out, size_t room, int flags, void *context) {
  neap_server_socket *socket = context;
  server_connection *connection = socket->connection;
  const char *in;
  size_t count = server_connection_input(connection, &in);
  (void)flags;
  if (count == 0 || connection->phase != SERVER_SOCKET || socket->paused) {
    wslay_event_set_error(frames, WSLAY_ERR_WOULDBLOCK);
    return -1;
  }
  if (count > room) count = room;
  memcpy(out, in, count);
  server_connection_took(connection, count);
  return (ssize_t)count;
}

static ssize_t collect(wslay_event_context_ptr frames, const uint8_t *bytes, size_t count, int flags, void *context) {
  neap_server_socket *socket = context;
  (void)frames, (void)flags;
  neap_buffer_append(&socket->control, bytes, count);
  return (ssize_t)count;
}

static void frame_starts(wslay_event_context_ptr frames, const struct wslay_event_on_frame_recv_start_arg *frame_is,
                         void *context) {
  neap_server_socket *socket = context;
  (void)frames;
  socket->opcode = frame_is->opcode;
  if (!is_open(socket) || wslay_is_ctrl_frame(frame_is->opcode)) return;
  if (frame_is->opcode == WSLAY_BINARY_FRAME)
    fail(socket, WSLAY_CODE_UNSUPPORTED_DATA, "text only");
  else if (frame_is->payload_length > socket->connection->server->limits.message_bytes - socket->message.size)
    fail(socket, WSLAY_CODE_MESSAGE_TOO_BIG, "the message is too large");
}

static void frame_continues(wslay_event_context_ptr frames, const struct wslay_event_on_frame_recv_chunk_arg *chunk,
                            void *context) {
  neap_server_socket *socket = context;
  (void)frames;
  if (is_open(socket) && !wslay_is_ctrl_frame(socket->opcode))
    neap_buffer_append(&socket->message, chunk->data, chunk->data_length);
}

static void tell_message(neap_server_socket *socket) {
  neap_server *server = socket->connection->server;
  neap_buffer *message = &socket->message;
  neap_buffer_append(message, "", 1);
  if (message->status != NEAP_OK) {
    give_up(socket->connection, NEAP_MEMORY);
    return;
  }
  server->counts.messages++;
  if (server->handlers.message)
    server->handlers.message(server->handlers.self, socket, (const char *)message->data, message->size - 1);
  neap_buffer_clear(message);
}

static bool is_utf8(const uint8_t *at, size_t length) {
  const uint8_t *end = at + length;
  for (size_t step = 1; step && at < end; at += step) step = neap_utf8_length(at, end);
  return at == end;
}

/* wslay lets a close of one byte pass, which can be no code, and does not look at the first two bytes of each piece in
 * which a reason comes. */
static void check_close(neap_server_socket *socket, const uint8_t *payload, size_t length) {
  if (length == 1)
    fail(socket, WSLAY_CODE_PROTOCOL_ERROR, "a close of one byte");
  else if (length > 2 && !is_utf8(payload + 2, length - 2))
    fail(socket, WSLAY_CODE_INVALID_FRAME_PAYLOAD_DATA, "the reason is no UTF-8");
}

static void message_ends(wslay_event_context_ptr frames, const struct wslay_event_on_msg_recv_arg *message,
                         void *context) {
  neap_server_socket *socket = context;
  (void)frames;
  if (!is_open(socket)) return;
  if (message->opcode == WSLAY_TEXT_FRAME)
    tell_message(socket);
  else if (message->opcode == WSLAY_CONNECTION_CLOSE)
    check_close(socket, message->msg, message->msg_length);
}

/* What wslay answers to pings and closes; nothing after our own close. */
static void answer_control(neap_server_socket *socket) {
  neap_buffer *control = &socket->control;
  while (wslay_event_want_write(socket->frames))
    if (wslay_event_send(socket->frames) != 0) break;
  neap_server_text *text = control->size && is_open(socket) ? server_bytes_new(control->size) : NULL;
  if (text) {
    memcpy(text->data, control->data, control->size);
    queue(socket->connection, text);
    neap_server_text_free(text);
  }
  neap_buffer_clear(control);
}

bool server_socket_take(server_connection *connection) {
  neap_server_socket *socket = connection->socket;
  const char *in;
  if (socket->paused || server_connection_input(connection, &in) == 0) return false;
  if (wslay_event_recv(socket->frames) != 0) fail(socket, WSLAY_CODE_PROTOCOL_ERROR, "a malformed frame");
  answer_control(socket);
  if (connection->phase == SERVER_SOCKET && !wslay_event_get_read_enabled(socket->frames))
    server_connection_end(connection, NEAP_SERVER_FIN);
  return true;
}

/* --- life --------------------------------------------------------------------------------------------------------- */

neap_status server_socket_new(server_connection *connection) {
  static const struct wslay_event_callbacks callbacks = {.recv_callback = give,
                                                         .send_callback = collect,
                                                         .on_frame_recv_start_callback = frame_starts,
                                                         .on_frame_recv_chunk_callback = frame_continues,
                                                         .on_msg_recv_callback = message_ends};
  neap_server_socket *socket = calloc(1, sizeof *socket);
  if (!socket) return NEAP_MEMORY;
  if (wslay_event_context_server_init(&socket->frames, &callbacks, socket) != 0) return free(socket), NEAP_MEMORY;
  wslay_event_config_set_no_buffering(socket->frames, 1);
  socket->connection = connection;
  connection->socket = socket;
  connection->phase = SERVER_SOCKET;
  server_connection_until(connection, SERVER_NEVER);
  return NEAP_OK;
}

void server_socket_free(neap_server_socket *socket) {
  if (!socket) return;
  wslay_event_context_free(socket->frames);
  neap_buffer_fini(&socket->message);
  neap_buffer_fini(&socket->control);
  free(socket);
}

bool server_socket_reads(const server_connection *connection) { return !connection->socket->paused; }
bool server_socket_writes(const server_connection *connection) { return !connection->socket->paused; }

void server_socket_expire(server_connection *connection) {
  if (connection->out.bytes)
    server_connection_die(connection, NEAP_SERVER_RESET);
  else
    server_connection_end(connection, NEAP_SERVER_FIN);
}

void server_socket_leave(server_connection *connection) {
  if (is_open(connection->socket)) queue_close(connection, GOING_AWAY, "the server ends");
  if (connection->phase == SERVER_DEAD || connection->socket->paused) return;
  if (server_stream_write(connection) != SERVER_BROKEN) server_stream_finish(connection);
  while (server_stream_read(connection, connection->server->room, SERVER_READ_ROOM) > 0) continue;
}

void neap_server_close_socket(neap_server_socket *socket, int code, const char *reason) {
  server_connection *connection = socket->connection;
  if (!is_open(socket)) return;
  socket->paused = false;
  queue_close(connection, code, reason);
  socket->closing = true;
  if (connection->phase == SERVER_SOCKET) server_connection_until(connection, connection->server->limits.write_ns);
}

void neap_server_abort(neap_server_socket *socket, neap_server_end end) {
  server_connection *connection = socket->connection;
  if (connection->phase == SERVER_DEAD) return;
  server_stream_write(connection);
  server_queue_shorten(&connection->out, 0);
  if (end == NEAP_SERVER_RESET)
    server_connection_die(connection, end);
  else
    server_connection_end(connection, end);
}

void neap_server_pause(neap_server_socket *socket, bool paused) {
  socket->paused = paused;
  server_connection_dirty(socket->connection);
}

size_t neap_server_queued(const neap_server_socket *socket) { return socket->connection->out.bytes; }
void neap_server_socket_set(neap_server_socket *socket, void *word) { socket->word = word; }
void *neap_server_socket_get(const neap_server_socket *socket) { return socket->word; }
const char *neap_server_socket_peer(const neap_server_socket *socket) { return socket->connection->peer; }
