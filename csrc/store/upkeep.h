/* SPDX-License-Identifier: MIT */
/* upkeep: what is done to a store as a whole, also while a session writes it: backup and retention. */
#ifndef NEAP_STORE_UPKEEP_H
#define NEAP_STORE_UPKEEP_H

#include "store/query.h"

/* Copies the store at one moment to a new file, which is verified before it gets its name. NEAP_EXISTS, NEAP_IO and
 * those of neap_store_verify. *out may be NULL. */
neap_status neap_store_backup(const char *path, const char *to, neap_verify_report *out, neap_fault *fault);

/* A new store `to` with the events of `path` up to `until`, in the groups of the store `groups`; NULL: in the same.
 * NEAP_UNSUPPORTED "trimmed": the first ones are gone. NEAP_EXISTS, NEAP_IO and those of neap_query_open. */
neap_status neap_store_copy(const char *path, const char *to, uint64_t until, const char *groups, neap_fault *fault);

typedef struct neap_trim_report {
  uint64_t removed;   /* events */
  uint64_t first_seq; /* the snapshot with which the store now begins; 0: it has none old enough, nothing was removed */
} neap_trim_report;

/* Removes the events before the latest state_snapshot that is not later than `before_ns`. The chain goes on from the
 * head that the snapshot carries, and `verify` says from where. A store that is being written: NEAP_IO "locked". */
neap_status neap_store_trim(const char *path, int64_t before_ns, neap_trim_report *out, neap_fault *fault);

#endif
