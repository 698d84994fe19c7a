/* SPDX-License-Identifier: MIT */
/* lsession_fork: a session object whose feed is played becomes another one: on paper, with other strategies. */
#include "base/record.h"
#include "base/shelter.h"
#include "base/utf8.h"
#include "lua/laccount.h"
#include "lua/loutside.h"
#include "lua/lsession.h"

/* What is asked for, and the cells that are made for it; those that nobody took go. */
typedef struct forking {
  neap_fork fork;
  neap_configuration change;
  session_strategy next[SESSION_RUN_STRATEGIES]; /* path NULL: the seat stays as it is */
  bool reads_file[SESSION_RUN_STRATEGIES];
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

static void read_strategy(lua_State *L, const session_run *run, forking *made, uint32_t i) {
  static const char *const words[] = {"path", "params", "reads_file", NULL};
  int table = lua_gettop(L);
  neap_check_options(L, table, "fork: strategies", words);
  session_strategy *out = &made->next[i];
  made->reads_file[i] = neap_field_flag(L, table, "fork: strategies", "reads_file");
  out->options = (neap_strategy_cell_options){.path = text(L, table, "path"),
                                              .lua_root = text(L, 2, "lua_root"),
                                              .seed = (uint64_t)number(L, 2, "seed"),
                                              .inputs = run->outside->inputs};
  read_params(L, out);
}

/* Of `asked`, in pairs { name, text, or a time as a whole number, or pairs again }: fields of the event. The list was
 * checked: no more is raised. */
static void append_asked(lua_State *L, int list, neap_buffer *out) {
  lua_Integer count = (lua_Integer)lua_rawlen(L, list);
  for (lua_Integer i = 1; i <= count; i++, lua_pop(L, 3)) {
    lua_rawgeti(L, list, i);
    lua_rawgeti(L, -1, 1);
    lua_rawgeti(L, -2, 2);
    const char *name = lua_tostring(L, -2);
    if (lua_istable(L, -1)) {
      neap_record_map(out, name);
      append_asked(L, lua_gettop(L), out);
      neap_record_end(out);
    } else if (lua_isinteger(L, -1))
      neap_record_time(out, name, lua_tointeger(L, -1));
    else
      neap_record_text(out, name, lua_tostring(L, -1));
  }
}

static void check_asked(lua_State *L, int list) {
  luaL_checkstack(L, 8, "fork: asked");
  luaL_checktype(L, list, LUA_TTABLE);
  lua_Integer count = luaL_len(L, list);
  for (lua_Integer i = 1; i <= count; i++, lua_pop(L, 3)) {
    luaL_argcheck(L, lua_rawgeti(L, list, i) == LUA_TTABLE, 2, "asked: pairs are wanted");
    luaL_argcheck(L, lua_rawgeti(L, -1, 1) == LUA_TSTRING, 2, "asked: a name is wanted");
    if (lua_rawgeti(L, -2, 2) == LUA_TTABLE)
      check_asked(L, lua_gettop(L));
    else
      luaL_argcheck(L, lua_isinteger(L, -1) || lua_type(L, -1) == LUA_TSTRING, 2, "asked: text or a time is wanted");
  }
}

/* `strategies` has a table or false for each seat. */
static void read_fork(lua_State *L, session_run *run, forking *out) {
  static const char *const words[] = {"session",  "event", "chain", "strategies", "change",
                                      "lua_root", "seed",  "asked", NULL};
  luaL_checktype(L, 2, LUA_TTABLE);
  neap_check_options(L, 2, "fork", words);
  out->fork.session = text(L, 2, "session");
  out->fork.event = (uint64_t)number(L, 2, "event");
  out->fork.chain = text(L, 2, "chain");
  lua_getfield(L, 2, "strategies");
  for (uint32_t i = 0; i < run->strategy_count; i++, lua_pop(L, 1))
    if (lua_geti(L, -1, (lua_Integer)i + 1) == LUA_TTABLE) read_strategy(L, run, out, i);
  lua_pop(L, 1);
  lua_getfield(L, 2, "asked");
  check_asked(L, lua_gettop(L));
  lua_pop(L, 1);
  if (lua_getfield(L, 2, "change") == LUA_TNIL) return;
  session_read_change(L, lua_gettop(L), run, &out->change);
  out->fork.change = &out->change;
}

static neap_status load(const session_run *run, forking *made, uint32_t i, neap_fault *fault) {
  session_strategy *next = &made->next[i];
  neap_inputs_read_anew(run->outside->inputs, made->reads_file[i]);
  neap_status status = neap_strategy_cell_new(&next->options, &next->cell, fault);
  neap_inputs_read_anew(run->outside->inputs, false);
  if (status != NEAP_OK) return status;
  const neap_strategy *strategy = made->fork.strategies[i] = neap_strategy_cell_strategy(next->cell);
  neap_record_map(&made->details, run->strategy_count == 1 ? "params" : strategy->name);
  status = neap_strategy_cell_params(next->cell, &made->details, fault);
  neap_record_end(&made->details);
  return status == NEAP_OK ? session_run_check_products(run, strategy, fault) : status;
}

static bool is_utf8(const char *text, size_t length) {
  const unsigned char *at = (const unsigned char *)text, *end = at + length;
  for (size_t size = 1; at < end && size > 0; at += size) size = neap_utf8_length(at, end);
  return at == end;
}

/* A record's text is UTF-8: a file that is none is there byte by byte. */
static void append_text(neap_buffer *out, const char *text, size_t length) {
  if (is_utf8(text, length)) {
    neap_record_bytes(out, "text", text, length);
    return;
  }
  neap_record_list(out, "bytes");
  for (size_t i = 0; i < length; i++) neap_record_int(out, "", (unsigned char)text[i]);
  neap_record_end(out);
}

/* Those of the fork, and of the one that it is a fork of, that no recording has. */
static void append_files(const session_run *run, neap_buffer *out) {
  const char *path, *text;
  size_t length, count = 0;
  for (; neap_inputs_own_file(run->outside->inputs, count, &path, &text, &length); count++) {
    if (count == 0) neap_record_list(out, "files");
    neap_record_map(out, "");
    neap_record_text(out, "path", path);
    append_text(out, text, length);
    neap_record_end(out);
  }
  if (count > 0) neap_record_end(out);
}

static neap_status load_all(const session_run *run, forking *made, neap_fault *fault) {
  neap_status status = NEAP_OK;
  bool is_list = run->strategy_count > 1;
  if (is_list) neap_record_map(&made->details, "params");
  for (uint32_t i = 0; status == NEAP_OK && i < run->strategy_count; i++)
    if (made->next[i].options.path) status = load(run, made, i, fault);
  if (is_list) neap_record_end(&made->details);
  append_files(run, &made->details);
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

static neap_status work(lua_State *L, session_run *run, forking *made, neap_fault *fault) {
  neap_shelter shelter;
  neap_buffer_init(&made->details);
  lua_getfield(L, 2, "asked");
  append_asked(L, lua_gettop(L), &made->details);
  lua_pop(L, 1);
  neap_shelter_enter(&shelter);
  neap_status status = load_all(run, made, fault);
  if (status == NEAP_OK) status = neap_wire_fork(run->wire, &made->fork, fault);
  keep_taken(run, made);
  neap_shelter_leave(&shelter);
  neap_buffer_fini(&made->details);
  return status;
}

/* fork{ session =, event =, chain =, strategies = { { path =, params =, reads_file = } or false, … }, change = as
 * configure's, lua_root =, seed =, asked = what was asked for, in pairs } → the number of the last event; or nil and a
 * fault */
static int object_fork(lua_State *L) {
  neap_fault fault = {0};
  session_run *open = session_object_check(L, 1);
  lua_settop(L, 2);
  if (!open->wire || !open->outside->inputs) return luaL_error(L, "fork: the session's feed is not played");
  forking *made = lua_newuserdatauv(L, sizeof *made, 0);
  *made = (forking){.details = {0}};
  read_fork(L, open, made);
  session_run *run = session_object_begin(L);
  neap_status status = work(L, run, made, &fault);
  session_object_done(run);
  if (made->fork.change) session_keep_policy(L, (lua_getfield(L, 2, "change"), lua_gettop(L)), run, &made->change);
  if (status != NEAP_OK) return neap_push_fault(L, &fault);
  lua_pushinteger(L, (lua_Integer)neap_event_store_count(neap_session_store(run->session)));
  return 1;
}

const luaL_Reg session_fork_methods[] = {{"fork", object_fork}, {NULL, NULL}};
