/* SPDX-License-Identifier: MIT */
/* lproduct: products as Lua objects. */
#ifndef NEAP_LUA_LPRODUCT_H
#define NEAP_LUA_LPRODUCT_H

#include <lua.h>

#include "market/product.h"

/* Pushes a copy of `product` as a read-only object. */
void neap_push_product(lua_State *L, const neap_product *product);
/* The product at `index`, or NULL when there is something else. Valid while the object is. */
const neap_product *neap_test_product(lua_State *L, int index);

#endif
