/* SPDX-License-Identifier: MIT */
/* Bars that are made of trades as they come. */
#include "session/bar_maker.h"

#include <stdio.h>

#include "base/clock.h"
#include "support.h"

static const int64_t MINUTE = 60 * (int64_t)NEAP_SECOND;

typedef struct maker {
  neap_bar_maker *made;
  neap_bar_event out[NEAP_STRATEGY_PRODUCTS];
} maker;

static void begin(maker *self, uint32_t products, int64_t now) {
  const neap_bar_maker_options options = {
      .frame = MINUTE, .products = products, .grace = NEAP_SECOND, .patience = 5 * (int64_t)NEAP_SECOND};
  assert_int_equal(neap_bar_maker_new(&options, now, &self->made, NULL), NEAP_OK);
}

static void trade(const maker *self, uint32_t product, int64_t time, int price, int size) {
  neap_decimal p = neap_decimal_from_int(price);
  const neap_candle bar = {
      .time = time, .open = p, .high = p, .low = p, .close = p, .volume = neap_decimal_from_int(size)};
  neap_bar_maker_trade(self->made, product, &bar);
}

static uint32_t take(maker *self, int64_t now) {
  neap_bar_maker_move(self->made, now);
  return neap_bar_maker_take(self->made, self->out);
}

static void check(const maker *self, uint32_t at, int64_t start, const char *ohlcv) {
  char text[5][NEAP_DECIMAL_TEXT], all[5 * NEAP_DECIMAL_TEXT + 8];
  const neap_candle *bar = self->out[at].candle;
  const neap_decimal values[] = {bar->open, bar->high, bar->low, bar->close, bar->volume};
  for (int i = 0; i < 5; i++) neap_decimal_format(values[i], text[i]);
  snprintf(all, sizeof all, "%s %s %s %s %s", text[0], text[1], text[2], text[3], text[4]);
  assert_string_equal(all, ohlcv);
  assert_true(bar->time == start && self->out[at].close_time == start + MINUTE);
}

/* The minute in which it began is asked for; it is answered here with nothing. */
static void answer_first(maker *self) {
  uint32_t product;
  int64_t from, to;
  neap_bar_maker_move(self->made, MINUTE + 2 * (int64_t)NEAP_SECOND);
  while (neap_bar_maker_wants(self->made, &product, &from, &to)) {
    assert_true(from == 0 && to == MINUTE);
    neap_bar_maker_answer(self->made, product, to, NULL, 0);
  }
}

/* A time that cannot be true ends no window: the one in which it came is asked for. */
static void a_trade_of_another_century_stops_no_bars(void **state) {
  maker self;
  uint32_t product;
  int64_t from, to;
  (void)state;
  begin(&self, 1, 0);
  answer_first(&self);
  trade(&self, 0, INT64_MAX - 1, 99, 1);
  trade(&self, 0, MINUTE + 5 * (int64_t)NEAP_SECOND, 10, 1);
  assert_int_equal(take(&self, 2 * MINUTE + 2 * (int64_t)NEAP_SECOND), 0);
  assert_true(neap_bar_maker_wants(self.made, &product, &from, &to));
  assert_true(from == MINUTE && to == 2 * MINUTE);
  neap_bar_maker_answer(self.made, product, to, NULL, 0);
  trade(&self, 0, 2 * MINUTE + 3 * (int64_t)NEAP_SECOND, 11, 1);
  assert_int_equal(take(&self, 3 * MINUTE + 2 * (int64_t)NEAP_SECOND), 1);
  check(&self, 0, 2 * MINUTE, "11 11 11 11 1");
  neap_bar_maker_free(self.made);
}

static void a_minute_of_trades_is_a_bar(void **state) {
  maker self;
  (void)state;
  begin(&self, 1, 0);
  answer_first(&self);
  trade(&self, 0, MINUTE, 10, 1);
  trade(&self, 0, MINUTE + 5, 13, 2);
  trade(&self, 0, MINUTE + 6, 9, 3);
  trade(&self, 0, 2 * MINUTE - 1, 11, 4);
  assert_int_equal(take(&self, 2 * MINUTE), 0);
  assert_int_equal(take(&self, 2 * MINUTE + NEAP_SECOND), 1);
  check(&self, 0, MINUTE, "10 13 9 11 10");
  assert_true(self.out[0].candle->close_float == 11.0);
  assert_int_equal(neap_bar_maker_take(self.made, self.out), 0);
  neap_bar_maker_free(self.made);
}

static void what_ends_together_comes_together(void **state) {
  maker self;
  (void)state;
  begin(&self, 2, 0);
  answer_first(&self);
  trade(&self, 0, MINUTE + 1, 10, 1);
  trade(&self, 1, MINUTE + 2, 20, 1);
  trade(&self, 0, 2 * MINUTE, 11, 1); /* ends the minute of the first alone */
  assert_int_equal(take(&self, 2 * MINUTE), 0);
  assert_int_equal(take(&self, 2 * MINUTE + NEAP_SECOND), 2);
  check(&self, 0, MINUTE, "10 10 10 10 1");
  check(&self, 1, MINUTE, "20 20 20 20 1");
  assert_int_equal(take(&self, 3 * MINUTE + NEAP_SECOND), 1);
  check(&self, 0, 2 * MINUTE, "11 11 11 11 1");
  neap_bar_maker_free(self.made);
}

static void a_trade_of_a_bar_that_came_out_is_late(void **state) {
  maker self;
  neap_bar_maker_counts counts;
  (void)state;
  begin(&self, 1, 0);
  answer_first(&self);
  trade(&self, 0, MINUTE, 10, 1);
  assert_int_equal(take(&self, 2 * MINUTE + NEAP_SECOND), 1);
  trade(&self, 0, MINUTE + 1, 99, 1);
  neap_bar_maker_counts_get(self.made, &counts);
  assert_int_equal(counts.late_trades, 1);
  assert_int_equal(take(&self, 4 * MINUTE), 0);
  neap_bar_maker_free(self.made);
}

static neap_candle bar_at(int64_t start, int price) {
  neap_decimal p = neap_decimal_from_int(price);
  return (neap_candle){.time = start, .open = p, .high = p, .low = p, .close = p, .volume = p};
}

static void what_may_lack_a_trade_is_asked_for(void **state) {
  maker self;
  uint32_t product;
  int64_t from, to;
  (void)state;
  begin(&self, 2, 0);
  answer_first(&self);
  trade(&self, 0, MINUTE, 10, 1);
  trade(&self, 1, MINUTE, 20, 1);
  neap_bar_maker_lost(self.made, 0);
  trade(&self, 1, 2 * MINUTE + 1, 21, 1);
  assert_int_equal(take(&self, 3 * MINUTE + NEAP_SECOND), 0); /* the other one waits for it */
  neap_bar_maker_found(self.made, 0);
  assert_true(neap_bar_maker_wants(self.made, &product, &from, &to));
  assert_true(product == 0 && from == MINUTE && to == 3 * MINUTE);
  assert_false(neap_bar_maker_wants(self.made, &product, &from, &to)); /* once a second */
  const neap_candle bars[] = {bar_at(MINUTE, 7), bar_at(2 * MINUTE, 8)};
  neap_bar_maker_answer(self.made, 0, to, bars, 2);
  assert_int_equal(neap_bar_maker_take(self.made, self.out), 2);
  check(&self, 0, MINUTE, "7 7 7 7 7");
  assert_int_equal(neap_bar_maker_take(self.made, self.out), 2);
  check(&self, 0, 2 * MINUTE, "8 8 8 8 8");
  neap_bar_maker_answer(self.made, 0, to, bars, 2); /* told twice */
  assert_int_equal(neap_bar_maker_take(self.made, self.out), 0);
  neap_bar_maker_free(self.made);
}

static void nobody_waits_for_ever(void **state) {
  maker self;
  (void)state;
  begin(&self, 2, 0);
  answer_first(&self);
  neap_bar_maker_lost(self.made, 0);
  trade(&self, 1, MINUTE, 20, 1);
  assert_int_equal(take(&self, 2 * MINUTE + 4 * (int64_t)NEAP_SECOND), 0);
  assert_int_equal(take(&self, 2 * MINUTE + 6 * (int64_t)NEAP_SECOND), 1);
  check(&self, 0, MINUTE, "20 20 20 20 1");
  neap_bar_maker_free(self.made);
}

static void hours_without_a_feed_are_one_question(void **state) {
  maker self;
  uint32_t product;
  int64_t from, to;
  (void)state;
  begin(&self, 1, 0);
  answer_first(&self);
  neap_bar_maker_lost(self.made, 0);
  neap_bar_maker_move(self.made, 1000 * MINUTE + NEAP_SECOND);
  assert_true(neap_bar_maker_wants(self.made, &product, &from, &to));
  assert_true(from == MINUTE && to == 301 * MINUTE); /* a piece of it */
  neap_bar_maker_answer(self.made, 0, to, NULL, 0);
  neap_bar_maker_move(self.made, 1000 * MINUTE + 3 * (int64_t)NEAP_SECOND);
  assert_true(neap_bar_maker_wants(self.made, &product, &from, &to));
  assert_true(from == 301 * MINUTE && to == 601 * MINUTE);
  neap_bar_maker_free(self.made);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_trade_of_another_century_stops_no_bars),
      cmocka_unit_test(a_minute_of_trades_is_a_bar),
      cmocka_unit_test(what_ends_together_comes_together),
      cmocka_unit_test(a_trade_of_a_bar_that_came_out_is_late),
      cmocka_unit_test(what_may_lack_a_trade_is_asked_for),
      cmocka_unit_test(nobody_waits_for_ever),
      cmocka_unit_test(hours_without_a_feed_are_one_question),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
