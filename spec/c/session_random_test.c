/* SPDX-License-Identifier: MIT */
/* Sessions under strategies that do anything at random: money is conserved, spot never owes, nothing works on after
 * the end, and the same dice give the same journal. */
#include "random_support.h"

enum { SEEDS = 300 };

static uint64_t play_seed(uint64_t seed, char head[NEAP_DIGEST_TEXT], bool *failed) {
  static act play;
  char text[256];
  actor who;
  random_play(&play, &who, seed);
  neap_status status = act_run(&play, &who);
  *failed = status != NEAP_OK;
  if (*failed && strcmp(play.fault.code, "bad_luck") != 0)
    fail_msg("seed %d: %s: %s", (int)seed, play.fault.code, play.fault.message);
  if (!*failed) {
    assert_null(neap_desk_next_order(who.desk, NULL));
    for (unsigned i = 0; i < who.held_count; i++) assert_true(neap_order_is_terminal(who.held[i]->status));
  }
  assert_string_equal(act_events(&play, "transition", text, sizeof text), "");
  act_head(&play, head);
  uint64_t fills = play.totals.fills;
  act_close(&play, &who);
  return fills;
}

static void money_is_conserved_whatever_a_strategy_does(void **state) {
  (void)state;
  char head[2][NEAP_DIGEST_TEXT];
  int failures = 0;
  uint64_t fills = 0;
  for (uint64_t seed = 0; seed < SEEDS; seed++) {
    bool failed;
    fills += play_seed(seed, head[0], &failed);
    failures += failed;
    if (seed % 10) continue;
    play_seed(seed, head[1], &failed);
    assert_string_equal(head[0], head[1]);
  }
  assert_true(failures > 0 && failures < SEEDS / 2);
  assert_true(fills > 10 * SEEDS);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(money_is_conserved_whatever_a_strategy_does)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
