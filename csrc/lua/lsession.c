/* SPDX-License-Identifier: MIT */
/* lsession: neap.session_c, the C half of neap.backtest and neap.session: what every run needs, and a back-test. */
#include "lua/lsession.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/record.h"
#include "base/shelter.h"

#define RUN_TYPE "neap.session_run"

int luaopen_neap_session_c(lua_State *L);

static const int64_t progress_pause = NEAP_SECOND / 10;

/* Strategies go before the session that their handles point into. Closing a store writes. */
static void release(session_run *run) {
  neap_shelter shelter;
  neap_shelter_enter(&shelter);
  for (uint32_t i = 0; i < run->strategy_count; i++) neap_strategy_cell_free(run->strategies[i].cell);
  memset(run->desks, 0, sizeof run->desks);
  if (run->wire)
    neap_wire_close(run->wire);
  else if (run->driver)
    neap_backtest_close(run->driver);
  else
    neap_session_close(run->session);
  for (size_t i = 0; i < NEAP_STRATEGY_PRODUCTS; i++) neap_feed_close(run->feeds[i]);
  neap_buffer_fini(&run->details);
  neap_buffer_fini(&run->text);
  neap_order_metrics_reporter_free(run->metrics);
  memset(&run->driver, 0, sizeof *run - offsetof(session_run, driver));
  neap_shelter_leave(&shelter);
}

void session_run_release(session_run *run) {
  release(run);
  run->open = false;
}

static int run_gc(lua_State *L) {
  session_run **box = lua_touserdata(L, 1);
  if (!*box) return 0;
  release(*box);
  free(*box);
  *box = NULL;
  return 0;
}

/* On the heap: Lua aligns for its own types, and a decimal wants more. */
session_run *session_run_new(lua_State *L, const char *type) {
  session_run **box = lua_newuserdatauv(L, sizeof *box, 1);
  *box = NULL;
  if (luaL_newmetatable(L, type)) {
    lua_pushcfunction(L, run_gc);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  session_run *run = *box = calloc(1, sizeof *run);
  if (!run) luaL_error(L, "no memory for a session");
  neap_buffer_init(&run->details);
  neap_buffer_init(&run->text);
  run->L = L;
  return run;
}

/* The caller's functions are heard, but what they raise cannot end a run half-way. */
static void on_log(void *context, const char *level, const char *line) {
  session_run *run = context;
  if (!run->L || lua_getfield(run->L, run->callbacks, "on_log") == LUA_TNIL) {
    if (run->L) lua_pop(run->L, 1);
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

neap_status session_run_check_products(const session_run *run, const neap_strategy *strategy, neap_fault *fault) {
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

static neap_status load_strategy(session_run *run, uint32_t i, neap_fault *fault) {
  session_strategy *place = &run->strategies[i];
  neap_status status = neap_strategy_cell_new(&place->options, &place->cell, fault);
  if (status != NEAP_OK) return status;
  run->seats[i].strategy = neap_strategy_cell_strategy(place->cell);
  bool alone = run->strategy_count == 1;
  neap_record_map(&run->details, alone ? "params" : run->seats[i].strategy->name);
  status = neap_strategy_cell_params(place->cell, &run->details, fault);
  neap_record_end(&run->details);
  return status == NEAP_OK ? session_run_check_products(run, run->seats[i].strategy, fault) : status;
}

static neap_status load_strategies(session_run *run, neap_fault *fault) {
  neap_status status = NEAP_OK;
  bool many = run->strategy_count > 1;
  if (many) neap_record_map(&run->details, "params");
  for (uint32_t i = 0; status == NEAP_OK && i < run->strategy_count; i++) status = load_strategy(run, i, fault);
  if (many) neap_record_end(&run->details);
  return status;
}

neap_status session_run_load(lua_State *L, int index, session_run *run, neap_fault *fault) {
  neap_session_options *session = &run->options.session;
  session->log = on_log;
  session->log_context = run;
  run->options.progress = on_progress;
  run->options.progress_context = run;
  neap_shelter shelter;
  neap_shelter_enter(&shelter);
  neap_status status = load_strategies(run, fault);
  neap_shelter_leave(&shelter);
  session->strategy = run->strategy_count ? run->seats[0].strategy : NULL;
  session->seats = run->seat_count ? run->seats : NULL;
  session->seat_count = run->seat_count;
  session->details = run->details.data;
  session->details_size = run->details.size;
  return status == NEAP_OK ? session_run_open_feeds(L, index, run, fault) : status;
}

static neap_status sheltered(session_run *run, neap_status (*work)(session_run *run, neap_fault *fault),
                             neap_fault *fault) {
  neap_shelter shelter;
  neap_shelter_enter(&shelter);
  neap_status status = work(run, fault);
  neap_shelter_leave(&shelter);
  return status;
}

neap_status session_run_guarded(session_run *run, neap_status (*work)(session_run *run, neap_fault *fault),
                                neap_fault *fault) {
  sigset_t before;
  neap_shelter shelter;
  if (run->on_clock) return sheltered(run, work, fault);
  sigemptyset(&run->stop_signals);
  sigaddset(&run->stop_signals, SIGINT);
  sigaddset(&run->stop_signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &run->stop_signals, &before);
  neap_shelter_enter(&shelter);
  neap_status status = work(run, fault);
  neap_shelter_leave(&shelter);
  const struct timespec at_once = {0};
  bool ours = !sigismember(&before, SIGINT);
  if (ours && stop_asked(run)) sigtimedwait(&run->stop_signals, NULL, &at_once); /* it shall not strike again */
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return status;
}

static neap_status run_to_the_end(session_run *run, neap_fault *fault) {
  return neap_backtest_run(&run->options, &run->session, &run->report, fault);
}

static int backtest(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  session_run *run = session_run_new(L, RUN_TYPE);
  neap_fault fault = {0};
  run->callbacks = 1;
  session_run_read(L, 1, run);
  neap_status status = session_run_load(L, 1, run, &fault);
  if (status == NEAP_OK) status = session_run_guarded(run, run_to_the_end, &fault);
  if (status == NEAP_OK) status = session_run_push(L, run, &fault);
  session_run_release(run);
  return status == NEAP_OK ? 1 : neap_push_fault(L, &fault);
}

static int is_terminal(lua_State *L) {
  lua_pushboolean(L, isatty((int)luaL_checkinteger(L, 1)));
  return 1;
}

NEAP_EXPORT int luaopen_neap_session_c(lua_State *L) {
  static const luaL_Reg functions[] = {{"backtest", backtest},
                                       {"open", session_object_open},
                                       {"is_terminal", is_terminal},
                                       {"words", session_words},
                                       {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
