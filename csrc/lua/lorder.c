/* SPDX-License-Identifier: MIT */
/* lorder: require "neap.order": the moves that an order's life may make. */
#include "account/order.h"
#include "lua/laccount.h"
#include "lua/lneap.h"

NEAP_EXPORT int luaopen_neap_order(lua_State *L);

static neap_order_status check_status(lua_State *L, int index, const char *what) {
  const char *words[NEAP_ORDER_STATUSES + 1] = {NULL};
  for (unsigned i = 0; i < NEAP_ORDER_STATUSES; i++) words[i] = neap_order_status_name((neap_order_status)i);
  return (neap_order_status)neap_check_word(L, index, what, words);
}

static neap_order_move check_move(lua_State *L, int index) {
  const char *words[NEAP_ORDER_MOVES + 1] = {NULL};
  for (unsigned i = 0; i < NEAP_ORDER_MOVES; i++) words[i] = neap_order_move_name((neap_order_move)i);
  return (neap_order_move)neap_check_word(L, index, "order.next: move", words);
}

static int next_status(lua_State *L) {
  neap_order_status from = check_status(L, 1, "order.next: status"), next;
  neap_order_move move = check_move(L, 2);
  neap_fault fault;
  if (neap_order_next(from, move, &next, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  lua_pushstring(L, neap_order_status_name(next));
  return 1;
}

static int is_terminal(lua_State *L) {
  lua_pushboolean(L, neap_order_is_terminal(check_status(L, 1, "order.is_terminal")));
  return 1;
}

static int client_id(lua_State *L) {
  char id[NEAP_ORDER_ID];
  const char *session = luaL_checkstring(L, 1);
  luaL_argexpected(L, lua_isinteger(L, 2) && lua_tointeger(L, 2) > 0, 2, "integer above zero");
  neap_order_id(session, (uint64_t)lua_tointeger(L, 2), id);
  if (!id[0]) return luaL_error(L, "no memory for an order id");
  lua_pushstring(L, id);
  return 1;
}

static void set_lists(lua_State *L) {
  lua_createtable(L, NEAP_ORDER_STATUSES, 0);
  for (int i = 0; i < NEAP_ORDER_STATUSES; i++) {
    lua_pushstring(L, neap_order_status_name((neap_order_status)i));
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "statuses");
  lua_createtable(L, NEAP_ORDER_MOVES, 0);
  for (int i = 0; i < NEAP_ORDER_MOVES; i++) {
    lua_pushstring(L, neap_order_move_name((neap_order_move)i));
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "moves");
}

static const luaL_Reg functions[] = {
    {"next", next_status}, {"is_terminal", is_terminal}, {"client_id", client_id}, {NULL, NULL}};

int luaopen_neap_order(lua_State *L) {
  luaL_newlib(L, functions);
  set_lists(L);
  return 1;
}
