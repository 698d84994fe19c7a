/* SPDX-License-Identifier: MIT */
/* journal_support: children that are killed, disks that are full, reserves that are spoilt. */
#ifndef NEAP_SPEC_JOURNAL_SUPPORT_H
#define NEAP_SPEC_JOURNAL_SUPPORT_H

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "store/query.h"
#include "store_support.h"

static inline neap_event_store *open_store(neap_event_store_options options) {
  neap_event_store *store = NULL;
  neap_fault fault;
  if (!options.run) options.run = "run-1";
  if (neap_event_store_create(&options, &store, &fault) != NEAP_OK)
    fail_msg("%s: %s (%s)", fault.code, fault.message, fault.where);
  return store;
}

static inline neap_event_store *resume_store(const char *path) {
  return open_store((neap_event_store_options){.path = path, .resume = true});
}

static inline void append_range(neap_event_store *store, uint64_t first, uint64_t last) {
  for (uint64_t i = first; i <= last; i++) append_sample(store, i);
}

static inline neap_verify_report verified(const char *path) {
  neap_verify_report report;
  neap_fault fault;
  if (neap_store_verify(path, NULL, &report, &fault) != NEAP_OK) fail_msg("%s: %s", fault.code, fault.message);
  return report;
}

/* Files of this process end here: the disk is full, for all but what is allocated. 0: no longer. */
static inline void limit_files(rlim_t bytes) {
  struct rlimit limit;
  signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
  limit.rlim_cur = bytes ? bytes : limit.rlim_max;
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Calls of this thread that have written to a file, and the bytes; false: a kernel that does not count, or valgrind,
 * whose own writes are counted, too. */
static inline bool written_here(long long *calls, long long *bytes) {
  const char *preloaded = getenv("LD_PRELOAD");
  FILE *file = preloaded && strstr(preloaded, "vgpreload") ? NULL : fopen("/proc/thread-self/io", "r");
  if (!file) return false;
  bool is_there = fscanf(file, "rchar: %*d wchar: %lld syscr: %*d syscw: %lld", bytes, calls) == 2;
  fclose(file);
  return is_there;
}

static inline off_t size_of(const char *path) {
  struct stat found;
  return stat(path, &found) == 0 ? found.st_size : -1;
}

static inline const char *beside(const place *self, const char *ending, char out[PATH_SIZE + 16]) {
  snprintf(out, PATH_SIZE + 16, "%s%s", self->path, ending);
  return out;
}

static inline void copy_file(const char *from, const char *to) {
  char block[4096];
  size_t size;
  FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
  assert_non_null(in);
  assert_non_null(out);
  while ((size = fread(block, 1, sizeof block, in)) > 0) assert_int_equal(fwrite(block, 1, size, out), size);
  fclose(in);
  fclose(out);
}

static inline void flip_byte(const char *path, long at) {
  FILE *file = fopen(path, "r+b");
  assert_non_null(file);
  fseek(file, at, SEEK_SET);
  int byte = fgetc(file);
  fseek(file, at, SEEK_SET);
  fputc(byte ^ 0x20, file);
  fclose(file);
}

#endif
