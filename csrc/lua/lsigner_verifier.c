/* SPDX-License-Identifier: MIT */
/* lsigner_verifier: signer.verifier: who may call. */
#include "lua/laccount.h"
#include "lua/lneap.h"
#include "lua/lsigner.h"
#include "net/verifier.h"

#define VERIFIER_TYPE "neap.verifier"

typedef struct holder {
  neap_verifier *verifier; /* NULL: closed */
} holder;

static void push_metatable(lua_State *L);

static neap_verifier *check(lua_State *L) {
  holder *held = luaL_checkudata(L, 1, VERIFIER_TYPE);
  if (!held->verifier) luaL_error(L, "the verifier is closed");
  return held->verifier;
}

static int close_verifier(lua_State *L) {
  holder *held = luaL_checkudata(L, 1, VERIFIER_TYPE);
  neap_verifier_free(held->verifier);
  held->verifier = NULL;
  return 0;
}

int neap_new_verifier(lua_State *L) {
  enum { SKEW_MOST = 86400 };
  neap_fault fault;
  lua_Integer seconds = luaL_checkinteger(L, 1);
  luaL_argcheck(L, seconds >= 0 && seconds <= SKEW_MOST, 1, "skew is 0 to 86400 seconds");
  holder *held = lua_newuserdatauv(L, sizeof *held, 0);
  held->verifier = NULL;
  push_metatable(L);
  lua_setmetatable(L, -2);
  neap_status status = neap_verifier_new((int64_t)seconds * 1000000000, &held->verifier, &fault);
  return status == NEAP_OK ? 1 : neap_push_fault(L, &fault);
}

/* verifier:add(kid, key) → true */
static int add(lua_State *L) {
  neap_fault fault;
  neap_verifier *verifier = check(L);
  const char *kid = neap_check_line(L, 2, "add: kid");
  const neap_signer_key *key = neap_check_signer_key(L, 3);
  return neap_push_done(L, neap_verifier_add(verifier, kid, key, &fault), &fault);
}

/* verifier:remove(kid) → whether it was known */
static int remove_key(lua_State *L) {
  neap_verifier *verifier = check(L);
  lua_pushboolean(L, neap_verifier_remove(verifier, neap_check_line(L, 2, "remove: kid")) == NEAP_OK);
  return 1;
}

/* verifier:allow_host(host) → true */
static int allow_host(lua_State *L) {
  neap_fault fault;
  neap_verifier *verifier = check(L);
  return neap_push_done(L, neap_verifier_allow_host(verifier, neap_check_line(L, 2, "allow_host: host"), &fault),
                        &fault);
}

static const char *field_token(lua_State *L, size_t *length) {
  if (lua_getfield(L, 2, "token") != LUA_TSTRING) luaL_error(L, "check: token is needed, as text");
  const char *token = lua_tolstring(L, -1, length);
  lua_pop(L, 1); /* the table keeps it */
  return token;
}

/* verifier:check{ token =, now =, method =, path = } → kid */
static int check_token(lua_State *L) {
  static const char *const allowed[] = {"token", "now", "method", "path", NULL};
  static const char what[] = "check";
  neap_fault fault;
  char kid[NEAP_KEY_NAME_SIZE];
  size_t length;
  neap_verifier *verifier = check(L);
  neap_check_options(L, 2, what, allowed);
  const char *token = field_token(L, &length);
  const char *method = neap_field_line(L, 2, what, "method"), *path = neap_field_line(L, 2, what, "path");
  int64_t now = neap_field_integer(L, 2, what, "now", INT64_MIN);
  if (now == INT64_MIN) return luaL_error(L, "check: now is needed, in ns");
  if (!method != !path) return luaL_error(L, "check: a request has both method and path, a WebSocket message neither");
  if (neap_verifier_check(verifier, token, length, method, path, now, kid, &fault) != NEAP_OK)
    return neap_push_fault(L, &fault);
  lua_pushstring(L, kid);
  return 1;
}

static int to_text(lua_State *L) {
  const holder *held = luaL_checkudata(L, 1, VERIFIER_TYPE);
  lua_pushstring(L, held->verifier ? "verifier" : "verifier, closed");
  return 1;
}

static void push_metatable(lua_State *L) {
  static const luaL_Reg methods[] = {{"add", add},           {"remove", remove_key},    {"allow_host", allow_host},
                                     {"check", check_token}, {"close", close_verifier}, {NULL, NULL}};
  static const luaL_Reg meta[] = {
      {"__gc", close_verifier}, {"__close", close_verifier}, {"__tostring", to_text}, {NULL, NULL}};
  if (!luaL_newmetatable(L, VERIFIER_TYPE)) return;
  luaL_setfuncs(L, meta, 0);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
}
