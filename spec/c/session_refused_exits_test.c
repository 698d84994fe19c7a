/* SPDX-License-Identifier: MIT */
/* What the venue does not take leaves no position without its exit: a stop of ours that has fired, the closing of a
 * group's leg. */
#include <stdio.h>

#include "journal_support.h"
#include "kept_journal.h"
#include "late_venue.h"
#include "market/market_feed.h"
#include "session/session_state.h"

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

static void note_time(actor *me, const char *what, const neap_order *order) {
  actor_note(me, "%s #%d at %d s", what, (int)order->ticket.number,
             (int)((neap_desk_now(me->desk) - MONDAY) / NEAP_SECOND));
}

/* The venue relents behind the third. */
static neap_status note_reject(actor *me, neap_order *order, neap_fault *fault) {
  (void)fault;
  note_time(me, "rejected", order);
  market.rejects = ++me->calls < 3 ? order->ticket.number + 1 : 0;
  if (order->ticket.number == 2) market.rejects = 4;
  return NEAP_OK;
}

/* The simulator fills what it took with the next price. */
static neap_status note_taken(actor *me, neap_order *order, neap_fault *fault) {
  (void)fault;
  bool is_exit = order->parent && order->ticket.type == NEAP_STOP;
  if (is_exit && order->status == NEAP_ORDER_OPEN) note_time(me, "taken", order);
  return NEAP_OK;
}

static void begin(act *play, actor *who) {
  *who = (actor){.bar = enter, .reject = note_reject, .order = note_taken};
  act_init(play);
  act_lack(play, "stop stop_limit trailing_stop");
  venue_open(&market, play, AT_ONCE);
  market.orders = &play->abilities;
  market.rejects = 2;
}

static void run(act *play, actor *who) {
  act_bars(play, 0, HOUR, falls, 5);
  if (act_run(play, who) != NEAP_OK) fail_msg("%s: %s", play->fault.code, play->fault.message);
}

/* A second later, then two, then four; its target goes with the one that fills. */
static void another_is_sent_until_one_is_taken(void **state) {
  (void)state;
  static act play;
  actor who;
  char text[2048];
  begin(&play, &who);
  play.limits.error_threshold = 2; /* it is one failure, however often it is tried */
  run(&play, &who);
  assert_string_equal(who.log, "rejected #2 at 10800 s\nrejected #4 at 10801 s\n"
                               "rejected #5 at 10803 s\ntaken #6 at 10807 s\n");
  act_event(&play, "order_intent", 3, text, sizeof text);
  assert_non_null(strstr(text, "\"replaces\":2"));
  assert_non_null(strstr(text, "\"why\":\"#2 was refused\""));
  assert_non_null(strstr(text, "\"parent\":1"));
  assert_string_equal(act_event(&play, "order_released", 0, text, sizeof text), "{\"why\":\"again\"}");
  assert_string_equal(act_event(&play, "circuit_breaker_tripped", 0, text, sizeof text), "");
  assert_decimal(neap_desk_position(who.desk, 0)->quantity, "0");
  assert_null(play.session->first); /* nor does the target work on */
  act_close(&play, &who);
}

static neap_status flags(actor *me, uint32_t trading, neap_fault *fault) {
  return neap_session_trading(me->desk->session, 0, trading, fault);
}

static neap_status shut(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  if (bar->close_time == MONDAY + 2 * HOUR) return flags(me, NEAP_TRADING_LIMIT_ONLY, fault);
  return enter(me, bar, fault);
}

static neap_status open_later(actor *me, neap_order *order, neap_fault *fault) {
  neap_status status = note_reject(me, order, fault);
  market.rejects = 0;
  return status == NEAP_OK ? neap_desk_after(me->desk, "open", 10 * NEAP_SECOND, fault) : status;
}

static neap_status opens(actor *me, const neap_timer_event *timer, neap_fault *fault) {
  (void)timer;
  return flags(me, me->calls++ == 1 ? NEAP_TRADING_LIMIT_ONLY | NEAP_TRADING_POST_ONLY : 0, fault);
}

static void what_opens_the_product_sends_it_at_once(void **state) {
  (void)state;
  static act play;
  actor who;
  begin(&play, &who);
  who.bar = shut;
  who.reject = open_later;
  who.timer = opens;
  run(&play, &who);
  assert_string_equal(who.log, "rejected #2 at 10800 s\ntaken #4 at 10864 s\n");
  act_close(&play, &who);
  begin(&play, &who);
  who.bar = shut;
  who.reject = open_later;
  who.timer = opens;
  who.calls = 1;
  run(&play, &who);
  assert_string_equal(who.log, "rejected #2 at 10800 s\ntaken #4 at 10810 s\n");
  act_close(&play, &who);
}

static neap_status cancel_all(actor *me, const neap_timer_event *timer, neap_fault *fault) {
  (void)timer;
  return neap_desk_cancel_all(me->desk, -1, fault);
}

static neap_status regret(actor *me, neap_order *order, neap_fault *fault) {
  neap_status status = note_reject(me, order, fault);
  return status == NEAP_OK ? neap_desk_after(me->desk, "regret", NEAP_SECOND / 2, fault) : status;
}

static void one_that_is_cancelled_while_it_waits_is_gone(void **state) {
  (void)state;
  static act play;
  actor who;
  begin(&play, &who);
  who.reject = regret;
  who.timer = cancel_all;
  run(&play, &who);
  assert_string_equal(who.log, "rejected #2 at 10800 s\n");
  assert_decimal(neap_desk_position(who.desk, 0)->quantity, "2");
  act_close(&play, &who);
}

static neap_status cancel_then_refuse(actor *me, const neap_timer_event *timer, neap_fault *fault) {
  if (strcmp(timer->name, "refuse") == 0) return venue_refuse(&market), NEAP_OK;
  neap_status status = cancel_all(me, timer, fault);
  return status == NEAP_OK ? neap_desk_after(me->desk, "refuse", NEAP_SECOND, fault) : status;
}

/* A second behind the bar with which the stop fires. */
static neap_status enter_and_look_later(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  bool has_fired = bar->close_time == MONDAY + 3 * HOUR;
  return has_fired ? neap_desk_after(me->desk, "later", NEAP_SECOND, fault) : enter(me, bar, fault);
}

static void one_that_is_refused_when_its_cancel_has_left_is_gone(void **state) {
  (void)state;
  static act play;
  actor who;
  begin(&play, &who);
  who.bar = enter_and_look_later;
  who.timer = cancel_then_refuse;
  market.rejects = 0;
  market.ponders = 2;
  market.manner = LATE;
  run(&play, &who);
  assert_string_equal(who.log, "rejected #2 at 10802 s\n");
  assert_decimal(neap_desk_position(who.desk, 0)->quantity, "2");
  act_close(&play, &who);
}

static neap_status enter_then_group(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  const neap_order_request entry = {.side = NEAP_BUY, .quantity = exactly("2")};
  const neap_group_options options = {.one_cancels_other = true};
  neap_order_request legs[] = {{.side = NEAP_SELL, .quantity = exactly("1"), .reduce_only = true},
                               {.side = NEAP_SELL, .quantity = exactly("1"), .reduce_only = true}};
  legs[0].limit = exactly("110");
  legs[1].stop = exactly("90");
  if (bar->close_time == MONDAY + HOUR) return actor_place(me, &entry, NULL);
  if (bar->close_time != MONDAY + 2 * HOUR) return NEAP_OK;
  me->held_count += 2;
  return neap_desk_group(me->desk, legs, 2, &options, &me->held[1], fault);
}

static neap_status reject_the_next(actor *me, neap_order *order, neap_fault *fault) {
  (void)me, (void)fault;
  market.rejects = order->ticket.number + 1;
  return NEAP_OK;
}

static neap_status relent(actor *me, neap_order *order, const neap_fill *fill, neap_fault *fault) {
  market.rejects = order->ticket.number == 1 ? market.rejects : 0;
  return actor_note_fill(me, order, fill, fault);
}

static void one_that_waits_goes_with_the_other_of_its_group(void **state) {
  (void)state;
  static const char *const turns[] = {"100 101 99 100 50", "100 101 99 100 50",  "100 101 85 88 50",
                                      "87 115 86 112 50",  "112 113 111 112 50", "112 113 111 112 50"};
  static act play;
  actor who;
  begin(&play, &who);
  who = (actor){.bar = enter_then_group, .reject = reject_the_next, .fill = relent};
  market.rejects = 3;
  act_bars(&play, 0, HOUR, turns, 6);
  act_run_well(&play, &who);
  assert_string_equal(who.log, "01 01:00 buy 2 @ 100\n01 03:00 sell 1 @ 110\n");
  assert_decimal(neap_desk_position(who.desk, 0)->quantity, "1");
  assert_null(play.session->first);
  act_close(&play, &who);
}

static void fill_disk(neap_desk *desk) {
  neap_event_store *store = desk->session->store;
  neap_fault fault = {0};
  limit_files(160 * 1024);
  while (neap_event_store_state(store, NULL) == NEAP_JOURNAL_WRITES) {
    neap_desk_log(desk, "info", "a line that takes room in the journal until there is no more of it", NULL, 0, &fault);
    neap_event_store_wait(store, neap_event_store_count(store), NULL);
  }
}

static neap_status fill_disk_then_refuse(actor *me, const neap_timer_event *timer, neap_fault *fault) {
  (void)timer, (void)fault;
  fill_disk(me->desk);
  venue_refuse(&market);
  return NEAP_OK;
}

static void in_the_journals_reserve_another_is_sent(void **state) {
  const place *at = *state;
  static act play;
  actor who;
  begin(&play, &who);
  who.bar = enter_and_look_later;
  who.timer = fill_disk_then_refuse;
  market.rejects = 0;
  market.ponders = 2;
  market.abilities = NEAP_BROKER_EXTERNAL;
  play.options.session.store_path = at->path;
  play.options.session.reserve = 64 * 1024;
  act_bars(&play, 0, HOUR, falls, 5);
  neap_status status = act_run(&play, &who);
  limit_files(0);
  if (status != NEAP_OK) fail_msg("%s: %s", play.fault.code, play.fault.message);
  assert_string_equal(who.log, "rejected #2 at 10801 s\nrejected #4 at 10802 s\n"
                               "rejected #5 at 10804 s\ntaken #6 at 10808 s\n");
  assert_decimal(neap_desk_position(who.desk, 0)->quantity, "0");
  act_close(&play, &who);
}

static act *playing; /* whose broker loses an ability */

static neap_status lack_market_orders(actor *me, const neap_timer_event *timer, neap_fault *fault) {
  (void)me, (void)timer, (void)fault;
  act_lack(playing, "stop stop_limit trailing_stop market");
  venue_refuse(&market);
  return NEAP_OK;
}

static neap_status group_and_look_later(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  bool has_fired = bar->close_time == MONDAY + 3 * HOUR;
  return has_fired ? neap_desk_after(me->desk, "later", NEAP_SECOND, fault) : enter_then_group(me, bar, fault);
}

static void one_that_is_refused_here_is_no_leg_any_more(void **state) {
  const place *at = *state;
  static act play;
  actor who;
  begin(&play, &who);
  who = (actor){.bar = group_and_look_later, .timer = lack_market_orders, .reject = actor_note_reject};
  playing = &play;
  market.rejects = 0;
  market.ponders = 3;
  play.options.session.store_path = at->path;
  run(&play, &who);
  assert_string_equal(who.log, "rejected VENUE_NO\nrejected broker_lacks_market\n");
  assert_null(play.session->groups);
  act_check_replay(at, &play, &who, "at the end");
}

static neap_status note_and_close(actor *me, neap_order *order, neap_fault *fault) {
  neap_order *closing;
  note_reject(me, order, fault);
  neap_status status = neap_desk_close(me->desk, 0, "out", "", &closing, fault);
  if (status == NEAP_OK) neap_desk_release(me->desk, closing);
  return status;
}

static void one_whose_strategy_closes_sells_nothing(void **state) {
  (void)state;
  static act play;
  actor who;
  begin(&play, &who);
  who.reject = note_and_close;
  market.rejects = 2;
  run(&play, &who);
  assert_decimal(neap_desk_position(who.desk, 0)->quantity, "0");
  assert_int_equal(play.totals.fills, 2);
  act_close(&play, &who);
}

static neap_status late_half_with_a_target(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  neap_order_request legs[] = {{.quantity = exactly("2")}, {.product = 1, .quantity = exactly("3")}};
  const neap_group_options options = {.unwinds = true};
  legs[0].stop_loss = exactly("50"), legs[0].take_profit = exactly("150");
  legs[1].limit = exactly("80");
  if (bar->product != 1) return NEAP_OK;
  if (bar->close_time == MONDAY + 2 * HOUR) {
    me->held_count = 2;
    return neap_desk_group(me->desk, legs, 2, &options, me->held, fault);
  }
  return bar->close_time == MONDAY + 3 * HOUR ? neap_desk_cancel(me->desk, me->held[1], fault) : NEAP_OK;
}

static neap_status note_exits(actor *me, neap_order *order, neap_fault *fault) {
  const neap_order *stop = order_find(market.session, 3), *target = order_find(market.session, 4);
  actor_note(me, "#%d %s %s", (int)order->ticket.number, stop ? neap_order_status_name(stop->status) : "gone",
             target ? neap_order_status_name(target->status) : "gone");
  market.rejects_unwinding = ++me->calls < 3;
  (void)fault;
  return NEAP_OK;
}

static neap_status note_fill_of(actor *me, neap_order *order, const neap_fill *fill, neap_fault *fault) {
  const neap_order *stop = order_find(market.session, 3);
  char text[NEAP_DECIMAL_TEXT];
  (void)fault, (void)fill;
  if (!order->unwinds) return NEAP_OK;
  if (stop) neap_decimal_format(stop->ticket.quantity, text);
  actor_note(me, "#%d %s", (int)order->ticket.number, stop && order_is_staying(stop) ? text : "gone");
  return NEAP_OK;
}

/* Where the broker has no stops ours holds nothing: that its target has to go first, that the closing is refused, or
 * accepted and filled in part, leaves it, as large as what is left to close. */
static void a_stop_of_ours_stays_until_its_leg_is_unwound(void **state) {
  (void)state;
  static const char *const busy[] = {"100 101 99 100 50", "100 101 99 100 50", "100 101 99 100 100",
                                     "100 101 99 100 50", "100 101 99 100 50"};
  static act play;
  actor who;
  begin(&play, &who);
  who = (actor){.bar = late_half_with_a_target, .reject = note_exits, .fill = note_fill_of};
  act_product(&play, "ETH-USD:price_increment=0.01");
  market.rejects = 0;
  market.rejects_unwinding = true;
  play.options.session.holds = true;
  play.options.session.fill_model.volume_share = dec("0.02");
  act_bars(&play, 0, HOUR, busy, 5);
  act_bars(&play, 1, HOUR, busy, 5);
  assert_int_equal(act_run(&play, &who), NEAP_OK);
  assert_string_equal(who.log, "#5 watched gone\n#6 watched gone\n#7 watched gone\n#8 1\n");
  act_close(&play, &who);
}

static neap_status group_that_fills_late(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  neap_order_request legs[] = {{.quantity = exactly("2")}, {.product = 1, .quantity = exactly("3")}};
  const neap_group_options options = {.unwinds = true};
  legs[0].stop_loss = exactly("50");
  if (bar->product != 1 || bar->close_time != MONDAY + 2 * HOUR) return NEAP_OK;
  me->held_count = 2;
  return neap_desk_group(me->desk, legs, 2, &options, me->held, fault);
}

static neap_status reject_the_second_closing(actor *me, neap_order *order, neap_fault *fault) {
  (void)me, (void)fault;
  market.rejects = order->ticket.number == 2 ? 5 : 0;
  return NEAP_OK;
}

/* Its leg fills on while its cancel is under way: one order closes the first half, another, refused at first, what
 * came late. */
static void a_stop_of_ours_covers_what_another_is_to_unwind(void **state) {
  const place *at = *state;
  static const char *const busy[] = {"100 101 99 100 50",  "100 101 99 100 50", "100 101 99 100 50",
                                     "100 101 99 100 100", "100 101 99 100 50", "100 101 99 100 50"};
  static act play;
  actor who;
  begin(&play, &who);
  who = (actor){.bar = group_that_fills_late, .reject = reject_the_second_closing, .fill = note_fill_of};
  act_product(&play, "ETH-USD:price_increment=0.01");
  market.manner = LATE;
  play.options.session.store_path = at->path;
  play.options.session.fill_model.volume_share = dec("0.02");
  act_bars(&play, 0, HOUR, busy, 6);
  act_bars(&play, 1, HOUR, busy, 6);
  act_run_well(&play, &who);
  assert_string_equal(who.log, "#4 1\n#6 gone\n");
  assert_decimal(neap_desk_position(who.desk, 0)->quantity, "0");
  act_check_replay(at, &play, &who, "at the end");
}

static void run_from(const place *at, act *play, actor *who, size_t count) {
  begin(play, who);
  play->options.session.store_path = at->path;
  play->options.session.resume = true;
  act_bars(play, 0, HOUR, falls, 5);
  if (act_run(play, who) != NEAP_OK)
    fail_msg("behind event %d: %s: %s", (int)count, play->fault.code, play->fault.message);
}

static void killed_behind_any_event_it_gets_out(void **state) {
  static act play;
  static journal book;
  const place *at = *state;
  actor who;
  char when[64];
  begin(&play, &who);
  run(&play, &who);
  journal_keep(&book, &play);
  act_close(&play, &who);
  for (size_t count = 1; count <= book.count; count++) {
    snprintf(when, sizeof when, "killed behind event %d", (int)count);
    if (strcmp(book.event[count - 1].type, "order_rejected") == 0) continue; /* committed with what follows it */
    journal_write(&book, count, at->path);
    run_from(at, &play, &who, count);
    if (!neap_decimal_is_zero(neap_desk_position(who.desk, 0)->quantity)) fail_msg("%s: %s", when, who.log);
    act_check_replay(at, &play, &who, when);
  }
  journal_forget(&book);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(another_is_sent_until_one_is_taken),
      cmocka_unit_test(what_opens_the_product_sends_it_at_once),
      cmocka_unit_test(one_that_is_cancelled_while_it_waits_is_gone),
      cmocka_unit_test(one_that_is_refused_when_its_cancel_has_left_is_gone),
      cmocka_unit_test(one_that_waits_goes_with_the_other_of_its_group),
      cmocka_unit_test_setup_teardown(in_the_journals_reserve_another_is_sent, make_place, remove_place),
      cmocka_unit_test_setup_teardown(one_that_is_refused_here_is_no_leg_any_more, make_place, remove_place),
      cmocka_unit_test(one_whose_strategy_closes_sells_nothing),
      cmocka_unit_test(a_stop_of_ours_stays_until_its_leg_is_unwound),
      cmocka_unit_test_setup_teardown(a_stop_of_ours_covers_what_another_is_to_unwind, make_place, remove_place),
      cmocka_unit_test_setup_teardown(killed_behind_any_event_it_gets_out, make_place, remove_place)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
