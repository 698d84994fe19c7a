/* SPDX-License-Identifier: MIT */
/* journal: what the session's thread does with the writer's. */
#include "store/journal.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "store/files.h"
#include "store/journal_parts.h"

/* What waits, here and at the writer, is less than what the store's memory keeps: an event that is in neither file nor
 * memory does not exist. */
enum { QUEUE_FULL = 1 << 20 };

static void free_journal(neap_journal *journal) {
  neap_lock_drop(&journal->lock);
  neap_reserve_close(journal->reserve);
  neap_chain_fini(&journal->chain);
  neap_batch_fini(&journal->batch);
  neap_buffer_fini(&journal->queue);
  neap_buffer_fini(&journal->taken);
  neap_buffer_fini(&journal->outrun);
  pthread_cond_destroy(&journal->filled);
  pthread_cond_destroy(&journal->moved);
  pthread_mutex_destroy(&journal->mutex);
  free(journal->path);
  free(journal);
}

static neap_journal *new_journal(const neap_event_store_options *options) {
  neap_journal *journal = calloc(1, sizeof *journal);
  if (!journal) return NULL;
  journal->lock.fd = -1;
  pthread_mutex_init(&journal->mutex, NULL);
  pthread_cond_init(&journal->filled, NULL);
  pthread_cond_init(&journal->moved, NULL);
  journal->path = neap_path_place(options->path);
  if (journal->path) return journal;
  free_journal(journal);
  return NULL;
}

/* The events of a reserve whose store is gone are not written over. */
static neap_status check_no_reserve(const char *path, neap_fault *fault) {
  neap_reserve_contents contents;
  neap_status status = neap_reserve_read(path, &contents, fault);
  if (status == NEAP_OK && (contents.events > 0 || contents.behind > 0)) {
    status = neap_fail(fault, NEAP_EXISTS, "reserve_exists",
                       "a reserve with %llu events of another run lies beside it; move it away",
                       (unsigned long long)contents.events);
    neap_fault_set_where(fault, "%s-reserve", path);
  }
  neap_reserve_contents_fini(&contents);
  return status;
}

static neap_status renew_reserve(neap_journal *journal, size_t size, neap_fault *fault) {
  if (size == 0) return neap_reserve_remove(journal->path, fault);
  return neap_reserve_create(journal->path, size, &journal->reserve, fault);
}

static neap_status open_new(neap_journal *journal, const neap_event_store_options *options, neap_fault *fault) {
  neap_status status = neap_writer_create(journal->path, &journal->writer, fault);
  if (status == NEAP_OK) status = renew_reserve(journal, options->reserve, fault);
  if (status != NEAP_OK && journal->writer) {
    neap_writer_discard(journal->writer);
    journal->writer = NULL;
  }
  return status;
}

static neap_status open_again(neap_journal *journal, const neap_event_store_options *options, neap_fault *fault) {
  uint64_t imported;
  neap_status status = neap_writer_resume(journal->path, &journal->chain, &journal->writer, fault);
  if (status == NEAP_OK) status = neap_writer_import(journal->writer, &journal->chain, &imported, fault);
  return status == NEAP_OK ? renew_reserve(journal, options->reserve, fault) : status;
}

static neap_status open_files(neap_journal *journal, const neap_event_store_options *options, neap_fault *fault) {
  neap_status status = neap_ack_open(&journal->ack, options->ack_fd, journal->path, fault);
  if (status == NEAP_OK) status = neap_chain_init(&journal->chain, fault);
  if (status == NEAP_OK) status = neap_lock_take(&journal->lock, journal->path, fault);
  if (status != NEAP_OK) return status;
  if (options->resume) return open_again(journal, options, fault);
  status = check_no_reserve(journal->path, fault);
  return status == NEAP_OK ? open_new(journal, options, fault) : status;
}

/* Who works takes no signal: they are the session's, and SIGPIPE is nobody's. */
static void hold_signals(sigset_t *before) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, before);
}

static neap_status start(neap_journal *journal, neap_fault *fault) {
  sigset_t before;
  hold_signals(&before);
  int code = pthread_create(&journal->thread, NULL, neap_journal_run, journal);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (code == 0) return NEAP_OK;
  return neap_fail(fault, NEAP_MEMORY, "no_thread", "cannot start the journal's thread: %s", strerror(code));
}

neap_status neap_journal_open(const neap_event_store_options *options, neap_journal **out, uint64_t *count,
                              neap_fault *fault) {
  neap_journal *journal = new_journal(options);
  if (!journal) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a store");
  neap_status status = open_files(journal, options, fault);
  if (status == NEAP_OK) {
    journal->durable = journal->pushed_seq = *count = journal->chain.last_seq;
    journal->ahead = options->ahead && journal->reserve;
    journal->ack.told = *count;
    memcpy(journal->head, journal->chain.head, NEAP_DIGEST_SIZE);
    status = start(journal, fault);
  }
  if (status == NEAP_OK) {
    *out = journal;
    return NEAP_OK;
  }
  neap_writer_close(journal->writer, NULL);
  free_journal(journal);
  return status;
}

neap_status neap_journal_lost(neap_journal *journal, neap_fault *fault) {
  if (atomic_load_explicit(&journal->state, memory_order_acquire) != NEAP_JOURNAL_LOST) return NEAP_OK;
  neap_fault why;
  neap_journal_state_get(journal, &why);
  if (fault) *fault = why;
  return why.status;
}

static void ask(neap_journal *journal) {
  journal->asked = true;
  pthread_cond_signal(&journal->filled);
}

neap_status neap_journal_push(neap_journal *journal, const neap_unit *unit, neap_journal_wake wake, neap_fault *fault) {
  neap_status status = neap_journal_lost(journal, fault);
  if (status != NEAP_OK) return status;
  pthread_mutex_lock(&journal->mutex);
  while (journal->queue.size > QUEUE_FULL) {
    ask(journal);
    pthread_cond_wait(&journal->moved, &journal->mutex);
  }
  status = neap_unit_put(&journal->queue, unit);
  if (status == NEAP_OK) journal->pushed++, journal->pushed_seq += unit->events;
  if (wake == NEAP_JOURNAL_NOW) ask(journal);
  pthread_mutex_unlock(&journal->mutex);
  return status == NEAP_OK ? status : neap_fail(fault, status, "no_memory", "no memory for %zu bytes", unit->size);
}

static void work_here(neap_journal *journal) {
  sigset_t before;
  hold_signals(&before);
  neap_journal_work(journal);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* What a thread is writing already is there as soon. */
static bool goes_ahead(const neap_journal *journal, uint64_t seq) {
  bool waits = seq <= journal->pushed_seq && (!journal->working || seq > journal->taken_seq);
  return waits && journal->ahead && !journal->going_ahead &&
         atomic_load_explicit(&journal->state, memory_order_relaxed) == NEAP_JOURNAL_WRITES;
}

neap_status neap_journal_wait(neap_journal *journal, uint64_t seq, neap_fault *fault) {
  pthread_mutex_lock(&journal->mutex);
  uint64_t pushed = journal->pushed;
  while (journal->done < pushed && atomic_load_explicit(&journal->durable, memory_order_relaxed) < seq) {
    if (goes_ahead(journal, seq) && neap_journal_go_ahead(journal)) continue;
    if (journal->working || journal->queue.size == 0)
      pthread_cond_wait(&journal->moved, &journal->mutex);
    else
      work_here(journal);
  }
  bool is_durable = atomic_load_explicit(&journal->durable, memory_order_relaxed) >= seq;
  pthread_mutex_unlock(&journal->mutex);
  return is_durable ? NEAP_OK : neap_journal_lost(journal, fault);
}

void neap_journal_wake_writer(neap_journal *journal) {
  pthread_mutex_lock(&journal->mutex);
  if (journal->queue.size > 0) ask(journal);
  pthread_mutex_unlock(&journal->mutex);
}

uint64_t neap_journal_durable(const neap_journal *journal) {
  return atomic_load_explicit(&journal->durable, memory_order_acquire);
}

neap_journal_state neap_journal_state_get(neap_journal *journal, neap_fault *why) {
  neap_journal_state state = (neap_journal_state)atomic_load_explicit(&journal->state, memory_order_acquire);
  if (!why || state == NEAP_JOURNAL_WRITES) return state;
  pthread_mutex_lock(&journal->mutex);
  *why = journal->why;
  pthread_mutex_unlock(&journal->mutex);
  return state;
}

void neap_journal_head(neap_journal *journal, unsigned char out[NEAP_DIGEST_SIZE]) {
  neap_journal_wait(journal, UINT64_MAX, NULL);
  pthread_mutex_lock(&journal->mutex);
  memcpy(out, journal->head, NEAP_DIGEST_SIZE);
  pthread_mutex_unlock(&journal->mutex);
}

/* A reserve that holds events stays beside the store until the store is opened again. */
static neap_status close_files(neap_journal *journal, neap_fault *fault) {
  bool has_all = atomic_load_explicit(&journal->state, memory_order_relaxed) == NEAP_JOURNAL_WRITES;
  bool is_used = journal->reserve && !has_all && neap_reserve_is_used(journal->reserve);
  neap_status status = neap_journal_lost(journal, fault);
  neap_status closed = neap_writer_close(journal->writer, status == NEAP_OK ? fault : NULL);
  if (!is_used && journal->reserve && closed == NEAP_OK) closed = neap_reserve_remove(journal->path, fault);
  return status == NEAP_OK ? closed : status;
}

neap_status neap_journal_close(neap_journal *journal, neap_fault *fault) {
  pthread_mutex_lock(&journal->mutex);
  journal->closing = true;
  pthread_cond_signal(&journal->filled);
  pthread_mutex_unlock(&journal->mutex);
  pthread_join(journal->thread, NULL);
  neap_status status = close_files(journal, fault);
  free_journal(journal);
  return status;
}
