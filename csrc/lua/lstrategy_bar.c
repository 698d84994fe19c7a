/* SPDX-License-Identifier: MIT */
/* lstrategy_bar: the bar that a hook is handed: a copy that may be kept; its fields are made when they are read. */
#include <string.h>

#include "base/clock.h"
#include "lua/lstrategy.h"

#define BAR_TYPE "neap.bar"

typedef struct bar {
  int64_t time, close_time, frame;
  double open, high, low, close, volume;
  uint32_t product;
} bar;

typedef struct bar_field {
  const char *name;
  size_t offset;
  enum { FIELD_NUMBER, FIELD_INTEGER, FIELD_DURATION, FIELD_PRODUCT } kind;
} bar_field;

static const bar_field fields[] = {
    {"close", offsetof(bar, close), FIELD_NUMBER},
    {"open", offsetof(bar, open), FIELD_NUMBER},
    {"high", offsetof(bar, high), FIELD_NUMBER},
    {"low", offsetof(bar, low), FIELD_NUMBER},
    {"volume", offsetof(bar, volume), FIELD_NUMBER},
    {"time", offsetof(bar, time), FIELD_INTEGER},
    {"close_time", offsetof(bar, close_time), FIELD_INTEGER},
    {"product", offsetof(bar, product), FIELD_PRODUCT},
    {"timeframe", offsetof(bar, frame), FIELD_DURATION},
};
enum { FIELDS = sizeof fields / sizeof *fields };

void neap_lstrategy_push_bar(lua_State *L, const neap_bar_event *event) {
  const neap_candle *candle = event->candle;
  neap_strategy_cell *self = neap_cell_context(L);
  bar *out = lua_newuserdatauv(L, sizeof *out, 0);
  *out = (bar){.time = candle->time,
               .close_time = event->close_time,
               .frame = event->frame,
               .open = candle->open_float,
               .high = candle->high_float,
               .low = candle->low_float,
               .close = candle->close_float,
               .volume = candle->volume_float,
               .product = event->product};
  lua_rawgeti(L, LUA_REGISTRYINDEX, self->bar_metatable);
  lua_setmetatable(L, -2);
}

static int raise_unknown(lua_State *L) {
  const char *words[FIELDS], *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : luaL_typename(L, 2);
  for (size_t i = 0; i < FIELDS; i++) words[i] = fields[i].name;
  const char *nearest = neap_nearest_word(key, words, FIELDS);
  if (nearest) return luaL_error(L, "a bar has no '%s'; did you mean '%s'?", key, nearest);
  return luaL_error(L, "a bar has no '%s'", key);
}

/* upvalue 1: name → field */
static int get(lua_State *L) {
  const char *self = lua_touserdata(L, 1);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TLIGHTUSERDATA) return raise_unknown(L);
  const bar_field *field = lua_touserdata(L, -1);
  const void *at = self + field->offset;
  switch (field->kind) {
  case FIELD_NUMBER:
    lua_pushnumber(L, *(const double *)at);
    break;
  case FIELD_INTEGER:
    lua_pushinteger(L, *(const int64_t *)at);
    break;
  case FIELD_DURATION:
    neap_lstrategy_push_duration(L, *(const int64_t *)at);
    break;
  case FIELD_PRODUCT:
    lua_pushstring(L, neap_desk_product(neap_lstrategy(L)->desk, *(const uint32_t *)at)->id);
    break;
  }
  return 1;
}

static int set(lua_State *L) { return luaL_error(L, "a bar is read-only"); }

static int to_string(lua_State *L) {
  const bar *self = luaL_checkudata(L, 1, BAR_TYPE);
  char time[NEAP_TIME_TEXT];
  neap_time_format(self->time, time);
  lua_pushfstring(L, "%s %s open %f high %f low %f close %f volume %f",
                  neap_desk_product(neap_lstrategy(L)->desk, self->product)->id, time, self->open, self->high,
                  self->low, self->close, self->volume);
  return 1;
}

void neap_lstrategy_open_bar(lua_State *L) {
  luaL_newmetatable(L, BAR_TYPE);
  lua_newtable(L);
  for (size_t i = 0; i < FIELDS; i++) {
    lua_pushlightuserdata(L, (void *)&fields[i]);
    lua_setfield(L, -2, fields[i].name);
  }
  lua_pushcclosure(L, get, 1);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, set);
  lua_setfield(L, -2, "__newindex");
  lua_pushcfunction(L, to_string);
  lua_setfield(L, -2, "__tostring");
  lua_pushliteral(L, "bar");
  lua_setfield(L, -2, "__metatable");
}
