/* SPDX-License-Identifier: MIT */
/* A leg whose stop went because its group is unwound has one again when the venue does not unwind it: ours. */
#include <stdio.h>

#include "kept_journal.h"
#include "late_venue.h"
#include "session/session_state.h"

static venue market;
static char alerts[4096];

static const char *const calm[] = {"100 101 99 100 50", "100 101 99 100 50", "100 101 99 100 50",
                                   "100 101 99 100 50", "100 101 99 100 50", "100 101 99 100 50"};
static const char *const crash[] = {"100 101 99 100 50", "100 101 99 100 50", "100 101 99 100 50",
                                    "100 101 99 100 50", "100 101 40 45 50",  "45 46 44 45 50"};

/* One is held that is no concern of the group's, #1; its legs are #2, with the stop #4, and #3, which does not fill. */
static neap_status enter(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  const neap_order_request one = {.side = NEAP_BUY, .quantity = exactly("1")};
  neap_order_request legs[] = {{.side = NEAP_BUY, .quantity = exactly("2")},
                               {.product = 1, .side = NEAP_BUY, .quantity = exactly("3")}};
  if (bar->product != 1) return NEAP_OK;
  legs[0].stop_loss = exactly("50");
  legs[1].limit = exactly("80");
  if (bar->close_time == MONDAY + HOUR) return actor_place(me, &one, NULL);
  if (bar->close_time == MONDAY + 2 * HOUR) {
    me->held_count += 2;
    return neap_desk_group(me->desk, legs, 2, &(neap_group_options){.unwinds = true}, &me->held[me->held_count - 2],
                           fault);
  }
  if (bar->close_time != MONDAY + 3 * HOUR) return NEAP_OK;
  neap_status status = neap_desk_after(me->desk, "take", NEAP_SECOND, fault);
  neap_order *other = order_find(me->desk->session, 3);
  return status == NEAP_OK && other ? neap_desk_cancel(me->desk, other, fault) : status;
}

/* The venue takes #5, which unwinds #2, and ends it a second later. */
static neap_status take_then_end(actor *me, const neap_timer_event *timer, neap_fault *fault) {
  const neap_report taken = {.kind = NEAP_REPORT_ACCEPTED, .order = 5},
                    ended = {.kind = NEAP_REPORT_CANCELLED, .order = 5, .code = "by_venue"};
  if (!market.ponders) return NEAP_OK;
  session_report(me->desk->session, strcmp(timer->name, "take") == 0 ? &taken : &ended);
  return strcmp(timer->name, "take") == 0 ? neap_desk_after(me->desk, "end", NEAP_SECOND, fault) : NEAP_OK;
}

static void note_stops(void *context, const char *level, const char *line) {
  (void)context;
  if (strcmp(level, "alert") == 0 && !strstr(alerts, line))
    snprintf(alerts + strlen(alerts), sizeof alerts - strlen(alerts), "%s\n", line);
}

static void begin(act *play, actor *who, const char *const *bars) {
  *who = (actor){.bar = enter, .timer = take_then_end, .fill = actor_note_fill};
  alerts[0] = 0;
  act_init(play);
  act_product(play, "ETH-USD:price_increment=0.01");
  venue_open(&market, play, AT_ONCE);
  market.rejects_unwinding = true;
  play->options.session.log = note_stops;
  act_bars(play, 0, HOUR, bars, 6);
  act_bars(play, 1, HOUR, calm, 6);
}

/* It is taken and ends short; or where it has to make room for itself first it is refused. */
static void choose(unsigned how) {
  market.ponders = how ? 0 : 5;
  market.rejects_unwinding = how != 0;
  market.abilities = how ? NEAP_BROKER_HOLDS : 0;
}

static neap_status refuse_more(actor *me, neap_order *order, neap_fault *fault) {
  (void)me, (void)fault;
  market.rejects_unwinding |= order->unwinds != 0;
  return NEAP_OK;
}

static void run(act *play, actor *who, unsigned how, const char *const *bars, const char *path) {
  begin(play, who, bars);
  choose(how);
  who->order = refuse_more;
  play->options.session.store_path = path;
  act_run_well(play, who);
}

static void a_stop_of_ours_stands_in(void **state) {
  const place *at = *state;
  static act play;
  char text[1024];
  for (unsigned how = 0; how < 2; how++) {
    actor who;
    run(&play, &who, how, crash, at->path);
    assert_string_equal(
        who.log,
        "01 01:00 buy 1 @ 100\n01 02:00 buy 2 @ 100\n01 05:00 sell 2 @ 45 stop of #2 until its group is unwound\n");
    assert_string_equal(act_event(&play, "trigger_set", 1, text, sizeof text), "");
    assert_non_null(strstr(alerts, "2 BTC-USD of its leg #2 are not unwound"));
    assert_non_null(strstr(alerts, "#6 watches for its stop at 50"));
    assert_null(play.session->groups);
    act_check_replay(at, &play, &who, "at the end");
  }
}

static neap_status relent_at_last(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  if (bar->close_time == MONDAY + 4 * HOUR) market.rejects_unwinding = false;
  return enter(me, bar, fault);
}

static void it_goes_with_what_unwinds_its_leg(void **state) {
  const place *at = *state;
  static act play;
  for (unsigned how = 0; how < 2; how++) {
    actor who;
    begin(&play, &who, calm);
    choose(how);
    who.order = refuse_more;
    who.bar = relent_at_last;
    play.options.session.store_path = at->path;
    act_run_well(&play, &who);
    assert_non_null(strstr(who.log, "sell 2 @ 100"));
    assert_decimal(neap_desk_position(who.desk, 0)->quantity, "1");
    assert_null(play.session->first);
    act_check_replay(at, &play, &who, "at the end");
  }
}

static void killed_behind_any_event_it_goes_on(void **state) {
  const place *at = *state;
  static act play;
  static journal book;
  char when[64];
  actor who;
  run(&play, &who, 1, crash, NULL);
  journal_keep(&book, &play);
  act_close(&play, &who);
  for (size_t count = 1; count <= book.count; count += journal_stride()) {
    snprintf(when, sizeof when, "killed behind event %d", (int)count);
    journal_write(&book, count, at->path);
    begin(&play, &who, crash);
    choose(1);
    play.options.session.store_path = at->path;
    play.options.session.resume = true;
    if (act_run(&play, &who) != NEAP_OK) fail_msg("%s: %s: %s", when, play.fault.code, play.fault.message);
    act_check_replay(at, &play, &who, when);
  }
  journal_forget(&book);
}

int main(void) {
  if (access("/dev/shm", W_OK) == 0) setenv("TMPDIR", "/dev/shm", 0);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_stop_of_ours_stands_in, make_place, remove_place),
      cmocka_unit_test_setup_teardown(it_goes_with_what_unwinds_its_leg, make_place, remove_place),
      cmocka_unit_test_setup_teardown(killed_behind_any_event_it_goes_on, make_place, remove_place),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
