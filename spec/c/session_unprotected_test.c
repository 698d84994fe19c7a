/* SPDX-License-Identifier: MIT */
/* A position whose exit the venue does not take, or does not keep, is told, and another exit takes that one's place. */
#include <stdio.h>

#include "account_venue.h"
#include "session/session_state.h"

static account_venue venue;

static neap_status place_order(neap_desk *desk, const void *argument, neap_fault *fault) {
  neap_order *order = NULL;
  neap_status status = neap_desk_place(desk, argument, &order, fault);
  if (order) neap_desk_release(desk, order);
  return status;
}

static void ask(const neap_order_request *request) {
  neap_session_begin_instant(venue.play.session);
  assert_int_equal(neap_session_act(venue.play.session, STRATEGY, place_order, request, NULL), NEAP_OK);
  assert_int_equal(neap_session_end_instant(venue.play.session, NULL), NEAP_OK);
}

/* Two are held, bought at 100 by order #1, with an exit or without. */
static void hold(const char *path, const char *stop_loss, const char *trailing_bps) {
  neap_order_request entry = {.side = NEAP_BUY, .quantity = exactly("2")};
  outside_begin(&venue, "12000", "0");
  if (outside_open(&venue, NEAP_EXTERNAL_IGNORE, path, false) != NEAP_OK) fail_msg("%s", venue.play.fault.message);
  outside_price(&venue, "100");
  outside_look(&venue, true);
  if (stop_loss) entry.stop_loss = exactly(stop_loss);
  if (trailing_bps) entry.trailing_stop_bps = exactly(trailing_bps);
  ask(&entry);
  outside_report(&venue, NEAP_REPORT_ACCEPTED, 1, "");
  outside_fill(&venue, 1, NEAP_BUY, "100", "2", "2");
  venue.alerts[0] = 0;
}

static void flatten(void) {
  uint32_t closing;
  neap_session_begin_instant(venue.play.session);
  assert_int_equal(neap_session_flatten(venue.play.session, "enough", "anna@1", &closing, NULL), NEAP_OK);
  assert_int_equal(neap_session_end_instant(venue.play.session, NULL), NEAP_OK);
}

static const neap_order *order(uint64_t number) { return order_find(venue.play.session, number); }

static void check_sold(const char *quantity) {
  assert_int_equal(order(venue.submitted)->status, NEAP_ORDER_SUBMITTED);
  assert_decimal(neap_order_remaining(order(venue.submitted)), quantity);
}

static void a_flatten_that_the_venue_refuses_is_sent_again(void **state) {
  static const char *const codes[] = {"rate_limited", "limit_only"};
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    hold(NULL, NULL, NULL);
    flatten();
    outside_report(&venue, NEAP_REPORT_REJECTED, 2, codes[i]);
    assert_non_null(strstr(venue.alerts, "sell 2 BTC-USD are not protected; #3 is sent in its place in 1 s"));
    assert_int_equal(venue.submitted, 2);
    outside_price(&venue, "99");
    assert_int_equal(venue.submitted, 3);
    check_sold("2");
    outside_close(&venue);
  }
}

/* A sale of a strategy's that says no more than what it sells: only a venue that had no time for it is asked again. */
static void an_exit_for_which_the_venue_had_no_time_is_sent_again(void **state) {
  static const char *const limits[] = {NULL, "120"};
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    hold(NULL, NULL, NULL);
    uint64_t sale = outside_place(&venue, STRATEGY, NEAP_SELL, "1.5", limits[i]);
    outside_report(&venue, NEAP_REPORT_ACCEPTED, sale, "");
    outside_report(&venue, NEAP_REPORT_REJECTED, sale, "rate_limited");
    outside_price(&venue, "99");
    assert_int_equal(venue.submitted, sale + 1);
    assert_decimal(order(sale + 1)->ticket.quantity, "1.5");
    outside_report(&venue, NEAP_REPORT_REJECTED, sale + 1, "invalid_size");
    outside_price(&venue, "99");
    assert_int_equal(venue.submitted, sale + 1);
    outside_close(&venue);
  }
}

static void an_entry_for_which_the_venue_had_no_time_is_not(void **state) {
  (void)state;
  hold(NULL, NULL, NULL);
  uint64_t entry = outside_place(&venue, STRATEGY, NEAP_BUY, "1", NULL);
  outside_report(&venue, NEAP_REPORT_REJECTED, entry, "rate_limited");
  outside_price(&venue, "99");
  assert_int_equal(venue.submitted, entry);
  outside_close(&venue);
}

/* Turned away for as long as the client is patient (429 each time): surely not there. */
static void an_exit_that_does_not_reach_the_venue_is_told(void **state) {
  (void)state;
  hold(NULL, NULL, NULL);
  flatten();
  unsigned before = venue.submissions;
  for (int i = 0; i < 5; i++) outside_report(&venue, NEAP_REPORT_LOST, 2, "not_reachable");
  assert_int_equal(venue.submissions, before + 5);
  assert_int_equal(venue.submitted, 2); /* the same order */
  const char *const told[] = {"exit #2 did not reach the venue (not_reachable), sell 2 BTC-USD are not protected",
                              "the venue, 2 times in a row (not", "the venue, 4 times in a row (not"};
  for (size_t i = 0; i < 3; i++) assert_non_null(strstr(venue.alerts, told[i]));
  assert_null(strstr(venue.alerts, "3 times"));
  outside_close(&venue);
}

/* The venue takes the order, sells a part of it and ends the rest: there was nobody to buy, or it protects prices. */
static void what_the_venue_ends_short_is_sold_on(void **state) {
  static const neap_report_kind ends[] = {NEAP_REPORT_CANCELLED, NEAP_REPORT_EXPIRED};
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    hold(NULL, NULL, NULL);
    flatten();
    outside_report(&venue, NEAP_REPORT_ACCEPTED, 2, "");
    outside_fill(&venue, 2, NEAP_SELL, "100", "0.5", "0.5");
    outside_report(&venue, ends[i], 2, "ioc");
    assert_non_null(strstr(venue.alerts, "exit #2 ended short (ioc), sell 1.5 BTC-USD are not protected; #3 is sent"));
    outside_price(&venue, "99");
    check_sold("1.5");
    outside_close(&venue);
  }
}

static neap_status cancel_all(neap_desk *desk, const void *argument, neap_fault *fault) {
  (void)argument;
  return neap_desk_cancel_all(desk, -1, fault);
}

static void who_cancels_it_while_it_waits_has_it_gone(void **state) {
  (void)state;
  hold(NULL, NULL, NULL);
  flatten();
  outside_report(&venue, NEAP_REPORT_REJECTED, 2, "limit_only");
  neap_session_begin_instant(venue.play.session);
  assert_int_equal(neap_session_act(venue.play.session, STRATEGY, cancel_all, NULL, NULL), NEAP_OK);
  assert_int_equal(neap_session_end_instant(venue.play.session, NULL), NEAP_OK);
  outside_price(&venue, "99");
  assert_int_equal(venue.submitted, 2);
  assert_null(venue.play.session->first);
  outside_close(&venue);
}

static void a_session_that_is_killed_while_it_waits_gets_out(void **state) {
  const place *at = *state;
  hold(at->path, NULL, NULL);
  flatten();
  outside_report(&venue, NEAP_REPORT_REJECTED, 2, "limit_only");
  outside_close(&venue);
  assert_int_equal(outside_open(&venue, NEAP_EXTERNAL_IGNORE, at->path, true), NEAP_OK);
  assert_int_equal(venue.restored, 3);
  outside_report(&venue, NEAP_REPORT_LOST, 3, "not_found");
  assert_int_equal(venue.submitted, 3);
  check_sold("2");
  outside_check_replay(&venue, at);
  outside_close(&venue);
}

/* Refused when it was placed, failed later, taken away by somebody who may: it is not there any more. */
static void a_stop_that_the_venue_does_not_keep_is_watched_here(void **state) {
  static const struct {
    neap_report_kind kind;
    bool was_taken;
    const char *code, *alert;
  } cases[] = {{NEAP_REPORT_REJECTED, false, "invalid_stop_price", "exit #2 was refused (invalid_stop_price)"},
               {NEAP_REPORT_REJECTED, true, "hold_failure", "exit #2 was refused (hold_failure)"},
               {NEAP_REPORT_CANCELLED, true, "by_venue", "exit #2 ended short (by_venue)"}};
  (void)state;
  for (size_t i = 0; i < 3; i++) {
    hold(NULL, "90", NULL);
    assert_int_equal(order(2)->ticket.type, NEAP_STOP);
    if (cases[i].was_taken) outside_report(&venue, NEAP_REPORT_ACCEPTED, 2, "");
    outside_report(&venue, cases[i].kind, 2, cases[i].code);
    assert_non_null(strstr(venue.alerts, cases[i].alert));
    assert_non_null(strstr(venue.alerts, "sell 2 BTC-USD are not protected there; #3 watches the price in its place"));
    assert_int_equal(order(3)->status, NEAP_ORDER_WATCHED);
    assert_int_equal(order(3)->parent, 1);
    assert_non_null(strstr(outside_event(&venue, "trigger_set", 0), "\"level\":\"90\""));
    outside_price(&venue, "91");
    assert_int_equal(venue.submitted, 2);
    outside_price(&venue, "89");
    assert_int_equal(venue.submitted, 3);
    outside_report(&venue, NEAP_REPORT_ACCEPTED, 3, "");
    outside_fill(&venue, 3, NEAP_SELL, "89", "2", "2");
    assert_null(venue.play.session->first);
    outside_close(&venue);
  }
}

static void a_trailing_stop_that_the_venue_refuses_trails_here(void **state) {
  (void)state;
  hold(NULL, NULL, "1000");
  outside_report(&venue, NEAP_REPORT_REJECTED, 2, "unsupported");
  assert_non_null(strstr(outside_event(&venue, "trigger_set", 0), "\"level\":\"90\""));
  outside_price(&venue, "200");
  outside_price(&venue, "179");
  assert_int_equal(venue.submitted, 3);
  outside_close(&venue);
}

/* One that stands in for another, and is refused when it has fired, is sent again like any. */
static void what_stands_in_is_sent_again_when_it_is_refused(void **state) {
  (void)state;
  hold(NULL, "90", NULL);
  outside_report(&venue, NEAP_REPORT_REJECTED, 2, "unsupported");
  outside_price(&venue, "89");
  outside_report(&venue, NEAP_REPORT_REJECTED, 3, "limit_only");
  outside_price(&venue, "95");
  assert_int_equal(venue.submitted, 4);
  check_sold("2");
  outside_close(&venue);
}

static void a_stop_whose_position_or_time_is_over_is_not_missed(void **state) {
  neap_order_request stop = {.side = NEAP_SELL, .quantity = exactly("2"), .reduce_only = true};
  (void)state;
  hold(NULL, NULL, NULL);
  stop.stop = exactly("90");
  stop.has_time_in_force = true;
  stop.time_in_force = NEAP_GTD;
  stop.good_till = venue.clock + 3 * HOUR;
  ask(&stop);
  outside_report(&venue, NEAP_REPORT_ACCEPTED, 2, "");
  outside_report(&venue, NEAP_REPORT_EXPIRED, 2, "good_till");
  assert_null(venue.play.session->first);
  stop.has_time_in_force = false;
  stop.good_till = 0;
  ask(&stop);
  outside_report(&venue, NEAP_REPORT_ACCEPTED, 3, "");
  uint64_t sale = outside_place(&venue, STRATEGY, NEAP_SELL, "2", NULL);
  outside_fill(&venue, sale, NEAP_SELL, "100", "2", "2");
  outside_report(&venue, NEAP_REPORT_REJECTED, 3, "insufficient_funds");
  assert_null(venue.play.session->first);
  assert_string_equal(venue.alerts, "");
  outside_close(&venue);
}

static void a_session_that_is_killed_with_one_that_stands_in_watches_on(void **state) {
  const place *at = *state;
  hold(at->path, "90", NULL);
  outside_report(&venue, NEAP_REPORT_REJECTED, 2, "unsupported");
  outside_close(&venue);
  assert_int_equal(outside_open(&venue, NEAP_EXTERNAL_IGNORE, at->path, true), NEAP_OK);
  assert_int_equal(order(3)->status, NEAP_ORDER_WATCHED);
  outside_look(&venue, true);
  outside_price(&venue, "89");
  assert_int_equal(venue.submitted, 3);
  check_sold("2");
  outside_check_replay(&venue, at);
  outside_close(&venue);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_flatten_that_the_venue_refuses_is_sent_again),
      cmocka_unit_test(an_exit_for_which_the_venue_had_no_time_is_sent_again),
      cmocka_unit_test(an_entry_for_which_the_venue_had_no_time_is_not),
      cmocka_unit_test(an_exit_that_does_not_reach_the_venue_is_told),
      cmocka_unit_test(what_the_venue_ends_short_is_sold_on),
      cmocka_unit_test(who_cancels_it_while_it_waits_has_it_gone),
      cmocka_unit_test(a_stop_that_the_venue_does_not_keep_is_watched_here),
      cmocka_unit_test(a_trailing_stop_that_the_venue_refuses_trails_here),
      cmocka_unit_test(what_stands_in_is_sent_again_when_it_is_refused),
      cmocka_unit_test(a_stop_whose_position_or_time_is_over_is_not_missed),
      cmocka_unit_test_setup_teardown(a_session_that_is_killed_with_one_that_stands_in_watches_on, make_place,
                                      remove_place),
      cmocka_unit_test_setup_teardown(a_session_that_is_killed_while_it_waits_gets_out, make_place, remove_place),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
