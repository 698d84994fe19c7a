/* SPDX-License-Identifier: MIT */
/* lwebhook: the C half of neap.webhook, part of neap_net.so. */
#include <stdint.h>

#include "lua/lneap.h"
#include "net/webhook.h"
#include "session/loop.h"

#define WEBHOOK_TYPE "neap.webhook_c"

NEAP_EXPORT int luaopen_neap_webhook_c(lua_State *L);

enum { LONGEST_TURN_MS = 60000 };

typedef struct holder {
  neap_webhook *webhook; /* NULL: closed */
} holder;

static neap_webhook *check(lua_State *L) {
  holder *held = luaL_checkudata(L, 1, WEBHOOK_TYPE);
  if (!held->webhook) luaL_error(L, "the webhook is closed");
  return held->webhook;
}

static int close_webhook(lua_State *L) {
  holder *held = luaL_checkudata(L, 1, WEBHOOK_TYPE);
  neap_webhook_close(held->webhook);
  held->webhook = NULL;
  return 0;
}

/* post(id, body) → true, or nil and a fault */
static int post(lua_State *L) {
  neap_fault fault;
  size_t length;
  neap_webhook *webhook = check(L);
  uint64_t id = (uint64_t)luaL_checkinteger(L, 2);
  const char *body = luaL_checklstring(L, 3, &length);
  return neap_push_done(L, neap_webhook_post(webhook, id, body, length, &fault), &fault);
}

/* turn(ms): goes on, and waits at most so long for something to do */
static int turn(lua_State *L) {
  neap_webhook *webhook = check(L);
  lua_Integer ms = luaL_checkinteger(L, 2);
  luaL_argcheck(L, ms >= 0 && ms <= LONGEST_TURN_MS, 2, "milliseconds, at most a minute of them");
  neap_webhook_turn(webhook, (int)ms);
  return 0;
}

/* next() → id, status, retry_after (ns), code, message of the oldest that ended; or nothing */
static int next(lua_State *L) {
  neap_webhook_result result;
  if (!neap_webhook_next(check(L), &result)) return 0;
  lua_pushinteger(L, (lua_Integer)result.id);
  lua_pushinteger(L, result.status);
  lua_pushinteger(L, result.retry_after);
  lua_pushstring(L, result.code);
  lua_pushstring(L, result.message);
  return 5;
}

static int file(lua_State *L) {
  lua_pushinteger(L, neap_webhook_file(check(L)));
  return 1;
}

/* due() → ns from now until turn has something to do though no file is ready; nil: never */
static int due(lua_State *L) {
  int64_t at = neap_webhook_due(check(L)), now = neap_loop_now();
  if (at == INT64_MAX) return 0;
  lua_pushinteger(L, at > now ? at - now : 0);
  return 1;
}

static void push_metatable(lua_State *L) {
  static const luaL_Reg methods[] = {{"post", post}, {"turn", turn},           {"next", next}, {"file", file},
                                     {"due", due},   {"close", close_webhook}, {NULL, NULL}},
                        own[] = {{"__gc", close_webhook}, {"__close", close_webhook}, {NULL, NULL}};
  if (!luaL_newmetatable(L, WEBHOOK_TYPE)) return;
  luaL_setfuncs(L, own, 0);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
}

/* open(base, path, authorization or nil, authorities or nil, request_ns) */
static int open(lua_State *L) {
  neap_fault fault;
  const neap_webhook_options options = {.base = luaL_checkstring(L, 1),
                                        .path = luaL_checkstring(L, 2),
                                        .authorization = luaL_optstring(L, 3, NULL),
                                        .authorities = luaL_optstring(L, 4, NULL),
                                        .request_ns = luaL_optinteger(L, 5, 0),
                                        .now = neap_loop_now};
  holder *held = lua_newuserdatauv(L, sizeof *held, 0);
  held->webhook = NULL;
  push_metatable(L);
  lua_setmetatable(L, -2);
  if (neap_webhook_open(&options, &held->webhook, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  return 1;
}

int luaopen_neap_webhook_c(lua_State *L) {
  static const luaL_Reg functions[] = {{"open", open}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
