/* SPDX-License-Identifier: MIT */
/* slice_plan: sizes and times of slices. */
#include "account/slice_plan.h"

#include "base/clock.h"
#include "base/record.h"

/* Where the plan has no steps of its own. */
static const int64_t attempt = 60 * NEAP_SECOND;

static neap_decimal floor_to(__int128 units, neap_decimal increment) {
  if (increment.units <= 0) return (neap_decimal){units};
  return (neap_decimal){units - units % increment.units};
}

static int64_t later(int64_t time, int64_t span) {
  int64_t sum;
  return __builtin_add_overflow(time, span, &sum) ? INT64_MAX : sum;
}

static bool is_too_small(neap_decimal part, const neap_slices *slices) {
  return part.units <= 0 || part.units < slices->smallest.units;
}

/* Into how many parts, at most `wanted`, none too small. */
static uint32_t parts_of(const neap_slices *slices, neap_decimal quantity, neap_decimal increment, uint32_t wanted) {
  uint32_t parts = wanted ? wanted : 1;
  __int128 least = slices->smallest.units > increment.units ? slices->smallest.units : increment.units;
  if (least > 0 && quantity.units / least < parts) parts = (uint32_t)(quantity.units / least);
  while (parts > 1 && is_too_small(floor_to(quantity.units / parts, increment), slices)) parts--;
  return parts ? parts : 1;
}

/* What an order must have at least is itself a quantity that one may have. */
static neap_decimal ceil_to(neap_decimal quantity, neap_decimal increment) {
  neap_decimal down = floor_to(quantity.units, increment);
  return (neap_decimal){down.units < quantity.units ? down.units + increment.units : down.units};
}

void neap_slices_fit(neap_slices *slices, neap_execution execution, neap_decimal quantity, neap_decimal increment) {
  slices->step = attempt;
  slices->smallest = ceil_to(slices->smallest, increment);
  slices->show = neap_decimal_max(floor_to(slices->show.units, increment), slices->smallest);
  if (execution != NEAP_ICEBERG) slices->show = NEAP_ZERO;
  if (execution != NEAP_TWAP) return;
  slices->count = parts_of(slices, quantity, increment, slices->count);
  slices->step = slices->over / slices->count;
}

void neap_slices_begin(neap_slices *slices, neap_execution execution, int64_t now) {
  slices->due = now;
  if (execution == NEAP_VWAP) slices->due = slices->over ? later(now, slices->over) : 0;
}

static neap_decimal wanted_of(const neap_slices *slices, neap_execution execution, neap_decimal free,
                              neap_decimal increment) {
  uint32_t left = slices->cut < slices->count ? slices->count - slices->cut : 1;
  if (execution == NEAP_ICEBERG) return slices->show;
  if (execution == NEAP_VWAP) return free;
  return floor_to(free.units / parts_of(slices, free, increment, left), increment);
}

/* A rest that could not leave by itself goes with the slice before it. */
static neap_decimal with_crumbs(const neap_slices *slices, neap_decimal wanted, neap_decimal free) {
  neap_decimal after = {free.units - wanted.units};
  return is_too_small(wanted, slices) || is_too_small(after, slices) ? free : wanted; /* also when nothing is after */
}

neap_decimal neap_slices_next(const neap_slices *slices, neap_execution execution, neap_decimal free,
                              neap_decimal increment) {
  if (free.units <= 0) return NEAP_ZERO;
  return with_crumbs(slices, wanted_of(slices, execution, free, increment), free);
}

neap_decimal neap_slices_share(const neap_slices *slices, neap_decimal free, neap_decimal increment) {
  neap_decimal wanted = floor_to(slices->earned.units, increment);
  if (free.units <= 0 || is_too_small(wanted, slices)) return NEAP_ZERO;
  return with_crumbs(slices, neap_decimal_min(wanted, free), free);
}

/* The step after the last leads nowhere: there is no slice. What came in time leaves the others where they were. */
void neap_slices_cut(neap_slices *slices, neap_execution execution, neap_decimal quantity, int64_t now) {
  slices->cut++;
  if (execution == NEAP_TWAP)
    slices->due = slices->cut < slices->count ? later(now, slices->step) : 0;
  else if (execution == NEAP_ICEBERG || (slices->due && slices->due <= now))
    slices->due = 0;
  slices->earned = neap_decimal_max(NEAP_ZERO, (neap_decimal){slices->earned.units - quantity.units});
}

neap_status neap_slices_earn(neap_slices *slices, neap_decimal volume) {
  neap_decimal part;
  neap_status status = neap_decimal_mul(volume, slices->share, NEAP_DECIMAL_DIGITS, NEAP_ROUND_DOWN, &part);
  return status == NEAP_OK ? neap_decimal_add(slices->earned, part, &slices->earned) : status;
}

/* An iceberg shows the next at once; otherwise what comes back waits for the slices that are still to come, or a step
 * where there are none. A vwap without an end waits for the market. */
static int64_t next_due(const neap_slices *slices, neap_execution execution, bool filled_some, neap_slice_rest rest,
                        int64_t now) {
  if (rest.free.units <= 0) return slices->due;
  if (execution == NEAP_ICEBERG) return rest.working.units ? 0 : filled_some ? now : later(now, slices->step);
  bool waits = slices->due || (execution == NEAP_VWAP && !slices->over);
  return waits ? slices->due : later(now, slices->step);
}

void neap_slices_ended(neap_slices *slices, neap_execution execution, bool filled_some, neap_slice_rest rest,
                       int64_t now) {
  slices->failed = filled_some || slices->paused ? 0 : slices->failed + 1;
  if (!filled_some && execution == NEAP_TWAP) slices->count++; /* longer, for the others are to grow no larger */
  slices->due = neap_slices_gave_up(slices) ? now : next_due(slices, execution, filled_some, rest, now);
}

void neap_slices_resume(neap_slices *slices, neap_execution execution, neap_slice_rest rest, int64_t now) {
  slices->paused = false;
  bool is_waiting = slices->due > now;
  bool shows_none = execution == NEAP_ICEBERG && !rest.working.units;
  bool for_the_market = execution == NEAP_VWAP && !slices->over;
  if (rest.free.units > 0 && !for_the_market && (!is_waiting || shows_none)) slices->due = now;
}

const char *neap_execution_name(neap_execution execution) {
  static const char *const names[NEAP_EXECUTIONS] = {"", "twap", "vwap", "iceberg"};
  return (unsigned)execution < NEAP_EXECUTIONS ? names[execution] : "?";
}

static void put_int(neap_buffer *out, const char *key, int64_t value) {
  if (value) neap_record_int(out, key, value);
}

static void put_amount(neap_buffer *out, const char *key, neap_decimal value) {
  if (!neap_decimal_is_zero(value)) neap_record_decimal(out, key, value);
}

void neap_slices_record(const neap_slices *slices, neap_buffer *out) {
  put_int(out, "over", slices->over);
  put_int(out, "slice_step", slices->step);
  put_int(out, "slices", slices->count);
  put_int(out, "slices_cut", slices->cut);
  put_int(out, "slices_failed", slices->failed);
  put_amount(out, "show", slices->show);
  put_amount(out, "share", slices->share);
  put_amount(out, "slice_smallest", slices->smallest);
  put_amount(out, "slice_earned", slices->earned);
  if (slices->due) neap_record_time(out, "slice_due", slices->due);
  if (slices->paused) neap_record_bool(out, "paused", true);
}
