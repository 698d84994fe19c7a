/* SPDX-License-Identifier: MIT */
/* lcandle: bars as Lua tables. */
#ifndef NEAP_LUA_LCANDLE_H
#define NEAP_LUA_LCANDLE_H

#include <lua.h>

#include "market/candle.h"

/* Reads the array of bar tables at `index`: {time=, open=, high=, low=, close=, volume=}; time is integer ns or ISO
 * text; the others are numbers, text or decimals, a float is its shortest text that reads back; volume may be absent.
 * The bars lie in Lua's memory, which is pushed; on failure NULL, and nothing is pushed. NEAP_INVALID names the bar
 * ("bar 17"); whether the bars are in order and possible is the feed's business. Raises only what a metamethod of the
 * bars raises, or for want of memory. */
const neap_candle *neap_push_candles(lua_State *L, int index, size_t *count, neap_fault *fault);

/* Those of a generated market's product, from 1 (market/generator.h): { generated = text, number = } does it above. */
const neap_candle *neap_push_generated(lua_State *L, const char *text, lua_Integer number, size_t *count,
                                       neap_fault *fault);

/* Pushes {time=, open=, …}: floats, or decimals when `exact`. */
void neap_push_candle(lua_State *L, const neap_candle *bar, bool exact);

#endif
