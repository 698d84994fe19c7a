/* SPDX-License-Identifier: MIT */
/* policy_view: reads a question field by field, so that only what a policy looks at costs anything. */
#include "lua/policy_view.h"

#include <stdlib.h>

#include "lua/llimits.h"
#include "lua/lneap.h"

typedef enum order_field {
  ORDER_SIDE,
  ORDER_TYPE,
  ORDER_TIME_IN_FORCE,
  ORDER_PRODUCT,
  ORDER_QUANTITY,
  ORDER_NOTIONAL,
  ORDER_FRACTION,
  ORDER_LIMIT,
  ORDER_STOP,
  ORDER_TRAIL_BPS,
  ORDER_GOOD_TILL,
  ORDER_POST_ONLY,
  ORDER_REDUCE_ONLY,
  ORDER_ID,
  ORDER_SHARE,
  ORDER_IS_EXIT,
  ORDER_EXECUTION
} order_field;
static const char *const order_names[] = {
    "side",      "type",      "time_in_force", "product",     "quantity", "notional", "fraction", "limit",     "stop",
    "trail_bps", "good_till", "post_only",     "reduce_only", "id",       "share",    "is_exit",  "execution", NULL};

typedef enum product_field {
  PRODUCT_ID,
  PRODUCT_BASE,
  PRODUCT_QUOTE,
  PRODUCT_KIND,
  PRODUCT_PRICE_INCREMENT,
  PRODUCT_BASE_INCREMENT
} product_field;
static const char *const product_names[] = {"id", "base", "quote", "kind", "price_increment", "base_increment", NULL};

typedef enum ctx_field { CTX_RISK, CTX_PRODUCT, CTX_STRATEGY, CTX_NOW } ctx_field;
static const char *const ctx_names[] = {"risk", "product", "strategy", "now", NULL};

static int refuse(lua_State *L, const char *what, const char *const *names) {
  size_t count = 0;
  while (names[count]) count++;
  const char *name = luaL_tolstring(L, 2, NULL), *nearest = neap_nearest_word(name, names, count);
  if (nearest) return luaL_error(L, "%s has no '%s'; did you mean '%s'?", what, name, nearest);
  return luaL_error(L, "%s has no '%s'", what, name);
}

/* The number of the field that is asked for (upvalue 1: name → number), and the question; raises when there is none. */
static int field_of(lua_State *L, const char *what, const char *const *names, const neap_policy_question **question) {
  const neap_policy_view *const *view = lua_touserdata(L, 1);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNUMBER) return refuse(L, what, names);
  *question = (*view)->question;
  if (!*question) return luaL_error(L, "%s is there only while the policy is asked", what);
  return (int)lua_tointeger(L, -1);
}

static int push_nonzero(lua_State *L, neap_decimal value) {
  if (neap_decimal_is_zero(value))
    lua_pushnil(L);
  else
    neap_push_decimal(L, value);
  return 1;
}

static int push_text(lua_State *L, const char *text) {
  lua_pushstring(L, text);
  return 1;
}

static int push_bool(lua_State *L, bool value) {
  lua_pushboolean(L, value);
  return 1;
}

static int push_time(lua_State *L, int64_t ns) {
  lua_pushinteger(L, ns);
  return 1;
}

static int push_order_number(lua_State *L, const neap_ticket *ticket, order_field field) {
  const neap_decimal *const places[] = {&ticket->quantity, &ticket->notional, &ticket->fraction,
                                        &ticket->limit,    &ticket->stop,     &ticket->trail_bps};
  return push_nonzero(L, *places[field - ORDER_QUANTITY]);
}

/* The first 48 bits of the id, which is a hash, as a number in 0 ≤ share < 1: the same whenever it is asked. */
static int push_share(lua_State *L, const char *id) {
  char digits[13];
  size_t count = 0;
  for (; *id && count < sizeof digits - 1; id++)
    if (*id != '-') digits[count++] = *id;
  digits[count] = '\0';
  lua_pushnumber(L, (double)strtoull(digits, NULL, 16) / (double)(UINT64_C(1) << 48));
  return 1;
}

static int index_order(lua_State *L) {
  const neap_policy_question *question = NULL;
  order_field field = (order_field)field_of(L, "order", order_names, &question);
  const neap_ticket *ticket = question->ticket;
  switch (field) {
  case ORDER_SIDE:
    return push_text(L, neap_side_name(ticket->side));
  case ORDER_TYPE:
    return push_text(L, neap_order_type_name(ticket->type));
  case ORDER_TIME_IN_FORCE:
    return push_text(L, neap_time_in_force_name(ticket->time_in_force));
  case ORDER_PRODUCT:
    return push_text(L, question->product->id);
  case ORDER_GOOD_TILL:
    return ticket->good_till ? push_time(L, ticket->good_till) : 0;
  case ORDER_POST_ONLY:
    return push_bool(L, ticket->post_only);
  case ORDER_REDUCE_ONLY:
    return push_bool(L, ticket->reduce_only);
  case ORDER_ID:
    return push_text(L, ticket->id);
  case ORDER_SHARE:
    return push_share(L, ticket->id);
  case ORDER_EXECUTION:
    return ticket->execution ? push_text(L, neap_execution_name(ticket->execution)) : 0;
  case ORDER_IS_EXIT:
    return push_bool(L, question->is_exit);
  default:
    return push_order_number(L, ticket, field);
  }
}

static int index_product(lua_State *L) {
  const neap_policy_question *question = NULL;
  product_field field = (product_field)field_of(L, "ctx.product", product_names, &question);
  const neap_product *product = question->product;
  switch (field) {
  case PRODUCT_ID:
    return push_text(L, product->id);
  case PRODUCT_BASE:
    return push_text(L, product->base);
  case PRODUCT_QUOTE:
    return push_text(L, product->quote);
  case PRODUCT_KIND:
    return push_text(L, neap_product_kind_name(product->kind));
  case PRODUCT_PRICE_INCREMENT:
    return push_nonzero(L, product->price_increment);
  case PRODUCT_BASE_INCREMENT:
    return push_nonzero(L, product->base_increment);
  }
  return 0;
}

/* User values of ctx: 1 the shared view, 2 ctx.risk, 3 ctx.product. */
static int index_ctx(lua_State *L) {
  const neap_policy_question *question = NULL;
  ctx_field field = (ctx_field)field_of(L, "ctx", ctx_names, &question);
  switch (field) {
  case CTX_RISK:
    if (!question->limits) return 0;
    lua_getiuservalue(L, 1, 2);
    return 1;
  case CTX_PRODUCT:
    lua_getiuservalue(L, 1, 3);
    return 1;
  case CTX_STRATEGY:
    return push_text(L, question->strategy ? question->strategy : "");
  case CTX_NOW:
    return push_time(L, question->now);
  }
  return 0;
}

static int refuse_write(lua_State *L) { return luaL_error(L, "order and ctx are read-only"); }

static void push_numbers(lua_State *L, const char *const *names) {
  lua_newtable(L);
  for (lua_Integer i = 0; names[i]; i++) {
    lua_pushinteger(L, i);
    lua_setfield(L, -2, names[i]);
  }
}

/* A userdata that points to the view, which stands at `view` on the stack and is kept alive by it. */
static void push_proxy(lua_State *L, int view, const char *const *names, lua_CFunction index) {
  neap_policy_view **place = lua_newuserdatauv(L, sizeof *place, 3);
  *place = lua_touserdata(L, view);
  lua_pushvalue(L, view);
  lua_setiuservalue(L, -2, 1);
  lua_createtable(L, 0, 3);
  push_numbers(L, names);
  lua_pushcclosure(L, index, 1);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, refuse_write);
  lua_setfield(L, -2, "__newindex");
  lua_pushliteral(L, "neap.policy_view");
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);
}

neap_policy_view *neap_policy_push_views(lua_State *L) {
  neap_policy_view *view = lua_newuserdatauv(L, sizeof *view, 0);
  *view = (neap_policy_view){NULL, NULL};
  int at = lua_gettop(L);
  push_proxy(L, at, order_names, index_order);
  push_proxy(L, at, ctx_names, index_ctx);
  view->limits = neap_push_limits_view(L);
  lua_setiuservalue(L, -2, 2);
  push_proxy(L, at, product_names, index_product);
  lua_setiuservalue(L, -2, 3);
  lua_remove(L, at);
  return view;
}

void neap_policy_view_show(neap_policy_view *view, const neap_policy_question *question) {
  view->question = question;
  *view->limits = question ? question->limits : NULL;
}
