/* SPDX-License-Identifier: MIT */
/* lchild: neap.child: a program that is started beside this one and outlives it. */
#include <signal.h>

#include "base/child.h"
#include "lua/lneap.h"

#define CHILD_TYPE "neap.child"

enum { WORDS = 64, SETTINGS = 16 };

NEAP_EXPORT int luaopen_neap_child(lua_State *L);

typedef struct child {
  pid_t pid;
  bool is_over;
  int code;
} child;

static child *check(lua_State *L) { return luaL_checkudata(L, 1, CHILD_TYPE); }

static bool look(child *self) {
  if (!self->is_over) self->is_over = neap_child_ended(self->pid, &self->code);
  return self->is_over;
}

/* ended() → its exit code, 128 + n of signal n; nil: it runs */
static int ended(lua_State *L) {
  child *self = check(L);
  if (!look(self)) return lua_pushnil(L), 1;
  lua_pushinteger(L, self->code);
  return 1;
}

static int pid_of(lua_State *L) {
  lua_pushinteger(L, check(L)->pid);
  return 1;
}

/* signal "TERM" or "KILL": true where it was still there to be sent one */
static int send(lua_State *L) {
  static const char *const names[] = {"TERM", "KILL", NULL};
  static const int numbers[] = {SIGTERM, SIGKILL};
  child *self = check(L);
  int which = luaL_checkoption(L, 2, NULL, names);
  lua_pushboolean(L, !look(self) && kill(self->pid, numbers[which]) == 0);
  return 1;
}

static int show(lua_State *L) {
  child *self = check(L);
  if (look(self))
    lua_pushfstring(L, "child %d, ended with %d", (int)self->pid, self->code);
  else
    lua_pushfstring(L, "child %d", (int)self->pid);
  return 1;
}

/* The texts are Lua's, in the table at `table`, which holds them. */
static void read_texts(lua_State *L, int table, const char **out, int most, const char *what) {
  lua_Integer count = luaL_len(L, table);
  if (count > most) luaL_error(L, "start: %s has at most %d members, not %d", what, most, (int)count);
  for (lua_Integer i = 1; i <= count; i++, lua_pop(L, 1))
    if (lua_geti(L, table, i) == LUA_TSTRING)
      out[i - 1] = lua_tostring(L, -1);
    else
      luaL_error(L, "start: %s is a list of texts", what);
  out[count] = NULL;
}

/* start(words, settings) → a child, or nil and a fault */
static int start(lua_State *L) {
  const char *words[WORDS + 1], *settings[SETTINGS + 1] = {NULL};
  neap_fault fault = {0};
  luaL_checktype(L, 1, LUA_TTABLE);
  read_texts(L, 1, words, WORDS, "words");
  luaL_argcheck(L, words[0] != NULL, 1, "the program's name is missing");
  if (!lua_isnoneornil(L, 2)) {
    luaL_checktype(L, 2, LUA_TTABLE);
    read_texts(L, 2, settings, SETTINGS, "settings");
  }
  child *self = lua_newuserdatauv(L, sizeof *self, 0);
  *self = (child){.is_over = true};
  luaL_setmetatable(L, CHILD_TYPE);
  if (neap_child_start(words, settings, &self->pid, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  self->is_over = false;
  return 1;
}

/* One that was let go is nobody's to wait for: it is reaped if it has ended, and goes on if it has not. */
static int forget(lua_State *L) {
  look(check(L));
  return 0;
}

int luaopen_neap_child(lua_State *L) {
  static const luaL_Reg functions[] = {{"start", start}, {NULL, NULL}};
  static const luaL_Reg methods[] = {{"ended", ended}, {"pid", pid_of}, {"signal", send}, {NULL, NULL}};
  static const luaL_Reg meta[] = {{"__gc", forget}, {"__tostring", show}, {NULL, NULL}};
  luaL_newmetatable(L, CHILD_TYPE);
  luaL_setfuncs(L, meta, 0);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  luaL_newlib(L, functions);
  return 1;
}
