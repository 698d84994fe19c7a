/* SPDX-License-Identifier: MIT */
/* stream: what the venue's parts tell its WebSocket connections. Frames leave at the venue's own rhythm: levels every
 * 50 ms, market trades every 250 ms, tickers at a match, the user's orders at once. */
#ifndef NEAP_VENUE_STREAM_H
#define NEAP_VENUE_STREAM_H

#include "venue/venue_state.h"

enum neap_stream_channel {
  NEAP_STREAM_HEARTBEATS,
  NEAP_STREAM_CANDLES,
  NEAP_STREAM_STATUS,
  NEAP_STREAM_TICKER,
  NEAP_STREAM_TICKER_BATCH,
  NEAP_STREAM_LEVEL2,
  NEAP_STREAM_MARKET_TRADES,
  NEAP_STREAM_USER,
  NEAP_STREAM_FUTURES_BALANCE,
  NEAP_STREAM_CHANNELS
};

const char *neap_stream_channel_name(enum neap_stream_channel channel); /* as it is subscribed to */

/* Called where it happened, in order. */
void neap_stream_level_changed(neap_venue *venue, neap_venue_product *product, neap_side side, int64_t price);
void neap_stream_traded(neap_venue *venue, neap_venue_product *product, const neap_venue_trade *trade);
void neap_stream_order_changed(neap_venue *venue, const neap_venue_order *order); /* each change of its state */
void neap_stream_product_changed(neap_venue *venue, neap_venue_product *product); /* its flags */
void neap_stream_position_changed(neap_venue *venue, uint32_t portfolio);

#endif
