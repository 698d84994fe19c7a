/* SPDX-License-Identifier: MIT */
/* segment: files of one long run of bytes: compressed blocks, appended and never changed, each chained by SHA-256 to
 * the one before it. What a crash left of a block at the end is cut. Takes bytes; knows nothing of what they say.
 *
 * DIRECTORY/0001.seg …: a header (64 bytes): "NEAPSEG1", number u32, version u32, offset u64 of its first byte in the
 * run, 8 zeros, the digest of the block before it (zeros: there is none). A block: header (64 bytes): "NEAPBLK1", raw
 * size u32, packed size u32, offset u64, flags u32, 4 zeros, digest; then the packed bytes (zlib). digest =
 * SHA-256(digest before ‖ raw size ‖ packed size ‖ offset ‖ flags ‖ packed bytes). Little-endian. */
#ifndef NEAP_STORE_SEGMENT_H
#define NEAP_STORE_SEGMENT_H

#include <stdint.h>

#include "base/buffer.h"
#include "base/digest.h"

enum {
  NEAP_SEGMENT_BLOCK = 256 << 10, /* the most raw bytes of a block */
  NEAP_SEGMENT_BYTES = 16 << 20,  /* packed bytes of a segment, about */
  NEAP_SEGMENT_FRESH = 1          /* flag: whoever wrote this block began here */
};

typedef struct neap_segment_writer neap_segment_writer;

/* Goes on behind the last whole block of the directory, in a segment of its own. *offset: bytes of the run so far.
 * NEAP_IO, NEAP_MEMORY; NEAP_CORRUPT "bad_segment": the last segment is not one. */
neap_status neap_segment_writer_open(const char *directory, neap_segment_writer **out, uint64_t *offset,
                                     neap_fault *fault);
/* Up to NEAP_SEGMENT_BLOCK bytes, compressed, written and synced. NEAP_IO: what is there is as before. */
neap_status neap_segment_write(neap_segment_writer *writer, const void *bytes, size_t count, uint32_t flags,
                               neap_fault *fault);
void neap_segment_writer_close(neap_segment_writer *writer); /* NULL is accepted */

typedef struct neap_segment_reader neap_segment_reader;

typedef struct neap_segment_block {
  const unsigned char *bytes; /* until the next one */
  size_t count;
  uint64_t offset;
  uint32_t flags;
  unsigned segment; /* number of its file */
} neap_segment_block;

/* may_be_torn: whoever wrote it may have died meanwhile; what is not whole at the very end is then not there. */
neap_status neap_segment_reader_open(const char *directory, bool may_be_torn, neap_segment_reader **out,
                                     neap_fault *fault);
/* NEAP_END behind the last whole block. NEAP_CORRUPT "damaged" (a block is not what was written), "missing_segment";
 * `where` names the file and the place in it. */
neap_status neap_segment_read(neap_segment_reader *reader, neap_segment_block *out, neap_fault *fault);
void neap_segment_reader_close(neap_segment_reader *reader); /* NULL is accepted */

#endif
