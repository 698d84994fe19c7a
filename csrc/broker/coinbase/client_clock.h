/* SPDX-License-Identifier: MIT */
/* client_clock: how far the venue's clock is from the machine's. A Date is cut to its second and told some time before
 * it is read: each bounds the difference, and all of them together bound it closely. What /time says is taken only
 * once a token that was made with it was good where one made by the Dates was not. */
#ifndef NEAP_BROKER_COINBASE_CLIENT_CLOCK_H
#define NEAP_BROKER_COINBASE_CLIENT_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct neap_coinbase_clock {
  bool has_dates, has_told;
  int64_t low, high; /* ns that the venue is ahead, by Dates: between them */
  int64_t told;      /* by /time */
  bool trusts_told;
} neap_coinbase_clock;

/* `sent` and `came` are the machine's time of the request and of the answer. */
void neap_coinbase_clock_date(neap_coinbase_clock *clock, int64_t date, int64_t sent, int64_t came);
/* The body of /time; false: it says no time. */
bool neap_coinbase_clock_time(neap_coinbase_clock *clock, const char *body, size_t length, int64_t sent, int64_t came);
int64_t neap_coinbase_clock_skew(const neap_coinbase_clock *clock); /* 0 while unknown, and where 0 may be it */

#endif
