/* SPDX-License-Identifier: MIT */
/* A fork that cannot be is refused before anything has changed. */
#include "session/fork.h"
#include "session_support.h"

enum { TEXT = 4096, ONCE = 8 };

static const char *const flat[] = {"100 101 99 100 50", "100 101 99 100 50", "100 101 99 100 50", "100 101 99 100 50"};

/* To a strategy that wants so many lengths, `first` hours and each an hour more. */
static neap_status fork_to(act *play, actor *who, int64_t first, uint32_t count) {
  *who = (actor){.strategy.frame_count = count};
  for (uint32_t i = 0; i < count; i++) who->strategy.frames[i] = (first + i) * HOUR;
  act_seat(who);
  const neap_fork fork = {.session = "one", .event = 1, .chain = "", .strategies = {&who->strategy}};
  return neap_session_fork(play->session, &fork, &play->fault);
}

/* What one session keeps of a product are 24 lengths; those that were wanted before stay. */
static void new_lengths_are_counted_together(void **state) {
  (void)state;
  static act play;
  static actor first, next[4];
  neap_backtest *run;
  neap_feed *feed;
  char text[TEXT];
  act_init(&play);
  act_bars(&play, 0, HOUR, flat, 4);
  act_seat(&first);
  assert_int_equal(neap_feed_from_bars(play.bar[0], play.count[0], NULL, &feed, &play.fault), NEAP_OK);
  play.options.feeds = &feed;
  play.options.session.products = play.product;
  play.options.session.product_count = 1;
  play.options.session.strategy = &first.strategy;
  assert_int_equal(neap_backtest_open(&play.options, &run, &play.fault), NEAP_OK);
  play.session = neap_backtest_session(run);
  assert_int_equal(neap_backtest_step(run, 2, &play.fault), NEAP_OK);
  assert_int_equal(fork_to(&play, &next[0], 2, ONCE), NEAP_OK);
  assert_int_equal(fork_to(&play, &next[1], 10, ONCE), NEAP_OK);
  assert_int_equal(fork_to(&play, &next[2], 18, 6), NEAP_OK); /* with the data's own: 23 */
  assert_int_equal(fork_to(&play, &next[3], 24, 2), NEAP_INVALID);
  assert_string_equal(play.fault.code, "timeframe");
  assert_string_equal(act_event(&play, "session_forked", 3, text, sizeof text), "");
  assert_ptr_equal(neap_session_seat_strategy(play.session, 0), &next[2].strategy);
  assert_int_equal(fork_to(&play, &next[3], 24, 1), NEAP_OK);
  neap_backtest_close(run);
  neap_feed_close(feed);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(new_lengths_are_counted_together)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
