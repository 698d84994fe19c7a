/* SPDX-License-Identifier: MIT */
/* cell_pattern: string.find, match, gmatch and gsub of a cell, over base/pattern: the time limit ends them. */
#include <stdlib.h>
#include <string.h>

#include "base/pattern.h"
#include "lua/cell_parts.h"

enum { NOT_YET = -1 /* no match has ended anywhere so far */ };

static bool is_stopped(void *L) { return neap_cell_is_stopped(L); }

static void begin(lua_State *L, neap_pattern *on, int subject, int pattern) {
  size_t subject_size, pattern_size;
  const char *text = lua_tolstring(L, subject, &subject_size), *items = lua_tolstring(L, pattern, &pattern_size);
  neap_pattern_init(on, text, subject_size, items, pattern_size);
  on->stop = is_stopped;
  on->context = L;
}

static bool skip_anchor(neap_pattern *on) {
  if (on->pattern_size == 0 || on->pattern[0] != '^') return false;
  on->pattern++;
  on->pattern_size--;
  return true;
}

/* Raises unless it is a yes or a no. */
static bool judge(lua_State *L, const neap_pattern *on, neap_pattern_result result) {
  if (result == NEAP_PATTERN_BAD) luaL_error(L, "%s", on->problem);
  if (result == NEAP_PATTERN_STOPPED) neap_cell_raise_stop(L);
  return result == NEAP_PATTERN_YES;
}

/* Capture `index`; without any capture 0 is the whole match from `start`. */
static void push_capture(lua_State *L, const neap_pattern *on, int index, size_t start) {
  const neap_capture *capture = &on->capture[index];
  if (index >= on->captures && index > 0) luaL_error(L, "invalid capture index %%%d", index + 1);
  if (index >= on->captures)
    lua_pushlstring(L, on->subject + start, on->end - start);
  else if (capture->kind == NEAP_CAPTURE_OPEN)
    luaL_error(L, "unfinished capture");
  else if (capture->kind == NEAP_CAPTURE_POSITION)
    lua_pushinteger(L, (lua_Integer)capture->start + 1);
  else
    lua_pushlstring(L, on->subject + capture->start, capture->length);
}

static int push_captures(lua_State *L, const neap_pattern *on) {
  luaL_checkstack(L, on->captures, "too many captures");
  for (int i = 0; i < on->captures; i++) push_capture(L, on, i, 0);
  return on->captures;
}

/* The captures, or the whole match when there is none. */
static int push_match(lua_State *L, const neap_pattern *on, size_t start) {
  if (on->captures > 0) return push_captures(L, on);
  push_capture(L, on, 0, start);
  return 1;
}

/* Where the search begins, from 0; behind the end of the subject when there is nothing to search. */
static size_t read_start(lua_State *L, int index, size_t size) {
  lua_Integer start = luaL_optinteger(L, index, 1), length = (lua_Integer)size;
  if (start > length + 1) return size + 1;
  if (start > 0) return (size_t)start - 1;
  return start == 0 || start < -length ? 0 : (size_t)(length + start);
}

static bool search(lua_State *L, neap_pattern *on, size_t start, size_t *found) {
  *found = start;
  if (skip_anchor(on)) return judge(L, on, neap_pattern_match(on, start));
  return judge(L, on, neap_pattern_search(on, start, found));
}

static int give_nil(lua_State *L) {
  lua_pushnil(L);
  return 1;
}

static bool is_plain(const neap_pattern *on) {
  for (size_t i = 0; i < on->pattern_size; i++)
    if (on->pattern[i] && strchr("^$*+?.([%-", on->pattern[i])) return false;
  return true;
}

static bool search_plain(neap_pattern *on, size_t start, size_t *found) {
  const char *at = memmem(on->subject + start, on->subject_size - start, on->pattern, on->pattern_size);
  if (!at) return false;
  *found = (size_t)(at - on->subject);
  on->end = *found + on->pattern_size;
  return true;
}

static int find(lua_State *L) {
  neap_pattern on;
  size_t size, found;
  luaL_checklstring(L, 1, &size);
  luaL_checkstring(L, 2);
  size_t start = read_start(L, 3, size);
  if (start > size) return give_nil(L);
  begin(L, &on, 1, 2);
  bool plain = lua_toboolean(L, 4) || is_plain(&on);
  if (!(plain ? search_plain(&on, start, &found) : search(L, &on, start, &found))) return give_nil(L);
  lua_pushinteger(L, (lua_Integer)found + 1);
  lua_pushinteger(L, (lua_Integer)on.end);
  return 2 + push_captures(L, &on);
}

static int match(lua_State *L) {
  neap_pattern on;
  size_t size, found;
  luaL_checklstring(L, 1, &size);
  luaL_checkstring(L, 2);
  size_t start = read_start(L, 3, size);
  if (start > size) return give_nil(L);
  begin(L, &on, 1, 2);
  return search(L, &on, start, &found) ? push_match(L, &on, found) : give_nil(L);
}

/* The next match at `at` or later that does not end, empty, where the one before it ended. */
static bool next_match(lua_State *L, neap_pattern *on, size_t at, lua_Integer before, size_t *found) {
  for (; at <= on->subject_size; at = *found + 1) {
    if (!judge(L, on, neap_pattern_search(on, at, found))) return false;
    if ((lua_Integer)on->end != before) return true;
  }
  return false;
}

/* upvalues: subject, pattern, where to go on, where the match before ended */
static int next_of_all(lua_State *L) {
  neap_pattern on;
  size_t found, at = (size_t)lua_tointeger(L, lua_upvalueindex(3));
  begin(L, &on, lua_upvalueindex(1), lua_upvalueindex(2));
  if (!next_match(L, &on, at, lua_tointeger(L, lua_upvalueindex(4)), &found)) return 0;
  lua_pushinteger(L, (lua_Integer)on.end);
  lua_copy(L, -1, lua_upvalueindex(3));
  lua_replace(L, lua_upvalueindex(4));
  return push_match(L, &on, found);
}

static int gmatch(lua_State *L) {
  size_t size;
  luaL_checklstring(L, 1, &size);
  luaL_checkstring(L, 2);
  size_t start = read_start(L, 3, size);
  lua_settop(L, 2);
  lua_pushinteger(L, (lua_Integer)start);
  lua_pushinteger(L, NOT_YET);
  lua_pushcclosure(L, next_of_all, 4);
  return 1;
}

/* %0 to %9 and %% of a replacement text; `mark` is the byte behind the %. */
static void add_mark(lua_State *L, luaL_Buffer *out, const neap_pattern *on, size_t start, char mark) {
  if (mark == '%') {
    luaL_addchar(out, '%');
  } else if (mark == '0') {
    luaL_addlstring(out, on->subject + start, on->end - start);
  } else if (mark >= '1' && mark <= '9') {
    push_capture(L, on, mark - '1', start);
    luaL_addvalue(out);
  } else {
    luaL_error(L, "invalid use of '%%' in replacement string");
  }
}

static void add_text(lua_State *L, luaL_Buffer *out, const neap_pattern *on, size_t start) {
  size_t size;
  const char *text = lua_tolstring(L, 3, &size), *end = text + size, *mark;
  while ((mark = memchr(text, '%', (size_t)(end - text))) != NULL) {
    luaL_addlstring(out, text, (size_t)(mark - text));
    add_mark(L, out, on, start, mark + 1 < end ? mark[1] : '\0');
    text = mark + 2;
  }
  luaL_addlstring(out, text, (size_t)(end - text));
}

/* What the function or table at 3 has for the match; nil and false keep it. True when the text changed. */
static bool add_answer(lua_State *L, luaL_Buffer *out, const neap_pattern *on, size_t start) {
  if (lua_type(L, 3) == LUA_TFUNCTION) {
    lua_pushvalue(L, 3);
    lua_call(L, push_match(L, on, start), 1);
  } else {
    push_capture(L, on, 0, start);
    lua_gettable(L, 3);
  }
  bool changed = lua_toboolean(L, -1);
  if (changed && !lua_isstring(L, -1)) luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
  if (changed) {
    luaL_addvalue(out);
  } else {
    lua_pop(L, 1);
    luaL_addlstring(out, on->subject + start, on->end - start);
  }
  return changed;
}

static bool add_replacement(lua_State *L, luaL_Buffer *out, const neap_pattern *on, size_t start) {
  if (neap_cell_is_stopped(L)) neap_cell_raise_stop(L);
  if (!lua_isstring(L, 3)) return add_answer(L, out, on, start);
  add_text(L, out, on, start);
  return true;
}

/* Replaces up to `limit` matches; the rest of the subject is copied. Returns how many there were. */
static lua_Integer replace(lua_State *L, luaL_Buffer *out, neap_pattern *on, lua_Integer limit, bool *changed) {
  lua_Integer count = 0, before = NOT_YET;
  bool anchored = skip_anchor(on);
  size_t copied = 0, found = 0;
  while (count < limit) {
    bool any = anchored ? judge(L, on, neap_pattern_match(on, 0)) : next_match(L, on, copied, before, &found);
    if (!any) break;
    luaL_addlstring(out, on->subject + copied, found - copied);
    *changed |= add_replacement(L, out, on, found);
    copied = on->end;
    before = (lua_Integer)on->end;
    count++;
    if (anchored) break;
  }
  luaL_addlstring(out, on->subject + copied, on->subject_size - copied);
  return count;
}

static int gsub(lua_State *L) {
  luaL_Buffer out;
  neap_pattern on;
  size_t size;
  bool changed = false;
  luaL_checklstring(L, 1, &size);
  luaL_checkstring(L, 2);
  int type = lua_type(L, 3);
  bool fits = type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION || type == LUA_TTABLE;
  luaL_argexpected(L, fits, 3, "string/function/table");
  lua_Integer limit = luaL_optinteger(L, 4, (lua_Integer)size + 1);
  lua_settop(L, 3);
  if (type == LUA_TNUMBER) lua_tostring(L, 3);
  begin(L, &on, 1, 2);
  luaL_buffinit(L, &out);
  lua_Integer count = replace(L, &out, &on, limit, &changed);
  luaL_pushresult(&out);
  if (!changed) lua_pushvalue(L, 1);
  lua_pushinteger(L, count);
  return 2;
}

/* The table of string is at the top. */
void neap_cell_set_patterns(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"find", find}, {"match", match}, {"gmatch", gmatch}, {"gsub", gsub}, {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
}
