/* SPDX-License-Identifier: MIT */
/* reader: opens the file of a store for reading, and says plainly why it cannot. */
#ifndef NEAP_STORE_READER_H
#define NEAP_STORE_READER_H

#include <sqlite3.h>

#include "base/fault.h"

/* NEAP_NOT_FOUND (names the file there whose name is nearest), NEAP_CORRUPT "not_a_store" or "damaged",
 * NEAP_UNSUPPORTED "newer_store", NEAP_IO. The caller closes *out. */
neap_status neap_reader_open(const char *path, sqlite3 **out, neap_fault *fault);

#endif
