/* SPDX-License-Identifier: MIT */
/* open_files: how many this process has; tests compare two such numbers. */
#ifndef NEAP_SPEC_OPEN_FILES_H
#define NEAP_SPEC_OPEN_FILES_H

#include <dirent.h>
#include <stddef.h>

static inline size_t open_files(void) {
  size_t count = 0;
  DIR *directory = opendir("/proc/self/fd");
  while (directory && readdir(directory)) count++;
  if (directory) closedir(directory);
  return count;
}

#endif
