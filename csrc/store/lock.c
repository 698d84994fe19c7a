/* SPDX-License-Identifier: MIT */
/* lock: flock on a file beside the store. Not on the store itself: closing that would drop SQLite's own locks. */
#include "store/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int owner_of(int fd) {
  char text[24] = "";
  ssize_t size = pread(fd, text, sizeof text - 1, 0);
  return size > 0 ? atoi(text) : 0;
}

static bool has_kill(const char *status, const char *member) {
  const char *at = strstr(status, member);
  return at && strtoull(at + strlen(member), NULL, 16) >> (SIGKILL - 1) & 1;
}

bool neap_process_is_dying(int process) {
  char path[40], status[4096];
  if (process <= 0) return false;
  snprintf(path, sizeof path, "/proc/%d/status", process);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return kill(process, 0) != 0 && errno == ESRCH;
  ssize_t size = read(fd, status, sizeof status - 1);
  close(fd);
  status[size > 0 ? size : 0] = '\0';
  return size <= 0 || strstr(status, "\nState:\tZ") || strstr(status, "\nState:\tX") || has_kill(status, "\nSigPnd:") ||
         has_kill(status, "\nShdPnd:");
}

static neap_status say_locked(int fd, const char *store, neap_fault *fault) {
  int owner = owner_of(fd);
  neap_fail(fault, NEAP_IO, "locked", owner ? "the store is locked: process %d writes it" : "the store is locked",
            owner);
  neap_fault_set_where(fault, "%s", store);
  return NEAP_IO;
}

static neap_status say_failed(const char *store, neap_fault *fault) {
  neap_fail(fault, NEAP_IO, "cannot_create", "cannot create the store's lock: %s", strerror(errno));
  neap_fault_set_where(fault, "%s", store);
  return NEAP_IO;
}

/* Whoever held it before may have removed the file between our open and our lock. */
static bool is_still_there(const neap_lock *lock) {
  struct stat ours, named;
  return fstat(lock->fd, &ours) == 0 && stat(lock->path, &named) == 0 && ours.st_ino == named.st_ino &&
         ours.st_dev == named.st_dev;
}

static void let_go(neap_lock *lock) {
  if (lock->fd >= 0) close(lock->fd);
  lock->fd = -1;
}

static int flock_after_death(int fd) {
  for (int step = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; step++) {
    if (errno != EWOULDBLOCK) return -1;
    if (step == NEAP_DEATH_STEPS || !neap_process_is_dying(owner_of(fd))) return errno = EWOULDBLOCK, -1;
    poll(NULL, 0, NEAP_DEATH_STEP);
  }
  return 0;
}

static neap_status try_once(neap_lock *lock, const char *store, neap_fault *fault) {
  lock->fd = open(lock->path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock->fd < 0) return say_failed(store, fault);
  if (flock_after_death(lock->fd) == 0) return NEAP_OK;
  neap_status status = errno == EWOULDBLOCK ? say_locked(lock->fd, store, fault) : say_failed(store, fault);
  let_go(lock);
  return status;
}

/* For the other's message only: that it fails is no harm. */
static void write_owner(const neap_lock *lock) {
  char text[24];
  int size = snprintf(text, sizeof text, "%d\n", (int)getpid());
  if (pwrite(lock->fd, text, (size_t)size, 0) != size || ftruncate(lock->fd, size) != 0) return;
}

neap_status neap_lock_take(neap_lock *lock, const char *store, neap_fault *fault) {
  *lock = (neap_lock){.fd = -1};
  if (asprintf(&lock->path, "%s-lock", store) < 0) {
    lock->path = NULL;
    return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a store");
  }
  neap_status status = try_once(lock, store, fault);
  while (status == NEAP_OK && !is_still_there(lock)) {
    let_go(lock);
    status = try_once(lock, store, fault);
  }
  if (status == NEAP_OK)
    write_owner(lock);
  else
    neap_lock_drop(lock);
  return status;
}

void neap_lock_drop(neap_lock *lock) {
  if (lock->fd >= 0) unlink(lock->path);
  let_go(lock);
  free(lock->path);
  lock->path = NULL;
}
