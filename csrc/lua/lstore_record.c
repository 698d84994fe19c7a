/* SPDX-License-Identifier: MIT */
/* lstore_record: a Lua table becomes a record. The order of keys is that of their bytes, so the same table gives the
 * same bytes. */
#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "lua/lneap.h"
#include "lua/lstore.h"

enum { DEPTH_MAX = 8 };

static void pack_value(lua_State *L, neap_buffer *out, const char *key, int index, int depth);

static int compare_names(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *check_key(lua_State *L, int index) {
  size_t length;
  if (lua_type(L, index) != LUA_TSTRING)
    luaL_error(L, "append: a record's keys are text, not %s", luaL_typename(L, index));
  const char *key = lua_tolstring(L, index, &length);
  if (length > 255 || strlen(key) != length)
    luaL_error(L, "append: a record's key is at most 255 bytes, none of them zero");
  return key;
}

static void pack_map(lua_State *L, neap_buffer *out, int table, int depth) {
  size_t count = 0, at = 0;
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) count++;
  const char **names = lua_newuserdatauv(L, (count + 1) * sizeof *names, 0);
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) names[at++] = check_key(L, -2);
  qsort(names, count, sizeof *names, compare_names);
  for (at = 0; at < count; at++) {
    lua_getfield(L, table, names[at]);
    pack_value(L, out, names[at], lua_gettop(L), depth);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

static void pack_list(lua_State *L, neap_buffer *out, int table, int depth) {
  for (lua_Integer i = 1; lua_rawgeti(L, table, i) != LUA_TNIL; i++) {
    pack_value(L, out, "", lua_gettop(L), depth);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

static void pack_table(lua_State *L, neap_buffer *out, const char *key, int table, int depth) {
  if (depth == DEPTH_MAX) luaL_error(L, "append: a record is nested deeper than %d levels", DEPTH_MAX);
  luaL_checkstack(L, 8, "append");
  bool is_list = lua_rawlen(L, table) > 0;
  (is_list ? neap_record_list : neap_record_map)(out, key);
  (is_list ? pack_list : pack_map)(L, out, table, depth + 1);
  neap_record_end(out);
}

static void pack_other(lua_State *L, neap_buffer *out, const char *key, int index) {
  const neap_decimal *decimal = neap_test_decimal(L, index);
  if (!decimal) luaL_error(L, "append: a %s ('%s') has no form in a record", luaL_typename(L, index), key);
  neap_record_decimal(out, key, *decimal);
}

static void pack_value(lua_State *L, neap_buffer *out, const char *key, int index, int depth) {
  size_t length;
  switch (lua_type(L, index)) {
  case LUA_TBOOLEAN:
    neap_record_bool(out, key, lua_toboolean(L, index));
    break;
  case LUA_TNUMBER:
    if (lua_isinteger(L, index))
      neap_record_int(out, key, lua_tointeger(L, index));
    else
      neap_record_number(out, key, lua_tonumber(L, index));
    break;
  case LUA_TSTRING: {
    const char *text = lua_tolstring(L, index, &length);
    neap_record_bytes(out, key, text, length);
    break;
  }
  case LUA_TTABLE:
    pack_table(L, out, key, index, depth);
    break;
  default:
    pack_other(L, out, key, index);
  }
}

void neap_store_pack_table(lua_State *L, int index, neap_buffer *out) { pack_map(L, out, lua_absindex(L, index), 0); }
