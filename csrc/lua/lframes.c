/* SPDX-License-Identifier: MIT */
/* lframes: the C half of neap.frames, part of neap_net.so: the venue's stream, decoded. */
#include "lua/lframes.h"

#include <string.h>

#include "base/buffer.h"
#include "lua/laccount.h"
#include "lua/lneap.h"

#define FRAMES_TYPE "neap.frames"

NEAP_EXPORT int luaopen_neap_frames_c(lua_State *L);

enum { MOST_PRODUCTS = 1024 };

enum { PRODUCTS = 1, IDS, USER_VALUES = IDS }; /* the block of products, and the list that keeps their ids */

typedef struct holder {
  neap_frames *frames; /* NULL: closed */
  neap_buffer text;    /* the frame that is read, with room behind it */
  neap_told told;
} holder;

static void push_metatable(lua_State *L);

static holder *check(lua_State *L) {
  holder *held = luaL_checkudata(L, 1, FRAMES_TYPE);
  if (!held->frames) luaL_error(L, "the frames are closed");
  return held;
}

static int close_frames(lua_State *L) {
  holder *held = luaL_checkudata(L, 1, FRAMES_TYPE);
  neap_frames_free(held->frames);
  held->frames = NULL;
  neap_told_fini(&held->told);
  neap_buffer_fini(&held->text);
  return 0;
}

/* A product of the options, which is on top. Its id goes to the list at `ids`. */
static neap_frame_product read_product(lua_State *L, int ids) {
  static const char *const allowed[] = {"id", "price_increment", "size_increment", NULL};
  static const char what[] = "frames.new: products";
  const int table = lua_gettop(L);
  neap_check_options(L, table, what, allowed);
  if (lua_getfield(L, table, "id") != LUA_TSTRING) luaL_error(L, "%s: id is text", what);
  const char *id = lua_tostring(L, -1);
  lua_rawseti(L, ids, (lua_Integer)lua_rawlen(L, ids) + 1);
  return (neap_frame_product){id, neap_field_decimal(L, table, what, "price_increment"),
                              neap_field_decimal(L, table, what, "size_increment")};
}

/* Pushes the products of the options at 1 as one block, and the list of their ids. */
static neap_frame_product *push_products(lua_State *L, uint32_t *count) {
  static const char *const allowed[] = {"products", NULL};
  neap_check_options(L, 1, "frames.new", allowed);
  if (lua_getfield(L, 1, "products") != LUA_TTABLE) luaL_error(L, "frames.new: products is a list");
  const size_t length = lua_rawlen(L, -1);
  if (length > MOST_PRODUCTS) luaL_error(L, "frames.new: at most %d products", MOST_PRODUCTS);
  const int list = lua_gettop(L), ids = list + 2;
  neap_frame_product *products = lua_newuserdatauv(L, (length + 1) * sizeof *products, 0);
  lua_createtable(L, (int)length, 0);
  for (size_t i = 0; i < length; i++, lua_settop(L, ids)) {
    lua_geti(L, list, (lua_Integer)i + 1);
    products[i] = read_product(L, ids);
  }
  *count = (uint32_t)length;
  return products;
}

/* new{ products = { { id =, price_increment =, size_increment = } … } } */
static int new_frames(lua_State *L) {
  uint32_t count;
  neap_fault fault;
  lua_settop(L, 1);
  const neap_frame_product *products = push_products(L, &count);
  const int ids = lua_gettop(L);
  holder *held = lua_newuserdatauv(L, sizeof *held, USER_VALUES);
  *held = (holder){.frames = NULL};
  neap_buffer_init(&held->text);
  lua_pushvalue(L, ids - 1);
  lua_setiuservalue(L, -2, PRODUCTS);
  lua_pushvalue(L, ids);
  lua_setiuservalue(L, -2, IDS);
  push_metatable(L);
  lua_setmetatable(L, -2);
  return neap_frames_new(products, count, &held->frames, &fault) == NEAP_OK ? 1 : neap_push_fault(L, &fault);
}

static neap_status read_text(holder *held, const char *text, size_t length, neap_fault *fault) {
  static const char behind[NEAP_FRAMES_PADDING];
  const neap_frame_listener listener = neap_told_listener(&held->told);
  neap_told_clear(&held->told);
  neap_buffer_clear(&held->text);
  neap_buffer_append(&held->text, text, length);
  neap_buffer_append(&held->text, behind, sizeof behind);
  neap_status status = held->text.status;
  if (status == NEAP_OK)
    status = neap_frames_read(held->frames, (const char *)held->text.data, length, &listener, fault);
  if (status == NEAP_OK && held->told.is_short) status = NEAP_MEMORY;
  return status == NEAP_MEMORY ? neap_fail(fault, status, "memory", "no memory for what a frame says") : status;
}

/* frames:read(text) → what it says */
static int read_frame(lua_State *L) {
  holder *held = check(L);
  size_t length;
  neap_fault fault;
  luaL_checktype(L, 2, LUA_TSTRING);
  const char *text = lua_tolstring(L, 2, &length);
  if (read_text(held, text, length, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  lua_getiuservalue(L, 1, PRODUCTS);
  neap_push_told(L, &held->told, lua_touserdata(L, -1));
  return 1;
}

/* frames:counts() */
static int counts(lua_State *L) {
  neap_frames_counts counted;
  neap_frames_counts_get(check(L)->frames, &counted);
  lua_createtable(L, 0, 5);
  neap_set_integer(L, "frames", (int64_t)counted.frames);
  neap_set_integer(L, "unknown_channels", (int64_t)counted.unknown_channels);
  neap_set_integer(L, "other_products", (int64_t)counted.other_products);
  neap_set_integer(L, "cut_sizes", (int64_t)counted.cut_sizes);
  neap_set_integer(L, "unusable", (int64_t)counted.unusable);
  return 1;
}

static int to_text(lua_State *L) {
  const holder *held = luaL_checkudata(L, 1, FRAMES_TYPE);
  neap_frames_counts counted;
  if (!held->frames) return lua_pushliteral(L, "frames: closed"), 1;
  neap_frames_counts_get(held->frames, &counted);
  lua_pushfstring(L, "frames: %I read, %I unusable", (LUAI_UACINT)counted.frames, (LUAI_UACINT)counted.unusable);
  return 1;
}

static void push_metatable(lua_State *L) {
  static const luaL_Reg methods[] = {{"read", read_frame}, {"counts", counts}, {"close", close_frames}, {NULL, NULL}};
  static const luaL_Reg meta[] = {
      {"__gc", close_frames}, {"__close", close_frames}, {"__tostring", to_text}, {NULL, NULL}};
  if (!luaL_newmetatable(L, FRAMES_TYPE)) return;
  luaL_setfuncs(L, meta, 0);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
}

int luaopen_neap_frames_c(lua_State *L) {
  static const luaL_Reg functions[] = {{"new", new_frames}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
