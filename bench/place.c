/* SPDX-License-Identifier: MIT */
/* place: orders through a whole session and an engine, with every check on: what one call of place costs, whether it
 * takes memory, and what an order costs with its intent, its decision, the simulator's answer and its cancel in the
 * journal. Usage: place DIRECTORY [ORDERS [ENGINE [memory|store]]]. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "bench/allocations.h"
#include "bench/program.h"
#include "session/session.h"

enum { A_BAR = 450, MINUTE_S = 60, WARM_UP = 10000 };

typedef struct bench {
  neap_limits limits;
  neap_product product;
  neap_session *session;
  neap_desk *desk;
  double *took; /* by each call, on the wall; seconds */
  double cpu;   /* of all calls */
  uint64_t placed, wanted, refused;
  uint64_t allocations; /* of the calls behind the warm-up */
} bench;

static neap_decimal number(const char *text) {
  neap_decimal value = NEAP_ZERO;
  bench_must(neap_decimal_parse(text, strlen(text), &value, NULL), text, NULL);
  return value;
}

/* Each limit is on, and none binds. */
static void set_limits(neap_limits *limits) {
  static const char *const words[][2] = {{"slippage_guard_bps", "50"},
                                         {"slippage_multipliers", "BTC-PERP:1.5"},
                                         {"max_trade_value", "100000"},
                                         {"symbol_position_caps", "BTC-PERP:100000"},
                                         {"max_orders_per_minute", "1000"},
                                         {"duplicate_window_ms", "60000"},
                                         {"price_collar_bps", "10000"},
                                         {"enable_market_impact_guard", "true"},
                                         {"max_notional_per_symbol", "BTC-PERP:10000000000"},
                                         {"leverage_max_per_symbol", "BTC-PERP:5"}};
  neap_fault fault;
  neap_limits_default(limits);
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    bench_must(neap_limits_set(limits, words[i][0], words[i][1], &fault), words[i][0], &fault);
}

static neap_status keep_desk(neap_desk *desk, const void *argument, neap_fault *fault) {
  (void)fault;
  (*(bench *const *)argument)->desk = desk;
  return NEAP_OK;
}

/* "shadow": live serves, and advanced is asked of every order, too. */
static bool is_shadowed(const char *engine) { return strcmp(engine, "shadow") == 0; }

static void open_session(bench *self, const char *engine, const char *store) {
  static const int64_t frame = MINUTE_S * NEAP_SECOND;
  const neap_session_seat seat = {.cash = number("100000000000")};
  neap_fault fault = {0};
  static const char words[] = "BTC-PERP:kind=perpetual,price_increment=0.01,base_increment=0.001";
  bench_must(neap_product_parse(words, &self->product, &fault), "product", &fault);
  set_limits(&self->limits);
  self->limits.enable_shadow_engine = is_shadowed(engine);
  const neap_engine_config config = {.limits = &self->limits, .reject_on_cross = true};
  neap_session_options options = {.id = "bench",
                                  .mode = "backtest",
                                  .currency = "USD",
                                  .products = &self->product,
                                  .frames = &frame,
                                  .product_count = 1,
                                  .cash = seat.cash,
                                  .live = neap_live_engine(&config),
                                  .advanced = neap_advanced_engine(&config),
                                  .limits = &self->limits,
                                  .has_risk_configuration = true,
                                  .seats = &seat,
                                  .seat_count = 1,
                                  .store_path = store,
                                  .snapshot_every = UINT64_MAX};
  neap_policy_fixed(is_shadowed(engine) ? "live" : engine, &options.policy, NULL);
  bench_must(neap_session_open(&options, &self->session, &fault), "session", &fault);
  bench_must(neap_session_act(self->session, 0, keep_desk, &self, &fault), "desk", &fault);
}

static void play_bar(bench *self, int64_t i) {
  neap_candle bar = {.time = i * MINUTE_S * NEAP_SECOND, .price_digits = 2, .volume_digits = 2};
  neap_fault fault = {0};
  bar.open = bar.close = number("50000");
  bar.high = number("50010");
  bar.low = number("49990");
  bar.volume = number("100000");
  neap_candle_set_floats(&bar);
  const neap_bar_event event = {
      .product = 0, .frame = MINUTE_S * NEAP_SECOND, .candle = &bar, .close_time = bar.time + MINUTE_S * NEAP_SECOND};
  bench_must(neap_session_bar_open(self->session, 0, &bar, &fault), "a bar's open", &fault);
  bench_must(neap_session_bar_close(self->session, &event, 1, &fault), "a bar's close", &fault);
}

/* Far below the market: it works, and does not fill. No two are alike within a minute. */
static neap_status place_many(neap_desk *desk, const void *argument, neap_fault *fault) {
  bench *self = *(bench *const *)argument;
  const neap_decimal quantity = number("0.01"), lowest = number("40000"), step = number("0.01");
  double begun = bench_cpu();
  for (int i = 0; i < A_BAR && self->placed < self->wanted; i++) {
    neap_order_request request = {.side = NEAP_BUY, .quantity = {NEAP_AMOUNT_EXACT, quantity, 0}};
    request.limit = (neap_amount){NEAP_AMOUNT_EXACT, {lowest.units + i * step.units}, 0};
    neap_order *order;
    uint64_t allocations = allocations_here();
    double before = bench_now();
    neap_status status = neap_desk_place(desk, &request, &order, fault);
    self->took[self->placed++] = bench_now() - before;
    if (self->placed > WARM_UP) self->allocations += allocations_here() - allocations;
    if (status != NEAP_OK) return status;
    if (order->status == NEAP_ORDER_REJECTED && self->refused++ == 0)
      fprintf(stderr, "bench/run: refused: %s (%s)\n", order->reason.code, order->reason.check);
    neap_desk_release(desk, order);
  }
  self->cpu += bench_cpu() - begun;
  return NEAP_OK;
}

static neap_status cancel_all(neap_desk *desk, const void *argument, neap_fault *fault) {
  (void)argument;
  return neap_desk_cancel_all(desk, -1, fault);
}

static void act(bench *self, neap_status (*what)(neap_desk *, const void *, neap_fault *)) {
  neap_fault fault = {0};
  bench_must(neap_session_act(self->session, 0, what, &self, &fault), "order", &fault);
}

static void report(const bench *self, const char *engine, const char *store, double seconds) {
  const uint64_t orders = self->wanted, behind = orders > WARM_UP ? orders - WARM_UP : 0;
  printf("%-8s %-6s %9.0f place per CPU second   p50 %.2f us, p99 %.2f us   %9.0f orders/s with intent, decision, "
         "answer and cancel; %llu of %llu refused; ",
         engine, store ? "store" : "memory", (double)orders / self->cpu, self->took[orders / 2] * 1e6,
         self->took[orders * 99 / 100] * 1e6, (double)orders / seconds, (unsigned long long)self->refused,
         (unsigned long long)orders);
  if (behind)
    printf("allocations per order after warm-up: %g\n", (double)self->allocations / (double)behind);
  else
    printf("no order after the warm-up of %d\n", WARM_UP);
}

static void run(const char *engine, const char *store, uint64_t orders) {
  bench self = {.wanted = orders, .took = bench_room(orders, sizeof *self.took)};
  int64_t i = 0;
  open_session(&self, engine, store);
  play_bar(&self, i++);
  double begun = bench_now();
  while (self.placed < orders) {
    act(&self, place_many);
    act(&self, cancel_all);
    play_bar(&self, i++);
  }
  if (store) bench_must(neap_session_finish(self.session, "end", NEAP_END_NO, NULL), "finish", NULL);
  double seconds = bench_now() - begun;
  bench_sort(self.took, orders);
  report(&self, engine, store, seconds);
  neap_session_close(self.session);
  free(self.took);
}

static void run_with_store(const char *engine, const char *directory, uint64_t orders) {
  char path[512];
  snprintf(path, sizeof path, "%s/place.db", directory);
  bench_remove_store(path);
  run(engine, path, orders);
}

int main(int count, char **words) {
  static const char *const engines[] = {"live", "advanced", "shadow"};
  uint64_t orders = count > 2 ? strtoull(words[2], NULL, 10) : 500000;
  bench_check(count > 1 && orders > 0, "usage: place DIRECTORY [ORDERS [ENGINE [memory|store]]]");
  allocations_count_openssl();
  for (size_t i = 0; i < sizeof engines / sizeof *engines; i++) {
    if (count > 3 && strcmp(words[3], engines[i]) != 0) continue;
    if (count < 5 || strcmp(words[4], "memory") == 0) run(engines[i], NULL, orders);
    if (count < 5 || strcmp(words[4], "store") == 0) run_with_store(engines[i], words[1], orders);
  }
  return 0;
}
