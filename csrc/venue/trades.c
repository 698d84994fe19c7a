/* SPDX-License-Identifier: MIT */
#include "venue/trades.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_BARS = 64 };

static int64_t minute_of(int64_t time) { return time - time % NEAP_VENUE_MINUTE; }

static neap_status reserve_ring(neap_venue_product *product) {
  if (!product->trades) product->trades = malloc(NEAP_VENUE_TRADES * sizeof *product->trades);
  return product->trades ? NEAP_OK : NEAP_MEMORY;
}

static void drop_older_half(neap_venue_product *product) {
  size_t gone = product->bar_count / 2;
  product->bar_count -= gone;
  memmove(product->bars, product->bars + gone, product->bar_count * sizeof *product->bars);
  product->day.first = product->day.first > gone ? product->day.first - gone : 0;
}

static neap_status reserve_bar(neap_venue_product *product) {
  if (product->bar_count == NEAP_VENUE_BARS) drop_older_half(product);
  if (product->bar_count < product->bar_size) return NEAP_OK;
  size_t size = product->bar_size ? product->bar_size * 2 : FIRST_BARS;
  neap_venue_bar *bars = realloc(product->bars, size * sizeof *bars);
  if (!bars) return NEAP_MEMORY;
  product->bars = bars;
  product->bar_size = size;
  return NEAP_OK;
}

static void widen(neap_venue_window *day, int64_t high, int64_t low, bool is_first) {
  if (is_first || high > day->high) day->high = high;
  if (is_first || low < day->low) day->low = low;
}

static void scan(neap_venue_product *product) {
  neap_venue_window *day = &product->day;
  for (size_t i = day->first; i < product->bar_count; i++)
    widen(day, product->bars[i].high, product->bars[i].low, i == day->first);
}

/* Lets go what is older than a day; looks again for the extremes only where one of them went. */
static void slide(neap_venue_product *product, int64_t now) {
  neap_venue_window *day = &product->day;
  bool lost = false;
  for (; day->first < product->bar_count; day->first++) {
    const neap_venue_bar *bar = &product->bars[day->first];
    if (bar->time > now - NEAP_VENUE_DAY - NEAP_VENUE_MINUTE) break;
    day->volume -= bar->volume;
    lost = lost || bar->high == day->high || bar->low == day->low;
  }
  if (lost) scan(product);
}

static void add_to_bar(neap_venue_product *product, int64_t price, int64_t size, int64_t time) {
  neap_venue_bar *bar = product->bar_count ? &product->bars[product->bar_count - 1] : NULL;
  if (!bar || bar->time < minute_of(time)) {
    bar = &product->bars[product->bar_count++];
    *bar = (neap_venue_bar){minute_of(time), price, price, price, price, 0};
  }
  bar->high = price > bar->high ? price : bar->high;
  bar->low = price < bar->low ? price : bar->low;
  bar->close = price;
  bar->volume += size;
}

static void add_to_day(neap_venue_product *product, int64_t price, int64_t size, int64_t time) {
  slide(product, time);
  bool is_first = product->day.first == product->bar_count;
  add_to_bar(product, price, size, time);
  product->day.volume += size;
  widen(&product->day, price, price, is_first);
}

const neap_venue_trade *neap_venue_record_trade(neap_venue *venue, neap_venue_product *product, int64_t price,
                                                int64_t size, neap_side maker_side, int64_t time) {
  if (reserve_ring(product) != NEAP_OK || reserve_bar(product) != NEAP_OK) {
    venue->has_failed = true;
    return NULL;
  }
  add_to_day(product, price, size, time);
  product->last = price;
  neap_venue_trade *trade = &product->trades[product->trade_count++ % NEAP_VENUE_TRADES];
  *trade = (neap_venue_trade){product->trade_count, price, size, time, maker_side};
  return trade;
}

size_t neap_venue_bar_from(const neap_venue_product *product, int64_t time) {
  size_t low = 0, high = product->bar_count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (product->bars[middle].time < time)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

neap_venue_day neap_venue_day_of(neap_venue_product *product, int64_t now) {
  slide(product, now);
  const neap_venue_window *day = &product->day;
  if (day->first == product->bar_count) return (neap_venue_day){0};
  return (neap_venue_day){product->bars[day->first].open, day->high, day->low, product->last, day->volume};
}

void neap_venue_trades_fini(neap_venue_product *product) {
  free(product->trades);
  free(product->bars);
  product->trades = NULL;
  product->bars = NULL;
  product->trade_count = product->bar_count = product->bar_size = 0;
  product->day = (neap_venue_window){0};
}
