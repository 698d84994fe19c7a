/* SPDX-License-Identifier: MIT */
/* venue: how much faster than the clock the local exchange's generated markets run, for a whole venue and per match and
 * product, without clients. Usage: venue [SECONDS [LEVELS]]. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "bench/program.h"
#include "venue/market.h"
#include "venue/venue_state.h"

static size_t count_books(const neap_venue *venue, uint64_t *trades) {
  size_t books = 0;
  for (size_t i = 0; i < venue->product_count; i++) {
    books += venue->products[i].market != NULL;
    *trades += venue->products[i].trade_count;
  }
  return books;
}

int main(int count, char **word) {
  int64_t seconds = count > 1 ? atoll(word[1]) : 3600;
  char text[80];
  neap_fault fault;
  neap_venue *venue;
  neap_venue_options options = neap_venue_default_options();
  neap_venue_market_options market = {.text = text};
  snprintf(text, sizeof text, "generated:levels=%.8s", count > 2 ? word[2] : "25");
  bench_check(seconds > 0, "venue [SECONDS [LEVELS]]");
  bench_must(neap_venue_new(&options, &venue, &fault), "the venue", &fault);
  double begun = bench_cpu();
  bench_must(neap_venue_add_market(venue, &market, &fault), "its markets", &fault);
  double filled = bench_cpu();
  neap_venue_advance(venue, seconds * NEAP_SECOND);
  double took = bench_cpu() - filled;
  uint64_t trades = 0;
  size_t books = count_books(venue, &trades);
  bench_must(neap_venue_check(venue, &fault), "its wallets", &fault);
  printf("%zu generated markets: %.1f ms to fill the books; %lld s in %.2f s: %.0f venue seconds per CPU second, "
         "%.0f of one market; %.2f us a match\n",
         books, (filled - begun) * 1e3, (long long)seconds, took, (double)seconds / took,
         (double)seconds * (double)books / took, took * 1e6 / (double)trades);
  neap_venue_free(venue);
  return 0;
}
