/* SPDX-License-Identifier: MIT */
/* inject: makes the n-th allocation, write, sync or rename of this process fail, and counts the blocks that live. */
#ifndef NEAP_SPEC_FAULTS_INJECT_H
#define NEAP_SPEC_FAULTS_INJECT_H

#include <stdbool.h>
#include <stdint.h>

typedef enum inject_kind {
  INJECT_ALLOCATION, /* malloc, calloc, realloc, posix_memalign … of every library: ENOMEM */
  INJECT_WRITE,      /* write, pwrite, writev, ftruncate, fallocate: ENOSPC */
  INJECT_SYNC,       /* fsync, fdatasync: EIO */
  INJECT_RENAME,     /* rename, renameat: EIO */
  INJECT_KINDS
} inject_kind;

/* From now on calls of `kind` are counted, and the nth fails; with `onwards` all that follow, too. A write that is the
 * first of many to fail is short instead, as on a disk that fills. Syncs that do not fail do nothing, as long as this
 * is armed. */
void inject_arm(inject_kind kind, uint64_t nth, bool onwards);
/* Every call succeeds again. Says whether any failed. */
bool inject_disarm(void);
uint64_t inject_count(void); /* calls of the kind since inject_arm */
int64_t inject_live(void);   /* blocks allocated and not freed, of the whole process */

/* Remembers from here on where each block came from; inject_trace_print writes what still lives to stderr. */
void inject_trace(void);
void inject_trace_print(void);
void inject_trace_stop(void);

#endif
