/* SPDX-License-Identifier: MIT */
/* indicator_kinds: how each kind of indicator takes in one more input. Only market/indicator*.c include this. */
#ifndef NEAP_MARKET_INDICATOR_KINDS_H
#define NEAP_MARKET_INDICATOR_KINDS_H

#include <stddef.h>

#include "market/indicator.h"

/* A float comes as a bar whose three prices are that float. */
typedef struct neap_input {
  double high, low, close;
} neap_input;

typedef struct neap_mean_state {
  double sum, add_error, remove_error, last;
  int64_t same, negative; /* equal inputs in a row; inputs below zero in the window */
} neap_mean_state;

typedef struct neap_extreme_state {
  int64_t head, size; /* of the ring of candidates, best first */
} neap_extreme_state;

typedef struct neap_smooth_state {
  double up, down, error; /* ema and atr use `up` alone; `error` compensates its sum while the seed is gathered */
  double last_close;
} neap_smooth_state;

typedef struct neap_moments {
  double mean, squares; /* squares: sum of (x − mean)² */
} neap_moments;

struct neap_indicator {
  neap_indicator_kind kind;
  int64_t period;
  uint64_t count; /* inputs taken, this one not yet */
  int64_t slot;   /* count modulo period */
  double now, previous;
  int64_t stored; /* values that can be read, at most `kept` */
  int64_t kept;
  double *history; /* ring of `kept`; NULL while two are kept */
  int64_t newest;  /* slot of history */
  void *work;      /* period × the kind's bytes */
  union {
    neap_mean_state mean;
    neap_extreme_state extreme;
    neap_smooth_state smooth;
    neap_moments block;
  } state;
};

typedef struct neap_kind {
  const char *name;
  /* Takes an input in; true when *out is a value. */
  bool (*step)(neap_indicator *indicator, const neap_input *input, double *out);
  size_t work;   /* bytes per period */
  int64_t extra; /* pushes until ready = period + extra; a series is ready at once */
  int64_t least; /* smallest period */
  bool needs_bars;
} neap_kind;

const neap_kind *neap_kind_of(neap_indicator_kind kind); /* NULL for none of them */

#endif
