/* SPDX-License-Identifier: MIT */
/* lsession_mode: kill, reduce_only, resume, flatten, dead_man of a session object: each says who and why. */
#include "lua/lsession.h"
#include "session/dead_man.h"
#include "session/mode.h"

static const char by_operator[] = "operator";

static neap_status take_mode(session_run *run, neap_fault *fault) {
  return neap_session_set_mode(run->session, run->wanted, run->words, run->who, fault);
}

static neap_status flatten(session_run *run, neap_fault *fault) {
  return neap_session_flatten(run->session, run->words, run->who, &run->closing, fault);
}

/* `who` is the index of an argument that names the operator. */
static int act(lua_State *L, int who, neap_mode wanted, neap_status (*work)(session_run *run, neap_fault *fault)) {
  neap_fault fault = {0};
  const char *why = luaL_checkstring(L, 2), *whose = luaL_optstring(L, who, by_operator);
  session_run *run = session_object_begin(L);
  run->words = why;
  run->who = whose;
  run->wanted = wanted;
  neap_status status = session_run_guarded(run, work, &fault);
  session_object_done(run);
  if (status != NEAP_OK) return neap_push_fault(L, &fault);
  if (work == flatten)
    lua_pushinteger(L, run->closing);
  else
    lua_pushboolean(L, true);
  return 1;
}

static int object_kill(lua_State *L) { return act(L, 3, NEAP_MODE_HALTED, take_mode); }
static int object_resume(lua_State *L) { return act(L, 3, NEAP_MODE_NORMAL, take_mode); }
static int object_flatten(lua_State *L) { return act(L, 3, NEAP_MODE_NORMAL, flatten); }

/* reduce_only(why, on, who): off leads back from reduce_only, not from halted. */
static int object_reduce_only(lua_State *L) {
  bool on = lua_toboolean(L, 3);
  const session_run *run = session_object_check(L, 1);
  neap_mode mode = neap_session_mode(run->session);
  return act(L, 4, on || mode == NEAP_MODE_HALTED ? NEAP_MODE_REDUCE_ONLY : NEAP_MODE_NORMAL, take_mode);
}

static neap_status dead_man(session_run *run, neap_fault *fault) {
  return neap_session_dead_man(run->session, run->who, run->words, &run->entries, fault);
}

/* dead_man(source, reason) → how many entries are told to go */
static int object_dead_man(lua_State *L) {
  neap_fault fault = {0};
  const char *source = luaL_checkstring(L, 2), *reason = luaL_checkstring(L, 3);
  session_run *run = session_object_begin(L);
  run->words = reason;
  run->who = source;
  neap_status status = session_run_guarded(run, dead_man, &fault);
  session_object_done(run);
  if (status != NEAP_OK) return neap_push_fault(L, &fault);
  lua_pushinteger(L, run->entries);
  return 1;
}

const luaL_Reg session_mode_methods[] = {{"kill", object_kill},         {"reduce_only", object_reduce_only},
                                         {"resume", object_resume},     {"flatten", object_flatten},
                                         {"dead_man", object_dead_man}, {NULL, NULL}};
