/* SPDX-License-Identifier: MIT */
/* websocket_stream: the connection that curl has made, its bytes in and out. */
#include <string.h>

#include "net/websocket_parts.h"

/* So much is read in one turn: a server that never pauses lets others have theirs. */
enum { SHARE = 8 << 20 };

/* --- out ---------------------------------------------------------------------------------------------------------- */

size_t websocket_queued(const neap_websocket *socket) { return socket->out.size - socket->gone + socket->after.size; }

static void swap(neap_websocket *socket) {
  neap_buffer gone = socket->out;
  neap_buffer_clear(&gone);
  socket->out = socket->after;
  socket->after = gone;
  socket->gone = 0;
}

/* What TLS has begun to write must be offered again from the same place: out does not move or grow. */
static bool write_some(neap_websocket *socket) {
  size_t count = 0;
  if (socket->gone == socket->out.size) swap(socket);
  CURLcode result =
      curl_easy_send(socket->easy, socket->out.data + socket->gone, socket->out.size - socket->gone, &count);
  if (result == CURLE_AGAIN) return false;
  if (result != CURLE_OK) return socket->is_deaf = true, false;
  socket->gone += count;
  return true;
}

static void want(neap_websocket *socket) {
  bool has_to_write = websocket_queued(socket) && !socket->is_deaf;
  int wanted = NEAP_READABLE | (has_to_write ? NEAP_WRITABLE : 0);
  if (wanted == socket->wanted) return;
  if (socket->transport.poller->want(socket->watch, wanted, NULL) == NEAP_OK)
    socket->wanted = wanted;
  else
    socket->is_deaf = true;
}

void websocket_flush(neap_websocket *socket) {
  if (!socket->watch) return;
  while (!socket->is_deaf && websocket_queued(socket))
    if (!write_some(socket)) break;
  if (websocket_is_up(socket)) want(socket);
}

/* --- in ----------------------------------------------------------------------------------------------------------- */

static void lose(neap_websocket *socket, CURLcode result) {
  const char *code = result == CURLE_OK ? "cut" : neap_transport_code(result);
  if (socket->phase == WEBSOCKET_SHAKES)
    websocket_end(socket, NEAP_WEBSOCKET_FAILED, 0, "reset", "the server left without an answer to the handshake");
  else
    websocket_end(socket, NEAP_WEBSOCKET_CLOSED, WEBSOCKET_NO_CLOSE, code, "the server left without a close");
}

/* Nothing more can be read without waiting. */
static void drain(neap_websocket *socket) {
  if (socket->is_deaf) {
    lose(socket, CURLE_SEND_ERROR);
  } else if (socket->has_told) {
    socket->has_told = false;
    if (socket->handlers.drained) socket->handlers.drained(socket->handlers.context);
  }
}

static void take(neap_websocket *socket) {
  if (socket->phase == WEBSOCKET_SHAKES) websocket_handshake_take(socket);
  if (socket->phase == WEBSOCKET_OPEN) websocket_frames_take(socket);
}

/* The bytes that were read; 0: there are none for now, or it is the end. */
static size_t read_some(neap_websocket *socket) {
  size_t count = 0;
  CURLcode result = curl_easy_recv(socket->easy, socket->in, sizeof socket->in, &count);
  if (result == CURLE_AGAIN)
    drain(socket);
  else if (result != CURLE_OK || count == 0)
    lose(socket, result);
  return result == CURLE_OK ? count : 0;
}

/* Until curl has no more: TLS may hold bytes that the poller will not tell of. */
void websocket_read(neap_websocket *socket) {
  size_t share = SHARE, count = 1;
  while (websocket_is_up(socket) && share && count) {
    count = read_some(socket);
    socket->at = 0, socket->end = count;
    if (count) take(socket);
    share -= count < share ? count : share;
  }
  socket->has_more = share == 0;
}

/* --- the connection ----------------------------------------------------------------------------------------------- */

static void on_ready(void *context, int what) {
  (void)what;
  websocket_turn(context);
}

static void take_over(neap_websocket *socket) {
  const neap_poller *poller = socket->transport.poller;
  curl_socket_t file = CURL_SOCKET_BAD;
  curl_easy_getinfo(socket->easy, CURLINFO_ACTIVESOCKET, &file);
  socket->wanted = NEAP_READABLE;
  if (file == CURL_SOCKET_BAD ||
      poller->watch(poller->self, file, NEAP_READABLE, on_ready, socket, &socket->watch, NULL) != NEAP_OK)
    websocket_end(socket, NEAP_WEBSOCKET_FAILED, 0, "transport", "the connection cannot be waited for");
  else
    socket->phase = WEBSOCKET_SHAKES;
}

void websocket_connect(neap_websocket *socket) {
  int left;
  const CURLMsg *told = curl_multi_info_read(socket->transport.multi, &left);
  if (!told) return;
  CURLcode result = told->data.result;
  if (result == CURLE_OK)
    take_over(socket);
  else
    websocket_end(socket, NEAP_WEBSOCKET_FAILED, 0, neap_transport_code(result),
                  *socket->words ? socket->words : curl_easy_strerror(result));
}

void websocket_release(neap_websocket *socket) {
  if (socket->watch) socket->transport.poller->let_go(socket->watch);
  socket->watch = NULL;
  if (socket->easy) {
    curl_multi_remove_handle(socket->transport.multi, socket->easy);
    curl_easy_cleanup(socket->easy);
  }
  socket->easy = NULL;
  neap_transport_fini(&socket->transport);
}
