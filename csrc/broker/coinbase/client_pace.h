/* SPDX-License-Identifier: MIT */
/* client_pace: never more than so many requests in any second, and none while the venue says wait: what is urgent
 * (cancels, edits, exits) waits NEAP_COINBASE_URGENT_WAIT of that at most. The venue counts in seconds of its own, so a
 * bucket that is full when one begins would let nearly twice as many through. */
#ifndef NEAP_BROKER_COINBASE_CLIENT_PACE_H
#define NEAP_BROKER_COINBASE_CLIENT_PACE_H

#include <stdint.h>

#include "base/clock.h"
#include "base/fault.h"

#define NEAP_COINBASE_URGENT_WAIT (10 * NEAP_SECOND)

typedef struct neap_coinbase_pace {
  int64_t *sent; /* when the last `rate` of them left, a ring; the oldest is at `at` */
  unsigned rate, at;
  int64_t closed[2]; /* until then, by is_urgent */
} neap_coinbase_pace;

neap_status neap_coinbase_pace_init(neap_coinbase_pace *pace, unsigned rate, neap_fault *fault);
void neap_coinbase_pace_fini(neap_coinbase_pace *pace);
int64_t neap_coinbase_pace_next(const neap_coinbase_pace *pace, bool is_urgent); /* from when on one more may leave */
void neap_coinbase_pace_take(neap_coinbase_pace *pace, int64_t now);
/* For so many ns; an earlier end than before leaves it as it is. */
void neap_coinbase_pace_close(neap_coinbase_pace *pace, int64_t now, int64_t pause);
int64_t neap_coinbase_pace_pause(int64_t pause, bool is_urgent); /* what of it is waited for */

#endif
