/* SPDX-License-Identifier: MIT */
/* query_time: which event a moment belongs to. Events are numbered as they happened, so halving finds it. */
#include "store/query.h"

/* The first event from `seq` on, or (newest) the last of all. NEAP_END: none. */
static neap_status find(neap_query *query, uint64_t seq, bool newest, uint64_t *found, int64_t *ns, neap_fault *fault) {
  const neap_event_filter filter = {.since_seq = seq, .limit = 1, .newest_first = newest};
  neap_event_row row;
  neap_status status = neap_query_events(query, &filter, fault);
  if (status == NEAP_OK) status = neap_query_next(query, &row, fault);
  if (status != NEAP_OK) return status;
  *found = row.seq;
  *ns = row.ts_ns;
  return NEAP_OK;
}

/* Between `low`, which is not later than `ns`, and `high`, which is. */
static neap_status halve(neap_query *query, int64_t ns, uint64_t low, uint64_t high, uint64_t *seq, neap_fault *fault) {
  neap_status status = NEAP_OK;
  while (status == NEAP_OK && high - low > 1) {
    uint64_t middle = low + (high - low) / 2, found;
    int64_t at;
    status = find(query, middle, false, &found, &at, fault);
    if (status == NEAP_OK && at <= ns)
      low = found;
    else
      high = middle;
  }
  *seq = low;
  return status;
}

neap_status neap_query_seq_at(neap_query *query, int64_t ns, uint64_t *seq, neap_fault *fault) {
  uint64_t first, last;
  int64_t begun, ended;
  neap_status status = find(query, 0, false, &first, &begun, fault);
  if (status == NEAP_END) return neap_fail(fault, NEAP_NOT_FOUND, "no_events", "there is no event");
  if (status == NEAP_OK) status = find(query, 0, true, &last, &ended, fault);
  if (status != NEAP_OK) return status;
  if (ns < begun) return neap_fail(fault, NEAP_NOT_FOUND, "before_all", "the first event is later");
  if (ns >= ended) return *seq = last, NEAP_OK;
  return halve(query, ns, first, last, seq, fault);
}
