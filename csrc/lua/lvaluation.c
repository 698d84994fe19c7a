/* SPDX-License-Identifier: MIT */
/* lvaluation: require "neap.valuation": collateral, and what a portfolio is worth. */
#include "account/valuation.h"

#include <stdio.h>
#include <string.h>

#include "lua/laccount.h"
#include "lua/lneap.h"
#include "lua/lproduct.h"

NEAP_EXPORT int luaopen_neap_valuation(lua_State *L);

enum { MOST = 1000 };

static int fail(lua_State *L, neap_status status) {
  neap_fault fault;
  neap_fail(&fault, status, "overflow", "an amount does not fit a decimal (at most 1.7e22)");
  return neap_push_fault(L, &fault);
}

/* Length of the list in a field of the table at `table`; the list is pushed, an absent one as an empty one. */
static uint32_t push_list(lua_State *L, int table, const char *name) {
  if (lua_getfield(L, table, name) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_newtable(L);
  }
  if (!lua_istable(L, -1)) luaL_error(L, "%s is a list, not %s", name, luaL_typename(L, -1));
  lua_Integer count = luaL_len(L, -1);
  if (count > MOST) luaL_error(L, "%s: at most %d of them", name, MOST);
  return (uint32_t)count;
}

static void read_currency(lua_State *L, int table, const char *what, const char *name, char out[NEAP_CURRENCY]) {
  size_t length = 0;
  lua_getfield(L, table, name);
  const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &length) : NULL;
  if (!text || length == 0 || length >= NEAP_CURRENCY)
    luaL_error(L, "%s: %s is a currency such as \"USD\"", what, name);
  memcpy(out, text, length + 1);
  lua_pop(L, 1);
}

/* The balance at the top of the stack. */
static neap_balance read_balance(lua_State *L) {
  static const char *const allowed[] = {"currency", "total", "available", NULL};
  neap_balance balance = {.currency = ""};
  int at = lua_gettop(L);
  neap_check_options(L, at, "balances", allowed);
  read_currency(L, at, "balances", "currency", balance.currency);
  balance.total = balance.available = neap_field_decimal(L, at, "balances", "total");
  if (lua_getfield(L, at, "available") != LUA_TNIL)
    balance.available = neap_field_decimal(L, at, "balances", "available");
  lua_pop(L, 1);
  return balance;
}

/* The list on top becomes a block of userdata in its place. */
static neap_balance *read_balances(lua_State *L, uint32_t count) {
  neap_balance *balances = lua_newuserdatauv(L, (count ? count : 1) * sizeof *balances, 0);
  for (uint32_t i = 0; i < count; i++, lua_pop(L, 1)) {
    lua_geti(L, -2, (lua_Integer)i + 1);
    balances[i] = read_balance(L);
  }
  lua_remove(L, -2);
  return balances;
}

static neap_assets check_assets(lua_State *L, const char *text) {
  neap_assets assets;
  neap_fault fault;
  if (neap_assets_parse(text, &assets, &fault) != NEAP_OK) neap_raise_fault(L, &fault);
  return assets;
}

/* valuation.collateral(balances, assets) */
static int collateral(lua_State *L) {
  neap_balance sum;
  luaL_checktype(L, 1, LUA_TTABLE);
  neap_assets assets = check_assets(L, luaL_optstring(L, 2, ""));
  lua_createtable(L, 0, 1);
  lua_pushvalue(L, 1);
  lua_setfield(L, -2, "balances");
  uint32_t count = push_list(L, lua_gettop(L), "balances");
  neap_balance *balances = read_balances(L, count);
  neap_status status = neap_collateral(&assets, balances, count, &sum);
  if (status != NEAP_OK) return fail(L, status);
  lua_createtable(L, 0, 2);
  neap_set_decimal(L, "total", sum.total);
  neap_set_decimal(L, "available", sum.available);
  return 1;
}

static neap_price read_price(lua_State *L) {
  static const char *const allowed[] = {"product", "price", "time", NULL};
  neap_price price = {.converts = false};
  int at = lua_gettop(L);
  neap_check_options(L, at, "prices", allowed);
  lua_getfield(L, at, "product");
  const neap_product *product = neap_test_product(L, -1);
  if (!product) luaL_error(L, "prices: product is not a product");
  memcpy(price.id, product->id, sizeof price.id);
  memcpy(price.base, product->base, sizeof price.base);
  memcpy(price.quote, product->quote, sizeof price.quote);
  price.converts = product->kind == NEAP_SPOT;
  lua_pop(L, 1);
  price.value = neap_field_decimal(L, at, "prices", "price");
  price.time = neap_field_integer(L, at, "prices", "time", 0);
  return price;
}

/* What counts at par comes first. */
static uint32_t fill_par(const neap_assets *assets, const char *currency, int64_t now, neap_price *out) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < assets->count; i++) {
    if (strcmp(assets->name[i], currency) == 0) continue;
    neap_price *price = &out[count++];
    *price = (neap_price){.converts = true, .value = neap_decimal_from_int(1), .time = now};
    snprintf(price->base, sizeof price->base, "%s", assets->name[i]);
    snprintf(price->quote, sizeof price->quote, "%s", currency);
  }
  return count;
}

static const neap_price *read_prices(lua_State *L, const char *currency, neap_market_view *market) {
  neap_assets par = {.count = 0};
  lua_getfield(L, 1, "at_par");
  if (!lua_isnil(L, -1)) par = check_assets(L, luaL_checkstring(L, -1));
  lua_pop(L, 1);
  uint32_t count = push_list(L, 1, "prices");
  neap_price *prices = lua_newuserdatauv(L, (count + NEAP_COLLATERAL_ASSETS) * sizeof *prices, 0);
  uint32_t first = fill_par(&par, currency, market->now, prices);
  for (uint32_t i = 0; i < count; i++, lua_pop(L, 1)) {
    lua_geti(L, -2, (lua_Integer)i + 1);
    prices[first + i] = read_price(L);
  }
  lua_remove(L, -2);
  market->prices = prices;
  market->count = first + count;
  return prices;
}

static neap_held read_held(lua_State *L) {
  static const char *const allowed[] = {"product", "quantity", "cost", NULL};
  int at = lua_gettop(L);
  neap_check_options(L, at, "positions", allowed);
  lua_getfield(L, at, "product");
  neap_held held = {.product = neap_test_product(L, -1)}; /* the caller's table keeps it */
  if (!held.product) luaL_error(L, "positions: product is not a product");
  lua_pop(L, 1);
  held.quantity = neap_field_decimal(L, at, "positions", "quantity");
  held.cost = neap_field_decimal(L, at, "positions", "cost");
  return held;
}

static const neap_held *read_positions(lua_State *L, uint32_t count) {
  neap_held *positions = lua_newuserdatauv(L, (count ? count : 1) * sizeof *positions, 0);
  for (uint32_t i = 0; i < count; i++, lua_pop(L, 1)) {
    lua_geti(L, -2, (lua_Integer)i + 1);
    positions[i] = read_held(L);
  }
  lua_remove(L, -2);
  return positions;
}

static void push_valued(lua_State *L, const char *key, const char *name, const neap_valued *one, bool is_position) {
  lua_createtable(L, 0, 5);
  lua_pushstring(L, name);
  lua_setfield(L, -2, key);
  lua_pushstring(L, neap_mark_state_name(one->state));
  lua_setfield(L, -2, "mark");
  if (one->state == NEAP_MARK_MISSING) return;
  neap_set_decimal(L, "value", one->value);
  if (is_position) neap_set_decimal(L, "notional", one->notional);
  if (is_position) neap_set_decimal(L, "unrealized", one->unrealized);
}

/* Appends the name at the index to the list of its state. */
static void sort_out(lua_State *L, int result, const char *name, neap_mark_state state) {
  if (state == NEAP_MARK_FRESH) return;
  lua_getfield(L, result, neap_mark_state_name(state));
  lua_pushstring(L, name);
  lua_seti(L, -2, luaL_len(L, -2) + 1);
  lua_pop(L, 1);
}

static void push_sums(lua_State *L, const neap_portfolio *sums) {
  lua_createtable(L, 0, 9);
  neap_set_decimal(L, "cash", sums->cash);
  neap_set_decimal(L, "held", sums->positions);
  neap_set_decimal(L, "equity", sums->equity);
  neap_set_decimal(L, "notional", sums->notional);
  lua_pushboolean(L, sums->missing == 0);
  lua_setfield(L, -2, "complete");
  lua_newtable(L);
  lua_setfield(L, -2, "stale");
  lua_newtable(L);
  lua_setfield(L, -2, "missing");
}

static int portfolio(lua_State *L) {
  static const char *const allowed[] = {"currency", "balances", "positions", "prices",
                                        "now",      "max_age",  "at_par",    NULL};
  static const char what[] = "valuation.portfolio";
  char currency[NEAP_CURRENCY];
  neap_portfolio sums;
  neap_check_options(L, 1, what, allowed);
  lua_settop(L, 1);
  read_currency(L, 1, what, "currency", currency);
  neap_market_view market = {.now = neap_field_integer(L, 1, what, "now", 0),
                             .max_age = neap_field_integer(L, 1, what, "max_age", NEAP_MARK_MAX_AGE)};
  read_prices(L, currency, &market);
  uint32_t balance_count = push_list(L, 1, "balances");
  const neap_balance *balances = read_balances(L, balance_count);
  uint32_t position_count = push_list(L, 1, "positions");
  const neap_held *positions = read_positions(L, position_count);
  neap_valued *values = lua_newuserdatauv(L, (balance_count + position_count + 1) * sizeof *values, 0);
  neap_status status = neap_portfolio_value(&market, currency, balances, balance_count, values, positions,
                                            position_count, values + balance_count, &sums);
  if (status != NEAP_OK) return fail(L, status);
  push_sums(L, &sums);
  int result = lua_gettop(L);
  lua_createtable(L, (int)balance_count, 0);
  for (uint32_t i = 0; i < balance_count; i++) {
    push_valued(L, "currency", balances[i].currency, &values[i], false);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
    sort_out(L, result, balances[i].currency, values[i].state);
  }
  lua_setfield(L, result, "balances");
  lua_createtable(L, (int)position_count, 0);
  for (uint32_t i = 0; i < position_count; i++) {
    const neap_valued *one = &values[balance_count + i];
    push_valued(L, "product", positions[i].product->id, one, true);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
    sort_out(L, result, positions[i].product->id, one->state);
  }
  lua_setfield(L, result, "positions");
  return 1;
}

/* valuation.mark_state(time, now, max_age) */
static int mark_state(lua_State *L) {
  neap_price price = {.value = neap_decimal_from_int(1)};
  bool known = !lua_isnoneornil(L, 1);
  if (known) price.time = luaL_checkinteger(L, 1);
  int64_t now = luaL_checkinteger(L, 2), max_age = luaL_optinteger(L, 3, NEAP_MARK_MAX_AGE);
  lua_pushstring(L, neap_mark_state_name(neap_mark_judge(known ? &price : NULL, now, max_age)));
  return 1;
}

int luaopen_neap_valuation(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"collateral", collateral}, {"portfolio", portfolio}, {"mark_state", mark_state}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
