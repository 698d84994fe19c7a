/* SPDX-License-Identifier: MIT */
/* loperations: neap.operations_c, the C half of neap.operations. */
#include "lua/loperations.h"

#include "base/buffer.h"
#include "lua/lneap.h"
#include "lua/lstore.h"

#define OPERATIONS_TYPE "neap.operations"

NEAP_EXPORT int luaopen_neap_operations_c(lua_State *L);

typedef struct operations_box {
  neap_operations *operations; /* NULL: was never opened */
  neap_buffer scratch;
} operations_box;

neap_operations *neap_test_operations(lua_State *L, int index) {
  operations_box *box = luaL_testudata(L, index, OPERATIONS_TYPE);
  return box ? box->operations : NULL;
}

static operations_box *check(lua_State *L) { return luaL_checkudata(L, 1, OPERATIONS_TYPE); }

static int collect(lua_State *L) {
  operations_box *box = check(L);
  neap_operations_free(box->operations);
  box->operations = NULL;
  neap_buffer_fini(&box->scratch);
  return 0;
}

/* {seen, dropped, failed} */
static int push_counts(lua_State *L) {
  neap_operations_counts counts;
  neap_operations_counts_get(check(L)->operations, &counts);
  lua_createtable(L, 0, 3);
  lua_pushinteger(L, (lua_Integer)counts.seen);
  lua_setfield(L, -2, "seen");
  lua_pushinteger(L, (lua_Integer)counts.dropped);
  lua_setfield(L, -2, "dropped");
  lua_pushinteger(L, (lua_Integer)counts.failed);
  lua_setfield(L, -2, "failed");
  return 1;
}

static int close_box(lua_State *L) {
  neap_operations_close(check(L)->operations);
  return push_counts(L);
}

static const char *text_field(lua_State *L, const char *name, const char *otherwise) {
  lua_getfield(L, 2, name);
  const char *text = luaL_optstring(L, -1, otherwise);
  lua_pop(L, 1); /* the table keeps it */
  return text;
}

/* o:see{type=, ts_ns=, product=, record={}} */
static int see(lua_State *L) {
  static const char *const words[] = {"type", "ts_ns", "product", "record", NULL};
  operations_box *box = check(L);
  luaL_checktype(L, 2, LUA_TTABLE);
  neap_check_options(L, 2, "see", words);
  neap_event event = {.type = text_field(L, "type", NULL), .product = text_field(L, "product", "")};
  luaL_argcheck(L, event.type, 2, "an event has a type");
  lua_getfield(L, 2, "ts_ns");
  event.ts_ns = luaL_checkinteger(L, -1);
  neap_buffer_clear(&box->scratch);
  if (lua_getfield(L, 2, "record") == LUA_TTABLE) neap_store_pack_table(L, -1, &box->scratch);
  event.record = box->scratch.data;
  event.record_size = box->scratch.size;
  neap_operations_see(box->operations, &event);
  return 0;
}

/* o:tell(json) → whether there was room */
static int tell(lua_State *L) {
  operations_box *box = check(L);
  lua_pushboolean(L, neap_operations_tell(box->operations, luaL_checkstring(L, 2)) == NEAP_OK);
  return 1;
}

/* o:next() → the oldest command that came back, or nil */
static int next(lua_State *L) {
  operations_box *box = check(L);
  if (neap_operations_next(box->operations, &box->scratch) != NEAP_OK) return 0;
  lua_pushlstring(L, (const char *)box->scratch.data, box->scratch.size);
  return 1;
}

static int show(lua_State *L) {
  neap_operations_counts counts;
  neap_operations_counts_get(check(L)->operations, &counts);
  lua_pushfstring(L, "operations: %I events seen, %I dropped", (LUAI_UACINT)counts.seen, (LUAI_UACINT)counts.dropped);
  return 1;
}

static void push_metatable(lua_State *L) {
  static const luaL_Reg methods[] = {{"see", see},         {"tell", tell}, {"next", next}, {"counts", push_counts},
                                     {"close", close_box}, {NULL, NULL}},
                        own[] = {{"__gc", collect}, {"__close", close_box}, {"__tostring", show}, {NULL, NULL}};
  if (!luaL_newmetatable(L, OPERATIONS_TYPE)) return;
  luaL_setfuncs(L, own, 0);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
}

/* open(lua_root, config, room) */
static int open(lua_State *L) {
  neap_fault fault = {0};
  neap_operations_options options = {
      .lua_root = luaL_checkstring(L, 1), .config = luaL_checkstring(L, 2), .room = (size_t)luaL_optinteger(L, 3, 0)};
  operations_box *box = lua_newuserdatauv(L, sizeof *box, 0);
  box->operations = NULL;
  neap_buffer_init(&box->scratch);
  push_metatable(L);
  lua_setmetatable(L, -2);
  return neap_operations_open(&options, &box->operations, &fault) == NEAP_OK ? 1 : neap_push_fault(L, &fault);
}

int luaopen_neap_operations_c(lua_State *L) {
  static const luaL_Reg functions[] = {{"open", open}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
