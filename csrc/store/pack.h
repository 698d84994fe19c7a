/* SPDX-License-Identifier: MIT */
/* pack: a store that carries named parts (a manifest, files, figures) beside its events, so that it can be judged where
 * the session is not. A pack is a store to everything that reads; nothing writes to it. What the parts mean is known
 * above. The row `pack` of meta is the label: the format's name, and what the packer wants to say there.
 *
 * A part lies in pieces of 1 MB, since SQLite has a largest value and no smallest memory. */
#ifndef NEAP_STORE_PACK_H
#define NEAP_STORE_PACK_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/digest.h"

enum { NEAP_PACK_NAME = 512, NEAP_PACK_LABEL = 256 };

typedef struct neap_pack neap_pack;

typedef struct neap_pack_part {
  char name[NEAP_PACK_NAME];
  uint64_t size;
  char digest[NEAP_DIGEST_TEXT]; /* SHA-256 of its bytes */
} neap_pack_part;

/* Makes a pack of a verified store that nobody else has (a copy): nothing lasts before the seal. */
neap_status neap_pack_make(const char *path, neap_pack **out, neap_fault *fault);
/* Adds a part. NEAP_EXISTS "part_exists", NEAP_INVALID "part_name", NEAP_IO. `out` says what was written. */
neap_status neap_pack_add(neap_pack *pack, const char *name, const void *bytes, size_t size, neap_pack_part *out,
                          neap_fault *fault);
/* The bytes of a file, as they are while it is read. */
neap_status neap_pack_add_file(neap_pack *pack, const char *name, const char *path, neap_pack_part *out,
                               neap_fault *fault);
/* What a part made of that file would be, without a pack. */
neap_status neap_pack_measure(const char *path, neap_pack_part *out, neap_fault *fault);
/* The parts last, and the label says `label`. */
neap_status neap_pack_seal(neap_pack *pack, const char *label, neap_fault *fault);

/* The file of a sealed and closed pack gets its end: the digest of all of its bytes, also of those that hold nothing.
 */
neap_status neap_pack_end(const char *path, neap_fault *fault);
/* NEAP_CORRUPT "file_differs": not a byte of it is another, none is missing and none was added, otherwise. */
neap_status neap_pack_check_end(const char *path, uint64_t *bytes, neap_fault *fault);

/* Opens a pack for reading; the faults of neap_query_open, and NEAP_CORRUPT "not_a_pack": a store without parts. */
neap_status neap_pack_open(const char *path, neap_pack **out, neap_fault *fault);
const char *neap_pack_label(const neap_pack *pack);
/* The next part in the order of names, from the first on: reads and digests it. NEAP_END; NEAP_CORRUPT "part_damaged":
 * a name or a piece that no packer writes. */
neap_status neap_pack_next(neap_pack *pack, neap_pack_part *out, neap_fault *fault);
/* Appends a part's bytes. NEAP_NOT_FOUND "no_such_part"; NEAP_RANGE "part_size": over `most`. */
neap_status neap_pack_read(neap_pack *pack, const char *name, uint64_t most, neap_buffer *out, neap_fault *fault);
/* Without a seal what was made is not there. NULL is accepted. */
void neap_pack_close(neap_pack *pack);

/* Takes the parts out of a copy, if it has any, and gives their room back: what is left is a store. */
neap_status neap_pack_unmake(sqlite3 *database, const char *path, neap_fault *fault);

#endif
