/* SPDX-License-Identifier: MIT */
/* lindicator: neap.indicator. Looked up and called once per bar, so the interpreter finds methods by itself and types
 * are told by a mark. */
#include "lua/lindicator.h"

#include <stdio.h>
#include <string.h>

#include "lua/lneap.h"

#define METATABLE "neap.indicator"

typedef struct handle {
  const char *tag;           /* TAG */
  neap_indicator *indicator; /* NULL: closed */
  int owner;
} handle;

/* Its address marks our userdata: half the cost of comparing metatables, and no script can learn or forge it. */
static const char TAG[] = METATABLE;

static const char *describe(const neap_indicator *x, char out[48]) {
  snprintf(out, 48, "%s(%lld)", neap_indicator_kind_name(neap_indicator_kind_of(x)),
           (long long)neap_indicator_period(x));
  return out;
}

static handle *find(lua_State *L, int index) {
  handle *found = lua_touserdata(L, index);
  return found && lua_rawlen(L, index) == sizeof *found && found->tag == TAG ? found : NULL;
}

static neap_indicator *opened(lua_State *L, const handle *self) {
  if (!self->indicator) luaL_error(L, "this indicator is closed: its session has ended");
  return self->indicator;
}

static neap_indicator *check(lua_State *L, int index) {
  const handle *found = find(L, index);
  if (!found) luaL_typeerror(L, index, "indicator");
  return opened(L, found);
}

static int raise_missing(lua_State *L, const neap_indicator *x, lua_Integer back) {
  char name[48];
  describe(x, name);
  if (back < 0) return luaL_error(L, "%s[%I]: later than now; 0 is the newest value, 1 the one before", name, back);
  if (back >= neap_indicator_kept(x))
    return luaL_error(L, "%s[%I]: only %I values are kept, the oldest is [%I]; ask for more with keep(n)", name, back,
                      (LUAI_UACINT)neap_indicator_kept(x), (LUAI_UACINT)(neap_indicator_kept(x) - 1));
  lua_Integer missing = neap_indicator_missing(x, back);
  return luaL_error(L, "%s[%I] is not ready: %I more push%s needed", name, back, missing, missing == 1 ? "" : "es");
}

static int push_value(lua_State *L, const neap_indicator *x, lua_Integer back) {
  double value;
  if (!neap_indicator_value(x, back, &value)) return raise_missing(L, x, back);
  lua_pushnumber(L, value);
  return 1;
}

static int raise_unknown(lua_State *L, const neap_indicator *x) {
  static const char *const words[] = {"value", "ready", "push", "keep", "crossed_above", "crossed_below"};
  char name[48];
  int type = lua_type(L, 2); /* a table as text would be an address */
  const char *key = type == LUA_TSTRING || type == LUA_TNUMBER ? lua_tostring(L, 2) : lua_typename(L, type);
  const char *nearest = neap_nearest_word(key, words, sizeof words / sizeof *words);
  if (nearest) return luaL_error(L, "%s has no '%s'; did you mean '%s'?", describe(x, name), key, nearest);
  return luaL_error(L, "%s has no '%s'", describe(x, name), key);
}

static int push_ready(lua_State *L, const neap_indicator *x) {
  lua_pushboolean(L, neap_indicator_ready(x));
  return 1;
}

/* What is no method. It stands behind the object's table of methods, and so is called with that table: the object comes
 * as an upvalue. */
static int get(lua_State *L) {
  const handle *self = lua_touserdata(L, lua_upvalueindex(1));
  const neap_indicator *x = opened(L, self);
  int is_integer;
  lua_Integer back = lua_tointegerx(L, 2, &is_integer);
  if (lua_type(L, 2) == LUA_TNUMBER && is_integer) return push_value(L, x, back);
  const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  if (strcmp(key, "value") == 0) return push_value(L, x, 0);
  return strcmp(key, "ready") == 0 ? push_ready(L, x) : raise_unknown(L, x);
}

static int set(lua_State *L) {
  char name[48];
  return luaL_error(L, "%s is read-only", describe(check(L, 1), name));
}

static int crossed(lua_State *L, bool (*line)(const neap_indicator *, const neap_indicator *),
                   bool (*level)(const neap_indicator *, double)) {
  const neap_indicator *x = check(L, 1);
  const handle *other = find(L, 2);
  if (other)
    lua_pushboolean(L, line(x, opened(L, other)));
  else if (lua_type(L, 2) == LUA_TNUMBER)
    lua_pushboolean(L, level(x, lua_tonumber(L, 2)));
  else
    return luaL_typeerror(L, 2, "indicator or number");
  return 1;
}

static int crossed_above(lua_State *L) {
  return crossed(L, neap_indicator_crossed_above, neap_indicator_crossed_above_level);
}

static int crossed_below(lua_State *L) {
  return crossed(L, neap_indicator_crossed_below, neap_indicator_crossed_below_level);
}

static double bar_price(lua_State *L, const char *field) {
  if (lua_getfield(L, 2, field) != LUA_TNUMBER) luaL_error(L, "push: the bar's '%s' must be a number", field);
  double price = lua_tonumber(L, -1);
  lua_pop(L, 1);
  return price;
}

static neap_status push_bar(lua_State *L, neap_indicator *x) {
  static const char *const fields[] = {"high",       "low",    "close",   "open",      "time",
                                       "close_time", "volume", "product", "timeframe", NULL};
  if (lua_type(L, 2) == LUA_TTABLE) neap_check_options(L, 2, "push", fields);
  double high = bar_price(L, "high"), low = bar_price(L, "low"), close = bar_price(L, "close");
  return neap_indicator_push_bar(x, high, low, close);
}

static int raise_push(lua_State *L, const neap_indicator *x, int is_float) {
  char name[48];
  describe(x, name);
  if (is_float && neap_indicator_kind_of(x) == NEAP_ATR)
    return luaL_error(L, "%s needs bars: push { high =, low =, close = }", name);
  return luaL_error(L, "%s: cannot push %s: %s", name, is_float ? luaL_tolstring(L, 2, NULL) : "this bar",
                    "numbers must be finite, within 1e150, and high not below low");
}

static int push(lua_State *L) {
  neap_indicator *x = check(L, 1);
  char name[48];
  if (!find(L, 1)->owner) return luaL_error(L, "%s is fed by the session: it takes no push", describe(x, name));
  int is_float = lua_type(L, 2) == LUA_TNUMBER;
  if (neap_test_decimal(L, 2)) return luaL_error(L, "push: a float is wanted, not a decimal: use d:float()");
  if (!is_float && lua_type(L, 2) != LUA_TTABLE && !luaL_getmetafield(L, 2, "__index"))
    return luaL_typeerror(L, 2, "number or bar");
  neap_status status = is_float ? neap_indicator_push(x, lua_tonumber(L, 2)) : push_bar(L, x);
  if (status != NEAP_OK) return raise_push(L, x, is_float);
  lua_settop(L, 1);
  return 1;
}

/* What an indicator of the script's own holds outside of Lua weighs as much inside, where limits and collections see
 * it: a block that nobody touches, as the user value of the handle at `index`. */
static void weigh(lua_State *L, int index) {
  const handle *self = find(L, index);
  index = lua_absindex(L, index);
  lua_newuserdatauv(L, neap_indicator_size(self->indicator), 0);
  lua_setiuservalue(L, index, 1);
}

static int keep(lua_State *L) {
  neap_indicator *x = check(L, 1);
  lua_Integer count = luaL_checkinteger(L, 2);
  neap_status status = count < 1 ? NEAP_INVALID : neap_indicator_keep(x, count);
  if (status == NEAP_MEMORY) return luaL_error(L, "keep: no memory for %I values", count);
  luaL_argcheck(L, status == NEAP_OK, 2, "a whole number from 1 to 1000000 is wanted");
  weigh(L, 1);
  lua_settop(L, 1);
  return 1;
}

static int to_string(lua_State *L) {
  const handle *self = find(L, 1);
  char name[48];
  double value;
  if (!self->indicator)
    lua_pushliteral(L, "indicator (closed)");
  else if (neap_indicator_value(self->indicator, 0, &value))
    lua_pushfstring(L, "%s = %f", describe(self->indicator, name), value);
  else
    lua_pushfstring(L, "%s not ready: %I more to push", describe(self->indicator, name),
                    (LUAI_UACINT)neap_indicator_missing(self->indicator, 0));
  return 1;
}

static int collect(lua_State *L) {
  handle *self = find(L, 1);
  if (self->owner) neap_indicator_free(self->indicator);
  self->indicator = NULL;
  return 0;
}

static const luaL_Reg methods[] = {
    {"push", push}, {"keep", keep}, {"crossed_above", crossed_above}, {"crossed_below", crossed_below}, {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__newindex", set}, {"__tostring", to_string}, {"__gc", collect}, {NULL, NULL}};

/* The methods, found by the interpreter without a call, and behind them `get`. */
static void push_index(lua_State *L, handle *self) {
  luaL_newlib(L, methods);
  lua_createtable(L, 0, 1);
  lua_pushlightuserdata(L, self);
  lua_pushcclosure(L, get, 1);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
}

/* Each object has a metatable of its own: a strategy has few of them, and looks up methods for each bar. */
static handle *push_closed(lua_State *L) {
  handle *self = lua_newuserdatauv(L, sizeof *self, 1);
  *self = (handle){TAG, NULL, 0};
  lua_createtable(L, 0, 6);
  push_index(L, self);
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, METATABLE);
  lua_setfield(L, -2, "__name");
  lua_pushliteral(L, "indicator");
  lua_setfield(L, -2, "__metatable");
  luaL_setfuncs(L, metamethods, 0);
  lua_setmetatable(L, -2);
  return self;
}

void neap_push_indicator(lua_State *L, neap_indicator *indicator, int owner) {
  handle *self = push_closed(L);
  *self = (handle){TAG, indicator, owner};
}

static int new (lua_State *L) {
  neap_indicator_kind kind = (neap_indicator_kind)lua_tointeger(L, lua_upvalueindex(1));
  luaL_argexpected(L, lua_isinteger(L, 1), 1, "whole number");
  lua_Integer period = lua_tointeger(L, 1);
  neap_fault fault;
  handle *self = push_closed(L);
  self->owner = 1;
  if (neap_indicator_new(kind, period, &self->indicator, &fault) != NEAP_OK) return neap_raise_fault(L, &fault);
  weigh(L, -1);
  return 1;
}

NEAP_EXPORT int luaopen_neap_indicator(lua_State *L);

NEAP_EXPORT int luaopen_neap_indicator(lua_State *L) {
  lua_newtable(L);
  for (int kind = NEAP_SERIES; kind <= NEAP_ZSCORE; kind++) {
    lua_pushinteger(L, kind);
    lua_pushcclosure(L, new, 1);
    lua_setfield(L, -2, neap_indicator_kind_name((neap_indicator_kind)kind));
  }
  return 1;
}
