/* SPDX-License-Identifier: MIT */
/* lcandle: bars as Lua tables. */
#ifndef NEAP_LUA_LCANDLE_H
#define NEAP_LUA_LCANDLE_H

#include <lua.h>

#include "market/candle.h"

/* Reads the array of bar tables at `index`: {time=, open=, high=, low=, close=, volume=}; time is integer ns or ISO
 * text; the others are numbers, text or decimals, a float is its shortest text that reads back; volume may be absent.
 * `*out` is new memory, freed with free(). NEAP_INVALID names the bar ("bar 17"); whether the bars are in order and
 * possible is the feed's business. Raises only what a metamethod of the bars raises, or for want of memory. */
neap_status neap_candles_from_lua(lua_State *L, int index, neap_candle **out, size_t *count, neap_fault *fault);

/* The same in Lua's own memory, pushed; NULL when it fails, and nothing is pushed then. */
const neap_candle *neap_push_candles(lua_State *L, int index, size_t *count, neap_fault *fault);

/* Pushes {time=, open=, …}: floats, or decimals when `exact`. */
void neap_push_candle(lua_State *L, const neap_candle *bar, bool exact);

#endif
