/* SPDX-License-Identifier: MIT */
/* query_reserve: the events that lie in the reserve beside a store, as rows. */
#ifndef NEAP_STORE_QUERY_RESERVE_H
#define NEAP_STORE_QUERY_RESERVE_H

#include "store/query.h"
#include "store/reserve.h"

typedef struct neap_reserve_rows {
  neap_reserve_contents contents;
  neap_packed_event *event; /* those that were selected, oldest first */
  size_t count, given;
  neap_buffer texts, body; /* of the row that was given last */
} neap_reserve_rows;

neap_status neap_reserve_rows_init(neap_reserve_rows *rows, const char *store, neap_fault *fault);
void neap_reserve_rows_fini(neap_reserve_rows *rows);
/* Those behind `after` that the filter lets through; its limit is the caller's. */
neap_status neap_reserve_rows_select(neap_reserve_rows *rows, const neap_event_filter *filter, uint64_t after,
                                     neap_fault *fault);
neap_status neap_reserve_rows_next(neap_reserve_rows *rows, bool newest_first, neap_event_row *out, neap_fault *fault);

#endif
