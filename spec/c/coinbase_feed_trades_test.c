/* SPDX-License-Identifier: MIT */
/* Trades as the local exchange never has them: ids that leave some out, pages behind pages. Frames and answers are
 * handed to the feed as its connections would. */
#include <inttypes.h>
#include <stdio.h>

#include "broker/coinbase/coinbase_feed_parts.h"
#include "session/loop.h"
#include "support.h"

enum { MOST = 4096, PAGE = 1000 };

typedef struct scene {
  neap_loop *loop;
  neap_coinbase_client *client;
  neap_coinbase_feed *feed;
  uint64_t sequence;
  uint64_t told[MOST];
  size_t count;
  char said[256]; /* the last line */
} scene;

static int64_t moment = NEAP_SECOND;
static int64_t now(void) { return moment; }

static void hear_book(void *context, uint32_t product, const neap_book_message *message, bool is_snapshot) {
  (void)context, (void)product, (void)message, (void)is_snapshot;
}
static void hear_trade(void *context, uint32_t product, const neap_market_trade *trade, uint64_t id) {
  scene *self = context;
  assert_int_equal(product, 0);
  assert_int_equal(trade->price, 100 * (int64_t)id);
  assert_true(self->count < MOST);
  self->told[self->count++] = id;
}
static void hear_nothing(void *context) { (void)context; }
static void hear_lost(void *context, uint32_t product, const char *why) { (void)context, (void)product, (void)why; }
static void hear_trading(void *context, uint32_t product, uint32_t flags) { (void)context, (void)product, (void)flags; }
static void hear_said(void *context, const char *level, const char *line) {
  (void)level;
  snprintf(((scene *)context)->said, sizeof((scene *)context)->said, "%s", line);
}

/* --- the venue ---------------------------------------------------------------------------------------------------- */

/* Newest first, each at its id's price and second. */
static void write_trades(neap_buffer *out, const uint64_t *ids, size_t count) {
  for (size_t i = count; i-- > 0;)
    neap_buffer_printf(out,
                       "%s{\"trade_id\":\"%" PRIu64 "\",\"product_id\":\"BTC-USD\",\"price\":\"%" PRIu64
                       "\",\"size\":\"0.1\",\"time\":\"2026-01-01T%02d:%02d:%02dZ\",\"side\":\"BUY\"}",
                       i + 1 < count ? "," : "", ids[i], ids[i], (int)(ids[i] / 3600), (int)(ids[i] / 60 % 60),
                       (int)(ids[i] % 60));
}

static void say(scene *self, const char *type, const uint64_t *ids, size_t count) {
  neap_buffer text;
  neap_buffer_init(&text);
  neap_buffer_printf(&text,
                     "{\"channel\":\"market_trades\",\"timestamp\":\"2026-01-01T00:00:00Z\",\"sequence_num\":%" PRIu64
                     ",\"events\":[{\"type\":\"%s\",\"trades\":[",
                     self->sequence++, type);
  write_trades(&text, ids, count);
  neap_buffer_append_text(&text, "]}]}");
  memset(neap_buffer_reserve(&text, NEAP_FRAMES_PADDING), 0, NEAP_FRAMES_PADDING);
  neap_coinbase_feed_frame(self->feed, (const char *)text.data, text.size);
  neap_buffer_fini(&text);
}

/* The question that was asked last. */
static void reply(scene *self, const neap_coinbase_reply *made) {
  neap_coinbase_feed_question *question = self->feed->questions;
  question->heard(question, made);
}

static void answer(scene *self, const uint64_t *ids, size_t count) {
  neap_buffer text;
  neap_buffer_init(&text);
  neap_buffer_append_text(&text, "{\"trades\":[");
  write_trades(&text, ids, count);
  neap_buffer_append_text(&text, "]}");
  const neap_coinbase_reply made = {
      .outcome = NEAP_COINBASE_DONE, .status = 200, .body = (const char *)text.data, .length = text.size};
  reply(self, &made);
  neap_buffer_fini(&text);
}

#define SAY(type, ...) say(&self, type, (const uint64_t[]){__VA_ARGS__}, sizeof(uint64_t[]){__VA_ARGS__} / 8)
#define ANSWER(...) answer(&self, (const uint64_t[]){__VA_ARGS__}, sizeof(uint64_t[]){__VA_ARGS__} / 8)

static bool is_fetching(const scene *self) { return self->feed->streams[0].trades.is_fetching; }

/* What was told since the last look. */
static void told(scene *self, size_t count, const uint64_t *ids) {
  assert_int_equal(self->count, count);
  for (size_t i = 0; i < count; i++) assert_int_equal(self->told[i], ids[i]);
  self->count = 0;
}
#define TOLD(...) told(&self, sizeof(uint64_t[]){__VA_ARGS__} / 8, (const uint64_t[]){__VA_ARGS__})

/* A frame is missing, and trades are subscribed anew. */
static void lose_a_frame(scene *self) {
  self->sequence++;
  say(self, "update", NULL, 0);
  assert_int_equal(self->feed->streams[0].trade.state, NEAP_WISH_WANTED);
  self->feed->streams[0].trade.state = NEAP_WISH_SENT;
}

/* --- the feed ----------------------------------------------------------------------------------------------------- */

static void open_scene(scene *self) {
  static const char products[] = "{\"products\":[{\"product_id\":\"BTC-USD\",\"alias\":\"\"}]}";
  const neap_coinbase_feed_product product = {"BTC-USD", {INT64_C(100000000000000)}, {INT64_C(100000000)}};
  const neap_market_listener listener = {.context = self,
                                         .book = hear_book,
                                         .trade = hear_trade,
                                         .instant = hear_nothing,
                                         .alive = hear_nothing,
                                         .lost = hear_lost,
                                         .trading = hear_trading,
                                         .said = hear_said};
  *self = (scene){0};
  assert_int_equal(neap_loop_open(&self->loop, NULL), NEAP_OK);
  const neap_coinbase_client_options client = {
      .base = "http://127.0.0.1:1", .poller = neap_loop_poller(self->loop), .now = now, .wall = now};
  assert_int_equal(neap_coinbase_client_open(&client, &self->client, NULL), NEAP_OK);
  const neap_coinbase_feed_options options = {.client = self->client,
                                              .stream = "ws://127.0.0.1:1",
                                              .products = &product,
                                              .product_count = 1,
                                              .trades = true,
                                              .poller = neap_loop_poller(self->loop),
                                              .now = now};
  assert_int_equal(neap_coinbase_feed_open(&options, &self->feed, NULL), NEAP_OK);
  const neap_market_feed *contract = neap_coinbase_feed_contract(self->feed);
  assert_int_equal(contract->listen(contract->self, &listener, NULL), NEAP_OK);
  assert_int_equal(neap_coinbase_feed_learn(self->feed, products, sizeof products - 1, NULL), NEAP_OK);
  neap_coinbase_feed_use_products(self->feed);
  self->feed->is_open = true;
  self->feed->streams[0].trade.state = NEAP_WISH_SENT;
}

static void close_scene(scene *self) {
  neap_coinbase_feed_close(self->feed);
  neap_coinbase_client_close(self->client);
  neap_loop_close(self->loop);
}

static uint64_t missed(const scene *self) { return self->feed->counts.missed; }

/* --- cases -------------------------------------------------------------------------------------------------------- */

static void ids_that_do_not_exist_are_asked_for_once(void **state) {
  scene self;
  (void)state;
  open_scene(&self);
  SAY("snapshot", 7, 8, 10);
  SAY("update", 11, 13);
  assert_true(is_fetching(&self));
  TOLD(11);
  ANSWER(8, 10, 11, 13);
  TOLD(13);
  SAY("update", 16, 17, 20);
  assert_false(is_fetching(&self));
  TOLD(16, 17, 20);
  assert_int_equal(missed(&self), 0);
  close_scene(&self);
}

static void where_ids_leave_some_out_lost_frames_are_looked_into(void **state) {
  scene self;
  (void)state;
  open_scene(&self);
  SAY("snapshot", 10);
  SAY("update", 12);
  ANSWER(10, 12);
  TOLD(12);
  lose_a_frame(&self);
  SAY("snapshot", 10, 12, 15, 19); /* it reaches back */
  assert_false(is_fetching(&self));
  TOLD(15, 19);
  lose_a_frame(&self);
  SAY("snapshot", 30, 31);
  assert_true(is_fetching(&self));
  SAY("update", 33);
  assert_int_equal(self.count, 0);
  ANSWER(15, 19, 24, 30, 31);
  TOLD(24, 30, 31);
  neap_coinbase_feed_fetch(self.feed, &self.feed->streams[0]); /* in its time: the list was older than the update */
  ANSWER(24, 30, 31, 33);
  TOLD(33);
  SAY("update", 36);
  TOLD(36);
  assert_int_equal(missed(&self), 0);
  close_scene(&self);
}

static void pages_are_turned_back_to_the_last_that_was_told(void **state) {
  static uint64_t ids[2500];
  scene self;
  (void)state;
  for (size_t i = 0; i < 2500; i++) ids[i] = i + 1;
  open_scene(&self);
  SAY("snapshot", 1, 2, 3);
  lose_a_frame(&self);
  say(&self, "snapshot", ids + 2400, 100);
  answer(&self, ids + 1500, PAGE);
  assert_true(is_fetching(&self));
  answer(&self, ids + 501, PAGE); /* they overlap: time is told in seconds */
  answer(&self, ids, 503);
  assert_false(is_fetching(&self));
  told(&self, 2497, ids + 3);
  assert_int_equal(missed(&self), 0);
  close_scene(&self);
}

static void what_is_gone_is_said_and_the_rest_told(void **state) {
  scene self;
  (void)state;
  open_scene(&self);
  SAY("snapshot", 1, 2, 3);
  SAY("update", 9);
  ANSWER(7, 8, 9);
  TOLD(7, 8, 9);
  assert_int_equal(missed(&self), 3);
  assert_true(strstr(self.said, "trades 4 to 6 of BTC-USD"));
  close_scene(&self);
}

static void answers_that_fail_or_come_late_are_asked_for_three_times(void **state) {
  const neap_coinbase_reply failures[] = {
      {.outcome = NEAP_COINBASE_UNREACHED, .body = "", .code = "unreachable"},
      {.outcome = NEAP_COINBASE_DONE, .status = 200, .body = "{\"trades\":[]}", .length = 13},
      {.outcome = NEAP_COINBASE_DONE, .status = 200, .body = "{\"trades\":7}", .length = 12}};
  scene self;
  (void)state;
  open_scene(&self);
  const neap_market_feed *contract = neap_coinbase_feed_contract(self.feed);
  self.feed->is_open = false; /* tick has no connection to look after */
  self.feed->connect_at = INT64_MAX;
  SAY("snapshot", 1);
  SAY("update", 5);
  for (size_t i = 0; i < 3; i++) {
    assert_true(is_fetching(&self));
    reply(&self, &failures[i]);
    assert_false(is_fetching(&self));
    if (i < 2) assert_int_equal(self.count, 0);
    moment += 10 * NEAP_SECOND;
    contract->tick(contract->self);
  }
  TOLD(5);
  assert_int_equal(missed(&self), 3);
  SAY("update", 6);
  TOLD(6);
  close_scene(&self);
}

static void trades_that_make_no_sense_are_passed_over(void **state) {
  static const char text[] =
      "{\"trades\":[7,{\"trade_id\":\"x\"},{\"trade_id\":\"2\",\"price\":\"2\",\"size\":\"1\",\"time\":\"2026-01-01T00:"
      "00:00Z\","
      "\"side\":\"NEITHER\"},{\"trade_id\":\"3\",\"price\":\"0.001\",\"size\":\"1\",\"time\":\"2026-01-01T00:00:00Z\","
      "\"side\":\"BUY\"},{\"trade_id\":\"4\",\"price\":\"4\",\"size\":\"1\",\"time\":\"2026-01-01T00:00:00Z\",\"side\":"
      "\"BUY\"}]}";
  const neap_coinbase_reply made = {
      .outcome = NEAP_COINBASE_DONE, .status = 200, .body = text, .length = sizeof text - 1};
  scene self;
  (void)state;
  open_scene(&self);
  SAY("snapshot", 1);
  SAY("update", 5);
  reply(&self, &made);
  TOLD(4, 5);
  SAY("update", 0, 6);
  TOLD(6);
  assert_int_equal(self.feed->counts.unusable, 5);
  assert_int_equal(missed(&self), 2);
  close_scene(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ids_that_do_not_exist_are_asked_for_once),
      cmocka_unit_test(where_ids_leave_some_out_lost_frames_are_looked_into),
      cmocka_unit_test(pages_are_turned_back_to_the_last_that_was_told),
      cmocka_unit_test(what_is_gone_is_said_and_the_rest_told),
      cmocka_unit_test(answers_that_fail_or_come_late_are_asked_for_three_times),
      cmocka_unit_test(trades_that_make_no_sense_are_passed_over),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
