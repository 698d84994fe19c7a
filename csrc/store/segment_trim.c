/* SPDX-License-Identifier: MIT */
/* segment_trim: which segments there are, and the removal of the first ones. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/files.h"
#include "store/segment_parts.h"

static void trimmed_path(const char *directory, const char *ending, char out[SEGMENT_PATH]) {
  snprintf(out, SEGMENT_PATH, "%s/trimmed%s", directory, ending);
}

void segment_begin(const char *directory, segment_head *out) {
  char path[SEGMENT_PATH];
  trimmed_path(directory, "", path);
  if (!segment_head_load(path, out)) *out = (segment_head){.number = 1};
}

/* --- which there are ---------------------------------------------------------------------------------------------- */

static bool load_facts(const char *path, neap_segment_facts *out) {
  unsigned char bytes[2 * SEGMENT_HEAD];
  segment_head head;
  block_head block;
  struct stat facts;
  FILE *file = fopen(path, "rb");
  if (!file) return false;
  size_t count = fread(bytes, 1, sizeof bytes, file);
  bool is_one = count >= SEGMENT_HEAD && segment_head_read(bytes, &head) && fstat(fileno(file), &facts) == 0;
  fclose(file);
  if (!is_one) return false;
  bool has_block = count == sizeof bytes && block_head_read(bytes + SEGMENT_HEAD, &block);
  *out = (neap_segment_facts){.number = head.number,
                              .bytes = (uint64_t)facts.st_size,
                              .mark = head.mark,
                              .is_fresh = has_block && block.flags & NEAP_SEGMENT_FRESH};
  return true;
}

neap_status neap_segment_list(const char *directory, neap_segment_facts **out, size_t *count, neap_fault *fault) {
  char path[SEGMENT_PATH];
  unsigned first, last;
  segment_head begin;
  *out = NULL;
  *count = 0;
  neap_status status = segment_range(directory, &first, &last, fault);
  if (status != NEAP_OK) return status;
  segment_begin(directory, &begin);
  if (last < begin.number) return NEAP_OK;
  *out = calloc(last - begin.number + 1, sizeof **out);
  if (!*out) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory to read a recording");
  for (unsigned number = begin.number; number <= last; number++, ++*count) {
    segment_path(directory, number, path);
    if (!load_facts(path, *out + *count)) break;
  }
  return NEAP_OK;
}

/* --- removing ----------------------------------------------------------------------------------------------------- */

/* The header behind what goes. */
static neap_status find_head(const char *directory, unsigned first, uint64_t mark, segment_head *out,
                             neap_fault *fault) {
  char path[SEGMENT_PATH];
  segment_path(directory, first, path);
  if (segment_head_load(path, out)) return NEAP_OK;
  return segment_writer_head(directory, first, mark, out, fault);
}

static bool write_whole(const char *path, const unsigned char *bytes, size_t count) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  bool is_written = write(fd, bytes, count) == (ssize_t)count && fsync(fd) == 0;
  return close(fd) == 0 && is_written;
}

static neap_status note_begin(const char *directory, const segment_head *head, neap_fault *fault) {
  char made[SEGMENT_PATH], path[SEGMENT_PATH];
  unsigned char bytes[SEGMENT_HEAD];
  trimmed_path(directory, ".new", made);
  trimmed_path(directory, "", path);
  segment_head_write(head, bytes);
  if (write_whole(made, bytes, sizeof bytes) && rename(made, path) == 0 && neap_sync_directory(path) == 0)
    return NEAP_OK;
  neap_status status = segment_fail(path, "note where the recording begins", fault);
  unlink(made);
  return status;
}

neap_status neap_segment_trim(const char *directory, unsigned first, uint64_t mark, neap_fault *fault) {
  char path[SEGMENT_PATH];
  unsigned number, last;
  segment_head head;
  neap_status status = segment_range(directory, &number, &last, fault);
  segment_begin(directory, &head);
  bool is_done = first <= head.number;
  if (status == NEAP_OK && !is_done) status = find_head(directory, first, mark, &head, fault);
  if (status == NEAP_OK && !is_done) status = note_begin(directory, &head, fault);
  for (; status == NEAP_OK && number && number < head.number; number++) {
    segment_path(directory, number, path);
    if (unlink(path) != 0 && errno != ENOENT) status = segment_fail(path, "remove a segment", fault);
  }
  return status;
}
