/* SPDX-License-Identifier: MIT */
/* lqueue_model: require "neap.queue_model": when passive orders would have filled on a recorded book. */
#include "match/queue_model.h"

#include "lua/laccount.h"
#include "lua/lbook.h"
#include "lua/lneap.h"

#define MODEL_TYPE "neap.queue_model"

NEAP_EXPORT int luaopen_neap_queue_model(lua_State *L);

/* The recording is the user value. */
typedef struct holder {
  neap_queue_model *model; /* NULL: closed */
  const neap_recording *recording;
} holder;

static const char *const queue_words[] = {"risk_averse", "probabilistic", NULL};
static const char *const status_words[] = {"sent", "rests", "filled", "cancelled", "refused"};
static const char *const cause_words[] = {"queue", "beyond", "through"};

static void push_metatable(lua_State *L);

static holder *check(lua_State *L) {
  holder *held = luaL_checkudata(L, 1, MODEL_TYPE);
  if (!held->model) luaL_error(L, "the queue model is closed");
  return held;
}

static int close_model(lua_State *L) {
  holder *held = luaL_checkudata(L, 1, MODEL_TYPE);
  neap_queue_model_free(held->model);
  held->model = NULL;
  return 0;
}

/* A number of ns, or a list of quantiles. */
static neap_latency read_latency(lua_State *L) {
  static const char wanted[] = "queue_model.new: latency is a number of ns, or a list of quantiles in ns";
  neap_latency latency = {.count = 1};
  int type = lua_getfield(L, 1, "latency");
  if (type == LUA_TTABLE) {
    latency.count = lua_rawlen(L, -1);
    if (latency.count == 0 || latency.count > NEAP_LATENCY_POINTS) luaL_error(L, wanted);
    for (size_t i = 0; i < latency.count; i++, lua_pop(L, 1)) {
      lua_rawgeti(L, -1, (lua_Integer)i + 1);
      if (!lua_isinteger(L, -1)) luaL_error(L, wanted);
      latency.quantile[i] = lua_tointeger(L, -1);
    }
  } else if (lua_isinteger(L, -1)) {
    latency.quantile[0] = lua_tointeger(L, -1);
  } else if (type != LUA_TNIL) {
    luaL_error(L, wanted);
  }
  lua_pop(L, 1);
  return latency;
}

static int new_model(lua_State *L) {
  static const char *const allowed[] = {"recording", "queue", "latency", "seed", NULL};
  static const char what[] = "queue_model.new";
  neap_fault fault;
  neap_check_options(L, 1, what, allowed);
  lua_settop(L, 1);
  neap_queue_options options = {.queue = (neap_queue_kind)neap_field_word(L, 1, what, "queue", queue_words, 0),
                                .latency = read_latency(L),
                                .seed = (uint64_t)neap_field_integer(L, 1, what, "seed", 1)};
  lua_getfield(L, 1, "recording");
  options.recording = neap_check_recording(L, 2);
  holder *held = lua_newuserdatauv(L, sizeof *held, 1);
  *held = (holder){.recording = options.recording};
  push_metatable(L);
  lua_setmetatable(L, 3);
  lua_pushvalue(L, 2);
  lua_setiuservalue(L, 3, 1);
  return neap_queue_model_new(&options, &held->model, &fault) == NEAP_OK ? 1 : neap_push_fault(L, &fault);
}

/* model:step() → the time; nil at the end; nil, err. */
static int step(lua_State *L) {
  neap_fault fault;
  neap_queue_model *model = check(L)->model;
  neap_status status = neap_queue_model_step(model, &fault);
  if (status == NEAP_END) return lua_pushnil(L), 1;
  if (status != NEAP_OK) return neap_push_fault(L, &fault);
  lua_pushinteger(L, neap_queue_model_now(model));
  return 1;
}

static int place(lua_State *L) {
  static const char *const allowed[] = {"side", "price", "quantity", NULL};
  holder *held = check(L);
  neap_fault fault;
  size_t number;
  neap_check_options(L, 2, "place", allowed);
  bool buys = neap_field_word(L, 2, "place", "side", neap_side_words, -1) == NEAP_BUY;
  const neap_recording *recording = held->recording;
  int64_t price =
      neap_check_increments(L, neap_field_decimal(L, 2, "place", "price"), recording->price_increment, "price");
  int64_t quantity =
      neap_check_increments(L, neap_field_decimal(L, 2, "place", "quantity"), recording->size_increment, "quantity");
  neap_status status =
      neap_queue_model_place(held->model, buys ? NEAP_BID : NEAP_ASK, price, quantity, &number, &fault);
  if (status != NEAP_OK) return neap_push_fault(L, &fault);
  lua_pushinteger(L, (lua_Integer)number + 1);
  return 1;
}

static size_t check_number(lua_State *L, const holder *held) {
  lua_Integer number = luaL_checkinteger(L, 2);
  luaL_argcheck(L, number > 0 && neap_queue_model_order(held->model, (size_t)number - 1), 2, "no such order");
  return (size_t)number - 1;
}

static int cancel(lua_State *L) {
  holder *held = check(L);
  lua_pushboolean(L, neap_queue_model_cancel(held->model, check_number(L, held)));
  return 1;
}

static void set_amount(lua_State *L, const char *name, int64_t count, neap_decimal increment) {
  neap_decimal amount;
  if (__builtin_mul_overflow((__int128)count, increment.units, &amount.units)) luaL_error(L, "%s does not fit", name);
  neap_set_decimal(L, name, amount);
}

static int order(lua_State *L) {
  const holder *held = check(L);
  const neap_passive_order *found = neap_queue_model_order(held->model, check_number(L, held));
  lua_createtable(L, 0, 9);
  neap_set_text(L, "side", neap_side_words[found->place.side == NEAP_BID ? NEAP_BUY : NEAP_SELL]);
  neap_set_text(L, "status", status_words[found->status]);
  set_amount(L, "price", found->place.price, held->recording->price_increment);
  set_amount(L, "quantity", found->quantity, held->recording->size_increment);
  set_amount(L, "left", found->left, held->recording->size_increment);
  if (found->status == NEAP_PASSIVE_RESTS) set_amount(L, "ahead", found->place.ahead, held->recording->size_increment);
  neap_set_integer(L, "sent", found->sent);
  neap_set_integer(L, "arrives", found->arrives);
  if (found->status >= NEAP_PASSIVE_FILLED) neap_set_integer(L, "ended", found->ended);
  return 1;
}

/* model:fills(from) → list, from fill `from` on */
static int fills(lua_State *L) {
  const holder *held = check(L);
  size_t count;
  const neap_passive_fill *all = neap_queue_model_fills(held->model, &count);
  lua_Integer from = luaL_optinteger(L, 2, 1);
  luaL_argcheck(L, from >= 1, 2, "a number of a fill, from 1");
  lua_newtable(L);
  for (size_t i = (size_t)from - 1; i < count; i++) {
    const neap_passive_order *whose = neap_queue_model_order(held->model, all[i].order);
    lua_createtable(L, 0, 6);
    neap_set_integer(L, "order", (int64_t)all[i].order + 1);
    neap_set_integer(L, "time", all[i].time);
    neap_set_text(L, "side", neap_side_words[whose->place.side == NEAP_BID ? NEAP_BUY : NEAP_SELL]);
    set_amount(L, "price", whose->place.price, held->recording->price_increment);
    set_amount(L, "quantity", all[i].quantity, held->recording->size_increment);
    neap_set_text(L, "cause", cause_words[all[i].cause]);
    lua_rawseti(L, -2, (lua_Integer)(i + 2) - from);
  }
  return 1;
}

/* model:best(side) → price, size; nil while there is none */
static int best(lua_State *L) {
  const holder *held = check(L);
  const neap_price_book *book = neap_queue_model_book(held->model);
  neap_book_level level;
  neap_decimal price, size;
  neap_book_side side = (neap_book_side)neap_check_word(L, 2, "side", neap_book_side_words);
  if (neap_price_book_best(book, side, &level) != NEAP_OK ||
      neap_price_book_price(book, level.price, &price) != NEAP_OK ||
      neap_price_book_size(book, level.size, &size) != NEAP_OK)
    return lua_pushnil(L), 1;
  neap_push_decimal(L, price);
  neap_push_decimal(L, size);
  return 2;
}

static int to_string(lua_State *L) {
  const holder *held = luaL_checkudata(L, 1, MODEL_TYPE);
  size_t count;
  if (!held->model) return lua_pushliteral(L, "queue model: closed"), 1;
  neap_queue_model_fills(held->model, &count);
  lua_pushfstring(L, "queue model: %I fills", (LUAI_UACINT)count);
  return 1;
}

static const luaL_Reg methods[] = {{"step", step},   {"place", place}, {"cancel", cancel},     {"order", order},
                                   {"fills", fills}, {"best", best},   {"close", close_model}, {NULL, NULL}};
static const luaL_Reg metamethods[] = {
    {"__gc", close_model}, {"__close", close_model}, {"__tostring", to_string}, {NULL, NULL}};
static const luaL_Reg functions[] = {{"new", new_model}, {NULL, NULL}};

static void push_metatable(lua_State *L) {
  if (!luaL_newmetatable(L, MODEL_TYPE)) return;
  luaL_setfuncs(L, metamethods, 0);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, "queue model");
  lua_setfield(L, -2, "__metatable");
}

int luaopen_neap_queue_model(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
