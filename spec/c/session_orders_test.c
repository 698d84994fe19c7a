/* SPDX-License-Identifier: MIT */
/* A session's orders: from decision to booking, sizes and money, failing callbacks, tags, handles. */
#include "session_support.h"

static const char *const rising[] = {"100 110 95 105 50", "106 112 101 110 50", "111 115 108 112 50",
                                     "113 118 112 117 50", "117 119 114 116 50"};

static const neap_order_request buy_one = {.side = NEAP_BUY, .quantity = {NEAP_AMOUNT_EXACT, {10000000000000000}, 0}};

static neap_status buy_on_first_bar(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar;
  (void)fault;
  return me->bars == 1 ? actor_place(me, &buy_one, NULL) : NEAP_OK;
}

static neap_status note_fill(actor *me, neap_order *order, const neap_fill *fill, neap_fault *fault) {
  (void)fault;
  char at[16], booked[16], price[NEAP_DECIMAL_TEXT], quantity[NEAP_DECIMAL_TEXT];
  neap_decimal_format(fill->price, price);
  neap_decimal_format(fill->quantity, quantity);
  actor_note(me, "%s #%llu %s %s @ %s of %s", instant(neap_desk_now(me->desk), booked),
             (unsigned long long)order->ticket.number, neap_side_name(fill->side), quantity, price,
             instant(fill->time, at));
  return NEAP_OK;
}

static neap_status note_reject(actor *me, neap_order *order, neap_fault *fault) {
  (void)fault;
  assert_int_equal(order->status, NEAP_ORDER_REJECTED);
  actor_note(me, "rejected #%llu %s", (unsigned long long)order->ticket.number, order->reason.code);
  return NEAP_OK;
}

static void play_rising(act *play, actor *who) {
  act_bars(play, 0, HOUR, rising, 5);
  assert_int_equal(act_run(play, who), NEAP_OK);
}

static void a_market_order_fills_at_the_next_open(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = buy_on_first_bar, .fill = note_fill};
  char events[512];
  act_init(&play);
  play_rising(&play, &who);
  assert_string_equal(who.log, "01 01:00 #1 buy 1 @ 106 of 01 01:00\n");
  assert_string_equal(act_events(&play, "", events, sizeof events),
                      "order_intent decision order_submitted order_accepted order_filled");
  assert_int_equal(play.totals.orders, 1);
  assert_int_equal(play.totals.fills, 1);
  assert_decimal(play.totals.cash, "9894");
  assert_decimal(play.totals.equity, "10010");
  act_close(&play, &who);
}

static neap_status reverse(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar;
  const neap_order_request all = {.side = NEAP_BUY, .fraction = exactly("1")};
  if (me->bars == 1) return actor_place(me, &all, NULL);
  if (me->bars != 2) return NEAP_OK;
  neap_order *order;
  assert_int_equal(neap_desk_close(me->desk, 0, "out", "", &order, fault), NEAP_OK);
  me->held[me->held_count++] = order;
  return actor_place(me, &all, NULL);
}

static void an_entry_after_a_close_sees_its_cash(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = reverse, .fill = note_fill, .reject = note_reject};
  act_init(&play);
  play.product[0].base_increment = dec("0.0001");
  play.options.session.fees.taker_bps = dec("10");
  play_rising(&play, &who);
  assert_string_equal(who.log, "01 01:00 #1 buy 94.2453 @ 106 of 01 01:00\n"
                               "01 02:00 #2 sell 94.2453 @ 111 of 01 02:00\n"
                               "01 02:00 #3 buy 94.057 @ 111 of 01 02:00\n");
  assert_true(neap_decimal_sign(play.totals.cash) >= 0);
  assert_int_equal(play.totals.trade_count, 1);
  act_close(&play, &who);
}

/* Only the fill knows the price: the quantity passes at the mark of 105 and is too dear at 106. */
static neap_status buy_too_much(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar;
  (void)fault;
  const neap_order_request dear = {.side = NEAP_BUY, .quantity = exactly("96")},
                           close_call = {.side = NEAP_BUY, .quantity = exactly("95")};
  if (me->bars > 1) return NEAP_OK;
  neap_order *order;
  actor_place(me, &dear, &order);
  assert_int_equal(order->status, NEAP_ORDER_REJECTED);
  assert_string_equal(order->reason.code, "insufficient_funds");
  assert_string_equal(order->reason.limit, "10000");
  actor_place(me, &close_call, &order);
  assert_int_equal(order->status, NEAP_ORDER_PENDING);
  return NEAP_OK;
}

static void too_little_cash_is_refused_at_the_decision_and_at_the_fill(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = buy_too_much, .reject = note_reject, .fill = note_fill};
  char events[512];
  act_init(&play);
  play_rising(&play, &who);
  assert_string_equal(who.log, "rejected #1 insufficient_funds\nrejected #2 insufficient_funds\n");
  assert_string_equal(act_events(&play, "", events, sizeof events),
                      "order_intent decision order_rejected order_intent decision order_submitted order_accepted "
                      "order_rejected");
  assert_int_equal(play.totals.rejections, 2);
  assert_int_equal(play.totals.rejected_count, 1);
  assert_int_equal(play.totals.rejected[0].count, 2);
  assert_decimal(play.totals.equity, "10000");
  assert_string_equal(who.held[1]->reason.code, "insufficient_funds"); /* the handle outlives the order */
  act_close(&play, &who);
}

static neap_status do_and_fail(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar;
  neap_order_request rest = {.side = NEAP_BUY, .quantity = exactly("1"), .limit = exactly("50"), .tag = "deep"};
  neap_order_request exit = {.side = NEAP_SELL, .quantity = exactly("1"), .stop = exactly("90"), .reduce_only = true};
  neap_order *order;
  if (me->bars == 1) {
    actor_place(me, &rest, NULL);
    return actor_place(me, &buy_one, NULL);
  }
  if (me->bars != 2) return NEAP_OK;
  actor_place(me, &exit, NULL);
  actor_place(me, &buy_one, &order);
  assert_int_equal(neap_desk_cancel(me->desk, order, fault), NEAP_OK);
  order = neap_desk_order_by_tag(me->desk, "deep");
  assert_non_null(order);
  assert_int_equal(neap_desk_cancel(me->desk, order, fault), NEAP_OK);
  neap_desk_release(me->desk, order);
  assert_int_equal(neap_desk_after(me->desk, "late", HOUR, fault), NEAP_OK);
  return neap_fail(fault, NEAP_INVALID, "own_mistake", "a line of the author's");
}

static void a_failing_callback_keeps_exits_and_cancels_only(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = do_and_fail};
  char text[1024];
  act_init(&play);
  act_bars(&play, 0, HOUR, rising, 5);
  assert_int_equal(act_run(&play, &who), NEAP_INVALID);
  assert_string_equal(play.fault.code, "own_mistake");
  assert_string_equal(act_events(&play, "timer", text, sizeof text), "");
  act_events(&play, "", text, sizeof text);
  assert_non_null(strstr(text, "order_filled callback_failed order_intent decision order_cancel_requested "
                               "order_submitted order_accepted order_cancelled"));
  assert_int_equal(who.held[2]->status, NEAP_ORDER_OPEN);      /* the exit */
  assert_int_equal(who.held[3]->status, NEAP_ORDER_CANCELLED); /* the entry, which never left */
  assert_int_equal(who.held[0]->status, NEAP_ORDER_CANCELLED);
  assert_string_equal(act_event(&play, "callback_failed", 0, text, sizeof text),
                      "{\"hook\":\"on_bar\",\"code\":\"own_mistake\",\"message\":\"a line of the author's\","
                      "\"stopped\":false,\"entries_dropped\":1}");
  act_close(&play, &who);
}

static neap_status fail_at_once(actor *me, neap_fault *fault) {
  const neap_order_request early = {.side = NEAP_BUY, .quantity = exactly("1")};
  actor_place(me, &early, NULL);
  assert_string_equal(me->held[0]->reason.code, "no_mark");
  return neap_fail(fault, NEAP_STOPPED, "time_limit", "too slow");
}

static void a_failing_on_start_ends_the_run(void **state) {
  (void)state;
  static act play;
  actor who = {.start = fail_at_once, .reject = note_reject};
  char text[256];
  act_init(&play);
  act_bars(&play, 0, HOUR, rising, 5);
  assert_int_equal(act_run(&play, &who), NEAP_STOPPED);
  assert_string_equal(play.fault.code, "time_limit");
  act_event(&play, "callback_failed", 0, text, sizeof text);
  assert_non_null(strstr(text, "\"hook\":\"on_start\""));
  assert_non_null(strstr(text, "\"stopped\":true"));
  assert_string_equal(who.log, "");
  act_close(&play, &who);
}

static neap_status misuse(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar;
  (void)fault;
  neap_order_request tagged = {.side = NEAP_BUY, .quantity = exactly("1"), .limit = exactly("50"), .tag = "a"};
  neap_order_request both = {.side = NEAP_BUY, .quantity = exactly("1"), .notional = exactly("1")}, none = {0};
  neap_order_request negative = {.side = NEAP_BUY, .quantity = exactly("-1")};
  neap_order_request nan = {.side = NEAP_BUY, .quantity = inexactly(0.0 / 0.0)};
  neap_order_request post = {.side = NEAP_BUY, .quantity = exactly("1"), .post_only = true};
  neap_order_request off = {.side = NEAP_BUY, .quantity = exactly("1"), .stop_loss = exactly("50.001")};
  if (me->bars > 1) return NEAP_OK;
  assert_int_equal(actor_place(me, &tagged, NULL), NEAP_OK);
  const neap_order_request *wrong[] = {&tagged, &both, &none, &negative, &nan, &post, &off};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    assert_int_equal(actor_place(me, wrong[i], NULL), NEAP_INVALID);
  assert_null(neap_desk_order_by_tag(me->desk, "b"));
  assert_null(neap_desk_order_by_tag(me->desk, ""));
  return NEAP_OK;
}

static void misuse_is_named_and_orders_nothing(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = misuse};
  act_init(&play);
  play_rising(&play, &who);
  assert_string_equal(who.log, "misuse tag_in_use\nmisuse order_field\nmisuse order_field\nmisuse order_field\n"
                               "misuse order_field\nmisuse order_field\nmisuse price_increment\n");
  assert_int_equal(play.totals.orders, 1);
  act_close(&play, &who);
}

static neap_status storm(actor *me, neap_order *order, neap_fault *fault) {
  (void)order;
  (void)fault;
  neap_order_request dear = {.side = NEAP_BUY, .quantity = exactly("1000")};
  neap_order *again = NULL;
  assert_int_equal(neap_desk_place(me->desk, &dear, &again, NULL), NEAP_OK);
  neap_desk_release(me->desk, again);
  me->calls++;
  return NEAP_OK;
}

static neap_status begin_storm(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar;
  return storm(me, NULL, fault);
}

static void a_storm_of_orders_ends_the_run(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = begin_storm, .reject = storm};
  act_init(&play);
  act_bars(&play, 0, HOUR, rising, 5);
  assert_int_equal(act_run(&play, &who), NEAP_STOPPED);
  assert_string_equal(play.fault.code, "callback_storm");
  assert_true(who.calls <= 10000);
  act_close(&play, &who);
}

/* Half of the equity is long already: the second order takes what cash is left, and not the whole equity. */
static neap_status buy_half_then_all(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar;
  (void)fault;
  const neap_order_request half = {.side = NEAP_BUY, .fraction = exactly("0.5")},
                           all = {.side = NEAP_BUY, .fraction = exactly("1")};
  return me->bars > 2 ? NEAP_OK : actor_place(me, me->bars == 1 ? &half : &all, NULL);
}

static void a_fraction_takes_no_more_than_the_cash(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = buy_half_then_all, .fill = note_fill, .reject = note_reject};
  act_init(&play);
  play.product[0].base_increment = dec("0.01");
  play.options.session.fees.taker_bps = dec("10");
  play_rising(&play, &who);
  assert_string_equal(who.log, "01 01:00 #1 buy 47.12 @ 106 of 01 01:00\n01 02:00 #2 buy 45 @ 111 of 01 02:00\n");
  assert_decimal(play.totals.cash, "0.29028");
  act_close(&play, &who);
}

/* What the close sells is gone before the second sale: that one opens, and is judged as such. */
static neap_status close_and_turn(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar;
  neap_order_request long_entry = {.side = NEAP_BUY, .quantity = exactly("90")};
  neap_order_request dear = {.side = NEAP_SELL, .quantity = exactly("96")};
  neap_order_request turn = {.side = NEAP_SELL, .quantity = exactly("80")};
  neap_order *order;
  if (me->bars == 1) return actor_place(me, &long_entry, NULL);
  if (me->bars != 2) return NEAP_OK;
  assert_int_equal(neap_desk_close(me->desk, 0, "", "", &order, fault), NEAP_OK);
  me->held[me->held_count++] = order;
  actor_place(me, &dear, &order);
  assert_string_equal(order->reason.code, "insufficient_funds");
  return actor_place(me, &turn, NULL);
}

static void a_close_and_a_turn_are_two_orders(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = close_and_turn, .fill = note_fill};
  act_init(&play);
  play.product[0].kind = NEAP_MARGIN;
  play_rising(&play, &who);
  assert_string_equal(who.log, "01 01:00 #1 buy 90 @ 106 of 01 01:00\n01 02:00 #2 sell 90 @ 111 of 01 02:00\n"
                               "01 02:00 #4 sell 80 @ 111 of 01 02:00\n");
  act_close(&play, &who);
}

static neap_status cancel_twice(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar;
  neap_order_request rest = {.side = NEAP_BUY, .quantity = exactly("1"), .limit = exactly("50")};
  neap_order *order = me->held_count ? me->held[0] : NULL;
  if (!order) return actor_place(me, &rest, NULL);
  assert_int_equal(neap_desk_cancel(me->desk, order, fault), NEAP_OK);
  return neap_desk_cancel(me->desk, order, fault);
}

static void a_cancel_is_asked_for_once(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = cancel_twice};
  char events[512];
  act_init(&play);
  play_rising(&play, &who);
  assert_string_equal(act_events(&play, "", events, sizeof events),
                      "order_intent decision order_submitted order_accepted order_cancel_requested order_cancelled");
  assert_int_equal(who.held[0]->status, NEAP_ORDER_CANCELLED);
  act_close(&play, &who);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_market_order_fills_at_the_next_open),
      cmocka_unit_test(an_entry_after_a_close_sees_its_cash),
      cmocka_unit_test(too_little_cash_is_refused_at_the_decision_and_at_the_fill),
      cmocka_unit_test(a_failing_callback_keeps_exits_and_cancels_only),
      cmocka_unit_test(a_failing_on_start_ends_the_run),
      cmocka_unit_test(misuse_is_named_and_orders_nothing),
      cmocka_unit_test(a_storm_of_orders_ends_the_run),
      cmocka_unit_test(a_fraction_takes_no_more_than_the_cash),
      cmocka_unit_test(a_close_and_a_turn_are_two_orders),
      cmocka_unit_test(a_cancel_is_asked_for_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
