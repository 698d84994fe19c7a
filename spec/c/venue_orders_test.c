/* SPDX-License-Identifier: MIT */
/* The venue's orders where Lua would be too slow or cannot reach: wild trading of every kind of order in products whose
 * digits do not fit, with the venue's sums looked at all the time; the market's own orders; the same bytes twice. */
#include "venue/orders.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "dice.h"
#include "support.h"
#include "venue/wallet.h"

enum { USERS = 12, REQUESTS = 20000, LOOK = 40, BODY = 1024, KEPT = 64 };
enum { TRIMMED = NEAP_VENUE_FAILED + 1, OUTCOMES };

#define FACTS                                                                                                          \
  "\"quote_min_size\":\"0.001\",\"quote_max_size\":\"100000\",\"base_max_size\":\"1000000\",\"status\":\"online\","
/* A price times a size needs all 16 digits, so that every fee is rounded. */
#define FINE                                                                                                           \
  "\"product_type\":\"SPOT\",\"price\":\"1\",\"base_increment\":\"0.00000001\",\"price_increment\":\"0.00000001\","    \
  "\"quote_increment\":\"0.00000001\",\"base_min_size\":\"0.00000001\"," FACTS
#define CONTRACT                                                                                                       \
  "\"product_type\":\"FUTURE\",\"price\":\"1\",\"base_increment\":\"1\",\"price_increment\":\"0.001\","                \
  "\"base_min_size\":\"1\"," FACTS

static const char products[] =
    "{\"products\":["
    "{\"product_id\":\"AAA-USD\",\"base_currency_id\":\"AAA\",\"quote_currency_id\":\"USD\"," FINE "\"alias\":\"\"},"
    "{\"product_id\":\"AAA-USDC\",\"base_currency_id\":\"AAA\",\"quote_currency_id\":\"USDC\"," FINE
    "\"alias\":\"AAA-USD\"},"
    "{\"product_id\":\"FUT-1-X\",\"base_currency_id\":\"\",\"quote_currency_id\":\"USD\"," CONTRACT
    "\"future_product_details\":{\"contract_size\":\"0.1\",\"contract_expiry_type\":\"EXPIRING\"}}]}";
static const char *const ids[] = {"AAA-USD", "AAA-USDC", "FUT-1-X"};

typedef struct wild {
  neap_venue *venue;
  neap_venue_answer answer;
  uint64_t dice, digest;
  int64_t now;
  bool cuts_time;
  unsigned sent;
  char kept[KEPT][NEAP_VENUE_ID]; /* ids of late orders */
  uint32_t kept_key[KEPT];
} wild;

static uint64_t roll(wild *at, uint64_t sides) { return dice_roll(&at->dice, sides); }

static neap_venue *new_venue(neap_self_trade rule) {
  neap_venue_options options = neap_venue_default_options();
  neap_fault fault = {0};
  neap_venue *venue;
  options.products = products, options.products_length = strlen(products);
  options.self_trade = rule, options.cancel_after = 2000, options.start = NEAP_SECOND;
  if (neap_venue_new(&options, &venue, &fault) != NEAP_OK) fail_msg("%s", fault.message);
  for (unsigned i = 0; i < USERS; i++) {
    char name[16];
    uint32_t key;
    snprintf(name, sizeof name, "user%u", i);
    neap_venue_key_options of = {.name = name, .permissions = NEAP_MAY_VIEW | NEAP_MAY_TRADE};
    assert_int_equal(neap_venue_add_key(venue, &of, &key, NULL), NEAP_OK);
    assert_int_equal(neap_venue_deposit(venue, key, "USD", neap_decimal_from_int(5000), NULL), NEAP_OK);
    assert_int_equal(neap_venue_deposit(venue, key, "USDC", neap_decimal_from_int(2000), NULL), NEAP_OK);
    assert_int_equal(neap_venue_deposit(venue, key, "AAA", neap_decimal_from_int(2000), NULL), NEAP_OK);
  }
  return venue;
}

/* Of whatever is said, and by whom. */
static const char *ask(wild *at, uint32_t key, const char *path, const char *body) {
  if (at->cuts_time)
    for (int i = 0; i < 3; i++) neap_venue_advance(at->venue, at->now - 700 + 300 * i);
  neap_venue_request request = {
      .method = "POST", .path = path, .query = "", .body = body, .length = strlen(body), .key = key, .now = at->now};
  neap_venue_request_do(at->venue, &request, &at->answer);
  neap_buffer_append(&at->answer.body, "", 1);
  const char *text = (const char *)at->answer.body.data;
  for (const char *c = text; *c; c++) at->digest = (at->digest ^ (unsigned char)*c) * UINT64_C(0x100000001B3);
  assert_int_not_equal(at->answer.status, 500);
  return text;
}

/* 0.9 … 1.1, with as many digits as the product has. */
static void price_text(wild *at, bool is_contract, char out[32]) {
  if (is_contract)
    snprintf(out, 32, "%d.%03u", roll(at, 2) ? 1 : 0, 0u + (unsigned)roll(at, 100));
  else
    snprintf(out, 32, "%.8f", 0.9 + (double)roll(at, 20000000) * 1e-8);
  if (out[0] == '0' && is_contract) snprintf(out, 32, "0.9%02u", (unsigned)roll(at, 100));
}

static void size_text(wild *at, bool is_contract, char out[32]) {
  if (is_contract)
    snprintf(out, 32, "%u", 1 + (unsigned)roll(at, 50));
  else
    snprintf(out, 32, "%u.%08u", (unsigned)roll(at, 90), 1 + (unsigned)roll(at, 99999999));
}

static void time_text(wild *at, int64_t from, char out[NEAP_TIME_TEXT]) {
  neap_time_format(at->now + from + (int64_t)roll(at, 40000), out);
}

static void configuration(wild *at, bool is_contract, char *out, size_t room) {
  char size[32], low[32], high[32], end[NEAP_TIME_TEXT], start[NEAP_TIME_TEXT];
  size_text(at, is_contract, size), price_text(at, is_contract, low), price_text(at, is_contract, high);
  time_text(at, 1, end), time_text(at, -100, start);
  switch (roll(at, 13)) {
  case 0:
    snprintf(out, room, "\"market_market_ioc\":{\"quote_size\":\"%s\"}", size);
    return;
  case 1:
    snprintf(out, room, "\"market_market_ioc\":{\"base_size\":\"%s\"}", size);
    return;
  case 2:
    snprintf(out, room, "\"market_market_fok\":{\"base_size\":\"%s\"}", size);
    return;
  case 3:
    snprintf(out, room, "\"sor_limit_ioc\":{\"base_size\":\"%s\",\"limit_price\":\"%s\"}", size, low);
    return;
  case 4:
    snprintf(out, room, "\"limit_limit_fok\":{\"quote_size\":\"%s\",\"limit_price\":\"%s\"}", size, low);
    return;
  case 5:
    snprintf(out, room, "\"limit_limit_gtd\":{\"base_size\":\"%s\",\"limit_price\":\"%s\",\"end_time\":\"%s\"}", size,
             low, end);
    return;
  case 6:
    snprintf(out, room,
             "\"stop_limit_stop_limit_gtc\":{\"base_size\":\"%s\",\"limit_price\":\"%s\",\"stop_price\":\"%s\","
             "\"stop_direction\":\"STOP_DIRECTION_STOP_%s\"}",
             size, low, high, roll(at, 2) ? "UP" : "DOWN");
    return;
  case 7:
    snprintf(out, room,
             "\"trigger_bracket_gtc\":{\"base_size\":\"%s\",\"limit_price\":\"%s\","
             "\"stop_trigger_price\":\"%s\"}",
             size, low, high);
    return;
  case 8:
    snprintf(out, room,
             "\"twap_limit_gtd\":{\"base_size\":\"%s\",\"limit_price\":\"%s\",\"start_time\":\"%s\",\"end_time\":"
             "\"1970-01-01T00:%02u:00Z\",\"number_buckets\":\"3\"}",
             size, low, start, 1 + (unsigned)roll(at, 9));
    return;
  case 9:
    snprintf(out, room,
             "\"scaled_limit_gtc\":{\"base_size\":\"%s\",\"num_orders\":%u,\"min_price\":\"%s\","
             "\"max_price\":\"%s\"}",
             size, 2 + (unsigned)roll(at, 5), low, high);
    return;
  default:
    snprintf(out, room, "\"limit_limit_gtc\":{\"base_size\":\"%s\",\"limit_price\":\"%s\",\"post_only\":%s}", size, low,
             roll(at, 4) ? "false" : "true");
  }
}

static void keep(wild *at, uint32_t key, const char *text) {
  const char *id = strstr(text, "\"order_id\":\"");
  size_t place = at->sent % KEPT;
  if (!id) return;
  memcpy(at->kept[place], id + 12, NEAP_VENUE_ID - 1);
  at->kept_key[place] = key;
}

static void create(wild *at) {
  char body[BODY], fields[600], low[32], high[32], exit[200] = "";
  uint32_t key = 1 + (uint32_t)roll(at, USERS);
  const char *id = ids[roll(at, 3)];
  bool is_contract = id == ids[2];
  configuration(at, is_contract, fields, sizeof fields);
  price_text(at, is_contract, low), price_text(at, is_contract, high);
  if (roll(at, 5) == 0)
    snprintf(exit, sizeof exit,
             ",\"attached_order_configuration\":{\"trigger_bracket_gtc\":{\"limit_price\":\"%s\","
             "\"stop_trigger_price\":\"%s\"}}",
             high, low);
  snprintf(body, sizeof body,
           "{\"client_order_id\":\"%u\",\"product_id\":\"%s\",\"side\":\"%s\","
           "\"order_configuration\":{%s}%s%s}",
           at->sent, id, roll(at, 2) ? "BUY" : "SELL", fields, exit,
           is_contract && roll(at, 2) ? ",\"leverage\":\"5\"" : "");
  keep(at, key, ask(at, key, "/api/v3/brokerage/orders", body));
}

static void edit(wild *at, size_t place) {
  char body[BODY], size[32], price[32], stop[48] = "";
  bool is_contract = roll(at, 3) == 0;
  size_text(at, is_contract, size), price_text(at, is_contract, price);
  if (roll(at, 4) == 0) snprintf(stop, sizeof stop, ",\"stop_price\":\"%s\"", price);
  price_text(at, is_contract, price);
  snprintf(body, sizeof body, "{\"order_id\":\"%s\",\"size\":\"%s\",\"price\":\"%s\"%s}", at->kept[place], size, price,
           stop);
  ask(at, at->kept_key[place], "/api/v3/brokerage/orders/edit", body);
}

static void cancel(wild *at, size_t place) {
  char body[BODY];
  snprintf(body, sizeof body, "{\"order_ids\":[\"%s\"]}", at->kept[place]);
  ask(at, at->kept_key[place], "/api/v3/brokerage/orders/batch_cancel", body);
}

static void house(wild *at) {
  neap_venue_product *product = neap_venue_product_named(at->venue, roll(at, 2) ? ids[0] : ids[2]);
  bool is_contract = product->facts.base[0] == 0;
  uint64_t id = NEAP_HOUSE_ORDER | at->sent;
  neap_match_order order = {.id = id,
                            .owner = roll(at, 2) ? NEAP_HOUSE_MAKER : NEAP_HOUSE_TAKER,
                            .side = (neap_side)roll(at, 2),
                            .type = NEAP_LIMIT,
                            .time_in_force = NEAP_GTC};
  order.price = is_contract ? 950 + (int64_t)roll(at, 100) : 95000000 + (int64_t)roll(at, 10000000);
  order.quantity = is_contract ? 1 + (int64_t)roll(at, 20) : 1 + (int64_t)roll(at, 2000000000);
  if (roll(at, 4) == 0) order.time_in_force = NEAP_IOC;
  assert_int_equal(neap_venue_house_submit(at->venue, product, &order), NEAP_OK);
  neap_venue_house_reduce(at->venue, product, NEAP_HOUSE_ORDER | (at->sent - 1 - roll(at, 200)), 1);
  neap_venue_house_cancel(at->venue, product, NEAP_HOUSE_ORDER | (at->sent - 1 - roll(at, 400)));
}

static void close_position(wild *at) {
  char body[BODY];
  snprintf(body, sizeof body, "{\"client_order_id\":\"%u\",\"product_id\":\"%s\"}", at->sent, ids[2]);
  ask(at, 1 + (uint32_t)roll(at, USERS), "/api/v3/brokerage/orders/close_position", body);
}

static void change_product(wild *at) {
  uint32_t flags = roll(at, 2) ? NEAP_PRODUCT_AUCTION : roll(at, 3) ? 0 : NEAP_PRODUCT_POST_ONLY;
  assert_int_equal(neap_venue_set_product(at->venue, ids[roll(at, 3)], flags, roll(at, 40) == 0, NULL), NEAP_OK);
}

static void one(wild *at) {
  uint64_t what = roll(at, 100), place = roll(at, KEPT);
  at->sent++;
  at->now += (int64_t)roll(at, 3000);
  if (roll(at, 500) == 0) at->now += 20 * NEAP_SECOND;
  if (what < 60)
    create(at);
  else if (what < 75)
    cancel(at, place);
  else if (what < 88)
    edit(at, place);
  else if (what < 96)
    house(at);
  else if (what < 98)
    close_position(at);
  else if (roll(at, 8) == 0)
    change_product(at);
}

/* What holds of an order at every moment. */
static void check_order(const neap_venue *venue, const neap_venue_order *order) {
  assert_true(order->filled + order->removed <= order->size || order->in_quote);
  assert_true(order->left == 0 || order->is_resting || order->in_auction || !neap_venue_order_is_over(order));
  if (order->is_attached) assert_true(order->filled <= order->workable);
  if (order->status == NEAP_VENUE_FILLED) assert_true(order->filled > 0);
  neap_decimal needs = neap_venue_order_needs(venue, order);
  assert_true(needs.units == order->held.units);
}

static void look(const wild *at) {
  neap_fault fault = {0};
  if (neap_venue_check(at->venue, &fault) != NEAP_OK) fail_msg("after %u: %s", at->sent, fault.message);
  for (size_t i = 0; i < at->venue->order_count; i += 1 + i / 512) check_order(at->venue, at->venue->orders[i]);
}

static uint64_t trade_wildly(neap_self_trade rule, uint64_t seed, unsigned requests, bool cuts_time,
                             unsigned count[OUTCOMES]) {
  wild at = {.venue = new_venue(rule), .dice = seed, .now = 2 * NEAP_SECOND, .cuts_time = cuts_time};
  neap_venue_answer_init(&at.answer);
  for (unsigned i = 0; i < requests; i++) {
    one(&at);
    if (i % LOOK == 0) look(&at);
  }
  look(&at);
  for (size_t i = 0; i < at.venue->order_count; i++) {
    check_order(at.venue, at.venue->orders[i]);
    count[at.venue->orders[i]->status]++;
    if (at.venue->orders[i]->is_trimmed) count[TRIMMED]++;
  }
  neap_venue_answer_fini(&at.answer);
  neap_venue_free(at.venue);
  return at.digest;
}

static void wild_trading_keeps_every_sum(void **unused) {
  (void)unused;
  unsigned count[OUTCOMES] = {0};
  for (int rule = NEAP_SELF_TRADE_CANCEL_NEWEST; rule <= NEAP_SELF_TRADE_ALLOW; rule++)
    trade_wildly((neap_self_trade)rule, 77 + (uint64_t)rule, REQUESTS / 5, false, count);
  assert_true(count[NEAP_VENUE_OPEN] && count[NEAP_VENUE_CANCELLED] && count[NEAP_VENUE_EXPIRED]);
  assert_true(count[NEAP_VENUE_FILLED] > REQUESTS / 40);
  assert_true(count[TRIMMED] > 0); /* that the sums of the others are right, look() has seen */
}

static void the_same_requests_give_the_same_bytes_however_time_is_cut(void **unused) {
  (void)unused;
  unsigned count[OUTCOMES] = {0};
  uint64_t whole = trade_wildly(NEAP_SELF_TRADE_CANCEL_OLDEST, 5, 2000, false, count);
  uint64_t cut = trade_wildly(NEAP_SELF_TRADE_CANCEL_OLDEST, 5, 2000, true, count);
  assert_true(whole == cut);
}

static neap_match_order of_house(uint64_t id, neap_side side, int64_t price, int64_t quantity) {
  return (neap_match_order){.id = NEAP_HOUSE_ORDER | id,
                            .owner = NEAP_HOUSE_MAKER,
                            .side = side,
                            .type = NEAP_LIMIT,
                            .time_in_force = NEAP_GTC,
                            .price = price,
                            .quantity = quantity};
}

static void the_market_trades_with_users_and_keeps_places(void **unused) {
  (void)unused;
  wild at = {.venue = new_venue(NEAP_SELF_TRADE_CANCEL_NEWEST), .now = 2 * NEAP_SECOND};
  neap_venue_product *product = neap_venue_product_named(at.venue, ids[0]);
  neap_match_order first = of_house(1, NEAP_SELL, 100000000, 500000000), second = first;
  second.id++;
  neap_venue_answer_init(&at.answer);
  assert_int_equal(neap_venue_house_submit(at.venue, product, &first), NEAP_OK);
  assert_int_equal(neap_venue_house_submit(at.venue, product, &second), NEAP_OK);
  neap_venue_house_reduce(at.venue, product, first.id, 200000000);
  ask(&at, 1, "/api/v3/brokerage/orders",
      "{\"client_order_id\":\"1\",\"product_id\":\"AAA-USD\",\"side\":\"BUY\",\"order_configuration\":"
      "{\"limit_limit_gtc\":{\"base_size\":\"3\",\"limit_price\":\"1\"}}}");
  neap_match_place place;
  assert_int_equal(neap_order_book_find(product->book, first.id, &place), NEAP_NOT_FOUND);
  assert_int_equal(neap_order_book_find(product->book, second.id, &place), NEAP_OK);
  assert_int_equal(place.left, 400000000);
  assert_true(neap_venue_available(at.venue, 1, "AAA").units == neap_decimal_from_int(2003).units);
  /* 3 and 1.2 % of it. */
  neap_decimal left = neap_venue_available(at.venue, 1, "USD");
  assert_true(left.units == neap_decimal_from_int(5000).units - INT64_C(30360000000000000));
  neap_venue_house_cancel(at.venue, product, second.id);
  neap_venue_house_cancel(at.venue, product, second.id);
  assert_int_equal(neap_order_book_count(product->book), 0);
  assert_int_equal(neap_venue_check(at.venue, NULL), NEAP_OK);
  neap_venue_answer_fini(&at.answer);
  neap_venue_free(at.venue);
}

/* All that a user has is held, and is enough for thirty fills, each of whose fees is rounded. */
static void a_fill_never_costs_more_than_its_hold_falls_by(void **unused) {
  (void)unused;
  enum { PARTS = 30 };
  wild at = {.venue = new_venue(NEAP_SELF_TRADE_CANCEL_NEWEST), .now = 2 * NEAP_SECOND};
  neap_venue_product *product = neap_venue_product_named(at.venue, ids[0]);
  neap_decimal value = {INT64_C(100000007) * PARTS * 33333333}, hold, rate = {INT64_C(10120) * 1000000000000};
  neap_decimal has = neap_venue_available(at.venue, 1, "USD");
  assert_int_equal(neap_decimal_mul(value, rate, NEAP_DECIMAL_DIGITS, NEAP_ROUND_UP, &hold), NEAP_OK);
  assert_int_equal(neap_venue_deposit(at.venue, 1, "USD", (neap_decimal){hold.units - has.units}, NULL), NEAP_OK);
  for (uint64_t i = 1; i <= PARTS; i++) {
    neap_match_order part = of_house(i, NEAP_SELL, 100000007, 33333333);
    assert_int_equal(neap_venue_house_submit(at.venue, product, &part), NEAP_OK);
  }
  neap_venue_answer_init(&at.answer);
  ask(&at, 1, "/api/v3/brokerage/orders",
      "{\"client_order_id\":\"1\",\"product_id\":\"AAA-USD\",\"side\":\"BUY\",\"order_configuration\":"
      "{\"limit_limit_gtc\":{\"base_size\":\"9.9999999\",\"limit_price\":\"1.00000007\"}}}");
  assert_int_equal(at.venue->orders[0]->status, NEAP_VENUE_FILLED);
  assert_int_equal(at.venue->orders[0]->fills, PARTS);
  neap_decimal left = neap_venue_available(at.venue, 1, "USD");
  assert_true(left.units > 0 && left.units <= PARTS);
  assert_int_equal(neap_venue_check(at.venue, NULL), NEAP_OK);
  neap_venue_answer_fini(&at.answer);
  neap_venue_free(at.venue);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(wild_trading_keeps_every_sum),
      cmocka_unit_test(the_same_requests_give_the_same_bytes_however_time_is_cut),
      cmocka_unit_test(the_market_trades_with_users_and_keeps_places),
      cmocka_unit_test(a_fill_never_costs_more_than_its_hold_falls_by),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
