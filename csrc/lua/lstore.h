/* SPDX-License-Identifier: MIT */
/* lstore: what the parts of the binding of neap.event_store share. */
#ifndef NEAP_LUA_LSTORE_H
#define NEAP_LUA_LSTORE_H

#include <lua.h>

#include "base/buffer.h"

/* Packs the table at `index` as a record, keys sorted: integers, floats, text, booleans, decimals, maps and sequences.
 * Raises on anything else. */
void neap_store_pack_table(lua_State *L, int index, neap_buffer *out);
int neap_store_replay(lua_State *L); /* event_store.replay(path, {until_seq=, from_start=}) */

#endif
