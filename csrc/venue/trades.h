/* SPDX-License-Identifier: MIT */
/* trades: what was traded: the last prints of a product, its minute bars, its last 24 hours. Kept per product that has
 * a book; an alias has none of its own. */
#ifndef NEAP_VENUE_TRADES_H
#define NEAP_VENUE_TRADES_H

#include "venue/venue_state.h"

/* Minutes with a trade that are kept at most: 400 days. Past that the older half is dropped. */
enum { NEAP_VENUE_BARS = 400 * 1440 };
#define NEAP_VENUE_MINUTE INT64_C(60000000000)
#define NEAP_VENUE_DAY (1440 * NEAP_VENUE_MINUTE)

/* Called at each match, in order: numbers the print, and moves bars, the day and the last price. `maker_side` is the
 * side of the order that rested. It tells nobody: who matched tells the streams and looks at the stops. The print is
 * good until the next. NULL: memory is short (venue->has_failed), and nothing is changed. */
const neap_venue_trade *neap_venue_record_trade(neap_venue *venue, neap_venue_product *product, int64_t price,
                                                int64_t size, neap_side maker_side, int64_t time);

/* How many prints are there to see, and the one that is `back` before the newest (0: the newest). */
static inline size_t neap_venue_trades_kept(const neap_venue_product *product) {
  return product->trade_count < NEAP_VENUE_TRADES ? (size_t)product->trade_count : NEAP_VENUE_TRADES;
}
static inline const neap_venue_trade *neap_venue_trade_before(const neap_venue_product *product, size_t back) {
  return back < neap_venue_trades_kept(product)
             ? &product->trades[(product->trade_count - 1 - back) % NEAP_VENUE_TRADES]
             : NULL;
}

/* The first bar that begins at `time` or later; bar_count: there is none. */
size_t neap_venue_bar_from(const neap_venue_product *product, int64_t time);

/* The 24 hours before `now`, to the minute: a bar counts while a part of it is not older. Everything is 0 where nothing
 * was traded. Cheap: amortized over the minutes that pass. */
typedef struct neap_venue_day {
  int64_t open, high, low, last;
  __int128 volume; /* base increments */
} neap_venue_day;
neap_venue_day neap_venue_day_of(neap_venue_product *product, int64_t now);

void neap_venue_trades_fini(neap_venue_product *product);

#endif
