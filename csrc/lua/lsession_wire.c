/* SPDX-License-Identifier: MIT */
/* lsession_wire: a session object that is driven by a feed that runs: turned by the loop of its process, and left in
 * two steps. */
#include "base/clock.h"
#include "base/shelter.h"
#include "lua/laccount.h"
#include "lua/loutside.h"
#include "lua/lrun.h"
#include "lua/lsession.h"

static int64_t loop_time(const neap_outside *outside) {
  return outside->inputs ? neap_inputs_now(outside->inputs) : neap_loop_now();
}

/* The machine's time when it began, and from there on by the clock that never jumps. */
static int64_t session_now(void *self) {
  session_run *run = self;
  int64_t at = loop_time(run->outside);
  int64_t now = run->pace.speed == 1 ? run->pace.session + (at - run->pace.wall) : neap_pace_session(&run->pace, at);
  if (now > run->latest) run->latest = now;
  return run->latest;
}

static int64_t machine_time(const neap_outside *outside) {
  neap_clock clock = neap_clock_real();
  return outside->inputs ? neap_inputs_wall(outside->inputs) : neap_clock_now(&clock);
}

static const neap_broker *make_broker(void *self, const neap_broker *simulator, const neap_broker_sink *sink) {
  const neap_outside *outside = self;
  (void)simulator;
  outside->hear(outside->self, sink);
  return outside->broker;
}

static int64_t count_field(lua_State *L, const char *name, int64_t fallback) {
  lua_getfield(L, -1, name);
  int64_t value = luaL_optinteger(L, -1, fallback);
  lua_pop(L, 1);
  return value;
}

static double speed_field(lua_State *L) {
  lua_getfield(L, -1, "speed");
  double speed = luaL_optnumber(L, -1, 1);
  lua_pop(L, 1);
  if (!(speed > 0)) luaL_error(L, "outside: speed is above 0");
  return speed;
}

void session_wire_read(lua_State *L, int table, session_run *run) {
  static const char *const words[] = {"pointer", "bars",  "history",     "start", "at",
                                      "speed",   "owner", "reads_files", NULL};
  if (lua_getfield(L, table, "outside") == LUA_TTABLE) {
    neap_check_options(L, lua_gettop(L), "outside", words);
    lua_getfield(L, -1, "pointer");
    run->outside = lua_touserdata(L, -1);
    lua_pop(L, 1);
    if (!run->outside) luaL_error(L, "outside: a pointer is wanted");
    run->wire_options.feed = run->outside->feed;
    run->wire_options.books = run->outside->books;
    run->wire_options.frame = count_field(L, "bars", 60 * NEAP_SECOND);
    run->wire_options.history = (uint32_t)count_field(L, "history", 0);
    run->reads_files = neap_field_flag(L, lua_gettop(L), "outside", "reads_files");
    run->pace = (neap_pace){.speed = speed_field(L),
                            .wall = count_field(L, "at", 0),
                            .session = count_field(L, "start", machine_time(run->outside))};
  }
  lua_pop(L, 1);
}

neap_status session_wire_open(session_run *run, neap_fault *fault) {
  if (run->pace.wall == 0) run->pace.wall = loop_time(run->outside);
  run->wire_options.session = run->options.session;
  run->wire_options.now = session_now;
  run->wire_options.self = run;
  if (run->outside->broker)
    run->wire_options.session.broker = (neap_broker_maker){.self = (void *)run->outside, .make = make_broker};
  neap_status status = neap_wire_open(&run->wire_options, &run->wire, fault);
  if (run->wire) run->session = neap_wire_session(run->wire);
  return status;
}

static session_run *begin(lua_State *L) {
  session_run *run = session_object_begin(L);
  if (run->wire) return run;
  session_object_pause(run);
  luaL_error(L, "the session has no feed that runs: it is stepped or released");
  return NULL;
}

static int answer(lua_State *L, session_run *run, neap_status status, const neap_fault *fault) {
  neap_wire_report report;
  neap_wire_report_get(run->wire, &report);
  run->report.bars = report.bars;
  session_object_done(run);
  if (status != NEAP_OK) return neap_push_fault(L, fault);
  lua_pushinteger(L, (lua_Integer)report.bars);
  return 1;
}

/* turn(loop, wake): what comes until `wake` (of the loop's clock), or until something is due → bars closed so far */
static int turn(lua_State *L) {
  neap_fault fault = {0};
  neap_shelter shelter;
  neap_run_loop *loop = neap_check_run_loop(L, 2);
  int64_t wake = luaL_checkinteger(L, 3);
  session_run *run = begin(L);
  neap_shelter_enter(&shelter);
  bool is_whole = neap_run_loop_turn(loop, neap_wire_wake(run->wire, loop_time(run->outside), wake));
  neap_status status = is_whole ? neap_wire_work(run->wire, &fault) : NEAP_OK;
  neap_shelter_leave(&shelter);
  return answer(L, run, status, &fault);
}

static neap_on_stop check_way(lua_State *L, int index) {
  static const char *const words[] = {"keep", "cancel", "flatten", NULL};
  return (neap_on_stop)luaL_checkoption(L, index, NULL, words);
}

/* wind_down(reason, how): entries, or everything, are told to go */
static int wind_down(lua_State *L) {
  neap_fault fault = {0};
  neap_shelter shelter;
  const char *reason = luaL_checkstring(L, 2);
  neap_on_stop how = check_way(L, 3);
  session_run *run = begin(L);
  neap_shelter_enter(&shelter);
  neap_status status = neap_wire_wind_down(run->wire, reason, how, &fault);
  neap_shelter_leave(&shelter);
  return answer(L, run, status, &fault);
}

static int is_quiet(lua_State *L) {
  session_run *run = begin(L);
  lua_pushboolean(L, neap_wire_is_quiet(run->wire));
  session_object_pause(run);
  return 1;
}

static int is_warm(lua_State *L) {
  session_run *run = begin(L);
  lua_pushboolean(L, neap_wire_is_warm(run->wire));
  session_object_pause(run);
  return 1;
}

neap_status session_wire_stop(session_run *run, const char *reason, neap_fault *fault) {
  return neap_wire_stop(run->wire, reason, fault);
}

const luaL_Reg session_wire_methods[] = {
    {"turn", turn}, {"wind_down", wind_down}, {"is_quiet", is_quiet}, {"is_warm", is_warm}, {NULL, NULL}};
