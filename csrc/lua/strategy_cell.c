/* SPDX-License-Identifier: MIT */
/* strategy_cell: loads a strategy file, has lua/neap/strategy.lua judge it, and reads the plan that comes out. */
#include "lua/strategy_cell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/record.h"
#include "lua/strategy_hooks.h"

#define CALL_LIMIT (100 * INT64_C(1000000))
#define START_LIMIT (2 * NEAP_SECOND)

enum { PARAMS_MAX = 1000 };

NEAP_EXPORT int luaopen_neap_strategy_c(lua_State *L);

static const luaL_Reg built_in[] = {{"neap.strategy_c", luaopen_neap_strategy_c}, {NULL, NULL}};

static neap_status print_line(void *context, const char *text, neap_fault *fault) {
  neap_strategy_cell *self = context;
  if (!self->desk) return NEAP_OK; /* while the file is loaded nobody listens */
  neap_cell_touch(neap_cell_state(self->cell));
  if (!neap_lstrategy_count_line(self, strlen(text), fault)) return NEAP_INVALID;
  neap_status status = neap_desk_log(self->desk, "info", text, NULL, 0, fault);
  if (status != NEAP_OK && status != NEAP_INVALID && fault) self->world = *fault;
  return status;
}

static neap_status read_now(void *context, int64_t *ns, neap_fault *fault) {
  const neap_strategy_cell *self = context;
  if (!self->desk) return neap_fail(fault, NEAP_NOT_FOUND, "no_time", "there is no time before the session starts");
  *ns = neap_desk_now(self->desk);
  return NEAP_OK;
}

/* lib/ beside the strategy. */
static void find_lib(const char *path, char out[512]) {
  const char *slash = strrchr(path, '/');
  int length = slash ? (int)(slash - path) : 1;
  snprintf(out, 512, "%.*s/lib", length, slash ? path : ".");
}

static neap_status make_cell(neap_strategy_cell *self, const neap_strategy_cell_options *options, neap_fault *fault) {
  static const char *const modules[] = {"strategy", "strategy.parameters", "engine_factory", NULL};
  char lib[512];
  find_lib(options->path, lib);
  neap_cell_options cell = {.lua_root = options->lua_root,
                            .lib_root = lib,
                            .modules = modules,
                            .built_in = built_in,
                            .memory_limit = options->memory_limit,
                            .seed = options->seed,
                            .inputs = options->inputs,
                            .context = self,
                            .print = print_line,
                            .now = read_now};
  return neap_cell_new(&cell, &self->cell, fault);
}

/* What lua/neap/strategy.lua is asked, and what it refused. */
typedef struct configuration {
  neap_strategy_cell *self;
  const neap_strategy_cell_options *options;
  int declaration; /* reference */
  bool refused;
  neap_fault *fault;
} configuration;

static void push_params(lua_State *L, const neap_strategy_cell_options *options) {
  lua_createtable(L, (int)options->param_count, 0);
  for (size_t i = 0; i < options->param_count; i++) {
    lua_createtable(L, 2, 0);
    lua_pushstring(L, options->params[i].name);
    lua_rawseti(L, -2, 1);
    lua_pushstring(L, options->params[i].text);
    lua_rawseti(L, -2, 2);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

static void get_text(lua_State *L, int index, const char *name, char *out, size_t size) {
  lua_getfield(L, index, name);
  snprintf(out, size, "%s", lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "");
  lua_pop(L, 1);
}

static int64_t get_integer(lua_State *L, int index, const char *name) {
  lua_getfield(L, index, name);
  int64_t value = lua_tointeger(L, -1);
  lua_pop(L, 1);
  return value;
}

/* The plan comes from the script's own state, where it can put anything in the place of our checks: nothing in it is
 * believed. Pushes the list and gives its length. */
static uint32_t get_list(lua_State *L, int plan, const char *name, lua_Unsigned most) {
  if (lua_getfield(L, plan, name) != LUA_TTABLE || lua_rawlen(L, -1) > most)
    luaL_error(L, "a plan of neap.strategy has a list '%s' of at most %I", name, (LUAI_UACINT)most);
  return (uint32_t)lua_rawlen(L, -1);
}

static const char *check_text(lua_State *L, int index) {
  const char *text = lua_type(L, index) == LUA_TSTRING ? lua_tostring(L, index) : NULL;
  if (!text) luaL_error(L, "a plan of neap.strategy has text here, not %s", luaL_typename(L, index));
  return text;
}

static void take_products(lua_State *L, int plan, neap_strategy *out) {
  out->product_count = get_list(L, plan, "products", NEAP_STRATEGY_PRODUCTS);
  for (uint32_t i = 0; i < out->product_count; i++) {
    lua_rawgeti(L, -1, i + 1);
    snprintf(out->products[i], sizeof out->products[i], "%s", check_text(L, -1));
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

static void take_frames(lua_State *L, int plan, neap_strategy *out) {
  out->timeframe = get_integer(L, plan, "timeframe");
  out->warmup = get_integer(L, plan, "warmup");
  out->frame_count = get_list(L, plan, "timeframes", NEAP_STRATEGY_FRAMES);
  for (uint32_t i = 0; i < out->frame_count; i++) {
    lua_rawgeti(L, -1, i + 1);
    out->frames[i] = lua_tointeger(L, -1);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

static bool takes_only_self(lua_State *L) {
  lua_Debug about;
  lua_pushvalue(L, -1);
  lua_getinfo(L, ">u", &about);
  return about.nparams < 2 && !about.isvararg;
}

static void take_hooks(lua_State *L, int plan, neap_strategy_cell *self) {
  static const char *const names[STRATEGY_HOOKS] = {"on_start",  "on_bar",          "on_slice", "on_order", "on_fill",
                                                    "on_reject", "on_timer",        "on_stop",  "on_mode",  "on_quote",
                                                    "on_book",   "on_market_trade", "on_feed"};
  lua_getfield(L, plan, "hooks");
  for (int i = 0; i < STRATEGY_HOOKS; i++) {
    if (lua_getfield(L, -1, names[i]) != LUA_TFUNCTION) {
      lua_pop(L, 1);
      continue;
    }
    if (1u << i == NEAP_HOOK_BAR) self->bar_is_unread = takes_only_self(L);
    self->hook[i] = luaL_ref(L, LUA_REGISTRYINDEX);
    self->strategy.hooks |= 1u << i;
  }
  lua_pop(L, 1);
}

/* The plan's `record` is a list of { name, kind, value }, in the order of the names. */
static void record_param(lua_State *L, neap_buffer *out, const char *name, const char *kind) {
  const neap_decimal *decimal = neap_test_decimal(L, -1);
  if (decimal)
    neap_record_decimal(out, name, *decimal);
  else if (strcmp(kind, "integer") == 0)
    neap_record_int(out, name, lua_tointeger(L, -1));
  else if (strcmp(kind, "time") == 0)
    neap_record_time(out, name, lua_tointeger(L, -1));
  else if (strcmp(kind, "boolean") == 0)
    neap_record_bool(out, name, lua_toboolean(L, -1));
  else if (strcmp(kind, "number") == 0)
    neap_record_number(out, name, lua_tonumber(L, -1));
  else
    neap_record_text(out, name, check_text(L, -1));
}

static void take_params(lua_State *L, int plan, neap_strategy_cell *self) {
  lua_getfield(L, plan, "params");
  self->params_ref = luaL_ref(L, LUA_REGISTRYINDEX);
  lua_Integer count = get_list(L, plan, "record", PARAMS_MAX);
  for (lua_Integer i = 1; i <= count; i++) {
    if (lua_rawgeti(L, -1, i) != LUA_TTABLE) luaL_error(L, "a plan of neap.strategy has a list of parameters");
    lua_rawgeti(L, -1, 1);
    lua_rawgeti(L, -2, 2);
    lua_rawgeti(L, -3, 3);
    record_param(L, &self->params, check_text(L, -3), check_text(L, -2));
    lua_pop(L, 4);
  }
  lua_pop(L, 1);
}

static void take_plan(lua_State *L, int plan, neap_strategy_cell *self) {
  get_text(L, plan, "name", self->strategy.name, sizeof self->strategy.name);
  take_products(L, plan, &self->strategy);
  take_frames(L, plan, &self->strategy);
  self->strategy.feeds = (uint32_t)get_integer(L, plan, "feeds");
  take_hooks(L, plan, self);
  take_params(L, plan, self);
}

/* {code, message, nearest} of what was refused. */
static void take_refusal(lua_State *L, int index, configuration *asked) {
  char code[48], message[320], nearest[64];
  get_text(L, index, "code", code, sizeof code);
  get_text(L, index, "message", message, sizeof message);
  get_text(L, index, "nearest", nearest, sizeof nearest);
  neap_fail(asked->fault, NEAP_INVALID, code, "%s", message);
  neap_fault_set_where(asked->fault, "%s", asked->self->path);
  neap_fault_set_nearest(asked->fault, nearest);
  asked->refused = true;
}

static int configure(lua_State *L) {
  configuration *asked = lua_touserdata(L, 1);
  lua_getglobal(L, "require");
  lua_pushliteral(L, "neap.strategy");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "configure");
  lua_rawgeti(L, LUA_REGISTRYINDEX, asked->declaration);
  push_params(L, asked->options);
  lua_call(L, 2, 2);
  int plan = lua_gettop(L) - 1;
  if (lua_istable(L, plan))
    take_plan(L, plan, asked->self);
  else
    take_refusal(L, plan + 1, asked);
  return 0;
}

/* A place in the registry that can be filled later without memory, outside of protection. */
static int reserve(lua_State *L) {
  configuration *asked = lua_touserdata(L, 1);
  lua_pushboolean(L, 0);
  asked->declaration = luaL_ref(L, LUA_REGISTRYINDEX);
  return 0;
}

/* The traceback of a loader is of no use to an author. */
static neap_status place_load(neap_status status, const char *path, neap_fault *fault) {
  char *trace = strstr(fault->message, "\nstack traceback");
  if (trace) *trace = '\0';
  if (strcmp(fault->code, "lua_error") == 0) snprintf(fault->code, sizeof fault->code, "bad_strategy");
  neap_strategy_place(fault);
  if (!fault->where[0]) neap_fault_set_where(fault, "%s", path);
  return status;
}

static neap_status load(neap_strategy_cell *self, const neap_strategy_cell_options *options, neap_fault *fault) {
  configuration asked = {.self = self, .options = options, .fault = fault};
  neap_status status = neap_cell_call(self->cell, reserve, &asked, 0, 0, fault);
  if (status == NEAP_OK) status = neap_cell_load(self->cell, options->path, self->start_limit, fault);
  if (status != NEAP_OK) return place_load(status, options->path, fault);
  lua_rawseti(neap_cell_state(self->cell), LUA_REGISTRYINDEX, asked.declaration);
  status = neap_cell_call(self->cell, configure, &asked, 0, self->start_limit, fault);
  if (status != NEAP_OK) return place_load(status, options->path, fault);
  if (asked.refused) return NEAP_INVALID;
  if (self->params.status != NEAP_OK) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for parameters");
  neap_cell_digest(self->cell, self->strategy.digest);
  neap_cell_seal(self->cell);
  return NEAP_OK;
}

neap_status neap_strategy_cell_new(const neap_strategy_cell_options *options, neap_strategy_cell **out,
                                   neap_fault *fault) {
  neap_fault own;
  neap_fault *told = fault ? fault : &own;
  neap_strategy_cell *self = calloc(1, sizeof *self);
  if (!self) return neap_fail(told, NEAP_MEMORY, "no_memory", "no memory for a strategy");
  neap_buffer_init(&self->params);
  neap_buffer_init(&self->saved);
  neap_buffer_init(&self->packed);
  snprintf(self->path, sizeof self->path, "%s", options->path);
  self->time_limit = options->time_limit ? options->time_limit : CALL_LIMIT;
  self->start_limit = self->time_limit > START_LIMIT ? self->time_limit : START_LIMIT;
  if (options->time_limit < 0) self->time_limit = self->start_limit = 0;
  neap_strategy_set_hooks(self);
  neap_status status = make_cell(self, options, told);
  if (status == NEAP_OK) status = load(self, options, told);
  if (status == NEAP_OK)
    *out = self;
  else
    neap_strategy_cell_free(self);
  return status;
}

void neap_strategy_cell_free(neap_strategy_cell *cell) {
  if (!cell) return;
  neap_cell_free(cell->cell);
  neap_buffer_fini(&cell->params);
  neap_buffer_fini(&cell->saved);
  neap_buffer_fini(&cell->packed);
  free(cell);
}

const neap_strategy *neap_strategy_cell_strategy(const neap_strategy_cell *cell) { return &cell->strategy; }

neap_status neap_strategy_cell_params(const neap_strategy_cell *cell, neap_buffer *out, neap_fault *fault) {
  neap_buffer_append(out, cell->params.data, cell->params.size);
  return out->status == NEAP_OK ? NEAP_OK : neap_fail(fault, out->status, "no_memory", "no memory for parameters");
}
