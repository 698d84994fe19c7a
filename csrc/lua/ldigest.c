/* SPDX-License-Identifier: MIT */
/* ldigest: require "neap.digest". */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "lua/lneap.h"

enum { CHUNK = 16384 };

NEAP_EXPORT int luaopen_neap_digest(lua_State *L);

static neap_status finish(neap_digest *digest, char hex[NEAP_DIGEST_TEXT]) {
  unsigned char bytes[NEAP_DIGEST_SIZE];
  neap_digest_finish(digest, bytes);
  neap_digest_hex(bytes, hex);
  neap_digest_free(digest);
  return NEAP_OK;
}

static neap_status digest_text(const char *text, size_t length, char hex[NEAP_DIGEST_TEXT], neap_fault *fault) {
  neap_digest *digest = neap_digest_new();
  if (!digest) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a digest");
  neap_digest_update(digest, text, length);
  return finish(digest, hex);
}

static neap_status fail_io(neap_fault *fault, const char *path, int number) {
  neap_fail(fault, NEAP_IO, number == ENOENT ? "not_found" : "io", "cannot read: %s", strerror(number));
  neap_fault_set_where(fault, "%s", path);
  return NEAP_IO;
}

static neap_status digest_stream(FILE *file, const char *path, char hex[NEAP_DIGEST_TEXT], neap_fault *fault) {
  char chunk[CHUNK];
  size_t count;
  neap_digest *digest = neap_digest_new();
  if (!digest) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a digest");
  errno = 0;
  while ((count = fread(chunk, 1, sizeof chunk, file)) > 0) neap_digest_update(digest, chunk, count);
  if (!ferror(file)) return finish(digest, hex);
  neap_digest_free(digest);
  return fail_io(fault, path, errno);
}

static neap_status digest_file(const char *path, char hex[NEAP_DIGEST_TEXT], neap_fault *fault) {
  FILE *file = fopen(path, "rb");
  if (!file) return fail_io(fault, path, errno);
  neap_status status = digest_stream(file, path, hex, fault);
  fclose(file);
  return status;
}

static int sha256(lua_State *L) {
  size_t length;
  char hex[NEAP_DIGEST_TEXT];
  neap_fault fault;
  luaL_checktype(L, 1, LUA_TSTRING);
  const char *text = lua_tolstring(L, 1, &length);
  if (digest_text(text, length, hex, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  lua_pushstring(L, hex);
  return 1;
}

static int sha256_file(lua_State *L) {
  char hex[NEAP_DIGEST_TEXT];
  neap_fault fault;
  luaL_checktype(L, 1, LUA_TSTRING);
  if (digest_file(lua_tostring(L, 1), hex, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  lua_pushstring(L, hex);
  return 1;
}

int luaopen_neap_digest(lua_State *L) {
  static const luaL_Reg functions[] = {{"sha256", sha256}, {"sha256_file", sha256_file}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
