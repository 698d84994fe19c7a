/* SPDX-License-Identifier: MIT */
/* lproduct: require "neap.product". */
#include "lua/lproduct.h"

#include <stdlib.h>
#include <string.h>

#include "lua/lneap.h"

#define PRODUCT_TYPE "neap.product"

enum { MAX_FACTS = 32 };

NEAP_EXPORT int luaopen_neap_product(lua_State *L);

static void push_metatable(lua_State *L);

void neap_push_product(lua_State *L, const neap_product *product) {
  neap_product *copy = lua_newuserdatauv(L, sizeof *copy, 0);
  *copy = *product;
  push_metatable(L);
  lua_setmetatable(L, -2);
}

const neap_product *neap_test_product(lua_State *L, int index) { return luaL_testudata(L, index, PRODUCT_TYPE); }

static const neap_product *check(lua_State *L, int index) { return luaL_checkudata(L, index, PRODUCT_TYPE); }

static const char *const words[] = {"id",
                                    "base",
                                    "quote",
                                    "kind",
                                    "price_increment",
                                    "base_increment",
                                    "quantity_increment",
                                    "quote_increment",
                                    "base_min_size",
                                    "base_max_size",
                                    "quote_min_size",
                                    "quote_max_size",
                                    "contract_size",
                                    "is_disabled",
                                    "trading_disabled",
                                    "cancel_only",
                                    "limit_only",
                                    "post_only",
                                    "view_only",
                                    "auction_mode",
                                    "allows_short",
                                    "check_quantity",
                                    "check_price",
                                    "check_notional",
                                    "notional",
                                    "round_price",
                                    "round_quantity"};

static int raise_unknown(lua_State *L, const neap_product *product, const char *name) {
  const char *nearest = neap_nearest_word(name, words, sizeof words / sizeof *words);
  if (nearest) return luaL_error(L, "%s: a product has no '%s'; did you mean '%s'?", product->id, name, nearest);
  return luaL_error(L, "%s: a product has no '%s'", product->id, name);
}

static int push_amount(lua_State *L, neap_decimal amount) {
  if (amount.units)
    neap_push_decimal(L, amount);
  else
    lua_pushnil(L); /* no limit */
  return 1;
}

static bool push_text(lua_State *L, const neap_product *product, const char *name) {
  const char *text = strcmp(name, "id") == 0      ? product->id
                     : strcmp(name, "base") == 0  ? product->base
                     : strcmp(name, "quote") == 0 ? product->quote
                     : strcmp(name, "kind") == 0  ? neap_product_kind_name(product->kind)
                                                  : NULL;
  if (text) lua_pushstring(L, text);
  return text != NULL;
}

/* The upvalue holds the methods; what is not there is a fact. */
static int get(lua_State *L) {
  const neap_product *product = check(L, 1);
  const char *name = luaL_checkstring(L, 2);
  bool known;
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(1)) == LUA_TFUNCTION) return 1;
  if (push_text(L, product, name)) return 1;
  const neap_decimal *amount =
      neap_product_amount(product, strcmp(name, "quantity_increment") == 0 ? "base_increment" : name);
  if (amount) return push_amount(L, *amount);
  if (strcmp(name, "funding_interval") == 0) return lua_pushinteger(L, product->funding_interval), 1;
  bool flag = strcmp(name, "allows_short") == 0 ? (known = true, neap_product_allows_short(product))
                                                : neap_product_flag_get(product, name, &known);
  if (!known) return raise_unknown(L, product, name);
  lua_pushboolean(L, flag);
  return 1;
}

static int set(lua_State *L) { return luaL_error(L, "%s is read-only", check(L, 1)->id); }

static int check_quantity(lua_State *L) {
  neap_fault fault;
  return neap_push_done(L, neap_product_check_quantity(check(L, 1), neap_check_decimal(L, 2), &fault), &fault);
}

static int check_price(lua_State *L) {
  neap_fault fault;
  return neap_push_done(L, neap_product_check_price(check(L, 1), neap_check_decimal(L, 2), &fault), &fault);
}

static int check_notional(lua_State *L) {
  neap_fault fault;
  neap_decimal quantity = neap_check_decimal(L, 2), price = neap_check_decimal(L, 3);
  return neap_push_done(L, neap_product_check_notional(check(L, 1), quantity, price, &fault), &fault);
}

static int notional(lua_State *L) {
  neap_decimal quantity = neap_check_decimal(L, 2), price = neap_check_decimal(L, 3), value;
  if (neap_product_notional(check(L, 1), price, quantity, &value))
    return luaL_error(L, "notional: the value does not fit");
  neap_push_decimal(L, value);
  return 1;
}

static neap_rounding check_rounding(lua_State *L, int index, const char *standard) {
  static const char *const names[] = {"down", "up", "nearest", NULL};
  static const neap_rounding roundings[] = {NEAP_ROUND_DOWN, NEAP_ROUND_UP, NEAP_ROUND_HALF_EVEN};
  return roundings[luaL_checkoption(L, index, standard, names)];
}

/* A float that lies within 1e-9 of a multiple is that multiple, whatever the rounding. */
static int round_to(lua_State *L, neap_decimal increment, neap_rounding rounding) {
  neap_decimal value;
  neap_fault fault;
  neap_snap how;
  neap_status status;
  if (lua_type(L, 2) == LUA_TNUMBER && !lua_isinteger(L, 2))
    status = neap_decimal_snap(lua_tonumber(L, 2), increment, rounding, &value, &how, &fault);
  else {
    status = neap_decimal_quantize(neap_check_decimal(L, 2), increment, rounding, &value);
    if (status) neap_fail(&fault, status, "overflow", "the rounded number does not fit");
  }
  if (status) return neap_raise_fault(L, &fault);
  neap_push_decimal(L, value);
  return 1;
}

static int round_price(lua_State *L) {
  const neap_product *product = check(L, 1);
  luaL_checkany(L, 2);
  return round_to(L, product->price_increment, check_rounding(L, 3, "nearest"));
}

static int round_quantity(lua_State *L) {
  const neap_product *product = check(L, 1);
  luaL_checkany(L, 2);
  return round_to(L, product->base_increment, check_rounding(L, 3, "down"));
}

static void add_amount(luaL_Buffer *out, const char *before, neap_decimal amount, const char *unit) {
  char text[NEAP_DECIMAL_TEXT];
  if (amount.units == 0) return;
  neap_decimal_format(amount, text);
  luaL_addstring(out, before);
  luaL_addstring(out, text);
  luaL_addstring(out, " ");
  luaL_addstring(out, unit);
}

static void add_flags(luaL_Buffer *out, uint32_t flags) {
  static const char *const names[] = {"disabled", "cancel only", "limit only", "post only", "view only", "auction"};
  for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
    if (flags & 1U << i) {
      luaL_addstring(out, ", ");
      luaL_addstring(out, names[i]);
    }
}

static int to_string(lua_State *L) {
  const neap_product *product = check(L, 1);
  luaL_Buffer out;
  luaL_buffinit(L, &out);
  luaL_addstring(&out, product->id);
  luaL_addstring(&out, " ");
  luaL_addstring(&out, neap_product_kind_name(product->kind));
  add_amount(&out, ", price by ", product->price_increment, product->quote);
  add_amount(&out, ", quantity by ", product->base_increment, product->base);
  add_amount(&out, " from ", product->base_min, product->base);
  add_amount(&out, " to ", product->base_max, product->base);
  add_amount(&out, ", value from ", product->notional_min, product->quote);
  add_amount(&out, ", value to ", product->notional_max, product->quote);
  add_flags(&out, product->flags);
  luaL_pushresult(&out);
  return 1;
}

/* Text of a fact's value, left on the stack. */
static const char *push_value(lua_State *L, const char *name) {
  char text[NEAP_DECIMAL_TEXT];
  const neap_decimal *amount = neap_test_decimal(L, -1);
  if (amount) {
    neap_decimal_format(*amount, text);
    return lua_pushstring(L, text);
  }
  if (lua_type(L, -1) == LUA_TBOOLEAN) return lua_pushstring(L, lua_toboolean(L, -1) ? "true" : "false");
  if (lua_type(L, -1) == LUA_TSTRING || lua_isinteger(L, -1)) return luaL_tolstring(L, -1, NULL);
  luaL_error(L, "product.new: %s is %s; use text or a decimal", name, luaL_typename(L, -1));
  return NULL;
}

/* In the order of the names, so that the first message is always the same. */
static size_t read_facts(lua_State *L, const char **names, const char **values) {
  size_t count = 0;
  for (const char *const *name = neap_product_fact_names(); *name && count < MAX_FACTS; name++) {
    if (lua_getfield(L, 2, *name) == LUA_TNIL) {
      lua_pop(L, 1);
      continue;
    }
    values[count] = push_value(L, *name);
    names[count++] = *name;
  }
  return count;
}

static int new_product(lua_State *L) {
  const char *names[MAX_FACTS], *values[MAX_FACTS];
  neap_product product;
  neap_fault fault;
  size_t count = 0;
  const char *id = luaL_checkstring(L, 1);
  lua_settop(L, 2);
  luaL_checkstack(L, 2 * MAX_FACTS + 8, "product.new");
  if (!lua_isnil(L, 2)) {
    neap_check_options(L, 2, "product.new", neap_product_fact_names());
    count = read_facts(L, names, values);
  }
  neap_status status = neap_product_init(&product, id, &fault);
  if (status == NEAP_OK) status = neap_product_set_all(&product, names, values, count, &fault);
  if (status) return neap_raise_fault(L, &fault);
  neap_push_product(L, &product);
  return 1;
}

static int parse(lua_State *L) {
  neap_product product;
  neap_fault fault;
  if (neap_product_parse(luaL_checkstring(L, 1), &product, &fault)) return neap_push_fault(L, &fault);
  neap_push_product(L, &product);
  return 1;
}

/* Frees the array when Lua runs out of memory in between. */
typedef struct holder {
  neap_product *products;
} holder;

static int free_holder(lua_State *L) {
  holder *held = luaL_checkudata(L, 1, PRODUCT_TYPE ".array");
  free(held->products);
  held->products = NULL;
  return 0;
}

static holder *push_holder(lua_State *L) {
  holder *held = lua_newuserdatauv(L, sizeof *held, 0);
  held->products = NULL;
  if (luaL_newmetatable(L, PRODUCT_TYPE ".array")) {
    lua_pushcfunction(L, free_holder);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  return held;
}

static int parse_venue(lua_State *L) {
  size_t length, count, notes;
  neap_fault fault;
  const char *text = luaL_checklstring(L, 1, &length);
  holder *held = push_holder(L);
  if (neap_products_parse(text, length, &held->products, &count, &notes, &fault)) return neap_push_fault(L, &fault);
  lua_createtable(L, (int)count, 0);
  for (size_t i = 0; i < count; i++) {
    neap_push_product(L, &held->products[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  free(held->products);
  held->products = NULL;
  lua_pushinteger(L, (lua_Integer)notes);
  return 2;
}

static const luaL_Reg methods[] = {{"check_quantity", check_quantity},
                                   {"check_price", check_price},
                                   {"check_notional", check_notional},
                                   {"notional", notional},
                                   {"round_price", round_price},
                                   {"round_quantity", round_quantity},
                                   {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__newindex", set}, {"__tostring", to_string}, {NULL, NULL}};

static const luaL_Reg functions[] = {
    {"new", new_product}, {"parse", parse}, {"parse_venue", parse_venue}, {NULL, NULL}};

static void push_metatable(lua_State *L) {
  if (!luaL_newmetatable(L, PRODUCT_TYPE)) return;
  luaL_setfuncs(L, metamethods, 0);
  luaL_newlib(L, methods);
  lua_pushcclosure(L, get, 1);
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, "product");
  lua_setfield(L, -2, "__metatable");
}

int luaopen_neap_product(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
