/* SPDX-License-Identifier: MIT */
/* guards: how long a kill and a trip take until the entries that work are cancelled, and what guards cost a bar.
 * Usage: guards [ROUNDS]. The journal is the ring in memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "bench/program.h"
#include "session/configure.h"
#include "session/guarding.h"
#include "session/mode.h"

enum { ENTRIES = 100, BARS = 200000 };

static const int64_t MINUTE = 60 * NEAP_SECOND;

static neap_decimal dec(const char *text) {
  neap_decimal value;
  bench_must(neap_decimal_parse(text, strlen(text), &value, NULL), text, NULL);
  return value;
}

typedef struct stage {
  neap_product product;
  neap_limits limits;
  neap_session *session;
  neap_session_seat seat;
} stage;

static void set(neap_limits *limits, const char *field, const char *value) {
  bench_must(neap_limits_set(limits, field, value, NULL), field, NULL);
}

static void widen(neap_limits *limits) {
  static const char *const wide[][2] = {{"max_exposure_pct", "1"},
                                        {"max_position_pct_per_symbol", "1"},
                                        {"slippage_guard_bps", "0"},
                                        {"min_liquidation_buffer_pct", "0"}};
  neap_limits_default(limits);
  for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) set(limits, wide[i][0], wide[i][1]);
}

static void start(stage *on) {
  static const int64_t frames[] = {60 * NEAP_SECOND};
  neap_fault fault;
  const neap_engine_config config = {.limits = &on->limits, .reject_on_cross = true};
  bench_must(neap_product_parse("BTC-USD:price_increment=0.01", &on->product, NULL), "no product", NULL);
  on->seat = (neap_session_seat){.cash = dec("100000000")};
  neap_session_options options = {.id = "bench",
                                  .mode = "backtest",
                                  .currency = "USD",
                                  .products = &on->product,
                                  .frames = frames,
                                  .product_count = 1,
                                  .live = neap_live_engine(&config),
                                  .advanced = neap_advanced_engine(&config),
                                  .limits = &on->limits,
                                  .seats = &on->seat,
                                  .seat_count = 1};
  neap_policy_fixed("live", &options.policy, NULL);
  bench_must(neap_session_open(&options, &on->session, &fault), "the session", &fault);
}

static void bar(stage *on, int64_t i, const char *open, const char *close) {
  neap_candle candle = {.time = i * MINUTE, .price_digits = 16, .volume_digits = 16, .volume = dec("1000")};
  candle.open = dec(open), candle.close = dec(close);
  candle.high = neap_decimal_max(candle.open, candle.close), candle.low = neap_decimal_min(candle.open, candle.close);
  neap_candle_set_floats(&candle);
  const neap_bar_event event = {.product = 0, .frame = MINUTE, .close_time = candle.time + MINUTE, .candle = &candle};
  bench_must(neap_session_bar_open(on->session, 0, &candle, NULL), "a bar's open", NULL);
  bench_must(neap_session_bar_close(on->session, &event, 1, NULL), "a bar's close", NULL);
}

static neap_status place(neap_desk *desk, const void *argument, neap_fault *fault) {
  const neap_order_request *request = argument;
  neap_order *order = NULL;
  neap_status status = neap_desk_place(desk, request, &order, fault);
  if (status == NEAP_OK) neap_desk_release(desk, order);
  return status;
}

static void buy(stage *on, const char *quantity, const char *limit) {
  neap_order_request request = {.side = NEAP_BUY};
  neap_fault fault;
  request.quantity = (neap_amount){.kind = NEAP_AMOUNT_EXACT, .exact = dec(quantity)};
  if (limit) request.limit = (neap_amount){.kind = NEAP_AMOUNT_EXACT, .exact = dec(limit)};
  bench_must(neap_session_act(on->session, 0, place, &request, &fault), "an order", &fault);
}

static void enter(stage *on) {
  bar(on, 1, "100", "100");
  buy(on, "1000", NULL);
  bar(on, 2, "100", "100");
  for (int i = 0; i < ENTRIES; i++) buy(on, "1", "50");
}

static void check(stage *on) {
  bench_check(neap_session_mode(on->session) != NEAP_MODE_NORMAL, "nothing tripped");
  neap_session_close(on->session);
}

static double time_kill(void) {
  stage on = {0};
  widen(&on.limits);
  set(&on.limits, "daily_loss_limit", "100000");
  start(&on);
  enter(&on);
  double before = bench_now();
  bench_must(neap_session_set_mode(on.session, NEAP_MODE_HALTED, "bench", "bench", NULL), "no kill", NULL);
  double took = bench_now() - before;
  check(&on);
  return took;
}

/* From the bar that brings the price to the last cancel: the whole of the bar's open. */
static double time_trip(void) {
  stage on = {0};
  widen(&on.limits);
  set(&on.limits, "daily_loss_limit", "10000");
  start(&on);
  enter(&on);
  neap_candle candle = {.time = 3 * MINUTE, .open = dec("80"), .high = dec("80"), .low = dec("80"), .close = dec("80")};
  neap_candle_set_floats(&candle);
  double before = bench_now();
  bench_must(neap_session_bar_open(on.session, 0, &candle, NULL), "a bar's open", NULL);
  double took = bench_now() - before;
  check(&on);
  return took;
}

/* A flag is set: from the next order on the other engine is asked for, and what works goes on. */
static double time_change(void) {
  stage on = {0};
  neap_fault fault;
  widen(&on.limits);
  start(&on);
  enter(&on);
  on.limits.enable_dynamic_position_sizing = true;
  const neap_configuration to = {.limits = &on.limits, .who = "bench", .why = "the other engine"};
  double begun = bench_now();
  neap_status status = neap_session_configure(on.session, &to, &fault);
  double taken = bench_now() - begun;
  bench_must(status, "the configuration", &fault);
  bench_check(neap_session_configuration(on.session) != 0, "the configuration did not change");
  neap_session_close(on.session);
  return taken;
}

static void tell(const char *what, double (*once)(void), int rounds) {
  double *took = bench_room((size_t)rounds, sizeof *took);
  for (int i = 0; i < rounds; i++) took[i] = once();
  bench_sort(took, (size_t)rounds);
  printf("%-44s median %7.1f us   p99 %7.1f us\n", what, took[rounds / 2] * 1e6, took[rounds * 99 / 100] * 1e6);
  free(took);
}

static double bars_of(bool all_on) {
  stage on = {0};
  char text[2][16] = {"100", "100.01"};
  widen(&on.limits);
  set(&on.limits, "daily_loss_limit", all_on ? "1000000" : "1000000000000");
  if (all_on) set(&on.limits, "max_drawdown_pct", "0.5");
  if (all_on) set(&on.limits, "min_liquidation_buffer_pct", "0.15");
  if (all_on) set(&on.limits, "enable_volatility_circuit_breaker", "on");
  if (all_on) set(&on.limits, "max_correlation", "0.9");
  if (all_on) set(&on.limits, "max_concentration_hhi", "0.9");
  start(&on);
  bar(&on, 1, "100", "100");
  buy(&on, "1000", NULL);
  double before = bench_now();
  for (int i = 2; i < BARS; i++) bar(&on, i, text[i & 1], text[!(i & 1)]);
  double took = (bench_now() - before) / BARS * 1e9;
  neap_session_close(on.session);
  return took;
}

int main(int count, char **words) {
  int rounds = count > 1 ? atoi(words[1]) : 1000;
  bench_check(rounds > 0, "guards [ROUNDS]: at least 1");
  printf("guards: %d working entries, journal in memory\n", ENTRIES);
  tell("kill, to the last entry cancelled", time_kill, rounds);
  tell("daily loss at a bar's open, to the last one", time_trip, rounds);
  tell("a change of the engine, on record", time_change, rounds);
  double off = bars_of(false), on = bars_of(true);
  printf("a bar with a position, no guard on           %7.0f ns\n", off);
  printf("the same with all guards on                  %7.0f ns\n", on);
  return 0;
}
