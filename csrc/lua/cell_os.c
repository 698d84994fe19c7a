/* SPDX-License-Identifier: MIT */
/* cell_os: os.time and os.date of the session's clock, in UTC; nothing else of os. */
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "lua/cell_parts.h"
#include "lua/lneap.h"

static time_t read_now(lua_State *L) {
  int64_t ns = 0;
  neap_fault fault;
  neap_cell *cell = neap_cell_of(L);
  if (!cell->now) luaL_error(L, "there is no time here");
  if (cell->now(cell->context, &ns, &fault) != NEAP_OK) neap_raise_fault(L, &fault);
  return (time_t)(ns / NEAP_SECOND);
}

static int get_part(lua_State *L, const char *name, int otherwise, int offset) {
  int is_integer = 1;
  lua_Integer value = otherwise;
  if (lua_getfield(L, 1, name) != LUA_TNIL)
    value = lua_tointegerx(L, -1, &is_integer);
  else if (otherwise < 0)
    luaL_error(L, "os.time: field '%s' is missing", name);
  lua_pop(L, 1);
  if (!is_integer || value < -100000000 || value > 100000000) luaL_error(L, "os.time: bad field '%s'", name);
  return (int)value - offset;
}

static int get_time(lua_State *L) {
  if (lua_isnoneornil(L, 1)) {
    lua_pushinteger(L, read_now(L));
    return 1;
  }
  luaL_checktype(L, 1, LUA_TTABLE);
  struct tm parts = {.tm_year = get_part(L, "year", -1, 1900),
                     .tm_mon = get_part(L, "month", -1, 1),
                     .tm_mday = get_part(L, "day", -1, 0),
                     .tm_hour = get_part(L, "hour", 12, 0),
                     .tm_min = get_part(L, "min", 0, 0),
                     .tm_sec = get_part(L, "sec", 0, 0)};
  lua_pushinteger(L, timegm(&parts));
  return 1;
}

static void set_part(lua_State *L, const char *name, int value) {
  lua_pushinteger(L, value);
  lua_setfield(L, -2, name);
}

static int push_parts(lua_State *L, const struct tm *parts) {
  lua_createtable(L, 0, 9);
  set_part(L, "year", parts->tm_year + 1900);
  set_part(L, "month", parts->tm_mon + 1);
  set_part(L, "day", parts->tm_mday);
  set_part(L, "hour", parts->tm_hour);
  set_part(L, "min", parts->tm_min);
  set_part(L, "sec", parts->tm_sec);
  set_part(L, "wday", parts->tm_wday + 1);
  set_part(L, "yday", parts->tm_yday + 1);
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "isdst");
  return 1;
}

/* Only what no locale changes. */
static void check_format(lua_State *L, const char *format) {
  for (const char *at = format; (at = strchr(at, '%')) != NULL; at += 2)
    if (at[1] == '\0' || !strchr("%DFHIMRSTUVWYdejmuwyCGgnt", at[1]))
      luaL_error(L, "os.date: '%%%c' is not available in a script; known: %%Y %%m %%d %%H %%M %%S %%F %%T %%j %%u …",
                 at[1] ? at[1] : ' ');
}

static int get_date(lua_State *L) {
  struct tm parts;
  char text[256];
  const char *format = luaL_optstring(L, 1, "%F %T");
  time_t at = lua_isnoneornil(L, 2) ? read_now(L) : (time_t)luaL_checkinteger(L, 2);
  if (*format == '!') format++;
  luaL_argcheck(L, gmtime_r(&at, &parts) != NULL, 2, "a time within reach is wanted");
  if (strcmp(format, "*t") == 0) return push_parts(L, &parts);
  check_format(L, format);
  size_t length = strftime(text, sizeof text, format, &parts);
  luaL_argcheck(L, length > 0 || *format == '\0', 1, "too long");
  lua_pushlstring(L, text, length);
  return 1;
}

static int unknown(lua_State *L) {
  if (lua_type(L, 2) != LUA_TSTRING) return 0;
  return luaL_error(L, "os.%s is not available in a script (os.time and os.date are)", lua_tostring(L, 2));
}

void neap_cell_open_os(lua_State *L) {
  lua_createtable(L, 0, 2);
  lua_pushcfunction(L, get_time);
  lua_setfield(L, -2, "time");
  lua_pushcfunction(L, get_date);
  lua_setfield(L, -2, "date");
  lua_createtable(L, 0, 2);
  lua_pushliteral(L, "os");
  lua_setfield(L, -2, "__metatable");
  lua_pushcfunction(L, unknown);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
  lua_setglobal(L, "os");
}
