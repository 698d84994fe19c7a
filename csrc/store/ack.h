/* SPDX-License-Identifier: MIT */
/* ack: tells another process, line by line, which event is durable. It never waits, and its end hurts nobody. */
#ifndef NEAP_STORE_ACK_H
#define NEAP_STORE_ACK_H

#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"

typedef struct neap_ack {
  int fd;        /* the caller's; 0: nowhere, or no longer */
  uint64_t told; /* the last number of which a whole line went out or waits in `line` */
  char line[32]; /* what the other side has not taken yet */
  size_t at, size;
} neap_ack;

/* Takes the caller's descriptor, 0: none. One that is not open for writing is refused here: a file that is opened later
 * would get its number, and the lines. So is the store's own file. */
neap_status neap_ack_open(neap_ack *ack, int fd, const char *store, neap_fault *fault);

/* Writes "durable <seq>\n" if there is room for it; if not, a later call tells of a later event. For a thread that
 * blocks SIGPIPE, which is taken back. */
void neap_ack_tell(neap_ack *ack, uint64_t seq);

#endif
