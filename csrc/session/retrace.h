/* SPDX-License-Identifier: MIT */
/* retrace: a stored session once more, beside the bars that it saw: prices, equity and drawdown reduced to the columns
 * of a picture, its trades and its figures. The books are the session's own (session/state), moved by its events. */
#ifndef NEAP_SESSION_RETRACE_H
#define NEAP_SESSION_RETRACE_H

#include "account/round_trip.h"
#include "session/feed.h"
#include "session/statistics.h"

enum { NEAP_RETRACE_COLUMNS = 4096 };

typedef struct neap_span { /* what one column shows: the exact lowest, highest and last of its bars */
  bool has;
  neap_decimal low, high, last;
} neap_span;

typedef struct neap_retrace_options {
  const char *path;   /* of the events */
  neap_feed **feeds;  /* by product, in the session's order; NULL: no bars, the price is that of the fills */
  int64_t start, end; /* what the columns share: start ≤ time < end */
  uint32_t columns;   /* 1 … NEAP_RETRACE_COLUMNS */
} neap_retrace_options;

typedef struct neap_retrace {
  uint32_t columns, product_count;
  neap_product *products;
  neap_span *prices; /* product after product */
  neap_span *equity; /* of the account when bars close; at each fill where there are no bars */
  double *drawdown;  /* percent, ≤ 0: the deepest of the column; NAN where it has no equity */
  neap_round_trip *trades;
  size_t trade_count, open_count; /* those that are open at the end come last, with exit_time 0 */
  neap_statistics_result statistics;
  neap_decimal paid, cash, fees, final_equity;
  uint64_t first_seq, orders, fills, rejections, earlier_trades; /* first_seq over 1: trimmed, with trades before it */
} neap_retrace;

/* NEAP_CORRUPT as of neap_state_replay; the faults of store and feeds. `out` is to be freed in any case. */
neap_status neap_retrace_make(const neap_retrace_options *options, neap_retrace *out, neap_fault *fault);
void neap_retrace_fini(neap_retrace *retrace);

#endif
