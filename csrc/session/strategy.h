/* SPDX-License-Identifier: MIT */
/* strategy: the contract of what trades in a session; implemented by lua/strategy_cell. */
#ifndef NEAP_SESSION_STRATEGY_H
#define NEAP_SESSION_STRATEGY_H

#include "account/ledger.h"
#include "base/digest.h"
#include "market/candle.h"

struct neap_desk; /* session/desk.h: what a strategy can do */

enum neap_hook {
  NEAP_HOOK_START = 1 << 0,
  NEAP_HOOK_BAR = 1 << 1,
  NEAP_HOOK_SLICE = 1 << 2,
  NEAP_HOOK_ORDER = 1 << 3,
  NEAP_HOOK_FILL = 1 << 4,
  NEAP_HOOK_REJECT = 1 << 5,
  NEAP_HOOK_TIMER = 1 << 6,
  NEAP_HOOK_STOP = 1 << 7,
  NEAP_HOOK_MODE = 1 << 8,
  NEAP_HOOK_QUOTE = 1 << 9,
  NEAP_HOOK_BOOK = 1 << 10,
  NEAP_HOOK_TRADE = 1 << 11,
  NEAP_HOOK_FEED = 1 << 12
};

/* What a strategy declares to want besides bars. */
enum neap_feed_bit { NEAP_FEED_BOOK = 1 << 0, NEAP_FEED_TRADES = 1 << 1, NEAP_FEED_QUOTE = 1 << 2 };

typedef struct neap_bar_event {
  uint32_t product;
  int64_t frame, close_time; /* ns */
  const neap_candle *candle;
} neap_bar_event;

typedef struct neap_timer_event {
  const char *name;
  int64_t due;
  uint32_t missed;
} neap_timer_event;

typedef struct neap_mode_event {
  const char *mode, *reason, *who; /* "normal", "reduce_only", "halted" */
  int64_t since;
} neap_mode_event;

typedef struct neap_quote { /* the best of a book's two sides */
  uint32_t product;
  int64_t time; /* of the book's latest message */
  neap_decimal bid, ask, bid_size, ask_size;
} neap_quote;

typedef struct neap_print { /* a trade of the market */
  uint32_t product;
  int64_t time;
  neap_decimal price, size;
  bool bought; /* the taker bought */
} neap_print;

typedef struct neap_feed_event {
  uint32_t product;
  const char *feed, *reason; /* "book"; why it is stale, "" when it is fresh again */
  bool fresh;
} neap_feed_event;

enum { NEAP_STRATEGY_FRAMES = 8, NEAP_STRATEGY_PRODUCTS = 32 };

/* Each hook returns NEAP_OK; NEAP_STOPPED when it was stopped for time or memory; anything else when it raised. Then
 * its entries and timers are dropped, its cancels and exits kept. Hooks whose bit is not in `hooks` are not called. */
typedef struct neap_strategy {
  void *self;
  char name[64];
  uint32_t hooks;
  uint32_t product_count; /* declared; 0: those of the session */
  char products[NEAP_STRATEGY_PRODUCTS][40];
  int64_t timeframe;    /* ns; 0: that of the data */
  uint32_t frame_count; /* extra ones */
  int64_t frames[NEAP_STRATEGY_FRAMES];
  uint32_t feeds;                /* enum neap_feed_bit; without data for them the session does not open */
  int64_t warmup;                /* bars; −1: until every indicator made in on_start is ready */
  char digest[NEAP_DIGEST_TEXT]; /* of the source files */
  /* `desk` is good until the session closes; the strategy goes first. */
  neap_status (*attach)(void *self, struct neap_desk *desk, neap_fault *fault);
  neap_status (*start)(void *self, bool resumed, neap_fault *fault);
  neap_status (*bar)(void *self, const neap_bar_event *bar, neap_fault *fault);
  neap_status (*slice)(void *self, const neap_bar_event *bars, uint32_t count, neap_fault *fault);
  neap_status (*order)(void *self, neap_order *order, neap_fault *fault);
  neap_status (*fill)(void *self, neap_order *order, const neap_fill *fill, neap_fault *fault);
  neap_status (*reject)(void *self, neap_order *order, neap_fault *fault);
  neap_status (*timer)(void *self, const neap_timer_event *timer, neap_fault *fault);
  neap_status (*stop)(void *self, const char *reason, neap_fault *fault);
  neap_status (*mode)(void *self, const neap_mode_event *mode, neap_fault *fault);
  /* The book is what neap_desk_book gives, as it is then. */
  neap_status (*quote)(void *self, const neap_quote *quote, neap_fault *fault);
  neap_status (*book)(void *self, uint32_t product, neap_fault *fault);
  neap_status (*trade)(void *self, const neap_print *print, neap_fault *fault);
  neap_status (*feed)(void *self, const neap_feed_event *feed, neap_fault *fault);
  /* `self.state` as base/record fields. `save` is asked after each callback that returned: *changed says whether it
   * differs from what was last saved or restored, and only then `out` is appended to. Not plain values, over 64 KiB:
   * NEAP_INVALID, as if the callback had raised. `restore` comes after attach, before start. `revert` comes after a
   * callback that failed: state is again as last saved. Any may be NULL: the strategy keeps nothing. */
  neap_status (*save)(void *self, neap_buffer *out, bool *changed, neap_fault *fault);
  neap_status (*restore)(void *self, const void *record, size_t size, neap_fault *fault);
  neap_status (*revert)(void *self, neap_fault *fault);
} neap_strategy;

#endif
