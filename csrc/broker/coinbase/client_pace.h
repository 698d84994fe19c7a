/* SPDX-License-Identifier: MIT */
/* client_pace: never more than so many requests in any second, and none while the venue says wait. The venue counts in
 * seconds of its own, so a bucket that is full when one begins would let nearly twice as many through. */
#ifndef NEAP_BROKER_COINBASE_CLIENT_PACE_H
#define NEAP_BROKER_COINBASE_CLIENT_PACE_H

#include <stdint.h>

#include "base/fault.h"

typedef struct neap_coinbase_pace {
  int64_t *sent; /* when the last `rate` of them left, a ring; the oldest is at `at` */
  unsigned rate, at;
  int64_t closed; /* until then */
} neap_coinbase_pace;

neap_status neap_coinbase_pace_init(neap_coinbase_pace *pace, unsigned rate, neap_fault *fault);
void neap_coinbase_pace_fini(neap_coinbase_pace *pace);
int64_t neap_coinbase_pace_next(const neap_coinbase_pace *pace); /* from when on one more may leave */
void neap_coinbase_pace_take(neap_coinbase_pace *pace, int64_t now);
void neap_coinbase_pace_close(neap_coinbase_pace *pace, int64_t until); /* an earlier time leaves it as it is */

#endif
