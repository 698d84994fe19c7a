/* SPDX-License-Identifier: MIT */
/* laccount: fields of option tables, words, lists of products. */
#include "lua/laccount.h"

#include <string.h>

#include "lua/lneap.h"
#include "lua/lproduct.h"

const char *const neap_side_words[] = {"buy", "sell", NULL};
const char *const neap_liquidity_words[] = {"taker", "maker", NULL};

static neap_decimal read_decimal(lua_State *L, int index, const char *what, const char *name) {
  const neap_decimal *decimal = neap_test_decimal(L, index);
  neap_decimal value = NEAP_ZERO;
  neap_fault fault;
  size_t length;
  if (decimal) return *decimal;
  if (lua_isinteger(L, index)) return neap_decimal_from_int(lua_tointeger(L, index));
  if (lua_type(L, index) != LUA_TSTRING)
    luaL_error(L, "%s: %s is a decimal, an integer or text, not a %s", what, name,
               lua_type(L, index) == LUA_TNUMBER ? "float" : luaL_typename(L, index));
  const char *text = lua_tolstring(L, index, &length);
  if (neap_decimal_parse(text, length, &value, &fault) != NEAP_OK)
    luaL_error(L, "%s: %s: %s", what, name, fault.message);
  return value;
}

neap_decimal neap_field_decimal(lua_State *L, int table, const char *what, const char *name) {
  if (lua_getfield(L, table, name) == LUA_TNIL) luaL_error(L, "%s: %s is missing", what, name);
  neap_decimal value = read_decimal(L, -1, what, name);
  lua_pop(L, 1);
  return value;
}

neap_decimal neap_field_decimal_or_zero(lua_State *L, int table, const char *what, const char *name) {
  bool absent = lua_getfield(L, table, name) == LUA_TNIL;
  neap_decimal value = absent ? NEAP_ZERO : read_decimal(L, -1, what, name);
  lua_pop(L, 1);
  return value;
}

int64_t neap_field_integer(lua_State *L, int table, const char *what, const char *name, int64_t otherwise) {
  int64_t value = otherwise;
  if (lua_getfield(L, table, name) != LUA_TNIL) {
    if (!lua_isinteger(L, -1)) luaL_error(L, "%s: %s is an integer, not a %s", what, name, luaL_typename(L, -1));
    value = lua_tointeger(L, -1);
  }
  lua_pop(L, 1);
  return value;
}

bool neap_field_flag(lua_State *L, int table, const char *what, const char *name) {
  int type = lua_getfield(L, table, name);
  if (type != LUA_TNIL && type != LUA_TBOOLEAN) luaL_error(L, "%s: %s is true or false", what, name);
  bool value = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return value;
}

int neap_check_word(lua_State *L, int index, const char *what, const char *const *words) {
  const char *text = lua_type(L, index) == LUA_TSTRING ? lua_tostring(L, index) : NULL;
  if (!text) return luaL_error(L, "%s: text such as '%s' is wanted, not %s", what, words[0], luaL_typename(L, index));
  for (int i = 0; words[i]; i++)
    if (strcmp(words[i], text) == 0) return i;
  return neap_raise_unknown(L, what, "word", text, words);
}

int neap_field_word(lua_State *L, int table, const char *what, const char *name, const char *const *words,
                    int otherwise) {
  int index = otherwise;
  const char *place = lua_pushfstring(L, "%s: %s", what, name);
  if (lua_getfield(L, table, name) != LUA_TNIL)
    index = neap_check_word(L, -1, place, words);
  else if (otherwise < 0)
    luaL_error(L, "%s is missing", place);
  lua_pop(L, 2);
  return index;
}

static uint32_t find_product(const neap_product *products, uint32_t count, const char *id) {
  uint32_t i = 0;
  while (i < count && strcmp(products[i].id, id) != 0) i++;
  return i;
}

const neap_product *neap_push_product_array(lua_State *L, int index, const char *what, uint32_t *count) {
  enum { MOST = 100000 };
  int list = lua_absindex(L, index);
  if (!lua_istable(L, list)) luaL_error(L, "%s: products is a list of products, not %s", what, luaL_typename(L, list));
  size_t length = lua_rawlen(L, list);
  if (length == 0 || length > MOST) luaL_error(L, "%s: products is a list of one or more products", what);
  neap_product *products = lua_newuserdatauv(L, length * sizeof *products, 0);
  for (uint32_t i = 0; i < length; i++) {
    lua_rawgeti(L, list, (lua_Integer)i + 1);
    const neap_product *product = neap_test_product(L, -1);
    if (!product) luaL_error(L, "%s: products[%d] is not a product", what, (int)i + 1);
    if (find_product(products, i, product->id) < i) luaL_error(L, "%s: %s is there twice", what, product->id);
    products[i] = *product;
    lua_pop(L, 1);
  }
  *count = (uint32_t)length;
  return products;
}

static const char *nearest_product(lua_State *L, const neap_product *products, uint32_t count, const char *id) {
  const char **ids = lua_newuserdatauv(L, count * sizeof *ids, 0);
  for (uint32_t i = 0; i < count; i++) ids[i] = products[i].id;
  return neap_nearest_word(id, ids, count);
}

uint32_t neap_check_product_id(lua_State *L, int index, const char *what, const neap_product *products,
                               uint32_t count) {
  const char *id = lua_type(L, index) == LUA_TSTRING ? lua_tostring(L, index) : NULL;
  if (!id) luaL_error(L, "%s: a product's id is wanted, not %s", what, luaL_typename(L, index));
  uint32_t found = find_product(products, count, id);
  if (found < count) return found;
  const char *nearest = nearest_product(L, products, count, id);
  luaL_error(L, "%s: unknown product '%s'; %s '%s'", what, id, nearest ? "did you mean" : "one is",
             nearest ? nearest : products[0].id);
  return found;
}

uint32_t neap_field_product(lua_State *L, int table, const char *what, const neap_product *products, uint32_t count) {
  if (lua_getfield(L, table, "product") == LUA_TNIL && count == 1) return lua_pop(L, 1), 0;
  uint32_t found = neap_check_product_id(L, -1, what, products, count);
  lua_pop(L, 1);
  return found;
}

void neap_set_decimal(lua_State *L, const char *name, neap_decimal value) {
  neap_push_decimal(L, value);
  lua_setfield(L, -2, name);
}

void neap_set_integer(lua_State *L, const char *name, int64_t value) {
  lua_pushinteger(L, value);
  lua_setfield(L, -2, name);
}

void neap_set_text(lua_State *L, const char *name, const char *value) {
  if (*value == '\0') return;
  lua_pushstring(L, value);
  lua_setfield(L, -2, name);
}
