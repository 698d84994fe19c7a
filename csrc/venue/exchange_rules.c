/* SPDX-License-Identifier: MIT */
/* exchange_rules: what a connection has to keep. By the clock that its client has too: the venue's time may be hurried,
 * put forward, or stand still. */
#include "venue/exchange_state.h"

enum { POLICY = 1008 };
#define FIRST_SUBSCRIBE (5 * NEAP_SECOND)

static int64_t now_of(const neap_exchange_socket *socket) { return neap_clock_now(socket->exchange->options.clock); }

static void end(neap_exchange_socket *socket, const char *why) {
  if (socket->is_over) return;
  socket->is_over = true;
  neap_server_close_socket(socket->server, POLICY, why);
}

static void look_for_subscribe(void *context) {
  neap_exchange_socket *socket = context;
  socket->first = NULL;
  if (!neap_venue_stream_has_subscribed(socket->stream)) end(socket, "no subscribe message within 5 seconds");
}

static bool look_again(neap_exchange_socket *socket, int64_t delay);

/* One that was told something since looks again when that will be too long ago; a fault's silence is not broken. */
static void look_for_silence(void *context) {
  neap_exchange_socket *socket = context;
  int64_t silence = socket->exchange->options.silence, left = socket->told + silence - now_of(socket);
  socket->quiet = NULL;
  if (left > 0 || socket->is_silent)
    look_again(socket, left > 0 ? left : silence);
  else
    end(socket, "nothing was sent for too long; subscribe to heartbeats to keep a quiet connection");
}

static bool look_again(neap_exchange_socket *socket, int64_t delay) {
  socket->quiet = neap_server_at(socket->exchange->server, delay, look_for_silence, socket);
  return socket->quiet;
}

bool neap_exchange_begin_rules(neap_exchange_socket *socket) {
  int64_t silence = socket->exchange->options.silence;
  socket->told = now_of(socket);
  socket->first = neap_server_at(socket->exchange->server, FIRST_SUBSCRIBE, look_for_subscribe, socket);
  return socket->first && (silence <= 0 || look_again(socket, silence));
}

void neap_exchange_end_rules(neap_exchange_socket *socket) {
  if (socket->first) neap_server_cancel(socket->first);
  if (socket->quiet) neap_server_cancel(socket->quiet);
}

void neap_exchange_note_frame(neap_exchange_socket *socket) { socket->told = now_of(socket); }

/* One that has not shown a token may send so many messages a second. */
bool neap_exchange_may_speak(neap_exchange_socket *socket) {
  static const char refusal[] =
      "{\"type\":\"error\",\"message\":\"rate limit exceeded: 8 messages a second before a token is shown\"}";
  int64_t now = now_of(socket), *oldest = &socket->heard[socket->messages % NEAP_EXCHANGE_MESSAGES];
  bool is_full = socket->messages >= NEAP_EXCHANGE_MESSAGES && now - *oldest < NEAP_SECOND;
  if (is_full && socket->exchange->options.limits_rates && !neap_venue_stream_is_known(socket->stream)) {
    neap_exchange_frame(socket, refusal, sizeof refusal - 1);
    return false;
  }
  *oldest = now;
  socket->messages++;
  return true;
}
