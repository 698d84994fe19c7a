/* SPDX-License-Identifier: MIT */
/* lmargin: require "neap.margin": what positions bind, how near the end is, and at which price. */
#include "account/margin.h"

#include "lua/laccount.h"
#include "lua/lneap.h"
#include "lua/lproduct.h"

NEAP_EXPORT int luaopen_neap_margin(lua_State *L);

enum { POSITIONS = 64 };

static int fail(lua_State *L, neap_status status) {
  neap_fault fault;
  if (status == NEAP_RANGE)
    neap_fail(&fault, status, "overflow", "the result does not fit a decimal (at most 1.7e22)");
  else
    neap_fail(&fault, status, "out_of_range", "a price or a leverage is not above zero, or a rate not from 0 to 1");
  return neap_push_fault(L, &fault);
}

/* The position at the top of the stack, which stays there. */
static neap_margin_holding read_holding(lua_State *L) {
  static const char *const allowed[] = {"product", "quantity", "mark", "max_leverage", "maintenance_rate", NULL};
  static const char what[] = "margin.of: positions";
  int at = lua_gettop(L);
  neap_margin_holding holding = {.product = NULL};
  neap_check_options(L, at, what, allowed);
  lua_getfield(L, at, "product");
  holding.product = neap_test_product(L, -1); /* the caller's table keeps it */
  if (!holding.product) luaL_error(L, "%s: product is not a product", what);
  lua_pop(L, 1);
  holding.quantity = neap_field_decimal(L, at, what, "quantity");
  holding.mark = neap_field_decimal(L, at, what, "mark");
  holding.max_leverage = neap_field_decimal(L, at, what, "max_leverage");
  holding.maintenance_rate = neap_field_decimal(L, at, what, "maintenance_rate");
  return holding;
}

static uint32_t read_holdings(lua_State *L, neap_margin_holding *out) {
  if (lua_getfield(L, 1, "positions") != LUA_TTABLE) luaL_error(L, "margin.of: positions is a list of positions");
  lua_Integer count = luaL_len(L, -1);
  if (count > POSITIONS) luaL_error(L, "margin.of: at most %d positions", POSITIONS);
  for (lua_Integer i = 1; i <= count; i++, lua_pop(L, 1)) {
    lua_geti(L, -1, i);
    out[i - 1] = read_holding(L);
  }
  lua_pop(L, 1);
  return (uint32_t)count;
}

static neap_status push_prices(lua_State *L, neap_decimal equity, const neap_margin_holding *holdings, uint32_t count) {
  neap_status status = NEAP_OK;
  lua_createtable(L, (int)count, 0);
  for (uint32_t i = 0; status == NEAP_OK && i < count; i++) {
    neap_decimal price;
    bool exists;
    status = neap_liquidation_price_cross(equity, holdings, count, i, &price, &exists);
    if (status == NEAP_OK && exists)
      neap_push_decimal(L, price);
    else
      lua_pushboolean(L, 0);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return status;
}

static int of(lua_State *L) {
  static const char *const allowed[] = {"equity", "positions", NULL};
  neap_margin_holding holdings[POSITIONS];
  neap_margin margin;
  neap_check_options(L, 1, "margin.of", allowed);
  neap_decimal equity = neap_field_decimal(L, 1, "margin.of", "equity");
  uint32_t count = read_holdings(L, holdings);
  neap_status status = neap_margin_of(equity, holdings, count, &margin);
  if (status != NEAP_OK) return fail(L, status);
  lua_createtable(L, 0, 9);
  neap_set_decimal(L, "equity", margin.equity);
  neap_set_decimal(L, "value", margin.value);
  neap_set_decimal(L, "initial", margin.initial);
  neap_set_decimal(L, "maintenance", margin.maintenance);
  neap_set_decimal(L, "available", margin.available);
  if (margin.has_leverage) neap_set_decimal(L, "leverage", margin.leverage);
  if (margin.has_leverage) neap_set_decimal(L, "buffer_pct", margin.buffer_pct);
  neap_set_text(L, "health", neap_margin_health_name(margin.health));
  status = push_prices(L, equity, holdings, count);
  if (status != NEAP_OK) return fail(L, status);
  lua_setfield(L, -2, "liquidation_prices");
  return 1;
}

/* margin.max_size(product, equity, max_leverage, price) */
static int max_size(lua_State *L) {
  const neap_product *product = neap_test_product(L, 1);
  luaL_argexpected(L, product, 1, "product");
  neap_decimal equity = neap_check_decimal(L, 2), leverage = neap_check_decimal(L, 3), out;
  neap_decimal price = neap_check_decimal(L, 4);
  luaL_argcheck(L, price.units > 0, 4, "a price is above zero");
  neap_status status = neap_margin_max_size(product, equity, leverage, price, &out);
  return status == NEAP_OK ? (neap_push_decimal(L, out), 1) : fail(L, status);
}

static bool is_short(lua_State *L, int index) {
  return neap_check_word(L, index, "side", neap_side_words) == NEAP_SELL;
}

/* margin.liquidation_price(side of the entry, entry, leverage, rate) */
static int liquidation_price(lua_State *L) {
  bool below = is_short(L, 1);
  neap_decimal entry = neap_check_decimal(L, 2), leverage = neap_check_decimal(L, 3), rate = neap_check_decimal(L, 4);
  neap_decimal out;
  neap_status status = neap_liquidation_price(entry, below, leverage, rate, &out);
  return status == NEAP_OK ? (neap_push_decimal(L, out), 1) : fail(L, status);
}

/* margin.distance(side of the entry, price, mark) → percent, state */
static int distance(lua_State *L) {
  bool below = is_short(L, 1);
  neap_decimal price = neap_check_decimal(L, 2), mark = neap_check_decimal(L, 3), percent;
  neap_liquidation_state state;
  luaL_argcheck(L, mark.units > 0, 3, "a mark is above zero");
  neap_status status = neap_liquidation_distance(price, mark, below, &percent, &state);
  if (status != NEAP_OK) return fail(L, status);
  neap_push_decimal(L, percent);
  lua_pushstring(L, neap_liquidation_state_name(state));
  return 2;
}

int luaopen_neap_margin(lua_State *L) {
  static const luaL_Reg functions[] = {{"of", of},
                                       {"max_size", max_size},
                                       {"liquidation_price", liquidation_price},
                                       {"distance", distance},
                                       {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
