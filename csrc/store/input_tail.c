/* SPDX-License-Identifier: MIT */
#include "store/input_tail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEAD = 4096, BOOT = 64 };
static const char magic[16] = "neap.inputs/1";

typedef struct tail_head { /* the first page of the file */
  char magic[16];
  char boot[BOOT]; /* of the machine: memory that was not written back is gone with it */
  uint64_t size, fresh;
  _Atomic uint64_t written, taken; /* of the run */
} tail_head;

struct neap_input_tail {
  char *path;
  tail_head *head; /* mapped */
  unsigned char *ring;
  uint64_t put; /* not published yet */
};

static void read_boot(char out[BOOT]) {
  FILE *file = fopen("/proc/sys/kernel/random/boot_id", "r");
  memset(out, 0, BOOT);
  if (!file) return;
  size_t count = fread(out, 1, BOOT - 1, file);
  out[count] = '\0';
  fclose(file);
}

static neap_status fail(const char *path, int code, neap_fault *fault) {
  neap_fail(fault, NEAP_IO, code == ENOSPC ? "disk_full" : "cannot_record", "inputs cannot be recorded: %s",
            strerror(code));
  neap_fault_set_where(fault, "%s", path);
  return NEAP_IO;
}

/* --- what is left ------------------------------------------------------------------------------------------------- */

static bool is_of_this_boot(const tail_head *head) {
  char boot[BOOT];
  read_boot(boot);
  return memcmp(head->magic, magic, sizeof magic) == 0 && head->size == NEAP_INPUT_TAIL && boot[0] &&
         memcmp(head->boot, boot, BOOT) == 0;
}

static void copy_left(const unsigned char *file, uint64_t from, uint64_t to, neap_buffer *out) {
  while (from < to) {
    uint64_t at = from % NEAP_INPUT_TAIL, count = NEAP_INPUT_TAIL - at;
    if (count > to - from) count = to - from;
    neap_buffer_append(out, file + HEAD + at, count);
    from += count;
  }
}

neap_status neap_input_tail_left(const char *path, uint64_t offset, neap_buffer *out, uint64_t *fresh,
                                 neap_fault *fault) {
  struct stat facts;
  *fresh = offset;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno == ENOENT ? NEAP_OK : fail(path, errno, fault);
  bool is_one = fstat(fd, &facts) == 0 && facts.st_size == HEAD + NEAP_INPUT_TAIL;
  unsigned char *file = is_one ? mmap(NULL, HEAD + NEAP_INPUT_TAIL, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
  close(fd);
  if (file == MAP_FAILED) return NEAP_OK;
  const tail_head *head = (const tail_head *)(const void *)file;
  uint64_t written = atomic_load(&head->written);
  if (is_of_this_boot(head) && written >= offset && written - offset <= NEAP_INPUT_TAIL) {
    *fresh = head->fresh;
    copy_left(file, offset, written, out);
  }
  munmap(file, HEAD + NEAP_INPUT_TAIL);
  return out->status == NEAP_OK ? NEAP_OK : neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory to read a recording");
}

/* --- opening ------------------------------------------------------------------------------------------------------ */

static neap_status map(neap_input_tail *tail, int fd, neap_fault *fault) {
  int code = posix_fallocate(fd, 0, HEAD + NEAP_INPUT_TAIL);
  if (code != 0) return fail(tail->path, code, fault);
  void *file = mmap(NULL, HEAD + NEAP_INPUT_TAIL, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (file == MAP_FAILED) return fail(tail->path, errno, fault);
  tail->head = file;
  tail->ring = (unsigned char *)file + HEAD;
  return NEAP_OK;
}

/* Beside the place, then under its name: no half of a tail is ever there. The old one, whose bytes the caller has, goes
 * first: a disk that had room for one tail has room for the next. */
static neap_status make(neap_input_tail *tail, uint64_t offset, neap_fault *fault) {
  char *made;
  unlink(tail->path);
  if (asprintf(&made, "%s.new", tail->path) < 0)
    return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory to record");
  int fd = open(made, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  neap_status status = fd < 0 ? fail(made, errno, fault) : map(tail, fd, fault);
  if (status == NEAP_OK) {
    memcpy(tail->head->magic, magic, sizeof magic);
    read_boot(tail->head->boot);
    tail->head->size = NEAP_INPUT_TAIL;
    tail->head->fresh = tail->put = offset;
    atomic_store(&tail->head->written, offset);
    atomic_store(&tail->head->taken, offset);
    if (rename(made, tail->path) != 0) status = fail(tail->path, errno, fault);
  }
  if (fd >= 0) close(fd);
  if (status != NEAP_OK) unlink(made);
  free(made);
  return status;
}

neap_status neap_input_tail_open(const char *path, uint64_t offset, neap_input_tail **out, neap_fault *fault) {
  neap_input_tail *tail = calloc(1, sizeof *tail);
  *out = NULL;
  if (tail) tail->path = strdup(path);
  if (!tail || !tail->path) return free(tail), neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory to record");
  neap_status status = make(tail, offset, fault);
  if (status != NEAP_OK) return neap_input_tail_close(tail, false), status;
  *out = tail;
  return NEAP_OK;
}

void neap_input_tail_close(neap_input_tail *tail, bool remove) {
  if (!tail) return;
  if (tail->head) munmap(tail->head, HEAD + NEAP_INPUT_TAIL);
  if (remove) unlink(tail->path);
  free(tail->path);
  free(tail);
}

/* --- bytes -------------------------------------------------------------------------------------------------------- */

uint64_t neap_input_tail_written(const neap_input_tail *tail) {
  return atomic_load_explicit(&tail->head->written, memory_order_acquire);
}

uint64_t neap_input_tail_taken(const neap_input_tail *tail) {
  return atomic_load_explicit(&tail->head->taken, memory_order_acquire);
}

size_t neap_input_tail_put(neap_input_tail *tail, const void *bytes, size_t count) {
  uint64_t room = NEAP_INPUT_TAIL - (tail->put - neap_input_tail_taken(tail)), at = tail->put % NEAP_INPUT_TAIL;
  if (count > room) count = room;
  size_t first = count < NEAP_INPUT_TAIL - at ? count : NEAP_INPUT_TAIL - at;
  if (first) memcpy(tail->ring + at, bytes, first);
  if (count > first) memcpy(tail->ring, (const unsigned char *)bytes + first, count - first);
  tail->put += count;
  return count;
}

void neap_input_tail_publish(neap_input_tail *tail) {
  atomic_store_explicit(&tail->head->written, tail->put, memory_order_release);
}

size_t neap_input_tail_peek(const neap_input_tail *tail, void *out, size_t count) {
  uint64_t taken = neap_input_tail_taken(tail), there = neap_input_tail_written(tail) - taken;
  uint64_t at = taken % NEAP_INPUT_TAIL;
  if (count > there) count = there;
  size_t first = count < NEAP_INPUT_TAIL - at ? count : NEAP_INPUT_TAIL - at;
  if (first) memcpy(out, tail->ring + at, first);
  if (count > first) memcpy((unsigned char *)out + first, tail->ring, count - first);
  return count;
}

void neap_input_tail_take(neap_input_tail *tail, size_t count) {
  atomic_store_explicit(&tail->head->taken, neap_input_tail_taken(tail) + count, memory_order_release);
}
