/* SPDX-License-Identifier: MIT */
/* frames: what the venue's stream says, decoded into figures: one frame of text in, its events told one by one. The
 * parsing is net/json_frames (simdjson); this gives it meaning. Unknown channels, members and words are passed over
 * and counted. No connection, no state but the parser's memory. */
#ifndef NEAP_BROKER_COINBASE_FRAMES_H
#define NEAP_BROKER_COINBASE_FRAMES_H

#include "account/order.h"
#include "broker/coinbase/order_map.h"
#include "market/recording.h"

enum { NEAP_FRAMES_PADDING = 64 }; /* readable bytes behind a frame's text; behind JSON they mean nothing */

typedef enum neap_frame_channel {
  NEAP_CHANNEL_UNKNOWN,
  NEAP_CHANNEL_LEVEL2, /* "l2_data" */
  NEAP_CHANNEL_TRADES, /* "market_trades" */
  NEAP_CHANNEL_TICKER, /* "ticker", "ticker_batch" */
  NEAP_CHANNEL_CANDLES,
  NEAP_CHANNEL_HEARTBEATS,
  NEAP_CHANNEL_STATUS,
  NEAP_CHANNEL_USER,
  NEAP_CHANNEL_BALANCE, /* "futures_balance_summary": nothing of it is told but the envelope */
  NEAP_CHANNEL_SUBSCRIPTIONS,
  NEAP_CHANNEL_ERROR /* {"type":"error","message":…}: no sequence */
} neap_frame_channel;

typedef struct neap_frame {
  neap_frame_channel channel;
  bool has_sequence;
  uint64_t sequence;
  int64_t time;      /* of the envelope, ns; 0: none */
  char message[160]; /* ERROR only; as much of it as fits */
} neap_frame;

/* The product ids that a stream is about, and the increments of their books. What frames say of others is passed over
 * and counted. What is finer than the increments: a price makes the message unusable ("price_increment"), a size is
 * cut and counted. */
typedef struct neap_frame_product {
  const char *id; /* as it stands in market data: of BTC-USDC that is BTC-USD */
  neap_decimal price_increment, size_increment;
} neap_frame_product;

typedef struct neap_frame_ticker {
  uint32_t product;
  neap_decimal price, best_bid, best_ask, bid_size, ask_size; /* zero: not said */
} neap_frame_ticker;

/* An order as the user channel has it; its figures are cumulative. */
typedef struct neap_user_order {
  char order_id[NEAP_COINBASE_ID], client_id[NEAP_COINBASE_ID], product_id[40]; /* as it was submitted: any product */
  unsigned known;                                                               /* NEAP_KNOWS_SIDE, NEAP_KNOWS_STATUS */
  neap_side side;
  neap_order_status status; /* as neap_coinbase_status reads it */
  char venue_status[24];    /* the venue's word */
  neap_decimal filled, average, value, fees, leaves, limit, stop;
  uint64_t fills;                    /* number_of_fills */
  int64_t created;                   /* ns; 0: not said */
  char reason[NEAP_COINBASE_REASON]; /* why it was rejected, else why it was cancelled; the venue's words */
} neap_user_order;

/* NULL members are not told of. `begins` comes first, with the envelope; false: the rest of the frame is not wanted.
 * Pointers are valid within the call. */
typedef struct neap_frame_listener {
  void *context;
  bool (*begins)(void *context, const neap_frame *frame);
  /* Of one event, dated by the envelope; no sequence. */
  void (*book)(void *context, uint32_t product, const neap_book_message *message, bool is_snapshot);
  void (*trade)(void *context, uint32_t product, const neap_market_trade *trade, uint64_t trade_id,
                bool is_snapshot); /* oldest first */
  void (*ticker)(void *context, const neap_frame_ticker *ticker);
  void (*heartbeat)(void *context, uint64_t counter);
  void (*candle)(void *context, uint32_t product, int64_t start,
                 const neap_decimal ohlcv[5]); /* of 5 minutes; start: ns */
  void (*status)(void *context, uint32_t product, const char *status);
  void (*order)(void *context, const neap_user_order *order, bool is_snapshot);
  /* Of one user event: a snapshot ends with one of fewer than 50. */
  void (*orders_end)(void *context, bool is_snapshot, size_t count);
  void (*subscribed)(void *context, const char *channel, const char *product_id);
  /* What of a known channel cannot be used: a message of the book of this product, which is then in doubt, or
   * (UINT32_MAX) one item of anything, which is passed over. */
  void (*unusable)(void *context, uint32_t product, const neap_fault *why);
} neap_frame_listener;

typedef struct neap_frames neap_frames;

/* Copies the products. NEAP_INVALID "increment" (not over zero), "no_product" (an empty id); NEAP_MEMORY. */
neap_status neap_frames_new(const neap_frame_product *products, uint32_t count, neap_frames **out, neap_fault *fault);
void neap_frames_free(neap_frames *frames);

/* `text` has NEAP_FRAMES_PADDING readable bytes behind it. NEAP_INVALID "bad_frame": no JSON object with a channel;
 * what came before the bad place was told. NEAP_MEMORY. Not from within a listener of the same frames. */
neap_status neap_frames_read(neap_frames *frames, const char *text, size_t length, const neap_frame_listener *listener,
                             neap_fault *fault);

typedef struct neap_frames_counts {
  uint64_t frames, unknown_channels, other_products, cut_sizes, unusable;
} neap_frames_counts;
void neap_frames_counts_get(const neap_frames *frames, neap_frames_counts *out);

#endif
