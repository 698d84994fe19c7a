/* SPDX-License-Identifier: MIT */
/* lcandle_table: bars to Lua tables and back. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "lua/lcandle.h"
#include "lua/lneap.h"

enum { NUMBER_TEXT = 40 };

static void set_price(lua_State *L, const char *name, neap_decimal exact_value, double value, bool exact) {
  if (exact)
    neap_push_decimal(L, exact_value);
  else
    lua_pushnumber(L, value);
  lua_setfield(L, -2, name);
}

void neap_push_candle(lua_State *L, const neap_candle *bar, bool exact) {
  luaL_checkstack(L, 4, "a bar");
  lua_createtable(L, 0, NEAP_CANDLE_FIELDS);
  lua_pushinteger(L, bar->time);
  lua_setfield(L, -2, "time");
  set_price(L, "open", bar->open, bar->open_float, exact);
  set_price(L, "high", bar->high, bar->high_float, exact);
  set_price(L, "low", bar->low, bar->low_float, exact);
  set_price(L, "close", bar->close, bar->close_float, exact);
  set_price(L, "volume", bar->volume, bar->volume_float, exact);
}

/* The shortest text that reads back, with a point whatever the locale. */
static size_t shortest(double value, char text[NUMBER_TEXT]) {
  size_t length = 0;
  for (int digits = 15; digits <= 17; digits++) {
    length = (size_t)snprintf(text, NUMBER_TEXT, "%.*g", digits, value);
    if (strtod(text, NULL) == value) break;
  }
  for (char *p = text; *p; p++)
    if (!strchr("0123456789+-e", *p)) *p = '.';
  return length;
}

static neap_status float_value(double value, neap_decimal *out, neap_fault *fault) {
  char text[NUMBER_TEXT];
  if (!isfinite(value)) return neap_fail(fault, NEAP_INVALID, "number", "%f is no number", value);
  return neap_decimal_parse_truncated(text, shortest(value, text), out, NULL, fault);
}

/* The value on top of the stack. */
static neap_status read_number(lua_State *L, neap_decimal *out, neap_fault *fault) {
  size_t length;
  const neap_decimal *decimal = neap_test_decimal(L, -1);
  int type = lua_type(L, -1);
  if (decimal) return *out = *decimal, NEAP_OK;
  if (lua_isinteger(L, -1)) return *out = neap_decimal_from_int(lua_tointeger(L, -1)), NEAP_OK;
  if (type == LUA_TNUMBER) return float_value(lua_tonumber(L, -1), out, fault);
  if (type != LUA_TSTRING)
    return neap_fail(fault, NEAP_INVALID, "number", "%s is no number",
                     type == LUA_TNIL ? "nothing" : lua_typename(L, type));
  const char *text = lua_tolstring(L, -1, &length);
  return neap_decimal_parse_truncated(text, length, out, NULL, fault);
}

static neap_status read_price(lua_State *L, int table, const char *name, neap_decimal *out, neap_fault *fault) {
  char reason[sizeof fault->message];
  neap_fault inner;
  lua_getfield(L, table, name);
  neap_status status = read_number(L, out, &inner);
  lua_pop(L, 1);
  if (status == NEAP_OK) return NEAP_OK;
  snprintf(reason, sizeof reason, "%s", inner.message);
  return neap_fail(fault, NEAP_INVALID, inner.code, "%s: %.200s", name, reason);
}

/* 1970-04-26 in ns; smaller numbers are seconds, milliseconds or microseconds of today. */
static const int64_t other_unit = INT64_C(10000000000000000);

static neap_status read_time(lua_State *L, int table, int64_t *out, neap_fault *fault) {
  size_t length;
  neap_status status = NEAP_OK;
  int type = lua_getfield(L, table, "time");
  if (lua_isinteger(L, -1)) {
    *out = lua_tointeger(L, -1);
    if (*out > 0 && *out < other_unit)
      status = neap_fail(fault, NEAP_INVALID, "time", "time %lld is not in nanoseconds", (long long)*out);
  } else if (type == LUA_TSTRING) {
    const char *text = lua_tolstring(L, -1, &length);
    status = neap_time_parse(text, length, out, fault);
  } else {
    status = neap_fail(fault, NEAP_INVALID, "time", "time: integer ns or ISO 8601 text is wanted, not %s",
                       lua_typename(L, type));
  }
  lua_pop(L, 1);
  return status;
}

static neap_status read_volume(lua_State *L, int table, neap_decimal *out, neap_fault *fault) {
  int type = lua_getfield(L, table, "volume");
  lua_pop(L, 1);
  *out = NEAP_ZERO;
  return type == LUA_TNIL ? NEAP_OK : read_price(L, table, "volume", out, fault);
}

/* The bar on top of the stack. */
static neap_status read_bar(lua_State *L, neap_candle *bar, neap_fault *fault) {
  int table = lua_gettop(L);
  if (!lua_istable(L, table))
    return neap_fail(fault, NEAP_INVALID, "bar", "a bar is a table with time, open, high, low, close, not %s",
                     luaL_typename(L, table));
  neap_status status = read_time(L, table, &bar->time, fault);
  if (!status) status = read_price(L, table, "open", &bar->open, fault);
  if (!status) status = read_price(L, table, "high", &bar->high, fault);
  if (!status) status = read_price(L, table, "low", &bar->low, fault);
  if (!status) status = read_price(L, table, "close", &bar->close, fault);
  if (!status) status = read_volume(L, table, &bar->volume, fault);
  if (!status) neap_candle_set_floats(bar);
  return status;
}

/* NULL: the table holds bars. The text lives as long as the table. */
static const char *generated_text(lua_State *L, int table, lua_Integer *number) {
  if (!lua_istable(L, table)) return NULL;
  lua_pushliteral(L, "number");
  lua_rawget(L, table);
  *number = lua_tointeger(L, -1);
  lua_pushliteral(L, "generated");
  lua_rawget(L, table);
  const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
  lua_pop(L, 2);
  return text;
}

const neap_candle *neap_push_candles(lua_State *L, int index, size_t *count, neap_fault *fault) {
  int table = lua_absindex(L, index);
  lua_Integer number = 0;
  luaL_checkstack(L, 6, "bars");
  const char *text = generated_text(L, table, &number);
  if (text) return neap_push_generated(L, text, number, count, fault);
  *count = lua_istable(L, table) ? (size_t)lua_rawlen(L, table) : 0;
  neap_candle *bars = lua_newuserdatauv(L, (*count + 1) * sizeof *bars, 0);
  neap_status status = NEAP_OK;
  if (!lua_istable(L, table))
    status = neap_fail(fault, NEAP_INVALID, "bars", "a list of bars is wanted, not %s", luaL_typename(L, table));
  for (size_t i = 0; i < *count && status == NEAP_OK; i++) {
    lua_rawgeti(L, table, (lua_Integer)i + 1);
    status = read_bar(L, &bars[i], fault);
    if (status) neap_fault_set_where(fault, "bar %zu", i + 1);
    lua_pop(L, 1);
  }
  if (status == NEAP_OK) return bars;
  lua_pop(L, 1);
  return NULL;
}
