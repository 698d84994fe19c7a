/* SPDX-License-Identifier: MIT */
/* backup: copies a store through SQLite, moves the reserve's events in, verifies, and only then gives the name. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/files.h"
#include "store/lock.h"
#include "store/pack.h"
#include "store/publish.h"
#include "store/reader.h"
#include "store/reserve.h"
#include "store/schema.h"
#include "store/upkeep.h"
#include "store/writer.h"

static neap_status fail(const char *path, neap_status status, const char *code, const char *words, neap_fault *fault) {
  neap_fail(fault, status, code, "cannot write the copy: %s", words);
  neap_fault_set_where(fault, "%s", path);
  return status;
}

static neap_status run_backup(sqlite3 *from, sqlite3 *to, const char *path, const char *partial, neap_fault *fault) {
  sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
  if (!backup) return neap_sql_fail(to, partial, "write the copy", fault);
  int code = sqlite3_backup_step(backup, -1);
  neap_status status = NEAP_OK;
  if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
    status = fail(path, NEAP_IO, "locked", "the store is locked by another program", fault);
  sqlite3_backup_finish(backup);
  if (status == NEAP_OK && code != SQLITE_DONE) status = neap_sql_fail(to, partial, "write the copy", fault);
  return status;
}

/* One plain file, on the disk. The parts of a pack are of the pack: what is copied is the store in it. */
static neap_status copy_pages(const char *path, const char *partial, neap_fault *fault) {
  sqlite3 *from = NULL, *to = NULL;
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  neap_status status = neap_reader_open(path, &from, fault);
  if (status != NEAP_OK) return status;
  if (sqlite3_open_v2(partial, &to, flags, NULL) != SQLITE_OK) {
    int code = to ? sqlite3_system_errno(to) : ENOMEM;
    status = fail(partial, NEAP_IO, "cannot_create", strerror(code ? code : EIO), fault);
  }
  if (status == NEAP_OK) status = run_backup(from, to, path, partial, fault);
  if (status == NEAP_OK) status = neap_sql_run(to, partial, "PRAGMA journal_mode = DELETE", fault);
  if (status == NEAP_OK) status = neap_pack_unmake(to, partial, fault);
  sqlite3_close(to);
  sqlite3_close(from);
  return status;
}

/* The copy's reserve is that of the store, as it was before the pages were read. */
static neap_status move_reserve(const neap_reserve_contents *contents, const char *partial, neap_fault *fault) {
  neap_reserve *reserve = NULL;
  neap_writer *writer = NULL;
  neap_chain chain;
  uint64_t count;
  if (contents->units.size == 0) return NEAP_OK;
  neap_status status = neap_reserve_create(partial, contents->units.size + 4096, &reserve, fault);
  if (status == NEAP_OK) status = neap_reserve_write(reserve, contents->units.data, contents->units.size, fault);
  neap_reserve_close(reserve);
  if (status != NEAP_OK || (status = neap_chain_init(&chain, fault)) != NEAP_OK) return status;
  status = neap_writer_resume(partial, &chain, &writer, fault);
  if (status == NEAP_OK) status = neap_writer_import(writer, &chain, &count, fault);
  neap_status closed = neap_writer_close(writer, status == NEAP_OK ? fault : NULL);
  neap_chain_fini(&chain);
  if (status == NEAP_OK) status = closed;
  return status == NEAP_OK ? neap_reserve_remove(partial, fault) : status;
}

static neap_status copy(const char *path, const char *partial, const char *to, neap_verify_report *out,
                        neap_fault *fault) {
  neap_reserve_contents reserve;
  neap_status status = neap_reserve_read(path, &reserve, fault);
  if (status == NEAP_OK) status = copy_pages(path, partial, fault);
  if (status == NEAP_OK) status = move_reserve(&reserve, partial, fault);
  if (status == NEAP_OK) status = neap_store_verify(partial, NULL, out, fault);
  if (status == NEAP_OK)
    status = neap_reserve_check_behind(&reserve, path, out->first_seq + out->events - (out->events > 0), fault);
  if (status == NEAP_OK) status = neap_publish(partial, to, NEAP_PUBLISH_NEW, fault);
  neap_reserve_contents_fini(&reserve);
  return status;
}

neap_status neap_store_backup(const char *path, const char *to, neap_verify_report *out, neap_fault *fault) {
  neap_verify_report report;
  neap_lock lock;
  char *target = neap_path_place(to), *partial = target ? neap_path_with(target, "-partial") : NULL;
  neap_status status = NEAP_OK;
  if (!partial) status = neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a path");
  if (status == NEAP_OK) status = neap_publish_check(target, NEAP_PUBLISH_NEW, fault);
  if (status == NEAP_OK) status = neap_lock_take(&lock, target, fault);
  if (status == NEAP_OK) {
    neap_publish_discard(partial); /* who left that has been killed: the lock is ours */
    status = copy(path, partial, target, out ? out : &report, fault);
    if (status != NEAP_OK) neap_publish_discard(partial);
    neap_lock_drop(&lock);
  }
  free(partial);
  free(target);
  return status;
}
