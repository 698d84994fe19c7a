/* SPDX-License-Identifier: MIT */
/* schema: makes the tables of a store, and knows them again. */
#include "store/schema.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { DESCRIPTION = 96 };

/* Version 1. What came later are the steps below: a new store takes all of them, an old one those that it lacks. */
static const char schema_sql[] =
    "BEGIN IMMEDIATE;"
    "PRAGMA application_id = 0x4e454150; PRAGMA user_version = 1;"
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    "INSERT INTO meta VALUES ('chain', 'neap.chain/1'), ('schema', 'neap.event_store/1');"
    "CREATE TABLE event(seq INTEGER PRIMARY KEY, ts_ns INTEGER NOT NULL, type TEXT NOT NULL,"
    " version INTEGER NOT NULL, run TEXT NOT NULL, cause_seq INTEGER NOT NULL, product TEXT NOT NULL,"
    " client_order_id TEXT NOT NULL, record BLOB NOT NULL, body TEXT NOT NULL, hash BLOB);"
    "CREATE INDEX event_type ON event(type);"
    "CREATE INDEX event_client_order_id ON event(client_order_id) WHERE client_order_id <> '';"
    "CREATE INDEX event_product ON event(product) WHERE product <> '';"
    "CREATE VIEW orders AS SELECT client_order_id, run, product, seq, ts_ns, type, cause_seq, body FROM event"
    " WHERE seq IN (SELECT max(seq) FROM event WHERE client_order_id <> '' AND type GLOB 'order_*'"
    " GROUP BY client_order_id);"
    "CREATE VIEW fills AS SELECT client_order_id, run, product, seq, ts_ns, type, cause_seq, body FROM event"
    " WHERE seq IN (SELECT max(seq) FROM event WHERE client_order_id <> '' AND type = 'order_filled'"
    " GROUP BY client_order_id);"
    "CREATE VIEW runs AS SELECT run, min(seq) AS first_seq, max(seq) AS last_seq, min(ts_ns) AS first_ts_ns,"
    " max(ts_ns) AS last_ts_ns FROM event GROUP BY run;"
    "COMMIT";

/* From version i + 1 to i + 2. A store of version 1 has whole groups only: its tail follows from its last hash. The
 * tail of no events is SHA-256("neap.tail/1" ‖ SHA-256("neap.chain/1")); SQLite has no SHA-256, so the writer sets that
 * of others. */
static const char *const steps_sql[NEAP_STORE_VERSION - 1] = {
    "PRAGMA user_version = 2;"
    "UPDATE meta SET value = 'neap.event_store/2' WHERE key = 'schema';"
    "INSERT INTO meta VALUES ('tail', '0 17c2a4fd42f887a41fe9896f7a34e9966b2b405658f7934e202a653fe9db9b75')"};

/* What a pack has besides. */
static const char pack_sql[] =
    "CREATE TABLE part(name TEXT NOT NULL, piece INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY(name, piece));"
    "INSERT INTO meta VALUES ('pack', '')";

/* The tail differs from store to store, and the label from pack to pack: who verifies looks at them. */
static const char contents_sql[] =
    "SELECT type, name, tbl_name, sql FROM sqlite_schema UNION ALL SELECT 'row', key,"
    " CASE WHEN key IN ('tail', 'pack') THEN '' ELSE value END, NULL FROM meta ORDER BY 1, 2";

/* SQLite's "disk I/O error" with what the system said. */
static const char *words_of(sqlite3 *database) {
  int code = sqlite3_system_errno(database);
  bool is_io = (sqlite3_errcode(database) & 0xff) == SQLITE_IOERR;
  return is_io && code ? strerror(code) : sqlite3_errmsg(database);
}

neap_status neap_sql_fail(sqlite3 *database, const char *path, const char *doing, neap_fault *fault) {
  int code = sqlite3_errcode(database) & 0xff;
  if (code == SQLITE_NOTADB)
    neap_fail(fault, NEAP_CORRUPT, "not_a_store", "this is not a Neap event store: not an SQLite file");
  else if (code == SQLITE_CORRUPT || code == SQLITE_FORMAT)
    neap_fail(fault, NEAP_CORRUPT, "damaged", "the file is damaged, cannot %s: %s", doing, sqlite3_errmsg(database));
  else if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
    neap_fail(fault, NEAP_IO, "locked", "cannot %s: the store is locked by another program", doing);
  else
    neap_fail(fault, NEAP_IO, code == SQLITE_FULL ? "disk_full" : "database_failed", "cannot %s: %s", doing,
              words_of(database));
  neap_fault_set_where(fault, "%s", path);
  bool is_damage = code == SQLITE_NOTADB || code == SQLITE_CORRUPT || code == SQLITE_FORMAT;
  return is_damage ? NEAP_CORRUPT : NEAP_IO;
}

neap_status neap_sql_run(sqlite3 *database, const char *path, const char *sql, neap_fault *fault) {
  if (sqlite3_exec(database, sql, NULL, NULL, NULL) == SQLITE_OK) return NEAP_OK;
  return neap_sql_fail(database, path, "write", fault);
}

neap_status neap_sql_prepare(sqlite3 *database, const char *path, const char *sql, sqlite3_stmt **out,
                             neap_fault *fault) {
  if (sqlite3_prepare_v2(database, sql, -1, out, NULL) == SQLITE_OK) return NEAP_OK;
  return neap_sql_fail(database, path, "read", fault);
}

static neap_status create(sqlite3 *database, const char *path, int version, neap_fault *fault) {
  neap_status status = neap_sql_run(database, path, schema_sql, fault);
  for (int have = 1; status == NEAP_OK && have < version; have++)
    status = neap_sql_run(database, path, steps_sql[have - 1], fault);
  return status;
}

neap_status neap_schema_create(sqlite3 *database, const char *path, neap_fault *fault) {
  return create(database, path, NEAP_STORE_VERSION, fault);
}

neap_status neap_schema_add_pack(sqlite3 *database, const char *path, neap_fault *fault) {
  return neap_sql_run(database, path, pack_sql, fault);
}

static neap_status read_number(sqlite3 *database, const char *path, const char *sql, int64_t *out, neap_fault *fault) {
  sqlite3_stmt *statement = NULL;
  neap_status status = neap_sql_prepare(database, path, sql, &statement, fault);
  if (status == NEAP_OK && sqlite3_step(statement) != SQLITE_ROW)
    status = neap_sql_fail(database, path, "read", fault);
  else if (status == NEAP_OK)
    *out = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  return status;
}

neap_status neap_schema_version(sqlite3 *database, const char *path, int *out, neap_fault *fault) {
  int64_t version = 0;
  neap_status status = read_number(database, path, "PRAGMA user_version", &version, fault);
  *out = (int)version;
  return status;
}

/* A store without a table meta is no pack; that it is no store either, comparing says. */
neap_status neap_schema_is_pack(sqlite3 *database, const char *path, bool *out, neap_fault *fault) {
  sqlite3_stmt *row = NULL;
  int code = sqlite3_prepare_v2(database, "SELECT 1 FROM meta WHERE key = 'pack'", -1, &row, NULL);
  bool has_meta = (code & 0xff) != SQLITE_ERROR;
  if (code == SQLITE_OK) code = sqlite3_step(row);
  *out = code == SQLITE_ROW;
  bool is_known = *out || code == SQLITE_DONE || !has_meta;
  neap_status status = is_known ? NEAP_OK : neap_sql_fail(database, path, "read", fault);
  sqlite3_finalize(row);
  return status;
}

neap_status neap_schema_migrate(sqlite3 *database, const char *path, neap_fault *fault) {
  int version;
  neap_status status = neap_schema_version(database, path, &version, fault);
  for (; status == NEAP_OK && version < NEAP_STORE_VERSION; version++)
    status = neap_sql_run(database, path, steps_sql[version - 1], fault);
  return status;
}

neap_status neap_schema_check_header(sqlite3 *database, const char *path, neap_fault *fault) {
  int64_t application, version;
  neap_status status = read_number(database, path, "PRAGMA application_id", &application, fault);
  if (status == NEAP_OK) status = read_number(database, path, "PRAGMA user_version", &version, fault);
  if (status != NEAP_OK) return status;
  if (application != NEAP_STORE_APPLICATION)
    status = neap_fail(fault, NEAP_CORRUPT, "not_a_store",
                       "this is not a Neap event store: an SQLite file of something else");
  else if (version > NEAP_STORE_VERSION)
    status = neap_fail(fault, NEAP_UNSUPPORTED, "newer_store",
                       "written by a newer program: its format is %lld, this one reads up to %d", (long long)version,
                       NEAP_STORE_VERSION);
  else if (version < 1)
    status =
        neap_fail(fault, NEAP_CORRUPT, "not_a_store", "its format is %lld, which no program wrote", (long long)version);
  if (status != NEAP_OK) neap_fault_set_where(fault, "%s", path);
  return status;
}

static const char *column(sqlite3_stmt *statement, int index) {
  const char *text = (const char *)sqlite3_column_text(statement, index);
  return text ? text : "";
}

static bool is_same_row(sqlite3_stmt *ours, sqlite3_stmt *theirs) {
  for (int i = 0; i < 4; i++)
    if (strcmp(column(ours, i), column(theirs, i)) != 0) return false;
  return true;
}

/* Fills `text` with what a row is about; a statement that has ended, or is absent, has no row. */
static void describe(sqlite3_stmt *statement, char text[DESCRIPTION]) {
  if (statement && sqlite3_data_count(statement) > 0)
    snprintf(text, DESCRIPTION, "%s '%s'", column(statement, 0), column(statement, 1));
  else
    snprintf(text, DESCRIPTION, "nothing");
}

static neap_status say_changed(const char *path, sqlite3_stmt *ours, sqlite3_stmt *theirs, neap_fault *fault) {
  char expected[DESCRIPTION], found[DESCRIPTION];
  describe(ours, expected);
  describe(theirs, found);
  neap_fail(fault, NEAP_CORRUPT, "schema_changed",
            "the schema is not the one that Neap wrote: %s is there where %s was written", found, expected);
  neap_fault_set_where(fault, "%s", path);
  return NEAP_CORRUPT;
}

static neap_status compare_rows(sqlite3_stmt *ours, sqlite3_stmt *theirs, const char *path, neap_fault *fault) {
  for (;;) {
    int have = sqlite3_step(ours), found = sqlite3_step(theirs);
    if (have != SQLITE_ROW && have != SQLITE_DONE)
      return neap_sql_fail(sqlite3_db_handle(ours), path, "make a model of the schema", fault);
    if (found != SQLITE_ROW && found != SQLITE_DONE)
      return neap_sql_fail(sqlite3_db_handle(theirs), path, "read the schema", fault);
    if (have == SQLITE_DONE && found == SQLITE_DONE) return NEAP_OK;
    if (have != found || !is_same_row(ours, theirs)) return say_changed(path, ours, theirs, fault);
  }
}

neap_status neap_schema_compare(sqlite3 *database, const char *path, neap_fault *fault) {
  sqlite3 *model = NULL;
  sqlite3_stmt *ours = NULL, *theirs = NULL;
  bool is_pack = false;
  int version;
  neap_status status = neap_schema_version(database, path, &version, fault);
  if (status == NEAP_OK &&
      sqlite3_open_v2(":memory:", &model, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) != SQLITE_OK)
    status = neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a model of the schema");
  if (status == NEAP_OK) status = create(model, path, version, fault);
  if (status == NEAP_OK) status = neap_schema_is_pack(database, path, &is_pack, fault);
  if (status == NEAP_OK && is_pack) status = neap_schema_add_pack(model, path, fault);
  if (status == NEAP_OK) status = neap_sql_prepare(model, path, contents_sql, &ours, fault);
  if (status == NEAP_OK) status = neap_sql_prepare(database, path, contents_sql, &theirs, fault);
  if (status == NEAP_IO && (sqlite3_errcode(database) & 0xff) == SQLITE_ERROR)
    status = say_changed(path, NULL, NULL, fault); /* no table meta */
  else if (status == NEAP_OK)
    status = compare_rows(ours, theirs, path, fault);
  sqlite3_finalize(theirs);
  sqlite3_finalize(ours);
  sqlite3_close(model);
  return status;
}
