/* SPDX-License-Identifier: MIT */
/* client_time: the venue's clock. A token that is refused may be one of another time: before the fresh one is made, the
 * venue is asked for its own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "broker/coinbase/client_parts.h"

enum { TIME_PATIENCE_S = 5, FRESH_S = 2, CLEARLY_S = 2 };

typedef neap_coinbase_call call;
typedef neap_coinbase_client client;

static bool is_far(int64_t a, int64_t b) { return llabs(a - b) > CLEARLY_S * NEAP_SECOND; }

/* --- what is known ------------------------------------------------------------------------------------------------ */

/* /time is believed for as long as it makes good tokens. */
static void judge_told(call *tried, int status) {
  if (status == 401)
    tried->client->clock.trusts_told = false;
  else if (tried->proves_told && status > 0)
    tried->client->clock.trusts_told = true;
}

void neap_coinbase_note_time(call *tried, const neap_http_answer *answer) {
  neap_coinbase_clock *clock = &tried->client->clock;
  int64_t now = neap_coinbase_client_wall(tried->client);
  if (answer->date) neap_coinbase_clock_date(clock, answer->date, tried->wall, now);
  if (answer->status == 200 && strcmp(tried->question.path, NEAP_COINBASE_TIME_PATH) == 0)
    neap_coinbase_clock_time(clock, answer->body, answer->length, tried->wall, now);
  judge_told(tried, answer->status);
}

/* The fresh token is made by what /time says, where that is another time than the one that was refused. */
int64_t neap_coinbase_skew_for(call *tried) {
  const neap_coinbase_clock *clock = &tried->client->clock;
  tried->proves_told = tried->had_its_token && clock->has_told && is_far(clock->told, tried->skew);
  return tried->proves_told ? clock->told : neap_coinbase_clock_skew(clock);
}

/* --- asking for it ------------------------------------------------------------------------------------------------ */

static void on_time(void *context, const neap_coinbase_reply *reply) {
  client *all = context;
  (void)reply; /* what it says was noted; without it there are the Dates */
  all->is_asking_time = false;
  for (call *at = all->calls; at; at = at->next)
    if (at->step == NEAP_STEP_CLOCKLESS) at->step = NEAP_STEP_WAITING;
}

static bool ask_time(client *all) {
  const neap_coinbase_question question = {.method = "GET",
                                           .path = NEAP_COINBASE_TIME_PATH,
                                           .is_public = true,
                                           .is_urgent = true,
                                           .patience = TIME_PATIENCE_S * NEAP_SECOND};
  call *made;
  if (neap_coinbase_call_new(all, &question, on_time, all, &made, NULL) != NEAP_OK) return false;
  made->is_own = true;
  all->count--; /* nobody asked for it */
  all->asked_time = neap_coinbase_client_now(all);
  return true;
}

void neap_coinbase_await_time(call *tried) {
  client *all = tried->client;
  bool is_fresh =
      all->asked_time != INT64_MIN && neap_coinbase_client_now(all) - all->asked_time < FRESH_S * NEAP_SECOND;
  tried->had_its_token = true;
  if (!all->is_asking_time && !is_fresh) all->is_asking_time = ask_time(all);
  if (all->is_asking_time) tried->step = NEAP_STEP_CLOCKLESS;
}

void neap_coinbase_explain(call *tried) {
  const neap_coinbase_clock *clock = &tried->client->clock;
  int64_t known = clock->has_told ? clock->told : neap_coinbase_clock_skew(clock), off = known - tried->skew;
  if (!is_far(known, tried->skew)) return;
  neap_text_copy(tried->last.code, sizeof tried->last.code, "clock_skew");
  snprintf(tried->last.message, sizeof tried->last.message,
           "the token was made %lld s %s the venue's time: the machine's clock is wrong",
           (long long)(llabs(off) / NEAP_SECOND), off > 0 ? "behind" : "ahead of");
}
