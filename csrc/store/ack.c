/* SPDX-License-Identifier: MIT */
/* ack: lines for a file descriptor that may be full, closed or a nonsense. */
#include "store/ack.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static bool is_same_file(int fd, const char *path) {
  struct stat ours, theirs;
  return fstat(fd, &ours) == 0 && stat(path, &theirs) == 0 && ours.st_dev == theirs.st_dev &&
         ours.st_ino == theirs.st_ino;
}

neap_status neap_ack_open(neap_ack *ack, int fd, const char *store, neap_fault *fault) {
  ack->fd = fd;
  if (fd == 0) return NEAP_OK;
  int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
    return neap_fail(fault, NEAP_INVALID, "not_open", "ack_fd %d is not open for writing", fd);
  if (!is_same_file(fd, store)) return NEAP_OK;
  return neap_fail(fault, NEAP_INVALID, "not_open", "ack_fd %d is the store itself", fd);
}

static bool has_room(neap_ack *ack) {
  struct pollfd room = {.fd = ack->fd, .events = POLLOUT};
  int ready = poll(&room, 1, 0);
  if (ready < 0) return false;
  if (room.revents & (POLLERR | POLLNVAL | POLLHUP)) ack->fd = 0;
  return ack->fd && ready == 1 && (room.revents & POLLOUT);
}

/* The signal of a reader that is gone, which the caller's thread blocks, would meet it once it does no more. */
static void take_signal_back(void) {
  const struct timespec now = {0};
  sigset_t broken;
  sigemptyset(&broken);
  sigaddset(&broken, SIGPIPE);
  sigtimedwait(&broken, NULL, &now);
}

/* False while something of the line is left. */
static bool send_line(neap_ack *ack) {
  while (ack->at < ack->size) {
    if (!has_room(ack)) return false;
    ssize_t written = write(ack->fd, ack->line + ack->at, ack->size - ack->at);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EPIPE) take_signal_back();
    if (written < 0 && errno != EAGAIN) ack->fd = 0;
    if (written < 0) return false;
    ack->at += (size_t)written;
  }
  return true;
}

void neap_ack_tell(neap_ack *ack, uint64_t seq) {
  if (!ack->fd || (seq == ack->told && ack->at == ack->size)) return;
  /* A line that has not begun to leave gives way to the newer one. */
  if (ack->at > 0 && !send_line(ack)) return;
  ack->size = (size_t)snprintf(ack->line, sizeof ack->line, "durable %" PRIu64 "\n", seq);
  ack->at = 0;
  ack->told = seq;
  send_line(ack);
}
