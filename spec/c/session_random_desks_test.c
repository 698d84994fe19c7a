/* SPDX-License-Identifier: MIT */
/* Strategies that do anything at random beside each other, and fail at random: the account is the sum of what each has,
 * each does what it would do with other siblings, and what the failed ones hold stays protected. */
#include "random_support.h"

enum { SEEDS = 120, STORY = 1 << 20 };

static void set_up(act *play, actor *unused, uint64_t seed) {
  random_play(play, unused, seed);
  play->options.session.fee_table = NULL; /* siblings would share the volume */
  play->options.session.fee_tier = 0;
  play->options.session.quarantine = true;
  play->options.session.fill_model.volume_share = NEAP_ZERO; /* the market's volume is for all: siblings share it */
  play->options.session.fill_model.slippage = NEAP_SLIPPAGE_BPS;
}

static void check_sum(const act *play, actor *const *who, uint32_t count) {
  neap_decimal cash = NEAP_ZERO, equity = NEAP_ZERO, one;
  for (uint32_t i = 0; i < count; i++) {
    assert_int_equal(neap_decimal_add(cash, neap_desk_cash(who[i]->desk), &cash), NEAP_OK);
    assert_int_equal(neap_desk_equity(who[i]->desk, &one), NEAP_OK);
    assert_int_equal(neap_decimal_add(equity, one, &equity), NEAP_OK);
  }
  assert_int_equal(neap_decimal_cmp(cash, play->totals.cash), 0);
  assert_int_equal(neap_decimal_cmp(equity, play->totals.equity), 0);
}

static void play_all(act *play, actor *const *who, uint32_t count, uint64_t seed) {
  actor unused;
  char text[256];
  set_up(play, &unused, seed);
  if (act_run_all(play, who, count) != NEAP_OK)
    fail_msg("seed %d: %s: %s", (int)seed, play->fault.code, play->fault.message);
  assert_string_equal(act_events(play, "transition", text, sizeof text), "");
  check_sum(play, who, count);
  for (uint32_t i = 0; i < count; i++) assert_null(neap_desk_next_order(who[i]->desk, NULL));
}

static void close_all(act *play, actor *const *who, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    for (unsigned k = 0; k < who[i]->held_count; k++) neap_desk_release(who[i]->desk, who[i]->held[k]);
    who[i]->held_count = 0;
  }
  neap_session_close(play->session);
  play->session = NULL;
}

/* After it was put aside nothing is asked for in a strategy's name but exits. */
static void check_aside(const char *story) {
  const char *at = strstr(story, " strategy_quarantined ");
  if (!at) return;
  for (at = strstr(at, " order_intent "); at; at = strstr(at + 1, " order_intent ")) {
    const char *end = strchr(at, '\n');
    const char *exit = strstr(at, "\"reduce_only\":true");
    assert_true(exit && exit < end);
  }
}

/* Names the first line that differs: a story is long. */
static void assert_same(const char *found, const char *expected, uint64_t seed) {
  while (*found && *expected) {
    size_t one = strcspn(found, "\n"), two = strcspn(expected, "\n");
    if (one != two || strncmp(found, expected, one) != 0)
      fail_msg("seed %d: %.*s\n  instead of %.*s", (int)seed, (int)one, found, (int)two, expected);
    found += one + 1, expected += two + 1;
  }
  assert_string_equal(found, expected);
}

static void strategies_do_what_they_do_whoever_sits_beside_them(void **state) {
  (void)state;
  static act play;
  static actor one, two, three;
  static char alone[STORY], among[STORY], other[STORY];
  int quarantined = 0;
  for (uint64_t seed = 0; seed < SEEDS; seed++) {
    neap_fault why;
    if (seed % 6 == 3) continue; /* two products: which of them opens first depends on all desks' exits */
    one = random_actor("one", seed * 3 + 1001), three = random_actor("three", seed * 7 + 5);
    play_all(&play, (actor *const[]){&three, &one}, 2, seed);
    act_story(&play, "one", alone, STORY);
    close_all(&play, (actor *const[]){&three, &one}, 2);
    one = random_actor("one", seed * 3 + 1001), two = random_actor("two", seed * 5 + 77);
    three = random_actor("three", seed * 7 + 5);
    play_all(&play, (actor *const[]){&two, &one, &three}, 3, seed);
    assert_same(act_story(&play, "one", among, STORY), alone, seed);
    for (uint32_t i = 0; i < 3; i++) quarantined += neap_session_seat_status(play.session, i, &why) != NEAP_OK;
    check_aside(among);
    check_aside(act_story(&play, "two", other, STORY));
    close_all(&play, (actor *const[]){&two, &one, &three}, 3);
  }
  assert_in_range(quarantined, SEEDS / 10, SEEDS * 3 / 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(strategies_do_what_they_do_whoever_sits_beside_them)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
