/* SPDX-License-Identifier: MIT */
/* laccount_lock: the C half of neap.account_lock: locks that end with the process. */
#include <unistd.h>

#include "base/text.h"
#include "lua/lneap.h"
#include "store/lock.h"
#include "store/machine_lock.h"

#define LOCK_TYPE "neap.account_lock_c"

NEAP_EXPORT int luaopen_neap_account_lock_c(lua_State *L);

typedef struct holder {
  neap_lock lock;
  int machine; /* -1: not held */
  bool is_held;
} holder;

static int drop(lua_State *L) {
  holder *held = luaL_checkudata(L, 1, LOCK_TYPE);
  if (held->machine >= 0) close(held->machine);
  if (held->is_held) neap_lock_drop(&held->lock);
  held->machine = -1;
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

/* take(path, [name]) → a lock on PATH-lock, and on the name in this machine, until it is closed; or nil and a fault:
 * "locked", "cannot_create", and, of the name alone, "locked_elsewhere" */
static int take(lua_State *L) {
  neap_fault fault;
  const char *path = luaL_checkstring(L, 1), *machine = luaL_optstring(L, 2, NULL);
  holder *held = lua_newuserdatauv(L, sizeof *held, 0);
  *held = (holder){.machine = -1};
  push_metatable(L);
  lua_setmetatable(L, -2);
  held->is_held = neap_lock_take(&held->lock, path, &fault) == NEAP_OK;
  if (!held->is_held) return neap_push_fault(L, &fault);
  if (!machine || neap_machine_lock_take(machine, &held->machine, &fault) == NEAP_OK) return 1;
  neap_lock_drop(&held->lock);
  held->is_held = false;
  if (strcmp(fault.code, "locked") == 0) neap_text_copy(fault.code, sizeof fault.code, "locked_elsewhere");
  return neap_push_fault(L, &fault);
}

/* owner(name) → the process that holds the name in this machine, 0 where that is not known; or nil: nobody does */
static int owner(lua_State *L) {
  int process = neap_machine_lock_owner(luaL_checkstring(L, 1));
  if (process == 0) return 0;
  lua_pushinteger(L, process > 0 ? process : 0);
  return 1;
}

int luaopen_neap_account_lock_c(lua_State *L) {
  static const luaL_Reg functions[] = {{"take", take}, {"owner", owner}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
