/* SPDX-License-Identifier: MIT */
/* coinbase_feed_fuzz: any bytes as what the venue says to a feed. The first is which of it: a frame, several with a
 * line's end between them, or an answer with products, bars or trades. Whatever is told keeps the feed's promises. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "broker/coinbase/coinbase_feed_parts.h"
#include "session/loop.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DAY (86400 * NEAP_SECOND)

typedef struct heard {
  bool is_known;
  uint64_t last; /* trade */
} heard;

static const char products[] = "{\"products\":[{\"product_id\":\"BTC-USDC\",\"alias\":\"BTC-USD\"}]}";

static void must(bool truth) {
  if (!truth) abort();
}

static int64_t at_rest(void) { return NEAP_SECOND; }

static void hear_book(void *context, uint32_t product, const neap_book_message *message, bool is_snapshot) {
  heard *self = context;
  must(product == 0 && (is_snapshot || self->is_known));
  for (size_t i = 0; i < message->count; i++) must(message->changes[i].price > 0 && message->changes[i].size >= 0);
  self->is_known = true;
}

static void hear_trade(void *context, uint32_t product, const neap_market_trade *trade, uint64_t id) {
  heard *self = context;
  must(product == 0 && trade->price > 0 && id > self->last);
  self->last = id;
}

static void hear_lost(void *context, uint32_t product, const char *why) {
  must(product == 0 && *why);
  ((heard *)context)->is_known = false;
}

static void hear_bars(void *context, uint32_t product, int64_t frame, int64_t from, int64_t to, const neap_candle *bars,
                      size_t count, const char *why) {
  (void)context;
  must(product == 0 && (bars || why));
  for (size_t i = 0; i < count; i++) {
    must(bars[i].time >= from && bars[i].time + frame <= to && neap_candle_check(&bars[i], NULL) == NEAP_OK);
    must(i == 0 || bars[i].time > bars[i - 1].time);
  }
}

static void hear_trading(void *context, uint32_t product, uint32_t flags) {
  (void)context;
  must(product == 0 && flags < 2 * NEAP_TRADING_DISABLED);
}

static void hear_nothing(void *context) { (void)context; }
static void hear_said(void *context, const char *level, const char *line) {
  (void)context;
  must(*level && *line);
}

/* As the client would answer the question that was asked last. */
static void answer(neap_coinbase_feed *feed, const char *text, size_t length) {
  const neap_coinbase_reply reply = {.outcome = NEAP_COINBASE_DONE, .status = 200, .body = text, .length = length};
  must(feed->questions);
  feed->questions->heard(feed->questions, &reply);
}

static void read_frames(neap_coinbase_feed *feed, char *text, size_t length) {
  for (char *end = text + length, *next; text < end; text = next) {
    char *line_end = memchr(text, '\n', (size_t)(end - text));
    next = line_end ? line_end + 1 : end;
    neap_coinbase_feed_frame(feed, text, (size_t)((line_end ? line_end : end) - text));
  }
}

static void say(neap_coinbase_feed *feed, uint8_t which, char *text, size_t length) {
  const neap_market_feed *contract = neap_coinbase_feed_contract(feed);
  if (which == 'p') {
    neap_coinbase_feed_learn(feed, text, length, NULL);
    neap_coinbase_feed_use_products(feed);
  } else if (which == 'b') {
    must(contract->ask_bars(contract->self, 0, DAY, 0, 300 * DAY, NULL) == NEAP_OK);
    answer(feed, text, length);
  } else if (which == 't') {
    neap_coinbase_feed_fetch(feed, &feed->streams[0]);
    answer(feed, text, length);
  } else {
    read_frames(feed, text, length);
  }
}

static neap_coinbase_feed *open_feed(neap_coinbase_client *client, const neap_poller *poller, heard *self) {
  const neap_coinbase_feed_product product = {"BTC-USDC", {INT64_C(100000000000000)}, {INT64_C(100000000)}};
  const neap_coinbase_feed_options options = {.client = client,
                                              .stream = "ws://127.0.0.1:1",
                                              .products = &product,
                                              .product_count = 1,
                                              .books = true,
                                              .trades = true,
                                              .poller = poller,
                                              .now = at_rest};
  const neap_market_listener listener = {.context = self,
                                         .book = hear_book,
                                         .trade = hear_trade,
                                         .instant = hear_nothing,
                                         .alive = hear_nothing,
                                         .lost = hear_lost,
                                         .trading = hear_trading,
                                         .bars = hear_bars,
                                         .said = hear_said};
  neap_coinbase_feed *feed;
  must(neap_coinbase_feed_open(&options, &feed, NULL) == NEAP_OK);
  const neap_market_feed *contract = neap_coinbase_feed_contract(feed);
  must(contract->listen(contract->self, &listener, NULL) == NEAP_OK);
  must(neap_coinbase_feed_learn(feed, products, sizeof products - 1, NULL) == NEAP_OK);
  neap_coinbase_feed_use_products(feed);
  feed->streams[0].book.state = feed->streams[0].trade.state = NEAP_WISH_SENT;
  return feed;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  heard self = {0};
  neap_loop *loop;
  neap_coinbase_client *client;
  char *text = calloc(size + NEAP_FRAMES_PADDING, 1);
  if (!size || !text) return free(text), 0;
  memcpy(text, data + 1, size - 1);
  must(neap_loop_open(&loop, NULL) == NEAP_OK);
  const neap_coinbase_client_options options = {
      .base = "http://127.0.0.1:1", .poller = neap_loop_poller(loop), .now = at_rest, .wall = at_rest};
  must(neap_coinbase_client_open(&options, &client, NULL) == NEAP_OK);
  neap_coinbase_feed *feed = open_feed(client, neap_loop_poller(loop), &self);
  say(feed, data[0], text, size - 1);
  neap_coinbase_feed_close(feed);
  neap_coinbase_client_close(client);
  neap_loop_close(loop);
  free(text);
  return 0;
}
