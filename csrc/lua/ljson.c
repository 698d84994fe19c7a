/* SPDX-License-Identifier: MIT */
/* ljson: require "neap.json". */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "lua/cell.h"
#include "lua/lneap.h"

#define ARRAY_TYPE "neap.json.array"
#define NULL_TYPE "neap.json.null"
#define TREE_TYPE "neap.json.tree"

enum { MAX_INDENT = 8, STACK_PER_LEVEL = 8 };

NEAP_EXPORT int luaopen_neap_json(lua_State *L);

/* upvalue 1 of encode and decode: the most bytes of text; 0, outside of a cell: as many as there are. A table that
 * holds another one twice, and so on sixty times, has no end. */
static size_t size_limit(lua_State *L) {
  lua_Integer limit = lua_tointeger(L, lua_upvalueindex(1));
  return limit > 0 ? (size_t)limit : SIZE_MAX;
}

static void poll(lua_State *L) {
  if (size_limit(L) < SIZE_MAX) neap_cell_poll(L);
}

static void encode_value(lua_State *L, neap_json_writer *writer, const char *key, int index);

/* A sequence's length, or -1 when the table has any other key. */
static lua_Integer sequence_length(lua_State *L, int table) {
  lua_Integer count = 0, length = (lua_Integer)lua_rawlen(L, table);
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
    lua_Integer at = lua_isinteger(L, -2) ? lua_tointeger(L, -2) : 0;
    if (at < 1 || at > length) {
      lua_pop(L, 2);
      return -1;
    }
    count++;
  }
  return count == length ? count : -1;
}

static bool is_marked_array(lua_State *L, int table) {
  if (!lua_getmetatable(L, table)) return false;
  luaL_getmetatable(L, ARRAY_TYPE);
  bool marked = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  return marked;
}

static void encode_array(lua_State *L, neap_json_writer *writer, const char *key, int table, lua_Integer length) {
  neap_json_array(writer, key);
  for (lua_Integer i = 1; i <= length; i++) {
    lua_rawgeti(L, table, i);
    encode_value(L, writer, NULL, lua_gettop(L));
    lua_pop(L, 1);
  }
  neap_json_end_array(writer);
}

static void raise_size(lua_State *L) { luaL_error(L, "json.encode: over %d bytes", (int)size_limit(L)); }

static int compare_names(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *check_name(lua_State *L, int index) {
  size_t length;
  if (lua_type(L, index) != LUA_TSTRING)
    luaL_error(L, "json.encode: a table's keys are either 1 to n or text; this one has a key of type %s",
               luaL_typename(L, index));
  const char *name = lua_tolstring(L, index, &length);
  if (strlen(name) != length) luaL_error(L, "json.encode: a zero byte in a key");
  return name;
}

/* Pushes a userdata with the sorted names; they live as long as the table's keys do. */
static const char **push_names(lua_State *L, int table, size_t *count) {
  *count = 0;
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) ++*count;
  if (*count > size_limit(L)) raise_size(L);
  const char **names = lua_newuserdatauv(L, (*count + 1) * sizeof *names, 0);
  size_t at = 0;
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) names[at++] = check_name(L, -2);
  qsort(names, *count, sizeof *names, compare_names);
  return names;
}

static void encode_object(lua_State *L, neap_json_writer *writer, const char *key, int table) {
  size_t count;
  const char **names = push_names(L, table, &count);
  neap_json_object(writer, key);
  for (size_t i = 0; i < count; i++) {
    lua_pushstring(L, names[i]);
    lua_rawget(L, table);
    encode_value(L, writer, names[i], lua_gettop(L));
    lua_pop(L, 1);
  }
  neap_json_end_object(writer);
  lua_pop(L, 1);
}

static void encode_table(lua_State *L, neap_json_writer *writer, const char *key, int table) {
  if (writer->depth == NEAP_JSON_DEPTH)
    luaL_error(L, "json.encode: nested deeper than 64 levels; a table inside itself?");
  luaL_checkstack(L, STACK_PER_LEVEL, "json.encode");
  lua_Integer length = sequence_length(L, table);
  if (length > 0 || (length == 0 && is_marked_array(L, table)))
    encode_array(L, writer, key, table, length);
  else
    encode_object(L, writer, key, table);
}

static void encode_number(lua_State *L, neap_json_writer *writer, const char *key, int index) {
  if (lua_isinteger(L, index))
    neap_json_int(writer, key, lua_tointeger(L, index));
  else
    neap_json_number(writer, key, lua_tonumber(L, index));
}

static void encode_text(lua_State *L, neap_json_writer *writer, const char *key, int index) {
  size_t length;
  const char *text = lua_tolstring(L, index, &length);
  neap_json_text(writer, key, text, length);
}

static void encode_userdata(lua_State *L, neap_json_writer *writer, const char *key, int index) {
  const neap_decimal *decimal = neap_test_decimal(L, index);
  if (decimal)
    neap_json_decimal(writer, key, *decimal);
  else if (luaL_testudata(L, index, NULL_TYPE))
    neap_json_string(writer, key, NULL);
  else
    luaL_error(L, "json.encode: a %s has no JSON form", luaL_typename(L, index));
}

static void encode_value(lua_State *L, neap_json_writer *writer, const char *key, int index) {
  poll(L);
  if (writer->out->size > size_limit(L)) raise_size(L);
  switch (lua_type(L, index)) {
  case LUA_TNIL:
    neap_json_string(writer, key, NULL);
    break;
  case LUA_TBOOLEAN:
    neap_json_bool(writer, key, lua_toboolean(L, index));
    break;
  case LUA_TNUMBER:
    encode_number(L, writer, key, index);
    break;
  case LUA_TSTRING:
    encode_text(L, writer, key, index);
    break;
  case LUA_TTABLE:
    encode_table(L, writer, key, index);
    break;
  default:
    encode_userdata(L, writer, key, index);
  }
}

static unsigned check_indent(lua_State *L) {
  static const char *const allowed[] = {"indent", NULL};
  if (lua_isnoneornil(L, 2)) return 0;
  neap_check_options(L, 2, "json.encode", allowed);
  lua_getfield(L, 2, "indent");
  lua_Integer indent = lua_isnil(L, -1) ? 0 : lua_tointeger(L, -1);
  if (!(lua_isnil(L, -1) || lua_isinteger(L, -1)) || indent < 0 || indent > MAX_INDENT)
    luaL_error(L, "json.encode: indent is a whole number from 0 to %d", MAX_INDENT);
  return (unsigned)indent;
}

static int encode(lua_State *L) {
  neap_json_writer writer;
  luaL_checkany(L, 1);
  unsigned indent = check_indent(L);
  lua_settop(L, 1);
  neap_buffer *buffer = neap_push_buffer(L);
  neap_json_begin(&writer, buffer);
  writer.indent = indent;
  encode_value(L, &writer, NULL, 1);
  if (buffer->size > size_limit(L)) raise_size(L);
  if (buffer->status != NEAP_OK) return luaL_error(L, "json.encode: %s", neap_status_name(buffer->status));
  lua_pushlstring(L, (const char *)buffer->data, buffer->size);
  neap_buffer_fini(buffer);
  return 1;
}

typedef struct decoder {
  enum number_form { EXACT, FLOATS, TEXTS } numbers; /* of those that are neither integers nor exact decimals */
  neap_fault fault;
} decoder;

static int free_tree(lua_State *L) {
  neap_json **tree = luaL_checkudata(L, 1, TREE_TYPE);
  neap_json_free(*tree);
  *tree = NULL;
  return 0;
}

static bool is_integer_text(const neap_json_value *value) {
  return strspn(value->text, "-0123456789") == value->length;
}

/* As it was written, where the reader wants it so. */
static bool push_text(lua_State *L, const neap_json_value *value) {
  lua_pushlstring(L, value->text, value->length);
  return true;
}

static bool push_number(lua_State *L, const neap_json_value *value, decoder *d) {
  neap_decimal decimal = NEAP_ZERO;
  int64_t integer;
  neap_status status = neap_decimal_parse(value->text, value->length, &decimal, &d->fault);
  if (status == NEAP_OK && is_integer_text(value) && neap_decimal_to_int(decimal, &integer, NULL) == NEAP_OK)
    lua_pushinteger(L, integer);
  else if (d->numbers == TEXTS)
    return push_text(L, value);
  else if (status == NEAP_OK)
    neap_push_decimal(L, decimal);
  else if (d->numbers == EXACT)
    return neap_fault_set_where(&d->fault, "line %u", value->line), false;
  else if (lua_stringtonumber(L, value->text) == 0) /* Lua's own reading minds the locale's point */
    return false;
  return true;
}

static bool push_value(lua_State *L, const neap_json_value *value, decoder *d);

static bool push_array(lua_State *L, const neap_json_value *array, decoder *d) {
  lua_Integer at = 0;
  lua_createtable(L, (int)(array->count & 0xffffff), 0);
  luaL_setmetatable(L, ARRAY_TYPE);
  for (const neap_json_value *item = array->first; item; item = item->next) {
    if (!push_value(L, item, d)) return false;
    lua_rawseti(L, -2, ++at);
  }
  return true;
}

static bool push_object(lua_State *L, const neap_json_value *object, decoder *d) {
  lua_createtable(L, 0, (int)(object->count & 0xffffff));
  for (const neap_json_value *member = object->first; member; member = member->next) {
    lua_pushstring(L, member->key);
    if (!push_value(L, member, d)) return false;
    lua_rawset(L, -3);
  }
  return true;
}

static void push_null(lua_State *L) { lua_getfield(L, LUA_REGISTRYINDEX, NULL_TYPE ".value"); }

static bool push_value(lua_State *L, const neap_json_value *value, decoder *d) {
  poll(L);
  luaL_checkstack(L, STACK_PER_LEVEL, "json.decode");
  switch (value->kind) {
  case NEAP_JSON_NULL:
    push_null(L);
    return true;
  case NEAP_JSON_BOOL:
    lua_pushboolean(L, value->boolean);
    return true;
  case NEAP_JSON_STRING:
    return push_text(L, value);
  case NEAP_JSON_NUMBER:
    return push_number(L, value, d);
  case NEAP_JSON_ARRAY:
    return push_array(L, value, d);
  case NEAP_JSON_OBJECT:
    return push_object(L, value, d);
  }
  return false;
}

static enum number_form check_numbers(lua_State *L) {
  static const char *const allowed[] = {"numbers", NULL}, *const words[] = {"exact", "float", "text"};
  if (lua_isnoneornil(L, 2)) return EXACT;
  neap_check_options(L, 2, "json.decode", allowed);
  lua_getfield(L, 2, "numbers");
  const char *word = lua_isnil(L, -1) ? words[EXACT] : lua_tostring(L, -1);
  for (int i = EXACT; word && i <= TEXTS; i++)
    if (strcmp(word, words[i]) == 0) return (enum number_form)i;
  luaL_error(L, "json.decode: numbers is 'exact', 'float' or 'text', not '%s'", neap_tolstring(L, -1, NULL));
  return EXACT;
}

static int decode(lua_State *L) {
  size_t length;
  luaL_checktype(L, 1, LUA_TSTRING);
  decoder d = {.numbers = check_numbers(L)};
  const char *text = lua_tolstring(L, 1, &length);
  if (length > size_limit(L)) return luaL_error(L, "json.decode: over %d bytes", (int)size_limit(L));
  neap_json **tree = lua_newuserdatauv(L, sizeof *tree, 0);
  *tree = NULL;
  luaL_setmetatable(L, TREE_TYPE);
  if (neap_json_parse(text, length, tree, &d.fault) != NEAP_OK) return neap_push_fault(L, &d.fault);
  bool done = push_value(L, neap_json_root(*tree), &d);
  neap_json_free(*tree);
  *tree = NULL;
  return done ? 1 : neap_push_fault(L, &d.fault);
}

static int mark_array(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  if (is_marked_array(L, 1)) return 1;
  if (lua_getmetatable(L, 1)) return luaL_argerror(L, 1, "a table without a metatable is wanted");
  luaL_setmetatable(L, ARRAY_TYPE);
  return 1;
}

static int null_tostring(lua_State *L) {
  lua_pushliteral(L, "null");
  return 1;
}

static void make_type(lua_State *L, const char *name, const char *event, lua_CFunction handler) {
  luaL_newmetatable(L, name);
  lua_pushcfunction(L, handler);
  lua_setfield(L, -2, event);
  lua_pop(L, 1);
}

/* One null per lua_State, so that == finds it. */
static void make_null(lua_State *L) {
  push_null(L);
  if (!lua_isnil(L, -1)) return;
  lua_pop(L, 1);
  lua_newuserdatauv(L, 0, 0);
  luaL_setmetatable(L, NULL_TYPE);
  lua_pushvalue(L, -1);
  lua_setfield(L, LUA_REGISTRYINDEX, NULL_TYPE ".value");
}

int luaopen_neap_json(lua_State *L) {
  static const luaL_Reg functions[] = {{"encode", encode}, {"decode", decode}, {"array", mark_array}, {NULL, NULL}};
  make_type(L, TREE_TYPE, "__gc", free_tree);
  make_type(L, NULL_TYPE, "__tostring", null_tostring);
  luaL_newmetatable(L, ARRAY_TYPE);
  lua_pop(L, 1);
  luaL_newlib(L, functions);
  make_null(L);
  lua_setfield(L, -2, "null");
  return 1;
}
