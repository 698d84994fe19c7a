/* SPDX-License-Identifier: MIT */
/* journal_run: the writer's thread. */
#include <string.h>

#include "store/journal_parts.h"

static void take(neap_journal *journal) {
  journal->asked = false;
  neap_buffer_clear(&journal->taken);
  journal->taken_at = journal->settled = 0;
  journal->taken_seq = journal->pushed_seq;
  neap_buffer queue = journal->queue;
  journal->queue = journal->taken;
  journal->taken = queue;
  pthread_cond_broadcast(&journal->moved);
}

/* Links units into the batch until it has the events of a group; units stay whole. Gives their number. */
static neap_status fill_batch(neap_journal *journal, uint64_t *units, neap_fault *fault) {
  neap_status status = NEAP_OK;
  neap_unit unit;
  neap_batch_clear(&journal->batch);
  for (*units = 0; status == NEAP_OK && journal->taken_at < journal->taken.size; ++*units) {
    size_t takes = neap_unit_take(journal->taken.data + journal->taken_at, &unit);
    if (*units > 0 && journal->batch.count + unit.events > NEAP_GROUP_SIZE) break;
    status = neap_batch_add(&journal->batch, &journal->chain, &unit, fault);
    journal->taken_at += takes;
  }
  neap_batch_end(&journal->batch, &journal->chain);
  return status;
}

static void set_state(neap_journal *journal, neap_journal_state state, const neap_fault *why) {
  pthread_mutex_lock(&journal->mutex);
  journal->why = *why;
  atomic_store_explicit(&journal->state, (int)state, memory_order_release);
  pthread_mutex_unlock(&journal->mutex);
}

/* Without a reserve the failure itself is the answer from now on. */
static void lose(neap_journal *journal, const neap_fault *why) {
  neap_fault lost = *why;
  if (journal->reserve) {
    neap_fail(&lost, NEAP_IO, "journal_lost",
              "the journal is lost: neither the store nor its reserve can be written: %.200s", why->message);
    neap_fault_set_where(&lost, "%s", why->where);
  }
  set_state(journal, NEAP_JOURNAL_LOST, &lost);
}

/* No file takes a record that cannot be read; a reserve would only carry it on. */
static void leave_file(neap_journal *journal, const neap_fault *why) {
  if (journal->reserve && strcmp(why->code, "corrupt_record") != 0)
    set_state(journal, NEAP_JOURNAL_RESERVE, why);
  else
    lose(journal, why);
  neap_journal_end_ahead(journal);
}

static neap_journal_state state_of(const neap_journal *journal) {
  return (neap_journal_state)atomic_load_explicit(&journal->state, memory_order_relaxed);
}

/* Those that went ahead lie there. */
static neap_status write_to_reserve(neap_journal *journal, size_t from, neap_fault *fault) {
  neap_unit unit;
  for (uint64_t number = journal->done; number < journal->there && from < journal->taken_at; number++)
    from += neap_unit_take(journal->taken.data + from, &unit);
  if (from == journal->taken_at) return NEAP_OK;
  return neap_reserve_write(journal->reserve, journal->taken.data + from, journal->taken_at - from, fault);
}

static void write_batch(neap_journal *journal, size_t from) {
  neap_fault fault;
  if (state_of(journal) == NEAP_JOURNAL_WRITES &&
      neap_writer_write(journal->writer, &journal->batch, &fault) != NEAP_OK)
    leave_file(journal, &fault);
  if (state_of(journal) == NEAP_JOURNAL_RESERVE && write_to_reserve(journal, from, &fault) != NEAP_OK)
    lose(journal, &fault);
}

static void publish(neap_journal *journal, uint64_t units) {
  pthread_mutex_lock(&journal->mutex);
  journal->done += units;
  journal->settled = journal->taken_at;
  if (state_of(journal) != NEAP_JOURNAL_LOST) {
    neap_journal_set_durable(journal, journal->batch.last_seq);
    memcpy(journal->head, journal->chain.head, NEAP_DIGEST_SIZE);
  }
  pthread_cond_broadcast(&journal->moved);
  pthread_mutex_unlock(&journal->mutex);
}

static void process(neap_journal *journal) {
  neap_fault fault;
  uint64_t units;
  size_t from = journal->taken_at;
  if (state_of(journal) != NEAP_JOURNAL_LOST) {
    if (fill_batch(journal, &units, &fault) != NEAP_OK)
      lose(journal, &fault);
    else
      write_batch(journal, from);
  } else {
    neap_unit unit;
    units = 1;
    journal->taken_at += neap_unit_take(journal->taken.data + from, &unit);
  }
  publish(journal, units);
  if (state_of(journal) != NEAP_JOURNAL_LOST) neap_ack_tell(&journal->ack, journal->batch.last_seq);
}

void neap_journal_work(neap_journal *journal) {
  journal->working = true;
  take(journal);
  pthread_mutex_unlock(&journal->mutex);
  while (journal->taken_at < journal->taken.size) process(journal);
  pthread_mutex_lock(&journal->mutex);
  journal->working = false;
  pthread_cond_broadcast(&journal->moved);
  if (journal->asked || journal->closing) pthread_cond_signal(&journal->filled);
}

void *neap_journal_run(void *context) {
  neap_journal *journal = context;
  pthread_mutex_lock(&journal->mutex);
  for (;;) {
    while (journal->working || !(journal->asked || journal->closing))
      pthread_cond_wait(&journal->filled, &journal->mutex);
    if (journal->queue.size > 0)
      neap_journal_work(journal);
    else if (journal->closing)
      break;
    else
      journal->asked = false;
  }
  pthread_mutex_unlock(&journal->mutex);
  return NULL;
}
