/* SPDX-License-Identifier: MIT */
/* journal_parts: the journal's insides, for its files only. */
#ifndef NEAP_STORE_JOURNAL_PARTS_H
#define NEAP_STORE_JOURNAL_PARTS_H

#include <pthread.h>
#include <stdatomic.h>

#include "store/ack.h"
#include "store/journal.h"
#include "store/lock.h"
#include "store/reserve.h"
#include "store/writer.h"

struct neap_journal {
  char *path;
  neap_lock lock;
  pthread_t thread;
  /* Of both threads, under the mutex. */
  pthread_mutex_t mutex;
  pthread_cond_t filled, moved; /* something to write; something was taken or dealt with */
  neap_buffer queue;            /* units */
  uint64_t pushed, done;        /* units, ever */
  bool working;                 /* a thread has what is below, and the queue's units */
  bool closing;
  neap_fault why; /* of a state that is not WRITES */
  unsigned char head[NEAP_DIGEST_SIZE];
  _Atomic uint64_t durable; /* the two are written under the mutex, too */
  _Atomic int state;
  /* Of the thread that works, and before the writer's starts and after it ended. */
  neap_writer *writer;
  neap_reserve *reserve; /* NULL: none */
  neap_chain chain;
  neap_buffer taken; /* units that were taken off the queue */
  size_t taken_at;
  neap_batch batch;
  neap_ack ack;
};

/* With the mutex held, while nobody works and the queue is not empty: writes what is queued, and lets go of the mutex
 * meanwhile. The thread takes no signal. */
void neap_journal_work(neap_journal *journal);
void *neap_journal_run(void *journal); /* the thread */

#endif
