/* SPDX-License-Identifier: MIT */
/* cell_coroutine: coroutines and protected calls that know which coroutine runs, and that let no stop be caught. */
#include <string.h>

#include <lualib.h>

#include "lua/cell_parts.h"

enum { CLOSING_MAX = 50 };

/* L runs again, after a call that may have run elsewhere or ended with an error. */
static void return_to(lua_State *L, int result) {
  neap_cell_watch *watch = &neap_cell_of(L)->watch;
  watch->current = L;
  if (result == LUA_ERRMEM) watch->stop = NEAP_CELL_MEMORY;
  if (!neap_cell_is_stopped(L)) return;
  neap_cell_arm(L);
  neap_cell_raise_stop(L);
}

static int finish_protected(lua_State *L, int result, lua_KContext dropped) {
  return_to(L, result);
  bool failed = result != LUA_OK && result != LUA_YIELD;
  if (!failed) return lua_gettop(L) - (int)dropped;
  lua_pushboolean(L, 0);
  lua_pushvalue(L, -2);
  return 2;
}

static int protected_call(lua_State *L) {
  luaL_checkany(L, 1);
  lua_pushboolean(L, 1);
  lua_insert(L, 1);
  return finish_protected(L, lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, finish_protected), 0);
}

/* Hooks are off while an error raised by a hook is handled: the script's handler may not run then, it could run for
 * ever. upvalue 1: that handler */
static int handle_message(lua_State *L) {
  if (neap_cell_is_stopped(L)) return 1;
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, 1);
  return 1;
}

static int protected_call_handled(lua_State *L) {
  int count = lua_gettop(L);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_pushvalue(L, 2);
  lua_pushcclosure(L, handle_message, 1);
  lua_replace(L, 2);
  lua_pushboolean(L, 1);
  lua_pushvalue(L, 1);
  lua_rotate(L, 3, 2);
  return finish_protected(L, lua_pcallk(L, count - 2, LUA_MULTRET, 2, 2, finish_protected), 2);
}

static lua_State *check_thread(lua_State *L, int index) {
  lua_State *co = lua_tothread(L, index);
  luaL_argexpected(L, co, index, "coroutine");
  return co;
}

/* Runs, or waits for one that it resumed: it has a frame and did not yield. */
static bool is_running(lua_State *L, lua_State *co) {
  lua_Debug frame;
  return co == L || (lua_status(co) == LUA_OK && lua_getstack(co, 0, &frame));
}

/* Its __close handlers run on the coroutine itself, and Lua does not count how deep the C stack is then. A coroutine
 * that died in the hook keeps its hooks off, so that its handlers could not be stopped: it is never reset. */
static int reset_thread(lua_State *L, lua_State *co) {
  neap_cell *cell = neap_cell_of(L);
  if (cell->closing >= CLOSING_MAX) return luaL_error(L, "C stack overflow: coroutines that close each other");
  cell->closing++;
  cell->watch.current = co;
  int status = lua_resetthread(co);
  cell->closing--;
  return_to(L, status);
  return status;
}

/* −1: there is an error on the top of L; else the number of values there. */
static int resume_thread(lua_State *L, lua_State *co, int count) {
  int results;
  if (!lua_checkstack(co, count)) return lua_pushliteral(L, "too many arguments to resume"), -1;
  lua_xmove(L, co, count);
  neap_cell_of(L)->watch.current = co;
  int result = lua_resume(co, L, count, &results);
  return_to(L, result);
  bool failed = result != LUA_OK && result != LUA_YIELD;
  if (!failed && lua_checkstack(L, results + 1)) return lua_xmove(co, L, results), results;
  if (failed) return lua_xmove(co, L, 1), -1;
  lua_pop(co, results);
  return lua_pushliteral(L, "too many results to resume"), -1;
}

static int resume(lua_State *L) {
  lua_State *co = check_thread(L, 1);
  int count = resume_thread(L, co, lua_gettop(L) - 1);
  lua_pushboolean(L, count >= 0);
  if (count < 0) count = 1;
  lua_insert(L, -(count + 1));
  return count + 1;
}

/* The variables of a coroutine that raised are closed, which may change its error, at the top of L. */
static void close_failed(lua_State *L, lua_State *co) {
  int status = lua_status(co);
  if (status == LUA_OK || status == LUA_YIELD || neap_cell_is_armed(co) || !lua_checkstack(co, 1)) return;
  lua_xmove(L, co, 1);
  if (reset_thread(L, co) == LUA_OK)
    lua_pushnil(L);
  else
    lua_xmove(co, L, 1);
}

/* The error of a coroutine passes through with its place, as the stock wrap has it. */
static int resume_wrapped(lua_State *L) {
  lua_State *co = lua_tothread(L, lua_upvalueindex(1));
  int count = resume_thread(L, co, lua_gettop(L));
  if (count >= 0) return count;
  close_failed(L, co);
  if (lua_type(L, -1) == LUA_TSTRING) {
    luaL_where(L, 1);
    lua_insert(L, -2);
    lua_concat(L, 2);
  }
  return lua_error(L);
}

static int wrap(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_State *co = lua_newthread(L);
  lua_pushvalue(L, 1);
  lua_xmove(L, co, 1);
  lua_pushcclosure(L, resume_wrapped, 1);
  return 1;
}

static int close_thread(lua_State *L) {
  lua_State *co = check_thread(L, 1);
  if (is_running(L, co)) return luaL_error(L, "cannot close a running coroutine");
  if (neap_cell_is_armed(co)) return luaL_error(L, "coroutine.close: this coroutine was stopped by a limit");
  bool closed = reset_thread(L, co) == LUA_OK;
  lua_pushboolean(L, closed);
  if (closed) return 1;
  lua_xmove(co, L, 1);
  return 2;
}

void neap_cell_open_coroutine(lua_State *L) {
  luaL_requiref(L, LUA_COLIBNAME, luaopen_coroutine, 1);
  lua_pushcfunction(L, close_thread);
  lua_setfield(L, -2, "close");
  lua_pushcfunction(L, resume);
  lua_setfield(L, -2, "resume");
  lua_pushcfunction(L, wrap);
  lua_setfield(L, -2, "wrap");
  lua_pop(L, 1);
  lua_register(L, "pcall", protected_call);
  lua_register(L, "xpcall", protected_call_handled);
}
