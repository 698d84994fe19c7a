/* SPDX-License-Identifier: MIT */
/* place: orders through a whole session and the live engine, with every check on: what one call of place costs, and
 * what an order costs with its intent, its decision, the simulator's answer and its cancel in the journal. Usage: place
 * DIRECTORY [ORDERS]. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "session/session.h"

enum { A_BAR = 450, MINUTE_S = 60, LEAST_PERCENTILE = 99 };

typedef struct bench {
  neap_limits limits;
  neap_product product;
  neap_session *session;
  neap_desk *desk;
  uint32_t *ns;   /* of each call, by the clock on the wall */
  int64_t cpu_ns; /* of all calls, by this thread's */
  uint64_t placed, wanted, refused;
} bench;

static void die(const char *what, const neap_fault *fault) {
  fprintf(stderr, "bench/run: %s%s%s\n", what, fault ? ": " : "", fault ? fault->message : "");
  exit(1);
}

static int64_t read_clock(clockid_t clock) {
  struct timespec at;
  clock_gettime(clock, &at);
  return at.tv_sec * NEAP_SECOND + at.tv_nsec;
}

static int64_t now(void) { return read_clock(CLOCK_MONOTONIC); }

static neap_decimal number(const char *text) {
  neap_decimal value = NEAP_ZERO;
  if (neap_decimal_parse(text, strlen(text), &value, NULL) != NEAP_OK) die(text, NULL);
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
    if (neap_limits_set(limits, words[i][0], words[i][1], &fault) != NEAP_OK) die(words[i][0], &fault);
}

static neap_status keep_desk(neap_desk *desk, const void *argument, neap_fault *fault) {
  (void)fault;
  (*(bench *const *)argument)->desk = desk;
  return NEAP_OK;
}

static void open_session(bench *self, const char *store) {
  static const int64_t frame = MINUTE_S * NEAP_SECOND;
  const neap_session_seat seat = {.cash = number("100000000000")};
  neap_fault fault = {0};
  if (neap_product_parse("BTC-PERP:kind=perpetual,price_increment=0.01,base_increment=0.001", &self->product, &fault) !=
      NEAP_OK)
    die("product", &fault);
  set_limits(&self->limits);
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
  neap_policy_fixed("live", &options.policy, NULL);
  if (neap_session_open(&options, &self->session, &fault) != NEAP_OK) die("session", &fault);
  if (neap_session_act(self->session, 0, keep_desk, &self, &fault) != NEAP_OK) die("desk", &fault);
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
  if (neap_session_bar_open(self->session, 0, &bar, &fault) != NEAP_OK ||
      neap_session_bar_close(self->session, &event, 1, &fault) != NEAP_OK)
    die("bar", &fault);
}

/* Far below the market: it works, and does not fill. No two are alike within a minute. */
static neap_status place_many(neap_desk *desk, const void *argument, neap_fault *fault) {
  bench *self = *(bench *const *)argument;
  const neap_decimal quantity = number("0.01"), lowest = number("40000"), step = number("0.01");
  int64_t begun = read_clock(CLOCK_THREAD_CPUTIME_ID);
  for (int i = 0; i < A_BAR && self->placed < self->wanted; i++) {
    neap_order_request request = {.side = NEAP_BUY, .quantity = {NEAP_AMOUNT_EXACT, quantity, 0}};
    request.limit = (neap_amount){NEAP_AMOUNT_EXACT, {lowest.units + i * step.units}, 0};
    neap_order *order;
    int64_t before = now();
    neap_status status = neap_desk_place(desk, &request, &order, fault);
    self->ns[self->placed++] = (uint32_t)(now() - before);
    if (status != NEAP_OK) return status;
    if (order->status == NEAP_ORDER_REJECTED && self->refused++ == 0)
      fprintf(stderr, "bench/run: refused: %s (%s)\n", order->reason.code, order->reason.check);
    neap_desk_release(desk, order);
  }
  self->cpu_ns += read_clock(CLOCK_THREAD_CPUTIME_ID) - begun;
  return NEAP_OK;
}

static neap_status cancel_all(neap_desk *desk, const void *argument, neap_fault *fault) {
  (void)argument;
  return neap_desk_cancel_all(desk, -1, fault);
}

static void act(bench *self, neap_status (*what)(neap_desk *, const void *, neap_fault *)) {
  neap_fault fault = {0};
  if (neap_session_act(self->session, 0, what, &self, &fault) != NEAP_OK) die("order", &fault);
}

static int by_size(const void *a, const void *b) {
  uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;
  return (one > other) - (one < other);
}

static void run(const char *name, const char *store, uint64_t orders) {
  bench self = {.wanted = orders, .ns = malloc(orders * sizeof *self.ns)};
  int64_t i = 0;
  if (!self.ns) die("no memory", NULL);
  open_session(&self, store);
  play_bar(&self, i++);
  int64_t begun = now();
  while (self.placed < orders) {
    act(&self, place_many);
    act(&self, cancel_all);
    play_bar(&self, i++);
  }
  if (store && neap_session_finish(self.session, "end", NEAP_END_NO, NULL) != NEAP_OK) die("finish", NULL);
  double seconds = (double)(now() - begun) / (double)NEAP_SECOND;
  qsort(self.ns, orders, sizeof *self.ns, by_size);
  printf("%-12s %9.0f place per CPU second   p50 %.2f us, p99 %.2f us   %9.0f orders/s with intent, decision, answer "
         "and cancel; "
         "%llu of %llu refused\n",
         name, (double)orders * (double)NEAP_SECOND / (double)self.cpu_ns, self.ns[orders / 2] / 1e3,
         self.ns[orders * LEAST_PERCENTILE / 100] / 1e3, (double)orders / seconds, (unsigned long long)self.refused,
         (unsigned long long)orders);
  neap_session_close(self.session);
  free(self.ns);
}

int main(int count, char **words) {
  uint64_t orders = count > 2 ? strtoull(words[2], NULL, 10) : 500000;
  char path[512], name[576];
  if (count < 2 || orders == 0) die("usage: place DIRECTORY [ORDERS]", NULL);
  run("memory", NULL, orders);
  snprintf(path, sizeof path, "%s/place.db", words[1]);
  static const char *const endings[] = {"", "-wal", "-shm", "-lock", "-reserve"};
  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
    snprintf(name, sizeof name, "%s%s", path, endings[i]);
    unlink(name);
  }
  run("with store", path, orders);
  return 0;
}
