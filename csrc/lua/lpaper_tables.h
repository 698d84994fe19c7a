/* SPDX-License-Identifier: MIT */
/* lpaper_tables: the simulator's options, tickets and reports as Lua tables. */
#ifndef NEAP_LUA_LPAPER_TABLES_H
#define NEAP_LUA_LPAPER_TABLES_H

#include <lua.h>

#include "broker/paper/paper.h"

/* Both raise, naming field and nearest word. */
neap_paper_options neap_check_paper_options(lua_State *L, int table);
neap_ticket neap_check_paper_ticket(lua_State *L, int table, const neap_product *products, uint32_t count);

void neap_push_report(lua_State *L, const neap_report *report, const neap_product *products);

#endif
