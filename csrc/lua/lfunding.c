/* SPDX-License-Identifier: MIT */
/* lfunding: require "neap.funding": what a perpetual pays, and when. */
#include "account/funding.h"

#include "lua/laccount.h"
#include "lua/lneap.h"
#include "lua/lproduct.h"

NEAP_EXPORT int luaopen_neap_funding(lua_State *L);

/* funding.amount(product, quantity, mark, rate): rate: else the product's. */
static int amount(lua_State *L) {
  const neap_product *product = neap_test_product(L, 1);
  luaL_argexpected(L, product, 1, "product");
  neap_decimal quantity = neap_check_decimal(L, 2), mark = neap_check_decimal(L, 3), out;
  neap_decimal rate = lua_isnoneornil(L, 4) ? product->funding_rate : neap_check_decimal(L, 4);
  luaL_argcheck(L, mark.units > 0, 3, "a mark is above zero");
  neap_fault fault;
  neap_status status = neap_funding_amount(product, quantity, mark, rate, &out);
  if (status == NEAP_OK) return neap_push_decimal(L, out), 1;
  neap_fail(&fault, status, "overflow", "the result does not fit a decimal (at most 1.7e22)");
  return neap_push_fault(L, &fault);
}

/* funding.next(product, time): the first boundary after it. */
static int next(lua_State *L) {
  const neap_product *product = neap_test_product(L, 1);
  luaL_argexpected(L, product, 1, "product");
  lua_pushinteger(L, neap_funding_next(product->funding_interval, luaL_checkinteger(L, 2)));
  return 1;
}

int luaopen_neap_funding(lua_State *L) {
  static const luaL_Reg functions[] = {{"amount", amount}, {"next", next}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
