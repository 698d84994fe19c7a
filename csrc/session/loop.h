/* SPDX-License-Identifier: MIT */
/* loop: what a session on a clock waits with: for a moment, for files (base/poller.h), for signals. One per thread. */
#ifndef NEAP_SESSION_LOOP_H
#define NEAP_SESSION_LOOP_H

#include <stdint.h>

#include "base/poller.h"

typedef struct neap_loop neap_loop;

neap_status neap_loop_open(neap_loop **out, neap_fault *fault);
void neap_loop_close(neap_loop *loop); /* what is still watched is let go; NULL is accepted */
const neap_poller *neap_loop_poller(const neap_loop *loop);
/* Monotonic nanoseconds from an arbitrary start: no jump of the system's time is seen. */
int64_t neap_loop_now(void);

/* Signals are counted from now on and no longer end the process. */
neap_status neap_loop_hear(neap_loop *loop, int number, neap_fault *fault);
/* They do what they did before: the next one ends the process. */
void neap_loop_ignore(neap_loop *loop, int number);
unsigned neap_loop_heard(neap_loop *loop, int number); /* how many since the last question */

/* Serves what is ready; when nothing is, waits for it, at most until `wake` (of neap_loop_now; in the past: not at all;
 * INT64_MAX: for ever). Wakes up to a millisecond late. */
void neap_loop_turn(neap_loop *loop, int64_t wake);

#endif
