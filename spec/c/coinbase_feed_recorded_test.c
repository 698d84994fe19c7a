/* SPDX-License-Identifier: MIT */
/* The venue's own frames of one recorded connection, through the feed: no book is ever crossed, each trade is told once
 * and in order, and a frame that is missing is noticed. */
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "broker/coinbase/coinbase_feed_parts.h"
#include "market/book.h"
#include "session/loop.h"
#include "support.h"

#define RECORDED "/ws_coinbase_advanced_2026_08_09/"
enum { PRODUCTS = 2, LINE = 8 << 20 };

typedef struct scene {
  neap_loop *loop;
  neap_coinbase_client *client;
  neap_coinbase_feed *feed;
  neap_price_book books[PRODUCTS];
  uint64_t last[PRODUCTS], trades[PRODUCTS];
  size_t books_told, alive, lost;
} scene;

static int64_t at_rest(void) { return NEAP_SECOND; }

/* --- who hears ---------------------------------------------------------------------------------------------------- */

static void hear_book(void *context, uint32_t product, const neap_book_message *message, bool is_snapshot) {
  scene *self = context;
  neap_fault fault = {0};
  neap_price_book *book = &self->books[product];
  neap_status status =
      is_snapshot ? neap_price_book_snapshot(book, message, &fault) : neap_price_book_update(book, message, &fault);
  if (status != NEAP_OK) fail_msg("%s", fault.message);
  self->books_told++;
}

static void hear_trade(void *context, uint32_t product, const neap_market_trade *trade, uint64_t id) {
  scene *self = context;
  assert_true(trade->price > 0 && trade->size > 0);
  if (self->last[product]) assert_int_equal(id, self->last[product] + 1);
  self->last[product] = id;
  self->trades[product]++;
}

static void hear_instant(void *context) { (void)context; }
static void hear_alive(void *context) { ((scene *)context)->alive++; }
static void hear_lost(void *context, uint32_t product, const char *why) {
  (void)product;
  assert_string_equal(why, "gap");
  ((scene *)context)->lost++;
}
static void hear_trading(void *context, uint32_t product, uint32_t flags) {
  (void)context, (void)product;
  assert_int_equal(flags, 0);
}
static void hear_said(void *context, const char *level, const char *line) { (void)context, (void)level, (void)line; }

/* --- the recording ------------------------------------------------------------------------------------------------ */

/* NULL: it is not there. */
static gzFile open_recorded(const char *name) {
  char path[512];
  const char *root = getenv("NEAP_SHARED"), *here = strstr(__FILE__, "spec/c/");
  if (root)
    snprintf(path, sizeof path, "%s/data" RECORDED "%s", root, name);
  else
    snprintf(path, sizeof path, "%.*s../shared/data" RECORDED "%s", (int)(here - __FILE__), __FILE__, name);
  return gzopen(path, "rb");
}

/* A connection that has asked for all there is. */
static void pretend_to_be_subscribed(neap_coinbase_feed *feed) {
  for (uint32_t i = 0; i < feed->stream_count; i++)
    feed->streams[i].book.state = feed->streams[i].trade.state = NEAP_WISH_SENT;
}

static void learn_products(scene *self) {
  gzFile file = open_recorded("rest_products.json.gz");
  char *text = malloc(LINE);
  int length = gzread(file, text, LINE);
  assert_true(length > 0);
  assert_int_equal(neap_coinbase_feed_learn(self->feed, text, (size_t)length, NULL), NEAP_OK);
  neap_coinbase_feed_use_products(self->feed);
  pretend_to_be_subscribed(self->feed);
  free(text);
  gzclose(file);
}

static void open_scene(scene *self) {
  const neap_decimal cent = {INT64_C(100000000000000)}, satoshi = {INT64_C(100000000)};
  const neap_coinbase_feed_product products[PRODUCTS] = {{"BTC-USDC", cent, satoshi}, {"ETH-USD", cent, satoshi}};
  const neap_market_listener listener = {.context = self,
                                         .book = hear_book,
                                         .trade = hear_trade,
                                         .instant = hear_instant,
                                         .alive = hear_alive,
                                         .lost = hear_lost,
                                         .trading = hear_trading,
                                         .said = hear_said};
  *self = (scene){0};
  assert_int_equal(neap_loop_open(&self->loop, NULL), NEAP_OK);
  const neap_coinbase_client_options client = {
      .base = "http://127.0.0.1:1", .poller = neap_loop_poller(self->loop), .now = at_rest, .wall = at_rest};
  assert_int_equal(neap_coinbase_client_open(&client, &self->client, NULL), NEAP_OK);
  const neap_coinbase_feed_options options = {.client = self->client,
                                              .stream = "ws://127.0.0.1:1",
                                              .products = products,
                                              .product_count = PRODUCTS,
                                              .books = true,
                                              .trades = true,
                                              .poller = neap_loop_poller(self->loop),
                                              .now = at_rest};
  assert_int_equal(neap_coinbase_feed_open(&options, &self->feed, NULL), NEAP_OK);
  for (size_t i = 0; i < PRODUCTS; i++)
    assert_int_equal(neap_price_book_init(&self->books[i], cent, satoshi, NULL), NEAP_OK);
  const neap_market_feed *contract = neap_coinbase_feed_contract(self->feed);
  assert_int_equal(contract->listen(contract->self, &listener, NULL), NEAP_OK);
  learn_products(self);
}

static void close_scene(scene *self) {
  neap_coinbase_feed_close(self->feed);
  neap_coinbase_client_close(self->client);
  neap_loop_close(self->loop);
  for (size_t i = 0; i < PRODUCTS; i++) neap_price_book_fini(&self->books[i]);
}

/* Of the frame of books number `damaged` the last `cut` bytes are missing; all of it: it never comes. */
static void replay(scene *self, gzFile file, size_t damaged, size_t cut) {
  static const char member[] = "\"frame\":";
  char *line = malloc(LINE);
  for (size_t number = 0; gzgets(file, line, LINE - NEAP_FRAMES_PADDING);) {
    const char *frame = strstr(line, member) + sizeof member - 1;
    if (!strstr(line, "\"dir\":\"recv\"")) continue;
    size_t length = (size_t)(strrchr(frame, '}') - frame), lost = 0;
    if (strstr(frame, "l2_data") && number++ == damaged) lost = cut;
    if (lost < length) neap_coinbase_feed_frame(self->feed, frame, length - lost);
  }
  free(line);
}

static void recorded_books_are_never_crossed_and_trades_told_once(void **state) {
  scene self;
  neap_book_level bid, ask;
  neap_coinbase_feed_counts counts;
  (void)state;
  gzFile file = open_recorded("frames.jsonl.gz");
  if (!file) skip();
  open_scene(&self);
  replay(&self, file, SIZE_MAX, 0);
  neap_coinbase_feed_counts_get(self.feed, &counts);
  assert_int_equal(counts.frames, 1030);
  assert_int_equal(counts.gaps + counts.unusable + counts.missed, 0);
  assert_int_equal(counts.snapshots, 2);
  assert_int_equal(self.lost, 0);
  assert_int_equal(self.last[0] - self.trades[0], 1068572090); /* the newest of the snapshot */
  assert_int_equal(self.last[1] - self.trades[1], 833140778);
  assert_int_equal(self.trades[0] + self.trades[1], 279 - 200);
  assert_int_equal(self.alive, 25);
  assert_int_equal(self.books_told, 775);
  for (size_t i = 0; i < PRODUCTS; i++) {
    assert_int_equal(neap_price_book_best(&self.books[i], NEAP_BID, &bid), NEAP_OK);
    assert_int_equal(neap_price_book_best(&self.books[i], NEAP_ASK, &ask), NEAP_OK);
    assert_true(bid.price < ask.price);
  }
  close_scene(&self);
  gzclose(file);
}

static void a_frame_that_is_missing_is_noticed_wherever_it_was(void **state) {
  static const size_t numbers[] = {60, 100, 500, 700, 770};
  (void)state;
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    scene self;
    neap_coinbase_feed_counts counts;
    gzFile file = open_recorded("frames.jsonl.gz");
    if (!file) skip();
    open_scene(&self);
    replay(&self, file, numbers[i], SIZE_MAX);
    neap_coinbase_feed_counts_get(self.feed, &counts);
    assert_int_equal(counts.gaps, 1);
    assert_int_equal(self.lost, PRODUCTS);
    close_scene(&self);
    gzclose(file);
  }
}

/* Also where the envelope, and with it the number, is read before the end is missed. */
static void a_frame_that_is_cut_anywhere_is_noticed(void **state) {
  static const size_t cuts[] = {1, 2, 3, 4, 5, 20, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 100, 120, 150};
  uint64_t gaps = 0;
  (void)state;
  for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
    scene self;
    neap_coinbase_feed_counts counts;
    gzFile file = open_recorded("frames.jsonl.gz");
    if (!file) skip();
    open_scene(&self);
    replay(&self, file, 500 + i, cuts[i]);
    neap_coinbase_feed_counts_get(self.feed, &counts);
    if (counts.gaps == 0) assert_int_equal(self.books_told, 775); /* nothing was missing but the last brackets */
    assert_int_equal(self.lost, PRODUCTS * counts.gaps);
    gaps += counts.gaps;
    close_scene(&self);
    gzclose(file);
  }
  assert_true(gaps >= sizeof cuts / sizeof *cuts - 4);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(recorded_books_are_never_crossed_and_trades_told_once),
      cmocka_unit_test(a_frame_that_is_missing_is_noticed_wherever_it_was),
      cmocka_unit_test(a_frame_that_is_cut_anywhere_is_noticed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
