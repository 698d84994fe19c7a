/* SPDX-License-Identifier: MIT */
/* lreplay: neap.replay_c, the C half of neap.replay: the events of a replay against those that were stored, and a store
 * as it was when a life of the session began. */
#include "base/shelter.h"
#include "lua/lneap.h"
#include "session/replay_check.h"
#include "store/upkeep.h"

#define CHECK_TYPE "neap.replay_check"

NEAP_EXPORT int luaopen_neap_replay_c(lua_State *L);

static neap_replay_check *check(lua_State *L) {
  neap_replay_check *self = *(neap_replay_check **)luaL_checkudata(L, 1, CHECK_TYPE);
  if (!self) luaL_error(L, "the check is closed");
  return self;
}

static int close_check(lua_State *L) {
  neap_replay_check **box = luaL_checkudata(L, 1, CHECK_TYPE);
  neap_replay_check_close(*box);
  *box = NULL;
  return 0;
}

/* observer() → what a session's `journal` takes; good until the check is closed. */
static int observer(lua_State *L) {
  lua_pushlightuserdata(L, (void *)(uintptr_t)neap_replay_check_observer(check(L)));
  return 1;
}

static void set_text(lua_State *L, const char *name, const char *value) {
  lua_pushstring(L, value);
  lua_setfield(L, -2, name);
}

static void set_integer(lua_State *L, const char *name, int64_t value) {
  lua_pushinteger(L, value);
  lua_setfield(L, -2, name);
}

static void set_event(lua_State *L, const char *name, const neap_replay_event *event) {
  if (!*event->type) return;
  lua_createtable(L, 0, 8);
  set_text(L, "type", event->type);
  set_text(L, "product", event->product);
  set_text(L, "client_order_id", event->client_order_id);
  set_text(L, "body", event->body);
  set_integer(L, "ts_ns", event->ts_ns);
  set_integer(L, "cause_seq", (int64_t)event->cause_seq);
  set_integer(L, "version", event->version);
  lua_pushboolean(L, event->is_at_odds);
  lua_setfield(L, -2, "is_at_odds");
  lua_setfield(L, -2, name);
}

/* result() → { compared =, beyond =, seq =, input =, stored =, replayed = }; the last four where an event differs */
static int result(lua_State *L) {
  neap_replay_result found;
  neap_replay_check_result(check(L), &found);
  lua_createtable(L, 0, 6);
  set_integer(L, "compared", (int64_t)found.compared);
  set_integer(L, "beyond", (int64_t)found.beyond);
  if (!found.differs) return 1;
  set_integer(L, "seq", (int64_t)found.seq);
  set_integer(L, "input", (int64_t)found.input);
  set_event(L, "stored", &found.stored);
  set_event(L, "replayed", &found.replayed);
  return 1;
}

static void make_type(lua_State *L) {
  static const luaL_Reg methods[] = {{"observer", observer}, {"result", result}, {"close", close_check}, {NULL, NULL}};
  static const luaL_Reg meta[] = {{"__gc", close_check}, {"__close", close_check}, {NULL, NULL}};
  if (luaL_newmetatable(L, CHECK_TYPE)) {
    luaL_setfuncs(L, meta, 0);
    luaL_newlib(L, methods);
    lua_setfield(L, -2, "__index");
  }
}

/* check(path, after, until, inputs) → compares the events of a replay with those behind `after` */
static int open_check(lua_State *L) {
  neap_fault fault = {0};
  const char *path = luaL_checkstring(L, 1);
  uint64_t after = (uint64_t)luaL_checkinteger(L, 2), until = (uint64_t)luaL_checkinteger(L, 3);
  luaL_checktype(L, 4, LUA_TLIGHTUSERDATA);
  neap_replay_check **box = lua_newuserdatauv(L, sizeof *box, 0);
  *box = NULL;
  make_type(L);
  lua_setmetatable(L, -2);
  neap_status status = neap_replay_check_open(path, after, until, lua_touserdata(L, 4), box, &fault);
  return status == NEAP_OK ? 1 : neap_push_fault(L, &fault);
}

/* copy(path, to, until, groups) → a store with the events up to that one, in the groups of another store, or its own */
static int copy(lua_State *L) {
  neap_fault fault = {0};
  neap_shelter shelter;
  const char *path = luaL_checkstring(L, 1), *to = luaL_checkstring(L, 2);
  uint64_t until = (uint64_t)luaL_checkinteger(L, 3);
  const char *groups = luaL_optstring(L, 4, NULL);
  neap_shelter_enter(&shelter);
  neap_status status = neap_store_copy(path, to, until, groups, &fault);
  neap_shelter_leave(&shelter);
  return neap_push_done(L, status, &fault);
}

int luaopen_neap_replay_c(lua_State *L) {
  static const luaL_Reg functions[] = {{"check", open_check}, {"copy", copy}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
