/* SPDX-License-Identifier: MIT */
/* lstrategy_self: the two objects that carry the words: self, a table of the author's own, and product handles. */
#include <string.h>

#include "lua/lstrategy.h"
#include "lua/lstrategy_state.h"

#define PRODUCT_TYPE "neap.product_handle"

enum { WORDS_MAX = 96, SLIP_MIN = 4, REMEMBERED = 256 };

typedef struct handle {
  uint32_t product;
} handle;

static const strategy_word *const tables[] = {neap_words_orders, neap_words_plans, neap_words_sight, neap_words_series,
                                              neap_words_timers};
enum { TABLES = sizeof tables / sizeof *tables };

neap_strategy_cell *neap_lstrategy(lua_State *L) {
  neap_strategy_cell *self = neap_cell_context(L);
  neap_cell_touch(L);
  if (!self->desk) luaL_error(L, "there is no session: this word works inside hooks");
  return self;
}

void neap_lstrategy_check(lua_State *L, neap_status status, const char *what, const neap_fault *fault) {
  if (status == NEAP_OK) return;
  if (status == NEAP_MEMORY || status == NEAP_IO || status == NEAP_CORRUPT || status == NEAP_BROKEN)
    ((neap_strategy_cell *)neap_cell_context(L))->world = *fault;
  bool unnamed = fault->where[0] && !strstr(fault->message, fault->where);
  luaL_error(L, "%s: %s%s%s%s%s", what, unnamed ? fault->where : "", unnamed ? ": " : "", fault->message,
             fault->nearest[0] ? "; nearest: " : "", fault->nearest);
}

static bool is_self(lua_State *L, int index) {
  if (!lua_istable(L, index)) return false;
  lua_rawgeti(L, LUA_REGISTRYINDEX, ((neap_strategy_cell *)neap_cell_context(L))->self_ref);
  bool same = lua_rawequal(L, -1, index);
  lua_pop(L, 1);
  return same;
}

void neap_lstrategy_check_object(lua_State *L) {
  if (is_self(L, 1) || luaL_testudata(L, 1, PRODUCT_TYPE)) return;
  luaL_error(L, "call this with ':' on self or on a product");
}

static void add_list(lua_State *L, luaL_Buffer *out, const neap_desk *desk) {
  (void)L;
  bool is_first = true;
  for (uint32_t i = 0; i < neap_desk_product_count(desk); i++) {
    if (!neap_desk_trades(desk, i)) continue;
    if (!is_first) luaL_addstring(out, ", ");
    luaL_addstring(out, neap_desk_product(desk, i)->id);
    is_first = false;
  }
}

static int raise_unnamed(lua_State *L, const char *what) {
  luaL_Buffer list;
  const neap_desk *desk = neap_lstrategy(L)->desk;
  luaL_buffinit(L, &list);
  add_list(L, &list, desk);
  luaL_pushresult(&list);
  return luaL_error(L, "%s: name the product, there are several: %s", what, lua_tostring(L, -1));
}

static int raise_unknown_product(lua_State *L, const char *what, const char *id) {
  const char *ids[NEAP_STRATEGY_PRODUCTS];
  const neap_desk *desk = neap_lstrategy(L)->desk;
  uint32_t count = 0;
  for (uint32_t i = 0; i < neap_desk_product_count(desk) && count < NEAP_STRATEGY_PRODUCTS; i++)
    if (neap_desk_trades(desk, i)) ids[count++] = neap_desk_product(desk, i)->id;
  const char *nearest = neap_nearest_word(id, ids, count);
  if (nearest) return luaL_error(L, "%s: unknown product '%s'; did you mean '%s'?", what, id, nearest);
  luaL_Buffer list;
  luaL_buffinit(L, &list);
  add_list(L, &list, desk);
  luaL_pushresult(&list);
  return luaL_error(L, "%s: unknown product '%s'; there are %s", what, id, lua_tostring(L, -1));
}

uint32_t neap_lstrategy_find_product(lua_State *L, const char *what, int index) {
  const handle *self = luaL_testudata(L, index, PRODUCT_TYPE);
  if (self) return self->product;
  if (lua_type(L, index) != LUA_TSTRING)
    luaL_error(L, "%s: a product is its id or its handle, not %s", what, luaL_typename(L, index));
  int found = neap_desk_find_product(neap_lstrategy(L)->desk, lua_tostring(L, index));
  if (found < 0) raise_unknown_product(L, what, lua_tostring(L, index));
  return (uint32_t)found;
}

uint32_t neap_lstrategy_product(lua_State *L, const char *what, int options) {
  const handle *self = lua_istable(L, 1) ? NULL : luaL_testudata(L, 1, PRODUCT_TYPE);
  int64_t named = -1;
  if (options && lua_getfield(L, options, "product") != LUA_TNIL) named = neap_lstrategy_find_product(L, what, -1);
  if (options) lua_pop(L, 1);
  if (self && named >= 0 && named != self->product)
    luaL_error(L, "%s: this product handle is of another product", what);
  if (self) return self->product;
  if (named >= 0) return (uint32_t)named;
  int only = neap_desk_only_product(neap_lstrategy(L)->desk);
  return only >= 0 ? (uint32_t)only : (uint32_t)raise_unnamed(L, what);
}

int64_t neap_lstrategy_scope(lua_State *L) {
  const handle *self = luaL_testudata(L, 1, PRODUCT_TYPE);
  return self ? (int64_t)self->product : -1;
}

static size_t list_words(int of, const char *out[WORDS_MAX]) {
  size_t count = 0;
  for (int i = 0; i < TABLES; i++)
    for (const strategy_word *word = tables[i]; word->name && count < WORDS_MAX; word++)
      if ((int)word->of & of) out[count++] = word->name;
  return count;
}

/* At most REMEMBERED names, whose number is at [1]: an author may use self as a map. */
static void remember(lua_State *L) {
  lua_rawgeti(L, lua_upvalueindex(1), 1);
  lua_Integer count = lua_tointeger(L, -1);
  if (count >= REMEMBERED) return;
  lua_pushinteger(L, count + 1);
  lua_rawseti(L, lua_upvalueindex(1), 1);
  lua_pushvalue(L, 2);
  lua_pushboolean(L, 0);
  lua_rawset(L, lua_upvalueindex(1));
}

/* Short names are near to everything, and self.closed or self.cancelled are an author's own flags. */
static bool is_slip(const char *key, const char *word) {
  return strlen(key) >= SLIP_MIN && strncmp(key, word, strlen(word)) != 0;
}

/* A miss on self is nil, unless it looks like a slip. The table of words remembers what was asked for. */
static int miss(lua_State *L, int of) {
  const char *words[WORDS_MAX];
  const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : luaL_typename(L, 2),
             *what = of == WORD_SELF ? "self" : "a product";
  const char *nearest = neap_nearest_word(key, words, list_words(of, words));
  if (nearest && of == WORD_SELF && !is_slip(key, nearest)) nearest = NULL;
  if (nearest) return luaL_error(L, "%s has no '%s'; did you mean '%s'?", what, key, nearest);
  if (of == WORD_PRODUCT) return luaL_error(L, "%s has no '%s'", what, key);
  remember(L);
  return 0;
}

/* upvalue 1: name → method (function), field (light userdata), or false for a name that was asked for and is nobody's;
 * upvalue 2: whose words */
static int get(lua_State *L) {
  if (lua_type(L, 2) != LUA_TSTRING && lua_tointeger(L, lua_upvalueindex(2)) == WORD_SELF) return 0;
  lua_pushvalue(L, 2);
  int type = lua_rawget(L, lua_upvalueindex(1));
  if (type == LUA_TFUNCTION) return 1;
  if (type == LUA_TBOOLEAN) return 0;
  if (type == LUA_TNIL) return miss(L, (int)lua_tointeger(L, lua_upvalueindex(2)));
  const strategy_word *word = lua_touserdata(L, -1);
  if (!word->field) return luaL_error(L, "'%s' is not in this version", word->name);
  lua_settop(L, 1);
  return word->field(L);
}

/* Of the word at the top. */
static bool is_state_word(lua_State *L) {
  const strategy_word *word = lua_touserdata(L, -1);
  return word && word->field == neap_lstrategy_get_state;
}

static int replace_state(lua_State *L) {
  if (!lua_istable(L, 3)) return luaL_error(L, "self.state is a table of plain values, not %s", luaL_typename(L, 3));
  lua_settop(L, 3);
  neap_lstrategy_set_state(L);
  return 0;
}

/* Only new names come here: what the author has set is changed without us. */
static int set_on_self(lua_State *L) {
  lua_pushvalue(L, 2);
  int type = lua_rawget(L, lua_upvalueindex(1));
  if (is_state_word(L)) return replace_state(L);
  if (type == LUA_TFUNCTION || type == LUA_TLIGHTUSERDATA)
    return luaL_error(L, "self.%s belongs to the strategy's words: choose another name", lua_tostring(L, 2));
  lua_settop(L, 3);
  lua_rawset(L, 1);
  return 0;
}

static int set_on_product(lua_State *L) {
  return luaL_error(L, "a product is read-only; keep your own values on self");
}

static void push_words(lua_State *L, int of) {
  lua_newtable(L);
  for (int i = 0; i < TABLES; i++)
    for (const strategy_word *word = tables[i]; word->name; word++) {
      if (!((int)word->of & of)) continue;
      if (word->method)
        lua_pushcfunction(L, word->method);
      else
        lua_pushlightuserdata(L, (void *)word);
      lua_setfield(L, -2, word->name);
    }
}

/* Leaves a table whose __index knows the words of `of`. */
static void push_metatable(lua_State *L, int of, lua_CFunction set) {
  lua_newtable(L);
  push_words(L, of);
  lua_pushvalue(L, -1);
  lua_pushinteger(L, of);
  lua_pushcclosure(L, get, 2);
  lua_setfield(L, -3, "__index");
  lua_pushcclosure(L, set, 1);
  lua_setfield(L, -2, "__newindex");
}

static int self_text(lua_State *L) {
  lua_pushfstring(L, "strategy %s", ((neap_strategy_cell *)neap_cell_context(L))->strategy.name);
  return 1;
}

static int product_text(lua_State *L) {
  const handle *self = luaL_checkudata(L, 1, PRODUCT_TYPE);
  lua_pushstring(L, neap_desk_product(neap_lstrategy(L)->desk, self->product)->id);
  return 1;
}

static void finish_metatable(lua_State *L, const char *name, lua_CFunction text) {
  lua_pushcfunction(L, text);
  lua_setfield(L, -2, "__tostring");
  lua_pushstring(L, name);
  lua_setfield(L, -2, "__metatable");
}

static void open_products(lua_State *L) {
  push_metatable(L, WORD_PRODUCT, set_on_product);
  finish_metatable(L, "product", product_text);
  lua_pushliteral(L, PRODUCT_TYPE);
  lua_setfield(L, -2, "__name");
  lua_setfield(L, LUA_REGISTRYINDEX, PRODUCT_TYPE);
}

void neap_lstrategy_open_objects(lua_State *L) {
  open_products(L);
  lua_newtable(L);
  push_metatable(L, WORD_SELF, set_on_self);
  finish_metatable(L, "self", self_text);
  lua_setmetatable(L, -2);
}

/* The same handle each time, so that two of one product are equal. */
void neap_lstrategy_push_product(lua_State *L, uint32_t product) {
  neap_strategy_cell *self = neap_lstrategy(L);
  if (product < NEAP_STRATEGY_PRODUCTS && self->product_ref[product]) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, self->product_ref[product]);
    return;
  }
  handle *made = lua_newuserdatauv(L, sizeof *made, 0);
  made->product = product;
  luaL_setmetatable(L, PRODUCT_TYPE);
  if (product >= NEAP_STRATEGY_PRODUCTS) return;
  lua_pushvalue(L, -1);
  self->product_ref[product] = luaL_ref(L, LUA_REGISTRYINDEX);
}
