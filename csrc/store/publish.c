/* SPDX-License-Identifier: MIT */
/* publish: sync, rename, sync of the directory. */
#include "store/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/files.h"

static neap_status fail(const char *path, neap_status status, const char *code, const char *words, neap_fault *fault) {
  neap_fail(fault, status, code, "cannot write the copy: %s", words);
  neap_fault_set_where(fault, "%s", path);
  return status;
}

static neap_status fail_system(const char *path, int code, neap_fault *fault) {
  return fail(path, NEAP_IO, "cannot_create", strerror(code), fault);
}

/* The events of a store that is gone would be read as if they went on behind the new one. */
static neap_status check_no_reserve(const char *to, neap_fault *fault) {
  struct stat found;
  char name[PATH_MAX];
  int length = snprintf(name, sizeof name, "%s-reserve", to);
  if (length < 0 || (size_t)length >= sizeof name || lstat(name, &found) != 0) return NEAP_OK;
  return fail(name, NEAP_EXISTS, "reserve_exists", "the reserve of another store lies there; move it away", fault);
}

neap_status neap_publish_check(const char *to, neap_publish_how how, neap_fault *fault) {
  struct stat found;
  if (lstat(to, &found) != 0) return errno == ENOENT ? check_no_reserve(to, fault) : fail_system(to, errno, fault);
  if (how == NEAP_PUBLISH_NEW)
    return fail(to, NEAP_EXISTS, "file_exists", "the file exists, and nothing is written over", fault);
  return S_ISREG(found.st_mode) ? NEAP_OK : fail(to, NEAP_EXISTS, "file_exists", "what is there is no file", fault);
}

void neap_publish_discard(const char *partial) {
  static const char *const endings[] = {"", "-journal", "-wal", "-shm", "-reserve"};
  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
    char name[PATH_MAX]; /* also without memory */
    int length = snprintf(name, sizeof name, "%s%s", partial, endings[i]);
    if (length > 0 && (size_t)length < sizeof name) unlink(name);
  }
}

static neap_status sync_file(const char *path, neap_fault *fault) {
  int fd = open(path, O_RDONLY | O_CLOEXEC), code = fd < 0 || fsync(fd) != 0 ? errno : 0;
  if (fd >= 0) close(fd);
  return code == 0 ? NEAP_OK : fail_system(path, code, fault);
}

static neap_status rename_over(const char *partial, const char *to, neap_publish_how how, neap_fault *fault) {
  neap_status status = neap_publish_check(to, how, fault);
  if (status != NEAP_OK) return status;
  return rename(partial, to) == 0 ? NEAP_OK : fail_system(to, errno, fault);
}

static neap_status rename_new(const char *partial, const char *to, neap_fault *fault) {
  if (renameat2(AT_FDCWD, partial, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return NEAP_OK;
  if (errno == EINVAL || errno == ENOSYS) return rename_over(partial, to, NEAP_PUBLISH_NEW, fault);
  if (errno == EEXIST) return fail(to, NEAP_EXISTS, "file_exists", strerror(EEXIST), fault);
  return fail_system(to, errno, fault);
}

neap_status neap_publish(const char *partial, const char *to, neap_publish_how how, neap_fault *fault) {
  neap_status status = sync_file(partial, fault);
  if (status == NEAP_OK && how == NEAP_PUBLISH_NEW) status = rename_new(partial, to, fault);
  if (status == NEAP_OK && how == NEAP_PUBLISH_OVER) status = rename_over(partial, to, how, fault);
  int code = status == NEAP_OK ? neap_sync_directory(to) : 0;
  return code == 0 ? status : fail_system(to, code, fault);
}
