/* SPDX-License-Identifier: MIT */
/* pack_reader: the parts of a pack, each digested as its bytes lie there. */
#include <string.h>

#include "store/pack_parts.h"
#include "store/reader.h"
#include "store/schema.h"

static neap_status read_label(neap_pack *pack, neap_fault *fault) {
  sqlite3_stmt *row = NULL;
  neap_status status =
      neap_sql_prepare(pack->database, pack->path, "SELECT value FROM meta WHERE key = 'pack'", &row, fault);
  int code = status == NEAP_OK ? sqlite3_step(row) : SQLITE_ERROR;
  size_t length = code == SQLITE_ROW ? (size_t)sqlite3_column_bytes(row, 0) : 0;
  if (code == SQLITE_ROW && length < NEAP_PACK_LABEL) memcpy(pack->label, sqlite3_column_text(row, 0), length);
  sqlite3_finalize(row);
  if (status == NEAP_OK && code != SQLITE_ROW)
    return neap_pack_fail(pack->path, NEAP_CORRUPT, "not_a_pack",
                          "this is a store of events and no proof pack: it has no label", fault);
  return status;
}

neap_status neap_pack_open(const char *path, neap_pack **out, neap_fault *fault) {
  static const char sql[] = "SELECT name, piece, bytes FROM part ORDER BY name, piece";
  neap_pack *pack = neap_pack_new(path, fault);
  if (!pack) return NEAP_MEMORY;
  neap_status status = neap_reader_open(path, &pack->database, fault);
  if (status == NEAP_OK) status = read_label(pack, fault);
  if (status == NEAP_OK) status = neap_sql_prepare(pack->database, pack->path, sql, &pack->statement, fault);
  if (status == NEAP_OK) return *out = pack, NEAP_OK;
  neap_pack_close(pack);
  return status;
}

const char *neap_pack_label(const neap_pack *pack) { return pack->label; }

static neap_status step(neap_pack *pack, neap_fault *fault) {
  int code = sqlite3_step(pack->statement);
  pack->has_row = code == SQLITE_ROW;
  if (code == SQLITE_ROW || code == SQLITE_DONE) return NEAP_OK;
  return neap_sql_fail(pack->database, pack->path, "read the parts", fault);
}

static neap_status damaged(const neap_pack *pack, const char *name, const char *words, neap_fault *fault) {
  neap_fail(fault, NEAP_CORRUPT, "part_damaged", "part '%.80s': %s", name, words);
  neap_fault_set_where(fault, "%s", pack->path);
  return NEAP_CORRUPT;
}

/* The type comes first: what was read as text is one from then on. */
static bool has_name(sqlite3_stmt *row, const char *name) {
  if (sqlite3_column_type(row, 0) != SQLITE_TEXT) return false;
  const char *found = (const char *)sqlite3_column_text(row, 0);
  return found && strcmp(found, name) == 0;
}

/* The name of the part that the row begins. */
static neap_status take_name(neap_pack *pack, neap_pack_part *out, neap_fault *fault) {
  bool is_text = sqlite3_column_type(pack->statement, 0) == SQLITE_TEXT;
  const char *name = (const char *)sqlite3_column_text(pack->statement, 0);
  size_t length = (size_t)sqlite3_column_bytes(pack->statement, 0);
  *out = (neap_pack_part){0};
  if (!is_text || !name || length == 0 || length >= NEAP_PACK_NAME || memchr(name, '\0', length))
    return damaged(pack, name ? name : "", "its name is none", fault);
  memcpy(out->name, name, length);
  return NEAP_OK;
}

static neap_status take_piece(neap_pack *pack, neap_pack_part *part, int64_t number, neap_fault *fault) {
  sqlite3_stmt *row = pack->statement;
  size_t size = (size_t)sqlite3_column_bytes(row, 2);
  bool is_piece = sqlite3_column_type(row, 1) == SQLITE_INTEGER && sqlite3_column_int64(row, 1) == number;
  if (!is_piece || sqlite3_column_type(row, 2) != SQLITE_BLOB)
    return damaged(pack, part->name, "a piece of it is missing, or was added", fault);
  if (size) neap_digest_update(pack->digest, sqlite3_column_blob(row, 2), size);
  part->size += size;
  return step(pack, fault);
}

neap_status neap_pack_next(neap_pack *pack, neap_pack_part *out, neap_fault *fault) {
  unsigned char digest[NEAP_DIGEST_SIZE];
  neap_status status = pack->begun ? NEAP_OK : step(pack, fault);
  pack->begun = true; /* a statement that is stepped behind its end would begin again */
  if (status != NEAP_OK) return status;
  if (!pack->has_row) return NEAP_END;
  status = take_name(pack, out, fault);
  neap_digest_start(pack->digest);
  for (int64_t number = 0; status == NEAP_OK && pack->has_row && has_name(pack->statement, out->name); number++)
    status = take_piece(pack, out, number, fault);
  neap_digest_finish(pack->digest, digest);
  neap_digest_hex(digest, out->digest);
  return status;
}

static neap_status append(sqlite3_stmt *row, const char *name, uint64_t most, neap_buffer *out, neap_fault *fault) {
  size_t size = (size_t)sqlite3_column_bytes(row, 0);
  if (out->size + size > most) {
    neap_fail(fault, NEAP_RANGE, "part_size", "part '%.80s' is over %llu bytes", name, (unsigned long long)most);
    return NEAP_RANGE;
  }
  if (size) neap_buffer_append(out, sqlite3_column_blob(row, 0), size);
  return out->status == NEAP_OK ? NEAP_OK : neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a part");
}

neap_status neap_pack_read(neap_pack *pack, const char *name, uint64_t most, neap_buffer *out, neap_fault *fault) {
  sqlite3_stmt *pieces = NULL;
  int code = SQLITE_DONE;
  bool is_there = false;
  neap_status status = neap_sql_prepare(pack->database, pack->path,
                                        "SELECT bytes FROM part WHERE name = ?1 ORDER BY piece", &pieces, fault);
  if (status == NEAP_OK) sqlite3_bind_text(pieces, 1, name, -1, SQLITE_STATIC);
  while (status == NEAP_OK && (code = sqlite3_step(pieces)) == SQLITE_ROW) {
    is_there = true;
    status = append(pieces, name, most, out, fault);
  }
  if (status == NEAP_OK && code != SQLITE_DONE)
    status = neap_sql_fail(pack->database, pack->path, "read a part", fault);
  sqlite3_finalize(pieces);
  if (status != NEAP_OK || is_there) return status;
  return neap_fail(fault, NEAP_NOT_FOUND, "no_such_part", "part '%.80s' is not there", name);
}
