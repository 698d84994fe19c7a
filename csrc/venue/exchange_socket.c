/* SPDX-License-Identifier: MIT */
/* exchange_socket: a WebSocket as a stream of the venue. */
#include <stdlib.h>

#include "venue/exchange_state.h"

enum { HANDSHAKE_RATE = 8 };

/* A socket that is full is reset by the server, which then tells that it closed. */
static void send(void *self, const char *text, size_t length) {
  neap_exchange_note_frame(self);
  neap_exchange_frame(self, text, length);
}

static void free_socket(neap_exchange_socket *socket) {
  neap_exchange_end_rules(socket);
  neap_venue_stream_free(socket->stream);
  neap_exchange_socket_fini(socket);
  free(socket);
}

static bool may_open(neap_exchange *exchange, const neap_server_request *handshake) {
  if (exchange->options.limits_rates &&
      !neap_rate_limit_take(&exchange->handshakes, neap_clock_now(exchange->options.clock), HANDSHAKE_RATE))
    return false;
  return !neap_exchange_fault_handshake(exchange, handshake);
}

bool neap_exchange_on_opened(void *self, neap_server_socket *server, const neap_server_request *handshake) {
  neap_exchange *exchange = self;
  if (!may_open(exchange, handshake)) return false;
  neap_exchange_socket *socket = calloc(1, sizeof *socket);
  if (!socket) return false;
  *socket = (neap_exchange_socket){.exchange = exchange, .server = server};
  const neap_venue_sink sink = {.send = send, .self = socket};
  if (neap_venue_stream_open(exchange->venue, &sink, neap_exchange_now(exchange), &socket->stream, NULL) != NEAP_OK ||
      !neap_exchange_begin_rules(socket)) {
    free_socket(socket);
    return false;
  }
  neap_server_socket_set(server, socket);
  return true;
}

void neap_exchange_on_message(void *self, neap_server_socket *server, const char *text, size_t length) {
  neap_exchange_socket *socket = neap_server_socket_get(server);
  if (!neap_exchange_fault_message(socket, text, length) && neap_exchange_may_speak(socket))
    neap_venue_stream_message(socket->stream, text, length, neap_exchange_now(self));
}

void neap_exchange_on_closed(void *self, neap_server_socket *server) {
  (void)self;
  free_socket(neap_server_socket_get(server));
}
