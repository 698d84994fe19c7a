/* SPDX-License-Identifier: MIT */
/* exchange_errand: requests that wait, before they are handled or with their answers, also when their client has left.
 */
#include <stdlib.h>
#include <string.h>

#include "venue/exchange_state.h"

static neap_exchange_errand *keep(neap_exchange_errand *errand) {
  if (errand->is_kept) return errand;
  neap_exchange_errand *own = calloc(1, sizeof *own);
  if (!own) return NULL;
  *own = *errand;
  neap_buffer_init(&own->asked);
  neap_buffer_init(&own->answered);
  own->is_kept = true;
  own->next = own->exchange->errands;
  if (own->next) own->next->previous = own;
  own->exchange->errands = own;
  if (own->call) neap_server_call_set(own->call, own);
  return own;
}

/* Each text ends with its 0, the body too. */
static void copy_request(neap_exchange_errand *own) {
  neap_server_request *request = &own->request;
  const char **const texts[] = {&request->method, &request->path, &request->query, &request->authorization};
  enum { TEXTS = sizeof texts / sizeof *texts };
  size_t at[TEXTS + 1];
  if (own->asked.size) return;
  for (size_t i = 0; i < TEXTS; i++) {
    at[i] = own->asked.size;
    neap_buffer_append(&own->asked, *texts[i], strlen(*texts[i]) + 1);
  }
  at[TEXTS] = own->asked.size;
  neap_buffer_append(&own->asked, request->body, request->length);
  neap_buffer_append(&own->asked, "", 1);
  if (own->asked.status != NEAP_OK) return;
  for (size_t i = 0; i < TEXTS; i++) *texts[i] = (const char *)own->asked.data + at[i];
  request->body = (const char *)own->asked.data + at[TEXTS];
  request->content_type = request->user_agent = request->sandbox = request->peer = "";
  request->lines = NULL;
}

/* The venue's answer is the next request's by then; the lines were the handler's. */
static void copy_answer(neap_exchange_errand *own) {
  own->left.lines[0].value = own->left.id;
  if (!own->reply.status) return;
  neap_buffer_append(&own->answered, own->reply.body, own->reply.length);
  neap_buffer_append(&own->answered, "", 1);
  own->reply.body = (const char *)own->answered.data;
  own->left.lines[1].value = own->left.limit;
  own->left.lines[2].value = own->left.remaining;
  if (own->reply.lines) own->reply.lines = own->left.lines;
}

static void due(void *context) {
  neap_exchange_errand *errand = context;
  errand->timer = NULL;
  errand->stage(errand);
}

static bool put_off(neap_exchange_errand *own) {
  copy_request(own);
  copy_answer(own);
  if (own->asked.status != NEAP_OK || own->answered.status != NEAP_OK) return false;
  own->timer = neap_server_at(own->exchange->server, own->delay, due, own);
  own->delay = 0;
  return own->timer;
}

void neap_exchange_errand_pass(neap_exchange_errand *errand, void (*stage)(neap_exchange_errand *errand)) {
  if (!errand->delay) {
    stage(errand);
    return;
  }
  neap_exchange_errand *own = keep(errand);
  if (own) own->stage = stage;
  if (own && put_off(own)) return;
  if (!own) own = errand;
  if (own->call) neap_server_drop(own->call, NEAP_SERVER_RESET);
  own->call = NULL;
  neap_exchange_errand_end(own);
}

/* A call that has no answer yet stays without one. */
void neap_exchange_errand_end(neap_exchange_errand *errand) {
  if (errand->call) neap_server_call_set(errand->call, NULL);
  if (!errand->is_kept) return;
  if (errand->timer) neap_server_cancel(errand->timer);
  if (errand->next) errand->next->previous = errand->previous;
  if (errand->previous)
    errand->previous->next = errand->next;
  else
    errand->exchange->errands = errand->next;
  neap_buffer_fini(&errand->asked);
  neap_buffer_fini(&errand->answered);
  free(errand);
}

/* With the server, whose timers they are. */
void neap_exchange_end_errands(neap_exchange *exchange) {
  while (exchange->errands) {
    exchange->errands->timer = NULL;
    exchange->errands->call = NULL;
    neap_exchange_errand_end(exchange->errands);
  }
}

void neap_exchange_on_gone(void *self, neap_server_call *call) {
  neap_exchange_errand *errand = neap_server_call_get(call);
  (void)self;
  if (errand) errand->call = NULL;
}
