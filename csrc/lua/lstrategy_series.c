/* SPDX-License-Identifier: MIT */
/* lstrategy_series: bars and own series, and the indicators that hang on them. */
#include <math.h>
#include <string.h>

#include "lua/lindicator.h"
#include "lua/lstrategy.h"

#define SERIES_TYPE "neap.series"

/* The stream lives as long as the session, which outlives the cell. */
typedef struct series {
  neap_stream *stream;
  uint32_t product;
  int64_t frame; /* 0: the strategy's own */
  bool of_bars;
} series;

static neap_stream *check(lua_State *L, int index) {
  return ((series *)luaL_checkudata(L, index, SERIES_TYPE))->stream;
}

/* What a script makes the session keep counts against the script's memory, once, for as long as it lives. */
static void weigh(lua_State *L, const void *kept, size_t bytes) {
  bool known = lua_rawgetp(L, LUA_REGISTRYINDEX, kept) != LUA_TNIL;
  lua_pop(L, 1);
  if (known) return;
  neap_cell_push_weight(L, bytes);
  lua_rawsetp(L, LUA_REGISTRYINDEX, kept);
}

static int push_indicator(lua_State *L, neap_stream *stream, neap_indicator_kind kind, int index) {
  neap_fault fault;
  neap_indicator *indicator = NULL;
  const char *name = neap_indicator_kind_name(kind);
  if (!lua_isinteger(L, index)) return luaL_error(L, "%s: a whole number of bars is wanted", name);
  lua_Integer period = lua_tointeger(L, index);
  neap_status status = neap_stream_indicator(stream, kind, period, &indicator, &fault);
  if (status == NEAP_MEMORY) neap_lstrategy_check(L, status, name, &fault);
  if (status != NEAP_OK) return luaL_error(L, "%s", fault.message);
  weigh(L, indicator, neap_indicator_size(indicator));
  neap_push_indicator(L, indicator, 0);
  return 1;
}

/* self:sma(n): of the base time frame's close */
static int make_indicator(lua_State *L, neap_indicator_kind kind) {
  neap_fault fault;
  neap_stream *stream = NULL;
  const char *name = neap_indicator_kind_name(kind);
  neap_lstrategy_check_object(L);
  uint32_t product = neap_lstrategy_product(L, name, 0);
  neap_lstrategy_check(L, neap_desk_bars(neap_lstrategy(L)->desk, product, 0, &stream, &fault), name, &fault);
  return push_indicator(L, stream, kind, 2);
}

static int sma(lua_State *L) { return make_indicator(L, NEAP_SMA); }
static int ema(lua_State *L) { return make_indicator(L, NEAP_EMA); }
static int highest(lua_State *L) { return make_indicator(L, NEAP_HIGHEST); }
static int lowest(lua_State *L) { return make_indicator(L, NEAP_LOWEST); }
static int atr(lua_State *L) { return make_indicator(L, NEAP_ATR); }
static int rsi(lua_State *L) { return make_indicator(L, NEAP_RSI); }
static int zscore(lua_State *L) { return make_indicator(L, NEAP_ZSCORE); }

static int series_indicator(lua_State *L) {
  return push_indicator(L, check(L, 1), (neap_indicator_kind)lua_tointeger(L, lua_upvalueindex(1)), 2);
}

static int push(lua_State *L) {
  neap_fault fault;
  neap_stream *stream = check(L, 1);
  if (neap_stream_is_of_bars(stream)) return luaL_error(L, "push: the session feeds bars; make a series of your own");
  if (neap_test_decimal(L, 2)) return luaL_error(L, "push: a float is wanted, not a decimal: use d:float()");
  double value = luaL_checknumber(L, 2);
  if (!isfinite(value)) return luaL_error(L, "push: the value is not a finite number");
  neap_lstrategy_check(L, neap_stream_push(stream, value, &fault), "push", &fault);
  lua_settop(L, 1);
  return 1;
}

static int push_at(lua_State *L, const series *self, neap_stream *stream, lua_Integer back) {
  double value;
  const neap_candle *bar = self->of_bars ? neap_stream_bar(stream, back) : NULL;
  if (bar) {
    int64_t frame = self->frame ? self->frame : neap_lstrategy_frame(L, self->product);
    neap_bar_event event = {self->product, frame, bar->time + frame, bar};
    neap_lstrategy_push_bar(L, &event);
    return 1;
  }
  if (!self->of_bars && neap_stream_value(stream, back, &value)) return lua_pushnumber(L, value), 1;
  if (back < 0) return luaL_error(L, "[%I] is later than now; [0] is the newest", back);
  if (back >= NEAP_STREAM_KEPT) return luaL_error(L, "[%I] is too far back: %d are kept", back, NEAP_STREAM_KEPT);
  return luaL_error(L, "[%I] is not ready: there are %I so far", back, (LUAI_UACINT)neap_stream_count(stream));
}

static int raise_unknown(lua_State *L) {
  static const char *const words[] = {"count",   "ready",  "push", "sma", "ema",
                                      "highest", "lowest", "atr",  "rsi", "zscore"};
  const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : luaL_typename(L, 2);
  const char *nearest = neap_nearest_word(key, words, sizeof words / sizeof *words);
  if (nearest) return luaL_error(L, "a series has no '%s'; did you mean '%s'?", key, nearest);
  return luaL_error(L, "a series has no '%s'", key);
}

/* upvalue 1: methods */
static int get(lua_State *L) {
  neap_stream *stream = check(L, 1);
  if (lua_isinteger(L, 2)) return push_at(L, lua_touserdata(L, 1), stream, lua_tointeger(L, 2));
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
  const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  if (strcmp(key, "count") == 0) return lua_pushinteger(L, (lua_Integer)neap_stream_count(stream)), 1;
  if (strcmp(key, "ready") == 0) return lua_pushboolean(L, neap_stream_count(stream) > 0), 1;
  return raise_unknown(L);
}

static int set(lua_State *L) { return luaL_error(L, "a series is read-only; push(x) adds to a series of your own"); }

static int length(lua_State *L) {
  uint64_t count = neap_stream_count(check(L, 1));
  lua_pushinteger(L, count < NEAP_STREAM_KEPT ? (lua_Integer)count : NEAP_STREAM_KEPT);
  return 1;
}

static int to_string(lua_State *L) {
  const series *self = luaL_checkudata(L, 1, SERIES_TYPE);
  lua_pushfstring(L, "series of %I %s", (LUAI_UACINT)neap_stream_count(check(L, 1)), self->of_bars ? "bars" : "values");
  return 1;
}

static void add_methods(lua_State *L) {
  lua_newtable(L);
  lua_pushcfunction(L, push);
  lua_setfield(L, -2, "push");
  for (int kind = NEAP_SMA; kind <= NEAP_ZSCORE; kind++) {
    lua_pushinteger(L, kind);
    lua_pushcclosure(L, series_indicator, 1);
    lua_setfield(L, -2, neap_indicator_kind_name((neap_indicator_kind)kind));
  }
  lua_pushcclosure(L, get, 1);
  lua_setfield(L, -2, "__index");
}

static void push_metatable(lua_State *L) {
  static const luaL_Reg metamethods[] = {
      {"__newindex", set}, {"__len", length}, {"__tostring", to_string}, {NULL, NULL}};
  if (!luaL_newmetatable(L, SERIES_TYPE)) return;
  luaL_setfuncs(L, metamethods, 0);
  add_methods(L);
  lua_pushliteral(L, "series");
  lua_setfield(L, -2, "__metatable");
}

static int push_series(lua_State *L, series made) {
  series *self = lua_newuserdatauv(L, sizeof *self, 0);
  *self = made;
  push_metatable(L);
  lua_setmetatable(L, -2);
  return 1;
}

/* self:bars() is the base time frame, self:bars "4h" a declared one. */
static int bars(lua_State *L) {
  neap_fault fault;
  series made = {.of_bars = true};
  neap_lstrategy_check_object(L);
  made.product = neap_lstrategy_product(L, "bars", 0);
  neap_strategy_cell *self = neap_lstrategy(L);
  int64_t asked = lua_isnoneornil(L, 2) ? 0 : neap_lstrategy_check_duration(L, 2, "bars");
  neap_lstrategy_check(L, neap_desk_bars(self->desk, made.product, asked, &made.stream, &fault), "bars", &fault);
  made.frame = asked;
  return push_series(L, made);
}

static int own_series(lua_State *L) {
  neap_fault fault;
  series made = {0};
  neap_lstrategy_check_object(L);
  const char *name = luaL_checkstring(L, 2);
  neap_lstrategy_check(L, neap_desk_series(neap_lstrategy(L)->desk, name, &made.stream, &fault), "series", &fault);
  weigh(L, made.stream, NEAP_STREAM_KEPT * sizeof(double));
  return push_series(L, made);
}

const strategy_word neap_words_series[] = {
    {"bars", bars, NULL, WORD_BOTH}, {"series", own_series, NULL, WORD_SELF}, {"sma", sma, NULL, WORD_BOTH},
    {"ema", ema, NULL, WORD_BOTH},   {"highest", highest, NULL, WORD_BOTH},   {"lowest", lowest, NULL, WORD_BOTH},
    {"atr", atr, NULL, WORD_BOTH},   {"rsi", rsi, NULL, WORD_BOTH},           {"zscore", zscore, NULL, WORD_BOTH},
    {NULL, NULL, NULL, WORD_BOTH}};
