/* SPDX-License-Identifier: MIT */
#include "net/webhook.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "net/http.h"
#include "net/waiter.h"

enum { REQUEST_S = 5, ANSWER_BYTES = 1 << 16, MS = 1000000 };

typedef enum slot_state { FREE, UNDER_WAY, ENDED } slot_state;

typedef struct slot {
  slot_state state;
  uint64_t order; /* of ending */
  neap_webhook *webhook;
  neap_webhook_result result;
} slot;

struct neap_webhook {
  neap_waiter *waiter;
  neap_http *http;
  char *path, *authorization;
  int64_t (*now)(void);
  uint64_t ended;
  bool is_closing;
  slot slots[NEAP_WEBHOOK_AT_ONCE];
};

static void on_answer(void *context, const neap_http_answer *answer) {
  slot *held = context;
  if (held->webhook->is_closing) return;
  held->state = ENDED;
  held->order = held->webhook->ended++;
  held->result.status = answer->end == NEAP_HTTP_ANSWERED ? answer->status : 0;
  held->result.retry_after = answer->end == NEAP_HTTP_ANSWERED ? answer->retry_after : 0;
  neap_text_copy(held->result.code, sizeof held->result.code, answer->code);
  neap_text_copy(held->result.message, sizeof held->result.message, answer->message);
}

static neap_status open_parts(neap_webhook *webhook, const neap_webhook_options *options, neap_fault *fault) {
  neap_status status = neap_waiter_open(&webhook->waiter, fault);
  if (status != NEAP_OK) return status;
  webhook->path = strdup(options->path);
  webhook->authorization = options->authorization ? strdup(options->authorization) : NULL;
  if (!webhook->path || (options->authorization && !webhook->authorization))
    return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a webhook");
  const neap_http_options http = {.base = options->base,
                                  .authorities = options->authorities,
                                  .user_agent = "neap/" NEAP_VERSION,
                                  .poller = neap_waiter_poller(webhook->waiter),
                                  .now = options->now,
                                  .connect_ns = options->request_ns,
                                  .request_ns = options->request_ns ? options->request_ns : REQUEST_S * NEAP_SECOND,
                                  .answer_bytes = ANSWER_BYTES,
                                  .connections = NEAP_WEBHOOK_AT_ONCE};
  return neap_http_open(&http, &webhook->http, fault);
}

neap_status neap_webhook_open(const neap_webhook_options *options, neap_webhook **out, neap_fault *fault) {
  neap_webhook *webhook = calloc(1, sizeof *webhook);
  *out = NULL;
  if (!webhook) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a webhook");
  webhook->now = options->now;
  for (size_t i = 0; i < NEAP_WEBHOOK_AT_ONCE; i++) webhook->slots[i].webhook = webhook;
  neap_status status = open_parts(webhook, options, fault);
  if (status == NEAP_OK)
    *out = webhook;
  else
    neap_webhook_close(webhook);
  return status;
}

void neap_webhook_close(neap_webhook *webhook) {
  if (!webhook) return;
  webhook->is_closing = true;
  neap_http_close(webhook->http);
  neap_waiter_close(webhook->waiter);
  free(webhook->path);
  free(webhook->authorization);
  free(webhook);
}

static slot *find_free(neap_webhook *webhook) {
  for (size_t i = 0; i < NEAP_WEBHOOK_AT_ONCE; i++)
    if (webhook->slots[i].state == FREE) return &webhook->slots[i];
  return NULL;
}

neap_status neap_webhook_post(neap_webhook *webhook, uint64_t id, const char *body, size_t length, neap_fault *fault) {
  slot *held = find_free(webhook);
  const neap_http_request request = {
      .method = "POST", .path = webhook->path, .authorization = webhook->authorization, .body = body, .length = length};
  if (!held) return neap_fail(fault, NEAP_RANGE, "busy", "%d posts are under way", NEAP_WEBHOOK_AT_ONCE);
  neap_status status = neap_http_ask(webhook->http, &request, on_answer, held, NULL, fault);
  if (status != NEAP_OK) return status;
  held->state = UNDER_WAY;
  held->result = (neap_webhook_result){.id = id};
  return NEAP_OK;
}

static bool has_ended(const neap_webhook *webhook) {
  for (size_t i = 0; i < NEAP_WEBHOOK_AT_ONCE; i++)
    if (webhook->slots[i].state == ENDED) return true;
  return false;
}

/* Until curl's own timer, and no longer than `ms`. */
static int patience(const neap_webhook *webhook, int ms) {
  int64_t due = neap_http_next(webhook->http), now = webhook->now();
  if (has_ended(webhook) || due <= now) return 0;
  return due - now < (int64_t)ms * MS ? (int)((due - now) / MS + 1) : ms;
}

void neap_webhook_turn(neap_webhook *webhook, int ms) {
  neap_http_tick(webhook->http);
  neap_waiter_turn(webhook->waiter, patience(webhook, ms));
  neap_http_tick(webhook->http);
}

bool neap_webhook_next(neap_webhook *webhook, neap_webhook_result *out) {
  slot *oldest = NULL;
  for (size_t i = 0; i < NEAP_WEBHOOK_AT_ONCE; i++) {
    slot *held = &webhook->slots[i];
    if (held->state == ENDED && (!oldest || held->order < oldest->order)) oldest = held;
  }
  if (!oldest) return false;
  *out = oldest->result;
  oldest->state = FREE;
  return true;
}

int neap_webhook_file(const neap_webhook *webhook) { return neap_waiter_file(webhook->waiter); }
int64_t neap_webhook_due(const neap_webhook *webhook) { return neap_http_next(webhook->http); }
