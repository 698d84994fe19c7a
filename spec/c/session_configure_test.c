/* SPDX-License-Identifier: MIT */
/* Limits of a session, swapped between two events. */
#include "session/configure.h"
#include "session/mode.h"
#include "session_support.h"

enum { TEXT = 4096, FIELDS = 96 };

static const char *const flat[] = {"100 101 99 100 50", "100 101 99 100 50", "100 101 99 100 50", "100 101 99 100 50"};

typedef struct stage {
  act play;
  actor who;
  neap_backtest *run;
  neap_feed *feed;
} stage;

static neap_status order_once(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar, (void)fault;
  const neap_order_request entry = {.side = NEAP_BUY, .quantity = exactly("1"), .limit = exactly("50")};
  return me->bars == 1 ? actor_place(me, &entry, NULL) : NEAP_OK;
}

static void open_stage(stage *on) {
  act *play = &on->play;
  act_init(play);
  act_bars(play, 0, HOUR, flat, 4);
  on->who = (actor){.bar = order_once};
  act_seat(&on->who);
  assert_int_equal(neap_feed_from_bars(play->bar[0], play->count[0], NULL, &on->feed, &play->fault), NEAP_OK);
  play->options.feeds = &on->feed;
  play->options.session.products = play->product;
  play->options.session.product_count = 1;
  play->options.session.strategy = &on->who.strategy;
  assert_int_equal(neap_backtest_open(&play->options, &on->run, &play->fault), NEAP_OK);
  play->session = neap_backtest_session(on->run);
  assert_int_equal(neap_backtest_step(on->run, 2, &play->fault), NEAP_OK);
}

static void close_stage(stage *on) {
  for (unsigned i = 0; i < on->who.held_count; i++) neap_desk_release(on->who.desk, on->who.held[i]);
  neap_backtest_close(on->run);
  neap_feed_close(on->feed);
}

static void tells_each_field_that_changed_and_counts(void **state) {
  (void)state;
  static stage on;
  char text[TEXT];
  const char *sources[FIELDS] = {"the operator"}; /* max_leverage is the first field */
  open_stage(&on);
  neap_limits limits = on.play.limits;
  neap_configuration to = {.limits = &limits, .sources = sources, .who = "ann", .why = "a try"};
  assert_int_equal(neap_session_configure(on.play.session, &to, &on.play.fault), NEAP_OK);
  assert_string_equal(act_event(&on.play, "configuration_changed", 0, text, sizeof text), "");
  limits.max_leverage = 7;
  limits.error_threshold = 9;
  to.engine_before = "live", to.engine_after = "live";
  assert_int_equal(neap_session_configure(on.play.session, &to, &on.play.fault), NEAP_OK);
  assert_int_equal(neap_session_configuration(on.play.session), 1);
  act_event(&on.play, "configuration_changed", 0, text, sizeof text);
  assert_non_null(strstr(text, "{\"number\":1,\"who\":\"ann\",\"why\":\"a try\",\"engine_before\":\"live\","));
  assert_non_null(strstr(text, "\"new\":\"7\",\"source\":\"the operator\"}"));
  assert_non_null(strstr(text, "{\"name\":\"error_threshold\",\"old\":\"0\",\"new\":\"9\",\"source\":\"unknown\"}"));
  limits.max_leverage = 8;
  to.number = 40;
  assert_int_equal(neap_session_configure(on.play.session, &to, &on.play.fault), NEAP_OK);
  assert_int_equal(neap_session_configuration(on.play.session), 40);
  close_stage(&on);
}

static void limits_that_stop_cancel_entries_and_lift_nothing(void **state) {
  (void)state;
  static stage on;
  char events[TEXT];
  open_stage(&on);
  neap_limits limits = on.play.limits;
  const neap_configuration to = {.limits = &limits};
  limits.reduce_only_mode = true;
  assert_int_equal(neap_session_configure(on.play.session, &to, &on.play.fault), NEAP_OK);
  assert_int_equal(neap_session_mode(on.play.session), NEAP_MODE_REDUCE_ONLY);
  act_events(&on.play, "order_cancel", events, sizeof events);
  assert_string_equal(events, "order_cancel_requested order_cancelled");
  limits.reduce_only_mode = false;
  assert_int_equal(neap_session_configure(on.play.session, &to, &on.play.fault), NEAP_OK);
  assert_int_equal(neap_session_mode(on.play.session), NEAP_MODE_REDUCE_ONLY);
  limits.kill_switch_enabled = true;
  assert_int_equal(neap_session_configure(on.play.session, &to, &on.play.fault), NEAP_OK);
  assert_int_equal(neap_session_mode(on.play.session), NEAP_MODE_HALTED);
  close_stage(&on);
}

static void the_callers_limits_are_copied(void **state) {
  (void)state;
  static stage on;
  char text[TEXT];
  open_stage(&on);
  on.play.limits.max_leverage = 500; /* after the opening: no business of the session */
  neap_limits limits = on.play.limits;
  limits.max_leverage = 2;
  const neap_configuration to = {.limits = &limits};
  assert_int_equal(neap_session_configure(on.play.session, &to, &on.play.fault), NEAP_OK);
  act_event(&on.play, "configuration_changed", 0, text, sizeof text);
  assert_non_null(strstr(text, "\"new\":\"2\""));
  assert_null(strstr(text, "500"));
  close_stage(&on);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tells_each_field_that_changed_and_counts),
      cmocka_unit_test(limits_that_stop_cancel_entries_and_lift_nothing),
      cmocka_unit_test(the_callers_limits_are_copied),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
