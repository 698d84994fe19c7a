/* SPDX-License-Identifier: MIT */
/* Groups of orders: accepted together or not at all, one cancels other, and what follows when a leg ends short. */
#include <stdio.h>

#include "dice.h"
#include "kept_journal.h"
#include "late_venue.h"
#include "session/groups.h"
#include "session/state.h"
#include "store_support.h"
#include "unwound.h"

static venue market;

static const char *const flat[] = {"100 101 99 100 50", "100 101 99 100 50", "100 101 99 100 50", "100 101 99 100 50",
                                   "100 101 99 100 50"};
static const char *const swings[] = {"100 101 99 100 50", "100 101 99 100 50", "100 111 99 100 4", "100 101 79 100 50",
                                     "100 101 99 100 50"};

static void begin(act *play, venue_manner manner) {
  act_init(play);
  act_product(play, "ETH-USD:price_increment=0.01");
  venue_open(&market, play, manner);
}

static void run(act *play, actor *who, const char *const *bars) {
  act_bars(play, 0, HOUR, bars, 5);
  act_bars(play, 1, HOUR, flat, 5);
  act_run_well(play, who);
}

static neap_order *held(const actor *me, unsigned i) { return me->held[i]; }

static neap_status group(actor *me, const neap_order_request *legs, uint32_t count, neap_group_options options) {
  neap_fault fault = {0};
  neap_status status = neap_desk_group(me->desk, legs, count, &options, &me->held[me->held_count], &fault);
  if (status == NEAP_OK)
    me->held_count += count;
  else
    actor_note(me, "%s", fault.message);
  return NEAP_OK;
}

static neap_order_request leg(uint32_t product, neap_side side, const char *quantity) {
  return (neap_order_request){.product = product, .side = side, .quantity = exactly(quantity)};
}

static void check(const act *play, const char *prefix, const char *expected) {
  char text[2048];
  assert_string_equal(act_events(play, prefix, text, sizeof text), expected);
}

static bool first_bar(const actor *me, const neap_bar_event *bar) {
  (void)me;
  return bar->product == 1 && bar->close_time == MONDAY + HOUR;
}

static neap_status note_reject(actor *me, neap_order *order, neap_fault *fault) {
  (void)fault;
  actor_note(me, "rejected #%d %s %s", (int)order->ticket.number, order->reason.code, order->reason.input);
  return NEAP_OK;
}

static neap_status buy_both(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)fault;
  const neap_order_request legs[] = {leg(0, NEAP_BUY, "2"), leg(1, NEAP_BUY, me->calls ? "99" : "3")};
  return first_bar(me, bar) ? group(me, legs, 2, (neap_group_options){.unwinds = false}) : NEAP_OK;
}

static void legs_are_accepted_together(void **state) {
  (void)state;
  static act play;
  char text[1024];
  actor who = {.bar = buy_both};
  begin(&play, AT_ONCE);
  run(&play, &who, flat);
  assert_int_equal(held(&who, 0)->status, NEAP_ORDER_FILLED);
  assert_int_equal(held(&who, 1)->status, NEAP_ORDER_FILLED);
  assert_non_null(strstr(act_event(&play, "order_intent", 1, text, sizeof text), "\"group\":1"));
  check(&play, "group", "");
  act_close(&play, &who);
}

/* Each alone would pass: 2 of 100 and 99 of 100, with 10,000. */
static void of_a_refused_leg_none_leaves(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = buy_both, .reject = note_reject, .calls = 1};
  begin(&play, AT_ONCE);
  run(&play, &who, flat);
  assert_string_equal(who.log, "rejected #2 insufficient_funds 9900\n"
                               "rejected #1 group_refused leg 2 of 2: insufficient_funds\n");
  assert_int_equal(market.submitted, 0);
  check(&play, "", "order_intent decision order_rejected order_intent decision order_rejected");
  assert_decimal(play.totals.cash, "10000");
  act_close(&play, &who);
}

static neap_status misuse(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)fault;
  if (!first_bar(me, bar)) return NEAP_OK;
  neap_order_request legs[17] = {leg(0, NEAP_BUY, "1"), leg(1, NEAP_BUY, "1")};
  const neap_group_options oco = {.one_cancels_other = true}, none = {.unwinds = false};
  group(me, legs, 1, none);
  group(me, legs, 17, none);
  group(me, legs, 2, oco);
  legs[1].post_only = true;
  group(me, legs, 2, none);
  legs[1].post_only = false;
  snprintf(legs[0].tag, sizeof legs[0].tag, "a");
  snprintf(legs[1].tag, sizeof legs[1].tag, "a");
  group(me, legs, 2, none);
  return NEAP_OK;
}

static void misuse_leaves_nothing(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = misuse};
  begin(&play, AT_ONCE);
  run(&play, &who, flat);
  assert_string_equal(who.log, "a group has 2 to 16 orders, not 1\n"
                               "a group has 2 to 16 orders, not 17\n"
                               "leg 1: orders of which one cancels the other wait: give limit or stop\n"
                               "leg 2: post_only needs a limit\n"
                               "leg 2: tag 'a' is that of leg 1, too\n");
  check(&play, "", "");
  act_close(&play, &who);
}

/* One unit is held already; the venue does not take the second leg. */
static neap_status half(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)fault;
  const neap_order_request one = leg(0, NEAP_BUY, "1"), legs[] = {leg(0, NEAP_BUY, "2"), leg(1, NEAP_BUY, "3")};
  if (first_bar(me, bar)) return actor_place(me, &one, NULL);
  if (bar->product != 1 || bar->close_time != MONDAY + 2 * HOUR) return NEAP_OK;
  market.rejects = 3;
  return group(me, legs, 2, (neap_group_options){.unwinds = me->calls});
}

static void a_half_fill_is_kept_and_told(void **state) {
  (void)state;
  static act play;
  char text[1024];
  actor who = {.bar = half, .reject = note_reject};
  begin(&play, AT_ONCE);
  run(&play, &who, flat);
  assert_string_equal(who.log, "rejected #3 VENUE_NO the venue does not take it\n");
  assert_int_equal(held(&who, 1)->status, NEAP_ORDER_FILLED);
  check(&play, "group", "group_broken");
  assert_string_equal(act_event(&play, "group_broken", 0, text, sizeof text),
                      "{\"group\":2,\"leg\":3,\"on_partial\":\"keep\"}");
  assert_decimal(play.totals.cash, "9700");
  act_close(&play, &who);
}

/* The other leg has not filled: it goes before it can. */
static void an_unwinding_group_takes_its_other_legs_back(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = half, .calls = 1};
  begin(&play, AT_ONCE);
  run(&play, &who, flat);
  assert_int_equal(held(&who, 1)->status, NEAP_ORDER_CANCELLED);
  assert_decimal(play.totals.cash, "9900");
  act_close(&play, &who);
}

static neap_status late_half(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  const neap_order_request one = leg(0, NEAP_BUY, "1");
  neap_order_request legs[] = {leg(0, NEAP_BUY, "2"), leg(1, NEAP_BUY, "3")};
  legs[0].stop_loss = exactly("50");
  legs[1].limit = exactly("80");
  if (first_bar(me, bar)) return actor_place(me, &one, NULL);
  if (bar->product != 1) return NEAP_OK;
  if (bar->close_time == MONDAY + 2 * HOUR) return group(me, legs, 2, (neap_group_options){.unwinds = true});
  return bar->close_time == MONDAY + 3 * HOUR ? neap_desk_cancel(me->desk, held(me, 2), fault) : NEAP_OK;
}

static void what_the_group_opened_is_closed_and_no_more(void **state) {
  (void)state;
  static act play;
  char text[2048];
  actor who = {.bar = late_half};
  begin(&play, AT_ONCE);
  run(&play, &who, flat);
  check(&play, "group", "group_broken");
  assert_non_null(strstr(act_event(&play, "order_intent", 4, text, sizeof text), "\"why\":\"unwind of group #2\""));
  assert_non_null(strstr(text, "\"unwinds\":2"));
  assert_non_null(strstr(text, "\"reduce_only\":true"));
  assert_decimal(play.totals.cash, "9900"); /* the one unit of before stays, without a stop */
  act_close(&play, &who);
}

/* What would have been the stop of what was unwound, had it stayed, sells the unit of before at 50. */
static void the_exits_of_what_is_unwound_go_with_it(void **state) {
  (void)state;
  static const char *const crash[] = {"100 101 99 100 50", "100 101 99 100 50", "100 101 99 100 50",
                                      "100 101 99 100 50", "100 101 40 100 50"};
  static act play;
  char text[1024];
  actor who = {.bar = late_half};
  begin(&play, AT_ONCE);
  run(&play, &who, crash);
  assert_decimal(play.totals.cash, "9900");
  assert_non_null(strstr(act_event(&play, "order_cancel_requested", 1, text, sizeof text), "its group is unwound"));
  act_close(&play, &who);
}

static neap_status note_stop(actor *me, neap_order *order, neap_fault *fault) {
  char at[16];
  const neap_order *stop = order_find(market.session, 4);
  actor_note(me, "%s stop %s", instant(neap_desk_now(me->desk), at),
             stop ? neap_order_status_name(stop->status) : "gone");
  return note_reject(me, order, fault);
}

static neap_status relent(actor *me, neap_order *order, neap_fault *fault) {
  const neap_status status = note_stop(me, order, fault);
  market.rejects_unwinding = ++me->calls < 3;
  return status;
}

/* It is asked for again a second later, then two; and the stop goes when the venue has taken it. */
static void what_the_venue_does_not_unwind_keeps_its_stop(void **state) {
  (void)state;
  static act play;
  char text[2048];
  actor who = {.bar = late_half, .reject = relent};
  begin(&play, AT_ONCE);
  market.rejects_unwinding = true;
  run(&play, &who, flat);
  assert_string_equal(who.log, "01 03:00 stop open\nrejected #5 VENUE_NO the venue does not take it\n"
                               "01 03:00 stop open\nrejected #6 VENUE_NO the venue does not take it\n"
                               "01 03:00 stop open\nrejected #7 VENUE_NO the venue does not take it\n");
  assert_string_equal(act_event(&play, "unwind_failed", 1, text, sizeof text),
                      "{\"group\":2,\"leg\":2,\"quantity\":\"2\",\"again\":\"2024-01-01T03:00:03Z\"}");
  check(&play, "unwind", "unwind_failed unwind_failed unwind_failed");
  assert_non_null(strstr(act_event(&play, "order_cancel_requested", 1, text, sizeof text), "its group is unwound"));
  assert_decimal(play.totals.cash, "9900");
  act_close(&play, &who);
}

static neap_status reduce_in_a_group(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  const neap_order_request three = leg(0, NEAP_BUY, "3");
  neap_order_request legs[] = {leg(0, NEAP_SELL, "2"), leg(1, NEAP_BUY, "3")};
  legs[1].limit = exactly("80");
  if (first_bar(me, bar)) return actor_place(me, &three, NULL);
  if (bar->product != 1) return NEAP_OK;
  if (bar->close_time == MONDAY + 2 * HOUR) return group(me, legs, 2, (neap_group_options){.unwinds = true});
  return bar->close_time == MONDAY + 3 * HOUR ? neap_desk_cancel(me->desk, held(me, 2), fault) : NEAP_OK;
}

static void a_leg_that_reduced_opened_nothing_to_unwind(void **state) {
  (void)state;
  static act play;
  char text[1024];
  actor who = {.bar = reduce_in_a_group};
  begin(&play, AT_ONCE);
  run(&play, &who, flat);
  check(&play, "group", "group_broken");
  check(&play, "order_intent", "order_intent order_intent order_intent");
  assert_string_equal(act_event(&play, "order_intent", 3, text, sizeof text), "");
  assert_null(play.session->groups);
  act_close(&play, &who);
}

static neap_status bracket(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)fault;
  const neap_order_request entry = leg(0, NEAP_BUY, "8");
  neap_order_request legs[] = {leg(0, NEAP_SELL, "8"), leg(0, NEAP_SELL, "8")};
  legs[0].reduce_only = legs[1].reduce_only = true;
  legs[0].limit = exactly("110"), legs[1].stop = exactly("80");
  if (first_bar(me, bar)) return actor_place(me, &entry, NULL);
  if (bar->product != 1 || bar->close_time != MONDAY + 2 * HOUR) return NEAP_OK;
  return group(me, legs, 2, (neap_group_options){.one_cancels_other = true});
}

/* The target fills two of its eight in the third bar, by the volume: the stop of the fourth is gone. */
static void a_first_fill_cancels_the_other(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = bracket};
  begin(&play, AT_ONCE);
  play.options.session.fill_model.volume_share = dec("0.5");
  run(&play, &who, swings);
  assert_decimal(held(&who, 1)->filled, "2");
  assert_int_equal(held(&who, 2)->status, NEAP_ORDER_CANCELLED);
  assert_decimal(held(&who, 2)->filled, "0");
  check(&play, "group", "");
  assert_null(play.session->groups);
  act_close(&play, &who);
}

static neap_status move_a_leg(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)fault;
  neap_order_request legs[] = {leg(0, NEAP_BUY, "1"), leg(1, NEAP_BUY, "1")};
  neap_replacement wish = {.limit = exactly("120")};
  legs[0].limit = legs[1].limit = exactly("80");
  if (first_bar(me, bar)) group(me, legs, 2, (neap_group_options){.unwinds = true});
  if (bar->product != 1 || bar->close_time != MONDAY + (me->calls ? 1 : 2) * HOUR) return NEAP_OK;
  for (unsigned i = 0; i < 2; i++) {
    neap_order *moved = NULL;
    assert_int_equal(neap_desk_replace(me->desk, held(me, i), &wish, &moved, NULL), NEAP_OK);
    me->held[me->held_count++] = moved;
  }
  return NEAP_OK;
}

static void a_replaced_leg_stays_one(void **state) {
  (void)state;
  static act play;
  for (unsigned at_once = 0; at_once < 2; at_once++) {
    actor who = {.bar = move_a_leg, .calls = at_once};
    begin(&play, AT_ONCE);
    run(&play, &who, flat);
    check(&play, "group", "");
    assert_int_equal(held(&who, 2)->status, NEAP_ORDER_FILLED);
    assert_int_equal(held(&who, 3)->status, NEAP_ORDER_FILLED);
    assert_null(play.session->groups);
    act_close(&play, &who);
  }
}

static neap_status cancel_one_and_move_the_other(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  neap_order_request legs[] = {leg(0, NEAP_BUY, "1"), leg(1, NEAP_BUY, "1")};
  neap_replacement wish = {.limit = exactly("120")};
  neap_order *moved = NULL;
  legs[0].limit = legs[1].limit = exactly("80");
  if (first_bar(me, bar)) return group(me, legs, 2, (neap_group_options){.unwinds = false});
  if (bar->product != 1) return NEAP_OK;
  if (bar->close_time == MONDAY + 2 * HOUR) return neap_desk_cancel(me->desk, held(me, 1), fault);
  if (bar->close_time != MONDAY + 3 * HOUR) return NEAP_OK;
  assert_int_equal(neap_desk_replace(me->desk, held(me, 0), &wish, &moved, NULL), NEAP_OK);
  me->held[me->held_count++] = moved;
  return NEAP_OK;
}

/* For a moment no leg works and none is filled: the group waits for the one that replaces. */
static void a_group_outlives_the_change_of_its_last_leg(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = cancel_one_and_move_the_other};
  begin(&play, AT_ONCE);
  run(&play, &who, flat);
  assert_int_equal(held(&who, 2)->status, NEAP_ORDER_FILLED);
  check(&play, "group", "group_broken");
  act_close(&play, &who);
}

/* --- at random --- */

static void random_group(actor *me, uint64_t *dice) {
  neap_order_request legs[3];
  uint32_t count = 2 + (uint32_t)dice_roll(dice, 2);
  const neap_group_options options = {.one_cancels_other = dice_roll(dice, 3) == 0, .unwinds = dice_roll(dice, 2)};
  for (uint32_t i = 0; i < count; i++) {
    legs[i] = leg((uint32_t)dice_roll(dice, 2), (neap_side)dice_roll(dice, 2), "1");
    legs[i].quantity = inexactly((double)(1 + dice_roll(dice, 30)));
    if (options.one_cancels_other || dice_roll(dice, 2)) legs[i].limit = inexactly(95 + (double)dice_roll(dice, 10));
    if (legs[i].side == NEAP_BUY && dice_roll(dice, 3) == 0)
      legs[i].stop_loss = inexactly(85 + (double)dice_roll(dice, 10));
  }
  neap_order *made[3];
  if (neap_desk_group(me->desk, legs, count, &options, made, NULL) != NEAP_OK) return;
  for (uint32_t i = 0; i < count; i++) neap_desk_release(me->desk, made[i]);
}

/* Nothing new begins, and the venue answers: what is owed is done. */
static neap_status settle(const actor *me) {
  market.manner = AT_ONCE;
  market.rejects = 0;
  venue_answer(&market);
  for (const order_group *group = market.session->groups; group; group = group->next)
    for (uint32_t i = 0; neap_desk_now(me->desk) > MONDAY + 38 * HOUR && i < group->count; i++)
      if (group_to_unwind(group, &group->leg[i]).units) fail_msg("leg #%d is not unwound", (int)group->leg[i].order);
  return NEAP_OK;
}

static neap_status at_random(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  uint64_t *dice = &me->dice;
  market.manner = (venue_manner)dice_roll(dice, 4);
  market.rejects = neap_desk_next_order(me->desk, NULL) ? 0 : dice_roll(dice, 200);
  market.rejects_unwinding = bar->close_time < MONDAY + 30 * HOUR && dice_roll(dice, 2);
  if (bar->close_time >= MONDAY + 30 * HOUR) return settle(me);
  if (dice_roll(dice, 2)) venue_answer(&market);
  if (dice_roll(dice, 3) == 0) random_group(me, dice);
  for (neap_order *each = NULL, *made; (each = neap_desk_next_order(me->desk, each));) {
    neap_replacement wish = {.limit = inexactly(95 + (double)dice_roll(dice, 10))};
    if (dice_roll(dice, 9) == 0 && !neap_decimal_is_zero(each->ticket.limit)) {
      if (neap_desk_replace(me->desk, each, &wish, &made, NULL) == NEAP_OK) neap_desk_release(me->desk, made);
      break;
    }
    if (dice_roll(dice, 12) == 0) return neap_desk_cancel(me->desk, each, fault);
  }
  return NEAP_OK;
}

static void make_random(act *play, actor *who, uint64_t seed) {
  *who = (actor){.bar = at_random, .dice = seed + 1};
  begin(play, AT_ONCE);
  play->options.session.fill_model.volume_share = dec("0.3");
  play->options.session.snapshot_every = 25;
  for (uint32_t product = 0; product < 2; product++)
    for (int i = 0; i < 40; i++) {
      char text[96];
      double open = 96 + (double)dice_roll(&seed, 80) / 10, close = 96 + (double)dice_roll(&seed, 80) / 10;
      double high = (open > close ? open : close) + (double)dice_roll(&seed, 30) / 10;
      double low = (open < close ? open : close) - (double)dice_roll(&seed, 90) / 10;
      snprintf(text, sizeof text, "%.1f %.1f %.1f %.1f %d", open, high, low, close, (int)dice_roll(&seed, 60) + 1);
      act_bar(play, product, i * HOUR, text);
    }
}

static void run_from(const place *at, act *play, actor *who, uint64_t seed, bool resumes, const char *when) {
  make_random(play, who, seed);
  play->options.session.store_path = at->path;
  play->options.session.resume = resumes;
  if (act_run(play, who) != NEAP_OK) fail_msg("%s: %s: %s", when, play->fault.code, play->fault.message);
}

static void whatever_happens_replay_makes_the_same_groups(void **state) {
  static act play;
  actor who;
  char when[64];
  unsigned unprotected = 0;
  for (uint64_t seed = 0; seed < 60; seed++) {
    snprintf(when, sizeof when, "seed %d", (int)seed);
    run_from(*state, &play, &who, seed, false, when);
    unprotected += unwound_check(&play);
    act_check_replay(*state, &play, &who, when);
  }
  assert_true(unprotected > 5);
}

static void killed_behind_any_event_it_goes_on(void **state) {
  static act play;
  static journal book;
  const place *at = *state;
  actor who;
  char when[64];
  for (uint64_t seed = 100; seed < 101; seed++) {
    make_random(&play, &who, seed);
    assert_int_equal(act_run(&play, &who), NEAP_OK);
    journal_keep(&book, &play);
    act_close(&play, &who);
    for (size_t count = 1; count <= book.count; count += journal_stride()) {
      snprintf(when, sizeof when, "seed %d, killed behind event %d", (int)seed, (int)count);
      journal_write(&book, count, at->path);
      run_from(at, &play, &who, seed, true, when);
      act_check_replay(at, &play, &who, when);
    }
  }
  journal_forget(&book);
}

int main(void) {
  if (access("/dev/shm", W_OK) == 0) setenv("TMPDIR", "/dev/shm", 0);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(legs_are_accepted_together),
      cmocka_unit_test(of_a_refused_leg_none_leaves),
      cmocka_unit_test(misuse_leaves_nothing),
      cmocka_unit_test(a_half_fill_is_kept_and_told),
      cmocka_unit_test(an_unwinding_group_takes_its_other_legs_back),
      cmocka_unit_test(what_the_group_opened_is_closed_and_no_more),
      cmocka_unit_test(the_exits_of_what_is_unwound_go_with_it),
      cmocka_unit_test(what_the_venue_does_not_unwind_keeps_its_stop),
      cmocka_unit_test(a_leg_that_reduced_opened_nothing_to_unwind),
      cmocka_unit_test(a_first_fill_cancels_the_other),
      cmocka_unit_test(a_replaced_leg_stays_one),
      cmocka_unit_test(a_group_outlives_the_change_of_its_last_leg),
      cmocka_unit_test_setup_teardown(whatever_happens_replay_makes_the_same_groups, make_place, remove_place),
      cmocka_unit_test_setup_teardown(killed_behind_any_event_it_goes_on, make_place, remove_place)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
