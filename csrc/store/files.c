/* SPDX-License-Identifier: MIT */
/* files: names of files, and that they last. */
#include "store/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *neap_path_with(const char *path, const char *ending) {
  char *out;
  return asprintf(&out, "%s%s", path, ending) < 0 ? NULL : out;
}

char *neap_path_place(const char *path) {
  char *out;
  return asprintf(&out, "%s%s", path[0] == '/' ? "" : "./", path) < 0 ? NULL : out;
}

static char *directory_of(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? strndup(path, (size_t)(slash - path) + 1) : strdup("./");
}

int neap_sync_directory(const char *path) {
  char *directory = directory_of(path);
  if (!directory) return ENOMEM;
  int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC), code = fd < 0 ? errno : 0;
  free(directory);
  /* Some file systems cannot sync a directory, and say EINVAL: there is nothing more to be done. */
  if (code == 0 && fsync(fd) != 0 && errno != EINVAL) code = errno;
  if (fd >= 0) close(fd);
  return code;
}
