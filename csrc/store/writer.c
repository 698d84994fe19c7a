/* SPDX-License-Identifier: MIT */
/* writer: inserts a group, with the JSON of each record beside it. */
#include "store/writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/record.h"
#include "store/chain.h"
#include "store/schema.h"

struct neap_writer {
  sqlite3 *database;
  sqlite3_stmt *begin, *insert, *commit;
  neap_buffer body;
  char path[];
};

static neap_status check_new(const char *path, neap_fault *fault) {
  struct stat found;
  neap_status status = NEAP_OK;
  if (stat(path, &found) != 0) {
    if (errno == ENOENT) return NEAP_OK;
    status = neap_fail(fault, NEAP_IO, "cannot_create", "cannot create the store: %s", strerror(errno));
  } else if (S_ISDIR(found.st_mode)) {
    status = neap_fail(fault, NEAP_EXISTS, "is_a_directory", "a store is a file, and this is a directory");
  } else if (!S_ISREG(found.st_mode) || found.st_size > 0) {
    status = neap_fail(fault, NEAP_EXISTS, "store_exists", "the file exists; a run never writes over another");
  }
  if (status != NEAP_OK) neap_fault_set_where(fault, "%s", path);
  return status;
}

/* SQLite takes "" and ":memory:" for databases without a file. */
static neap_writer *new_writer(const char *path) {
  const char *prefix = path[0] == '/' ? "" : "./";
  neap_writer *writer = calloc(1, sizeof *writer + strlen(prefix) + strlen(path) + 1);
  if (writer) strcat(strcpy(writer->path, prefix), path);
  return writer;
}

static neap_status open_database(neap_writer *writer, neap_fault *fault) {
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  if (sqlite3_open_v2(writer->path, &writer->database, flags, NULL) != SQLITE_OK) {
    const char *words = sqlite3_system_errno(writer->database) ? strerror(sqlite3_system_errno(writer->database))
                                                               : sqlite3_errmsg(writer->database);
    neap_fail(fault, NEAP_IO, "cannot_create", "cannot create the store: %s", words);
    neap_fault_set_where(fault, "%s", writer->path);
    return NEAP_IO;
  }
  sqlite3_busy_timeout(writer->database, 1000);
  return neap_sql_run(writer->database, writer->path, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL", fault);
}

static neap_status prepare(neap_writer *writer, neap_fault *fault) {
  sqlite3 *database = writer->database;
  neap_status status = neap_sql_prepare(database, writer->path, "BEGIN IMMEDIATE", &writer->begin, fault);
  if (status == NEAP_OK) status = neap_sql_prepare(database, writer->path, "COMMIT", &writer->commit, fault);
  if (status != NEAP_OK) return status;
  return neap_sql_prepare(database, writer->path, "INSERT INTO event VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)",
                          &writer->insert, fault);
}

neap_status neap_writer_open(const char *path, neap_writer **out, neap_fault *fault) {
  neap_status status = check_new(path, fault);
  if (status != NEAP_OK) return status;
  neap_writer *writer = new_writer(path);
  if (!writer) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a store");
  status = open_database(writer, fault);
  if (status == NEAP_OK) status = neap_schema_create(writer->database, writer->path, fault);
  if (status == NEAP_OK) status = prepare(writer, fault);
  if (status == NEAP_OK)
    *out = writer;
  else
    neap_writer_close(writer, NULL);
  return status;
}

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

static neap_status insert_group(neap_writer *writer, const neap_buffer *group, const unsigned char *hash,
                                neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (size_t at = 0; status == NEAP_OK && at < group->size;) {
    neap_packed_event event;
    at += neap_event_unpack(group->data + at, &event);
    status = insert_event(writer, &event, at == group->size ? hash : NULL, fault);
  }
  return status;
}

neap_status neap_writer_write(neap_writer *writer, const neap_buffer *group, const unsigned char hash[NEAP_DIGEST_SIZE],
                              neap_fault *fault) {
  neap_status status = run(writer, writer->begin, "begin to write", fault);
  if (status != NEAP_OK) return status;
  status = insert_group(writer, group, hash, fault);
  if (status == NEAP_OK) status = run(writer, writer->commit, "commit", fault);
  if (status != NEAP_OK && !sqlite3_get_autocommit(writer->database))
    sqlite3_exec(writer->database, "ROLLBACK", NULL, NULL, NULL);
  return status;
}

neap_status neap_writer_close(neap_writer *writer, neap_fault *fault) {
  if (!writer) return NEAP_OK;
  sqlite3_finalize(writer->begin);
  sqlite3_finalize(writer->insert);
  sqlite3_finalize(writer->commit);
  neap_status status = NEAP_OK;
  /* A closed store is one plain file: read anywhere, copied with one command. A reader may hinder this; no harm. */
  sqlite3_exec(writer->database, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
  if (sqlite3_close(writer->database) != SQLITE_OK)
    status = neap_sql_fail(writer->database, writer->path, "close", fault);
  neap_buffer_fini(&writer->body);
  free(writer);
  return status;
}
