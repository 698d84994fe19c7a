/* SPDX-License-Identifier: MIT */
/* cell_base: the base functions of a cell: text without addresses, load of text only, no finalizers, strict globals. */
#include <string.h>

#include <lualib.h>

#include "lua/cell_parts.h"
#include "lua/lneap.h"

/* What one symbol can cost the compiler grows with the square of the text: a label for ten thousand gotos. */
enum { LOAD_MAX = 32768 };

/* Kept of the stock base library; the rest is replaced here and in the other files of the cell, or absent. */
static const char *const kept[] = {"assert", "error",    "ipairs", "rawequal", "rawget", "rawlen",
                                   "select", "tonumber", "type",   "_VERSION", NULL};

const char *neap_cell_tostring(lua_State *L, int index, size_t *length) { return neap_tolstring(L, index, length); }

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

/* Chunks are text, never bytes of a compiler. */
static int load(lua_State *L) {
  size_t length;
  luaL_argexpected(L, lua_type(L, 1) == LUA_TSTRING, 1, "text");
  const char *text = lua_tolstring(L, 1, &length);
  if (length > LOAD_MAX) return luaL_error(L, "load: over %d bytes; a script's code is in its files", LOAD_MAX);
  const char *name = luaL_optstring(L, 2, text);
  luaL_argcheck(L, strchr(luaL_optstring(L, 3, "t"), 't'), 3, "only text is loaded");
  int result = neap_cell_compile_text(L, text, length, name);
  neap_cell_check_stop(L);
  if (result != LUA_OK) {
    lua_pushnil(L);
    lua_insert(L, -2);
    return 2;
  }
  if (lua_isnone(L, 4)) return 1;
  lua_pushvalue(L, 4);
  if (!lua_setupvalue(L, -2, 1)) lua_pop(L, 1);
  return 1;
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

static int new_global(lua_State *L) {
  if (lua_type(L, 2) != LUA_TSTRING) return luaL_error(L, "globals are not for keeping things; use a local");
  return luaL_error(L, "'%s' is a new global, which a script may not make: write 'local %s', or keep it in self",
                    lua_tostring(L, 2), lua_tostring(L, 2));
}

void neap_cell_close_globals(lua_State *L) {
  lua_pushglobaltable(L);
  lua_createtable(L, 0, 4);
  lua_pushcfunction(L, unknown_global);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, new_global);
  lua_setfield(L, -2, "__newindex");
  lua_pushliteral(L, "globals");
  lua_setfield(L, -2, "__name");
  lua_pushliteral(L, "globals");
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);
  lua_pop(L, 1);
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
  lua_register(L, "load", load);
  neap_cell_open_metatables(L);
}
