/* SPDX-License-Identifier: MIT */
/* lpaper: require "neap.paper": the market simulator, with its reports and questions answered by Lua functions. */
#include "broker/paper/paper.h"

#include <stdio.h>

#include "lua/laccount.h"
#include "lua/lcandle.h"
#include "lua/lneap.h"
#include "lua/lpaper_tables.h"

#define PAPER_TYPE "neap.paper"

NEAP_EXPORT int luaopen_neap_paper(lua_State *L);

enum { USER_PRODUCTS = 1, USER_REPORT, USER_ADMIT, USER_VALUES = 3 };

typedef struct holder {
  neap_paper *paper; /* NULL: closed */
  const neap_product *products;
  uint32_t product_count;
  lua_State *L; /* of the call that is under way, with this object at index 1; NULL: none */
  bool has_admit;
  neap_fault fault; /* the first error of a Lua function */
} holder;

static void push_metatable(lua_State *L);

static holder *check(lua_State *L) {
  holder *held = luaL_checkudata(L, 1, PAPER_TYPE);
  if (!held->paper) luaL_error(L, "the simulator is closed");
  return held;
}

static int close_paper(lua_State *L) {
  holder *held = luaL_checkudata(L, 1, PAPER_TYPE);
  if (held->L) return luaL_error(L, "the simulator cannot be closed from inside its own report");
  neap_paper_free(held->paper);
  held->paper = NULL;
  return 0;
}

/* Runs in a protected call: what raises here must not cross the core. */
static int deliver(lua_State *L) {
  const neap_report *report = lua_touserdata(L, 2);
  const holder *held = lua_touserdata(L, 3);
  lua_settop(L, 1);
  neap_push_report(L, report, held->products);
  lua_call(L, 1, 0);
  return 0;
}

static void keep_fault(holder *held, const neap_fault *fault) {
  if (held->fault.status == NEAP_OK) held->fault = *fault;
}

static neap_status call_protected(holder *held, lua_CFunction function, int user, const void *what, int results,
                                  neap_fault *fault) {
  lua_State *L = held->L;
  if (!lua_checkstack(L, 8)) return neap_fail(fault, NEAP_MEMORY, "memory_limit", "the Lua stack is full");
  lua_pushcfunction(L, function);
  lua_getiuservalue(L, 1, user);
  lua_pushlightuserdata(L, (void *)(uintptr_t)what);
  lua_pushlightuserdata(L, held);
  return neap_call(L, 3, results, fault);
}

static void on_report(void *context, const neap_report *report) {
  holder *held = context;
  neap_fault fault;
  if (held->fault.status == NEAP_OK && call_protected(held, deliver, USER_REPORT, report, 0, &fault) != NEAP_OK)
    keep_fault(held, &fault);
}

typedef struct question {
  const neap_ticket *ticket;
  neap_decimal price, wanted, answer;
  neap_liquidity liquidity;
  bool refused;
  char code[48];
} question;

/* admit(order, price, wanted, liquidity) → quantity, or nil and a code */
static int ask(lua_State *L) {
  question *asked = lua_touserdata(L, 2);
  lua_settop(L, 1);
  lua_pushinteger(L, (lua_Integer)asked->ticket->number);
  neap_push_decimal(L, asked->price);
  neap_push_decimal(L, asked->wanted);
  lua_pushstring(L, neap_liquidity_name(asked->liquidity));
  lua_call(L, 4, 2);
  asked->refused = lua_isnil(L, 1);
  if (asked->refused)
    snprintf(asked->code, sizeof asked->code, "%s", luaL_optstring(L, 2, "refused"));
  else
    asked->answer = neap_check_decimal(L, 1);
  return 0;
}

static neap_status on_admit(void *context, const neap_ticket *ticket, neap_decimal price, neap_liquidity liquidity,
                            neap_decimal wanted, neap_decimal *quantity, neap_fault *fault) {
  holder *held = context;
  question asked = {.ticket = ticket, .price = price, .wanted = wanted, .liquidity = liquidity};
  if (!held->has_admit && wanted.units == 0)
    return neap_fail(fault, NEAP_REFUSED, "no_account", "an order by amount needs the option admit");
  *quantity = wanted;
  if (!held->has_admit) return NEAP_OK;
  if (call_protected(held, ask, USER_ADMIT, &asked, 0, fault) != NEAP_OK) {
    keep_fault(held, fault);
    return NEAP_STOPPED;
  }
  if (asked.refused) return neap_fail(fault, NEAP_REFUSED, asked.code, "the account refuses");
  *quantity = asked.answer;
  return NEAP_OK;
}

static void check_function(lua_State *L, const char *name, bool needed) {
  int type = lua_getfield(L, 1, name);
  if (type != LUA_TFUNCTION && (needed || type != LUA_TNIL))
    luaL_error(L, "paper.new: %s is a function, not %s", name, luaL_typename(L, -1));
}

static int new_paper(lua_State *L) {
  neap_fault fault;
  neap_paper_options options = neap_check_paper_options(L, 1);
  lua_settop(L, 1);
  check_function(L, "report", true);
  check_function(L, "admit", false);
  lua_getfield(L, 1, "products");
  holder *held = lua_newuserdatauv(L, sizeof *held, USER_VALUES);
  *held = (holder){.has_admit = !lua_isnil(L, 3)};
  push_metatable(L);
  lua_setmetatable(L, 5);
  held->products = neap_push_product_array(L, 4, "paper.new", &held->product_count);
  lua_setiuservalue(L, 5, USER_PRODUCTS);
  lua_pushvalue(L, 2);
  lua_setiuservalue(L, 5, USER_REPORT);
  lua_pushvalue(L, 3);
  lua_setiuservalue(L, 5, USER_ADMIT);
  const neap_broker_sink sink = {.context = held, .report = on_report, .admit = on_admit};
  neap_status status = neap_paper_new(held->products, held->product_count, &options, &sink, &held->paper, &fault);
  return status == NEAP_OK ? 1 : neap_push_fault(L, &fault);
}

/* Around every call of the core that may report; calls from inside a report nest. */
static lua_State *begin(lua_State *L, holder *held) {
  lua_State *before = held->L;
  if (!before) held->fault.status = NEAP_OK;
  held->L = L;
  return before;
}

static int finish(lua_State *L, holder *held, lua_State *before, neap_status status, const neap_fault *fault) {
  held->L = before;
  if (!before && held->fault.status != NEAP_OK) return neap_raise_fault(L, &held->fault);
  return neap_push_done(L, status, fault);
}

static int submit(lua_State *L) {
  neap_fault fault;
  holder *held = check(L);
  neap_ticket ticket = neap_check_paper_ticket(L, 2, held->products, held->product_count);
  int64_t now = luaL_optinteger(L, 3, 0);
  const neap_broker *broker = neap_paper_broker(held->paper);
  lua_State *before = begin(L, held);
  neap_status status = broker->submit(broker->self, &ticket, now, &fault);
  return finish(L, held, before, status, &fault);
}

static uint64_t check_number(lua_State *L, int index) {
  luaL_argexpected(L, lua_isinteger(L, index) && lua_tointeger(L, index) > 0, index, "number of an order");
  return (uint64_t)lua_tointeger(L, index);
}

static int cancel(lua_State *L) {
  neap_fault fault;
  holder *held = check(L);
  uint64_t number = check_number(L, 2);
  const neap_broker *broker = neap_paper_broker(held->paper);
  lua_State *before = begin(L, held);
  neap_status status = broker->cancel(broker->self, number, 0, &fault);
  return finish(L, held, before, status, &fault);
}

/* A walk inside a walk would look at an order twice. */
static holder *check_idle(lua_State *L) {
  holder *held = check(L);
  if (held->L) luaL_error(L, "a bar cannot be played from inside a report");
  return held;
}

static uint32_t product_at(lua_State *L, int index, const holder *held) {
  if (lua_isnoneornil(L, index) && held->product_count == 1) return 0;
  return neap_check_product_id(L, index, "paper", held->products, held->product_count);
}

typedef neap_status phase(neap_paper *paper, uint32_t product, const neap_candle *bar, int64_t now, neap_fault *fault);

static int run(lua_State *L, phase *of) {
  neap_fault fault;
  size_t count;
  holder *held = check_idle(L);
  uint32_t product = product_at(L, 3, held);
  lua_settop(L, 2);
  lua_createtable(L, 1, 0);
  lua_pushvalue(L, 2);
  lua_rawseti(L, 3, 1);
  const neap_candle *bar = neap_push_candles(L, 3, &count, &fault);
  if (!bar) return neap_push_fault(L, &fault);
  lua_State *before = begin(L, held);
  neap_status status = of(held->paper, product, bar, bar->time, &fault);
  return finish(L, held, before, status, &fault);
}

static int open_bar(lua_State *L) { return run(L, neap_paper_open); }
static int range_bar(lua_State *L) { return run(L, neap_paper_range); }

static int settle(lua_State *L) {
  neap_fault fault;
  holder *held = check_idle(L);
  neap_decimal price = neap_check_decimal(L, 2);
  luaL_argcheck(L, price.units > 0, 2, "a price is above zero");
  int64_t time = luaL_checkinteger(L, 3);
  uint32_t product = product_at(L, 4, held);
  lua_State *before = begin(L, held);
  neap_status status = neap_paper_settle(held->paper, product, price, time, &fault);
  return finish(L, held, before, status, &fault);
}

static int resize(lua_State *L) {
  neap_fault fault;
  holder *held = check(L);
  return neap_push_done(L, neap_paper_resize(held->paper, check_number(L, 2), neap_check_decimal(L, 3), &fault),
                        &fault);
}

static int working(lua_State *L) {
  holder *held = check(L);
  lua_pushinteger(L, (lua_Integer)neap_paper_working(held->paper, product_at(L, 2, held)));
  return 1;
}

static int to_string(lua_State *L) {
  const holder *held = luaL_checkudata(L, 1, PAPER_TYPE);
  lua_Integer count = 0;
  if (!held->paper) return lua_pushliteral(L, "paper: closed"), 1;
  for (uint32_t i = 0; i < held->product_count; i++) count += neap_paper_working(held->paper, i);
  lua_pushfstring(L, "paper: %I working orders, %d products", (LUAI_UACINT)count, (int)held->product_count);
  return 1;
}

static const luaL_Reg methods[] = {{"submit", submit},   {"cancel", cancel},     {"open", open_bar},
                                   {"range", range_bar}, {"settle", settle},     {"resize", resize},
                                   {"working", working}, {"close", close_paper}, {NULL, NULL}};
static const luaL_Reg metamethods[] = {
    {"__gc", close_paper}, {"__close", close_paper}, {"__tostring", to_string}, {NULL, NULL}};
static const luaL_Reg functions[] = {{"new", new_paper}, {NULL, NULL}};

static void push_metatable(lua_State *L) {
  if (!luaL_newmetatable(L, PAPER_TYPE)) return;
  luaL_setfuncs(L, metamethods, 0);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, "paper");
  lua_setfield(L, -2, "__metatable");
}

int luaopen_neap_paper(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
