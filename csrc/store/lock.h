/* SPDX-License-Identifier: MIT */
/* lock: one writer of a store at a time, by a lock on PATH-lock that ends with the process. Readers need none. */
#ifndef NEAP_STORE_LOCK_H
#define NEAP_STORE_LOCK_H

#include "base/fault.h"

/* How long is waited for a killed process that holds a lock: so many steps of so many ms. */
enum { NEAP_DEATH_STEPS = 500, NEAP_DEATH_STEP = 10 };

typedef struct neap_lock {
  int fd; /* -1: not held */
  char *path;
} neap_lock;

/* A process that was killed holds it until its last thread is gone: for that is waited, at most five seconds; and, as
 * it cannot be told from that, for a process that is not seen from here: of another pid namespace. NEAP_IO "locked"
 * (names the process), "cannot_create". */
neap_status neap_lock_take(neap_lock *lock, const char *store, neap_fault *fault);
/* Gone, without a first thread, or with a kill that it has not died of yet. */
bool neap_process_is_dying(int process);
void neap_lock_drop(neap_lock *lock); /* and removes the file; a lock that is not held is accepted */

#endif
