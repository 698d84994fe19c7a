/* SPDX-License-Identifier: MIT */
/* What somebody else trades on the account: left outside, adopted, or a reason to halt; and orders of ours that were
 * given up and turn up at the venue. Whatever happens, ours and what is external are what the account holds. */
#include "account_venue.h"
#include "dice.h"
#include "journal_support.h"
#include "session/session_state.h"

static account_venue venue;

static void open_seen(neap_external external, const char *usd, const char *btc, const char *path) {
  outside_begin(&venue, usd, btc);
  if (outside_open(&venue, external, path, false) != NEAP_OK) fail_msg("%s", venue.play.fault.message);
  outside_price(&venue, "100");
  outside_look(&venue, true);
}

static void look_twice(void) {
  for (int i = 0; i < 2; i++) outside_look(&venue, true);
}

static uint32_t open_differences(void) { return neap_session_reconciliation(venue.play.session).open; }

static void expect_held(uint32_t seat, const char *quantity) { assert_decimal(outside_held(&venue, seat), quantity); }

static void ignored_it_is_external(void **state) {
  (void)state;
  open_seen(NEAP_EXTERNAL_IGNORE, "12000", "0.5", NULL);
  outside_foreign(&venue, NEAP_BUY, "101", "0.25", "t1", true);
  outside_foreign(&venue, NEAP_SELL, "102", "0.125", "t2", true);
  assert_string_not_equal(outside_event(&venue, "external_fill", 1), "");
  assert_non_null(strstr(venue.alerts, "bought 0.25 BTC-USD at 101 was traded on the account"));
  look_twice();
  assert_int_equal(open_differences(), 0);
  expect_held(STRATEGY, "0");
  expect_held(OPERATOR, "0");
  outside_check(&venue);
  outside_close(&venue);
}

static void told_twice_it_counts_once(void **state) {
  (void)state;
  open_seen(NEAP_EXTERNAL_ADOPT, "12000", "0.5", NULL);
  neap_foreign_fill again = {
      .trade_id = "t1", .order_id = "by-hand", .price = dec("101"), .quantity = dec("0.25"), .fee = dec("0.1")};
  outside_foreign(&venue, NEAP_BUY, "101", "0.25", "t1", true);
  outside_tell(&venue, &again);
  assert_string_equal(outside_event(&venue, "fill_adopted", 1), "");
  outside_check(&venue);
  outside_close(&venue);
}

/* Both sides of one trade are somebody else's. */
static void two_sides_of_a_trade_are_two_fills(void **state) {
  (void)state;
  open_seen(NEAP_EXTERNAL_ADOPT, "12000", "0.5", NULL);
  neap_foreign_fill other = {
      .trade_id = "t1", .order_id = "other", .side = NEAP_SELL, .price = dec("101"), .quantity = dec("0.25")};
  outside_foreign(&venue, NEAP_BUY, "101", "0.25", "t1", true);
  outside_move(&venue, "25.25", "-0.25");
  outside_tell(&venue, &other);
  expect_held(OPERATOR, "0");
  assert_string_not_equal(outside_event(&venue, "fill_adopted", 1), "");
  outside_check(&venue);
  outside_close(&venue);
}

static void what_came_before_the_baseline_is_in_it(void **state) {
  (void)state;
  outside_begin(&venue, "12000", "0.5");
  assert_int_equal(outside_open(&venue, NEAP_EXTERNAL_ADOPT, NULL, false), NEAP_OK);
  outside_price(&venue, "100");
  outside_foreign(&venue, NEAP_BUY, "101", "0.25", "t1", true);
  outside_look(&venue, true);
  expect_held(OPERATOR, "0");
  outside_check(&venue);
  outside_close(&venue);
}

static void one_that_is_not_told_is_a_difference(void **state) {
  (void)state;
  open_seen(NEAP_EXTERNAL_ADOPT, "12000", "0.5", NULL);
  outside_foreign(&venue, NEAP_BUY, "101", "0.25", "t1", false);
  look_twice();
  assert_int_equal(open_differences(), 2);
  outside_close(&venue);
}

static void what_is_ours_was_sold(void **state) {
  (void)state;
  open_seen(NEAP_EXTERNAL_IGNORE, "12000", "0.25", NULL);
  uint64_t entry = outside_place(&venue, STRATEGY, NEAP_BUY, "1", NULL);
  outside_report(&venue, NEAP_REPORT_ACCEPTED, entry, "");
  outside_fill(&venue, entry, NEAP_BUY, "100", "1", "1");
  outside_foreign(&venue, NEAP_SELL, "100", "0.5", "t1", true);
  look_twice();
  assert_non_null(strstr(outside_event(&venue, "reconcile_difference", 0), "\"currency\":\"BTC\""));
  assert_non_null(strstr(outside_event(&venue, "reconcile_difference", 0), "\"difference\":\"-0.25\""));
  outside_check(&venue);
  outside_foreign(&venue, NEAP_BUY, "100", "0.5", "t2", true);
  look_twice();
  assert_non_null(strstr(venue.alerts, "difference 1 in BTC has gone"));
  outside_close(&venue);
}

/* H12.146: an order that we do not know is noted, and what it fills is taken over. */
static void H12_146_adopted_it_is_the_operators(void **state) {
  (void)state;
  open_seen(NEAP_EXTERNAL_ADOPT, "12000", "0.5", NULL);
  neap_foreign_order *order = &venue.foreign[venue.foreign_count++];
  *order = (neap_foreign_order){.order_id = "by-hand", .side = NEAP_BUY, .quantity = dec("2"), .limit = dec("99")};
  look_twice();
  assert_non_null(strstr(outside_event(&venue, "external_order", 0), "by-hand"));
  assert_string_equal(outside_event(&venue, "external_order", 1), "");
  assert_string_equal(neap_session_foreign_order(venue.play.session, 0)->order_id, "by-hand");
  outside_foreign(&venue, NEAP_BUY, "99", "0.75", "t1", true);
  outside_foreign(&venue, NEAP_BUY, "99", "1.25", "t2", true);
  expect_held(OPERATOR, "2");
  expect_held(STRATEGY, "0");
  assert_non_null(strstr(outside_event(&venue, "order_intent", 0), "\"adopted\":\"t1/by-hand\""));
  assert_non_null(strstr(outside_event(&venue, "order_filled", 1), "\"quantity\":\"1.25\""));
  look_twice();
  assert_int_equal(open_differences(), 0);
  outside_check(&venue);
  outside_close(&venue);
}

static void limits_see_what_was_adopted(void **state) {
  (void)state;
  venue.max_exposure = "0.5";
  open_seen(NEAP_EXTERNAL_ADOPT, "12000", "0.5", NULL);
  outside_foreign(&venue, NEAP_BUY, "100", "60", "t1", true);
  expect_held(OPERATOR, "60");
  outside_place(&venue, STRATEGY, NEAP_BUY, "1", NULL);
  assert_non_null(strstr(outside_event(&venue, "order_rejected", 0), "exposure"));
  uint64_t exit = outside_place(&venue, OPERATOR, NEAP_SELL, "60", NULL);
  assert_int_equal(venue.submitted, exit);
  outside_close(&venue);
  venue.max_exposure = NULL;
}

static void a_sale_of_more_than_the_operator_has_is_split(void **state) {
  (void)state;
  open_seen(NEAP_EXTERNAL_ADOPT, "12000", "0.5", NULL);
  outside_foreign(&venue, NEAP_BUY, "100", "0.3", "t1", true);
  outside_foreign(&venue, NEAP_SELL, "100", "0.7", "t2", true);
  expect_held(OPERATOR, "0");
  assert_non_null(strstr(outside_event(&venue, "external_fill", 0), "\"quantity\":\"0.4\""));
  look_twice();
  assert_int_equal(open_differences(), 0);
  outside_check(&venue);
  outside_close(&venue);
}

static void it_halts_where_that_is_asked_for(void **state) {
  (void)state;
  open_seen(NEAP_EXTERNAL_HALT, "12000", "0.5", NULL);
  uint64_t entry = outside_place(&venue, STRATEGY, NEAP_BUY, "1", "90");
  outside_report(&venue, NEAP_REPORT_ACCEPTED, entry, "");
  outside_foreign(&venue, NEAP_SELL, "100", "0.1", "t1", true);
  assert_int_equal(neap_session_mode(venue.play.session), NEAP_MODE_HALTED);
  assert_string_equal(neap_session_mode_view(venue.play.session).reason, "external_fill");
  assert_int_equal(venue.cancelled, entry);
  outside_check(&venue);
  outside_close(&venue);
}

static uint64_t lose(void) {
  uint64_t entry = outside_place(&venue, STRATEGY, NEAP_BUY, "1", "90");
  outside_report(&venue, NEAP_REPORT_LOST, entry, "not_sent");
  assert_int_equal(outside_status(&venue, entry), NEAP_ORDER_NEW);
  return entry;
}

/* H12.148: what the venue says that it never had is ended, with what it had filled. */
static void H12_148_an_order_that_was_not_lost_is_taken_back(void **state) {
  (void)state;
  open_seen(NEAP_EXTERNAL_IGNORE, "12000", "0.5", NULL);
  uint64_t entry = lose();
  assert_non_null(strstr(outside_event(&venue, "order_rejected", 0), "not_sent"));
  venue.forgets = true;
  neap_foreign_order *order = &venue.foreign[venue.foreign_count++];
  *order = (neap_foreign_order){.order_id = "theirs", .side = NEAP_BUY, .quantity = dec("1"), .limit = dec("90")};
  neap_order_id("test", entry, order->client_id);
  outside_look(&venue, true);
  assert_int_equal(venue.restored, entry);
  assert_int_equal(venue.cancelled, entry);
  assert_non_null(strstr(outside_event(&venue, "order_found", 0), "theirs"));
  assert_string_equal(outside_event(&venue, "external_order", 0), "");
  outside_look(&venue, true);
  assert_string_equal(outside_event(&venue, "order_found", 1), "");
  outside_close(&venue);
}

/* H12.145 and H12.149: the venue had the order, and the session ended before it knew. It is not sent again, and what it
 * filled meanwhile is its own. */
static void H12_145_149_what_the_venue_had_is_known_after_a_restart(void **state) {
  const place *at = *state;
  open_seen(NEAP_EXTERNAL_IGNORE, "12000", "0.5", at->path);
  uint64_t entry = outside_place(&venue, STRATEGY, NEAP_BUY, "1", "100");
  unsigned sent = venue.submissions;
  outside_close(&venue);
  if (outside_open(&venue, NEAP_EXTERNAL_IGNORE, at->path, true) != NEAP_OK) fail_msg("%s", venue.play.fault.message);
  assert_int_equal(venue.restored, entry);
  assert_int_equal(venue.submissions, sent);
  outside_report(&venue, NEAP_REPORT_ACCEPTED, entry, "");
  outside_fill(&venue, entry, NEAP_BUY, "100", "1", "1");
  expect_held(STRATEGY, "1");
  look_twice();
  assert_int_equal(open_differences(), 0);
  outside_check(&venue);
  outside_check_replay(&venue, at);
  outside_close(&venue);
}

static void a_resumed_session_is_told_again_what_it_knows(void **state) {
  const place *at = *state;
  neap_foreign_fill before = {.trade_id = "t0", .order_id = "by-hand", .price = dec("101"), .quantity = dec("0.5")};
  neap_foreign_fill again = {.trade_id = "t1", .order_id = "by-hand", .price = dec("101"), .quantity = dec("0.25")};
  open_seen(NEAP_EXTERNAL_IGNORE, "12000", "0.5", at->path);
  before.time = venue.clock - HOUR;
  outside_price(&venue, "100");
  again.time = venue.clock;
  outside_foreign(&venue, NEAP_BUY, "101", "0.25", "t1", true);
  outside_close(&venue);
  if (outside_open(&venue, NEAP_EXTERNAL_IGNORE, at->path, true) != NEAP_OK) fail_msg("%s", venue.play.fault.message);
  outside_tell(&venue, &before);
  outside_tell(&venue, &again);
  outside_foreign(&venue, NEAP_BUY, "101", "0.125", "t2", true);
  look_twice();
  assert_int_equal(open_differences(), 0);
  outside_check(&venue);
  outside_check_replay(&venue, at);
  outside_close(&venue);
}

/* Of many the latest are remembered, and what is older than those was told long ago. */
static void of_many_foreign_fills_each_counts_once(void **state) {
  const place *at = *state;
  char id[16];
  open_seen(NEAP_EXTERNAL_IGNORE, "12000", "100", at->path);
  for (int i = 0; i < 300; i++) {
    snprintf(id, sizeof id, "t%d", i);
    venue.clock++;
    outside_foreign(&venue, i % 2 ? NEAP_BUY : NEAP_SELL, "100", "0.01", id, true);
  }
  for (int i = 0; i < 300; i++) {
    neap_foreign_fill again = {.order_id = "by-hand", .price = dec("100"), .quantity = dec("0.01")};
    snprintf(again.trade_id, sizeof again.trade_id, "t%d", i);
    again.time = venue.clock - 299 + i;
    outside_tell(&venue, &again);
  }
  outside_check(&venue);
  outside_check_replay(&venue, at);
  outside_close(&venue);
}

static void an_order_of_ours_that_works_is_left_alone(void **state) {
  (void)state;
  open_seen(NEAP_EXTERNAL_IGNORE, "12000", "0.5", NULL);
  uint64_t entry = outside_place(&venue, STRATEGY, NEAP_BUY, "1", "90");
  outside_report(&venue, NEAP_REPORT_ACCEPTED, entry, "");
  neap_foreign_order *order = &venue.foreign[venue.foreign_count++];
  *order = (neap_foreign_order){.order_id = "ours", .side = NEAP_BUY, .quantity = dec("1"), .limit = dec("90")};
  neap_order_id("test", entry, order->client_id);
  outside_look(&venue, true);
  assert_int_equal(venue.cancelled, 0);
  assert_string_equal(outside_event(&venue, "external_order", 0), "");
  outside_close(&venue);
}

static void what_it_filled_counts_once(void **state) {
  (void)state;
  open_seen(NEAP_EXTERNAL_IGNORE, "12000", "0.5", NULL);
  uint64_t entry = lose();
  outside_fill(&venue, entry, NEAP_BUY, "90", "0.25", "0.25");
  const neap_report again = {.kind = NEAP_REPORT_FILL,
                             .order = entry,
                             .cumulative = dec("0.25"),
                             .fill = {.price = dec("90"), .quantity = dec("0.25"), .fee = dec("0.25")}};
  venue.sink->report(venue.sink->context, &again);
  outside_fill(&venue, entry, NEAP_BUY, "90", "0.5", "0.75");
  assert_non_null(strstr(outside_event(&venue, "external_fill", 1), "\"quantity\":\"0.5\""));
  assert_string_equal(outside_event(&venue, "external_fill", 2), "");
  look_twice();
  assert_int_equal(open_differences(), 0);
  outside_check(&venue);
  outside_close(&venue);
}

static void fills_of_our_own_that_are_told_as_foreign_ones_are_booked_already(void **state) {
  (void)state;
  open_seen(NEAP_EXTERNAL_ADOPT, "12000", "0.5", NULL);
  uint64_t entry = outside_place(&venue, STRATEGY, NEAP_BUY, "1", NULL);
  outside_report(&venue, NEAP_REPORT_ACCEPTED, entry, "");
  outside_fill(&venue, entry, NEAP_BUY, "100", "1", "1");
  neap_foreign_fill told = {.trade_id = "t9", .price = dec("100"), .quantity = dec("1"), .time = venue.clock};
  neap_order_id("test", entry, told.client_id);
  outside_tell(&venue, &told);
  assert_string_equal(outside_event(&venue, "fill_adopted", 0), "");
  look_twice();
  assert_int_equal(open_differences(), 0);
  outside_close(&venue);
}

static void what_is_missing_of_a_product_may_be_adopted(void **state) {
  (void)state;
  open_seen(NEAP_EXTERNAL_ADOPT, "12000", "0.5", NULL);
  neap_session *session = venue.play.session;
  outside_move(&venue, "0", "0.2");
  look_twice();
  assert_int_equal(neap_session_settle_difference(session, 1, NEAP_SETTLE_ADOPT, "a gift", "anna", NULL), NEAP_OK);
  expect_held(OPERATOR, "0.2");
  look_twice();
  assert_int_equal(open_differences(), 0);
  outside_move(&venue, "0", "-0.3");
  look_twice();
  neap_fault fault;
  assert_int_equal(neap_session_settle_difference(session, 2, NEAP_SETTLE_ADOPT, "gone", "anna", &fault), NEAP_REFUSED);
  assert_string_equal(fault.code, "operator_holds_less");
  outside_move(&venue, "0", "0.15");
  look_twice();
  assert_int_equal(neap_session_settle_difference(session, 2, NEAP_SETTLE_ADOPT, "gone", "anna", NULL), NEAP_OK);
  expect_held(OPERATOR, "0.05");
  look_twice();
  assert_int_equal(open_differences(), 0);
  outside_check(&venue);
  outside_close(&venue);
}

static void act_once(uint64_t *dice, unsigned step) {
  static const char *const sizes[] = {"0.01", "0.25", "0.33333333", "1.5"};
  char id[24];
  snprintf(id, sizeof id, "t%u", step - step % 3 % 2); /* some come twice */
  const char *size = sizes[dice_roll(dice, 4)];
  neap_side side = dice_roll(dice, 2) ? NEAP_BUY : NEAP_SELL;
  switch (dice_roll(dice, 6)) {
  case 0:
    outside_price(&venue, dice_roll(dice, 2) ? "100.01" : "99.37");
    break;
  case 1: {
    uint64_t number = outside_place(&venue, (uint32_t)dice_roll(dice, 2), side, size, NULL);
    if (outside_status(&venue, number) != NEAP_ORDER_SUBMITTED) break;
    if (dice_roll(dice, 4) == 0) {
      outside_report(&venue, NEAP_REPORT_LOST, number, "not_sent");
      if (outside_status(&venue, number) != NEAP_ORDER_NEW) outside_report(&venue, NEAP_REPORT_ACCEPTED, number, "");
    }
    outside_fill(&venue, number, side, "99.87", size, size);
    break;
  }
  case 2:
  case 3:
    snprintf(id, sizeof id, "t%u", step);
    outside_foreign(&venue, side, "100.11", size, id, true);
    break;
  case 4:
    outside_move(&venue, side == NEAP_BUY ? "3.07" : "-1.11", "0");
    break;
  default:
    look_twice();
  }
}

static void settle_all(uint64_t *dice) {
  neap_reconcile_row row;
  for (uint32_t i = 0; neap_session_reconcile_row(venue.play.session, i, &row); i++) {
    neap_settlement how = dice_roll(dice, 2) ? NEAP_SETTLE_ADOPT : NEAP_SETTLE_DISMISS;
    if (row.id && neap_session_settle_difference(venue.play.session, row.id, how, "so", "anna", NULL) != NEAP_OK)
      neap_session_settle_difference(venue.play.session, row.id, NEAP_SETTLE_DISMISS, "so", "anna", NULL);
  }
}

static void run_at_random(uint64_t dice, neap_external external, const place *at) {
  open_seen(external, "100000", "50", at->path);
  for (unsigned step = 1; step <= 120; step++) {
    act_once(&dice, step);
    if (step % 10 && dice_roll(&dice, 8)) continue;
    look_twice();
    settle_all(&dice);
    look_twice();
    if (open_differences()) fail_msg("a difference is left after step %u", step);
    outside_check(&venue);
    if (dice_roll(&dice, 3)) continue;
    outside_check_replay(&venue, at);
    if (neap_session_mode(venue.play.session) == NEAP_MODE_HALTED)
      neap_session_set_mode(venue.play.session, NEAP_MODE_NORMAL, "go on", "anna", NULL);
    if (dice_roll(&dice, 2)) continue;
    outside_close(&venue);
    if (outside_open(&venue, external, at->path, true) != NEAP_OK) fail_msg("%s", venue.play.fault.message);
    outside_look(&venue, true);
  }
  outside_check_replay(&venue, at);
  outside_close(&venue);
  remove_store(at);
}

static void at_random_it_is_one_sum_and_replay_has_it_too(void **state) {
  for (uint64_t dice = 1; dice <= 12; dice++) run_at_random(dice * 7919, (neap_external)(dice % 3), *state);
}

static neap_status place_order(neap_desk *desk, const void *argument, neap_fault *fault) {
  neap_order *order = NULL;
  neap_status status = neap_desk_place(desk, argument, &order, fault);
  if (order) neap_desk_release(desk, order);
  return status;
}

/* Of the operator's desk, which holds one with a stop at the venue, #2. */
static void hold_with_a_stop(void) {
  const neap_order_request entry = {.side = NEAP_BUY, .quantity = exactly("1"), .stop_loss = exactly("90")};
  neap_session_begin_instant(venue.play.session);
  assert_int_equal(neap_session_act(venue.play.session, OPERATOR, place_order, &entry, NULL), NEAP_OK);
  assert_int_equal(neap_session_end_instant(venue.play.session, NULL), NEAP_OK);
  outside_report(&venue, NEAP_REPORT_ACCEPTED, 1, "");
  outside_fill(&venue, 1, NEAP_BUY, "100", "1", "1");
  outside_report(&venue, NEAP_REPORT_ACCEPTED, 2, "");
}

/* What an adopted fill leads to leaves behind its piece of the journal, also where that is in its reserve. */
static void adopted_in_the_journals_reserve_it_takes_its_exits_with_it(void **state) {
  const place *at = *state;
  neap_fault fault = {0};
  outside_begin(&venue, "12000", "0.5");
  venue.reserve = 64 * 1024;
  if (outside_open(&venue, NEAP_EXTERNAL_ADOPT, at->path, false) != NEAP_OK) fail_msg("%s", venue.play.fault.message);
  outside_price(&venue, "100");
  outside_look(&venue, true);
  hold_with_a_stop();
  neap_event_store *store = venue.play.session->store;
  limit_files(160 * 1024);
  while (neap_event_store_state(store, NULL) == NEAP_JOURNAL_WRITES) {
    neap_desk_log(&venue.play.session->desks[0], "info", "a line that takes room in the journal", NULL, 0, &fault);
    neap_event_store_wait(store, neap_event_store_count(store), NULL);
  }
  outside_foreign(&venue, NEAP_SELL, "102", "1", "t1", true);
  limit_files(0);
  assert_int_equal(venue.play.session->failed, NEAP_OK);
  assert_int_equal(venue.cancelled, 2);
  expect_held(OPERATOR, "0");
  outside_close(&venue);
}

static void what_a_person_adopts_takes_its_exits_with_it(void **state) {
  const place *at = *state;
  open_seen(NEAP_EXTERNAL_ADOPT, "12000", "0", at->path);
  hold_with_a_stop();
  outside_move(&venue, "0", "-1");
  look_twice();
  assert_int_equal(open_differences(), 1);
  neap_fault *fault = &venue.play.fault;
  if (neap_session_settle_difference(venue.play.session, 1, NEAP_SETTLE_ADOPT, "sold", "anna@1", fault) != NEAP_OK)
    fail_msg("%s", fault->message);
  assert_int_equal(venue.cancelled, 2);
  expect_held(OPERATOR, "0");
  outside_close(&venue);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(what_a_person_adopts_takes_its_exits_with_it, make_place, remove_place),
      cmocka_unit_test_setup_teardown(adopted_in_the_journals_reserve_it_takes_its_exits_with_it, make_place,
                                      remove_place),
      cmocka_unit_test(ignored_it_is_external),
      cmocka_unit_test(told_twice_it_counts_once),
      cmocka_unit_test(two_sides_of_a_trade_are_two_fills),
      cmocka_unit_test(what_came_before_the_baseline_is_in_it),
      cmocka_unit_test(one_that_is_not_told_is_a_difference),
      cmocka_unit_test(what_is_ours_was_sold),
      cmocka_unit_test(H12_146_adopted_it_is_the_operators),
      cmocka_unit_test(limits_see_what_was_adopted),
      cmocka_unit_test(a_sale_of_more_than_the_operator_has_is_split),
      cmocka_unit_test(it_halts_where_that_is_asked_for),
      cmocka_unit_test(H12_148_an_order_that_was_not_lost_is_taken_back),
      cmocka_unit_test_setup_teardown(H12_145_149_what_the_venue_had_is_known_after_a_restart, make_place,
                                      remove_place),
      cmocka_unit_test_setup_teardown(a_resumed_session_is_told_again_what_it_knows, make_place, remove_place),
      cmocka_unit_test_setup_teardown(of_many_foreign_fills_each_counts_once, make_place, remove_place),
      cmocka_unit_test(an_order_of_ours_that_works_is_left_alone),
      cmocka_unit_test(what_it_filled_counts_once),
      cmocka_unit_test(fills_of_our_own_that_are_told_as_foreign_ones_are_booked_already),
      cmocka_unit_test(what_is_missing_of_a_product_may_be_adopted),
      cmocka_unit_test_setup_teardown(at_random_it_is_one_sum_and_replay_has_it_too, make_place, remove_place)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
