/* SPDX-License-Identifier: MIT */
/* gather: SQLite hands each page of its log, and each page's header, to the system by itself; here those of one
 * transaction become one write. Nothing waits once the transaction's last page is there, or anything else is asked of
 * the file: other processes never see less than they would without (docs/adr/ADR-094-who-waits-commits.md). */
#ifndef NEAP_STORE_GATHER_H
#define NEAP_STORE_GATHER_H

#include <sqlite3.h>

#include "base/fault.h"

typedef struct neap_gather neap_gather;

/* Stands between `database` and its log from now on; *out is NULL when it keeps none. NEAP_MEMORY. */
neap_status neap_gather_begin(sqlite3 *database, neap_gather **out, neap_fault *fault);
void neap_gather_free(neap_gather *gather); /* when the database is closed; NULL is accepted */

#endif
