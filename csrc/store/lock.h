/* SPDX-License-Identifier: MIT */
/* lock: one writer of a store at a time, by a lock on PATH-lock that ends with the process. Readers need none. */
#ifndef NEAP_STORE_LOCK_H
#define NEAP_STORE_LOCK_H

#include "base/fault.h"

typedef struct neap_lock {
  int fd; /* -1: not held */
  char *path;
} neap_lock;

/* A process that was killed holds it until its last thread is gone: for that, and for nothing else, is waited, at most
 * five seconds. NEAP_IO "locked" (names the process), "cannot_create". */
neap_status neap_lock_take(neap_lock *lock, const char *store, neap_fault *fault);
void neap_lock_drop(neap_lock *lock); /* and removes the file; a lock that is not held is accepted */

#endif
