/* SPDX-License-Identifier: MIT */
/* ldecimal: require "neap.decimal". */
#include <string.h>

#include "lua/lneap.h"

#define DECIMAL_TYPE "neap.decimal"

static const char *const roundings[] = {"down", "up", "floor", "ceiling", "half_even", "half_up", NULL};

NEAP_EXPORT int luaopen_neap_decimal(lua_State *L);

static void push_metatable(lua_State *L);

void neap_push_decimal(lua_State *L, neap_decimal value) {
  neap_decimal *decimal = lua_newuserdatauv(L, sizeof *decimal, 0);
  *decimal = value;
  push_metatable(L);
  lua_setmetatable(L, -2);
}

const neap_decimal *neap_test_decimal(lua_State *L, int index) { return luaL_testudata(L, index, DECIMAL_TYPE); }

/* A fault in an argument names it; a value inside a table (negative index) has no number. */
static int raise_at(lua_State *L, int index, const neap_fault *fault) {
  if (index < 0) return neap_raise_fault(L, fault);
  lua_pushstring(L, fault->message);
  if (fault->nearest[0]) {
    lua_pushfstring(L, "; nearest: %s", fault->nearest);
    lua_concat(L, 2);
  }
  return luaL_argerror(L, index, lua_tostring(L, -1));
}

static neap_decimal refuse_type(lua_State *L, int index) {
  neap_fault fault;
  bool is_float = lua_type(L, index) == LUA_TNUMBER;
  neap_fail(&fault, NEAP_INVALID, "bad_type",
            is_float ? "decimal expected, got a float: use text or a decimal"
                     : "decimal, integer or text expected, got %s",
            luaL_typename(L, index));
  raise_at(L, index, &fault);
  return NEAP_ZERO;
}

neap_decimal neap_check_decimal(lua_State *L, int index) {
  const neap_decimal *decimal = neap_test_decimal(L, index);
  neap_decimal value = NEAP_ZERO;
  neap_fault fault;
  size_t length;
  if (decimal) return *decimal;
  if (lua_isinteger(L, index)) return neap_decimal_from_int(lua_tointeger(L, index));
  if (lua_type(L, index) != LUA_TSTRING) return refuse_type(L, index);
  const char *text = lua_tolstring(L, index, &length);
  if (neap_decimal_parse(text, length, &value, &fault) != NEAP_OK) raise_at(L, index, &fault);
  return value;
}

static const char *operand_name(lua_State *L, int index) {
  if (lua_type(L, index) == LUA_TNUMBER) return "float";
  return lua_type(L, index) == LUA_TSTRING ? "text" : luaL_typename(L, index);
}

/* An operand of arithmetic or comparison: a decimal or an integer. */
static neap_decimal operand(lua_State *L, int index, const char *symbol) {
  const neap_decimal *decimal = neap_test_decimal(L, index);
  if (decimal) return *decimal;
  if (lua_isinteger(L, index)) return neap_decimal_from_int(lua_tointeger(L, index));
  const char *advice = lua_type(L, index) == LUA_TNUMBER ? "d:float() turns the decimal into a float, text is exact"
                                                         : "decimals mix with integers and decimals";
  luaL_error(L, "decimal %s %s: %s", symbol, operand_name(L, index), advice);
  return NEAP_ZERO;
}

static int give(lua_State *L, neap_status status, neap_decimal value, const char *symbol) {
  if (status == NEAP_RANGE) return luaL_error(L, "decimal overflow in '%s': the result is over 1.7e22", symbol);
  if (status != NEAP_OK) return luaL_error(L, "decimal %s 0: division by zero", symbol);
  neap_push_decimal(L, value);
  return 1;
}

static int add(lua_State *L) {
  neap_decimal a = operand(L, 1, "+"), b = operand(L, 2, "+"), sum = NEAP_ZERO;
  neap_status status = neap_decimal_add(a, b, &sum);
  return give(L, status, sum, "+");
}

static int subtract(lua_State *L) {
  neap_decimal a = operand(L, 1, "-"), b = operand(L, 2, "-"), difference = NEAP_ZERO;
  neap_status status = neap_decimal_sub(a, b, &difference);
  return give(L, status, difference, "-");
}

static int multiply(lua_State *L) {
  neap_decimal a = operand(L, 1, "*"), b = operand(L, 2, "*"), product = NEAP_ZERO;
  neap_status status = neap_decimal_mul(a, b, NEAP_DECIMAL_DIGITS, NEAP_ROUND_HALF_EVEN, &product);
  return give(L, status, product, "*");
}

static int divide(lua_State *L) {
  neap_decimal a = operand(L, 1, "/"), b = operand(L, 2, "/"), quotient = NEAP_ZERO;
  neap_status status = neap_decimal_div(a, b, NEAP_DECIMAL_DIVISION, NEAP_ROUND_HALF_EVEN, &quotient);
  return give(L, status, quotient, "/");
}

static int negate(lua_State *L) {
  neap_push_decimal(L, neap_decimal_neg(operand(L, 1, "-")));
  return 1;
}

/* Lua asks only for two userdata; one of another type is unequal. */
static int equals(lua_State *L) {
  const neap_decimal *a = neap_test_decimal(L, 1), *b = neap_test_decimal(L, 2);
  lua_pushboolean(L, a && b && neap_decimal_cmp(*a, *b) == 0);
  return 1;
}

static int less_than(lua_State *L) {
  lua_pushboolean(L, neap_decimal_cmp(operand(L, 1, "<"), operand(L, 2, "<")) < 0);
  return 1;
}

static int at_most(lua_State *L) {
  lua_pushboolean(L, neap_decimal_cmp(operand(L, 1, "<="), operand(L, 2, "<=")) <= 0);
  return 1;
}

static neap_decimal check_self(lua_State *L) { return *(neap_decimal *)luaL_checkudata(L, 1, DECIMAL_TYPE); }

static int to_string(lua_State *L) {
  char text[NEAP_DECIMAL_TEXT];
  lua_pushlstring(L, text, neap_decimal_format(check_self(L), text));
  return 1;
}

static int concat(lua_State *L) {
  neap_tolstring(L, 1, NULL);
  neap_tolstring(L, 2, NULL);
  lua_concat(L, 2);
  return 1;
}

static int to_float(lua_State *L) {
  lua_pushnumber(L, neap_decimal_to_double(check_self(L)));
  return 1;
}

static int to_int(lua_State *L) {
  int64_t value = 0;
  neap_fault fault;
  if (neap_decimal_to_int(check_self(L), &value, &fault) != NEAP_OK) return raise_at(L, 1, &fault);
  lua_pushinteger(L, value);
  return 1;
}

static int is_zero(lua_State *L) {
  lua_pushboolean(L, neap_decimal_is_zero(check_self(L)));
  return 1;
}

static int sign(lua_State *L) {
  lua_pushinteger(L, neap_decimal_sign(check_self(L)));
  return 1;
}

static int absolute(lua_State *L) {
  neap_push_decimal(L, neap_decimal_abs(check_self(L)));
  return 1;
}

static unsigned check_digits(lua_State *L, int index) {
  lua_Integer digits = luaL_checkinteger(L, index);
  luaL_argcheck(L, digits >= 0 && digits <= NEAP_DECIMAL_DIGITS, index, "digits are 0 to 16");
  return (unsigned)digits;
}

static neap_rounding check_rounding(lua_State *L, int index, const char *otherwise) {
  const char *name = luaL_optstring(L, index, otherwise);
  for (int i = 0; name && roundings[i]; i++)
    if (strcmp(name, roundings[i]) == 0) return (neap_rounding)i;
  const char *nearest = name ? neap_nearest_word(name, roundings, sizeof roundings / sizeof *roundings - 1) : NULL;
  if (nearest)
    lua_pushfstring(L, "unknown rounding '%s'; did you mean '%s'?", name, nearest);
  else
    lua_pushliteral(L, "a rounding is down, up, floor, ceiling, half_even or half_up");
  return (neap_rounding)luaL_argerror(L, index, lua_tostring(L, -1));
}

static int round_to_digits(lua_State *L) {
  neap_decimal value = check_self(L);
  unsigned digits = check_digits(L, 2);
  neap_status status = neap_decimal_round(value, digits, check_rounding(L, 3, "half_even"), &value);
  return give(L, status, value, "round");
}

static int quantize(lua_State *L) {
  neap_decimal value = check_self(L), increment = neap_check_decimal(L, 2);
  neap_rounding rounding = check_rounding(L, 3, NULL);
  luaL_argcheck(L, neap_decimal_sign(increment) > 0, 2, "an increment is more than zero");
  neap_status status = neap_decimal_quantize(value, increment, rounding, &value);
  return give(L, status, value, "quantize");
}

static int format(lua_State *L) {
  char text[NEAP_DECIMAL_TEXT];
  neap_decimal value = check_self(L);
  unsigned digits = lua_isnoneornil(L, 2) ? 0 : check_digits(L, 2);
  lua_pushlstring(L, text, neap_decimal_format_padded(value, digits, text));
  return 1;
}

static const luaL_Reg methods[] = {{"float", to_float},    {"int", to_int},    {"is_zero", is_zero},
                                   {"sign", sign},         {"abs", absolute},  {"round", round_to_digits},
                                   {"quantize", quantize}, {"format", format}, {NULL, NULL}};

static int refuse_method(lua_State *L) {
  static const char *const names[] = {"float", "int", "is_zero", "sign", "abs", "round", "quantize", "format"};
  const char *name = neap_tolstring(L, 2, NULL);
  const char *nearest = neap_nearest_word(name, names, sizeof names / sizeof *names);
  if (nearest) return luaL_error(L, "a decimal has no '%s'; did you mean '%s'?", name, nearest);
  return luaL_error(L, "a decimal has no '%s'; it has float, int, is_zero, sign, abs, round, quantize, format", name);
}

static void set_methods(lua_State *L) {
  luaL_newlib(L, methods);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, refuse_method);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
  lua_setfield(L, -2, "__index");
}

/* Each lua_State has a metatable of its own, made on first use. Scripts see a word in its place. */
static void push_metatable(lua_State *L) {
  static const luaL_Reg metamethods[] = {
      {"__add", add},       {"__sub", subtract},       {"__mul", multiply}, {"__div", divide},
      {"__unm", negate},    {"__eq", equals},          {"__lt", less_than}, {"__le", at_most},
      {"__concat", concat}, {"__tostring", to_string}, {NULL, NULL}};
  if (!luaL_newmetatable(L, DECIMAL_TYPE)) return;
  luaL_setfuncs(L, metamethods, 0);
  lua_pushliteral(L, DECIMAL_TYPE);
  lua_setfield(L, -2, "__metatable");
  set_methods(L);
}

static int new_decimal(lua_State *L) {
  neap_push_decimal(L, neap_check_decimal(L, 1));
  return 1;
}

/* decimal "1.5": the table itself is argument 1. */
static int call_module(lua_State *L) {
  lua_remove(L, 1);
  return new_decimal(L);
}

static int parse(lua_State *L) {
  size_t length;
  neap_decimal value = NEAP_ZERO;
  neap_fault fault;
  luaL_checktype(L, 1, LUA_TSTRING);
  const char *text = lua_tolstring(L, 1, &length);
  if (neap_decimal_parse(text, length, &value, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  neap_push_decimal(L, value);
  return 1;
}

static int from_float(lua_State *L) {
  double number = luaL_checknumber(L, 1);
  unsigned digits = check_digits(L, 2);
  neap_decimal value = NEAP_ZERO;
  neap_fault fault;
  if (neap_decimal_from_double(number, digits, &value, &fault) != NEAP_OK) return raise_at(L, 1, &fault);
  neap_push_decimal(L, value);
  return 1;
}

static int is_decimal(lua_State *L) {
  luaL_checkany(L, 1);
  lua_pushboolean(L, neap_test_decimal(L, 1) != NULL);
  return 1;
}

int luaopen_neap_decimal(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"new", new_decimal}, {"parse", parse}, {"from_float", from_float}, {"is_decimal", is_decimal}, {NULL, NULL}};
  luaL_newlib(L, functions);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, call_module);
  lua_setfield(L, -2, "__call");
  lua_setmetatable(L, -2);
  return 1;
}
