/* SPDX-License-Identifier: MIT */
/* stream_rhythm: when frames leave. Each rhythm beats on a grid that begins with the venue, so that its beats do not
 * depend on who subscribed when, nor on how the venue's time was cut; and only where there is something to tell. */
#include "venue/stream_state.h"

#define MILLISECOND INT64_C(1000000)
enum { RHYTHM_BITS = 4 };

typedef struct beat {
  int64_t every; /* 0: behind what happens now */
  void (*of_product)(neap_venue *venue, neap_venue_product *product);
  void (*of_venue)(neap_venue *venue);
} beat;

static const beat beats[NEAP_RHYTHMS] = {
    [NEAP_RHYTHM_LEVELS] = {50 * MILLISECOND, neap_stream_levels_beat, NULL},
    [NEAP_RHYTHM_TRADES] = {250 * MILLISECOND, neap_stream_trades_beat, NULL},
    [NEAP_RHYTHM_CANDLES] = {1000 * MILLISECOND, neap_stream_candles_beat, NULL},
    [NEAP_RHYTHM_TICKER] = {0, neap_stream_ticker_beat, NULL},
    [NEAP_RHYTHM_TICKER_BATCH] = {5000 * MILLISECOND, neap_stream_ticker_batch_beat, NULL},
    [NEAP_RHYTHM_HEARTBEATS] = {1000 * MILLISECOND, NULL, neap_stream_heartbeats_beat},
    [NEAP_RHYTHM_STATUS] = {5000 * MILLISECOND, NULL, neap_stream_status_beat},
    [NEAP_RHYTHM_ACCOUNTS] = {0, NULL, neap_stream_accounts_beat},
};

/* The beat of a feed that was given up, and of one that was made anew since, is at the same time: the first of them
 * finds what is due, the other nothing. */
static void wake(neap_venue *venue, uint64_t what) {
  neap_stream_rhythm rhythm = (neap_stream_rhythm)(what & ((1u << RHYTHM_BITS) - 1));
  unsigned bit = 1u << rhythm;
  if (beats[rhythm].of_venue) {
    venue->stream_rhythms &= ~bit;
    beats[rhythm].of_venue(venue);
    return;
  }
  neap_venue_product *product = &venue->products[what >> RHYTHM_BITS];
  if (!product->feed || !(product->feed->due & bit)) return;
  product->feed->due &= ~bit;
  beats[rhythm].of_product(venue, product);
}

static int64_t next_beat(const neap_venue *venue, int64_t every) {
  int64_t start = venue->options.start;
  return every ? start + ((venue->now - start) / every + 1) * every : venue->now;
}

void neap_stream_due(neap_venue *venue, neap_venue_product *product, neap_stream_rhythm rhythm) {
  unsigned *due = product ? &product->feed->due : &venue->stream_rhythms, bit = 1u << rhythm;
  if (*due & bit) return;
  *due |= bit;
  uint64_t index = product ? (uint64_t)(product - venue->products) : 0;
  neap_venue_at(venue, next_beat(venue, beats[rhythm].every), wake, index << RHYTHM_BITS | (uint64_t)rhythm);
}
