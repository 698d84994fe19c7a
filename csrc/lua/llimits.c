/* SPDX-License-Identifier: MIT */
/* llimits: require "neap.limits". */
#include "lua/llimits.h"

#include <string.h>
#include <unistd.h>

#include "lua/lneap.h"
#include "risk/limits_table.h"

#define LIMITS_TYPE "neap.limits"
#define VIEW_TYPE "neap.limits_view"

NEAP_EXPORT int luaopen_neap_limits(lua_State *L);

const neap_limits *neap_test_limits(lua_State *L, int index) { return luaL_testudata(L, index, LIMITS_TYPE); }

static neap_limits *check_limits(lua_State *L) { return luaL_checkudata(L, 1, LIMITS_TYPE); }

static void push_map(lua_State *L, const neap_limit_map *map) {
  lua_createtable(L, 0, (int)map->count);
  for (uint32_t i = 0; i < map->count; i++) {
    neap_push_decimal(L, map->item[i].value);
    lua_setfield(L, -2, map->item[i].product);
  }
}

static void push_value(lua_State *L, const neap_limits *limits, unsigned index) {
  neap_limit_value value = {.kind = NEAP_LIMIT_INT};
  neap_limits_value(limits, index, &value);
  if (value.kind == NEAP_LIMIT_INT) lua_pushinteger(L, value.integer);
  if (value.kind == NEAP_LIMIT_BOOL) lua_pushboolean(L, value.integer != 0);
  if (value.kind == NEAP_LIMIT_DECIMAL) neap_push_decimal(L, value.decimal);
  if (value.kind == NEAP_LIMIT_TEXT && value.text[0]) lua_pushstring(L, value.text);
  if (value.kind == NEAP_LIMIT_TEXT && !value.text[0]) lua_pushnil(L);
  if (value.kind == NEAP_LIMIT_MAP) push_map(L, value.map);
}

static int refuse_field(lua_State *L) {
  const char *name = luaL_tolstring(L, 2, NULL), *nearest = NULL;
  if (neap_limits_find(name, &nearest) >= 0) return luaL_error(L, "risk limits are read by field, not by variable");
  if (nearest) return luaL_error(L, "risk limits have no '%s'; did you mean '%s'?", name, nearest);
  return luaL_error(L, "risk limits have no '%s'", name);
}

/* Upvalue 1: field name → index. The name is interned, so this costs one table look-up. */
static int index_fields(lua_State *L, const neap_limits *limits) {
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNUMBER) return refuse_field(L);
  push_value(L, limits, (unsigned)lua_tointeger(L, -1));
  return 1;
}

static int index_view(lua_State *L) {
  const neap_limits *const *place = lua_touserdata(L, 1);
  if (!*place) return luaL_error(L, "ctx.risk is there only while the policy is asked");
  return index_fields(L, *place);
}

/* Upvalue 2: methods. */
static int index_limits(lua_State *L) {
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(2)) != LUA_TNIL) return 1;
  return index_fields(L, check_limits(L));
}

static int refuse_write(lua_State *L) {
  return luaL_error(L, "risk limits are read-only here; l:set(field, text) changes");
}

static void push_names(lua_State *L) {
  static const neap_limits none = {.max_leverage = 0};
  neap_limit_value value;
  const char *name, *variable;
  neap_buffer *text = neap_push_buffer(L);
  lua_newtable(L);
  for (unsigned i = 0; neap_limits_value(&none, i, &value); i++) {
    neap_limits_field(&none, i, &name, &variable, text);
    lua_pushinteger(L, (lua_Integer)i);
    lua_setfield(L, -2, name);
  }
  lua_remove(L, -2);
}

static void fence_metatable(lua_State *L, const char *type) {
  lua_pushcfunction(L, refuse_write);
  lua_setfield(L, -2, "__newindex");
  lua_pushstring(L, type);
  lua_setfield(L, -2, "__metatable");
}

const neap_limits **neap_push_limits_view(lua_State *L) {
  const neap_limits **place = lua_newuserdatauv(L, sizeof *place, 0);
  *place = NULL;
  if (luaL_newmetatable(L, VIEW_TYPE)) {
    fence_metatable(L, "neap.limits");
    push_names(L);
    lua_pushcclosure(L, index_view, 1);
    lua_setfield(L, -2, "__index");
  }
  lua_setmetatable(L, -2);
  return place;
}

static int split_lines(lua_State *L, const neap_buffer *lines) {
  const char *at = (const char *)lines->data, *end = at + lines->size;
  lua_newtable(L);
  for (lua_Integer i = 1; at < end; i++) {
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    if (!stop) stop = end;
    lua_pushlstring(L, at, (size_t)(stop - at));
    lua_rawseti(L, -2, i);
    at = stop + 1;
  }
  return 1;
}

/* nil and the error, with the list of all problems. */
static int push_problems(lua_State *L, const neap_fault *fault, const neap_buffer *problems) {
  neap_push_fault(L, fault);
  split_lines(L, problems);
  lua_setfield(L, -2, "problems");
  return 2;
}

static int give(lua_State *L, neap_status status, const neap_fault *fault, const neap_buffer *problems) {
  if (status == NEAP_OK) lua_pushboolean(L, 1);
  return status == NEAP_OK ? 1 : push_problems(L, fault, problems);
}

static int read_json(lua_State *L) {
  neap_limits *limits = check_limits(L);
  size_t length;
  const char *text = luaL_checklstring(L, 2, &length), *where = luaL_optstring(L, 3, "risk file");
  neap_fault fault;
  neap_buffer *problems = neap_push_buffer(L);
  return give(L, neap_limits_read_json(limits, text, length, where, problems, &fault), &fault, problems);
}

static int check(lua_State *L) {
  neap_limits *limits = check_limits(L);
  neap_fault fault;
  neap_buffer *problems = neap_push_buffer(L);
  return give(L, neap_limits_check(limits, problems, &fault), &fault, problems);
}

static int set(lua_State *L) {
  neap_limits *limits = check_limits(L);
  const char *field = luaL_checkstring(L, 2), *text = luaL_checkstring(L, 3);
  neap_fault fault;
  return neap_push_done(L, neap_limits_set(limits, field, text, &fault), &fault);
}

static void set_text(lua_State *L, const char *key, const char *text) {
  lua_pushstring(L, text);
  lua_setfield(L, -2, key);
}

static int fields(lua_State *L) {
  neap_limits *limits = check_limits(L);
  const char *name, *variable;
  neap_buffer *text = neap_push_buffer(L);
  lua_newtable(L);
  for (unsigned i = 0; neap_limits_field(limits, i, &name, &variable, text); i++) {
    lua_createtable(L, 0, 3);
    set_text(L, "name", name);
    set_text(L, "variable", variable);
    lua_pushlstring(L, text->data ? (const char *)text->data : "", text->size);
    lua_setfield(L, -2, "value");
    lua_rawseti(L, -2, (lua_Integer)i + 1);
    neap_buffer_clear(text);
  }
  return 1;
}

static const char *type_name(neap_limit_type type) {
  static const char *const names[] = {[NEAP_FIELD_INT] = "whole number",
                                      [NEAP_FIELD_BOOL] = "true or false",
                                      [NEAP_FIELD_DECIMAL] = "number",
                                      [NEAP_FIELD_FRACTION] = "fraction",
                                      [NEAP_FIELD_CLOCK] = "HH:MM or none",
                                      [NEAP_FIELD_CHOICE] = "one of these",
                                      [NEAP_FIELD_DAYS] = "days or none",
                                      [NEAP_FIELD_PRODUCTS] = "products or none",
                                      [NEAP_FIELD_ASSETS] = "assets or none",
                                      [NEAP_FIELD_TIME_IN_FORCE] = "GTC, IOC, FOK or none",
                                      [NEAP_FIELD_MAP_INT] = "whole numbers by product",
                                      [NEAP_FIELD_MAP_DECIMAL] = "numbers by product",
                                      [NEAP_FIELD_MAP_FRACTION] = "fractions by product",
                                      [NEAP_FIELD_OPEN_FRACTION] = "fraction, or 1000: no limit"};
  return names[type];
}

/* As choices = "a, b, c" of the table on top. */
static void push_choices(lua_State *L, const char *const *choices) {
  luaL_Buffer text;
  luaL_buffinit(L, &text);
  for (size_t i = 0; choices[i]; i++) {
    if (i > 0) luaL_addstring(&text, ", ");
    luaL_addstring(&text, choices[i]);
  }
  luaL_pushresult(&text);
  lua_setfield(L, -2, "choices");
}

/* limits.schema() → { { name, variable, type, lowest, highest, default } }, in the order of the fields. */
static int schema(lua_State *L) {
  lua_createtable(L, NEAP_LIMIT_FIELDS, 0);
  for (lua_Integer i = 0; i < NEAP_LIMIT_FIELDS; i++) {
    const neap_limit_field *field = &neap_limit_fields[i];
    lua_createtable(L, 0, 6);
    set_text(L, "name", field->name);
    set_text(L, "variable", field->variable);
    set_text(L, "type", type_name(field->type));
    if (field->choices) push_choices(L, field->choices);
    set_text(L, "lowest", field->lowest);
    set_text(L, "highest", field->highest);
    set_text(L, "default", field->standard ? field->standard : "");
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

static int find(lua_State *L) {
  const char *name = luaL_checkstring(L, 1), *nearest = NULL, *field = NULL, *variable = NULL;
  static const neap_limits none = {.max_leverage = 0};
  int index = neap_limits_find(name, &nearest);
  if (index >= 0) neap_limits_field(&none, (unsigned)index, &field, &variable, neap_push_buffer(L));
  lua_pushstring(L, field);
  lua_pushstring(L, nearest);
  return 2;
}

static int to_string(lua_State *L) {
  const neap_limits *limits = check_limits(L);
  char loss[NEAP_DECIMAL_TEXT], exposure[NEAP_DECIMAL_TEXT];
  neap_decimal_format(limits->daily_loss_limit, loss);
  neap_decimal_format(limits->max_exposure_pct, exposure);
  lua_pushfstring(L, "risk limits: leverage %Ix, daily loss %s, exposure %s of equity, sizing %s, impact guard %s",
                  (LUAI_UACINT)limits->max_leverage, loss, exposure,
                  limits->enable_dynamic_position_sizing ? "on" : "off",
                  limits->enable_market_impact_guard ? "on" : "off");
  return 1;
}

static int copy(lua_State *L);

static void push_index(lua_State *L) {
  static const luaL_Reg methods[] = {{"read_json", read_json}, {"check", check}, {"set", set},
                                     {"fields", fields},       {"copy", copy},   {NULL, NULL}};
  push_names(L);
  luaL_newlib(L, methods);
  lua_pushcclosure(L, index_limits, 2);
}

static neap_limits *push_limits(lua_State *L) {
  neap_limits *limits = lua_newuserdatauv(L, sizeof *limits, 0);
  neap_limits_default(limits);
  if (luaL_newmetatable(L, LIMITS_TYPE)) {
    fence_metatable(L, LIMITS_TYPE);
    push_index(L);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, to_string);
    lua_setfield(L, -2, "__tostring");
  }
  lua_setmetatable(L, -2);
  return limits;
}

static int copy(lua_State *L) {
  const neap_limits *limits = check_limits(L);
  *push_limits(L) = *limits;
  return 1;
}

static int new_limits(lua_State *L) {
  push_limits(L);
  return 1;
}

/* limits.refuse(problems): nil and the error of a configuration that cannot be used. */
static int refuse(lua_State *L) {
  neap_fault fault;
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_rawgeti(L, 1, 1);
  neap_fail(&fault, NEAP_INVALID, "bad_configuration", "%s", luaL_checkstring(L, -1));
  neap_push_fault(L, &fault);
  lua_pushvalue(L, 1);
  lua_setfield(L, -2, "problems");
  return 2;
}

/* The process's variables, by name: so that one that nothing reads is noticed. */
static int environment(lua_State *L) {
  lua_newtable(L);
  for (char **at = environ; at && *at; at++) {
    const char *equals = strchr(*at, '=');
    if (!equals) continue;
    lua_pushlstring(L, *at, (size_t)(equals - *at));
    lua_pushstring(L, equals + 1);
    lua_rawset(L, -3);
  }
  return 1;
}

int luaopen_neap_limits(lua_State *L) {
  static const luaL_Reg functions[] = {{"new", new_limits},          {"find", find},     {"refuse", refuse},
                                       {"environment", environment}, {"schema", schema}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
