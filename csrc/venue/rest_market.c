/* SPDX-License-Identifier: MIT */
/* rest_market: what is offered and what was traded: books, the best prices, prints, the time. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "venue/product_write.h"
#include "venue/rest.h"
#include "venue/trades.h"

enum { LEVELS_AT_MOST = 1000, PRINTS_UNLESS_SAID = 100, BPS_DIGITS = 12 };

/* --- books -------------------------------------------------------------------------------------------------------- */

typedef struct view {
  neap_venue_product *product;
  const neap_order_book *book;
  int64_t step; /* of prices, in increments */
  size_t most;  /* levels of a side */
} view;

/* What a level is told under: a bid's price rounded down to the step, an ask's up. */
static int64_t price_of(const view *asked, neap_side side, int64_t price) {
  int64_t rest = price % asked->step;
  return side == NEAP_BUY || !rest ? price - rest : price - rest + asked->step;
}

static void write_level(neap_json_writer *json, const neap_venue_product *product, int64_t price, __int128 lots) {
  neap_json_object(json, NULL);
  neap_json_decimal(json, "price", neap_venue_price(product, price));
  neap_json_decimal(json, "size", (neap_decimal){product->facts.base_increment.units * lots});
  neap_json_end_object(json);
}

static void write_levels(neap_json_writer *json, const view *asked, neap_side side, const neap_match_level *levels,
                         size_t count) {
  size_t told = 0;
  for (size_t i = 0, next; i < count && told < asked->most; i = next, told++) {
    int64_t price = price_of(asked, side, levels[i].price);
    __int128 lots = 0;
    for (next = i; next < count && price_of(asked, side, levels[next].price) == price; next++)
      lots += levels[next].quantity;
    write_level(json, asked->product, price, lots);
  }
}

static void write_side(neap_rest_call *call, const char *key, const view *asked, neap_side side) {
  size_t count = asked->step > 1 ? neap_order_book_count(asked->book) : asked->most;
  neap_match_level *levels = calloc(count + 1, sizeof *levels);
  if (!levels) call->answer->body.status = NEAP_MEMORY;
  if (levels) count = neap_order_book_levels(asked->book, side, count, levels);
  neap_json_array(&call->json, key);
  if (levels) write_levels(&call->json, asked, side, levels, count);
  neap_json_end_array(&call->json);
  free(levels);
}

static void write_pricebook(const neap_venue *venue, neap_rest_call *call, const char *key, const view *asked) {
  neap_json_object(&call->json, key);
  neap_json_string(&call->json, "product_id", asked->product->facts.id);
  write_side(call, "bids", asked, NEAP_BUY);
  write_side(call, "asks", asked, NEAP_SELL);
  neap_rest_time(&call->json, "time", venue->now);
  neap_json_end_object(&call->json);
}

static void write_price(neap_json_writer *json, const char *key, const neap_venue_product *product, int64_t price) {
  if (price)
    neap_json_decimal(json, key, neap_venue_price(product, price));
  else
    neap_json_string(json, key, "");
}

static void write_no_spread(neap_json_writer *json) {
  neap_json_string(json, "mid_market", "");
  neap_json_string(json, "spread_bps", "");
  neap_json_string(json, "spread_absolute", "");
}

static void write_spread(neap_json_writer *json, neap_venue *venue, neap_venue_product *product) {
  int64_t bid = neap_venue_best(venue, product, NEAP_BUY), ask = neap_venue_best(venue, product, NEAP_SELL);
  neap_decimal mid, spread = neap_venue_price(product, ask - bid), bps = NEAP_ZERO;
  if (!neap_venue_mid(venue, product, &mid)) {
    write_no_spread(json);
    return;
  }
  neap_decimal_mul_div(spread, neap_decimal_from_int(10000), mid, BPS_DIGITS, NEAP_ROUND_HALF_EVEN, &bps);
  neap_json_decimal(json, "mid_market", mid);
  neap_json_decimal(json, "spread_bps", bps);
  neap_json_decimal(json, "spread_absolute", spread);
}

/* A whole number of price increments. */
static bool read_step(neap_rest_call *call, const neap_venue_product *product, int64_t *out) {
  char text[64];
  neap_decimal step;
  __int128 increment = product->facts.price_increment.units;
  *out = 1;
  if (!neap_rest_query(call, "aggregation_price_increment", 0, text, sizeof text)) return true;
  if (neap_decimal_parse(text, strlen(text), &step, NULL) == NEAP_OK && step.units > 0 && step.units % increment == 0 &&
      step.units / increment <= INT64_MAX / 2)
    return *out = (int64_t)(step.units / increment), true;
  neap_rest_refuse_argument(call, "aggregation_price_increment must be a multiple of the product's price_increment");
  return false;
}

static bool read_view(neap_venue *venue, neap_rest_call *call, view *out) {
  char id[64] = "";
  int64_t limit;
  if (!neap_rest_query(call, "product_id", 0, id, sizeof id))
    return neap_rest_refuse_argument(call, "product_id is needed"), false;
  out->product = neap_rest_product(venue, call, id);
  if (!out->product || !read_step(call, out->product, &out->step) ||
      !neap_rest_query_count(call, "limit", 0, 0, INT64_MAX, &limit))
    return false;
  out->most = limit && limit < LEVELS_AT_MOST ? (size_t)limit : LEVELS_AT_MOST;
  out->book = neap_venue_product_book(venue, out->product)->book;
  return true;
}

static void get_book(neap_venue *venue, neap_rest_call *call) {
  view asked;
  if (!read_view(venue, call, &asked)) return;
  neap_json_object(&call->json, NULL);
  write_pricebook(venue, call, "pricebook", &asked);
  write_price(&call->json, "last", asked.product, neap_venue_product_book(venue, asked.product)->last);
  write_spread(&call->json, venue, asked.product);
  neap_json_end_object(&call->json);
}

static void write_best(neap_venue *venue, neap_rest_call *call, neap_venue_product *product) {
  view best = {.product = product, .step = 1, .most = 1};
  best.book = neap_venue_product_book(venue, product)->book;
  write_pricebook(venue, call, NULL, &best);
}

/* Of all products where none is named. */
static void get_best(neap_venue *venue, neap_rest_call *call) {
  char id[64];
  size_t named = 0;
  neap_json_object(&call->json, NULL);
  neap_json_array(&call->json, "pricebooks");
  for (; neap_rest_query(call, "product_ids", named, id, sizeof id); named++) {
    neap_venue_product *product = neap_rest_product(venue, call, id);
    if (!product) return;
    write_best(venue, call, product);
  }
  for (size_t i = 0; !named && i < venue->product_count; i++) write_best(venue, call, &venue->products[i]);
  neap_json_end_array(&call->json);
  neap_json_end_object(&call->json);
}

/* --- prints ------------------------------------------------------------------------------------------------------- */

static void write_trade(neap_json_writer *json, const neap_venue_product *product, const neap_venue_trade *trade) {
  char number[24];
  snprintf(number, sizeof number, "%" PRIu64, trade->number);
  neap_json_object(json, NULL);
  neap_json_string(json, "trade_id", number);
  neap_json_string(json, "product_id", product->facts.id);
  neap_json_decimal(json, "price", neap_venue_price(product, trade->price));
  neap_json_decimal(json, "size", neap_venue_size(product, trade->size));
  neap_rest_time(json, "time", trade->time);
  neap_json_string(json, "side", trade->maker_side == NEAP_BUY ? "BUY" : "SELL");
  neap_json_string(json, "bid", "");
  neap_json_string(json, "ask", "");
  neap_json_string(json, "exchange", "coinbase");
  neap_json_end_object(json);
}

typedef struct span {
  int64_t start, end, limit; /* ns; end 0: none */
} span;

static bool read_span(neap_rest_call *call, span *out) {
  if (!neap_rest_query_count(call, "limit", PRINTS_UNLESS_SAID, 0, NEAP_VENUE_TRADES, &out->limit) ||
      !neap_rest_query_time(call, "start", &out->start) || !neap_rest_query_time(call, "end", &out->end))
    return false;
  if (!out->limit) out->limit = PRINTS_UNLESS_SAID;
  if (!out->end || out->start <= out->end) return true;
  neap_rest_refuse_argument(call, "start is after end");
  return false;
}

static void write_trades(neap_json_writer *json, const neap_venue_product *product, const neap_venue_product *book,
                         const span *asked) {
  int64_t told = 0;
  neap_json_array(json, "trades");
  for (size_t back = 0; told < asked->limit && back < neap_venue_trades_kept(book); back++) {
    const neap_venue_trade *trade = neap_venue_trade_before(book, back);
    if (trade->time < asked->start) break;
    if (asked->end && trade->time > asked->end) continue;
    write_trade(json, product, trade);
    told++;
  }
  neap_json_end_array(json);
}

static void get_ticker(neap_venue *venue, neap_rest_call *call) {
  span asked;
  neap_venue_product *product = neap_rest_product(venue, call, call->part[0]);
  if (!product || !read_span(call, &asked)) return;
  neap_json_object(&call->json, NULL);
  write_trades(&call->json, product, neap_venue_product_book(venue, product), &asked);
  write_price(&call->json, "best_bid", product, neap_venue_best(venue, product, NEAP_BUY));
  write_price(&call->json, "best_ask", product, neap_venue_best(venue, product, NEAP_SELL));
  neap_json_end_object(&call->json);
}

/* --- the time ----------------------------------------------------------------------------------------------------- */

void neap_rest_write_now(neap_json_writer *json, int64_t now) {
  char iso[NEAP_TIME_TEXT], seconds[24], millis[24];
  int64_t second = now / NEAP_SECOND;
  neap_time_format(second * NEAP_SECOND, iso);
  snprintf(seconds, sizeof seconds, "%" PRId64, second);
  snprintf(millis, sizeof millis, "%" PRId64, now / 1000000);
  neap_json_object(json, NULL);
  neap_json_string(json, "iso", iso);
  neap_json_string(json, "epochSeconds", seconds);
  neap_json_string(json, "epochMillis", millis);
  neap_json_end_object(json);
}

static void get_time(neap_venue *venue, neap_rest_call *call) { neap_rest_write_now(&call->json, venue->now); }

const neap_rest_route neap_rest_market_routes[] = {
    {"GET", "/time", 0, false, get_time},
    {"GET", "/product_book", NEAP_MAY_VIEW, false, get_book},
    {"GET", "/market/product_book", 0, false, get_book},
    {"GET", "/best_bid_ask", NEAP_MAY_VIEW, false, get_best},
    {"GET", "/products/*/ticker", NEAP_MAY_VIEW, false, get_ticker},
    {"GET", "/market/products/*/ticker", 0, false, get_ticker},
    {"GET", "/products/*/candles", NEAP_MAY_VIEW, false, neap_rest_candles},
    {"GET", "/market/products/*/candles", 0, false, neap_rest_candles},
    {NULL, NULL, 0, false, NULL}};
