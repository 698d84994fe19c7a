/* SPDX-License-Identifier: MIT */
/* policy_cell: asks the function of a policy file, within its time, and judges its answer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lua/cell.h"
#include "lua/lneap.h"
#include "lua/lpolicy.h"
#include "lua/policy_view.h"

#define LOAD_LIMIT INT64_C(2000000000)
enum { MEMORY = 8 << 20, REASON = 95 };

struct neap_policy_cell {
  neap_cell *cell;
  int function, order, ctx; /* references */
  neap_policy_view *view;   /* what both views show; owned by the Lua state */
  char *engine, *reason;    /* of the question that runs */
  char digest[NEAP_DIGEST_TEXT];
};

static neap_policy_cell *self_of(lua_State *L) { return lua_touserdata(L, 1); }

static int keep(lua_State *L) {
  neap_policy_cell *self = self_of(L);
  self->view = neap_policy_push_views(L); /* … order, ctx */
  self->ctx = luaL_ref(L, LUA_REGISTRYINDEX);
  self->order = luaL_ref(L, LUA_REGISTRYINDEX);
  lua_pushboolean(L, 0); /* a place that is filled later without memory, outside of protection */
  self->function = luaL_ref(L, LUA_REGISTRYINDEX);
  return 0;
}

static neap_status load(neap_policy_cell *self, const char *path, neap_fault *fault) {
  lua_State *L = neap_cell_state(self->cell);
  neap_status status = neap_cell_call(self->cell, keep, self, 0, LOAD_LIMIT, fault);
  if (status == NEAP_OK) status = neap_cell_load(self->cell, path, LOAD_LIMIT, fault);
  if (status != NEAP_OK) return status;
  if (!lua_isfunction(L, -1)) {
    neap_fail(fault, NEAP_INVALID, "no_policy", "a policy file returns function(order, ctx), this one returns %s",
              luaL_typename(L, -1));
    neap_fault_set_where(fault, "%s", path);
    return NEAP_INVALID;
  }
  lua_rawseti(L, LUA_REGISTRYINDEX, self->function);
  neap_cell_seal(self->cell);
  neap_cell_digest(self->cell, self->digest);
  return NEAP_OK;
}

neap_status neap_policy_cell_new(const char *path, const char *lua_root, neap_inputs *inputs, neap_policy_cell **out,
                                 neap_fault *fault) {
  static const char *const modules[] = {"engine_factory", NULL};
  neap_cell_options options = {.lua_root = lua_root, .modules = modules, .memory_limit = MEMORY, .inputs = inputs};
  neap_policy_cell *self = calloc(1, sizeof *self);
  if (!self) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a policy");
  neap_status status = neap_cell_new(&options, &self->cell, fault);
  if (status == NEAP_OK) status = load(self, path, fault);
  if (status != NEAP_OK) {
    neap_policy_cell_free(self);
    return status;
  }
  *out = self;
  return NEAP_OK;
}

void neap_policy_cell_free(neap_policy_cell *self) {
  if (!self) return;
  neap_cell_free(self->cell);
  free(self);
}

static int refuse_engine(lua_State *L, int index) {
  static const char *const words[] = {"live", "advanced"};
  const char *text = lua_type(L, index) == LUA_TSTRING ? lua_tostring(L, index) : NULL;
  if (!text) return luaL_error(L, "it named no engine: live or advanced, not %s", luaL_typename(L, index));
  const char *nearest = neap_nearest_word(text, words, 2);
  if (nearest) return luaL_error(L, "no engine is called '%s'; did you mean '%s'?", text, nearest);
  return luaL_error(L, "no engine is called '%s'; there are live and advanced", text);
}

static void take_answer(lua_State *L, neap_policy_cell *self, int engine, int reason) {
  const char *name = lua_type(L, engine) == LUA_TSTRING ? lua_tostring(L, engine) : "", *text = "no reason given";
  size_t length = strlen(text);
  if (strcmp(name, "live") != 0 && strcmp(name, "advanced") != 0) refuse_engine(L, engine);
  if (!lua_isnil(L, reason) && lua_type(L, reason) != LUA_TSTRING)
    luaL_error(L, "the reason is text, not %s", luaL_typename(L, reason));
  if (!lua_isnil(L, reason)) text = lua_tolstring(L, reason, &length);
  strcpy(self->engine, name);
  if (length > REASON) length = REASON;
  memcpy(self->reason, text, length);
  self->reason[length] = '\0';
}

static int ask(lua_State *L) {
  neap_policy_cell *self = self_of(L);
  lua_rawgeti(L, LUA_REGISTRYINDEX, self->function);
  lua_rawgeti(L, LUA_REGISTRYINDEX, self->order);
  lua_rawgeti(L, LUA_REGISTRYINDEX, self->ctx);
  lua_call(L, 2, 2);
  take_answer(L, self, -2, -1);
  return 0;
}

static neap_status choose(void *context, const neap_policy_question *question, char engine[16], char reason[96],
                          neap_fault *fault) {
  neap_policy_cell *self = context;
  self->engine = engine;
  self->reason = reason;
  neap_policy_view_show(self->view, question);
  neap_status status = neap_cell_call(self->cell, ask, self, 0, NEAP_POLICY_LIMIT, fault);
  neap_policy_view_show(self->view, NULL);
  if (status != NEAP_OK && fault) snprintf(fault->code, sizeof fault->code, "policy_failed");
  return status;
}

neap_policy neap_policy_cell_policy(neap_policy_cell *self) {
  return (neap_policy){.self = self, .choose = choose, .digest = self->digest};
}
