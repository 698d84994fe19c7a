/* SPDX-License-Identifier: MIT */
/* poller: the contract of what waits for files to be ready; implemented by session/loop. Sockets, venues and servers
 * are written against it and see no event library. */
#ifndef NEAP_BASE_POLLER_H
#define NEAP_BASE_POLLER_H

#include "base/fault.h"

enum { NEAP_READABLE = 1, NEAP_WRITABLE = 2 };

typedef struct neap_watch neap_watch; /* one file that is watched; the poller's */

typedef struct neap_poller {
  void *self;
  /* Calls `ready` whenever what is wanted of `fd` can be done; an error or the other side's end counts as readable.
   * `fd` stays the caller's, does not block, and is closed after it is let go. */
  neap_status (*watch)(void *self, int fd, int wanted, void (*ready)(void *context, int what), void *context,
                       neap_watch **out, neap_fault *fault);
  neap_status (*want)(neap_watch *watch, int wanted, neap_fault *fault); /* 0: nothing for now */
  void (*let_go)(neap_watch *watch); /* also from within `ready`; NULL is accepted */
} neap_poller;

#endif
