/* SPDX-License-Identifier: MIT */
/* lconfig: require "neap.config_c": files of the configuration that are written, the C half of neap.config. */
#include <unistd.h>

#include "base/caller.h"
#include "base/safe_file.h"
#include "lua/lneap.h"

#define LOCK_TYPE "neap.file_lock"

NEAP_EXPORT int luaopen_neap_config_c(lua_State *L);

/* replace(path, text) → true, or nil and the fault. */
static int replace(lua_State *L) {
  size_t size;
  neap_fault fault;
  const char *path = luaL_checkstring(L, 1), *text = luaL_checklstring(L, 2, &size);
  return neap_push_done(L, neap_file_replace(path, text, size, &fault), &fault);
}

static int unlock(lua_State *L) {
  int *fd = luaL_checkudata(L, 1, LOCK_TYPE);
  if (*fd >= 0) close(*fd);
  *fd = -1;
  return 0;
}

static void push_lock_type(lua_State *L) {
  static const luaL_Reg methods[] = {{"__close", unlock}, {"__gc", unlock}, {"close", unlock}, {NULL, NULL}};
  if (!luaL_newmetatable(L, LOCK_TYPE)) return;
  luaL_setfuncs(L, methods, 0);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
}

/* lock(path[, no_wait]) → a lock with :close(), or nil and the fault. */
static int lock(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  neap_file_wait wait = lua_toboolean(L, 2) ? NEAP_FILE_NO_WAIT : NEAP_FILE_WAIT;
  neap_fault fault;
  int *fd = lua_newuserdatauv(L, sizeof *fd, 0);
  *fd = -1;
  push_lock_type(L);
  lua_setmetatable(L, -2);
  if (neap_file_lock(path, wait, fd, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  return 1;
}

/* who() → "user@pid" of this process. */
static int who(lua_State *L) {
  char name[NEAP_CALLER];
  neap_caller_name(geteuid(), getpid(), name);
  lua_pushstring(L, name);
  return 1;
}

int luaopen_neap_config_c(lua_State *L) {
  static const luaL_Reg functions[] = {{"replace", replace}, {"lock", lock}, {"who", who}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
