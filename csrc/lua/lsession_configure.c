/* SPDX-License-Identifier: MIT */
/* lsession_configure: limits, their sources and a policy are put in force in a session that is open. */
#include "lua/llimits.h"
#include "lua/lpolicy.h"
#include "lua/lsession.h"
#include "session/configure.h"

void session_read_sources(lua_State *L, int table, session_run *run) {
  lua_getfield(L, table, "limit_sources");
  if (lua_istable(L, -1)) {
    for (lua_Integer i = 0; i < SESSION_RUN_SOURCES; i++, lua_pop(L, 1))
      run->sources[i] = lua_geti(L, -1, i + 1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL; /* the table keeps it */
    run->options.session.limit_sources = run->sources;
  }
  lua_pop(L, 1);
}

static const char *text(lua_State *L, int table, const char *name) {
  lua_getfield(L, table, name);
  const char *value = luaL_optstring(L, -1, NULL);
  lua_pop(L, 1); /* the table keeps it */
  return value;
}

void session_read_change(lua_State *L, int table, session_run *run, neap_configuration *out) {
  static const char *const known[] = {"limits",        "limit_sources", "number", "who", "why",
                                      "engine_before", "engine_after",  "policy", NULL};
  luaL_checktype(L, table, LUA_TTABLE);
  neap_check_options(L, table, "configure", known);
  lua_getfield(L, table, "limits");
  out->limits = neap_test_limits(L, -1);
  if (!out->limits) luaL_error(L, "configure: limits are not an object of neap.limits");
  lua_getfield(L, table, "number");
  out->number = (uint64_t)luaL_optinteger(L, -1, 0);
  if (lua_getfield(L, table, "policy") != LUA_TNIL && !(out->policy = neap_test_policy(L, -1)))
    luaL_error(L, "configure: policy is not an object of neap.policy");
  lua_pop(L, 3);
  out->who = text(L, table, "who");
  out->why = text(L, table, "why");
  out->engine_before = text(L, table, "engine_before");
  out->engine_after = text(L, table, "engine_after");
  session_read_sources(L, table, run);
  out->sources = run->sources;
}

static neap_status configure(session_run *run, neap_fault *fault) {
  return neap_session_configure(run->session, run->change, fault);
}

/* The table of the change takes the place of the options' policy, which keeps it alive: also where what came behind
 * failed. */
void session_keep_policy(lua_State *L, int table, const session_run *run, const neap_configuration *change) {
  if (!change->policy || !neap_session_has_policy(run->session, change->policy)) return;
  lua_getiuservalue(L, 1, 1);
  lua_getfield(L, table, "policy");
  lua_setfield(L, -2, "policy");
  lua_pop(L, 1);
}

/* → the number in force. */
static int object_configure(lua_State *L) {
  neap_fault fault = {0};
  neap_configuration change = {.limits = NULL};
  lua_settop(L, 2);
  session_read_change(L, 2, session_object_check(L, 1), &change);
  session_run *run = session_object_begin(L);
  run->change = &change;
  neap_status status = session_run_guarded(run, configure, &fault);
  run->change = NULL;
  session_object_done(run);
  session_keep_policy(L, 2, run, &change);
  if (status != NEAP_OK) return neap_push_fault(L, &fault);
  lua_pushinteger(L, (lua_Integer)neap_session_configuration(run->session));
  return 1;
}

const luaL_Reg session_configure_methods[] = {{"configure", object_configure}, {NULL, NULL}};
