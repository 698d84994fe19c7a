/* SPDX-License-Identifier: MIT */
/* cell_require: files into a cell: the script itself, and require of what is allowed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lua/cell_parts.h"
#include "lua/lneap.h"

enum { MODULE_NAME = 100, PIECE = 512, JSON_MAX = 1 << 20 };

static const char *const usual_modules[] = {"engine_factory", NULL};

NEAP_EXPORT int luaopen_neap_decimal(lua_State *L);
NEAP_EXPORT int luaopen_neap_indicator(lua_State *L);
NEAP_EXPORT int luaopen_neap_json(lua_State *L);

static void limit_text(lua_State *L, const char *name) {
  lua_getfield(L, -1, name);
  lua_CFunction function = lua_tocfunction(L, -1);
  lua_pushinteger(L, JSON_MAX);
  lua_pushcclosure(L, function, 1);
  lua_setfield(L, -3, name);
  lua_pop(L, 1);
}

/* Its trees and texts are built outside of the script's memory, without a look at the stop. */
static int open_json(lua_State *L) {
  luaopen_neap_json(L);
  limit_text(L, "encode");
  limit_text(L, "decode");
  return 1;
}

static const luaL_Reg built_in[] = {{"neap.decimal", luaopen_neap_decimal},
                                    {"neap.indicator", luaopen_neap_indicator},
                                    {"neap.json", open_json},
                                    {NULL, NULL}};

static neap_status add_to_digest(neap_cell *cell, const neap_buffer *bytes, neap_fault *fault) {
  unsigned char sum[NEAP_DIGEST_SIZE];
  neap_digest *digest = neap_digest_new();
  if (!digest) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a digest");
  neap_digest_update(digest, cell->digest, strlen(cell->digest));
  neap_digest_update(digest, bytes->data, bytes->size);
  neap_digest_finish(digest, sum);
  neap_digest_hex(sum, cell->digest);
  neap_digest_free(digest);
  return NEAP_OK;
}

/* Lua's message is "path:line: what": the place goes where places go. */
static neap_status fail_compile(lua_State *L, const char *path, neap_fault *fault) {
  const char *message = lua_tostring(L, -1), *what = strchr(message, ':');
  unsigned long line = what ? strtoul(what + 1, NULL, 10) : 0;
  const char *text = line && strchr(what + 1, ':') ? strchr(what + 1, ':') + 2 : message;
  neap_fail(fault, NEAP_INVALID, "does_not_compile", "%s", text);
  if (line)
    neap_fault_set_where(fault, "%s:%lu", path, line);
  else
    neap_fault_set_where(fault, "%s", path);
  return NEAP_INVALID;
}

/* A byte order mark and a #! line are passed over, as lua does with files. */
static const char *skip_prefix(const neap_buffer *bytes, size_t *size) {
  const char *text = (const char *)bytes->data, *end = text + bytes->size;
  if (bytes->size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) text += 3;
  if (text < end && *text == '#')
    while (text < end && *text != '\n') text++;
  *size = (size_t)(end - text);
  return text;
}

typedef struct piecemeal {
  const char *text;
  size_t left;
} piecemeal;

/* Small pieces: between them the compiler can be stopped. */
static const char *read_piece(lua_State *L, void *context, size_t *size) {
  piecemeal *rest = context;
  const char *piece = rest->text;
  neap_cell_check_stop(L);
  *size = rest->left < PIECE ? rest->left : PIECE;
  rest->text += *size;
  rest->left -= *size;
  return *size ? piece : NULL;
}

int neap_cell_compile_text(lua_State *L, const char *text, size_t length, const char *name) {
  piecemeal rest = {text, length};
  int result = lua_load(L, read_piece, &rest, name, "t");
  if (result == LUA_ERRMEM) neap_cell_of(L)->watch.stop = NEAP_CELL_MEMORY;
  return result;
}

static neap_status compile(lua_State *L, const neap_buffer *bytes, const char *path, const char *chunk_name,
                           neap_fault *fault) {
  size_t size;
  const char *text = skip_prefix(bytes, &size);
  int result = neap_cell_compile_text(L, size ? text : "", size, chunk_name);
  if (result == LUA_OK) return NEAP_OK;
  if (result == LUA_ERRMEM) return neap_fail(fault, NEAP_MEMORY, "memory_limit", "no memory to compile %s", path);
  return fail_compile(L, path, fault);
}

neap_status neap_cell_compile(neap_cell *cell, lua_State *L, const char *path, bool own, neap_fault *fault) {
  neap_buffer bytes;
  const char *chunk_name = lua_pushfstring(L, "@%s", path);
  neap_buffer_init(&bytes);
  neap_status status = neap_cell_read(cell, path, own, &bytes, fault);
  if (status == NEAP_OK && own) status = add_to_digest(cell, &bytes, fault);
  if (status == NEAP_OK) status = compile(L, &bytes, path, chunk_name, fault);
  neap_buffer_fini(&bytes);
  return status;
}

typedef struct script {
  neap_cell *cell;
  const char *path;
  neap_status status;
  neap_fault *fault;
} script;

static int run_script(lua_State *L) {
  script *asked = lua_touserdata(L, 1);
  asked->status = neap_cell_compile(asked->cell, L, asked->path, true, asked->fault);
  if (asked->status != NEAP_OK) return 0;
  lua_call(L, 0, 1);
  return 1;
}

neap_status neap_cell_load(neap_cell *cell, const char *path, int64_t limit, neap_fault *fault) {
  neap_fault own;
  script asked = {cell, path, NEAP_OK, fault ? fault : &own};
  neap_status status = neap_cell_call(cell, run_script, &asked, 1, limit, asked.fault);
  if (status != NEAP_OK) return status;
  if (asked.status != NEAP_OK) lua_pop(cell->L, 1);
  return asked.status;
}

static lua_CFunction find_built_in(const neap_cell *cell, const char *name) {
  for (const luaL_Reg *entry = built_in; entry->name; entry++)
    if (strcmp(entry->name, name) == 0) return entry->func;
  for (const luaL_Reg *entry = cell->built_in; entry && entry->name; entry++)
    if (strcmp(entry->name, name) == 0) return entry->func;
  return NULL;
}

static bool is_allowed(const neap_cell *cell, const char *name) {
  for (const char *const *word = cell->modules ? cell->modules : usual_modules; *word; word++)
    if (strcmp(*word, name) == 0) return true;
  return false;
}

/* a.b → root/a/b.lua. Only letters, digits and _ between the dots: no path leaves the root. */
static const char *push_path(lua_State *L, const char *root, const char *name) {
  luaL_Buffer path;
  luaL_buffinit(L, &path);
  luaL_addstring(&path, root);
  luaL_addchar(&path, '/');
  for (const char *at = name; *at; at++) luaL_addchar(&path, *at == '.' ? '/' : *at);
  luaL_addstring(&path, ".lua");
  luaL_pushresult(&path);
  return lua_tostring(L, -1);
}

static bool is_module_name(const char *name) {
  static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  size_t length = strlen(name);
  if (length == 0 || length > MODULE_NAME) return false;
  for (size_t at = 0; at < length; at++) {
    size_t part = strspn(name + at, letters);
    if (part == 0 || (name[at + part] != '.' && name[at + part] != '\0')) return false;
    at += part;
    if (at + 1 == length) return false;
  }
  return true;
}

static void push_opener(lua_State *L, neap_cell *cell, const char *name) {
  neap_fault fault;
  lua_CFunction opener = find_built_in(cell, name);
  bool own = strncmp(name, "neap.", 5) != 0;
  if (opener) {
    lua_pushcfunction(L, opener);
    return;
  }
  if (!is_module_name(name)) luaL_error(L, "require: '%s' is not a module's name (letters, digits, _ and dots)", name);
  if (!own && !(cell->lua_root[0] && is_allowed(cell, name + 5)))
    luaL_error(L, "require: '%s' may not be used in a script", name);
  if (own && cell->sealed)
    luaL_error(L,
               "require: '%s' was not loaded with the script, and a hook may not load it: a run's files are those of "
               "its digest; require it at the top of the file",
               name);
  if (own && !cell->lib_root[0]) luaL_error(L, "require: there is no lib directory to find '%s' in", name);
  const char *path = push_path(L, own ? cell->lib_root : cell->lua_root, name);
  neap_status status = neap_cell_compile(cell, L, path, own, &fault);
  if (status == NEAP_NOT_FOUND && own)
    luaL_error(L, "require: there is no '%s': a script finds neap.* and files below lib/ (no file %s)", name, path);
  if (status == NEAP_MEMORY) {
    cell->starved = strcmp(fault.code, "no_memory") == 0;
    cell->watch.stop = NEAP_CELL_MEMORY;
  }
  if (status != NEAP_OK) neap_raise_fault(L, &fault);
}

/* upvalue 1: what was loaded */
static int require(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  lua_settop(L, 1);
  if (lua_getfield(L, lua_upvalueindex(1), name) == LUA_TLIGHTUSERDATA)
    return luaL_error(L, "require: '%s' requires itself", name);
  if (!lua_isnil(L, -1)) return 1;
  lua_pushlightuserdata(L, L);
  lua_setfield(L, lua_upvalueindex(1), name);
  push_opener(L, neap_cell_of(L), name);
  lua_pushvalue(L, 1);
  lua_call(L, 1, 1);
  if (lua_isnil(L, -1)) lua_pushboolean(L, 1);
  lua_pushvalue(L, -1);
  lua_setfield(L, lua_upvalueindex(1), name);
  return 1;
}

/* `neap` in a cell: each neap.x is loaded when it is first asked for. */
static int find_part(lua_State *L) {
  const char *name = luaL_checkstring(L, 2);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushfstring(L, "neap.%s", name);
  lua_call(L, 1, 1);
  lua_pushvalue(L, 2);
  lua_pushvalue(L, -2);
  lua_rawset(L, 1);
  return 1;
}

static void push_neap(lua_State *L, int require_index) {
  lua_newtable(L);
  lua_createtable(L, 0, 2);
  lua_pushvalue(L, require_index);
  lua_pushcclosure(L, find_part, 1);
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, "neap");
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);
}

void neap_cell_open_require(lua_State *L) {
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_pushcclosure(L, require, 1);
  push_neap(L, lua_gettop(L));
  lua_setfield(L, -3, "neap");
  lua_setglobal(L, "require");
  lua_pop(L, 1);
}
