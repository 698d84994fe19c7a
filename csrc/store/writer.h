/* SPDX-License-Identifier: MIT */
/* writer: one group of events becomes rows of SQLite, in one durable transaction. */
#ifndef NEAP_STORE_WRITER_H
#define NEAP_STORE_WRITER_H

#include "base/buffer.h"
#include "base/digest.h"

typedef struct neap_writer neap_writer;

/* A new file, or one that is empty. NEAP_EXISTS, NEAP_IO. */
neap_status neap_writer_open(const char *path, neap_writer **out, neap_fault *fault);
/* Writes the packed events of `group`; the last gets `hash`. All or nothing. */
neap_status neap_writer_write(neap_writer *writer, const neap_buffer *group, const unsigned char hash[NEAP_DIGEST_SIZE],
                              neap_fault *fault);
neap_status neap_writer_close(neap_writer *writer, neap_fault *fault); /* frees in any case; NULL is accepted */

#endif
