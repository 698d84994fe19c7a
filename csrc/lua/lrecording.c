/* SPDX-License-Identifier: MIT */
/* lrecording: require "neap.recording": level-2 messages and trades in memory. */
#include "lua/laccount.h"
#include "lua/lbook.h"
#include "lua/lneap.h"

#define RECORDING_TYPE "neap.recording"

NEAP_EXPORT int luaopen_neap_recording(lua_State *L);

typedef struct holder {
  neap_recording recording;
  bool is_open;
} holder;

static void push_metatable(lua_State *L);

neap_recording *neap_check_recording(lua_State *L, int index) {
  holder *held = luaL_checkudata(L, index, RECORDING_TYPE);
  if (!held->is_open) luaL_error(L, "the recording is closed");
  return &held->recording;
}

static int close_recording(lua_State *L) {
  holder *held = luaL_checkudata(L, 1, RECORDING_TYPE);
  neap_recording_fini(&held->recording);
  held->is_open = false;
  return 0;
}

typedef neap_status parser(neap_recording *recording, const char *text, size_t length, neap_fault *fault);

static neap_status parse_option(lua_State *L, neap_recording *recording, const char *name, parser *parse,
                                neap_fault *fault) {
  size_t length;
  neap_status status = NEAP_OK;
  int type = lua_getfield(L, 1, name);
  if (type != LUA_TNIL && type != LUA_TSTRING) luaL_error(L, "recording.new: %s is CSV text", name);
  if (type == LUA_TSTRING) {
    const char *text = lua_tolstring(L, -1, &length);
    status = parse(recording, text, length, fault);
  }
  lua_pop(L, 1);
  return status;
}

static int new_recording(lua_State *L) {
  static const char *const allowed[] = {"price_increment", "size_increment", "changes", "trades", NULL};
  neap_decimal price, size;
  neap_fault fault;
  neap_check_options(L, 1, "recording.new", allowed);
  neap_check_increment_options(L, "recording.new", &price, &size);
  holder *held = lua_newuserdatauv(L, sizeof *held, 0);
  neap_recording_init(&held->recording, price, size);
  held->is_open = true;
  push_metatable(L);
  lua_setmetatable(L, -2);
  neap_status status = parse_option(L, &held->recording, "changes", neap_recording_parse_changes, &fault);
  if (status == NEAP_OK) status = parse_option(L, &held->recording, "trades", neap_recording_parse_trades, &fault);
  return status == NEAP_OK ? 1 : neap_push_fault(L, &fault);
}

static int answer(lua_State *L, neap_status status, const neap_fault *fault) {
  if (status != NEAP_OK) return neap_push_fault(L, fault);
  lua_pushvalue(L, 1);
  return 1;
}

static int64_t field_increments(lua_State *L, const char *what, const char *name, neap_decimal increment) {
  return neap_check_increments(L, neap_field_decimal(L, 2, what, name), increment, name);
}

static int add_change(lua_State *L) {
  static const char *const allowed[] = {"time", "snapshot", "side", "price", "size", NULL};
  static const char what[] = "add_change";
  neap_recording *recording = neap_check_recording(L, 1);
  neap_fault fault;
  neap_check_options(L, 2, what, allowed);
  neap_book_change change = {.side = (neap_book_side)neap_field_word(L, 2, what, "side", neap_book_side_words, -1),
                             .price = field_increments(L, what, "price", recording->price_increment),
                             .size = field_increments(L, what, "size", recording->size_increment)};
  int64_t time = neap_field_integer(L, 2, what, "time", 0);
  bool is_snapshot = neap_field_flag(L, 2, what, "snapshot");
  return answer(L, neap_recording_add_change(recording, time, is_snapshot, &change, &fault), &fault);
}

static int add_trade(lua_State *L) {
  static const char *const allowed[] = {"time", "side", "price", "size", NULL};
  static const char what[] = "add_trade";
  neap_recording *recording = neap_check_recording(L, 1);
  neap_fault fault;
  neap_check_options(L, 2, what, allowed);
  bool buys = neap_field_word(L, 2, what, "side", neap_side_words, -1) == NEAP_BUY;
  neap_market_trade trade = {.time = neap_field_integer(L, 2, what, "time", 0),
                             .price = field_increments(L, what, "price", recording->price_increment),
                             .size = field_increments(L, what, "size", recording->size_increment),
                             .taken = buys ? NEAP_ASK : NEAP_BID};
  return answer(L, neap_recording_add_trade(recording, &trade, &fault), &fault);
}

/* recording:apply(number, book): message `number`, from 1. */
static int apply(lua_State *L) {
  const neap_recording *recording = neap_check_recording(L, 1);
  lua_Integer number = luaL_checkinteger(L, 2);
  neap_fault fault;
  luaL_argcheck(L, number >= 1 && (size_t)number <= recording->message_count, 2, "no such message");
  neap_price_book *book = neap_check_price_book(L, 3);
  bool same = book->price_increment.units == recording->price_increment.units &&
              book->size_increment.units == recording->size_increment.units;
  luaL_argcheck(L, same, 3, "the book has other increments");
  return answer(L, neap_recording_apply(recording, (size_t)number - 1, book, &fault), &fault);
}

static int message(lua_State *L) {
  const neap_recording *recording = neap_check_recording(L, 1);
  lua_Integer number = luaL_checkinteger(L, 2);
  luaL_argcheck(L, number >= 1 && (size_t)number <= recording->message_count, 2, "no such message");
  const neap_recorded_message *found = &recording->messages[number - 1];
  lua_createtable(L, 0, 3);
  neap_set_integer(L, "time", found->time);
  neap_set_integer(L, "changes", (int64_t)found->count);
  lua_pushboolean(L, found->is_snapshot);
  lua_setfield(L, -2, "snapshot");
  return 1;
}

static int trade(lua_State *L) {
  const neap_recording *recording = neap_check_recording(L, 1);
  lua_Integer number = luaL_checkinteger(L, 2);
  luaL_argcheck(L, number >= 1 && (size_t)number <= recording->trade_count, 2, "no such trade");
  const neap_market_trade *found = &recording->trades[number - 1];
  lua_createtable(L, 0, 4);
  neap_set_integer(L, "time", found->time);
  neap_set_text(L, "side", neap_side_words[found->taken == NEAP_ASK ? NEAP_BUY : NEAP_SELL]);
  neap_set_decimal(L, "price", (neap_decimal){found->price * recording->price_increment.units});
  neap_set_decimal(L, "size", (neap_decimal){found->size * recording->size_increment.units});
  return 1;
}

static int counts(lua_State *L) {
  const neap_recording *recording = neap_check_recording(L, 1);
  lua_createtable(L, 0, 3);
  neap_set_integer(L, "messages", (int64_t)recording->message_count);
  neap_set_integer(L, "changes", (int64_t)recording->change_count);
  neap_set_integer(L, "trades", (int64_t)recording->trade_count);
  return 1;
}

static int to_string(lua_State *L) {
  const holder *held = luaL_checkudata(L, 1, RECORDING_TYPE);
  const neap_recording *recording = &held->recording;
  if (!held->is_open) return lua_pushliteral(L, "recording: closed"), 1;
  lua_pushfstring(L, "recording: %I messages with %I changes, %I trades", (LUAI_UACINT)recording->message_count,
                  (LUAI_UACINT)recording->change_count, (LUAI_UACINT)recording->trade_count);
  return 1;
}

static const luaL_Reg methods[] = {
    {"add_change", add_change}, {"add_trade", add_trade}, {"apply", apply},           {"message", message},
    {"trade", trade},           {"counts", counts},       {"close", close_recording}, {NULL, NULL}};
static const luaL_Reg metamethods[] = {
    {"__gc", close_recording}, {"__close", close_recording}, {"__tostring", to_string}, {NULL, NULL}};
static const luaL_Reg functions[] = {{"new", new_recording}, {NULL, NULL}};

static void push_metatable(lua_State *L) {
  if (!luaL_newmetatable(L, RECORDING_TYPE)) return;
  luaL_setfuncs(L, metamethods, 0);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, "recording");
  lua_setfield(L, -2, "__metatable");
}

int luaopen_neap_recording(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
