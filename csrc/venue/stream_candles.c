/* SPDX-License-Identifier: MIT */
/* stream_candles: bars of five minutes: at first the last hundred that have a trade, the oldest first; then each second
 * those that have changed. */
#include <inttypes.h>
#include <stdio.h>

#include "venue/stream_state.h"

#define BUCKET (5 * NEAP_VENUE_MINUTE)
enum { SNAPSHOT = 100, START = 24 };

static int64_t bucket_of(const neap_venue_bar *bar) { return bar->time - bar->time % BUCKET; }

/* Merges the bars of one bucket from `at` on; returns the first bar behind it. */
static size_t merge(const neap_venue_product *product, size_t at, neap_venue_bar *out) {
  *out = product->bars[at];
  out->time = bucket_of(&product->bars[at]);
  for (at++; at < product->bar_count && bucket_of(&product->bars[at]) == out->time; at++) {
    const neap_venue_bar *bar = &product->bars[at];
    out->high = bar->high > out->high ? bar->high : out->high;
    out->low = bar->low < out->low ? bar->low : out->low;
    out->close = bar->close;
    out->volume += bar->volume;
  }
  return at;
}

static void write_candle(neap_json_writer *json, const neap_venue_product *product, const neap_venue_bar *bar) {
  char start[START];
  snprintf(start, sizeof start, "%" PRId64, bar->time / NEAP_SECOND);
  neap_json_object(json, NULL);
  neap_json_string(json, "start", start);
  neap_json_decimal(json, "high", neap_venue_price(product, bar->high));
  neap_json_decimal(json, "low", neap_venue_price(product, bar->low));
  neap_json_decimal(json, "open", neap_venue_price(product, bar->open));
  neap_json_decimal(json, "close", neap_venue_price(product, bar->close));
  neap_json_decimal(json, "volume", (neap_decimal){bar->volume * product->facts.base_increment.units});
  neap_json_string(json, "product_id", product->facts.id);
  neap_json_end_object(json);
}

static void write_event(neap_stream_draft *draft, const neap_venue_product *product, const char *type, size_t first) {
  neap_venue_bar candle;
  neap_stream_draft_begin(draft);
  neap_stream_draft_event(draft, type);
  neap_json_array(&draft->json, "candles");
  while (first < product->bar_count) {
    first = merge(product, first, &candle);
    write_candle(&draft->json, product, &candle);
  }
  neap_json_end_array(&draft->json);
  neap_json_end_object(&draft->json);
}

/* The first bar of the hundredth bucket from the end. */
static size_t first_of_snapshot(const neap_venue_product *product) {
  size_t first = product->bar_count, buckets = 0;
  int64_t bucket = INT64_MAX;
  for (; first > 0; first--) {
    int64_t before = bucket_of(&product->bars[first - 1]);
    if (before != bucket && ++buckets > SNAPSHOT) break;
    bucket = before;
  }
  return first;
}

void neap_stream_candles_begin(neap_venue_stream *stream, neap_venue_product *product) {
  neap_stream_draft draft;
  write_event(&draft, product, "snapshot", first_of_snapshot(product));
  neap_stream_draft_send(&draft, stream, neap_stream_kinds[NEAP_STREAM_CANDLES].frame);
  neap_stream_draft_end(&draft);
}

void neap_stream_candles_beat(neap_venue *venue, neap_venue_product *product) {
  neap_stream_draft draft;
  write_event(&draft, product, "update", neap_venue_bar_from(product, product->feed->candle));
  product->feed->candle = INT64_MAX;
  neap_stream_draft_tell(&draft, venue, NEAP_STREAM_CANDLES, product);
  neap_stream_draft_end(&draft);
}
