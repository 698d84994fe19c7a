/* SPDX-License-Identifier: MIT */
/* lstore_replay: the state that a store's events make, as tables. */
#include "lua/lneap.h"
#include "lua/lstore.h"
#include "session/state.h"

/* counts.orders = record.orders, and so on: `orders` is what works. Stack: … result. */
static void set_counts(lua_State *L) {
  static const char *const counts[] = {"orders", "fills", "trades", "rejections"};
  lua_createtable(L, 0, 4);
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
    lua_getfield(L, -2, counts[i]);
    lua_setfield(L, -2, counts[i]);
    lua_pushnil(L);
    lua_setfield(L, -3, counts[i]);
  }
  lua_setfield(L, -2, "counts");
  lua_getfield(L, -1, "working");
  lua_setfield(L, -2, "orders");
  lua_pushnil(L);
  lua_setfield(L, -2, "working");
}

/* Each item of strategy[list], with the strategy's name, goes to the end of result[list]. Stack: … result, strategy. */
static void gather(lua_State *L, const char *list) {
  lua_getfield(L, -2, list);
  lua_getfield(L, -2, list);
  lua_Integer count = (lua_Integer)lua_rawlen(L, -1), at = (lua_Integer)lua_rawlen(L, -2);
  for (lua_Integer i = 1; i <= count; i++) {
    lua_rawgeti(L, -1, i);
    lua_getfield(L, -4, "name");
    lua_setfield(L, -2, "strategy");
    lua_rawseti(L, -3, at + i);
  }
  lua_pop(L, 2);
}

/* cash[name], states[name]. Stack: … result, strategy. */
static void gather_named(lua_State *L) {
  lua_getfield(L, -1, "name");
  const char *name = lua_tostring(L, -1);
  lua_getfield(L, -3, "cash");
  lua_getfield(L, -3, "cash");
  lua_setfield(L, -2, name);
  lua_pop(L, 1);
  const char *key = lua_pushfstring(L, "state:%s", name);
  if (lua_getfield(L, -4, key) != LUA_TNIL) {
    lua_getfield(L, -5, "states");
    lua_pushvalue(L, -2);
    lua_setfield(L, -2, name);
    lua_pop(L, 1);
    lua_pushnil(L);
    lua_setfield(L, -6, key);
  }
  lua_pop(L, 3);
}

static void set_strategies(lua_State *L) {
  static const char *const tables[] = {"positions", "timers", "cash", "states"};
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
    lua_newtable(L);
    lua_setfield(L, -2, tables[i]);
  }
  lua_getfield(L, -1, "strategies");
  lua_Integer count = (lua_Integer)lua_rawlen(L, -1);
  for (lua_Integer i = 1; i <= count; i++) {
    lua_pushvalue(L, -2);
    lua_rawgeti(L, -2, i);
    gather(L, "positions");
    gather(L, "timers");
    gather_named(L);
    lua_pop(L, 2);
  }
  lua_pop(L, 1);
}

static void set_report(lua_State *L, const neap_replay_report *report) {
  lua_pushstring(L, report->hash);
  lua_setfield(L, -2, "state_hash");
  lua_pushinteger(L, (lua_Integer)report->first_seq);
  lua_setfield(L, -2, "first_seq");
  lua_pushinteger(L, (lua_Integer)report->last_seq);
  lua_setfield(L, -2, "last_seq");
  lua_pushinteger(L, (lua_Integer)report->snapshots);
  lua_setfield(L, -2, "snapshots");
}

static neap_status replay(const char *path, uint64_t until, bool from_start, neap_buffer *record,
                          neap_replay_report *report, neap_fault *fault) {
  neap_state *state = NULL;
  neap_status status = neap_state_replay(path, until, from_start, &state, report, fault);
  if (status == NEAP_OK) status = neap_state_record(state, record, fault);
  neap_state_free(state);
  return status;
}

static uint64_t read_until(lua_State *L) {
  if (lua_getfield(L, 2, "until_seq") == LUA_TNIL) return lua_pop(L, 1), 0;
  if (!lua_isinteger(L, -1) || lua_tointeger(L, -1) < 1) luaL_error(L, "replay: until_seq is a whole number from 1");
  lua_Integer until = lua_tointeger(L, -1);
  lua_pop(L, 1);
  return (uint64_t)until;
}

static bool read_from_start(lua_State *L) {
  int type = lua_getfield(L, 2, "from_start");
  if (type != LUA_TNIL && type != LUA_TBOOLEAN)
    luaL_error(L, "replay: from_start is true or false, not %s", luaL_typename(L, -1));
  bool from_start = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return from_start;
}

int neap_store_replay(lua_State *L) {
  static const char *const allowed[] = {"until_seq", "from_start", NULL};
  uint64_t until = 0;
  bool from_start = false;
  neap_replay_report report;
  neap_fault fault;
  luaL_checktype(L, 1, LUA_TSTRING);
  lua_settop(L, 2);
  if (!lua_isnil(L, 2)) {
    neap_check_options(L, 2, "replay", allowed);
    until = read_until(L);
    from_start = read_from_start(L);
  }
  neap_buffer *record = neap_push_buffer(L);
  if (replay(lua_tostring(L, 1), until, from_start, record, &report, &fault) != NEAP_OK)
    return neap_push_fault(L, &fault);
  neap_push_record(L, record->data, record->size);
  set_counts(L);
  set_strategies(L);
  set_report(L, &report);
  return 1;
}
