/* SPDX-License-Identifier: MIT */
/* reserve_read: what lies in a reserve, and whether its end is torn or its middle damaged. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/files.h"
#include "store/reserve.h"
#include "store/reserve_record.h"

enum { SIZE_MAX_READ = 1 << 30 };

typedef struct scan {
  neap_buffer file;
  neap_digest *digest;
  unsigned char before[NEAP_DIGEST_SIZE];
} scan;

static neap_status say(const char *path, neap_status status, const char *code, const char *words, neap_fault *fault) {
  neap_fail(fault, status, code, "the reserve beside the store: %s", words);
  neap_fault_set_where(fault, "%s", path);
  return status;
}

static int read_all(int fd, size_t size, neap_buffer *out) {
  if (size > 0 && !neap_buffer_reserve(out, size)) return ENOMEM;
  while (out->size < size) {
    ssize_t got = pread(fd, out->data + out->size, size - out->size, (off_t)out->size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (got == 0) break;
    out->size += (size_t)got;
  }
  return 0;
}

static bool is_same(const neap_buffer *one, const neap_buffer *other) {
  return one->size == other->size && (one->size == 0 || memcmp(one->data, other->data, one->size) == 0);
}

/* A session may be writing over it: what two readings in a row agree on is how it was between them. */
static int read_steady(int fd, size_t size, neap_buffer *out) {
  neap_buffer again;
  neap_buffer_init(&again);
  int code = read_all(fd, size, out);
  bool is_steady = false;
  while (code == 0 && !is_steady) {
    neap_buffer_clear(&again);
    code = read_all(fd, size, &again);
    is_steady = code == 0 && is_same(&again, out);
    neap_buffer before = *out;
    *out = again;
    again = before;
  }
  neap_buffer_fini(&again);
  return code;
}

static neap_status read_file(const char *path, scan *self, bool *is_there, neap_fault *fault) {
  struct stat found;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), code = fd < 0 ? errno : 0;
  if (code == ENOENT) return NEAP_OK;
  if (code == 0 && fstat(fd, &found) != 0) code = errno;
  if (code == 0 && (!S_ISREG(found.st_mode) || found.st_size > SIZE_MAX_READ)) code = EINVAL;
  if (code == 0) code = read_steady(fd, (size_t)found.st_size, &self->file);
  if (fd >= 0) close(fd);
  *is_there = code == 0;
  return code == 0 ? NEAP_OK : say(path, NEAP_IO, "cannot_read", strerror(code), fault);
}

/* The bytes that the record at `at` takes when it is whole; 0: it is not. `before` NULL: whatever came before it. */
static size_t whole_record(const scan *self, size_t at, const unsigned char *before, neap_reserve_header *out) {
  unsigned char check[NEAP_DIGEST_SIZE];
  size_t rest = self->file.size - at;
  if (rest < sizeof *out) return 0;
  memcpy(out, self->file.data + at, sizeof *out);
  if (out->magic != NEAP_RESERVE_MAGIC || out->zero || out->length > rest - sizeof *out) return 0;
  neap_reserve_check(self->digest, before, self->file.data + at + sizeof *out, out->length, check);
  if (memcmp(check, out->check, NEAP_DIGEST_SIZE) != 0) return 0;
  size_t takes = sizeof *out + neap_reserve_padded(out->length);
  return takes < rest ? takes : rest;
}

static uint64_t last_event(const neap_unit *unit) {
  neap_packed_event event = {0};
  for (size_t at = 0; at < unit->size;) at += neap_event_unpack(unit->data + at, &event);
  return unit->events ? event.seq : unit->sealed;
}

/* The last event of the record that lies at `at`, behind a bad one; 0: there is no record. Its header says which check
 * came before it only by its own, so a header with a length that fits and units that can be read is proof enough. */
static uint64_t record_behind(const scan *self, size_t at) {
  neap_reserve_header header;
  neap_unit unit;
  size_t rest = self->file.size - at;
  uint64_t last = 0;
  memcpy(&header, self->file.data + at, sizeof header);
  if (header.magic != NEAP_RESERVE_MAGIC || header.zero || header.length > rest - sizeof header) return 0;
  const unsigned char *units = self->file.data + at + sizeof header;
  for (size_t in = 0, taken; in < header.length; in += taken) {
    taken = neap_unit_take_checked(units + in, (size_t)header.length - in, &unit);
    if (taken == 0) break;
    if (last_event(&unit) > last) last = last_event(&unit);
  }
  return last;
}

static uint64_t records_behind(const scan *self, size_t at) {
  uint64_t last = 0;
  for (at += 8; at + sizeof(neap_reserve_header) <= self->file.size; at += 8) {
    uint64_t here = record_behind(self, at);
    if (here > last) last = here;
  }
  return last;
}

static bool is_blank(const scan *self, size_t at) {
  for (; at < self->file.size; at++)
    if (self->file.data[at] != 0) return false;
  return true;
}

static neap_status note_events(const neap_unit *unit, neap_reserve_contents *out) {
  neap_packed_event event;
  for (size_t at = 0; at < unit->size;) {
    at += neap_event_unpack(unit->data + at, &event);
    if (out->events == 0) out->first_seq = event.seq;
    if (event.seq != out->first_seq + out->events) return NEAP_CORRUPT;
    out->events++;
  }
  return NEAP_OK;
}

static neap_status take_units(const unsigned char *data, size_t size, neap_reserve_contents *out) {
  neap_unit unit;
  for (size_t at = 0; at < size;) {
    size_t taken = neap_unit_take_checked(data + at, size - at, &unit);
    if (taken == 0 || note_events(&unit, out) != NEAP_OK) return NEAP_CORRUPT;
    at += taken;
  }
  neap_buffer_append(&out->units, data, size);
  return out->units.status;
}

static neap_status walk(scan *self, const char *path, neap_reserve_contents *out, neap_fault *fault) {
  neap_reserve_header header;
  size_t at = 0, takes;
  neap_status status = NEAP_OK;
  neap_reserve_seed(self->digest, self->before);
  while (status == NEAP_OK && at < self->file.size && (takes = whole_record(self, at, self->before, &header)) > 0) {
    status = take_units(self->file.data + at + sizeof header, (size_t)header.length, out);
    memcpy(self->before, header.check, NEAP_DIGEST_SIZE);
    at += takes;
  }
  if (status == NEAP_MEMORY) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for the reserve's events");
  if (status != NEAP_OK) return say(path, NEAP_CORRUPT, "reserve_damaged", "its events cannot be read", fault);
  if (is_blank(self, at)) return NEAP_OK;
  out->behind = records_behind(self, at);
  out->is_torn = true;
  return NEAP_OK;
}

neap_status neap_reserve_read(const char *store, neap_reserve_contents *out, neap_fault *fault) {
  *out = (neap_reserve_contents){0};
  neap_buffer_init(&out->units);
  scan self = {.digest = neap_digest_new()};
  char *path = neap_path_with(store, "-reserve");
  neap_status status = NEAP_OK;
  if (!self.digest || !path) status = neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for the reserve");
  if (status == NEAP_OK) status = read_file(path, &self, &out->is_there, fault);
  if (status == NEAP_OK && out->is_there) status = walk(&self, path, out, fault);
  if (status != NEAP_OK) neap_reserve_contents_fini(out);
  neap_buffer_fini(&self.file);
  neap_digest_free(self.digest);
  free(path);
  return status;
}

neap_status neap_reserve_check_behind(const neap_reserve_contents *contents, const char *store, uint64_t last,
                                      neap_fault *fault) {
  if (contents->behind <= last) return NEAP_OK;
  char *path = neap_path_with(store, "-reserve");
  say(path ? path : store, NEAP_CORRUPT, "reserve_damaged", "a record is damaged, and others follow it", fault);
  free(path);
  return NEAP_CORRUPT;
}

void neap_reserve_contents_fini(neap_reserve_contents *contents) {
  neap_buffer_fini(&contents->units);
  *contents = (neap_reserve_contents){0};
}
