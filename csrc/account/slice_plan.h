/* SPDX-License-Identifier: MIT */
/* slice_plan: how an order is cut into slices and when each is due. Pure: the session and replay both go by these
 * rules, and neither the clock nor a market is asked.
 *
 * twap: `count` slices of equal size, `step` apart, the first at once. vwap: its share of what the market trades, and
 * at the end of `over` the rest. iceberg: `show` at a time, the next when the one before is done. What is left is
 * spread over the slices that are left, so that the slices always sum to the order; one that
 * came to nothing makes the plan a slice longer, and the others no larger. */
#ifndef NEAP_ACCOUNT_SLICE_PLAN_H
#define NEAP_ACCOUNT_SLICE_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/decimal.h"

typedef enum neap_execution { NEAP_WHOLE, NEAP_TWAP, NEAP_VWAP, NEAP_ICEBERG, NEAP_EXECUTIONS } neap_execution;

enum { NEAP_SLICES_MOST = 1000, NEAP_SLICES_PATIENCE = 3 };

/* All zero: an order that goes in one piece. Times are ns on the session's clock; 0: at no time. */
typedef struct neap_slices {
  int64_t over;          /* how long it may take; vwap: 0 is as long as it takes */
  int64_t step;          /* from one slice to the next, and from one that came to nothing to the next attempt */
  uint32_t count;        /* slices planned: of a twap */
  uint32_t cut;          /* slices made */
  uint32_t failed;       /* in a row, that ended with nothing filled */
  neap_decimal show;     /* quantity that an iceberg shows */
  neap_decimal share;    /* of the traded volume: of a vwap */
  neap_decimal smallest; /* no slice is smaller, unless it is all that is left */
  neap_decimal earned;   /* of the volume since the last slice: of a vwap */
  int64_t due;           /* the next slice */
  bool paused;
} neap_slices;

/* What a plan is told of the whole. */
typedef struct neap_slice_rest {
  neap_decimal free;    /* what neither filled nor works */
  neap_decimal working; /* what slices have out */
} neap_slice_rest;

/* Fits the wish to the order: fewer slices where the smallest quantity binds, and the step between them. */
void neap_slices_fit(neap_slices *slices, neap_execution execution, neap_decimal quantity, neap_decimal increment);
void neap_slices_begin(neap_slices *slices, neap_execution execution, int64_t now);
/* The quantity of the slice that is due; zero: none. What would leave less than the smallest takes all. */
neap_decimal neap_slices_next(const neap_slices *slices, neap_execution execution, neap_decimal free,
                              neap_decimal increment);
/* The same of a vwap, when it has earned a part of the volume. */
neap_decimal neap_slices_share(const neap_slices *slices, neap_decimal free, neap_decimal increment);
void neap_slices_cut(neap_slices *slices, neap_execution execution, neap_decimal quantity, int64_t now);
/* A bar of that volume closed: of a vwap. */
neap_status neap_slices_earn(neap_slices *slices, neap_decimal volume);
/* A slice is over, filled or not; `rest` is as it is now. */
void neap_slices_ended(neap_slices *slices, neap_execution execution, bool filled_some, neap_slice_rest rest,
                       int64_t now);
void neap_slices_resume(neap_slices *slices, neap_execution execution, neap_slice_rest rest, int64_t now);
/* No further attempt is made. */
static inline bool neap_slices_gave_up(const neap_slices *slices) { return slices->failed >= NEAP_SLICES_PATIENCE; }

const char *neap_execution_name(neap_execution execution);            /* "twap" …; "" of an order in one piece */
void neap_slices_record(const neap_slices *slices, neap_buffer *out); /* what is zero is left out */

#endif
