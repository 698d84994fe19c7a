/* SPDX-License-Identifier: MIT */
/* stream_ticker: the last price, what a day and a year had, and what is best; behind each match, or every five seconds
 * after one and without the best. */
#include "venue/stream_state.h"

#define YEAR (364 * NEAP_VENUE_DAY)
enum { PERCENT_DIGITS = 14 };

static void widen(neap_stream_feed *feed, const neap_venue_bar *bar) {
  bool is_first = feed->year.high == 0;
  if (is_first || bar->high > feed->year.high) feed->year.high = bar->high;
  if (is_first || bar->low < feed->year.low) feed->year.low = bar->low;
}

/* 52 weeks, which begin with a day: what was looked at is not looked at again until a day has gone. */
static void look_at_year(neap_venue *venue, neap_venue_product *product) {
  neap_stream_feed *feed = product->feed;
  int64_t day = venue->now - venue->now % NEAP_VENUE_DAY;
  if (feed->year.day != day) {
    feed->year.day = day;
    feed->year.until = day - YEAR;
    feed->year.high = feed->year.low = 0;
  }
  for (size_t i = neap_venue_bar_from(product, feed->year.until); i < product->bar_count; i++)
    widen(feed, &product->bars[i]);
  if (product->bar_count) feed->year.until = product->bars[product->bar_count - 1].time;
}

static neap_decimal change_of(const neap_venue_product *product, const neap_venue_day *day) {
  neap_decimal change = NEAP_ZERO, last = neap_venue_price(product, day->last),
               open = neap_venue_price(product, day->open);
  if (neap_decimal_is_zero(open) || neap_decimal_sub(last, open, &change) != NEAP_OK) return NEAP_ZERO;
  neap_status status =
      neap_decimal_mul_div(change, neap_decimal_from_int(100), open, PERCENT_DIGITS, NEAP_ROUND_HALF_EVEN, &change);
  return status == NEAP_OK ? change : NEAP_ZERO;
}

/* A product that nobody traded stands where its list had it. */
static void write_prices(neap_json_writer *json, neap_venue *venue, neap_venue_product *product) {
  neap_venue_day day = neap_venue_day_of(product, venue->now);
  int64_t last = product->last;
  look_at_year(venue, product);
  neap_json_decimal(json, "price", neap_venue_price(product, last));
  neap_json_decimal(json, "volume_24_h", (neap_decimal){day.volume * product->facts.base_increment.units});
  neap_json_decimal(json, "low_24_h", neap_venue_price(product, day.high ? day.low : last));
  neap_json_decimal(json, "high_24_h", neap_venue_price(product, day.high ? day.high : last));
  int64_t low = product->feed->year.low, high = product->feed->year.high;
  neap_json_decimal(json, "low_52_w", neap_venue_price(product, high ? low : last));
  neap_json_decimal(json, "high_52_w", neap_venue_price(product, high ? high : last));
  neap_json_decimal(json, "price_percent_chg_24_h", change_of(product, &day));
}

static void write_best(neap_json_writer *json, const neap_venue_product *product) {
  neap_match_level bid = {0}, ask = {0};
  neap_order_book_levels(product->book, NEAP_BUY, 1, &bid);
  neap_order_book_levels(product->book, NEAP_SELL, 1, &ask);
  neap_json_decimal(json, "best_bid", neap_venue_price(product, bid.price));
  neap_json_decimal(json, "best_ask", neap_venue_price(product, ask.price));
  neap_json_decimal(json, "best_bid_quantity", neap_venue_size(product, bid.quantity));
  neap_json_decimal(json, "best_ask_quantity", neap_venue_size(product, ask.quantity));
}

static void write_event(neap_stream_draft *draft, neap_venue *venue, neap_venue_product *product, const char *type,
                        bool has_best) {
  neap_stream_draft_begin(draft);
  neap_stream_draft_event(draft, type);
  neap_json_array(&draft->json, "tickers");
  neap_json_object(&draft->json, NULL);
  neap_json_string(&draft->json, "type", "ticker");
  neap_json_string(&draft->json, "product_id", product->facts.id);
  write_prices(&draft->json, venue, product);
  if (has_best) write_best(&draft->json, product);
  neap_json_end_object(&draft->json);
  neap_json_end_array(&draft->json);
  neap_json_end_object(&draft->json);
}

static void begin(neap_venue_stream *stream, neap_venue_product *product, enum neap_stream_channel channel) {
  neap_stream_draft draft;
  write_event(&draft, stream->venue, product, "snapshot", channel == NEAP_STREAM_TICKER);
  neap_stream_draft_send(&draft, stream, neap_stream_kinds[channel].frame);
  neap_stream_draft_end(&draft);
}

static void beat(neap_venue *venue, neap_venue_product *product, enum neap_stream_channel channel) {
  neap_stream_draft draft;
  write_event(&draft, venue, product, "update", channel == NEAP_STREAM_TICKER);
  neap_stream_draft_tell(&draft, venue, channel, product);
  neap_stream_draft_end(&draft);
}

void neap_stream_ticker_begin(neap_venue_stream *stream, neap_venue_product *product) {
  begin(stream, product, NEAP_STREAM_TICKER);
}
void neap_stream_ticker_batch_begin(neap_venue_stream *stream, neap_venue_product *product) {
  begin(stream, product, NEAP_STREAM_TICKER_BATCH);
}
void neap_stream_ticker_beat(neap_venue *venue, neap_venue_product *product) {
  beat(venue, product, NEAP_STREAM_TICKER);
}
void neap_stream_ticker_batch_beat(neap_venue *venue, neap_venue_product *product) {
  beat(venue, product, NEAP_STREAM_TICKER_BATCH);
}
