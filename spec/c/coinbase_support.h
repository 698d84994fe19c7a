/* SPDX-License-Identifier: MIT */
/* coinbase_support: the broker of Coinbase against a real exchange, both in one thread on one simulated clock, with a
 * receiver that keeps books as broker/broker.h wants it and compares them with the venue's own. */
#ifndef NEAP_SPEC_COINBASE_SUPPORT_H
#define NEAP_SPEC_COINBASE_SUPPORT_H

#include "broker/coinbase/coinbase_broker.h"
#include "decimals.h"
#include "exchange_support.h"
#include "session/loop.h"

enum { BROKER_ORDERS = 512, BROKER_FOREIGNERS = 256 };
#define BROKER_STAGE_STEP (2 * MILLISECOND)

typedef struct kept_order {
  neap_order order;
  bool is_exit; /* sent again when it is lost */
  unsigned accepted, fills, repeated, doubts, losses, refused_moves, cancels_refused;
  bool last;
  char code[48];
} kept_order;

typedef struct broker_stage {
  exchange_stage exchange;
  neap_loop *loop;
  neap_signer_key *key; /* the first, with its name */
  neap_coinbase_client *client;
  neap_coinbase_broker *broker;
  const neap_broker *contract;
  neap_product product;
  bool has_stream, waits; /* waits: the session has not begun */
  char base[64], stream[64];
  kept_order kept[BROKER_ORDERS];
  size_t count, foreign_count, view_count, rates_count, preview_count, access_count;
  bool is_shut_out;
  char access[240]; /* what it was told of it last */
  neap_foreign_fill foreign[BROKER_FOREIGNERS];
  neap_account_view view;
  bool settled;
  neap_report preview;
  neap_decimal maker, taker;
  int64_t since;
  int64_t last_fill; /* time of the newest that was told: fills of a product come in their order */
  uint64_t dice;
  uint32_t fault_ids[8];
  size_t faults;
} broker_stage;

/* Opens an exchange without a market, and a broker that is ready. The second key is the other side of every trade. */
void broker_stage_open(broker_stage *stage, bool with_stream);
void broker_stage_close(broker_stage *stage);   /* the venue's books agree with those of the receiver, or it fails */
void broker_stage_begin(broker_stage *stage);   /* another process: a broker that knows nothing */
void broker_stage_connect(broker_stage *stage); /* the same, until it is ready */
void broker_stage_die(broker_stage *stage);     /* the process ends in the middle */
void broker_stage_restore(broker_stage *stage); /* gives back what works, as a session does */

void broker_stage_turn(broker_stage *stage);             /* a round of everybody, in a millisecond */
void broker_stage_pass(broker_stage *stage, int64_t ns); /* rounds, until so much time has passed */
void broker_stage_await(broker_stage *stage, bool (*is_so)(const broker_stage *stage));
void broker_stage_rest(broker_stage *stage); /* until nothing of any order is open to question */

/* Asks for a limit order of BTC-USD, or (limit NULL) at the market; by quantity. */
kept_order *broker_stage_buy(broker_stage *stage, const char *quantity, const char *limit);
kept_order *broker_stage_sell(broker_stage *stage, const char *quantity, const char *limit);
kept_order *broker_stage_spend(broker_stage *stage, const char *notional);
kept_order *broker_stage_send(broker_stage *stage, neap_ticket *ticket);
void broker_stage_cancel(broker_stage *stage, kept_order *kept);
neap_status broker_stage_resize(broker_stage *stage, kept_order *kept, const char *quantity);
/* The other side. */
void broker_stage_other(broker_stage *stage, const char *side, const char *size, const char *price);

neap_venue_options *broker_stage_venue(broker_stage *stage); /* may be changed while it runs */
const neap_venue_order *broker_stage_theirs(const broker_stage *stage, const kept_order *kept); /* NULL: never came */
bool broker_stage_is_over(const kept_order *kept);
/* Compares every order, fill by fill and cent by cent. */
void broker_stage_compare(const broker_stage *stage);

#endif
