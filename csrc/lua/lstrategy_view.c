/* SPDX-License-Identifier: MIT */
/* lstrategy_view: the metatable of read-only objects, and the parts of the line that they print. */
#include "lua/lstrategy_view.h"

#include "base/clock.h"

enum { VIEW_FIELDS = 16 };

int neap_lstrategy_push_text(lua_State *L, const char *text) {
  if (text[0])
    lua_pushstring(L, text);
  else
    lua_pushnil(L);
  return 1;
}

int neap_lstrategy_push_amount(lua_State *L, neap_decimal value) {
  neap_push_decimal(L, value);
  return 1;
}

void neap_lstrategy_add_text(luaL_Buffer *out, const char *label, const char *text) {
  if (text[0] == '\0') return;
  luaL_addstring(out, label);
  luaL_addstring(out, text);
}

void neap_lstrategy_add_time(luaL_Buffer *out, const char *label, int64_t time) {
  char text[NEAP_TIME_TEXT];
  neap_time_format(time, text);
  neap_lstrategy_add_text(out, label, text);
}

void neap_lstrategy_add_amount(luaL_Buffer *out, const char *label, neap_decimal value, const char *unit) {
  char text[NEAP_DECIMAL_TEXT];
  neap_decimal_format(value, text);
  neap_lstrategy_add_text(out, label, text);
  neap_lstrategy_add_text(out, " ", unit);
}

const char *neap_lstrategy_unit(const neap_product *product) {
  return product->kind == NEAP_FUTURE ? "contracts" : product->base;
}

static const strategy_view *view_of(lua_State *L) { return lua_touserdata(L, lua_upvalueindex(1)); }

static int raise_unknown(lua_State *L, const strategy_view *view) {
  const char *words[VIEW_FIELDS], *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : luaL_typename(L, 2);
  size_t count = 0;
  for (; count < VIEW_FIELDS && view->fields[count].name; count++) words[count] = view->fields[count].name;
  const char *nearest = neap_nearest_word(key, words, count);
  if (nearest) return luaL_error(L, "%s has no '%s'; did you mean '%s'?", view->one, key, nearest);
  return luaL_error(L, "%s has no '%s'", view->one, key);
}

/* upvalue 1: the view; upvalue 2: name → field */
static int get(lua_State *L) {
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(2)) != LUA_TLIGHTUSERDATA) return raise_unknown(L, view_of(L));
  const strategy_view_field *field = lua_touserdata(L, -1);
  return field->get(L);
}

static int set(lua_State *L) { return luaL_error(L, "%s is read-only", view_of(L)->one); }

static void push_fields(lua_State *L, const strategy_view *view) {
  lua_newtable(L);
  for (const strategy_view_field *field = view->fields; field->name; field++) {
    lua_pushlightuserdata(L, (void *)field);
    lua_setfield(L, -2, field->name);
  }
}

static void push_metatable(lua_State *L, const strategy_view *view) {
  if (!luaL_newmetatable(L, view->type)) return;
  lua_pushlightuserdata(L, (void *)view);
  push_fields(L, view);
  lua_pushcclosure(L, get, 2);
  lua_setfield(L, -2, "__index");
  lua_pushlightuserdata(L, (void *)view);
  lua_pushcclosure(L, set, 1);
  lua_setfield(L, -2, "__newindex");
  lua_pushcfunction(L, view->to_string);
  lua_setfield(L, -2, "__tostring");
  lua_pushstring(L, view->name);
  lua_setfield(L, -2, "__metatable");
}

/* Lua aligns for its own types, and a decimal wants more. */
static void *align(void *made) {
  const uintptr_t step = _Alignof(neap_decimal);
  return (char *)made + (step - (uintptr_t)made % step) % step;
}

void *neap_lstrategy_view(lua_State *L) { return align(lua_touserdata(L, 1)); }

void *neap_lstrategy_push_view(lua_State *L, const strategy_view *view, size_t size, int values) {
  void *made = lua_newuserdatauv(L, size + _Alignof(neap_decimal) - 1, values);
  push_metatable(L, view);
  lua_setmetatable(L, -2);
  return align(made);
}
