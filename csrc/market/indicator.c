/* SPDX-License-Identifier: MIT */
/* indicator: the shape that all kinds share: inputs checked, values kept, crossings. */
#include "market/indicator.h"

#include <math.h>
#include <stdlib.h>

#include "market/indicator_kinds.h"

enum { MAX_PERIOD = 1000000, LEAST_KEPT = 2 };

/* Sums of a million squares of inputs up to here still fit a double. */
static const double MAX_INPUT = 1e150;

static neap_status check_period(const neap_kind *kind, int64_t period, neap_fault *fault) {
  if (period >= kind->least && period <= MAX_PERIOD) return NEAP_OK;
  return neap_fail(fault, NEAP_INVALID, "period", "%s: the period must be a whole number from %lld to %d, not %lld",
                   kind->name, (long long)kind->least, MAX_PERIOD, (long long)period);
}

static neap_status no_memory(neap_fault *fault) {
  return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for an indicator");
}

neap_status neap_indicator_new(neap_indicator_kind kind, int64_t period, neap_indicator **out, neap_fault *fault) {
  const neap_kind *traits = neap_kind_of(kind);
  if (!traits) return neap_fail(fault, NEAP_INVALID, "kind", "no such kind of indicator");
  neap_status status = check_period(traits, period, fault);
  if (status != NEAP_OK) return status;
  neap_indicator *x = calloc(1, sizeof *x);
  if (!x) return no_memory(fault);
  x->kind = kind;
  x->period = period;
  x->kept = LEAST_KEPT;
  if (traits->work > 0 && !(x->work = calloc((size_t)period, traits->work))) goto fail;
  if (kind == NEAP_SERIES && neap_indicator_keep(x, period) != NEAP_OK) goto fail;
  *out = x;
  return NEAP_OK;
fail:
  neap_indicator_free(x);
  return no_memory(fault);
}

void neap_indicator_free(neap_indicator *indicator) {
  if (!indicator) return;
  free(indicator->history);
  free(indicator->work);
  free(indicator);
}

static void remember(neap_indicator *x, double value) {
  x->previous = x->now;
  x->now = value;
  if (x->stored < x->kept) x->stored++;
  if (!x->history) return;
  x->newest = x->newest + 1 < x->kept ? x->newest + 1 : 0;
  x->history[x->newest] = value;
}

static void take(neap_indicator *x, const neap_input *input) {
  double value = 0;
  if (neap_kind_of(x->kind)->step(x, input, &value)) remember(x, value);
  x->count++;
  x->slot = x->slot + 1 < x->period ? x->slot + 1 : 0;
}

/* Also false for nan. */
static bool is_acceptable(double value) { return fabs(value) <= MAX_INPUT; }

neap_status neap_indicator_push(neap_indicator *indicator, double value) {
  if (!is_acceptable(value) || neap_kind_of(indicator->kind)->needs_bars) return NEAP_INVALID;
  take(indicator, &(neap_input){value, value, value});
  return NEAP_OK;
}

neap_status neap_indicator_push_bar(neap_indicator *indicator, double high, double low, double close) {
  if (!is_acceptable(high) || !is_acceptable(low) || !is_acceptable(close) || high < low) return NEAP_INVALID;
  take(indicator, &(neap_input){high, low, close});
  return NEAP_OK;
}

bool neap_indicator_ready(const neap_indicator *indicator) { return indicator->stored > 0; }
int64_t neap_indicator_kept(const neap_indicator *indicator) { return indicator->kept; }
size_t neap_indicator_size(const neap_indicator *indicator) {
  size_t history = indicator->history ? (size_t)indicator->kept * sizeof *indicator->history : 0;
  return sizeof *indicator + (size_t)indicator->period * neap_kind_of(indicator->kind)->work + history;
}

neap_indicator_kind neap_indicator_kind_of(const neap_indicator *indicator) { return indicator->kind; }
int64_t neap_indicator_period(const neap_indicator *indicator) { return indicator->period; }

int64_t neap_indicator_warmup(const neap_indicator *indicator) {
  if (indicator->kind == NEAP_SERIES) return 1;
  return indicator->period + neap_kind_of(indicator->kind)->extra;
}

bool neap_indicator_value(const neap_indicator *indicator, int64_t back, double *out) {
  if (back < 0 || back >= indicator->stored) return false;
  if (back < LEAST_KEPT) {
    *out = back == 0 ? indicator->now : indicator->previous;
    return true;
  }
  int64_t slot = indicator->newest - back;
  *out = indicator->history[slot < 0 ? slot + indicator->kept : slot];
  return true;
}

int64_t neap_indicator_missing(const neap_indicator *indicator, int64_t back) {
  if (back < indicator->stored) return 0;
  if (indicator->stored > 0) return back + 1 - indicator->stored;
  return neap_indicator_warmup(indicator) - (int64_t)indicator->count + back;
}

/* Oldest first, so that the newest stands in slot stored − 1. */
static void copy_history(const neap_indicator *x, double *to) {
  for (int64_t back = 0; back < x->stored; back++) neap_indicator_value(x, back, &to[x->stored - 1 - back]);
}

neap_status neap_indicator_keep(neap_indicator *indicator, int64_t count) {
  if (count <= indicator->kept) return NEAP_OK;
  if (count > MAX_PERIOD) return NEAP_INVALID;
  double *history = calloc((size_t)count, sizeof *history);
  if (!history) return NEAP_MEMORY;
  copy_history(indicator, history);
  free(indicator->history);
  indicator->history = history;
  indicator->newest = indicator->stored > 0 ? indicator->stored - 1 : count - 1;
  indicator->kept = count;
  return NEAP_OK;
}

static bool has_moved(const neap_indicator *x) { return x->stored >= LEAST_KEPT; }

bool neap_indicator_crossed_above(const neap_indicator *x, const neap_indicator *y) {
  return has_moved(x) && has_moved(y) && x->previous < y->previous && x->now > y->now;
}

bool neap_indicator_crossed_below(const neap_indicator *x, const neap_indicator *y) {
  return neap_indicator_crossed_above(y, x);
}

bool neap_indicator_crossed_above_level(const neap_indicator *x, double level) {
  return has_moved(x) && x->previous < level && x->now > level;
}

bool neap_indicator_crossed_below_level(const neap_indicator *x, double level) {
  return has_moved(x) && x->previous > level && x->now < level;
}

const char *neap_indicator_kind_name(neap_indicator_kind kind) {
  const neap_kind *traits = neap_kind_of(kind);
  return traits ? traits->name : "unknown";
}
