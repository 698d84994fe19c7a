/* SPDX-License-Identifier: MIT */
/* coinbase_feed_support: a feed and the real exchange that it hears, in one thread, by one clock that is moved; who
 * hears the feed keeps books of his own and looks at each trade when it is told. */
#ifndef NEAP_SPEC_COINBASE_FEED_SUPPORT_H
#define NEAP_SPEC_COINBASE_FEED_SUPPORT_H

#include "broker/coinbase/coinbase_feed_parts.h"
#include "market/book.h"
#include "net/signer.h"
#include "server_support.h"
#include "session/loop.h"
#include "venue/exchange_state.h"
#include "venue/market.h"
#include "venue/venue_state.h"

enum { FEED_PRODUCTS = 4, FEED_BARS = 300 };
#define FEED_MS INT64_C(1000000)
#define FEED_MARKET "generated:rate=40"

typedef struct feed_product {
  neap_price_book book;
  bool is_known;         /* since the last snapshot nothing was lost */
  uint64_t before;       /* trades that the venue had when it was first subscribed */
  uint64_t last, trades; /* id of the last; told */
  size_t lost, snapshots, updates, flags_told;
  uint32_t flags;
  char why[48]; /* it was lost the last time */
  bool refuses; /* the next message of its book, whatever it is */
} feed_product;

typedef struct feed_stage {
  const char *market;             /* of every product with a book: "generated:…"; NULL: none but orders */
  const char *ids[FEED_PRODUCTS]; /* up to a NULL */
  bool without_books, without_trades, without_key, with_tls;
  int64_t key_off;     /* ns that the client's clock is off */
  bool last_is_coarse; /* the last product has ten times the price increment of the others */

  neap_clock clock;
  server_identity identity;
  neap_exchange *exchange;
  neap_signer_key *keys[2];
  neap_loop *loop;
  neap_coinbase_client *client;
  neap_coinbase_feed *feed;
  const neap_market_feed *contract;
  char rest[64], stream[64], authorities[64];
  feed_product products[FEED_PRODUCTS];
  size_t product_count, instants, alive, bars_heard, orders;
  neap_candle bars[FEED_BARS];
  size_t bar_count;
  char bars_why[48];
  neap_buffer said; /* a line each */
  uint64_t missed;  /* trades that were not told: as many as the feed says */
  bool is_calm;     /* since the last instant nothing was told */
} feed_stage;

/* With what was set before; then it listens. */
void feed_stage_open(feed_stage *stage);
void feed_stage_close(feed_stage *stage);
void feed_stage_fault(feed_stage *stage, const char *text);
neap_coinbase_feed_counts feed_stage_counts(const feed_stage *stage);
const neap_venue_product *feed_stage_product(const feed_stage *stage, const char *id); /* the venue's own */

void feed_stage_round(feed_stage *stage);            /* both ends, once, as far as it is due; the time stands still */
void feed_stage_pass(feed_stage *stage, int64_t ns); /* time passes, in steps of 50 ms */
void feed_stage_skip(feed_stage *stage, int64_t until); /* to that time of the feed's clock, at once */
/* Until all that is known at the venue is known here: books, and each trade since the first. */
void feed_stage_settle(feed_stage *stage);
bool feed_stage_is_settled(feed_stage *stage);
/* Time passes until it is so many. */
void feed_stage_await(feed_stage *stage, const size_t *what, size_t number);
void feed_stage_await_connections(feed_stage *stage, uint64_t number);

/* Nothing is traded but by orders; from now on what is, is told. Of BTC-USD. */
void feed_stage_open_quiet(feed_stage *stage);
/* Two products with a market each, of which all is known. */
void feed_stage_open_two(feed_stage *stage);
int64_t feed_stage_time(feed_stage *stage); /* the exchange's clock */

/* An order of a trader at the venue, beside the feed. */
void feed_stage_order(feed_stage *stage, const char *product, const char *side, const char *size, const char *price);
void feed_stage_trade(feed_stage *stage, const char *product, size_t times); /* of 0.001 at 50000 */
bool feed_stage_said(const feed_stage *stage, const char *part);

#endif
