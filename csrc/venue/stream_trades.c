/* SPDX-License-Identifier: MIT */
/* stream_trades: the market's prints, the newest first, in batches of 250 ms. `side` is the maker's. A print is told
 * once: what waits for the next batch is not in a snapshot. */
#include <inttypes.h>
#include <stdio.h>

#include "venue/stream_state.h"

enum { SNAPSHOT = 100, NUMBER = 24 };

static void write_trade(neap_json_writer *json, const neap_venue_product *product, const neap_venue_trade *trade) {
  char number[NUMBER];
  snprintf(number, sizeof number, "%" PRIu64, trade->number);
  neap_json_object(json, NULL);
  neap_json_string(json, "product_id", product->facts.id);
  neap_json_string(json, "trade_id", number);
  neap_json_decimal(json, "price", neap_venue_price(product, trade->price));
  neap_json_decimal(json, "size", neap_venue_size(product, trade->size));
  neap_stream_write_micro(json, "time", trade->time);
  neap_json_string(json, "side", trade->maker_side == NEAP_BUY ? "BUY" : "SELL");
  neap_json_end_object(json);
}

static void begin_event(neap_stream_draft *draft, const char *type) {
  neap_stream_draft_begin(draft);
  neap_stream_draft_event(draft, type);
  neap_json_array(&draft->json, "trades");
}

static void end_event(neap_stream_draft *draft) {
  neap_json_end_array(&draft->json);
  neap_json_end_object(&draft->json);
}

void neap_stream_trades_begin(neap_venue_stream *stream, neap_venue_product *product) {
  neap_stream_draft draft;
  begin_event(&draft, "snapshot");
  for (size_t i = 0, waiting = product->feed->trade_count; i < SNAPSHOT; i++) {
    const neap_venue_trade *trade = neap_venue_trade_before(product, waiting + i);
    if (!trade) break;
    write_trade(&draft.json, product, trade);
  }
  end_event(&draft);
  neap_stream_draft_send(&draft, stream, neap_stream_kinds[NEAP_STREAM_MARKET_TRADES].frame);
  neap_stream_draft_end(&draft);
}

void neap_stream_trades_beat(neap_venue *venue, neap_venue_product *product) {
  neap_stream_feed *feed = product->feed;
  neap_stream_draft draft;
  if (feed->trade_count == 0) return;
  begin_event(&draft, "update");
  while (feed->trade_count > 0) write_trade(&draft.json, product, &feed->trades[--feed->trade_count]);
  end_event(&draft);
  neap_stream_draft_tell(&draft, venue, NEAP_STREAM_MARKET_TRADES, product);
  neap_stream_draft_end(&draft);
}

static void keep(neap_venue *venue, neap_venue_product *product, const neap_venue_trade *trade) {
  neap_stream_feed *feed = product->feed;
  neap_venue_trade *kept = neap_venue_push(&feed->trades, &feed->trade_count, &feed->trade_size, sizeof *kept);
  if (!kept) {
    venue->has_failed = true;
    return;
  }
  *kept = *trade;
  neap_stream_due(venue, product, NEAP_RHYTHM_TRADES);
}

static int64_t bucket_of(int64_t time) { return time - time % (5 * NEAP_VENUE_MINUTE); }

static void note_candle(neap_venue *venue, neap_venue_product *product, int64_t time) {
  neap_stream_feed *feed = product->feed;
  int64_t bucket = bucket_of(time);
  if (bucket < feed->candle) feed->candle = bucket;
  neap_stream_due(venue, product, NEAP_RHYTHM_CANDLES);
}

void neap_stream_traded(neap_venue *venue, neap_venue_product *product, const neap_venue_trade *trade) {
  product = neap_venue_product_book(venue, product);
  neap_stream_feed *feed = product->feed;
  if (!feed) return;
  if (feed->subscribers[NEAP_STREAM_MARKET_TRADES]) keep(venue, product, trade);
  if (feed->subscribers[NEAP_STREAM_CANDLES]) note_candle(venue, product, trade->time);
  if (feed->subscribers[NEAP_STREAM_TICKER]) neap_stream_due(venue, product, NEAP_RHYTHM_TICKER);
  if (feed->subscribers[NEAP_STREAM_TICKER_BATCH]) neap_stream_due(venue, product, NEAP_RHYTHM_TICKER_BATCH);
}
