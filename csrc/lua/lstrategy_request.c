/* SPDX-License-Identifier: MIT */
/* lstrategy_request: the options of an order, read and judged as far as words and signs go; the rest is the engine's.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "lua/lstrategy.h"

/* Of a leg; without the first, of an order. */
static const char *const known_leg[] = {
    "side",        "product",           "quantity",      "notional",  "fraction",  "limit",       "stop",  "stop_loss",
    "take_profit", "trailing_stop_bps", "time_in_force", "good_till", "post_only", "reduce_only", "tag",   "why",
    "risk",        "trail_bps",         "execution",     "over",      "slices",    "show",        "share", NULL};
static const char *const *const known = known_leg + 1;
static const char *const known_target[] = {"product", "quantity", "notional", "fraction", "tag", "why", NULL};

const char *const *neap_lstrategy_request_words(bool is_target) { return is_target ? known_target : known; }

/* What a number in an order field must be. */
typedef enum sign_rule { ANY_SIGN, POSITIVE } sign_rule;

static void read_text(lua_State *L, const char *what, const char *name, neap_amount *out) {
  size_t length;
  neap_fault fault;
  const char *text = lua_tolstring(L, -1, &length);
  if (neap_decimal_parse(text, length, &out->exact, &fault) == NEAP_OK) return;
  luaL_error(L, "%s: %s: %s%s%s", what, name, fault.message, fault.nearest[0] ? "; nearest: " : "", fault.nearest);
}

void neap_lstrategy_read_number(lua_State *L, const char *what, const char *name, neap_amount *out) {
  const neap_decimal *decimal = neap_test_decimal(L, -1);
  out->kind = NEAP_AMOUNT_EXACT;
  if (decimal) {
    out->exact = *decimal;
  } else if (lua_isinteger(L, -1)) {
    out->exact = neap_decimal_from_int(lua_tointeger(L, -1));
  } else if (lua_type(L, -1) == LUA_TSTRING) {
    read_text(L, what, name, out);
  } else if (lua_type(L, -1) == LUA_TNUMBER) {
    out->kind = NEAP_AMOUNT_FLOAT;
    out->approximate = lua_tonumber(L, -1);
    if (!isfinite(out->approximate)) luaL_error(L, "%s: %s is not a finite number", what, name);
  } else {
    luaL_error(L, "%s: %s must be a number, a decimal or text, not %s", what, name, luaL_typename(L, -1));
  }
}

static bool is_positive(const neap_amount *amount) {
  return amount->kind == NEAP_AMOUNT_FLOAT ? amount->approximate > 0 : neap_decimal_sign(amount->exact) > 0;
}

static bool read_amount(lua_State *L, const char *what, int index, const char *name, sign_rule rule, neap_amount *out) {
  bool given = lua_getfield(L, index, name) != LUA_TNIL;
  if (given) {
    neap_lstrategy_read_number(L, what, name, out);
    if (rule == POSITIVE && !is_positive(out)) {
      luaL_tolstring(L, -1, NULL);
      luaL_error(L, "%s: %s must be more than zero, not %s", what, name, lua_tostring(L, -1));
    }
  }
  lua_pop(L, 1);
  return given;
}

static void read_size(lua_State *L, const char *what, int index, bool is_target, neap_order_request *out) {
  sign_rule rule = is_target ? ANY_SIGN : POSITIVE;
  int sizes = read_amount(L, what, index, "quantity", rule, &out->quantity);
  sizes += read_amount(L, what, index, "notional", rule, &out->notional);
  sizes += read_amount(L, what, index, "fraction", rule, &out->fraction);
  if (!is_target) sizes += read_amount(L, what, index, "risk", rule, &out->risk);
  if (sizes == 1) return;
  luaL_error(L, "%s: %s: give exactly one of quantity, notional, fraction%s", what,
             sizes ? "more than one size" : "no size", is_target ? "" : ", risk");
}

/* The text stays on the stack; "" when absent. */
const char *neap_lstrategy_text_option(lua_State *L, const char *what, int index, const char *name, size_t limit) {
  size_t length;
  int type = lua_getfield(L, index, name);
  if (type == LUA_TNIL) return "";
  if (type != LUA_TSTRING) luaL_error(L, "%s: %s must be text, not %s", what, name, luaL_typename(L, -1));
  const char *text = lua_tolstring(L, -1, &length);
  if (length >= limit) luaL_error(L, "%s: %s is over %d bytes", what, name, (int)limit - 1);
  if (strlen(text) != length) luaL_error(L, "%s: %s has a zero byte in it", what, name);
  return text;
}

bool neap_lstrategy_flag_option(lua_State *L, const char *what, int index, const char *name) {
  int type = lua_getfield(L, index, name);
  if (type != LUA_TNIL && type != LUA_TBOOLEAN)
    luaL_error(L, "%s: %s must be true or false, not %s", what, name, luaL_typename(L, -1));
  bool flag = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return flag;
}

static void read_time_in_force(lua_State *L, const char *what, int index, neap_order_request *out) {
  static const char *const names[] = {"gtc", "gtd", "ioc", "fok", NULL};
  const char *text = neap_lstrategy_text_option(L, what, index, "time_in_force", 8);
  out->has_time_in_force = text[0] != '\0';
  if (out->has_time_in_force && !neap_time_in_force_parse(text, &out->time_in_force))
    neap_raise_unknown(L, what, "time_in_force", text, names);
  lua_pop(L, 1);
}

static void read_over(lua_State *L, const char *what, int index, neap_order_request *out) {
  neap_fault fault;
  const char *text = neap_lstrategy_text_option(L, what, index, "over", 32);
  neap_status status = text[0] ? neap_duration_parse(text, strlen(text), &out->over, &fault) : NEAP_OK;
  if (status == NEAP_RANGE) luaL_error(L, "%s: over: %s", what, fault.message);
  if (text[0] && (status != NEAP_OK || out->over <= 0))
    luaL_error(L, "%s: over must be a duration above zero, such as \"30m\"", what);
  lua_pop(L, 1);
}

static void read_slices(lua_State *L, const char *what, int index, neap_order_request *out) {
  int type = lua_getfield(L, index, "slices");
  if (type != LUA_TNIL) {
    lua_Integer count = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : 0;
    if (count < 1 || count > NEAP_SLICES_MOST)
      luaL_error(L, "%s: slices must be a whole number from 1 to %d", what, (int)NEAP_SLICES_MOST);
    out->slices = (uint32_t)count;
  }
  lua_pop(L, 1);
}

/* How an order leaves in slices. */
static void read_execution(lua_State *L, const char *what, int index, neap_order_request *out) {
  static const char *const names[] = {"twap", "vwap", "iceberg", NULL};
  const char *text = neap_lstrategy_text_option(L, what, index, "execution", 16);
  for (int i = NEAP_TWAP; text[0] && i < NEAP_EXECUTIONS; i++)
    if (strcmp(text, neap_execution_name((neap_execution)i)) == 0) out->execution = (neap_execution)i;
  if (text[0] && out->execution == NEAP_WHOLE) neap_raise_unknown(L, what, "execution", text, names);
  lua_pop(L, 1);
  read_over(L, what, index, out);
  read_slices(L, what, index, out);
  read_amount(L, what, index, "show", POSITIVE, &out->show);
  read_amount(L, what, index, "share", POSITIVE, &out->share);
}

static void read_good_till(lua_State *L, const char *what, int index, neap_order_request *out) {
  size_t length;
  neap_fault fault;
  int type = lua_getfield(L, index, "good_till");
  if (type == LUA_TSTRING) {
    const char *text = lua_tolstring(L, -1, &length);
    if (neap_time_parse(text, length, &out->good_till, &fault) != NEAP_OK)
      luaL_error(L, "%s: good_till: %s", what, fault.message);
  } else if (type != LUA_TNIL) {
    if (!lua_isinteger(L, -1)) luaL_error(L, "%s: good_till is a time: ns or text like '2024-01-31T12:00Z'", what);
    out->good_till = lua_tointeger(L, -1);
  }
  if (type != LUA_TNIL && out->good_till <= 0) luaL_error(L, "%s: good_till is not a time to come", what);
  lua_pop(L, 1);
}

static void read_rest(lua_State *L, const char *what, int index, neap_order_request *out) {
  read_amount(L, what, index, "limit", POSITIVE, &out->limit);
  read_amount(L, what, index, "stop", POSITIVE, &out->stop);
  read_amount(L, what, index, "trail_bps", POSITIVE, &out->trail_bps);
  read_amount(L, what, index, "stop_loss", POSITIVE, &out->stop_loss);
  read_amount(L, what, index, "take_profit", POSITIVE, &out->take_profit);
  read_amount(L, what, index, "trailing_stop_bps", POSITIVE, &out->trailing_stop_bps);
  read_execution(L, what, index, out);
  read_time_in_force(L, what, index, out);
  read_good_till(L, what, index, out);
  out->post_only = neap_lstrategy_flag_option(L, what, index, "post_only");
  out->reduce_only = neap_lstrategy_flag_option(L, what, index, "reduce_only");
}

static void read_words(lua_State *L, const char *what, int index, neap_order_request *out) {
  snprintf(out->tag, sizeof out->tag, "%s", neap_lstrategy_text_option(L, what, index, "tag", sizeof out->tag));
  if (strncmp(out->tag, "quote:", strlen("quote:")) == 0) luaL_error(L, "%s: tag: 'quote:' is kept for quote{}", what);
  snprintf(out->why, sizeof out->why, "%s", neap_lstrategy_text_option(L, what, index, "why", sizeof out->why));
  lua_pop(L, 2);
}

void neap_lstrategy_read_request(lua_State *L, const char *what, int index, bool is_target, neap_order_request *out) {
  neap_check_options(L, index, what, is_target ? known_target : known);
  if (!is_target) read_rest(L, what, index, out);
  read_size(L, what, index, is_target, out);
  read_words(L, what, index, out);
}

void neap_lstrategy_read_leg(lua_State *L, const char *what, int index, neap_order_request *out) {
  neap_check_options(L, index, what, known_leg);
  read_rest(L, what, index, out);
  read_size(L, what, index, false, out);
  read_words(L, what, index, out);
}

void neap_lstrategy_read_replacement(lua_State *L, int index, neap_replacement *out) {
  static const char *const words[] = {"limit", "stop", "quantity", NULL};
  neap_check_options(L, index, "replace", words);
  read_amount(L, "replace", index, "limit", POSITIVE, &out->limit);
  read_amount(L, "replace", index, "stop", POSITIVE, &out->stop);
  read_amount(L, "replace", index, "quantity", POSITIVE, &out->quantity);
}
