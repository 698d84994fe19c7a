/* SPDX-License-Identifier: MIT */
/* coinbase_broker: orders at Coinbase as broker/broker.h wants them: sent, asked about, cancelled; what the user stream
 * and the fills endpoint say merged into reports, each fill once and in order. */
#ifndef NEAP_BROKER_COINBASE_COINBASE_BROKER_H
#define NEAP_BROKER_COINBASE_COINBASE_BROKER_H

#include "base/pace.h"
#include "broker/broker.h"
#include "broker/coinbase/client.h"

typedef struct neap_coinbase_broker neap_coinbase_broker;

typedef struct neap_coinbase_broker_options {
  neap_coinbase_client *client; /* outlive the broker */
  const neap_product *products;
  uint32_t product_count; /* copied */
  const char *stream;     /* wss URL of the user channel; NULL: REST alone (polling) */
  const char *authorities;
  const neap_poller *poller;
  int64_t (*now)(void); /* monotonic ns */
  int64_t (*wall)(void);
  neap_pace pace;        /* of the venue's time, where it is not the machine's; speed 0: it is */
  int64_t since;         /* orders and fills from here on are looked at when it begins, ns since 1970 */
  int64_t grace;         /* how long after the last byte an order may still turn up: 0: 10 s */
  int64_t poll;          /* of orders and fills while the stream is up; 0: 30 s. Down: every 2 s */
  int64_t account_every; /* looks at the account; 0: 45 s */
  uint64_t seed;
  neap_inputs *inputs; /* as the client has them */
} neap_coinbase_broker_options;

/* Begins to look: open orders, all orders and fills since `since`, balances, fees. */
neap_status neap_coinbase_broker_open(const neap_coinbase_broker_options *options, neap_coinbase_broker **out,
                                      neap_fault *fault);
void neap_coinbase_broker_close(neap_coinbase_broker *broker);
/* NEAP_OK: it knows the account, and the session may begin; NEAP_END: not yet, and what failed last, if anything did;
 * else why it cannot. */
neap_status neap_coinbase_broker_ready(const neap_coinbase_broker *broker, neap_fault *fault);
/* The contract; `sink` may be set later than open and before the session begins. */
const neap_broker *neap_coinbase_broker_contract(neap_coinbase_broker *broker);
void neap_coinbase_broker_set_sink(neap_coinbase_broker *broker, const neap_broker_sink *sink);
int64_t neap_coinbase_broker_next(const neap_coinbase_broker *broker); /* monotonic ns */
void neap_coinbase_broker_tick(neap_coinbase_broker *broker);
int64_t neap_coinbase_broker_heard(const neap_coinbase_broker *broker); /* of its stream, monotonic ns; 0: never */
const neap_account_view *neap_coinbase_broker_account(const neap_coinbase_broker *broker); /* newest; NULL: none yet */

#endif
