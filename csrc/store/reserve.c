/* SPDX-License-Identifier: MIT */
/* reserve: writes events where room was taken beforehand. */
#include "store/reserve.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/files.h"
#include "store/reserve_record.h"

/* Of a quarter, at most of AHEAD: the rest stays for the exits of a session whose file fails. */
enum { LEAST_SIZE = 4096, CHUNK = 1 << 16, AHEAD = 1 << 16 };

struct neap_reserve {
  int fd;
  size_t size, at;
  size_t left; /* where a record may lie, in part, that could not be written; 0: nowhere */
  neap_digest *digest;
  unsigned char check[NEAP_DIGEST_SIZE]; /* of the last record */
  unsigned char record[CHUNK];           /* one that is not larger leaves with one write */
  char path[];
};

static neap_status fail(const char *path, const char *doing, int code, neap_fault *fault) {
  neap_fail(fault, NEAP_IO, code == ENOSPC ? "disk_full" : "reserve_failed", "cannot %s the reserve: %s", doing,
            strerror(code));
  neap_fault_set_where(fault, "%s", path);
  return NEAP_IO;
}

static int write_at(int fd, const unsigned char *data, size_t size, size_t at) {
  while (size > 0) {
    ssize_t written = pwrite(fd, data, size, (off_t)at);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    if (written == 0) return ENOSPC;
    data += written;
    at += (size_t)written;
    size -= (size_t)written;
  }
  return 0;
}

/* Zeros are written, too: where room is only promised, turning a promise into blocks may need room of its own. */
static int allocate(const neap_reserve *reserve) {
  static const unsigned char zeros[CHUNK] = {0};
  int code = posix_fallocate(reserve->fd, 0, (off_t)reserve->size);
  for (size_t at = 0; code == 0 && at < reserve->size; at += CHUNK) {
    size_t rest = reserve->size - at;
    code = write_at(reserve->fd, zeros, rest < CHUNK ? rest : CHUNK, at);
  }
  if (code == 0 && fsync(reserve->fd) != 0) code = errno;
  return code;
}

static neap_status make_file(neap_reserve *reserve, neap_fault *fault) {
  if (unlink(reserve->path) != 0 && errno != ENOENT) return fail(reserve->path, "replace", errno, fault);
  reserve->fd = open(reserve->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (reserve->fd < 0) return fail(reserve->path, "create", errno, fault);
  int code = allocate(reserve);
  if (code == 0) code = neap_sync_directory(reserve->path);
  if (code == 0) return NEAP_OK;
  unlink(reserve->path);
  return fail(reserve->path, "allocate", code, fault);
}

neap_status neap_reserve_create(const char *store, size_t size, neap_reserve **out, neap_fault *fault) {
  neap_reserve *reserve = calloc(1, sizeof *reserve + strlen(store) + sizeof "-reserve");
  if (reserve) reserve->digest = neap_digest_new();
  if (!reserve || !reserve->digest) {
    free(reserve);
    return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a reserve");
  }
  strcat(strcpy(reserve->path, store), "-reserve");
  reserve->fd = -1;
  reserve->size = neap_reserve_padded(size < LEAST_SIZE ? LEAST_SIZE : size);
  neap_reserve_seed(reserve->digest, reserve->check);
  neap_status status = make_file(reserve, fault);
  if (status == NEAP_OK)
    *out = reserve;
  else
    neap_reserve_close(reserve);
  return status;
}

static size_t takes(size_t size) { return sizeof(neap_reserve_header) + neap_reserve_padded(size); }

static int write_record(neap_reserve *reserve, const neap_reserve_header *header, const void *units) {
  size_t size = (size_t)header->length;
  if (sizeof *header + size <= sizeof reserve->record) {
    memcpy(reserve->record, header, sizeof *header);
    memcpy(reserve->record + sizeof *header, units, size);
    return write_at(reserve->fd, reserve->record, sizeof *header + size, reserve->at);
  }
  int code = write_at(reserve->fd, units, size, reserve->at + sizeof *header);
  return code == 0 ? write_at(reserve->fd, (const unsigned char *)header, sizeof *header, reserve->at) : code;
}

/* It never counted: behind the records of a later beginning it would look as if one before it were damaged. */
static int wipe_left(neap_reserve *reserve) {
  static const neap_reserve_header nothing = {0};
  if (reserve->left <= reserve->at) return 0;
  int code = write_at(reserve->fd, (const unsigned char *)&nothing, sizeof nothing, reserve->left);
  return code == 0 && fdatasync(reserve->fd) != 0 ? errno : code;
}

neap_status neap_reserve_write(neap_reserve *reserve, const void *units, size_t size, neap_fault *fault) {
  neap_reserve_header header = {.magic = NEAP_RESERVE_MAGIC, .length = size};
  if (takes(size) > reserve->size - reserve->at) {
    neap_fail(fault, NEAP_IO, "reserve_full", "the reserve of %zu bytes is full", reserve->size);
    neap_fault_set_where(fault, "%s", reserve->path);
    return NEAP_IO;
  }
  neap_reserve_check(reserve->digest, reserve->check, units, size, header.check);
  int code = wipe_left(reserve);
  if (code != 0) return fail(reserve->path, "write", code, fault);
  reserve->left = reserve->at;
  code = write_record(reserve, &header, units);
  if (code == 0 && fdatasync(reserve->fd) != 0) code = errno;
  if (code != 0) return fail(reserve->path, "write", code, fault);
  reserve->left = 0;
  memcpy(reserve->check, header.check, NEAP_DIGEST_SIZE);
  reserve->at += takes(size);
  return NEAP_OK;
}

bool neap_reserve_is_used(const neap_reserve *reserve) { return reserve->at > 0; }

bool neap_reserve_fits_ahead(const neap_reserve *reserve, size_t size) {
  size_t quarter = reserve->size / 4;
  return reserve->at + takes(size) <= (quarter < AHEAD ? quarter : AHEAD);
}

void neap_reserve_rewind(neap_reserve *reserve) {
  if (reserve->at == 0) return;
  reserve->at = 0;
  neap_reserve_seed(reserve->digest, reserve->check);
}

void neap_reserve_close(neap_reserve *reserve) {
  if (!reserve) return;
  if (reserve->fd >= 0) close(reserve->fd);
  neap_digest_free(reserve->digest);
  free(reserve);
}

neap_status neap_reserve_remove(const char *store, neap_fault *fault) {
  char *path = neap_path_with(store, "-reserve");
  if (!path) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a path");
  int code = unlink(path) == 0 ? neap_sync_directory(path) : errno == ENOENT ? 0 : errno;
  neap_status status = code == 0 ? NEAP_OK : fail(path, "remove", code, fault);
  free(path);
  return status;
}
