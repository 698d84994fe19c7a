/* SPDX-License-Identifier: MIT */
/* inject: what an executable defines itself is found before libc's, by every library that is loaded: also by SQLite,
 * Lua, zlib, libcrypto, and by libc where it allocates for the caller (strdup, fopen, opendir). */
#include "inject.h"

#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *block);
void *memalign(size_t alignment, size_t size);

/* The only state of the tests that is not handed in: libc's functions have no place for it. */
static _Atomic bool armed, fired;
static inject_kind armed_kind;
static uint64_t armed_nth;
static bool armed_onwards;
static _Atomic uint64_t calls;
static _Atomic int64_t live;

void inject_arm(inject_kind kind, uint64_t nth, bool onwards) {
  armed_kind = kind;
  armed_nth = nth;
  armed_onwards = onwards;
  calls = 0;
  fired = false;
  armed = true;
}

bool inject_disarm(void) {
  armed = false;
  return fired;
}

uint64_t inject_count(void) { return calls; }

int64_t inject_live(void) { return live; }

/* 0: this call goes on; 1: it fails; 2: it fails, and it is the first of many. */
static int fails(inject_kind kind) {
  if (!armed || kind != armed_kind) return 0;
  uint64_t number = ++calls;
  if (number < armed_nth || (number > armed_nth && !armed_onwards)) return 0;
  fired = true;
  return armed_onwards && number == armed_nth ? 2 : 1;
}

/* Where living blocks came from: open addressing, by the block's address. */
enum { SLOTS = 1 << 18, DEPTH = 14 };
typedef struct origin {
  void *block;
  int depth;
  void *frame[DEPTH];
} origin;
static origin origins[SLOTS];
static _Atomic bool tracing;
static pthread_mutex_t origins_lock = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local bool inside;
static char removed; /* its address marks a slot that was used */

static size_t slot_of(const void *block) { return ((uintptr_t)block >> 4) * 2654435761u % SLOTS; }

static void remember(void *block) {
  void *frame[DEPTH];
  inside = true;
  int depth = backtrace(frame, DEPTH);
  pthread_mutex_lock(&origins_lock);
  size_t at = slot_of(block);
  while (origins[at].block && origins[at].block != &removed) at = (at + 1) % SLOTS;
  origins[at].block = block;
  origins[at].depth = depth;
  memcpy(origins[at].frame, frame, sizeof frame);
  pthread_mutex_unlock(&origins_lock);
  inside = false;
}

static void forget(const void *block) {
  pthread_mutex_lock(&origins_lock);
  for (size_t at = slot_of(block); origins[at].block; at = (at + 1) % SLOTS) {
    if (origins[at].block != block) continue;
    origins[at].block = &removed;
    break;
  }
  pthread_mutex_unlock(&origins_lock);
}

void inject_trace(void) {
  void *frame[1];
  inside = true;
  backtrace(frame, 1); /* loads what it needs */
  inside = false;
  memset(origins, 0, sizeof origins);
  tracing = true;
}

void inject_trace_stop(void) { tracing = false; }

void inject_trace_print(void) {
  tracing = false;
  for (size_t i = 0; i < SLOTS; i++) {
    if (!origins[i].block || origins[i].block == &removed) continue;
    (void)!write(2, "a block that was not freed:\n", 28);
    backtrace_symbols_fd(origins[i].frame + 2, origins[i].depth - 2, 2);
  }
}

static void *made(void *block) {
  if (!block) return NULL;
  live++;
  if (tracing && !inside) remember(block);
  return block;
}

static void gone(void *block) {
  if (!block) return;
  live--;
  if (tracing && !inside) forget(block);
}

static bool no_memory(void) {
  if (!fails(INJECT_ALLOCATION)) return false;
  errno = ENOMEM;
  return true;
}

void *malloc(size_t size) { return no_memory() ? NULL : made(__libc_malloc(size)); }

void *calloc(size_t count, size_t size) { return no_memory() ? NULL : made(__libc_calloc(count, size)); }

void *realloc(void *block, size_t size) {
  if (no_memory()) return NULL;
  gone(block);
  void *moved = __libc_realloc(block, size);
  if (moved || size > 0) made(moved ? moved : block);
  return moved;
}

void free(void *block) {
  gone(block);
  __libc_free(block);
}

void *memalign(size_t alignment, size_t size) { return no_memory() ? NULL : made(__libc_memalign(alignment, size)); }

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **out, size_t alignment, size_t size) {
  void *block = memalign(alignment, size);
  if (!block) return ENOMEM;
  *out = block;
  return 0;
}

/* What a write comes to: its size, half of it, or −1. The terminal's is never touched. */
static ssize_t allowed(int file, size_t size) {
  int how = file > 2 ? fails(INJECT_WRITE) : 0;
  if (how == 0) return (ssize_t)size;
  if (how == 2 && size > 1) return (ssize_t)(size / 2);
  errno = ENOSPC;
  return -1;
}

ssize_t write(int file, const void *bytes, size_t size) {
  ssize_t count = allowed(file, size);
  return count < 0 ? count : (ssize_t)syscall(SYS_write, file, bytes, (size_t)count);
}

ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t at) {
  ssize_t count = allowed(file, size);
  return count < 0 ? count : (ssize_t)syscall(SYS_pwrite64, file, bytes, (size_t)count, at);
}

ssize_t pwrite(int file, const void *bytes, size_t size, off_t at) { return pwrite64(file, bytes, size, at); }

ssize_t writev(int file, const struct iovec *parts, int count) {
  return allowed(file, 1) < 0 ? -1 : (ssize_t)syscall(SYS_writev, file, parts, count);
}

int ftruncate64(int file, off64_t size) { return allowed(file, 1) < 0 ? -1 : (int)syscall(SYS_ftruncate, file, size); }

int ftruncate(int file, off_t size) { return ftruncate64(file, size); }

int fallocate64(int file, int mode, off64_t at, off64_t size) {
  return allowed(file, 1) < 0 ? -1 : (int)syscall(SYS_fallocate, file, mode, at, size);
}

int fallocate(int file, int mode, off_t at, off_t size) { return fallocate64(file, mode, at, size); }

int posix_fallocate64(int file, off64_t at, off64_t size) { return fallocate64(file, 0, at, size) ? errno : 0; }

int posix_fallocate(int file, off_t at, off_t size) { return posix_fallocate64(file, at, size); }

static int synced(long number, int file) {
  if (fails(INJECT_SYNC)) {
    errno = EIO;
    return -1;
  }
  return armed ? 0 : (int)syscall(number, file);
}

int fsync(int file) { return synced(SYS_fsync, file); }

int fdatasync(int file) { return synced(SYS_fdatasync, file); }

int renameat(int from_directory, const char *from, int to_directory, const char *to) {
  if (fails(INJECT_RENAME)) {
    errno = EIO;
    return -1;
  }
  return (int)syscall(SYS_renameat2, from_directory, from, to_directory, to, 0);
}

int rename(const char *from, const char *to) { return renameat(AT_FDCWD, from, AT_FDCWD, to); }

int renameat2(int from_directory, const char *from, int to_directory, const char *to, unsigned flags) {
  if (!fails(INJECT_RENAME)) return (int)syscall(SYS_renameat2, from_directory, from, to_directory, to, flags);
  errno = EIO;
  return -1;
}

/* The other way to give a file its name. */
int link(const char *from, const char *to) {
  if (!fails(INJECT_RENAME)) return (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
  errno = EIO;
  return -1;
}
