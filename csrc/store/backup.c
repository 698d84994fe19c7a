/* SPDX-License-Identifier: MIT */
/* backup: copies a store through SQLite, moves the reserve's events in, verifies, and only then gives the name. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/files.h"
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

static neap_status check_free(const char *to, neap_fault *fault) {
  struct stat found;
  if (lstat(to, &found) == 0)
    return fail(to, NEAP_EXISTS, "file_exists", "the file exists, and nothing is written over", fault);
  return errno == ENOENT ? NEAP_OK : fail(to, NEAP_IO, "cannot_create", strerror(errno), fault);
}

static void remove_partial(const char *partial) {
  static const char *const endings[] = {"", "-journal", "-wal", "-shm", "-reserve"};
  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
    char name[PATH_MAX]; /* also without memory */
    int length = snprintf(name, sizeof name, "%s%s", partial, endings[i]);
    if (length > 0 && (size_t)length < sizeof name) unlink(name);
  }
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

/* One plain file, on the disk. */
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

static neap_status sync_file(const char *path, neap_fault *fault) {
  int fd = open(path, O_RDONLY | O_CLOEXEC), code = fd < 0 || fsync(fd) != 0 ? errno : 0;
  if (fd >= 0) close(fd);
  return code == 0 ? NEAP_OK : fail(path, NEAP_IO, "cannot_create", strerror(code), fault);
}

/* Over nothing that came meanwhile, where the file system can promise that. */
static neap_status give_name(const char *partial, const char *to, neap_fault *fault) {
  int code = renameat2(AT_FDCWD, partial, AT_FDCWD, to, RENAME_NOREPLACE) == 0 ? 0 : errno;
  if (code == EINVAL || code == ENOSYS) {
    neap_status status = check_free(to, fault);
    if (status != NEAP_OK) return status;
    code = rename(partial, to) == 0 ? 0 : errno;
  }
  if (code == 0) code = neap_sync_directory(to);
  if (code == 0) return NEAP_OK;
  return fail(to, code == EEXIST ? NEAP_EXISTS : NEAP_IO, code == EEXIST ? "file_exists" : "cannot_create",
              strerror(code), fault);
}

static neap_status copy(const char *path, const char *partial, const char *to, neap_verify_report *out,
                        neap_fault *fault) {
  neap_reserve_contents reserve;
  neap_status status = neap_reserve_read(path, &reserve, fault);
  if (status == NEAP_OK) status = copy_pages(path, partial, fault);
  if (status == NEAP_OK) status = move_reserve(&reserve, partial, fault);
  if (status == NEAP_OK) status = neap_store_verify(partial, NULL, out, fault);
  if (status == NEAP_OK) status = sync_file(partial, fault);
  if (status == NEAP_OK) status = give_name(partial, to, fault);
  neap_reserve_contents_fini(&reserve);
  return status;
}

neap_status neap_store_backup(const char *path, const char *to, neap_verify_report *out, neap_fault *fault) {
  neap_verify_report report;
  char *target = neap_path_place(to), *partial = target ? neap_path_with(target, "-partial") : NULL;
  neap_status status = NEAP_OK;
  if (!partial) status = neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a path");
  if (status == NEAP_OK) status = check_free(target, fault);
  if (status == NEAP_OK) {
    remove_partial(partial);
    status = copy(path, partial, target, out ? out : &report, fault);
    if (status != NEAP_OK) remove_partial(partial);
  }
  free(partial);
  free(target);
  return status;
}
