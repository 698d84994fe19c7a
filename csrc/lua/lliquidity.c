/* SPDX-License-Identifier: MIT */
/* lliquidity: require "neap.liquidity": depth of a book, impact on it, and what the last bar says where there is no
 * book. */
#include "lua/lliquidity.h"

#include <string.h>

#include "base/clock.h"
#include "lua/laccount.h"
#include "lua/lcandle.h"
#include "lua/lneap.h"
#include "lua/lproduct.h"
#include "risk/slippage.h"

NEAP_EXPORT int luaopen_neap_liquidity(lua_State *L);

enum { LEVELS = 1000 };

static neap_decimal field_or(lua_State *L, int index, const char *key, neap_decimal otherwise) {
  neap_decimal value = otherwise;
  if (lua_getfield(L, index, key) != LUA_TNIL) value = neap_check_decimal(L, -1);
  lua_pop(L, 1);
  return value;
}

static bool has(lua_State *L, int index, const char *key) {
  bool there = lua_getfield(L, index, key) != LUA_TNIL;
  lua_pop(L, 1);
  return there;
}

void neap_check_liquidity_view(lua_State *L, int index, neap_liquidity_view *out) {
  static const char *const allowed[] = {"source",    "spread_bps",     "depth",    "bid_value",
                                        "ask_value", "volatility_bps", "turnover", NULL};
  int at = lua_absindex(L, index);
  neap_check_options(L, at, "liquidity", allowed);
  *out = (neap_liquidity_view){.spread_bps = field_or(L, at, "spread_bps", NEAP_ZERO)};
  neap_decimal depth = field_or(L, at, "depth", NEAP_ZERO);
  out->bid_value = field_or(L, at, "bid_value", depth);
  out->ask_value = field_or(L, at, "ask_value", depth);
  out->volatility_bps = field_or(L, at, "volatility_bps", NEAP_ZERO);
  out->turnover = field_or(L, at, "turnover", NEAP_ZERO);
  if (has(L, at, "volatility_bps"))
    out->source = NEAP_LIQUIDITY_CANDLE;
  else if (has(L, at, "depth") || has(L, at, "ask_value"))
    out->source = NEAP_LIQUIDITY_BOOK;
}

/* The side of a book at the top of the stack, in memory of Lua's, which takes its place. */
static const neap_price_level *check_side(lua_State *L, const char *name, size_t *count) {
  if (!lua_istable(L, -1)) luaL_error(L, "%s: a list of {price, size} is wanted", name);
  int list = lua_gettop(L);
  *count = (size_t)luaL_len(L, list);
  if (*count > LEVELS) luaL_error(L, "%s: at most %d levels", name, LEVELS);
  neap_price_level *levels = lua_newuserdatauv(L, (*count + 1) * sizeof *levels, 0);
  for (size_t i = 0; i < *count; i++, lua_pop(L, 3)) {
    if (lua_geti(L, list, (lua_Integer)i + 1) != LUA_TTABLE) luaL_error(L, "%s: {price, size} is wanted", name);
    lua_geti(L, -1, 1);
    lua_geti(L, -2, 2);
    levels[i] = (neap_price_level){neap_check_decimal(L, -2), neap_check_decimal(L, -1)};
  }
  lua_replace(L, list);
  return levels;
}

/* Leaves the memory of both sides on the stack. */
static void check_book(lua_State *L, int index, neap_book_sides *out) {
  lua_getfield(L, index, "bids");
  out->bids = check_side(L, "bids", &out->bid_count);
  lua_getfield(L, index, "asks");
  out->asks = check_side(L, "asks", &out->ask_count);
}

static void set_bands(lua_State *L, const char *key, const neap_decimal bands[NEAP_DEPTH_BANDS]) {
  lua_createtable(L, NEAP_DEPTH_BANDS, 0);
  for (int i = 0; i < NEAP_DEPTH_BANDS; i++) {
    neap_push_decimal(L, bands[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, key);
}

static int depth(lua_State *L) {
  static const char *const allowed[] = {"bids", "asks", NULL};
  neap_book_sides book;
  neap_depth found;
  neap_fault fault;
  neap_check_options(L, 1, "depth", allowed);
  check_book(L, 1, &book);
  if (neap_depth_analyze(&book, &found, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  lua_createtable(L, 0, 9);
  neap_set_decimal(L, "mid", found.mid);
  neap_set_decimal(L, "spread_bps", found.spread_bps);
  set_bands(L, "bid_depth", found.bid_depth);
  set_bands(L, "ask_depth", found.ask_depth);
  set_bands(L, "value", found.value);
  neap_set_decimal(L, "bid_ask_ratio", found.bid_ask_ratio);
  neap_set_decimal(L, "imbalance", found.imbalance);
  neap_set_decimal(L, "score", found.score);
  lua_pushstring(L, neap_liquidity_condition_name(found.condition));
  lua_setfield(L, -2, "condition");
  return 1;
}

int neap_push_no_liquidity(lua_State *L, neap_status status) {
  neap_fault fault;
  if (status == NEAP_NOT_FOUND)
    neap_fail(&fault, status, "no_liquidity", "nothing is known of what would meet the order");
  else
    neap_fail(&fault, status, "overflow", "the result does not fit a decimal");
  return neap_push_fault(L, &fault);
}

static int impact(lua_State *L) {
  static const char *const allowed[] = {"bids", "asks", "side", "quantity", "volume", "max_bps", NULL};
  neap_book_sides book;
  neap_depth found;
  neap_depth_impact estimate;
  neap_fault fault;
  neap_check_options(L, 1, "impact", allowed);
  bool buys = neap_field_word(L, 1, "impact", "side", neap_side_words, NEAP_BUY) == NEAP_BUY;
  neap_decimal quantity = neap_field_decimal(L, 1, "impact", "quantity");
  neap_decimal volume = field_or(L, 1, "volume", NEAP_ZERO),
               most = field_or(L, 1, "max_bps", neap_decimal_from_int(50));
  luaL_argcheck(L, quantity.units > 0 && most.units > 0, 1, "quantity and max_bps are over zero");
  check_book(L, 1, &book);
  if (neap_depth_analyze(&book, &found, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  neap_status status = neap_depth_impact_of(&found, buys, quantity, volume, most, &estimate);
  if (status != NEAP_OK) return neap_push_no_liquidity(L, status);
  lua_createtable(L, 0, 6);
  neap_set_decimal(L, "impact_bps", estimate.impact_bps);
  neap_set_decimal(L, "average_price", estimate.average_price);
  neap_set_decimal(L, "worst_price", estimate.worst_price);
  neap_set_decimal(L, "cost", estimate.cost);
  if (estimate.slice.units > 0) neap_set_decimal(L, "slice", estimate.slice);
  lua_pushboolean(L, estimate.post_only);
  lua_setfield(L, -2, "post_only");
  return 1;
}

static int push_view(lua_State *L, const neap_liquidity_view *view) {
  lua_createtable(L, 0, 4);
  lua_pushstring(L, neap_liquidity_source_name(view->source));
  lua_setfield(L, -2, "source");
  if (view->source == NEAP_LIQUIDITY_UNKNOWN) return 1;
  neap_set_decimal(L, "spread_bps", view->spread_bps);
  bool is_book = view->source == NEAP_LIQUIDITY_BOOK;
  neap_set_decimal(L, is_book ? "bid_value" : "volatility_bps", is_book ? view->bid_value : view->volatility_bps);
  neap_set_decimal(L, is_book ? "ask_value" : "turnover", is_book ? view->ask_value : view->turnover);
  return 1;
}

static int of_book(lua_State *L) {
  static const char *const allowed[] = {"bids", "asks", NULL};
  neap_book_sides book;
  neap_liquidity_view view;
  neap_fault fault;
  neap_check_options(L, 1, "of_book", allowed);
  check_book(L, 1, &book);
  if (neap_liquidity_of_book(&book, &view, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  return push_view(L, &view);
}

/* of_candle(product, bar, "1h") */
static int of_candle(lua_State *L) {
  const neap_product *product = neap_test_product(L, 1);
  luaL_argexpected(L, product, 1, "product");
  luaL_checktype(L, 2, LUA_TTABLE);
  const char *text = luaL_checkstring(L, 3);
  neap_liquidity_view view;
  neap_fault fault;
  int64_t frame;
  size_t count;
  if (neap_duration_parse(text, strlen(text), &frame, &fault) != NEAP_OK) return neap_raise_fault(L, &fault);
  lua_createtable(L, 1, 0);
  lua_pushvalue(L, 2);
  lua_rawseti(L, -2, 1);
  const neap_candle *bar = neap_push_candles(L, -1, &count, &fault);
  if (!bar || neap_candle_check(bar, &fault) != NEAP_OK) return neap_raise_fault(L, &fault);
  neap_status status = neap_liquidity_of_candle(product, bar, frame, &view);
  return status == NEAP_OK ? push_view(L, &view) : neap_push_no_liquidity(L, status);
}

/* expect(view, side, value) → spread, impact */
static int expect(lua_State *L) {
  neap_liquidity_view view;
  neap_decimal spread, moved;
  neap_check_liquidity_view(L, 1, &view);
  bool buys = neap_check_word(L, 2, "side", neap_side_words) == NEAP_BUY;
  neap_decimal value = neap_check_decimal(L, 3);
  luaL_argcheck(L, value.units >= 0, 3, "a value is zero or more");
  neap_status status = neap_liquidity_expect(&view, buys, value, &spread, &moved);
  if (status != NEAP_OK) return neap_push_no_liquidity(L, status);
  neap_push_decimal(L, spread);
  neap_push_decimal(L, moved);
  return 2;
}

/* slippage(side, expected, reference) → bps */
static int slippage(lua_State *L) {
  neap_side side = (neap_side)neap_check_word(L, 1, "side", neap_side_words);
  neap_decimal bps;
  neap_status status = neap_slippage_of(side, neap_check_decimal(L, 2), neap_check_decimal(L, 3), &bps);
  if (status != NEAP_OK) return neap_push_no_liquidity(L, status);
  neap_push_decimal(L, bps);
  return 1;
}

int luaopen_neap_liquidity(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"depth", depth},   {"impact", impact},     {"of_book", of_book}, {"of_candle", of_candle},
      {"expect", expect}, {"slippage", slippage}, {NULL, NULL}};
  luaL_newlib(L, functions);
  lua_pushstring(L, neap_liquidity_assumption);
  lua_setfield(L, -2, "assumption");
  return 1;
}
