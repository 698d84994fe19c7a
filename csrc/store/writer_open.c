/* SPDX-License-Identifier: MIT */
/* writer_open: a new store under a name of its own until it is complete; a store that is there. */
#include "store/writer_open.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/files.h"
#include "store/reader.h"
#include "store/schema.h"

static neap_status fail(const char *path, neap_status status, const char *code, const char *doing, const char *words,
                        neap_fault *fault) {
  neap_fail(fault, status, code, "%s: %s", doing, words);
  neap_fault_set_where(fault, "%s", path);
  return status;
}

/* SQLite would take the log of a store that is gone for the new one's. */
static neap_status check_no_log(const char *path, neap_fault *fault) {
  struct stat found;
  char *log = neap_path_with(path, "-wal");
  if (!log) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a path");
  neap_status status = NEAP_OK;
  if (stat(log, &found) == 0 && found.st_size > 0)
    status = fail(log, NEAP_EXISTS, "log_exists", "cannot create the store",
                  "the last events of another one lie here, whose file is gone; move it away", fault);
  else if (unlink(log) != 0 && errno != ENOENT)
    status = fail(log, NEAP_IO, "cannot_create", "cannot create the store", strerror(errno), fault);
  free(log);
  return status;
}

static neap_status check_new(const char *path, neap_fault *fault) {
  struct stat found;
  const char *doing = "cannot create the store";
  if (stat(path, &found) != 0)
    return errno == ENOENT ? check_no_log(path, fault)
                           : fail(path, NEAP_IO, "cannot_create", doing, strerror(errno), fault);
  if (S_ISDIR(found.st_mode)) return fail(path, NEAP_EXISTS, "is_a_directory", doing, "this is a directory", fault);
  if (S_ISREG(found.st_mode) && found.st_size == 0) return check_no_log(path, fault);
  return fail(path, NEAP_EXISTS, "store_exists", doing, "the file exists; a run never writes over another", fault);
}

static neap_status open_database(neap_writer *writer, const char *path, int flags, neap_fault *fault) {
  flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  if (sqlite3_open_v2(path, &writer->database, flags, NULL) != SQLITE_OK) {
    int code = sqlite3_system_errno(writer->database);
    const char *words = code ? strerror(code) : sqlite3_errmsg(writer->database);
    return fail(writer->path, NEAP_IO, "cannot_create", "cannot open the store to write", words, fault);
  }
  sqlite3_busy_timeout(writer->database, 1000);
  return NEAP_OK;
}

static neap_status prepare(neap_writer *writer, neap_fault *fault) {
  const struct {
    const char *sql;
    sqlite3_stmt **out;
  } statements[] = {{"BEGIN IMMEDIATE", &writer->begin},
                    {"COMMIT", &writer->commit},
                    {"INSERT INTO event VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)", &writer->insert},
                    {"UPDATE event SET hash = ?1 WHERE seq = ?2", &writer->mark},
                    {"UPDATE meta SET value = ?1 WHERE key = 'tail'", &writer->tail}};
  /* 16 MB of log before it is written back: a hot page is written once for many commits. Read again in a moment. Half a
   * megabyte of pages is what a commit touches; what does not fit is in the kernel's cache. */
  neap_status status =
      neap_sql_run(writer->database, writer->path,
                   "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000; "
                   "PRAGMA cache_size = -512",
                   fault);
  for (size_t i = 0; status == NEAP_OK && i < sizeof statements / sizeof *statements; i++)
    status = neap_sql_prepare(writer->database, writer->path, statements[i].sql, statements[i].out, fault);
  return status == NEAP_OK ? neap_gather_begin(writer->database, &writer->gather, fault) : status;
}

static neap_writer *new_writer(const char *path) {
  neap_writer *writer = calloc(1, sizeof *writer + strlen(path) + 1);
  if (writer) strcpy(writer->path, path);
  return writer;
}

static void remove_unfinished(const char *path) {
  static const char *const endings[] = {"", "-journal", "-wal", "-shm"};
  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
    char *name = neap_path_with(path, endings[i]);
    if (name) unlink(name);
    free(name);
  }
}

static neap_status fill(neap_writer *writer, const char *path, neap_fault *fault) {
  neap_status status = open_database(writer, path, SQLITE_OPEN_CREATE, fault);
  if (status == NEAP_OK) status = neap_sql_run(writer->database, writer->path, "PRAGMA synchronous = FULL", fault);
  if (status == NEAP_OK) status = neap_schema_create(writer->database, writer->path, fault);
  sqlite3_close(writer->database);
  writer->database = NULL;
  return status;
}

static neap_status give_name(const char *from, const char *path, neap_fault *fault) {
  int code = rename(from, path) == 0 ? neap_sync_directory(path) : errno;
  return code == 0 ? NEAP_OK : fail(path, NEAP_IO, "cannot_create", "cannot create the store", strerror(code), fault);
}

static neap_status create_file(neap_writer *writer, neap_fault *fault) {
  char *unfinished = neap_path_with(writer->path, "-new");
  if (!unfinished) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a store");
  remove_unfinished(unfinished);
  neap_status status = fill(writer, unfinished, fault);
  if (status == NEAP_OK) status = give_name(unfinished, writer->path, fault);
  if (status != NEAP_OK) remove_unfinished(unfinished);
  free(unfinished);
  return status;
}

static neap_status finish(neap_status status, neap_writer *writer, neap_writer **out) {
  if (status == NEAP_OK)
    *out = writer;
  else
    neap_writer_close(writer, NULL);
  return status;
}

neap_status neap_writer_create(const char *path, neap_writer **out, neap_fault *fault) {
  neap_status status = check_new(path, fault);
  if (status != NEAP_OK) return status;
  neap_writer *writer = new_writer(path);
  if (!writer) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a store");
  status = create_file(writer, fault);
  if (status != NEAP_OK) return finish(status, writer, out);
  status = open_database(writer, path, 0, fault);
  if (status == NEAP_OK) status = prepare(writer, fault);
  if (status == NEAP_OK) return finish(status, writer, out);
  neap_writer_discard(writer);
  return status;
}

void neap_writer_discard(neap_writer *writer) {
  char *path = strdup(writer->path);
  neap_writer_close(writer, NULL);
  if (path) remove_unfinished(path);
  free(path);
}

/* The reader says plainly what the file is, if it is no store. A pack that went on would be none any more. */
static neap_status check_store(const char *path, neap_fault *fault) {
  sqlite3 *database;
  neap_status status = neap_reader_open(path, &database, fault);
  if (status != NEAP_OK) return status;
  bool is_pack = false;
  status = neap_schema_is_pack(database, path, &is_pack, fault);
  sqlite3_close(database);
  if (status != NEAP_OK || !is_pack) return status;
  return fail(path, NEAP_REFUSED, "is_a_pack", "cannot write",
              "this is a proof pack, which is only read; restoring it gives its store", fault);
}

neap_status neap_writer_resume(const char *path, neap_chain *chain, neap_writer **out, neap_fault *fault) {
  neap_status status = check_store(path, fault);
  if (status != NEAP_OK) return status;
  neap_writer *writer = new_writer(path);
  if (!writer) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a store");
  status = open_database(writer, path, 0, fault);
  if (status == NEAP_OK) status = prepare(writer, fault);
  if (status == NEAP_OK) status = neap_writer_load(writer, chain, fault);
  return finish(status, writer, out);
}
