/* SPDX-License-Identifier: MIT */
/* Orders that leave in slices, in a session: when slices leave, what of them is told, what pause, cancel, a refusal and
 * a halt do, and that the whole is reserved once. */
#include "session/mode.h"
#include "session_support.h"

static act play;
static neap_order_request wish; /* placed once, when the first bar closes */
static neap_order *whole;

static const char *const calm[] = {"100 101 99 100 50", "100 101 99 100 50", "100 101 99 100 50", "100 101 99 100 50",
                                   "100 101 99 100 50", "100 101 99 100 50", "100 101 99 100 50", "100 101 99 100 50"};

static const char *short_text(neap_decimal value) {
  static char text[4][NEAP_DECIMAL_TEXT];
  static unsigned next;
  char *out = text[next++ % 4];
  neap_decimal_format(value, out);
  return out;
}

static neap_status places_once(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar;
  return me->bars == 1 ? actor_place(me, &wish, &whole), (void)fault, NEAP_OK : NEAP_OK;
}

static neap_status tells(actor *me, neap_order *order, neap_fault *fault) {
  (void)fault;
  bool is_whole = order->ticket.execution != NEAP_WHOLE;
  if (is_whole) actor_note(me, "%s %s", neap_order_status_name(order->status), short_text(order->filled));
  return NEAP_OK;
}

static neap_status tells_fill(actor *me, neap_order *order, const neap_fill *fill, neap_fault *fault) {
  char when[16], id[NEAP_ORDER_ID];
  (void)fault;
  neap_desk_order_id(me->desk, order->ticket.slice_of, id);
  if (order->ticket.slice_of) assert_string_equal(id, whole->ticket.id);
  actor_note(me, "fill %s %s", instant(fill->time, when), short_text(fill->quantity));
  return NEAP_OK;
}

static void start(neap_order_request request, neap_execution way) {
  act_init(&play);
  act_bars(&play, 0, 15 * MINUTE, calm, 8);
  assert_int_equal(neap_policy_fixed("advanced", &play.options.session.policy, NULL), NEAP_OK);
  play.product[0].base_increment = dec("0.1");
  request.execution = way;
  wish = request;
}

static void run(actor *who) { act_run_well(&play, who); }

static void check_events(const char *prefix, const char *expected) {
  char text[4096];
  assert_string_equal(act_events(&play, prefix, text, sizeof text), expected);
}

static void check_event(const char *type, unsigned nth, const char *part) {
  char text[2048];
  act_event(&play, type, nth, text, sizeof text);
  if (!strstr(text, part)) fail_msg("%s %u has no %s: %s", type, nth, part, text);
}

static void a_twap_leaves_in_equal_parts_over_time(void **state) {
  (void)state;
  actor who = {.bar = places_once, .order = tells, .fill = tells_fill};
  start((neap_order_request){.quantity = exactly("10"), .slices = 4, .over = 60 * MINUTE, .tag = "big"}, NEAP_TWAP);
  run(&who);
  assert_string_equal(who.log, "open 0\nfill 01 00:15 2.5\npartially_filled 2.5\nfill 01 00:30 2.5\n"
                               "partially_filled 5\nfill 01 00:45 2.5\npartially_filled 7.5\nfill 01 01:00 2.5\n"
                               "filled 10\n");
  assert_decimal(whole->filled, "10");
  assert_decimal(neap_order_average_price(whole), "100");
  check_event("slices_started", 0, "\"slices\":4");
  check_event("slice_cut", 0, "\"quantity\":\"2.5\"");
  check_event("order_intent", 0, "\"execution\":\"twap\"");
  check_event("order_intent", 1, "\"slice_of\":1");
  act_close(&play, &who);
}

static void without_a_number_each_slice_has_a_second_too(void **state) {
  (void)state;
  actor who = {.bar = places_once};
  start((neap_order_request){.quantity = exactly("10"), .over = 3 * NEAP_SECOND}, NEAP_TWAP);
  run(&who);
  check_events("slice_cut", "slice_cut slice_cut slice_cut");
  act_close(&play, &who);
}

static void the_live_engine_refuses_it_by_name(void **state) {
  (void)state;
  actor who = {.bar = places_once, .order = tells};
  start((neap_order_request){.quantity = exactly("10")}, NEAP_TWAP);
  assert_int_equal(neap_policy_fixed("live", &play.options.session.policy, NULL), NEAP_OK);
  run(&who);
  assert_int_equal(whole->status, NEAP_ORDER_REJECTED);
  assert_string_equal(whole->reason.code, "needs_advanced_engine");
  check_events("slice", "");
  act_close(&play, &who);
}

static void an_iceberg_shows_the_next_part_when_one_is_filled(void **state) {
  (void)state;
  actor who = {.bar = places_once, .order = tells};
  start((neap_order_request){.quantity = exactly("5.2"), .limit = exactly("100"), .show = exactly("2")}, NEAP_ICEBERG);
  run(&who);
  assert_string_equal(who.log, "open 0\npartially_filled 2\npartially_filled 4\nfilled 5.2\n");
  check_events("slice", "slices_started slice_cut slice_cut slice_cut");
  act_close(&play, &who);
}

/* A tenth of 50 a bar. */
static void a_vwap_takes_its_share_of_what_trades(void **state) {
  (void)state;
  actor who = {.bar = places_once, .order = tells};
  start((neap_order_request){.quantity = exactly("13")}, NEAP_VWAP);
  run(&who);
  assert_string_equal(who.log, "open 0\npartially_filled 5\npartially_filled 10\nfilled 13\n");
  act_close(&play, &who);
}

static void a_vwap_with_an_end_takes_the_rest_there(void **state) {
  (void)state;
  actor who = {.bar = places_once, .order = tells};
  start((neap_order_request){.quantity = exactly("90"), .share = exactly("0.02"), .over = 40 * MINUTE}, NEAP_VWAP);
  run(&who);
  assert_string_equal(who.log, "open 0\npartially_filled 1\npartially_filled 2\nfilled 90\n");
  act_close(&play, &who);
}

static neap_status cancels_at_third(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  if (me->bars == 3) return neap_desk_cancel(me->desk, whole, fault);
  return places_once(me, bar, fault);
}

/* A limit that nobody meets: the slice that works goes with the rest. */
static void a_cancel_takes_the_slice_and_the_rest(void **state) {
  (void)state;
  actor who = {.bar = cancels_at_third, .order = tells};
  start((neap_order_request){.quantity = exactly("10"), .limit = exactly("98"), .slices = 5, .over = 75 * MINUTE},
        NEAP_TWAP);
  run(&who);
  assert_string_equal(who.log, "open 0\ncancelled 0\n");
  check_events("slice", "slices_started slice_cut slice_cut slice_cut");
  assert_null(neap_desk_next_order(who.desk, NULL));
  act_close(&play, &who);
}

static neap_status pauses(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  bool works = true;
  if (me->bars == 2) assert_int_equal(neap_desk_pause(me->desk, whole, &works, fault), NEAP_OK);
  if (me->bars == 4) assert_int_equal(neap_desk_resume(me->desk, whole, &works, fault), NEAP_OK);
  assert_true(works);
  return places_once(me, bar, fault);
}

static void what_is_paused_leaves_later(void **state) {
  (void)state;
  actor who = {.bar = pauses, .fill = tells_fill};
  start((neap_order_request){.quantity = exactly("10"), .slices = 4, .over = 60 * MINUTE}, NEAP_TWAP);
  run(&who);
  assert_string_equal(who.log, "fill 01 00:15 2.5\nfill 01 01:00 2.5\nfill 01 01:15 2.5\nfill 01 01:30 2.5\n");
  assert_int_equal(whole->status, NEAP_ORDER_FILLED);
  act_close(&play, &who);
}

static neap_status orders_once(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  neap_order_request more = {.quantity = exactly("20")};
  neap_order *order;
  places_once(me, bar, fault);
  if (me->bars != 1) return NEAP_OK;
  actor_place(me, &more, &order);
  actor_note(me, "%s", neap_order_status_name(order->status));
  more.quantity = exactly("10");
  actor_place(me, &more, &order);
  actor_note(me, "%s", neap_order_status_name(order->status));
  return NEAP_OK;
}

/* 10,000 USD: the 90 × 100 that will be bought are spoken for, once. */
static void the_whole_is_reserved(void **state) {
  (void)state;
  actor who = {.bar = orders_once};
  start((neap_order_request){.quantity = exactly("90"), .slices = 3, .over = 45 * MINUTE}, NEAP_TWAP);
  run(&who);
  assert_string_equal(who.log, "rejected\npending\n");
  assert_decimal(whole->filled, "90");
  act_close(&play, &who);
}

static neap_status tells_power(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  neap_decimal power = NEAP_ZERO;
  places_once(me, bar, fault);
  neap_desk_buying_power(me->desk, &power);
  actor_note(me, "%s", short_text(power));
  return NEAP_OK;
}

/* Slices that rest at 98 and what is still to come: 50 × 98 of 10,000, however much of it is out. */
static void what_works_counts_once(void **state) {
  (void)state;
  actor who = {.bar = tells_power};
  start((neap_order_request){.quantity = exactly("50"), .limit = exactly("98"), .slices = 5, .over = 75 * MINUTE},
        NEAP_TWAP);
  play.count[0] = 5;
  run(&who);
  assert_string_equal(who.log, "5100\n5100\n5100\n5100\n5100\n");
  act_close(&play, &who);
}

/* The same order again, at once: of a strategy a slip, of a plan its way. */
static void slices_are_no_duplicates(void **state) {
  (void)state;
  actor who = {.bar = places_once, .order = tells};
  start((neap_order_request){.quantity = exactly("6"), .slices = 6, .over = 60 * NEAP_SECOND}, NEAP_TWAP);
  play.limits.duplicate_window_ms = 60000;
  run(&who);
  assert_decimal(whole->filled, "6");
  check_events("order_rejected", "");
  act_close(&play, &who);
}

static void its_exits_protect_what_is_filled(void **state) {
  char text[1024];
  (void)state;
  actor who = {.bar = places_once, .order = tells};
  start((neap_order_request){.quantity = exactly("9"), .slices = 3, .over = 45 * MINUTE, .stop_loss = exactly("90")},
        NEAP_TWAP);
  play.count[0] = 4;
  act_bar(&play, 0, 60 * MINUTE, "95 96 80 85 50");
  run(&who);
  assert_decimal(whole->filled, "9");
  check_event("order_intent", 2, "\"parent\":1");
  assert_string_equal(act_event(&play, "order_filled", 4, text, sizeof text), "");
  check_event("order_filled", 3, "\"quantity\":\"9\"");
  act_close(&play, &who);
}

static neap_status rejects(actor *me, neap_order *order, neap_fault *fault) {
  (void)fault;
  actor_note(me, "refused %s %s", short_text(order->ticket.quantity), order->reason.code);
  return NEAP_OK;
}

/* Worth 1,000 when it was accepted; then the price is ten times as high. */
static void slices_that_are_refused_end_it_at_the_third(void **state) {
  (void)state;
  actor who = {.bar = places_once, .order = tells, .reject = rejects};
  start((neap_order_request){.quantity = exactly("10"), .slices = 5, .over = 75 * MINUTE}, NEAP_TWAP);
  play.limits.max_trade_value = dec("1000");
  play.count[0] = 2;
  for (int i = 2; i < 8; i++) act_bar(&play, 0, i * 15 * MINUTE, "1000 1001 999 1000 50");
  run(&who);
  assert_string_equal(who.log, "open 0\npartially_filled 2\nrefused 2 max_trade_value\nrefused 2 max_trade_value\n"
                               "refused 2 max_trade_value\ncancelled 2\n");
  assert_string_equal(whole->reason.code, "max_trade_value");
  act_close(&play, &who);
}

static neap_status halts(actor *me, const neap_timer_event *timer, neap_fault *fault) {
  (void)timer, (void)fault;
  actor_note(me, "halt");
  assert_int_equal(neap_session_set_mode(play.session, NEAP_MODE_HALTED, "test", "test", NULL), NEAP_OK);
  return NEAP_OK;
}

static neap_status places_and_waits(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  if (me->bars == 1) neap_desk_after(me->desk, "halt", 20 * MINUTE, fault);
  return places_once(me, bar, fault);
}

static neap_status finds_session(actor *me, neap_fault *fault) {
  (void)fault;
  play.session = *(neap_session **)(void *)me->desk;
  return NEAP_OK;
}

static void a_halt_ends_what_opens(void **state) {
  (void)state;
  actor who = {.start = finds_session, .bar = places_and_waits, .order = tells, .timer = halts};
  start((neap_order_request){.quantity = exactly("10"), .slices = 4, .over = 60 * MINUTE}, NEAP_TWAP);
  run(&who);
  assert_string_equal(who.log, "open 0\npartially_filled 2.5\npartially_filled 5\nhalt\ncancelled 5\n");
  act_close(&play, &who);
}

static neap_status sells_later(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  neap_order_request entry = {.quantity = exactly("10")};
  neap_order *order;
  if (me->bars == 1) actor_place(me, &entry, &order);
  if (me->bars == 2) {
    wish.side = NEAP_SELL;
    neap_desk_after(me->desk, "halt", 20 * MINUTE, fault);
    actor_place(me, &wish, &whole);
  }
  (void)bar;
  return NEAP_OK;
}

static void a_halt_lets_what_reduces_go_on(void **state) {
  (void)state;
  actor who = {.start = finds_session, .bar = sells_later, .order = tells, .timer = halts};
  start((neap_order_request){.quantity = exactly("10"), .slices = 4, .over = 60 * MINUTE, .reduce_only = true},
        NEAP_TWAP);
  run(&who);
  assert_string_equal(who.log,
                      "open 0\npartially_filled 2.5\npartially_filled 5\nhalt\npartially_filled 7.5\nfilled 10\n");
  act_close(&play, &who);
}

static neap_status sells_and_closes(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  neap_order *order = NULL;
  if (me->bars == 4) {
    assert_int_equal(neap_desk_close(me->desk, 0, "out", "", &order, fault), NEAP_OK);
    neap_desk_release(me->desk, order);
  }
  return sells_later(me, bar, fault);
}

static void a_close_takes_the_place_of_what_reduces(void **state) {
  (void)state;
  actor who = {.bar = sells_and_closes, .order = tells};
  start((neap_order_request){.quantity = exactly("10"), .slices = 4, .over = 60 * MINUTE, .reduce_only = true},
        NEAP_TWAP);
  run(&who);
  assert_int_equal(whole->status, NEAP_ORDER_CANCELLED);
  assert_true(neap_decimal_is_zero(neap_desk_position(who.desk, 0)->quantity));
  act_close(&play, &who);
}

/* A venue that holds what a sale may take refuses the close while the slice is there. */
static void a_close_leaves_behind_the_cancel_of_what_works(void **state) {
  (void)state;
  actor who = {.bar = sells_and_closes};
  char text[4096];
  start(
      (neap_order_request){
          .quantity = exactly("10"), .limit = exactly("150"), .show = exactly("3"), .reduce_only = true},
      NEAP_ICEBERG);
  run(&who);
  assert_int_equal(whole->status, NEAP_ORDER_CANCELLED);
  assert_non_null(strstr(act_events(&play, "order_", text, sizeof text),
                         "order_cancel_requested order_cancel_requested order_intent order_cancelled order_cancelled "
                         "order_submitted order_accepted"));
  act_close(&play, &who);
}

static neap_status cancels_and_asks(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  const neap_order_request other = {.quantity = exactly("1"), .limit = exactly("90")};
  if (me->bars == 1) return places_once(me, bar, fault);
  if (me->bars != 2) return NEAP_OK;
  neap_status status = neap_desk_cancel(me->desk, whole, fault);
  return status == NEAP_OK ? actor_place(me, &other, NULL) : status;
}

/* What it holds is free when the next order arrives. */
static void the_cancel_of_its_slice_leaves_before_what_is_asked_for_behind_it(void **state) {
  (void)state;
  char text[4096];
  actor who = {.bar = cancels_and_asks};
  start((neap_order_request){.quantity = exactly("4"), .limit = exactly("90"), .show = exactly("2")}, NEAP_ICEBERG);
  run(&who);
  act_events(&play, "order_", text, sizeof text);
  const char *cancelled = strstr(text, "order_cancelled"), *submitted = strstr(text, "order_submitted");
  submitted = submitted ? strstr(submitted + 1, "order_submitted") : NULL; /* the first is the slice's */
  if (!cancelled || !submitted || submitted < cancelled) fail_msg("%s", text);
  act_close(&play, &who);
}

static void it_ends_at_good_till(void **state) {
  (void)state;
  actor who = {.bar = places_once, .order = tells};
  start((neap_order_request){.quantity = exactly("10"), .slices = 4, .over = 60 * MINUTE}, NEAP_TWAP);
  wish.good_till = MONDAY + 40 * MINUTE;
  run(&who);
  assert_string_equal(who.log, "open 0\npartially_filled 2.5\npartially_filled 5\ncancelled 5\n");
  assert_string_equal(whole->reason.code, "good_till");
  act_close(&play, &who);
}

/* The market has a tenth of 50 for a slice of 10: the rest of it works on beside the next. */
static void what_fills_in_part_is_summed(void **state) {
  (void)state;
  actor who = {.bar = places_once};
  start((neap_order_request){.quantity = exactly("20"), .limit = exactly("100"), .slices = 2, .over = 30 * MINUTE},
        NEAP_TWAP);
  play.options.session.fill_model.volume_share = dec("0.1");
  play.options.session.fees = (neap_fee_schedule){.maker_bps = dec("10"), .taker_bps = dec("10")};
  run(&who);
  assert_decimal(whole->filled, "20");
  assert_decimal(whole->fees, "2");
  assert_int_equal(whole->status, NEAP_ORDER_FILLED);
  act_close(&play, &who);
}

static neap_status misuses(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  const neap_order_request wrong[] = {
      {.quantity = exactly("1"), .slices = 3},
      {.quantity = exactly("1"), .show = exactly("1")},
      {.quantity = exactly("1"), .execution = NEAP_ICEBERG, .limit = exactly("1")},
      {.quantity = exactly("1"), .execution = NEAP_ICEBERG, .show = exactly("1")},
      {.quantity = exactly("1"), .execution = NEAP_TWAP, .stop = exactly("1")},
      {.notional = exactly("1"), .execution = NEAP_TWAP},
      {.quantity = exactly("1"), .execution = NEAP_TWAP, .slices = 1000, .over = MINUTE},
      {.quantity = exactly("1"), .execution = NEAP_VWAP, .share = exactly("1.1")},
      {.quantity = exactly("1"), .execution = NEAP_TWAP, .has_time_in_force = true, .time_in_force = NEAP_IOC}};
  (void)bar;
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    neap_order *order;
    if (neap_desk_place(me->desk, &wrong[i], &order, fault) != NEAP_INVALID) fail_msg("misuse %d is taken", (int)i);
  }
  return NEAP_OK;
}

static void misuse_is_named(void **state) {
  (void)state;
  actor who = {.bar = misuses};
  start((neap_order_request){.quantity = exactly("1")}, NEAP_TWAP);
  run(&who);
  assert_int_equal(play.totals.orders, 0);
  act_close(&play, &who);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_twap_leaves_in_equal_parts_over_time),
      cmocka_unit_test(without_a_number_each_slice_has_a_second_too),
      cmocka_unit_test(the_live_engine_refuses_it_by_name),
      cmocka_unit_test(an_iceberg_shows_the_next_part_when_one_is_filled),
      cmocka_unit_test(a_vwap_takes_its_share_of_what_trades),
      cmocka_unit_test(a_vwap_with_an_end_takes_the_rest_there),
      cmocka_unit_test(a_cancel_takes_the_slice_and_the_rest),
      cmocka_unit_test(what_is_paused_leaves_later),
      cmocka_unit_test(the_whole_is_reserved),
      cmocka_unit_test(what_works_counts_once),
      cmocka_unit_test(slices_are_no_duplicates),
      cmocka_unit_test(its_exits_protect_what_is_filled),
      cmocka_unit_test(slices_that_are_refused_end_it_at_the_third),
      cmocka_unit_test(a_halt_ends_what_opens),
      cmocka_unit_test(a_halt_lets_what_reduces_go_on),
      cmocka_unit_test(a_close_takes_the_place_of_what_reduces),
      cmocka_unit_test(a_close_leaves_behind_the_cancel_of_what_works),
      cmocka_unit_test(the_cancel_of_its_slice_leaves_before_what_is_asked_for_behind_it),
      cmocka_unit_test(it_ends_at_good_till),
      cmocka_unit_test(what_fills_in_part_is_summed),
      cmocka_unit_test(misuse_is_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
