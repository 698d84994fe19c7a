/* SPDX-License-Identifier: MIT */
/* lreport: neap.report_c, the C half of neap.report: a stored session retraced beside its bars. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/shelter.h"
#include "lua/lcandle.h"
#include "lua/lsession.h"
#include "session/retrace.h"

#define RETRACE_TYPE "neap.report_c.retrace"

NEAP_EXPORT int luaopen_neap_report_c(lua_State *L);

typedef struct retrace_run { /* on the heap: a decimal wants more than Lua's alignment */
  neap_retrace_options options;
  neap_feed *feeds[NEAP_STRATEGY_PRODUCTS], *lent[NEAP_STRATEGY_PRODUCTS];
  neap_retrace retrace;
} retrace_run;

static int free_run(lua_State *L) {
  retrace_run **box = lua_touserdata(L, 1);
  if (!*box) return 0;
  for (size_t i = 0; i < NEAP_STRATEGY_PRODUCTS; i++) neap_feed_close((*box)->feeds[i]);
  neap_retrace_fini(&(*box)->retrace);
  free(*box);
  *box = NULL;
  return 0;
}

static retrace_run *new_run(lua_State *L) {
  retrace_run **box = lua_newuserdatauv(L, sizeof *box, 0);
  *box = NULL;
  if (luaL_newmetatable(L, RETRACE_TYPE)) {
    lua_pushcfunction(L, free_run);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  *box = calloc(1, sizeof **box);
  if (!*box) luaL_error(L, "no memory to retrace a session");
  return *box;
}

static int64_t integer_field(lua_State *L, const char *name) {
  lua_getfield(L, 1, name);
  int64_t value = luaL_checkinteger(L, -1);
  lua_pop(L, 1);
  return value;
}

static void read_options(lua_State *L, retrace_run *run) {
  static const char *const words[] = {"path", "start", "stop", "columns", "sources", NULL};
  neap_check_options(L, 1, "report_c.retrace", words);
  lua_getfield(L, 1, "path");
  run->options.path = luaL_checkstring(L, -1); /* the table keeps it */
  run->options.start = integer_field(L, "start");
  run->options.end = integer_field(L, "stop");
  run->options.columns = (uint32_t)integer_field(L, "columns");
  run->options.feeds = run->lent;
}

/* The path, or the bars, on top of the stack. */
static neap_status open_feed(lua_State *L, neap_feed **out, neap_fault *fault) {
  const neap_feed_options options = {.bad_bars = NEAP_BAD_BARS_SKIP};
  size_t count;
  if (lua_type(L, -1) == LUA_TSTRING) return neap_feed_open(lua_tostring(L, -1), &options, out, fault);
  const neap_candle *bars = neap_push_candles(L, -1, &count, fault);
  if (!bars) return fault->status;
  neap_status status = neap_feed_from_bars(bars, count, &options, out, fault);
  lua_pop(L, 1);
  return status;
}

/* sources[i]: false where the product has none. */
static neap_status open_feeds(lua_State *L, retrace_run *run, neap_fault *fault) {
  neap_status status = NEAP_OK;
  lua_getfield(L, 1, "sources");
  lua_Integer count = luaL_len(L, -1);
  for (lua_Integer i = 1; status == NEAP_OK && i <= count && i <= NEAP_STRATEGY_PRODUCTS; i++) {
    lua_geti(L, -1, i);
    if (lua_toboolean(L, -1)) status = open_feed(L, &run->feeds[i - 1], fault);
    run->lent[i - 1] = run->feeds[i - 1];
    lua_pop(L, 1);
  }
  return status;
}

static void set_number(lua_State *L, const char *name, uint32_t column, double value) {
  lua_getfield(L, -1, name);
  lua_pushnumber(L, value);
  lua_rawseti(L, -2, (lua_Integer)column + 1);
  lua_pop(L, 1);
}

/* {low = {[column] = …}, high =, last =}: columns without a bar are absent. */
static void push_spans(lua_State *L, const neap_span *spans, uint32_t columns) {
  static const char *const names[] = {"low", "high", "last"};
  lua_createtable(L, 0, 3);
  for (size_t i = 0; i < 3; i++) {
    lua_createtable(L, (int)columns, 0);
    lua_setfield(L, -2, names[i]);
  }
  for (uint32_t i = 0; i < columns; i++) {
    if (!spans[i].has) continue;
    set_number(L, "low", i, neap_decimal_to_double(spans[i].low));
    set_number(L, "high", i, neap_decimal_to_double(spans[i].high));
    set_number(L, "last", i, neap_decimal_to_double(spans[i].last));
  }
}

static void push_drawdown(lua_State *L, const neap_retrace *retrace) {
  lua_createtable(L, (int)retrace->columns, 0);
  for (uint32_t i = 0; i < retrace->columns; i++) {
    if (isnan(retrace->drawdown[i])) continue;
    lua_pushnumber(L, retrace->drawdown[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

static void push_trades(lua_State *L, const neap_retrace *retrace) {
  lua_createtable(L, (int)retrace->trade_count, 0);
  for (size_t i = 0; i < retrace->trade_count; i++) {
    const neap_round_trip *trade = &retrace->trades[i];
    session_push_trade(L, trade, &retrace->products[trade->product]);
    lua_pushinteger(L, (lua_Integer)trade->strategy + 1);
    lua_setfield(L, -2, "seat");
    lua_pushboolean(L, i >= retrace->trade_count - retrace->open_count);
    lua_setfield(L, -2, "is_open");
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

static void push_prices(lua_State *L, const neap_retrace *retrace) {
  lua_createtable(L, (int)retrace->product_count, 0);
  for (uint32_t i = 0; i < retrace->product_count; i++) {
    push_spans(L, retrace->prices + (size_t)i * retrace->columns, retrace->columns);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

static void push_digests(lua_State *L, const retrace_run *run) {
  lua_newtable(L);
  for (uint32_t i = 0; i < run->retrace.product_count; i++) {
    char digest[NEAP_DIGEST_TEXT];
    if (!run->feeds[i]) continue;
    neap_feed_digest(run->feeds[i], digest);
    lua_pushstring(L, digest);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

static void push_totals(lua_State *L, const neap_retrace *retrace) {
  const struct {
    const char *name;
    neap_decimal value;
  } amounts[] = {{"paid", retrace->paid},
                 {"final_cash", retrace->cash},
                 {"fees", retrace->fees},
                 {"final_equity", retrace->final_equity}};
  const struct {
    const char *name;
    uint64_t value;
  } counts[] = {{"first_seq", retrace->first_seq},
                {"orders", retrace->orders},
                {"fills", retrace->fills},
                {"rejected", retrace->rejections},
                {"earlier_trades", retrace->earlier_trades}};
  for (size_t i = 0; i < sizeof amounts / sizeof *amounts; i++) {
    neap_push_decimal(L, amounts[i].value);
    lua_setfield(L, -2, amounts[i].name);
  }
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
    lua_pushinteger(L, (lua_Integer)counts[i].value);
    lua_setfield(L, -2, counts[i].name);
  }
}

static void push_retrace(lua_State *L, const retrace_run *run) {
  const neap_retrace *retrace = &run->retrace;
  lua_createtable(L, 0, 16);
  push_totals(L, retrace);
  push_prices(L, retrace);
  lua_setfield(L, -2, "prices");
  push_spans(L, retrace->equity, retrace->columns);
  lua_setfield(L, -2, "equity");
  push_drawdown(L, retrace);
  lua_setfield(L, -2, "drawdown");
  push_trades(L, retrace);
  lua_setfield(L, -2, "trades");
  push_digests(L, run);
  lua_setfield(L, -2, "digests");
  session_push_statistics(L, &retrace->statistics);
  lua_setfield(L, -2, "statistics");
}

/* retrace{path=, start=, stop=, columns=, sources={}} → table; or nil and a fault. */
static int retrace(lua_State *L) {
  neap_fault fault;
  neap_shelter shelter;
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  retrace_run *run = new_run(L);
  read_options(L, run);
  if (open_feeds(L, run, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  neap_shelter_enter(&shelter);
  neap_status status = neap_retrace_make(&run->options, &run->retrace, &fault);
  neap_shelter_leave(&shelter);
  if (status != NEAP_OK) return neap_push_fault(L, &fault);
  push_retrace(L, run);
  return 1;
}

int luaopen_neap_report_c(lua_State *L) {
  static const luaL_Reg functions[] = {{"retrace", retrace}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
