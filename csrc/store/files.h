/* SPDX-License-Identifier: MIT */
/* files: what the store's files have in common. */
#ifndef NEAP_STORE_FILES_H
#define NEAP_STORE_FILES_H

/* Makes the names in the directory of `path` durable: 0 or an errno. */
int neap_sync_directory(const char *path);
/* The path as SQLite is to see it, which takes "" and ":memory:" for databases without a file; to be freed; NULL
 * without memory. */
char *neap_path_place(const char *path);
/* path ‖ ending, to be freed; NULL without memory. */
char *neap_path_with(const char *path, const char *ending);

#endif
