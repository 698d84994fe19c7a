/* SPDX-License-Identifier: MIT */
/* lstrategy_sight: what self and product handles show: position, money, prices, product facts, time, mode. */
#include <string.h>

#include "engine/guard_manager.h"
#include "lua/lstrategy.h"
#include "lua/lstrategy_state.h"

static neap_desk *desk_of(lua_State *L) { return neap_lstrategy(L)->desk; }

static const neap_position *position_of(lua_State *L, const char *what) {
  return neap_desk_position(desk_of(L), neap_lstrategy_product(L, what, 0));
}

static int push_boolean(lua_State *L, bool value) {
  lua_pushboolean(L, value);
  return 1;
}

static int get_flat(lua_State *L) { return push_boolean(L, neap_decimal_is_zero(position_of(L, "flat")->quantity)); }
static int get_long(lua_State *L) { return push_boolean(L, neap_decimal_sign(position_of(L, "long")->quantity) > 0); }
static int get_short(lua_State *L) { return push_boolean(L, neap_decimal_sign(position_of(L, "short")->quantity) < 0); }

static int get_position(lua_State *L) {
  neap_lstrategy_push_position(L, neap_lstrategy_product(L, "position", 0));
  return 1;
}

static int get_equity(lua_State *L) {
  neap_decimal value = NEAP_ZERO;
  if (neap_desk_equity(desk_of(L), &value) != NEAP_OK) return luaL_error(L, "equity: the value does not fit a decimal");
  neap_push_decimal(L, value);
  return 1;
}

static int get_cash(lua_State *L) {
  neap_push_decimal(L, neap_desk_cash(desk_of(L)));
  return 1;
}

static int get_buying_power(lua_State *L) {
  neap_decimal value = NEAP_ZERO;
  if (neap_desk_buying_power(desk_of(L), &value) != NEAP_OK)
    return luaL_error(L, "buying_power: the value does not fit a decimal");
  neap_push_decimal(L, value);
  return 1;
}

static int push_price(lua_State *L, neap_decimal price) {
  lua_pushnumber(L, neap_decimal_to_double(price));
  return 1;
}

/* The last price, a float: of a trade where trades are known, else the mark; nil before the first. */
static int get_last(lua_State *L) {
  neap_decimal mark;
  neap_print print;
  uint32_t product = neap_lstrategy_product(L, "last", 0);
  if (neap_desk_last_trade(desk_of(L), product, &print)) return push_price(L, print.price);
  if (neap_desk_book(desk_of(L), product) || !neap_desk_mark(desk_of(L), product, &mark, NULL)) return 0;
  return push_price(L, mark);
}

/* The middle of the book; the last price where there is no book. */
static int get_mid(lua_State *L) {
  neap_quote quote;
  uint32_t product = neap_lstrategy_product(L, "mid", 0);
  if (!neap_desk_book(desk_of(L), product)) return get_last(L);
  if (!neap_desk_quote(desk_of(L), product, &quote)) return 0;
  return push_price(L, (neap_decimal){(quote.bid.units + quote.ask.units) / 2});
}

static int get_bid(lua_State *L) {
  neap_quote quote;
  return neap_desk_quote(desk_of(L), neap_lstrategy_product(L, "bid", 0), &quote) ? push_price(L, quote.bid) : 0;
}

static int get_ask(lua_State *L) {
  neap_quote quote;
  return neap_desk_quote(desk_of(L), neap_lstrategy_product(L, "ask", 0), &quote) ? push_price(L, quote.ask) : 0;
}

static int get_book(lua_State *L) {
  neap_lstrategy_push_book(L, neap_lstrategy_product(L, "book", 0));
  return 1;
}

/* The length of the strategy's own bars; 0 before the first. */
int64_t neap_lstrategy_frame(lua_State *L, uint32_t product) {
  neap_decimal mark;
  int64_t time = 0;
  neap_stream *stream = NULL;
  neap_strategy_cell *self = neap_lstrategy(L);
  if (self->strategy.timeframe) return self->strategy.timeframe;
  if (self->frame[product]) return self->frame[product];
  if (neap_desk_bars(self->desk, product, 0, &stream, NULL) != NEAP_OK) return 0;
  const neap_candle *bar = neap_stream_bar(stream, 0);
  return bar && neap_desk_mark(self->desk, product, &mark, &time) && time > bar->time ? time - bar->time : 0;
}

static bool is_fresh(lua_State *L, uint32_t product) {
  neap_decimal mark;
  int64_t time = 0;
  const neap_strategy_cell *self = neap_lstrategy(L);
  if (neap_desk_book(self->desk, product)) return neap_desk_book_is_fresh(self->desk, product);
  return neap_desk_mark(self->desk, product, &mark, &time) &&
         neap_desk_now(self->desk) - time <= neap_lstrategy_frame(L, product);
}

static int get_fresh(lua_State *L) { return push_boolean(L, is_fresh(L, neap_lstrategy_product(L, "fresh", 0))); }

static int get_tradable(lua_State *L) {
  uint32_t product = neap_lstrategy_product(L, "tradable", 0);
  bool open = neap_desk_is_open(desk_of(L), product);
  return push_boolean(L, open && is_fresh(L, product) && neap_desk_mode(desk_of(L)) == NEAP_MODE_NORMAL);
}

static int get_id(lua_State *L) {
  lua_pushstring(L, neap_desk_product(desk_of(L), neap_lstrategy_product(L, "id", 0))->id);
  return 1;
}

static int get_price_increment(lua_State *L) {
  uint32_t product = neap_lstrategy_product(L, "price_increment", 0);
  neap_push_decimal(L, neap_desk_product(desk_of(L), product)->price_increment);
  return 1;
}

static int get_quantity_increment(lua_State *L) {
  uint32_t product = neap_lstrategy_product(L, "quantity_increment", 0);
  neap_push_decimal(L, neap_desk_product(desk_of(L), product)->base_increment);
  return 1;
}

static neap_rounding check_rounding(lua_State *L, int index) {
  static const char *const names[] = {"down", "up", "nearest", NULL};
  static const neap_rounding roundings[] = {NEAP_ROUND_FLOOR, NEAP_ROUND_CEILING, NEAP_ROUND_HALF_EVEN};
  const char *word = luaL_optstring(L, index, "nearest");
  for (int i = 0; names[i]; i++)
    if (strcmp(names[i], word) == 0) return roundings[i];
  return (neap_rounding)neap_raise_unknown(L, "round_price", "rounding", word, names);
}

static neap_status to_increment(lua_State *L, neap_decimal increment, neap_rounding rounding, neap_decimal *out,
                                neap_fault *fault) {
  neap_snap how;
  if (lua_type(L, 2) == LUA_TNUMBER && !lua_isinteger(L, 2))
    return neap_decimal_snap(lua_tonumber(L, 2), increment, rounding, out, &how, fault);
  return neap_decimal_quantize(neap_check_decimal(L, 2), increment, rounding, out);
}

/* A price at the increment: round_price(x, "down" | "up" | "nearest"). */
static int round_price(lua_State *L) {
  neap_fault fault = {.message = "the price does not fit a decimal"};
  neap_decimal price = NEAP_ZERO;
  neap_lstrategy_check_object(L);
  neap_decimal increment = neap_desk_product(desk_of(L), neap_lstrategy_product(L, "round_price", 0))->price_increment;
  neap_lstrategy_check(L, to_increment(L, increment, check_rounding(L, 3), &price, &fault), "round_price", &fault);
  neap_push_decimal(L, price);
  return 1;
}

static int get_now(lua_State *L) {
  lua_pushinteger(L, neap_desk_now(desk_of(L)));
  return 1;
}

static int get_mode(lua_State *L) {
  lua_pushstring(L, neap_mode_name(neap_desk_mode(desk_of(L))));
  return 1;
}

static int get_random(lua_State *L) {
  lua_getglobal(L, "math");
  lua_getfield(L, -1, "random");
  return 1;
}

static int get_params(lua_State *L) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, neap_lstrategy(L)->params_ref);
  return 1;
}

static int get_products(lua_State *L) {
  uint32_t count = neap_desk_product_count(desk_of(L));
  lua_Integer at = 0;
  lua_createtable(L, (int)count, 0);
  for (uint32_t product = 0; product < count; product++) {
    if (!neap_desk_trades(desk_of(L), product)) continue;
    neap_lstrategy_push_product(L, product);
    lua_rawseti(L, -2, ++at);
  }
  return 1;
}

static int product(lua_State *L) {
  neap_lstrategy_check_object(L);
  neap_lstrategy_push_product(L, neap_lstrategy_find_product(L, "product", 2));
  return 1;
}

const strategy_word neap_words_sight[] = {{"flat", NULL, get_flat, WORD_BOTH},
                                          {"long", NULL, get_long, WORD_BOTH},
                                          {"short", NULL, get_short, WORD_BOTH},
                                          {"position", NULL, get_position, WORD_BOTH},
                                          {"equity", NULL, get_equity, WORD_BOTH},
                                          {"cash", NULL, get_cash, WORD_BOTH},
                                          {"buying_power", NULL, get_buying_power, WORD_BOTH},
                                          {"last", NULL, get_last, WORD_BOTH},
                                          {"mid", NULL, get_mid, WORD_BOTH},
                                          {"fresh", NULL, get_fresh, WORD_BOTH},
                                          {"tradable", NULL, get_tradable, WORD_BOTH},
                                          {"id", NULL, get_id, WORD_BOTH},
                                          {"price_increment", NULL, get_price_increment, WORD_BOTH},
                                          {"quantity_increment", NULL, get_quantity_increment, WORD_BOTH},
                                          {"round_price", round_price, NULL, WORD_BOTH},
                                          {"now", NULL, get_now, WORD_BOTH},
                                          {"mode", NULL, get_mode, WORD_BOTH},
                                          {"random", NULL, get_random, WORD_SELF},
                                          {"params", NULL, get_params, WORD_SELF},
                                          {"products", NULL, get_products, WORD_SELF},
                                          {"product", product, NULL, WORD_SELF},
                                          {"bid", NULL, get_bid, WORD_BOTH},
                                          {"ask", NULL, get_ask, WORD_BOTH},
                                          {"book", NULL, get_book, WORD_BOTH},
                                          {"state", NULL, neap_lstrategy_get_state, WORD_SELF},
                                          {NULL, NULL, NULL, WORD_BOTH}};
