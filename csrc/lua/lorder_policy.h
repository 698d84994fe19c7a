/* SPDX-License-Identifier: MIT */
/* lorder_policy: order policies as Lua objects. */
#ifndef NEAP_LUA_LORDER_POLICY_H
#define NEAP_LUA_LORDER_POLICY_H

#include <lua.h>

#include "risk/order_policy.h"

/* The policy at `index`, or NULL when there is something else. It lives as long as the object. */
const neap_order_policy *neap_test_order_policy(lua_State *L, int index);

#endif
