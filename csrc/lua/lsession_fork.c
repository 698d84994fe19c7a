/* SPDX-License-Identifier: MIT */
/* lsession_fork: a session object whose feed is played becomes another one: on paper, with other strategies. */
#include "base/record.h"
#include "base/shelter.h"
#include "lua/laccount.h"
#include "lua/loutside.h"
#include "lua/lsession.h"

/* What is asked for, and the cells that are made for it; those that nobody took go. */
typedef struct forking {
  neap_fork fork;
  neap_configuration change;
  session_strategy next[SESSION_RUN_STRATEGIES]; /* path NULL: the seat stays as it is */
  neap_buffer details;
} forking;

static const char *text(lua_State *L, int table, const char *name) {
  lua_getfield(L, table, name);
  const char *value = luaL_checkstring(L, -1);
  lua_pop(L, 1); /* the table keeps it */
  return value;
}

static int64_t number(lua_State *L, int table, const char *name) {
  lua_getfield(L, table, name);
  int64_t value = luaL_optinteger(L, -1, 0);
  lua_pop(L, 1);
  return value;
}

/* A list of {name, text}, in the strategy's table at the top. */
static void read_params(lua_State *L, session_strategy *out) {
  lua_getfield(L, -1, "params");
  lua_Integer count = luaL_len(L, -1);
  if (count > SESSION_RUN_PARAMS) luaL_error(L, "at most %d parameters", SESSION_RUN_PARAMS);
  for (lua_Integer i = 1; i <= count; i++, lua_pop(L, 3)) {
    lua_geti(L, -1, i);
    lua_geti(L, -1, 1);
    lua_geti(L, -2, 2);
    out->params[i - 1] = (neap_param_text){luaL_checkstring(L, -2), luaL_checkstring(L, -1)};
  }
  out->options.params = out->params;
  out->options.param_count = (size_t)count;
  lua_pop(L, 1);
}

static void read_strategy(lua_State *L, const session_run *run, session_strategy *out) {
  static const char *const words[] = {"path", "params", "reads_file", NULL};
  int table = lua_gettop(L);
  neap_check_options(L, table, "fork: strategies", words);
  bool reads_file = neap_field_flag(L, table, "fork: strategies", "reads_file");
  out->options = (neap_strategy_cell_options){.path = text(L, table, "path"),
                                              .lua_root = text(L, 2, "lua_root"),
                                              .seed = (uint64_t)number(L, 2, "seed"),
                                              .inputs = reads_file ? NULL : run->outside->inputs};
  read_params(L, out);
}

/* `strategies` has a table or false for each seat. */
static void read_fork(lua_State *L, session_run *run, forking *out) {
  static const char *const words[] = {"session", "event", "chain", "strategies", "change", "lua_root", "seed", NULL};
  luaL_checktype(L, 2, LUA_TTABLE);
  neap_check_options(L, 2, "fork", words);
  out->fork.session = text(L, 2, "session");
  out->fork.event = (uint64_t)number(L, 2, "event");
  out->fork.chain = text(L, 2, "chain");
  lua_getfield(L, 2, "strategies");
  for (uint32_t i = 0; i < run->strategy_count; i++, lua_pop(L, 1))
    if (lua_geti(L, -1, (lua_Integer)i + 1) == LUA_TTABLE) read_strategy(L, run, &out->next[i]);
  lua_pop(L, 1);
  if (lua_getfield(L, 2, "change") == LUA_TNIL) return;
  session_read_change(L, lua_gettop(L), run, &out->change);
  out->fork.change = &out->change;
}

static neap_status load(const session_run *run, forking *made, uint32_t i, neap_fault *fault) {
  session_strategy *next = &made->next[i];
  neap_status status = neap_strategy_cell_new(&next->options, &next->cell, fault);
  if (status != NEAP_OK) return status;
  const neap_strategy *strategy = made->fork.strategies[i] = neap_strategy_cell_strategy(next->cell);
  neap_record_map(&made->details, run->strategy_count == 1 ? "params" : strategy->name);
  status = neap_strategy_cell_params(next->cell, &made->details, fault);
  neap_record_end(&made->details);
  return status == NEAP_OK ? session_run_check_products(run, strategy, fault) : status;
}

static neap_status load_all(const session_run *run, forking *made, neap_fault *fault) {
  neap_status status = NEAP_OK;
  bool is_list = run->strategy_count > 1;
  if (is_list) neap_record_map(&made->details, "params");
  for (uint32_t i = 0; status == NEAP_OK && i < run->strategy_count; i++)
    if (made->next[i].options.path) status = load(run, made, i, fault);
  if (is_list) neap_record_end(&made->details);
  made->fork.details = made->details.data;
  made->fork.details_size = made->details.size;
  return status;
}

/* Whoever has the seat now stays, the other one goes. */
static void keep_taken(session_run *run, forking *made) {
  for (uint32_t i = 0; i < run->strategy_count; i++) {
    neap_strategy_cell *gone = made->next[i].cell;
    const neap_strategy *strategy = made->fork.strategies[i];
    if (!gone) continue;
    if (strategy && neap_session_seat_strategy(run->session, i) == strategy) {
      gone = run->strategies[i].cell;
      run->strategies[i].cell = made->next[i].cell;
      run->seats[i].strategy = strategy;
    }
    neap_strategy_cell_free(gone);
  }
}

static neap_status work(session_run *run, forking *made, neap_fault *fault) {
  neap_shelter shelter;
  neap_buffer_init(&made->details);
  neap_shelter_enter(&shelter);
  neap_status status = load_all(run, made, fault);
  if (status == NEAP_OK) status = neap_wire_fork(run->wire, &made->fork, fault);
  keep_taken(run, made);
  neap_shelter_leave(&shelter);
  neap_buffer_fini(&made->details);
  return status;
}

/* fork{ session =, event =, chain =, strategies = { { path =, params =, reads_file = } or false, … }, change = as
 * configure's, lua_root =, seed = } → the number of the last event; or nil and a fault */
static int object_fork(lua_State *L) {
  neap_fault fault = {0};
  session_run *open = session_object_check(L, 1);
  lua_settop(L, 2);
  if (!open->wire || !open->outside->inputs) return luaL_error(L, "fork: the session's feed is not played");
  forking *made = lua_newuserdatauv(L, sizeof *made, 0);
  *made = (forking){.details = {0}};
  read_fork(L, open, made);
  session_run *run = session_object_begin(L);
  neap_status status = work(run, made, &fault);
  session_object_done(run);
  if (made->fork.change) session_keep_policy(L, (lua_getfield(L, 2, "change"), lua_gettop(L)), run, &made->change);
  if (status != NEAP_OK) return neap_push_fault(L, &fault);
  lua_pushinteger(L, (lua_Integer)neap_event_store_count(neap_session_store(run->session)));
  return 1;
}

const luaL_Reg session_fork_methods[] = {{"fork", object_fork}, {NULL, NULL}};
