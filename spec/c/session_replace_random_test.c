/* SPDX-License-Identifier: MIT */
/* Cancel-replace at random: whatever the venue answers, and behind whichever event the session is killed, never two
 * live orders of one chain. */
#include <stdio.h>

#include "dice.h"
#include "kept_journal.h"
#include "late_venue.h"
#include "session/state.h"
#include "store_support.h"

static venue market;

static neap_amount near(uint64_t *dice) { return inexactly(92 + (double)dice_roll(dice, 120) / 10); }

/* The strategy's only wish is for a thousand in all: nothing that a chain does may make it more. */
static neap_status at_random(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar;
  uint64_t *dice = &me->dice;
  neap_order *working = NULL, *made = NULL;
  for (neap_order *each = NULL; (each = neap_desk_next_order(me->desk, each));)
    if (!each->parent) working = each;
  neap_order_request request = {
      .side = NEAP_BUY, .quantity = inexactly(1 + (double)dice_roll(dice, 20)), .limit = near(dice)};
  if (dice_roll(dice, 3) == 0) request.stop_loss = inexactly(80 + (double)dice_roll(dice, 10));
  market.manner = (venue_manner)dice_roll(dice, 4);
  if (dice_roll(dice, 2)) venue_answer(&market);
  if (!working && neap_desk_place(me->desk, &request, &made, fault) == NEAP_OK) neap_desk_release(me->desk, made);
  for (uint64_t i = dice_roll(dice, 3); working && i > 0; i--) {
    neap_replacement wish = {.limit = near(dice)};
    if (dice_roll(dice, 2)) wish.quantity = inexactly(1 + (double)dice_roll(dice, 30));
    if (neap_desk_replace(me->desk, working, &wish, &made, NULL) == NEAP_OK) neap_desk_release(me->desk, made);
  }
  for (neap_order *each = NULL; (each = neap_desk_next_order(me->desk, each));)
    if (each->parent && dice_roll(dice, 4) == 0) {
      const neap_replacement wish = {.stop = inexactly(80 + (double)dice_roll(dice, 12))};
      if (neap_desk_replace(me->desk, each, &wish, &made, NULL) == NEAP_OK) neap_desk_release(me->desk, made);
      break;
    }
  if (working && dice_roll(dice, 12) == 0) assert_int_equal(neap_desk_cancel(me->desk, working, fault), NEAP_OK);
  return NEAP_OK;
}

static void random_bars(act *play, uint64_t seed) {
  for (int i = 0; i < 40; i++) {
    char text[96];
    double open = 93 + (double)dice_roll(&seed, 100) / 10, close = 93 + (double)dice_roll(&seed, 100) / 10;
    double high = (open > close ? open : close) + (double)dice_roll(&seed, 30) / 10;
    double low = (open < close ? open : close) - (double)dice_roll(&seed, 90) / 10;
    snprintf(text, sizeof text, "%.1f %.1f %.1f %.1f %d", open, high, low, close, (int)dice_roll(&seed, 30) + 1);
    act_bar(play, 0, i * HOUR, text);
  }
}

static void run_random(act *play, actor *who, uint64_t seed) {
  *who = (actor){.bar = at_random, .dice = seed + 1};
  act_init(play);
  venue_open(&market, play, AT_ONCE);
  play->options.session.fill_model.volume_share = dec("0.3");
  play->options.session.snapshot_every = 25;
  random_bars(play, seed);
}

static void never_two_of_one_chain(void **state) {
  static act play;
  const place *at = *state;
  unsigned replaced = 0;
  for (uint64_t seed = 0; seed < 40; seed++) {
    actor who;
    char when[64];
    run_random(&play, &who, seed);
    play.options.session.store_path = at->path;
    if (act_run(&play, &who) != NEAP_OK) fail_msg("seed %d: %s: %s", (int)seed, play.fault.code, play.fault.message);
    replaced += market.submitted;
    snprintf(when, sizeof when, "seed %d", (int)seed);
    act_check_replay(at, &play, &who, when);
  }
  assert_true(replaced > 400);
}

static void killed_behind_any_event_it_goes_on(void **state) {
  static act play;
  static journal book;
  const place *at = *state;
  actor who;
  for (uint64_t seed = 100; seed < 102; seed++) {
    run_random(&play, &who, seed);
    assert_int_equal(act_run(&play, &who), NEAP_OK);
    journal_keep(&book, &play);
    act_close(&play, &who);
    for (size_t count = 1; count <= book.count; count += journal_stride()) {
      journal_write(&book, count, at->path);
      run_random(&play, &who, seed);
      play.options.session.store_path = at->path;
      play.options.session.resume = true;
      char when[64];
      snprintf(when, sizeof when, "seed %d, killed behind event %d", (int)seed, (int)count);
      if (act_run(&play, &who) != NEAP_OK) fail_msg("%s: %s: %s", when, play.fault.code, play.fault.message);
      act_check_replay(at, &play, &who, when);
    }
  }
  journal_forget(&book);
}

int main(void) {
  if (access("/dev/shm", W_OK) == 0) setenv("TMPDIR", "/dev/shm", 0);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(never_two_of_one_chain, make_place, remove_place),
      cmocka_unit_test_setup_teardown(killed_behind_any_event_it_goes_on, make_place, remove_place)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
