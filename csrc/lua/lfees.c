/* SPDX-License-Identifier: MIT */
/* lfees: require "neap.fees": what a fill costs, and what an amount buys. */
#include "account/fees.h"

#include <string.h>

#include "account/fee_tiers.h"

#include "lua/laccount.h"
#include "lua/lneap.h"
#include "lua/lproduct.h"

#define FEES_TYPE "neap.fees"

NEAP_EXPORT int luaopen_neap_fees(lua_State *L);

static void push_metatable(lua_State *L);

static const neap_fee_schedule *check(lua_State *L) { return luaL_checkudata(L, 1, FEES_TYPE); }

/* What a maker pays may be below zero, down to all of the value. */
static neap_decimal check_bps(lua_State *L, const char *name, int least) {
  neap_decimal bps = neap_field_decimal(L, 1, "fees.new", name);
  if (neap_decimal_cmp(bps, neap_decimal_from_int(least)) < 0)
    luaL_error(L, least ? "fees.new: %s is %d or more" : "fees.new: %s is zero or more", name, least);
  return bps;
}

static int push_schedule(lua_State *L, const neap_fee_schedule *schedule) {
  neap_fee_schedule *fees = lua_newuserdatauv(L, sizeof *fees, 0);
  *fees = *schedule;
  push_metatable(L);
  lua_setmetatable(L, -2);
  return 1;
}

static void check_table(lua_State *L, int index, neap_fee_table *table) {
  const char *name = luaL_optstring(L, index, neap_fee_table_names[0]);
  if (!neap_fee_table_get(name, table)) neap_raise_unknown(L, "fees", "table", name, neap_fee_table_names);
}

/* fees.tiers(name): a list of schedules with their thresholds. */
static int tiers(lua_State *L) {
  neap_fee_table table;
  check_table(L, 1, &table);
  lua_createtable(L, (int)table.count, 0);
  for (uint32_t i = 0; i < table.count; i++) {
    lua_createtable(L, 0, 4);
    neap_set_integer(L, "tier", i + 1);
    neap_set_decimal(L, "from", table.tier[i].from);
    push_schedule(L, &table.tier[i].schedule);
    lua_setfield(L, -2, "fees");
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

/* fees.of_volume(volume, name): the schedule of its tier. */
static int of_volume(lua_State *L) {
  neap_fee_table table;
  neap_decimal volume = neap_check_decimal(L, 1);
  luaL_argcheck(L, volume.units >= 0, 1, "a volume is zero or more");
  check_table(L, 2, &table);
  return push_schedule(L, &table.tier[neap_fee_table_tier(&table, volume) - 1].schedule);
}

static int new_fees(lua_State *L) {
  static const char *const allowed[] = {"maker_bps", "taker_bps", NULL};
  neap_check_options(L, 1, "fees.new", allowed);
  neap_fee_schedule schedule = {.maker_bps = check_bps(L, "maker_bps", -10000),
                                .taker_bps = check_bps(L, "taker_bps", 0)};
  return push_schedule(L, &schedule);
}

static neap_liquidity check_liquidity(lua_State *L, int index) {
  if (lua_isnoneornil(L, index)) return NEAP_TAKER;
  return (neap_liquidity)neap_check_word(L, index, "liquidity", neap_liquidity_words);
}

static int give(lua_State *L, neap_status status, neap_decimal value) {
  neap_fault fault;
  if (status == NEAP_OK) return neap_push_decimal(L, value), 1;
  if (status == NEAP_INVALID) {
    neap_fail(&fault, status, "no_price", "there is no such price above zero");
    return neap_push_fault(L, &fault);
  }
  neap_fail(&fault, status, "overflow", "the result does not fit a decimal (at most 1.7e22)");
  return neap_push_fault(L, &fault);
}

static int fee(lua_State *L) {
  const neap_fee_schedule *schedule = check(L);
  neap_decimal notional = neap_check_decimal(L, 2), out = NEAP_ZERO;
  luaL_argcheck(L, notional.units >= 0, 2, "a notional is zero or more");
  neap_status status = neap_fee(schedule, check_liquidity(L, 3), notional, &out);
  return give(L, status, out);
}

static int quantity(lua_State *L) {
  static const char *const allowed[] = {"liquidity", "without_fee", NULL};
  const neap_fee_schedule *schedule = check(L);
  const neap_product *product = neap_test_product(L, 2);
  luaL_argexpected(L, product, 2, "product");
  neap_decimal amount = neap_check_decimal(L, 3), price = neap_check_decimal(L, 4), out = NEAP_ZERO;
  luaL_argcheck(L, price.units > 0, 4, "a price is above zero");
  int liquidity = NEAP_TAKER;
  bool with_fee = true;
  if (!lua_isnoneornil(L, 5)) {
    neap_check_options(L, 5, "quantity", allowed);
    liquidity = neap_field_word(L, 5, "quantity", "liquidity", neap_liquidity_words, NEAP_TAKER);
    with_fee = !neap_field_flag(L, 5, "quantity", "without_fee");
  }
  neap_status status =
      neap_quantity_for_amount(product, schedule, (neap_liquidity)liquidity, with_fee, amount, price, &out);
  return give(L, status, out);
}

static neap_side check_side(lua_State *L, int index) {
  return (neap_side)neap_check_word(L, index, "side", neap_side_words);
}

/* s:least_exit(side of the entry, entry, margin) */
static int least_exit(lua_State *L) {
  const neap_fee_schedule *schedule = check(L);
  neap_side side = check_side(L, 2);
  neap_decimal entry = neap_check_decimal(L, 3), out = NEAP_ZERO;
  neap_decimal margin = lua_isnoneornil(L, 4) ? NEAP_ZERO : neap_check_decimal(L, 4);
  luaL_argcheck(L, entry.units > 0, 3, "a price is above zero");
  luaL_argcheck(L, margin.units >= 0, 4, "a margin is zero or more");
  return give(L, neap_fee_least_exit(schedule, side == NEAP_SELL, entry, margin, &out), out);
}

/* s:cost(side, notional, liquidity): what a purchase takes from the cash, or a sale brings. */
static int cost(lua_State *L) {
  const neap_fee_schedule *schedule = check(L);
  neap_side side = check_side(L, 2);
  neap_decimal notional = neap_check_decimal(L, 3), out = NEAP_ZERO;
  luaL_argcheck(L, notional.units >= 0, 3, "a notional is zero or more");
  neap_status status = neap_fee(schedule, check_liquidity(L, 4), notional, &out);
  if (status == NEAP_OK && side == NEAP_BUY) status = neap_decimal_add(notional, out, &out);
  if (status == NEAP_OK && side == NEAP_SELL) status = neap_decimal_sub(notional, out, &out);
  return give(L, status, out);
}

static int is_profitable(lua_State *L) {
  const neap_fee_schedule *schedule = check(L);
  lua_pushboolean(L, neap_fee_is_profitable(schedule, neap_check_decimal(L, 2)));
  return 1;
}

static int to_string(lua_State *L) {
  const neap_fee_schedule *schedule = check(L);
  char maker[NEAP_DECIMAL_TEXT], taker[NEAP_DECIMAL_TEXT];
  neap_decimal_format(schedule->maker_bps, maker);
  neap_decimal_format(schedule->taker_bps, taker);
  lua_pushfstring(L, "fees: maker %s bps, taker %s bps", maker, taker);
  if (schedule->tier) {
    lua_pushfstring(L, ", tier %d", (int)schedule->tier);
    lua_concat(L, 2);
  }
  return 1;
}

/* The upvalue holds the methods. */
static int get(lua_State *L) {
  static const char *const names[] = {"maker_bps", "taker_bps", "tier",       "fee",
                                      "quantity",  "cost",      "least_exit", "is_profitable"};
  const neap_fee_schedule *schedule = check(L);
  const char *name = luaL_checkstring(L, 2);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(1)) == LUA_TFUNCTION) return 1;
  if (strcmp(name, "maker_bps") == 0) return neap_push_decimal(L, schedule->maker_bps), 1;
  if (strcmp(name, "taker_bps") == 0) return neap_push_decimal(L, schedule->taker_bps), 1;
  if (strcmp(name, "tier") == 0) return schedule->tier ? (lua_pushinteger(L, schedule->tier), 1) : 0;
  const char *nearest = neap_nearest_word(name, names, sizeof names / sizeof *names);
  return luaL_error(L, "fees have no '%s'; %s '%s'", name, nearest ? "did you mean" : "one is",
                    nearest ? nearest : names[0]);
}

static const luaL_Reg methods[] = {
    {"fee", fee}, {"quantity", quantity}, {"cost", cost}, {"least_exit", least_exit}, {"is_profitable", is_profitable},
    {NULL, NULL}};
static const luaL_Reg functions[] = {{"new", new_fees}, {"tiers", tiers}, {"of_volume", of_volume}, {NULL, NULL}};

static void push_metatable(lua_State *L) {
  if (!luaL_newmetatable(L, FEES_TYPE)) return;
  luaL_newlib(L, methods);
  lua_pushcclosure(L, get, 1);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, to_string);
  lua_setfield(L, -2, "__tostring");
  lua_pushliteral(L, "fees");
  lua_setfield(L, -2, "__metatable");
}

int luaopen_neap_fees(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
