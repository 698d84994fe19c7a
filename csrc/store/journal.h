/* SPDX-License-Identifier: MIT */
/* journal: the writer's thread and the bounded queue before it. Takes what is queued, at once when idle; hashes,
 * commits, or moves to the reserve; says what is durable. */
#ifndef NEAP_STORE_JOURNAL_H
#define NEAP_STORE_JOURNAL_H

#include "store/event_store.h"
#include "store/units.h"

typedef struct neap_journal neap_journal;

/* Takes the lock, opens the file, imports a reserve, starts the thread. *count: events that the store has. */
neap_status neap_journal_open(const neap_event_store_options *options, neap_journal **out, uint64_t *count,
                              neap_fault *fault);
typedef enum neap_journal_wake {
  NEAP_JOURNAL_NOW, /* the writer's thread begins at once */
  NEAP_JOURNAL_WAIT /* the caller waits next, or wakes it later */
} neap_journal_wake;

/* Queues a unit; waits while the queue is full. What neap_journal_lost says. */
neap_status neap_journal_push(neap_journal *journal, const neap_unit *unit, neap_journal_wake wake, neap_fault *fault);
/* Waits until `seq`, which was pushed, is durable, or until all that was pushed is dealt with (UINT64_MAX). With
 * `ahead` the caller's thread writes what is not yet to the reserve, while it fits there; the writer's thread is to be
 * woken then. Else, where that has not begun, the caller's does its work. */
neap_status neap_journal_wait(neap_journal *journal, uint64_t seq, neap_fault *fault);
void neap_journal_wake_writer(neap_journal *journal);       /* when something is queued */
uint64_t neap_journal_durable(const neap_journal *journal); /* any thread */
neap_journal_state neap_journal_state_get(neap_journal *journal, neap_fault *why);
/* NEAP_OK until nothing can be written any more: then why. Cheap. */
neap_status neap_journal_lost(neap_journal *journal, neap_fault *fault);
/* The head after the last group that was pushed whole. */
void neap_journal_head(neap_journal *journal, unsigned char out[NEAP_DIGEST_SIZE]);
neap_status neap_journal_close(neap_journal *journal, neap_fault *fault); /* frees in any case */

#endif
