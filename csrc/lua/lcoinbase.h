/* SPDX-License-Identifier: MIT */
/* lcoinbase: what the bindings of broker/coinbase share. */
#ifndef NEAP_LUA_LCOINBASE_H
#define NEAP_LUA_LCOINBASE_H

#include <lua.h>

#include "broker/coinbase/client.h"

/* The client at `index`: neap.coinbase's, or its C half. Raises when there is something else or it is closed. It lives
 * as long as that value, which its user keeps in a user value. */
neap_coinbase_client *neap_check_coinbase_client(lua_State *L, int index);
/* How it was opened: the loop's poller, and its inputs (NULL: none). */
const neap_poller *neap_check_coinbase_poller(lua_State *L, int index);
neap_inputs *neap_check_coinbase_inputs(lua_State *L, int index);

#endif
