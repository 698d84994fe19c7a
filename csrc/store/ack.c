/* SPDX-License-Identifier: MIT */
/* ack: lines for a file descriptor that may be full, closed or a nonsense. */
#include "store/ack.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

static bool has_room(neap_ack *ack) {
  struct pollfd room = {.fd = ack->fd, .events = POLLOUT};
  int ready = poll(&room, 1, 0);
  if (ready < 0) return false;
  if (room.revents & (POLLERR | POLLNVAL | POLLHUP)) ack->fd = 0;
  return ack->fd && ready == 1 && (room.revents & POLLOUT);
}

/* False while something of the line is left. */
static bool send_line(neap_ack *ack) {
  while (ack->at < ack->size) {
    if (!has_room(ack)) return false;
    ssize_t written = write(ack->fd, ack->line + ack->at, ack->size - ack->at);
    if (written < 0 && errno == EINTR) continue;
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
