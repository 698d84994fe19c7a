/* SPDX-License-Identifier: MIT */
/* lliquidity: what is known of a product's liquidity, as a table. */
#ifndef NEAP_LUA_LLIQUIDITY_H
#define NEAP_LUA_LLIQUIDITY_H

#include <lua.h>

#include "market/liquidity.h"

/* The table at `index`: {spread_bps=, depth=} or {spread_bps=, bid_value=, ask_value=} for a book, {spread_bps=,
 * volatility_bps=, turnover=} for a bar, {} for nothing known. Raises on what it does not know. */
void neap_check_liquidity_view(lua_State *L, int index, neap_liquidity_view *out);
/* nil and the fault: nothing is known (NEAP_NOT_FOUND), else the result does not fit. */
int neap_push_no_liquidity(lua_State *L, neap_status status);

#endif
