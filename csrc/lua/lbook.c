/* SPDX-License-Identifier: MIT */
/* lbook: require "neap.book": a level-2 book. */
#include "lua/lbook.h"

#include "lua/laccount.h"
#include "lua/lneap.h"

#define BOOK_TYPE "neap.book"

NEAP_EXPORT int luaopen_neap_book(lua_State *L);

enum { IMBALANCE_LEVELS = 5, MOST_CHANGES = 1000000 };

const char *const neap_book_side_words[] = {"bid", "ask", NULL};

typedef struct holder {
  neap_price_book book;
  bool is_open;
} holder;

static void push_metatable(lua_State *L);

neap_price_book *neap_check_price_book(lua_State *L, int index) {
  holder *held = luaL_checkudata(L, index, BOOK_TYPE);
  if (!held->is_open) luaL_error(L, "the book is closed");
  return &held->book;
}

int64_t neap_check_increments(lua_State *L, neap_decimal value, neap_decimal increment, const char *what) {
  __int128 whole = value.units / increment.units;
  if (whole * increment.units != value.units || whole < 0 || whole > INT64_MAX)
    luaL_error(L, "%s: zero or a multiple of the increment is wanted", what);
  return (int64_t)whole;
}

void neap_check_increment_options(lua_State *L, const char *what, neap_decimal *price, neap_decimal *size) {
  *price = neap_field_decimal(L, 1, what, "price_increment");
  *size = neap_field_decimal(L, 1, what, "size_increment");
  if (price->units <= 0 || size->units <= 0) luaL_error(L, "%s: increments are over zero", what);
}

static int close_book(lua_State *L) {
  holder *held = luaL_checkudata(L, 1, BOOK_TYPE);
  if (held->is_open) neap_price_book_fini(&held->book);
  held->is_open = false;
  return 0;
}

static holder *push_closed(lua_State *L) {
  holder *held = lua_newuserdatauv(L, sizeof *held, 0);
  held->is_open = false;
  push_metatable(L);
  lua_setmetatable(L, -2);
  return held;
}

int neap_push_price_book(lua_State *L, const neap_price_book *book) {
  neap_fault fault;
  holder *held = push_closed(L);
  if (neap_price_book_copy(book, &held->book, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  held->is_open = true;
  return 1;
}

static int new_book(lua_State *L) {
  static const char *const allowed[] = {"price_increment", "size_increment", NULL};
  neap_decimal price, size;
  neap_fault fault;
  neap_check_options(L, 1, "book.new", allowed);
  neap_check_increment_options(L, "book.new", &price, &size);
  holder *held = push_closed(L);
  if (neap_price_book_init(&held->book, price, size, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  held->is_open = true;
  return 1;
}

/* The list of {price, size} in the field bids or asks of the table at 2, of which there is room for `most`. */
static size_t read_side(lua_State *L, const neap_price_book *book, neap_book_side side, size_t most,
                        neap_book_change *out) {
  const char *name = side == NEAP_BID ? "bids" : "asks";
  if (lua_getfield(L, 2, name) != LUA_TTABLE) return lua_pop(L, 1), 0;
  int list = lua_gettop(L);
  size_t count = lua_rawlen(L, list);
  count = count < most ? count : most;
  for (size_t i = 0; i < count; i++, lua_pop(L, 3)) {
    if (lua_geti(L, list, (lua_Integer)i + 1) != LUA_TTABLE) luaL_error(L, "%s: {price, size} is wanted", name);
    lua_geti(L, -1, 1);
    lua_geti(L, -2, 2);
    out[i] =
        (neap_book_change){.side = side,
                           .price = neap_check_increments(L, neap_check_decimal(L, -2), book->price_increment, name),
                           .size = neap_check_increments(L, neap_check_decimal(L, -1), book->size_increment, name)};
  }
  lua_pop(L, 1);
  return count;
}

static size_t length_of(lua_State *L, const char *name) {
  size_t count = 0;
  int type = lua_getfield(L, 2, name);
  if (type != LUA_TNIL && type != LUA_TTABLE) luaL_error(L, "%s: a list of {price, size} is wanted", name);
  if (type == LUA_TTABLE) count = lua_rawlen(L, -1);
  if (count > MOST_CHANGES) luaL_error(L, "%s: at most %d changes", name, MOST_CHANGES);
  lua_pop(L, 1);
  return count;
}

typedef neap_status taker(neap_price_book *book, const neap_book_message *message, neap_fault *fault);

static int take(lua_State *L, taker *apply, const char *what) {
  static const char *const allowed[] = {"bids", "asks", "time", "sequence", NULL};
  neap_price_book *book = neap_check_price_book(L, 1);
  neap_fault fault;
  neap_check_options(L, 2, what, allowed);
  lua_settop(L, 2);
  size_t bids = length_of(L, "bids"), asks = length_of(L, "asks");
  neap_book_change *changes = lua_newuserdatauv(L, (bids + asks + 1) * sizeof *changes, 0);
  neap_book_message message = {.changes = changes,
                               .time = neap_field_integer(L, 2, what, "time", 0),
                               .sequence = (uint64_t)neap_field_integer(L, 2, what, "sequence", 0)};
  message.count = read_side(L, book, NEAP_BID, bids, changes);
  message.count += read_side(L, book, NEAP_ASK, asks, changes + message.count);
  if (apply(book, &message, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  lua_pushvalue(L, 1);
  return 1;
}

static int snapshot(lua_State *L) { return take(L, neap_price_book_snapshot, "snapshot"); }
static int update(lua_State *L) { return take(L, neap_price_book_update, "update"); }

static int answer(lua_State *L, neap_status status, neap_decimal value) {
  neap_fault fault;
  if (status == NEAP_OK) return neap_push_decimal(L, value), 1;
  if (status == NEAP_NOT_FOUND)
    neap_fail(&fault, status, "no_liquidity", "a side is empty, holds less, or the book is in doubt");
  else
    neap_fail(&fault, status, "overflow", "the result does not fit, or the argument is no multiple of the increment");
  return neap_push_fault(L, &fault);
}

static void push_level(lua_State *L, const neap_price_book *book, const neap_book_level *level) {
  neap_decimal price = NEAP_ZERO, size = NEAP_ZERO;
  neap_price_book_price(book, level->price, &price);
  neap_price_book_size(book, level->size, &size);
  neap_push_decimal(L, price);
  neap_push_decimal(L, size);
}

static neap_book_side check_side(lua_State *L) {
  return (neap_book_side)neap_check_word(L, 2, "side", neap_book_side_words);
}

/* book:best(side) → price, size */
static int best(lua_State *L) {
  const neap_price_book *book = neap_check_price_book(L, 1);
  neap_book_level level;
  neap_status status = neap_price_book_best(book, check_side(L), &level);
  if (status != NEAP_OK) return answer(L, status, NEAP_ZERO);
  push_level(L, book, &level);
  return 2;
}

static size_t check_count(lua_State *L, int index, lua_Integer otherwise) {
  lua_Integer count = luaL_optinteger(L, index, otherwise);
  luaL_argcheck(L, count > 0 && count <= MOST_CHANGES, index, "a number of levels, from 1 to 1000000");
  return (size_t)count;
}

/* book:levels(side, most) → list of {price, size} */
static int levels(lua_State *L) {
  const neap_price_book *book = neap_check_price_book(L, 1);
  neap_book_side side = check_side(L);
  size_t most = check_count(L, 3, MOST_CHANGES), there = book->side[side].count;
  most = there < most ? there : most;
  neap_book_level *found = lua_newuserdatauv(L, (most + 1) * sizeof *found, 0);
  size_t count = neap_price_book_levels(book, side, most, found);
  lua_createtable(L, (int)count, 0);
  for (size_t i = 0; i < count; i++) {
    lua_createtable(L, 2, 0);
    push_level(L, book, &found[i]);
    lua_rawseti(L, -3, 2);
    lua_rawseti(L, -2, 1);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

/* book:at(side, price) → size */
static int at(lua_State *L) {
  const neap_price_book *book = neap_check_price_book(L, 1);
  neap_book_side side = check_side(L);
  int64_t price = neap_check_increments(L, neap_check_decimal(L, 3), book->price_increment, "at");
  neap_decimal size;
  return answer(L, neap_price_book_size(book, neap_price_book_at(book, side, price), &size), size);
}

static int mid(lua_State *L) {
  neap_decimal value = NEAP_ZERO;
  neap_status status = neap_price_book_mid(neap_check_price_book(L, 1), &value);
  return answer(L, status, value);
}

static int spread_bps(lua_State *L) {
  neap_decimal value = NEAP_ZERO;
  neap_status status = neap_price_book_spread_bps(neap_check_price_book(L, 1), &value);
  return answer(L, status, value);
}

/* book:depth(side, levels) */
static int depth(lua_State *L) {
  neap_decimal value = NEAP_ZERO;
  neap_status status = neap_price_book_depth(neap_check_price_book(L, 1), check_side(L), check_count(L, 3, 1), &value);
  return answer(L, status, value);
}

/* book:depth_within(side, bps) */
static int depth_within(lua_State *L) {
  neap_decimal value = NEAP_ZERO, bps = neap_check_decimal(L, 3);
  luaL_argcheck(L, bps.units >= 0, 3, "basis points, zero or more");
  neap_status status = neap_price_book_depth_within(neap_check_price_book(L, 1), check_side(L), bps, &value);
  return answer(L, status, value);
}

static int imbalance(lua_State *L) {
  neap_decimal value = NEAP_ZERO;
  size_t count = check_count(L, 2, IMBALANCE_LEVELS);
  neap_status status = neap_price_book_imbalance(neap_check_price_book(L, 1), count, &value);
  return answer(L, status, value);
}

/* book:vwap("buy", quantity): a buyer takes the asks. */
static int vwap(lua_State *L) {
  neap_decimal value = NEAP_ZERO, quantity = neap_check_decimal(L, 3);
  const neap_price_book *book = neap_check_price_book(L, 1);
  bool buys = neap_check_word(L, 2, "side", neap_side_words) == NEAP_BUY;
  luaL_argcheck(L, quantity.units > 0, 3, "a quantity is over zero");
  neap_check_increments(L, quantity, book->size_increment, "vwap");
  neap_status status = neap_price_book_vwap(book, buys ? NEAP_ASK : NEAP_BID, quantity, &value);
  return answer(L, status, value);
}

/* book:copy() → one of its own that is as this one is now */
static int copy(lua_State *L) { return neap_push_price_book(L, neap_check_price_book(L, 1)); }

static int state(lua_State *L) {
  const neap_price_book *book = neap_check_price_book(L, 1);
  lua_createtable(L, 0, 5);
  lua_pushboolean(L, book->whole);
  lua_setfield(L, -2, "whole");
  neap_set_integer(L, "time", book->time);
  neap_set_integer(L, "sequence", (int64_t)book->sequence);
  neap_set_integer(L, "bids", (int64_t)book->side[NEAP_BID].count);
  neap_set_integer(L, "asks", (int64_t)book->side[NEAP_ASK].count);
  return 1;
}

static int to_string(lua_State *L) {
  holder *held = luaL_checkudata(L, 1, BOOK_TYPE);
  neap_book_level bid, ask;
  if (!held->is_open) return lua_pushliteral(L, "book: closed"), 1;
  if (!held->book.whole) return lua_pushliteral(L, "book: in doubt, it waits for a snapshot"), 1;
  bool both = neap_price_book_best(&held->book, NEAP_BID, &bid) == NEAP_OK &&
              neap_price_book_best(&held->book, NEAP_ASK, &ask) == NEAP_OK;
  if (!both) return lua_pushliteral(L, "book: a side is empty"), 1;
  push_level(L, &held->book, &bid);
  push_level(L, &held->book, &ask);
  for (int i = 0; i < 4; i++) luaL_tolstring(L, -4, NULL);
  lua_pushfstring(L, "book: %s × %s | %s × %s", lua_tostring(L, -4), lua_tostring(L, -3), lua_tostring(L, -2),
                  lua_tostring(L, -1));
  return 1;
}

static const luaL_Reg methods[] = {{"snapshot", snapshot},
                                   {"update", update},
                                   {"best", best},
                                   {"levels", levels},
                                   {"at", at},
                                   {"mid", mid},
                                   {"depth", depth},
                                   {"spread_bps", spread_bps},
                                   {"vwap", vwap},
                                   {"depth_within", depth_within},
                                   {"state", state},
                                   {"copy", copy},
                                   {"imbalance", imbalance},
                                   {"close", close_book},
                                   {NULL, NULL}};
static const luaL_Reg metamethods[] = {
    {"__gc", close_book}, {"__close", close_book}, {"__tostring", to_string}, {NULL, NULL}};
static const luaL_Reg functions[] = {{"new", new_book}, {NULL, NULL}};

static void push_metatable(lua_State *L) {
  if (!luaL_newmetatable(L, BOOK_TYPE)) return;
  luaL_setfuncs(L, metamethods, 0);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, "book");
  lua_setfield(L, -2, "__metatable");
}

int luaopen_neap_book(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
