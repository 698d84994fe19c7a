/* SPDX-License-Identifier: MIT */
/* lpack: neap.pack_c, the C half of neap.pack: the parts of a pack, written and read; and how a file gets its name. */
#include "lua/lneap.h"
#include "session/feed_source.h"
#include "store/pack.h"
#include "store/publish.h"

#define PACK_TYPE "neap.pack_c.pack"

NEAP_EXPORT int luaopen_neap_pack_c(lua_State *L);

static neap_pack **check_pack(lua_State *L) {
  neap_pack **box = luaL_checkudata(L, 1, PACK_TYPE);
  if (!*box) luaL_error(L, "the pack is closed");
  return box;
}

static int close_pack(lua_State *L) {
  neap_pack **box = luaL_checkudata(L, 1, PACK_TYPE);
  neap_pack_close(*box);
  *box = NULL;
  return 0;
}

static int pack_tostring(lua_State *L) {
  neap_pack **box = luaL_checkudata(L, 1, PACK_TYPE);
  lua_pushstring(L, *box ? "pack (open)" : "pack (closed)");
  return 1;
}

static int open_with(lua_State *L, neap_status (*opener)(const char *, neap_pack **, neap_fault *)) {
  neap_fault fault;
  luaL_checktype(L, 1, LUA_TSTRING);
  neap_pack **box = lua_newuserdatauv(L, sizeof *box, 0);
  *box = NULL;
  luaL_setmetatable(L, PACK_TYPE);
  if (opener(lua_tostring(L, 1), box, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  return 1;
}

static int make_pack(lua_State *L) { return open_with(L, neap_pack_make); }
static int open_pack(lua_State *L) { return open_with(L, neap_pack_open); }

/* {name =, bytes =, sha256 =} */
static int push_part(lua_State *L, const neap_pack_part *part) {
  lua_createtable(L, 0, 3);
  lua_pushstring(L, part->name);
  lua_setfield(L, -2, "name");
  lua_pushinteger(L, (lua_Integer)part->size);
  lua_setfield(L, -2, "bytes");
  lua_pushstring(L, part->digest);
  lua_setfield(L, -2, "sha256");
  return 1;
}

static int add_part(lua_State *L) {
  neap_pack **box = check_pack(L);
  size_t size;
  neap_pack_part part;
  neap_fault fault;
  const char *name = luaL_checkstring(L, 2), *bytes = luaL_checklstring(L, 3, &size);
  if (neap_pack_add(*box, name, bytes, size, &part, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  return push_part(L, &part);
}

static int add_file(lua_State *L) {
  neap_pack **box = check_pack(L);
  neap_pack_part part;
  neap_fault fault;
  const char *name = luaL_checkstring(L, 2), *path = luaL_checkstring(L, 3);
  if (neap_pack_add_file(*box, name, path, &part, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  return push_part(L, &part);
}

/* measure(path): as add_file, but nothing is added. */
static int measure(lua_State *L) {
  neap_pack_part part;
  neap_fault fault;
  if (neap_pack_measure(luaL_checkstring(L, 1), &part, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  return push_part(L, &part);
}

/* text_digest(path): of the lines of a plain or packed file, as a run that read all of them states it. */
static int text_digest(lua_State *L) {
  neap_source *source = NULL;
  neap_fault fault;
  char digest[NEAP_DIGEST_TEXT];
  const char *path = luaL_checkstring(L, 1), *line;
  size_t length;
  neap_status status = neap_source_open(path, &source, &fault);
  while (status == NEAP_OK) status = neap_source_line(source, &line, &length, &fault);
  if (status == NEAP_END) neap_source_digest(source, digest);
  neap_source_close(source);
  if (status != NEAP_END) return neap_push_fault(L, &fault);
  lua_pushstring(L, digest);
  return 1;
}

static int seal(lua_State *L) {
  neap_fault fault;
  neap_pack **box = check_pack(L);
  return neap_push_done(L, neap_pack_seal(*box, luaL_checkstring(L, 2), &fault), &fault);
}

/* finish(path): the file gets its end. */
static int finish(lua_State *L) {
  neap_fault fault;
  return neap_push_done(L, neap_pack_end(luaL_checkstring(L, 1), &fault), &fault);
}

/* check_end(path) → its bytes */
static int check_end(lua_State *L) {
  neap_fault fault;
  uint64_t bytes;
  if (neap_pack_check_end(luaL_checkstring(L, 1), &bytes, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  lua_pushinteger(L, (lua_Integer)bytes);
  return 1;
}

static int label(lua_State *L) {
  lua_pushstring(L, neap_pack_label(*check_pack(L)));
  return 1;
}

/* The next part; nil after the last. */
static int next_part(lua_State *L) {
  neap_pack **box = check_pack(L);
  neap_pack_part part;
  neap_fault fault;
  neap_status status = neap_pack_next(*box, &part, &fault);
  if (status == NEAP_OK) return push_part(L, &part);
  if (status != NEAP_END) return neap_push_fault(L, &fault);
  lua_pushnil(L);
  return 1;
}

static int read_part(lua_State *L) {
  neap_pack **box = check_pack(L);
  const char *name = luaL_checkstring(L, 2);
  lua_Integer most = luaL_checkinteger(L, 3);
  neap_fault fault;
  luaL_argcheck(L, most >= 0, 3, "a number of bytes");
  neap_buffer *bytes = neap_push_buffer(L);
  if (neap_pack_read(*box, name, (uint64_t)most, bytes, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  lua_pushlstring(L, (const char *)bytes->data, bytes->size);
  neap_buffer_fini(bytes);
  return 1;
}

static neap_publish_how how_of(lua_State *L, int index) {
  return lua_toboolean(L, index) ? NEAP_PUBLISH_OVER : NEAP_PUBLISH_NEW;
}

/* check(to, over) */
static int check(lua_State *L) {
  neap_fault fault;
  return neap_push_done(L, neap_publish_check(luaL_checkstring(L, 1), how_of(L, 2), &fault), &fault);
}

/* publish(partial, to, over) */
static int publish(lua_State *L) {
  neap_fault fault;
  const char *partial = luaL_checkstring(L, 1), *to = luaL_checkstring(L, 2);
  return neap_push_done(L, neap_publish(partial, to, how_of(L, 3), &fault), &fault);
}

static int discard(lua_State *L) {
  neap_publish_discard(luaL_checkstring(L, 1));
  return 0;
}

static void make_types(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"add", add_part},   {"add_file", add_file}, {"seal", seal},        {"label", label},
      {"next", next_part}, {"read", read_part},    {"close", close_pack}, {NULL, NULL}};
  static const luaL_Reg meta[] = {
      {"__gc", close_pack}, {"__close", close_pack}, {"__tostring", pack_tostring}, {NULL, NULL}};
  luaL_newmetatable(L, PACK_TYPE);
  luaL_setfuncs(L, meta, 0);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
}

int luaopen_neap_pack_c(lua_State *L) {
  static const luaL_Reg functions[] = {{"make", make_pack},
                                       {"open", open_pack},
                                       {"check", check},
                                       {"publish", publish},
                                       {"discard", discard},
                                       {"measure", measure},
                                       {"text_digest", text_digest},
                                       {"finish", finish},
                                       {"check_end", check_end},
                                       {NULL, NULL}};
  make_types(L);
  luaL_newlib(L, functions);
  lua_pushliteral(L, NEAP_VERSION);
  lua_setfield(L, -2, "version");
  return 1;
}
