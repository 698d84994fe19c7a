/* SPDX-License-Identifier: MIT */
/* At a broker that holds what resting sales sell, an exit leaves when what holds it is gone: a stop of ours beside a
 * target at the venue, a close beside both. */
#include <stdio.h>

#include "kept_journal.h"
#include "late_venue.h"
#include "session/session_state.h"
#include "session/state.h"

static venue market;

static const char *const falls[] = {"100 101 99 100 50", "100 101 99 100 50", "100 101 85 88 50", "87 88 86 87 50",
                                    "87 88 86 87 50"};

static neap_status enter(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  neap_order_request request = {.side = NEAP_BUY, .quantity = exactly("2")};
  (void)fault;
  if (bar->close_time != MONDAY + HOUR) return NEAP_OK;
  request.stop_loss = exactly("90");
  request.take_profit = exactly("110");
  return actor_place(me, &request, NULL);
}

static neap_status note_reject(actor *me, neap_order *order, neap_fault *fault) {
  (void)fault;
  actor_note(me, "rejected #%d %s", (int)order->ticket.number, order->reason.code);
  return NEAP_OK;
}

static neap_status note_fill(actor *me, neap_order *order, const neap_fill *fill, neap_fault *fault) {
  char text[NEAP_DECIMAL_TEXT];
  (void)fault;
  neap_decimal_format(fill->quantity, text);
  actor_note(me, "filled #%d %s", (int)order->ticket.number, text);
  return NEAP_OK;
}

static void begin(act *play, actor *who, venue_manner manner) {
  *who = (actor){.bar = enter, .reject = note_reject, .fill = note_fill};
  act_init(play);
  act_lack(play, "stop stop_limit trailing_stop reduce_only");
  venue_open(&market, play, manner);
  market.orders = &play->abilities;
  play->options.session.holds = true;
}

static void run(act *play, actor *who, const char *const *bars) {
  act_bars(play, 0, HOUR, bars, 5);
  act_run_well(play, who);
}

static void check_log(const actor *who, const char *expected) { assert_string_equal(who->log, expected); }

static const char *reason_of_release(const act *play, char out[256]) {
  return act_event(play, "order_released", 0, out, 256);
}

static void a_stop_of_ours_leaves_when_the_target_is_gone(void **state) {
  (void)state;
  static act play;
  actor who;
  char text[2048];
  begin(&play, &who, AT_ONCE);
  run(&play, &who, falls);
  check_log(&who, "filled #1 2\nfilled #2 2\n");
  assert_non_null(strstr(act_events(&play, "", text, sizeof text),
                         "trigger_fired order_cancel_requested order_cancelled order_released order_submitted"));
  assert_string_equal(reason_of_release(&play, text), "{\"why\":\"room\"}");
  assert_decimal(play.totals.cash, "9974");
  act_close(&play, &who);
}

static neap_status answer_next_hour(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  if (bar->close_time == MONDAY + 3 * HOUR) venue_answer(&market);
  return enter(me, bar, fault);
}

static void it_waits_for_the_answer_to_the_cancel(void **state) {
  (void)state;
  static act play;
  actor who;
  char text[2048];
  begin(&play, &who, LATE);
  who.bar = answer_next_hour;
  run(&play, &who, falls);
  check_log(&who, "filled #1 2\nfilled #2 2\n");
  assert_string_equal(reason_of_release(&play, text), "{\"why\":\"room\"}");
  assert_decimal(play.totals.cash, "9974");
  act_close(&play, &who);
}

static void check_begins(const actor *who, const char *expected) {
  assert_memory_equal(who->log, expected, strlen(expected));
}

/* Nobody answers. Two seconds later it leaves; the venue that still holds everything does not take it; that is told,
 * and another is sent in its place. */
static void it_does_not_wait_for_ever(void **state) {
  (void)state;
  static act play;
  actor who;
  char text[2048];
  begin(&play, &who, LATE);
  run(&play, &who, falls);
  check_begins(&who, "filled #1 2\nrejected #2 insufficient_funds\nrejected #4 insufficient_funds\n");
  assert_string_equal(reason_of_release(&play, text), "{\"why\":\"waited_enough\"}");
  act_close(&play, &who);
}

static neap_status stop_trying(actor *me, const neap_timer_event *timer, neap_fault *fault) {
  (void)timer;
  return neap_desk_cancel_all(me->desk, -1, fault);
}

static neap_status set_timer(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  if (bar->close_time == MONDAY + 3 * HOUR) return neap_desk_after(me->desk, "stop", NEAP_SECOND, fault);
  return enter(me, bar, fault);
}

/* To a broker outside the cancel leaves when the instant is over, and all that was due since the last is one instant:
 * one that waits for room was asked again and again whether it had waited enough, and the session stood still. */
static void its_patience_ends_while_its_cancel_waits(void **state) {
  (void)state;
  static act play;
  actor who;
  char text[2048];
  begin(&play, &who, LATE);
  market.abilities = NEAP_BROKER_EXTERNAL;
  who.bar = set_timer;
  who.timer = stop_trying;
  run(&play, &who, falls);
  assert_non_null(strstr(act_events(&play, "", text, sizeof text), "order_cancelled"));
  assert_null(strstr(text, "order_released"));
  act_close(&play, &who);
}

static void a_refused_cancel_lets_it_go_at_once(void **state) {
  (void)state;
  static act play;
  actor who;
  char text[2048];
  begin(&play, &who, REFUSES);
  run(&play, &who, falls);
  check_begins(&who, "filled #1 2\nrejected #2 insufficient_funds\nrejected #4 insufficient_funds\n");
  assert_non_null(strstr(act_events(&play, "", text, sizeof text),
                         "trigger_fired order_cancel_requested order_cancel_refused order_released order_submitted "
                         "order_rejected"));
  act_close(&play, &who);
}

/* The cancel comes too late: the target fills, and the stop has nothing to get out of. */
static neap_status target_fills(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  if (bar->close_time == MONDAY + 3 * HOUR) {
    const neap_report fill = {.kind = NEAP_REPORT_FILL,
                              .order = 3,
                              .fill = {.order = 3,
                                       .side = NEAP_SELL,
                                       .price = dec("110"),
                                       .quantity = dec(me->calls ? "0.5" : "2"),
                                       .time = bar->close_time}};
    session_report(market.session, &fill);
    if (me->calls) venue_answer(&market);
  }
  return enter(me, bar, fault);
}

static void what_the_target_fills_meanwhile_the_stop_does_not_sell(void **state) {
  (void)state;
  static act play;
  actor who;
  begin(&play, &who, LATE);
  who.bar = target_fills;
  run(&play, &who, falls);
  check_log(&who, "filled #1 2\nfilled #3 2\n");
  assert_decimal(play.totals.cash, "10020");
  act_close(&play, &who);
  begin(&play, &who, LATE);
  who.bar = target_fills;
  who.calls = 1;
  run(&play, &who, falls);
  check_log(&who, "filled #1 2\nfilled #3 0.5\nfilled #2 1.5\n");
  act_close(&play, &who);
}

static neap_status close_at_three(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  neap_order *order;
  if (bar->close_time != MONDAY + 3 * HOUR) return enter(me, bar, fault);
  neap_status status = neap_desk_close(me->desk, 0, "out", "", &order, fault);
  if (status == NEAP_OK) neap_desk_release(me->desk, order);
  return status == NEAP_OK ? neap_desk_after(me->desk, "answer", NEAP_SECOND, fault) : status;
}

static neap_status answer(actor *me, const neap_timer_event *timer, neap_fault *fault) {
  (void)me, (void)timer, (void)fault;
  venue_answer(&market);
  return NEAP_OK;
}

static void a_close_waits_for_the_cancel_of_the_target(void **state) {
  (void)state;
  static const char *const calm[] = {"100 101 99 100 50", "100 101 99 100 50", "100 101 99 100 50", "100 101 99 100 50",
                                     "100 101 99 100 50"};
  static act play;
  actor who;
  for (int manner = AT_ONCE; manner <= LATE; manner++) {
    begin(&play, &who, (venue_manner)manner);
    who.bar = close_at_three;
    who.timer = answer;
    run(&play, &who, calm);
    check_log(&who, "filled #1 2\nfilled #4 2\n");
    act_close(&play, &who);
  }
}

static void run_from(const place *at, act *play, actor *who, bool resumes, size_t count) {
  begin(play, who, AT_ONCE);
  play->options.session.store_path = at->path;
  play->options.session.resume = resumes;
  act_bars(play, 0, HOUR, falls, 5);
  if (act_run(play, who) != NEAP_OK)
    fail_msg("behind event %d: %s: %s", (int)count, play->fault.code, play->fault.message);
}

/* Whatever was on its way: no exit is refused, and what was bought is sold once. */
static void killed_behind_any_event_it_gets_out(void **state) {
  static act play;
  static journal book;
  const place *at = *state;
  actor who;
  char when[64];
  begin(&play, &who, AT_ONCE);
  run(&play, &who, falls);
  journal_keep(&book, &play);
  act_close(&play, &who);
  for (size_t count = 1; count <= book.count; count++) {
    snprintf(when, sizeof when, "killed behind event %d", (int)count);
    journal_write(&book, count, at->path);
    run_from(at, &play, &who, true, count);
    if (strstr(who.log, "insufficient_funds")) fail_msg("%s: %s", when, who.log);
    if (!neap_decimal_is_zero(neap_desk_position(who.desk, 0)->quantity)) fail_msg("%s: %s", when, who.log);
    act_check_replay(at, &play, &who, when);
  }
  journal_forget(&book);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_stop_of_ours_leaves_when_the_target_is_gone),
      cmocka_unit_test(it_waits_for_the_answer_to_the_cancel),
      cmocka_unit_test(it_does_not_wait_for_ever),
      cmocka_unit_test(its_patience_ends_while_its_cancel_waits),
      cmocka_unit_test(a_refused_cancel_lets_it_go_at_once),
      cmocka_unit_test(what_the_target_fills_meanwhile_the_stop_does_not_sell),
      cmocka_unit_test(a_close_waits_for_the_cancel_of_the_target),
      cmocka_unit_test_setup_teardown(killed_behind_any_event_it_gets_out, make_place, remove_place)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
