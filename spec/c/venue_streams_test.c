/* SPDX-License-Identifier: MIT */
/* venue_streams: random orders, connections and subscriptions: whoever rebuilds a book from frames has the venue's
 * after each of them, no number is left out, and no frame depends on how the venue's time was cut. */
#include <stdio.h>
#include <stdlib.h>

#include "base/digest.h"
#include "dice.h"
#include "support.h"
#include "venue/market.h"
#include "venue/orders.h"
#include "venue/stream_state.h"

enum { CLIENTS = 4, PRODUCTS = 3, STEPS = 4000, PRICES = 60, CHANNELS = 9, DEEP = 46000 };
#define MILLISECOND INT64_C(1000000)

static const char *const ids[PRODUCTS] = {"BTC-USD", "ETH-USD", "BTC-USDC"};

typedef struct client {
  neap_venue *venue;
  neap_venue_stream *stream; /* NULL: not connected */
  int64_t next;              /* sequence */
  bool has_book[PRODUCTS];
  neap_levels book[PRODUCTS][2];
  uint64_t newest_trade[PRODUCTS];
  uint64_t frames, batches, trades;
  neap_digest *digest; /* NULL: nobody compares */
} client;

static const char *text_of(const neap_json_value *object, const char *name) {
  const neap_json_value *value = neap_json_get(object, name);
  assert_true(value && value->kind == NEAP_JSON_STRING);
  return value->text;
}

static int64_t count_of(const char *text, neap_decimal increment) {
  neap_decimal value;
  assert_int_equal(neap_decimal_parse(text, strlen(text), &value, NULL), NEAP_OK);
  assert_true(value.units % increment.units == 0);
  return (int64_t)(value.units / increment.units);
}

static int product_index(const char *id) {
  for (int i = 0; i < PRODUCTS; i++)
    if (strcmp(ids[i], id) == 0) return i;
  fail_msg("a frame names %s", id);
  return -1;
}

static void apply(client *me, int product, const neap_json_value *update) {
  const neap_venue_product *of = neap_venue_product_named(me->venue, ids[product]);
  neap_side side = strcmp(text_of(update, "side"), "bid") == 0 ? NEAP_BUY : NEAP_SELL;
  int64_t price = count_of(text_of(update, "price_level"), of->facts.price_increment);
  int64_t quantity = count_of(text_of(update, "new_quantity"), of->facts.base_increment);
  if (quantity == 0)
    neap_levels_remove(&me->book[product][side], side == NEAP_BUY ? -price : price);
  else
    assert_int_equal(neap_levels_put(&me->book[product][side], side == NEAP_BUY ? -price : price, quantity), NEAP_OK);
}

static void compare_side(const client *me, int product, neap_side side) {
  static neap_match_level level[DEEP];
  const neap_venue_product *of = neap_venue_product_named(me->venue, ids[product]);
  size_t count = neap_order_book_levels(of->book, side, DEEP, level);
  neap_levels_cursor at = {me->book[product][side].first, 0};
  int64_t key, quantity;
  assert_int_equal(me->book[product][side].count, count);
  for (size_t i = 0; i < count; i++) {
    assert_true(neap_levels_next(&me->book[product][side], &at, &key, &quantity));
    assert_int_equal(side == NEAP_BUY ? -key : key, level[i].price);
    assert_int_equal(quantity, level[i].quantity);
  }
}

static void hear_levels(client *me, const neap_json_value *event) {
  int product = product_index(text_of(event, "product_id"));
  bool is_snapshot = strcmp(text_of(event, "type"), "snapshot") == 0;
  assert_true(is_snapshot || me->has_book[product]);
  for (int side = 0; side < 2 && is_snapshot; side++) neap_levels_clear(&me->book[product][side]);
  me->has_book[product] = true;
  const neap_json_value *updates = neap_json_get(event, "updates");
  assert_true(is_snapshot || updates->count > 0);
  for (const neap_json_value *update = updates->first; update; update = update->next) apply(me, product, update);
  compare_side(me, product, NEAP_BUY);
  compare_side(me, product, NEAP_SELL);
  me->batches += !is_snapshot;
}

/* Newest first, each print once and none left out. */
static void hear_trades(client *me, const neap_json_value *event) {
  bool is_snapshot = strcmp(text_of(event, "type"), "snapshot") == 0;
  const neap_json_value *trades = neap_json_get(event, "trades");
  assert_true(trades->count <= (is_snapshot ? 100 : 1000));
  if (!trades->first) return;
  int product = product_index(text_of(trades->first, "product_id"));
  uint64_t newest = strtoull(text_of(trades->first, "trade_id"), NULL, 10), expected = newest;
  for (const neap_json_value *trade = trades->first; trade; trade = trade->next, expected--)
    assert_int_equal(strtoull(text_of(trade, "trade_id"), NULL, 10), expected);
  if (!is_snapshot) assert_int_equal(expected, me->newest_trade[product]);
  me->newest_trade[product] = newest;
  me->trades += trades->count;
}

static void hear_frame(client *me, const neap_json_value *root) {
  const char *channel = text_of(root, "channel");
  assert_int_equal(strtoll(neap_json_get(root, "sequence_num")->text, NULL, 10), me->next++);
  const neap_json_value *event = neap_json_get(root, "events")->first;
  if (strcmp(channel, "l2_data") == 0) hear_levels(me, event);
  if (strcmp(channel, "market_trades") == 0) hear_trades(me, event);
}

static void hear(void *self, const char *text, size_t length) {
  client *me = self;
  neap_json *json;
  neap_fault fault;
  if (neap_json_parse(text, length, &json, &fault) != NEAP_OK) fail_msg("%s: %.*s", fault.message, (int)length, text);
  const neap_json_value *root = neap_json_root(json);
  if (neap_json_get(root, "channel")) hear_frame(me, root);
  if (me->digest) neap_digest_update(me->digest, text, length);
  me->frames++;
  neap_json_free(json);
}

static void connect(client *me, neap_venue *venue) {
  neap_venue_sink sink = {hear, me};
  me->venue = venue;
  me->next = 0;
  memset(me->has_book, 0, sizeof me->has_book);
  memset(me->newest_trade, 0, sizeof me->newest_trade);
  assert_int_equal(neap_venue_stream_open(venue, &sink, neap_venue_now(venue), &me->stream, NULL), NEAP_OK);
}

static void say(client *me, const char *text) {
  neap_venue_stream_message(me->stream, text, strlen(text), neap_venue_now(me->venue));
}

static neap_status take_any(void *self, const char *token, size_t length, int64_t now, uint32_t *key,
                            neap_fault *fault) {
  (void)self, (void)token, (void)length, (void)now, (void)fault;
  return *key = 1, NEAP_OK;
}

/* Of one key, for whose owner no rate counts. */
static neap_venue *open_venue(void) {
  neap_venue_options options = neap_venue_default_options();
  neap_venue *venue;
  neap_fault fault;
  uint32_t key;
  options.gate.check = take_any;
  options.start = INT64_C(1767225600) * NEAP_SECOND;
  if (neap_venue_new(&options, &venue, &fault) != NEAP_OK) fail_msg("%s", fault.message);
  assert_int_equal(
      neap_venue_add_key(venue, &(neap_venue_key_options){.name = "one", .permissions = NEAP_MAY_VIEW}, &key, NULL),
      NEAP_OK);
  return venue;
}

/* --- a market of dice --------------------------------------------------------------------------------------------- */

static void trade(neap_venue *venue, uint64_t *dice, uint64_t number) {
  neap_venue_product *product = neap_venue_product_named(venue, ids[dice_roll(dice, 2)]);
  neap_match_order order = {.id = number | NEAP_HOUSE_ORDER, .type = NEAP_LIMIT, .self_trade = NEAP_SELF_TRADE_ALLOW};
  order.owner = dice_roll(dice, 2) ? NEAP_HOUSE_MAKER : NEAP_HOUSE_TAKER;
  order.side = (neap_side)dice_roll(dice, 2);
  order.price = 1000 + (int64_t)dice_roll(dice, PRICES);
  order.quantity = 1 + (int64_t)dice_roll(dice, 500);
  if (dice_roll(dice, 3) > 0)
    assert_int_equal(neap_venue_house_submit(venue, product, &order), NEAP_OK);
  else
    neap_venue_house_cancel(venue, product, (number - dice_roll(dice, number < 90 ? number : 90)) | NEAP_HOUSE_ORDER);
}

static void talk(client *me, uint64_t *dice) {
  static const char *const channels[CHANNELS] = {"level2", "level2",       "market_trades", "market_trades", "candles",
                                                 "ticker", "ticker_batch", "heartbeats",    "status"};
  char text[160];
  const char *type = dice_roll(dice, 3) ? "subscribe" : "unsubscribe", *channel = channels[dice_roll(dice, CHANNELS)];
  snprintf(text, sizeof text, "{\"type\":\"%s\",\"channel\":\"%s\",\"product_ids\":[\"%s\"],\"jwt\":\"t\"}", type,
           channel, ids[dice_roll(dice, PRODUCTS)]);
  say(me, text);
}

static void come_and_go(client *me, neap_venue *venue, uint64_t *dice) {
  if (me->stream && dice_roll(dice, 40) == 0) {
    neap_venue_stream_free(me->stream);
    me->stream = NULL;
  } else if (!me->stream) {
    connect(me, venue);
  } else {
    talk(me, dice);
  }
}

static void init_client(client *me, neap_digest *digest) {
  *me = (client){.digest = digest};
  for (int i = 0; i < PRODUCTS * 2; i++) assert_int_equal(neap_levels_init(&me->book[i / 2][i % 2]), NEAP_OK);
}

static void fini_client(client *me) {
  for (int i = 0; i < PRODUCTS * 2; i++) neap_levels_fini(&me->book[i / 2][i % 2]);
}

/* Time passes in `cuts` parts. */
static void let_pass(neap_venue *venue, int64_t span, int64_t cuts) {
  int64_t from = neap_venue_now(venue);
  for (int64_t i = 1; i <= cuts; i++) neap_venue_advance(venue, from + span * i / cuts);
}

static void run(uint64_t seed, int64_t cuts, client sum[CLIENTS], neap_digest *digest) {
  neap_venue *venue = open_venue();
  uint64_t dice = seed;
  for (int i = 0; i < CLIENTS; i++) init_client(&sum[i], digest);
  for (uint64_t i = 1; i <= STEPS; i++) {
    trade(venue, &dice, i);
    if (dice_roll(&dice, 2) == 0) come_and_go(&sum[dice_roll(&dice, CLIENTS)], venue, &dice);
    if (dice_roll(&dice, 3) == 0) let_pass(venue, (int64_t)dice_roll(&dice, 120) * MILLISECOND + 1, cuts);
    if (dice_roll(&dice, 500) == 0) let_pass(venue, (int64_t)dice_roll(&dice, 400) * NEAP_SECOND, cuts);
  }
  assert_false(venue->has_failed);
  for (int i = 0; i < CLIENTS; i++) fini_client(&sum[i]);
  neap_venue_free(venue);
}

static void rebuilds_the_book_from_frames(void **unused) {
  (void)unused;
  uint64_t batches = 0, trades = 0;
  for (uint64_t seed = 1; seed <= 5; seed++) {
    client clients[CLIENTS];
    run(seed, 1, clients, NULL);
    for (int i = 0; i < CLIENTS; i++) batches += clients[i].batches, trades += clients[i].trades;
  }
  assert_true(batches > 500 && trades > 500);
}

static void tells_the_same_however_time_is_cut(void **unused) {
  (void)unused;
  unsigned char first[NEAP_DIGEST_SIZE], again[NEAP_DIGEST_SIZE];
  client clients[CLIENTS];
  neap_digest *digest = neap_digest_new();
  assert_non_null(digest);
  for (uint64_t seed = 11; seed <= 13; seed++) {
    neap_digest_start(digest);
    run(seed, 1, clients, digest);
    neap_digest_finish(digest, first);
    neap_digest_start(digest);
    run(seed, 7, clients, digest);
    neap_digest_finish(digest, again);
    assert_memory_equal(first, again, sizeof first);
  }
  neap_digest_free(digest);
}

/* A crowd of takers and a maker who goes after the price, heard by two of whom one comes late. */
static void follows_a_market(void **unused) {
  (void)unused;
  static const char all[] = "{\"type\":\"subscribe\",\"channel\":\"level2\",\"product_ids\":[\"BTC-USD\",\"ETH-USD\"]}",
                    prints[] = "{\"type\":\"subscribe\",\"channel\":\"market_trades\",\"product_ids\":[\"BTC-USD\"]}";
  neap_venue *venue = open_venue();
  neap_venue_market_options market = {.text = "generated:seed=5,rate=60,volatility=40", .speed = 1};
  client early, late;
  neap_fault fault;
  init_client(&early, NULL);
  init_client(&late, NULL);
  if (neap_venue_add_market(venue, &market, &fault) != NEAP_OK) fail_msg("%s", fault.message);
  connect(&early, venue);
  say(&early, all), say(&early, prints);
  let_pass(venue, 30 * NEAP_SECOND, 977);
  connect(&late, venue);
  say(&late, all), say(&late, prints);
  let_pass(venue, 30 * NEAP_SECOND, 3);
  assert_true(early.batches > 1000 && late.batches > 500 && early.trades > 500);
  neap_venue_stream_free(early.stream);
  neap_venue_stream_free(late.stream);
  fini_client(&early), fini_client(&late);
  neap_venue_free(venue);
}

static void keeps_nothing_for_nobody(void **unused) {
  (void)unused;
  neap_venue *venue = open_venue();
  uint64_t dice = 1;
  client me;
  init_client(&me, NULL);
  connect(&me, venue);
  say(&me, "{\"type\":\"subscribe\",\"channel\":\"level2\",\"product_ids\":[\"ETH-USD\"]}");
  say(&me, "{\"type\":\"subscribe\",\"channel\":\"ticker\",\"product_ids\":[\"ETH-USD\"]}");
  assert_non_null(neap_venue_product_named(venue, "ETH-USD")->feed);
  assert_null(neap_venue_product_named(venue, "BTC-USD")->feed);
  say(&me, "{\"type\":\"unsubscribe\",\"channel\":\"level2\"}");
  say(&me, "{\"type\":\"unsubscribe\",\"channel\":\"ticker\",\"product_ids\":[\"ETH-USD\"]}");
  assert_null(neap_venue_product_named(venue, "ETH-USD")->feed);
  for (uint64_t id = 1; id < 200; id++) trade(venue, &dice, id);
  neap_venue_advance(venue, neap_venue_now(venue) + 60 * NEAP_SECOND);
  assert_int_equal(neap_venue_next(venue), INT64_MAX);
  neap_venue_stream_free(me.stream);
  fini_client(&me);
  neap_venue_free(venue);
}

/* As deep as BTC-USD was on a summer's day of 2026: 5.4 MB. */
static void tells_a_deep_book_in_one_frame(void **unused) {
  (void)unused;
  neap_venue *venue = open_venue();
  neap_venue_product *product = neap_venue_product_named(venue, "BTC-USD");
  client me;
  init_client(&me, NULL);
  for (uint64_t i = 0; i < DEEP; i++) {
    neap_match_order order = {
        .id = i + 1, .owner = NEAP_HOUSE_MAKER, .type = NEAP_LIMIT, .quantity = 12345678 + (int64_t)i};
    order.side = i % 2 ? NEAP_BUY : NEAP_SELL;
    order.price = 6500000 + (i % 2 ? -(int64_t)i * 3 : (int64_t)i * 3 + 1);
    assert_int_equal(neap_order_book_submit(product->book, &order, venue->now, NULL, NULL), NEAP_OK);
  }
  connect(&me, venue);
  say(&me, "{\"type\":\"subscribe\",\"channel\":\"level2\",\"product_ids\":[\"BTC-USD\"]}");
  assert_int_equal(me.frames, 2);
  assert_int_equal(me.book[0][NEAP_BUY].count + me.book[0][NEAP_SELL].count, DEEP);
  neap_venue_stream_free(me.stream);
  fini_client(&me);
  neap_venue_free(venue);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(rebuilds_the_book_from_frames),
                                     cmocka_unit_test(tells_the_same_however_time_is_cut),
                                     cmocka_unit_test(follows_a_market), cmocka_unit_test(keeps_nothing_for_nobody),
                                     cmocka_unit_test(tells_a_deep_book_in_one_frame)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
