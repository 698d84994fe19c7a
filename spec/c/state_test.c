/* SPDX-License-Identifier: MIT */
/* The state that replay makes of a session's events is the session's own, from the start and from any snapshot. */
#include <stdio.h>

#include "kept_journal.h"
#include "random_support.h"
#include "session/state.h"

enum { SEEDS = 120 };

static journal book;

static bool is_snapshot(size_t i) { return strcmp(book.event[i].type, "state_snapshot") == 0; }

static void apply(neap_state *state, size_t i) {
  neap_fault fault;
  if (neap_state_apply(state, &book.event[i], &fault) != NEAP_OK) fail_msg("%s: %s", fault.code, fault.message);
}

static void replay_from(size_t first, char out[NEAP_DIGEST_TEXT]) {
  neap_state *state;
  assert_int_equal(neap_state_new(&state, NULL), NEAP_OK);
  for (size_t i = first; i < book.count; i++) apply(state, i);
  assert_int_equal(neap_state_hash(state, out, NULL), NEAP_OK);
  neap_state_free(state);
}

static void check_replays(const char *expected) {
  char hash[NEAP_DIGEST_TEXT];
  replay_from(0, hash);
  assert_string_equal(hash, expected);
  for (size_t i = 0; i < book.count; i++) {
    if (!is_snapshot(i)) continue;
    replay_from(i, hash);
    assert_string_equal(hash, expected);
  }
}

static void replay_makes_the_sessions_own_state(void **unused) {
  static act play;
  (void)unused;
  size_t snapshots = 0;
  for (uint64_t seed = 0; seed < SEEDS; seed++) {
    actor who;
    char hash[NEAP_DIGEST_TEXT];
    random_play(&play, &who, seed);
    play.options.session.snapshot_every = 20 + seed % 50;
    act_run(&play, &who);
    journal_keep(&book, &play);
    assert_int_equal(neap_session_state_hash(play.session, hash, NULL), NEAP_OK);
    for (size_t i = 0; i < book.count; i++) snapshots += is_snapshot(i);
    check_replays(hash);
    act_close(&play, &who);
  }
  assert_true(snapshots > 5 * SEEDS);
  journal_forget(&book);
}

/* Each at a seat of its own; one that fails is put aside. */
static void of_several_strategies_too(void **unused) {
  static act play;
  static actor who[2];
  (void)unused;
  for (uint64_t seed = 0; seed < SEEDS / 4; seed++) {
    char hash[NEAP_DIGEST_TEXT];
    random_play(&play, &who[0], seed);
    who[1] = who[0];
    snprintf(who[0].strategy.name, sizeof who[0].strategy.name, "one");
    snprintf(who[1].strategy.name, sizeof who[1].strategy.name, "two");
    actor *both[] = {&who[0], &who[1]};
    play.options.session.snapshot_every = 40;
    play.options.session.quarantine = true;
    if (act_run_all(&play, both, 2) != NEAP_OK) fail_msg("%s", play.fault.message);
    journal_keep(&book, &play);
    assert_int_equal(neap_session_state_hash(play.session, hash, NULL), NEAP_OK);
    check_replays(hash);
    while (who[1].held_count) neap_desk_release(who[1].desk, who[1].held[--who[1].held_count]);
    act_close(&play, &who[0]);
  }
  journal_forget(&book);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(replay_makes_the_sessions_own_state),
                                     cmocka_unit_test(of_several_strategies_too)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
