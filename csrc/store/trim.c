/* SPDX-License-Identifier: MIT */
/* trim: removes the events before a snapshot from which everything can go on. */
#include <stdlib.h>
#include <string.h>

#include "store/files.h"
#include "store/lock.h"
#include "store/reserve.h"
#include "store/rows.h"
#include "store/schema.h"
#include "store/upkeep.h"
#include "store/writer.h"

typedef struct trimmer {
  const char *path;
  sqlite3 *database;
  neap_trim_report *report;
} trimmer;

/* The hash of the row before must be the head that the snapshot carries. */
static neap_status follows_head(const trimmer *self, uint64_t seq, const unsigned char *head, bool *out,
                                neap_fault *fault) {
  sqlite3_stmt *before = NULL;
  neap_status status =
      neap_sql_prepare(self->database, self->path, "SELECT hash FROM event WHERE seq = ?1", &before, fault);
  if (status == NEAP_OK) sqlite3_bind_int64(before, 1, (int64_t)seq - 1);
  *out = status == NEAP_OK && sqlite3_step(before) == SQLITE_ROW &&
         sqlite3_column_bytes(before, 0) == NEAP_DIGEST_SIZE &&
         memcmp(sqlite3_column_blob(before, 0), head, NEAP_DIGEST_SIZE) == 0;
  sqlite3_finalize(before);
  return status;
}

/* The latest snapshot that is early enough and carries the head before it; 0: none. */
static neap_status find_snapshot(const trimmer *self, int64_t before_ns, uint64_t *seq, neap_fault *fault) {
  sqlite3_stmt *rows = NULL;
  neap_status status = neap_sql_prepare(
      self->database, self->path,
      NEAP_ROW_SQL " WHERE type = 'state_snapshot' AND ts_ns <= ?1 AND seq > (SELECT min(seq) FROM event)"
                   " ORDER BY seq DESC",
      &rows, fault);
  if (status == NEAP_OK) sqlite3_bind_int64(rows, 1, before_ns);
  int code = SQLITE_DONE;
  for (*seq = 0; status == NEAP_OK && *seq == 0 && (code = sqlite3_step(rows)) == SQLITE_ROW;) {
    unsigned char head[NEAP_DIGEST_SIZE];
    neap_packed_event event = neap_row_event(rows);
    bool is_good = false;
    if (neap_row_chain_head(&event, head)) status = follows_head(self, event.seq, head, &is_good, fault);
    if (is_good) *seq = event.seq;
  }
  if (status == NEAP_OK && code != SQLITE_ROW && code != SQLITE_DONE)
    status = neap_sql_fail(self->database, self->path, "read", fault);
  sqlite3_finalize(rows);
  return status;
}

static neap_status remove_before(const trimmer *self, uint64_t seq, neap_fault *fault) {
  sqlite3_stmt *removal = NULL;
  neap_status status =
      neap_sql_prepare(self->database, self->path, "DELETE FROM event WHERE seq < ?1", &removal, fault);
  if (status == NEAP_OK) sqlite3_bind_int64(removal, 1, (int64_t)seq);
  if (status == NEAP_OK && sqlite3_step(removal) != SQLITE_DONE)
    status = neap_sql_fail(self->database, self->path, "remove events", fault);
  sqlite3_finalize(removal);
  if (status != NEAP_OK) return status;
  self->report->removed = (uint64_t)sqlite3_changes64(self->database);
  self->report->first_seq = seq;
  /* Gives the room back; where that needs more room than there is, the store is good all the same. */
  sqlite3_exec(self->database, "VACUUM", NULL, NULL, NULL);
  return NEAP_OK;
}

static neap_status trim(trimmer *self, int64_t before_ns, neap_fault *fault) {
  neap_writer *writer = NULL;
  neap_chain chain;
  uint64_t seq = 0, imported;
  neap_status status = neap_chain_init(&chain, fault);
  if (status == NEAP_OK) status = neap_writer_resume(self->path, &chain, &writer, fault);
  if (status == NEAP_OK) status = neap_writer_import(writer, &chain, &imported, fault);
  if (status == NEAP_OK) status = neap_reserve_remove(self->path, fault);
  if (status == NEAP_OK) {
    self->database = neap_writer_database(writer);
    status = find_snapshot(self, before_ns, &seq, fault);
  }
  if (status == NEAP_OK && seq > 0) status = remove_before(self, seq, fault);
  neap_status closed = neap_writer_close(writer, status == NEAP_OK ? fault : NULL);
  neap_chain_fini(&chain);
  return status == NEAP_OK ? closed : status;
}

/* What does not verify is not trimmed: the proof of what is wrong would go. */
neap_status neap_store_trim(const char *path, int64_t before_ns, neap_trim_report *out, neap_fault *fault) {
  neap_lock lock;
  neap_verify_report report;
  *out = (neap_trim_report){0};
  char *place = neap_path_place(path);
  if (!place) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a path");
  trimmer self = {.path = place, .report = out};
  neap_status status = neap_store_verify(path, NULL, &report, fault);
  if (status == NEAP_OK) status = neap_lock_take(&lock, place, fault);
  if (status == NEAP_OK) {
    status = trim(&self, before_ns, fault);
    neap_lock_drop(&lock);
  }
  free(place);
  return status;
}
