/* SPDX-License-Identifier: MIT */
/* replay: level-2 changes per second from memory through a whole session: driver, clock, book, mark, simulated venue,
 * and a strategy in C that is told of each book, quote and trade. Usage: replay BOOK TRADES (price_increment 0.01,
 * base_increment 0.00001). */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "bench/program.h"
#include "session/backtest.h"

enum { ROUNDS = 5 };

typedef struct counts {
  uint64_t books, quotes, trades;
} counts;

static neap_status attach(void *self, neap_desk *desk, neap_fault *fault) {
  (void)self, (void)desk, (void)fault;
  return NEAP_OK;
}

static neap_status on_book(void *self, uint32_t product, neap_fault *fault) {
  (void)product, (void)fault;
  ((counts *)self)->books++;
  return NEAP_OK;
}

static neap_status on_quote(void *self, const neap_quote *quote, neap_fault *fault) {
  (void)quote, (void)fault;
  ((counts *)self)->quotes++;
  return NEAP_OK;
}

static neap_status on_trade(void *self, const neap_print *print, neap_fault *fault) {
  (void)print, (void)fault;
  ((counts *)self)->trades++;
  return NEAP_OK;
}

static double run(char **files, uint64_t *changes, counts *told) {
  neap_fault fault = {0};
  neap_product product;
  neap_limits limits;
  neap_feed *feed;
  neap_backtest *driver;
  neap_feed_report report;
  bench_must(neap_product_parse("BTC-USDT:price_increment=0.01,base_increment=0.00001", &product, &fault), "product",
             &fault);
  const neap_recorded_files recorded = {files[1], files[2], &product, NEAP_SECOND};
  bench_must(neap_feed_open_recording(&recorded, NULL, &feed, &fault), files[1], &fault);
  neap_limits_default(&limits);
  const neap_engine_config config = {.limits = &limits};
  const neap_strategy strategy = {.self = told,
                                  .name = "bench",
                                  .hooks = NEAP_HOOK_BOOK | NEAP_HOOK_QUOTE | NEAP_HOOK_TRADE,
                                  .feeds = NEAP_FEED_BOOK | NEAP_FEED_QUOTE | NEAP_FEED_TRADES,
                                  .attach = attach,
                                  .book = on_book,
                                  .quote = on_quote,
                                  .trade = on_trade};
  neap_backtest_options options = {.session = {.id = "bench",
                                               .mode = "backtest",
                                               .currency = "USDT",
                                               .products = &product,
                                               .product_count = 1,
                                               .cash = neap_decimal_from_int(100000),
                                               .live = neap_live_engine(&config),
                                               .advanced = neap_advanced_engine(&config),
                                               .limits = &limits,
                                               .strategy = &strategy},
                                   .feeds = &feed};
  neap_policy_fixed("live", &options.session.policy, NULL);
  *told = (counts){0, 0, 0};
  double begun = bench_cpu();
  bench_must(neap_backtest_open(&options, &driver, &fault), "session", &fault);
  if (neap_backtest_step(driver, UINT64_MAX, &fault) != NEAP_END) bench_die("step", &fault);
  double seconds = bench_cpu() - begun;
  neap_feed_report_get(feed, &report);
  *changes = report.changes;
  neap_backtest_close(driver);
  neap_feed_close(feed);
  return seconds;
}

int main(int count, char **files) {
  bench_check(count == 3, "usage: replay BOOK TRADES");
  double best = 1e9;
  uint64_t changes = 0;
  counts told;
  for (int i = 0; i < ROUNDS; i++) {
    double seconds = run(files, &changes, &told);
    best = seconds < best ? seconds : best;
  }
  printf(
      "session %8.2f M changes/s   %llu changes, %llu times on_book, %llu on_quote, %llu on_market_trade in %.1f ms\n",
      (double)changes / best / 1e6, (unsigned long long)changes, (unsigned long long)told.books,
      (unsigned long long)told.quotes, (unsigned long long)told.trades, best * 1e3);
  return 0;
}
