/* SPDX-License-Identifier: MIT */
/* indicator: streaming indicators over a series of floats or bars, all in one shape: push, value, previous value,
 * ready. O(1) or amortized O(1) per push, a fixed amount of memory. The same input gives the same bits on every
 * compiler. */
#ifndef NEAP_MARKET_INDICATOR_H
#define NEAP_MARKET_INDICATOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"

typedef enum neap_indicator_kind {
  NEAP_SERIES,  /* the input itself: for the history of a series; period = how many values are kept readable (default 2)
                 */
  NEAP_SMA,     /* mean of the last n; compensated sum, so that a million pushes do not drift */
  NEAP_EMA,     /* alpha 2/(n+1), seeded with the mean of the first n */
  NEAP_HIGHEST, /* of the last n (input: value, or the bar's high) */
  NEAP_LOWEST,  /* of the last n (input: value, or the bar's low) */
  NEAP_ATR, /* Wilder: mean of the first n true ranges, then (previous × (n−1) + tr)/n; needs bars; the first range is
               high − low */
  NEAP_RSI, /* Wilder: 100 × up/(up + down), both averaged over n changes; 50 while nothing moved; ready after n + 1 */
  NEAP_ZSCORE /* (x − mean) / sample standard deviation over n; 0 where the deviation is 0 */
} neap_indicator_kind;

typedef struct neap_indicator neap_indicator;

/* `period` 1..1,000,000 (zscore from 2). NEAP_INVALID, NEAP_MEMORY. */
neap_status neap_indicator_new(neap_indicator_kind kind, int64_t period, neap_indicator **out, neap_fault *fault);
void neap_indicator_free(neap_indicator *indicator);

/* A float, or a bar. nan, infinities, magnitudes over 1e150 and a high below its low are refused with NEAP_INVALID and
 * change nothing. An indicator that needs bars refuses floats; one that takes floats uses the bar's close, highest its
 * high, lowest its low. */
neap_status neap_indicator_push(neap_indicator *indicator, double value);
neap_status neap_indicator_push_bar(neap_indicator *indicator, double high, double low, double close);

bool neap_indicator_ready(const neap_indicator *indicator);
int64_t neap_indicator_warmup(const neap_indicator *indicator); /* pushes until ready */
/* back = 0 newest … ; kept are at least 2 values (a series: its period). false when there is none (not ready, too far
 * back). */
bool neap_indicator_value(const neap_indicator *indicator, int64_t back, double *out);
/* Pushes that are missing until `back` can be read: 0 when it can be read now. (`back` must be kept.) */
int64_t neap_indicator_missing(const neap_indicator *indicator, int64_t back);
int64_t neap_indicator_kept(const neap_indicator *indicator);
/* Keeps at least `count` past values readable from now on (a read of s[i] beyond is an error that names the number
 * kept). */
neap_status neap_indicator_keep(neap_indicator *indicator, int64_t count);

/* x was below y on the previous push and is above it now, both strictly. Unready or first ready value: false. */
bool neap_indicator_crossed_above(const neap_indicator *x, const neap_indicator *y);
bool neap_indicator_crossed_below(const neap_indicator *x, const neap_indicator *y);
/* The same against a constant level. */
bool neap_indicator_crossed_above_level(const neap_indicator *x, double level);
bool neap_indicator_crossed_below_level(const neap_indicator *x, double level);

size_t neap_indicator_size(const neap_indicator *indicator); /* bytes that it holds */
neap_indicator_kind neap_indicator_kind_of(const neap_indicator *indicator);
int64_t neap_indicator_period(const neap_indicator *indicator);
const char *neap_indicator_kind_name(neap_indicator_kind kind); /* "sma" … */

#endif
