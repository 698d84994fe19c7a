/* SPDX-License-Identifier: MIT */
/* safe_file: write beside, sync, rename, sync the directory; and flock. */
#include "base/safe_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static neap_status failed(const char *what, const char *path, int code, neap_fault *fault) {
  neap_fail(fault, NEAP_IO, "cannot_write", "cannot %s: %s", what, strerror(code));
  neap_fault_set_where(fault, "%s", path);
  return NEAP_IO;
}

static int write_all(int fd, const char *data, size_t size) {
  while (size > 0) {
    ssize_t count = write(fd, data, size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    data += count;
    size -= (size_t)count;
  }
  return 0;
}

/* 0 or an errno; a file that is not whole is not left. */
static int write_durably(const char *path, const void *data, size_t size) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return errno;
  int code = write_all(fd, data, size);
  if (code == 0 && fsync(fd) != 0) code = errno;
  if (close(fd) != 0 && code == 0) code = errno;
  if (code != 0) unlink(path);
  return code;
}

/* That a name lasts is more than some file systems can promise; then nothing more can be done. */
static void sync_directory(const char *path) {
  char *copy = strdup(path), *slash = copy ? strrchr(copy, '/') : NULL;
  if (slash) slash[1] = '\0';
  int fd = open(slash ? copy : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  free(copy);
  if (fd < 0) return;
  fsync(fd);
  close(fd);
}

neap_status neap_file_replace(const char *path, const void *data, size_t size, neap_fault *fault) {
  char *beside;
  if (asprintf(&beside, "%s.new", path) < 0) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for a path");
  int code = write_durably(beside, data, size);
  if (code == 0 && rename(beside, path) != 0) {
    code = errno;
    unlink(beside);
  }
  free(beside);
  if (code != 0) return failed("write", path, code, fault);
  sync_directory(path);
  return NEAP_OK;
}

static neap_status say_locked(const char *path, neap_fault *fault) {
  neap_fail(fault, NEAP_IO, "locked", "another process changes the configuration");
  neap_fault_set_where(fault, "%s", path);
  return NEAP_IO;
}

neap_status neap_file_lock(const char *path, neap_file_wait wait, int *fd, neap_fault *fault) {
  *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (*fd < 0) return failed("lock", path, errno, fault);
  while (flock(*fd, wait == NEAP_FILE_WAIT ? LOCK_EX : LOCK_EX | LOCK_NB) != 0) {
    int code = errno;
    if (code == EINTR) continue;
    close(*fd);
    *fd = -1;
    return code == EWOULDBLOCK ? say_locked(path, fault) : failed("lock", path, code, fault);
  }
  return NEAP_OK;
}
