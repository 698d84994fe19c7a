/* SPDX-License-Identifier: MIT */
/* writer: inserts batches, with the JSON of each record beside it, and renews the row that covers the chain's tail. */
#include "store/writer.h"

#include <stdlib.h>

#include "base/record.h"
#include "store/rows.h"
#include "store/schema.h"
#include "store/writer_open.h"

static neap_status run(neap_writer *writer, sqlite3_stmt *statement, const char *doing, neap_fault *fault) {
  neap_status status = NEAP_OK;
  if (sqlite3_step(statement) != SQLITE_DONE) status = neap_sql_fail(writer->database, writer->path, doing, fault);
  sqlite3_reset(statement);
  return status;
}

static void bind_event(sqlite3_stmt *insert, const neap_packed_event *event, const neap_buffer *body) {
  static const int text_columns[NEAP_EVENT_TEXTS] = {3, 5, 7, 8};
  sqlite3_bind_int64(insert, 1, (int64_t)event->seq);
  sqlite3_bind_int64(insert, 2, event->ts_ns);
  sqlite3_bind_int64(insert, 4, event->version);
  sqlite3_bind_int64(insert, 6, (int64_t)event->cause_seq);
  for (size_t i = 0; i < NEAP_EVENT_TEXTS; i++)
    sqlite3_bind_text64(insert, text_columns[i], event->text[i].data, event->text[i].size, SQLITE_STATIC, SQLITE_UTF8);
  if (event->record.size > 0)
    sqlite3_bind_blob64(insert, 9, event->record.data, event->record.size, SQLITE_STATIC);
  else
    sqlite3_bind_zeroblob(insert, 9, 0);
  sqlite3_bind_text64(insert, 10, (const char *)body->data, body->size, SQLITE_STATIC, SQLITE_UTF8);
}

static neap_status insert_event(neap_writer *writer, const neap_packed_event *event, const unsigned char *hash,
                                neap_fault *fault) {
  neap_buffer_clear(&writer->body);
  neap_status status = neap_record_to_json(event->record.data, event->record.size, &writer->body, fault);
  if (status != NEAP_OK) {
    neap_fault_set_where(fault, "%s: event %llu", writer->path, (unsigned long long)event->seq);
    return status;
  }
  bind_event(writer->insert, event, &writer->body);
  if (hash)
    sqlite3_bind_blob(writer->insert, 11, hash, NEAP_DIGEST_SIZE, SQLITE_STATIC);
  else
    sqlite3_bind_null(writer->insert, 11);
  return run(writer, writer->insert, "write an event", fault);
}

static neap_status insert_rows(neap_writer *writer, const neap_batch *batch, neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (size_t i = 0; status == NEAP_OK && i < batch->count; i++) {
    const neap_batch_row *row = &batch->rows[i];
    status = insert_event(writer, &row->event, row->ends_group ? row->hash : NULL, fault);
  }
  return status;
}

/* A seal that came after its event was written. */
static neap_status mark_late(neap_writer *writer, const neap_batch *batch, neap_fault *fault) {
  if (batch->late_seq == 0) return NEAP_OK;
  sqlite3_bind_blob(writer->mark, 1, batch->late_hash, NEAP_DIGEST_SIZE, SQLITE_STATIC);
  sqlite3_bind_int64(writer->mark, 2, (int64_t)batch->late_seq);
  return run(writer, writer->mark, "end a group", fault);
}

neap_status neap_writer_renew_tail(neap_writer *writer, const neap_batch *batch, neap_fault *fault) {
  char text[NEAP_TAIL_TEXT];
  neap_tail_text(batch->last_seq, batch->tail, text);
  sqlite3_bind_text(writer->tail, 1, text, -1, SQLITE_TRANSIENT);
  return run(writer, writer->tail, "renew the tail", fault);
}

neap_status neap_writer_write(neap_writer *writer, const neap_batch *batch, neap_fault *fault) {
  neap_status status = run(writer, writer->begin, "begin to write", fault);
  if (status != NEAP_OK) return status;
  status = insert_rows(writer, batch, fault);
  if (status == NEAP_OK) status = mark_late(writer, batch, fault);
  if (status == NEAP_OK) status = neap_writer_renew_tail(writer, batch, fault);
  if (status == NEAP_OK) status = run(writer, writer->commit, "commit", fault);
  if (status != NEAP_OK && !sqlite3_get_autocommit(writer->database))
    sqlite3_exec(writer->database, "ROLLBACK", NULL, NULL, NULL);
  return status;
}

sqlite3 *neap_writer_database(neap_writer *writer) { return writer->database; }

neap_status neap_writer_close(neap_writer *writer, neap_fault *fault) {
  if (!writer) return NEAP_OK;
  sqlite3_finalize(writer->begin);
  sqlite3_finalize(writer->insert);
  sqlite3_finalize(writer->mark);
  sqlite3_finalize(writer->tail);
  sqlite3_finalize(writer->commit);
  neap_status status = NEAP_OK;
  /* A closed store is one plain file: read anywhere, copied with one command. A reader may hinder this; no harm. */
  sqlite3_exec(writer->database, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
  if (sqlite3_close(writer->database) != SQLITE_OK)
    status = neap_sql_fail(writer->database, writer->path, "close", fault);
  neap_gather_free(writer->gather);
  neap_buffer_fini(&writer->body);
  free(writer);
  return status;
}
