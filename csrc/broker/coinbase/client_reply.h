/* SPDX-License-Identifier: MIT */
/* client_reply: what one try came to: the taxonomy, and what may follow. Pure: an answer in, a reply out. */
#ifndef NEAP_BROKER_COINBASE_CLIENT_REPLY_H
#define NEAP_BROKER_COINBASE_CLIENT_REPLY_H

#include "broker/coinbase/client.h"

typedef enum neap_coinbase_verdict {
  NEAP_VERDICT_FINAL,
  NEAP_VERDICT_UNSENT, /* anything may be sent again */
  NEAP_VERDICT_RATE,   /* as that, when the venue lets us */
  NEAP_VERDICT_TOKEN,  /* as that, once, with a fresh token */
  NEAP_VERDICT_DOUBT   /* it may have been done: only what may be done twice is sent again */
} neap_coinbase_verdict;

/* Fills all but `tries` and `took`. The body stays the answer's. `may_be_empty`: an answer without a body is one. */
neap_coinbase_verdict neap_coinbase_reply_read(const neap_http_answer *answer, bool may_be_empty,
                                               neap_coinbase_reply *out);

#endif
