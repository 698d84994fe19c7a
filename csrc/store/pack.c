/* SPDX-License-Identifier: MIT */
/* pack: adds parts to a copy, in one transaction. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/pack_parts.h"
#include "store/reader.h"
#include "store/schema.h"

neap_status neap_pack_fail(const char *path, neap_status status, const char *code, const char *words,
                           neap_fault *fault) {
  neap_fail(fault, status, code, "%s", words);
  neap_fault_set_where(fault, "%s", path);
  return status;
}

neap_pack *neap_pack_new(const char *path, neap_fault *fault) {
  neap_pack *pack = calloc(1, sizeof *pack + strlen(path) + 1);
  if (pack) pack->digest = neap_digest_new();
  if (pack && pack->digest) return strcpy(pack->path, path), pack;
  free(pack);
  neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a pack");
  return NULL;
}

void neap_pack_close(neap_pack *pack) {
  if (!pack) return;
  sqlite3_finalize(pack->statement);
  sqlite3_close(pack->database);
  neap_digest_free(pack->digest);
  free(pack);
}

static neap_status begin(neap_pack *pack, neap_fault *fault) {
  if (sqlite3_open_v2(pack->path, &pack->database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
    return neap_sql_fail(pack->database, pack->path, "open the pack", fault);
  neap_status status = neap_schema_check_header(pack->database, pack->path, fault);
  if (status == NEAP_OK)
    status = neap_sql_run(pack->database, pack->path, "PRAGMA synchronous = FULL; BEGIN IMMEDIATE", fault);
  if (status == NEAP_OK) status = neap_schema_add_pack(pack->database, pack->path, fault);
  if (status != NEAP_OK) return status;
  return neap_sql_prepare(pack->database, pack->path, "INSERT INTO part VALUES (?1, ?2, ?3)", &pack->statement, fault);
}

neap_status neap_pack_make(const char *path, neap_pack **out, neap_fault *fault) {
  neap_pack *pack = neap_pack_new(path, fault);
  if (!pack) return NEAP_MEMORY;
  neap_status status = begin(pack, fault);
  if (status == NEAP_OK) return *out = pack, NEAP_OK;
  neap_pack_close(pack);
  return status;
}

static neap_status start_part(neap_pack *pack, const char *name, neap_pack_part *out, neap_fault *fault) {
  size_t length = strlen(name);
  if (length == 0 || length >= NEAP_PACK_NAME)
    return neap_pack_fail(name, NEAP_INVALID, "part_name", "a part's name has 1 to 511 bytes", fault);
  *out = (neap_pack_part){0};
  memcpy(out->name, name, length + 1);
  neap_digest_start(pack->digest);
  return NEAP_OK;
}

static neap_status add_piece(neap_pack *pack, neap_pack_part *part, int64_t number, const void *bytes, size_t size,
                             neap_fault *fault) {
  sqlite3_stmt *insert = pack->statement;
  sqlite3_bind_text(insert, 1, part->name, -1, SQLITE_STATIC);
  sqlite3_bind_int64(insert, 2, number);
  sqlite3_bind_blob(insert, 3, size ? bytes : "", (int)size, SQLITE_STATIC);
  int code = sqlite3_step(insert);
  neap_status status = NEAP_OK;
  if (code == SQLITE_CONSTRAINT)
    status = neap_pack_fail(part->name, NEAP_EXISTS, "part_exists", "the pack has a part of that name", fault);
  else if (code != SQLITE_DONE)
    status = neap_sql_fail(pack->database, pack->path, "write the pack", fault);
  sqlite3_reset(insert);
  sqlite3_clear_bindings(insert);
  neap_digest_update(pack->digest, bytes, size);
  part->size += size;
  return status;
}

static void end_part(neap_pack *pack, neap_pack_part *part) {
  unsigned char digest[NEAP_DIGEST_SIZE];
  neap_digest_finish(pack->digest, digest);
  neap_digest_hex(digest, part->digest);
}

neap_status neap_pack_add(neap_pack *pack, const char *name, const void *bytes, size_t size, neap_pack_part *out,
                          neap_fault *fault) {
  const unsigned char *data = bytes;
  neap_status status = start_part(pack, name, out, fault);
  for (int64_t number = 0; status == NEAP_OK && (number == 0 || size > 0); number++) {
    size_t taken = size < NEAP_PACK_PIECE ? size : NEAP_PACK_PIECE;
    status = add_piece(pack, out, number, data, taken, fault);
    data += taken;
    size -= taken;
  }
  end_part(pack, out);
  return status;
}

static neap_status fail_file(const char *path, int code, neap_fault *fault) {
  neap_fail(fault, code == ENOENT ? NEAP_NOT_FOUND : NEAP_IO, "cannot_read", "cannot pack: %s", strerror(code));
  neap_fault_set_where(fault, "%s", path);
  return code == ENOENT ? NEAP_NOT_FOUND : NEAP_IO;
}

/* A regular file only: nothing is waited for. */
static int open_file(const char *path, int *code) {
  struct stat found;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  *code = fd < 0 || fstat(fd, &found) != 0 ? errno : 0;
  if (*code == 0 && !S_ISREG(found.st_mode)) *code = S_ISDIR(found.st_mode) ? EISDIR : EINVAL;
  if (*code == 0) return fd;
  if (fd >= 0) close(fd);
  return -1;
}

/* As much as a piece takes: read may give less. → bytes, or −1. */
static ssize_t read_piece(int fd, unsigned char *out) {
  size_t have = 0;
  while (have < NEAP_PACK_PIECE) {
    ssize_t got = read(fd, out + have, NEAP_PACK_PIECE - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (got == 0) break;
    have += (size_t)got;
  }
  return (ssize_t)have;
}

/* Into the pack, where there is one; in any case into the digest. */
static neap_status take_piece(neap_pack *pack, neap_pack_part *part, int64_t number, const void *bytes, size_t size,
                              neap_fault *fault) {
  if (pack->statement) return add_piece(pack, part, number, bytes, size, fault);
  neap_digest_update(pack->digest, bytes, size);
  part->size += size;
  return NEAP_OK;
}

static neap_status take_stream(neap_pack *pack, int fd, const char *path, unsigned char *room, neap_pack_part *out,
                               neap_fault *fault) {
  neap_status status = NEAP_OK;
  ssize_t got = NEAP_PACK_PIECE;
  for (int64_t number = 0; status == NEAP_OK && got == NEAP_PACK_PIECE; number++) {
    got = read_piece(fd, room);
    if (got < 0) return fail_file(path, errno, fault);
    if (got > 0 || number == 0) status = take_piece(pack, out, number, room, (size_t)got, fault);
  }
  return status;
}

static neap_status take_file(neap_pack *pack, const char *name, const char *path, neap_pack_part *out,
                             neap_fault *fault) {
  int code;
  neap_status status = start_part(pack, name, out, fault);
  if (status != NEAP_OK) return status;
  unsigned char *room = malloc(NEAP_PACK_PIECE);
  if (!room) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory to read %s", path);
  int fd = open_file(path, &code);
  status = fd < 0 ? fail_file(path, code, fault) : take_stream(pack, fd, path, room, out, fault);
  if (fd >= 0) close(fd);
  free(room);
  end_part(pack, out);
  return status;
}

neap_status neap_pack_add_file(neap_pack *pack, const char *name, const char *path, neap_pack_part *out,
                               neap_fault *fault) {
  return take_file(pack, name, path, out, fault);
}

neap_status neap_pack_measure(const char *path, neap_pack_part *out, neap_fault *fault) {
  neap_pack *none = neap_pack_new("", fault);
  neap_status status = none ? take_file(none, "-", path, out, fault) : NEAP_MEMORY;
  neap_pack_close(none);
  return status;
}

neap_status neap_pack_seal(neap_pack *pack, const char *label, neap_fault *fault) {
  sqlite3_stmt *update = NULL;
  neap_status status =
      neap_sql_prepare(pack->database, pack->path, "UPDATE meta SET value = ?1 WHERE key = 'pack'", &update, fault);
  if (status == NEAP_OK) {
    sqlite3_bind_text(update, 1, label, -1, SQLITE_STATIC);
    if (sqlite3_step(update) != SQLITE_DONE)
      status = neap_sql_fail(pack->database, pack->path, "write the pack", fault);
  }
  sqlite3_finalize(update);
  return status == NEAP_OK ? neap_sql_run(pack->database, pack->path, "COMMIT", fault) : status;
}

neap_status neap_pack_unmake(sqlite3 *database, const char *path, neap_fault *fault) {
  bool is_pack = false;
  neap_status status = neap_schema_is_pack(database, path, &is_pack, fault);
  if (status != NEAP_OK || !is_pack) return status;
  return neap_sql_run(database, path, "DROP TABLE IF EXISTS part; DELETE FROM meta WHERE key = 'pack'; VACUUM", fault);
}
