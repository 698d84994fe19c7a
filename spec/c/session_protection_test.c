/* SPDX-License-Identifier: MIT */
/* What an entry filled stays protected however it was filled, and no exit sells what is not its entry's. */
#include <stdio.h>

#include "session_support.h"

static void play_bars(act *play, actor *who, const char *const *bars, size_t count) {
  act_bars(play, 0, HOUR, bars, count);
  act_run_well(play, who);
}

static neap_status patient(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar;
  (void)fault;
  const neap_order_request entry = {
      .side = NEAP_BUY, .quantity = exactly("10"), .limit = exactly("100"), .stop_loss = exactly("95")};
  return me->bars == 1 ? actor_place(me, &entry, NULL) : NEAP_OK;
}

/* A tenth of each bar's volume: the stop sells the first 4, then the entry buys 3 and 3 more. */
static const char *const falling[] = {"101 101 101 101 50", "100 101 99 100 40", "101 101 94 96 70",
                                      "96 97 96 97 30",     "97 97 90 91 90",    "91 92 90 91 90"};

static void an_entry_that_fills_on_after_its_stop_is_protected_again(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = patient, .fill = actor_note_fill, .reject = actor_note_reject};
  act_init(&play);
  play.options.session.fill_model.volume_share = dec("0.1");
  play_bars(&play, &who, falling, 6);
  assert_string_equal(who.log, "01 01:00 buy 4 @ 100\n01 02:00 sell 4 @ 95 stop_loss of #1\n01 02:00 buy 3 @ 100\n"
                               "01 03:00 buy 3 @ 96\n01 04:00 sell 6 @ 95 stop_loss of #1\n");
  act_close(&play, &who);
}

static neap_status patient_without_stop(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  neap_order *stop = me->bars == 2 ? neap_desk_next_order(me->desk, neap_desk_next_order(me->desk, NULL)) : NULL;
  if (stop) assert_int_equal(neap_desk_cancel(me->desk, stop, fault), NEAP_OK);
  return patient(me, bar, fault);
}

static void an_exit_that_the_strategy_cancelled_does_not_come_back(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = patient_without_stop, .fill = actor_note_fill, .reject = actor_note_reject};
  act_init(&play);
  play.options.session.fill_model.volume_share = dec("0.1");
  play_bars(&play, &who, falling, 6);
  assert_string_equal(who.log, "01 01:00 buy 4 @ 100\n01 02:00 buy 6 @ 100\n");
  act_close(&play, &who);
}

static neap_status turn(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar;
  (void)fault;
  const neap_order_request shorts = {.side = NEAP_SELL, .quantity = exactly("4")};
  const neap_order_request entry = {.side = NEAP_BUY, .quantity = exactly("10"), .stop_loss = exactly("95")};
  return me->bars == 1 ? actor_place(me, &shorts, NULL) : me->bars == 2 ? actor_place(me, &entry, NULL) : NEAP_OK;
}

static void an_entry_that_turns_the_position_is_protected_from_there(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = turn, .fill = actor_note_fill, .reject = actor_note_reject};
  const char *const bars[] = {"100 101 99 100 50", "100 101 99 100 50", "100 101 99 100 30",
                              "100 101 99 100 30", "100 101 99 100 50", "90 90 85 85 100"};
  act_init(&play);
  play.product[0].kind = NEAP_MARGIN;
  play.options.session.fill_model.volume_share = dec("0.1");
  play_bars(&play, &who, bars, 6);
  assert_string_equal(who.log, "01 01:00 sell 4 @ 100\n01 02:00 buy 3 @ 100\n01 03:00 buy 3 @ 100\n"
                               "01 04:00 buy 4 @ 100\n01 05:00 sell 6 @ 90 stop_loss of #2\n");
  act_close(&play, &who);
}

static neap_status two_entries(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar;
  (void)fault;
  const neap_order_request other = {.side = NEAP_BUY, .quantity = exactly("5")};
  const neap_order_request entry = {.side = NEAP_BUY,
                                    .quantity = exactly("10"),
                                    .limit = exactly("100"),
                                    .stop_loss = exactly("95"),
                                    .take_profit = exactly("104")};
  if (me->bars != 1) return NEAP_OK;
  assert_int_equal(actor_place(me, &other, NULL), NEAP_OK);
  return actor_place(me, &entry, NULL);
}

static void an_exit_never_sells_another_entrys_part(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = two_entries, .fill = actor_note_fill, .reject = actor_note_reject};
  /* the entry gets 6, its target sells 2, the entry gets its last 4: 8 are left to protect, and 5 are another's */
  const char *const bars[] = {"101 101 101 101 50", "100 101 99 100 110", "101 104 101 103 20",
                              "100 103 100 101 40", "94 95 93 94 900",    "94 95 93 94 900"};
  act_init(&play);
  play.options.session.fill_model.volume_share = dec("0.1");
  play_bars(&play, &who, bars, 6);
  assert_string_equal(who.log, "01 01:00 buy 5 @ 100\n01 01:00 buy 6 @ 100\n"
                               "01 02:00 sell 2 @ 104 take_profit of #2\n01 03:00 buy 4 @ 100\n"
                               "01 04:00 sell 8 @ 94 stop_loss of #2\n");
  act_close(&play, &who);
}

static neap_status sell_more_than_held(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar;
  (void)fault;
  const neap_order_request buy = {.side = NEAP_BUY, .quantity = exactly("5")};
  const neap_order_request all = {.side = NEAP_SELL, .fraction = exactly("1")};
  const neap_order_request four = {.side = NEAP_SELL, .quantity = exactly("4")};
  if (me->bars == 1 || me->bars == 3) return actor_place(me, &buy, NULL);
  if (me->bars == 2) return actor_place(me, &all, NULL);
  if (me->bars != 4) return NEAP_OK;
  assert_int_equal(actor_place(me, &four, NULL), NEAP_OK);
  return actor_place(me, &four, NULL);
}

static void a_spot_sale_goes_up_to_the_position(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = sell_more_than_held, .fill = actor_note_fill, .reject = actor_note_reject};
  char text[1024];
  const char *const bars[] = {"100 100 100 100 50", "100 100 100 100 50", "100 100 100 100 50",
                              "100 100 100 100 50", "100 100 100 100 50", "100 100 100 100 50"};
  act_init(&play);
  play_bars(&play, &who, bars, 6);
  assert_string_equal(who.log, "01 01:00 buy 5 @ 100\n01 02:00 sell 5 @ 100\n01 03:00 buy 5 @ 100\n"
                               "01 04:00 sell 4 @ 100\n01 04:00 sell 1 @ 100\n");
  assert_int_equal(play.totals.rejections, 0);
  act_event(&play, "order_cancelled", 0, text, sizeof text);
  assert_non_null(strstr(text, "spot_short"));
  act_close(&play, &who);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_entry_that_fills_on_after_its_stop_is_protected_again),
      cmocka_unit_test(an_exit_that_the_strategy_cancelled_does_not_come_back),
      cmocka_unit_test(an_entry_that_turns_the_position_is_protected_from_there),
      cmocka_unit_test(an_exit_never_sells_another_entrys_part),
      cmocka_unit_test(a_spot_sale_goes_up_to_the_position),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
