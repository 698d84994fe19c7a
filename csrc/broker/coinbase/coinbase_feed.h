/* SPDX-License-Identifier: MIT */
/* coinbase_feed: the venue's market data as market/market_feed wants it: subscribes in time, counts the sequence of its
 * connection, keeps the heartbeats' deadline, asks for fresh snapshots, fetches the trades that it missed, connects
 * again without end.
 *
 * Every message of a book is told, for each is needed. `instant` is told once when all that had come is told, however
 * much that was: who acts on instants alone acts on the newest state, and a market that is faster than he is costs him
 * none of it. A burst without end has an instant every 100 ms.
 *
 * Times of what is told are the venue's; deadlines are of `now`. REST answers come through the client, which the caller
 * ticks; without its products answer, which has the aliases, nothing is subscribed. */
#ifndef NEAP_BROKER_COINBASE_COINBASE_FEED_H
#define NEAP_BROKER_COINBASE_COINBASE_FEED_H

#include "broker/coinbase/client.h"
#include "market/market_feed.h"

typedef struct neap_coinbase_feed neap_coinbase_feed;

typedef struct neap_coinbase_feed_product {
  const char *id; /* as the session trades it: BTC-USDC is told what the venue tells of BTC-USD */
  neap_decimal price_increment, size_increment; /* of its book; the same for products that share one */
} neap_coinbase_feed_product;

typedef struct neap_coinbase_feed_options {
  neap_coinbase_client *client; /* outlives the feed. Bars, product states, missed trades; tokens where it has a key */
  const char *stream;           /* "wss://advanced-trade-ws.coinbase.com", or a local exchange's "ws" */
  const char *authorities;      /* PEM file; NULL: the system's */
  const neap_coinbase_feed_product *products;
  uint32_t product_count;
  bool books, trades; /* what is subscribed beside heartbeats and status */
  const neap_poller *poller;
  int64_t (*now)(void); /* monotonic ns */
  int64_t heartbeat_ns; /* without a frame for so long it is silent; 0: 5 s. Three times as long while a book comes */
  uint64_t seed;        /* of the jitter */
  neap_inputs *inputs;  /* as the client has them */
} neap_coinbase_feed_options;

/* NEAP_INVALID "bad_product" (an id or an increment), "no_products"; NEAP_MEMORY. Connects to nothing before it is
 * listened to. */
neap_status neap_coinbase_feed_open(const neap_coinbase_feed_options *options, neap_coinbase_feed **out,
                                    neap_fault *fault);
void neap_coinbase_feed_close(neap_coinbase_feed *feed); /* not from within what it tells; NULL is accepted */

/* Good until it is closed. `listen`: NEAP_EXISTS "heard", once is enough; what neap_coinbase_ask says. `ask_bars`:
 * NEAP_INVALID "bad_frame" (nearest: one that the venue has), "bad_range": from 1 to 300 bars of that frame. */
const neap_market_feed *neap_coinbase_feed_contract(neap_coinbase_feed *feed);

typedef struct neap_coinbase_feed_counts {
  uint64_t connections, frames; /* opened; of the venue, also those that are passed over */
  uint64_t gaps, silences;      /* in the sequence; of the connection */
  uint64_t snapshots, unusable; /* of books; messages, also what was refused by who hears it */
  uint64_t fetched;             /* trades that came late, by REST */
  uint64_t missed;              /* trades that the venue had no more */
} neap_coinbase_feed_counts;
/* When something last came, monotonic ns; 0: never. */
int64_t neap_coinbase_feed_heard(const neap_coinbase_feed *feed);
void neap_coinbase_feed_counts_get(const neap_coinbase_feed *feed, neap_coinbase_feed_counts *out);

#endif
