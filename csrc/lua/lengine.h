/* SPDX-License-Identifier: MIT */
/* lengine: engines as Lua objects, and the tables that describe an order, a product and a snapshot. */
#ifndef NEAP_LUA_LENGINE_H
#define NEAP_LUA_LENGINE_H

#include <lua.h>

#include "engine/engine.h"

/* The engine at `index` (made by neap.engine_factory), or NULL when there is something else. Its limits live as long as
 * the object: keep it in a user value. */
const neap_engine *neap_test_engine(lua_State *L, int index);

/* lengine_tables.c: each fills *out from the table at `index` and raises on what it does not know. Texts point into
 * Lua. */
void neap_check_ticket(lua_State *L, int index, neap_ticket *out);
void neap_check_product_facts(lua_State *L, int index, neap_product *out);
/* Leaves what *out points into on the stack. */
void neap_check_snapshot(lua_State *L, int index, neap_snapshot *out, neap_product *product);
void neap_push_decision(lua_State *L, const neap_decision *decision);

#endif
