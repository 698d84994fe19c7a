/* SPDX-License-Identifier: MIT */
/* guards: how long a kill and a trip take until the entries that work are cancelled, and what guards cost a bar.
 * Usage: guards [ROUNDS]. The journal is the ring in memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "session/configure.h"
#include "session/guarding.h"
#include "session/mode.h"

enum { ENTRIES = 100, BARS = 200000 };

static const int64_t MINUTE = 60 * NEAP_SECOND;

static void die(const char *what) {
  fprintf(stderr, "bench/run: %s\n", what);
  exit(1);
}

static int64_t now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * NEAP_SECOND + at.tv_nsec;
}

static neap_decimal dec(const char *text) {
  neap_decimal value;
  if (neap_decimal_parse(text, strlen(text), &value, NULL) != NEAP_OK) die("not a number");
  return value;
}

typedef struct stage {
  neap_product product;
  neap_limits limits;
  neap_session *session;
  neap_session_seat seat;
} stage;

static void set(neap_limits *limits, const char *field, const char *value) {
  if (neap_limits_set(limits, field, value, NULL) != NEAP_OK) die(field);
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
  if (neap_product_parse("BTC-USD:price_increment=0.01", &on->product, NULL) != NEAP_OK) die("no product");
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
  if (neap_session_open(&options, &on->session, &fault) != NEAP_OK) die(fault.message);
}

static void bar(stage *on, int64_t i, const char *open, const char *close) {
  neap_candle candle = {.time = i * MINUTE, .price_digits = 16, .volume_digits = 16, .volume = dec("1000")};
  candle.open = dec(open), candle.close = dec(close);
  candle.high = neap_decimal_max(candle.open, candle.close), candle.low = neap_decimal_min(candle.open, candle.close);
  neap_candle_set_floats(&candle);
  const neap_bar_event event = {.product = 0, .frame = MINUTE, .close_time = candle.time + MINUTE, .candle = &candle};
  if (neap_session_bar_open(on->session, 0, &candle, NULL) != NEAP_OK) die("a bar's open");
  if (neap_session_bar_close(on->session, &event, 1, NULL) != NEAP_OK) die("a bar's close");
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
  if (neap_session_act(on->session, 0, place, &request, &fault) != NEAP_OK) die(fault.message);
}

static void enter(stage *on) {
  bar(on, 1, "100", "100");
  buy(on, "1000", NULL);
  bar(on, 2, "100", "100");
  for (int i = 0; i < ENTRIES; i++) buy(on, "1", "50");
}

static void check(stage *on) {
  if (neap_session_mode(on->session) == NEAP_MODE_NORMAL) die("nothing tripped");
  neap_session_close(on->session);
}

static int64_t time_kill(void) {
  stage on = {0};
  widen(&on.limits);
  set(&on.limits, "daily_loss_limit", "100000");
  start(&on);
  enter(&on);
  int64_t before = now();
  if (neap_session_set_mode(on.session, NEAP_MODE_HALTED, "bench", "bench", NULL) != NEAP_OK) die("no kill");
  int64_t took = now() - before;
  check(&on);
  return took;
}

/* From the bar that brings the price to the last cancel: the whole of the bar's open. */
static int64_t time_trip(void) {
  stage on = {0};
  widen(&on.limits);
  set(&on.limits, "daily_loss_limit", "10000");
  start(&on);
  enter(&on);
  neap_candle candle = {.time = 3 * MINUTE, .open = dec("80"), .high = dec("80"), .low = dec("80"), .close = dec("80")};
  neap_candle_set_floats(&candle);
  int64_t before = now();
  if (neap_session_bar_open(on.session, 0, &candle, NULL) != NEAP_OK) die("a bar's open");
  int64_t took = now() - before;
  check(&on);
  return took;
}

/* A flag is set: from the next order on the other engine is asked for, and what works goes on. */
static int64_t time_change(void) {
  stage on = {0};
  neap_fault fault;
  widen(&on.limits);
  start(&on);
  enter(&on);
  on.limits.enable_dynamic_position_sizing = true;
  const neap_configuration to = {.limits = &on.limits, .who = "bench", .why = "the other engine"};
  int64_t begun = now();
  neap_status status = neap_session_configure(on.session, &to, &fault);
  int64_t taken = now() - begun;
  if (status != NEAP_OK || neap_session_configuration(on.session) == 0) die("the configuration did not change");
  neap_session_close(on.session);
  return taken;
}

static int by_size(const void *a, const void *b) {
  int64_t one = *(const int64_t *)a, two = *(const int64_t *)b;
  return (one > two) - (one < two);
}

static void tell(const char *what, int64_t (*once)(void), int rounds) {
  int64_t *took = calloc((size_t)rounds, sizeof *took);
  if (!took) die("no memory");
  for (int i = 0; i < rounds; i++) took[i] = once();
  qsort(took, (size_t)rounds, sizeof *took, by_size);
  printf("%-44s median %7.1f us   p99 %7.1f us\n", what, (double)took[rounds / 2] / 1000,
         (double)took[rounds * 99 / 100] / 1000);
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
  int64_t before = now();
  for (int i = 2; i < BARS; i++) bar(&on, i, text[i & 1], text[!(i & 1)]);
  double took = (double)(now() - before) / BARS;
  neap_session_close(on.session);
  return took;
}

int main(int count, char **words) {
  int rounds = count > 1 ? atoi(words[1]) : 1000;
  if (rounds < 1) die("guards [ROUNDS]: at least 1");
  printf("guards: %d working entries, journal in memory\n", ENTRIES);
  tell("kill, to the last entry cancelled", time_kill, rounds);
  tell("daily loss at a bar's open, to the last one", time_trip, rounds);
  tell("a change of the engine, on record", time_change, rounds);
  double off = bars_of(false), on = bars_of(true);
  printf("a bar with a position, no guard on           %7.0f ns\n", off);
  printf("the same with all guards on                  %7.0f ns\n", on);
  return 0;
}
