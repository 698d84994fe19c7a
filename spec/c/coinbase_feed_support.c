/* SPDX-License-Identifier: MIT */
#include "coinbase_feed_support.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/json.h"
#include "venue/trades.h"

enum { STEP_MS = 50, BEAT_MS = 250, ROUNDS = 24, TRIES = 8000, LEVELS = 1000 };
#define START (INT64_C(1767225600) * NEAP_SECOND)

/* The clock of both ends. The feed's has no context: a test has one stage at a time. */
static neap_clock *the_clock;
static int64_t clock_off;
static int64_t now(void) { return neap_clock_now(the_clock) - START + NEAP_SECOND; }
static int64_t wall(void) { return neap_clock_now(the_clock) + clock_off; }

/* --- who hears ---------------------------------------------------------------------------------------------------- */

static void hear_book(void *context, uint32_t index, const neap_book_message *message, bool is_snapshot) {
  feed_stage *stage = context;
  feed_product *product = &stage->products[index];
  neap_fault fault = {0};
  stage->is_calm = false;
  assert_true(is_snapshot || product->is_known);
  neap_status status = is_snapshot ? neap_price_book_snapshot(&product->book, message, &fault)
                                   : neap_price_book_update(&product->book, message, &fault);
  if (status != NEAP_OK) fail_msg("the book refuses: %s", fault.message);
  product->snapshots += is_snapshot, product->updates += !is_snapshot;
  product->is_known = true;
  if (product->refuses) stage->contract->refuse(stage->contract->self, index, "crossed");
  product->refuses = false;
}

static void compare_trade(const neap_venue_trade *venue, const neap_market_trade *trade) {
  assert_int_equal(trade->price, venue->price);
  assert_int_equal(trade->size, venue->size);
  assert_int_equal(trade->time / 1000, venue->time / 1000);
  assert_int_equal(trade->taken, venue->maker_side == NEAP_BUY ? NEAP_BID : NEAP_ASK);
}

static void hear_trade(void *context, uint32_t index, const neap_market_trade *trade, uint64_t id) {
  feed_stage *stage = context;
  feed_product *product = &stage->products[index];
  const neap_venue_product *venue = feed_stage_product(stage, stage->ids[index]);
  stage->is_calm = false;
  if (product->last) stage->missed += id - product->last - 1;
  assert_true(id > product->last && feed_stage_counts(stage).missed == stage->missed);
  product->last = id;
  product->trades++;
  if (venue->trade_count - id < NEAP_VENUE_TRADES) compare_trade(&venue->trades[(id - 1) % NEAP_VENUE_TRADES], trade);
}

static void hear_instant(void *context) {
  feed_stage *stage = context;
  assert_false(stage->is_calm);
  stage->is_calm = true;
  stage->instants++;
}

static void hear_alive(void *context) {
  feed_stage *stage = context;
  stage->is_calm = false;
  stage->alive++;
}

static void hear_lost(void *context, uint32_t index, const char *why) {
  feed_stage *stage = context;
  feed_product *product = &stage->products[index];
  stage->is_calm = false;
  product->is_known = false;
  product->lost++;
  snprintf(product->why, sizeof product->why, "%s", why);
}

static void hear_trading(void *context, uint32_t index, uint32_t flags) {
  feed_stage *stage = context;
  feed_product *product = &stage->products[index];
  stage->is_calm = false;
  assert_true(!product->flags_told || product->flags != flags);
  product->flags = flags;
  product->flags_told++;
}

static void hear_bars(void *context, uint32_t index, int64_t frame, int64_t from, int64_t to, const neap_candle *bars,
                      size_t count, const char *why) {
  feed_stage *stage = context;
  (void)index;
  for (size_t i = 0; i < count; i++) assert_true(bars[i].time >= from && bars[i].time + frame <= to);
  stage->is_calm = false;
  assert_true(count <= FEED_BARS);
  if (count) memcpy(stage->bars, bars, count * sizeof *bars);
  stage->bar_count = count;
  snprintf(stage->bars_why, sizeof stage->bars_why, "%s", why ? why : "");
  stage->bars_heard++;
}

static void hear_said(void *context, const char *level, const char *line) {
  feed_stage *stage = context;
  neap_buffer_printf(&stage->said, "%s %s\n", level, line);
}

/* --- opening ------------------------------------------------------------------------------------------------------ */

/* One sells, the other buys: nobody meets his own order. The feed's client signs with the first. */
static void make_key(neap_signer_key **out, const char *name) {
  neap_buffer text;
  neap_signer_key *made;
  neap_buffer_init(&text);
  assert_int_equal(neap_signer_key_new(NEAP_KEY_P256, &made, NULL), NEAP_OK);
  assert_int_equal(neap_signer_key_text(made, name, &text, NULL), NEAP_OK);
  assert_int_equal(neap_signer_key_read((const char *)text.data, text.size, out, NULL), NEAP_OK);
  neap_signer_key_free(made);
  neap_buffer_fini(&text);
}

static void add_trader(feed_stage *stage, neap_signer_key **out, const char *name) {
  const neap_venue_key_options key = {.name = name, .permissions = NEAP_MAY_VIEW | NEAP_MAY_TRADE};
  uint32_t number;
  bool is_new;
  make_key(out, name);
  assert_int_equal(neap_exchange_add_key(stage->exchange, &key, *out, &number, &is_new, NULL), NEAP_OK);
  neap_exchange_deposit(stage->exchange, number, "USD", neap_decimal_from_int(1000000000), NULL);
  neap_exchange_deposit(stage->exchange, number, "BTC", neap_decimal_from_int(1000), NULL);
  neap_exchange_deposit(stage->exchange, number, "ETH", neap_decimal_from_int(1000), NULL);
}

static void open_exchange(feed_stage *stage) {
  neap_exchange_options options = neap_exchange_default_options();
  options.clock = &stage->clock;
  options.limits_rates = false;
  if (stage->with_tls) options.certificate = stage->identity.certificate, options.key = stage->identity.key;
  assert_int_equal(neap_exchange_open(&options, &stage->exchange, NULL), NEAP_OK);
  add_trader(stage, &stage->keys[0], "key-1");
  add_trader(stage, &stage->keys[1], "key-2");
}

static void open_markets(feed_stage *stage) {
  for (size_t i = 0; stage->market && i < stage->product_count; i++) {
    const neap_venue_market_options market = {.product = stage->ids[i], .text = stage->market, .speed = 1};
    const neap_venue_product *product = feed_stage_product(stage, stage->ids[i]);
    if (product && !product->market)
      assert_int_equal(neap_venue_add_market(neap_exchange_venue(stage->exchange), &market, NULL), NEAP_OK);
  }
}

static void write_authorities(feed_stage *stage) {
  strcpy(stage->authorities, "/tmp/neap-feed-XXXXXX");
  int file = mkstemp(stage->authorities);
  size_t length = strlen(stage->identity.certificate);
  assert_int_equal(write(file, stage->identity.certificate, length), (ssize_t)length);
  close(file);
}

static void open_client(feed_stage *stage) {
  neap_fault fault = {0};
  uint16_t port = neap_exchange_port(stage->exchange);
  snprintf(stage->rest, sizeof stage->rest, "%s://127.0.0.1:%u", stage->with_tls ? "https" : "http", port);
  snprintf(stage->stream, sizeof stage->stream, "%s://127.0.0.1:%u", stage->with_tls ? "wss" : "ws", port);
  const neap_coinbase_client_options options = {.base = stage->rest,
                                                .authorities = stage->with_tls ? stage->authorities : NULL,
                                                .key = stage->without_key ? NULL : stage->keys[0],
                                                .poller = neap_loop_poller(stage->loop),
                                                .now = now,
                                                .wall = wall,
                                                .seed = 1};
  if (neap_coinbase_client_open(&options, &stage->client, &fault) != NEAP_OK) fail_msg("%s", fault.message);
}

static void open_feed(feed_stage *stage) {
  neap_fault fault = {0};
  neap_coinbase_feed_product products[FEED_PRODUCTS];
  for (size_t i = 0; i < stage->product_count; i++) {
    bool is_coarse = stage->last_is_coarse && i + 1 == stage->product_count;
    neap_decimal price = {INT64_C(100000000000000) * (is_coarse ? 10 : 1)};
    products[i] = (neap_coinbase_feed_product){stage->ids[i], price, {INT64_C(100000000)}};
    assert_int_equal(
        neap_price_book_init(&stage->products[i].book, products[i].price_increment, products[i].size_increment, NULL),
        NEAP_OK);
  }
  const neap_coinbase_feed_options options = {.client = stage->client,
                                              .stream = stage->stream,
                                              .authorities = stage->with_tls ? stage->authorities : NULL,
                                              .products = products,
                                              .product_count = (uint32_t)stage->product_count,
                                              .books = !stage->without_books,
                                              .trades = !stage->without_trades,
                                              .poller = neap_loop_poller(stage->loop),
                                              .now = now,
                                              .seed = 7};
  if (neap_coinbase_feed_open(&options, &stage->feed, &fault) != NEAP_OK) fail_msg("%s", fault.message);
}

void feed_stage_open(feed_stage *stage) {
  const neap_market_listener listener = {.context = stage,
                                         .book = hear_book,
                                         .trade = hear_trade,
                                         .instant = hear_instant,
                                         .alive = hear_alive,
                                         .lost = hear_lost,
                                         .trading = hear_trading,
                                         .bars = hear_bars,
                                         .said = hear_said};
  stage->clock = neap_clock_simulated(START);
  the_clock = &stage->clock;
  clock_off = stage->key_off;
  stage->is_calm = true;
  neap_buffer_init(&stage->said);
  while (stage->product_count < FEED_PRODUCTS && stage->ids[stage->product_count]) stage->product_count++;
  if (stage->with_tls) server_identity_make(&stage->identity), write_authorities(stage);
  open_exchange(stage);
  open_markets(stage);
  assert_int_equal(neap_loop_open(&stage->loop, NULL), NEAP_OK);
  open_client(stage);
  open_feed(stage);
  stage->contract = neap_coinbase_feed_contract(stage->feed);
  assert_int_equal(stage->contract->listen(stage->contract->self, &listener, NULL), NEAP_OK);
}

void feed_stage_close(feed_stage *stage) {
  neap_coinbase_feed_close(stage->feed);
  neap_coinbase_client_close(stage->client);
  neap_loop_close(stage->loop);
  neap_exchange_close(stage->exchange);
  for (int i = 0; i < 2; i++) neap_signer_key_free(stage->keys[i]);
  for (size_t i = 0; i < stage->product_count; i++) neap_price_book_fini(&stage->products[i].book);
  neap_buffer_fini(&stage->said);
  if (*stage->authorities) unlink(stage->authorities);
}

void feed_stage_fault(feed_stage *stage, const char *text) {
  neap_fault fault;
  uint32_t id;
  if (neap_exchange_add_fault(stage->exchange, text, &id, &fault) != NEAP_OK) fail_msg("%s", fault.message);
}

neap_coinbase_feed_counts feed_stage_counts(const feed_stage *stage) {
  neap_coinbase_feed_counts counts;
  neap_coinbase_feed_counts_get(stage->feed, &counts);
  return counts;
}

const neap_venue_product *feed_stage_product(const feed_stage *stage, const char *id) {
  neap_venue *venue = stage->exchange->venue;
  neap_venue_product *product = neap_venue_product_named(venue, id);
  return product ? neap_venue_product_book(venue, product) : NULL;
}

/* --- time --------------------------------------------------------------------------------------------------------- */

void feed_stage_round(feed_stage *stage) {
  assert_int_equal(neap_exchange_step(stage->exchange, 0, NULL), NEAP_OK);
  neap_loop_turn(stage->loop, 0);
  if (neap_coinbase_client_next(stage->client) <= now()) neap_coinbase_client_tick(stage->client);
  if (stage->contract->next(stage->contract->self) <= now()) stage->contract->tick(stage->contract->self);
}

static void rounds(feed_stage *stage) {
  for (int i = 0; i < ROUNDS; i++) feed_stage_round(stage);
}

static void advance(feed_stage *stage, int64_t ns) {
  neap_clock_advance(&stage->clock, neap_clock_now(&stage->clock) + ns, NULL);
}

void feed_stage_pass(feed_stage *stage, int64_t ns) {
  for (int64_t step; ns > 0; ns -= step) {
    step = ns < STEP_MS * FEED_MS ? ns : STEP_MS * FEED_MS;
    advance(stage, step);
    rounds(stage);
  }
}

void feed_stage_skip(feed_stage *stage, int64_t until) {
  if (until > now()) advance(stage, until - now());
}

int64_t feed_stage_time(feed_stage *stage) { return neap_clock_now(&stage->clock); }

/* --- what the venue knows ----------------------------------------------------------------------------------------- */

static bool has_level(const feed_product *product, neap_book_side side, const neap_json_value *level) {
  neap_decimal price, size;
  int64_t ticks, lots;
  const char *price_text = neap_json_get(level, "price")->text, *size_text = neap_json_get(level, "size")->text;
  assert_int_equal(neap_decimal_parse(price_text, strlen(price_text), &price, NULL), NEAP_OK);
  assert_int_equal(neap_decimal_parse(size_text, strlen(size_text), &size, NULL), NEAP_OK);
  assert_int_equal(neap_price_book_ticks(&product->book, price, &ticks, NULL), NEAP_OK);
  assert_int_equal(neap_price_book_lots(&product->book, size, &lots, NULL), NEAP_OK);
  return neap_price_book_at(&product->book, side, ticks) == lots;
}

static bool has_side(const feed_product *product, neap_book_side side, const neap_json_value *levels) {
  static neap_book_level mine[LEVELS];
  if (neap_price_book_levels(&product->book, side, LEVELS, mine) != levels->count) return false;
  for (const neap_json_value *level = levels->first; level; level = level->next)
    if (!has_level(product, side, level)) return false;
  return true;
}

/* By REST: 1000 levels a side. */
static bool has_book(feed_stage *stage, size_t index) {
  char query[80];
  neap_json *json;
  neap_venue_answer answer;
  snprintf(query, sizeof query, "product_id=%s&limit=%d", stage->ids[index], LEVELS);
  const neap_venue_request request = {.method = "GET",
                                      .path = "/api/v3/brokerage/market/product_book",
                                      .query = query,
                                      .body = "",
                                      .now = neap_exchange_now(stage->exchange)};
  neap_venue_answer_init(&answer);
  neap_venue_request_do(stage->exchange->venue, &request, &answer);
  assert_int_equal(neap_json_parse((const char *)answer.body.data, answer.body.size, &json, NULL), NEAP_OK);
  const neap_json_value *book = neap_json_get(neap_json_root(json), "pricebook");
  const feed_product *product = &stage->products[index];
  bool has = product->is_known && has_side(product, NEAP_BID, neap_json_get(book, "bids")) &&
             has_side(product, NEAP_ASK, neap_json_get(book, "asks"));
  neap_json_free(json);
  neap_venue_answer_fini(&answer);
  return has;
}

static bool has_trades(const feed_stage *stage, size_t index) {
  const feed_product *product = &stage->products[index];
  uint64_t there = feed_stage_product(stage, stage->ids[index])->trade_count;
  return product->last == there || (!product->last && there == product->before);
}

bool feed_stage_is_settled(feed_stage *stage) {
  for (size_t i = 0; i < stage->product_count; i++)
    if ((!stage->without_books && !has_book(stage, i)) || (!stage->without_trades && !has_trades(stage, i)))
      return false;
  return stage->is_calm;
}

/* At a beat of the venue all is told that was before. */
static void pass_to_beat(feed_stage *stage) {
  int64_t beat = BEAT_MS * FEED_MS, since = (neap_clock_now(&stage->clock) - START) % beat;
  feed_stage_pass(stage, beat - since);
}

void feed_stage_settle(feed_stage *stage) {
  for (int i = 0; i < TRIES; i++) {
    pass_to_beat(stage);
    if (feed_stage_is_settled(stage)) return;
  }
  for (size_t i = 0; i < stage->product_count; i++)
    print_message("%s: known %d, book %d, last trade %" PRIu64 " of %" PRIu64 "\n", stage->ids[i],
                  stage->products[i].is_known, has_book(stage, i), stage->products[i].last,
                  feed_stage_product(stage, stage->ids[i])->trade_count);
  print_message("%.*s", (int)stage->said.size, (const char *)stage->said.data);
  fail_msg("not all is known that the venue knows");
}

void feed_stage_await(feed_stage *stage, const size_t *what, size_t number) {
  for (int i = 0; i < TRIES && *what < number; i++) feed_stage_pass(stage, STEP_MS * FEED_MS);
  assert_int_equal(*what, number);
}

void feed_stage_await_connections(feed_stage *stage, uint64_t number) {
  for (int i = 0; i < TRIES && feed_stage_counts(stage).connections < number; i++)
    feed_stage_pass(stage, STEP_MS * FEED_MS);
  assert_true(feed_stage_counts(stage).connections >= number);
}

void feed_stage_open_quiet(feed_stage *stage) {
  *stage = (feed_stage){.ids = {"BTC-USD"}};
  feed_stage_open(stage);
  feed_stage_settle(stage);
  feed_stage_pass(stage, NEAP_SECOND);
}

void feed_stage_open_two(feed_stage *stage) {
  *stage = (feed_stage){.market = FEED_MARKET, .ids = {"BTC-USD", "ETH-USD"}};
  feed_stage_open(stage);
  feed_stage_settle(stage);
}

/* --- traders ------------------------------------------------------------------------------------------------------ */

void feed_stage_order(feed_stage *stage, const char *product, const char *side, const char *size, const char *price) {
  char body[400];
  neap_venue_answer answer;
  int length = snprintf(body, sizeof body,
                        "{\"client_order_id\":\"order-%zu\",\"product_id\":\"%s\",\"side\":\"%s\","
                        "\"order_configuration\":{\"limit_limit_gtc\":{\"base_size\":\"%s\",\"limit_price\":\"%s\"}}}",
                        ++stage->orders, product, side, size, price);
  const neap_venue_request request = {.method = "POST",
                                      .path = "/api/v3/brokerage/orders",
                                      .query = "",
                                      .body = body,
                                      .length = (size_t)length,
                                      .key = strcmp(side, "SELL") == 0 ? 1 : 2,
                                      .now = neap_exchange_now(stage->exchange)};
  neap_venue_answer_init(&answer);
  neap_venue_request_do(stage->exchange->venue, &request, &answer);
  neap_buffer_append(&answer.body, "", 1);
  if (!strstr((const char *)answer.body.data, "\"success\":true")) fail_msg("%s", (const char *)answer.body.data);
  neap_venue_answer_fini(&answer);
}

void feed_stage_trade(feed_stage *stage, const char *product, size_t times) {
  for (size_t i = 0; i < times; i++) {
    feed_stage_order(stage, product, "SELL", "0.001", "50000");
    feed_stage_order(stage, product, "BUY", "0.001", "50000");
  }
}

bool feed_stage_said(const feed_stage *stage, const char *part) {
  return memmem(stage->said.data, stage->said.size, part, strlen(part));
}
