/* SPDX-License-Identifier: MIT */
/* websocket_support: handlers that write down what they hear. */
#include "websocket_support.h"

#include "base/clock.h"
#include "base/text.h"

enum { WAIT_NS = 200000, LONG = 100 };

static void leave_in(ear *self, ear_moment moment) {
  if (!(self->closes_in & moment)) return;
  neap_websocket_close(self->socket);
  self->socket = NULL;
}

static void opened(void *context) {
  ear *self = context;
  self->opened++;
  neap_buffer_printf(&self->log, "+\n");
  if (self->says) ear_send(self, self->says);
  leave_in(self, EAR_OPENED);
}

static void message(void *context, const char *text, size_t length) {
  static const char zeros[NEAP_WEBSOCKET_PADDING];
  ear *self = context;
  assert_memory_equal(text + length, zeros, sizeof zeros);
  self->messages++;
  self->bytes = length;
  if (length < LONG)
    neap_buffer_printf(&self->log, "> %s\n", text);
  else
    neap_buffer_printf(&self->log, "> %zu bytes\n", length);
  leave_in(self, EAR_MESSAGE);
}

static void drained(void *context) {
  ear *self = context;
  self->drained++;
  neap_buffer_printf(&self->log, ".\n");
  leave_in(self, EAR_DRAINED);
}

static void ended(void *context, neap_websocket_end how, int close_code, const char *code, const char *words) {
  static const char *const names[] = {"failed", "closed", "broken"};
  ear *self = context;
  self->ended++;
  self->how = how, self->close_code = close_code;
  neap_text_copy(self->code, sizeof self->code, code);
  neap_buffer_printf(&self->log, "- %s %d %s: %s\n", names[how], close_code, code, words);
  leave_in(self, EAR_ENDED);
}

void ear_init(ear *self, neap_loop *loop) {
  *self = (ear){.loop = loop};
  neap_buffer_init(&self->log);
}

void ear_fini(ear *self) {
  neap_websocket_close(self->socket);
  self->socket = NULL;
  neap_buffer_fini(&self->log);
}

void ear_open(ear *self, neap_websocket_options options) {
  const neap_websocket_handlers handlers = {self, opened, message, drained, ended};
  neap_fault fault = {0};
  options.poller = neap_loop_poller(self->loop);
  options.now = neap_loop_now;
  if (!options.connect_ns) options.connect_ns = 60 * NEAP_SECOND;
  if (neap_websocket_open(&options, &handlers, &self->socket, &fault) != NEAP_OK) fail_msg("%s", fault.message);
  assert_int_equal(self->log.size, 0);
}

void ear_turn(ear *self) {
  if (self->others) self->others(self->context);
  int64_t wake = neap_loop_now() + WAIT_NS, next = self->socket ? neap_websocket_next(self->socket) : INT64_MAX;
  neap_loop_turn(self->loop, next < wake ? next : wake);
  if (self->socket) neap_websocket_tick(self->socket);
}

const char *ear_log(ear *self) {
  neap_buffer_append(&self->log, "", 1);
  self->log.size = 0;
  return (const char *)self->log.data;
}

void ear_await(ear *self, const size_t *what, size_t number) {
  for (int i = 0; i < EAR_ROUNDS && *what < number; i++) ear_turn(self);
  if (*what != number) fail_msg("%zu, not %zu; it heard: %s", *what, number, ear_log(self));
}

void ear_send(ear *self, const char *text) {
  assert_int_equal(neap_websocket_send(self->socket, text, strlen(text), NULL), NEAP_OK);
}
