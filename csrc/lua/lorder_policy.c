/* SPDX-License-Identifier: MIT */
/* lorder_policy: require "neap.order_policy_c": the C half of neap.order_policy, which checks what it is given. */
#include "lua/lorder_policy.h"

#include <stdio.h>
#include <string.h>

#include "lua/laccount.h"
#include "lua/lneap.h"

#define POLICY_TYPE "neap.order_policy"

NEAP_EXPORT int luaopen_neap_order_policy_c(lua_State *L);

static const char *const type_words[] = {"market", "limit", "stop", "stop_limit", "trailing_stop", NULL};
static const char *const time_words[] = {"gtc", "gtd", "ioc", "fok", NULL};
static const char *const support_words[] = {"none", "unsupported", "gated", "supported", NULL};

const neap_order_policy *neap_test_order_policy(lua_State *L, int index) {
  return luaL_testudata(L, index, POLICY_TYPE);
}

static neap_decimal amount(lua_State *L, int table, const char *name) {
  return neap_field_decimal_or_zero(L, table, "order_policy", name);
}

/* A field that raises when it is not there, and is text. The table keeps it. */
static const char *text(lua_State *L, int table, const char *name) {
  lua_getfield(L, table, name);
  const char *found = luaL_checkstring(L, -1);
  lua_pop(L, 1);
  return found;
}

static bool flag(lua_State *L, int table, const char *name) { return neap_field_flag(L, table, "order_policy", name); }

/* Increments are the table's own: their digits need not fit a venue's rules. */
static void read_symbol(lua_State *L, int table, neap_symbol_policy *out) {
  neap_fault fault;
  *out = (neap_symbol_policy){.max_position = amount(L, table, "max_position_size"),
                              .max_daily_volume = amount(L, table, "max_daily_volume"),
                              .spread_threshold_bps = amount(L, table, "spread_threshold_bps"),
                              .trading_enabled = flag(L, table, "trading_enabled"),
                              .reduce_only_mode = flag(L, table, "reduce_only_mode"),
                              .requires_post_only = flag(L, table, "requires_post_only")};
  if (neap_product_init(&out->rules, text(L, table, "product"), &fault) != NEAP_OK) neap_raise_fault(L, &fault);
  out->rules.base_min = amount(L, table, "min_order_size");
  out->rules.base_max = amount(L, table, "max_order_size");
  out->rules.base_increment = amount(L, table, "size_increment");
  out->rules.price_increment = amount(L, table, "price_increment");
}

static void read_capability(lua_State *L, int table, neap_order_policy *policy) {
  int type = neap_field_word(L, table, "capability", "type", type_words, -1);
  int time = neap_field_word(L, table, "capability", "time_in_force", time_words, -1);
  policy->capability[type][time] = (neap_order_capability){
      .support = (neap_order_support)neap_field_word(L, table, "capability", "support", support_words, -1),
      .post_only = flag(L, table, "post_only"),
      .reduce_only = flag(L, table, "reduce_only"),
      .min_quantity = amount(L, table, "min_quantity"),
      .max_quantity = amount(L, table, "max_quantity"),
      .max_notional = amount(L, table, "max_notional"),
      .rate_per_minute = neap_field_integer(L, table, "capability", "rate_per_minute", 0)};
}

static void read_symbols(lua_State *L, neap_order_policy *policy) {
  lua_getfield(L, 1, "symbols");
  luaL_checktype(L, -1, LUA_TTABLE);
  size_t count = lua_rawlen(L, -1);
  luaL_argcheck(L, count <= NEAP_POLICY_SYMBOLS, 1, "a policy has at most 64 products");
  for (policy->count = 0; policy->count < count; lua_pop(L, 1)) {
    lua_geti(L, -1, (lua_Integer)policy->count + 1);
    read_symbol(L, lua_gettop(L), &policy->symbol[policy->count++]);
  }
  lua_pop(L, 1);
}

static void read_capabilities(lua_State *L, neap_order_policy *policy) {
  lua_getfield(L, 1, "capabilities");
  luaL_checktype(L, -1, LUA_TTABLE);
  for (lua_Integer i = 1; lua_geti(L, -1, i) != LUA_TNIL; i++, lua_pop(L, 1)) read_capability(L, lua_gettop(L), policy);
  lua_pop(L, 2);
}

/* policy:ask(question) → true; or nil, code, note, input, limit */
static int ask(lua_State *L) {
  const neap_order_policy *policy = luaL_checkudata(L, 1, POLICY_TYPE);
  static const char what[] = "ask";
  neap_order_verdict verdict;
  const neap_order_question question = {
      .product = text(L, 2, "product"),
      .type = (neap_order_type)neap_field_word(L, 2, what, "type", type_words, -1),
      .time_in_force = (neap_time_in_force)neap_field_word(L, 2, what, "time_in_force", time_words, -1),
      .side = (neap_side)neap_field_word(L, 2, what, "side", neap_side_words, NEAP_BUY),
      .post_only = neap_field_flag(L, 2, what, "post_only"),
      .reduce_only = neap_field_flag(L, 2, what, "reduce_only"),
      .quantity = neap_field_decimal(L, 2, what, "quantity"),
      .price = neap_field_decimal_or_zero(L, 2, what, "price"),
      .value = neap_field_decimal_or_zero(L, 2, what, "value"),
      .position = neap_field_decimal_or_zero(L, 2, what, "position"),
      .traded = neap_field_decimal_or_zero(L, 2, what, "traded"),
      .recent = (uint64_t)neap_field_integer(L, 2, what, "recent", 0)};
  neap_order_policy_ask(policy, &question, &verdict);
  if (!verdict.code) return lua_pushboolean(L, true), 1;
  lua_pushnil(L);
  lua_pushstring(L, verdict.code);
  lua_pushstring(L, verdict.note);
  if (!verdict.has_limit) return 3;
  neap_push_decimal(L, verdict.input);
  neap_push_decimal(L, verdict.limit);
  return 5;
}

static int new_policy(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  neap_order_policy *policy = lua_newuserdatauv(L, sizeof *policy, 0);
  memset(policy, 0, sizeof *policy);
  policy->is_paper = flag(L, 1, "paper");
  read_symbols(L, policy);
  read_capabilities(L, policy);
  if (luaL_newmetatable(L, POLICY_TYPE)) {
    static const luaL_Reg methods[] = {{"ask", ask}, {NULL, NULL}};
    luaL_newlib(L, methods);
    lua_setfield(L, -2, "__index");
    lua_pushliteral(L, "order_policy_c");
    lua_setfield(L, -2, "__metatable");
  }
  lua_setmetatable(L, -2);
  return 1;
}

int luaopen_neap_order_policy_c(lua_State *L) {
  static const luaL_Reg functions[] = {{"new", new_policy}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
