/* SPDX-License-Identifier: MIT */
/* exchange_frame: what befalls a WebSocket: its handshake, what its client asks for, our frames. */
#include <stdlib.h>
#include <string.h>

#include "venue/exchange_state.h"
#include "venue/rest.h"

enum { GOING_AWAY = 1001, CHANNEL = 40 };

typedef struct neap_exchange_late {
  neap_exchange_socket *socket;
  neap_server_text *text;
  neap_server_timer *timer;
  struct neap_exchange_late *next;
} neap_exchange_late;

static const neap_planned_fault *strike(neap_exchange *exchange, neap_fault_place place,
                                        const neap_fault_subject *subject) {
  size_t cursor = 0;
  return neap_fault_plan_strike(exchange->plan, place, subject, neap_clock_now(exchange->options.clock), &cursor);
}

/* --- the client --------------------------------------------------------------------------------------------------- */

bool neap_exchange_fault_handshake(neap_exchange *exchange, const neap_server_request *handshake) {
  const neap_fault_subject subject = {.method = "GET", .path = handshake->path, .query = "", .channel = "", .text = ""};
  return strike(exchange, NEAP_AT_HANDSHAKE, &subject);
}

static const neap_planned_fault *strike_message(neap_exchange *exchange, const neap_json_value *root, const char *text,
                                                size_t length) {
  const char *type = root->kind == NEAP_JSON_OBJECT ? neap_rest_text(root, "type") : NULL;
  const char *channel = type && !strcmp(type, "subscribe") ? neap_rest_text(root, "channel") : NULL;
  const neap_fault_subject subject = {
      .method = "", .path = "", .query = "", .channel = channel, .text = text, .length = length};
  return channel ? strike(exchange, NEAP_AT_MESSAGE, &subject) : NULL;
}

bool neap_exchange_fault_message(neap_exchange_socket *socket, const char *text, size_t length) {
  static const char refusal[] = "{\"type\":\"error\",\"message\":\"authentication failure\"}";
  neap_exchange *exchange = socket->exchange;
  neap_json *json;
  if (!neap_fault_plan_get(exchange->plan, 0) || neap_json_parse(text, length, &json, NULL) != NEAP_OK) return false;
  const neap_planned_fault *fault = strike_message(exchange, neap_json_root(json), text, length);
  neap_json_free(json);
  if (fault && fault->kind == NEAP_FAULT_SUBSCRIBE_REFUSED)
    neap_server_send(socket->server, refusal, sizeof refusal - 1);
  return fault;
}

/* --- frames ------------------------------------------------------------------------------------------------------- */

/* {"channel":"…", as every frame of the venue begins; "" for its errors. */
static void channel_of(const char *text, size_t length, char out[CHANNEL]) {
  static const char name[] = "{\"channel\":\"";
  size_t at = sizeof name - 1, size = 0;
  out[0] = 0;
  if (length < at || memcmp(text, name, at) != 0) return;
  while (at + size < length && size + 1 < CHANNEL && text[at + size] != '"') size++;
  memcpy(out, text + at, size);
  out[size] = 0;
  if (!strcmp(out, "l2_data")) strcpy(out, "level2");
}

/* What was swapped goes behind it. */
static void deliver(neap_exchange_socket *socket, const char *text, size_t length) {
  neap_server_send(socket->server, text, length);
  if (!socket->swapped) return;
  neap_server_send_text(socket->server, socket->swapped);
  neap_server_text_free(socket->swapped);
  socket->swapped = NULL;
}

static void end(neap_exchange_socket *socket, neap_server_end how) {
  socket->is_over = true;
  neap_server_abort(socket->server, how);
}

static void speak(void *context) {
  neap_exchange_socket *socket = context;
  socket->silence = NULL;
  socket->is_silent = false;
  neap_server_pause(socket->server, false);
}

/* Without a time: until its client leaves it. */
static void fall_silent(neap_exchange_socket *socket, int64_t time) {
  socket->is_silent = true;
  neap_server_pause(socket->server, true);
  if (socket->silence) neap_server_cancel(socket->silence);
  socket->silence = time ? neap_server_at(socket->exchange->server, time, speak, socket) : NULL;
}

static void swap(neap_exchange_socket *socket, const char *text, size_t length) {
  if (socket->swapped)
    deliver(socket, text, length);
  else
    socket->swapped = neap_server_text_new(text, length);
}

static void forget(neap_exchange_late *late) {
  neap_exchange_late **link = &late->socket->lates;
  while (*link != late) link = &(*link)->next;
  *link = late->next;
  if (late->timer) neap_server_cancel(late->timer);
  neap_server_text_free(late->text);
  free(late);
}

static void come_late(void *context) {
  neap_exchange_late *late = context;
  late->timer = NULL;
  neap_server_send_text(late->socket->server, late->text);
  forget(late);
}

static void be_late(neap_exchange_socket *socket, const char *text, size_t length, int64_t time) {
  neap_exchange_late *late = calloc(1, sizeof *late);
  if (!late) return;
  *late = (neap_exchange_late){.socket = socket, .text = neap_server_text_new(text, length), .next = socket->lates};
  socket->lates = late;
  late->timer = late->text ? neap_server_at(socket->exchange->server, time, come_late, late) : NULL;
  if (!late->timer) forget(late);
}

/* Not within a character: the message is UTF-8 all the same. */
static size_t cut_of(const char *text, size_t length, size_t bytes) {
  size_t at = !bytes || bytes >= length ? length / 2 : bytes;
  while (at > 0 && ((unsigned char)text[at] & 0xC0) == 0x80) at--;
  return at;
}

static void make_unknown(neap_exchange_socket *socket, const char *text, size_t length) {
  static const char frame[] = "{\"channel\":\"neap_unknown\",\"timestamp\":\"2000-01-01T00:00:00Z\",\"events\":"
                              "[{\"type\":\"unknown\",\"unknowns\":[null,1,\"2\",{\"three\":[]}]}]}";
  static const char member[] = "{\"neap_unknown\":{\"of\":[null,1,\"2\"]},";
  neap_buffer longer;
  neap_server_send(socket->server, frame, sizeof frame - 1);
  neap_buffer_init(&longer);
  neap_buffer_append(&longer, member, sizeof member - 1);
  neap_buffer_append(&longer, text + 1, length - 1);
  if (longer.status == NEAP_OK) deliver(socket, (const char *)longer.data, longer.size);
  neap_buffer_fini(&longer);
}

static void befall(neap_exchange_socket *socket, const neap_planned_fault *fault, const char *text, size_t length) {
  int64_t time = neap_fault_plan_time(socket->exchange->plan, fault);
  switch (fault->kind) {
  case NEAP_FAULT_SOCKET_RESET:
    end(socket, NEAP_SERVER_RESET);
    break;
  case NEAP_FAULT_SOCKET_FIN:
    end(socket, NEAP_SERVER_FIN);
    break;
  case NEAP_FAULT_SOCKET_CLOSE:
    socket->is_over = true;
    neap_server_close_socket(socket->server, fault->number ? (int)fault->number : GOING_AWAY, "");
    break;
  case NEAP_FAULT_SOCKET_RESET_WITH_DATA:
    deliver(socket, text, length);
    end(socket, NEAP_SERVER_RESET);
    break;
  case NEAP_FAULT_SOCKET_SILENT:
    fall_silent(socket, time);
    deliver(socket, text, length);
    break;
  case NEAP_FAULT_FRAME_TWICE:
    neap_server_send(socket->server, text, length);
    deliver(socket, text, length);
    break;
  case NEAP_FAULT_FRAME_LATE:
    be_late(socket, text, length, time);
    break;
  case NEAP_FAULT_FRAME_CUT:
    deliver(socket, text, cut_of(text, length, fault->number));
    break;
  case NEAP_FAULT_FRAME_SWAPPED:
    swap(socket, text, length);
    break;
  case NEAP_FAULT_FRAME_UNKNOWN:
    make_unknown(socket, text, length);
    break;
  default: /* lost */
    break;
  }
}

void neap_exchange_frame(neap_exchange_socket *socket, const char *text, size_t length) {
  char channel[CHANNEL];
  if (socket->is_over) return;
  if (!neap_fault_plan_get(socket->exchange->plan, 0)) {
    deliver(socket, text, length);
    return;
  }
  channel_of(text, length, channel);
  const neap_fault_subject subject = {
      .method = "", .path = "", .query = "", .channel = channel, .text = text, .length = length};
  const neap_planned_fault *fault = strike(socket->exchange, NEAP_AT_FRAME, &subject);
  if (fault)
    befall(socket, fault, text, length);
  else
    deliver(socket, text, length);
}

void neap_exchange_socket_fini(neap_exchange_socket *socket) {
  while (socket->lates) forget(socket->lates);
  if (socket->silence) neap_server_cancel(socket->silence);
  neap_server_text_free(socket->swapped);
}
