/* SPDX-License-Identifier: MIT */
/* lpolicy: require "neap.policy". */
#include "lua/lpolicy.h"

#include <string.h>

#include "lua/lengine.h"
#include "lua/llimits.h"
#include "lua/lneap.h"

#define POLICY_TYPE "neap.policy"

typedef struct policy_box {
  neap_policy policy;
  neap_policy_cell *cell; /* NULL: fixed, or closed */
  bool closed;
} policy_box;

NEAP_EXPORT int luaopen_neap_policy(lua_State *L);

static policy_box *check_box(lua_State *L) { return luaL_checkudata(L, 1, POLICY_TYPE); }

const neap_policy *neap_test_policy(lua_State *L, int index) {
  policy_box *box = luaL_testudata(L, index, POLICY_TYPE);
  return box && !box->closed ? &box->policy : NULL;
}

static int close_box(lua_State *L) {
  policy_box *box = check_box(L);
  neap_policy_cell_free(box->cell);
  box->cell = NULL;
  box->closed = true;
  return 0;
}

static void read_question(lua_State *L, int index, neap_policy_question *out) {
  static const char *const allowed[] = {"limits", "strategy", "now", "is_exit", NULL};
  if (lua_isnoneornil(L, index)) return;
  neap_check_options(L, index, "choose", allowed);
  if (lua_getfield(L, index, "limits") != LUA_TNIL && !(out->limits = neap_test_limits(L, -1)))
    luaL_error(L, "choose: limits are an object of neap.limits, not %s", luaL_typename(L, -1));
  lua_getfield(L, index, "strategy");
  out->strategy = luaL_optstring(L, -1, "");
  lua_getfield(L, index, "now");
  out->now = luaL_optinteger(L, -1, 0);
  lua_getfield(L, index, "is_exit");
  out->is_exit = lua_toboolean(L, -1);
}

static int choose(lua_State *L) {
  policy_box *box = check_box(L);
  char engine[16], reason[96];
  neap_product product;
  neap_ticket ticket;
  neap_fault fault;
  neap_policy_question question = {.ticket = &ticket, .product = &product, .strategy = ""};
  if (box->closed) return luaL_error(L, "choose: the policy is closed");
  neap_check_product_facts(L, 2, &product);
  neap_check_ticket(L, 3, &ticket);
  read_question(L, 4, &question);
  neap_status status = box->policy.choose(box->policy.self, &question, engine, reason, &fault);
  if (status != NEAP_OK) return neap_push_fault(L, &fault);
  lua_pushstring(L, engine);
  lua_pushstring(L, reason);
  return 2;
}

static int to_string(lua_State *L) {
  policy_box *box = check_box(L);
  lua_pushstring(L, box->closed ? "policy (closed)" : box->cell ? "policy of a file" : "fixed policy");
  return 1;
}

static policy_box *push_box(lua_State *L) {
  static const luaL_Reg methods[] = {{"choose", choose}, {"close", close_box}, {NULL, NULL}};
  static const luaL_Reg metamethods[] = {
      {"__gc", close_box}, {"__close", close_box}, {"__tostring", to_string}, {NULL, NULL}};
  policy_box *box = lua_newuserdatauv(L, sizeof *box, 0);
  *box = (policy_box){.closed = true};
  if (luaL_newmetatable(L, POLICY_TYPE)) {
    luaL_setfuncs(L, metamethods, 0);
    luaL_newlib(L, methods);
    lua_setfield(L, -2, "__index");
  }
  lua_setmetatable(L, -2);
  return box;
}

static int open_policy(lua_State *L) {
  static const char *const allowed[] = {"lua_root", "inputs", NULL};
  neap_inputs *inputs = NULL;
  const char *path = luaL_checkstring(L, 1), *lua_root = "lua";
  neap_fault fault;
  if (!lua_isnoneornil(L, 2)) {
    neap_check_options(L, 2, "policy", allowed);
    lua_getfield(L, 2, "lua_root");
    lua_root = luaL_optstring(L, -1, "lua");
    lua_getfield(L, 2, "inputs");
    inputs = lua_touserdata(L, -1);
  }
  policy_box *box = push_box(L);
  if (neap_policy_cell_new(path, lua_root, inputs, &box->cell, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  box->policy = neap_policy_cell_policy(box->cell);
  box->closed = false;
  return 1;
}

static int fixed(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  neap_fault fault;
  policy_box *box = push_box(L);
  if (neap_policy_fixed(name, &box->policy, &fault) != NEAP_OK) return neap_raise_fault(L, &fault);
  box->closed = false;
  return 1;
}

int luaopen_neap_policy(lua_State *L) {
  static const luaL_Reg functions[] = {{"open", open_policy}, {"fixed", fixed}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
