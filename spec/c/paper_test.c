/* SPDX-License-Identifier: MIT */
/* paper: what is reported and in which order; submits and cancels from inside reports; volume, time in force,
 * sizes by amount. */
#include "paper_support.h"

static void open_is_by_arrival_and_stops_come_first_in_the_range(void **state) {
  (void)state;
  fixture *f = make_plain();
  submit(f, ticket_of(1, NEAP_LIMIT, NEAP_SELL, "1", "105"));
  submit(f, ticket_of(2, NEAP_STOP, NEAP_SELL, "1", "95"));
  submit(f, ticket_of(3, NEAP_MARKET, NEAP_SELL, "1", "0"));
  submit(f, ticket_of(4, NEAP_MARKET, NEAP_BUY, "2", "0"));
  neap_candle bar = bar_of(0, "100", "110", "90", "100");
  play(f, &bar);
  expect(f, "3:fill(1@100) 4:fill(2@100) 2:fill(1@95) 1:fill(1@105 maker)");
  assert_int_equal(neap_paper_working(f->paper, 0), 0);
  finish(f);
}

/* An entry's exits, of which the fill of one cancels the other. */
static void add_exits(fixture *f, const neap_report *report) {
  if (report->order == 10 || report->order == 11) cancel(f, 21 - report->order);
  if (report->order != 1) return;
  submit(f, ticket_of(10, NEAP_STOP, NEAP_SELL, "1", "95"));
  submit(f, ticket_of(11, NEAP_LIMIT, NEAP_SELL, "1", "105"));
  submit(f, ticket_of(12, NEAP_MARKET, NEAP_BUY, "0.5", "0"));
}

static void exits_made_at_the_open_work_in_the_same_range(void **state) {
  (void)state;
  fixture *f = make_plain();
  f->on_fill = add_exits;
  submit(f, ticket_of(1, NEAP_MARKET, NEAP_BUY, "1", "0"));
  neap_candle bar = bar_of(0, "100", "110", "90", "100");
  open_bar(f, &bar);
  expect(f, "1:fill(1@100)");
  f->now = 10;
  assert_int_equal(neap_paper_range(f->paper, 0, &bar, f->now, NULL), NEAP_OK);
  expect(f, "12:fill(0.5@100) 10:fill(1@95) 11:cancelled");
  finish(f);
}

static void exits_made_inside_the_range_wait_for_the_next_bar(void **state) {
  (void)state;
  fixture *f = make_plain();
  f->on_fill = add_exits;
  submit(f, ticket_of(1, NEAP_LIMIT, NEAP_BUY, "1", "97"));
  neap_candle bar = bar_of(0, "100", "110", "90", "100");
  play(f, &bar);
  expect(f, "1:fill(1@97 maker)");
  bar = bar_of(10, "100", "110", "96", "100");
  play(f, &bar);
  expect(f, "12:fill(0.5@100) 11:fill(1@105 maker) 10:cancelled");
  finish(f);
}

static void cancel_everything(fixture *f, const neap_report *report) {
  for (uint64_t i = 1; i <= 4; i++)
    if (i != report->order) cancel(f, i);
  cancel(f, report->order);
}

static void cancels_from_inside_a_report_are_safe(void **state) {
  (void)state;
  fixture *f = make_plain();
  f->on_fill = cancel_everything;
  for (uint64_t i = 1; i <= 4; i++) submit(f, ticket_of(i, NEAP_MARKET, NEAP_BUY, "1", "0"));
  neap_candle bar = bar_of(0, "100", "110", "90", "100");
  play(f, &bar);
  expect(f, "1:fill(1@100) 2:cancelled 3:cancelled 4:cancelled 1:cancel_refused(unknown_order)");
  assert_int_equal(neap_paper_working(f->paper, 0), 0);
  finish(f);
}

static void submit_again(fixture *f, const neap_report *report) {
  if (report->order < 50) submit(f, ticket_of(report->order + 1, NEAP_MARKET, NEAP_BUY, "1", "0"));
}

static void submits_from_inside_the_open_never_loop(void **state) {
  (void)state;
  fixture *f = make_plain();
  f->on_fill = submit_again;
  submit(f, ticket_of(1, NEAP_MARKET, NEAP_BUY, "1", "0"));
  neap_candle bar = bar_of(0, "100", "110", "90", "100");
  play(f, &bar);
  expect(f, "1:fill(1@100) 2:fill(1@100)");
  assert_int_equal(neap_paper_working(f->paper, 0), 1);
  finish(f);
}

static void volume_limits_all_orders_of_a_bar(void **state) {
  (void)state;
  neap_fill_model model = {.volume_share = dec("0.025")};
  fixture *f = make(&model);
  submit(f, ticket_of(1, NEAP_MARKET, NEAP_BUY, "2", "0"));
  submit(f, ticket_of(2, NEAP_MARKET, NEAP_BUY, "2", "0"));
  neap_ticket immediate = ticket_of(3, NEAP_MARKET, NEAP_BUY, "1", "0"), whole = immediate;
  immediate.time_in_force = NEAP_IOC;
  submit(f, immediate);
  neap_candle bar = bar_of(0, "100", "110", "90", "100");
  play(f, &bar);
  expect(f, "1:fill(2@100) 2:fill(0.5@100 part) 3:cancelled(ioc)");
  whole.number = 4;
  whole.time_in_force = NEAP_FOK;
  submit(f, whole);
  whole.number = 5;
  whole.quantity = dec("1.1");
  submit(f, whole);
  bar = bar_of(10, "101", "110", "90", "100");
  play(f, &bar);
  expect(f, "2:fill(1.5@101) 4:fill(1@101) 5:cancelled(fok)");
  finish(f);
}

static void immediate_limit_does_not_rest(void **state) {
  (void)state;
  fixture *f = make_plain();
  neap_ticket ticket = ticket_of(1, NEAP_LIMIT, NEAP_BUY, "1", "99");
  ticket.time_in_force = NEAP_IOC;
  submit(f, ticket);
  neap_candle bar = bar_of(0, "100", "110", "90", "100");
  play(f, &bar);
  expect(f, "1:cancelled(ioc)");
  finish(f);
}

static void post_only_is_rejected_when_it_crosses_and_makes_later(void **state) {
  (void)state;
  fixture *f = make_plain();
  neap_ticket ticket = ticket_of(1, NEAP_LIMIT, NEAP_BUY, "1", "100");
  ticket.post_only = true;
  submit(f, ticket);
  ticket.number = 2;
  ticket.limit = dec("89");
  submit(f, ticket);
  neap_candle bar = bar_of(0, "100", "110", "90", "100");
  play(f, &bar);
  expect(f, "1:rejected(post_only_cross)");
  bar = bar_of(10, "88", "90", "87", "88");
  play(f, &bar);
  expect(f, "2:fill(1@88 maker)");
  finish(f);
}

static void resting_limit_does_not_slip(void **state) {
  (void)state;
  neap_fill_model model = {.slippage = NEAP_SLIPPAGE_BPS, .slippage_bps = dec("50")};
  fixture *f = make(&model);
  submit(f, ticket_of(1, NEAP_LIMIT, NEAP_BUY, "1", "95"));
  neap_candle bar = bar_of(0, "100", "110", "96", "100");
  play(f, &bar);
  submit(f, ticket_of(2, NEAP_LIMIT, NEAP_BUY, "1", "95"));
  bar = bar_of(10, "90", "91", "89", "90");
  play(f, &bar);
  expect(f, "1:fill(1@90 maker) 2:fill(1@90.45)");
  finish(f);
}

static void good_till_expires_before_the_open(void **state) {
  (void)state;
  fixture *f = make_plain();
  neap_ticket ticket = ticket_of(1, NEAP_LIMIT, NEAP_BUY, "1", "95");
  ticket.time_in_force = NEAP_GTD;
  ticket.good_till = 10;
  submit(f, ticket);
  neap_candle bar = bar_of(0, "100", "110", "96", "100");
  play(f, &bar);
  bar = bar_of(10, "90", "110", "90", "100");
  play(f, &bar);
  expect(f, "1:expired(good_till)");
  finish(f);
}

static void refusals_reject_or_cancel(void **state) {
  (void)state;
  neap_fill_model model = {.volume_share = dec("0.01")};
  fixture *f = make(&model);
  submit(f, ticket_of(1, NEAP_MARKET, NEAP_BUY, "2", "0"));
  neap_candle bar = bar_of(0, "100", "110", "90", "100");
  play(f, &bar);
  expect(f, "1:fill(1@100 part)");
  f->admits = NEAP_REFUSED;
  submit(f, ticket_of(2, NEAP_MARKET, NEAP_BUY, "2", "0"));
  bar.time = 10;
  play(f, &bar);
  expect(f, "1:cancelled(insufficient_funds) 2:rejected(insufficient_funds)");
  f->admits = NEAP_BROKEN;
  submit(f, ticket_of(3, NEAP_MARKET, NEAP_BUY, "2", "0"));
  neap_fault fault = {0};
  bar.time = 20;
  assert_int_equal(neap_paper_open(f->paper, 0, &bar, 20, &fault), NEAP_BROKEN);
  assert_string_equal(fault.message, "no money");
  assert_int_equal(neap_paper_working(f->paper, 0), 1);
  finish(f);
}

static void reduce_only_is_clamped_to_the_position(void **state) {
  (void)state;
  fixture *f = make_plain();
  neap_ticket exit = ticket_of(2, NEAP_MARKET, NEAP_SELL, "5", "0");
  exit.reduce_only = true;
  submit(f, ticket_of(1, NEAP_MARKET, NEAP_BUY, "2", "0"));
  submit(f, exit);
  exit.number = 3;
  submit(f, exit);
  neap_candle bar = bar_of(0, "100", "110", "90", "100");
  play(f, &bar);
  expect(f, "1:fill(2@100) 2:fill(2@100 part) 2:cancelled(nothing_to_reduce) 3:rejected(nothing_to_reduce)");
  finish(f);
}

static void keep_sized(fixture *f, const neap_report *report) {
  char text[NEAP_DECIMAL_TEXT];
  neap_decimal_format(report->sized, text);
  note(f, "[%s]", text);
}

static void amounts_find_their_quantity_at_the_fill(void **state) {
  (void)state;
  neap_fill_model model = {.volume_share = dec("0.05")};
  fixture *f = make(&model);
  f->on_fill = keep_sized;
  neap_ticket ticket = {.number = 1, .side = NEAP_BUY, .sizing = NEAP_BY_NOTIONAL, .notional = dec("1000")};
  submit(f, ticket);
  neap_candle bar = bar_of(0, "100", "110", "90", "100");
  play(f, &bar);
  expect(f, "1:fill(5@100 part)[9.9]");
  bar = bar_of(10, "200", "210", "190", "200");
  play(f, &bar);
  expect(f, "1:fill(4.9@200)[0]");
  finish(f);
}

/* The price depends on the quantity and the quantity on the price: the amount, fee included, is never exceeded. */
static void amount_is_not_exceeded_by_slippage(void **state) {
  (void)state;
  neap_fill_model model = {.slippage = NEAP_SLIPPAGE_VOLUME_SHARE, .impact = dec("0.1")};
  fixture *f = make(&model);
  neap_ticket ticket = {.number = 1, .side = NEAP_BUY, .sizing = NEAP_BY_NOTIONAL, .notional = dec("5000")};
  submit(f, ticket);
  neap_candle bar = bar_of(0, "100", "110", "90", "100");
  play(f, &bar);
  expect(f, "1:fill(48.7@102.38)");
  finish(f);
}

static void resize_changes_what_is_left_of_a_working_order(void **state) {
  (void)state;
  fixture *f = make_plain();
  submit(f, ticket_of(1, NEAP_LIMIT, NEAP_SELL, "3", "105"));
  submit(f, ticket_of(2, NEAP_STOP, NEAP_SELL, "3", "95"));
  cancel(f, 1);
  assert_int_equal(neap_paper_resize(f->paper, 2, dec("1"), NULL), NEAP_OK);
  assert_int_equal(neap_paper_resize(f->paper, 2, NEAP_ZERO, NULL), NEAP_INVALID);
  assert_int_equal(neap_paper_resize(f->paper, 1, dec("1"), NULL), NEAP_NOT_FOUND);
  neap_candle bar = bar_of(0, "94", "110", "90", "100");
  play(f, &bar);
  expect(f, "1:cancelled 2:fill(1@94)");
  finish(f);
}

static void settle_fills_market_orders_at_the_price(void **state) {
  (void)state;
  neap_fill_model model = {.slippage = NEAP_SLIPPAGE_BPS, .slippage_bps = dec("100"), .volume_share = dec("0.001")};
  fixture *f = make(&model);
  submit(f, ticket_of(1, NEAP_LIMIT, NEAP_BUY, "3", "105"));
  submit(f, ticket_of(2, NEAP_MARKET, NEAP_SELL, "300", "0"));
  assert_int_equal(neap_paper_settle(f->paper, 0, dec("101.5"), 77, NULL), NEAP_OK);
  expect(f, "2:fill(300@101.5)");
  assert_int_equal(neap_paper_working(f->paper, 0), 1);
  finish(f);
}

static void bad_tickets_are_refused(void **state) {
  (void)state;
  fixture *f = make_plain();
  neap_fault fault;
  neap_ticket ticket = ticket_of(1, NEAP_LIMIT, NEAP_BUY, "1", "0");
  assert_int_equal(f->broker->submit(f->broker->self, &ticket, 0, &fault), NEAP_INVALID);
  ticket = ticket_of(1, NEAP_STOP, NEAP_BUY, "1", "0");
  assert_int_equal(f->broker->submit(f->broker->self, &ticket, 0, &fault), NEAP_INVALID);
  ticket = ticket_of(1, NEAP_TRAILING_STOP, NEAP_BUY, "1", "0");
  assert_int_equal(f->broker->submit(f->broker->self, &ticket, 0, &fault), NEAP_INVALID);
  ticket = ticket_of(1, NEAP_MARKET, NEAP_BUY, "0", "0");
  assert_int_equal(f->broker->submit(f->broker->self, &ticket, 0, &fault), NEAP_INVALID);
  ticket = ticket_of(1, NEAP_MARKET, NEAP_BUY, "1", "0");
  ticket.product = 2;
  assert_int_equal(f->broker->submit(f->broker->self, &ticket, 0, &fault), NEAP_INVALID);
  ticket.product = 0;
  submit(f, ticket);
  assert_int_equal(f->broker->submit(f->broker->self, &ticket, 0, &fault), NEAP_EXISTS);
  neap_candle bar = bar_of(0, "1", "1", "1", "1");
  assert_int_equal(neap_paper_open(f->paper, 2, &bar, 0, &fault), NEAP_INVALID);
  neap_paper_free(NULL);
  finish(f);
}

/* Random orders, random cancels and submits from inside the reports: each order ends at most once, nothing is
 * overfilled. */
static uint64_t wild_number;
static unsigned char wild_ended[100000];
static uint64_t wild_seed;

static unsigned wild(unsigned below) {
  wild_seed = wild_seed * 6364136223846793005u + 1442695040888963407u;
  return (unsigned)(wild_seed >> 33) % below;
}

static void wild_submit(fixture *f) {
  char price[16];
  neap_order_type type = (neap_order_type)wild(5);
  snprintf(price, sizeof price, "%u", 80 + wild(40));
  neap_ticket ticket = ticket_of(++wild_number, type, wild(2) ? NEAP_BUY : NEAP_SELL, "3", price);
  if (type == NEAP_STOP_LIMIT) ticket.limit = ticket.stop;
  if (type == NEAP_TRAILING_STOP) ticket.trail_bps = dec("300");
  ticket.time_in_force = (neap_time_in_force)wild(4);
  ticket.good_till = f->now + wild(50);
  submit(f, ticket);
}

static void wild_fill(fixture *f, const neap_report *report) {
  f->log[0] = '\0';
  if (report->last) wild_ended[report->order]++;
  if (wild(2) && wild_number < 90000) wild_submit(f);
  if (wild(3) == 0) {
    uint64_t number = 1 + wild((unsigned)wild_number);
    uint32_t before = neap_paper_working(f->paper, 0);
    cancel(f, number);
    if (neap_paper_working(f->paper, 0) < before) wild_ended[number]++;
  }
}

static void random_orders_keep_the_lists_whole(void **state) {
  (void)state;
  neap_fill_model model = {.volume_share = dec("0.1")};
  fixture *f = make(&model);
  wild_number = 0;
  wild_seed = 5;
  memset(wild_ended, 0, sizeof wild_ended);
  f->on_fill = wild_fill;
  for (int64_t time = 0; time < 30000; time += 10) {
    f->log[0] = '\0';
    for (unsigned i = wild(4); i > 0; i--) wild_submit(f);
    unsigned low = 80 + wild(20), span = 1 + wild(20);
    neap_candle bar = bar_of(time, "1", "1", "1", "1");
    bar.low = neap_decimal_from_int(low);
    bar.high = neap_decimal_from_int(low + span);
    bar.open = neap_decimal_from_int(low + wild(span + 1));
    bar.close = neap_decimal_from_int(low + wild(span + 1));
    play(f, &bar);
  }
  for (uint64_t i = 1; i <= wild_number; i++) assert_true(wild_ended[i] <= 1);
  assert_true(wild_number > 3000);
  finish(f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(open_is_by_arrival_and_stops_come_first_in_the_range),
      cmocka_unit_test(exits_made_at_the_open_work_in_the_same_range),
      cmocka_unit_test(exits_made_inside_the_range_wait_for_the_next_bar),
      cmocka_unit_test(cancels_from_inside_a_report_are_safe),
      cmocka_unit_test(submits_from_inside_the_open_never_loop),
      cmocka_unit_test(volume_limits_all_orders_of_a_bar),
      cmocka_unit_test(immediate_limit_does_not_rest),
      cmocka_unit_test(post_only_is_rejected_when_it_crosses_and_makes_later),
      cmocka_unit_test(resting_limit_does_not_slip),
      cmocka_unit_test(good_till_expires_before_the_open),
      cmocka_unit_test(refusals_reject_or_cancel),
      cmocka_unit_test(reduce_only_is_clamped_to_the_position),
      cmocka_unit_test(amounts_find_their_quantity_at_the_fill),
      cmocka_unit_test(amount_is_not_exceeded_by_slippage),
      cmocka_unit_test(resize_changes_what_is_left_of_a_working_order),
      cmocka_unit_test(settle_fills_market_orders_at_the_price),
      cmocka_unit_test(bad_tickets_are_refused),
      cmocka_unit_test(random_orders_keep_the_lists_whole),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
