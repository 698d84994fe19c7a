/* SPDX-License-Identifier: MIT */
/* lstatistics: neap.statistics. */
#include <math.h>

#include "lua/lneap.h"
#include "session/statistics.h"

#define METATABLE "neap.statistics"

typedef struct handle {
  neap_statistics *statistics;
} handle;

static neap_statistics *check(lua_State *L) {
  const handle *self = luaL_checkudata(L, 1, METATABLE);
  return self->statistics;
}

static double check_float(lua_State *L, int index) {
  luaL_argcheck(L, !neap_test_decimal(L, index), index, "a float is wanted, not a decimal: use d:float()");
  luaL_argexpected(L, lua_type(L, index) == LUA_TNUMBER, index, "number");
  double value = lua_tonumber(L, index);
  luaL_argcheck(L, isfinite(value), index, "a finite number is wanted");
  return value;
}

static int raise(lua_State *L, neap_status status, const char *reason) {
  return luaL_error(L, "%s", status == NEAP_MEMORY ? "no memory for statistics" : reason);
}

static int add_equity(lua_State *L) {
  neap_statistics *statistics = check(L);
  luaL_argexpected(L, lua_isinteger(L, 2), 2, "whole number of nanoseconds");
  int64_t time = lua_tointeger(L, 2);
  double equity = check_float(L, 3);
  luaL_argexpected(L, lua_isnoneornil(L, 4) || lua_isboolean(L, 4), 4, "boolean");
  neap_status status = neap_statistics_equity(statistics, time, equity, lua_toboolean(L, 4));
  if (status != NEAP_OK) return raise(L, status, "equity: bars must come in order of time");
  lua_settop(L, 1);
  return 1;
}

static int restate_last(lua_State *L) {
  neap_statistics_restate_last(check(L), check_float(L, 2));
  lua_settop(L, 1);
  return 1;
}

static int add_trade(lua_State *L) {
  neap_statistics *statistics = check(L);
  neap_status status = neap_statistics_trade(statistics, check_float(L, 2), check_float(L, 3));
  if (status != NEAP_OK) return raise(L, status, "trade: finite numbers are wanted");
  lua_settop(L, 1);
  return 1;
}

/* A figure that is not defined stays nil. */
static void set_figure(lua_State *L, const char *name, double value) {
  if (isnan(value)) return;
  lua_pushnumber(L, value);
  lua_setfield(L, -2, name);
}

static void set_count(lua_State *L, const char *name, uint64_t value) {
  lua_pushinteger(L, (lua_Integer)value);
  lua_setfield(L, -2, name);
}

static void set_equity_figures(lua_State *L, const neap_statistics_result *result) {
  set_figure(L, "return_pct", result->return_pct);
  set_figure(L, "annual_return_pct", result->annual_return_pct);
  set_figure(L, "volatility_pct", result->volatility_pct);
  set_figure(L, "sharpe", result->sharpe);
  set_figure(L, "sortino", result->sortino);
  set_figure(L, "calmar", result->calmar);
  set_figure(L, "max_drawdown_pct", result->max_drawdown_pct);
  set_figure(L, "exposure_pct", result->exposure_pct);
  set_figure(L, "equity_peak", result->equity_peak);
  set_figure(L, "equity_final", result->equity_final);
  set_count(L, "bars", result->bars);
}

static void set_trade_figures(lua_State *L, const neap_statistics_result *result) {
  set_figure(L, "win_rate_pct", result->win_rate_pct);
  set_figure(L, "profit_factor", result->profit_factor);
  set_figure(L, "expectancy_pct", result->expectancy_pct);
  set_figure(L, "best_trade_pct", result->best_trade_pct);
  set_figure(L, "worst_trade_pct", result->worst_trade_pct);
  set_figure(L, "average_trade_pct", result->average_trade_pct);
  set_figure(L, "sqn", result->sqn);
  set_count(L, "trades", result->trades);
}

static int get_result(lua_State *L) {
  neap_statistics_result result;
  neap_statistics_result_get(check(L), &result);
  lua_newtable(L);
  set_equity_figures(L, &result);
  set_trade_figures(L, &result);
  return 1;
}

static int to_string(lua_State *L) {
  neap_statistics_result result;
  neap_statistics_result_get(check(L), &result);
  lua_pushfstring(L, "statistics: %I bars, %I trades, return %f %%", (LUAI_UACINT)result.bars,
                  (LUAI_UACINT)result.trades, result.return_pct);
  return 1;
}

static int collect(lua_State *L) {
  handle *self = luaL_checkudata(L, 1, METATABLE);
  neap_statistics_free(self->statistics);
  self->statistics = NULL;
  return 0;
}

static const luaL_Reg methods[] = {
    {"equity", add_equity}, {"restate_last", restate_last}, {"trade", add_trade}, {"result", get_result}, {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__tostring", to_string}, {"__gc", collect}, {NULL, NULL}};

static void push_metatable(lua_State *L) {
  if (!luaL_newmetatable(L, METATABLE)) return;
  luaL_setfuncs(L, metamethods, 0);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, "statistics");
  lua_setfield(L, -2, "__metatable");
}

static int new (lua_State *L) {
  double initial = check_float(L, 1);
  luaL_argcheck(L, initial > 0, 1, "the initial equity must be above zero");
  handle *self = lua_newuserdatauv(L, sizeof *self, 0);
  self->statistics = NULL;
  push_metatable(L);
  lua_setmetatable(L, -2);
  self->statistics = neap_statistics_new(initial);
  return self->statistics ? 1 : luaL_error(L, "no memory for statistics");
}

NEAP_EXPORT int luaopen_neap_statistics(lua_State *L);

NEAP_EXPORT int luaopen_neap_statistics(lua_State *L) {
  static const luaL_Reg functions[] = {{"new", new}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
