/* SPDX-License-Identifier: MIT */
/* lsigner: the C half of neap.signer, part of neap_net.so: keys and what they sign. */
#include "lua/lsigner.h"

#include <string.h>

#include "lua/laccount.h"
#include "lua/lneap.h"

#define KEY_TYPE "neap.signer_key"

NEAP_EXPORT int luaopen_neap_signer_c(lua_State *L);

typedef struct holder {
  neap_signer_key *key; /* NULL: closed */
  neap_buffer text;     /* of the call that runs: nothing raises while OpenSSL works */
} holder;

static const char *const kind_words[] = {"p256", "ed25519", NULL}; /* in the order of neap_key_kind */

static void push_metatable(lua_State *L);

const char *neap_check_line(lua_State *L, int index, const char *what) {
  size_t length = 0;
  const char *text = lua_type(L, index) == LUA_TSTRING ? lua_tolstring(L, index, &length) : NULL;
  if (!text) luaL_error(L, "%s is text, not %s", what, luaL_typename(L, index));
  if (strlen(text) != length) luaL_error(L, "%s has a zero byte", what);
  return text;
}

const char *neap_field_line(lua_State *L, int table, const char *what, const char *name) {
  const char *text = NULL, *place = lua_pushfstring(L, "%s: %s", what, name);
  if (lua_getfield(L, table, name) != LUA_TNIL) text = neap_check_line(L, -1, place);
  lua_pop(L, 2);
  return text;
}

static holder *check(lua_State *L, int index) {
  holder *held = luaL_checkudata(L, index, KEY_TYPE);
  if (!held->key) luaL_error(L, "the key is closed");
  return held;
}

neap_signer_key *neap_check_signer_key(lua_State *L, int index) { return check(L, index)->key; }

static int close_key(lua_State *L) {
  holder *held = luaL_checkudata(L, 1, KEY_TYPE);
  neap_signer_key_free(held->key);
  neap_buffer_fini(&held->text);
  held->key = NULL;
  return 0;
}

static holder *push_closed(lua_State *L) {
  holder *held = lua_newuserdatauv(L, sizeof *held, 0);
  *held = (holder){0};
  neap_buffer_init(&held->text);
  push_metatable(L);
  lua_setmetatable(L, -2);
  return held;
}

/* read_key(text) */
static int read_key(lua_State *L) {
  size_t length;
  neap_fault fault;
  luaL_checktype(L, 1, LUA_TSTRING);
  const char *text = lua_tolstring(L, 1, &length);
  holder *held = push_closed(L);
  if (neap_signer_key_read(text, length, &held->key, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  return 1;
}

/* open_key(path) */
static int open_key(lua_State *L) {
  neap_fault fault;
  const char *path = neap_check_line(L, 1, "open_key: the path");
  holder *held = push_closed(L);
  if (neap_signer_key_open(path, &held->key, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  return 1;
}

/* new_key(kind) */
static int new_key(lua_State *L) {
  neap_fault fault;
  int kind = neap_check_word(L, 1, "new_key", kind_words);
  holder *held = push_closed(L);
  if (neap_signer_key_new((neap_key_kind)kind, &held->key, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  return 1;
}

static int kind(lua_State *L) {
  lua_pushstring(L, kind_words[neap_signer_key_kind(check(L, 1)->key)]);
  return 1;
}

static int name(lua_State *L) {
  const char *text = neap_signer_key_name(check(L, 1)->key);
  if (*text)
    lua_pushstring(L, text);
  else
    lua_pushnil(L);
  return 1;
}

static int is_private(lua_State *L) {
  lua_pushboolean(L, neap_signer_key_is_private(check(L, 1)->key));
  return 1;
}

static int push_text(lua_State *L, const holder *held, neap_status status, const neap_fault *fault) {
  if (status != NEAP_OK) return neap_push_fault(L, fault);
  lua_pushlstring(L, (const char *)held->text.data, held->text.size);
  return 1;
}

static int public_pem(lua_State *L) {
  holder *held = check(L, 1);
  neap_fault fault;
  neap_buffer_clear(&held->text);
  return push_text(L, held, neap_signer_key_public(held->key, &held->text, &fault), &fault);
}

/* key:write{ name =, path = } → true */
static int write_key(lua_State *L) {
  static const char *const allowed[] = {"name", "path", NULL};
  static const char what[] = "write";
  neap_fault fault;
  holder *held = check(L, 1);
  neap_check_options(L, 2, what, allowed);
  const char *label = neap_field_line(L, 2, what, "name"), *path = neap_field_line(L, 2, what, "path");
  if (!path) return luaL_error(L, "write: path is needed");
  if (!label) label = neap_signer_key_name(held->key);
  return neap_push_done(L, neap_signer_key_write(held->key, label, path, &fault), &fault);
}

/* Pushes the nonce of the options at 2: bytes, or what a function gives when it is asked for their number. */
static const unsigned char *push_nonce(lua_State *L, size_t *size) {
  enum { NONCE = 32 };
  int type = lua_getfield(L, 2, "nonce");
  if (type == LUA_TFUNCTION) {
    lua_pushinteger(L, NONCE);
    lua_call(L, 1, 1);
    type = lua_type(L, -1);
  }
  if (type != LUA_TSTRING)
    luaL_error(L, "sign: nonce is random bytes, or a function that gives them, such as signer.random");
  return (const unsigned char *)lua_tolstring(L, -1, size);
}

/* key:sign{ now =, nonce =, uri =, kid =, issuer = } → token */
static int sign(lua_State *L) {
  static const char *const allowed[] = {"now", "nonce", "uri", "kid", "issuer", NULL};
  static const char what[] = "sign";
  neap_fault fault;
  neap_check_options(L, 2, what, allowed);
  neap_jwt_claims claims = {.kid = neap_field_line(L, 2, what, "kid"),
                            .uri = neap_field_line(L, 2, what, "uri"),
                            .issuer = neap_field_line(L, 2, what, "issuer"),
                            .now_ns = neap_field_integer(L, 2, what, "now", INT64_MIN)};
  if (claims.now_ns == INT64_MIN) return luaL_error(L, "sign: now is needed, in ns");
  claims.nonce = push_nonce(L, &claims.nonce_size);
  holder *held = check(L, 1); /* a function ran: it may be closed */
  neap_buffer_clear(&held->text);
  return push_text(L, held, neap_signer_sign_jwt(held->key, &claims, &held->text, &fault), &fault);
}

static int to_text(lua_State *L) {
  const holder *held = luaL_checkudata(L, 1, KEY_TYPE);
  if (!held->key) {
    lua_pushliteral(L, "key, closed");
    return 1;
  }
  const char *label = neap_signer_key_name(held->key);
  lua_pushfstring(L, "%s key of %s%s%s", neap_signer_key_is_private(held->key) ? "private" : "public",
                  neap_signer_key_kind(held->key) == NEAP_KEY_P256 ? "P-256" : "Ed25519", *label ? ", " : "", label);
  return 1;
}

static void push_metatable(lua_State *L) {
  static const luaL_Reg methods[] = {{"kind", kind},       {"name", name},       {"is_private", is_private},
                                     {"sign", sign},       {"write", write_key}, {"public_pem", public_pem},
                                     {"close", close_key}, {NULL, NULL}};
  static const luaL_Reg meta[] = {{"__gc", close_key}, {"__close", close_key}, {"__tostring", to_text}, {NULL, NULL}};
  if (!luaL_newmetatable(L, KEY_TYPE)) return;
  luaL_setfuncs(L, meta, 0);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
}

/* random(count) → bytes */
static int random_bytes(lua_State *L) {
  enum { MOST = 1024 };
  unsigned char bytes[MOST];
  neap_fault fault;
  lua_Integer count = luaL_checkinteger(L, 1);
  luaL_argcheck(L, count > 0 && count <= MOST, 1, "1 to 1024 bytes");
  if (neap_signer_random(bytes, (size_t)count, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  lua_pushlstring(L, (const char *)bytes, (size_t)count);
  return 1;
}

static neap_legacy_text check_legacy_text(lua_State *L, int from) {
  neap_legacy_text text = {.timestamp = neap_check_line(L, from, "legacy: timestamp"),
                           .method = neap_check_line(L, from + 1, "legacy: method"),
                           .path = neap_check_line(L, from + 2, "legacy: path")};
  text.body = luaL_checklstring(L, from + 3, &text.body_size);
  return text;
}

/* legacy_sign(secret, timestamp, method, path, body) → hex */
static int legacy_sign(lua_State *L) {
  size_t size;
  neap_fault fault;
  char hex[NEAP_LEGACY_SIZE];
  const char *secret = luaL_checklstring(L, 1, &size);
  neap_legacy_text text = check_legacy_text(L, 2);
  if (neap_signer_legacy_sign(secret, size, &text, hex, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  lua_pushstring(L, hex);
  return 1;
}

/* legacy_check(secret, timestamp, method, path, body, signature) → true */
static int legacy_check(lua_State *L) {
  size_t size;
  neap_fault fault;
  const char *secret = luaL_checklstring(L, 1, &size);
  neap_legacy_text text = check_legacy_text(L, 2);
  const char *signature = luaL_checkstring(L, 6);
  return neap_push_done(L, neap_signer_legacy_check(secret, size, &text, signature, &fault), &fault);
}

int luaopen_neap_signer_c(lua_State *L) {
  static const luaL_Reg functions[] = {{"read_key", read_key},
                                       {"open_key", open_key},
                                       {"new_key", new_key},
                                       {"random", random_bytes},
                                       {"legacy_sign", legacy_sign},
                                       {"legacy_check", legacy_check},
                                       {"verifier", neap_new_verifier},
                                       {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
