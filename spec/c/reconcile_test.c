/* SPDX-License-Identifier: MIT */
/* Our books against the account: a baseline of what is not ours, differences that last, and a person who settles them.
 */
#include "account_venue.h"
#include "session/guarding.h"
#include "session/session_state.h"

static account_venue venue;

static void open_at(neap_external external, const char *usd, const char *btc, const char *path) {
  outside_begin(&venue, usd, btc);
  if (outside_open(&venue, external, path, false) != NEAP_OK) fail_msg("%s", venue.play.fault.message);
  outside_price(&venue, "100");
}

static void open_seen(const char *usd, const char *btc, const char *path) {
  open_at(NEAP_EXTERNAL_IGNORE, usd, btc, path);
  outside_look(&venue, true);
}

static neap_reconcile_row row_of(const char *currency) {
  neap_reconcile_row row;
  for (uint32_t i = 0; neap_session_reconcile_row(venue.play.session, i, &row); i++)
    if (strcmp(row.currency, currency) == 0) return row;
  fail_msg("there is no %s", currency);
  return row;
}

static uint32_t open_differences(void) { return neap_session_reconciliation(venue.play.session).open; }

static bool is_held(void) {
  neap_hold_view hold;
  for (uint32_t i = 0; neap_session_hold(venue.play.session, i, &hold); i++)
    if (strcmp(hold.guard, "reconcile") == 0) return true;
  return false;
}

static neap_status settle(uint64_t id, neap_settlement how, const char *why) {
  return neap_session_settle_difference(venue.play.session, id, how, why, "anna@1", &venue.play.fault);
}

static void nothing_is_opened_before_the_account_was_seen(void **state) {
  (void)state;
  open_at(NEAP_EXTERNAL_IGNORE, "12000", "0.5", NULL);
  outside_place(&venue, STRATEGY, NEAP_BUY, "1", NULL);
  assert_non_null(strstr(outside_event(&venue, "order_rejected", 0), "not_reconciled"));
  outside_look(&venue, false);
  assert_string_equal(outside_event(&venue, "account_baseline", 0), "");
  outside_look(&venue, true);
  assert_non_null(strstr(outside_event(&venue, "account_baseline", 0), "\"external\":\"0.5\""));
  assert_decimal(row_of("USD").external, "1000");
  assert_decimal(row_of("BTC").external, "0.5");
  outside_place(&venue, STRATEGY, NEAP_BUY, "1", NULL);
  assert_int_equal(venue.submissions, 1);
  outside_check(&venue);
  outside_close(&venue);
}

static neap_status buys_at_once(actor *me, neap_fault *fault) {
  const neap_order_request request = {.side = NEAP_BUY, .quantity = exactly("1"), .limit = exactly("90")};
  neap_order *order = NULL;
  neap_status status = neap_desk_place(me->desk, &request, &order, fault);
  if (order) neap_desk_release(me->desk, order);
  return status;
}

static void on_start_comes_after_the_first_look(void **state) {
  (void)state;
  outside_begin(&venue, "12000", "0.5");
  venue.shows = true;
  venue.who.start = buys_at_once;
  assert_int_equal(outside_open(&venue, NEAP_EXTERNAL_IGNORE, NULL, false), NEAP_OK);
  assert_string_not_equal(outside_event(&venue, "account_baseline", 0), "");
  assert_string_not_equal(outside_event(&venue, "order_intent", 0), "");
  assert_null(strstr(outside_event(&venue, "order_rejected", 0), "not_reconciled"));
  outside_close(&venue);
}

static void what_we_trade_moves_ours_and_the_account_alike(void **state) {
  (void)state;
  open_seen("12000", "0.5", NULL);
  uint64_t number = outside_place(&venue, STRATEGY, NEAP_BUY, "2", "100");
  outside_report(&venue, NEAP_REPORT_ACCEPTED, number, "");
  outside_fill(&venue, number, NEAP_BUY, "99.5", "0.75", "0.75");
  outside_look(&venue, true);
  outside_fill(&venue, number, NEAP_BUY, "99.25", "1.25", "2");
  for (int i = 0; i < 3; i++) outside_look(&venue, true);
  assert_int_equal(open_differences(), 0);
  assert_decimal(row_of("BTC").ours, "2");
  outside_check(&venue);
  outside_close(&venue);
}

/* Platform 67. */
static void platform_67_a_start_with_less_than_our_books_claim_opens_nothing(void **state) {
  (void)state;
  open_seen("10500", "0", NULL);
  assert_int_equal(neap_session_mode(venue.play.session), NEAP_MODE_REDUCE_ONLY);
  assert_string_equal(neap_session_mode_view(venue.play.session).who, "reconcile");
  assert_string_equal(neap_session_mode_view(venue.play.session).reason, "startup_reconcile_failed");
  assert_string_not_equal(outside_event(&venue, "startup_reconcile_failed", 0), "");
  assert_non_null(strstr(outside_event(&venue, "reconcile_difference", 0), "\"difference\":\"-500\""));
  assert_true(is_held());
  outside_place(&venue, STRATEGY, NEAP_BUY, "1", NULL);
  assert_int_equal(venue.submissions, 0);
  outside_close(&venue);
}

static void the_last_settlement_lifts_the_mode_that_the_start_took(void **state) {
  (void)state;
  open_seen("10500", "0", NULL);
  assert_int_equal(settle(1, NEAP_SETTLE_DISMISS, "the rest is on its way"), NEAP_OK);
  assert_int_equal(neap_session_mode(venue.play.session), NEAP_MODE_NORMAL);
  assert_false(is_held());
  for (int i = 0; i < 3; i++) outside_look(&venue, true);
  assert_int_equal(open_differences(), 0);
  outside_check(&venue);
  outside_move(&venue, "-1", "0");
  for (int i = 0; i < 2; i++) outside_look(&venue, true);
  assert_int_equal(open_differences(), 1);
  outside_close(&venue);
}

static void a_difference_counts_when_two_looks_find_it(void **state) {
  (void)state;
  open_seen("12000", "0.5", NULL);
  uint64_t entry = outside_place(&venue, STRATEGY, NEAP_BUY, "1", "90");
  outside_report(&venue, NEAP_REPORT_ACCEPTED, entry, "");
  outside_move(&venue, "250.01", "0");
  outside_look(&venue, true);
  assert_int_equal(open_differences(), 0);
  outside_look(&venue, false);
  assert_int_equal(open_differences(), 0);
  outside_look(&venue, true);
  assert_int_equal(open_differences(), 1);
  assert_int_equal(row_of("USD").id, 1);
  assert_decimal(row_of("USD").difference, "250.01");
  assert_true(is_held());
  assert_int_equal(venue.cancelled, entry);
  assert_int_equal(neap_session_mode(venue.play.session), NEAP_MODE_NORMAL);
  assert_non_null(strstr(venue.alerts, "difference 1: 250.01 USD"));
  outside_place(&venue, STRATEGY, NEAP_BUY, "1", NULL);
  assert_non_null(strstr(outside_event(&venue, "order_rejected", 0), "\"check\":\"reconcile\""));
  for (int i = 0; i < 3; i++) outside_look(&venue, true);
  assert_string_equal(outside_event(&venue, "reconcile_difference", 1), "");
  outside_close(&venue);
}

static void one_that_is_there_once_or_wanders_counts_for_nothing(void **state) {
  (void)state;
  open_seen("12000", "0", NULL);
  for (int i = 0; i < 4; i++) {
    outside_move(&venue, i % 2 ? "-5" : "5", "0");
    outside_look(&venue, true);
  }
  for (int i = 0; i < 3; i++) {
    outside_move(&venue, "1", "0");
    outside_look(&venue, true);
  }
  assert_int_equal(open_differences(), 0);
  outside_close(&venue);
}

static void exits_go_on_while_a_product_is_held(void **state) {
  (void)state;
  open_seen("12000", "0", NULL);
  uint64_t entry = outside_place(&venue, STRATEGY, NEAP_BUY, "1", NULL);
  outside_report(&venue, NEAP_REPORT_ACCEPTED, entry, "");
  outside_fill(&venue, entry, NEAP_BUY, "100", "1", "1");
  outside_move(&venue, "0", "-0.25");
  for (int i = 0; i < 2; i++) outside_look(&venue, true);
  assert_decimal(row_of("BTC").difference, "-0.25");
  uint64_t exit = outside_place(&venue, STRATEGY, NEAP_SELL, "1", NULL);
  assert_int_equal(venue.submitted, exit);
  outside_close(&venue);
}

static void one_that_changes_is_told_again_and_one_that_goes_stays_until_it_is_dismissed(void **state) {
  (void)state;
  open_seen("12000", "0", NULL);
  outside_move(&venue, "10", "0");
  for (int i = 0; i < 2; i++) outside_look(&venue, true);
  outside_move(&venue, "-4", "0");
  outside_look(&venue, true);
  assert_decimal(row_of("USD").difference, "10");
  outside_look(&venue, true);
  assert_decimal(row_of("USD").difference, "6");
  assert_int_equal(row_of("USD").id, 1);
  outside_move(&venue, "-6", "0");
  for (int i = 0; i < 2; i++) outside_look(&venue, true);
  assert_decimal(row_of("USD").difference, "0");
  assert_true(is_held());
  assert_non_null(strstr(venue.alerts, "difference 1 in USD has gone"));
  assert_int_equal(settle(1, NEAP_SETTLE_DISMISS, "a transfer that came back"), NEAP_OK);
  assert_non_null(strstr(outside_event(&venue, "reconcile_settled", 0), "\"to\":\"nothing\""));
  assert_false(is_held());
  assert_decimal(row_of("USD").external, "1000");
  outside_close(&venue);
}

static void a_person_settles_it_with_words(void **state) {
  (void)state;
  open_seen("12000", "0", NULL);
  outside_move(&venue, "-300", "0");
  for (int i = 0; i < 2; i++) outside_look(&venue, true);
  assert_int_equal(settle(1, NEAP_SETTLE_DISMISS, " \n"), NEAP_INVALID);
  assert_string_equal(venue.play.fault.code, "why_needed");
  assert_int_equal(settle(2, NEAP_SETTLE_DISMISS, "why not"), NEAP_NOT_FOUND);
  assert_int_equal(settle(0, NEAP_SETTLE_DISMISS, "why not"), NEAP_NOT_FOUND);
  assert_true(is_held());
  assert_int_equal(settle(1, NEAP_SETTLE_ADOPT, "withdrawn for rent"), NEAP_OK);
  assert_non_null(
      strstr(outside_event(&venue, "reconcile_settled", 0), "\"who\":\"anna@1\",\"why\":\"withdrawn for rent\""));
  assert_decimal(row_of("USD").external, "700");
  outside_check(&venue);
  assert_false(is_held());
  outside_move(&venue, "-300", "0");
  outside_look(&venue, true);
  assert_int_equal(open_differences(), 0);
  outside_look(&venue, true);
  assert_int_equal(open_differences(), 1);
  outside_close(&venue);
}

static void what_a_person_stopped_a_settlement_does_not_lift(void **state) {
  (void)state;
  open_seen("12000", "0", NULL);
  neap_session *session = venue.play.session;
  assert_int_equal(neap_session_set_mode(session, NEAP_MODE_REDUCE_ONLY, "lunch", "anna@1", NULL), NEAP_OK);
  outside_move(&venue, "-300", "0");
  for (int i = 0; i < 2; i++) outside_look(&venue, true);
  assert_int_equal(settle(1, NEAP_SETTLE_DISMISS, "a withdrawal"), NEAP_OK);
  assert_int_equal(neap_session_mode(session), NEAP_MODE_REDUCE_ONLY);
  outside_close(&venue);
}

static void a_mode_that_is_there_keeps_its_name_at_a_start_that_fails(void **state) {
  (void)state;
  open_at(NEAP_EXTERNAL_IGNORE, "10500", "0", NULL);
  neap_session *session = venue.play.session;
  assert_int_equal(neap_session_set_mode(session, NEAP_MODE_REDUCE_ONLY, "lunch", "anna@1", NULL), NEAP_OK);
  outside_look(&venue, true);
  assert_string_not_equal(outside_event(&venue, "startup_reconcile_failed", 0), "");
  assert_string_equal(neap_session_mode_view(session).who, "anna@1");
  outside_close(&venue);
}

/* Platform 65 and 68. */
static void platform_65_68_a_venue_that_cannot_be_asked_makes_no_difference(void **state) {
  (void)state;
  open_seen("12000", "0", NULL);
  outside_move(&venue, "-300", "0");
  for (int i = 0; i < 5; i++) {
    outside_price(&venue, "100");
    outside_look(&venue, false);
  }
  assert_int_equal(open_differences(), 0);
  assert_string_equal(outside_event(&venue, "reconcile_difference", 0), "");
  outside_close(&venue);
}

static void a_look_that_is_told_twice_is_one(void **state) {
  (void)state;
  open_seen("12000", "0", NULL);
  outside_move(&venue, "-300", "0");
  outside_look(&venue, true);
  venue.looks--;
  outside_look(&venue, true);
  assert_int_equal(open_differences(), 0);
  outside_close(&venue);
}

static void fees_follow_the_account(void **state) {
  (void)state;
  open_seen("12000", "0", NULL);
  neap_session *session = venue.play.session;
  neap_session_begin_instant(session);
  venue.sink->fees(venue.sink->context, dec("0.004"), dec("0.006"));
  venue.sink->fees(venue.sink->context, dec("0.004"), dec("0.006"));
  assert_int_equal(neap_session_end_instant(session, NULL), NEAP_OK);
  assert_string_equal(outside_event(&venue, "fees_changed", 0), "{\"maker_bps\":\"40\",\"taker_bps\":\"60\"}");
  assert_string_equal(outside_event(&venue, "fees_changed", 1), "");
  outside_close(&venue);
}

static void go_on(const char *path) {
  outside_close(&venue);
  if (outside_open(&venue, NEAP_EXTERNAL_IGNORE, path, true) != NEAP_OK) fail_msg("%s", venue.play.fault.message);
}

static void a_resumed_session_compares_with_the_baseline_that_it_had(void **state) {
  const place *at = *state;
  open_seen("12000", "0.5", at->path);
  outside_check_replay(&venue, at);
  go_on(at->path);
  outside_place(&venue, STRATEGY, NEAP_BUY, "1", "90");
  assert_int_equal(venue.submissions, 0);
  outside_look(&venue, true);
  assert_string_equal(outside_event(&venue, "account_baseline", 1), "");
  assert_int_equal(open_differences(), 0);
  outside_check_replay(&venue, at);
  outside_move(&venue, "0", "-0.125");
  go_on(at->path);
  outside_look(&venue, true);
  assert_int_equal(neap_session_mode(venue.play.session), NEAP_MODE_REDUCE_ONLY);
  assert_decimal(row_of("BTC").difference, "-0.125");
  outside_check_replay(&venue, at);
  go_on(at->path);
  assert_int_equal(open_differences(), 1);
  assert_true(is_held());
  assert_int_equal(settle(1, NEAP_SETTLE_DISMISS, "sold elsewhere"), NEAP_OK);
  outside_check_replay(&venue, at);
  outside_close(&venue);
}

static void what_a_person_allowed_is_kept(void **state) {
  const place *at = *state;
  open_seen("12000", "0.5", at->path);
  outside_move(&venue, "-2500", "0");
  for (int i = 0; i < 2; i++) outside_look(&venue, true);
  assert_int_equal(settle(1, NEAP_SETTLE_DISMISS, "it comes back on Monday"), NEAP_OK);
  assert_decimal(row_of("USD").external, "-1500");
  for (int i = 0; i < 8; i++) outside_place(&venue, STRATEGY, NEAP_SELL, "1", NULL);
  outside_price(&venue, "100"); /* a snapshot is due */
  go_on(at->path);
  outside_look(&venue, true);
  assert_int_equal(open_differences(), 0);
  assert_decimal(row_of("USD").allowed, "-1500");
  assert_int_equal(neap_session_mode(venue.play.session), NEAP_MODE_NORMAL);
  outside_check_replay(&venue, at);
  outside_close(&venue);
}

static void what_is_adopted_wants_an_operators_desk(void **state) {
  static act play;
  static actor who;
  (void)state;
  outside_begin(&venue, "12000", "0");
  assert_int_equal(outside_open(&venue, NEAP_EXTERNAL_ADOPT, NULL, false), NEAP_OK);
  neap_broker_maker maker = venue.play.options.session.broker;
  outside_close(&venue);
  act_init(&play);
  act_bar(&play, 0, 0, "100 100 100 100 50");
  play.options.session.broker = maker;
  play.options.session.external = NEAP_EXTERNAL_ADOPT;
  assert_int_equal(act_run(&play, &who), NEAP_INVALID);
  assert_string_equal(play.fault.code, "external");
  neap_session_close(play.session);
}

/* What the venue pays for a fill is ours with the fill, and buys nothing before. */
static void a_rebate_is_booked_when_it_is_paid(void **state) {
  const place *at = *state;
  neap_report report = {.kind = NEAP_REPORT_FILL, .order = 1, .cumulative = dec("10")};
  open_seen("12000", "0", at->path);
  neap_session_begin_instant(venue.play.session);
  venue.sink->fees(venue.sink->context, dec("-0.0001"), dec("0"));
  assert_int_equal(neap_session_end_instant(venue.play.session, NULL), NEAP_OK);
  assert_string_equal(outside_event(&venue, "fees_changed", 0), "{\"maker_bps\":\"-1\",\"taker_bps\":\"0\"}");
  outside_place(&venue, STRATEGY, NEAP_BUY, "100.01", "100");
  assert_non_null(strstr(outside_event(&venue, "order_rejected", 0), "insufficient_funds"));
  assert_int_equal(outside_place(&venue, STRATEGY, NEAP_BUY, "10", "100"), 2);
  report.order = 2;
  report.fill = (neap_fill){.order = 2, .price = dec("100"), .quantity = dec("10"), .liquidity = NEAP_MAKER};
  report.fill.fee = dec("-0.1000000000000001");
  venue.usd = dec("11000.1000000000000001"), venue.btc = dec("10");
  neap_session_begin_instant(venue.play.session);
  venue.sink->report(venue.sink->context, &report);
  assert_int_equal(neap_session_end_instant(venue.play.session, NULL), NEAP_OK);
  for (int i = 0; i < 3; i++) outside_look(&venue, true);
  assert_int_equal(open_differences(), 0);
  outside_check(&venue);
  assert_decimal(neap_ledger_cash(venue.play.session->ledger, STRATEGY), "9000.1000000000000001");
  outside_check_replay(&venue, at);
  outside_close(&venue);
}

static neap_status spend_order(neap_desk *desk, const void *argument, neap_fault *fault) {
  const neap_order_request request = {.side = NEAP_BUY, .notional = exactly("1000")};
  neap_order *order = NULL;
  (void)argument;
  neap_status status = neap_desk_place(desk, &request, &order, fault);
  if (order) neap_desk_release(desk, order);
  return status;
}

/* 9.99 for 999: what is left of the amount buys no increment. `knows`: the venue says with the fill that it is over. */
static void spend(bool knows) {
  neap_report report = {.kind = NEAP_REPORT_FILL, .order = 1, .cumulative = dec("9.99"), .last = knows};
  neap_session_begin_instant(venue.play.session);
  assert_int_equal(neap_session_act(venue.play.session, STRATEGY, spend_order, NULL, NULL), NEAP_OK);
  assert_int_equal(neap_session_end_instant(venue.play.session, NULL), NEAP_OK);
  outside_report(&venue, NEAP_REPORT_ACCEPTED, 1, "");
  report.sized = dec(knows ? "9.99" : "10");
  report.fill = (neap_fill){.order = 1, .price = dec("100"), .quantity = dec("9.99"), .fee = dec("0.25")};
  venue.usd = dec("11000.75"), venue.btc = dec("9.99");
  neap_session_begin_instant(venue.play.session);
  venue.sink->report(venue.sink->context, &report);
  assert_int_equal(neap_session_end_instant(venue.play.session, NULL), NEAP_OK);
  if (!knows) outside_report(&venue, NEAP_REPORT_CANCELLED, 1, "filled");
}

static void what_an_amount_does_not_buy_is_released(void **state) {
  const place *at = *state;
  for (int knows = 0; knows < 2; knows++) {
    open_seen("12000", "0", at->path);
    spend(knows);
    assert_null(venue.play.session->first);
    assert_decimal(outside_held(&venue, STRATEGY), "9.99");
    assert_decimal(neap_ledger_cash(venue.play.session->ledger, STRATEGY), "9000.75");
    assert_string_equal(outside_event(&venue, "transition_refused", 0), "");
    assert_non_null(
        strstr(outside_event(&venue, "order_filled", 0), knows ? "\"ordered\":\"9.99\"" : "\"ordered\":\"10\""));
    outside_place(&venue, STRATEGY, NEAP_BUY, "90.0075", "100"); /* all that there is */
    assert_int_equal(venue.submitted, 2);
    outside_check_replay(&venue, at);
    for (int i = 0; i < 2; i++) outside_look(&venue, true);
    assert_int_equal(open_differences(), 0);
    outside_close(&venue);
    remove_store(at);
  }
}

static void edit_by_hand(neap_external external, const char *path) {
  open_at(external, "12000", "0", path);
  outside_look(&venue, true);
  uint64_t number = outside_place(&venue, STRATEGY, NEAP_BUY, "2", "90");
  outside_report(&venue, NEAP_REPORT_ACCEPTED, number, "");
  venue.own = (neap_own_order){.order = number, .quantity = dec("2"), .limit = dec("90")};
  outside_look(&venue, true);
  assert_string_equal(outside_event(&venue, "order_edited", 0), "");
  venue.own.quantity = dec("3"), venue.own.limit = dec("95");
  outside_look(&venue, false);
  assert_string_equal(outside_event(&venue, "order_edited", 0), "");
  for (int i = 0; i < 3; i++) outside_look(&venue, true);
  assert_non_null(strstr(outside_event(&venue, "order_edited", 0),
                         "\"quantity\":\"3\",\"limit\":\"95\",\"ours_quantity\":\"2\",\"ours_limit\":\"90\""));
  assert_string_equal(outside_event(&venue, "order_edited", 1), "");
  assert_non_null(strstr(venue.alerts, "order #1 buy BTC-USD is 3 at 95 at the venue, not 2 at 90"));
}

static const neap_order *edited(void) { return order_find(venue.play.session, 1); }

static void an_edit_by_hand_is_told(void **state) {
  const place *at = *state;
  edit_by_hand(NEAP_EXTERNAL_IGNORE, at->path);
  assert_decimal(edited()->ticket.quantity, "2");
  assert_int_equal(neap_session_mode(venue.play.session), NEAP_MODE_NORMAL);
  venue.own.limit = dec("96");
  outside_look(&venue, true);
  assert_string_not_equal(outside_event(&venue, "order_edited", 1), "");
  outside_check_replay(&venue, at);
  outside_close(&venue);
}

static void an_edit_by_hand_is_adopted(void **state) {
  const place *at = *state;
  edit_by_hand(NEAP_EXTERNAL_ADOPT, at->path);
  assert_decimal(edited()->ticket.quantity, "3");
  assert_decimal(edited()->ticket.limit, "95");
  outside_check_replay(&venue, at);
  outside_close(&venue);
}

static void an_edit_by_hand_halts(void **state) {
  const place *at = *state;
  edit_by_hand(NEAP_EXTERNAL_HALT, at->path);
  assert_int_equal(neap_session_mode(venue.play.session), NEAP_MODE_HALTED);
  outside_check_replay(&venue, at);
  outside_close(&venue);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(what_an_amount_does_not_buy_is_released, make_place, remove_place),
      cmocka_unit_test_setup_teardown(an_edit_by_hand_is_told, make_place, remove_place),
      cmocka_unit_test_setup_teardown(an_edit_by_hand_is_adopted, make_place, remove_place),
      cmocka_unit_test_setup_teardown(an_edit_by_hand_halts, make_place, remove_place),
      cmocka_unit_test_setup_teardown(a_rebate_is_booked_when_it_is_paid, make_place, remove_place),
      cmocka_unit_test(nothing_is_opened_before_the_account_was_seen),
      cmocka_unit_test(on_start_comes_after_the_first_look),
      cmocka_unit_test(what_we_trade_moves_ours_and_the_account_alike),
      cmocka_unit_test(platform_67_a_start_with_less_than_our_books_claim_opens_nothing),
      cmocka_unit_test(the_last_settlement_lifts_the_mode_that_the_start_took),
      cmocka_unit_test(a_difference_counts_when_two_looks_find_it),
      cmocka_unit_test(one_that_is_there_once_or_wanders_counts_for_nothing),
      cmocka_unit_test(exits_go_on_while_a_product_is_held),
      cmocka_unit_test(one_that_changes_is_told_again_and_one_that_goes_stays_until_it_is_dismissed),
      cmocka_unit_test(a_person_settles_it_with_words),
      cmocka_unit_test(what_a_person_stopped_a_settlement_does_not_lift),
      cmocka_unit_test(a_mode_that_is_there_keeps_its_name_at_a_start_that_fails),
      cmocka_unit_test(platform_65_68_a_venue_that_cannot_be_asked_makes_no_difference),
      cmocka_unit_test(a_look_that_is_told_twice_is_one),
      cmocka_unit_test(fees_follow_the_account),
      cmocka_unit_test_setup_teardown(a_resumed_session_compares_with_the_baseline_that_it_had, make_place,
                                      remove_place),
      cmocka_unit_test_setup_teardown(what_a_person_allowed_is_kept, make_place, remove_place),
      cmocka_unit_test(what_is_adopted_wants_an_operators_desk)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
