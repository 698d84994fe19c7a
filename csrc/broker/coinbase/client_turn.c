/* SPDX-License-Identifier: MIT */
/* client_turn: whose turn it is: what is urgent first, then in the order of asking, as the pace and http's connections
 * let it. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "broker/coinbase/client_parts.h"

typedef neap_coinbase_call call;
typedef neap_coinbase_client client;

static int64_t later(int64_t a, int64_t b) { return a > b ? a : b; }
static int64_t earlier(int64_t a, int64_t b) { return a < b ? a : b; }

static const neap_coinbase_pace *pace_of(const call *waiting) {
  return &waiting->client->paces[waiting->question.is_public];
}

int64_t neap_coinbase_earliest(const call *waiting) {
  return later(waiting->due, neap_coinbase_pace_next(pace_of(waiting), waiting->question.is_urgent));
}

static bool has_room(const call *waiting) {
  size_t kept = waiting->question.is_urgent ? 0 : NEAP_COINBASE_URGENT_ONLY;
  return waiting->client->sent + kept < NEAP_COINBASE_CONNECTIONS;
}

/* --- sending ------------------------------------------------------------------------------------------------------ */

static bool is_hopeless(const call *waiting, int64_t now) {
  return waiting->deadline <= now ||
         (waiting->step == NEAP_STEP_WAITING && neap_coinbase_earliest(waiting) > waiting->deadline);
}

static bool may_leave(const call *waiting, int64_t now) {
  return waiting->step == NEAP_STEP_WAITING && neap_coinbase_earliest(waiting) <= now && has_room(waiting) &&
         !is_hopeless(waiting, now);
}

static call *pick(const client *all, int64_t now) {
  call *first = NULL;
  for (call *at = all->calls; at; at = at->next) {
    if (!may_leave(at, now)) continue;
    if (at->question.is_urgent) return at;
    if (!first) first = at;
  }
  return first;
}

/* It ends at the next tick: nobody is told from within asking. */
static void doom(call *waiting, const char *code, const neap_fault *fault) {
  waiting->last = (neap_coinbase_reply){.outcome = NEAP_COINBASE_UNREACHED, .body = ""};
  neap_text_copy(waiting->last.code, sizeof waiting->last.code, code);
  neap_text_copy(waiting->last.message, sizeof waiting->last.message, fault->message);
  waiting->deadline = INT64_MIN;
}

static void note_sent(call *waiting, int64_t now) {
  if (!waiting->tries++) waiting->first = now;
  waiting->step = NEAP_STEP_SENT;
  waiting->client->sent++;
  neap_coinbase_pace_take(&waiting->client->paces[waiting->question.is_public], now);
}

/* What may be sent again is not waited for to the end. */
static int64_t time_for(const call *waiting, int64_t now) {
  int64_t left = waiting->deadline - now;
  bool is_last = waiting->question.repeat == NEAP_REPEAT_ORDER || waiting->tries + 1 >= waiting->client->options.tries;
  return is_last ? left : left / 2 + 1; /* 0 would be http's own limit */
}

static void send_one(call *waiting, int64_t now) {
  neap_fault fault = {0};
  neap_coinbase_signature signature;
  neap_status status = neap_coinbase_sign(waiting, &signature, &fault);
  if (status != NEAP_OK) {
    doom(waiting, "auth", &fault);
  } else {
    const neap_http_request request = {.method = waiting->question.method,
                                       .path = (const char *)waiting->target.data,
                                       .authorization = (const char *)signature.authorization.data,
                                       .lines = signature.all,
                                       .body = waiting->question.body,
                                       .length = waiting->question.length,
                                       .request_ns = time_for(waiting, now)};
    status = neap_recorded_http_ask(waiting->client->http, &request, neap_coinbase_call_answered, waiting,
                                    &waiting->sent, &fault);
    if (status == NEAP_OK)
      note_sent(waiting, now);
    else
      doom(waiting, "unreachable", &fault);
  }
  neap_coinbase_signature_fini(&signature);
}

void neap_coinbase_turn(client *all) {
  if (all->is_closing) return;
  int64_t now = neap_coinbase_client_now(all);
  for (call *next = pick(all, now); next; next = pick(all, now)) send_one(next, now);
}

/* --- waiting in vain ---------------------------------------------------------------------------------------------- */

static void say_why(call *waiting) {
  neap_coinbase_reply *last = &waiting->last;
  const neap_coinbase_pace *pace = pace_of(waiting);
  bool is_pace = neap_coinbase_pace_next(pace, waiting->question.is_urgent) > neap_coinbase_client_now(waiting->client);
  last->outcome = NEAP_COINBASE_UNREACHED;
  neap_text_copy(last->code, sizeof last->code, is_pace ? "rate_limited" : "timeout");
  if (is_pace)
    snprintf(last->message, sizeof last->message, "its turn does not come in time: %u a second may be asked",
             pace->rate);
  else
    snprintf(last->message, sizeof last->message, "was not sent in time: %zu others are under way",
             waiting->client->sent);
}

static void give_up(call *waiting) {
  if (!*waiting->last.code) say_why(waiting);
  neap_coinbase_call_end(waiting);
}

/* What is told may ask again: of those that were there, one after the other. */
void neap_coinbase_expire(client *all) {
  uint64_t newest = all->last_id;
  int64_t now = neap_coinbase_client_now(all);
  for (call *at = all->calls; at && at->id <= newest;) {
    bool is_over = at->step != NEAP_STEP_SENT && is_hopeless(at, now);
    uint64_t passed = at->id;
    if (is_over) give_up(at);
    for (at = is_over ? all->calls : at->next; at && at->id <= passed;) at = at->next;
  }
}

void neap_coinbase_end_all(client *all) {
  while (all->calls) {
    call *at = all->calls;
    const neap_fault closed = {.message = "the client was closed"};
    if (!*at->last.code) doom(at, "unreachable", &closed);
    neap_coinbase_call_end(at);
  }
}

static int64_t next_of(const call *waiting) {
  if (waiting->step == NEAP_STEP_SENT) return INT64_MAX;
  if (waiting->step == NEAP_STEP_CLOCKLESS) return waiting->deadline;
  if (is_hopeless(waiting, INT64_MIN)) return INT64_MIN;
  return has_room(waiting) ? earlier(neap_coinbase_earliest(waiting), waiting->deadline) : waiting->deadline;
}

int64_t neap_coinbase_next_turn(const client *all) {
  int64_t next = INT64_MAX;
  for (const call *at = all->calls; at; at = at->next) next = earlier(next, next_of(at));
  return next;
}
