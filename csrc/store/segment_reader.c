/* SPDX-License-Identifier: MIT */
/* segment_reader: block after block, file after file; the first that is not what was written ends it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "store/segment_parts.h"

struct neap_segment_reader {
  char directory[SEGMENT_PATH - 16], path[SEGMENT_PATH];
  bool may_be_torn;
  unsigned next, last; /* numbers of files */
  FILE *file;          /* NULL: the next one is to be opened */
  unsigned number;     /* of the open one */
  uint64_t at, size;   /* in the file */
  uint64_t offset;     /* of the run */
  uint64_t mark;       /* of the open one; of the first one before that is open */
  unsigned char before[NEAP_DIGEST_SIZE];
  neap_digest *digest;
  neap_buffer packed, raw;
};

static void begin(neap_segment_reader *reader, unsigned from) {
  segment_head head, later;
  segment_begin(reader->directory, &head);
  segment_path(reader->directory, from, reader->path);
  if (from > head.number && segment_head_load(reader->path, &later)) head = later;
  reader->next = head.number;
  reader->offset = head.offset;
  reader->mark = head.mark;
  memcpy(reader->before, head.before, sizeof reader->before);
}

neap_status neap_segment_reader_open(const neap_segment_reading *reading, neap_segment_reader **out,
                                     neap_fault *fault) {
  unsigned first;
  neap_segment_reader *reader = calloc(1, sizeof *reader);
  *out = NULL;
  if (!reader) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory to read a recording");
  snprintf(reader->directory, sizeof reader->directory, "%s", reading->directory);
  reader->digest = neap_digest_new();
  neap_buffer_init(&reader->packed);
  neap_buffer_init(&reader->raw);
  reader->may_be_torn = reading->may_be_torn;
  begin(reader, reading->from);
  neap_status status = reader->digest ? segment_range(reader->directory, &first, &reader->last, fault)
                                      : neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory to read a recording");
  if (status != NEAP_OK) return neap_segment_reader_close(reader), status;
  *out = reader;
  return NEAP_OK;
}

void neap_segment_reader_close(neap_segment_reader *reader) {
  if (!reader) return;
  if (reader->file) fclose(reader->file);
  neap_digest_free(reader->digest);
  neap_buffer_fini(&reader->packed);
  neap_buffer_fini(&reader->raw);
  free(reader);
}

uint64_t neap_segment_reader_mark(const neap_segment_reader *reader) { return reader->mark; }

static neap_status say_damaged(const neap_segment_reader *reader, const char *what, neap_fault *fault) {
  neap_fail(fault, NEAP_CORRUPT, "damaged", "the recording is damaged: %s", what);
  neap_fault_set_where(fault, "%s, byte %llu", reader->path, (unsigned long long)reader->at);
  return NEAP_CORRUPT;
}

static neap_status say_missing(const neap_segment_reader *reader, neap_fault *fault) {
  neap_fail(fault, NEAP_CORRUPT, "missing_segment", "a segment of the recording is missing: %04u.seg, before %04u.seg",
            reader->next, reader->last);
  neap_fault_set_where(fault, "%s", reader->path);
  return NEAP_CORRUPT;
}

static bool read_bytes(neap_segment_reader *reader, void *out, size_t count) {
  bool is_read = fread(out, 1, count, reader->file) == count;
  if (is_read) reader->at += count;
  return is_read;
}

/* Of the last file, from `at` to its end: a crash may have left it so. */
static bool is_torn(const neap_segment_reader *reader) { return reader->may_be_torn && reader->number == reader->last; }

/* What is wrong with a file's header is wrong at its beginning. */
static neap_status say_no_header(neap_segment_reader *reader, const char *what, neap_fault *fault) {
  reader->at = 0;
  return say_damaged(reader, what, fault);
}

static neap_status open_file(neap_segment_reader *reader, neap_fault *fault) {
  unsigned char bytes[SEGMENT_HEAD];
  segment_head head;
  struct stat facts;
  segment_path(reader->directory, reader->next, reader->path);
  reader->at = 0;
  reader->file = fopen(reader->path, "rb");
  if (!reader->file && errno == ENOENT) return say_missing(reader, fault);
  if (!reader->file) return segment_fail(reader->path, "read the recording", fault);
  if (fstat(fileno(reader->file), &facts) != 0) return segment_fail(reader->path, "read the recording", fault);
  reader->size = (uint64_t)facts.st_size;
  reader->number = reader->next++;
  bool is_one = read_bytes(reader, bytes, sizeof bytes) && segment_head_read(bytes, &head);
  if (!is_one && is_torn(reader) && reader->size < SEGMENT_HEAD) return NEAP_END;
  if (!is_one) return say_no_header(reader, "this is no segment", fault);
  reader->mark = head.mark;
  if (head.number != reader->number || head.offset != reader->offset ||
      memcmp(head.before, reader->before, sizeof head.before) != 0)
    return say_no_header(reader, "this segment does not follow the one before it", fault);
  return NEAP_OK;
}

static neap_status say_cut(neap_segment_reader *reader, uint64_t begin, const char *what, neap_fault *fault) {
  reader->at = begin;
  return is_torn(reader) ? NEAP_END : say_damaged(reader, what, fault);
}

static neap_status unpack(neap_segment_reader *reader, const block_head *head, uint64_t begin, neap_fault *fault) {
  unsigned char found[NEAP_DIGEST_SIZE];
  bool is_last = begin + SEGMENT_HEAD + head->packed >= reader->size;
  neap_buffer_clear(&reader->packed);
  neap_buffer_clear(&reader->raw);
  unsigned char *packed = neap_buffer_reserve(&reader->packed, head->packed + 1u);
  unsigned char *raw = neap_buffer_reserve(&reader->raw, head->raw);
  if (!packed || !raw) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory to read a recording");
  bool is_good = read_bytes(reader, packed, head->packed) && segment_unpack(packed, head->packed, raw, head->raw);
  if (is_good) block_digest(reader->digest, reader->before, head, packed, found);
  if (is_good && memcmp(found, head->digest, sizeof found) == 0) return NEAP_OK;
  if (is_last) return say_cut(reader, begin, "a block is not what was written", fault);
  reader->at = begin;
  return say_damaged(reader, "a block is not what was written", fault);
}

static neap_status read_block(neap_segment_reader *reader, neap_segment_block *out, neap_fault *fault) {
  unsigned char bytes[SEGMENT_HEAD];
  block_head head;
  uint64_t begin = reader->at;
  bool is_one = read_bytes(reader, bytes, sizeof bytes) && block_head_read(bytes, &head);
  if (!is_one) return say_cut(reader, begin, "it ends within a block, or this is none", fault);
  if (begin + SEGMENT_HEAD + head.packed > reader->size) return say_cut(reader, begin, "it ends within a block", fault);
  neap_status status = unpack(reader, &head, begin, fault);
  if (status != NEAP_OK) return status;
  if (head.offset != reader->offset) return say_cut(reader, begin, "a block is not what was written", fault);
  memcpy(reader->before, head.digest, sizeof reader->before);
  reader->offset += head.raw;
  *out = (neap_segment_block){.bytes = reader->raw.data,
                              .count = head.raw,
                              .flags = head.flags,
                              .mark = reader->mark,
                              .offset = head.offset,
                              .segment = reader->number};
  return NEAP_OK;
}

neap_status neap_segment_read(neap_segment_reader *reader, neap_segment_block *out, neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (;;) {
    if (!reader->file && reader->next > reader->last) return NEAP_END;
    if (!reader->file) status = open_file(reader, fault);
    if (status != NEAP_OK) return status;
    bool is_over = reader->at >= reader->size;
    status = is_over ? NEAP_END : read_block(reader, out, fault);
    if (status != NEAP_END) return status;
    fclose(reader->file);
    reader->file = NULL;
    status = NEAP_OK;
  }
}
