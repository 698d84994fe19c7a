/* SPDX-License-Identifier: MIT */
/* margin in a session: who is liquidated, at which price, who is left alone, and what replay makes of it. */
#include "account/margin.h"

#include "kept_journal.h"
#include "session/state.h"
#include "session_support.h"

static neap_status go_long(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  neap_order *order = NULL;
  neap_order_request request = {.product = bar->product, .side = NEAP_BUY, .quantity = exactly("150")};
  if (me->calls++) return NEAP_OK;
  request.stop_loss = exactly("1");
  neap_status status = neap_desk_place(me->desk, &request, &order, fault);
  if (order) neap_desk_release(me->desk, order);
  return status;
}

/* Asks for one unit on the third bar, so that its order waits while the other desk is liquidated. */
static neap_status buy_late(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  neap_order *order = NULL;
  neap_order_request request = {.product = bar->product, .side = NEAP_BUY, .quantity = exactly("1")};
  if (me->calls++ != 1) return NEAP_OK;
  neap_status status = neap_desk_place(me->desk, &request, &order, fault);
  if (order) neap_desk_release(me->desk, order);
  return status;
}

static void prepare(act *play) {
  act_init(play);
  act_product(play, "X-PERP:kind=perpetual,price_increment=0.01,base_increment=0.01");
  play->product[0] = play->product[1];
  play->products = 1;
  play->limits.max_leverage = 10;
  play->limits.default_maintenance_margin_rate = dec("0.05");
}

static void replays(act *play) {
  static journal book;
  char ours[NEAP_DIGEST_TEXT], theirs[NEAP_DIGEST_TEXT];
  neap_state *state;
  neap_fault fault;
  journal_keep(&book, play);
  assert_int_equal(neap_session_state_hash(play->session, ours, NULL), NEAP_OK);
  assert_int_equal(neap_state_new(&state, NULL), NEAP_OK);
  for (size_t i = 0; i < book.count; i++)
    if (neap_state_apply(state, &book.event[i], &fault) != NEAP_OK) fail_msg("%s", fault.message);
  assert_int_equal(neap_state_hash(state, theirs, NULL), NEAP_OK);
  assert_string_equal(ours, theirs);
  neap_state_free(state);
  journal_forget(&book);
}

/* 150 at 101 on 10,000: at 35 the equity is 100, the maintenance margin 262.5. The position goes at the mark itself,
 * the order of the other desk slips as any other at that open. */
static void one_desk_goes_at_the_mark_and_the_other_is_left_alone(void **state) {
  (void)state;
  static act play;
  static actor one, two;
  char text[400];
  one = (actor){.bar = go_long, .strategy.name = "one"}, two = (actor){.bar = buy_late, .strategy.name = "two"};
  actor *both[] = {&one, &two};
  prepare(&play);
  play.options.session.fill_model.slippage = NEAP_SLIPPAGE_BPS;
  play.options.session.fill_model.slippage_bps = dec("100");
  act_bar(&play, 0, 0, "100 100 100 100 9");
  act_bar(&play, 0, HOUR, "100 101 37 37 9");
  act_bar(&play, 0, 2 * HOUR, "35 40 34 40 9");
  act_bar(&play, 0, 3 * HOUR, "40 40 40 40 9");
  if (act_run_all(&play, both, 2) != NEAP_OK) fail_msg("%s", play.fault.message);
  assert_int_equal(play.totals.trade_count, 1);
  assert_decimal(neap_round_trip_exit_price(&play.totals.trades[0], &play.product[0]), "35");
  act_event(&play, "liquidation", 0, text, sizeof text);
  assert_string_equal(text, "{\"strategy\":\"one\",\"equity\":\"100\",\"value\":\"5250\",\"maintenance\":\"262.5\"}");
  assert_string_equal(act_event(&play, "liquidation", 1, text, sizeof text), "");
  assert_decimal(neap_desk_position(one.desk, 0)->quantity, "0");
  assert_decimal(neap_desk_position(two.desk, 0)->quantity, "1");
  assert_decimal(neap_desk_position(two.desk, 0)->cost, "35.35");
  assert_decimal(play.totals.cash, "10100");
  replays(&play);
  act_close(&play, &one);
}

/* The mark of the close counts, too; the order that waits for the next open is not dragged along. */
static void at_a_close_the_order_that_waits_keeps_its_open(void **state) {
  (void)state;
  static act play;
  static actor one, two;
  one = (actor){.bar = go_long, .strategy.name = "one"}, two = (actor){.bar = buy_late, .strategy.name = "two"};
  actor *both[] = {&one, &two};
  prepare(&play);
  act_bar(&play, 0, 0, "100 100 100 100 9");
  act_bar(&play, 0, HOUR, "100 100 30 30 9");
  act_bar(&play, 0, 2 * HOUR, "50 50 50 50 9");
  if (act_run_all(&play, both, 2) != NEAP_OK) fail_msg("%s", play.fault.message);
  assert_decimal(neap_round_trip_exit_price(&play.totals.trades[0], &play.product[0]), "30");
  assert_decimal(neap_desk_position(two.desk, 0)->cost, "50");
  assert_decimal(neap_desk_position(one.desk, 0)->quantity, "0");
  assert_decimal(play.totals.cash, "9500");
  replays(&play);
  act_close(&play, &one);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(one_desk_goes_at_the_mark_and_the_other_is_left_alone),
                                     cmocka_unit_test(at_a_close_the_order_that_waits_keeps_its_open)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
