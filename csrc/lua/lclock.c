/* SPDX-License-Identifier: MIT */
/* lclock: require "neap.clock". */
#include "base/clock.h"
#include "lua/lneap.h"

#define CLOCK_TYPE "neap.clock"

NEAP_EXPORT int luaopen_neap_clock(lua_State *L);

static neap_clock *check_clock(lua_State *L) { return luaL_checkudata(L, 1, CLOCK_TYPE); }

static int push_clock(lua_State *L, neap_clock made) {
  neap_clock *clock = lua_newuserdatauv(L, sizeof *clock, 0);
  *clock = made;
  luaL_setmetatable(L, CLOCK_TYPE);
  return 1;
}

static int new_real(lua_State *L) { return push_clock(L, neap_clock_real()); }

/* A time: integer nanoseconds, or ISO 8601 text. */
static int64_t check_time(lua_State *L, int index) {
  int64_t ns = 0;
  size_t length;
  neap_fault fault;
  if (lua_type(L, index) != LUA_TSTRING) return luaL_checkinteger(L, index);
  const char *text = lua_tolstring(L, index, &length);
  if (neap_time_parse(text, length, &ns, &fault) != NEAP_OK) luaL_argerror(L, index, lua_pushstring(L, fault.message));
  return ns;
}

static int new_simulated(lua_State *L) { return push_clock(L, neap_clock_simulated(check_time(L, 1))); }

static int now(lua_State *L) {
  lua_pushinteger(L, neap_clock_now(check_clock(L)));
  return 1;
}

static int advance(lua_State *L) {
  neap_fault fault;
  neap_clock *clock = check_clock(L);
  if (neap_clock_advance(clock, check_time(L, 2), &fault) != NEAP_OK) return neap_raise_fault(L, &fault);
  lua_pushinteger(L, clock->latest);
  return 1;
}

static int to_string(lua_State *L) {
  char text[NEAP_TIME_TEXT];
  neap_clock *clock = check_clock(L);
  bool real = clock->read == neap_clock_real().read;
  neap_time_format(neap_clock_now(clock), text);
  lua_pushfstring(L, "%s clock at %s", real ? "real" : "simulated", text);
  return 1;
}

static int format(lua_State *L) {
  char text[NEAP_TIME_TEXT];
  lua_pushlstring(L, text, neap_time_format(luaL_checkinteger(L, 1), text));
  return 1;
}

static int format_duration(lua_State *L) {
  char text[NEAP_TIME_TEXT];
  lua_pushlstring(L, text, neap_duration_format(luaL_checkinteger(L, 1), text));
  return 1;
}

typedef neap_status parser(const char *text, size_t length, int64_t *ns, neap_fault *fault);

static int parse_with(lua_State *L, parser *read) {
  int64_t ns = 0;
  size_t length;
  neap_fault fault;
  luaL_checktype(L, 1, LUA_TSTRING);
  const char *text = lua_tolstring(L, 1, &length);
  if (read(text, length, &ns, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  lua_pushinteger(L, ns);
  return 1;
}

static int parse(lua_State *L) { return parse_with(L, neap_time_parse); }
static int parse_duration(lua_State *L) { return parse_with(L, neap_duration_parse); }

static void make_metatable(lua_State *L) {
  static const luaL_Reg methods[] = {{"now", now}, {"advance", advance}, {NULL, NULL}};
  if (luaL_newmetatable(L, CLOCK_TYPE)) {
    luaL_newlib(L, methods);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, to_string);
    lua_setfield(L, -2, "__tostring");
  }
  lua_pop(L, 1);
}

int luaopen_neap_clock(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"real", new_real}, {"simulated", new_simulated},       {"parse", parse},
      {"format", format}, {"parse_duration", parse_duration}, {"format_duration", format_duration},
      {NULL, NULL}};
  make_metatable(L);
  luaL_newlib(L, functions);
  return 1;
}
