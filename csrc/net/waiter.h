/* SPDX-License-Identifier: MIT */
/* waiter: files that a thread without a loop of its own waits for. It is a poller (base/poller.h), and itself one file
 * that the thread may wait for beside others. One thread. */
#ifndef NEAP_NET_WAITER_H
#define NEAP_NET_WAITER_H

#include "base/poller.h"

typedef struct neap_waiter neap_waiter;

neap_status neap_waiter_open(neap_waiter **out, neap_fault *fault); /* NEAP_IO "waiter", NEAP_MEMORY */
void neap_waiter_close(neap_waiter *waiter); /* what is still watched is let go; NULL is accepted */
const neap_poller *neap_waiter_poller(const neap_waiter *waiter);
/* Readable when a file that is watched is ready. */
int neap_waiter_file(const neap_waiter *waiter);
/* Serves what is ready; where nothing is, waits for it, at most `ms` (0: not at all). */
void neap_waiter_turn(neap_waiter *waiter, int ms);

#endif
