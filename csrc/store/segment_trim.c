/* SPDX-License-Identifier: MIT */
/* segment_trim: which segments there are, and the removal of the first ones. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/files.h"
#include "store/lock.h"
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

/* By what is there: a number in a name may be anything. */
static bool has_place(neap_segment_facts **list, size_t count) {
  if (count & (count - 1)) return true; /* it has grown at each power of two */
  neap_segment_facts *longer = realloc(*list, (count ? 2 * count : 1) * sizeof **list);
  if (longer) *list = longer;
  return longer != NULL;
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
  for (unsigned number = begin.number; number <= last; number++, ++*count) {
    segment_path(directory, number, path);
    if (!has_place(out, *count)) {
      free(*out), *out = NULL;
      return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory to read a recording");
    }
    if (!load_facts(path, *out + *count)) break;
  }
  return NEAP_OK;
}

/* --- removing ----------------------------------------------------------------------------------------------------- */

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

static neap_status remove_before(const char *directory, unsigned first, neap_fault *fault) {
  char path[SEGMENT_PATH];
  unsigned number, last;
  neap_status status = segment_range(directory, &number, &last, fault);
  for (; status == NEAP_OK && number && number < first; number++) {
    segment_path(directory, number, path);
    if (unlink(path) != 0 && errno != ENOENT) status = segment_fail(path, "remove a segment", fault);
  }
  return status;
}

/* One trims at a time: where the recording begins never goes back to what another has removed. */
static neap_status take_lock(const char *directory, neap_lock *lock, neap_fault *fault) {
  char path[SEGMENT_PATH];
  trimmed_path(directory, "", path);
  return neap_lock_take(lock, path, fault);
}

static neap_status begin_with(const char *directory, const segment_head *head, neap_fault *fault) {
  neap_status status = note_begin(directory, head, fault);
  return status == NEAP_OK ? remove_before(directory, head->number, fault) : status;
}

static neap_status trim_to(const char *directory, unsigned first, neap_fault *fault) {
  char path[SEGMENT_PATH];
  segment_head head;
  segment_begin(directory, &head);
  if (first <= head.number) return remove_before(directory, head.number, fault);
  segment_path(directory, first, path);
  if (segment_head_load(path, &head)) return begin_with(directory, &head, fault);
  return neap_fail(fault, NEAP_INVALID, "bad_segment", "there is no segment %u", first);
}

neap_status neap_segment_trim(const char *directory, unsigned first, neap_fault *fault) {
  neap_lock lock;
  neap_status status = take_lock(directory, &lock, fault);
  if (status != NEAP_OK) return status;
  status = trim_to(directory, first, fault);
  neap_lock_drop(&lock);
  return status;
}

neap_status neap_segment_trim_all(const neap_segment_writer *writer, uint64_t mark, neap_fault *fault) {
  neap_lock lock;
  segment_head head;
  const char *directory = segment_writer_head(writer, mark, &head);
  neap_status status = take_lock(directory, &lock, fault);
  if (status != NEAP_OK) return status;
  status = begin_with(directory, &head, fault);
  neap_lock_drop(&lock);
  return status;
}
