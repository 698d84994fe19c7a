/* SPDX-License-Identifier: MIT */
/* host: a Lua interpreter with every room linked in, for sanitizers and valgrind: `neap-host SCRIPT [ARGUMENT…]`. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>

/* Generated from the bindings: one X(name) per luaopen_neap_name. */
#include "host_modules.h"

#define X(name) int luaopen_neap_##name(lua_State *L);
NEAP_HOST_MODULES(X)
#undef X

static const luaL_Reg modules[] = {
#define X(name) {"neap." #name, luaopen_neap_##name},
    NEAP_HOST_MODULES(X)
#undef X
        {NULL, NULL}};

static int traceback(lua_State *L) {
  luaL_traceback(L, L, luaL_tolstring(L, 1, NULL), 1);
  return 1;
}

static void preload(lua_State *L) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  luaL_setfuncs(L, modules, 0);
  lua_pop(L, 1);
}

/* The global `arg` as the stock interpreter has it: the script is arg[0], the interpreter arg[-1]. */
static void set_arguments(lua_State *L, int argc, char **argv) {
  lua_createtable(L, argc, 2);
  for (int i = 0; i < argc; i++) {
    lua_pushstring(L, argv[i]);
    lua_rawseti(L, -2, i - 1);
  }
  lua_setglobal(L, "arg");
}

static int run_script(lua_State *L, int argc, char **argv) {
  if (!lua_checkstack(L, argc + LUA_MINSTACK)) {
    lua_pushliteral(L, "too many arguments");
    return LUA_ERRRUN;
  }
  lua_pushcfunction(L, traceback);
  if (luaL_loadfile(L, argv[1]) != LUA_OK) return LUA_ERRFILE;
  for (int i = 2; i < argc; i++) lua_pushstring(L, argv[i]);
  return lua_pcall(L, argc - 2, 0, 1);
}

int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: %s SCRIPT [ARGUMENT...]\n", argv[0]);
    return 2;
  }
  lua_State *L = luaL_newstate();
  if (L == NULL) return 1;
  luaL_openlibs(L);
  preload(L);
  set_arguments(L, argc, argv);
  int status = run_script(L, argc, argv);
  if (status != LUA_OK) fprintf(stderr, "%s\n", lua_tostring(L, -1));
  lua_close(L);
  return status == LUA_OK ? 0 : 1;
}
