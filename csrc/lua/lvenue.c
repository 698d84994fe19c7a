/* SPDX-License-Identifier: MIT */
/* lvenue: the C half of neap.venue, part of neap_net.so: a venue without sockets. A token of a stream is the number of
 * a key as text. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "lua/lvenue.h"

#define VENUE_TYPE "neap.venue"
#define STREAM_TYPE "neap.venue.stream"

NEAP_EXPORT int luaopen_neap_venue_c(lua_State *L);

typedef struct holder {
  neap_venue *venue; /* NULL: closed */
  int64_t now;
  neap_venue_answer answer;
} holder;

typedef struct listener {
  neap_venue_stream *stream; /* NULL: closed */
  holder *venue;             /* kept alive by the user value */
  neap_buffer frames;        /* each with a 0 behind */
} listener;

static holder *check(lua_State *L) {
  holder *held = luaL_checkudata(L, 1, VENUE_TYPE);
  if (!held->venue) luaL_error(L, "the venue is closed");
  return held;
}

static int close_venue(lua_State *L) {
  holder *held = luaL_checkudata(L, 1, VENUE_TYPE);
  neap_venue_free(held->venue);
  neap_venue_answer_fini(&held->answer);
  held->venue = NULL;
  return 0;
}

static neap_status check_token(void *self, const char *token, size_t length, int64_t now, uint32_t *key,
                               neap_fault *fault) {
  char *end;
  (void)self, (void)now;
  unsigned long number = strtoul(token, &end, 10);
  if (!length || end != token + length || !number)
    return neap_fail(fault, NEAP_REFUSED, "unknown_key", "no key signed this");
  *key = (uint32_t)number;
  return NEAP_OK;
}

static int new_venue(lua_State *L) {
  static const char *const allowed[] = {NEAP_VENUE_OPTIONS, NULL};
  neap_fault fault;
  if (lua_isnone(L, 1)) lua_newtable(L);
  luaL_checktype(L, 1, LUA_TTABLE);
  neap_check_options(L, 1, "venue.new", allowed);
  neap_venue_options options = neap_check_venue_options(L, 1, "venue.new");
  options.gate = (neap_venue_gate){.check = check_token};
  holder *held = lua_newuserdatauv(L, sizeof *held, 0);
  *held = (holder){.now = options.start};
  neap_venue_answer_init(&held->answer);
  luaL_setmetatable(L, VENUE_TYPE);
  return neap_venue_new(&options, &held->venue, &fault) == NEAP_OK ? 1 : neap_push_fault(L, &fault);
}

/* --- keys and requests -------------------------------------------------------------------------------------------- */

static int add_key(lua_State *L) {
  holder *held = check(L);
  neap_fault fault;
  uint32_t key;
  neap_venue_key_options options = neap_check_venue_key(L, 2);
  if (neap_venue_add_key(held->venue, &options, &key, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  lua_pushinteger(L, key);
  return 1;
}

/* deposit(key, currency, amount) */
static int deposit(lua_State *L) {
  holder *held = check(L);
  neap_fault fault;
  uint32_t key = (uint32_t)luaL_checkinteger(L, 2);
  const char *currency = luaL_checkstring(L, 3);
  return neap_push_done(L, neap_venue_deposit(held->venue, key, currency, neap_check_decimal(L, 4), &fault), &fault);
}

/* request{method=, path=, query=, body=, key=, now=} → status, text, content type */
static int request(lua_State *L) {
  static const char *const allowed[] = {"method", "path", "query", "body", "key", "now", NULL};
  holder *held = check(L);
  neap_check_options(L, 2, "request", allowed);
  luaL_checkstack(L, 10, NULL);
  neap_venue_request asked = {.method = neap_option_text(L, 2, "method", "GET", NULL),
                              .path = neap_option_text(L, 2, "path", NULL, NULL),
                              .query = neap_option_text(L, 2, "query", "", NULL)};
  luaL_argcheck(L, asked.path, 2, "path is needed");
  asked.body = neap_option_text(L, 2, "body", "", &asked.length);
  asked.key = neap_option_count(L, 2, "key");
  asked.now = held->now = neap_option_time(L, 2, "now", held->now);
  neap_venue_request_do(held->venue, &asked, &held->answer);
  lua_pushinteger(L, held->answer.status);
  lua_pushlstring(L, (const char *)held->answer.body.data, held->answer.body.size);
  lua_pushstring(L, held->answer.content_type);
  return 3;
}

static int64_t check_time(lua_State *L, int index) {
  int64_t ns;
  neap_fault fault;
  if (lua_type(L, index) != LUA_TSTRING) return luaL_checkinteger(L, index);
  if (neap_time_parse(lua_tostring(L, index), lua_rawlen(L, index), &ns, &fault) != NEAP_OK)
    return neap_raise_fault(L, &fault);
  return ns;
}

static int advance(lua_State *L) {
  holder *held = check(L);
  neap_venue_advance(held->venue, held->now = check_time(L, 2));
  return 0;
}

static int now(lua_State *L) {
  lua_pushinteger(L, neap_venue_now(check(L)->venue));
  return 1;
}

static int next_due(lua_State *L) {
  int64_t next = neap_venue_next(check(L)->venue);
  if (next == INT64_MAX) return 0;
  lua_pushinteger(L, next);
  return 1;
}

/* set_product(id, {cancel_only=true, …, delisted=true}) */
static int set_product(lua_State *L) {
  holder *held = check(L);
  neap_fault fault;
  bool is_delisted;
  const char *product = luaL_checkstring(L, 2);
  uint32_t flags = neap_check_venue_flags(L, 3, &is_delisted);
  return neap_push_done(L, neap_venue_set_product(held->venue, product, flags, is_delisted, &fault), &fault);
}

static int end_order(lua_State *L) {
  holder *held = check(L);
  neap_fault fault;
  const char *id = luaL_checkstring(L, 2);
  return neap_push_done(L, neap_venue_end_order(held->venue, id, luaL_optstring(L, 3, ""), &fault), &fault);
}

static int add_market(lua_State *L) {
  holder *held = check(L);
  neap_fault fault;
  neap_venue_market_options options = neap_check_venue_market(L, 2);
  return neap_push_done(L, neap_venue_add_market(held->venue, &options, &fault), &fault);
}

static int check_books(lua_State *L) {
  neap_fault fault;
  return neap_push_done(L, neap_venue_check(check(L)->venue, &fault), &fault);
}

static int print_venue(lua_State *L) {
  const holder *held = luaL_checkudata(L, 1, VENUE_TYPE);
  char time[NEAP_TIME_TEXT];
  if (!held->venue) return lua_pushliteral(L, "venue (closed)"), 1;
  neap_time_format(neap_venue_now(held->venue), time);
  lua_pushfstring(L, "venue at %s", time);
  return 1;
}

/* --- streams ------------------------------------------------------------------------------------------------------ */

static void keep_frame(void *self, const char *text, size_t length) {
  listener *heard = self;
  neap_buffer_append(&heard->frames, text, length);
  neap_buffer_append(&heard->frames, "", 1);
}

static int connect(lua_State *L) {
  holder *held = check(L);
  neap_fault fault;
  listener *heard = lua_newuserdatauv(L, sizeof *heard, 1);
  *heard = (listener){.venue = held};
  neap_buffer_init(&heard->frames);
  luaL_setmetatable(L, STREAM_TYPE);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, 1);
  neap_venue_sink sink = {.send = keep_frame, .self = heard};
  neap_status status = neap_venue_stream_open(held->venue, &sink, held->now, &heard->stream, &fault);
  return status == NEAP_OK ? 1 : neap_push_fault(L, &fault);
}

static listener *check_listener(lua_State *L) {
  listener *heard = luaL_checkudata(L, 1, STREAM_TYPE);
  if (!heard->stream || !heard->venue->venue) luaL_error(L, "the stream is closed");
  return heard;
}

static int send_text(lua_State *L) {
  size_t length;
  listener *heard = check_listener(L);
  const char *text = luaL_checklstring(L, 2, &length);
  neap_venue_stream_message(heard->stream, text, length, heard->venue->now);
  return 0;
}

/* The frames since the last call, a list of texts. */
static int frames(lua_State *L) {
  listener *heard = luaL_checkudata(L, 1, STREAM_TYPE);
  const char *at = (const char *)heard->frames.data, *end = at + heard->frames.size;
  lua_newtable(L);
  for (lua_Integer i = 1; at < end; i++) {
    size_t length = strlen(at);
    lua_pushlstring(L, at, length);
    lua_seti(L, -2, i);
    at += length + 1;
  }
  neap_buffer_clear(&heard->frames);
  return 1;
}

static int close_stream(lua_State *L) {
  listener *heard = luaL_checkudata(L, 1, STREAM_TYPE);
  if (heard->venue && heard->venue->venue) neap_venue_stream_free(heard->stream);
  heard->stream = NULL;
  neap_buffer_fini(&heard->frames);
  return 0;
}

static void make_type(lua_State *L, const char *name, const luaL_Reg *methods, const luaL_Reg *meta) {
  luaL_newmetatable(L, name);
  luaL_setfuncs(L, meta, 0);
  lua_newtable(L);
  luaL_setfuncs(L, methods, 0);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
}

int luaopen_neap_venue_c(lua_State *L) {
  static const luaL_Reg functions[] = {{"new", new_venue}, {NULL, NULL}};
  static const luaL_Reg methods[] = {{"add_key", add_key},
                                     {"deposit", deposit},
                                     {"request", request},
                                     {"advance", advance},
                                     {"now", now},
                                     {"next", next_due},
                                     {"set_product", set_product},
                                     {"end_order", end_order},
                                     {"add_market", add_market},
                                     {"check", check_books},
                                     {"connect", connect},
                                     {"close", close_venue},
                                     {NULL, NULL}};
  static const luaL_Reg meta[] = {
      {"__gc", close_venue}, {"__close", close_venue}, {"__tostring", print_venue}, {NULL, NULL}};
  static const luaL_Reg stream_methods[] = {
      {"send", send_text}, {"frames", frames}, {"close", close_stream}, {NULL, NULL}};
  static const luaL_Reg stream_meta[] = {{"__gc", close_stream}, {"__close", close_stream}, {NULL, NULL}};
  make_type(L, VENUE_TYPE, methods, meta);
  make_type(L, STREAM_TYPE, stream_methods, stream_meta);
  luaL_newlib(L, functions);
  return 1;
}
