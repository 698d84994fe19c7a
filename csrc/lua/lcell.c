/* SPDX-License-Identifier: MIT */
/* lcell: neap.cell: runs a script in a cell of its own, from plain Lua. */
#include <math.h>
#include <string.h>

#include "base/buffer.h"
#include "lua/cell.h"
#include "lua/lneap.h"

#define CELL_TYPE "neap.cell"
#define USUAL_LIMIT (100 * INT64_C(1000000))

NEAP_EXPORT int luaopen_neap_cell(lua_State *L);

typedef struct handle {
  neap_cell *cell;
  int64_t limit;
  int64_t now;
  bool has_now;
  neap_buffer printed; /* texts, each with its final 0 */
} handle;

static handle *check(lua_State *L) {
  handle *self = luaL_checkudata(L, 1, CELL_TYPE);
  if (!self->cell) luaL_error(L, "the cell is closed");
  return self;
}

static neap_status keep_line(void *context, const char *text, neap_fault *fault) {
  handle *self = context;
  neap_buffer_append(&self->printed, text, strlen(text) + 1);
  return self->printed.status == NEAP_OK ? NEAP_OK : neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory to print");
}

static neap_status read_now(void *context, int64_t *ns, neap_fault *fault) {
  const handle *self = context;
  *ns = self->now;
  return self->has_now ? NEAP_OK : neap_fail(fault, NEAP_NOT_FOUND, "no_time", "there is no time here");
}

static lua_Integer get_integer(lua_State *L, const char *name, lua_Integer otherwise) {
  int is_integer = 1;
  if (lua_getfield(L, 1, name) != LUA_TNIL) otherwise = lua_tointegerx(L, -1, &is_integer);
  if (!is_integer || otherwise < 0) luaL_error(L, "cell.new: '%s' must be a whole number, not negative", name);
  lua_pop(L, 1);
  return otherwise;
}

static const char *get_text(lua_State *L, const char *name) {
  if (lua_getfield(L, 1, name) != LUA_TNIL && lua_type(L, -1) != LUA_TSTRING)
    luaL_error(L, "cell.new: '%s' must be text", name);
  return lua_tostring(L, -1); /* stays on the stack */
}

static int new (lua_State *L) {
  static const char *const allowed[] = {"memory_limit", "time_limit", "seed", "lua_root", "lib_root", "now", NULL};
  neap_fault fault;
  lua_settop(L, 1);
  if (lua_isnil(L, 1)) {
    lua_newtable(L);
    lua_replace(L, 1);
  }
  neap_check_options(L, 1, "cell.new", allowed);
  neap_cell_options options = {.print = keep_line, .now = read_now};
  options.memory_limit = (size_t)get_integer(L, "memory_limit", 0);
  options.seed = (uint64_t)get_integer(L, "seed", 0);
  int64_t limit = get_integer(L, "time_limit", USUAL_LIMIT), now = get_integer(L, "now", 0);
  options.lua_root = get_text(L, "lua_root");
  options.lib_root = get_text(L, "lib_root");
  handle *self = lua_newuserdatauv(L, sizeof *self, 0);
  *self = (handle){.limit = limit, .now = now, .has_now = now > 0};
  neap_buffer_init(&self->printed);
  luaL_setmetatable(L, CELL_TYPE);
  options.context = self;
  if (neap_cell_new(&options, &self->cell, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  return 1;
}

/* Plain values cross; of anything else only its type does. */
static void push_across(lua_State *L, lua_State *from) {
  size_t length;
  switch (lua_type(from, -1)) {
  case LUA_TBOOLEAN:
    lua_pushboolean(L, lua_toboolean(from, -1));
    break;
  case LUA_TSTRING: {
    const char *text = lua_tolstring(from, -1, &length);
    lua_pushlstring(L, text, length);
    break;
  }
  case LUA_TNUMBER:
    if (lua_isinteger(from, -1))
      lua_pushinteger(L, lua_tointeger(from, -1));
    else
      lua_pushnumber(L, lua_tonumber(from, -1));
    break;
  case LUA_TNIL:
    lua_pushnil(L);
    break;
  default:
    lua_pushfstring(L, "(%s)", luaL_typename(from, -1));
  }
}

static int load(lua_State *L) {
  neap_fault fault;
  handle *self = check(L);
  const char *path = luaL_checkstring(L, 2);
  if (neap_cell_load(self->cell, path, self->limit, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  lua_pushboolean(L, 1);
  push_across(L, neap_cell_state(self->cell));
  lua_pop(neap_cell_state(self->cell), 1);
  return 2;
}

static int printed(lua_State *L) {
  const handle *self = check(L);
  size_t at = 0;
  lua_newtable(L);
  for (lua_Integer line = 1; at < self->printed.size; line++) {
    const char *text = (const char *)self->printed.data + at;
    lua_pushstring(L, text);
    lua_rawseti(L, -2, line);
    at += strlen(text) + 1;
  }
  return 1;
}

static int memory(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)neap_cell_memory(check(L)->cell));
  return 1;
}

static int digest(lua_State *L) {
  char text[NEAP_DIGEST_TEXT];
  neap_cell_digest(check(L)->cell, text);
  lua_pushstring(L, text);
  return 1;
}

static int close(lua_State *L) {
  handle *self = luaL_checkudata(L, 1, CELL_TYPE);
  neap_cell_free(self->cell);
  self->cell = NULL;
  neap_buffer_fini(&self->printed);
  neap_buffer_init(&self->printed);
  return 0;
}

static int to_string(lua_State *L) {
  const handle *self = luaL_checkudata(L, 1, CELL_TYPE);
  if (self->cell)
    lua_pushfstring(L, "cell of %I bytes", (LUAI_UACINT)neap_cell_memory(self->cell));
  else
    lua_pushliteral(L, "cell (closed)");
  return 1;
}

static const luaL_Reg methods[] = {{"load", load},     {"printed", printed}, {"memory", memory},
                                   {"digest", digest}, {"close", close},     {NULL, NULL}};
static const luaL_Reg metamethods[] = {{"__gc", close}, {"__close", close}, {"__tostring", to_string}, {NULL, NULL}};

int luaopen_neap_cell(lua_State *L) {
  luaL_newmetatable(L, CELL_TYPE);
  luaL_setfuncs(L, metamethods, 0);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_newtable(L);
  lua_pushcfunction(L, new);
  lua_setfield(L, -2, "new");
  return 1;
}
