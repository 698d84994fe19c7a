/* SPDX-License-Identifier: MIT */
/* laccount_lock: the C half of neap.account_lock: a lock that ends with the process. */
#include "lua/lneap.h"
#include "store/lock.h"

#define LOCK_TYPE "neap.account_lock_c"

NEAP_EXPORT int luaopen_neap_account_lock_c(lua_State *L);

typedef struct holder {
  neap_lock lock;
  bool is_held;
} holder;

static int drop(lua_State *L) {
  holder *held = luaL_checkudata(L, 1, LOCK_TYPE);
  if (held->is_held) neap_lock_drop(&held->lock);
  held->is_held = false;
  return 0;
}

static void push_metatable(lua_State *L) {
  static const luaL_Reg methods[] = {{"close", drop}, {NULL, NULL}},
                        own[] = {{"__gc", drop}, {"__close", drop}, {NULL, NULL}};
  if (!luaL_newmetatable(L, LOCK_TYPE)) return;
  luaL_setfuncs(L, own, 0);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
}

/* take(path) → a lock on PATH-lock, until it is closed; or nil and a fault: "locked", "cannot_create" */
static int take(lua_State *L) {
  neap_fault fault;
  const char *path = luaL_checkstring(L, 1);
  holder *held = lua_newuserdatauv(L, sizeof *held, 0);
  *held = (holder){0};
  push_metatable(L);
  lua_setmetatable(L, -2);
  held->is_held = neap_lock_take(&held->lock, path, &fault) == NEAP_OK;
  return held->is_held ? 1 : neap_push_fault(L, &fault);
}

int luaopen_neap_account_lock_c(lua_State *L) {
  static const luaL_Reg functions[] = {{"take", take}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
