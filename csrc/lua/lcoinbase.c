/* SPDX-License-Identifier: MIT */
/* lcoinbase: the C half of neap.coinbase, part of neap_net.so: the client of the venue's API. Answers wait here until
 * Lua fetches them: nothing of Lua's is called from within the loop. */
#include "lua/lcoinbase.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "lua/laccount.h"
#include "lua/lneap.h"
#include "lua/lsigner.h"
#include "session/loop.h"

#define CLIENT_TYPE "neap.coinbase_client"

NEAP_EXPORT int luaopen_neap_coinbase_c(lua_State *L);

/* An answer that nobody fetched yet. */
typedef struct waiting {
  struct waiting *next;
  uint64_t id;
  bool is_there;
  neap_coinbase_reply reply;
  neap_buffer body;
} waiting;

typedef struct holder {
  neap_coinbase_client *client; /* NULL: closed */
  const neap_poller *poller;
  neap_inputs *inputs; /* the caller's loop's; NULL: none */
  neap_loop *loop;     /* its own; NULL: the caller's is used */
  waiting *answers;
} holder;

static const char *const outcomes[] = {"done", "refused", "unreached", "in_doubt"}; /* as neap_coinbase_outcome */

static int64_t wall(void) {
  neap_clock clock = neap_clock_real();
  return neap_clock_now(&clock);
}

static holder *find(lua_State *L, int index) {
  luaL_checkany(L, index);
  if (lua_istable(L, index) && lua_getfield(L, index, "core") == LUA_TUSERDATA) lua_replace(L, index);
  return luaL_checkudata(L, index, CLIENT_TYPE);
}

static holder *check(lua_State *L, int index) {
  holder *held = find(L, index);
  if (!held->client) luaL_error(L, "the client is closed");
  return held;
}

neap_coinbase_client *neap_check_coinbase_client(lua_State *L, int index) { return check(L, index)->client; }
const neap_poller *neap_check_coinbase_poller(lua_State *L, int index) { return check(L, index)->poller; }
neap_inputs *neap_check_coinbase_inputs(lua_State *L, int index) { return check(L, index)->inputs; }

/* --- opening ------------------------------------------------------------------------------------------------------ */

static void free_answer(waiting *old) {
  neap_buffer_fini(&old->body);
  free(old);
}

static int close_client(lua_State *L) {
  holder *held = luaL_checkudata(L, 1, CLIENT_TYPE);
  neap_coinbase_client_close(held->client);
  neap_loop_close(held->loop);
  while (held->answers) {
    waiting *old = held->answers;
    held->answers = old->next;
    free_answer(old);
  }
  *held = (holder){0};
  return 0;
}

static unsigned field_count(lua_State *L, const char *what, const char *name) {
  enum { MOST = 1000 };
  int64_t count = neap_field_integer(L, 1, what, name, 0);
  if (count < 0 || count > MOST) luaL_error(L, "%s: %s is from 1 to %d", what, name, MOST);
  return (unsigned)count;
}

static neap_coinbase_client_options check_client_options(lua_State *L) {
  static const char what[] = "coinbase.open";
  static const char *const allowed[] = {
      "base",        "ca",    "key",    "key_name", "legacy_key", "sign_host", "legacy_secret", "private_rate", "seed",
      "public_rate", "tries", "poller", "loop",     "inputs",     NULL};
  neap_check_options(L, 1, what, allowed);
  neap_coinbase_client_options options = {.base = neap_field_line(L, 1, what, "base"),
                                          .authorities = neap_field_line(L, 1, what, "ca"),
                                          .key_name = neap_field_line(L, 1, what, "key_name"),
                                          .legacy_key = neap_field_line(L, 1, what, "legacy_key"),
                                          .legacy_secret = neap_field_line(L, 1, what, "legacy_secret"),
                                          .sign_host = neap_field_line(L, 1, what, "sign_host"),
                                          .now = neap_loop_now,
                                          .wall = wall};
  options.private_rate = field_count(L, what, "private_rate");
  options.public_rate = field_count(L, what, "public_rate");
  options.tries = field_count(L, what, "tries");
  options.seed = (uint64_t)neap_field_integer(L, 1, what, "seed", 0);
  return options;
}

/* Pushes key and loop (or nil), which the client needs for as long as it lives. */
static void push_kept(lua_State *L, neap_coinbase_client_options *options) {
  if (lua_getfield(L, 1, "key") != LUA_TNIL) options->key = neap_check_signer_key(L, -1);
  lua_getfield(L, 1, "loop");
  lua_getfield(L, 1, "poller");
  options->poller = lua_touserdata(L, -1);
  lua_getfield(L, 1, "inputs");
  options->inputs = lua_touserdata(L, -1);
  lua_pop(L, 2);
}

/* open{ base =, ca =, key = a signer's key, key_name =, legacy_key =, legacy_secret =, sign_host =, loop = what is
 * kept, poller = of that, … } */
static int open_client(lua_State *L) {
  neap_fault fault = {0};
  neap_status status = NEAP_OK;
  neap_coinbase_client_options options = check_client_options(L);
  push_kept(L, &options);
  holder *held = lua_newuserdatauv(L, sizeof *held, 2);
  *held = (holder){0};
  luaL_setmetatable(L, CLIENT_TYPE);
  lua_insert(L, -3);
  lua_setiuservalue(L, -3, 2);
  lua_setiuservalue(L, -2, 1);
  if (!options.poller) status = neap_loop_open(&held->loop, &fault);
  if (status == NEAP_OK && held->loop) options.poller = neap_loop_poller(held->loop);
  held->poller = options.poller;
  held->inputs = options.inputs;
  if (status == NEAP_OK) status = neap_coinbase_client_open(&options, &held->client, &fault);
  return status == NEAP_OK ? 1 : neap_push_fault(L, &fault);
}

/* --- asking ------------------------------------------------------------------------------------------------------- */

static void keep_answer(void *context, const neap_coinbase_reply *reply) {
  waiting *kept = context;
  kept->reply = *reply;
  kept->reply.body = NULL;
  neap_buffer_append(&kept->body, reply->body, reply->length);
  kept->is_there = true;
}

static neap_coinbase_question check_question(lua_State *L) {
  static const char what[] = "ask";
  static const char *const allowed[] = {"method",  "path",   "query",    "body", "public",
                                        "repeats", "urgent", "patience", NULL};
  static const char *const repeats[] = {"read", "safe", "order", NULL}; /* as neap_coinbase_repeat */
  neap_check_options(L, 2, what, allowed);
  neap_coinbase_question question = {.method = neap_field_line(L, 2, what, "method"),
                                     .path = neap_field_line(L, 2, what, "path"),
                                     .query = neap_field_line(L, 2, what, "query"),
                                     .body = neap_field_line(L, 2, what, "body"),
                                     .is_public = neap_field_flag(L, 2, what, "public"),
                                     .is_urgent = neap_field_flag(L, 2, what, "urgent"),
                                     .patience = neap_field_integer(L, 2, what, "patience", 0)};
  question.repeat = (neap_coinbase_repeat)neap_field_word(L, 2, what, "repeats", repeats, NEAP_REPEAT_ORDER);
  question.length = question.body ? strlen(question.body) : 0;
  return question;
}

/* ask{ method =, path =, query = encoded, body = text, public =, repeats = "read" "safe" "order", urgent =, patience =
 * ns } → its number, for `answer` */
static int ask(lua_State *L) {
  neap_fault fault = {0};
  holder *held = check(L, 1);
  neap_coinbase_question question = check_question(L);
  waiting *made = calloc(1, sizeof *made);
  if (!made) return luaL_error(L, "no memory");
  neap_buffer_init(&made->body);
  if (neap_coinbase_ask(held->client, &question, keep_answer, made, &made->id, &fault) != NEAP_OK) {
    free_answer(made);
    return neap_push_fault(L, &fault);
  }
  made->next = held->answers;
  held->answers = made;
  lua_pushinteger(L, (lua_Integer)made->id);
  return 1;
}

static waiting **place_of(holder *held, lua_Integer id) {
  waiting **at = &held->answers;
  while (*at && (lua_Integer)(*at)->id != id) at = &(*at)->next;
  return at;
}

static void push_reply(lua_State *L, const waiting *kept) {
  const neap_coinbase_reply *reply = &kept->reply;
  lua_createtable(L, 0, 8);
  neap_set_text(L, "outcome", outcomes[reply->outcome]);
  neap_set_text(L, "code", reply->code);
  neap_set_text(L, "reason", reply->reason);
  neap_set_text(L, "message", reply->message);
  neap_set_integer(L, "status", reply->status);
  neap_set_integer(L, "tries", reply->tries);
  neap_set_integer(L, "took", reply->took);
  lua_pushlstring(L, (const char *)kept->body.data, kept->body.size);
  lua_setfield(L, -2, "body");
}

/* answer(id) → { outcome =, status =, body =, code =, reason =, message =, tries =, took = }, once; nil: not yet */
static int answer(lua_State *L) {
  holder *held = check(L, 1);
  waiting **place = place_of(held, luaL_checkinteger(L, 2)), *kept = *place;
  if (!kept) return luaL_error(L, "answer: nothing of that number was asked");
  if (!kept->is_there) return lua_pushnil(L), 1;
  push_reply(L, kept);
  *place = kept->next;
  free_answer(kept);
  return 1;
}

static int forget(lua_State *L) {
  holder *held = check(L, 1);
  waiting **place = place_of(held, luaL_checkinteger(L, 2)), *kept = *place;
  if (!kept) return 0;
  neap_coinbase_forget(held->client, kept->id);
  *place = kept->next;
  free_answer(kept);
  return 0;
}

/* --- its loop ----------------------------------------------------------------------------------------------------- */

/* turn(): waits on its own loop for what is next and does it. */
static int turn(lua_State *L) {
  holder *held = check(L, 1);
  if (!held->loop) return luaL_error(L, "turn: the client is on a loop that is handed in");
  neap_loop_turn(held->loop, neap_coinbase_client_next(held->client));
  neap_coinbase_client_tick(held->client);
  return 0;
}

static int tick(lua_State *L) {
  neap_coinbase_client_tick(check(L, 1)->client);
  return 0;
}

static int next_turn(lua_State *L) {
  lua_pushinteger(L, neap_coinbase_client_next(check(L, 1)->client));
  return 1;
}

/* skew() → ns, whether it is known */
static int skew(lua_State *L) {
  bool known;
  lua_pushinteger(L, neap_coinbase_client_skew(check(L, 1)->client, &known));
  lua_pushboolean(L, known);
  return 2;
}

static int under_way(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)neap_coinbase_client_under_way(check(L, 1)->client));
  return 1;
}

int luaopen_neap_coinbase_c(lua_State *L) {
  static const luaL_Reg functions[] = {{"open", open_client}, {NULL, NULL}};
  static const luaL_Reg methods[] = {
      {"ask", ask},        {"answer", answer}, {"forget", forget},       {"turn", turn},          {"tick", tick},
      {"next", next_turn}, {"skew", skew},     {"under_way", under_way}, {"close", close_client}, {NULL, NULL}};
  static const luaL_Reg meta[] = {{"__gc", close_client}, {"__close", close_client}, {NULL, NULL}};
  luaL_newmetatable(L, CLIENT_TYPE);
  luaL_setfuncs(L, meta, 0);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  luaL_newlib(L, functions);
  return 1;
}
