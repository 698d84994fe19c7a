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

/* More than that is not copied to see whether it fits into the reserve. */
enum { NEAP_JOURNAL_OUTRUN = 1 << 17 };

struct neap_journal {
  char *path;
  neap_lock lock;
  pthread_t thread;
  /* Of both threads, under the mutex. */
  pthread_mutex_t mutex;
  pthread_cond_t filled, moved; /* something to write; something was taken or dealt with */
  neap_buffer queue;            /* units */
  uint64_t pushed, done;        /* units, ever */
  uint64_t pushed_seq;          /* the last event of them */
  bool asked;                   /* the writer's thread is to take what is queued; who waits deals with the rest */
  bool working;                 /* a thread has what is below, and the queue's units */
  bool closing;
  bool ahead;         /* what is waited for goes to the reserve first */
  bool going_ahead;   /* a thread writes units there */
  uint64_t there;     /* the last unit that lies in the reserve, or was dealt with when it was begun again */
  size_t settled;     /* of `taken`, while a thread works: units up to there are done, */
  uint64_t taken_seq; /* and the last event in it */
  neap_buffer outrun; /* units on their way to the reserve */
  neap_fault why;     /* of a state that is not WRITES */
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

/* With the mutex held. What went ahead is durable before the writer comes to it. */
static inline void neap_journal_set_durable(neap_journal *journal, uint64_t seq) {
  if (seq > atomic_load_explicit(&journal->durable, memory_order_relaxed))
    atomic_store_explicit(&journal->durable, seq, memory_order_release);
}

/* With the mutex held, while nobody works and the queue is not empty: writes what is queued, and lets go of the mutex
 * meanwhile. The thread takes no signal. */
void neap_journal_work(neap_journal *journal);
/* With the mutex held: writes to the reserve what no file has yet, and lets go of the mutex meanwhile. False: it does
 * not fit, or cannot be written. */
bool neap_journal_go_ahead(neap_journal *journal);
/* The store's file has failed: its reserve is for all that the file lacks from now on. */
void neap_journal_end_ahead(neap_journal *journal);
void *neap_journal_run(void *journal); /* the thread */

#endif
