/* SPDX-License-Identifier: MIT */
/* writer_load: puts a chain behind the last event of a store: from the hash of the last ended group, over at most 63
 * events. */
#include <inttypes.h>
#include <string.h>

#include "store/rows.h"
#include "store/schema.h"
#include "store/writer_open.h"

static neap_status say(const neap_writer *writer, const char *code, const char *words, neap_fault *fault) {
  neap_fail(fault, NEAP_CORRUPT, code, "%s; neap verify says more", words);
  neap_fault_set_where(fault, "%s", writer->path);
  return NEAP_CORRUPT;
}

/* One row of events, or none: the caller finalizes in any case. */
static neap_status find(neap_writer *writer, const char *sql, sqlite3_stmt **row, bool *is_there, neap_fault *fault) {
  neap_status status = neap_sql_prepare(writer->database, writer->path, sql, row, fault);
  if (status != NEAP_OK) return status;
  int code = sqlite3_step(*row);
  *is_there = code == SQLITE_ROW;
  if (code != SQLITE_ROW && code != SQLITE_DONE) return neap_sql_fail(writer->database, writer->path, "read", fault);
  if (*is_there && !neap_row_is_sound(*row))
    return say(writer, "event_changed", "a column holds what Neap never writes there", fault);
  return NEAP_OK;
}

/* The head of the last ended group; among the last 64 events there is one that ends a group, if there are 64. */
static neap_status load_head(neap_writer *writer, neap_chain *chain, neap_fault *fault) {
  sqlite3_stmt *row = NULL;
  bool is_there = false;
  neap_status status = find(writer,
                            NEAP_ROW_SQL " WHERE seq > (SELECT max(seq) FROM event) - 64 AND hash IS NOT NULL"
                                         " ORDER BY seq DESC LIMIT 1",
                            &row, &is_there, fault);
  if (status == NEAP_OK && is_there) {
    memcpy(chain->head, sqlite3_column_blob(row, NEAP_ROW_HASH), NEAP_DIGEST_SIZE);
    chain->last_seq = neap_row_event(row).seq;
  }
  sqlite3_finalize(row);
  return status;
}

/* No group has ended yet: the chain begins with event 1, or at the snapshot of a trimmed store. */
static neap_status load_first(neap_writer *writer, neap_chain *chain, neap_fault *fault) {
  sqlite3_stmt *row = NULL;
  bool is_there = false;
  neap_status status = find(writer, NEAP_ROW_SQL " ORDER BY seq LIMIT 1", &row, &is_there, fault);
  if (status == NEAP_OK && is_there) {
    neap_packed_event event = neap_row_event(row);
    chain->last_seq = event.seq - 1;
    if (event.seq != 1 && !neap_row_chain_head(&event, chain->head))
      status = say(writer, "event_missing", "the first events are missing", fault);
  }
  sqlite3_finalize(row);
  return status;
}

static neap_status load_row(neap_writer *writer, neap_chain *chain, sqlite3_stmt *rows, neap_fault *fault) {
  if (!neap_row_is_sound(rows))
    return say(writer, "event_changed", "a column holds what Neap never writes there", fault);
  neap_packed_event event = neap_row_event(rows);
  if (event.seq != chain->last_seq + 1) return say(writer, "event_missing", "events are missing at its end", fault);
  neap_status status = neap_event_pack(&event, &chain->open, fault);
  if (status == NEAP_OK && neap_chain_added(chain, event.seq))
    status = say(writer, "hash_missing", "a group's hash was removed", fault);
  return status;
}

static neap_status load_open(neap_writer *writer, neap_chain *chain, neap_fault *fault) {
  sqlite3_stmt *rows = NULL;
  neap_status status =
      neap_sql_prepare(writer->database, writer->path, NEAP_ROW_SQL " WHERE seq > ?1 ORDER BY seq", &rows, fault);
  if (status == NEAP_OK) sqlite3_bind_int64(rows, 1, (int64_t)chain->last_seq);
  int code = SQLITE_DONE;
  while (status == NEAP_OK && (code = sqlite3_step(rows)) == SQLITE_ROW) status = load_row(writer, chain, rows, fault);
  if (status == NEAP_OK && code != SQLITE_DONE)
    status = neap_sql_fail(writer->database, writer->path, "read its last events", fault);
  sqlite3_finalize(rows);
  return status;
}

static neap_status load_chain(neap_writer *writer, neap_chain *chain, neap_fault *fault) {
  neap_status status = load_head(writer, chain, fault);
  if (status == NEAP_OK && chain->last_seq == 0) status = load_first(writer, chain, fault);
  return status == NEAP_OK ? load_open(writer, chain, fault) : status;
}

static neap_status check_tail(neap_writer *writer, neap_chain *chain, neap_fault *fault) {
  char found[NEAP_TAIL_TEXT], expected[NEAP_TAIL_TEXT];
  unsigned char tail[NEAP_DIGEST_SIZE];
  neap_status status = neap_tail_read(writer->database, writer->path, found, fault);
  if (status != NEAP_OK) return status;
  neap_chain_tail(chain, tail);
  neap_tail_text(chain->last_seq, tail, expected);
  if (strcmp(found, expected) == 0) return NEAP_OK;
  return say(writer, "tail_differs", "its last events are not those that were written", fault);
}

/* A store of version 1 ends with a whole group. */
static neap_status migrate(neap_writer *writer, neap_chain *chain, neap_fault *fault) {
  if (chain->open_count > 0) return say(writer, "not_sealed", "no hash covers its last events", fault);
  neap_batch none = {0};
  neap_batch_end(&none, chain);
  neap_status status = neap_sql_run(writer->database, writer->path, "SAVEPOINT migration", fault);
  if (status == NEAP_OK) status = neap_schema_migrate(writer->database, writer->path, fault);
  if (status == NEAP_OK) status = neap_writer_renew_tail(writer, &none, fault);
  if (status == NEAP_OK) return neap_sql_run(writer->database, writer->path, "RELEASE migration", fault);
  sqlite3_exec(writer->database, "ROLLBACK", NULL, NULL, NULL);
  return status;
}

neap_status neap_writer_load(neap_writer *writer, neap_chain *chain, neap_fault *fault) {
  int version = 0;
  neap_status status = neap_schema_version(writer->database, writer->path, &version, fault);
  if (status == NEAP_OK) status = load_chain(writer, chain, fault);
  if (status != NEAP_OK) return status;
  return version < NEAP_STORE_VERSION ? migrate(writer, chain, fault) : check_tail(writer, chain, fault);
}
