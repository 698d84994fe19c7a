/* SPDX-License-Identifier: MIT */
/* lsession: neap.session_c, the C half of neap.backtest. */
#include "lua/lsession.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/record.h"
#include "base/shelter.h"

#define RUN_TYPE "neap.session_run"

int luaopen_neap_session_c(lua_State *L);

static const int64_t progress_pause = NEAP_SECOND / 10;

/* Closing a store writes. */
static void release(session_run *run) {
  neap_shelter shelter;
  neap_shelter_enter(&shelter);
  neap_strategy_cell_free(run->cell);
  neap_session_close(run->session);
  for (size_t i = 0; i < NEAP_STRATEGY_PRODUCTS; i++) neap_feed_close(run->feeds[i]);
  neap_buffer_fini(&run->details);
  neap_buffer_fini(&run->text);
  memset(run, 0, sizeof *run);
  neap_shelter_leave(&shelter);
}

static int run_gc(lua_State *L) {
  release(luaL_checkudata(L, 1, RUN_TYPE));
  return 0;
}

static session_run *new_run(lua_State *L) {
  session_run *run = lua_newuserdatauv(L, sizeof *run, 0);
  memset(run, 0, sizeof *run);
  neap_buffer_init(&run->details);
  neap_buffer_init(&run->text);
  if (luaL_newmetatable(L, RUN_TYPE)) {
    lua_pushcfunction(L, run_gc);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  run->L = L;
  return run;
}

/* The caller's functions are heard, but what they raise cannot end a run half-way. */
static void on_log(void *context, const char *level, const char *line) {
  session_run *run = context;
  if (lua_getfield(run->L, run->callbacks, "on_log") == LUA_TNIL) {
    lua_pop(run->L, 1);
    return;
  }
  lua_pushstring(run->L, level);
  lua_pushstring(run->L, line);
  neap_call(run->L, 2, 0, NULL);
}

static bool stop_asked(const session_run *run) {
  sigset_t pending;
  sigpending(&pending);
  return (sigismember(&pending, SIGINT) && sigismember(&run->stop_signals, SIGINT)) ||
         (sigismember(&pending, SIGTERM) && sigismember(&run->stop_signals, SIGTERM));
}

static bool on_progress(void *context, uint64_t bars, int64_t time) {
  session_run *run = context;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  int64_t ns = now.tv_sec * NEAP_SECOND + now.tv_nsec;
  if (stop_asked(run)) return false;
  if (ns < run->next_progress) return true;
  run->next_progress = ns + progress_pause;
  if (lua_getfield(run->L, run->callbacks, "on_progress") == LUA_TNIL) {
    lua_pop(run->L, 1);
    return true;
  }
  lua_pushinteger(run->L, (lua_Integer)bars);
  lua_pushinteger(run->L, time);
  neap_call(run->L, 2, 0, NULL);
  return true;
}

static neap_status check_products(const session_run *run, const neap_strategy *strategy, neap_fault *fault) {
  const char *known[NEAP_STRATEGY_PRODUCTS];
  uint32_t count = run->options.session.product_count;
  for (uint32_t i = 0; i < count; i++) known[i] = run->products[i].id;
  for (uint32_t i = 0; i < strategy->product_count; i++) {
    bool found = false;
    for (uint32_t k = 0; !found && k < count; k++) found = strcmp(strategy->products[i], known[k]) == 0;
    if (found) continue;
    neap_fail(fault, NEAP_INVALID, "product_without_data", "strategy %s trades %s: give its bars with --data %s=FILE",
              strategy->name, strategy->products[i], strategy->products[i]);
    return NEAP_INVALID;
  }
  return NEAP_OK;
}

static neap_status load_strategy(session_run *run, neap_fault *fault) {
  neap_session_options *session = &run->options.session;
  neap_status status = neap_strategy_cell_new(&run->strategy, &run->cell, fault);
  if (status != NEAP_OK) return status;
  session->strategy = neap_strategy_cell_strategy(run->cell);
  neap_record_map(&run->details, "params");
  status = neap_strategy_cell_params(run->cell, &run->details, fault);
  neap_record_end(&run->details);
  session->details = run->details.data;
  session->details_size = run->details.size;
  return status == NEAP_OK ? check_products(run, session->strategy, fault) : status;
}

static neap_status load(lua_State *L, session_run *run, neap_fault *fault) {
  neap_shelter shelter;
  neap_shelter_enter(&shelter);
  neap_status status = load_strategy(run, fault);
  neap_shelter_leave(&shelter);
  return status == NEAP_OK ? session_run_open_feeds(L, 1, run, fault) : status;
}

static neap_status run_guarded(session_run *run, neap_fault *fault) {
  sigset_t before;
  neap_shelter shelter;
  sigemptyset(&run->stop_signals);
  sigaddset(&run->stop_signals, SIGINT);
  sigaddset(&run->stop_signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &run->stop_signals, &before);
  neap_shelter_enter(&shelter);
  neap_status status = neap_backtest_run(&run->options, &run->session, &run->report, fault);
  neap_shelter_leave(&shelter);
  const struct timespec at_once = {0};
  if (stop_asked(run)) sigtimedwait(&run->stop_signals, NULL, &at_once); /* heard: it shall not strike again */
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return status;
}

static int backtest(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  session_run *run = new_run(L);
  neap_fault fault = {0};
  run->callbacks = 1;
  session_run_read(L, 1, run);
  run->options.session.log = on_log;
  run->options.session.log_context = run;
  run->options.progress = on_progress;
  run->options.progress_context = run;
  neap_status status = load(L, run, &fault);
  if (status == NEAP_OK) status = run_guarded(run, &fault);
  if (status == NEAP_OK) status = session_run_push(L, run, &fault);
  release(run);
  return status == NEAP_OK ? 1 : neap_push_fault(L, &fault);
}

static int is_terminal(lua_State *L) {
  lua_pushboolean(L, isatty((int)luaL_checkinteger(L, 1)));
  return 1;
}

NEAP_EXPORT int luaopen_neap_session_c(lua_State *L) {
  static const luaL_Reg functions[] = {{"backtest", backtest}, {"is_terminal", is_terminal}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
