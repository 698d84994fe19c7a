/* SPDX-License-Identifier: MIT */
/* cell_order: what stock Lua leaves to chance: the order of pairs and next, and a sort that keeps equal elements in
 * place. */
#include <string.h>

#include "lua/cell_parts.h"

enum { SORT_MAX = 10 * 1000 * 1000 };

typedef enum key_kind { KEY_NUMBER, KEY_TEXT, KEY_BOOLEAN } key_kind;

typedef struct key {
  key_kind kind;
  bool is_integer;
  lua_Integer integer; /* number; boolean as 0 or 1 */
  double number;
  const char *text;
  size_t length;
  lua_Integer place; /* in the table of keys, which keeps them alive */
} key;

static int compare_numbers(const key *a, const key *b) {
  if (a->is_integer && b->is_integer) return (a->integer > b->integer) - (a->integer < b->integer);
  if (a->number != b->number) return a->number < b->number ? -1 : 1;
  return (b->is_integer > a->is_integer) - (b->is_integer < a->is_integer);
}

static int compare_texts(const key *a, const key *b) {
  int order = memcmp(a->text, b->text, a->length < b->length ? a->length : b->length);
  return order ? order : (a->length > b->length) - (a->length < b->length);
}

/* Numbers, then texts byte by byte, then false, true. */
static int compare_keys(const void *left, const void *right) {
  const key *a = left, *b = right;
  if (a->kind != b->kind) return a->kind < b->kind ? -1 : 1;
  return a->kind == KEY_TEXT ? compare_texts(a, b) : compare_numbers(a, b);
}

static void read_key(lua_State *L, int index, key *out) {
  switch (lua_type(L, index)) {
  case LUA_TNUMBER:
    out->kind = KEY_NUMBER;
    out->is_integer = lua_isinteger(L, index);
    out->integer = lua_tointeger(L, index);
    out->number = lua_tonumber(L, index);
    break;
  case LUA_TSTRING:
    out->kind = KEY_TEXT;
    out->text = lua_tolstring(L, index, &out->length);
    break;
  case LUA_TBOOLEAN:
    out->kind = KEY_BOOLEAN;
    out->is_integer = true;
    out->integer = lua_toboolean(L, index);
    break;
  default:
    luaL_error(L, "pairs: a key that is a %s has no order that two runs share; use its id or name as the key",
               luaL_typename(L, index));
  }
}

static size_t count_keys(lua_State *L, int table) {
  size_t count = 0;
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) count++;
  return count;
}

/* Merges two ordered runs of `from`, [low, middle) and [middle, high), into `to`. */
static void merge_keys(const key *from, key *to, size_t low, size_t middle, size_t high) {
  size_t left = low, right = middle;
  for (size_t at = low; at < high; at++) {
    bool take_right = left == middle || (right < high && compare_keys(&from[right], &from[left]) < 0);
    to[at] = take_right ? from[right++] : from[left++];
  }
}

static size_t least_size(size_t a, size_t b) { return a < b ? a : b; }

static bool is_ordered(const key *keys, size_t count) {
  for (size_t i = 1; i < count; i++)
    if (compare_keys(&keys[i - 1], &keys[i]) > 0) return false;
  return true;
}

/* qsort could not be stopped. Returns the one of the two rooms that holds the result. */
static key *sort_keys(lua_State *L, key *keys, key *spare, size_t count) {
  for (size_t width = 1; width < count; width *= 2) {
    for (size_t low = 0; low < count; low += 2 * width) {
      neap_cell_check_stop(L);
      merge_keys(keys, spare, low, least_size(low + width, count), least_size(low + 2 * width, count));
    }
    key *swapped = keys;
    keys = spare;
    spare = swapped;
  }
  return keys;
}

/* Replaces the userdata on the top by one that holds the same keys in order. */
static void order_keys(lua_State *L, key *keys, size_t count) {
  if (is_ordered(keys, count)) return;
  key *spare = lua_newuserdatauv(L, count * sizeof *spare, 0);
  lua_remove(L, sort_keys(L, keys, spare, count) == keys ? -1 : -2);
}

/* Pushes the keys as they come, and a userdata with them in order. Returns their number. */
static size_t push_sorted(lua_State *L, int table) {
  size_t count = count_keys(L, table), at = 0;
  lua_createtable(L, (int)count, 0);
  key *keys = lua_newuserdatauv(L, (count ? count : 1) * sizeof *keys, 0);
  int anchor = lua_gettop(L) - 1;
  for (lua_pushnil(L); lua_next(L, table); at++) {
    lua_pop(L, 1);
    neap_cell_check_stop(L);
    memset(&keys[at], 0, sizeof keys[at]);
    read_key(L, lua_gettop(L), &keys[at]);
    keys[at].place = (lua_Integer)at + 1;
    lua_pushvalue(L, -1);
    lua_rawseti(L, anchor, keys[at].place);
  }
  order_keys(L, keys, count);
  return count;
}

/* upvalues: table, its keys, their order, how many, how many are done */
static int next_pair(lua_State *L) {
  const key *keys = lua_touserdata(L, lua_upvalueindex(3));
  lua_Integer count = lua_tointeger(L, lua_upvalueindex(4)), at = lua_tointeger(L, lua_upvalueindex(5));
  for (; at < count; at++) {
    lua_settop(L, 0);
    lua_rawgeti(L, lua_upvalueindex(2), keys[at].place);
    lua_pushvalue(L, 1);
    if (lua_rawget(L, lua_upvalueindex(1)) == LUA_TNIL) continue; /* it was removed on the way */
    lua_pushinteger(L, at + 1);
    lua_replace(L, lua_upvalueindex(5));
    return 2;
  }
  lua_pushnil(L);
  return 1;
}

static int pairs(lua_State *L) {
  luaL_checkany(L, 1);
  if (luaL_getmetafield(L, 1, "__pairs") != LUA_TNIL) {
    lua_pushvalue(L, 1);
    lua_call(L, 1, 3);
    return 3;
  }
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  lua_pushvalue(L, 1);
  size_t count = push_sorted(L, 1);
  lua_pushinteger(L, (lua_Integer)count);
  lua_pushinteger(L, 0);
  lua_pushcclosure(L, next_pair, 5);
  lua_pushvalue(L, 1);
  lua_pushnil(L);
  return 3;
}

/* The smallest key after the given one: right, and slow on large tables; pairs is the fast way. */
static int next(lua_State *L) {
  key given = {0}, found = {0}, other;
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 2);
  bool from_start = lua_isnil(L, 2), any = false;
  if (!from_start) read_key(L, 2, &given);
  lua_pushnil(L); /* 3: the key that was found */
  for (lua_pushnil(L); lua_next(L, 1);) {
    lua_pop(L, 1);
    neap_cell_check_stop(L);
    memset(&other, 0, sizeof other);
    read_key(L, 4, &other);
    if (!from_start && compare_keys(&other, &given) <= 0) continue;
    if (any && compare_keys(&other, &found) >= 0) continue;
    any = true;
    found = other;
    lua_copy(L, 4, 3);
  }
  lua_settop(L, 3);
  if (!any) return 1;
  lua_pushvalue(L, 3);
  lua_rawget(L, 1);
  return 2;
}

/* Whether the element at the top is less than the one below it. */
static bool is_less(lua_State *L) {
  neap_cell_check_stop(L);
  if (lua_isnil(L, 2)) return lua_compare(L, -1, -2, LUA_OPLT);
  lua_pushvalue(L, 2);
  lua_pushvalue(L, -2);
  lua_pushvalue(L, -4);
  lua_call(L, 2, 1);
  bool less = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return less;
}

/* Merges [low, middle) and [middle, high) of the table at `from` into the one at `to`. */
static void merge(lua_State *L, int from, int to, lua_Integer low, lua_Integer middle, lua_Integer high) {
  lua_Integer left = low, right = middle;
  for (lua_Integer at = low; at < high; at++) {
    bool take_right = left >= middle;
    if (!take_right && right < high) {
      lua_rawgeti(L, from, left);
      lua_rawgeti(L, from, right);
      take_right = is_less(L);
      lua_pop(L, 2);
    }
    lua_rawgeti(L, from, take_right ? right++ : left++);
    lua_rawseti(L, to, at);
  }
}

static lua_Integer least(lua_Integer a, lua_Integer b) { return a < b ? a : b; }

int neap_cell_sort(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 2);
  if (!lua_isnil(L, 2)) luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_Integer count = (lua_Integer)lua_rawlen(L, 1);
  luaL_argcheck(L, count <= SORT_MAX, 1, "over 10,000,000 elements");
  lua_createtable(L, (int)count, 0);
  int from = 1, to = 3;
  for (lua_Integer width = 1; width < count; width *= 2) {
    for (lua_Integer low = 1; low <= count; low += 2 * width)
      merge(L, from, to, low, least(low + width, count + 1), least(low + 2 * width, count + 1));
    from = 4 - from;
    to = 4 - to;
  }
  for (lua_Integer at = 1; from == 3 && at <= count; at++) {
    lua_rawgeti(L, 3, at);
    lua_rawseti(L, 1, at);
  }
  return 0;
}

void neap_cell_open_order(lua_State *L) {
  lua_register(L, "pairs", pairs);
  lua_register(L, "next", next);
}
