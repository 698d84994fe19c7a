/* SPDX-License-Identifier: MIT */
/* lstrategy_c: neap.strategy_c: what lua/neap/strategy.lua needs of C to judge a declaration. */
#include "base/clock.h"
#include "lua/lneap.h"

NEAP_EXPORT int luaopen_neap_strategy_c(lua_State *L);

static int parse_duration(lua_State *L) {
  size_t length;
  neap_fault fault;
  int64_t ns = 0;
  const char *text = luaL_checklstring(L, 1, &length);
  if (neap_duration_parse(text, length, &ns, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  lua_pushinteger(L, ns);
  return 1;
}

static int parse_time(lua_State *L) {
  size_t length;
  neap_fault fault;
  int64_t ns = 0;
  const char *text = luaL_checklstring(L, 1, &length);
  if (neap_time_parse(text, length, &ns, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  lua_pushinteger(L, ns);
  return 1;
}

static int time_text(lua_State *L) {
  char text[NEAP_TIME_TEXT];
  lua_pushlstring(L, text, neap_time_format(luaL_checkinteger(L, 1), text));
  return 1;
}

static int is_decimal(lua_State *L) {
  lua_pushboolean(L, neap_test_decimal(L, 1) != NULL);
  return 1;
}

/* nearest(word, list) → the nearest word of the list, or nil */
static int nearest(lua_State *L) {
  const char *words[64], *word = luaL_checkstring(L, 1);
  size_t count = 0;
  luaL_checktype(L, 2, LUA_TTABLE);
  size_t length = (size_t)lua_rawlen(L, 2);
  for (; count < length && count < 64; count++) {
    lua_rawgeti(L, 2, (lua_Integer)count + 1);
    words[count] = lua_tostring(L, -1); /* the table keeps it alive */
    lua_pop(L, 1);
    if (!words[count]) return luaL_argerror(L, 2, "a list of texts is wanted");
  }
  lua_pushstring(L, neap_nearest_word(word, words, count));
  return 1;
}

int luaopen_neap_strategy_c(lua_State *L) {
  static const luaL_Reg functions[] = {{"duration", parse_duration}, {"time", parse_time},
                                       {"time_text", time_text},     {"nearest", nearest},
                                       {"is_decimal", is_decimal},   {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
