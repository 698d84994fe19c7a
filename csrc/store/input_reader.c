/* SPDX-License-Identifier: MIT */
/* input_reader: inputs out of the bytes of segments, and of the tail behind them. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "store/input_count.h"
#include "store/input_log.h"
#include "store/input_tail.h"
#include "store/segment.h"

struct neap_input_reader {
  char directory[INPUT_PATH - 16], path[INPUT_PATH]; /* path: of the tail */
  neap_segment_reader *segments;
  bool has_tail_read;
  bool has_begun;    /* before that: what comes belongs to an input that began in another segment */
  neap_buffer bytes; /* that came and are not read, from `at` on */
  size_t at;
  uint64_t offset; /* of the run, behind `bytes` */
  uint64_t ordinal;
  unsigned segment;                    /* in which the last input began */
  unsigned left_segment, next_segment; /* in which an input began that lies before the newest block; of that block */
  size_t block_at;                     /* in `bytes`: where the newest block begins */
};

neap_status neap_input_reader_open(const char *directory, unsigned from, neap_input_reader **out, neap_fault *fault) {
  struct stat facts;
  neap_input_reader *reader = calloc(1, sizeof *reader);
  *out = NULL;
  if (!reader) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory to read a recording");
  snprintf(reader->directory, sizeof reader->directory, "%s", directory);
  snprintf(reader->path, sizeof reader->path, "%s/tail", directory);
  neap_buffer_init(&reader->bytes);
  bool was_closed = stat(reader->path, &facts) != 0;
  const neap_segment_reading reading = {.directory = directory, .may_be_torn = !was_closed, .from = from};
  neap_status status = stat(directory, &facts) == 0
                           ? neap_segment_reader_open(&reading, &reader->segments, fault)
                           : neap_fail(fault, NEAP_NOT_FOUND, "not_recorded", "this session was not recorded");
  if (status != NEAP_OK) {
    if (fault && status == NEAP_NOT_FOUND) neap_fault_set_where(fault, "%s", directory);
    return neap_input_reader_close(reader), status;
  }
  reader->ordinal = neap_segment_reader_mark(reader->segments);
  reader->has_begun = from == 0;
  *out = reader;
  return NEAP_OK;
}

void neap_input_reader_close(neap_input_reader *reader) {
  if (!reader) return;
  neap_segment_reader_close(reader->segments);
  neap_buffer_fini(&reader->bytes);
  free(reader);
}

uint64_t neap_input_reader_ordinal(const neap_input_reader *reader) { return reader->ordinal; }
unsigned neap_input_reader_segment(const neap_input_reader *reader) { return reader->segment; }

/* --- bytes -------------------------------------------------------------------------------------------------------- */

/* What is read makes room. */
static void drop_read(neap_input_reader *reader) {
  size_t left = reader->bytes.size - reader->at;
  if (left) memmove(reader->bytes.data, reader->bytes.data + reader->at, left);
  reader->bytes.size = left;
  reader->at = 0;
}

/* Whoever began here knows nothing of what the one before did not write whole. */
static void begin_bytes(neap_input_reader *reader, bool is_fresh) {
  if (reader->at >= reader->block_at) reader->left_segment = reader->next_segment;
  drop_read(reader);
  if (is_fresh) reader->bytes.size = 0;
  reader->block_at = reader->bytes.size;
}

static neap_status add_tail(neap_input_reader *reader, neap_fault *fault) {
  neap_buffer left;
  uint64_t fresh;
  neap_buffer_init(&left);
  neap_status status = neap_input_tail_left(reader->path, reader->offset, &left, &fresh, fault);
  begin_bytes(reader, left.size && fresh == reader->offset);
  neap_buffer_append(&reader->bytes, left.data, left.size);
  reader->next_segment = 0;
  reader->has_tail_read = true;
  bool is_empty = left.size == 0;
  neap_buffer_fini(&left);
  return status == NEAP_OK && is_empty ? NEAP_END : status;
}

/* What a segment says of its place in the recording. */
static bool follows(const neap_input_reader *reader, const neap_segment_block *block) {
  bool is_old = !block->mark && block->segment > 1;
  uint64_t begun = reader->ordinal + (reader->bytes.size > 0);
  return is_old || block->segment == reader->next_segment || block->mark == begun;
}

static neap_status say_misplaced(const neap_input_reader *reader, unsigned segment, neap_fault *fault) {
  neap_fail(fault, NEAP_CORRUPT, "damaged", "the recording is damaged: this segment is not that of the inputs in it");
  neap_fault_set_where(fault, "%s/%04u.seg", reader->directory, segment);
  return NEAP_CORRUPT;
}

static neap_status add_block(neap_input_reader *reader, neap_fault *fault) {
  neap_segment_block block;
  if (reader->has_tail_read) return NEAP_END;
  neap_status status = neap_segment_read(reader->segments, &block, fault);
  if (status == NEAP_END) return add_tail(reader, fault);
  if (status != NEAP_OK) return status;
  begin_bytes(reader, block.flags & NEAP_SEGMENT_FRESH);
  if (!follows(reader, &block)) return say_misplaced(reader, block.segment, fault);
  size_t skipped = reader->has_begun ? 0 : input_count_place(&block);
  reader->has_begun = reader->has_begun || skipped < block.count;
  neap_buffer_append(&reader->bytes, block.bytes + skipped, block.count - skipped);
  reader->offset = block.offset + block.count;
  reader->next_segment = block.segment;
  if (reader->bytes.status == NEAP_OK) return NEAP_OK;
  return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory to read a recording");
}

/* --- inputs ------------------------------------------------------------------------------------------------------- */

static neap_status say_garbled(const neap_input_reader *reader, neap_fault *fault) {
  neap_fail(fault, NEAP_CORRUPT, "damaged", "the recording is damaged: what follows input %llu is none",
            (unsigned long long)reader->ordinal);
  neap_fault_set_where(fault, "%s", reader->next_segment ? reader->directory : reader->path);
  return NEAP_CORRUPT;
}

neap_status neap_input_reader_next(neap_input_reader *reader, neap_input *out, neap_fault *fault) {
  for (;;) {
    size_t there = reader->bytes.size - reader->at;
    const unsigned char *bytes = reader->bytes.data + reader->at;
    if (there >= INPUT_HEAD && !input_head_read(bytes, out)) return say_garbled(reader, fault);
    if (there >= INPUT_HEAD && there - INPUT_HEAD >= out->length) {
      out->text = (const char *)bytes + INPUT_HEAD;
      reader->segment = reader->at < reader->block_at ? reader->left_segment : reader->next_segment;
      reader->at += INPUT_HEAD + out->length;
      reader->ordinal++;
      return NEAP_OK;
    }
    neap_status status = add_block(reader, fault);
    if (status != NEAP_OK) return status;
  }
}
