/* SPDX-License-Identifier: MIT */
/* lstrategy_view: a small read-only object of named fields: a copy of what it shows, whose values are made when they
 * are read. Positions, fills, refusals and timer events are such views. */
#ifndef NEAP_LUA_LSTRATEGY_VIEW_H
#define NEAP_LUA_LSTRATEGY_VIEW_H

#include "lua/lstrategy.h"

/* `get` is called with the object at 1. */
typedef struct strategy_view_field {
  const char *name;
  lua_CFunction get;
} strategy_view_field;

typedef struct strategy_view {
  const char *type;                  /* of the metatable: "neap.position" */
  const char *name, *one;            /* "position", "a position" */
  const strategy_view_field *fields; /* at most 16, the last one has no name */
  lua_CFunction to_string;
} strategy_view;

/* Pushes a new object of `size` bytes, with room for `values` Lua values, and gives its bytes. */
void *neap_lstrategy_push_view(lua_State *L, const strategy_view *view, size_t size, int values);
void *neap_lstrategy_view(lua_State *L); /* the bytes of the view at 1 */

int neap_lstrategy_push_text(lua_State *L, const char *text);     /* returns 1; nil when it is empty */
int neap_lstrategy_push_amount(lua_State *L, neap_decimal value); /* returns 1 */
void neap_lstrategy_add_text(luaL_Buffer *out, const char *label, const char *text); /* unless it is empty */
void neap_lstrategy_add_time(luaL_Buffer *out, const char *label, int64_t time);
void neap_lstrategy_add_amount(luaL_Buffer *out, const char *label, neap_decimal value, const char *unit);
/* What a quantity of it is counted in: "BTC", or "contracts". */
const char *neap_lstrategy_unit(const neap_product *product);

#endif
