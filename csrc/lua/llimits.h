/* SPDX-License-Identifier: MIT */
/* llimits: risk limits as Lua objects; fields are read by name, a misspelt one raises with the nearest. */
#ifndef NEAP_LUA_LLIMITS_H
#define NEAP_LUA_LLIMITS_H

#include <lua.h>

#include "risk/limits.h"

/* The limits at `index` (an object of neap.limits), or NULL when there is something else. They live as long as the
 * object. */
const neap_limits *neap_test_limits(lua_State *L, int index);
/* Pushes a view that only reads. The caller sets what the returned place points to; NULL there makes every read raise.
 */
const neap_limits **neap_push_limits_view(lua_State *L);

#endif
