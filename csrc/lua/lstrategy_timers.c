/* SPDX-License-Identifier: MIT */
/* lstrategy_timers: timers and log lines. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/record.h"
#include "lua/lstrategy.h"

#define LEAST_DELAY (NEAP_SECOND / 10)

enum { LOG_MAX = 65536, LINES_MAX = 10000, FIELDS_MAX = 100 };

int64_t neap_lstrategy_check_duration(lua_State *L, int index, const char *what) {
  size_t length;
  neap_fault fault;
  int64_t ns = 0;
  if (lua_isinteger(L, index)) {
    ns = lua_tointeger(L, index);
  } else if (lua_type(L, index) == LUA_TSTRING) {
    const char *text = lua_tolstring(L, index, &length);
    if (neap_duration_parse(text, length, &ns, &fault) != NEAP_OK) luaL_error(L, "%s: %s", what, fault.message);
  } else {
    luaL_error(L, "%s: a duration is text like \"90s\", \"5m\", \"4h\", \"1d\", not %s", what, luaL_typename(L, index));
  }
  if (ns <= 0) luaL_error(L, "%s: the duration must be more than zero", what);
  return ns;
}

void neap_lstrategy_push_duration(lua_State *L, int64_t ns) {
  char text[NEAP_TIME_TEXT];
  lua_pushlstring(L, text, neap_duration_format(ns, text));
}

static const char *check_name(lua_State *L, const char *what) {
  neap_lstrategy_check_object(L);
  if (lua_type(L, 2) != LUA_TSTRING) luaL_error(L, "%s: the timer's name is text, not %s", what, luaL_typename(L, 2));
  return lua_tostring(L, 2);
}

/* A timer that sets itself again has no end before the next bar: that next bar must come. */
static int64_t check_delay(lua_State *L, const char *what) {
  int64_t delay = neap_lstrategy_check_duration(L, 3, what);
  if (delay < LEAST_DELAY) luaL_error(L, "%s: a timer waits at least 100ms", what);
  return delay;
}

static int after(lua_State *L) {
  neap_fault fault;
  const char *name = check_name(L, "after");
  int64_t delay = check_delay(L, "after");
  neap_lstrategy_check(L, neap_desk_after(neap_lstrategy(L)->desk, name, delay, &fault), "after", &fault);
  return 0;
}

static int every(lua_State *L) {
  neap_fault fault;
  const char *name = check_name(L, "every");
  int64_t period = check_delay(L, "every");
  neap_lstrategy_check(L, neap_desk_every(neap_lstrategy(L)->desk, name, period, &fault), "every", &fault);
  return 0;
}

/* "16:30", "16:30:05" or a duration after midnight; absent: midnight. */
static int64_t read_at(lua_State *L, const char *what) {
  int hour = 0, minute = 0, second = 0, used = 0;
  if (lua_getfield(L, 3, "at") == LUA_TNIL) return 0;
  const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
  bool is_time = sscanf(text, "%2d:%2d%n", &hour, &minute, &used) == 2;
  if (is_time && text[used] == ':') is_time = sscanf(text, "%2d:%2d:%2d%n", &hour, &minute, &second, &used) == 3;
  if (!is_time || text[used] != '\0' || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
    luaL_error(L, "%s: at is a time of day in UTC like \"16:30\"", what);
  lua_pop(L, 1);
  return (hour * 3600 + minute * 60 + second) * NEAP_SECOND;
}

static int read_word(lua_State *L, const char *what, const char *field, const char *const *words, int otherwise) {
  if (lua_getfield(L, 3, field) == LUA_TNIL) return lua_pop(L, 1), otherwise;
  const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : luaL_typename(L, -1);
  for (int i = 0; words[i]; i++)
    if (strcmp(words[i], text) == 0) return lua_pop(L, 1), i;
  return neap_raise_unknown(L, what, field, text, words);
}

static int calendar(lua_State *L, const char *what, bool weekly) {
  static const char *const days[] = {"monday", "tuesday",  "wednesday", "thursday",
                                     "friday", "saturday", "sunday",    NULL};
  static const char *const missed_words[] = {"once", "skip", "all", NULL};
  static const char *const known_daily[] = {"at", "missed", NULL}, *const known_weekly[] = {"at", "day", "missed",
                                                                                            NULL};
  neap_fault fault;
  const char *name = check_name(L, what);
  lua_settop(L, 3);
  if (lua_isnil(L, 3)) {
    lua_newtable(L);
    lua_replace(L, 3);
  }
  neap_check_options(L, 3, what, weekly ? known_weekly : known_daily);
  int64_t at = read_at(L, what);
  int missed = read_word(L, what, "missed", missed_words, 0);
  int day = weekly ? 1 + read_word(L, what, "day", days, 0) : 0;
  neap_desk *desk = neap_lstrategy(L)->desk;
  neap_lstrategy_check(L, neap_desk_calendar(desk, name, day, at, missed, &fault), what, &fault);
  return 0;
}

static int daily(lua_State *L) { return calendar(L, "daily", false); }
static int weekly(lua_State *L) { return calendar(L, "weekly", true); }

static int cancel_timer(lua_State *L) {
  const char *name = check_name(L, "cancel_timer");
  lua_pushboolean(L, neap_desk_cancel_timer(neap_lstrategy(L)->desk, name));
  return 1;
}

bool neap_lstrategy_count_line(neap_strategy_cell *self, size_t length, neap_fault *fault) {
  uint64_t call = neap_cell_call_number(self->cell);
  if (self->line_call != call) self->lines = 0;
  self->line_call = call;
  if (length > LOG_MAX) return neap_fail(fault, NEAP_INVALID, "log", "a log line is over %d bytes", LOG_MAX), false;
  if (++self->lines <= LINES_MAX) return true;
  neap_fail(fault, NEAP_INVALID, "log", "over %d log lines in one callback", LINES_MAX);
  return false;
}

static void record_field(lua_State *L, neap_buffer *out, const char *key) {
  const neap_decimal *decimal = neap_test_decimal(L, -1);
  size_t length;
  if (decimal)
    neap_record_decimal(out, key, *decimal);
  else if (lua_isinteger(L, -1))
    neap_record_int(out, key, lua_tointeger(L, -1));
  else if (lua_type(L, -1) == LUA_TNUMBER)
    neap_record_number(out, key, lua_tonumber(L, -1));
  else if (lua_type(L, -1) == LUA_TBOOLEAN)
    neap_record_bool(out, key, lua_toboolean(L, -1));
  else if (lua_type(L, -1) == LUA_TSTRING) {
    const char *text = lua_tolstring(L, -1, &length);
    neap_record_bytes(out, key, text, length);
  }
}

/* Judged first, so that nothing raises while the buffer is live: the keys, in order, are at `keys`. */
static lua_Integer list_fields(lua_State *L, const char *what) {
  lua_Integer count = 0;
  luaL_checktype(L, 3, LUA_TTABLE);
  lua_newtable(L);
  for (lua_pushnil(L); lua_next(L, 3); lua_pop(L, 1)) {
    int type = lua_type(L, -1);
    bool plain = type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TBOOLEAN || neap_test_decimal(L, -1);
    if (lua_type(L, -2) != LUA_TSTRING || lua_rawlen(L, -2) > 255)
      luaL_error(L, "%s: the names of fields are text of at most 255 bytes", what);
    if (lua_rawlen(L, -1) > LOG_MAX && lua_type(L, -1) == LUA_TSTRING)
      luaL_error(L, "%s: field '%s' is over %d bytes", what, lua_tostring(L, -2), LOG_MAX);
    if (!plain)
      luaL_error(L, "%s: field '%s' must be a plain value, not %s", what, lua_tostring(L, -2), luaL_typename(L, -1));
    lua_pushvalue(L, -2);
    lua_rawseti(L, 4, ++count);
  }
  if (count > FIELDS_MAX) luaL_error(L, "%s: over %d fields", what, FIELDS_MAX);
  lua_pushcfunction(L, neap_cell_sort);
  lua_pushvalue(L, 4);
  lua_call(L, 1, 0);
  lua_settop(L, 4);
  return count;
}

static int write_log(lua_State *L, const char *level) {
  neap_fault fault;
  neap_buffer fields;
  neap_lstrategy_check_object(L);
  luaL_checkany(L, 2);
  lua_settop(L, 3);
  if (lua_type(L, 2) != LUA_TSTRING) neap_tolstring(L, 2, NULL), lua_replace(L, 2);
  lua_Integer count = lua_isnil(L, 3) ? 0 : list_fields(L, level);
  neap_desk *desk = neap_lstrategy(L)->desk;
  if (!neap_lstrategy_count_line(neap_lstrategy(L), lua_rawlen(L, 2), &fault)) return neap_raise_fault(L, &fault);
  neap_buffer_init(&fields);
  for (lua_Integer i = 1; i <= count; i++) {
    lua_rawgeti(L, 4, i);
    const char *key = lua_tostring(L, -1);
    lua_pushvalue(L, -1);
    lua_rawget(L, 3);
    record_field(L, &fields, key);
    lua_pop(L, 2);
  }
  neap_status status = fields.status == NEAP_OK
                           ? neap_desk_log(desk, level, lua_tostring(L, 2), fields.data, fields.size, &fault)
                           : neap_fail(&fault, NEAP_MEMORY, "no_memory", "no memory for the fields");
  neap_buffer_fini(&fields);
  neap_lstrategy_check(L, status, level, &fault);
  return 0;
}

static int info(lua_State *L) { return write_log(L, "info"); }
static int warn(lua_State *L) { return write_log(L, "warn"); }

const strategy_word neap_words_timers[] = {{"after", after, NULL, WORD_SELF},
                                           {"every", every, NULL, WORD_SELF},
                                           {"daily", daily, NULL, WORD_SELF},
                                           {"weekly", weekly, NULL, WORD_SELF},
                                           {"cancel_timer", cancel_timer, NULL, WORD_SELF},
                                           {"info", info, NULL, WORD_BOTH},
                                           {"warn", warn, NULL, WORD_BOTH},
                                           {"alert", NULL, NULL, WORD_BOTH},
                                           {"plot", NULL, NULL, WORD_BOTH},
                                           {NULL, NULL, NULL, WORD_BOTH}};
