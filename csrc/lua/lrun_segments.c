/* SPDX-License-Identifier: MIT */
/* lrun_segments: the files of a recording, for neap.run_c. */
#include <stdlib.h>

#include "base/shelter.h"
#include "lua/lrun.h"
#include "store/segment.h"

static int push_list(lua_State *L) {
  const neap_segment_facts *list = lua_touserdata(L, 1);
  lua_Integer count = lua_tointeger(L, 2);
  lua_createtable(L, (int)count, 0);
  for (lua_Integer i = 0; i < count; i++) {
    lua_createtable(L, 0, 4);
    lua_pushinteger(L, (lua_Integer)list[i].number);
    lua_setfield(L, -2, "number");
    lua_pushinteger(L, (lua_Integer)list[i].bytes);
    lua_setfield(L, -2, "bytes");
    lua_pushinteger(L, (lua_Integer)list[i].mark);
    lua_setfield(L, -2, "before");
    lua_pushboolean(L, list[i].is_fresh);
    lua_setfield(L, -2, "is_fresh");
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

/* segments(directory) → of each segment that is there { number =, bytes =, before = inputs before the first that begins
 * in it (0: none, or it is not known), is_fresh = a process began with it }; or nil and a fault */
int neap_run_segments(lua_State *L) {
  neap_fault fault = {0};
  neap_segment_facts *list;
  size_t count;
  neap_status status = neap_segment_list(luaL_checkstring(L, 1), &list, &count, &fault);
  lua_settop(L, 0);
  lua_pushcfunction(L, push_list);
  lua_pushlightuserdata(L, list);
  lua_pushinteger(L, (lua_Integer)count);
  if (status == NEAP_OK) status = neap_call(L, 2, 1, &fault);
  free(list);
  return status == NEAP_OK ? 1 : neap_push_fault(L, &fault);
}

/* trim_recording(directory, first): takes away the segments before that one; 0: all, while nobody records → true, or
 * nil and a fault */
int neap_run_trim(lua_State *L) {
  neap_fault fault = {0};
  neap_shelter shelter;
  const char *directory = luaL_checkstring(L, 1);
  lua_Integer first = luaL_checkinteger(L, 2);
  luaL_argcheck(L, first >= 0 && first <= INT32_MAX, 2, "the number of a segment is wanted");
  neap_shelter_enter(&shelter);
  neap_status status = neap_input_log_trim(directory, (unsigned)first, &fault);
  neap_shelter_leave(&shelter);
  if (status != NEAP_OK) return neap_push_fault(L, &fault);
  lua_pushboolean(L, true);
  return 1;
}
