/* SPDX-License-Identifier: MIT */
/* writer: batches of events become rows of SQLite, each in one durable transaction. One thread at a time. The caller
 * holds the store's lock. */
#ifndef NEAP_STORE_WRITER_H
#define NEAP_STORE_WRITER_H

#include <sqlite3.h>

#include "store/units.h"

typedef struct neap_writer neap_writer;

/* A new file, or one in the place of an empty one; it gets its name when it is complete. `path` is a neap_path_place.
 * NEAP_EXISTS, NEAP_IO. */
neap_status neap_writer_create(const char *path, neap_writer **out, neap_fault *fault);
/* Opens a store, of an older version too, and puts the fresh `chain` behind its last event. What neap_reader_open says;
 * NEAP_CORRUPT when the tail is not the one that was written. */
neap_status neap_writer_resume(const char *path, neap_chain *chain, neap_writer **out, neap_fault *fault);
/* All or nothing. NEAP_CORRUPT "corrupt_record": no file could take it. */
neap_status neap_writer_write(neap_writer *writer, const neap_batch *batch, neap_fault *fault);
/* Moves the events of a reserve beside the store into it; those that it has already are compared. Gives their number.
 * The reserve stays. */
neap_status neap_writer_import(neap_writer *writer, neap_chain *chain, uint64_t *count, neap_fault *fault);
sqlite3 *neap_writer_database(neap_writer *writer);
/* A new store whose making failed elsewhere: closes and removes it. */
void neap_writer_discard(neap_writer *writer);
neap_status neap_writer_close(neap_writer *writer, neap_fault *fault); /* frees in any case; NULL is accepted */

#endif
