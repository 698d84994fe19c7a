/* SPDX-License-Identifier: MIT */
/* lsession_sight: what a session sees of its market: books, and the indicators of its strategies. */
#include <string.h>

#include "base/clock.h"
#include "lua/laccount.h"
#include "lua/lbook.h"
#include "lua/lsession.h"
#include "session/indicator_view.h"

/* object:book(product) → a copy of its book, which stays as it is now; nil: it has none, or there is no such product
 */
static int book(lua_State *L) {
  const session_run *run = session_object_check(L, 1);
  const char *id = luaL_checkstring(L, 2);
  for (uint32_t i = 0; i < run->options.session.product_count; i++) {
    const neap_price_book *found = neap_session_book_of(run->session, i);
    if (found && strcmp(run->products[i].id, id) == 0) return neap_push_price_book(L, found);
  }
  return lua_pushnil(L), 1;
}

typedef struct indicator_list { /* a table on the top of the stack */
  lua_State *L;
  const session_run *run;
  lua_Integer count;
} indicator_list;

static void set_value(lua_State *L, const char *name, const neap_indicator *indicator, int64_t back) {
  double value;
  if (!neap_indicator_value(indicator, back, &value)) return;
  lua_pushnumber(L, value);
  lua_setfield(L, -2, name);
}

static void set_frame(lua_State *L, int64_t frame) {
  char text[NEAP_TIME_TEXT];
  if (frame <= 0) return;
  neap_duration_format(frame, text);
  neap_set_text(L, "timeframe", text);
}

static void add_indicator(void *context, const neap_indicator_view *view) {
  indicator_list *list = context;
  lua_State *L = list->L;
  lua_createtable(L, 0, 9);
  neap_set_text(L, "strategy", session_run_seat_name(list->run, view->seat));
  if (view->product) neap_set_text(L, "product", view->product);
  if (view->series) neap_set_text(L, "series", view->series);
  set_frame(L, view->frame);
  neap_set_text(L, "name", neap_indicator_kind_name(neap_indicator_kind_of(view->indicator)));
  neap_set_integer(L, "period", neap_indicator_period(view->indicator));
  lua_pushboolean(L, neap_indicator_ready(view->indicator));
  lua_setfield(L, -2, "ready");
  set_value(L, "value", view->indicator, 0);
  set_value(L, "previous", view->indicator, 1);
  lua_rawseti(L, -2, ++list->count);
}

/* object:indicators() → a list; the walk holds nothing, so that a raise may leave it */
static int indicators(lua_State *L) {
  indicator_list list = {.L = L, .run = session_object_check(L, 1)};
  luaL_checkstack(L, 8, "indicators");
  lua_newtable(L);
  neap_session_indicators(list.run->session, add_indicator, &list);
  return 1;
}

const luaL_Reg session_sight_methods[] = {{"book", book}, {"indicators", indicators}, {NULL, NULL}};
