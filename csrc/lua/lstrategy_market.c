/* SPDX-License-Identifier: MIT */
/* lstrategy_market: what hooks are told of a recorded market: quotes, trades, and feeds that go stale. Copies, which
 * may be kept; prices and sizes are floats. */
#include "lua/lstrategy_view.h"

static int push_number(lua_State *L, neap_decimal value) {
  lua_pushnumber(L, neap_decimal_to_double(value));
  return 1;
}

static int push_time(lua_State *L, int64_t time) {
  lua_pushinteger(L, time);
  return 1;
}

static int push_product(lua_State *L, uint32_t product) {
  return neap_lstrategy_push_text(L, neap_desk_product(neap_lstrategy(L)->desk, product)->id);
}

static const neap_quote *quote_at(lua_State *L) { return neap_lstrategy_view(L); }
static int quote_product(lua_State *L) { return push_product(L, quote_at(L)->product); }
static int quote_time(lua_State *L) { return push_time(L, quote_at(L)->time); }
static int quote_bid(lua_State *L) { return push_number(L, quote_at(L)->bid); }
static int quote_ask(lua_State *L) { return push_number(L, quote_at(L)->ask); }
static int quote_bid_size(lua_State *L) { return push_number(L, quote_at(L)->bid_size); }
static int quote_ask_size(lua_State *L) { return push_number(L, quote_at(L)->ask_size); }

static int quote_mid(lua_State *L) {
  return push_number(L, (neap_decimal){(quote_at(L)->bid.units + quote_at(L)->ask.units) / 2});
}

static int quote_text(lua_State *L) {
  luaL_Buffer out;
  const neap_quote *quote = quote_at(L);
  const neap_product *product = neap_desk_product(neap_lstrategy(L)->desk, quote->product);
  luaL_buffinit(L, &out);
  neap_lstrategy_add_text(&out, "quote ", product->id);
  neap_lstrategy_add_amount(&out, ", bid ", quote->bid_size, neap_lstrategy_unit(product));
  neap_lstrategy_add_amount(&out, " at ", quote->bid, product->quote);
  neap_lstrategy_add_amount(&out, ", ask ", quote->ask_size, neap_lstrategy_unit(product));
  neap_lstrategy_add_amount(&out, " at ", quote->ask, product->quote);
  neap_lstrategy_add_time(&out, ", ", quote->time);
  luaL_pushresult(&out);
  return 1;
}

static const strategy_view_field quote_fields[] = {
    {"product", quote_product}, {"time", quote_time},         {"bid", quote_bid},           {"ask", quote_ask},
    {"mid", quote_mid},         {"bid_size", quote_bid_size}, {"ask_size", quote_ask_size}, {NULL, NULL}};
static const strategy_view of_quote = {"neap.strategy_quote", "quote", "a quote", quote_fields, quote_text};

void neap_lstrategy_push_quote(lua_State *L, const neap_quote *quote) {
  neap_quote *self = neap_lstrategy_push_view(L, &of_quote, sizeof *self, 0);
  *self = *quote;
}

static const neap_print *print_at(lua_State *L) { return neap_lstrategy_view(L); }
static const char *side_of(const neap_print *print) { return print->bought ? "buy" : "sell"; }
static int print_product(lua_State *L) { return push_product(L, print_at(L)->product); }
static int print_time(lua_State *L) { return push_time(L, print_at(L)->time); }
static int print_price(lua_State *L) { return push_number(L, print_at(L)->price); }
static int print_size(lua_State *L) { return push_number(L, print_at(L)->size); }
static int print_side(lua_State *L) { return neap_lstrategy_push_text(L, side_of(print_at(L))); }

static int print_text(lua_State *L) {
  luaL_Buffer out;
  const neap_print *print = print_at(L);
  const neap_product *product = neap_desk_product(neap_lstrategy(L)->desk, print->product);
  luaL_buffinit(L, &out);
  neap_lstrategy_add_text(&out, "trade ", product->id);
  neap_lstrategy_add_text(&out, ", taker's ", side_of(print));
  neap_lstrategy_add_amount(&out, " of ", print->size, neap_lstrategy_unit(product));
  neap_lstrategy_add_amount(&out, " at ", print->price, product->quote);
  neap_lstrategy_add_time(&out, ", ", print->time);
  luaL_pushresult(&out);
  return 1;
}

static const strategy_view_field print_fields[] = {{"product", print_product}, {"time", print_time},
                                                   {"price", print_price},     {"size", print_size},
                                                   {"side", print_side},       {NULL, NULL}};
static const strategy_view of_print = {"neap.strategy_trade", "trade", "a trade", print_fields, print_text};

void neap_lstrategy_push_print(lua_State *L, const neap_print *print) {
  neap_print *self = neap_lstrategy_push_view(L, &of_print, sizeof *self, 0);
  *self = *print;
}

static const neap_feed_event *feed_at(lua_State *L) { return neap_lstrategy_view(L); }
static int feed_product(lua_State *L) { return push_product(L, feed_at(L)->product); }
static int feed_feed(lua_State *L) { return neap_lstrategy_push_text(L, feed_at(L)->feed); }
static int feed_reason(lua_State *L) { return neap_lstrategy_push_text(L, feed_at(L)->reason); }

static int feed_fresh(lua_State *L) {
  lua_pushboolean(L, feed_at(L)->fresh);
  return 1;
}

static int feed_text(lua_State *L) {
  const neap_feed_event *feed = feed_at(L);
  lua_pushfstring(L, "feed %s of %s is %s%s%s", feed->feed,
                  neap_desk_product(neap_lstrategy(L)->desk, feed->product)->id, feed->fresh ? "fresh" : "stale",
                  feed->reason[0] ? ": " : "", feed->reason);
  return 1;
}

static const strategy_view_field feed_fields[] = {
    {"product", feed_product}, {"feed", feed_feed}, {"fresh", feed_fresh}, {"reason", feed_reason}, {NULL, NULL}};
static const strategy_view of_feed = {"neap.strategy_feed", "feed", "a feed", feed_fields, feed_text};

void neap_lstrategy_push_feed(lua_State *L, const neap_feed_event *feed) {
  neap_feed_event *self = neap_lstrategy_push_view(L, &of_feed, sizeof *self, 0);
  *self = *feed;
}
