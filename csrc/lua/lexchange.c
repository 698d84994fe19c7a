/* SPDX-License-Identifier: MIT */
/* lexchange: the C half of neap.exchange, part of neap_net.so: the venue behind its port. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "lua/lvenue.h"
#include "net/certificate.h"
#include "session/feed.h"
#include "venue/exchange.h"

#define EXCHANGE_TYPE "neap.exchange_c"

NEAP_EXPORT int luaopen_neap_exchange_c(lua_State *L);

enum { MILLION = 1000000, ROUND_MS = 100, GRACE_S = 3600 };

typedef struct holder {
  neap_exchange *exchange; /* NULL: closed */
  neap_clock clock;
  neap_certificate identity; /* with TLS */
} holder;

static holder *check(lua_State *L) {
  holder *held = luaL_checkudata(L, 1, EXCHANGE_TYPE);
  if (!held->exchange) luaL_error(L, "the exchange is closed");
  return held;
}

static int close_exchange(lua_State *L) {
  holder *held = luaL_checkudata(L, 1, EXCHANGE_TYPE);
  neap_exchange_close(held->exchange);
  held->exchange = NULL;
  neap_certificate_fini(&held->identity);
  return 0;
}

static neap_exchange_options check_exchange_options(lua_State *L) {
  static const char *const allowed[] = {
      NEAP_VENUE_OPTIONS, "listen", "tls", "key_directory", "speed", "limits_rates", "skew", "silence", NULL};
  neap_exchange_options options = neap_exchange_default_options();
  neap_check_options(L, 1, "exchange.open", allowed);
  options.venue = neap_check_venue_options(L, 1, "exchange.open");
  options.listen = neap_option_text(L, 1, "listen", options.listen, NULL);
  options.key_directory = neap_option_text(L, 1, "key_directory", NULL, NULL);
  if (neap_option_get(L, 1, "speed")) {
    lua_Number speed = luaL_checknumber(L, -1);
    luaL_argcheck(L, speed >= 0 && speed <= MILLION, 1, "speed is from 0 to 1000000");
    options.speed = (int64_t)(speed * MILLION);
  }
  if (neap_option_get(L, 1, "limits_rates")) options.limits_rates = lua_toboolean(L, -1);
  options.skew = neap_option_time(L, 1, "skew", options.skew);
  options.silence = neap_option_time(L, 1, "silence", options.silence);
  return options;
}

/* Good a little before now: a client's clock may be behind. */
static neap_status open_safely(holder *held, neap_exchange_options *options, neap_fault *fault) {
  neap_certificate *made = &held->identity;
  neap_status status = neap_certificate_make(neap_clock_now(&held->clock) - GRACE_S * NEAP_SECOND, made, fault);
  if (status != NEAP_OK) return status;
  options->certificate = made->certificate, options->key = made->key;
  return neap_exchange_open(options, &held->exchange, fault);
}

/* With `tls` it has a certificate, which write_certificate puts into a file once the place is its own. */
static int open_exchange(lua_State *L) {
  neap_fault fault;
  luaL_checktype(L, 1, LUA_TTABLE);
  neap_exchange_options options = check_exchange_options(L);
  bool is_safe = neap_option_flag(L, 1, "tls");
  holder *held = lua_newuserdatauv(L, sizeof *held, 0);
  *held = (holder){.clock = neap_clock_real()};
  luaL_setmetatable(L, EXCHANGE_TYPE);
  options.clock = &held->clock;
  neap_status status =
      is_safe ? open_safely(held, &options, &fault) : neap_exchange_open(&options, &held->exchange, &fault);
  return status == NEAP_OK ? 1 : neap_push_fault(L, &fault);
}

/* write_certificate(path): a running exchange's clients trust what lies there. */
static int write_certificate(lua_State *L) {
  holder *held = check(L);
  neap_fault fault;
  const char *path = luaL_checkstring(L, 2);
  luaL_argcheck(L, held->identity.certificate, 1, "it was opened without tls");
  return neap_push_done(L, neap_certificate_write(&held->identity, path, &fault), &fault);
}

static int add_market(lua_State *L) {
  holder *held = check(L);
  neap_fault fault;
  neap_venue_market_options options = neap_check_venue_market(L, 2);
  return neap_push_done(L, neap_venue_add_market(neap_exchange_venue(held->exchange), &options, &fault), &fault);
}

static int open_log(lua_State *L) {
  holder *held = check(L);
  neap_fault fault;
  return neap_push_done(L, neap_exchange_log(held->exchange, luaL_checkstring(L, 2), &fault), &fault);
}

/* add_key{name=, public=PEM, …} → number, whether it is new */
static int add_key(lua_State *L) {
  holder *held = check(L);
  neap_fault fault;
  neap_signer_key *half;
  size_t length;
  uint32_t key;
  bool is_new;
  neap_venue_key_options options = neap_check_venue_key(L, 2);
  const char *text = neap_option_text(L, 2, "public", NULL, &length);
  luaL_argcheck(L, text, 2, "public is needed");
  if (neap_signer_key_read(text, length, &half, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  neap_status status = neap_exchange_add_key(held->exchange, &options, half, &key, &is_new, &fault);
  neap_signer_key_free(half);
  if (status != NEAP_OK) return neap_push_fault(L, &fault);
  lua_pushinteger(L, key);
  lua_pushboolean(L, is_new);
  return 2;
}

static int deposit(lua_State *L) {
  holder *held = check(L);
  neap_fault fault;
  uint32_t key = (uint32_t)luaL_checkinteger(L, 2);
  const char *currency = luaL_checkstring(L, 3);
  return neap_push_done(L, neap_exchange_deposit(held->exchange, key, currency, neap_check_decimal(L, 4), &fault),
                        &fault);
}

static int set_product(lua_State *L) {
  holder *held = check(L);
  neap_fault fault;
  bool is_delisted;
  const char *product = luaL_checkstring(L, 2);
  uint32_t flags = neap_check_venue_flags(L, 3, &is_delisted);
  return neap_push_done(L, neap_exchange_set_product(held->exchange, product, flags, is_delisted, &fault), &fault);
}

static int end_order(lua_State *L) {
  holder *held = check(L);
  neap_fault fault;
  const char *id = luaL_checkstring(L, 2);
  return neap_push_done(L, neap_exchange_end_order(held->exchange, id, luaL_optstring(L, 3, ""), &fault), &fault);
}

/* add_fault(text) → its id */
static int add_fault(lua_State *L) {
  holder *held = check(L);
  neap_fault fault;
  uint32_t id;
  if (neap_exchange_add_fault(held->exchange, luaL_checkstring(L, 2), &id, &fault) != NEAP_OK)
    return neap_push_fault(L, &fault);
  lua_pushinteger(L, id);
  return 1;
}

static int remove_fault(lua_State *L) {
  holder *held = check(L);
  neap_fault fault;
  lua_Integer id = luaL_checkinteger(L, 2);
  luaL_argcheck(L, id > 0 && id <= UINT32_MAX, 2, "a fault's id");
  return neap_push_done(L, neap_exchange_remove_fault(held->exchange, (uint32_t)id, &fault), &fault);
}

/* faults() → JSON */
static int write_faults(lua_State *L) {
  holder *held = check(L);
  neap_buffer text;
  neap_buffer_init(&text);
  neap_exchange_write_faults(held->exchange, &text);
  lua_pushlstring(L, text.status == NEAP_OK ? (const char *)text.data : "", text.status == NEAP_OK ? text.size : 0);
  neap_buffer_fini(&text);
  return 1;
}

static int check_books(lua_State *L) {
  neap_fault fault;
  return neap_push_done(L, neap_venue_check(neap_exchange_venue(check(L)->exchange), &fault), &fault);
}

static int move(lua_State *L) {
  neap_exchange_move(check(L)->exchange, luaL_checkinteger(L, 2));
  return 0;
}

static int now(lua_State *L) {
  lua_pushinteger(L, neap_venue_now(neap_exchange_venue(check(L)->exchange)));
  return 1;
}

static int port(lua_State *L) {
  lua_pushinteger(L, neap_exchange_port(check(L)->exchange));
  return 1;
}

static int step(lua_State *L) {
  neap_fault fault;
  return neap_push_done(L, neap_exchange_step(check(L)->exchange, (int)luaL_optinteger(L, 2, 0), &fault), &fault);
}

/* --- places ------------------------------------------------------------------------------------------------------- */

/* read_text(path) → the text of a plain or gzip file */
static int read_text(lua_State *L) {
  neap_fault fault;
  neap_buffer text;
  char digest[NEAP_DIGEST_TEXT];
  const char *path = luaL_checkstring(L, 1);
  neap_buffer_init(&text);
  neap_status status = neap_feed_text(path, &text, digest, &fault);
  if (status == NEAP_OK) lua_pushlstring(L, (const char *)text.data, text.size);
  neap_buffer_fini(&text);
  return status == NEAP_OK ? 1 : neap_push_fault(L, &fault);
}

/* make_directory(prefix) → a new one's path, its owner's alone */
static int make_directory(lua_State *L) {
  neap_fault fault;
  char path[512];
  snprintf(path, sizeof path, "%sXXXXXX", luaL_checkstring(L, 1));
  if (mkdtemp(path)) return lua_pushstring(L, path), 1;
  neap_fail(&fault, NEAP_IO, "cannot_create", "a directory for the exchange cannot be made: %s", strerror(errno));
  neap_fault_set_where(&fault, "%s", path);
  return neap_push_fault(L, &fault);
}

/* --- running ------------------------------------------------------------------------------------------------------ */

/* SIGINT and SIGTERM, held back and read as a file: no handler, no global. −1: they cannot be. */
static int hold_signals(sigset_t *before) {
  sigset_t held;
  sigemptyset(&held);
  sigaddset(&held, SIGINT);
  sigaddset(&held, SIGTERM);
  if (sigprocmask(SIG_BLOCK, &held, before) != 0) return -1;
  return signalfd(-1, &held, SFD_NONBLOCK | SFD_CLOEXEC);
}

/* The signal that came, taken; 0: none. */
static int signal_of(int file) {
  struct signalfd_siginfo came;
  return read(file, &came, sizeof came) == (ssize_t)sizeof came ? (int)came.ssi_signo : 0;
}

/* Whether standard input has ended; what it holds is thrown away. */
static bool has_input_ended(void) {
  char bytes[256];
  struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
  while (poll(&input, 1, 0) > 0) {
    ssize_t got = read(STDIN_FILENO, bytes, sizeof bytes);
    if (got <= 0) return got == 0 || errno != EINTR;
  }
  return false;
}

/* run(ends_with_input) → "SIGINT" "SIGTERM" "input" "stop" */
static int run(lua_State *L) {
  holder *held = check(L);
  neap_fault fault;
  sigset_t before;
  bool ends_with_input = lua_toboolean(L, 2), has_ended = false;
  int file = hold_signals(&before), came = 0;
  if (file < 0) return luaL_error(L, "signals cannot be held: %s", strerror(errno));
  neap_status status = NEAP_OK;
  while (status == NEAP_OK && !came && !has_ended && !neap_exchange_is_stopping(held->exchange)) {
    status = neap_exchange_step(held->exchange, ROUND_MS, &fault);
    came = signal_of(file);
    has_ended = ends_with_input && has_input_ended();
  }
  close(file);
  sigprocmask(SIG_SETMASK, &before, NULL);
  if (status != NEAP_OK) return neap_push_fault(L, &fault);
  lua_pushstring(L, came == SIGINT ? "SIGINT" : came ? "SIGTERM" : has_ended ? "input" : "stop");
  return 1;
}

int luaopen_neap_exchange_c(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"open", open_exchange}, {"read_text", read_text}, {"make_directory", make_directory}, {NULL, NULL}};
  static const luaL_Reg methods[] = {{"write_certificate", write_certificate},
                                     {"add_market", add_market},
                                     {"open_log", open_log},
                                     {"add_key", add_key},
                                     {"deposit", deposit},
                                     {"set_product", set_product},
                                     {"end_order", end_order},
                                     {"add_fault", add_fault},
                                     {"remove_fault", remove_fault},
                                     {"faults", write_faults},
                                     {"check", check_books},
                                     {"move", move},
                                     {"now", now},
                                     {"port", port},
                                     {"step", step},
                                     {"run", run},
                                     {"close", close_exchange},
                                     {NULL, NULL}};
  static const luaL_Reg meta[] = {{"__gc", close_exchange}, {"__close", close_exchange}, {NULL, NULL}};
  luaL_newmetatable(L, EXCHANGE_TYPE);
  luaL_setfuncs(L, meta, 0);
  lua_newtable(L);
  luaL_setfuncs(L, methods, 0);
  lua_setfield(L, -2, "__index");
  luaL_newlib(L, functions);
  return 1;
}
