/* SPDX-License-Identifier: MIT */
/* Triggers in a session: killed around the firing, brokers that answer late, twice or at once, and anything at random:
 * no trigger after its order's end, none without an order, each fired once and sent once. */
#include <stdlib.h>

#include "kept_journal.h"
#include "random_support.h"
#include "store_support.h"

static journal book;
static act play;

/* An entry by a stop with a stop behind it, neither of which the broker has. */
static neap_status buys_by_a_stop(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  const neap_order_request request = {
      .side = NEAP_BUY, .quantity = exactly("2"), .stop = exactly("110"), .stop_loss = exactly("90")};
  neap_order *order = NULL;
  (void)fault;
  if (bar->close_time != MONDAY + HOUR) return NEAP_OK;
  neap_status status = neap_desk_place(me->desk, &request, &order, NULL);
  if (order) neap_desk_release(me->desk, order);
  return status;
}

static const char *const up_and_down[] = {"100 101 99 100 50",  "100 101 99 100 50", "112 113 112 112 50",
                                          "112 113 111 112 50", "85 86 84 85 50",    "85 86 84 85 50"};

static void start_play(void) {
  act_init(&play);
  act_lack(&play, "stop stop_limit trailing_stop");
  act_bars(&play, 0, HOUR, up_and_down, 6);
}

static size_t through(const char *type, unsigned nth) {
  for (size_t i = 0; i < book.count; i++)
    if (strcmp(book.event[i].type, type) == 0 && --nth == 0) return i + 1;
  fail_msg("there is no such %s", type);
  return 0;
}

static void check_events(const char *prefix, const char *expected) {
  char text[2048];
  assert_string_equal(act_events(&play, prefix, text, sizeof text), expected);
}

static void keep_whole(void) {
  actor who = {.bar = buys_by_a_stop};
  start_play();
  assert_int_equal(act_run(&play, &who), NEAP_OK);
  check_events("trigger", "trigger_set trigger_fired trigger_set trigger_fired");
  assert_int_equal(play.totals.fills, 2);
  assert_decimal(play.totals.cash, "9946"); /* in at 112, out at 85 */
  journal_keep(&book, &play);
  act_close(&play, &who);
}

static void resume(const place *at, size_t count, actor *who) {
  start_play();
  journal_write(&book, count, at->path);
  play.options.session.store_path = at->path;
  play.options.session.resume = true;
  act_run_well(&play, who);
}

static void killed_behind_the_firing_it_leaves_once(void **state) {
  static const char *const behind[] = {"trigger_fired", "order_submitted", "order_accepted"};
  static const char *const sent[][2] = {
      {"order_submitted order_submitted", "order_submitted"}, {"order_submitted", ""}, {"order_submitted", ""}};
  keep_whole();
  for (int i = 0; i < 3; i++)
    for (unsigned nth = 1; nth <= 2; nth++) {
      actor who = {.bar = buys_by_a_stop};
      resume(*state, through(behind[i], nth), &who);
      check_events("order_submitted", sent[i][nth - 1]);
      check_events("trigger_fired", nth == 1 ? "trigger_fired" : "");
      check_events("order_rejected", "");
      assert_decimal(play.totals.cash, "9946");
      act_close(&play, &who);
      remove_store(*state);
    }
  journal_forget(&book);
}

static void killed_while_it_is_watched_it_is_watched_again(void **state) {
  keep_whole();
  for (unsigned nth = 1; nth <= 2; nth++) {
    actor who = {.bar = buys_by_a_stop};
    resume(*state, through("trigger_set", nth), &who);
    check_events("trigger_fired", nth == 1 ? "trigger_fired trigger_fired" : "trigger_fired");
    assert_decimal(play.totals.cash, "9946");
    act_close(&play, &who);
    remove_store(*state);
  }
  journal_forget(&book);
}

static void an_entry_that_fired_stays_away_when_nobody_may_enter(void **state) {
  char text[512];
  actor who = {.bar = buys_by_a_stop};
  keep_whole();
  start_play();
  play.limits.kill_switch_enabled = true;
  journal_write(&book, through("trigger_fired", 1), ((const place *)*state)->path);
  play.options.session.store_path = ((const place *)*state)->path;
  play.options.session.resume = true;
  act_run_well(&play, &who);
  check_events("order_submitted", "");
  assert_non_null(strstr(act_event(&play, "order_cancelled", 0, text, sizeof text), "not_sent"));
  act_close(&play, &who);
  remove_store(*state);
  journal_forget(&book);
}

/* A venue without stops that does what a test wants; the simulator hears nothing. */
static struct venue {
  neap_broker broker;
  neap_broker_abilities orders;
  const neap_broker_sink *sink;
  uint64_t sent[16];
  neap_ticket ticket[16];
  unsigned count, cancels;
  bool fills_at_once, is_durable;
  uint64_t durable; /* events on the disk when the latest order came */
} venue;

static void tell(neap_report_kind kind, uint64_t number, const char *quantity) {
  neap_report report = {.kind = kind, .order = number};
  if (kind == NEAP_REPORT_FILL)
    report.fill = (neap_fill){.order = number,
                              .side = venue.ticket[venue.count - 1].side,
                              .price = dec("100"),
                              .quantity = dec(quantity),
                              .time = MONDAY};
  venue.sink->report(venue.sink->context, &report);
}

static neap_status take(void *self, const neap_ticket *ticket, int64_t now, neap_fault *fault) {
  (void)self, (void)now, (void)fault;
  venue.sent[venue.count] = ticket->number;
  venue.ticket[venue.count++] = *ticket;
  if (play.session) venue.durable = neap_event_store_durable(neap_session_store(play.session));
  if (venue.fills_at_once) tell(NEAP_REPORT_FILL, ticket->number, "2");
  return NEAP_OK;
}

static neap_status take_cancel(void *self, uint64_t number, int64_t now, neap_fault *fault) {
  (void)self, (void)number, (void)now, (void)fault;
  venue.cancels++;
  return NEAP_OK;
}

static const neap_broker *make_venue(void *self, const neap_broker *simulator, const neap_broker_sink *sink) {
  (void)self;
  venue.sink = sink;
  venue.orders = *simulator->orders;
  venue.orders.times[NEAP_STOP] = venue.orders.times[NEAP_TRAILING_STOP] = 0;
  venue.broker = *simulator;
  venue.broker.name = "venue";
  venue.broker.orders = &venue.orders;
  venue.broker.submit = take;
  venue.broker.cancel = take_cancel;
  return &venue.broker;
}

static void start_at_venue(const char *const *bars, size_t count) {
  memset(&venue, 0, sizeof venue);
  act_init(&play);
  act_bars(&play, 0, HOUR, bars, count);
  play.options.session.broker = (neap_broker_maker){NULL, make_venue};
}

static neap_status answers_late(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  const neap_order_request request = {.side = NEAP_BUY, .quantity = exactly("2"), .stop = exactly("110")};
  (void)bar, (void)fault;
  if (me->bars == 1) return actor_place(me, &request, NULL);
  if (me->bars == 2) { /* the venue cannot know it yet */
    tell(NEAP_REPORT_ACCEPTED, 1, NULL);
    venue.count = 1;
    tell(NEAP_REPORT_FILL, 1, "2");
    venue.count = 0;
    assert_int_equal(me->held[0]->status, NEAP_ORDER_WATCHED);
  }
  if (me->bars == 3) tell(NEAP_REPORT_FILL, 1, "0.5");
  if (me->bars == 4) tell(NEAP_REPORT_ACCEPTED, 1, NULL), tell(NEAP_REPORT_ACCEPTED, 1, NULL);
  if (me->bars == 5) tell(NEAP_REPORT_FILL, 1, "1.5"), tell(NEAP_REPORT_FILL, 1, "1.5");
  return NEAP_OK;
}

static void late_and_repeated_answers_fire_nothing_twice(void **state) {
  (void)state;
  actor who = {.bar = answers_late};
  start_at_venue(up_and_down, 6);
  act_run_well(&play, &who);
  check_events("trigger", "trigger_set trigger_fired");
  check_events("transition", "transition_refused transition_refused transition_refused");
  assert_int_equal(venue.count, 1);
  assert_int_equal(venue.ticket[0].type, NEAP_MARKET);
  assert_int_equal(who.held[0]->status, NEAP_ORDER_FILLED);
  assert_decimal(who.held[0]->filled, "2");
  act_close(&play, &who);
}

static neap_status holds_with_two_stops(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  const neap_order_request request = {
      .side = NEAP_BUY, .quantity = exactly("2"), .stop_loss = exactly("90"), .trailing_stop_bps = exactly("500")};
  (void)bar, (void)fault;
  return me->bars == 1 ? actor_place(me, &request, NULL) : NEAP_OK;
}

/* Both fire at one price; the broker fills the first while it takes it. */
static void what_fired_beside_it_stays_when_the_first_closes_the_position(void **state) {
  (void)state;
  actor who = {.bar = holds_with_two_stops};
  start_at_venue(up_and_down, 6);
  venue.fills_at_once = true;
  act_run_well(&play, &who);
  check_events("trigger_fired", "trigger_fired trigger_fired");
  check_events("order_submitted", "order_submitted order_submitted");
  assert_int_equal(venue.count, 2); /* the entry and one of its exits */
  assert_int_equal(venue.cancels, 0);
  check_events("order_cancelled", "order_cancelled");
  act_close(&play, &who);
}

static neap_status note_durable(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)fault;
  venue.is_durable = true;
  return buys_by_a_stop(me, bar, NULL);
}

/* What the venue sees on the disk when the order comes, in a session that is driven by hand. */
static void the_firing_is_durable_before_the_order_leaves(void **state) {
  const place *at = *state;
  actor who = {.bar = note_durable};
  start_at_venue(up_and_down, 6);
  play.options.session.store_path = at->path;
  act_seat(&who);
  neap_session_options *options = &play.options.session;
  const int64_t frame = HOUR;
  options->strategy = &who.strategy;
  options->products = play.product;
  options->product_count = 1;
  options->frames = &frame;
  assert_int_equal(neap_session_open(options, &play.session, &play.fault), NEAP_OK);
  venue.broker.abilities |= NEAP_BROKER_EXTERNAL;
  for (int i = 0; i < 3; i++) {
    const neap_candle *bar = &play.bar[0][i];
    const neap_bar_event event = {.product = 0, .candle = bar, .frame = HOUR, .close_time = bar->time + HOUR};
    assert_int_equal(neap_session_bar_open(play.session, 0, bar, &play.fault), NEAP_OK);
    assert_int_equal(neap_session_bar_close(play.session, &event, 1, &play.fault), NEAP_OK);
  }
  assert_int_equal(venue.count, 1);
  assert_int_equal(neap_session_settle(play.session, NULL), NEAP_OK);
  journal_keep(&book, &play);
  assert_true(venue.durable >= through("trigger_fired", 1));
  journal_forget(&book);
  neap_session_close(play.session);
  play.session = NULL;
  remove_store(at);
}

static char lines[4096];

static void keep_line(void *context, const char *level, const char *line) {
  (void)context, (void)level;
  snprintf(lines + strlen(lines), sizeof lines - strlen(lines), "%s: %s\n", level, line);
}

static void a_session_that_stops_says_what_nobody_watches(void **state) {
  actor who = {.bar = buys_by_a_stop};
  char text[1024];
  (void)state;
  start_play();
  act_seat(&who);
  neap_session_options *options = &play.options.session;
  const int64_t frame = HOUR;
  options->strategy = &who.strategy;
  options->products = play.product;
  options->product_count = 1;
  options->frames = &frame;
  options->log = keep_line;
  lines[0] = '\0';
  assert_int_equal(neap_session_open(options, &play.session, &play.fault), NEAP_OK);
  const neap_candle *bar = &play.bar[0][0];
  const neap_bar_event event = {.product = 0, .candle = bar, .frame = HOUR, .close_time = bar->time + HOUR};
  assert_int_equal(neap_session_bar_open(play.session, 0, bar, &play.fault), NEAP_OK);
  assert_int_equal(neap_session_bar_close(play.session, &event, 1, &play.fault), NEAP_OK);
  neap_trigger_counts counts;
  neap_session_triggers(play.session, &counts);
  assert_true(counts.set == 1 && counts.watched == 1 && counts.fired == 0);
  assert_int_equal(neap_session_stop(play.session, "enough", NEAP_STOP_KEEP, &play.fault), NEAP_OK);
  assert_non_null(strstr(lines, "order #1 buy BTC-USD stop at 110 is emulated: nobody watches its price until"));
  assert_non_null(strstr(act_event(&play, "session_stopped", 0, text, sizeof text), "\"unwatched\":[1]"));
  neap_session_close(play.session);
  play.session = NULL;
}

/* What the journal says of one order's trigger. */
typedef struct told {
  unsigned set, fired, sent;
  bool ended;
} told;

static bool is_end(const char *type) {
  return strcmp(type, "order_cancelled") == 0 || strcmp(type, "order_rejected") == 0 ||
         strcmp(type, "order_expired") == 0;
}

static void hear(told *of, const char *type) {
  bool is_trigger = strncmp(type, "trigger_", 8) == 0, is_sent = strcmp(type, "order_submitted") == 0;
  assert_true(!is_trigger || !of->ended);
  assert_true(!is_trigger || !of->sent);
  of->set += strcmp(type, "trigger_set") == 0;
  assert_true(!is_trigger || of->set == 1);
  of->fired += strcmp(type, "trigger_fired") == 0;
  of->sent += is_sent;
  assert_true(!is_sent || of->set == of->fired); /* what is watched leaves when it has fired, not before */
  assert_true(of->fired <= 1 && of->sent <= 1);
  of->ended |= is_end(type);
}

static unsigned check_journal(void) {
  enum { ORDERS = 4096 };
  static told orders[ORDERS];
  static char ids[ORDERS][NEAP_ORDER_ID];
  size_t known = 0;
  unsigned fired = 0;
  memset(orders, 0, sizeof orders);
  for (size_t i = 0; i < book.count; i++) {
    const neap_event *event = &book.event[i];
    size_t at = 0;
    if (!event->client_order_id || !event->client_order_id[0]) continue;
    while (at < known && strcmp(ids[at], event->client_order_id) != 0) at++;
    assert_true(at < ORDERS);
    if (at == known) snprintf(ids[known++], NEAP_ORDER_ID, "%s", event->client_order_id);
    hear(&orders[at], event->type);
  }
  for (size_t at = 0; at < known; at++) fired += orders[at].fired;
  return fired;
}

static void whatever_happens_a_trigger_fires_once_for_a_working_order(void **state) {
  static const char *const lacks[] = {"stop stop_limit trailing_stop", "stop stop_limit trailing_stop reduce_only",
                                      "stop trailing_stop take_profit gtd", "stop_limit gtd reduce_only"};
  unsigned fired = 0;
  (void)state;
  for (uint64_t seed = 1000; seed < 1060; seed++) {
    actor who;
    random_play(&play, &who, seed);
    act_lack(&play, lacks[seed % 4]);
    neap_status status = act_run(&play, &who);
    if (status != NEAP_OK && strcmp(play.fault.code, "bad_luck") != 0)
      fail_msg("seed %d: %s: %s", (int)seed, play.fault.code, play.fault.message);
    journal_keep(&book, &play);
    fired += check_journal();
    act_close(&play, &who);
    journal_forget(&book);
  }
  assert_true(fired > 100);
}

int main(void) {
  if (access("/dev/shm", W_OK) == 0) setenv("TMPDIR", "/dev/shm", 0);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(killed_behind_the_firing_it_leaves_once, make_place, remove_place),
      cmocka_unit_test_setup_teardown(killed_while_it_is_watched_it_is_watched_again, make_place, remove_place),
      cmocka_unit_test_setup_teardown(an_entry_that_fired_stays_away_when_nobody_may_enter, make_place, remove_place),
      cmocka_unit_test(late_and_repeated_answers_fire_nothing_twice),
      cmocka_unit_test(what_fired_beside_it_stays_when_the_first_closes_the_position),
      cmocka_unit_test_setup_teardown(the_firing_is_durable_before_the_order_leaves, make_place, remove_place),
      cmocka_unit_test(a_session_that_stops_says_what_nobody_watches),
      cmocka_unit_test(whatever_happens_a_trigger_fires_once_for_a_working_order),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
