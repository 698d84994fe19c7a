/* SPDX-License-Identifier: MIT */
/* indicator_kinds: the formula of each kind. */
#include "market/indicator_kinds.h"

#include <math.h>

static bool is_full(const neap_indicator *x) { return x->count + 1 >= (uint64_t)x->period; }
static bool was_full(const neap_indicator *x) { return x->count >= (uint64_t)x->period; }

static bool step_series(neap_indicator *x, const neap_input *input, double *out) {
  (void)x;
  *out = input->close;
  return true;
}

/* Kahan, with an error term of its own for what enters and for what leaves, and exact answers for a window of equal
 * values: the decisions of pandas' rolling mean, so that crossings fall on the same bars. */
static void mean_add(double *sum, double *error, double value) {
  double y = value - *error;
  double t = *sum + y;
  *error = t - *sum - y;
  *sum = t;
}

static double mean_value(const neap_mean_state *mean, int64_t period) {
  double value = mean->sum / (double)period;
  if (mean->same >= period) return mean->last;
  if (mean->negative == 0 && value < 0) return 0;
  if (mean->negative == period && value > 0) return 0;
  return value;
}

static bool step_sma(neap_indicator *x, const neap_input *input, double *out) {
  neap_mean_state *mean = &x->state.mean;
  double *window = x->work, value = input->close;
  if (was_full(x)) {
    mean_add(&mean->sum, &mean->remove_error, -window[x->slot]);
    mean->negative -= signbit(window[x->slot]) != 0;
  }
  mean_add(&mean->sum, &mean->add_error, value);
  mean->negative += signbit(value) != 0;
  mean->same = x->count > 0 && value == mean->last ? mean->same + 1 : 1;
  mean->last = value;
  window[x->slot] = value;
  *out = mean_value(mean, x->period);
  return is_full(x);
}

static bool step_ema(neap_indicator *x, const neap_input *input, double *out) {
  neap_smooth_state *smooth = &x->state.smooth;
  if (was_full(x)) {
    smooth->up += 2.0 / ((double)x->period + 1.0) * (input->close - smooth->up);
  } else {
    mean_add(&smooth->up, &smooth->error, input->close);
    if (is_full(x)) smooth->up /= (double)x->period;
  }
  *out = smooth->up;
  return is_full(x);
}

typedef struct candidate {
  double value;
  uint64_t at; /* which input */
} candidate;

static int64_t ring_slot(const neap_indicator *x, int64_t index) {
  int64_t slot = x->state.extreme.head + index;
  return slot < x->period ? slot : slot - x->period;
}

/* Keeps only inputs that can still become the extreme: each later one is strictly worse than the one before it. */
static double extreme_add(neap_indicator *x, double value, double sign) {
  candidate *ring = x->work;
  neap_extreme_state *state = &x->state.extreme;
  if (state->size > 0 && ring[state->head].at + (uint64_t)x->period <= x->count) {
    state->head = ring_slot(x, 1);
    state->size--;
  }
  while (state->size > 0 && sign * ring[ring_slot(x, state->size - 1)].value <= sign * value) state->size--;
  ring[ring_slot(x, state->size++)] = (candidate){value, x->count};
  return ring[state->head].value;
}

static bool step_highest(neap_indicator *x, const neap_input *input, double *out) {
  *out = extreme_add(x, input->high, 1);
  return is_full(x);
}

static bool step_lowest(neap_indicator *x, const neap_input *input, double *out) {
  *out = extreme_add(x, input->low, -1);
  return is_full(x);
}

/* Wilder's average: the mean of the first n, then (previous × (n − 1) + value) / n. `index` counts from 0. */
static void wilder_add(double *average, uint64_t index, double period, double value) {
  double n = index < (uint64_t)period ? (double)index + 1 : period;
  *average = (*average * (n - 1) + value) / n;
}

/* The first bar has no close before it: its range is high − low. */
static double true_range(const neap_indicator *x, const neap_input *input) {
  double range = input->high - input->low;
  if (x->count == 0) return range;
  double last = x->state.smooth.last_close;
  return fmax(range, fmax(fabs(input->high - last), fabs(input->low - last)));
}

static bool step_atr(neap_indicator *x, const neap_input *input, double *out) {
  neap_smooth_state *smooth = &x->state.smooth;
  wilder_add(&smooth->up, x->count, (double)x->period, true_range(x, input));
  smooth->last_close = input->close;
  *out = smooth->up;
  return is_full(x);
}

/* 100 without a loss, 50 when nothing moved at all. */
static double strength(double up, double down) {
  double sum = up + down;
  return sum > 0 ? 100 * (up / sum) : 50;
}

static bool step_rsi(neap_indicator *x, const neap_input *input, double *out) {
  neap_smooth_state *smooth = &x->state.smooth;
  double change = input->close - smooth->last_close;
  smooth->last_close = input->close;
  if (x->count == 0) return false;
  wilder_add(&smooth->up, x->count - 1, (double)x->period, change > 0 ? change : 0);
  wilder_add(&smooth->down, x->count - 1, (double)x->period, change < 0 ? -change : 0);
  *out = strength(smooth->up, smooth->down);
  return was_full(x);
}

/* zscore never subtracts what leaves the window, so a spike that has left leaves no error behind: the window is the
 * tail of the block before (moments of each tail kept in `tail`) and the head of the running block. */
typedef struct slot_moments {
  double value;
  neap_moments tail; /* of this slot and all later ones of the block before */
} slot_moments;

static void moments_add(neap_moments *moments, int64_t count_with, double value) {
  double delta = value - moments->mean;
  moments->mean += delta / (double)count_with;
  moments->squares += delta * (value - moments->mean);
}

static void close_block(neap_indicator *x) {
  slot_moments *slots = x->work;
  neap_moments tail = {0, 0};
  for (int64_t i = x->period - 1; i >= 0; i--) {
    moments_add(&tail, x->period - i, slots[i].value);
    slots[i].tail = tail;
  }
  x->state.block = (neap_moments){0, 0};
}

static neap_moments merge(neap_moments a, int64_t a_count, neap_moments b, int64_t b_count) {
  double n = (double)(a_count + b_count), delta = b.mean - a.mean;
  return (neap_moments){a.mean + delta * ((double)b_count / n),
                        a.squares + b.squares + delta * delta * ((double)a_count * (double)b_count / n)};
}

static bool step_zscore(neap_indicator *x, const neap_input *input, double *out) {
  slot_moments *slots = x->work;
  if (x->slot == 0 && was_full(x)) close_block(x);
  slots[x->slot].value = input->close;
  moments_add(&x->state.block, x->slot + 1, input->close);
  if (!is_full(x)) return false;
  neap_moments all = x->state.block;
  if (x->slot + 1 < x->period) all = merge(all, x->slot + 1, slots[x->slot + 1].tail, x->period - x->slot - 1);
  double deviation = sqrt(all.squares / (double)(x->period - 1));
  *out = deviation > 0 ? (input->close - all.mean) / deviation : 0;
  return true;
}

static const neap_kind kinds[] = {
    [NEAP_SERIES] = {"series", step_series, 0, 0, 1, false},
    [NEAP_SMA] = {"sma", step_sma, sizeof(double), 0, 1, false},
    [NEAP_EMA] = {"ema", step_ema, 0, 0, 1, false},
    [NEAP_HIGHEST] = {"highest", step_highest, sizeof(candidate), 0, 1, false},
    [NEAP_LOWEST] = {"lowest", step_lowest, sizeof(candidate), 0, 1, false},
    [NEAP_ATR] = {"atr", step_atr, 0, 0, 1, true},
    [NEAP_RSI] = {"rsi", step_rsi, 0, 1, 1, false},
    [NEAP_ZSCORE] = {"zscore", step_zscore, sizeof(slot_moments), 0, 2, false},
};

const neap_kind *neap_kind_of(neap_indicator_kind kind) {
  size_t index = (size_t)kind;
  return index < sizeof kinds / sizeof *kinds ? &kinds[index] : NULL;
}
