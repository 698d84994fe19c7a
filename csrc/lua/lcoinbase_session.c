/* SPDX-License-Identifier: MIT */
/* lcoinbase_session: the C half of neap.coinbase_session, part of neap_net.so: feed and broker of a session at
 * Coinbase, made of one client, as one thing that the session takes (lua/loutside.h). */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "broker/coinbase/coinbase_broker.h"
#include "broker/coinbase/coinbase_feed.h"
#include "lua/laccount.h"
#include "lua/lcoinbase.h"
#include "lua/lneap.h"
#include "lua/loutside.h"
#include "lua/lproduct.h"
#include "lua/lsigner.h"
#include "session/loop.h"

#define SESSION_TYPE "neap.coinbase_session"

NEAP_EXPORT int luaopen_neap_coinbase_session_c(lua_State *L);

typedef struct parts {
  neap_coinbase_client *client; /* the caller's, kept by a user value */
  neap_coinbase_feed *feed;
  neap_coinbase_broker *broker; /* NULL: fills are simulated */
  const neap_market_feed *inner;
  neap_market_feed outer; /* the same, turning client and broker with it */
  neap_outside outside;
} parts;

static int64_t wall(void) {
  neap_clock clock = neap_clock_real();
  return neap_clock_now(&clock);
}

static int64_t sooner(int64_t a, int64_t b) { return a < b ? a : b; }

static int64_t next(void *self) {
  const parts *all = self;
  int64_t at = sooner(all->inner->next(all->inner->self), neap_coinbase_client_next(all->client));
  return all->broker ? sooner(at, neap_coinbase_broker_next(all->broker)) : at;
}

static void tick(void *self) {
  const parts *all = self;
  neap_coinbase_client_tick(all->client);
  if (all->broker) neap_coinbase_broker_tick(all->broker);
  all->inner->tick(all->inner->self);
}

static neap_status listen_to(void *self, const neap_market_listener *listener, neap_fault *fault) {
  const parts *all = self;
  return all->inner->listen(all->inner->self, listener, fault);
}

static neap_status ask_bars(void *self, uint32_t product, int64_t frame, int64_t from, int64_t to, neap_fault *fault) {
  const parts *all = self;
  return all->inner->ask_bars(all->inner->self, product, frame, from, to, fault);
}

static void refuse(void *self, uint32_t product, const char *why) {
  const parts *all = self;
  all->inner->refuse(all->inner->self, product, why);
}

static void stop(void *self) {
  const parts *all = self;
  if (all->feed) all->inner->stop(all->inner->self);
}

static void hear(void *self, const neap_broker_sink *sink) {
  const parts *all = self;
  neap_coinbase_broker_set_sink(all->broker, sink);
}

static parts *check(lua_State *L) {
  parts *all = *(parts **)luaL_checkudata(L, 1, SESSION_TYPE);
  if (!all) luaL_error(L, "it is closed");
  return all;
}

static int close_parts(lua_State *L) {
  parts **box = luaL_checkudata(L, 1, SESSION_TYPE), *all = *box;
  *box = NULL;
  if (!all) return 0;
  neap_coinbase_broker_close(all->broker);
  neap_coinbase_feed_close(all->feed);
  free(all);
  return 0;
}

/* On the heap: Lua aligns for its own types, and a decimal wants more. */
static parts *new_parts(lua_State *L) {
  parts **box = lua_newuserdatauv(L, sizeof *box, 1);
  *box = NULL;
  luaL_setmetatable(L, SESSION_TYPE);
  *box = calloc(1, sizeof **box);
  if (!*box) luaL_error(L, "no memory for a session at the venue");
  return *box;
}

typedef struct wanted {
  const neap_poller *poller;
  neap_inputs *inputs;
  neap_product products[NEAP_STRATEGY_PRODUCTS];
  uint32_t count;
  const char *stream, *user_stream, *ca;
} wanted;

/* Sizes that rest in a book are finer than what an order may have. */
static neap_decimal size_increment(const neap_product *product) {
  neap_decimal fine = {0};
  neap_decimal_parse("0.00000001", strlen("0.00000001"), &fine, NULL);
  return neap_decimal_cmp(product->base_increment, fine) < 0 ? product->base_increment : fine;
}

static void check_products(lua_State *L, int list, wanted *out) {
  lua_Integer count = luaL_len(L, list);
  luaL_argcheck(L, count >= 1 && count <= NEAP_STRATEGY_PRODUCTS, list, "1 to 32 products are wanted");
  for (lua_Integer i = 1; i <= count; i++, lua_pop(L, 1)) {
    lua_geti(L, list, i);
    const neap_product *product = neap_test_product(L, -1);
    luaL_argcheck(L, product != NULL, list, "a list of products is wanted");
    out->products[i - 1] = *product;
  }
  out->count = (uint32_t)count;
}

static neap_status open_feed(parts *all, const wanted *what, neap_fault *fault) {
  neap_coinbase_feed_product products[NEAP_STRATEGY_PRODUCTS];
  for (uint32_t i = 0; i < what->count; i++) {
    const neap_product *product = &what->products[i];
    all->outside.books[i] = (neap_session_book){product->price_increment, size_increment(product)};
    products[i] = (neap_coinbase_feed_product){product->id, product->price_increment, size_increment(product)};
  }
  const neap_coinbase_feed_options options = {.client = all->client,
                                              .stream = what->stream,
                                              .authorities = what->ca,
                                              .products = products,
                                              .product_count = what->count,
                                              .books = true,
                                              .trades = true,
                                              .poller = what->poller,
                                              .now = neap_loop_now,
                                              .inputs = what->inputs};
  neap_status status = neap_coinbase_feed_open(&options, &all->feed, fault);
  if (status == NEAP_OK) all->inner = neap_coinbase_feed_contract(all->feed);
  return status;
}

/* Where it is said; else the venue's time is the machine's. */
static neap_pace read_pace(lua_State *L) {
  static const char name[] = "coinbase_session.open";
  neap_pace pace = {.speed = (lua_getfield(L, 2, "speed"), luaL_optnumber(L, -1, 0)),
                    .wall = neap_field_integer(L, 2, name, "at", 0),
                    .session = neap_field_integer(L, 2, name, "start", 0)};
  lua_pop(L, 1);
  return pace;
}

static neap_status open_broker(lua_State *L, parts *all, const wanted *what, neap_fault *fault) {
  static const char name[] = "coinbase_session.open";
  const neap_coinbase_broker_options options = {.client = all->client,
                                                .products = what->products,
                                                .product_count = what->count,
                                                .stream = what->user_stream,
                                                .authorities = what->ca,
                                                .poller = what->poller,
                                                .now = neap_loop_now,
                                                .wall = wall,
                                                .pace = read_pace(L),
                                                .inputs = what->inputs,
                                                .since = neap_field_integer(L, 2, name, "since", 0),
                                                .grace = neap_field_integer(L, 2, name, "grace", 0),
                                                .poll = neap_field_integer(L, 2, name, "poll", 0),
                                                .account_every = neap_field_integer(L, 2, name, "account_every", 0)};
  neap_status status = neap_coinbase_broker_open(&options, &all->broker, fault);
  if (status == NEAP_OK) all->outside.broker = neap_coinbase_broker_contract(all->broker);
  return status;
}

/* open(client, { products =, stream =, user_stream =, ca =, orders =, since =, grace =, poll =, account_every =, start
 * =, at =, speed = }) */
static int open_parts(lua_State *L) {
  static const char name[] = "coinbase_session.open";
  static const char *const allowed[] = {"products", "stream",        "user_stream", "ca", "orders", "since", "grace",
                                        "poll",     "account_every", "start",       "at", "speed",  NULL};
  neap_fault fault = {0};
  wanted what = {0};
  neap_coinbase_client *client = neap_check_coinbase_client(L, 1);
  what.poller = neap_check_coinbase_poller(L, 1);
  what.inputs = neap_check_coinbase_inputs(L, 1);
  neap_check_options(L, 2, name, allowed);
  lua_getfield(L, 2, "products");
  check_products(L, lua_gettop(L), &what);
  what.stream = neap_field_line(L, 2, name, "stream");
  what.user_stream = neap_field_line(L, 2, name, "user_stream");
  what.ca = neap_field_line(L, 2, name, "ca");
  bool has_orders = neap_field_flag(L, 2, name, "orders");
  parts *all = new_parts(L);
  all->client = client;
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, 1);
  all->outer = (neap_market_feed){.self = all,
                                  .listen = listen_to,
                                  .ask_bars = ask_bars,
                                  .refuse = refuse,
                                  .next = next,
                                  .tick = tick,
                                  .stop = stop};
  all->outside = (neap_outside){.self = all, .inputs = what.inputs, .feed = &all->outer, .hear = hear};
  neap_status status = open_feed(all, &what, &fault);
  if (status == NEAP_OK && has_orders) status = open_broker(L, all, &what, &fault);
  return status == NEAP_OK ? 1 : neap_push_fault(L, &fault);
}

/* ready() → true; false: the account is not known yet, and what failed last, if anything did; or nil and why it cannot
 * be */
static int is_ready(lua_State *L) {
  neap_fault fault = {0};
  const parts *all = check(L);
  neap_status status = all->broker ? neap_coinbase_broker_ready(all->broker, &fault) : NEAP_OK;
  if (status != NEAP_OK && status != NEAP_END) return neap_push_fault(L, &fault);
  lua_pushboolean(L, status == NEAP_OK);
  if (status == NEAP_OK || !*fault.code) return 1;
  neap_push_fault_table(L, &fault);
  return 2;
}

static int tick_parts(lua_State *L) {
  parts *all = check(L);
  neap_coinbase_client_tick(all->client);
  if (all->broker) neap_coinbase_broker_tick(all->broker);
  return 0;
}

/* next(): when tick is due, on the loop's clock */
static int next_parts(lua_State *L) {
  const parts *all = check(L);
  int64_t at = neap_coinbase_client_next(all->client);
  lua_pushinteger(L, all->broker ? sooner(at, neap_coinbase_broker_next(all->broker)) : at);
  return 1;
}

static int64_t later(int64_t a, int64_t b) { return a > b ? a : b; }

/* heard(): when the venue was last heard of, on the loop's clock: of its market; of the account, by whichever way */
static int heard(lua_State *L) {
  const parts *all = check(L);
  int64_t account = neap_coinbase_client_heard(all->client);
  lua_pushinteger(L, neap_coinbase_feed_heard(all->feed));
  lua_pushinteger(L, all->broker ? later(account, neap_coinbase_broker_heard(all->broker)) : account);
  return 2;
}

/* drop_orders(): nothing of the account is asked or heard any more, and no session has its broker. */
static int drop_orders(lua_State *L) {
  parts *all = check(L);
  neap_coinbase_broker_close(all->broker);
  all->broker = NULL;
  all->outside.broker = NULL;
  return 0;
}

static int pointer(lua_State *L) {
  lua_pushlightuserdata(L, &check(L)->outside);
  return 1;
}

int luaopen_neap_coinbase_session_c(lua_State *L) {
  static const luaL_Reg functions[] = {{"open", open_parts}, {NULL, NULL}};
  static const luaL_Reg methods[] = {{"ready", is_ready},          {"tick", tick_parts}, {"next", next_parts},
                                     {"pointer", pointer},         {"heard", heard},     {"close", close_parts},
                                     {"drop_orders", drop_orders}, {NULL, NULL}};
  static const luaL_Reg meta[] = {{"__gc", close_parts}, {"__close", close_parts}, {NULL, NULL}};
  luaL_newmetatable(L, SESSION_TYPE);
  luaL_setfuncs(L, meta, 0);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  luaL_newlib(L, functions);
  return 1;
}
