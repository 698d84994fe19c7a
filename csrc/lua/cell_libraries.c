/* SPDX-License-Identifier: MIT */
/* cell_libraries: string, table, math and utf8 of a cell: no addresses, no bytecode, no loop in C without an end. */
#include <string.h>

#include <lualib.h>

#include "lua/cell_parts.h"

enum { TEXT_MAX = 1 << 20, ELEMENTS_MAX = 10 * 1000 * 1000 };

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

static bool wants_pointer(const char *format) {
  for (const char *at = format; (at = strchr(at, '%')) != NULL; at++) {
    at++;
    if (*at == '%') continue;
    at += strspn(at, "-+ #0123456789.");
    if (*at == 'p') return true;
    if (*at == '\0') return false;
  }
  return false;
}

/* Arguments that would print their address become text first. */
static int format(lua_State *L) {
  int count = lua_gettop(L);
  if (wants_pointer(luaL_checkstring(L, 1))) luaL_error(L, "string.format: %%p is not available in a script");
  for (int i = 2; i <= count; i++) {
    int type = lua_type(L, i);
    if (type == LUA_TNIL || type == LUA_TBOOLEAN || type == LUA_TNUMBER || type == LUA_TSTRING) continue;
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

static void open_string(lua_State *L) {
  luaL_requiref(L, LUA_STRLIBNAME, luaopen_string, 1);
  wrap(L, "rep", repeat);
  wrap(L, "format", format);
  drop(L, "dump");
  lua_pop(L, 1);
}

/* A metatable can make a length or a range endless, and the loop over it is in C. */
static void check_plain(lua_State *L, int index) {
  if (luaL_getmetafield(L, index, "__len") == LUA_TNIL) return;
  luaL_argerror(L, index, "a table without __len is wanted");
}

static void check_range(lua_State *L, int first, int last, int table) {
  lua_Integer from = luaL_optinteger(L, first, 1);
  lua_Integer to = luaL_optinteger(L, last, (lua_Integer)lua_rawlen(L, table));
  if (to >= from && (lua_Unsigned)to - (lua_Unsigned)from >= ELEMENTS_MAX) luaL_error(L, "over 10,000,000 elements");
}

static int edit(lua_State *L) {
  check_plain(L, 1);
  return call_stock(L);
}

static int join(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  check_plain(L, 1);
  check_range(L, 3, 4, 1);
  return call_stock(L);
}

static int move(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  check_range(L, 2, 3, 1);
  return call_stock(L);
}

static void open_table(lua_State *L) {
  luaL_requiref(L, LUA_TABLIBNAME, luaopen_table, 1);
  wrap(L, "insert", edit);
  wrap(L, "remove", edit);
  wrap(L, "unpack", edit);
  wrap(L, "concat", join);
  wrap(L, "move", move);
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
  open_table(L);
  open_math(L);
  luaL_requiref(L, LUA_UTF8LIBNAME, luaopen_utf8, 1);
  lua_pop(L, 1);
}
