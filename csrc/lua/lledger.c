/* SPDX-License-Identifier: MIT */
/* lledger: require "neap.ledger": books fills, exactly. */
#include "account/ledger.h"

#include "lua/laccount.h"
#include "lua/lneap.h"

#define LEDGER_TYPE "neap.ledger"

NEAP_EXPORT int luaopen_neap_ledger(lua_State *L);

/* The products' memory is the user value. */
typedef struct holder {
  neap_ledger *ledger; /* NULL: closed */
  const neap_product *products;
  uint32_t product_count, strategies;
} holder;

static void push_metatable(lua_State *L);

static holder *check(lua_State *L) {
  holder *held = luaL_checkudata(L, 1, LEDGER_TYPE);
  if (!held->ledger) luaL_error(L, "the ledger is closed");
  return held;
}

static int close_ledger(lua_State *L) {
  holder *held = luaL_checkudata(L, 1, LEDGER_TYPE);
  neap_ledger_free(held->ledger);
  held->ledger = NULL;
  return 0;
}

static uint32_t to_strategy(lua_State *L, int64_t number, uint32_t strategies) {
  if (number < 1 || number > (int64_t)strategies)
    luaL_error(L, "strategy is a number from 1 to %d, not %I", (int)strategies, (LUAI_UACINT)number);
  return (uint32_t)(number - 1);
}

static uint32_t check_strategy(lua_State *L, int index, const holder *held) {
  if (lua_isnoneornil(L, index)) return 0;
  luaL_argexpected(L, lua_isinteger(L, index), index, "integer");
  return to_strategy(L, lua_tointeger(L, index), held->strategies);
}

static int new_ledger(lua_State *L) {
  static const char *const allowed[] = {"currency", "products", "strategies", NULL};
  enum { MOST = 10000 };
  neap_fault fault;
  neap_check_options(L, 1, "ledger.new", allowed);
  lua_settop(L, 1);
  int64_t strategies = neap_field_integer(L, 1, "ledger.new", "strategies", 1);
  if (strategies < 1 || strategies > MOST) luaL_error(L, "ledger.new: strategies is a number from 1 to %d", MOST);
  lua_getfield(L, 1, "currency");
  if (!lua_isnil(L, 2) && lua_type(L, 2) != LUA_TSTRING) luaL_error(L, "ledger.new: currency is text such as 'USD'");
  const char *currency = lua_isnil(L, 2) ? "USD" : lua_tostring(L, 2);
  lua_getfield(L, 1, "products");
  holder *held = lua_newuserdatauv(L, sizeof *held, 1);
  *held = (holder){.strategies = (uint32_t)strategies};
  push_metatable(L);
  lua_setmetatable(L, 4);
  held->products = neap_push_product_array(L, 3, "ledger.new", &held->product_count);
  lua_setiuservalue(L, 4, 1);
  neap_status status =
      neap_ledger_new(currency, held->products, held->product_count, held->strategies, &held->ledger, &fault);
  return status == NEAP_OK ? 1 : neap_push_fault(L, &fault);
}

/* A ledger that does not balance is no answer but the end. */
static int answer(lua_State *L, neap_status status, const neap_fault *fault) {
  if (status == NEAP_BROKEN) return neap_raise_fault(L, fault);
  if (status != NEAP_OK) return neap_push_fault(L, fault);
  lua_pushvalue(L, 1);
  return 1;
}

static int deposit(lua_State *L) {
  neap_fault fault;
  holder *held = check(L);
  neap_decimal amount = neap_check_decimal(L, 2);
  return answer(L, neap_ledger_deposit(held->ledger, check_strategy(L, 3, held), amount, &fault), &fault);
}

static neap_fill read_fill(lua_State *L, const holder *held) {
  static const char *const allowed[] = {"strategy", "product", "side",  "liquidity", "price", "quantity",
                                        "fee",      "time",    "order", "trade",     NULL};
  neap_check_options(L, 2, "fill", allowed);
  neap_fill fill = {.order = (uint64_t)neap_field_integer(L, 2, "fill", "order", 0),
                    .trade = (uint64_t)neap_field_integer(L, 2, "fill", "trade", 0)};
  fill.strategy = to_strategy(L, neap_field_integer(L, 2, "fill", "strategy", 1), held->strategies);
  fill.product = neap_field_product(L, 2, "fill", held->products, held->product_count);
  fill.side = (neap_side)neap_field_word(L, 2, "fill", "side", neap_side_words, -1);
  fill.liquidity = (neap_liquidity)neap_field_word(L, 2, "fill", "liquidity", neap_liquidity_words, NEAP_TAKER);
  fill.price = neap_field_decimal(L, 2, "fill", "price");
  fill.quantity = neap_field_decimal(L, 2, "fill", "quantity");
  fill.fee = neap_field_decimal_or_zero(L, 2, "fill", "fee");
  fill.time = neap_field_integer(L, 2, "fill", "time", 0);
  return fill;
}

static void push_booking(lua_State *L, const neap_booking *booking) {
  lua_createtable(L, 0, 10);
  neap_set_decimal(L, "notional", booking->notional);
  neap_set_decimal(L, "fee", booking->fee);
  neap_set_decimal(L, "realized", booking->realized);
  neap_set_decimal(L, "cash_change", booking->cash_change);
  neap_set_decimal(L, "position_before", booking->quantity_before);
  neap_set_decimal(L, "position", booking->quantity_after);
  neap_set_decimal(L, "cost", booking->cost_after);
  neap_set_decimal(L, "cash", booking->cash_after);
  neap_set_decimal(L, "closed_quantity", booking->closed_quantity);
  neap_set_decimal(L, "closed_cost", booking->closed_cost);
}

static int apply(lua_State *L) {
  neap_fault fault;
  neap_booking booking;
  holder *held = check(L);
  neap_fill fill = read_fill(L, held);
  neap_status status = neap_ledger_apply(held->ledger, &fill, &booking, &fault);
  if (status != NEAP_OK) return answer(L, status, &fault);
  push_booking(L, &booking);
  return 1;
}

static int position(lua_State *L) {
  holder *held = check(L);
  uint32_t product = neap_check_product_id(L, 2, "position", held->products, held->product_count);
  const neap_position *found = neap_ledger_position(held->ledger, check_strategy(L, 3, held), product);
  lua_createtable(L, 0, 5);
  neap_set_decimal(L, "quantity", found->quantity);
  neap_set_decimal(L, "cost", found->cost);
  neap_set_decimal(L, "realized", found->realized);
  neap_set_decimal(L, "fees", found->fees);
  neap_set_decimal(L, "funding", found->funding);
  if (found->quantity.units) neap_set_integer(L, "opened_at", found->opened_at);
  return 1;
}

static int cash(lua_State *L) {
  holder *held = check(L);
  neap_push_decimal(L, neap_ledger_cash(held->ledger, check_strategy(L, 2, held)));
  return 1;
}

static int account_cash(lua_State *L) {
  neap_push_decimal(L, neap_ledger_account_cash(check(L)->ledger));
  return 1;
}

/* {[id] = mark} as an array on the stack; a held product must have one. */
static const neap_decimal *push_marks(lua_State *L, const holder *held, uint32_t strategy) {
  luaL_checktype(L, 2, LUA_TTABLE);
  neap_decimal *marks = lua_newuserdatauv(L, held->product_count * sizeof *marks, 0);
  for (uint32_t i = 0; i < held->product_count; i++) {
    bool flat = neap_ledger_position(held->ledger, strategy, i)->quantity.units == 0;
    marks[i] = (flat ? neap_field_decimal_or_zero : neap_field_decimal)(L, 2, "marks", held->products[i].id);
  }
  return marks;
}

typedef neap_status valuation(const neap_ledger *ledger, uint32_t strategy, const neap_decimal *marks,
                              neap_decimal *out);

static int value(lua_State *L, valuation *of) {
  neap_fault fault;
  neap_decimal out = NEAP_ZERO;
  holder *held = check(L);
  uint32_t strategy = check_strategy(L, 3, held);
  neap_status status = of(held->ledger, strategy, push_marks(L, held, strategy), &out);
  if (status == NEAP_OK) return neap_push_decimal(L, out), 1;
  neap_fail(&fault, status, "overflow", "the value does not fit a decimal (at most 1.7e22)");
  return neap_push_fault(L, &fault);
}

static int equity(lua_State *L) { return value(L, neap_ledger_equity); }
static int exposure(lua_State *L) { return value(L, neap_ledger_exposure); }

static int check_whole(lua_State *L) {
  neap_fault fault;
  return answer(L, neap_ledger_check(check(L)->ledger, &fault), &fault);
}

static int to_string(lua_State *L) {
  const holder *held = luaL_checkudata(L, 1, LEDGER_TYPE);
  char text[NEAP_DECIMAL_TEXT];
  if (!held->ledger) return lua_pushliteral(L, "ledger: closed"), 1;
  neap_decimal_format(neap_ledger_account_cash(held->ledger), text);
  lua_pushfstring(L, "ledger: cash %s %s, %d products, %d strategies", text, neap_ledger_currency(held->ledger),
                  (int)held->product_count, (int)held->strategies);
  return 1;
}

static const luaL_Reg methods[] = {
    {"deposit", deposit},           {"apply", apply},   {"position", position}, {"cash", cash},
    {"account_cash", account_cash}, {"equity", equity}, {"exposure", exposure}, {"check", check_whole},
    {"close", close_ledger},        {NULL, NULL}};
static const luaL_Reg metamethods[] = {
    {"__gc", close_ledger}, {"__close", close_ledger}, {"__tostring", to_string}, {NULL, NULL}};
static const luaL_Reg functions[] = {{"new", new_ledger}, {NULL, NULL}};

static void push_metatable(lua_State *L) {
  if (!luaL_newmetatable(L, LEDGER_TYPE)) return;
  luaL_setfuncs(L, metamethods, 0);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, "ledger");
  lua_setfield(L, -2, "__metatable");
}

int luaopen_neap_ledger(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
