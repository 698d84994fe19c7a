/* SPDX-License-Identifier: MIT */
/* lneap_push: records as tables, and buffers that Lua frees. */
#include "base/record.h"
#include "lua/lneap.h"

#define BUFFER_TYPE "neap.buffer"

static void push_fields(lua_State *L, const void *data, size_t size, bool is_list);

static void push_field(lua_State *L, const neap_record_field *field) {
  switch (field->type) {
  case NEAP_RECORD_DECIMAL:
    neap_push_decimal(L, field->value.decimal);
    break;
  case NEAP_RECORD_BOOL:
    lua_pushboolean(L, field->value.integer != 0);
    break;
  case NEAP_RECORD_NUMBER:
    lua_pushnumber(L, field->value.number);
    break;
  case NEAP_RECORD_TEXT:
    lua_pushlstring(L, (const char *)field->value.bytes.data, field->value.bytes.size);
    break;
  case NEAP_RECORD_MAP:
  case NEAP_RECORD_LIST:
    push_fields(L, field->value.bytes.data, field->value.bytes.size, field->type == NEAP_RECORD_LIST);
    break;
  case NEAP_RECORD_INT:
  case NEAP_RECORD_TIME:
  case NEAP_RECORD_END:
    lua_pushinteger(L, field->value.integer);
    break;
  }
}

/* The fields of a list have no names: they get positions. */
static void push_fields(lua_State *L, const void *data, size_t size, bool is_list) {
  neap_record_reader reader = {.data = data, .size = size};
  neap_record_field field;
  luaL_checkstack(L, 8, "a record");
  lua_newtable(L);
  for (lua_Integer i = 1; neap_record_next(&reader, &field) == NEAP_OK; i++) {
    if (is_list)
      lua_pushinteger(L, i);
    else
      lua_pushlstring(L, field.key, field.key_length);
    push_field(L, &field);
    lua_rawset(L, -3);
  }
}

void neap_push_record(lua_State *L, const void *data, size_t size) { push_fields(L, data, size, false); }

static int free_buffer(lua_State *L) {
  neap_buffer_fini(luaL_checkudata(L, 1, BUFFER_TYPE));
  return 0;
}

neap_buffer *neap_push_buffer(lua_State *L) {
  neap_buffer *buffer = lua_newuserdatauv(L, sizeof *buffer, 0);
  neap_buffer_init(buffer);
  if (luaL_newmetatable(L, BUFFER_TYPE)) {
    lua_pushcfunction(L, free_buffer);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  return buffer;
}
