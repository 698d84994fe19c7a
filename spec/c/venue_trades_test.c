/* SPDX-License-Identifier: MIT */
/* trades of the venue: ring, bars and day beside a slow count over every print. */
#include "venue/trades.h"

#include <stdlib.h>

#include "dice.h"
#include "support.h"

enum { PRINTS = 40000 };

static void counts_a_day_as_a_walk_over_all_prints_does(neap_venue_product *kept, const neap_venue_trade *prints,
                                                        size_t count, int64_t now) {
  int64_t from = now - NEAP_VENUE_DAY - NEAP_VENUE_MINUTE;
  neap_venue_day wanted = {0}, day = neap_venue_day_of(kept, now);
  for (size_t i = 0; i < count; i++) {
    const neap_venue_trade *print = &prints[i];
    if (print->time - print->time % NEAP_VENUE_MINUTE <= from) continue;
    if (wanted.open == 0) wanted = (neap_venue_day){print->price, print->price, print->price, 0, 0};
    wanted.high = print->price > wanted.high ? print->price : wanted.high;
    wanted.low = print->price < wanted.low ? print->price : wanted.low;
    wanted.last = print->price;
    wanted.volume += print->size;
  }
  assert_int_equal(day.open, wanted.open);
  assert_int_equal(day.high, wanted.high);
  assert_int_equal(day.low, wanted.low);
  assert_int_equal(day.last, wanted.last);
  assert_true(day.volume == wanted.volume);
}

static void keeps_ring_bars_and_day(void **unused) {
  (void)unused;
  static neap_venue venue;
  neap_venue_product product = {0};
  neap_venue_trade *prints = calloc(PRINTS, sizeof *prints);
  uint64_t dice = 5;
  int64_t now = INT64_C(1704067200) * 1000000000;
  for (size_t i = 0; i < PRINTS; i++) {
    now += (int64_t)dice_roll(&dice, dice_roll(&dice, 300) == 0 ? 90000000000000 : 20000000000);
    neap_venue_trade print = {i + 1, 1000 + (int64_t)dice_roll(&dice, 500), 1 + (int64_t)dice_roll(&dice, 9), now,
                              (neap_side)dice_roll(&dice, 2)};
    prints[i] = print;
    const neap_venue_trade *kept =
        neap_venue_record_trade(&venue, &product, print.price, print.size, print.maker_side, now);
    assert_memory_equal(kept, &print, offsetof(neap_venue_trade, maker_side));
    if (i % 499 == 0) counts_a_day_as_a_walk_over_all_prints_does(&product, prints, i + 1, now);
  }
  assert_int_equal(product.last, prints[PRINTS - 1].price);
  assert_int_equal(neap_venue_trades_kept(&product), NEAP_VENUE_TRADES);
  for (size_t back = 0; back < NEAP_VENUE_TRADES; back++)
    assert_int_equal(neap_venue_trade_before(&product, back)->number, PRINTS - back);
  assert_null(neap_venue_trade_before(&product, NEAP_VENUE_TRADES));
  assert_int_equal(neap_venue_day_of(&product, now + 2 * NEAP_VENUE_DAY).high, 0);
  neap_venue_trades_fini(&product);
  free(prints);
}

static void finds_bars_by_time(void **unused) {
  (void)unused;
  static neap_venue venue;
  neap_venue_product product = {0};
  assert_int_equal(neap_venue_bar_from(&product, 0), 0);
  for (int64_t minute = 10; minute < 20; minute += 3)
    neap_venue_record_trade(&venue, &product, 5, 1, NEAP_BUY, minute * NEAP_VENUE_MINUTE + 7);
  assert_int_equal(neap_venue_bar_from(&product, 10 * NEAP_VENUE_MINUTE), 0);
  assert_int_equal(neap_venue_bar_from(&product, 10 * NEAP_VENUE_MINUTE + 1), 1);
  assert_int_equal(neap_venue_bar_from(&product, 19 * NEAP_VENUE_MINUTE), 3);
  assert_int_equal(neap_venue_bar_from(&product, 20 * NEAP_VENUE_MINUTE), 4);
  neap_venue_trades_fini(&product);
}

/* 400 days and a minute of prints, one a minute: the older half goes, the day is what it was. */
static void lets_the_older_half_of_too_many_bars_go(void **unused) {
  (void)unused;
  static neap_venue venue;
  neap_venue_product product = {0};
  for (int64_t minute = 0; minute < NEAP_VENUE_BARS; minute++)
    neap_venue_record_trade(&venue, &product, 1 + minute, 2, NEAP_BUY, minute * NEAP_VENUE_MINUTE);
  assert_int_equal(product.bar_count, NEAP_VENUE_BARS);
  int64_t now = NEAP_VENUE_BARS * NEAP_VENUE_MINUTE;
  neap_venue_record_trade(&venue, &product, 1 + NEAP_VENUE_BARS, 2, NEAP_BUY, now);
  assert_int_equal(product.bar_count, NEAP_VENUE_BARS / 2 + 1);
  assert_int_equal(product.bars[0].time, NEAP_VENUE_BARS / 2 * NEAP_VENUE_MINUTE);
  neap_venue_day day = neap_venue_day_of(&product, now);
  assert_int_equal(day.high, 1 + NEAP_VENUE_BARS);
  assert_int_equal(day.low, 1 + NEAP_VENUE_BARS - 1440);
  assert_true(day.volume == 2 * 1441);
  neap_venue_trades_fini(&product);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(keeps_ring_bars_and_day),
      cmocka_unit_test(finds_bars_by_time),
      cmocka_unit_test(lets_the_older_half_of_too_many_bars_go),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
