/* SPDX-License-Identifier: MIT */
/* lstrategy_plans: words that make several orders at once: allocate, group, quote. */
#include <stdio.h>
#include <string.h>

#include "lua/lstrategy.h"

/* The options at `index`, or none; the second is then an empty table. */
static void options_at(lua_State *L, int index, const char *what, const char *const *allowed) {
  lua_settop(L, index);
  if (lua_isnil(L, index)) {
    lua_newtable(L);
    lua_replace(L, index);
  }
  neap_check_options(L, index, what, allowed);
}

/* Which of two words an option is; the first when it is absent. */
static bool is_second_word(lua_State *L, const char *what, int index, const char *name, const char *first,
                           const char *second) {
  const char *const words[] = {first, second, NULL};
  const char *text = neap_lstrategy_text_option(L, what, index, name, 32);
  if (text[0] && strcmp(text, first) != 0 && strcmp(text, second) != 0) neap_raise_unknown(L, what, name, text, words);
  bool is_second = strcmp(text, second) == 0;
  lua_pop(L, 1);
  return is_second;
}

static void push_orders(lua_State *L, neap_order **orders, uint32_t count) {
  lua_createtable(L, (int)count, 0);
  for (uint32_t i = 0; i < count; i++) {
    neap_lstrategy_push_order(L, orders[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

static void read_weights(lua_State *L, neap_allocation *out) {
  luaL_checktype(L, 2, LUA_TTABLE);
  for (lua_pushnil(L); lua_next(L, 2); lua_pop(L, 1)) {
    uint32_t product = neap_lstrategy_find_product(L, "allocate", -2);
    char name[64];
    snprintf(name, sizeof name, "the weight of %s", neap_desk_product(neap_lstrategy(L)->desk, product)->id);
    neap_lstrategy_read_number(L, "allocate", name, &out->weight[product]);
    out->listed |= UINT32_C(1) << product;
  }
}

static void read_band(lua_State *L, neap_allocation *out) {
  if (lua_getfield(L, 3, "band") != LUA_TNIL) {
    neap_lstrategy_read_number(L, "allocate", "band", &out->band);
    bool is_negative =
        out->band.kind == NEAP_AMOUNT_FLOAT ? out->band.approximate < 0 : neap_decimal_sign(out->band.exact) < 0;
    if (is_negative) luaL_error(L, "allocate: band must be zero or more");
  }
  lua_pop(L, 1);
}

static int allocate(lua_State *L) {
  static const char *const allowed[] = {"band", "rest", "why", NULL};
  neap_fault fault;
  neap_order *orders[NEAP_STRATEGY_PRODUCTS];
  uint32_t count = 0;
  neap_allocation wish;
  memset(&wish, 0, sizeof wish);
  neap_lstrategy_check_object(L);
  options_at(L, 3, "allocate", allowed);
  read_weights(L, &wish);
  read_band(L, &wish);
  wish.close_rest = is_second_word(L, "allocate", 3, "rest", "keep", "close");
  strncpy(wish.why, neap_lstrategy_text_option(L, "allocate", 3, "why", NEAP_WHY), sizeof wish.why - 1);
  neap_status status = neap_desk_allocate(neap_lstrategy(L)->desk, &wish, orders, &count, &fault);
  neap_lstrategy_check(L, status, "allocate", &fault);
  push_orders(L, orders, count);
  return 1;
}

/* A leg is the table of an order, with its side. */
static void read_leg(lua_State *L, lua_Integer i, neap_order_request *out) {
  char what[32];
  snprintf(what, sizeof what, "group: leg %d", (int)i);
  memset(out, 0, sizeof *out);
  if (lua_rawgeti(L, 2, i) != LUA_TTABLE)
    luaL_error(L, "%s is the table of an order, not %s", what, luaL_typename(L, -1));
  int leg = lua_gettop(L);
  if (lua_getfield(L, leg, "side") == LUA_TNIL) luaL_error(L, "%s: side is missing: \"buy\" or \"sell\"", what);
  lua_pop(L, 1);
  out->side = is_second_word(L, what, leg, "side", "buy", "sell") ? NEAP_SELL : NEAP_BUY;
  neap_lstrategy_read_leg(L, what, leg, out);
  out->product = neap_lstrategy_product(L, what, leg);
  lua_settop(L, leg - 1);
}

static int group(lua_State *L) {
  static const char *const allowed[] = {"on_partial", "oco", NULL};
  neap_fault fault;
  neap_order_request legs[NEAP_GROUP_LEGS];
  neap_order *orders[NEAP_GROUP_LEGS];
  neap_group_options options = {false, false};
  neap_lstrategy_check_object(L);
  options_at(L, 3, "group", allowed);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_Unsigned count = lua_rawlen(L, 2);
  if (count < 2 || count > NEAP_GROUP_LEGS)
    return luaL_error(L, "group: a list of 2 to %d orders, not %d", NEAP_GROUP_LEGS, (int)count);
  options.one_cancels_other = neap_lstrategy_flag_option(L, "group", 3, "oco");
  options.unwinds = is_second_word(L, "group", 3, "on_partial", "keep", "unwind");
  if (options.unwinds && options.one_cancels_other)
    return luaL_error(L, "group: on_partial = \"unwind\" contradicts oco, whose others are cancelled");
  for (lua_Unsigned i = 0; i < count; i++) read_leg(L, (lua_Integer)i + 1, &legs[i]);
  neap_status status = neap_desk_group(neap_lstrategy(L)->desk, legs, (uint32_t)count, &options, orders, &fault);
  neap_lstrategy_check(L, status, "group", &fault);
  push_orders(L, orders, (uint32_t)count);
  return 1;
}

static bool read_amount(lua_State *L, const char *name, bool may_be_zero, neap_amount *out) {
  bool is_given = lua_getfield(L, 2, name) != LUA_TNIL;
  if (is_given) neap_lstrategy_read_number(L, "quote", name, out);
  double value = out->kind == NEAP_AMOUNT_FLOAT ? out->approximate : (double)neap_decimal_sign(out->exact);
  if (is_given && (may_be_zero ? value < 0 : value <= 0))
    luaL_error(L, "quote: %s must be %s", name, may_be_zero ? "zero or more" : "more than zero");
  lua_pop(L, 1);
  return is_given;
}

static void read_quoting(lua_State *L, neap_quoting *out) {
  static const char *const allowed[] = {"bid",           "ask",     "quantity", "max_position",
                                        "tolerance_bps", "product", "why",      NULL};
  neap_check_options(L, 2, "quote", allowed);
  out->product = neap_lstrategy_product(L, "quote", 2);
  read_amount(L, "bid", false, &out->price[NEAP_BUY]);
  read_amount(L, "ask", false, &out->price[NEAP_SELL]);
  read_amount(L, "quantity", false, &out->quantity);
  read_amount(L, "max_position", false, &out->max_position);
  read_amount(L, "tolerance_bps", true, &out->tolerance_bps);
  strncpy(out->why, neap_lstrategy_text_option(L, "quote", 2, "why", NEAP_WHY), sizeof out->why - 1);
  lua_pop(L, 1);
}

static int pull(lua_State *L) {
  neap_fault fault;
  int64_t scope = neap_lstrategy_scope(L);
  neap_lstrategy_check(L, neap_desk_pull_quotes(neap_lstrategy(L)->desk, scope, &fault), "quote", &fault);
  return 0;
}

static void push_or_nil(lua_State *L, neap_order *order) {
  if (order)
    neap_lstrategy_push_order(L, order);
  else
    lua_pushnil(L);
}

/* The orders that stand for the bid and for the ask; nil where there is none. */
static int quote(lua_State *L) {
  neap_fault fault;
  neap_order *orders[2];
  neap_quoting wish;
  memset(&wish, 0, sizeof wish);
  neap_lstrategy_check_object(L);
  if (lua_gettop(L) >= 2 && lua_isnil(L, 2)) return pull(L);
  read_quoting(L, &wish);
  neap_status status = neap_desk_keep_quotes(neap_lstrategy(L)->desk, &wish, orders, &fault);
  neap_lstrategy_check(L, status, "quote", &fault);
  push_or_nil(L, orders[NEAP_BUY]);
  push_or_nil(L, orders[NEAP_SELL]);
  return 2;
}

const strategy_word neap_words_plans[] = {{"allocate", allocate, NULL, WORD_SELF},
                                          {"group", group, NULL, WORD_SELF},
                                          {"quote", quote, NULL, WORD_BOTH},
                                          {NULL, NULL, NULL, WORD_BOTH}};
