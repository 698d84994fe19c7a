/* SPDX-License-Identifier: MIT */
/* ltrade_flow: require "neap.trade_flow": what was traded, quoted and moved in the last 1, 5 and 15 minutes. */
#include <string.h>

#include "lua/laccount.h"
#include "lua/lneap.h"
#include "market/trade_flow.h"

#define FLOW_TYPE "neap.trade_flow"

NEAP_EXPORT int luaopen_neap_trade_flow(lua_State *L);

static neap_trade_flow *check_flow(lua_State *L) { return luaL_checkudata(L, 1, FLOW_TYPE); }

static int answer(lua_State *L, neap_status status, const char *invalid) {
  neap_fault fault;
  if (status == NEAP_INVALID) return luaL_error(L, "%s", invalid);
  if (status != NEAP_OK) {
    neap_fail(&fault, status, "overflow", "a sum does not fit a decimal");
    return neap_push_fault(L, &fault);
  }
  lua_pushvalue(L, 1);
  return 1;
}

/* flow:trade{ now, time = now, price, size } */
static int trade(lua_State *L) {
  static const char *const allowed[] = {"now", "time", "price", "size", NULL};
  neap_trade_flow *flow = check_flow(L);
  neap_check_options(L, 2, "trade", allowed);
  int64_t now = neap_field_integer(L, 2, "trade", "now", 0), time = neap_field_integer(L, 2, "trade", "time", now);
  neap_decimal price = neap_field_decimal(L, 2, "trade", "price"), size = neap_field_decimal(L, 2, "trade", "size");
  return answer(L, neap_trade_flow_trade(flow, now, time, price, size), "trade: price and size are over zero");
}

/* flow:quote{ now, bid, ask } */
static int quote(lua_State *L) {
  static const char *const allowed[] = {"now", "bid", "ask", NULL};
  neap_trade_flow *flow = check_flow(L);
  neap_check_options(L, 2, "quote", allowed);
  int64_t now = neap_field_integer(L, 2, "quote", "now", 0);
  neap_decimal bid = neap_field_decimal(L, 2, "quote", "bid"), ask = neap_field_decimal(L, 2, "quote", "ask");
  return answer(L, neap_trade_flow_quote(flow, now, bid, ask), "quote: the bid is over zero and below the ask");
}

/* flow:price{ now, price } */
static int price(lua_State *L) {
  static const char *const allowed[] = {"now", "price", NULL};
  neap_trade_flow *flow = check_flow(L);
  neap_check_options(L, 2, "price", allowed);
  int64_t now = neap_field_integer(L, 2, "price", "now", 0);
  return answer(L, neap_trade_flow_price(flow, now, neap_field_decimal(L, 2, "price", "price")),
                "price: a price is over zero");
}

static void push_window(lua_State *L, const neap_flow_window *window, int minutes) {
  lua_createtable(L, 0, 10);
  neap_set_integer(L, "minutes", minutes);
  neap_set_integer(L, "trades", (int64_t)window->trades);
  neap_set_integer(L, "quotes", (int64_t)window->quotes);
  neap_set_decimal(L, "volume", window->volume);
  neap_set_decimal(L, "value", window->value);
  neap_set_decimal(L, "mean_size", window->mean_size);
  neap_set_decimal(L, "spread_bps", window->spread_bps);
  neap_set_decimal(L, "spread_min", window->spread_min);
  neap_set_decimal(L, "spread_max", window->spread_max);
  neap_set_decimal(L, "volatility_bps", window->volatility_bps);
}

/* flow:measure(now) → a list of the windows of 1, 5 and 15 minutes, with `late` */
static int measure(lua_State *L) {
  const neap_trade_flow *flow = check_flow(L);
  neap_flow_measures found;
  neap_status status = neap_trade_flow_measure(flow, luaL_checkinteger(L, 2), &found);
  if (status != NEAP_OK) return answer(L, status, "");
  lua_createtable(L, NEAP_FLOW_WINDOWS, 1);
  for (int w = 0; w < NEAP_FLOW_WINDOWS; w++) {
    push_window(L, &found.window[w], neap_flow_minutes[w]);
    lua_rawseti(L, -2, w + 1);
  }
  neap_set_integer(L, "late", (int64_t)flow->late);
  return 1;
}

static int to_string(lua_State *L) {
  lua_pushfstring(L, "trade flow: %d seconds", NEAP_FLOW_SECONDS);
  return check_flow(L) ? 1 : 0;
}

static int new_flow(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"trade", trade}, {"quote", quote}, {"price", price}, {"measure", measure}, {NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__tostring", to_string}, {NULL, NULL}};
  neap_trade_flow *flow = lua_newuserdatauv(L, sizeof *flow, 0);
  memset(flow, 0, sizeof *flow);
  if (luaL_newmetatable(L, FLOW_TYPE)) {
    luaL_setfuncs(L, metamethods, 0);
    luaL_newlib(L, methods);
    lua_setfield(L, -2, "__index");
    lua_pushliteral(L, "trade_flow");
    lua_setfield(L, -2, "__metatable");
  }
  lua_setmetatable(L, -2);
  return 1;
}

int luaopen_neap_trade_flow(lua_State *L) {
  static const luaL_Reg functions[] = {{"new", new_flow}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
