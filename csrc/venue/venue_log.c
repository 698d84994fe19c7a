/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/record.h"
#include "venue/venue_log.h"

/* The file: this word, then entries. An entry: length of its record (u32), the record's FNV-1a sum (u64), the record.
 */
static const char magic[8] = "neapven1";
enum { HEAD = 12, LONGEST = 16 << 20 };

static const char *const text_keys[NEAP_DEED_TEXTS] = {"a", "b", "c", "d"};

struct neap_venue_log {
  int file;
  off_t end;
  neap_buffer buffer;
};

static uint64_t sum_of(const unsigned char *data, size_t size) {
  uint64_t sum = UINT64_C(0xcbf29ce484222325);
  for (size_t i = 0; i < size; i++) sum = (sum ^ data[i]) * UINT64_C(0x100000001b3);
  return sum;
}

static void pack(const neap_venue_entry *entry, neap_buffer *out) {
  unsigned char head[HEAD] = {0};
  neap_buffer_clear(out);
  neap_buffer_append(out, head, HEAD);
  neap_record_int(out, "deed", entry->deed);
  neap_record_time(out, "now", entry->now);
  neap_record_int(out, "key", entry->key);
  neap_record_int(out, "number", entry->number);
  neap_record_decimal(out, "amount", entry->amount);
  for (size_t i = 0; i < NEAP_DEED_TEXTS; i++) {
    const char *text = entry->text[i] ? entry->text[i] : "";
    size_t length = entry->length[i] ? entry->length[i] : strlen(text);
    neap_record_bytes(out, text_keys[i], text, length + 1); /* with its 0, so that it is read in place */
  }
  if (out->status != NEAP_OK) return;
  neap_store_length(out->data, (uint32_t)(out->size - HEAD));
  neap_store_long(out->data + 4, sum_of(out->data + HEAD, out->size - HEAD));
}

static bool read_field(const unsigned char *data, size_t size, const char *key, neap_record_type type,
                       neap_record_field *field) {
  return neap_record_find(data, size, key, field) == NEAP_OK && field->type == type;
}

static bool unpack(const unsigned char *data, size_t size, neap_venue_entry *out) {
  neap_record_field deed, now, key, number, amount, text;
  if (!read_field(data, size, "deed", NEAP_RECORD_INT, &deed) ||
      !read_field(data, size, "now", NEAP_RECORD_TIME, &now) || !read_field(data, size, "key", NEAP_RECORD_INT, &key) ||
      !read_field(data, size, "number", NEAP_RECORD_INT, &number) ||
      !read_field(data, size, "amount", NEAP_RECORD_DECIMAL, &amount) || deed.value.integer < 0 ||
      deed.value.integer > NEAP_DEED_SKIP)
    return false;
  *out = (neap_venue_entry){.deed = (neap_venue_deed)deed.value.integer,
                            .now = now.value.integer,
                            .key = (uint32_t)key.value.integer,
                            .number = (uint32_t)number.value.integer,
                            .amount = amount.value.decimal};
  for (size_t i = 0; i < NEAP_DEED_TEXTS; i++) {
    if (!read_field(data, size, text_keys[i], NEAP_RECORD_TEXT, &text) || !text.value.bytes.size) return false;
    out->text[i] = (const char *)text.value.bytes.data;
    out->length[i] = text.value.bytes.size - 1;
    if (out->text[i][out->length[i]]) return false;
  }
  return true;
}

static uint32_t read_length(const unsigned char *at) {
  return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static uint64_t read_long(const unsigned char *at) {
  return (uint64_t)read_length(at) | (uint64_t)read_length(at + 4) << 32;
}

/* Reads `size` bytes; fewer at the end of the file, −1: an error. */
static ssize_t read_whole(int file, void *out, size_t size) {
  size_t done = 0;
  while (done < size) {
    ssize_t got = read(file, (char *)out + done, size - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (got == 0) break;
    done += (size_t)got;
  }
  return (ssize_t)done;
}

static neap_status corrupt(off_t at, neap_fault *fault) {
  neap_fail(fault, NEAP_CORRUPT, "bad_log", "the venue's log is not as it was written");
  neap_fault_set_where(fault, "byte %lld", (long long)at);
  return NEAP_CORRUPT;
}

/* NEAP_END: the file ends here, perhaps in the middle of an entry. */
static neap_status read_entry(neap_venue_log *log, off_t size, neap_venue_entry *entry, neap_fault *fault) {
  unsigned char head[HEAD];
  if (size - log->end < HEAD) return NEAP_END;
  if (read_whole(log->file, head, HEAD) != HEAD) return neap_fail(fault, NEAP_IO, "cannot_read", "%m");
  uint32_t length = read_length(head);
  if (length > LONGEST) return corrupt(log->end, fault);
  if (size - log->end - HEAD < (off_t)length) return NEAP_END;
  neap_buffer_clear(&log->buffer);
  unsigned char *place = neap_buffer_reserve(&log->buffer, length + 1);
  if (!place) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for the venue's log");
  if (read_whole(log->file, place, length) != (ssize_t)length) return neap_fail(fault, NEAP_IO, "cannot_read", "%m");
  bool is_last = size - log->end - HEAD == (off_t)length;
  if (sum_of(place, length) != read_long(head + 4)) return is_last ? NEAP_END : corrupt(log->end, fault);
  if (!unpack(place, length, entry)) return corrupt(log->end, fault);
  log->end += HEAD + (off_t)length;
  return NEAP_OK;
}

static neap_status play_all(neap_venue_log *log, off_t size,
                            neap_status (*play)(void *, const neap_venue_entry *, neap_fault *), void *self,
                            neap_fault *fault) {
  neap_venue_entry entry;
  neap_status status;
  while ((status = read_entry(log, size, &entry, fault)) == NEAP_OK)
    if ((status = play(self, &entry, fault)) != NEAP_OK) return status;
  if (status != NEAP_END) return status;
  if (log->end < size && ftruncate(log->file, log->end) != 0) return neap_fail(fault, NEAP_IO, "cannot_write", "%m");
  return NEAP_OK;
}

static neap_status write_whole(int file, const void *data, size_t size, off_t at) {
  for (size_t done = 0; done < size;) {
    ssize_t wrote = pwrite(file, (const char *)data + done, size - done, at + (off_t)done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return NEAP_IO;
    done += (size_t)wrote;
  }
  return NEAP_OK;
}

/* A file that is shorter than the word is one whose making was cut. */
static neap_status begin(neap_venue_log *log, off_t *size, neap_fault *fault) {
  struct stat state;
  char word[sizeof magic];
  if (fstat(log->file, &state) != 0) return neap_fail(fault, NEAP_IO, "cannot_open", "%m");
  log->end = sizeof magic, *size = state.st_size;
  if (state.st_size < (off_t)sizeof magic) {
    *size = sizeof magic;
    if (write_whole(log->file, magic, sizeof magic, 0) == NEAP_OK) return lseek(log->file, log->end, SEEK_SET), NEAP_OK;
    return neap_fail(fault, NEAP_IO, "cannot_write", "%m");
  }
  if (read_whole(log->file, word, sizeof word) != sizeof word || memcmp(word, magic, sizeof magic) != 0)
    return corrupt(0, fault);
  return NEAP_OK;
}

neap_status neap_venue_log_open(const char *path, neap_status (*play)(void *, const neap_venue_entry *, neap_fault *),
                                void *self, neap_venue_log **out, neap_fault *fault) {
  off_t size = 0;
  neap_venue_log *log = calloc(1, sizeof *log);
  if (!log) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for the venue's log");
  neap_buffer_init(&log->buffer);
  log->file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  neap_status status = NEAP_OK;
  if (log->file < 0)
    status = neap_fail(fault, NEAP_IO, "cannot_open", "cannot open the venue's log: %m");
  else if (flock(log->file, LOCK_EX | LOCK_NB) != 0)
    status = neap_fail(fault, NEAP_IO, "locked", "another exchange runs on this state");
  if (status == NEAP_OK) status = begin(log, &size, fault);
  if (status == NEAP_OK) status = play_all(log, size, play, self, fault);
  if (status == NEAP_OK) return *out = log, NEAP_OK;
  if (fault && !fault->where[0]) neap_fault_set_where(fault, "%s", path);
  neap_venue_log_close(log);
  return status;
}

neap_status neap_venue_log_append(neap_venue_log *log, const neap_venue_entry *entry, neap_fault *fault) {
  pack(entry, &log->buffer);
  if (log->buffer.status != NEAP_OK || log->buffer.size > LONGEST)
    return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for the venue's log");
  if (write_whole(log->file, log->buffer.data, log->buffer.size, log->end) == NEAP_OK) {
    log->end += (off_t)log->buffer.size;
    return NEAP_OK;
  }
  neap_fail(fault, NEAP_IO, "cannot_write", "cannot write the venue's log: %m");
  if (ftruncate(log->file, log->end) != 0) return NEAP_IO; /* a torn entry at the end is taken away when it is read */
  return NEAP_IO;
}

void neap_venue_log_close(neap_venue_log *log) {
  if (!log) return;
  if (log->file >= 0) close(log->file);
  neap_buffer_fini(&log->buffer);
  free(log);
}
