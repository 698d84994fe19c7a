/* SPDX-License-Identifier: MIT */
/* lengine: require "neap.engine_c": the C half of neap.engine_factory, which alone asks for it. */
#include "lua/lengine.h"

#include <string.h>

#include "lua/llimits.h"
#include "lua/lneap.h"
#include "lua/lorder_policy.h"

#define ENGINE_TYPE "neap.engine"

NEAP_EXPORT int luaopen_neap_engine_c(lua_State *L);

const neap_engine *neap_test_engine(lua_State *L, int index) { return luaL_testudata(L, index, ENGINE_TYPE); }

static const neap_engine *check_engine(lua_State *L) { return luaL_checkudata(L, 1, ENGINE_TYPE); }

static int decide(lua_State *L) {
  const neap_engine *engine = check_engine(L);
  neap_snapshot snapshot;
  neap_engine_book book;
  neap_ticket ticket;
  neap_decision decision;
  neap_fault fault;
  neap_check_snapshot(L, 2, &snapshot, &book);
  neap_check_ticket(L, 3, &ticket);
  if (engine->decide(engine, &snapshot, &ticket, &decision, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  neap_push_decision(L, &decision);
  return 1;
}

static int to_string(lua_State *L) {
  lua_pushfstring(L, "engine %s", check_engine(L)->name);
  return 1;
}

static int index_engine(lua_State *L) {
  const neap_engine *engine = check_engine(L);
  const char *name = luaL_tolstring(L, 2, NULL);
  if (strcmp(name, "name") == 0)
    lua_pushstring(L, engine->name);
  else if (strcmp(name, "decide") == 0)
    lua_pushcfunction(L, decide);
  else
    return luaL_error(L, "an engine has no '%s'; it has name, decide", name);
  return 1;
}

static void set_metatable(lua_State *L) {
  static const luaL_Reg metamethods[] = {{"__index", index_engine}, {"__tostring", to_string}, {NULL, NULL}};
  if (luaL_newmetatable(L, ENGINE_TYPE)) {
    luaL_setfuncs(L, metamethods, 0);
    lua_pushliteral(L, ENGINE_TYPE);
    lua_setfield(L, -2, "__metatable");
  }
  lua_setmetatable(L, -2);
}

static bool reject_on_cross(lua_State *L, int options) {
  lua_getfield(L, options, "reject_on_cross");
  luaL_argcheck(L, lua_isnil(L, -1) || lua_isboolean(L, -1), options, "reject_on_cross is true or false");
  bool answer = lua_isnil(L, -1) || lua_toboolean(L, -1);
  lua_pop(L, 1);
  return answer;
}

/* Leaves the policy on the stack, or nil. */
static const neap_order_policy *push_policy(lua_State *L, int options) {
  lua_getfield(L, options, "order_policy");
  const neap_order_policy *policy = neap_test_order_policy(L, -1);
  luaL_argcheck(L, policy || lua_isnil(L, -1), options, "order_policy is one of neap.order_policy");
  return policy;
}

static bool is_advanced(lua_State *L, const char *name) {
  static const char *const names[] = {"live", "advanced"};
  if (strcmp(name, names[0]) == 0 || strcmp(name, names[1]) == 0) return strcmp(name, names[1]) == 0;
  const char *nearest = neap_nearest_word(name, names, 2);
  if (nearest) return luaL_error(L, "no engine is called '%s'; did you mean '%s'?", name, nearest);
  return luaL_error(L, "no engine is called '%s'; there are live and advanced", name);
}

static int new_engine(lua_State *L) {
  static const char *const allowed[] = {"reject_on_cross", "order_policy", NULL};
  bool advanced = is_advanced(L, luaL_checkstring(L, 1));
  const neap_limits *limits = neap_test_limits(L, 2);
  luaL_argexpected(L, limits, 2, "limits of neap.limits");
  neap_check_options(L, 3, "engine", allowed);
  neap_engine_config config = {.limits = limits, .reject_on_cross = reject_on_cross(L, 3)};
  config.order_policy = push_policy(L, 3);
  int policy = lua_gettop(L);
  neap_engine *engine = lua_newuserdatauv(L, sizeof *engine, 2);
  *engine = advanced ? neap_advanced_engine(&config) : neap_live_engine(&config);
  lua_pushvalue(L, 2);
  lua_setiuservalue(L, -2, 1);
  lua_pushvalue(L, policy);
  lua_setiuservalue(L, -2, 2);
  set_metatable(L);
  return 1;
}

int luaopen_neap_engine_c(lua_State *L) {
  static const luaL_Reg functions[] = {{"new", new_engine}, {"checks", neap_push_check_names}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
