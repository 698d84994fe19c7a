/* SPDX-License-Identifier: MIT */
/* Several products and time frames: what is told when, and that nobody sees what has not happened. */
#include <stdio.h>

#include "session_support.h"

static const char *const flat = "100 100 100 100 50";

static neap_status note_bar(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)fault;
  char at[16], frame[NEAP_TIME_TEXT];
  neap_duration_format(bar->frame, frame);
  actor_note(me, "%s %u %s %g", instant(bar->close_time, at), bar->product, frame, bar->candle->close_float);
  return NEAP_OK;
}

static neap_status note_slice(actor *me, const neap_bar_event *bars, uint32_t count, neap_fault *fault) {
  (void)fault;
  char text[64] = "", at[16], frame[NEAP_TIME_TEXT];
  for (uint32_t i = 0; i < count; i++) {
    neap_duration_format(bars[i].frame, frame);
    snprintf(text + strlen(text), sizeof text - strlen(text), " %u:%s", bars[i].product, frame);
  }
  actor_note(me, "%s slice%s", instant(bars[0].close_time, at), text);
  return NEAP_OK;
}

static neap_status note_fill(actor *me, neap_order *order, const neap_fill *fill, neap_fault *fault) {
  (void)fault;
  char at[16], now[16], price[NEAP_DECIMAL_TEXT], quantity[NEAP_DECIMAL_TEXT];
  neap_decimal_format(fill->price, price);
  neap_decimal_format(fill->quantity, quantity);
  actor_note(me, "%s fill %u %s %s @ %s of %s", instant(neap_desk_now(me->desk), now), order->ticket.product,
             neap_side_name(fill->side), quantity, price, instant(fill->time, at));
  return NEAP_OK;
}

static neap_status order_the_other(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)fault;
  const neap_order_request order = {.product = 1, .side = NEAP_BUY, .quantity = exactly("1")};
  if (bar->product == 0 && bar->close_time == MONDAY + 15 * MINUTE) return actor_place(me, &order, NULL);
  return NEAP_OK;
}

static void quarter_and_hour(act *play) {
  char text[64];
  act_init(play);
  act_product(play, "ETH-USD");
  for (int i = 0; i < 12; i++) {
    snprintf(text, sizeof text, "%d %d %d %d 10", 100 + i, 100 + i, 100 + i, 100 + i);
    act_bar(play, 0, i * 15 * MINUTE, text);
  }
  for (int i = 0; i < 3; i++) {
    snprintf(text, sizeof text, "%d %d %d %d 10", 10 + i, 15 + i, 5 + i, 11 + i);
    act_bar(play, 1, i * HOUR, text);
  }
}

static void an_order_never_meets_a_bar_that_has_begun(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = order_the_other, .fill = note_fill};
  quarter_and_hour(&play);
  act_run_well(&play, &who);
  assert_string_equal(who.log, "01 01:00 fill 1 buy 1 @ 11 of 01 01:00\n");
  act_close(&play, &who);
}

static void a_slice_holds_all_bars_of_its_instant(void **state) {
  (void)state;
  static act play;
  actor who = {.slice = note_slice};
  quarter_and_hour(&play);
  play.count[0] = 5;
  play.count[1] = 2;
  act_run_well(&play, &who);
  assert_string_equal(who.log, "01 00:15 slice 0:15m\n01 00:30 slice 0:15m\n01 00:45 slice 0:15m\n"
                               "01 01:00 slice 0:15m 1:1h\n01 01:15 slice 0:15m\n01 02:00 slice 1:1h\n");
  neap_statistics_result result;
  neap_session_statistics(play.session, &result);
  assert_int_equal(result.bars, 6);
  assert_int_equal(play.report.bars, 7);
  act_close(&play, &who);
}

static void hours_on_quarters(act *play, actor *who) {
  who->strategy.frame_count = 1;
  who->strategy.frames[0] = HOUR;
  act_init(play);
}

static void longer_bars_follow_shorter_ones(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = note_bar};
  hours_on_quarters(&play, &who);
  for (int i = 0; i < 5; i++) act_bar(&play, 0, i * 15 * MINUTE, flat);
  act_run_well(&play, &who);
  assert_string_equal(who.log, "01 00:15 0 15m 100\n01 00:30 0 15m 100\n01 00:45 0 15m 100\n01 01:00 0 15m 100\n"
                               "01 01:00 0 1h 100\n01 01:15 0 15m 100\n");
  act_close(&play, &who);
}

static neap_status set_on_the_hour(actor *me, neap_fault *fault) {
  assert_int_equal(neap_desk_every(me->desk, "hour", HOUR, fault), NEAP_OK);
  return neap_desk_after(me->desk, "later", 70 * MINUTE, fault);
}

static neap_status note_timer(actor *me, const neap_timer_event *timer, neap_fault *fault) {
  (void)fault;
  char at[16];
  actor_note(me, "%s %s", instant(neap_desk_now(me->desk), at), timer->name);
  return NEAP_OK;
}

/* Nothing from 00:30 to 02:00: the bar of 00:00 ends at 01:00 all the same. */
static void a_longer_bar_ends_at_its_own_time_in_a_gap(void **state) {
  (void)state;
  static act play;
  actor who = {.start = set_on_the_hour, .timer = note_timer, .bar = note_bar, .slice = note_slice};
  hours_on_quarters(&play, &who);
  act_bar(&play, 0, 0, flat);
  act_bar(&play, 0, 15 * MINUTE, "101 102 99 101 50");
  act_bar(&play, 0, 120 * MINUTE, flat);
  act_run_well(&play, &who);
  assert_string_equal(who.log, "01 00:15 0 15m 100\n01 00:15 slice 0:15m\n01 00:30 0 15m 101\n01 00:30 slice 0:15m\n"
                               "01 01:00 hour\n01 01:00 0 1h 101\n01 01:00 slice 0:1h\n01 01:10 later\n"
                               "01 02:00 hour\n01 02:15 0 15m 100\n01 02:15 slice 0:15m\n");
  act_close(&play, &who);
}

/* It joins the slice of the other product's bar that ends then. */
static void a_longer_bar_in_a_gap_joins_the_slice(void **state) {
  (void)state;
  static act play;
  actor who = {.slice = note_slice};
  hours_on_quarters(&play, &who);
  act_product(&play, "ETH-USD");
  act_bar(&play, 0, 0, flat);
  act_bar(&play, 0, 15 * MINUTE, flat);
  for (int i = 0; i < 4; i++) act_bar(&play, 1, i * 15 * MINUTE, flat);
  act_run_well(&play, &who);
  assert_non_null(strstr(who.log, "01 00:45 slice 1:15m\n01 01:00 slice 0:1h 1:15m 1:1h\n"));
  act_close(&play, &who);
}

static void a_bar_that_reaches_beyond_ends_the_longer_one(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = note_bar};
  who.strategy.timeframe = 24 * HOUR;
  act_init(&play);
  for (int i = 0; i < 12; i++) act_bar(&play, 0, HOUR + i * 4 * HOUR, flat); /* 21:00 to 01:00 of the next day */
  act_run_well(&play, &who);
  assert_string_equal(who.log, "02 01:00 0 1d 100\n03 01:00 0 1d 100\n");
  act_close(&play, &who);
}

static neap_status start_sma(actor *me, neap_fault *fault) {
  neap_stream *stream;
  neap_indicator *indicator;
  assert_int_equal(neap_desk_bars(me->desk, 0, 0, &stream, fault), NEAP_OK);
  assert_int_equal(neap_stream_indicator(stream, NEAP_SMA, 3, &indicator, fault), NEAP_OK);
  assert_int_equal(neap_desk_bars(me->desk, 0, 7 * MINUTE, &stream, fault), NEAP_INVALID);
  assert_string_equal(fault->code, "timeframe");
  return NEAP_OK;
}

static void on_bar_begins_when_all_is_ready(void **state) {
  (void)state;
  static act play;
  for (int warmup = -1; warmup < 3; warmup++) {
    actor who = {.start = start_sma, .bar = note_bar};
    who.strategy.warmup = warmup;
    act_init(&play);
    for (int i = 0; i < 4; i++) act_bar(&play, 0, i * HOUR, flat);
    act_run_well(&play, &who);
    assert_int_equal(who.bars, warmup < 0 ? 2 : warmup < 2 ? 4 : 3);
    act_close(&play, &who);
  }
}

static neap_status every_half_hour(actor *me, neap_fault *fault) {
  return neap_desk_every(me->desk, "half", 30 * MINUTE, fault);
}

static neap_status buy_in_the_hole(actor *me, const neap_timer_event *timer, neap_fault *fault) {
  neap_order_request buy = {.side = NEAP_BUY, .quantity = exactly("1")};
  neap_order *order;
  int64_t at = timer->due - MONDAY;
  if (at == 150 * MINUTE || at == 3 * HOUR) actor_place(me, &buy, &order);
  if (at == 150 * MINUTE) assert_int_equal(order->status, NEAP_ORDER_REJECTED);
  if (at != 3 * HOUR) return NEAP_OK;
  assert_int_equal(neap_desk_close(me->desk, 0, "", "", &order, fault), NEAP_OK);
  assert_int_equal(order->status, NEAP_ORDER_PENDING);
  me->held[me->held_count++] = order;
  return NEAP_OK;
}

static neap_status buy_first(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar;
  (void)fault;
  neap_order_request buy = {.side = NEAP_BUY, .quantity = exactly("1")};
  return me->bars == 1 ? actor_place(me, &buy, NULL) : NEAP_OK;
}

static void a_stale_mark_stops_entries_and_no_exit(void **state) {
  (void)state;
  static act play;
  actor who = {.start = every_half_hour,
               .timer = buy_in_the_hole,
               .bar = buy_first,
               .fill = note_fill,
               .reject = actor_note_reject};
  act_init(&play);
  play.limits.max_mark_staleness_seconds = 5;
  act_product(&play, "ETH-USD");
  for (int i = 0; i < 24; i++) act_bar(&play, 1, i * 15 * MINUTE, flat);
  for (int i = 0; i < 2; i++) act_bar(&play, 0, i * 15 * MINUTE, flat);
  act_bar(&play, 0, 4 * HOUR, "90 90 90 90 50");
  act_run_well(&play, &who);
  assert_string_equal(who.log,
                      "01 00:15 fill 0 buy 1 @ 100 of 01 00:15\nrejected guard_tripped\nrejected guard_tripped\n"
                      "01 04:00 fill 0 sell 1 @ 90 of 01 04:00\n");
  act_close(&play, &who);
}

/* What is sold pays for what is bought at the same instant, whatever the order of the products. */
static neap_status swap(actor *me, const neap_bar_event *bars, uint32_t count, neap_fault *fault) {
  neap_order_request all = {.product = 1, .side = NEAP_BUY, .fraction = exactly("1")};
  neap_order *order;
  (void)bars;
  (void)count;
  if (++me->calls == 1) return actor_place(me, &all, NULL);
  if (me->calls != 2) return NEAP_OK;
  assert_int_equal(neap_desk_close(me->desk, 1, "", "", &order, fault), NEAP_OK);
  me->held[me->held_count++] = order;
  all.product = 0;
  return actor_place(me, &all, NULL);
}

static void exits_open_before_entries_of_other_products(void **state) {
  (void)state;
  static act play;
  actor who = {.slice = swap, .fill = note_fill, .reject = actor_note_reject};
  act_init(&play);
  act_product(&play, "ETH-USD");
  for (uint32_t product = 0; product < 2; product++)
    for (int i = 0; i < 3; i++) act_bar(&play, product, i * HOUR, flat);
  act_run_well(&play, &who);
  assert_string_equal(who.log, "01 01:00 fill 1 buy 100 @ 100 of 01 01:00\n01 02:00 fill 1 sell 100 @ 100 of 01 02:00\n"
                               "01 02:00 fill 0 buy 100 @ 100 of 01 02:00\n");
  act_close(&play, &who);
}

static void frames_that_do_not_fit_are_refused(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = note_bar};
  act_init(&play);
  who.strategy.timeframe = 15 * MINUTE;
  for (int i = 0; i < 3; i++) act_bar(&play, 0, i * HOUR, flat);
  assert_int_equal(act_run(&play, &who), NEAP_INVALID);
  assert_string_equal(play.fault.code, "timeframe");
  assert_string_equal(play.fault.where, "BTC-USD");
  act_close(&play, &who);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_order_never_meets_a_bar_that_has_begun),
      cmocka_unit_test(a_slice_holds_all_bars_of_its_instant),
      cmocka_unit_test(longer_bars_follow_shorter_ones),
      cmocka_unit_test(a_longer_bar_ends_at_its_own_time_in_a_gap),
      cmocka_unit_test(a_longer_bar_in_a_gap_joins_the_slice),
      cmocka_unit_test(a_bar_that_reaches_beyond_ends_the_longer_one),
      cmocka_unit_test(on_bar_begins_when_all_is_ready),
      cmocka_unit_test(a_stale_mark_stops_entries_and_no_exit),
      cmocka_unit_test(exits_open_before_entries_of_other_products),
      cmocka_unit_test(frames_that_do_not_fit_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
