/* SPDX-License-Identifier: MIT */
/* Guards of whole sessions: a trip whose journal is lost, and random strategies in random markets under random limits:
 * after every bar either all guards are inside or the session says otherwise, and replay agrees. */
#include <stdio.h>

#include "journal_support.h"
#include "random_support.h"
#include "session/guarding.h"
#include "session/mode.h"
#include "session/state.h"

enum { LIMIT = 160 * 1024, SEEDS = 120, BARS = 60, KEPT_SEEDS = 10 };

typedef struct stage {
  act play;
  actor who;
  neap_feed *feeds[ACT_PRODUCTS];
  neap_backtest *run;
} stage;

static void start(stage *on, const char *path) {
  act *play = &on->play;
  for (uint32_t i = 0; i < play->products; i++)
    assert_int_equal(neap_feed_from_bars(play->bar[i], play->count[i], NULL, &on->feeds[i], NULL), NEAP_OK);
  act_seat(&on->who);
  play->options.feeds = on->feeds;
  play->options.session.products = play->product;
  play->options.session.product_count = play->products;
  play->options.session.strategy = &on->who.strategy;
  play->options.session.limits = &play->limits;
  play->options.session.store_path = path;
  if (neap_backtest_open(&play->options, &on->run, &play->fault) != NEAP_OK) fail_msg("%s", play->fault.message);
  play->session = neap_backtest_session(on->run);
}

static void end(stage *on) {
  for (unsigned i = 0; i < on->who.held_count; i++) neap_desk_release(on->who.desk, on->who.held[i]);
  for (uint32_t i = 0; i < on->play.products; i++) neap_feed_close(on->feeds[i]);
  neap_backtest_close(on->run);
}

static void set_limit(act *play, const char *name, const char *value) {
  neap_fault fault;
  if (neap_limits_set(&play->limits, name, value, &fault) != NEAP_OK) fail_msg("%s", fault.message);
}

static bool is_held(const neap_session *session, const char *guard, const char *product) {
  neap_hold_view hold;
  for (uint32_t i = 0; neap_session_hold(session, i, &hold); i++)
    if (strcmp(hold.guard, guard) == 0 && hold.product && strcmp(hold.product, product) == 0) return true;
  return false;
}

static act *now_playing;

/* No reserve: the journal is lost. */
static void lose_journal(neap_desk *desk) {
  const neap_event_store *store = neap_session_store(now_playing->session);
  limit_files(LIMIT);
  for (int i = 0; i < 20000 && neap_event_store_state(store, NULL) == NEAP_JOURNAL_WRITES; i++)
    neap_desk_log(desk, "info", "a line that takes room in the journal until there is no more of it", NULL, 0, NULL);
  assert_int_equal(neap_event_store_state(store, NULL), NEAP_JOURNAL_LOST);
}

static neap_status enter_then_lose(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar, (void)fault;
  neap_order_request entry = {.side = NEAP_BUY, .quantity = exactly("50"), .stop_loss = exactly("10")};
  neap_order_request deep = {.side = NEAP_BUY, .quantity = exactly("1"), .limit = exactly("20")};
  if (me->bars == 1) actor_place(me, &entry, NULL);
  if (me->bars == 1) actor_place(me, &deep, NULL);
  if (me->bars == 3) lose_journal(me->desk);
  return NEAP_OK;
}

static void h6_79_with_the_journal_lost_a_trip_holds_and_cancels(void **state) {
  const place *self = *state;
  static stage on;
  static const char *const bars[] = {"100 101 99 100 500", "100 101 99 100 500", "100 101 99 100 500",
                                     "70 70 70 70 500", "70 70 70 70 500"};
  memset(&on, 0, sizeof on);
  act_init(&on.play);
  on.who = (actor){.bar = enter_then_lose};
  set_limit(&on.play, "daily_loss_limit", "1000");
  act_bars(&on.play, 0, HOUR, bars, 5);
  on.play.options.session.snapshot_every = UINT64_MAX; /* or a snapshot is what meets the lost journal */
  now_playing = &on.play;
  start(&on, self->path);
  assert_int_equal(neap_backtest_step(on.run, UINT64_MAX, &on.play.fault), NEAP_IO);
  limit_files(0);
  assert_int_equal(on.who.bars, 3); /* it never saw the bar at whose open the guard acted */
  assert_int_equal(neap_session_mode(on.play.session), NEAP_MODE_REDUCE_ONLY);
  assert_string_equal(neap_session_mode_view(on.play.session).reason, "daily_loss_limit");
  assert_int_equal(on.who.held[1]->status, NEAP_ORDER_CANCELLED);
  neap_order *left = neap_desk_next_order(on.who.desk, NULL);
  assert_non_null(left); /* the stop stays */
  assert_int_not_equal(left->parent, 0);
  assert_null(neap_desk_next_order(on.who.desk, left));
  end(&on);
}

static neap_status overreach(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar, (void)fault;
  neap_order_request held = {.side = NEAP_BUY, .quantity = exactly("10"), .stop_loss = exactly("10")};
  neap_order_request deep = {.side = NEAP_BUY, .quantity = exactly("1"), .limit = exactly("20")};
  neap_order_request large = {.side = NEAP_BUY, .quantity = exactly("80")};
  if (me->bars == 1) actor_place(me, &held, NULL);
  if (me->bars == 2) actor_place(me, &deep, NULL);
  if (me->bars == 2) actor_place(me, &large, NULL);
  return NEAP_OK;
}

/* The price runs away before the fill: the broker will not take it. */
static void an_error_streak_takes_the_working_entries_with_it(void **state) {
  (void)state;
  static stage on;
  static const char *const bars[] = {"100 101 99 100 500", "100 101 99 100 500", "150 150 150 150 500",
                                     "150 150 150 150 500"};
  memset(&on, 0, sizeof on);
  act_init(&on.play);
  on.who = (actor){.bar = overreach};
  set_limit(&on.play, "error_threshold", "1");
  act_bars(&on.play, 0, HOUR, bars, 4);
  start(&on, NULL);
  assert_int_equal(neap_backtest_step(on.run, 4, &on.play.fault), NEAP_OK);
  assert_int_equal(on.who.held[2]->status, NEAP_ORDER_REJECTED);
  assert_int_equal(on.who.held[1]->status, NEAP_ORDER_CANCELLED);
  neap_order *left = neap_desk_next_order(on.who.desk, NULL);
  assert_true(left && left->parent);
  assert_null(neap_desk_next_order(on.who.desk, left));
  end(&on);
}

static void what_a_person_says_is_durable_when_the_call_returns(void **state) {
  const place *self = *state;
  static stage on;
  static const char *const bars[] = {"100 101 99 100 500", "100 101 99 100 500", "100 101 99 100 500"};
  memset(&on, 0, sizeof on);
  act_init(&on.play);
  on.who = (actor){.bar = overreach};
  act_bars(&on.play, 0, HOUR, bars, 3);
  start(&on, self->path);
  assert_int_equal(neap_backtest_step(on.run, 1, &on.play.fault), NEAP_OK);
  assert_int_equal(neap_session_set_mode(on.play.session, NEAP_MODE_HALTED, "enough", "me", NULL), NEAP_OK);
  const neap_event_store *store = neap_session_store(on.play.session);
  assert_int_equal(neap_event_store_durable(store), neap_event_store_count(store));
  end(&on);
}

/* Nothing happens but that time passes: a session on a clock sweeps. */
static void a_tick_of_the_clock_finds_a_stale_mark(void **state) {
  (void)state;
  static stage on;
  static const char *const bars[] = {"100 101 99 100 500", "100 101 99 100 500", "100 101 99 100 500"};
  memset(&on, 0, sizeof on);
  act_init(&on.play);
  on.who = (actor){.bar = overreach};
  on.play.options.session.mode = "paper";
  set_limit(&on.play, "max_mark_staleness_seconds", "600");
  act_bars(&on.play, 0, HOUR, bars, 3);
  start(&on, NULL);
  assert_int_equal(neap_backtest_step(on.run, 2, &on.play.fault), NEAP_OK);
  int64_t now = neap_desk_now(on.who.desk), late = HOUR + 1200 * NEAP_SECOND;
  assert_int_equal(neap_session_tick(on.play.session, now + late, NULL), NEAP_OK);
  assert_int_equal(on.who.held[1]->status, NEAP_ORDER_OPEN); /* twice the limit: not yet */
  assert_int_equal(neap_session_tick(on.play.session, now + late + 60 * NEAP_SECOND, NULL), NEAP_OK);
  assert_true(is_held(on.play.session, "mark_staleness", "BTC-USD"));
  assert_int_equal(on.who.held[1]->status, NEAP_ORDER_CANCELLED);
  end(&on);
}

static uint64_t dice;

static uint64_t roll(uint64_t sides) {
  dice = dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (dice >> 33) % sides;
}

static void add_market(act *play, uint32_t product, double price) {
  for (int i = 0; i < BARS; i++) {
    char text[120];
    double open = price, close = price * (0.96 + (double)roll(801) / 10000);
    double high = (open > close ? open : close) * 1.002, low = (open < close ? open : close) * 0.998;
    snprintf(text, sizeof text, "%.2f %.2f %.2f %.2f 100000", open, high, low, close);
    act_bar(play, product, i * HOUR, text);
    price = close;
  }
}

static void set_random_limits(act *play) {
  static const char *const losses[] = {"50", "300", "1000", "1000000000000"};
  static const char *const falls[] = {"0", "0.02", "0.1"};
  static const char *const buffers[] = {"0", "0.3", "0.6", "0.9"};
  set_limit(play, "daily_loss_limit", losses[roll(4)]);
  set_limit(play, "max_drawdown_pct", falls[roll(3)]);
  set_limit(play, "min_liquidation_buffer_pct", buffers[roll(4)]);
  set_limit(play, "day_start_utc", roll(2) ? "00:00" : "07:00");
  set_limit(play, "max_leverage", "20");
  if (roll(3) == 0) set_limit(play, "max_concentration_hhi", "0.6");
  if (roll(3) == 0) set_limit(play, "max_correlation", "0.5");
  if (roll(3) == 0) set_limit(play, "enable_volatility_circuit_breaker", "on");
}

typedef struct oracle { /* what the guards should say, by other means */
  double base, peak;
  int64_t day;
  unsigned loss_trips, falls, holds;
} oracle;

static void check_money(stage *on, oracle *want) {
  neap_session_totals totals;
  const neap_limits *limits = &on->play.limits;
  assert_int_equal(neap_session_totals_get(on->play.session, &totals, NULL), NEAP_OK);
  double equity = neap_decimal_to_double(totals.equity), loss = want->base - equity;
  double fall = want->peak > 0 ? (want->peak - equity) / want->peak : 0;
  double most = neap_decimal_to_double(limits->max_drawdown_pct);
  bool tripped = neap_session_mode(on->play.session) != NEAP_MODE_NORMAL;
  if (loss > neap_decimal_to_double(limits->daily_loss_limit) + 1e-6) assert_true(tripped), want->loss_trips++;
  if (most > 0 && fall > most + 1e-9) assert_true(tripped), want->falls++;
  int64_t day = neap_risk_day_of(neap_desk_now(on->who.desk), limits->day_start_utc);
  if (day > want->day) want->base = equity;
  want->day = day;
  if (equity > want->peak) want->peak = equity;
}

static void check_liquidation(stage *on, oracle *want) {
  neap_decimal mark, equity;
  double least = neap_decimal_to_double(on->play.limits.min_liquidation_buffer_pct);
  double held = neap_decimal_to_double(neap_desk_position(on->who.desk, 1)->quantity), rate = 0.005;
  if (least <= 0 || held == 0) return;
  assert_true(neap_desk_mark(on->who.desk, 1, &mark, NULL));
  assert_int_equal(neap_desk_equity(on->who.desk, &equity), NEAP_OK);
  double m = neap_decimal_to_double(mark), e = neap_decimal_to_double(equity), size = held < 0 ? -held : held;
  double price = held > 0 ? (size * m - e) / (size * (1 - rate)) : (size * m + e) / (size * (1 + rate));
  double buffer = held > 0 ? (m - price) / m : (price - m) / m;
  if (buffer > least - 1e-9) return;
  assert_true(is_held(on->play.session, "liquidation_buffer", on->play.product[1].id));
  want->holds++;
}

/* Of what works on, nothing can open while the mode lets nothing open. */
static void check_orders(stage *on) {
  neap_order *at = NULL;
  if (neap_session_mode(on->play.session) == NEAP_MODE_NORMAL) return;
  while ((at = neap_desk_next_order(on->who.desk, at)) != NULL) {
    const neap_ticket *ticket = &at->ticket;
    neap_decimal held = neap_desk_position(on->who.desk, ticket->product)->quantity;
    bool is_exit = at->parent || ticket->reduce_only || (ticket->product == 0 && ticket->side == NEAP_SELL);
    bool closes = ticket->type == NEAP_MARKET && (neap_decimal_sign(held) > 0) == (ticket->side == NEAP_SELL) &&
                  neap_decimal_cmp(neap_order_remaining(at), neap_decimal_abs(held)) <= 0;
    if (!is_exit && !closes) fail_msg("order #%d opens", (int)ticket->number);
  }
}

static void check_replay(stage *on, const char *path) {
  char ours[NEAP_DIGEST_TEXT];
  neap_state *state = NULL;
  neap_replay_report report;
  neap_fault fault;
  assert_int_equal(neap_session_state_hash(on->play.session, ours, NULL), NEAP_OK);
  assert_int_equal(neap_event_store_seal((neap_event_store *)neap_session_store(on->play.session), NULL), NEAP_OK);
  if (neap_state_replay(path, 0, true, &state, &report, &fault) != NEAP_OK) fail_msg("%s", fault.message);
  assert_string_equal(report.hash, ours);
  neap_state_free(state);
}

static void play_seed(stage *on, uint64_t seed, const char *path, oracle *want) {
  memset(on, 0, sizeof *on);
  dice = seed;
  act_init(&on->play);
  act_product(&on->play, "ETH-PERP:kind=perpetual,price_increment=0.01");
  add_market(&on->play, 0, 100);
  add_market(&on->play, 1, 200);
  set_random_limits(&on->play);
  on->play.options.session.snapshot_every = 200;
  on->who = random_actor("dice", seed + 1);
  start(on, path);
  want->base = want->peak = 10000;
  want->day = neap_risk_day_of(MONDAY, on->play.limits.day_start_utc);
  neap_status status = NEAP_OK;
  for (int bar = 0; bar < BARS && status == NEAP_OK; bar++) {
    status = neap_backtest_step(on->run, 1, &on->play.fault);
    if (status != NEAP_OK) break;
    check_money(on, want);
    check_liquidation(on, want);
    check_orders(on);
  }
  if (status != NEAP_OK && status != NEAP_END) assert_string_equal(on->play.fault.code, "bad_luck");
  if (path) check_replay(on, path);
  end(on);
}

static void after_every_bar_the_guards_are_inside_or_the_session_says_otherwise(void **state) {
  const place *self = *state;
  static stage on;
  oracle want = {.loss_trips = 0};
  for (uint64_t seed = 1; seed <= SEEDS; seed++) play_seed(&on, seed, NULL, &want);
  assert_true(want.loss_trips > SEEDS / 4 && want.falls > SEEDS / 4 && want.holds > SEEDS / 12);
  for (uint64_t seed = 1; seed <= KEPT_SEEDS; seed++) {
    char path[600];
    snprintf(path, sizeof path, "%s-%d", self->path, (int)seed);
    play_seed(&on, seed, path, &want);
    remove(path);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(h6_79_with_the_journal_lost_a_trip_holds_and_cancels, make_place, remove_place),
      cmocka_unit_test(an_error_streak_takes_the_working_entries_with_it),
      cmocka_unit_test_setup_teardown(what_a_person_says_is_durable_when_the_call_returns, make_place, remove_place),
      cmocka_unit_test(a_tick_of_the_clock_finds_a_stale_mark),
      cmocka_unit_test_setup_teardown(after_every_bar_the_guards_are_inside_or_the_session_says_otherwise, make_place,
                                      remove_place),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
