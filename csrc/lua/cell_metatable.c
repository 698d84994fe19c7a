/* SPDX-License-Identifier: MIT */
/* cell_metatable: metatables of scripts. No finalizer, no weak table: what they do depends on when memory is collected.
 * The interpreter writes fields without asking us, so a table that serves as a metatable gets a metatable itself, ours,
 * which is asked about each new field. When it has one of the author's, ours is a copy of that one. */
#include <string.h>

#include "lua/cell_parts.h"

/* Its address is a key that no script has: below it, in a metatable of ours, lies the author's, or false. */
static const char AUTHORS[] = "metatable of a metatable";

static bool is_forbidden(lua_State *L, int key) {
  if (lua_type(L, key) != LUA_TSTRING) return false;
  const char *name = lua_tostring(L, key);
  return strcmp(name, "__gc") == 0 || strcmp(name, "__mode") == 0;
}

static int refuse(lua_State *L, const char *what, const char *name) {
  return luaL_error(L, "%s: %s is not available in a script", what, name);
}

static void refuse_field(lua_State *L, const char *name) {
  lua_pushstring(L, name);
  if (lua_rawget(L, 2) != LUA_TNIL) refuse(L, "setmetatable", name);
  lua_pop(L, 1);
}

/* upvalue 1: the author's __newindex, or nil */
static int assign(lua_State *L) {
  if (is_forbidden(L, 2)) return refuse(L, "metatable", lua_tostring(L, 2));
  lua_settop(L, 3);
  if (lua_isnil(L, lua_upvalueindex(1))) {
    lua_rawset(L, 1);
  } else if (lua_isfunction(L, lua_upvalueindex(1))) {
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, 3, 0);
  } else {
    lua_settable(L, lua_upvalueindex(1));
  }
  return 0;
}

/* Whether the value at `index` has a metatable of ours; then the author's, or nil, is pushed. */
static bool push_authors(lua_State *L, int index) {
  if (!lua_getmetatable(L, index)) return false;
  if (lua_rawgetp(L, -1, AUTHORS) == LUA_TNIL) return lua_pop(L, 2), false;
  if (lua_type(L, -1) == LUA_TBOOLEAN) lua_pop(L, 1), lua_pushnil(L);
  lua_remove(L, -2);
  return true;
}

/* Into the table on the top. */
static void copy_fields(lua_State *L, int from) {
  for (lua_pushnil(L); lua_next(L, from);) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -4);
  }
}

/* Pushes a metatable of ours that does what the author's at `authors` (absolute; or nil) does. */
static void push_guard(lua_State *L, int authors) {
  bool has_own = lua_istable(L, authors);
  lua_newtable(L);
  if (has_own) copy_fields(L, authors);
  lua_pushliteral(L, "__newindex");
  lua_pushvalue(L, -1);
  lua_rawget(L, -3);
  lua_pushcclosure(L, assign, 1);
  lua_rawset(L, -3);
  if (has_own)
    lua_pushvalue(L, authors);
  else
    lua_pushboolean(L, 0);
  lua_rawsetp(L, -2, AUTHORS);
}

/* Puts a guard on the table at `index` in the place of its metatable, unless it has one. */
static void guard(lua_State *L, int index) {
  if (push_authors(L, index)) {
    lua_pop(L, 1);
    return;
  }
  if (luaL_getmetafield(L, index, "__metatable") != LUA_TNIL)
    luaL_error(L, "setmetatable: an object of Neap cannot be a metatable");
  if (!lua_getmetatable(L, index)) lua_pushnil(L);
  push_guard(L, lua_gettop(L));
  lua_setmetatable(L, index);
  lua_pop(L, 1);
}

static void check_new(lua_State *L) {
  int type = lua_type(L, 2);
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_argexpected(L, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table");
  if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL) luaL_error(L, "cannot change a protected metatable");
  if (type == LUA_TNIL) return;
  refuse_field(L, "__gc");
  refuse_field(L, "__mode");
}

static int set_metatable(lua_State *L) {
  check_new(L);
  lua_settop(L, 2);
  if (lua_istable(L, 2)) guard(L, 2);
  bool serves = push_authors(L, 1);
  lua_settop(L, 2);
  if (serves) push_guard(L, 2);
  lua_setmetatable(L, 1);
  lua_settop(L, 1);
  return 1;
}

/* Whether the metatable on the top is one of Neap's types, which it would change for all of their kind. */
static bool is_registered(lua_State *L) {
  lua_pushliteral(L, "__name");
  bool named = lua_rawget(L, -2) == LUA_TSTRING;
  if (named) luaL_getmetatable(L, lua_tostring(L, -1));
  bool same = named && lua_rawequal(L, -1, -3);
  lua_pop(L, named ? 2 : 1);
  return same;
}

static int get_metatable(lua_State *L) {
  luaL_checkany(L, 1);
  lua_settop(L, 1);
  if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL || push_authors(L, 1)) return 1;
  if (!lua_getmetatable(L, 1)) return lua_pushnil(L), 1;
  if (lua_istable(L, 1) && !is_registered(L)) return 1;
  if (luaL_getmetafield(L, 1, "__name") == LUA_TNIL) lua_pushstring(L, luaL_typename(L, 1));
  return 1;
}

static int raw_set(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checkany(L, 2);
  luaL_checkany(L, 3);
  if (is_forbidden(L, 2)) return refuse(L, "rawset", lua_tostring(L, 2));
  lua_settop(L, 3);
  lua_rawset(L, 1);
  return 1;
}

void neap_cell_open_metatables(lua_State *L) {
  lua_register(L, "setmetatable", set_metatable);
  lua_register(L, "getmetatable", get_metatable);
  lua_register(L, "rawset", raw_set);
}
