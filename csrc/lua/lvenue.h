/* SPDX-License-Identifier: MIT */
/* lvenue: options of a venue as Lua tables, for the bindings of the venue and of the exchange. */
#ifndef NEAP_LUA_LVENUE_H
#define NEAP_LUA_LVENUE_H

#include "lua/lneap.h"
#include "venue/market.h"

/* Options of a table at `index` (positive). What is found stays on the stack, where text is safe: the caller sees to
 * room there. */
bool neap_option_get(lua_State *L, int index, const char *name); /* pushes it, or nothing: false */
int64_t neap_option_time(lua_State *L, int index, const char *name, int64_t fallback); /* ns, or ISO 8601 text */
const char *neap_option_text(lua_State *L, int index, const char *name, const char *fallback, size_t *length);
bool neap_option_flag(lua_State *L, int index, const char *name);
uint32_t neap_option_count(lua_State *L, int index, const char *name); /* 0: absent */
int neap_option_word(lua_State *L, const char *what, const char *kind, const char *word, const char *const *words);

#define NEAP_VENUE_OPTIONS                                                                                             \
  "seed", "start", "products", "self_trade", "refuses_reused_ids", "names_client", "price_band", "visible_after",      \
      "cancel_after"

/* All but the gate; keys are checked by the caller. */
neap_venue_options neap_check_venue_options(lua_State *L, int index, const char *what);
/* {name=, permissions=, beside=, public=}: `public` is for the exchange's keys. */
neap_venue_key_options neap_check_venue_key(lua_State *L, int index);
/* {cancel_only=true, …, delisted=true} */
uint32_t neap_check_venue_flags(lua_State *L, int index, bool *is_delisted);
/* text, {product=, data=, trades=, speed=} */
neap_venue_market_options neap_check_venue_market(lua_State *L, int index);

#endif
