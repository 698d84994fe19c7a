/* SPDX-License-Identifier: MIT */
/* gather: takes the place of some methods of the log's file. The table of methods is ours alone, and so a file leads to
 * what is kept beside it. */
#include "store/gather.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A frame of the log is a header and a page; the header's second word is not 0 in the last one of a transaction. */
enum { CAPACITY = 128 << 10, FRAME_HEADER = 24, LAST_WORD = 4 };

struct neap_gather {
  sqlite3_io_methods methods; /* first: see of() */
  const sqlite3_io_methods *below;
  sqlite3_int64 at; /* where the bytes belong */
  size_t size;
  bool ends;          /* the page that comes next is the last one of its transaction */
  int failed;         /* of the first write that failed: none goes on behind it, */
  sqlite3_int64 lost; /* and from here on the file has not what SQLite believes */
  unsigned char bytes[CAPACITY];
};

static neap_gather *of(sqlite3_file *file) { return (neap_gather *)(uintptr_t)file->pMethods; }

static int put(neap_gather *self, sqlite3_file *file, const void *bytes, size_t size, sqlite3_int64 at) {
  if (self->failed == SQLITE_OK && (self->failed = self->below->xWrite(file, bytes, (int)size, at)) != SQLITE_OK)
    self->lost = at;
  return self->failed;
}

static int hand_on(neap_gather *self, sqlite3_file *file) {
  size_t size = self->size;
  self->size = 0;
  return size > 0 ? put(self, file, self->bytes, size, self->at) : SQLITE_OK;
}

static bool is_last_header(const unsigned char *bytes, size_t size) {
  static const unsigned char none[4];
  return size == FRAME_HEADER && memcmp(bytes + LAST_WORD, none, sizeof none) != 0;
}

static int gather_write(sqlite3_file *file, const void *bytes, int amount, sqlite3_int64 at) {
  neap_gather *self = of(file);
  size_t size = (size_t)amount;
  bool follows = at == self->at + (sqlite3_int64)self->size && size <= CAPACITY - self->size;
  int code = self->failed;
  if (code == SQLITE_OK && !follows) code = hand_on(self, file);
  if (code != SQLITE_OK) return code;
  if (size > CAPACITY) return put(self, file, bytes, size, at);
  if (self->size == 0) self->at = at;
  memcpy(self->bytes + self->size, bytes, size);
  self->size += size;
  bool is_whole = self->ends;
  self->ends = !is_whole && is_last_header(bytes, size);
  return is_whole ? hand_on(self, file) : SQLITE_OK;
}

static int gather_read(sqlite3_file *file, void *bytes, int amount, sqlite3_int64 at) {
  neap_gather *self = of(file);
  int code = hand_on(self, file);
  if (code == SQLITE_OK && self->failed != SQLITE_OK && at + amount > self->lost) code = SQLITE_IOERR_READ;
  return code == SQLITE_OK ? self->below->xRead(file, bytes, amount, at) : code;
}

static int gather_truncate(sqlite3_file *file, sqlite3_int64 size) {
  int code = hand_on(of(file), file);
  return code == SQLITE_OK ? of(file)->below->xTruncate(file, size) : code;
}

static int gather_sync(sqlite3_file *file, int flags) {
  int code = hand_on(of(file), file);
  return code == SQLITE_OK ? of(file)->below->xSync(file, flags) : code;
}

static int gather_size(sqlite3_file *file, sqlite3_int64 *out) {
  int code = hand_on(of(file), file);
  return code == SQLITE_OK ? of(file)->below->xFileSize(file, out) : code;
}

static int gather_close(sqlite3_file *file) {
  neap_gather *self = of(file);
  int code = hand_on(self, file);
  file->pMethods = self->below;
  int closed = self->below->xClose(file);
  return code == SQLITE_OK ? closed : code;
}

/* Its file is opened by the first look at the database. */
static bool has_log(sqlite3 *database) {
  sqlite3_stmt *mode = NULL;
  sqlite3_exec(database, "PRAGMA main.schema_version", NULL, NULL, NULL);
  bool is_log = sqlite3_prepare_v2(database, "PRAGMA main.journal_mode", -1, &mode, NULL) == SQLITE_OK &&
                sqlite3_step(mode) == SQLITE_ROW && strcmp((const char *)sqlite3_column_text(mode, 0), "wal") == 0;
  sqlite3_finalize(mode);
  return is_log;
}

neap_status neap_gather_begin(sqlite3 *database, neap_gather **out, neap_fault *fault) {
  sqlite3_file *file = NULL;
  *out = NULL;
  if (!has_log(database) || sqlite3_file_control(database, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file) != SQLITE_OK ||
      !file->pMethods)
    return NEAP_OK;
  neap_gather *self = malloc(sizeof *self);
  if (!self) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a store");
  memset(self, 0, offsetof(neap_gather, bytes));
  self->below = file->pMethods;
  self->methods = *self->below;
  self->methods.xRead = gather_read;
  self->methods.xWrite = gather_write;
  self->methods.xTruncate = gather_truncate;
  self->methods.xSync = gather_sync;
  self->methods.xFileSize = gather_size;
  self->methods.xClose = gather_close;
  file->pMethods = &self->methods;
  *out = self;
  return NEAP_OK;
}

void neap_gather_free(neap_gather *gather) { free(gather); }
