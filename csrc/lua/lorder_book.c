/* SPDX-License-Identifier: MIT */
/* lorder_book: require "neap.order_book": a central limit order book. */
#include "base/buffer.h"
#include "lua/laccount.h"
#include "lua/lbook.h"
#include "lua/lneap.h"
#include "match/order_book.h"

#define ORDER_BOOK_TYPE "neap.order_book"

NEAP_EXPORT int luaopen_neap_order_book(lua_State *L);

enum { MOST_LEVELS = 1000000 };

typedef struct holder {
  neap_order_book *book; /* NULL: closed */
  neap_decimal price_increment, size_increment;
  int64_t now;
  neap_buffer events; /* of the call that runs: nothing raises while the book works */
} holder;

static const char *const type_words[] = {"market", "limit", NULL};
static const char *const force_words[] = {"gtc", "gtd", "ioc", "fok", NULL};

static void push_metatable(lua_State *L);

static holder *check(lua_State *L) {
  holder *held = luaL_checkudata(L, 1, ORDER_BOOK_TYPE);
  if (!held->book) luaL_error(L, "the order book is closed");
  return held;
}

static int close_book(lua_State *L) {
  holder *held = luaL_checkudata(L, 1, ORDER_BOOK_TYPE);
  neap_order_book_free(held->book);
  neap_buffer_fini(&held->events);
  held->book = NULL;
  return 0;
}

static int new_book(lua_State *L) {
  static const char *const allowed[] = {"price_increment", "size_increment", NULL};
  neap_decimal price, size;
  neap_fault fault;
  neap_check_options(L, 1, "order_book.new", allowed);
  neap_check_increment_options(L, "order_book.new", &price, &size);
  holder *held = lua_newuserdatauv(L, sizeof *held, 0);
  *held = (holder){.price_increment = price, .size_increment = size};
  neap_buffer_init(&held->events);
  push_metatable(L);
  lua_setmetatable(L, -2);
  neap_status status = neap_order_book_new(&held->book);
  if (status == NEAP_OK) return 1;
  neap_fail(&fault, status, "no_memory", "no memory for an order book");
  return neap_push_fault(L, &fault);
}

static void keep_event(void *self, const neap_match_event *event) { neap_buffer_append(self, event, sizeof *event); }

static neap_match_sink sink_of(holder *held) {
  neap_buffer_clear(&held->events);
  return (neap_match_sink){.tell = keep_event, .self = &held->events};
}

static void set_amount(lua_State *L, const char *name, int64_t count, neap_decimal increment) {
  neap_decimal amount;
  if (__builtin_mul_overflow((__int128)count, increment.units, &amount.units)) luaL_error(L, "%s does not fit", name);
  neap_set_decimal(L, name, amount);
}

static void push_event(lua_State *L, const holder *held, const neap_match_event *event) {
  lua_createtable(L, 0, 10);
  neap_set_text(L, "kind", neap_match_kind_name(event->kind));
  neap_set_integer(L, "order", (int64_t)event->order);
  neap_set_integer(L, "owner", event->owner);
  neap_set_text(L, "side", neap_side_words[event->side]);
  set_amount(L, "left", event->left, held->size_increment);
  if (event->kind == NEAP_MATCH_ENDED) neap_set_text(L, "reason", neap_match_reason_name(event->reason));
  if (event->price) set_amount(L, "price", event->price, held->price_increment);
  if (event->kind == NEAP_MATCH_AMENDED) lua_pushboolean(L, event->kept), lua_setfield(L, -2, "kept");
  if (event->kind != NEAP_MATCH_TRADE) return;
  set_amount(L, "quantity", event->quantity, held->size_increment);
  set_amount(L, "maker_left", event->maker_left, held->size_increment);
  neap_set_integer(L, "maker", (int64_t)event->maker);
  neap_set_integer(L, "maker_owner", event->maker_owner);
}

/* What happened, also where the call itself was refused: orders may have expired. */
static int answer(lua_State *L, holder *held, neap_status status, const neap_fault *fault) {
  neap_match_event event;
  size_t count = held->events.size / sizeof event;
  if (held->events.status != NEAP_OK) luaL_error(L, "no memory for what happened in the order book");
  if (status != NEAP_OK) neap_push_fault(L, fault);
  lua_createtable(L, (int)count, 0);
  for (size_t i = 0; i < count; i++) {
    push_event(L, held, (const neap_match_event *)(const void *)held->events.data + i);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return status == NEAP_OK ? 1 : 3;
}

/* Without `now` it is what it last was. */
static int64_t field_now(lua_State *L, holder *held, const char *what) {
  int64_t now = neap_field_integer(L, 2, what, "now", held->now);
  held->now = now > held->now ? now : held->now;
  return now;
}

static int64_t field_amount(lua_State *L, const char *what, const char *name, neap_decimal increment) {
  return neap_check_increments(L, neap_field_decimal_or_zero(L, 2, what, name), increment, name);
}

static int submit(lua_State *L) {
  static const char *const allowed[] = {"id",       "owner",     "side",       "type",      "time_in_force", "price",
                                        "quantity", "post_only", "self_trade", "good_till", "now",           NULL};
  static const char what[] = "submit";
  holder *held = check(L);
  neap_fault fault;
  neap_check_options(L, 2, what, allowed);
  int64_t owner = neap_field_integer(L, 2, what, "owner", 0);
  luaL_argcheck(L, owner >= 0 && owner <= UINT32_MAX, 2, "owner is a number from 0 to 4294967295");
  neap_match_order order = {.id = (uint64_t)neap_field_integer(L, 2, what, "id", 0), .owner = (uint32_t)owner};
  order.side = (neap_side)neap_field_word(L, 2, what, "side", neap_side_words, -1);
  order.type = (neap_order_type)neap_field_word(L, 2, what, "type", type_words, NEAP_LIMIT);
  int otherwise = order.type == NEAP_MARKET ? NEAP_IOC : NEAP_GTC;
  order.time_in_force = (neap_time_in_force)neap_field_word(L, 2, what, "time_in_force", force_words, otherwise);
  order.self_trade = (neap_self_trade)neap_field_word(L, 2, what, "self_trade", neap_self_trade_words, 0);
  order.post_only = neap_field_flag(L, 2, what, "post_only");
  order.good_till = neap_field_integer(L, 2, what, "good_till", 0);
  order.price = field_amount(L, what, "price", held->price_increment);
  order.quantity = field_amount(L, what, "quantity", held->size_increment);
  int64_t now = field_now(L, held, what);
  neap_match_sink sink = sink_of(held);
  return answer(L, held, neap_order_book_submit(held->book, &order, now, &sink, &fault), &fault);
}

static int cancel(lua_State *L) {
  static const char *const allowed[] = {"id", "now", NULL};
  holder *held = check(L);
  neap_fault fault;
  neap_check_options(L, 2, "cancel", allowed);
  uint64_t id = (uint64_t)neap_field_integer(L, 2, "cancel", "id", 0);
  int64_t now = field_now(L, held, "cancel");
  neap_match_sink sink = sink_of(held);
  return answer(L, held, neap_order_book_cancel(held->book, id, now, &sink, &fault), &fault);
}

static int amend(lua_State *L) {
  static const char *const allowed[] = {"id", "price", "quantity", "now", NULL};
  holder *held = check(L);
  neap_fault fault;
  neap_check_options(L, 2, "amend", allowed);
  uint64_t id = (uint64_t)neap_field_integer(L, 2, "amend", "id", 0);
  int64_t price = field_amount(L, "amend", "price", held->price_increment);
  int64_t quantity = field_amount(L, "amend", "quantity", held->size_increment);
  int64_t now = field_now(L, held, "amend");
  neap_match_sink sink = sink_of(held);
  return answer(L, held, neap_order_book_amend(held->book, id, price, quantity, now, &sink, &fault), &fault);
}

static int advance(lua_State *L) {
  static const char *const allowed[] = {"now", NULL};
  holder *held = check(L);
  neap_fault fault;
  neap_check_options(L, 2, "advance", allowed);
  int64_t now = field_now(L, held, "advance");
  neap_match_sink sink = sink_of(held);
  return answer(L, held, neap_order_book_advance(held->book, now, &sink, &fault), &fault);
}

/* order_book:find(id) → where it stands, or nil */
static int find(lua_State *L) {
  const holder *held = check(L);
  neap_match_place place;
  if (neap_order_book_find(held->book, (uint64_t)luaL_checkinteger(L, 2), &place) != NEAP_OK) return lua_pushnil(L), 1;
  lua_createtable(L, 0, 8);
  neap_set_text(L, "side", neap_side_words[place.order.side]);
  neap_set_integer(L, "owner", place.order.owner);
  set_amount(L, "price", place.order.price, held->price_increment);
  set_amount(L, "quantity", place.order.quantity, held->size_increment);
  set_amount(L, "left", place.left, held->size_increment);
  set_amount(L, "ahead", place.ahead, held->size_increment);
  neap_set_integer(L, "orders_ahead", (int64_t)place.orders_ahead);
  return 1;
}

/* order_book:levels(side, most) → list of {price, quantity, orders} */
static int levels(lua_State *L) {
  const holder *held = check(L);
  neap_side side = (neap_side)neap_check_word(L, 2, "side", neap_side_words);
  lua_Integer most = luaL_optinteger(L, 3, MOST_LEVELS), there = (lua_Integer)neap_order_book_count(held->book);
  luaL_argcheck(L, most > 0 && most <= MOST_LEVELS, 3, "a number of levels, from 1 to 1000000");
  most = there < most ? there : most;
  neap_match_level *found = lua_newuserdatauv(L, ((size_t)most + 1) * sizeof *found, 0);
  size_t count = neap_order_book_levels(held->book, side, (size_t)most, found);
  lua_createtable(L, (int)count, 0);
  for (size_t i = 0; i < count; i++) {
    lua_createtable(L, 0, 3);
    set_amount(L, "price", found[i].price, held->price_increment);
    set_amount(L, "quantity", found[i].quantity, held->size_increment);
    neap_set_integer(L, "orders", (int64_t)found[i].orders);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

static int count_orders(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)neap_order_book_count(check(L)->book));
  return 1;
}

static int check_whole(lua_State *L) {
  neap_fault fault;
  if (neap_order_book_check(check(L)->book, &fault) != NEAP_OK) return neap_raise_fault(L, &fault);
  lua_pushboolean(L, 1);
  return 1;
}

static int to_string(lua_State *L) {
  const holder *held = luaL_checkudata(L, 1, ORDER_BOOK_TYPE);
  if (!held->book) return lua_pushliteral(L, "order book: closed"), 1;
  lua_pushfstring(L, "order book: %I orders rest", (LUAI_UACINT)neap_order_book_count(held->book));
  return 1;
}

static const luaL_Reg methods[] = {
    {"submit", submit}, {"cancel", cancel},      {"amend", amend},       {"advance", advance},  {"find", find},
    {"levels", levels}, {"count", count_orders}, {"check", check_whole}, {"close", close_book}, {NULL, NULL}};
static const luaL_Reg metamethods[] = {
    {"__gc", close_book}, {"__close", close_book}, {"__tostring", to_string}, {NULL, NULL}};
static const luaL_Reg functions[] = {{"new", new_book}, {NULL, NULL}};

static void push_metatable(lua_State *L) {
  if (!luaL_newmetatable(L, ORDER_BOOK_TYPE)) return;
  luaL_setfuncs(L, metamethods, 0);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, "order book");
  lua_setfield(L, -2, "__metatable");
}

int luaopen_neap_order_book(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
