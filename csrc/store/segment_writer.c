/* SPDX-License-Identifier: MIT */
/* segment_writer: appends. Each opening begins a file of its own: what is there already is never touched again, but for
 * a block at the end that was not written whole. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/files.h"
#include "store/segment_parts.h"

struct neap_segment_writer {
  char directory[SEGMENT_PATH - 16], path[SEGMENT_PATH];
  int fd; /* -1: the next block begins a file */
  unsigned number;
  uint64_t offset; /* of the run */
  uint64_t size;   /* of the file */
  unsigned char before[NEAP_DIGEST_SIZE];
  neap_digest *digest;
  neap_buffer packed;
};

/* --- what is there ------------------------------------------------------------------------------------------------ */

typedef struct ending { /* of a segment */
  uint64_t size;        /* of what is whole */
  uint64_t offset;      /* of the run behind it */
  unsigned char digest[NEAP_DIGEST_SIZE];
  bool has_blocks;
} ending;

static bool read_at(int fd, void *bytes, size_t count, uint64_t at) {
  ssize_t got = pread(fd, bytes, count, (off_t)at);
  return got >= 0 && (size_t)got == count;
}

static bool is_whole(const neap_segment_writer *writer, int fd, const block_head *head, uint64_t at,
                     const unsigned char *before) {
  unsigned char *packed = malloc((size_t)head->packed + 1), *raw = malloc(head->raw), found[NEAP_DIGEST_SIZE];
  bool is_good =
      packed && raw && read_at(fd, packed, head->packed, at) && segment_unpack(packed, head->packed, raw, head->raw);
  if (is_good) block_digest(writer->digest, before, head, packed, found);
  is_good = is_good && memcmp(found, head->digest, sizeof found) == 0;
  free(packed);
  free(raw);
  return is_good;
}

/* Only the last block is looked into: what is before it was synced when that was begun. */
static void find_ending(const neap_segment_writer *writer, int fd, uint64_t size, ending *out) {
  unsigned char bytes[SEGMENT_HEAD];
  block_head head;
  for (uint64_t at = out->size; at + SEGMENT_HEAD <= size; at = out->size) {
    if (!read_at(fd, bytes, sizeof bytes, at) || !block_head_read(bytes, &head)) return;
    uint64_t next = at + SEGMENT_HEAD + head.packed;
    if (next > size || head.offset != out->offset) return;
    bool is_last = next + SEGMENT_HEAD > size;
    if (is_last && !is_whole(writer, fd, &head, at + SEGMENT_HEAD, out->digest)) return;
    out->size = next;
    out->offset += head.raw;
    out->has_blocks = true;
    memcpy(out->digest, head.digest, sizeof out->digest);
  }
}

static neap_status look_into(const neap_segment_writer *writer, int fd, const char *path, ending *out,
                             neap_fault *fault) {
  unsigned char bytes[SEGMENT_HEAD];
  segment_head head;
  struct stat facts;
  if (fstat(fd, &facts) != 0) return segment_fail(path, "read the recording", fault);
  if (!read_at(fd, bytes, sizeof bytes, 0) || !segment_head_read(bytes, &head)) {
    neap_fail(fault, NEAP_CORRUPT, "bad_segment", "this is no segment of a recording");
    neap_fault_set_where(fault, "%s", path);
    return NEAP_CORRUPT;
  }
  *out = (ending){.size = SEGMENT_HEAD, .offset = head.offset};
  memcpy(out->digest, head.before, sizeof out->digest);
  find_ending(writer, fd, (uint64_t)facts.st_size, out);
  if (out->size < (uint64_t)facts.st_size && ftruncate(fd, (off_t)out->size) != 0)
    return segment_fail(path, "cut what was not written whole", fault);
  return NEAP_OK;
}

/* A file that has only its header, or not even that, is of a process that ended while it began it. */
static bool is_stub(int fd) {
  struct stat facts;
  return fstat(fd, &facts) == 0 && facts.st_size < SEGMENT_HEAD;
}

static neap_status go_on(neap_segment_writer *writer, neap_fault *fault);

static neap_status go_on_behind(neap_segment_writer *writer, unsigned last, neap_fault *fault) {
  char path[SEGMENT_PATH];
  ending end;
  segment_path(writer->directory, last, path);
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return segment_fail(path, "open the recording", fault);
  bool is_nothing = is_stub(fd);
  neap_status status = is_nothing ? NEAP_OK : look_into(writer, fd, path, &end, fault);
  close(fd);
  if (is_nothing) {
    unlink(path);
    return go_on(writer, fault);
  }
  if (status != NEAP_OK) return status;
  writer->offset = end.offset;
  writer->number = last;
  memcpy(writer->before, end.digest, sizeof writer->before);
  return NEAP_OK;
}

/* Where everything was trimmed it goes on behind that. */
static neap_status go_on(neap_segment_writer *writer, neap_fault *fault) {
  unsigned first, last;
  segment_head begin;
  neap_status status = segment_range(writer->directory, &first, &last, fault);
  if (status != NEAP_OK) return status;
  segment_begin(writer->directory, &begin);
  if (last >= begin.number) return go_on_behind(writer, last, fault);
  writer->number = begin.number - 1;
  writer->offset = begin.offset;
  memcpy(writer->before, begin.before, sizeof writer->before);
  return NEAP_OK;
}

neap_status neap_segment_writer_open(const char *directory, neap_segment_writer **out, uint64_t *offset,
                                     neap_fault *fault) {
  neap_segment_writer *writer = calloc(1, sizeof *writer);
  *out = NULL;
  if (!writer) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory to record");
  writer->fd = -1;
  snprintf(writer->directory, sizeof writer->directory, "%s", directory);
  writer->digest = neap_digest_new();
  neap_buffer_init(&writer->packed);
  neap_status status =
      writer->digest ? go_on(writer, fault) : neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory to record");
  if (status != NEAP_OK) return neap_segment_writer_close(writer), status;
  *offset = writer->offset;
  *out = writer;
  return NEAP_OK;
}

const char *segment_writer_head(const neap_segment_writer *writer, uint64_t mark, segment_head *out) {
  *out = (segment_head){.number = writer->number + 1, .offset = writer->offset, .mark = mark};
  memcpy(out->before, writer->before, sizeof out->before);
  return writer->directory;
}

void neap_segment_writer_close(neap_segment_writer *writer) {
  if (!writer) return;
  if (writer->fd >= 0) close(writer->fd);
  neap_digest_free(writer->digest);
  neap_buffer_fini(&writer->packed);
  free(writer);
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

/* All of it, or the file is as it was. */
static bool append(neap_segment_writer *writer, const void *bytes, size_t count) {
  const unsigned char *at = bytes;
  for (size_t done = 0; done < count;) {
    ssize_t wrote = write(writer->fd, at + done, count - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return false;
    done += (size_t)wrote;
  }
  return true;
}

static neap_status begin_file(neap_segment_writer *writer, uint64_t mark, neap_fault *fault) {
  unsigned char bytes[SEGMENT_HEAD];
  segment_head head = {.number = ++writer->number, .offset = writer->offset, .mark = mark};
  memcpy(head.before, writer->before, sizeof head.before);
  segment_head_write(&head, bytes);
  segment_path(writer->directory, writer->number, writer->path);
  writer->fd = open(writer->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  writer->size = SEGMENT_HEAD;
  if (writer->fd >= 0 && append(writer, bytes, sizeof bytes) && neap_sync_directory(writer->path) == 0) return NEAP_OK;
  neap_status status = segment_fail(writer->path, "begin a segment of the recording", fault);
  if (writer->fd >= 0) close(writer->fd), unlink(writer->path);
  writer->fd = -1;
  writer->number--;
  return status;
}

static void end_file(neap_segment_writer *writer) {
  if (writer->fd >= 0) close(writer->fd);
  writer->fd = -1;
}

static neap_status undo(const neap_segment_writer *writer, neap_fault *fault) {
  neap_status status = segment_fail(writer->path, "write the recording", fault);
  if (ftruncate(writer->fd, (off_t)writer->size) == 0) lseek(writer->fd, (off_t)writer->size, SEEK_SET);
  return status;
}

neap_status neap_segment_write(neap_segment_writer *writer, const neap_segment_block *block, neap_fault *fault) {
  unsigned char head_bytes[SEGMENT_HEAD];
  block_head head = {.raw = (uint32_t)block->count, .flags = block->flags, .offset = writer->offset};
  neap_status status = segment_pack(block->bytes, block->count, &writer->packed, fault);
  if (writer->size >= NEAP_SEGMENT_BYTES || block->flags & NEAP_SEGMENT_FRESH) end_file(writer);
  if (status == NEAP_OK && writer->fd < 0) status = begin_file(writer, block->mark, fault);
  if (status != NEAP_OK) return status;
  head.packed = (uint32_t)writer->packed.size;
  block_digest(writer->digest, writer->before, &head, writer->packed.data, head.digest);
  block_head_write(&head, head_bytes);
  if (!append(writer, head_bytes, sizeof head_bytes) || !append(writer, writer->packed.data, writer->packed.size) ||
      fdatasync(writer->fd) != 0)
    return undo(writer, fault);
  memcpy(writer->before, head.digest, sizeof writer->before);
  writer->offset += block->count;
  writer->size += SEGMENT_HEAD + head.packed;
  return NEAP_OK;
}
