/* SPDX-License-Identifier: MIT */
/* journal_ahead: what is waited for is durable in the reserve with one small write, before the store's file has it. */
#include "store/journal_parts.h"

/* What the reserve holds the file has, if its last unit was dealt with: then it begins again. */
static void begin_again(neap_journal *journal) {
  if (journal->there > journal->done) return;
  neap_reserve_rewind(journal->reserve);
  journal->there = journal->done;
}

/* Units of `from`, whose first is number `first`, that do not lie in the reserve; gives the number behind the last. */
static uint64_t gather(neap_journal *journal, const unsigned char *from, size_t size, uint64_t first) {
  neap_unit unit;
  for (size_t at = 0, taken; at < size; at += taken, first++) {
    taken = neap_unit_take(from + at, &unit);
    if (first > journal->there) neap_buffer_append(&journal->outrun, from + at, taken);
  }
  return first;
}

/* All that is not done: what a thread is working at, and what is queued behind it. */
static bool gather_all(neap_journal *journal) {
  size_t worked_at = journal->working ? journal->taken.size - journal->settled : 0;
  if (!neap_reserve_fits_ahead(journal->reserve, 0)) return false;
  neap_buffer_clear(&journal->outrun);
  if (worked_at + journal->queue.size > NEAP_JOURNAL_OUTRUN) return false;
  uint64_t next = journal->done + 1;
  if (worked_at > 0) next = gather(journal, journal->taken.data + journal->settled, worked_at, next);
  gather(journal, journal->queue.data, journal->queue.size, next);
  return journal->outrun.status == NEAP_OK && neap_reserve_fits_ahead(journal->reserve, journal->outrun.size);
}

static neap_status write_outrun(neap_journal *journal) {
  journal->going_ahead = true;
  pthread_mutex_unlock(&journal->mutex);
  neap_status status = neap_reserve_write(journal->reserve, journal->outrun.data, journal->outrun.size, NULL);
  pthread_mutex_lock(&journal->mutex);
  journal->going_ahead = false;
  pthread_cond_broadcast(&journal->moved);
  return status;
}

bool neap_journal_go_ahead(neap_journal *journal) {
  begin_again(journal);
  if (!gather_all(journal)) return false;
  const uint64_t last = journal->pushed, seq = journal->pushed_seq;
  /* One that cannot be written is left to the file; whether it can when the file cannot, that moment shows. */
  if (write_outrun(journal) != NEAP_OK) return journal->ahead = false;
  journal->there = last;
  neap_journal_set_durable(journal, seq);
  return true;
}

void neap_journal_end_ahead(neap_journal *journal) {
  pthread_mutex_lock(&journal->mutex);
  journal->ahead = false;
  while (journal->going_ahead) pthread_cond_wait(&journal->moved, &journal->mutex);
  if (journal->reserve) begin_again(journal);
  pthread_mutex_unlock(&journal->mutex);
}
