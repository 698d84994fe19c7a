/* SPDX-License-Identifier: MIT */
/* lstrategy_state: self.state: plain values that outlive the process, packed the same way by whoever packs them. */
#include "lua/lstrategy_state.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/record.h"

/* The event, the snapshot of a session and its list of strategies lie around it: a record is at most 8 deep. */
enum { STATE_DEPTH = 5, STATE_MAX = 64 * 1024, STATE_KEY = 255, PATH = 160 };

typedef struct packing {
  lua_State *L;
  neap_buffer *out;
  const void *open[STATE_DEPTH]; /* tables around the value */
  char path[PATH];
  neap_status status;
  neap_fault *fault;
} packing;

typedef struct key {
  const char *text;
  size_t length;
  lua_Integer place; /* in the table of keys, which keeps them alive */
} key;

__attribute__((format(printf, 2, 3))) static bool refuse(packing *pack, const char *format, ...) {
  char what[128];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(what, sizeof what, format, arguments);
  va_end(arguments);
  pack->status = neap_fail(pack->fault, NEAP_INVALID, "bad_state", "%s: %s", pack->path, what);
  return false;
}

static bool refuse_value(packing *pack, const char *what) {
  return refuse(pack, "%s cannot be kept; plain values and decimals can", what);
}

static bool is_name(const char *text, size_t length) {
  size_t span = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
  return length > 0 && span == length && (text[0] < '0' || text[0] > '9');
}

static bool pack_value(packing *pack, const char *name, unsigned depth);

static bool pack_key(packing *pack, const char *name, size_t length, unsigned depth) {
  size_t at = strlen(pack->path);
  snprintf(pack->path + at, PATH - at, is_name(name, length) ? ".%s" : "[\"%s\"]", name);
  if (strlen(name) != length || length > STATE_KEY)
    return refuse(pack, "a key is text of at most %d bytes without zeros", STATE_KEY);
  bool kept = pack_value(pack, name, depth);
  if (kept) pack->path[at] = '\0';
  return kept;
}

static bool pack_position(packing *pack, lua_Integer position, unsigned depth) {
  size_t at = strlen(pack->path);
  snprintf(pack->path + at, PATH - at, "[%lld]", (long long)position);
  bool kept = pack_value(pack, "", depth);
  if (kept) pack->path[at] = '\0';
  return kept;
}

static int by_bytes(const void *left, const void *right) {
  const key *a = left, *b = right;
  int order = memcmp(a->text, b->text, a->length < b->length ? a->length : b->length);
  return order ? order : (a->length > b->length) - (a->length < b->length);
}

/* What is in the table at the top: how many fields, and whether these are the positions 1 to n, or names. */
static bool survey(packing *pack, size_t *count, bool *is_list) {
  lua_State *L = pack->L;
  lua_Integer length = (lua_Integer)lua_rawlen(L, -1), positions = 0;
  size_t names = 0;
  const char *other = NULL;
  for (lua_pushnil(L); lua_next(L, -2) && names + (size_t)positions <= STATE_MAX; lua_pop(L, 1)) {
    bool is_position = lua_isinteger(L, -2) && lua_tointeger(L, -2) >= 1 && lua_tointeger(L, -2) <= length;
    positions += is_position;
    names += lua_type(L, -2) == LUA_TSTRING;
    if (!is_position && lua_type(L, -2) != LUA_TSTRING) other = luaL_typename(L, -2);
  }
  *count = names + (size_t)positions;
  *is_list = names == 0 && positions > 0;
  if (*count > STATE_MAX) return refuse(pack, "more than %d KiB cannot be kept", STATE_MAX / 1024);
  if (other && strcmp(other, "number") != 0) return refuse(pack, "a key that is a %s cannot be kept", other);
  if (other || (names && positions) || positions != (*is_list ? length : 0))
    return refuse(pack, "a table is kept that has names, or the positions 1 to n without a hole");
  return true;
}

static bool pack_list(packing *pack, size_t count, unsigned depth) {
  bool kept = true;
  for (lua_Integer i = 1; kept && i <= (lua_Integer)count; i++) {
    lua_rawgeti(pack->L, -1, i);
    kept = pack_position(pack, i, depth);
    lua_pop(pack->L, 1);
  }
  return kept;
}

/* Pushes a table that keeps the names alive, and gives them in order. */
static key *push_names(lua_State *L, int table, size_t count) {
  size_t at = 0;
  lua_createtable(L, (int)count + 1, 0);
  int anchor = lua_gettop(L);
  key *keys = lua_newuserdatauv(L, (count + 1) * sizeof *keys, 0);
  lua_rawseti(L, anchor, (lua_Integer)count + 1);
  for (lua_pushnil(L); lua_next(L, table); at++) {
    lua_pop(L, 1);
    keys[at] = (key){.place = (lua_Integer)at + 1};
    keys[at].text = lua_tolstring(L, -1, &keys[at].length);
    lua_pushvalue(L, -1);
    lua_rawseti(L, anchor, keys[at].place);
  }
  qsort(keys, count, sizeof *keys, by_bytes);
  return keys;
}

static bool pack_names(packing *pack, size_t count, unsigned depth) {
  lua_State *L = pack->L;
  int table = lua_gettop(L), anchor = table + 1;
  const key *keys = push_names(L, table, count);
  bool kept = true;
  for (size_t i = 0; kept && i < count; i++) {
    lua_rawgeti(L, anchor, keys[i].place);
    lua_rawget(L, table);
    kept = pack_key(pack, keys[i].text, keys[i].length, depth);
    lua_pop(L, 1);
  }
  lua_settop(L, table);
  return kept;
}

static bool enter(packing *pack, unsigned depth) {
  const void *self = lua_topointer(pack->L, -1);
  for (unsigned i = 0; i < depth; i++)
    if (pack->open[i] == self) return refuse(pack, "a table that holds itself cannot be kept");
  if (depth == STATE_DEPTH) return refuse(pack, "tables are kept %d deep", STATE_DEPTH - 1);
  if (lua_getmetatable(pack->L, -1)) return refuse_value(pack, "a table with a metatable");
  pack->open[depth] = self;
  luaL_checkstack(pack->L, 16, "state");
  return true;
}

/* The fields of the table at the top; `name` NULL: it is the state itself, without a field of its own. */
static bool pack_table(packing *pack, const char *name, unsigned depth) {
  size_t count;
  bool is_list;
  if (!enter(pack, depth) || !survey(pack, &count, &is_list)) return false;
  if (is_list && !name) return refuse(pack, "is a table of names, not a list");
  if (name && is_list) neap_record_list(pack->out, name);
  if (name && !is_list) neap_record_map(pack->out, name);
  bool kept = is_list ? pack_list(pack, count, depth + 1) : pack_names(pack, count, depth + 1);
  if (name) neap_record_end(pack->out);
  return kept;
}

static bool pack_number(packing *pack, const char *name) {
  double value = lua_tonumber(pack->L, -1);
  if (lua_isinteger(pack->L, -1))
    neap_record_int(pack->out, name, lua_tointeger(pack->L, -1));
  else if (isnan(value))
    return refuse_value(pack, "NaN");
  else if (isinf(value))
    return refuse_value(pack, "an infinite number");
  else
    neap_record_number(pack->out, name, value);
  return true;
}

static bool pack_other(packing *pack, const char *name) {
  const neap_decimal *decimal = neap_test_decimal(pack->L, -1);
  if (decimal) return neap_record_decimal(pack->out, name, *decimal), true;
  bool known = luaL_getmetafield(pack->L, -1, "__name") == LUA_TSTRING;
  char what[64];
  const char *kind = known ? lua_tostring(pack->L, -1) : luaL_typename(pack->L, -1);
  if (strncmp(kind, "neap.", 5) == 0) kind += 5;
  snprintf(what, sizeof what, "%s %s", strchr("aeiou", kind[0]) ? "an" : "a", kind);
  return refuse_value(pack, what);
}

static bool pack_plain(packing *pack, const char *name, unsigned depth) {
  size_t length;
  const char *text;
  switch (lua_type(pack->L, -1)) {
  case LUA_TBOOLEAN:
    return neap_record_bool(pack->out, name, lua_toboolean(pack->L, -1)), true;
  case LUA_TNUMBER:
    return pack_number(pack, name);
  case LUA_TSTRING:
    text = lua_tolstring(pack->L, -1, &length);
    if (length <= STATE_MAX) neap_record_bytes(pack->out, name, text, length);
    return length <= STATE_MAX || refuse(pack, "more than %d KiB cannot be kept", STATE_MAX / 1024);
  case LUA_TTABLE:
    return pack_table(pack, name, depth);
  default:
    return pack_other(pack, name);
  }
}

/* The value at the top. */
static bool pack_value(packing *pack, const char *name, unsigned depth) {
  if (!pack_plain(pack, name, depth)) return false;
  return pack->out->size <= STATE_MAX || refuse(pack, "more than %d KiB cannot be kept", STATE_MAX / 1024);
}

static int pack_state(lua_State *L) {
  neap_strategy_cell *self = neap_cell_context(L);
  packing *pack = lua_touserdata(L, 1);
  pack->L = L;
  lua_rawgeti(L, LUA_REGISTRYINDEX, self->state_ref);
  pack_table(pack, NULL, 0);
  return 0;
}

static bool is_saved(const neap_strategy_cell *self) {
  return self->packed.size == self->saved.size &&
         (self->saved.size == 0 || memcmp(self->packed.data, self->saved.data, self->saved.size) == 0);
}

neap_status neap_lstrategy_save_state(neap_strategy_cell *self, neap_buffer *out, bool *changed, neap_fault *fault) {
  packing pack = {.out = &self->packed, .path = "state", .fault = fault};
  neap_buffer_clear(&self->packed);
  neap_status status = neap_cell_call(self->cell, pack_state, &pack, 0, self->time_limit, fault);
  if (status == NEAP_OK) status = pack.status;
  if (status != NEAP_OK || is_saved(self)) return status;
  neap_buffer_append(out, self->packed.data, self->packed.size);
  if (self->packed.status != NEAP_OK || out->status != NEAP_OK)
    return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for self.state");
  neap_buffer before = self->saved;
  self->saved = self->packed;
  self->packed = before;
  *changed = true;
  return NEAP_OK;
}

void neap_lstrategy_set_state(lua_State *L) {
  neap_strategy_cell *self = neap_cell_context(L);
  if (self->state_ref)
    lua_rawseti(L, LUA_REGISTRYINDEX, self->state_ref);
  else
    self->state_ref = luaL_ref(L, LUA_REGISTRYINDEX);
}

int neap_lstrategy_get_state(lua_State *L) {
  neap_strategy_cell *self = neap_lstrategy(L);
  if (!self->state_ref) {
    lua_newtable(L);
    neap_lstrategy_set_state(L);
  }
  lua_rawgeti(L, LUA_REGISTRYINDEX, self->state_ref);
  return 1;
}

static int make_state(lua_State *L) {
  const neap_buffer *from = lua_touserdata(L, 1);
  neap_push_record(L, from->data, from->size);
  neap_lstrategy_set_state(L);
  return 0;
}

neap_status neap_lstrategy_revert_state(neap_strategy_cell *self, neap_fault *fault) {
  if (!self->state_ref) return NEAP_OK;
  return neap_cell_call(self->cell, make_state, &self->saved, 0, self->start_limit, fault);
}

neap_status neap_lstrategy_restore_state(neap_strategy_cell *self, const void *record, size_t size, neap_fault *fault) {
  neap_buffer_clear(&self->saved);
  neap_buffer_append(&self->saved, record, size);
  if (self->saved.status != NEAP_OK) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for self.state");
  return neap_cell_call(self->cell, make_state, &self->saved, 0, self->start_limit, fault);
}
