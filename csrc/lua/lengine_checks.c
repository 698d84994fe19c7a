/* SPDX-License-Identifier: MIT */
/* lengine_checks: the names of all that asks of an order, or watches a session, and can be left out (base/checklist).
 */
#include <string.h>

#include "engine/checks.h"
#include "engine/guard_manager.h"
#include "engine/live/order_submitter.h"
#include "lua/lengine.h"
#include "lua/lneap.h"
#include "risk/pretrade.h"
#include "session/session.h"

/* Appends a name to the list on top, once. */
static void add(lua_State *L, const char *name) {
  lua_Integer count = luaL_len(L, -1);
  for (lua_Integer i = 1; i <= count; i++) {
    lua_geti(L, -1, i);
    bool known = strcmp(lua_tostring(L, -1), name) == 0;
    lua_pop(L, 1);
    if (known) return;
  }
  lua_pushstring(L, name);
  lua_seti(L, -2, count + 1);
}

static void add_engine(lua_State *L, neap_engine engine) {
  for (size_t i = 0; i < engine.check_count; i++) add(L, engine.checks[i].name);
}

static void add_named(lua_State *L, const char *(*name)(unsigned i)) {
  for (unsigned i = 0; name(i); i++) add(L, name(i));
}

static void add_guard(lua_State *L, const char *name) {
  lua_pushfstring(L, "guard:%s", name);
  lua_insert(L, -2);
  add(L, lua_tostring(L, -2));
  lua_remove(L, -2);
}

int neap_push_check_names(lua_State *L) {
  neap_engine_config config = {.limits = NULL};
  lua_newtable(L);
  add_engine(L, neap_live_engine(&config));
  add_engine(L, neap_advanced_engine(&config));
  add_named(L, neap_live_step_name);
  add_named(L, neap_pretrade_name);
  add_named(L, neap_session_check_name);
  add_named(L, neap_session_preview_name);
  add_guard(L, "product_guard");
  add_guard(L, "error_streak_trip");
  for (int i = 0; i < NEAP_GUARDS; i++) add_guard(L, neap_guards[i].name);
  return 1;
}
