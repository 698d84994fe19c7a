/* SPDX-License-Identifier: MIT */
/* lneap: error tables, the protected call, option sets. (Decimals across the border: ldecimal.c) */
#include "lua/lneap.h"

#include <stdio.h>
#include <string.h>

#define ERROR_TYPE "neap.error"

enum { MAX_OPTIONS = 64 };

/* The field's text between two others, or "" when the field is absent: always one value on the stack. */
static void push_part(lua_State *L, const char *before, const char *field, const char *after) {
  lua_getfield(L, 1, field);
  const char *text = lua_tostring(L, -1);
  if (text)
    lua_pushfstring(L, "%s%s%s", before, text, after);
  else
    lua_pushliteral(L, "");
  lua_remove(L, -2);
}

static int error_tostring(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  push_part(L, "", "message", "");
  push_part(L, " (", "where", ")");
  push_part(L, "; nearest: ", "nearest", "");
  lua_concat(L, 3);
  return 1;
}

static void push_error_metatable(lua_State *L) {
  if (!luaL_newmetatable(L, ERROR_TYPE)) return;
  lua_pushcfunction(L, error_tostring);
  lua_setfield(L, -2, "__tostring");
}

static void set_text(lua_State *L, const char *field, const char *text) {
  if (*text == '\0') return;
  lua_pushstring(L, text);
  lua_setfield(L, -2, field);
}

void neap_push_fault_table(lua_State *L, const neap_fault *fault) {
  luaL_checkstack(L, 4, "an error");
  lua_createtable(L, 0, 4);
  set_text(L, "code", fault->code);
  set_text(L, "message", fault->message);
  set_text(L, "where", fault->where);
  set_text(L, "nearest", fault->nearest);
  push_error_metatable(L);
  lua_setmetatable(L, -2);
}

int neap_push_fault(lua_State *L, const neap_fault *fault) {
  luaL_checkstack(L, 5, "an error");
  lua_pushnil(L);
  neap_push_fault_table(L, fault);
  return 2;
}

int neap_push_done(lua_State *L, neap_status status, const neap_fault *fault) {
  if (status != NEAP_OK) return neap_push_fault(L, fault);
  lua_pushboolean(L, true);
  return 1;
}

int neap_raise_fault(lua_State *L, const neap_fault *fault) {
  bool placed = fault->where[0] != '\0', near = fault->nearest[0] != '\0';
  return luaL_error(L, "%s%s%s%s%s%s", fault->message, placed ? " (" : "", fault->where, placed ? ")" : "",
                    near ? "; nearest: " : "", fault->nearest);
}

const char *neap_tolstring(lua_State *L, int index, size_t *length) {
  int type = lua_type(L, index);
  bool plain = type == LUA_TNIL || type == LUA_TBOOLEAN || type == LUA_TNUMBER || type == LUA_TSTRING;
  index = lua_absindex(L, index);
  if (plain || luaL_getmetafield(L, index, "__tostring") != LUA_TNIL) {
    if (!plain) lua_pop(L, 1);
    return luaL_tolstring(L, index, length);
  }
  if (luaL_getmetafield(L, index, "__name") != LUA_TSTRING) lua_pushstring(L, luaL_typename(L, index));
  return lua_tolstring(L, -1, length);
}

/* What was raised as text; a value that has none tells only its type. */
static const char *push_raised(lua_State *L) {
  bool has_text = lua_isstring(L, 1) || luaL_getmetafield(L, 1, "__tostring") != LUA_TNIL;
  if (has_text) return neap_tolstring(L, 1, NULL);
  return lua_pushfstring(L, "a %s was raised as an error: raise text", luaL_typename(L, 1));
}

static int add_traceback(lua_State *L) {
  const char *message = push_raised(L);
  luaL_traceback(L, L, message, 1);
  return 1;
}

void neap_push_call_handler(lua_State *L) { lua_pushcfunction(L, add_traceback); }

static neap_status take_error(lua_State *L, int result, neap_fault *fault) {
  neap_status status = result == LUA_ERRMEM ? NEAP_MEMORY : NEAP_INVALID;
  const char *message = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "an error in an error handler";
  neap_fail(fault, status, status == NEAP_MEMORY ? "memory_limit" : "lua_error", "%s", message);
  if (fault) snprintf(fault->message, sizeof fault->message, "%s", message); /* a traceback keeps its lines */
  lua_pop(L, 1);
  return status;
}

neap_status neap_call_handled(lua_State *L, int arguments, int results, int handler, neap_fault *fault) {
  int result = lua_pcall(L, arguments, results, handler);
  return result == LUA_OK ? NEAP_OK : take_error(L, result, fault);
}

neap_status neap_call(lua_State *L, int arguments, int results, neap_fault *fault) {
  int function = lua_absindex(L, -(arguments + 1));
  if (!lua_checkstack(L, 2)) return neap_fail(fault, NEAP_MEMORY, "memory_limit", "the Lua stack is full");
  neap_push_call_handler(L);
  lua_insert(L, function);
  neap_status status = neap_call_handled(L, arguments, results, function, fault);
  lua_remove(L, function);
  return status;
}

/* The number of entries before the NULL. */
static size_t count_words(const char *const *words) {
  size_t count = 0;
  while (words[count]) count++;
  return count;
}

static bool is_among(const char *word, const char *const *words) {
  for (; *words; words++)
    if (strcmp(word, *words) == 0) return true;
  return false;
}

int neap_raise_unknown(lua_State *L, const char *what, const char *kind, const char *word, const char *const *allowed) {
  const char *nearest = neap_nearest_word(word, allowed, count_words(allowed));
  if (nearest) return luaL_error(L, "%s: unknown %s '%s'; did you mean '%s'?", what, kind, word, nearest);
  luaL_Buffer list;
  luaL_buffinit(L, &list);
  for (size_t i = 0; allowed[i] && i < MAX_OPTIONS; i++) {
    if (i > 0) luaL_addstring(&list, ", ");
    luaL_addstring(&list, allowed[i]);
  }
  luaL_pushresult(&list);
  return luaL_error(L, "%s: unknown %s '%s'; known: %s", what, kind, word, lua_tostring(L, -1));
}

void neap_check_options(lua_State *L, int index, const char *what, const char *const *allowed) {
  int table = lua_absindex(L, index);
  const char *first = NULL; /* of several unknown ones the first by name, so that the message is always the same */
  luaL_checkstack(L, 4, what);
  if (!lua_istable(L, table)) luaL_error(L, "%s: options are a table, not %s", what, luaL_typename(L, table));
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING)
      luaL_error(L, "%s: an option's name is text, not %s", what, luaL_typename(L, -2));
    const char *name = lua_tostring(L, -2);
    if (!is_among(name, allowed) && (!first || strcmp(name, first) < 0)) first = name;
  }
  if (first) neap_raise_unknown(L, what, "option", first, allowed);
}
