/* SPDX-License-Identifier: MIT */
/* Closed when in doubt, open for getting out: a session whose policy, engine or mode fails refuses entries with a
 * reason and lets exits go. */
#include <stdio.h>

#include "session_support.h"

static const char *const rising[] = {"100 110 95 105 50", "106 112 101 110 50", "111 115 108 112 50",
                                     "113 118 112 117 50"};

static neap_status note_fill(actor *me, neap_order *order, const neap_fill *fill, neap_fault *fault) {
  char quantity[NEAP_DECIMAL_TEXT];
  (void)fault;
  neap_decimal_format(fill->quantity, quantity);
  actor_note(me, "#%llu %s %s", (unsigned long long)order->ticket.number, neap_side_name(fill->side), quantity);
  return NEAP_OK;
}

static neap_status note_reject(actor *me, neap_order *order, neap_fault *fault) {
  (void)fault;
  actor_note(me, "#%llu refused %s", (unsigned long long)order->ticket.number, order->reason.code);
  return NEAP_OK;
}

/* Enters in good times; then, in doubt, asks for more, and for the way out. */
static neap_status enter_then_more_and_out(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar;
  const neap_order_request entry = {.side = NEAP_BUY, .quantity = exactly("1")};
  neap_order *order;
  if (me->bars > 2) return NEAP_OK;
  actor_place(me, &entry, NULL);
  if (me->bars == 1) return NEAP_OK;
  neap_status status = neap_desk_close(me->desk, 0, "", "", &order, fault);
  me->held[me->held_count++] = order;
  return status;
}

static void play_doubt(act *play, const char *code) {
  char expected[128];
  actor who = {.bar = enter_then_more_and_out, .fill = note_fill, .reject = note_reject};
  act_bars(play, 0, HOUR, rising, 4);
  assert_int_equal(act_run(play, &who), NEAP_OK);
  snprintf(expected, sizeof expected, "#1 buy 1\n#2 refused %s\n#3 sell 1\n", code);
  assert_string_equal(who.log, expected);
  act_close(play, &who);
}

static neap_status choose_once(void *self, const neap_policy_question *question, char engine[16], char reason[96],
                               neap_fault *fault) {
  unsigned *asked = self;
  (void)question;
  if ((*asked)++ > 0) return neap_fail(fault, NEAP_INVALID, "policy_failed", "no idea");
  snprintf(engine, 16, "advanced");
  snprintf(reason, 96, "the first one");
  return NEAP_OK;
}

static void a_failing_policy_refuses_entries_and_lets_exits_go_by_live(void **state) {
  (void)state;
  static act play;
  unsigned asked = 0;
  char events[512], decision[2048];
  actor who = {.bar = enter_then_more_and_out, .fill = note_fill, .reject = note_reject};
  act_init(&play);
  play.options.session.policy = (neap_policy){.self = &asked, .choose = choose_once};
  act_bars(&play, 0, HOUR, rising, 4);
  assert_int_equal(act_run(&play, &who), NEAP_OK);
  assert_string_equal(who.log, "#1 buy 1\n#2 refused policy_failed\n#3 sell 1\n");
  assert_string_equal(act_events(&play, "policy", events, sizeof events), "policy_failed policy_failed");
  act_event(&play, "decision", 0, decision, sizeof decision);
  assert_non_null(strstr(decision, "\"engine\":\"advanced\",\"engine_reason\":\"the first one\""));
  act_event(&play, "decision", 2, decision, sizeof decision);
  assert_non_null(strstr(decision, "\"engine\":\"live\",\"engine_reason\":\"the policy failed\""));
  act_close(&play, &who);
}

/* Enters; then wants out in slices, which only the other engine knows. */
static neap_status enter_then_out_in_slices(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar, (void)fault;
  const neap_order_request entry = {.side = NEAP_BUY, .quantity = exactly("1")};
  const neap_order_request out = {
      .side = NEAP_SELL, .quantity = exactly("1"), .reduce_only = true, .execution = NEAP_TWAP};
  if (me->bars < 3) actor_place(me, me->bars == 1 ? &entry : &out, NULL);
  return NEAP_OK;
}

static void a_failing_policy_lets_an_exit_in_slices_go_by_advanced(void **state) {
  (void)state;
  static act play;
  unsigned asked = 0;
  char decision[2048];
  actor who = {.bar = enter_then_out_in_slices, .fill = note_fill, .reject = note_reject};
  act_init(&play);
  play.options.session.policy = (neap_policy){.self = &asked, .choose = choose_once};
  act_bars(&play, 0, HOUR, rising, 4);
  assert_int_equal(act_run(&play, &who), NEAP_OK);
  assert_null(strstr(who.log, "refused"));
  act_event(&play, "decision", 1, decision, sizeof decision);
  assert_non_null(strstr(decision, "\"engine\":\"advanced\",\"engine_reason\":\"the policy failed\""));
  act_close(&play, &who);
}

static neap_status fail_while_holding(const neap_engine *engine, const neap_snapshot *snapshot,
                                      const neap_ticket *request, neap_decision *out, neap_fault *fault) {
  if (!neap_decimal_is_zero(snapshot->position)) return neap_fail(fault, NEAP_RANGE, "overflow", "too large to judge");
  return neap_live_engine(&engine->config).decide(engine, snapshot, request, out, fault);
}

static void a_failing_engine_refuses_entries_and_lets_exits_go(void **state) {
  (void)state;
  static act play;
  act_init(&play);
  play.options.session.live.decide = fail_while_holding;
  play_doubt(&play, "engine_failed");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_failing_policy_refuses_entries_and_lets_exits_go_by_live),
      cmocka_unit_test(a_failing_policy_lets_an_exit_in_slices_go_by_advanced),
      cmocka_unit_test(a_failing_engine_refuses_entries_and_lets_exits_go),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
