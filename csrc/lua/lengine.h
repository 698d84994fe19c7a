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
/* What a snapshot's portfolios point to. */
enum { NEAP_BOOK_PRODUCTS = 8 };
typedef struct neap_engine_book {
  neap_product products[NEAP_BOOK_PRODUCTS];
  neap_decimal marks[NEAP_BOOK_PRODUCTS];
  neap_holding own[NEAP_BOOK_PRODUCTS], account[NEAP_BOOK_PRODUCTS];
  neap_failures failures;
  neap_trade_tally tally;
  neap_impact impact;
  neap_status impact_status;
  neap_impact_source source;
} neap_engine_book;

/* Leaves what *out points into in the book and on the stack. */
void neap_check_snapshot(lua_State *L, int index, neap_snapshot *out, neap_engine_book *book);
/* lengine_book.c: the portfolios of a snapshot whose other fields were read. */
void neap_check_book(lua_State *L, int index, neap_snapshot *out, neap_engine_book *book);
neap_decimal neap_engine_decimal(lua_State *L, int index, const char *key); /* zero where there is none */
int64_t neap_engine_int(lua_State *L, int index, const char *key, int64_t otherwise);
int neap_push_check_names(lua_State *L); /* lengine_checks.c: a list; returns 1 */
void neap_push_decision(lua_State *L, const neap_decision *decision);

#endif
