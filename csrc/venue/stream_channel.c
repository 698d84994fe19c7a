/* SPDX-License-Identifier: MIT */
/* stream_channel: the channels there are, who is subscribed to what, and how that is acknowledged. */
#include <stdlib.h>

#include "venue/stream_state.h"

/* By name, as the venue lists them. */
const neap_stream_kind neap_stream_kinds[NEAP_STREAM_CHANNELS] = {
    [NEAP_STREAM_HEARTBEATS] = {"heartbeats", "heartbeats", NEAP_STREAM_WHOLE, false, neap_stream_heartbeats_begin},
    [NEAP_STREAM_CANDLES] = {"candles", "candles", NEAP_STREAM_BY_PRODUCT, false, neap_stream_candles_begin},
    [NEAP_STREAM_STATUS] = {"status", "status", NEAP_STREAM_EITHER, false, neap_stream_status_begin},
    [NEAP_STREAM_TICKER] = {"ticker", "ticker", NEAP_STREAM_BY_PRODUCT, false, neap_stream_ticker_begin},
    [NEAP_STREAM_TICKER_BATCH] = {"ticker_batch", "ticker_batch", NEAP_STREAM_BY_PRODUCT, false,
                                  neap_stream_ticker_batch_begin},
    [NEAP_STREAM_LEVEL2] = {"level2", "l2_data", NEAP_STREAM_BY_PRODUCT, false, neap_stream_levels_begin},
    [NEAP_STREAM_MARKET_TRADES] = {"market_trades", "market_trades", NEAP_STREAM_BY_PRODUCT, false,
                                   neap_stream_trades_begin},
    [NEAP_STREAM_USER] = {"user", "user", NEAP_STREAM_EITHER, true, neap_stream_user_begin},
    [NEAP_STREAM_FUTURES_BALANCE] = {"futures_balance_summary", "futures_balance_summary", NEAP_STREAM_WHOLE, true,
                                     neap_stream_balance_begin},
};

const char *neap_stream_channel_name(enum neap_stream_channel channel) { return neap_stream_kinds[channel].name; }

/* Of the acknowledgement: the venue's maps come sorted by their keys. */
static const enum neap_stream_channel by_name[NEAP_STREAM_CHANNELS] = {
    NEAP_STREAM_CANDLES, NEAP_STREAM_FUTURES_BALANCE, NEAP_STREAM_HEARTBEATS,
    NEAP_STREAM_LEVEL2,  NEAP_STREAM_MARKET_TRADES,   NEAP_STREAM_STATUS,
    NEAP_STREAM_TICKER,  NEAP_STREAM_TICKER_BATCH,    NEAP_STREAM_USER};

static uint16_t *mask_of(const neap_venue_stream *stream, const neap_venue_product *product) {
  return &stream->products[product - stream->venue->products];
}

bool neap_stream_has(const neap_venue_stream *stream, enum neap_stream_channel channel,
                     const neap_venue_product *product) {
  unsigned bit = 1u << channel;
  return (stream->all & bit) || (product && *mask_of(stream, product) & bit);
}

static neap_stream_feed *make_feed(neap_venue_product *product) {
  neap_stream_feed *feed = calloc(1, sizeof *feed);
  if (!feed) return NULL;
  feed->candle = INT64_MAX;
  neap_status status = neap_levels_init(&feed->changed[NEAP_BUY]);
  if (status == NEAP_OK && (status = neap_levels_init(&feed->changed[NEAP_SELL])) != NEAP_OK)
    neap_levels_fini(&feed->changed[NEAP_BUY]);
  if (status == NEAP_OK) return product->feed = feed;
  free(feed);
  return NULL;
}

static void drop_feed(neap_venue_product *product) {
  neap_levels_fini(&product->feed->changed[NEAP_BUY]);
  neap_levels_fini(&product->feed->changed[NEAP_SELL]);
  free(product->feed->trades);
  free(product->feed);
  product->feed = NULL;
}

/* `product` NULL: the channel as a whole. */
bool neap_stream_join(neap_venue_stream *stream, enum neap_stream_channel channel, neap_venue_product *product) {
  uint16_t bit = (uint16_t)(1u << channel);
  stream->channels |= bit;
  if (!product) return stream->all |= bit, true;
  if (*mask_of(stream, product) & bit) return true;
  if (neap_stream_kinds[channel].scope == NEAP_STREAM_BY_PRODUCT) {
    if (!product->feed && !make_feed(product)) return stream->venue->has_failed = true, false;
    product->feed->subscribers[channel]++;
    product->feed->total++;
  }
  *mask_of(stream, product) |= bit;
  return true;
}

static bool has_any(const neap_venue_stream *stream, unsigned bit) {
  for (size_t i = 0; i < stream->venue->product_count; i++)
    if (stream->products[i] & bit) return true;
  return false;
}

static void leave(neap_venue_stream *stream, enum neap_stream_channel channel, neap_venue_product *product) {
  uint16_t bit = (uint16_t)(1u << channel);
  if (!(*mask_of(stream, product) & bit)) return;
  *mask_of(stream, product) &= (uint16_t)~bit;
  if (neap_stream_kinds[channel].scope != NEAP_STREAM_BY_PRODUCT) return;
  /* What nobody waits for is no part of a batch: whoever comes next has it in the snapshot. */
  if (--product->feed->subscribers[channel] == 0 && channel == NEAP_STREAM_MARKET_TRADES)
    product->feed->trade_count = 0;
  if (--product->feed->total == 0) drop_feed(product);
}

void neap_stream_leave(neap_venue_stream *stream, enum neap_stream_channel channel, neap_venue_product *product) {
  unsigned bit = 1u << channel;
  leave(stream, channel, product);
  if (!(stream->all & bit) && !has_any(stream, bit)) stream->channels &= ~bit;
}

void neap_stream_leave_channel(neap_venue_stream *stream, enum neap_stream_channel channel) {
  unsigned bit = 1u << channel;
  if (!(stream->channels & bit)) return;
  for (size_t i = 0; i < stream->venue->product_count; i++) leave(stream, channel, &stream->venue->products[i]);
  stream->all &= ~bit;
  stream->channels &= ~bit;
}

/* Channels of an account name their user, a channel without products names itself. */
static void list_channel(const neap_venue_stream *stream, enum neap_stream_channel channel, neap_json_writer *json) {
  const neap_venue *venue = stream->venue;
  neap_json_array(json, neap_stream_kinds[channel].name);
  if (neap_stream_kinds[channel].is_signed)
    neap_json_string(json, NULL, venue->users[stream->user].id);
  else if (stream->all & 1u << channel)
    neap_json_string(json, NULL, neap_stream_kinds[channel].name);
  else
    for (size_t i = 0; i < venue->product_count; i++)
      if (stream->products[i] & 1u << channel) neap_json_string(json, NULL, venue->products[i].facts.id);
  neap_json_end_array(json);
}

void neap_stream_acknowledge(neap_venue_stream *stream) {
  neap_stream_draft draft;
  neap_stream_draft_begin(&draft);
  neap_json_object(&draft.json, NULL);
  neap_json_object(&draft.json, "subscriptions");
  for (size_t i = 0; i < NEAP_STREAM_CHANNELS; i++)
    if (stream->channels & 1u << by_name[i]) list_channel(stream, by_name[i], &draft.json);
  neap_json_end_object(&draft.json);
  neap_json_end_object(&draft.json);
  neap_stream_draft_send(&draft, stream, "subscriptions");
  neap_stream_draft_end(&draft);
}
