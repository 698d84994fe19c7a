/* SPDX-License-Identifier: MIT */
/* cell_table: the table library of a cell. A metatable can make a range endless or each of its steps long, in C: every
 * step looks at the stop. */
#include <limits.h>
#include <stdint.h>

#include <lualib.h>

#include "lua/cell_parts.h"

static lua_Integer check_list(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  return luaL_len(L, 1);
}

/* to[there] = from[here] */
static void copy_one(lua_State *L, int from, lua_Integer here, int to, lua_Integer there) {
  neap_cell_check_stop(L);
  lua_geti(L, from, here);
  lua_seti(L, to, there);
}

static int insert(lua_State *L) {
  lua_Integer end = (lua_Integer)((lua_Unsigned)check_list(L) + 1), place = end;
  int count = lua_gettop(L);
  if (count != 2 && count != 3) return luaL_error(L, "wrong number of arguments to 'insert'");
  if (count == 3) place = luaL_checkinteger(L, 2);
  luaL_argcheck(L, (lua_Unsigned)place - 1u < (lua_Unsigned)end || count == 2, 2, "position out of bounds");
  for (lua_Integer at = end; count == 3 && at > place; at--) copy_one(L, 1, at - 1, 1, at);
  lua_seti(L, 1, place);
  return 0;
}

static int take(lua_State *L) {
  lua_Integer size = check_list(L), place = luaL_optinteger(L, 2, size);
  bool within = (lua_Unsigned)place - 1u <= (lua_Unsigned)size;
  luaL_argcheck(L, place == size || within, 2, "position out of bounds");
  lua_geti(L, 1, place);
  for (; place < size; place++) copy_one(L, 1, place + 1, 1, place);
  lua_pushnil(L);
  lua_seti(L, 1, place);
  return 1;
}

static int move(lua_State *L) {
  lua_Integer first = luaL_checkinteger(L, 2), last = luaL_checkinteger(L, 3), goal = luaL_checkinteger(L, 4);
  int to = lua_isnoneornil(L, 5) ? 1 : 5;
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checktype(L, to, LUA_TTABLE);
  lua_settop(L, 5);
  if (last >= first) {
    luaL_argcheck(L, first > 0 || last < LUA_MAXINTEGER + first, 3, "too many elements to move");
    lua_Integer count = last - first + 1;
    luaL_argcheck(L, goal <= LUA_MAXINTEGER - count + 1, 4, "destination wrap around");
    bool forward = goal > last || goal <= first || !lua_rawequal(L, 1, to);
    for (lua_Integer i = 0; i < count; i++) {
      lua_Integer step = forward ? i : count - 1 - i;
      copy_one(L, 1, first + step, to, goal + step);
    }
  }
  lua_pushvalue(L, to);
  return 1;
}

static void add_element(lua_State *L, luaL_Buffer *out, lua_Integer at) {
  neap_cell_check_stop(L);
  lua_geti(L, 1, at);
  if (!lua_isstring(L, -1)) luaL_error(L, "invalid value (at index %I) in table for 'concat'", (LUAI_UACINT)at);
  luaL_addvalue(out);
}

static int concat(lua_State *L) {
  luaL_Buffer out;
  size_t between;
  lua_Integer size = check_list(L);
  const char *separator = luaL_optlstring(L, 2, "", &between);
  lua_Integer first = luaL_optinteger(L, 3, 1), last = luaL_optinteger(L, 4, size);
  luaL_buffinit(L, &out);
  for (lua_Integer at = first; at < last; at++) {
    add_element(L, &out, at);
    luaL_addlstring(&out, separator, between);
  }
  if (first <= last) add_element(L, &out, last);
  luaL_pushresult(&out);
  return 1;
}

static int unpack(lua_State *L) {
  lua_Integer first = luaL_optinteger(L, 2, 1), last = lua_isnoneornil(L, 3) ? luaL_len(L, 1) : luaL_checkinteger(L, 3);
  if (first > last) return 0;
  lua_Unsigned beyond = (lua_Unsigned)last - (lua_Unsigned)first;
  if (beyond >= (lua_Unsigned)INT_MAX || !lua_checkstack(L, (int)beyond + 1))
    return luaL_error(L, "too many results to unpack");
  for (lua_Unsigned i = 0; i <= beyond; i++) {
    neap_cell_check_stop(L);
    lua_geti(L, 1, (lua_Integer)((lua_Unsigned)first + i));
  }
  return (int)beyond + 1;
}

void neap_cell_open_table(lua_State *L) {
  static const luaL_Reg functions[] = {{"insert", insert}, {"remove", take},         {"move", move}, {"concat", concat},
                                       {"unpack", unpack}, {"sort", neap_cell_sort}, {NULL, NULL}};
  luaL_requiref(L, LUA_TABLIBNAME, luaopen_table, 1);
  luaL_setfuncs(L, functions, 0);
  lua_pop(L, 1);
}
