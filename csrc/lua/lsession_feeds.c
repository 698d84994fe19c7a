/* SPDX-License-Identifier: MIT */
/* lsession_feeds: the data of a run: files of bars, bars in memory, recorded books with their trades. */
#include <limits.h>

#include "lua/lcandle.h"
#include "lua/lsession.h"

typedef struct source { /* of one product; texts that the options table keeps */
  const char *book, *trades;
  char beside[PATH_MAX];
} source;

/* A field of the table at the top, NULL: it is not there. */
static const char *path_field(lua_State *L, const char *name) {
  lua_getfield(L, -1, name);
  const char *path = lua_tostring(L, -1);
  lua_pop(L, 1);
  return path;
}

static const char *trades_of(lua_State *L, int table, lua_Integer number) {
  const char *path = NULL;
  if (lua_getfield(L, table, "trades") == LUA_TTABLE) {
    lua_geti(L, -1, number);
    path = lua_tostring(L, -1);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return path;
}

/* Of what is at the top. False: it is no recording. */
static bool find_recording(lua_State *L, int table, lua_Integer number, source *out) {
  out->trades = trades_of(L, table, number);
  out->book = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
  if (out->book) return out->trades || neap_feed_is_recorded_book(out->book);
  out->book = path_field(L, "book");
  if (out->book && !out->trades) out->trades = path_field(L, "trades");
  return out->book != NULL;
}

static neap_status open_recording(session_run *run, uint32_t product, source *from, neap_fault *fault) {
  if (!from->trades && neap_feed_trades_beside(from->book, from->beside, sizeof from->beside))
    from->trades = from->beside;
  if (!from->trades) {
    neap_fail(fault, NEAP_INVALID, "no_trades", "where are the trades of this book? Say --trades %s=FILE",
              run->products[product].id);
    neap_fault_set_where(fault, "%s", from->book);
    return NEAP_INVALID;
  }
  const neap_recorded_files files = {
      .book = from->book, .trades = from->trades, .product = &run->products[product], .frame = run->recorded_frame};
  return neap_feed_open_recording(&files, &run->feed_options, &run->feeds[product], fault);
}

static neap_status open_bars(lua_State *L, session_run *run, neap_feed **out, neap_fault *fault) {
  size_t count;
  const neap_candle *bars = neap_push_candles(L, -1, &count, fault);
  if (!bars) return fault->status;
  neap_status status = neap_feed_from_bars(bars, count, &run->feed_options, out, fault);
  lua_pop(L, 1);
  return status;
}

static neap_status open_feed(lua_State *L, int table, session_run *run, uint32_t product, neap_fault *fault) {
  source from;
  if (find_recording(L, table, (lua_Integer)product + 1, &from)) return open_recording(run, product, &from, fault);
  if (from.book) return neap_feed_open(from.book, &run->feed_options, &run->feeds[product], fault);
  return open_bars(L, run, &run->feeds[product], fault);
}

neap_status session_run_open_feeds(lua_State *L, int table, session_run *run, neap_fault *fault) {
  neap_status status = NEAP_OK;
  if (run->outside) return NEAP_OK;
  lua_getfield(L, table, "feeds");
  for (uint32_t i = 0; status == NEAP_OK && i < run->options.session.product_count; i++) {
    lua_geti(L, -1, (lua_Integer)i + 1);
    status = open_feed(L, table, run, i, fault);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return status;
}
