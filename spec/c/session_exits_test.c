/* SPDX-License-Identifier: MIT */
/* Exits that live and die with their entry, close and target. */
#include <stdio.h>

#include "session_support.h"

static void play_bars(act *play, actor *who, const char *const *bars, size_t count) {
  act_bars(play, 0, HOUR, bars, count);
  act_run_well(play, who);
}

static neap_status bracket_long(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar;
  (void)fault;
  const neap_order_request entry = {
      .side = NEAP_BUY, .quantity = exactly("10"), .stop_loss = exactly("95"), .take_profit = exactly("120")};
  return me->bars == 1 ? actor_place(me, &entry, NULL) : NEAP_OK;
}

static void the_stop_strikes_in_the_bar_of_the_entry_and_comes_first(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = bracket_long, .fill = actor_note_fill, .reject = actor_note_reject};
  char events[1024];
  const char *const bars[] = {"100 101 99 100 50", "100 125 90 110 50", "110 130 80 100 50"};
  act_init(&play);
  play_bars(&play, &who, bars, 3);
  assert_string_equal(who.log, "01 01:00 buy 10 @ 100\n01 01:00 sell 10 @ 95 stop_loss of #1\n");
  assert_string_equal(act_events(&play, "order_c", events, sizeof events), "order_cancel_requested order_cancelled");
  assert_int_equal(play.totals.trade_count, 1);
  assert_decimal(play.totals.equity, "9950");
  act_close(&play, &who);
}

static void a_gap_through_the_stop_fills_at_the_open(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = bracket_long, .fill = actor_note_fill};
  const char *const bars[] = {"100 101 99 100 50", "100 105 98 104 50", "80 130 80 100 50"};
  act_init(&play);
  play_bars(&play, &who, bars, 3);
  assert_string_equal(who.log, "01 01:00 buy 10 @ 100\n01 02:00 sell 10 @ 80 stop_loss of #1\n");
  act_close(&play, &who);
}

static neap_status bracket_short(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar;
  (void)fault;
  const neap_order_request entry = {
      .side = NEAP_SELL, .quantity = exactly("10"), .stop_loss = exactly("110"), .take_profit = exactly("90")};
  return me->bars == 1 ? actor_place(me, &entry, NULL) : NEAP_OK;
}

static void shorts_are_the_mirror(void **state) {
  (void)state;
  static act play;
  const char *const both[] = {"100 101 99 100 50", "100 115 85 100 50"}, *const wins[] = {"100 101 99 100 50",
                                                                                          "100 105 95 100 50",
                                                                                          "100 101 90 95 50"};
  actor who = {.bar = bracket_short, .fill = actor_note_fill}, winner = who;
  act_init(&play);
  play.product[0].kind = NEAP_MARGIN;
  play_bars(&play, &who, both, 2);
  assert_string_equal(who.log, "01 01:00 sell 10 @ 100\n01 01:00 buy 10 @ 110 stop_loss of #1\n");
  act_close(&play, &who);
  act_init(&play);
  play.product[0].kind = NEAP_MARGIN;
  play_bars(&play, &winner, wins, 3);
  assert_string_equal(winner.log, "01 01:00 sell 10 @ 100\n01 02:00 buy 10 @ 90 take_profit of #1\n");
  assert_decimal(play.totals.equity, "10100");
  act_close(&play, &winner);
}

static void exits_follow_partial_fills(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = bracket_long, .fill = actor_note_fill};
  /* a tenth of each bar's volume: entry 4 + 6 (of the 10), the stop 3, 3 and the rest as a market order */
  const char *const bars[] = {"100 101 99 100 50", "100 102 99 101 40", "101 103 99 102 60", "102 103 95 96 30",
                              "96 97 95 96 30",    "96 97 95 96 90",    "96 97 95 96 90"};
  char events[2048], text[1024];
  act_init(&play);
  play.options.session.fill_model.volume_share = dec("0.1");
  play_bars(&play, &who, bars, 7);
  assert_string_equal(who.log, "01 01:00 buy 4 @ 100\n01 02:00 buy 6 @ 101\n01 03:00 sell 3 @ 95 stop_loss of #1\n"
                               "01 04:00 sell 3 @ 96 stop_loss of #1\n01 05:00 sell 4 @ 96 stop_loss of #1\n");
  assert_string_equal(act_events(&play, "order_i", events, sizeof events), "order_intent order_intent order_intent");
  act_event(&play, "order_intent", 1, text, sizeof text);
  assert_non_null(strstr(text, "\"quantity\":\"4\""));
  assert_int_equal(play.totals.trade_count, 1);
  act_close(&play, &who);
}

static neap_status trail(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar;
  (void)fault;
  const neap_order_request entry = {.side = NEAP_BUY, .quantity = exactly("10"), .trailing_stop_bps = exactly("1000")};
  return me->bars == 1 ? actor_place(me, &entry, NULL) : NEAP_OK;
}

static void a_trailing_stop_moves_up_only(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = trail, .fill = actor_note_fill};
  /* level 90 from the open, 99 after the high of 110, 108 after 120; 109 does not move it */
  const char *const bars[] = {"100 101 99 100 50", "100 110 98 110 50", "110 120 105 112 50", "112 112 109 110 50",
                              "110 111 107 108 50"};
  act_init(&play);
  play_bars(&play, &who, bars, 5);
  assert_string_equal(who.log, "01 01:00 buy 10 @ 100\n01 04:00 sell 10 @ 108 trailing_stop of #1\n");
  act_close(&play, &who);
}

static neap_status bracket_then_close(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  neap_order *order = NULL;
  if (me->bars == 1) return bracket_long(me, bar, fault);
  if (me->bars == 2 || me->bars == 3) {
    assert_int_equal(neap_desk_close(me->desk, 0, "enough", "", &order, fault), NEAP_OK);
    me->held[me->held_count++] = order;
  }
  if (me->bars == 2) {
    assert_int_equal(neap_desk_close(me->desk, 0, "again", "", &order, fault), NEAP_OK);
    me->held[me->held_count++] = order;
  }
  return NEAP_OK;
}

static void close_cancels_the_exits_first_and_orders_nothing_twice(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = bracket_then_close, .fill = actor_note_fill};
  const char *const bars[] = {"100 101 99 100 50", "100 110 98 110 50", "110 120 105 112 50", "112 115 80 110 50"};
  char events[1024];
  act_init(&play);
  play_bars(&play, &who, bars, 4);
  assert_string_equal(who.log, "01 01:00 buy 10 @ 100\n01 02:00 sell 10 @ 110 enough\n");
  act_events(&play, "order_", events, sizeof events);
  assert_non_null(strstr(events, "order_cancel_requested order_cancel_requested order_intent order_cancelled "
                                 "order_cancelled order_submitted order_accepted order_filled"));
  assert_string_equal(who.held[2]->reason.code, "flat"); /* the second of one callback */
  assert_int_equal(who.held[2]->status, NEAP_ORDER_FILLED);
  assert_true(neap_decimal_is_zero(who.held[2]->ticket.quantity));
  assert_string_equal(who.held[3]->reason.code, "flat"); /* that of the next bar */
  assert_int_equal(play.totals.orders, 4);
  act_close(&play, &who);
}

static neap_status close_what_cannot_go(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  neap_order *order = NULL;
  if (me->bars == 1) return bracket_long(me, bar, fault);
  if (me->bars != 2) return NEAP_OK;
  assert_int_equal(neap_desk_close(me->desk, 0, "", "", &order, fault), NEAP_OK);
  me->held[me->held_count++] = order;
  assert_int_equal(order->status, NEAP_ORDER_REJECTED);
  return NEAP_OK;
}

static void a_refused_close_leaves_the_exits_alone(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = close_what_cannot_go, .fill = actor_note_fill, .reject = actor_note_reject};
  const char *const bars[] = {"100 101 99 100 50", "100 110 98 110 50", "110 119 105 112 50", "112 115 80 110 50"};
  act_init(&play);
  play.product[0].notional_max = dec("1050");
  play_bars(&play, &who, bars, 4);
  assert_string_equal(who.log, "01 01:00 buy 10 @ 100\nrejected notional_max\n" /* the take_profit, 1200 */
                               "rejected notional_max\n"                        /* the close, 1100 */
                               "01 03:00 sell 10 @ 95 stop_loss of #1\n");
  act_close(&play, &who);
}

static const char *wanted[8]; /* of each bar: "fraction 1", "quantity -3" */

static neap_status aim(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar;
  neap_order_request request = {0};
  neap_order *order = NULL;
  char kind[16] = "", value[16] = "";
  if (me->bars > 8 || !wanted[me->bars - 1]) return NEAP_OK;
  assert_int_equal(sscanf(wanted[me->bars - 1], "%15s %15s", kind, value), 2);
  neap_amount *amount = kind[0] == 'f' ? &request.fraction : kind[0] == 'n' ? &request.notional : &request.quantity;
  *amount = exactly(value);
  for (int i = 0; i < 2; i++) { /* the second has nothing to add, or the first was refused */
    assert_int_equal(neap_desk_target(me->desk, &request, &order, fault), NEAP_OK);
    if (i == 1 && order->status != NEAP_ORDER_REJECTED) assert_string_equal(order->reason.code, "on_target");
    me->held[me->held_count++] = order;
  }
  return NEAP_OK;
}

static const char *const quiet[] = {"100 100 100 100 50", "100 100 100 100 50", "100 100 100 100 50",
                                    "100 100 100 100 50", "100 100 100 100 50", "100 100 100 100 50"};

static void aim_at(act *play, actor *who, neap_product_kind kind, const char *const *targets, size_t count) {
  memset(wanted, 0, sizeof wanted);
  memcpy(wanted, targets, count * sizeof *targets);
  act_init(play);
  play->product[0].kind = kind;
  play_bars(play, who, quiet, 6);
}

static void target_orders_the_difference_once(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = aim, .fill = actor_note_fill, .reject = actor_note_reject};
  const char *const targets[] = {"quantity 5", "quantity 8", "quantity 8", "quantity 2", "quantity 0"};
  aim_at(&play, &who, NEAP_SPOT, targets, 5);
  assert_string_equal(who.log, "01 01:00 buy 5 @ 100\n01 02:00 buy 3 @ 100\n01 04:00 sell 6 @ 100\n"
                               "01 05:00 sell 2 @ 100\n");
  assert_int_equal(play.totals.orders, 4);
  act_close(&play, &who);
}

static void target_turns_from_long_to_short_on_margin_only(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = aim, .fill = actor_note_fill, .reject = actor_note_reject}, spot = who, shares = who;
  const char *const turn[] = {"quantity 5", "quantity -3", "notional -500"};
  aim_at(&play, &who, NEAP_MARGIN, turn, 3);
  assert_string_equal(who.log, "01 01:00 buy 5 @ 100\n01 02:00 sell 8 @ 100\n01 03:00 sell 2 @ 100\n");
  act_close(&play, &who);
  aim_at(&play, &spot, NEAP_SPOT, turn, 2);
  assert_string_equal(spot.log, "01 01:00 buy 5 @ 100\nrejected spot_short\nrejected spot_short\n");
  act_close(&play, &spot);
  const char *const fractions[] = {"fraction -0.5", "fraction 0.5", "fraction 1"};
  aim_at(&play, &shares, NEAP_MARGIN, fractions, 3);
  assert_string_equal(shares.log, "01 01:00 sell 50 @ 100\n01 02:00 buy 100 @ 100\n01 03:00 buy 50 @ 100\n");
  act_close(&play, &shares);
}

static neap_status protect_by_hand(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  neap_order_request stop = {.side = NEAP_SELL, .quantity = exactly("5"), .stop = exactly("50"), .reduce_only = true};
  if (me->bars == 2) assert_int_equal(actor_place(me, &stop, NULL), NEAP_OK);
  return aim(me, bar, fault);
}

static void target_does_not_count_what_protects(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = protect_by_hand, .fill = actor_note_fill, .reject = actor_note_reject};
  const char *const targets[] = {"quantity 5", "quantity 5", "quantity 5"};
  aim_at(&play, &who, NEAP_SPOT, targets, 3);
  assert_string_equal(who.log, "01 01:00 buy 5 @ 100\n");
  act_close(&play, &who);
}

/* With a fee the whole equity can never be held, and what is missing is nothing that could be bought. */
static void a_whole_target_with_fees_is_bought_once(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = aim, .fill = actor_note_fill, .reject = actor_note_reject};
  const char *const targets[] = {"fraction 1", "fraction 1", "fraction 1"};
  memset(wanted, 0, sizeof wanted);
  memcpy(wanted, targets, sizeof targets);
  act_init(&play);
  play.options.session.fees.taker_bps = dec("10");
  play_bars(&play, &who, quiet, 6);
  assert_string_equal(who.log, "01 01:00 buy 99.9000999 @ 100\n");
  assert_int_equal(play.totals.rejections, 0);
  act_close(&play, &who);
}

static neap_status turn_short(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar;
  (void)fault;
  const neap_order_request entry = {.side = NEAP_BUY, .quantity = exactly("1"), .take_profit = exactly("120")},
                           turn = {.side = NEAP_SELL, .quantity = exactly("3"), .stop_loss = exactly("130")},
                           again = {.side = NEAP_BUY, .quantity = exactly("4")};
  return me->bars < 4 ? actor_place(me, me->bars == 1 ? &entry : me->bars == 2 ? &turn : &again, NULL) : NEAP_OK;
}

/* It worked on, and struck when the strategy was long for another reason. */
static void exits_of_a_position_that_was_turned_go(void **state) {
  (void)state;
  static act play;
  char requested[256];
  actor who = {.bar = turn_short, .fill = actor_note_fill};
  const char *const bars[] = {"100 101 99 100 50", "100 101 99 100 50", "100 101 99 100 50", "100 101 99 100 50",
                              "125 126 124 125 50"};
  act_init(&play);
  play.product[0].kind = NEAP_MARGIN;
  play_bars(&play, &who, bars, 5);
  assert_string_equal(who.log, "01 01:00 buy 1 @ 100\n01 02:00 sell 3 @ 100\n01 03:00 buy 4 @ 100\n");
  act_event(&play, "order_cancel_requested", 0, requested, sizeof requested);
  assert_string_equal(requested, "{\"why\":\"the position is turned\"}");
  act_close(&play, &who);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_stop_strikes_in_the_bar_of_the_entry_and_comes_first),
      cmocka_unit_test(a_gap_through_the_stop_fills_at_the_open),
      cmocka_unit_test(shorts_are_the_mirror),
      cmocka_unit_test(exits_follow_partial_fills),
      cmocka_unit_test(a_trailing_stop_moves_up_only),
      cmocka_unit_test(close_cancels_the_exits_first_and_orders_nothing_twice),
      cmocka_unit_test(a_refused_close_leaves_the_exits_alone),
      cmocka_unit_test(exits_of_a_position_that_was_turned_go),
      cmocka_unit_test(target_orders_the_difference_once),
      cmocka_unit_test(target_turns_from_long_to_short_on_margin_only),
      cmocka_unit_test(target_does_not_count_what_protects),
      cmocka_unit_test(a_whole_target_with_fees_is_bought_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
