/* SPDX-License-Identifier: MIT */
/* broker_access: a key that is revoked while it is used. One refusal, with a fresh token behind it, is asked about at
 * once; at the second in a row the session is told, and the key is asked about until it is let in again. */
#include <stdio.h>

#include "broker/coinbase/broker_parts.h"

enum { REFUSALS = 2 };

static void tell(neap_coinbase_broker *broker, bool is_open, const char *why) {
  char key[16];
  broker_news news = {.kind = BROKER_ACCESS, .access = {.is_open = is_open}};
  neap_coinbase_client_key_words(broker->options.client, key);
  snprintf(news.access.message, sizeof news.access.message, "the venue %s the key %s%s%s",
           is_open ? "lets in again" : "does not let in", key, *why ? ": " : "", why);
  broker->is_shut_out = !is_open;
  broker_push(broker, &news);
}

/* Whatever waited longer each time is tried now. */
static void hurry(neap_coinbase_broker *broker) {
  int64_t now = broker_now(broker);
  for (size_t i = 0; i < BROKER_JOBS; i++) {
    broker->jobs[i].failures = 0;
    if (broker->jobs[i].due != INT64_MAX) broker_want(broker, (broker_job_kind)i, now);
  }
  for (broker_order *order = broker->working; order; order = order->next) {
    order->unreached = order->wishes = 0;
    if (order->send_due > now) order->send_due = now;
    if (order->wish_due > now) order->wish_due = now;
  }
  broker->stream.failures = 0;
  if (broker->stream.retry_at > now) broker->stream.retry_at = now;
  broker_want(broker, BROKER_ACCOUNTS, now);
}

void broker_access_due(neap_coinbase_broker *broker) {
  const neap_coinbase_access *access = neap_coinbase_client_access(broker->options.client);
  const broker_job *key = &broker->jobs[BROKER_KEY];
  if (!broker->begun) return; /* before that a refusal is the end */
  if (access->refused == 0 && broker->is_shut_out) {
    tell(broker, true, "");
    hurry(broker);
  } else if (access->refused >= REFUSALS && !broker->is_shut_out) {
    tell(broker, false, access->message);
  }
  if (access->refused && !key->runs && key->due == INT64_MAX) broker_want(broker, BROKER_KEY, broker_now(broker));
}
