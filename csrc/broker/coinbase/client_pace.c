/* SPDX-License-Identifier: MIT */
#include "broker/coinbase/client_pace.h"

#include <stdlib.h>

/* A second, and what requests may come closer together on their way. */
enum { WINDOW_MS = 1050, MS = 1000000 };

neap_status neap_coinbase_pace_init(neap_coinbase_pace *pace, unsigned rate, neap_fault *fault) {
  *pace =
      (neap_coinbase_pace){.sent = calloc(rate, sizeof *pace->sent), .rate = rate, .closed = {INT64_MIN, INT64_MIN}};
  if (!pace->sent) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for the pace of requests");
  for (unsigned i = 0; i < rate; i++) pace->sent[i] = INT64_MIN;
  return NEAP_OK;
}

void neap_coinbase_pace_fini(neap_coinbase_pace *pace) { free(pace->sent); }

int64_t neap_coinbase_pace_next(const neap_coinbase_pace *pace, bool is_urgent) {
  int64_t oldest = pace->sent[pace->at], free_from = oldest == INT64_MIN ? INT64_MIN : oldest + (int64_t)WINDOW_MS * MS;
  return free_from > pace->closed[is_urgent] ? free_from : pace->closed[is_urgent];
}

void neap_coinbase_pace_take(neap_coinbase_pace *pace, int64_t now) {
  pace->sent[pace->at] = now;
  pace->at = (pace->at + 1) % pace->rate;
}

int64_t neap_coinbase_pace_pause(int64_t pause, bool is_urgent) {
  return is_urgent && pause > NEAP_COINBASE_URGENT_WAIT ? NEAP_COINBASE_URGENT_WAIT : pause;
}

void neap_coinbase_pace_close(neap_coinbase_pace *pace, int64_t now, int64_t pause) {
  for (int is_urgent = 0; is_urgent < 2; is_urgent++) {
    int64_t until = now + neap_coinbase_pace_pause(pause, is_urgent);
    if (until > pace->closed[is_urgent]) pace->closed[is_urgent] = until;
  }
}
