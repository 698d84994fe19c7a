/* SPDX-License-Identifier: MIT */
/* reader: looks at the file before SQLite does, for SQLite takes an empty file for a database and makes what is
 * missing. */
#include "store/reader.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/files.h"
#include "store/schema.h"

enum { NAME_SIZE = 64, PATH_SIZE = 4096 };

/* The name nearest to `name` in the directory, however many there are, or "". */
static void find_nearest(DIR *directory, const char *name, char best[NAME_SIZE]) {
  const struct dirent *entry;
  best[0] = '\0';
  while ((entry = readdir(directory))) {
    size_t length = strlen(entry->d_name);
    if (entry->d_name[0] == '.' || length >= NAME_SIZE) continue;
    const char *const both[] = {best, entry->d_name};
    if (neap_nearest_word(name, both, 2) == both[1]) memcpy(best, entry->d_name, length + 1);
  }
}

/* Names, as `nearest`, the file in the same directory whose name is like the one that is not there. */
static void set_nearest_file(const char *path, neap_fault *fault) {
  char directory[PATH_SIZE], best[NAME_SIZE];
  const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
  int length = snprintf(directory, sizeof directory, "%.*s", slash ? (int)(slash - path + 1) : 1, slash ? path : ".");
  DIR *open_directory = length < PATH_SIZE ? opendir(directory) : NULL;
  if (!open_directory) return;
  find_nearest(open_directory, name, best);
  closedir(open_directory);
  if (best[0]) neap_fault_set_nearest(fault, best);
}

static neap_status say(const char *path, neap_status status, const char *code, const char *words, neap_fault *fault) {
  neap_fail(fault, status, code, "%s", words);
  neap_fault_set_where(fault, "%s", path);
  return status;
}

static neap_status say_unreadable(const char *path, int error, neap_fault *fault) {
  char words[96];
  snprintf(words, sizeof words, "cannot read the store: %s", strerror(error));
  return say(path, NEAP_IO, "cannot_read", words, fault);
}

static neap_status say_missing(const char *path, neap_fault *fault) {
  if (errno != ENOENT && errno != ENOTDIR) return say_unreadable(path, errno, fault);
  say(path, NEAP_NOT_FOUND, "no_such_store", "no such event store", fault);
  if (fault) set_nearest_file(path, fault);
  return NEAP_NOT_FOUND;
}

static neap_status check_file(const char *path, neap_fault *fault) {
  struct stat found;
  if (stat(path, &found) != 0) return say_missing(path, fault);
  if (S_ISDIR(found.st_mode))
    return say(path, NEAP_CORRUPT, "not_a_store", "this is not a Neap event store: a directory", fault);
  if (!S_ISREG(found.st_mode))
    return say(path, NEAP_CORRUPT, "not_a_store", "this is not a Neap event store: not a regular file", fault);
  if (access(path, R_OK) != 0) return say_unreadable(path, errno, fault);
  if (found.st_size == 0)
    return say(path, NEAP_CORRUPT, "not_a_store", "this is not a Neap event store: the file is empty", fault);
  return NEAP_OK;
}

static neap_status open_database(const char *path, int flags, sqlite3 **out, neap_fault *fault) {
  char *place = neap_path_place(path);
  if (!place) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a path");
  int code = sqlite3_open_v2(place, out, flags | SQLITE_OPEN_NOMUTEX, NULL);
  free(place);
  if (code != SQLITE_OK) return neap_sql_fail(*out, path, "open", fault);
  sqlite3_busy_timeout(*out, 1000);
  sqlite3_db_config(*out, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  return NEAP_OK;
}

/* A writer that was killed may leave a half-done transaction, which only one who may write can take back. */
static neap_status open_to_recover(const char *path, sqlite3 **out, neap_fault *fault) {
  sqlite3_close(*out);
  *out = NULL;
  neap_status status = open_database(path, SQLITE_OPEN_READWRITE, out, fault);
  if (status == NEAP_OK) status = neap_schema_check_header(*out, path, fault);
  return status == NEAP_OK ? neap_sql_run(*out, path, "PRAGMA query_only = ON", fault) : status;
}

neap_status neap_reader_open(const char *path, sqlite3 **out, neap_fault *fault) {
  sqlite3 *database = NULL;
  neap_status status = check_file(path, fault);
  if (status == NEAP_OK) status = open_database(path, SQLITE_OPEN_READONLY, &database, fault);
  if (status == NEAP_OK) status = neap_schema_check_header(database, path, fault);
  if (status == NEAP_IO && database && (sqlite3_errcode(database) & 0xff) == SQLITE_READONLY)
    status = open_to_recover(path, &database, fault);
  if (status == NEAP_OK)
    *out = database;
  else
    sqlite3_close(database);
  return status;
}
