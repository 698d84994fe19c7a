/* SPDX-License-Identifier: MIT */
/* lmachine: the C half of neap.machine: what a machine gives to a session: a durable write, room on a disk, limits. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "lua/lneap.h"
#include "session/loop.h"

NEAP_EXPORT int luaopen_neap_machine_c(lua_State *L);

enum { MOST_WRITES = 64, BYTES = 512, PATH = 512 };

static neap_status say(const char *what, const char *path, neap_fault *fault) {
  neap_fail(fault, NEAP_IO, "cannot_write", "%s: %s", what, strerror(errno));
  neap_fault_set_where(fault, "%s", path);
  return NEAP_IO;
}

static int compare(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

static neap_status write_durably(int file, size_t count, int64_t *times) {
  const char bytes[BYTES] = {0};
  for (size_t i = 0; i < count; i++) {
    int64_t began = neap_loop_now();
    if (write(file, bytes, sizeof bytes) != (ssize_t)sizeof bytes || fdatasync(file) != 0) return NEAP_IO;
    times[i] = neap_loop_now() - began;
  }
  qsort(times, count, sizeof *times, compare);
  return NEAP_OK;
}

/* The file goes before the answer, whatever it is. */
static neap_status try_directory(const char *directory, size_t count, int64_t *times, neap_fault *fault) {
  char path[PATH];
  if ((size_t)snprintf(path, sizeof path, "%s/.neap-sync-XXXXXX", directory) >= sizeof path)
    return neap_fail(fault, NEAP_INVALID, "too_long", "the directory's name is too long");
  int file = mkostemp(path, O_CLOEXEC);
  if (file < 0) return say("nothing can be written", directory, fault);
  unlink(path);
  neap_status status = write_durably(file, count, times);
  if (status != NEAP_OK) say("a write does not become durable", directory, fault);
  close(file);
  return status;
}

/* sync(directory, count) → median and worst time of a durable write, ns; or nil and a fault */
static int sync_times(lua_State *L) {
  int64_t times[MOST_WRITES];
  neap_fault fault;
  const char *directory = luaL_checkstring(L, 1);
  lua_Integer count = luaL_checkinteger(L, 2);
  luaL_argcheck(L, count >= 1 && count <= MOST_WRITES, 2, "from 1 to 64 writes");
  if (try_directory(directory, (size_t)count, times, &fault) != NEAP_OK) return neap_push_fault(L, &fault);
  lua_pushinteger(L, times[count / 2]);
  lua_pushinteger(L, times[count - 1]);
  return 2;
}

/* free(directory) → bytes that this user may still write there; or nil and a fault */
static int free_bytes(lua_State *L) {
  neap_fault fault;
  struct statvfs facts;
  const char *directory = luaL_checkstring(L, 1);
  if (statvfs(directory, &facts) != 0) {
    say("the room cannot be asked for", directory, &fault);
    return neap_push_fault(L, &fault);
  }
  lua_pushinteger(L, (lua_Integer)(facts.f_bavail * facts.f_frsize));
  return 1;
}

/* limit(name) → the soft and the hard limit, math.maxinteger: none */
static int limit(lua_State *L) {
  static const char *const names[] = {"core", "files", NULL};
  static const int kinds[] = {RLIMIT_CORE, RLIMIT_NOFILE};
  struct rlimit found = {0};
  int at = luaL_checkoption(L, 1, NULL, names);
  getrlimit((__rlimit_resource_t)kinds[at], &found);
  lua_pushinteger(L, found.rlim_cur > LUA_MAXINTEGER ? LUA_MAXINTEGER : (lua_Integer)found.rlim_cur);
  lua_pushinteger(L, found.rlim_max > LUA_MAXINTEGER ? LUA_MAXINTEGER : (lua_Integer)found.rlim_max);
  return 2;
}

/* is_dumpable() → whether the kernel would write this process's memory down, and lets others of its user look at it */
static int is_dumpable(lua_State *L) {
  lua_pushboolean(L, prctl(PR_GET_DUMPABLE, 0L, 0L, 0L, 0L) != 0);
  return 1;
}

int luaopen_neap_machine_c(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"sync", sync_times}, {"free", free_bytes}, {"limit", limit}, {"is_dumpable", is_dumpable}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
