/* SPDX-License-Identifier: MIT */
/* feed_source: the lines of a plain or gzip text file, and the digest of what was read. */
#include "session/feed_source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { TEXT = 256 * 1024, PACKED = 64 * 1024, NAMES = 1024, BLAME_BUFFERS = 1024, WRITER_WAIT = 3000 /* ms */ };

struct neap_source {
  int file;
  bool packed, inflating, at_end, failed;
  uint64_t line;
  size_t start, end, hashed; /* of the text ahead; what lies before `hashed` is in the digest */
  neap_digest *digest;
  z_stream stream;
  neap_fault fault; /* met while reading ahead, told when the lines before it are used up */
  char text[TEXT];
  unsigned char raw[PACKED];
};

static void free_names(char **names, size_t count) {
  while (count) free(names[--count]);
}

static size_t read_names(const char *folder, char **names) {
  DIR *dir = opendir(folder);
  size_t count = 0;
  for (struct dirent *entry; dir && count < NAMES && (entry = readdir(dir));)
    if (entry->d_name[0] != '.' && (names[count] = strdup(entry->d_name))) count++;
  if (dir) closedir(dir);
  return count;
}

static void suggest_name(const char *path, neap_fault *fault) {
  const char *slash = strrchr(path, '/');
  char *folder = slash == path ? strdup("/") : slash ? strndup(path, (size_t)(slash - path)) : strdup(".");
  char *names[NAMES] = {0};
  size_t count = folder ? read_names(folder, names) : 0;
  const char *name = slash ? slash + 1 : path;
  const char *nearest = neap_nearest_word(name, (const char *const *)names, count);
  if (nearest && strcmp(nearest, name) != 0) neap_fault_set_nearest(fault, nearest);
  free_names(names, count);
  free(folder);
}

static neap_status fail_open(const char *path, neap_fault *fault) {
  int error = errno;
  if (error != ENOENT && error != ENOTDIR)
    return neap_fail(fault, NEAP_IO, "unreadable", "cannot open '%s': %s", path, strerror(error));
  struct stat link;
  if (lstat(path, &link) == 0)
    neap_fail(fault, NEAP_NOT_FOUND, "no_file", "the link '%s' leads to no file", path);
  else
    neap_fail(fault, NEAP_NOT_FOUND, "no_file", "there is no file '%s'", path);
  suggest_name(path, fault);
  return NEAP_NOT_FOUND;
}

static neap_status check_kind(int file, const char *path, neap_fault *fault) {
  struct stat facts;
  if (fstat(file, &facts) != 0)
    return neap_fail(fault, NEAP_IO, "unreadable", "cannot read '%s': %s", path, strerror(errno));
  if (S_ISREG(facts.st_mode) || S_ISFIFO(facts.st_mode)) return NEAP_OK;
  if (S_ISDIR(facts.st_mode))
    return neap_fail(fault, NEAP_IO, "is_directory", "'%s' is a directory; name a file in it", path);
  return neap_fail(fault, NEAP_IO, "is_device", "'%s' is a device; name a file of bars", path);
}

/* Who writes may come a little later than who reads, but not never. */
static neap_status await_writer(int file, const char *path, neap_fault *fault) {
  struct pollfd pipe = {.fd = file, .events = POLLIN};
  struct stat facts;
  if (fstat(file, &facts) != 0 || !S_ISFIFO(facts.st_mode)) return NEAP_OK;
  if (poll(&pipe, 1, WRITER_WAIT) > 0) return NEAP_OK;
  return neap_fail(fault, NEAP_IO, "no_writer", "nobody writes into the pipe '%s' (waited %d s)", path,
                   WRITER_WAIT / 1000);
}

/* Without O_NONBLOCK the opening of a pipe would wait for ever. */
static neap_status open_file(const char *path, int *file, neap_fault *fault) {
  *file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (*file < 0) return fail_open(path, fault);
  neap_status status = check_kind(*file, path, fault);
  if (status == NEAP_OK) status = await_writer(*file, path, fault);
  if (status == NEAP_OK) fcntl(*file, F_SETFL, 0);
  if (status != NEAP_OK) close(*file);
  return status;
}

static neap_status fail_source(neap_source *source, neap_status status, const char *code, const char *message) {
  source->failed = source->at_end = true;
  return neap_fail(&source->fault, status, code, "%s", message);
}

neap_status neap_source_failure(const neap_source *source, neap_fault *fault) {
  if (!source->failed) return NEAP_OK;
  if (fault) *fault = source->fault;
  return source->fault.status;
}

static void fail_read(neap_source *source, int error) {
  char message[128];
  snprintf(message, sizeof message, "cannot be read: %s", strerror(error));
  fail_source(source, NEAP_IO, "unreadable", message);
}

/* Fills `out` as far as the file goes. Returns the number of bytes, 0 at the end. */
static size_t read_bytes(neap_source *source, void *out, size_t size) {
  size_t used = 0;
  while (used < size) {
    ssize_t got = read(source->file, (char *)out + used, size - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_read(source, errno);
    if (got <= 0) break;
    used += (size_t)got;
  }
  return used;
}

static void refill_raw(neap_source *source) {
  if (source->stream.avail_in) return;
  source->stream.next_in = source->raw;
  source->stream.avail_in = (uInt)read_bytes(source, source->raw, PACKED);
}

/* A gzip file may be several, one after the other; what follows the last is no data. */
static bool next_member(neap_source *source) {
  refill_raw(source);
  if (source->stream.avail_in == 0 || source->stream.next_in[0] != 0x1f) return false;
  return inflateReset(&source->stream) == Z_OK;
}

static void inflate_step(neap_source *source) {
  refill_raw(source);
  if (source->failed) return;
  if (source->stream.avail_in == 0) {
    fail_source(source, NEAP_IO, "damaged_gzip", "the gzip data ends too early: the file is cut off");
    return;
  }
  int result = inflate(&source->stream, Z_NO_FLUSH);
  if (result == Z_STREAM_END)
    source->at_end = !next_member(source);
  else if (result != Z_OK)
    fail_source(source, NEAP_IO, "damaged_gzip", "the gzip data is damaged: its check sum or structure is wrong");
}

static void fill_packed(neap_source *source) {
  source->stream.next_out = (unsigned char *)source->text + source->end;
  source->stream.avail_out = (uInt)(TEXT - source->end);
  while (source->stream.avail_out && !source->at_end) inflate_step(source);
  source->end = TEXT - source->stream.avail_out;
}

static void fill_plain(neap_source *source) {
  size_t room = TEXT - source->end, got = read_bytes(source, source->text + source->end, room);
  source->end += got;
  if (got < room) source->at_end = true;
}

static void hash_used(neap_source *source) {
  neap_digest_update(source->digest, source->text + source->hashed, source->start - source->hashed);
  source->hashed = source->start;
}

/* Moves what is ahead to the front and reads more behind it. */
static void fill(neap_source *source) {
  hash_used(source);
  memmove(source->text, source->text + source->start, source->end - source->start);
  source->end -= source->start;
  source->start = source->hashed = 0;
  if (source->packed)
    fill_packed(source);
  else
    fill_plain(source);
}

/* A damaged archive of which this many buffers are good is told of by its bad line alone. */
void neap_source_blame(neap_source *source, neap_fault *fault) {
  for (int i = 0; source->packed && !source->at_end && i < BLAME_BUFFERS; i++) {
    source->start = source->end;
    fill(source);
  }
  if (source->packed) neap_source_failure(source, fault);
}

static neap_status start_packed(neap_source *source, neap_fault *fault) {
  size_t count = source->end; /* at most PACKED */
  memcpy(source->raw, source->text, count);
  source->stream.next_in = source->raw;
  source->stream.avail_in = (uInt)count;
  source->end = 0;
  source->packed = true;
  if (inflateInit2(&source->stream, 15 + 16) != Z_OK) return neap_fail(fault, NEAP_MEMORY, "memory", "out of memory");
  source->inflating = true;
  return NEAP_OK;
}

static neap_status start(neap_source *source, neap_fault *fault) {
  source->end = read_bytes(source, source->text, PACKED);
  if (!source->failed && source->end >= 2 && memcmp(source->text, "\x1f\x8b", 2) == 0) {
    neap_status status = start_packed(source, fault);
    if (status) return status;
  }
  if (!source->failed) fill(source);
  if (source->failed && source->end == 0) return neap_source_failure(source, fault);
  if (source->end >= 3 && memcmp(source->text, "\xef\xbb\xbf", 3) == 0) source->start = 3;
  return NEAP_OK;
}

neap_status neap_source_open(const char *path, neap_source **out, neap_fault *fault) {
  int file;
  neap_status status = open_file(path, &file, fault);
  if (status) return status;
  neap_source *source = calloc(1, sizeof *source);
  if (source)
    source->file = file, source->digest = neap_digest_new_blake2b();
  else
    close(file);
  if (!source || !source->digest)
    status = neap_fail(fault, NEAP_MEMORY, "memory", "out of memory");
  else
    status = start(source, fault);
  if (status == NEAP_OK)
    *out = source;
  else
    neap_source_close(source);
  return status;
}

void neap_source_close(neap_source *source) {
  if (!source) return;
  if (source->inflating) inflateEnd(&source->stream);
  neap_digest_free(source->digest);
  close(source->file);
  free(source);
}

void neap_source_peek(const neap_source *source, const char **text, size_t *length) {
  *text = source->text + source->start;
  *length = source->end - source->start;
}

static neap_status end_of_lines(neap_source *source, neap_fault *fault) {
  if (!source->failed) return NEAP_END;
  source->line++;
  return neap_source_failure(source, fault);
}

neap_status neap_source_line(neap_source *source, const char **line, size_t *length, neap_fault *fault) {
  for (;;) {
    size_t ahead = source->end - source->start;
    const char *text = source->text + source->start, *newline = ahead ? memchr(text, '\n', ahead) : NULL;
    if (!newline && !source->at_end && ahead < TEXT) {
      fill(source);
      continue;
    }
    if (!newline && (source->failed || ahead == 0)) return end_of_lines(source, fault);
    source->line++;
    if (!newline && !source->at_end)
      return neap_fail(fault, NEAP_IO, "line_too_long", "a line of over %d bytes: this is no CSV file", TEXT);
    *line = text;
    *length = newline ? (size_t)(newline - text) : ahead;
    source->start += *length + (newline != NULL);
    return NEAP_OK;
  }
}

uint64_t neap_source_line_number(const neap_source *source) { return source->line; }

void neap_source_digest(neap_source *source, char out[NEAP_DIGEST_TEXT]) {
  unsigned char digest[NEAP_DIGEST_SIZE];
  hash_used(source);
  neap_digest_finish(source->digest, digest);
  neap_digest_hex(digest, out);
}
