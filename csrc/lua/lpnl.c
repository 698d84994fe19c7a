/* SPDX-License-Identifier: MIT */
/* lpnl: require "neap.pnl": profit and loss by day, against its peak, by closed trade. */
#include "account/pnl.h"

#include <string.h>

#include "base/clock.h"
#include "lua/laccount.h"
#include "lua/lneap.h"

#define PNL_TYPE "neap.pnl"

NEAP_EXPORT int luaopen_neap_pnl(lua_State *L);

static neap_pnl *check(lua_State *L) { return luaL_checkudata(L, 1, PNL_TYPE); }

/* p:look(now, equity, paid) */
static int look(lua_State *L) {
  neap_pnl *pnl = check(L);
  int64_t now = luaL_checkinteger(L, 2);
  neap_decimal equity = neap_check_decimal(L, 3);
  neap_decimal paid = lua_isnoneornil(L, 4) ? NEAP_ZERO : neap_check_decimal(L, 4);
  neap_fault fault;
  neap_status status = neap_pnl_look(pnl, now, equity, paid);
  if (status == NEAP_OK) return lua_pushboolean(L, 1), 1;
  neap_fail(&fault, status, "overflow", "an amount does not fit a decimal (at most 1.7e22)");
  return neap_push_fault(L, &fault);
}

static int trade(lua_State *L) {
  neap_pnl_trade(check(L), neap_check_decimal(L, 2));
  return 0;
}

static int push_figure(lua_State *L, const neap_pnl *pnl, const char *name) {
  neap_decimal percent;
  if (strcmp(name, "day") == 0) return neap_push_decimal(L, neap_pnl_of_day(pnl)), 1;
  if (strcmp(name, "total") == 0) return neap_push_decimal(L, pnl->total), 1;
  if (strcmp(name, "peak") == 0) return neap_push_decimal(L, pnl->peak), 1;
  if (strcmp(name, "drawdown") == 0) return neap_push_decimal(L, pnl->drawdown), 1;
  if (strcmp(name, "start_equity") == 0) return neap_push_decimal(L, pnl->start_equity), 1;
  if (strcmp(name, "won") == 0) return lua_pushinteger(L, (lua_Integer)pnl->won), 1;
  if (strcmp(name, "lost") == 0) return lua_pushinteger(L, (lua_Integer)pnl->lost), 1;
  if (strcmp(name, "even") == 0) return lua_pushinteger(L, (lua_Integer)pnl->even), 1;
  if (strcmp(name, "win_rate_pct") != 0) return -1;
  return neap_pnl_win_rate(pnl, &percent) ? (neap_push_decimal(L, percent), 1) : 0;
}

/* The upvalue holds the methods. */
static int get(lua_State *L) {
  static const char *const names[] = {"look",         "trade", "day",  "total", "peak",        "drawdown",
                                      "start_equity", "won",   "lost", "even",  "win_rate_pct"};
  const neap_pnl *pnl = check(L);
  const char *name = luaL_checkstring(L, 2);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(1)) == LUA_TFUNCTION) return 1;
  int count = push_figure(L, pnl, name);
  if (count >= 0) return count;
  const char *nearest = neap_nearest_word(name, names, sizeof names / sizeof *names);
  return luaL_error(L, "pnl has no '%s'; %s '%s'", name, nearest ? "did you mean" : "one is",
                    nearest ? nearest : names[0]);
}

static int to_string(lua_State *L) {
  const neap_pnl *pnl = check(L);
  char day[NEAP_DECIMAL_TEXT], total[NEAP_DECIMAL_TEXT], drawdown[NEAP_DECIMAL_TEXT];
  neap_decimal_format(neap_pnl_of_day(pnl), day);
  neap_decimal_format(pnl->total, total);
  neap_decimal_format(pnl->drawdown, drawdown);
  lua_pushfstring(L, "pnl: day %s, total %s, drawdown %s", day, total, drawdown);
  return 1;
}

/* pnl.new{ day_start = "HH:MM" } */
static int new_pnl(lua_State *L) {
  static const char *const allowed[] = {"day_start", NULL};
  static const luaL_Reg methods[] = {{"look", look}, {"trade", trade}, {NULL, NULL}};
  unsigned hour = 0, minute = 0;
  if (!lua_isnoneornil(L, 1)) {
    neap_check_options(L, 1, "pnl.new", allowed);
    lua_getfield(L, 1, "day_start");
    const char *text = luaL_optstring(L, -1, "00:00");
    bool shaped =
        strlen(text) == 5 && strspn(text, "0123456789") == 2 && text[2] == ':' && strspn(text + 3, "0123456789") == 2;
    if (shaped) hour = (unsigned)(text[0] - '0') * 10 + (unsigned)(text[1] - '0');
    if (shaped) minute = (unsigned)(text[3] - '0') * 10 + (unsigned)(text[4] - '0');
    if (!shaped || hour > 23 || minute > 59) luaL_error(L, "pnl.new: day_start is HH:MM, not '%s'", text);
  }
  neap_pnl *pnl = lua_newuserdatauv(L, sizeof *pnl, 0);
  neap_pnl_init(pnl, ((int64_t)hour * 60 + minute) * 60 * NEAP_SECOND);
  if (luaL_newmetatable(L, PNL_TYPE)) {
    luaL_newlib(L, methods);
    lua_pushcclosure(L, get, 1);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, to_string);
    lua_setfield(L, -2, "__tostring");
    lua_pushliteral(L, "pnl");
    lua_setfield(L, -2, "__metatable");
  }
  lua_setmetatable(L, -2);
  return 1;
}

int luaopen_neap_pnl(lua_State *L) {
  static const luaL_Reg functions[] = {{"new", new_pnl}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
