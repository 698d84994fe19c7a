/* SPDX-License-Identifier: MIT */
/* websocket_frames: wslay reads frames and answers pings and closes; messages are collected here, and our own frames
 * made whole, so that each leaves in one write and no pong lands inside another. */
#include <openssl/rand.h>
#include <string.h>

#include "base/utf8.h"
#include "net/websocket_parts.h"

enum { MASKED = 0x80, FINAL = 0x80, HEAD_MOST = 14, NO_CODE = 1005 };

/* --- out ---------------------------------------------------------------------------------------------------------- */

static size_t write_head(unsigned char *out, uint8_t opcode, size_t length) {
  size_t wide = length < 126 ? 0 : length <= UINT16_MAX ? 2 : 8;
  out[0] = (unsigned char)(FINAL | opcode);
  out[1] = (unsigned char)(MASKED | (wide == 0 ? length : wide == 2 ? 126 : 127));
  for (size_t i = 0; i < wide; i++) out[2 + i] = (unsigned char)((uint64_t)length >> 8 * (wide - 1 - i));
  return 2 + wide;
}

neap_status websocket_frame(neap_websocket *socket, uint8_t opcode, const void *payload, size_t length) {
  unsigned char *out = neap_buffer_reserve(&socket->after, HEAD_MOST + length);
  if (!out) return NEAP_MEMORY;
  size_t head = write_head(out, opcode, length);
  const unsigned char *mask = out + head, *from = payload;
  if (RAND_bytes(out + head, 4) != 1) return NEAP_MEMORY;
  out += head + 4;
  for (size_t i = 0; i < length; i++) out[i] = from[i] ^ mask[i % 4];
  socket->after.size += head + 4 + length;
  return NEAP_OK;
}

void websocket_close_frame(neap_websocket *socket, int code) {
  const unsigned char payload[] = {(unsigned char)(code >> 8), (unsigned char)code};
  websocket_frame(socket, WSLAY_CONNECTION_CLOSE, payload, sizeof payload);
}

static int make_mask(wslay_event_context_ptr frames, uint8_t *out, size_t count, void *context) {
  (void)frames, (void)context;
  return RAND_bytes(out, (int)count) == 1 ? 0 : -1;
}

static ssize_t collect(wslay_event_context_ptr frames, const uint8_t *bytes, size_t count, int flags, void *context) {
  neap_websocket *socket = context;
  (void)frames, (void)flags;
  neap_buffer_append(&socket->after, bytes, count);
  return (ssize_t)count;
}

/* --- what may not be ---------------------------------------------------------------------------------------------- */

static void broken(neap_websocket *socket, int close_code) {
  const char *code = "protocol", *reason = "a frame that may not be";
  if (close_code == WSLAY_CODE_UNSUPPORTED_DATA) code = "binary", reason = "a message that is no text";
  if (close_code == WSLAY_CODE_INVALID_FRAME_PAYLOAD_DATA) code = "not_utf8", reason = "text that is no UTF-8";
  if (close_code == WSLAY_CODE_MESSAGE_TOO_BIG) code = "too_large", reason = "a message over the limit";
  if (close_code == WSLAY_CODE_INTERNAL_SERVER_ERROR) code = "no_memory", reason = "no memory for a message";
  websocket_end(socket, NEAP_WEBSOCKET_BROKEN, close_code, code, reason);
}

static void refuse(neap_websocket *socket, int close_code) {
  if (socket->phase != WEBSOCKET_OPEN) return;
  websocket_close_frame(socket, close_code);
  broken(socket, close_code);
}

/* --- in ----------------------------------------------------------------------------------------------------------- */

static ssize_t give(wslay_event_context_ptr frames, uint8_t *out, size_t room, int flags, void *context) {
  neap_websocket *socket = context;
  size_t count = socket->end - socket->at;
  (void)flags;
  if (count == 0 || socket->phase != WEBSOCKET_OPEN) {
    wslay_event_set_error(frames, WSLAY_ERR_WOULDBLOCK);
    return -1;
  }
  if (count > room) count = room;
  memcpy(out, socket->in + socket->at, count);
  socket->at += count;
  return (ssize_t)count;
}

static void frame_starts(wslay_event_context_ptr frames, const struct wslay_event_on_frame_recv_start_arg *frame,
                         void *context) {
  neap_websocket *socket = context;
  (void)frames;
  socket->opcode = frame->opcode;
  socket->close_length = (size_t)frame->payload_length, socket->close_size = 0;
  if (wslay_is_ctrl_frame(frame->opcode)) return;
  if (frame->opcode == WSLAY_BINARY_FRAME)
    refuse(socket, WSLAY_CODE_UNSUPPORTED_DATA);
  else if (frame->payload_length > socket->message_bytes - socket->message.size)
    refuse(socket, WSLAY_CODE_MESSAGE_TOO_BIG);
}

static void tell_message(neap_websocket *socket) {
  static const char padding[NEAP_WEBSOCKET_PADDING];
  neap_buffer *message = &socket->message;
  neap_buffer_append(message, padding, sizeof padding);
  if (message->status != NEAP_OK) {
    refuse(socket, WSLAY_CODE_INTERNAL_SERVER_ERROR);
    return;
  }
  size_t length = message->size - sizeof padding;
  socket->has_told = true;
  message->size = 0;
  if (socket->handlers.message) socket->handlers.message(socket->handlers.context, (const char *)message->data, length);
}

static bool is_utf8(const uint8_t *at, size_t length) {
  const uint8_t *end = at + length;
  for (size_t step = 1; step && at < end; at += step) step = neap_utf8_length(at, end);
  return at == end;
}

static bool is_close_code(int code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

static void take_close(neap_websocket *socket, int code, const char *reason) {
  websocket_close_frame(socket, code);
  websocket_end(socket, NEAP_WEBSOCKET_CLOSED, code, "closed", reason);
}

/* Looked at before wslay does, which lets a close of one byte pass, does not look at the first two bytes of each piece
 * in which a reason comes, and refuses the younger codes, of which 1012 is a server's restart. */
static void judge_close(neap_websocket *socket) {
  unsigned char *payload = socket->close;
  size_t length = socket->close_size;
  int code = payload[0] << 8 | payload[1];
  payload[length] = '\0';
  if (length < 2 || !is_close_code(code))
    refuse(socket, WSLAY_CODE_PROTOCOL_ERROR);
  else if (!is_utf8(payload + 2, length - 2))
    refuse(socket, WSLAY_CODE_INVALID_FRAME_PAYLOAD_DATA);
  else
    take_close(socket, code, (const char *)payload + 2);
}

static void frame_continues(wslay_event_context_ptr frames, const struct wslay_event_on_frame_recv_chunk_arg *chunk,
                            void *context) {
  neap_websocket *socket = context;
  (void)frames;
  if (socket->phase != WEBSOCKET_OPEN) return;
  if (!wslay_is_ctrl_frame(socket->opcode)) {
    neap_buffer_append(&socket->message, chunk->data, chunk->data_length);
  } else if (socket->opcode == WSLAY_CONNECTION_CLOSE) {
    memcpy(socket->close + socket->close_size, chunk->data, chunk->data_length);
    socket->close_size += chunk->data_length;
    if (socket->close_size && socket->close_size == socket->close_length) judge_close(socket);
  }
}

static void message_ends(wslay_event_context_ptr frames, const struct wslay_event_on_msg_recv_arg *message,
                         void *context) {
  neap_websocket *socket = context;
  (void)frames;
  if (socket->phase != WEBSOCKET_OPEN) return;
  if (message->opcode == WSLAY_TEXT_FRAME)
    tell_message(socket);
  else if (message->opcode == WSLAY_CONNECTION_CLOSE)
    websocket_end(socket, NEAP_WEBSOCKET_CLOSED, NO_CODE, "closed", ""); /* with a code it was judged */
}

/* What wslay answers to pings and to a close without a code, and says of what it refuses. */
static void answer(neap_websocket *socket) {
  bool is_closed = socket->phase == WEBSOCKET_ENDS && socket->close_code == NO_CODE;
  if (socket->phase != WEBSOCKET_OPEN && !is_closed) return;
  while (wslay_event_want_write(socket->frames))
    if (wslay_event_send(socket->frames) != 0) break;
}

void websocket_frames_take(neap_websocket *socket) {
  if (wslay_event_recv(socket->frames) != 0) refuse(socket, WSLAY_CODE_PROTOCOL_ERROR);
  answer(socket);
  if (socket->phase != WEBSOCKET_OPEN) return;
  if (socket->after.status != NEAP_OK)
    refuse(socket, WSLAY_CODE_INTERNAL_SERVER_ERROR);
  else if (websocket_queued(socket) > 2 * (size_t)WEBSOCKET_QUEUED)
    websocket_end(socket, NEAP_WEBSOCKET_CLOSED, WEBSOCKET_NO_CLOSE, "unread", "the server pings and does not read");
  else if (!wslay_event_get_read_enabled(socket->frames))
    broken(socket, wslay_event_get_status_code_sent(socket->frames));
}

neap_status websocket_frames_init(neap_websocket *socket) {
  static const struct wslay_event_callbacks callbacks = {.recv_callback = give,
                                                         .send_callback = collect,
                                                         .genmask_callback = make_mask,
                                                         .on_frame_recv_start_callback = frame_starts,
                                                         .on_frame_recv_chunk_callback = frame_continues,
                                                         .on_msg_recv_callback = message_ends};
  if (wslay_event_context_client_init(&socket->frames, &callbacks, socket) != 0) return NEAP_MEMORY;
  wslay_event_config_set_no_buffering(socket->frames, 1);
  return NEAP_OK;
}
