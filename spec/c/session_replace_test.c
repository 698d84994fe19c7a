/* SPDX-License-Identifier: MIT */
/* Cancel-replace with a venue that answers at once, late, twice, or no: never two live orders of one chain, no quantity
 * lost or doubled. */
#include <stdio.h>

#include "late_venue.h"
#include "session/session_state.h"

static venue market;

static void begin(act *play, venue_manner manner) {
  act_init(play);
  venue_open(&market, play, manner);
}

static void run_bars(act *play, actor *who, const char *const *bars, size_t count) {
  act_bars(play, 0, HOUR, bars, count);
  act_run_well(play, who);
}

#define RUN(play, who, bars) run_bars(play, who, bars, sizeof(bars) / sizeof *(bars))

static const char *const flat[] = {"100 101 99 100 50", "100 101 99 100 50", "100 101 99 100 50", "100 101 99 100 50",
                                   "100 101 99 100 50"};
/* The third bar comes down to 90, with a volume of 4. */
static const char *const dip[] = {"100 101 99 100 50", "100 101 99 100 50", "100 101 89 100 4", "100 101 99 100 50",
                                  "100 101 99 100 50"};

static neap_order *held(const actor *me, unsigned i) { return me->held[i]; }

static neap_order *replace(actor *me, neap_order *old, neap_replacement wish) {
  neap_fault fault = {0};
  neap_order *order = NULL;
  if (neap_desk_replace(me->desk, old, &wish, &order, &fault) != NEAP_OK) {
    actor_note(me, "misuse %s", fault.message);
    return NULL;
  }
  me->held[me->held_count++] = order;
  return order;
}

static neap_status buy_at(actor *me, const char *quantity, const char *limit) {
  neap_order_request request = {.side = NEAP_BUY, .quantity = exactly(quantity), .limit = exactly(limit), .tag = "bid"};
  return actor_place(me, &request, NULL);
}

static neap_status buy_then_lower(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar, (void)fault;
  if (me->bars == 1) return buy_at(me, "8", "90");
  if (me->bars == 2) {
    neap_order *order = replace(me, held(me, 0), (neap_replacement){.limit = exactly("80")});
    assert_int_equal(order->status, NEAP_ORDER_PENDING);
    assert_ptr_equal(neap_desk_order_by_tag(me->desk, "bid"), order);
    neap_desk_release(me->desk, order);
  }
  if (me->bars == 4) venue_answer(&market);
  return NEAP_OK;
}

static void check(const act *play, const char *prefix, const char *expected) {
  char text[2048];
  assert_string_equal(act_events(play, prefix, text, sizeof text), expected);
}

static void the_new_order_keeps_the_side_and_leaves_behind_the_confirmed_cancel(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = buy_then_lower};
  char text[1024];
  begin(&play, AT_ONCE);
  RUN(&play, &who, flat);
  check(&play, "",
        "order_intent decision order_submitted order_accepted order_intent decision order_cancel_requested "
        "order_cancelled decision order_submitted order_accepted order_cancel_requested order_cancelled");
  const neap_order *old = held(&who, 0), *new = held(&who, 1);
  assert_int_equal(new->ticket.side, NEAP_BUY);
  assert_decimal(new->ticket.limit, "80");
  assert_decimal(new->ticket.quantity, "8");
  assert_true(old->replaced_by == 2 && new->replaces == 1 && !new->waits);
  assert_non_null(strstr(act_event(&play, "order_intent", 1, text, sizeof text), "\"replaces\":1"));
  assert_non_null(strstr(act_event(&play, "order_cancel_requested", 0, text, sizeof text), "\"replaced_by\":2"));
  assert_non_null(strstr(act_event(&play, "decision", 2, text, sizeof text), "\"after_cancel\":true"));
  act_close(&play, &who);
}

static void what_filled_meanwhile_is_taken_off(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = buy_then_lower};
  begin(&play, LATE);
  play.options.session.fill_model.volume_share = dec("0.5");
  RUN(&play, &who, dip); /* two of the eight fill in the third bar, one before the answer */
  assert_decimal(held(&who, 0)->filled, "2");
  assert_int_equal(held(&who, 0)->status, NEAP_ORDER_CANCELLED);
  assert_decimal(held(&who, 1)->ticket.quantity, "6");
  assert_int_equal(market.submitted, 2);
  act_close(&play, &who);
}

static void an_old_order_that_filled_whole_leaves_nothing_to_replace(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = buy_then_lower};
  begin(&play, LATE);
  RUN(&play, &who, dip);
  assert_int_equal(held(&who, 0)->status, NEAP_ORDER_FILLED);
  assert_int_equal(held(&who, 1)->status, NEAP_ORDER_CANCELLED);
  assert_string_equal(held(&who, 1)->reason.code, "nothing_to_replace");
  assert_int_equal(market.submitted, 1);
  act_close(&play, &who);
}

static neap_status note_reject(actor *me, neap_order *order, neap_fault *fault) {
  (void)fault;
  actor_note(me, "rejected #%d %s", (int)order->ticket.number, order->reason.code);
  return NEAP_OK;
}

static void a_refused_cancel_leaves_the_old_order_alone(void **state) {
  (void)state;
  static const venue_manner manners[] = {REFUSES, SAYS_NO_LATER};
  static act play;
  for (unsigned i = 0; i < 2; i++) {
    actor who = {.bar = buy_then_lower, .reject = note_reject};
    begin(&play, manners[i]);
    RUN(&play, &who, flat);
    assert_string_equal(who.log, "rejected #2 cancel_refused\n");
    assert_int_equal(market.submitted, 1);
    assert_true(held(&who, 0)->replaced_by == 0);
    act_close(&play, &who);
  }
}

static neap_status answer_twice(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  const neap_report gone = {.kind = NEAP_REPORT_CANCELLED, .order = 1};
  if (me->bars == 4) {
    venue_answer(&market);
    session_report(me->desk->session, &gone);
    return NEAP_OK;
  }
  return buy_then_lower(me, bar, fault);
}

static void a_second_answer_sends_nothing(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = answer_twice};
  char text[1024];
  begin(&play, LATE);
  RUN(&play, &who, flat);
  assert_int_equal(market.submitted, 2);
  assert_non_null(strstr(act_event(&play, "transition_refused", 0, text, sizeof text), "no working order"));
  act_close(&play, &who);
}

static neap_status ask_too_much(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar, (void)fault;
  if (me->bars == 1) return buy_at(me, "60", "90");
  if (me->bars != 2) return NEAP_OK;
  neap_order *dear = replace(me, held(me, 0), (neap_replacement){.quantity = exactly("120")});
  assert_int_equal(dear->status, NEAP_ORDER_REJECTED);
  assert_true(order_is_staying(held(me, 0)));
  assert_true(held(me, 0)->replaced_by == 0);
  neap_order *fits = replace(me, held(me, 0), (neap_replacement){.quantity = exactly("110")});
  assert_int_equal(fits->status, NEAP_ORDER_PENDING); /* 9,900 of 10,000: the old 5,400 do not count */
  return NEAP_OK;
}

static void the_checks_judge_the_new_order_without_the_old_one(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = ask_too_much, .reject = note_reject};
  begin(&play, AT_ONCE);
  RUN(&play, &who, flat);
  assert_string_equal(who.log, "rejected #2 insufficient_funds\n");
  assert_int_equal(market.submitted, 2);
  act_close(&play, &who);
}

static neap_status buy_and_change_mind(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar, (void)fault;
  if (me->bars > 1) return NEAP_OK;
  buy_at(me, "1", "90");
  neap_order *second = replace(me, held(me, 0), (neap_replacement){.limit = exactly("85")});
  assert_int_equal(held(me, 0)->status, NEAP_ORDER_CANCELLED);
  replace(me, second, (neap_replacement){.limit = exactly("80"), .quantity = exactly("2")});
  return NEAP_OK;
}

static void an_order_of_the_same_callback_never_leaves(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = buy_and_change_mind};
  begin(&play, AT_ONCE);
  RUN(&play, &who, flat);
  assert_int_equal(market.submitted, 1);
  assert_string_equal(held(&who, 0)->reason.code, "replaced");
  assert_decimal(held(&who, 2)->ticket.limit, "80");
  check(&play, "order_",
        "order_intent order_cancelled order_intent order_cancelled order_intent order_submitted order_accepted "
        "order_cancel_requested order_cancelled");
  act_close(&play, &who);
}

static neap_status replace_twice(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar, (void)fault;
  if (me->bars == 1) return buy_at(me, "8", "90");
  if (me->bars == 2) replace(me, held(me, 0), (neap_replacement){.limit = exactly("85")});
  if (me->bars == 3) replace(me, held(me, me->calls ? 0 : 1), (neap_replacement){.limit = exactly("80")});
  if (me->bars == 4) venue_answer(&market);
  return NEAP_OK;
}

static void one_that_waits_is_replaced_by_one_that_waits_in_its_place(void **state) {
  (void)state;
  static act play;
  for (unsigned by_first = 0; by_first < 2; by_first++) {
    actor who = {.bar = replace_twice, .calls = by_first};
    begin(&play, LATE);
    play.options.session.fill_model.volume_share = dec("0.5");
    RUN(&play, &who, dip);
    assert_int_equal(market.submitted, 2);
    assert_int_equal(held(&who, 1)->status, NEAP_ORDER_CANCELLED);
    assert_decimal(held(&who, 1)->filled, "0");
    assert_true(held(&who, 2)->replaces == 1 && held(&who, 0)->replaced_by == 3);
    assert_decimal(held(&who, 2)->ticket.quantity, "6");
    assert_decimal(held(&who, 2)->ticket.limit, "80");
    act_close(&play, &who);
  }
}

/* Two of the eight have filled when a whole of six is wanted, and wanted again. */
static neap_status want_six_twice(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar, (void)fault;
  if (me->bars == 1) return buy_at(me, "8", "90");
  if (me->bars == 3) {
    neap_order *first = replace(me, held(me, 0), (neap_replacement){.quantity = exactly("6")});
    assert_ptr_equal(replace(me, held(me, 0), (neap_replacement){.quantity = exactly("6")}), first);
    replace(me, held(me, 0), (neap_replacement){.quantity = exactly("5")});
  }
  if (me->bars == 4) venue_answer(&market);
  return NEAP_OK;
}

static void a_whole_wanted_twice_of_the_same_order_is_that_whole(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = want_six_twice};
  begin(&play, LATE);
  play.options.session.fill_model.volume_share = dec("0.5");
  RUN(&play, &who, dip);
  assert_decimal(held(&who, 0)->filled, "2");
  assert_decimal(held(&who, 1)->ticket.quantity, "4");
  assert_decimal(held(&who, 3)->ticket.quantity, "3");
  assert_int_equal(market.submitted, 2);
  act_close(&play, &who);
}

static neap_status replace_then_cancel(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar;
  if (me->bars == 1) return buy_at(me, "8", "90");
  if (me->bars == 2) replace(me, held(me, 0), (neap_replacement){.limit = exactly("85")});
  if (me->bars == 3 || (me->bars == 2 && me->calls))
    assert_int_equal(neap_desk_cancel(me->desk, held(me, me->calls ? 1 : 0), fault), NEAP_OK);
  if (me->bars == 4) venue_answer(&market);
  return NEAP_OK;
}

static void a_cancel_reaches_the_one_that_waits(void **state) {
  (void)state;
  static act play;
  for (unsigned at_once = 0; at_once < 2; at_once++) {
    actor who = {.bar = replace_then_cancel, .calls = at_once};
    begin(&play, at_once ? AT_ONCE : LATE);
    RUN(&play, &who, flat);
    assert_int_equal(market.submitted, 1);
    assert_int_equal(held(&who, 0)->status, NEAP_ORDER_CANCELLED);
    assert_int_equal(held(&who, 1)->status, NEAP_ORDER_CANCELLED);
    act_close(&play, &who);
  }
}

static neap_status replace_and_fail(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar;
  if (me->bars == 1) return buy_at(me, "8", "90");
  if (me->bars > 2) return NEAP_OK;
  replace(me, held(me, 0), (neap_replacement){.limit = exactly("85")});
  return neap_fail(fault, NEAP_INVALID, "slip", "after the replace");
}

static void a_callback_that_fails_leaves_the_old_order_as_it_was(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = replace_and_fail};
  begin(&play, AT_ONCE);
  play.options.session.quarantine = true;
  RUN(&play, &who, flat);
  assert_true(held(&who, 0)->replaced_by == 0);
  check(&play, "order_",
        "order_intent order_submitted order_accepted order_cancel_requested order_cancelled"); /* of the quarantine */
  act_close(&play, &who);
}

static neap_status protect(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar;
  const neap_order_request entry = {.side = NEAP_BUY, .quantity = exactly("2"), .stop_loss = exactly("80")};
  if (me->bars == 1) return actor_place(me, &entry, NULL);
  if (me->bars == 2) {
    neap_order *stop = neap_desk_next_order(me->desk, NULL);
    assert_int_equal(stop->ticket.type, NEAP_STOP);
    neap_order *moved = replace(me, stop, (neap_replacement){.stop = exactly("95")});
    assert_true(moved->ticket.reduce_only && moved->parent == 1);
    assert_null(replace(me, moved, (neap_replacement){.quantity = exactly("1")}));
    assert_null(replace(me, moved, (neap_replacement){.limit = exactly("1")}));
  }
  (void)fault;
  return NEAP_OK;
}

static void an_attached_exit_moves_and_still_protects(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = protect};
  begin(&play, AT_ONCE);
  RUN(&play, &who, dip);
  assert_non_null(strstr(who.log, "quantity of an attached exit"));
  assert_non_null(strstr(who.log, "limit is not a price of this order"));
  assert_decimal(play.totals.cash, "9990"); /* in at 100, out at 95 */
  act_close(&play, &who);
}

static neap_status when_it_ended(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar, (void)fault;
  if (me->bars == 1) return buy_at(me, "1", "200");
  if (me->bars == 3) replace(me, held(me, 0), (neap_replacement){.limit = exactly("80")});
  return NEAP_OK;
}

static void an_order_that_ended_has_nothing_to_replace(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = when_it_ended};
  begin(&play, AT_ONCE);
  RUN(&play, &who, flat);
  assert_string_equal(held(&who, 1)->reason.code, "nothing_to_replace");
  assert_int_equal(held(&who, 1)->status, NEAP_ORDER_CANCELLED);
  assert_int_equal(market.submitted, 1);
  act_close(&play, &who);
}

/* A rise between both looks: what was affordable is so no more. */
static const char *const rise[] = {"100 101 99 100 50", "100 101 99 100 50", "100 101 99 100 50", "300 301 299 300 50",
                                   "300 301 299 300 50"};

static neap_status swell(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar, (void)fault;
  const neap_order_request stop = {.side = NEAP_BUY, .quantity = exactly("10"), .limit = exactly("90")};
  if (me->bars == 1) return actor_place(me, &stop, NULL);
  if (me->bars == 2) replace(me, held(me, 0), (neap_replacement){.limit = exactly("95")});
  if (me->bars == 4) venue_answer(&market);
  return NEAP_OK;
}

static void the_second_look_sees_the_market_of_that_moment(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = swell, .reject = note_reject};
  begin(&play, LATE);
  play.limits.price_collar_bps = 3000;
  RUN(&play, &who, rise);
  assert_string_equal(who.log, "rejected #2 price_collar\n");
  assert_int_equal(market.submitted, 1);
  act_close(&play, &who);
}

static neap_status replace_then_end(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  const neap_report end = {.kind = me->calls ? NEAP_REPORT_REJECTED : NEAP_REPORT_EXPIRED, .order = 1};
  if (me->bars == 3) session_report(me->desk->session, &end);
  return me->bars > 2 ? NEAP_OK : buy_then_lower(me, bar, fault);
}

/* Only what our own cancel took back is asked for anew. */
static void an_end_that_nobody_asked_for_leaves_nothing_to_replace(void **state) {
  (void)state;
  static act play;
  for (unsigned rejects = 0; rejects < 2; rejects++) {
    actor who = {.bar = replace_then_end, .calls = rejects};
    begin(&play, LATE);
    RUN(&play, &who, flat);
    assert_int_equal(held(&who, 0)->status, rejects ? NEAP_ORDER_REJECTED : NEAP_ORDER_EXPIRED);
    assert_string_equal(held(&who, 1)->reason.code, "nothing_to_replace");
    assert_int_equal(market.submitted, 1);
    act_close(&play, &who);
  }
}

static const struct {
  const char *quantity, *limit, *counted;
} sizes[] = {{"60", "80", "5400"},   /* within the old one, which counts */
             {"110", "90", "9900"},  /* the old one is within it */
             {"65", "80", "10600"}}; /* more of a lower price: neither is within the other */

static neap_status resize_some(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar, (void)fault;
  const neap_session *session = me->desk->session;
  if (me->bars == 1) return buy_at(me, "60", "90");
  if (me->bars != 2) return NEAP_OK;
  neap_replacement wish = {.quantity = exactly(sizes[me->calls].quantity), .limit = exactly(sizes[me->calls].limit)};
  assert_int_equal(replace(me, held(me, 0), wish)->status, NEAP_ORDER_PENDING);
  assert_decimal(desk_holdings(session, 0)->open[NEAP_BUY].value, sizes[me->calls].counted);
  assert_decimal(desk_holdings(session, session->desk_count)->open[NEAP_BUY].value, sizes[me->calls].counted);
  return NEAP_OK;
}

static void the_larger_of_both_counts_and_both_where_neither_is(void **state) {
  (void)state;
  static act play;
  for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    actor who = {.bar = resize_some, .calls = i};
    begin(&play, LATE);
    RUN(&play, &who, flat);
    assert_int_equal(who.held_count, 2);
    act_close(&play, &who);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_new_order_keeps_the_side_and_leaves_behind_the_confirmed_cancel),
      cmocka_unit_test(what_filled_meanwhile_is_taken_off),
      cmocka_unit_test(an_old_order_that_filled_whole_leaves_nothing_to_replace),
      cmocka_unit_test(an_end_that_nobody_asked_for_leaves_nothing_to_replace),
      cmocka_unit_test(the_larger_of_both_counts_and_both_where_neither_is),
      cmocka_unit_test(a_refused_cancel_leaves_the_old_order_alone),
      cmocka_unit_test(a_second_answer_sends_nothing),
      cmocka_unit_test(the_checks_judge_the_new_order_without_the_old_one),
      cmocka_unit_test(an_order_of_the_same_callback_never_leaves),
      cmocka_unit_test(one_that_waits_is_replaced_by_one_that_waits_in_its_place),
      cmocka_unit_test(a_whole_wanted_twice_of_the_same_order_is_that_whole),
      cmocka_unit_test(a_cancel_reaches_the_one_that_waits),
      cmocka_unit_test(a_callback_that_fails_leaves_the_old_order_as_it_was),
      cmocka_unit_test(an_attached_exit_moves_and_still_protects),
      cmocka_unit_test(an_order_that_ended_has_nothing_to_replace),
      cmocka_unit_test(the_second_look_sees_the_market_of_that_moment)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
