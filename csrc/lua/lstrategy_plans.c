/* SPDX-License-Identifier: MIT */
/* lstrategy_plans: words that make several orders at once: allocate, group, quote. */
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
    neap_lstrategy_read_number(L, "allocate", "weights", &out->weight[product]);
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

const strategy_word neap_words_plans[] = {{"allocate", allocate, NULL, WORD_SELF},
                                          {"group", NULL, NULL, WORD_SELF},
                                          {"quote", NULL, NULL, WORD_BOTH},
                                          {NULL, NULL, NULL, WORD_BOTH}};
