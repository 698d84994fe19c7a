/* SPDX-License-Identifier: MIT */
/* funding: its signs, its boundaries once each, gaps, and cash that comes from nowhere else. */
#include "account/funding.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/record.h"
#include "kept_journal.h"
#include "session/state.h"
#include "session_support.h"

static neap_product perpetual(void) {
  neap_product product;
  assert_int_equal(neap_product_parse("BTC-PERP:kind=perpetual,price_increment=0.01,base_increment=0.001,"
                                      "funding_rate=0.0001",
                                      &product, NULL),
                   NEAP_OK);
  return product;
}

static neap_decimal amount_of(const char *quantity) {
  neap_product product = perpetual();
  neap_decimal amount;
  assert_int_equal(neap_funding_amount(&product, dec(quantity), dec("50000"), product.funding_rate, &amount), NEAP_OK);
  return amount;
}

static void h11_139_longs_pay_shorts_receive_and_a_boundary_counts_once(void **state) {
  (void)state;
  neap_product product = perpetual();
  neap_ledger *ledger;
  neap_fault fault;
  assert_decimal(amount_of("2"), "-10");
  assert_decimal(amount_of("-2"), "10");
  assert_int_equal(neap_ledger_new("USD", &product, 1, 1, &ledger, NULL), NEAP_OK);
  assert_int_equal(neap_ledger_fund(ledger, 0, 0, amount_of("2"), 8 * HOUR, NULL), NEAP_OK);
  assert_int_equal(neap_ledger_fund(ledger, 0, 0, amount_of("2"), 8 * HOUR, &fault), NEAP_EXISTS);
  assert_string_equal(fault.code, "funded");
  assert_decimal(neap_ledger_position(ledger, 0, 0)->funding, "-10");
  assert_decimal(neap_ledger_cash(ledger, 0), "-10");
  assert_int_equal(neap_ledger_check(ledger, NULL), NEAP_OK);
  neap_ledger_free(ledger);
}

static void boundaries_are_multiples_of_the_interval(void **state) {
  (void)state;
  assert_int_equal(neap_funding_next(8 * HOUR, MONDAY), MONDAY + 8 * HOUR);
  assert_int_equal(neap_funding_next(8 * HOUR, MONDAY + 8 * HOUR - 1), MONDAY + 8 * HOUR);
  assert_int_equal(neap_funding_next(8 * HOUR, -1), 0);
  assert_int_equal(neap_funding_next(8 * HOUR, -8 * HOUR), 0);
  assert_int_equal(neap_funding_next(8 * HOUR, INT64_MAX - 1), INT64_MAX);
  assert_true(neap_funding_is_boundary(8 * HOUR, -16 * HOUR));
  assert_false(neap_funding_is_boundary(8 * HOUR, MONDAY + 1));
}

static neap_status enter_once(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  neap_order_request request = {.product = bar->product, .side = me->dice ? NEAP_SELL : NEAP_BUY};
  neap_order *order;
  request.quantity = exactly("1");
  if (me->calls++) return NEAP_OK;
  neap_status status = neap_desk_place(me->desk, &request, &order, fault);
  if (status == NEAP_OK) neap_desk_release(me->desk, order);
  return status;
}

/* Begins at 00:00, a boundary at which nobody holds anything: the first that counts is 08:00. */
static void play_hours(act *play, actor *who, bool is_short, const char *hours) {
  act_init(play);
  *who = (actor){.bar = enter_once, .dice = is_short};
  play->product[0] = perpetual();
  play->options.session.cash = dec("100000");
  for (const char *at = hours; *at; at++)
    if (*at == '|') act_bar(play, 0, (at - hours) * HOUR, "50000 50000 50000 50000 9");
  act_run_well(play, who);
}

static void platform_83_the_first_boundary_nothing_then_minus_five_or_plus_five(void **state) {
  (void)state;
  static act play;
  actor who;
  char text[400];
  play_hours(&play, &who, false, "||||||||");
  assert_decimal(play.totals.funding, "-5");
  assert_non_null(strstr(act_event(&play, "funding", 0, text, sizeof text),
                         "{\"boundary\":\"2024-01-01T08:00:00Z\",\"position\":\"1\",\"mark\":\"50000\",\"rate\":\"0."
                         "0001\",\"funding\":\"-5\",\"cash\":\"99995\"}"));
  act_close(&play, &who);
  play_hours(&play, &who, true, "||||||||");
  assert_decimal(play.totals.funding, "5");
  act_close(&play, &who);
  play_hours(&play, &who, false, "|||||||");
  assert_decimal(play.totals.funding, "0");
  act_close(&play, &who);
}

static void boundaries_in_a_gap_are_booked_one_by_one(void **state) {
  (void)state;
  static act play;
  actor who;
  char text[400];
  play_hours(&play, &who, false, "||                               ||");
  assert_decimal(play.totals.funding, "-20"); /* 08:00, 16:00, 00:00, 08:00 */
  assert_non_null(strstr(act_event(&play, "funding", 3, text, sizeof text), "2024-01-02T08:00:00Z"));
  assert_string_equal(act_event(&play, "funding", 4, text, sizeof text), "");
  act_close(&play, &who);
}

/* Filled at the open of 08:00: the boundary is over. */
static void what_opens_at_a_boundary_pays_from_the_next(void **state) {
  (void)state;
  static act play;
  actor who;
  play_hours(&play, &who, false, "       |||||||||");
  assert_decimal(play.totals.funding, "-5"); /* entered at 08:00, paid at 16:00 */
  act_close(&play, &who);
}

static neap_status in_and_out(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  neap_order *order = NULL;
  neap_status status = NEAP_OK;
  neap_order_request request = {.product = bar->product, .side = NEAP_BUY, .quantity = exactly("1")};
  if (me->calls == 0) status = neap_desk_place(me->desk, &request, &order, fault);
  if (me->calls == 9) status = neap_desk_close(me->desk, 0, "", "", &order, fault);
  me->calls++;
  if (order) neap_desk_release(me->desk, order);
  return status;
}

static void a_trade_carries_the_funding_that_it_paid(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = in_and_out};
  act_init(&play);
  play.product[0] = perpetual();
  play.options.session.cash = dec("100000");
  for (int i = 0; i < 20; i++) act_bar(&play, 0, i * HOUR, "50000 50000 50000 50000 9");
  assert_int_equal(act_run(&play, &who), NEAP_OK);
  assert_int_equal(play.totals.trade_count, 1);
  assert_decimal(play.totals.trades[0].funding, "-5");
  assert_decimal(play.totals.trades[0].pnl, "-5");
  assert_decimal(play.totals.cash, "99995");
  act_close(&play, &who);
}

/* One at the market at 01:00, and one that fills in the range of the bar that ends at 08:00. */
static neap_status enter_twice(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  neap_order *order = NULL;
  neap_order_request request = {.side = NEAP_BUY, .quantity = exactly("1")};
  if (bar->close_time != MONDAY + HOUR) return NEAP_OK;
  neap_status status = neap_desk_place(me->desk, &request, &order, fault);
  if (order) neap_desk_release(me->desk, order);
  request.limit = exactly("49000");
  if (status == NEAP_OK) status = neap_desk_place(me->desk, &request, &order, fault);
  if (status == NEAP_OK) neap_desk_release(me->desk, order);
  return status;
}

static neap_status play_through(act *play, actor *who, const char *resume_from) {
  act_init(play);
  *who = (actor){.bar = enter_twice};
  play->product[0] = perpetual();
  play->options.session.cash = dec("100000");
  play->options.session.store_path = resume_from;
  play->options.session.resume = resume_from != NULL;
  for (int i = 0; i < 18; i++)
    act_bar(play, 0, i * HOUR, i == 7 ? "50000 50000 49000 50000 9" : "50000 50000 50000 50000 9");
  return act_run(play, who);
}

static size_t behind(const journal *book, const char *type) {
  size_t at = 0;
  while (at < book->count && strcmp(book->event[at].type, type) != 0) at++;
  return at + 1;
}

/* Behind any event after the entry, that of the boundary's own moment too, it is booked as if nothing had been. */
static void a_boundary_is_booked_once_whenever_the_session_is_killed(void **state) {
  (void)state;
  static act play;
  static journal book;
  actor who;
  char directory[] = "/tmp/neap_fundingXXXXXX", path[64];
  assert_int_equal(play_through(&play, &who, NULL), NEAP_OK);
  assert_decimal(play.totals.funding, "-20"); /* two units at 08:00 and at 16:00 */
  journal_keep(&book, &play);
  act_close(&play, &who);
  assert_non_null(mkdtemp(directory));
  snprintf(path, sizeof path, "%s/events.db", directory);
  for (size_t count = behind(&book, "order_filled"); count + 2 < book.count; count++) {
    journal_write(&book, count, path);
    if (play_through(&play, &who, path) != NEAP_OK) fail_msg("behind %d: %s", (int)count, play.fault.message);
    assert_decimal(play.totals.funding, "-20");
    act_close(&play, &who);
    char command[128];
    snprintf(command, sizeof command, "rm -f %s/events.db*", directory);
    assert_int_equal(system(command), 0);
  }
  rmdir(directory);
  journal_forget(&book);
}

static neap_status apply_funding(neap_state *state, const neap_event *like, int64_t seat, const char *cash,
                                 neap_fault *fault) {
  neap_buffer record;
  neap_buffer_init(&record);
  if (seat) neap_record_int(&record, "seat", seat);
  neap_record_time(&record, "boundary", MONDAY + 8 * HOUR);
  neap_record_decimal(&record, "funding", dec("-10"));
  neap_record_decimal(&record, "cash", dec(cash));
  neap_event event = *like;
  event.record = record.data;
  event.record_size = record.size;
  neap_status status = neap_state_apply(state, &event, fault);
  neap_buffer_fini(&record);
  return status;
}

static void a_funding_that_the_books_do_not_make_is_named(void **unused) {
  (void)unused;
  static act play;
  static journal book;
  actor who;
  neap_state *state;
  neap_fault fault = {0};
  const char *const wrong[] = {"99999", "99990"}; /* the right cash, of a seat that there is not */
  assert_int_equal(play_through(&play, &who, NULL), NEAP_OK);
  journal_keep(&book, &play);
  act_close(&play, &who);
  for (int64_t i = 0; i < 2; i++) {
    size_t at = 0;
    assert_int_equal(neap_state_new(&state, NULL), NEAP_OK);
    for (; strcmp(book.event[at].type, "funding") != 0; at++)
      assert_int_equal(neap_state_apply(state, &book.event[at], NULL), NEAP_OK);
    assert_int_equal(apply_funding(state, &book.event[at], i, wrong[i], &fault), NEAP_CORRUPT);
    assert_string_equal(fault.code, "impossible_event");
    neap_state_free(state);
  }
  journal_forget(&book);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(h11_139_longs_pay_shorts_receive_and_a_boundary_counts_once),
      cmocka_unit_test(boundaries_are_multiples_of_the_interval),
      cmocka_unit_test(platform_83_the_first_boundary_nothing_then_minus_five_or_plus_five),
      cmocka_unit_test(boundaries_in_a_gap_are_booked_one_by_one),
      cmocka_unit_test(what_opens_at_a_boundary_pays_from_the_next),
      cmocka_unit_test(a_trade_carries_the_funding_that_it_paid),
      cmocka_unit_test(a_boundary_is_booked_once_whenever_the_session_is_killed),
      cmocka_unit_test(a_funding_that_the_books_do_not_make_is_named)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
