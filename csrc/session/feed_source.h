/* SPDX-License-Identifier: MIT */
/* feed_source: the lines of a plain or gzip text file, and the digest of what was read. For feed only. */
#ifndef NEAP_SESSION_FEED_SOURCE_H
#define NEAP_SESSION_FEED_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"

typedef struct neap_source neap_source;

/* A file, or a pipe into which somebody writes. NEAP_NOT_FOUND (nearest: a file name beside it), NEAP_IO, NEAP_MEMORY.
 */
neap_status neap_source_open(const char *path, neap_source **out, neap_fault *fault);
void neap_source_close(neap_source *source); /* NULL is accepted */

/* What lies ahead, without a byte order mark: as much as the buffer holds, at least the whole of a small file. */
void neap_source_peek(const neap_source *source, const char **text, size_t *length);
/* NEAP_OK, or the failure that ended the reading ahead. */
neap_status neap_source_failure(const neap_source *source, neap_fault *fault);
/* After a bad line: a damaged archive gives bad lines before its check sum is met. Reads on, and if that is so puts it
 * in the place of `fault`. Ends the reading. */
void neap_source_blame(neap_source *source, neap_fault *fault);
/* The next line, without its newline, valid until the next call. NEAP_OK, NEAP_END, NEAP_IO (damaged or cut off gzip, a
 * failing disk, a line longer than the buffer). */
neap_status neap_source_line(neap_source *source, const char **line, size_t *length, neap_fault *fault);
uint64_t neap_source_line_number(const neap_source *source); /* of the line that was read last, from 1 */
/* The digest of all lines read so far. Ends the reading. */
void neap_source_digest(neap_source *source, char out[NEAP_DIGEST_TEXT]);

#endif
