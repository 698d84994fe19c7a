/* SPDX-License-Identifier: MIT */
/* guards: each by itself, on views written by hand: the reference's scenarios H6 and the platform's 94 and 95 with
 * their numbers. */
#include "risk/guards.h"

#include "base/clock.h"
#include "decimals.h"
#include "support.h"

static const int64_t MINUTE = 60 * NEAP_SECOND;

typedef struct desk { /* what a view points into */
  neap_limits limits;
  neap_risk_state state;
  neap_product product[3];
  neap_guard_product held[3];
  neap_closes closes[3];
  neap_guard_view view;
} desk;

static void set_up(desk *d, const char *equity) {
  memset(d, 0, sizeof *d);
  neap_limits_default(&d->limits);
  d->view = (neap_guard_view){.limits = &d->limits,
                              .state = &d->state,
                              .now = 1000 * MINUTE,
                              .equity = dec(equity),
                              .products = d->held,
                              .product_count = 0};
}

static uint32_t hold(desk *d, const char *id, const char *position, const char *mark) {
  uint32_t i = d->view.product_count++;
  assert_int_equal(neap_product_init(&d->product[i], id, NULL), NEAP_OK);
  d->product[i].kind = NEAP_PERPETUAL;
  d->held[i] = (neap_guard_product){.product = &d->product[i],
                                    .position = dec(position),
                                    .has_mark = true,
                                    .mark = dec(mark),
                                    .mark_time = d->view.now,
                                    .frame = MINUTE};
  return i;
}

static neap_guard_verdict ask(desk *d, neap_guard_look *look, uint32_t product) {
  neap_guard_verdict verdict;
  assert_int_equal(look(&d->view, product, &verdict), NEAP_OK);
  return verdict;
}

static void a_day_starts_at_its_clock(void **state) {
  (void)state;
  const int64_t noon = 86400 * NEAP_SECOND * 100 + 43200 * NEAP_SECOND, day = 86400 * NEAP_SECOND;
  assert_int_equal(neap_risk_day_of(noon, "00:00"), noon - day / 2);
  assert_int_equal(neap_risk_day_of(noon, "12:00"), noon);
  assert_int_equal(neap_risk_day_of(noon - 1, "12:00"), noon - day);
  assert_int_equal(neap_risk_day_of(noon, "12:01"), noon - day + MINUTE);
  assert_int_equal(neap_risk_day_of(-1, "00:00"), -day);
}

/* Loss since the day's start, not since ever; what is paid in or out is none. */
static void h6_77_a_daily_loss_of_the_limit_passes_and_a_cent_more_trips(void **state) {
  (void)state;
  desk d;
  set_up(&d, "900");
  assert_int_equal(ask(&d, neap_guard_daily_loss, 0).level, NEAP_GUARD_CLEAR); /* no day yet */
  neap_risk_state_day(&d.state, 0, dec("1000"), dec("1000"));
  d.view.paid = dec("1000");
  assert_int_equal(ask(&d, neap_guard_daily_loss, 0).level, NEAP_GUARD_CLEAR);
  assert_decimal(ask(&d, neap_guard_daily_loss, 0).input, "100");
  d.view.equity = dec("899.99");
  neap_guard_verdict verdict = ask(&d, neap_guard_daily_loss, 0);
  assert_int_equal(verdict.level, NEAP_GUARD_REDUCE_ONLY);
  assert_decimal(verdict.input, "100.01");
  assert_decimal(verdict.limit, "100");
  d.view.paid = dec("900"); /* 100 were taken out */
  assert_int_equal(ask(&d, neap_guard_daily_loss, 0).level, NEAP_GUARD_CLEAR);
  d.view.paid = dec("1500"), d.view.equity = dec("1300"); /* 500 were paid in, and hide nothing */
  assert_int_equal(ask(&d, neap_guard_daily_loss, 0).level, NEAP_GUARD_REDUCE_ONLY);
}

static void platform_94_a_drawdown_of_5_percent_passes_and_more_trips(void **state) {
  (void)state;
  desk d;
  set_up(&d, "95");
  d.limits.max_drawdown_pct = dec("0.05");
  d.view.paid = dec("80");
  d.state.peak = dec("20"); /* 100 in all */
  assert_int_equal(ask(&d, neap_guard_drawdown, 0).level, NEAP_GUARD_CLEAR);
  d.view.equity = dec("94.9");
  assert_int_equal(ask(&d, neap_guard_drawdown, 0).level, NEAP_GUARD_REDUCE_ONLY);
  assert_decimal(ask(&d, neap_guard_drawdown, 0).input, "0.051");
  d.view.equity = dec("101");
  assert_int_equal(ask(&d, neap_guard_drawdown, 0).level, NEAP_GUARD_CLEAR);
}

static void h6_82_a_buffer_of_10_percent_is_under_15_and_one_of_15_is_over_10(void **state) {
  (void)state;
  neap_decimal buffer;
  assert_int_equal(neap_liquidation_buffer(1, dec("100"), dec("90"), &buffer), NEAP_OK);
  assert_decimal(buffer, "0.1");
  assert_int_equal(neap_liquidation_buffer(1, dec("100"), dec("85"), &buffer), NEAP_OK);
  assert_decimal(buffer, "0.15");
  assert_int_equal(neap_liquidation_buffer(-1, dec("100"), dec("110"), &buffer), NEAP_OK);
  assert_decimal(buffer, "0.1");
  assert_int_equal(neap_liquidation_buffer(1, dec("100"), dec("101"), &buffer), NEAP_OK); /* it is passed */
  assert_decimal(buffer, "0");
  assert_int_equal(neap_liquidation_buffer(1, dec("100"), dec("-5"), &buffer), NEAP_OK);
  assert_decimal(buffer, "1");
}

/* One position of one times the equity that its leverage leaves: the formula of an isolated one. */
static neap_guard_verdict leveraged(desk *d, const char *position, const char *equity) {
  set_up(d, equity);
  hold(d, "BTC-PERP", position, "50000");
  d->held[0].maintenance = dec("0.05");
  return ask(d, neap_guard_liquidation, 0);
}

/* entry (1 − 1/leverage + rate) divides the margin by the price at the entry; ours by the price at the liquidation, as
 * a venue does, which is a little nearer: (1 − 1/leverage) ÷ (1 − rate). */
static void platform_95_by_leverage_a_position_is_safe_warned_or_critical(void **state) {
  (void)state;
  desk d;
  assert_int_equal(leveraged(&d, "3", "50000").level, NEAP_GUARD_CLEAR);
  assert_decimal(ask(&d, neap_guard_liquidation, 0).input, "0.298245614035"); /* liquidated at 35087.72 */
  assert_int_equal(leveraged(&d, "4.2", "50000").level, NEAP_GUARD_HELD);     /* 20 % */
  assert_int_equal(leveraged(&d, "5.2", "50000").level, NEAP_GUARD_REDUCE_ONLY);
  assert_int_equal(leveraged(&d, "-3", "50000").level, NEAP_GUARD_CLEAR);
  assert_int_equal(leveraged(&d, "-5", "50000").level, NEAP_GUARD_REDUCE_ONLY);
  assert_decimal(ask(&d, neap_guard_liquidation, 0).input, "0.142857142857"); /* at 57142.86 */
  assert_int_equal(leveraged(&d, "5", "-1").level, NEAP_GUARD_REDUCE_ONLY);   /* nothing is left */
  assert_int_equal(leveraged(&d, "0", "50000").level, NEAP_GUARD_CLEAR);
}

/* The distances of the platform's own formula against the same thresholds. */
static void platform_95_the_distances_at_their_thresholds(void **state) {
  (void)state;
  static const struct {
    int side;
    const char *price, *distance;
    neap_guard_level level;
  } rows[] = {{1, "35833.333333333333", "0.283333333333", NEAP_GUARD_CLEAR},
              {1, "40000", "0.2", NEAP_GUARD_HELD},
              {1, "42500", "0.15", NEAP_GUARD_REDUCE_ONLY},
              {-1, "57500", "0.15", NEAP_GUARD_REDUCE_ONLY}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    neap_decimal buffer;
    assert_int_equal(neap_liquidation_buffer(rows[i].side, dec("50000"), dec(rows[i].price), &buffer), NEAP_OK);
    assert_decimal(buffer, rows[i].distance);
    neap_guard_level level;
    assert_int_equal(neap_liquidation_level(buffer, dec("0.15"), NEAP_GUARD_CLEAR, &level), NEAP_OK);
    assert_int_equal(level, rows[i].level);
  }
}

/* The reference takes one position's margin from the whole equity. Here the price is solved for, with all positions. */
static void h6_83_without_a_liquidation_price_it_is_worked_out_of_the_whole_account(void **state) {
  (void)state;
  desk d;
  set_up(&d, "1000");
  hold(&d, "BTC-PERP", "5", "50000");
  d.held[0].maintenance = dec("0.005");
  assert_int_equal(ask(&d, neap_guard_liquidation, 0).level, NEAP_GUARD_REDUCE_ONLY); /* 5 @ 50000 on 1000 */
  set_up(&d, "10000");
  hold(&d, "BTC-PERP", "0.8", "50000");
  d.held[0].maintenance = dec("0.005");
  assert_int_equal(ask(&d, neap_guard_liquidation, 0).level, NEAP_GUARD_CLEAR); /* 24.6 % */
  hold(&d, "ETH-PERP", "-100", "10000"); /* a million: its maintenance margin is 5000 */
  d.held[1].maintenance = dec("0.005");
  assert_int_equal(ask(&d, neap_guard_liquidation, 0).level, NEAP_GUARD_REDUCE_ONLY);
}

/* One is long and the other short: the account has no position, and each could be liquidated. */
static void the_nearest_of_the_account_and_its_books_counts(void **state) {
  (void)state;
  desk d;
  set_up(&d, "100000");
  hold(&d, "BTC-PERP", "0", "50000");
  d.held[0].maintenance = dec("0.05");
  const neap_decimal held[] = {dec("5.2"), dec("-3")};
  const neap_guard_book books[] = {{dec("50000"), &held[0]}, {dec("50000"), &held[1]}};
  assert_int_equal(ask(&d, neap_guard_liquidation, 0).level, NEAP_GUARD_CLEAR);
  d.view.books = books, d.view.book_count = 2;
  assert_int_equal(ask(&d, neap_guard_liquidation, 0).level, NEAP_GUARD_REDUCE_ONLY);
  d.view.books = books + 1, d.view.book_count = 1;
  assert_int_equal(ask(&d, neap_guard_liquidation, 0).level, NEAP_GUARD_CLEAR);
}

/* It is lifted when it is safe, not when it is a hair better. */
static void a_liquidation_hold_is_lifted_by_rule(void **state) {
  (void)state;
  desk d;
  leveraged(&d, "4.2", "50000");
  neap_risk_state_trip(&d.state, NEAP_GUARD_LIQUIDATION, 0, NEAP_GUARD_REDUCE_ONLY, 1);
  assert_int_equal(ask(&d, neap_guard_liquidation, 0).level, NEAP_GUARD_REDUCE_ONLY);
  d.held[0].position = dec("3");
  assert_int_equal(ask(&d, neap_guard_liquidation, 0).level, NEAP_GUARD_CLEAR);
  d.product[0].kind = NEAP_SPOT;
  d.held[0].position = dec("4.2");
  assert_int_equal(ask(&d, neap_guard_liquidation, 0).level, NEAP_GUARD_CLEAR);
}

static neap_guard_level aged(desk *d, int64_t seconds) {
  d->held[0].mark_time = d->view.now - MINUTE - seconds * NEAP_SECOND; /* the bar's length is fresh */
  return ask(d, neap_guard_staleness, 0).level;
}

static void h6_85_a_mark_is_noted_over_180_s_and_stale_over_360(void **state) {
  (void)state;
  desk d;
  set_up(&d, "1000");
  hold(&d, "BTC-PERP", "0", "100");
  assert_int_equal(aged(&d, 180), NEAP_GUARD_CLEAR);
  assert_int_equal(aged(&d, 181), NEAP_GUARD_NOTED);
  assert_int_equal(aged(&d, 360), NEAP_GUARD_NOTED);
  assert_int_equal(aged(&d, 361), NEAP_GUARD_HELD);
  neap_risk_state_trip(&d.state, NEAP_GUARD_STALENESS, 0, NEAP_GUARD_HELD, 1);
  assert_int_equal(aged(&d, 200), NEAP_GUARD_HELD); /* until it is fresh */
  assert_int_equal(aged(&d, 0), NEAP_GUARD_CLEAR);
  d.held[0].has_mark = false; /* the pre-trade checks refuse an entry without one */
  assert_int_equal(aged(&d, 0), NEAP_GUARD_CLEAR);
}

static void platform_94_a_mark_of_60_s_is_fresh_and_one_of_61_is_not(void **state) {
  (void)state;
  desk d;
  set_up(&d, "1000");
  d.limits.max_mark_staleness_seconds = 60;
  hold(&d, "BTC-PERP", "0", "100");
  assert_int_equal(aged(&d, 60), NEAP_GUARD_CLEAR);
  assert_int_equal(aged(&d, 61), NEAP_GUARD_NOTED);
  assert_decimal(ask(&d, neap_guard_staleness, 0).limit, "60");
  assert_int_equal(aged(&d, 121), NEAP_GUARD_HELD);
  assert_decimal(ask(&d, neap_guard_staleness, 0).limit, "120");
}

static void keep(desk *d, uint32_t product, uint32_t capacity) {
  assert_int_equal(neap_closes_init(&d->closes[product], capacity), NEAP_OK);
  d->held[product].closes = &d->closes[product];
}

/* From 100, up by s, down by s, … */
static void alternate(neap_closes *closes, double s, int count) {
  double price = 100;
  for (int i = 0; i < count; i++) {
    neap_closes_push(closes, price, i * MINUTE);
    price *= i % 2 == 0 ? 1 + s : 1 - s;
  }
}

static void h6_88_volatility_with_the_references_factor(void **state) {
  (void)state;
  static const struct {
    double s;
    const char *value;
    neap_guard_level level;
  } rows[] = {{.009, "0.146582", NEAP_GUARD_CLEAR},
              {.0095, "0.154726", NEAP_GUARD_NOTED},
              {.0125, "0.203586", NEAP_GUARD_REDUCE_ONLY},
              {.016, "0.26059", NEAP_GUARD_HALTED}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    desk d;
    neap_decimal rounded;
    set_up(&d, "1000");
    d.limits.volatility_periods_per_year = 252;
    hold(&d, "BTC-PERP", "0", "100");
    keep(&d, 0, 20);
    alternate(&d.closes[0], rows[i].s, 20);
    neap_guard_verdict verdict = ask(&d, neap_guard_volatility, 0);
    assert_int_equal(verdict.level, rows[i].level);
    neap_decimal_round(verdict.input, 6, NEAP_ROUND_HALF_EVEN, &rounded);
    assert_decimal(rounded, rows[i].value);
    neap_closes_fini(&d.closes[0]);
  }
}

static void volatility_is_annualised_by_the_bars_length(void **state) {
  (void)state;
  desk d;
  set_up(&d, "1000");
  hold(&d, "BTC-PERP", "0", "100");
  keep(&d, 0, 20);
  alternate(&d.closes[0], .0001, 20);
  neap_decimal by_minute = ask(&d, neap_guard_volatility, 0).input;
  d.held[0].frame = 4 * MINUTE;
  double half = neap_decimal_to_double(ask(&d, neap_guard_volatility, 0).input);
  assert_true(half > 0 && neap_decimal_to_double(by_minute) / half > 1.999999);
  assert_true(neap_decimal_to_double(by_minute) / half < 2.000001);
  assert_true(neap_periods_per_year(1440 * MINUTE) == 365);
  neap_closes_fini(&d.closes[0]);
}

/* Short windows are windows: six closes have five returns. */
static void h6_89_no_verdict_before_the_window_is_full(void **state) {
  (void)state;
  static const uint32_t windows[] = {20, 6};
  for (size_t i = 0; i < 2; i++) {
    desk d;
    set_up(&d, "1000");
    hold(&d, "BTC-PERP", "0", "100");
    keep(&d, 0, windows[i]);
    alternate(&d.closes[0], .2, (int)windows[i] - 1);
    assert_int_equal(ask(&d, neap_guard_volatility, 0).level, NEAP_GUARD_CLEAR);
    assert_decimal(ask(&d, neap_guard_volatility, 0).input, "0");
    neap_closes_push(&d.closes[0], 300, 100 * MINUTE);
    assert_int_equal(ask(&d, neap_guard_volatility, 0).level, NEAP_GUARD_HALTED);
    neap_closes_fini(&d.closes[0]);
  }
}

static void h6_91_and_92_a_cool_down_holds_back_the_same_level_and_nothing_worse(void **state) {
  (void)state;
  neap_guard_hold none = {.level = NEAP_GUARD_CLEAR}, warned = {.level = NEAP_GUARD_NOTED, .since = 100 * MINUTE};
  assert_true(neap_breaker_trips(&none, NEAP_GUARD_NOTED, 0, 30));
  assert_false(neap_breaker_trips(&none, NEAP_GUARD_CLEAR, 0, 30));
  assert_true(neap_breaker_trips(&warned, NEAP_GUARD_HALTED, 101 * MINUTE, 30));     /* H6.91 */
  assert_false(neap_breaker_trips(&warned, NEAP_GUARD_NOTED, 130 * MINUTE - 1, 30)); /* H6.92 */
  assert_true(neap_breaker_trips(&warned, NEAP_GUARD_NOTED, 130 * MINUTE, 30));
  neap_guard_hold halted = {.level = NEAP_GUARD_HALTED, .since = 100 * MINUTE};
  assert_false(neap_breaker_trips(&halted, NEAP_GUARD_NOTED, 129 * MINUTE, 30));
  assert_true(neap_breaker_trips(&halted, NEAP_GUARD_NOTED, 131 * MINUTE, 30));
}

/* Two equal positions have an HHI of 0.5; of one alone it is no question. */
static void concentration_holds_the_largest_of_two_or_more(void **state) {
  (void)state;
  desk d;
  set_up(&d, "1000");
  d.limits.max_concentration_hhi = dec("0.5");
  hold(&d, "BTC-PERP", "1", "100");
  assert_int_equal(ask(&d, neap_guard_concentration, 0).level, NEAP_GUARD_CLEAR);
  hold(&d, "ETH-PERP", "-10", "10");
  assert_int_equal(ask(&d, neap_guard_concentration, 0).level, NEAP_GUARD_CLEAR);
  d.held[0].position = dec("3");
  neap_guard_verdict verdict = ask(&d, neap_guard_concentration, 0);
  assert_int_equal(verdict.level, NEAP_GUARD_HELD);
  assert_decimal(verdict.input, "0.625");
  assert_int_equal(ask(&d, neap_guard_concentration, 1).level, NEAP_GUARD_CLEAR); /* more of it makes it better */
}

static void walk(desk *d, uint32_t product, double sign, int count) {
  static const double steps[] = {.01, -.02, .015, .003, -.007, .02, -.011, .004};
  double price = 100;
  keep(d, product, 30);
  for (int i = 0; i < count; i++) {
    neap_closes_push(&d->closes[product], price, i * MINUTE);
    price *= 1 + sign * steps[i % 8];
  }
}

static void correlation_is_that_of_returns_in_the_direction_of_the_positions(void **state) {
  (void)state;
  desk d;
  set_up(&d, "1000");
  d.limits.max_correlation = dec("0.9");
  hold(&d, "BTC-PERP", "1", "100");
  hold(&d, "ETH-PERP", "1", "100");
  walk(&d, 0, 1, 30);
  walk(&d, 1, 1, 30);
  assert_int_equal(ask(&d, neap_guard_correlation, 0).level, NEAP_GUARD_HELD);
  assert_decimal(ask(&d, neap_guard_correlation, 1).input, "1");
  d.held[1].position = dec("-1"); /* a hedge */
  assert_int_equal(ask(&d, neap_guard_correlation, 0).level, NEAP_GUARD_CLEAR);
  neap_closes_fini(&d.closes[1]);
  walk(&d, 1, -1, 30); /* prices that part, held on both sides of zero: the same bet */
  assert_int_equal(ask(&d, neap_guard_correlation, 0).level, NEAP_GUARD_HELD);
  d.held[1].position = dec("0");
  assert_int_equal(ask(&d, neap_guard_correlation, 0).level, NEAP_GUARD_CLEAR);
  neap_closes_fini(&d.closes[0]);
  neap_closes_fini(&d.closes[1]);
}

static void correlation_needs_ten_returns_over_the_same_time(void **state) {
  (void)state;
  desk d;
  double value;
  set_up(&d, "1000");
  walk(&d, 0, 1, 11);
  walk(&d, 1, 1, 11);
  assert_true(neap_correlation(&d.closes[0], &d.closes[1], &value));
  assert_true(value > .999999);
  neap_closes_fini(&d.closes[1]);
  walk(&d, 1, 1, 10);
  assert_false(neap_correlation(&d.closes[0], &d.closes[1], &value));
  for (int i = 0; i < 20; i++) neap_closes_push(&d.closes[1], 100 + i, (1000 + i) * MINUTE); /* other times */
  assert_false(neap_correlation(&d.closes[0], &d.closes[1], &value));
  neap_closes_fini(&d.closes[0]);
  neap_closes_fini(&d.closes[1]);
}

static void h6_94_the_risk_snapshot(void **state) {
  (void)state;
  desk d;
  neap_risk_metrics metrics;
  set_up(&d, "10000");
  hold(&d, "BTC-PERP", "0.1", "50000");
  hold(&d, "ECO-PERP", "-1", "3000");
  d.view.paid = dec("50"); /* so that the day's loss is 50 */
  neap_risk_state_day(&d.state, 0, dec("10000"), dec("0"));
  assert_int_equal(neap_risk_metrics_of(&d.view, &metrics), NEAP_OK);
  assert_decimal(metrics.total_notional, "8000");
  assert_decimal(metrics.exposure, "0.8");
  assert_decimal(metrics.max_leverage, "0.5");
  assert_decimal(metrics.daily_pnl, "-50");
  assert_decimal(metrics.daily_pnl_pct, "-0.005");
  d.view.equity = dec("0");
  assert_int_equal(neap_risk_metrics_of(&d.view, &metrics), NEAP_OK);
  assert_decimal(metrics.exposure, "0");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_day_starts_at_its_clock),
      cmocka_unit_test(h6_77_a_daily_loss_of_the_limit_passes_and_a_cent_more_trips),
      cmocka_unit_test(platform_94_a_drawdown_of_5_percent_passes_and_more_trips),
      cmocka_unit_test(h6_82_a_buffer_of_10_percent_is_under_15_and_one_of_15_is_over_10),
      cmocka_unit_test(platform_95_by_leverage_a_position_is_safe_warned_or_critical),
      cmocka_unit_test(platform_95_the_distances_at_their_thresholds),
      cmocka_unit_test(h6_83_without_a_liquidation_price_it_is_worked_out_of_the_whole_account),
      cmocka_unit_test(the_nearest_of_the_account_and_its_books_counts),
      cmocka_unit_test(a_liquidation_hold_is_lifted_by_rule),
      cmocka_unit_test(h6_85_a_mark_is_noted_over_180_s_and_stale_over_360),
      cmocka_unit_test(platform_94_a_mark_of_60_s_is_fresh_and_one_of_61_is_not),
      cmocka_unit_test(h6_88_volatility_with_the_references_factor),
      cmocka_unit_test(volatility_is_annualised_by_the_bars_length),
      cmocka_unit_test(h6_89_no_verdict_before_the_window_is_full),
      cmocka_unit_test(h6_91_and_92_a_cool_down_holds_back_the_same_level_and_nothing_worse),
      cmocka_unit_test(concentration_holds_the_largest_of_two_or_more),
      cmocka_unit_test(correlation_is_that_of_returns_in_the_direction_of_the_positions),
      cmocka_unit_test(correlation_needs_ten_returns_over_the_same_time),
      cmocka_unit_test(h6_94_the_risk_snapshot),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
