/* SPDX-License-Identifier: MIT */
/* lsession_object: a session that is opened, stepped, stopped and closed; neap.session wraps it in what a person sees.
 */
#include "base/shelter.h"
#include "lua/lsession.h"

#define OBJECT_TYPE "neap.session_object"

/* NULL: it is collected, and somebody's finalizer, which came after, still has it. */
session_run *session_object_check(lua_State *L, int index) {
  session_run *run = *(session_run **)luaL_checkudata(L, index, OBJECT_TYPE);
  if (!run || !run->open) luaL_error(L, "the session is closed");
  return run;
}

session_run *session_object_begin(lua_State *L) {
  session_run *run = session_object_check(L, 1);
  if (run->stopped) luaL_error(L, "the session is stopped: it can be read, not driven");
  if (run->busy) luaL_error(L, "the session is at work: on_log and on_progress cannot drive it");
  lua_getiuservalue(L, 1, 1);
  run->callbacks = lua_gettop(L);
  run->L = L;
  run->busy = true;
  return run;
}

void session_object_pause(session_run *run) {
  run->busy = false;
  run->L = NULL;
}

void session_object_done(session_run *run) {
  neap_session_rest(run->session);
  session_object_pause(run);
}

int session_object_failed(lua_State *L, const char *what, neap_status status, const neap_fault *fault) {
  if (status != NEAP_INVALID) return neap_push_fault(L, fault);
  return luaL_error(L, "%s: %s%s%s", what, fault->message, fault->nearest[0] ? "; nearest: " : "", fault->nearest);
}

neap_status session_object_act(session_run *run, uint32_t seat, session_act *act, const void *argument,
                               neap_fault *fault) {
  neap_shelter shelter;
  neap_shelter_enter(&shelter);
  neap_status status = neap_session_act(run->session, seat, act, argument, fault);
  neap_shelter_leave(&shelter);
  return status;
}

static neap_status find_desk(neap_desk *desk, const void *argument, neap_fault *fault) {
  (void)fault;
  **(neap_desk * *const *)argument = desk;
  return NEAP_OK;
}

static neap_status open_driver(session_run *run, neap_fault *fault) {
  neap_status status =
      run->outside ? session_wire_open(run, fault) : neap_backtest_open(&run->options, &run->driver, fault);
  if (status != NEAP_OK) return status;
  if (run->driver) run->session = neap_backtest_session(run->driver);
  for (uint32_t i = 0; status == NEAP_OK && i < run->seat_count; i++) {
    neap_desk **place = &run->desks[i];
    status = neap_session_act(run->session, i, find_desk, &place, fault);
  }
  return status;
}

static neap_status step_on(session_run *run, neap_fault *fault) {
  return neap_backtest_step(run->driver, run->instants, fault);
}

/* A session with a feed that runs is turned (lsession_wire). */
static session_run *begin_stepped(lua_State *L) {
  session_run *run = session_object_begin(L);
  if (run->driver) return run;
  session_object_pause(run);
  luaL_error(L, "the session has a feed that runs: it cannot be stepped");
  return NULL;
}

/* bars that closed in this call, and "end" or "interrupted" */
static int drive(lua_State *L, uint64_t instants) {
  neap_fault fault = {0};
  session_run *run = begin_stepped(L);
  uint64_t before = run->report.bars;
  run->instants = instants;
  neap_status status = session_run_guarded(run, step_on, &fault);
  neap_backtest_report_get(run->driver, &run->report);
  session_object_done(run);
  if (status != NEAP_OK && status != NEAP_END) return neap_push_fault(L, &fault);
  lua_pushinteger(L, (lua_Integer)(run->report.bars - before));
  if (status == NEAP_END)
    lua_pushliteral(L, "end");
  else if (run->report.interrupted)
    lua_pushliteral(L, "interrupted");
  else
    lua_pushnil(L);
  return 2;
}

static int object_run(lua_State *L) { return drive(L, UINT64_MAX); }

static int object_step(lua_State *L) {
  lua_Integer instants = luaL_checkinteger(L, 2);
  luaL_argcheck(L, instants > 0, 2, "at least 1 is wanted");
  return drive(L, (uint64_t)instants);
}

static neap_status finish(session_run *run, neap_fault *fault) {
  if (run->wire) return session_wire_stop(run, run->words, fault);
  return neap_backtest_finish(run->driver, run->words, fault);
}

static int object_stop(lua_State *L) {
  neap_fault fault = {0};
  const char *reason = luaL_checkstring(L, 2);
  session_run *run = session_object_begin(L);
  run->words = reason;
  neap_status status = session_run_guarded(run, finish, &fault);
  session_object_done(run);
  run->stopped = true;
  if (status == NEAP_OK) status = session_run_push(L, run, &fault);
  return status == NEAP_OK ? 1 : neap_push_fault(L, &fault);
}

/* Idempotent. Without a stop the journal ends where it is, as after a crash. */
static int object_close(lua_State *L) {
  session_run *run = *(session_run **)luaL_checkudata(L, 1, OBJECT_TYPE);
  if (run && run->busy) luaL_error(L, "the session is at work: it cannot be closed");
  if (run && run->open) session_run_release(run);
  return 0;
}

static int object_is(lua_State *L) {
  const session_run *run = *(session_run **)luaL_checkudata(L, 1, OBJECT_TYPE);
  lua_pushstring(L, !run || !run->open ? "closed" : run->stopped ? "stopped" : run->busy ? "working" : "open");
  return 1;
}

static const luaL_Reg methods[] = {{"run", object_run},       {"step", object_step}, {"stop", object_stop},
                                   {"release", object_close}, {"is", object_is},     {NULL, NULL}};

/* Made by session_run_new at the first opening, with its __gc. */
static void add_methods(lua_State *L, int object) {
  lua_getmetatable(L, object);
  if (lua_getfield(L, -1, "__index") == LUA_TNIL) {
    lua_newtable(L);
    luaL_setfuncs(L, methods, 0);
    luaL_setfuncs(L, session_order_methods, 0);
    luaL_setfuncs(L, session_view_methods, 0);
    luaL_setfuncs(L, session_sight_methods, 0);
    luaL_setfuncs(L, session_mode_methods, 0);
    luaL_setfuncs(L, session_reconcile_methods, 0);
    luaL_setfuncs(L, session_configure_methods, 0);
    luaL_setfuncs(L, session_clock_methods, 0);
    luaL_setfuncs(L, session_wire_methods, 0);
    luaL_setfuncs(L, session_fork_methods, 0);
    lua_setfield(L, -3, "__index");
  }
  lua_pop(L, 2);
}

int session_object_open(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  session_run *run = session_run_new(L, OBJECT_TYPE);
  neap_fault fault = {0};
  add_methods(L, 2);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, 2, 1);
  run->callbacks = 1;
  session_run_read(L, 1, run);
  neap_status status = session_run_load(L, 1, run, &fault);
  if (status == NEAP_OK) status = session_run_guarded(run, open_driver, &fault);
  run->L = NULL;
  run->open = status == NEAP_OK;
  if (run->open) return neap_session_rest(run->session), 1;
  session_run_release(run);
  return neap_push_fault(L, &fault);
}
