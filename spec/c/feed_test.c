/* SPDX-License-Identifier: MIT */
/* feed: bars of memory, and calls without a fault. (Files: spec/feed_spec.lua) */
#include "session/feed.h"

#include "base/clock.h"
#include "support.h"

static const int64_t start = INT64_C(1713459600) * NEAP_SECOND;

static neap_candle bar_at(int64_t time, int64_t price) {
  neap_candle bar = {.time = time};
  bar.open = bar.high = bar.low = bar.close = neap_decimal_from_int(price);
  bar.volume = neap_decimal_from_int(1);
  neap_candle_set_floats(&bar);
  return bar;
}

static neap_feed *open_bars(const neap_candle *bars, size_t count, neap_bad_bars bad_bars) {
  neap_feed_options options = {.bad_bars = bad_bars};
  neap_feed *feed = NULL;
  assert_int_equal(neap_feed_from_bars(bars, count, &options, &feed, NULL), NEAP_OK);
  return feed;
}

static void gives_copies_of_the_bars(void **state) {
  (void)state;
  neap_candle bars[] = {bar_at(start, 1), bar_at(start + 60 * NEAP_SECOND, 2), bar_at(start + 300 * NEAP_SECOND, 3)},
              bar;
  neap_feed *feed = open_bars(bars, 3, NEAP_BAD_BARS_REFUSE);
  bars[0].time = 0;
  assert_int_equal(neap_feed_frame(feed), 60 * NEAP_SECOND);
  for (int i = 0; i < 3; i++) assert_int_equal(neap_feed_next(feed, &bar, NULL), NEAP_OK);
  assert_true(bar.close_float == 3.0);
  assert_int_equal(neap_feed_next(feed, &bar, NULL), NEAP_END);
  assert_int_equal(neap_feed_next(feed, &bar, NULL), NEAP_END);
  neap_feed_report report;
  neap_feed_report_get(feed, &report);
  assert_int_equal(report.bars, 3);
  assert_int_equal(report.gaps, 1);
  assert_int_equal(report.missing_bars, 3);
  assert_int_equal(report.first_gap_line, 3);
  neap_feed_close(feed);
}

static void names_the_bad_bar(void **state) {
  (void)state;
  neap_candle bars[] = {bar_at(start, 1), bar_at(start + 60 * NEAP_SECOND, 0), bar_at(start + 120 * NEAP_SECOND, 3)},
              bar;
  neap_fault fault;
  neap_feed *feed = open_bars(bars, 3, NEAP_BAD_BARS_REFUSE);
  assert_int_equal(neap_feed_next(feed, &bar, &fault), NEAP_OK);
  assert_int_equal(neap_feed_next(feed, &bar, &fault), NEAP_INVALID);
  assert_string_equal(fault.code, "zero_price");
  assert_string_equal(fault.where, "bar 2");
  assert_int_equal(neap_feed_next(feed, &bar, &fault), NEAP_END);
  neap_feed_close(feed);
  feed = open_bars(bars, 3, NEAP_BAD_BARS_SKIP);
  assert_int_equal(neap_feed_next(feed, &bar, NULL), NEAP_OK);
  assert_int_equal(neap_feed_next(feed, &bar, NULL), NEAP_OK);
  assert_int_equal(bar.time, start + 120 * NEAP_SECOND);
  assert_int_equal(neap_feed_next(feed, &bar, NULL), NEAP_END);
  neap_feed_close(feed);
}

static void refuses_the_newest_bar_first_and_strange_times(void **state) {
  (void)state;
  neap_candle down[] = {bar_at(start + NEAP_SECOND, 1), bar_at(start, 2)},
              strange[] = {bar_at(start, 1), bar_at(INT64_MIN, 2)};
  neap_fault fault;
  neap_feed *feed = NULL;
  neap_candle bar;
  assert_int_equal(neap_feed_from_bars(down, 2, NULL, &feed, &fault), NEAP_INVALID);
  assert_string_equal(fault.code, "descending");
  assert_null(feed);
  feed = open_bars(strange, 2, NEAP_BAD_BARS_REFUSE);
  assert_int_equal(neap_feed_next(feed, &bar, NULL), NEAP_OK);
  assert_int_equal(neap_feed_next(feed, &bar, NULL), NEAP_INVALID);
  neap_feed_close(feed);
}

static void digests_depend_on_every_field(void **state) {
  (void)state;
  char digests[2][NEAP_DIGEST_TEXT];
  for (int i = 0; i < 2; i++) {
    neap_candle bars[] = {bar_at(start, 1), bar_at(start + NEAP_SECOND, 2)}, bar;
    bars[1].volume.units += i;
    neap_feed *feed = open_bars(bars, 2, NEAP_BAD_BARS_REFUSE);
    while (neap_feed_next(feed, &bar, NULL) == NEAP_OK) {
    }
    neap_feed_digest(feed, digests[i]);
    char again[NEAP_DIGEST_TEXT];
    neap_feed_digest(feed, again);
    assert_string_equal(again, digests[i]);
    neap_feed_close(feed);
  }
  assert_string_not_equal(digests[0], digests[1]);
}

static void takes_nothing_at_all(void **state) {
  (void)state;
  neap_candle bar;
  neap_feed *feed = open_bars(NULL, 0, NEAP_BAD_BARS_REFUSE);
  assert_int_equal(neap_feed_frame(feed), 60 * NEAP_SECOND);
  assert_int_equal(neap_feed_next(feed, &bar, NULL), NEAP_END);
  neap_feed_close(feed);
  neap_feed_close(NULL);
  assert_int_equal(neap_feed_open("no/such.csv", NULL, &feed, NULL), NEAP_NOT_FOUND);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(gives_copies_of_the_bars),
      cmocka_unit_test(names_the_bad_bar),
      cmocka_unit_test(refuses_the_newest_bar_first_and_strange_times),
      cmocka_unit_test(digests_depend_on_every_field),
      cmocka_unit_test(takes_nothing_at_all),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
