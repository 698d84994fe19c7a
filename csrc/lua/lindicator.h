/* SPDX-License-Identifier: MIT */
/* lindicator: indicators as Lua objects, the same in strategies and in plain Lua. */
#ifndef NEAP_LUA_LINDICATOR_H
#define NEAP_LUA_LINDICATOR_H

#include <lua.h>

#include "market/indicator.h"

/* Pushes an object for `indicator`. owner ≠ 0: the object frees it when it is collected. owner 0: the C core feeds and
 * frees it, and `push` on the object raises; the core closes the Lua state before it frees.
 * When Lua has no memory for the object this raises, and the indicator stays the caller's. */
void neap_push_indicator(lua_State *L, neap_indicator *indicator, int owner);

#endif
