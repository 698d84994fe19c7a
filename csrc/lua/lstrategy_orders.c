/* SPDX-License-Identifier: MIT */
/* lstrategy_orders: buy, sell, target, close, cancel and the strategy's working orders. */
#include <string.h>

#include "lua/lstrategy.h"

static int give(lua_State *L, neap_status status, const char *what, neap_order *order, const neap_fault *fault) {
  neap_lstrategy_check(L, status, what, fault);
  neap_lstrategy_push_order(L, order);
  return 1;
}

static int place(lua_State *L, const char *what, neap_side side) {
  neap_fault fault;
  neap_order *order = NULL;
  neap_order_request request = {.side = side};
  neap_lstrategy_check_object(L);
  neap_lstrategy_read_request(L, what, 2, false, &request);
  request.product = neap_lstrategy_product(L, what, 2);
  neap_status status = neap_desk_place(neap_lstrategy(L)->desk, &request, &order, &fault);
  return give(L, status, what, order, &fault);
}

static int buy(lua_State *L) { return place(L, "buy", NEAP_BUY); }
static int sell(lua_State *L) { return place(L, "sell", NEAP_SELL); }

static int target(lua_State *L) {
  neap_fault fault;
  neap_order *order = NULL;
  neap_order_request request = {0};
  neap_lstrategy_check_object(L);
  neap_lstrategy_read_request(L, "target", 2, true, &request);
  request.product = neap_lstrategy_product(L, "target", 2);
  neap_status status = neap_desk_target(neap_lstrategy(L)->desk, &request, &order, &fault);
  return give(L, status, "target", order, &fault);
}

typedef struct close_words {
  const char *why, *tag;
} close_words;

static close_words read_close(lua_State *L, const char *what, const char *const *allowed) {
  if (lua_isnoneornil(L, 2)) {
    lua_settop(L, 1);
    lua_newtable(L);
  }
  neap_check_options(L, 2, what, allowed);
  return (close_words){neap_lstrategy_text_option(L, what, 2, "why", NEAP_WHY),
                       neap_lstrategy_text_option(L, what, 2, "tag", NEAP_TAG)};
}

static int close_position(lua_State *L) {
  static const char *const allowed[] = {"why", "tag", "product", NULL};
  neap_fault fault;
  neap_order *order = NULL;
  neap_lstrategy_check_object(L);
  close_words words = read_close(L, "close", allowed);
  uint32_t product = neap_lstrategy_product(L, "close", 2);
  neap_desk *desk = neap_lstrategy(L)->desk;
  neap_status status = neap_desk_close(desk, product, words.why, words.tag, &order, &fault);
  return give(L, status, "close", order, &fault);
}

static int close_all(lua_State *L) {
  static const char *const allowed[] = {"why", NULL};
  neap_fault fault;
  neap_lstrategy_check_object(L);
  close_words words = read_close(L, "close_all", allowed);
  neap_desk *desk = neap_lstrategy(L)->desk;
  int64_t only = neap_lstrategy_scope(L);
  lua_Integer count = 0;
  lua_newtable(L);
  for (uint32_t product = 0; product < neap_desk_product_count(desk); product++) {
    neap_order *order = NULL;
    if (only >= 0 && product != only) continue;
    if (neap_decimal_is_zero(neap_desk_position(desk, product)->quantity)) continue;
    neap_status status = neap_desk_close(desk, product, words.why, "", &order, &fault);
    give(L, status, "close_all", order, &fault);
    lua_rawseti(L, -2, ++count);
  }
  return 1;
}

/* By handle or by tag; true when there was something to cancel. */
static int cancel(lua_State *L) {
  neap_fault fault;
  neap_lstrategy_check_object(L);
  neap_desk *desk = neap_lstrategy(L)->desk;
  neap_order *order = neap_lstrategy_test_order(L, 2);
  bool by_tag = !order && lua_type(L, 2) == LUA_TSTRING;
  if (!order && !by_tag) return luaL_typeerror(L, 2, "order or tag");
  if (by_tag) {
    order = neap_desk_order_by_tag(desk, lua_tostring(L, 2));
    if (order) neap_lstrategy_push_order(L, order);
  }
  bool works = order && !neap_order_is_terminal(order->status);
  if (works) neap_lstrategy_check(L, neap_desk_cancel(desk, order, &fault), "cancel", &fault);
  lua_pushboolean(L, works);
  return 1;
}

static int cancel_all(lua_State *L) {
  neap_fault fault;
  neap_lstrategy_check_object(L);
  int64_t product = neap_lstrategy_scope(L);
  neap_lstrategy_check(L, neap_desk_cancel_all(neap_lstrategy(L)->desk, product, &fault), "cancel_all", &fault);
  return 0;
}

static int order_by_tag(lua_State *L) {
  neap_lstrategy_check_object(L);
  neap_order *order = neap_desk_order_by_tag(neap_lstrategy(L)->desk, luaL_checkstring(L, 2));
  if (order)
    neap_lstrategy_push_order(L, order);
  else
    lua_pushnil(L);
  return 1;
}

static int working_orders(lua_State *L) {
  neap_desk *desk = neap_lstrategy(L)->desk;
  int64_t product = neap_lstrategy_scope(L);
  lua_Integer count = 0;
  lua_newtable(L);
  for (neap_order *order = neap_desk_next_order(desk, NULL); order; order = neap_desk_next_order(desk, order)) {
    if (product >= 0 && order->ticket.product != product) continue;
    neap_desk_retain(desk, order);
    neap_lstrategy_push_order(L, order);
    lua_rawseti(L, -2, ++count);
  }
  return 1;
}

const strategy_word neap_words_orders[] = {{"buy", buy, NULL, WORD_BOTH},
                                           {"sell", sell, NULL, WORD_BOTH},
                                           {"target", target, NULL, WORD_BOTH},
                                           {"close", close_position, NULL, WORD_BOTH},
                                           {"close_all", close_all, NULL, WORD_BOTH},
                                           {"cancel", cancel, NULL, WORD_BOTH},
                                           {"cancel_all", cancel_all, NULL, WORD_BOTH},
                                           {"order", order_by_tag, NULL, WORD_BOTH},
                                           {"orders", NULL, working_orders, WORD_BOTH},
                                           {NULL, NULL, NULL, WORD_BOTH}};
