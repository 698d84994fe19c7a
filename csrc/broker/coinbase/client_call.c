/* SPDX-License-Identifier: MIT */
/* client_call: one call, from asking to its end: after each try it ends, or waits for the next. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/splitmix.h"
#include "base/text.h"
#include "broker/coinbase/client_parts.h"

enum { MS = 1000000, FIRST_MS = 100, RATE_MS = 1000, MOST_MS = 5000, PATIENCE_S = 20 };

typedef neap_coinbase_call call;
typedef neap_coinbase_client client;

/* --- the list ----------------------------------------------------------------------------------------------------- */

static void link_call(call *made) {
  client *all = made->client;
  made->previous = all->last_call;
  *(made->previous ? &made->previous->next : &all->calls) = made;
  all->last_call = made;
  all->count += !made->is_own;
}

static void unlink_call(call *old) {
  client *all = old->client;
  *(old->previous ? &old->previous->next : &all->calls) = old->next;
  *(old->next ? &old->next->previous : &all->last_call) = old->previous;
  all->count -= !old->is_own;
}

static void free_texts(call *old) {
  neap_buffer_fini(&old->path);
  neap_buffer_fini(&old->target);
  neap_buffer_fini(&old->body);
  free(old);
}

/* What was sent goes on; its answer is nobody's. */
void neap_coinbase_call_free(call *old) {
  unlink_call(old);
  if (old->sent) {
    neap_recorded_http_forget(old->sent);
    old->client->sent--;
  }
  free_texts(old);
}

static bool copy_texts(call *made, const neap_coinbase_question *question) {
  neap_buffer_init(&made->path);
  neap_buffer_init(&made->target);
  neap_buffer_init(&made->body);
  neap_buffer_append(&made->path, question->path, strlen(question->path) + 1);
  neap_buffer_printf(&made->target, "%s%s%s", question->path, question->query ? "?" : "",
                     question->query ? question->query : "");
  neap_buffer_append(&made->body, question->body ? question->body : "", question->body ? question->length : 0);
  neap_buffer_append(&made->body, "", 1);
  return made->path.status == NEAP_OK && made->target.status == NEAP_OK && made->body.status == NEAP_OK;
}

neap_status neap_coinbase_call_new(client *all, const neap_coinbase_question *question, neap_coinbase_done *done,
                                   void *context, call **out, neap_fault *fault) {
  int64_t now = neap_coinbase_client_now(all),
          patience = question->patience ? question->patience : PATIENCE_S * NEAP_SECOND;
  call *made = calloc(1, sizeof *made);
  if (!made) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a call");
  *made = (call){.client = all, .question = *question, .done = done, .context = context, .due = now};
  made->deadline = patience < INT64_MAX - now ? now + patience : INT64_MAX;
  made->last.body = "";
  if (!copy_texts(made, question)) {
    free_texts(made);
    return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a call");
  }
  neap_text_copy(made->method, sizeof made->method, question->method);
  made->question.method = made->method;
  made->question.path = (const char *)made->path.data;
  made->question.body = question->body ? (const char *)made->body.data : NULL;
  made->id = ++all->last_id;
  link_call(made);
  *out = made;
  return NEAP_OK;
}

/* --- its end ------------------------------------------------------------------------------------------------------ */

void neap_coinbase_call_end(call *old) {
  neap_coinbase_reply told = old->last;
  neap_coinbase_done *done = old->done;
  void *context = old->context;
  told.tries = old->tries;
  told.took = old->tries ? neap_coinbase_client_now(old->client) - old->first : 0;
  if (old->has_left_doubt && told.outcome == NEAP_COINBASE_UNREACHED) told.outcome = NEAP_COINBASE_IN_DOUBT;
  neap_coinbase_call_free(old);
  done(context, &told);
}

/* --- after a try -------------------------------------------------------------------------------------------------- */

static bool may_repeat(const call *tried, neap_coinbase_verdict verdict) {
  if (tried->tries >= tried->client->options.tries) return false;
  switch (verdict) {
  case NEAP_VERDICT_UNSENT:
  case NEAP_VERDICT_RATE:
    return true;
  case NEAP_VERDICT_TOKEN:
    return !tried->had_its_token && !tried->is_own && neap_coinbase_has_key(tried->client);
  case NEAP_VERDICT_DOUBT:
    return tried->question.repeat != NEAP_REPEAT_ORDER;
  default:
    return false;
  }
}

/* From half to all of a time that doubles with each try. */
static int64_t back_off(const call *tried, int64_t first_ms) {
  int64_t whole = first_ms << (tried->tries < 8 ? tried->tries - 1 : 7);
  if (whole > MOST_MS) whole = MOST_MS;
  uint64_t half = (uint64_t)whole * MS / 2;
  return (int64_t)(half + neap_splitmix(&tried->client->chance[tried->question.is_public]) % half);
}

static int64_t later(int64_t a, int64_t b) { return a > b ? a : b; }

/* What the venue asks of one it asks of all that go at the same pace. */
static void set_due(call *tried, const neap_http_answer *answer, neap_coinbase_verdict verdict) {
  int64_t now = neap_coinbase_client_now(tried->client);
  int64_t pause = later(back_off(tried, verdict == NEAP_VERDICT_RATE ? RATE_MS : FIRST_MS), answer->retry_after);
  tried->due = verdict == NEAP_VERDICT_TOKEN ? now : now + neap_coinbase_pace_pause(pause, tried->question.is_urgent);
  if (verdict != NEAP_VERDICT_RATE) return;
  neap_coinbase_pace_close(&tried->client->paces[tried->question.is_public], now, pause);
}

static void wait_again(call *tried, neap_coinbase_verdict verdict) {
  tried->last.body = "";
  tried->last.length = 0;
  tried->step = NEAP_STEP_WAITING;
  if (verdict == NEAP_VERDICT_TOKEN) neap_coinbase_await_time(tried);
}

/* Only what may be an answer to DELETE has nothing in it. */
static bool may_be_empty(const call *tried, const neap_http_answer *answer) {
  return answer->status == 204 || strcmp(tried->question.method, "DELETE") == 0;
}

/* Who is let in, or not: what a proxy says, or nobody, is no word of the venue's on the key. */
static void note_access(const call *tried, int status) {
  neap_coinbase_access *access = &tried->client->access;
  bool is_let_in = status >= 200 && status < 500 && status != 401 && status != 408 && status != 429;
  if (tried->question.is_public || tried->is_own) return;
  if (is_let_in) access->refused = 0;
  if (status != 401) return;
  access->refused++;
  neap_text_copy(access->code, sizeof access->code, tried->last.code);
  neap_text_copy(access->message, sizeof access->message, tried->last.message);
}

void neap_coinbase_call_answered(void *context, const neap_http_answer *answer) {
  call *tried = context;
  client *all = tried->client;
  tried->sent = NULL;
  all->sent--;
  neap_coinbase_verdict verdict = neap_coinbase_reply_read(answer, may_be_empty(tried, answer), &tried->last);
  if (answer->status > 0 && answer->status < 500) all->heard = neap_coinbase_client_now(all);
  neap_coinbase_note_time(tried, answer);
  tried->has_left_doubt |= verdict == NEAP_VERDICT_DOUBT;
  set_due(tried, answer, verdict);
  if (may_repeat(tried, verdict) && neap_coinbase_earliest(tried) < tried->deadline) {
    wait_again(tried, verdict);
  } else {
    if (verdict == NEAP_VERDICT_TOKEN) neap_coinbase_explain(tried);
    note_access(tried, answer->end == NEAP_HTTP_ANSWERED ? answer->status : 0);
    neap_coinbase_call_end(tried);
  }
  neap_coinbase_turn(all);
}
