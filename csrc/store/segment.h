/* SPDX-License-Identifier: MIT */
/* segment: files of one long run of bytes: compressed blocks, appended and never changed, each chained by SHA-256 to
 * the one before it. What a crash left of a block at the end is cut. Takes bytes; knows nothing of what they say.
 *
 * DIRECTORY/0001.seg …: a header (64 bytes): "NEAPSEG1", number u32, version u32, offset u64 of its first byte in the
 * run, mark u64, the digest of the block before it (zeros: there is none). A block: header (64 bytes): "NEAPBLK1", raw
 * size u32, packed size u32, offset u64, flags u32, 4 zeros, digest; then the packed bytes (zlib). digest =
 * SHA-256(digest before ‖ raw size ‖ packed size ‖ offset ‖ flags ‖ packed bytes). Little-endian.
 *
 * DIRECTORY/trimmed, where the first segments were removed: the header that the first one behind them has, or will
 * have.
 */
#ifndef NEAP_STORE_SEGMENT_H
#define NEAP_STORE_SEGMENT_H

#include <stdint.h>

#include "base/buffer.h"
#include "base/digest.h"

enum {
  NEAP_SEGMENT_BLOCK = 256 << 10, /* the most raw bytes of a block */
  NEAP_SEGMENT_BYTES = 4 << 20,   /* packed bytes of a segment, about: what is read to look into it */
  NEAP_SEGMENT_FRESH = 1,         /* flag: whoever wrote this block began here */
  NEAP_SEGMENT_PLACE = 8          /* the flags' bits from here on are the caller's own */
};

typedef struct neap_segment_block {
  const unsigned char *bytes; /* of the reader's: until the next one */
  size_t count;
  uint32_t flags;
  uint64_t mark; /* of its file, the caller's own */
  /* The reader's: */
  uint64_t offset;
  unsigned segment; /* number of its file */
} neap_segment_block;

typedef struct neap_segment_writer neap_segment_writer;

/* Goes on behind the last whole block of the directory, in a segment of its own. *offset: bytes of the run so far.
 * NEAP_IO, NEAP_MEMORY; NEAP_CORRUPT "bad_segment": the last segment is not one. */
neap_status neap_segment_writer_open(const char *directory, neap_segment_writer **out, uint64_t *offset,
                                     neap_fault *fault);
/* Up to NEAP_SEGMENT_BLOCK bytes, compressed, written and synced. A block that is fresh begins a file. NEAP_IO: what is
 * there is as before. */
neap_status neap_segment_write(neap_segment_writer *writer, const neap_segment_block *block, neap_fault *fault);
void neap_segment_writer_close(neap_segment_writer *writer); /* NULL is accepted */

typedef struct neap_segment_reader neap_segment_reader;

typedef struct neap_segment_reading {
  const char *directory;
  /* Whoever wrote it may have died meanwhile; what is not whole at the very end is then not there. */
  bool may_be_torn;
  /* This segment, whose header is taken at its word; 0, or one that is not there: the first that was not trimmed. */
  unsigned from;
} neap_segment_reading;

neap_status neap_segment_reader_open(const neap_segment_reading *reading, neap_segment_reader **out, neap_fault *fault);
/* NEAP_END behind the last whole block. NEAP_CORRUPT "damaged" (a block is not what was written), "missing_segment";
 * `where` names the file and the place in it. */
neap_status neap_segment_read(neap_segment_reader *reader, neap_segment_block *out, neap_fault *fault);
/* Of the newest file; before anything was read, of the one with which it begins. */
uint64_t neap_segment_reader_mark(const neap_segment_reader *reader);
void neap_segment_reader_close(neap_segment_reader *reader); /* NULL is accepted */

typedef struct neap_segment_facts {
  unsigned number;
  uint64_t bytes; /* of the file */
  uint64_t mark;
  bool is_fresh; /* whoever wrote it began with it */
} neap_segment_facts;

/* Of each segment that is there and not trimmed, in order; *out is malloc'd. What is no segment ends the list. NEAP_IO,
 * NEAP_MEMORY, NEAP_NOT_FOUND: no such directory. */
neap_status neap_segment_list(const char *directory, neap_segment_facts **out, size_t *count, neap_fault *fault);
/* Removes the segments before `first`, also while somebody writes. What is read from then on begins there; what is cut
 * off in the middle is as good as done. One trims at a time: NEAP_IO "locked". NEAP_INVALID "bad_segment": `first` is
 * not there, nor trimmed already. */
neap_status neap_segment_trim(const char *directory, unsigned first, neap_fault *fault);
/* All of them, by whoever writes: `mark` is that of the segment that will be the writer's next. */
neap_status neap_segment_trim_all(const neap_segment_writer *writer, uint64_t mark, neap_fault *fault);

#endif
