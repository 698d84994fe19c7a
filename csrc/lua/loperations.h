/* SPDX-License-Identifier: MIT */
/* loperations: the operations thread as a Lua object. */
#ifndef NEAP_LUA_LOPERATIONS_H
#define NEAP_LUA_LOPERATIONS_H

#include <lua.h>

#include "lua/operations.h"

/* The operations of the value at `index`, else NULL. It lives until the object is collected, also after :close(). */
neap_operations *neap_test_operations(lua_State *L, int index);

#endif
