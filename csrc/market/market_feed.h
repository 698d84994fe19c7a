/* SPDX-License-Identifier: MIT */
/* market_feed: the contract of what tells of a market as it happens: books, trades, what may be traded. Implemented by
 * broker/coinbase, heard by session/wire. One thread; the listener is called from within the poller and `tick`. */
#ifndef NEAP_MARKET_MARKET_FEED_H
#define NEAP_MARKET_MARKET_FEED_H

#include "market/candle.h"
#include "market/recording.h"

enum neap_trading_flag { /* what a venue says of a product; 0: all is open */
                         NEAP_TRADING_CANCEL_ONLY = 1 << 0,
                         NEAP_TRADING_LIMIT_ONLY = 1 << 1,
                         NEAP_TRADING_POST_ONLY = 1 << 2,
                         NEAP_TRADING_AUCTION = 1 << 3,
                         NEAP_TRADING_DISABLED = 1 << 4, /* nothing: also delisted, view only */
};

typedef struct neap_market_listener {
  void *context;
  /* In the increments that the feed was opened with. Times are the venue's. After `lost` the first message is a
   * snapshot. */
  void (*book)(void *context, uint32_t product, const neap_book_message *message, bool is_snapshot);
  void (*trade)(void *context, uint32_t product, const neap_market_trade *trade,
                uint64_t trade_id); /* each once, in order */
  /* All that had come is told: the strategies may hear of the newest state. */
  void (*instant)(void *context);
  /* With each heartbeat of a whole connection: what was told last of every product that is not lost still holds,
   * however quiet it is. */
  void (*alive)(void *context);
  /* Nothing of this product is known any more, until its next snapshot: "gap", "silent", "disconnected"; the code of a
   * message that could not be used; what it was refused for. */
  void (*lost)(void *context, uint32_t product, const char *why);
  void (*trading)(void *context, uint32_t product,
                  uint32_t flags); /* neap_trading_flag: at the start, and at changes */
  /* The answer to an `ask_bars`, with what was asked: closed bars, oldest first; `why` not NULL: it failed for now. */
  void (*bars)(void *context, uint32_t product, int64_t frame, int64_t from, int64_t to, const neap_candle *bars,
               size_t count, const char *why);
  void (*said)(void *context, const char *level, const char *line); /* connections, gaps, reconnects: for the log */
} neap_market_listener;

typedef struct neap_market_feed {
  void *self;
  neap_status (*listen)(void *self, const neap_market_listener *listener, neap_fault *fault); /* begins; copied */
  /* Closed bars of [from, to): at most 300 a call. */
  neap_status (*ask_bars)(void *self, uint32_t product, int64_t frame, int64_t from, int64_t to, neap_fault *fault);
  int64_t (*next)(void *self); /* monotonic ns: when `tick` is due */
  void (*tick)(void *self);
  /* Whoever hears cannot use the book that was told: it is lost for that reason, and asked for anew. Also from within
   * `book`; `lost` is told later. */
  void (*refuse)(void *self, uint32_t product, const char *why);
  void (*stop)(void *self); /* nothing is told any more */
} neap_market_feed;

#endif
