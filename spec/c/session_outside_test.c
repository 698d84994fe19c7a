/* SPDX-License-Identifier: MIT */
/* What a session asks of an order before it goes to a broker outside of the process. */
#include "market/market_feed.h"
#include "session/session_state.h"
#include "session_support.h"
#include "support.h"

static act play;

static struct outside {
  neap_broker broker;
  const neap_broker_sink *sink;
  neap_ticket ticket; /* the latest */
  unsigned submitted;
} venue;

static neap_status submit(void *self, const neap_ticket *ticket, int64_t now, neap_fault *fault) {
  const neap_report report = {.kind = NEAP_REPORT_ACCEPTED, .order = ticket->number};
  (void)self, (void)now, (void)fault;
  venue.ticket = *ticket;
  venue.submitted++;
  venue.sink->report(venue.sink->context, &report);
  return NEAP_OK;
}

static neap_status cancel(void *self, uint64_t order, int64_t now, neap_fault *fault) {
  const neap_report report = {.kind = NEAP_REPORT_CANCELLED, .order = order};
  (void)self, (void)now, (void)fault;
  venue.sink->report(venue.sink->context, &report);
  return NEAP_OK;
}

static void serve(void *self, int64_t now) { (void)self, (void)now; }

static const neap_broker *make(void *self, const neap_broker *simulator, const neap_broker_sink *sink) {
  (void)self, (void)simulator;
  venue.sink = sink;
  venue.broker = (neap_broker){.self = &venue,
                               .name = "outside",
                               .abilities = NEAP_BROKER_EXTERNAL,
                               .submit = submit,
                               .cancel = cancel,
                               .serve = serve};
  return &venue.broker;
}

static void run(actor *who) {
  static const char *const calm[] = {"100 101 99 100 50", "100 101 99 100 50", "100 101 99 100 50"};
  venue = (struct outside){.submitted = 0};
  act_init(&play);
  act_bars(&play, 0, HOUR, calm, 3);
  play.options.session.broker = (neap_broker_maker){.make = make};
  act_run_well(&play, who);
}

static neap_status buys_half(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  const neap_order_request request = {.fraction = exactly("0.5")};
  (void)fault;
  neap_order *order;
  return bar->close_time == MONDAY + HOUR ? actor_place(me, &request, &order) : NEAP_OK;
}

static void a_share_of_equity_is_an_amount_of_quote(void **state) {
  actor who = {.bar = buys_half};
  (void)state;
  run(&who);
  assert_int_equal(venue.submitted, 1);
  assert_int_equal(venue.ticket.sizing, NEAP_BY_NOTIONAL);
  assert_decimal(venue.ticket.notional, "5000");
  act_close(&play, &who);
}

static neap_status buys_where_only_cancels_are_taken(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  const neap_order_request request = {.quantity = exactly("1"), .limit = exactly("90")};
  (void)fault;
  neap_order *order;
  me->desk->session->markets[0].trading = NEAP_TRADING_CANCEL_ONLY;
  return bar->close_time == MONDAY + HOUR ? actor_place(me, &request, &order) : NEAP_OK;
}

static void what_the_venue_would_refuse_is_refused_by_name(void **state) {
  actor who = {.bar = buys_where_only_cancels_are_taken};
  (void)state;
  run(&who);
  assert_int_equal(venue.submitted, 0);
  assert_string_equal(who.held[0]->reason.code, "cancel_only");
  act_close(&play, &who);
}

static neap_status buys_without_a_key_and_with_it(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  neap_order *order;
  const neap_order_request request = {.quantity = exactly("1"), .limit = exactly("90")};
  bool is_open = bar->close_time == MONDAY + 2 * HOUR;
  (void)fault;
  if (bar->close_time > MONDAY + 2 * HOUR) return NEAP_OK;
  venue.sink->access(venue.sink->context, is_open, "auth_failed", "as it is with the key");
  return actor_place(me, &request, &order);
}

static void a_key_that_is_not_let_in_opens_nothing_until_it_is(void **state) {
  actor who = {.bar = buys_without_a_key_and_with_it};
  (void)state;
  run(&who);
  assert_string_equal(who.held[0]->reason.code, "auth_failed");
  assert_string_equal(who.held[0]->reason.check, "venue_access");
  assert_int_equal(venue.submitted, 1);
  act_close(&play, &who);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(a_share_of_equity_is_an_amount_of_quote),
                                     cmocka_unit_test(what_the_venue_would_refuse_is_refused_by_name),
                                     cmocka_unit_test(a_key_that_is_not_let_in_opens_nothing_until_it_is)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
