/* SPDX-License-Identifier: MIT */
/* A resumed session and a broker outside of the process, which is asked for what it may have been sent. */
#include <string.h>

#include "kept_journal.h"
#include "session/state.h"
#include "session/state_parts.h"
#include "store_support.h"

static journal book;
static act play;

static const char *const calm[] = {"100 101 99 100 50", "100 101 99 100 50", "100 101 99 100 50"};

static struct outside {
  neap_broker broker;
  const neap_broker_sink *sink;
  uint64_t asked[16]; /* restored, and not answered */
  bool unwanted[16];  /* a cancel waits for its answer */
  unsigned count, submitted, cancelled;
  bool has_nothing; /* the venue never had what it is asked for */
  bool fills;       /* what it is asked for has filled */
  const actor *who; /* who has to have heard of that before anything leaves */
} venue;

static void answer(uint64_t order, neap_report_kind kind) {
  const neap_report report = {.kind = kind, .order = order};
  venue.sink->report(venue.sink->context, &report);
}

static void tell_fill(uint64_t order) {
  neap_report report = {.kind = NEAP_REPORT_FILL, .order = order, .last = true, .cumulative = dec("2")};
  report.fill = (neap_fill){
      .order = order, .side = NEAP_BUY, .price = dec("90"), .quantity = dec("2"), .fee = NEAP_ZERO, .time = MONDAY};
  venue.sink->report(venue.sink->context, &report);
}

static neap_status submit(void *self, const neap_ticket *ticket, int64_t now, neap_fault *fault) {
  (void)self, (void)now, (void)fault;
  if (venue.who) assert_int_equal(venue.who->calls, 1);
  venue.submitted++;
  answer(ticket->number, NEAP_REPORT_ACCEPTED);
  return NEAP_OK;
}

static neap_status cancel(void *self, uint64_t order, int64_t now, neap_fault *fault) {
  (void)self, (void)now, (void)fault;
  venue.cancelled++;
  for (unsigned i = 0; i < venue.count; i++)
    if (venue.asked[i] == order) return venue.unwanted[i] = true, NEAP_OK;
  answer(order, NEAP_REPORT_CANCELLED);
  return NEAP_OK;
}

static neap_status restore(void *self, const neap_order *order, neap_fault *fault) {
  (void)self, (void)fault;
  venue.asked[venue.count++] = order->ticket.number;
  return NEAP_OK;
}

static void serve(void *self, int64_t now) {
  (void)self, (void)now;
  unsigned count = venue.count;
  venue.count = 0;
  for (unsigned i = 0; i < count; i++) {
    answer(venue.asked[i], NEAP_REPORT_IN_DOUBT);
    answer(venue.asked[i], venue.has_nothing ? NEAP_REPORT_LOST : NEAP_REPORT_ACCEPTED);
    if (venue.fills) tell_fill(venue.asked[i]);
    if (venue.unwanted[i] && !venue.has_nothing) answer(venue.asked[i], NEAP_REPORT_CANCELLED);
  }
}

static const neap_broker *make(void *self, const neap_broker *simulator, const neap_broker_sink *sink) {
  (void)self, (void)simulator;
  venue.sink = sink;
  venue.broker = (neap_broker){.self = &venue,
                               .name = "outside",
                               .abilities = NEAP_BROKER_EXTERNAL,
                               .submit = submit,
                               .cancel = cancel,
                               .restore = restore,
                               .serve = serve};
  return &venue.broker;
}

static neap_status buys(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  neap_order_request request = {.quantity = exactly("2"), .limit = exactly("90")};
  (void)fault;
  neap_order *order;
  return bar->close_time == MONDAY + HOUR ? actor_place(me, &request, &order) : NEAP_OK;
}

static neap_status changes_its_mind(actor *me, const neap_bar_event *bars, uint32_t count, neap_fault *fault) {
  (void)count;
  return bars[0].close_time == MONDAY + HOUR ? neap_desk_cancel(me->desk, me->held[0], fault) : NEAP_OK;
}

static void start_play(bool has_nothing) {
  memset(&venue, 0, sizeof venue);
  venue.has_nothing = has_nothing;
  act_init(&play);
  act_bars(&play, 0, HOUR, calm, 3);
  play.options.session.broker = (neap_broker_maker){.make = make};
}

/* Runs, then goes on behind the first event of that type as if it had been killed there. */
static void go_on_behind(const char *type, bool has_nothing, const place *at, actor *who) {
  start_play(false);
  act_run_well(&play, who);
  journal_keep(&book, &play);
  act_close(&play, who);
  size_t count = 0;
  while (count < book.count && strcmp(book.event[count].type, type) != 0) count++;
  assert_true(count < book.count);
  start_play(has_nothing);
  journal_write(&book, count + 1, at->path);
  play.options.session.store_path = at->path;
  play.options.session.resume = true;
  act_run_well(&play, who);
}

/* What is written is what was done: the store says so. */
static void close_and_replay(const place *at, actor *who) {
  neap_state *state = NULL;
  neap_replay_report report;
  neap_fault fault = {0};
  act_close(&play, who);
  if (neap_state_replay(at->path, 0, true, &state, &report, &fault) != NEAP_OK) fail_msg("%s", fault.message);
  assert_null(state->first); /* nothing works any more */
  neap_state_free(state);
  remove_store(at);
  journal_forget(&book);
}

static void check_events(const char *prefix, const char *expected) {
  char text[1024];
  assert_string_equal(act_events(&play, prefix, text, sizeof text), expected);
}

static void what_was_durable_is_asked_about(void **state) {
  actor who = {.bar = buys};
  go_on_behind("decision", false, *state, &who);
  check_events("order_", "order_submitted order_in_doubt order_accepted order_cancel_requested order_cancelled");
  assert_int_equal(venue.submitted, 0); /* it is there: it is not sent a second time */
  close_and_replay(*state, &who);
}

static void an_entry_that_the_venue_never_had_is_over(void **state) {
  char text[512];
  actor who = {.bar = buys};
  go_on_behind("decision", true, *state, &who);
  check_events("order_", "order_submitted order_in_doubt order_rejected");
  assert_non_null(strstr(act_event(&play, "order_rejected", 0, text, sizeof text), "not_sent"));
  close_and_replay(*state, &who);
}

/* The cancel was asked for at the instant's end, before anything had left: it is one cancel, before and after. */
static void a_cancel_from_before_it_left_is_asked_for_once(void **state) {
  actor who = {.bar = buys, .slice = changes_its_mind};
  go_on_behind("order_cancel_requested", false, *state, &who);
  check_events("order_cancel_r", "");
  assert_int_equal(venue.cancelled, 1);
  close_and_replay(*state, &who);
}

static void and_is_gone_where_the_venue_never_had_it(void **state) {
  actor who = {.bar = buys, .slice = changes_its_mind};
  go_on_behind("order_cancel_requested", true, *state, &who);
  check_events("order_", "order_submitted order_in_doubt order_cancelled");
  close_and_replay(*state, &who);
}

static neap_status buys_with_a_stop(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  neap_order_request request = {.quantity = exactly("2"), .limit = exactly("90"), .stop_loss = exactly("80")};
  (void)fault;
  neap_order *order;
  return bar->close_time == MONDAY + HOUR ? actor_place(me, &request, &order) : NEAP_OK;
}

static neap_status hears(actor *me, neap_order *order, const neap_fill *news, neap_fault *fault) {
  (void)order, (void)news, (void)fault;
  me->calls++;
  return NEAP_OK;
}

/* The exit that the fill calls for leaves when the strategy has heard of the fill, and what it keeps of that is
 * durable: killed between, it would never hear. */
static void what_filled_meanwhile_is_heard_before_anything_leaves(void **state) {
  const place *at = *state;
  actor who = {.bar = buys_with_a_stop, .fill = hears};
  start_play(false);
  act_run_well(&play, &who);
  journal_keep(&book, &play);
  act_close(&play, &who);
  size_t count = 0;
  while (strcmp(book.event[count].type, "order_accepted") != 0) count++;
  start_play(false);
  venue.fills = true;
  venue.who = &who;
  who.calls = 0;
  journal_write(&book, count + 1, at->path);
  play.options.session.store_path = at->path;
  play.options.session.resume = true;
  act_run_well(&play, &who);
  assert_int_equal(venue.submitted, 1);
  close_and_replay(at, &who);
}

/* Killed before its first event was durable it has a store, and in it nothing: it begins, with its money. */
static void a_store_without_events_is_begun_with_all_the_cash(void **state) {
  const place *at = *state;
  const neap_event_store_options empty = {.path = at->path, .run = "backtest"};
  neap_event_store *store;
  actor who = {.bar = buys};
  assert_int_equal(neap_event_store_create(&empty, &store, NULL), NEAP_OK);
  neap_event_store_close(store, NULL);
  start_play(false);
  play.options.session.store_path = at->path;
  play.options.session.resume = play.options.session.start_if_empty = true;
  act_run_well(&play, &who);
  assert_decimal(play.totals.cash, "10000");
  close_and_replay(at, &who);
}

#define WITH_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int main(void) {
  const struct CMUnitTest tests[] = {WITH_PLACE(what_was_durable_is_asked_about),
                                     WITH_PLACE(an_entry_that_the_venue_never_had_is_over),
                                     WITH_PLACE(a_cancel_from_before_it_left_is_asked_for_once),
                                     WITH_PLACE(and_is_gone_where_the_venue_never_had_it),
                                     WITH_PLACE(what_filled_meanwhile_is_heard_before_anything_leaves),
                                     WITH_PLACE(a_store_without_events_is_begun_with_all_the_cash)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
