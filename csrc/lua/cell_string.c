/* SPDX-License-Identifier: MIT */
/* cell_string: string, utf8 and math of a cell: no addresses, no bytecode, no loop in C without an end. What is kept of
 * the stock libraries passes once over texts that the memory limit bounds. */
#include <string.h>

#include <lualib.h>

#include "lua/cell_parts.h"

enum { TEXT_MAX = 1 << 20 };

/* upvalue 1 of what follows: the stock function, which has no upvalues of its own */
static int call_stock(lua_State *L) { return lua_tocfunction(L, lua_upvalueindex(1))(L); }

static int repeat(lua_State *L) {
  size_t length, between;
  luaL_checklstring(L, 1, &length);
  lua_Integer count = luaL_checkinteger(L, 2);
  luaL_optlstring(L, 3, "", &between);
  size_t unit = length + between;
  if (count > 0 && unit > 0 && (size_t)count > TEXT_MAX / unit) luaL_error(L, "string.rep: over 1 MiB");
  if (unit > 0) return call_stock(L);
  lua_pushliteral(L, "");
  return 1;
}

/* A zero byte is no end of a Lua string. */
static bool wants_pointer(const char *format, size_t length) {
  const char *end = format + length;
  while ((format = memchr(format, '%', (size_t)(end - format))) != NULL) {
    format++;
    if (format < end && *format != '%') format += strspn(format, "-+ #0123456789.");
    if (format < end && *format == 'p') return true;
    if (format < end) format++;
  }
  return false;
}

/* Arguments that would print their address become text first. */
static int format(lua_State *L) {
  size_t length;
  int count = lua_gettop(L);
  const char *wanted = luaL_checklstring(L, 1, &length);
  if (wants_pointer(wanted, length)) luaL_error(L, "string.format: %%p is not available in a script");
  for (int i = 2; i <= count; i++) {
    int type = lua_type(L, i);
    if (type == LUA_TNIL || type == LUA_TBOOLEAN || type == LUA_TNUMBER || type == LUA_TSTRING) continue;
    neap_cell_check_stop(L);
    neap_cell_tostring(L, i, NULL);
    lua_replace(L, i);
    lua_settop(L, count);
  }
  return call_stock(L);
}

static void wrap(lua_State *L, const char *name, lua_CFunction wrapper) {
  lua_getfield(L, -1, name);
  lua_pushcclosure(L, wrapper, 1);
  lua_setfield(L, -2, name);
}

static void drop(lua_State *L, const char *name) {
  lua_pushnil(L);
  lua_setfield(L, -2, name);
}

/* The metatable of texts is out of reach: what ("x"):rep means is a matter of the table string. */
static void hide_metatable(lua_State *L) {
  lua_pushliteral(L, "");
  lua_getmetatable(L, -1);
  lua_pushliteral(L, "string");
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 2);
}

static void open_string(lua_State *L) {
  luaL_requiref(L, LUA_STRLIBNAME, luaopen_string, 1);
  wrap(L, "rep", repeat);
  wrap(L, "format", format);
  drop(L, "dump");
  neap_cell_set_patterns(L);
  hide_metatable(L);
  lua_pop(L, 1);
}

static int refuse_seed(lua_State *L) {
  return luaL_error(L, "math.randomseed: the session seeds math.random, so that a run can be repeated");
}

static void open_math(lua_State *L) {
  luaL_requiref(L, LUA_MATHLIBNAME, luaopen_math, 1);
  lua_getfield(L, -1, "randomseed");
  lua_pushinteger(L, (lua_Integer)neap_cell_of(L)->seed);
  lua_pushinteger(L, 0);
  lua_call(L, 2, 0);
  lua_pushcfunction(L, refuse_seed);
  lua_setfield(L, -2, "randomseed");
  lua_pop(L, 1);
}

void neap_cell_open_libraries(lua_State *L) {
  open_string(L);
  neap_cell_open_table(L);
  open_math(L);
  luaL_requiref(L, LUA_UTF8LIBNAME, luaopen_utf8, 1);
  lua_pop(L, 1);
}
