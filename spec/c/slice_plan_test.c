/* SPDX-License-Identifier: MIT */
/* Whatever is ordered, refused, paused and given back: slices sum to the order, keep increments and the smallest
 * quantity, and come in order of time. */
#include "account/slice_plan.h"
#include "base/clock.h"
#include "dice.h"
#include "session_support.h"

enum { PARENTS = 100000, MOST = 5000 };

typedef struct parent {
  neap_slices slices;
  neap_execution execution;
  neap_decimal quantity, increment, filled, working;
  int64_t now, latest;
  int made, idle;
} parent;

static uint64_t seed = 20261128;
static uint64_t pick(uint64_t sides) { return dice_roll(&seed, sides); }

static neap_decimal times(neap_decimal unit, uint64_t count) { return (neap_decimal){unit.units * (__int128)count}; }

static neap_slice_rest rest_of(const parent *self) {
  return (neap_slice_rest){{self->quantity.units - self->filled.units - self->working.units}, self->working};
}

static void order(parent *self) {
  static const char *const increments[] = {"0.00000001", "0.001", "0.5", "1", "3"};
  *self = (parent){.execution = (neap_execution)(1 + pick(3)), .increment = dec(increments[pick(5)])};
  self->slices.smallest = times(self->increment, pick(30));
  self->quantity = neap_decimal_max(times(self->increment, 1 + pick(4000)), self->slices.smallest);
  self->slices.count = self->execution == NEAP_TWAP ? 1 + (uint32_t)pick(60) : 0;
  self->slices.over = self->execution != NEAP_ICEBERG && pick(8) ? (int64_t)(1 + pick(7200)) * NEAP_SECOND : 0;
  if (self->execution == NEAP_TWAP && !self->slices.over) self->slices.over = 30 * NEAP_SECOND;
  self->slices.show = self->execution == NEAP_ICEBERG ? times(self->increment, 1 + pick(500)) : NEAP_ZERO;
  if (self->execution == NEAP_VWAP) self->slices.share = dec("0.1");
  self->now = self->latest = (int64_t)pick(1000) * NEAP_SECOND;
  neap_slices_fit(&self->slices, self->execution, self->quantity, self->increment);
  neap_slices_begin(&self->slices, self->execution, self->now);
}

static void check_slice(parent *self, neap_decimal slice) {
  neap_decimal free = rest_of(self).free;
  assert_true(slice.units > 0 && slice.units <= free.units);
  assert_true(slice.units % self->increment.units == 0);
  assert_true(slice.units >= self->slices.smallest.units || slice.units == free.units);
  neap_decimal after = {free.units - slice.units};
  assert_true(after.units == 0 || after.units >= self->slices.smallest.units);
  assert_true(self->now >= self->latest);
  self->latest = self->now;
}

/* Filled, filled in part and given back, or refused: in whole increments, as markets do. */
static void end_slice(parent *self, neap_decimal slice) {
  static const int shares[] = {100, 100, 100, 100, 100, 40, 0};
  __int128 filled = slice.units * shares[pick(7)] / 100;
  filled -= filled % self->increment.units;
  self->filled.units += filled;
  self->working.units -= slice.units;
  neap_slices_ended(&self->slices, self->execution, filled > 0, rest_of(self), self->now);
}

static void make_slice(parent *self, neap_decimal slice) {
  check_slice(self, slice);
  self->made++;
  neap_slices_cut(&self->slices, self->execution, slice, self->now);
  self->working.units += slice.units;
  if (pick(20)) end_slice(self, slice);
}

static void pause_and_resume(parent *self) {
  neap_decimal out = self->working;
  self->slices.paused = true;
  self->working = NEAP_ZERO;
  if (out.units) neap_slices_ended(&self->slices, self->execution, false, rest_of(self), self->now);
  self->now += (int64_t)pick(4000) * NEAP_SECOND;
  neap_slices_resume(&self->slices, self->execution, rest_of(self), self->now);
}

/* The market trades, or time passes to what is due. */
static void step(parent *self) {
  neap_decimal slice;
  if (pick(40) == 0) pause_and_resume(self);
  if (self->working.units && pick(2)) end_slice(self, self->working);
  bool trades = self->execution == NEAP_VWAP && (!self->slices.due || pick(3));
  if (trades) {
    self->now += NEAP_SECOND;
    assert_int_equal(neap_slices_earn(&self->slices, times(self->increment, pick(2000))), NEAP_OK);
    slice = neap_slices_share(&self->slices, rest_of(self).free, self->increment);
  } else {
    if (!self->slices.due) return;
    if (self->slices.due > self->now) self->now = self->slices.due;
    if (neap_slices_gave_up(&self->slices)) return;
    slice = neap_slices_next(&self->slices, self->execution, rest_of(self).free, self->increment);
    if (!slice.units) self->slices.due = 0;
  }
  if (slice.units) make_slice(self, slice);
}

static void slices_sum_to_the_order(void **state) {
  (void)state;
  for (int i = 0; i < PARENTS; i++) {
    parent self;
    order(&self);
    int steps = 0;
    while (self.filled.units < self.quantity.units && !neap_slices_gave_up(&self.slices) && steps++ < MOST) step(&self);
    if (steps >= MOST) fail_msg("parent %d (%s) never ends", i, neap_execution_name(self.execution));
    assert_true(self.filled.units + self.working.units <= self.quantity.units);
  }
}

/* Undisturbed: the planned number, equal to an increment's rest, a step apart. */
static void a_twap_is_even(void **state) {
  (void)state;
  neap_slices slices = {.over = 1800 * NEAP_SECOND, .count = 12, .smallest = dec("0.1")};
  neap_decimal quantity = dec("10"), increment = dec("0.001"), free = quantity;
  neap_slices_fit(&slices, NEAP_TWAP, quantity, increment);
  neap_slices_begin(&slices, NEAP_TWAP, 0);
  for (int i = 0; i < 12; i++) {
    assert_int_equal(slices.due, i * 150 * NEAP_SECOND);
    neap_decimal slice = neap_slices_next(&slices, NEAP_TWAP, free, increment);
    assert_true(slice.units == dec("0.833").units || slice.units == dec("0.834").units);
    free.units -= slice.units;
    neap_slices_cut(&slices, NEAP_TWAP, slice, slices.due);
  }
  assert_true(free.units == 0 && slices.due == 0);
}

static void fewer_slices_where_the_smallest_binds(void **state) {
  (void)state;
  neap_slices slices = {.over = 60 * NEAP_SECOND, .count = 12, .smallest = dec("0.25")};
  neap_slices_fit(&slices, NEAP_TWAP, dec("1.1"), dec("0.1"));
  assert_int_equal(slices.count, 3); /* of 0.3, the smallest that may be had */
  assert_true(slices.smallest.units == dec("0.3").units);
  assert_int_equal(slices.step, 20 * NEAP_SECOND);
}

static void an_iceberg_shows_no_crumbs(void **state) {
  (void)state;
  neap_slices slices = {.show = dec("0.5"), .smallest = dec("0.2")};
  neap_slices_fit(&slices, NEAP_ICEBERG, dec("1.1"), dec("0.1"));
  assert_true(neap_slices_next(&slices, NEAP_ICEBERG, dec("1.1"), dec("0.1")).units == dec("0.5").units);
  assert_true(neap_slices_next(&slices, NEAP_ICEBERG, dec("0.6"), dec("0.1")).units == dec("0.6").units);
  assert_true(neap_slices_next(&slices, NEAP_ICEBERG, NEAP_ZERO, dec("0.1")).units == 0);
}

static void the_third_that_comes_to_nothing_is_the_last(void **state) {
  (void)state;
  neap_slices slices = {.over = 600 * NEAP_SECOND, .count = 2};
  neap_slice_rest rest = {.free = dec("1")};
  neap_slices_fit(&slices, NEAP_TWAP, dec("1"), dec("0.1"));
  neap_slices_ended(&slices, NEAP_TWAP, false, rest, 5);
  neap_slices_ended(&slices, NEAP_TWAP, false, rest, 6);
  assert_false(neap_slices_gave_up(&slices));
  neap_slices_ended(&slices, NEAP_TWAP, true, rest, 7);
  for (int i = 8; i < 11; i++) neap_slices_ended(&slices, NEAP_TWAP, false, rest, i);
  assert_true(neap_slices_gave_up(&slices));
  assert_int_equal(slices.due, 10);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(slices_sum_to_the_order), cmocka_unit_test(a_twap_is_even),
                                     cmocka_unit_test(fewer_slices_where_the_smallest_binds),
                                     cmocka_unit_test(an_iceberg_shows_no_crumbs),
                                     cmocka_unit_test(the_third_that_comes_to_nothing_is_the_last)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
