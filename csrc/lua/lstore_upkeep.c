/* SPDX-License-Identifier: MIT */
/* lstore_upkeep: neap.event_store.backup and .trim, and the report of verify. */
#include "lua/lneap.h"
#include "lua/lstore.h"
#include "store/upkeep.h"

static void set_count(lua_State *L, const char *field, uint64_t value) {
  lua_pushinteger(L, (lua_Integer)value);
  lua_setfield(L, -2, field);
}

void neap_store_push_report(lua_State *L, const neap_verify_report *report) {
  lua_createtable(L, 0, 8);
  set_count(L, "events", report->events);
  set_count(L, "groups", report->groups);
  set_count(L, "first_seq", report->first_seq);
  set_count(L, "open", report->open);
  set_count(L, "reserve", report->reserve);
  lua_pushstring(L, report->head);
  lua_setfield(L, -2, "head");
  lua_pushstring(L, report->tail);
  lua_setfield(L, -2, "tail");
  if (report->bad_seq == 0) return;
  set_count(L, "bad_seq", report->bad_seq);
  set_count(L, "bad_last", report->bad_last);
}

int neap_store_lua_backup(lua_State *L) {
  neap_verify_report report;
  neap_fault fault;
  luaL_checktype(L, 1, LUA_TSTRING);
  luaL_checktype(L, 2, LUA_TSTRING);
  if (neap_store_backup(lua_tostring(L, 1), lua_tostring(L, 2), &report, &fault) != NEAP_OK)
    return neap_push_fault(L, &fault);
  neap_store_push_report(L, &report);
  return 1;
}

int neap_store_lua_trim(lua_State *L) {
  neap_trim_report report;
  neap_fault fault;
  luaL_checktype(L, 1, LUA_TSTRING);
  lua_Integer before = luaL_checkinteger(L, 2);
  if (neap_store_trim(lua_tostring(L, 1), before, &report, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  lua_createtable(L, 0, 2);
  set_count(L, "removed", report.removed);
  set_count(L, "first_seq", report.first_seq);
  return 1;
}
