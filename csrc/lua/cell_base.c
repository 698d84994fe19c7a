/* SPDX-License-Identifier: MIT */
/* cell_base: the base functions of a cell: text without addresses, load of text only, no finalizers, strict globals. */
#include <string.h>

#include <lualib.h>

#include "lua/cell_parts.h"
#include "lua/lneap.h"

/* Kept of the stock base library; the rest is replaced here, in cell_order and cell_coroutine, or absent. */
static const char *const kept[] = {"assert", "error",    "getmetatable", "ipairs",       "rawequal",
                                   "rawget", "rawlen",   "rawset",       "select",       "tonumber",
                                   "type",   "_VERSION", "load",         "setmetatable", NULL};

/* Type names for what has no text of its own. */
static void push_plain(lua_State *L, int index) {
  if (luaL_getmetafield(L, index, "__name") != LUA_TSTRING) lua_pushstring(L, luaL_typename(L, index));
}

const char *neap_cell_tostring(lua_State *L, int index, size_t *length) {
  int type = lua_type(L, index);
  bool has_address = type == LUA_TTABLE || type == LUA_TFUNCTION || type == LUA_TUSERDATA || type == LUA_TTHREAD ||
                     type == LUA_TLIGHTUSERDATA;
  index = lua_absindex(L, index);
  if (!has_address) return luaL_tolstring(L, index, length);
  if (luaL_getmetafield(L, index, "__tostring") != LUA_TNIL) {
    lua_pop(L, 1);
    return luaL_tolstring(L, index, length);
  }
  push_plain(L, index);
  return lua_tolstring(L, -1, length);
}

static int to_string(lua_State *L) {
  luaL_checkany(L, 1);
  neap_cell_tostring(L, 1, NULL);
  return 1;
}

static int print(lua_State *L) {
  neap_fault fault;
  luaL_Buffer line;
  neap_cell *cell = neap_cell_of(L);
  int count = lua_gettop(L);
  luaL_buffinit(L, &line);
  for (int i = 1; i <= count; i++) {
    if (i > 1) luaL_addchar(&line, '\t');
    neap_cell_tostring(L, i, NULL);
    luaL_addvalue(&line);
  }
  luaL_pushresult(&line);
  if (cell->print && cell->print(cell->context, lua_tostring(L, -1), &fault) != NEAP_OK) neap_raise_fault(L, &fault);
  return 0;
}

/* upvalue 1: the stock load. Chunks are text, never bytes of a compiler. */
static int load(lua_State *L) {
  int count = lua_gettop(L) < 4 ? 3 : 4;
  luaL_argexpected(L, lua_type(L, 1) == LUA_TSTRING, 1, "text");
  const char *mode = luaL_optstring(L, 3, "t");
  luaL_argcheck(L, strchr(mode, 't'), 3, "only text is loaded");
  lua_settop(L, count);
  lua_pushliteral(L, "t");
  lua_replace(L, 3);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, count, LUA_MULTRET);
  return lua_gettop(L);
}

static void refuse_field(lua_State *L, const char *name) {
  lua_pushstring(L, name);
  if (lua_rawget(L, 2) != LUA_TNIL) luaL_error(L, "setmetatable: %s is not available in a script", name);
  lua_pop(L, 1);
}

/* upvalue 1: the stock setmetatable */
static int set_metatable(lua_State *L) {
  if (lua_istable(L, 2)) {
    refuse_field(L, "__gc");
    refuse_field(L, "__mode");
  }
  return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

static const char *const refused[] = {"io", "debug", "package", "dofile", "loadfile", "collectgarbage", "warn"};

static bool is_refused(const char *name) {
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
    if (strcmp(refused[i], name) == 0) return true;
  return false;
}

/* The words that a misspelt global may have meant; order does not matter to the nearest one, ties aside. */
static const char *nearest_global(const char *name) {
  static const char *const words[] = {"assert",   "error",    "ipairs", "math",   "next",      "os",           "pairs",
                                      "pcall",    "print",    "select", "string", "require",   "setmetatable", "table",
                                      "tonumber", "tostring", "type",   "utf8",   "coroutine", "xpcall"};
  return neap_nearest_word(name, words, sizeof words / sizeof *words);
}

static int unknown_global(lua_State *L) {
  if (lua_type(L, 2) != LUA_TSTRING) return 0;
  const char *name = lua_tostring(L, 2);
  if (is_refused(name)) return luaL_error(L, "'%s' is not available in a script", name);
  const char *nearest = nearest_global(name);
  if (nearest) return luaL_error(L, "unknown global '%s'; did you mean '%s'?", name, nearest);
  return luaL_error(L, "unknown global '%s'", name);
}

static void make_strict(lua_State *L) {
  lua_pushglobaltable(L);
  lua_createtable(L, 0, 2);
  lua_pushcfunction(L, unknown_global);
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, "globals");
  lua_setfield(L, -2, "__name");
  lua_setmetatable(L, -2);
  lua_pop(L, 1);
}

static void wrap_stock(lua_State *L, const char *name, lua_CFunction wrapper) {
  lua_getglobal(L, name);
  lua_pushcclosure(L, wrapper, 1);
  lua_setglobal(L, name);
}

/* The stock library fills the old globals; what is kept of it goes into a table of our own, which becomes the globals.
 */
static void take_stock(lua_State *L) {
  luaL_requiref(L, LUA_GNAME, luaopen_base, 0);
  lua_newtable(L);
  for (const char *const *name = kept; *name; name++) {
    lua_getfield(L, -2, *name);
    lua_setfield(L, -2, *name);
  }
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, LUA_GNAME);
  lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  lua_pop(L, 1);
}

void neap_cell_open_base(lua_State *L) {
  take_stock(L);
  lua_register(L, "tostring", to_string);
  lua_register(L, "print", print);
  wrap_stock(L, "load", load);
  wrap_stock(L, "setmetatable", set_metatable);
  make_strict(L);
}
