/* SPDX-License-Identifier: MIT */
/* exchange_support: a real exchange on a simulated clock, and real clients of it, in one thread; nothing waits. */
#ifndef NEAP_SPEC_EXCHANGE_SUPPORT_H
#define NEAP_SPEC_EXCHANGE_SUPPORT_H

#include "server_support.h"
#include "venue/exchange_state.h"
#include "venue/orders.h"

enum { EXCHANGE_KEYS = 2 };
#define MILLISECOND INT64_C(1000000)
#define ORDERS "/api/v3/brokerage/orders"

typedef struct exchange_stage {
  server_stage net; /* of which its clients are: the exchange's server and clock */
  neap_exchange *exchange;
  neap_signer_key *keys[EXCHANGE_KEYS]; /* 1 and 2 at the venue, each with 1000000 USD and 10 BTC */
  server_client client;
  uint64_t requests;
} exchange_stage;

void exchange_stage_open(exchange_stage *stage, const char *key_directory /* or NULL */);
void exchange_stage_close(exchange_stage *stage);
uint32_t exchange_stage_fault(exchange_stage *stage, const char *text); /* its id */
void exchange_stage_turn(exchange_stage *stage);                        /* until nothing is under way any more */
void exchange_stage_pass(exchange_stage *stage, int64_t ns);            /* time passes, and what is due happens */
void exchange_stage_reconnect(exchange_stage *stage);                   /* its client, with a new connection */

/* Sends a request that a key (1, 2; 0: none) signed; no answer is awaited. */
void exchange_stage_say(exchange_stage *stage, uint32_t key, const char *method, const char *path, const char *body);
/* The same, and its whole answer from the status line on: valid until the next. */
const char *exchange_stage_ask(exchange_stage *stage, uint32_t key, const char *method, const char *path,
                               const char *body);
/* Asks for a limit order of BTC-USD and awaits nothing. */
void exchange_stage_order(exchange_stage *stage, uint32_t key, const char *side, const char *size, const char *price);
const neap_venue_order *exchange_stage_last(const exchange_stage *stage); /* order; NULL: none was made */
size_t exchange_stage_orders(const exchange_stage *stage);                /* that were made */
bool exchange_stage_is_quiet(exchange_stage *stage); /* nothing more came to its client, who is still connected */

#endif
