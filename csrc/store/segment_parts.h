/* SPDX-License-Identifier: MIT */
/* segment_parts: the layout of segments, for the files that write and read them. */
#ifndef NEAP_STORE_SEGMENT_PARTS_H
#define NEAP_STORE_SEGMENT_PARTS_H

#include <string.h>

#include "store/segment.h"

enum { SEGMENT_HEAD = 64, SEGMENT_VERSION = 1, SEGMENT_PATH = 600 };

typedef struct segment_head {
  uint32_t number;
  uint64_t offset, mark;
  unsigned char before[NEAP_DIGEST_SIZE];
} segment_head;

typedef struct block_head {
  uint32_t raw, packed, flags;
  uint64_t offset;
  unsigned char digest[NEAP_DIGEST_SIZE];
} block_head;

void segment_head_write(const segment_head *head, unsigned char out[SEGMENT_HEAD]);
bool segment_head_read(const unsigned char *bytes, segment_head *out);
void block_head_write(const block_head *head, unsigned char out[SEGMENT_HEAD]);
bool block_head_read(const unsigned char *bytes, block_head *out);
/* The digest that a block of these bytes has. */
void block_digest(neap_digest *digest, const unsigned char before[NEAP_DIGEST_SIZE], const block_head *head,
                  const void *packed, unsigned char out[NEAP_DIGEST_SIZE]);

void segment_path(const char *directory, unsigned number, char out[SEGMENT_PATH]);
/* The header of the file, if it has one. */
bool segment_head_load(const char *path, segment_head *out);
/* Where what is there begins: behind what was trimmed, or *out is segment 1's. */
void segment_begin(const char *directory, segment_head *out);
/* The lowest and the highest number of a segment in the directory; 0: there is none. NEAP_IO. */
neap_status segment_range(const char *directory, unsigned *first, unsigned *last, neap_fault *fault);
/* segment_writer.c: the header of the segment that will follow the last one; and the directory, which is the writer's.
 */
const char *segment_writer_head(const neap_segment_writer *writer, uint64_t mark, segment_head *out);
neap_status segment_fail(const char *path, const char *doing, neap_fault *fault); /* by errno */

/* zlib: into `out`, which is cleared first. */
neap_status segment_pack(const void *raw, size_t count, neap_buffer *out, neap_fault *fault);
/* Whether `packed` makes `count` bytes, which are put in `out`. */
bool segment_unpack(const void *packed, size_t packed_count, unsigned char *out, size_t count);

#endif
