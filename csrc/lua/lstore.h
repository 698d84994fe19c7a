/* SPDX-License-Identifier: MIT */
/* lstore: what the parts of the binding of neap.event_store share. */
#ifndef NEAP_LUA_LSTORE_H
#define NEAP_LUA_LSTORE_H

#include <lua.h>

#include "base/buffer.h"
#include "store/query.h"

/* Packs the table at `index` as a record, keys sorted: integers, floats, text, booleans, decimals, maps and sequences.
 * Raises on anything else. */
void neap_store_pack_table(lua_State *L, int index, neap_buffer *out);
int neap_store_replay(lua_State *L); /* event_store.replay(path, {until_seq=, from_start=}) */
/* {events, groups, first_seq, open, reserve, head}, and bad_seq, bad_last when there is such a place. */
void neap_store_push_report(lua_State *L, const neap_verify_report *report);
/* backup(path, to) and trim(path, before_ns) of neap.event_store. */
int neap_store_lua_backup(lua_State *L);
int neap_store_lua_trim(lua_State *L);

#endif
