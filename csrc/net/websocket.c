/* SPDX-License-Identifier: MIT */
/* websocket: its life: from a URL to the end that is told. */
#include "net/websocket.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "net/websocket_parts.h"

enum { CONNECT_S = 10, MESSAGE_MB = 32, URL_MOST = 2000, GOES = 1000 };

/* --- the end ------------------------------------------------------------------------------------------------------ */

void websocket_end(neap_websocket *socket, neap_websocket_end how, int close_code, const char *code,
                   const char *reason) {
  if (socket->phase >= WEBSOCKET_ENDS) return;
  socket->phase = WEBSOCKET_ENDS;
  socket->how = how, socket->close_code = close_code;
  neap_text_copy(socket->code, sizeof socket->code, code);
  neap_text_copy(socket->reason, sizeof socket->reason, reason);
  wslay_event_shutdown_read(socket->frames);
}

static void tell_end(neap_websocket *socket) {
  const neap_websocket_handlers *handlers = &socket->handlers;
  websocket_release(socket);
  socket->phase = WEBSOCKET_OVER;
  if (handlers->ended)
    handlers->ended(handlers->context, socket->how, socket->close_code, socket->code, socket->reason);
}

static void free_socket(neap_websocket *socket) {
  websocket_release(socket);
  if (socket->frames) wslay_event_context_free(socket->frames);
  neap_buffer_fini(&socket->out);
  neap_buffer_fini(&socket->after);
  neap_buffer_fini(&socket->head);
  neap_buffer_fini(&socket->message);
  free(socket);
}

/* --- turns -------------------------------------------------------------------------------------------------------- */

static void look_at_time(neap_websocket *socket) {
  bool is_opening = socket->phase == WEBSOCKET_CONNECTS || socket->phase == WEBSOCKET_SHAKES;
  if (is_opening && socket->transport.now() >= socket->deadline)
    websocket_end(socket, NEAP_WEBSOCKET_FAILED, 0, "timeout",
                  socket->phase == WEBSOCKET_CONNECTS ? "no connection in time" : "no answer to the handshake in time");
}

void websocket_turn(void *self) {
  neap_websocket *socket = self;
  socket->in_turn = true;
  if (socket->phase == WEBSOCKET_CONNECTS) websocket_connect(socket);
  websocket_flush(socket);
  websocket_read(socket);
  websocket_flush(socket);
  look_at_time(socket);
  if (socket->phase == WEBSOCKET_ENDS) tell_end(socket);
  socket->in_turn = false;
  if (socket->is_left) free_socket(socket);
}

int64_t neap_websocket_next(const neap_websocket *socket) {
  int64_t due = socket->transport.due;
  if (socket->phase == WEBSOCKET_OVER) return INT64_MAX;
  if (socket->phase == WEBSOCKET_ENDS || socket->has_more || socket->is_deaf) return 0;
  return socket->phase < WEBSOCKET_OPEN && socket->deadline < due ? socket->deadline : due;
}

void neap_websocket_tick(neap_websocket *socket) {
  int64_t now = socket->transport.now();
  if (socket->in_turn || now < neap_websocket_next(socket)) return;
  if (now >= socket->transport.due)
    neap_transport_tick(&socket->transport);
  else
    websocket_turn(socket);
}

/* --- opening ------------------------------------------------------------------------------------------------------ */

typedef struct address {
  bool is_safe;
  const char *host, *path;
  size_t host_length;
} address;

static bool is_printable(const char *text) {
  while (*text > ' ' && *text < 0x7f) text++;
  return !*text;
}

static neap_status read_url(const char *url, address *out, neap_fault *fault) {
  static const char safe[] = "wss://", plain[] = "ws://";
  bool is_plain = !strncmp(url, plain, sizeof plain - 1);
  out->is_safe = !strncmp(url, safe, sizeof safe - 1);
  out->host = url + (out->is_safe ? sizeof safe : sizeof plain) - 1;
  if ((!out->is_safe && !is_plain) || strlen(url) > URL_MOST || !is_printable(url) || strpbrk(out->host, "#\\"))
    return neap_fail(fault, NEAP_INVALID, "bad_url", "'%.80s' is not wss://HOST or wss://HOST:PORT/PATH", url);
  out->host_length = strcspn(out->host, "/");
  out->path = out->host[out->host_length] ? out->host + out->host_length : "/";
  if (!out->host_length || strcspn(out->host, "?@") < out->host_length)
    return neap_fail(fault, NEAP_INVALID, "bad_url", "'%.80s' has no host before its path", url);
  if (is_plain && !neap_transport_is_loopback(out->host))
    return neap_fail(fault, NEAP_REFUSED, "not_safe", "only a loopback address is asked without TLS, not %.80s",
                     out->host);
  return NEAP_OK;
}

static bool is_line(const char *text) {
  for (; text && *text; text++)
    if ((unsigned char)*text < ' ' || *text == 0x7f) return false;
  return true;
}

static neap_status check(const neap_websocket_options *options, address *where, neap_fault *fault) {
  neap_status status = read_url(options->url, where, fault);
  if (status != NEAP_OK) return status;
  if (!is_line(options->user_agent) || !is_line(options->header) || (options->header && !strchr(options->header, ':')))
    return neap_fail(fault, NEAP_INVALID, "bad_header", "a header is one line, Name: value");
  return NEAP_OK;
}

static bool set_easy(neap_websocket *socket, const neap_websocket_options *options, const address *where,
                     int64_t connect_ns) {
  char url[URL_MOST + 16];
  snprintf(url, sizeof url, "http%s://%.*s/", where->is_safe ? "s" : "", (int)where->host_length, where->host);
  socket->easy = curl_easy_init();
  if (!socket->easy) return false;
  neap_transport_set(socket->easy, options->authorities, options->user_agent, connect_ns);
  curl_easy_setopt(socket->easy, CURLOPT_ERRORBUFFER, socket->words);
  curl_easy_setopt(socket->easy, CURLOPT_CONNECT_ONLY, 1L);
  return curl_easy_setopt(socket->easy, CURLOPT_URL, url) == CURLE_OK;
}

static bool fill(neap_websocket *socket, const neap_websocket_options *options, const address *where) {
  int64_t connect_ns = options->connect_ns ? options->connect_ns : CONNECT_S * NEAP_SECOND;
  socket->transport = (neap_transport){.poller = options->poller, .now = options->now};
  socket->transport.stirred = websocket_turn, socket->transport.context = socket;
  socket->deadline = options->now() + connect_ns;
  socket->message_bytes = options->message_bytes ? options->message_bytes : (size_t)MESSAGE_MB << 20;
  return neap_transport_init(&socket->transport) == NEAP_OK && websocket_frames_init(socket) == NEAP_OK &&
         websocket_handshake_ask(socket, where->host, where->host_length, where->path, options) == NEAP_OK &&
         set_easy(socket, options, where, connect_ns) &&
         curl_multi_add_handle(socket->transport.multi, socket->easy) == CURLM_OK;
}

neap_status neap_websocket_open(const neap_websocket_options *options, const neap_websocket_handlers *handlers,
                                neap_websocket **out, neap_fault *fault) {
  address where;
  neap_status status = check(options, &where, fault);
  if (status != NEAP_OK) return status;
  neap_websocket *socket = calloc(1, sizeof *socket);
  if (!socket) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a WebSocket");
  socket->handlers = *handlers;
  if (!fill(socket, options, &where)) {
    free_socket(socket);
    return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a WebSocket");
  }
  *out = socket;
  return NEAP_OK;
}

/* --- use ---------------------------------------------------------------------------------------------------------- */

neap_status neap_websocket_send(neap_websocket *socket, const char *text, size_t length, neap_fault *fault) {
  size_t most = WEBSOCKET_QUEUED, queued = websocket_queued(socket);
  if (socket->phase != WEBSOCKET_OPEN || socket->is_deaf)
    return neap_fail(fault, NEAP_STOPPED, "not_open", "the WebSocket is not open");
  if (queued > most || length > most - queued)
    return neap_fail(fault, NEAP_REFUSED, "unread", "%zu bytes wait for the server to read them", queued);
  if (websocket_frame(socket, WSLAY_TEXT_FRAME, text, length) != NEAP_OK)
    return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a message");
  websocket_flush(socket);
  return NEAP_OK;
}

void neap_websocket_close(neap_websocket *socket) {
  if (!socket) return;
  if (socket->phase == WEBSOCKET_OPEN) {
    websocket_close_frame(socket, GOES);
    websocket_flush(socket);
  }
  socket->phase = WEBSOCKET_OVER;
  socket->is_left = true;
  wslay_event_shutdown_read(socket->frames);
  if (!socket->in_turn) free_socket(socket);
}
