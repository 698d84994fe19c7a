/* SPDX-License-Identifier: MIT */
/* market_fuzz: any line as what is said of a market, any bytes as its file (behind an empty line: the trades of a
 * recorded book). What is accepted runs for ten seconds beside a participant, and the venue's sums still hold. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "venue/market.h"
#include "venue/orders.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 1 << 16, MOST_WORDS = 200 };

static void must(bool truth) {
  if (!truth) abort();
}

/* Where the text behind `mark` begins; the end where there is none. */
static const char *behind(const char *text, const char *mark) {
  const char *found = strstr(text, mark);
  return found ? found + strlen(mark) : text + strlen(text);
}

/* An order that rests in the way of whatever comes. */
static void stand_in_the_way(neap_venue *venue) {
  neap_venue_product *product = neap_venue_product_named(venue, "BTC-USD");
  neap_match_order order = {.id = NEAP_HOUSE_ORDER | UINT64_C(1) << 62,
                            .owner = NEAP_HOUSE_TAKER,
                            .side = NEAP_BUY,
                            .type = NEAP_LIMIT,
                            .price = product->last,
                            .quantity = 100000000};
  neap_venue_house_submit(venue, product, &order);
}

static void run(neap_venue *venue, const neap_venue_market_options *options) {
  neap_fault fault;
  if (neap_venue_add_market(venue, options, &fault) != NEAP_OK) {
    must(fault.code[0] && fault.message[0]);
    return;
  }
  neap_venue_advance(venue, neap_venue_now(venue) + 5 * NEAP_SECOND);
  stand_in_the_way(venue);
  neap_venue_advance(venue, neap_venue_now(venue) + 5 * NEAP_SECOND);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char text[MOST + 1], words[MOST_WORDS];
  neap_venue_options options = neap_venue_default_options();
  neap_venue *venue;
  neap_fault fault;
  if (size > MOST || memchr(data, 0, size)) return 0;
  memcpy(text, data, size);
  text[size] = 0;
  size_t line = strcspn(text, "\n");
  if (line >= MOST_WORDS) return 0;
  memcpy(words, text, line);
  words[line] = 0;
  const char *file = behind(text, "\n"), *trades = behind(file, "\n\n");
  neap_venue_market_options market = {.product = "BTC-USD", .text = words, .data = file, .trades = trades, .speed = 1};
  market.trades_length = strlen(trades);
  market.data_length = strlen(file) - market.trades_length;
  if (market.trades_length == 0) market.trades = NULL;
  must(neap_venue_new(&options, &venue, &fault) == NEAP_OK);
  run(venue, &market);
  must(neap_venue_check(venue, &fault) == NEAP_OK);
  neap_venue_free(venue);
  return 0;
}
