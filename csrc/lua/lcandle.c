/* SPDX-License-Identifier: MIT */
/* lcandle: require "neap.candle". */
#include "lua/lcandle.h"

#include <string.h>

#include "base/clock.h"
#include "lua/lneap.h"
#include "session/feed.h"

#define FEED_TYPE "neap.candle.feed"

NEAP_EXPORT int luaopen_neap_candle(lua_State *L);

typedef struct holder {
  neap_feed *feed; /* NULL: closed */
} holder;

static int close_holder(lua_State *L) {
  holder *held = luaL_checkudata(L, 1, FEED_TYPE);
  neap_feed_close(held->feed);
  held->feed = NULL;
  return 0;
}

static holder *push_holder(lua_State *L) {
  holder *held = lua_newuserdatauv(L, sizeof *held, 0);
  held->feed = NULL;
  if (luaL_newmetatable(L, FEED_TYPE)) {
    lua_pushcfunction(L, close_holder);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  return held;
}

static int64_t time_option(lua_State *L, const char *name) {
  int64_t ns = 0;
  size_t length;
  neap_fault fault;
  int type = lua_getfield(L, 2, name);
  if (type == LUA_TSTRING) {
    const char *text = lua_tolstring(L, -1, &length);
    if (neap_time_parse(text, length, &ns, &fault)) luaL_error(L, "candle.read: %s: %s", name, fault.message);
  } else if (lua_isinteger(L, -1))
    ns = lua_tointeger(L, -1);
  else if (type != LUA_TNIL)
    luaL_error(L, "candle.read: %s is a time: integer ns or ISO text, not %s", name, luaL_typename(L, -1));
  lua_pop(L, 1);
  return ns;
}

static neap_bad_bars bad_bars_option(lua_State *L) {
  if (lua_getfield(L, 2, "bad_bars") == LUA_TNIL) return lua_pop(L, 1), NEAP_BAD_BARS_REFUSE;
  const char *word = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : luaL_typename(L, -1);
  bool skip = strcmp(word, "skip") == 0;
  if (!skip && strcmp(word, "refuse") != 0)
    luaL_error(L, "candle.read: bad_bars is 'refuse' or 'skip', not '%s'", word);
  lua_pop(L, 1);
  return skip ? NEAP_BAD_BARS_SKIP : NEAP_BAD_BARS_REFUSE;
}

static bool flag_option(lua_State *L, int index, const char *function, const char *name) {
  int type = lua_getfield(L, index, name);
  if (type != LUA_TNIL && type != LUA_TBOOLEAN) luaL_error(L, "%s: %s is true or false", function, name);
  bool value = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return value;
}

static bool read_options(lua_State *L, neap_feed_options *options) {
  static const char *const allowed[] = {"bad_bars", "from", "to", "exact", NULL};
  if (lua_isnoneornil(L, 2)) return false;
  neap_check_options(L, 2, "candle.read", allowed);
  options->from = time_option(L, "from");
  options->to = time_option(L, "to");
  options->bad_bars = bad_bars_option(L);
  return flag_option(L, 2, "candle.read", "exact");
}

static void set_count(lua_State *L, const char *name, uint64_t value) {
  lua_pushinteger(L, (lua_Integer)value);
  lua_setfield(L, -2, name);
}

static void set_text(lua_State *L, const char *name, const char *text) {
  if (!*text) return;
  lua_pushstring(L, text);
  lua_setfield(L, -2, name);
}

static void push_report(lua_State *L, neap_feed *feed) {
  neap_feed_report report;
  char digest[NEAP_DIGEST_TEXT];
  neap_feed_report_get(feed, &report);
  neap_feed_digest(feed, digest);
  lua_createtable(L, 0, 11);
  set_count(L, "bars", report.bars);
  set_count(L, "skipped", report.skipped);
  set_count(L, "gaps", report.gaps);
  set_count(L, "missing_bars", report.missing_bars);
  if (report.gaps) set_count(L, "first_gap_line", report.first_gap_line);
  if (report.bars) set_count(L, "first", (uint64_t)report.first);
  if (report.bars) set_count(L, "last", (uint64_t)report.last);
  set_count(L, "frame", (uint64_t)neap_feed_frame(feed));
  set_text(L, "dialect", report.dialect);
  set_text(L, "skipped_example", report.skipped_example);
  set_text(L, "digest", digest);
}

static neap_status push_bars(lua_State *L, neap_feed *feed, bool exact, neap_fault *fault) {
  neap_candle bar;
  neap_status status;
  lua_newtable(L);
  for (lua_Integer i = 1; (status = neap_feed_next(feed, &bar, fault)) == NEAP_OK; i++) {
    neap_push_candle(L, &bar, exact);
    lua_rawseti(L, -2, i);
  }
  return status;
}

static int read(lua_State *L) {
  neap_feed_options options = {0};
  neap_fault fault;
  const char *path = luaL_checkstring(L, 1);
  bool exact = read_options(L, &options);
  holder *held = push_holder(L);
  if (neap_feed_open(path, &options, &held->feed, &fault)) return neap_push_fault(L, &fault);
  neap_status status = push_bars(L, held->feed, exact, &fault);
  if (status == NEAP_END) push_report(L, held->feed);
  neap_feed_close(held->feed);
  held->feed = NULL;
  return status == NEAP_END ? 2 : neap_push_fault(L, &fault);
}

/* The smallest step between two bars, as a feed finds it. */
static int64_t smallest_step(const neap_candle *bars, size_t count) {
  int64_t smallest = 0;
  for (size_t i = 1; i < count; i++) {
    int64_t step = bars[i].time - bars[i - 1].time;
    if (smallest == 0 || step < smallest) smallest = step;
  }
  return smallest;
}

static neap_status check_bars(const neap_candle *bars, size_t count, neap_fault *fault) {
  for (size_t i = 0; i < count; i++) {
    neap_status status = neap_candle_check(&bars[i], fault);
    if (status == NEAP_OK && i && bars[i].time <= bars[i - 1].time)
      status = neap_fail(fault, NEAP_INVALID, "disorder", "its time is not after that of the bar before it");
    if (status == NEAP_OK) continue;
    neap_fault_set_where(fault, "bar %zu", i + 1);
    return status;
  }
  return NEAP_OK;
}

static int64_t check_frame(lua_State *L) {
  size_t length;
  int64_t frame;
  neap_fault fault;
  const char *text = luaL_checklstring(L, 2, &length);
  if (neap_duration_parse(text, length, &frame, &fault)) luaL_argerror(L, 2, lua_pushstring(L, fault.message));
  luaL_argcheck(L, frame > 0, 2, "a frame is longer than zero");
  return frame;
}

static void append(lua_State *L, const neap_candle *bar, bool exact) {
  neap_push_candle(L, bar, exact);
  lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
}

static void push_aggregate(lua_State *L, const neap_candle *bars, size_t count, int64_t frame, int64_t step, bool exact,
                           bool partial) {
  neap_aggregator aggregator;
  neap_candle done[2];
  neap_aggregator_init(&aggregator, frame);
  lua_newtable(L);
  for (size_t i = 0; i < count; i++) {
    int n = neap_aggregator_add(&aggregator, &bars[i], step, done);
    for (int k = 0; k < n; k++) append(L, &done[k], exact);
  }
  if (partial && aggregator.open) {
    aggregator.bar.volume_float = neap_decimal_to_double(aggregator.bar.volume);
    append(L, &aggregator.bar, exact);
  }
}

static int aggregate(lua_State *L) {
  static const char *const allowed[] = {"exact", "partial", NULL};
  size_t count;
  neap_fault fault;
  luaL_checktype(L, 1, LUA_TTABLE);
  int64_t frame = check_frame(L);
  bool exact = false, partial = false;
  if (!lua_isnoneornil(L, 3)) {
    neap_check_options(L, 3, "candle.aggregate", allowed);
    exact = flag_option(L, 3, "candle.aggregate", "exact");
    partial = flag_option(L, 3, "candle.aggregate", "partial");
  }
  const neap_candle *bars = neap_push_candles(L, 1, &count, &fault);
  if (!bars || check_bars(bars, count, &fault)) return neap_push_fault(L, &fault);
  int64_t step = count > 1 ? smallest_step(bars, count) : frame;
  if (frame % step)
    return luaL_error(L, "candle.aggregate: bars of %I s do not fill a frame of %s", (LUAI_UACINT)(step / NEAP_SECOND),
                      lua_tostring(L, 2));
  push_aggregate(L, bars, count, frame, step, exact, partial);
  return 1;
}

static const luaL_Reg functions[] = {{"read", read}, {"aggregate", aggregate}, {NULL, NULL}};

int luaopen_neap_candle(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
