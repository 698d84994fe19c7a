/* SPDX-License-Identifier: MIT */
/* lsession_clock: a session object on a clock: what is next, letting it happen, and how it is left. */
#include "base/record.h"
#include "base/shelter.h"
#include "lua/lsession.h"
#include "session/loop.h"

/* next() → the moment (ns) of what happens next; nil: there is no more bar. */
static int next_moment(lua_State *L) {
  int64_t moment;
  const session_run *run = session_object_check(L, 1);
  if (!run->stopped && run->driver && neap_backtest_next(run->driver, &moment))
    lua_pushinteger(L, moment);
  else
    lua_pushnil(L);
  return 1;
}

typedef struct release_task {
  int64_t until, deadline;
  lua_Integer bars;
} release_task;

static bool is_due(const session_run *run, const release_task *task) {
  int64_t moment;
  return run->driver && neap_backtest_next(run->driver, &moment) && moment <= task->until;
}

static neap_status release(session_run *run, release_task *task, neap_fault *fault) {
  neap_status status = NEAP_OK;
  do {
    bool closed = false;
    if (!is_due(run, task)) break;
    status = neap_backtest_release(run->driver, &closed, fault);
    task->bars += closed;
  } while (status == NEAP_OK && neap_loop_now() < task->deadline);
  return status;
}

/* release_until(time, budget): what is due by `time`, for at most `budget` ns of work and whatever began in it → at how
 * many instants bars closed. */
static int release_until(lua_State *L) {
  neap_fault fault = {0};
  neap_shelter shelter;
  release_task task = {.until = luaL_checkinteger(L, 2)};
  task.deadline = neap_loop_now() + luaL_checkinteger(L, 3);
  session_run *run = session_object_begin(L);
  neap_shelter_enter(&shelter);
  neap_status status = release(run, &task, &fault);
  neap_shelter_leave(&shelter);
  neap_backtest_report_get(run->driver, &run->report);
  if (is_due(run, &task))
    session_object_pause(run); /* its budget ended, maybe within an instant */
  else
    session_object_done(run);
  if (status != NEAP_OK && status != NEAP_END) return neap_push_fault(L, &fault);
  lua_pushinteger(L, task.bars);
  return 1;
}

/* tick(time): the clock goes there. */
static int tick(lua_State *L) {
  neap_fault fault = {0};
  neap_shelter shelter;
  int64_t now = luaL_checkinteger(L, 2);
  session_run *run = session_object_begin(L);
  neap_shelter_enter(&shelter);
  neap_status status = neap_session_tick(run->session, now, &fault);
  neap_shelter_leave(&shelter);
  session_object_done(run);
  return neap_push_done(L, status, &fault);
}

/* leave(reason, "keep" | "cancel" | "flatten") → the table of results. */
static int leave(lua_State *L) {
  static const char *const words[] = {"keep", "cancel", "flatten", NULL};
  neap_fault fault = {0};
  neap_shelter shelter;
  const char *reason = luaL_checkstring(L, 2);
  neap_on_stop how = (neap_on_stop)luaL_checkoption(L, 3, NULL, words);
  session_run *run = session_object_begin(L);
  neap_shelter_enter(&shelter);
  neap_status status =
      run->wire ? session_wire_stop(run, reason, &fault) : neap_backtest_stop(run->driver, reason, how, &fault);
  neap_shelter_leave(&shelter);
  session_object_done(run);
  run->stopped = true;
  if (status == NEAP_OK) status = session_run_push(L, run, &fault);
  return status == NEAP_OK ? 1 : neap_push_fault(L, &fault);
}

/* settle(): what was journalled is durable. */
static int settle(lua_State *L) {
  neap_fault fault = {0};
  neap_shelter shelter;
  session_run *run = session_object_begin(L);
  neap_shelter_enter(&shelter);
  neap_status status = neap_session_settle(run->session, &fault);
  neap_shelter_leave(&shelter);
  session_object_done(run);
  return neap_push_done(L, status, &fault);
}

static void read_notes(lua_State *L, int list, neap_buffer *out) {
  lua_Integer count = luaL_len(L, list);
  for (lua_Integer i = 1; i <= count; i++, lua_pop(L, 3)) {
    lua_geti(L, list, i);
    lua_geti(L, -1, 1);
    lua_geti(L, -2, 2);
    neap_record_text(out, luaL_checkstring(L, -2), luaL_checkstring(L, -1));
  }
}

/* note(type, {{name, text}, …}): an event of the driver's. */
static int note(lua_State *L) {
  neap_fault fault = {0};
  const char *type = luaL_checkstring(L, 2);
  luaL_checktype(L, 3, LUA_TTABLE);
  session_run *run = session_object_check(L, 1);
  neap_buffer_clear(&run->text);
  read_notes(L, 3, &run->text);
  run = session_object_begin(L);
  neap_status status = neap_session_note(run->session, type, -1, &run->text, &fault);
  session_object_done(run);
  return neap_push_done(L, status, &fault);
}

const luaL_Reg session_clock_methods[] = {{"next", next_moment}, {"release_until", release_until},
                                          {"tick", tick},        {"note", note},
                                          {"settle", settle},    {"leave", leave},
                                          {NULL, NULL}};
