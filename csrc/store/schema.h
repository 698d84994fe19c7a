/* SPDX-License-Identifier: MIT */
/* schema: the tables, indexes and views of a store's file, and what its header says it is. */
#ifndef NEAP_STORE_SCHEMA_H
#define NEAP_STORE_SCHEMA_H

#include <sqlite3.h>
#include <stdbool.h>

#include "base/fault.h"

enum {
  NEAP_STORE_APPLICATION = 0x4e454150, /* "NEAP" */
  NEAP_STORE_VERSION = 2               /* of the schema: PRAGMA user_version. 2: meta has the tail */
};

/* Fills an empty database. */
neap_status neap_schema_create(sqlite3 *database, const char *path, neap_fault *fault);
neap_status neap_schema_version(sqlite3 *database, const char *path, int *out, neap_fault *fault);
/* Brings tables, views and meta to this version, inside the caller's transaction; events stay as they are. The caller
 * then writes the tail. */
neap_status neap_schema_migrate(sqlite3 *database, const char *path, neap_fault *fault);
/* The table of a pack's parts, and its row of meta (store/pack.h). */
neap_status neap_schema_add_pack(sqlite3 *database, const char *path, neap_fault *fault);
neap_status neap_schema_is_pack(sqlite3 *database, const char *path, bool *out, neap_fault *fault);
/* NEAP_CORRUPT "not_a_store", NEAP_UNSUPPORTED "newer_store". */
neap_status neap_schema_check_header(sqlite3 *database, const char *path, neap_fault *fault);
/* Compares every table, index, view and row of meta with those that a store of its version is made with: NEAP_CORRUPT
 * "schema_changed". */
neap_status neap_schema_compare(sqlite3 *database, const char *path, neap_fault *fault);

/* What SQLite last said about `database`, as a fault: damage is NEAP_CORRUPT "damaged", the rest NEAP_IO
 * "locked", "disk_full", "database_failed". */
neap_status neap_sql_fail(sqlite3 *database, const char *path, const char *doing, neap_fault *fault);
neap_status neap_sql_run(sqlite3 *database, const char *path, const char *sql, neap_fault *fault);
neap_status neap_sql_prepare(sqlite3 *database, const char *path, const char *sql, sqlite3_stmt **out,
                             neap_fault *fault);

#endif
