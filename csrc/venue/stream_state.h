/* SPDX-License-Identifier: MIT */
/* stream_state: what the parts of the streams share among themselves; nobody else includes it. */
#ifndef NEAP_VENUE_STREAM_STATE_H
#define NEAP_VENUE_STREAM_STATE_H

#include "base/clock.h"
#include "market/levels.h"
#include "venue/stream.h"
#include "venue/trades.h"

enum { NEAP_STREAM_HEAD = 192, NEAP_STREAM_PAGE = 50, NEAP_STREAM_NAMED = 1 << 15 };

struct neap_venue_stream {
  neap_venue *venue;
  neap_venue_stream *next;
  neap_venue_sink sink;
  uint64_t sequence; /* of its next frame */
  unsigned channels; /* masks of 1 << neap_stream_channel: subscribed; of all products, since none was named */
  unsigned all;
  uint16_t *products; /* per product of the venue: the channels it is subscribed to by name; NEAP_STREAM_NAMED: in this
                         message */
  uint32_t portfolio; /* whose orders it is told; UINT32_MAX: nobody's */
  uint32_t user;
  bool is_known;                   /* a message came with a good token */
  bool has_subscribed;             /* ever */
  bool positions_due, balance_due; /* at the end of what happens now */
};

/* What recurs: of a product first, then of the whole venue. */
typedef enum neap_stream_rhythm {
  NEAP_RHYTHM_LEVELS,
  NEAP_RHYTHM_TRADES,
  NEAP_RHYTHM_CANDLES,
  NEAP_RHYTHM_TICKER, /* at once, behind the match */
  NEAP_RHYTHM_TICKER_BATCH,
  NEAP_RHYTHM_HEARTBEATS,
  NEAP_RHYTHM_STATUS,
  NEAP_RHYTHM_ACCOUNTS, /* at once, behind what changed positions and balances */
  NEAP_RHYTHMS
} neap_stream_rhythm;

/* Of a product that somebody has subscribed to by name. */
typedef struct neap_stream_feed {
  uint32_t subscribers[NEAP_STREAM_CHANNELS], total;
  unsigned due;           /* rhythms under way */
  neap_levels changed[2]; /* keys of the book's sides whose level has changed since the last batch */
  int64_t changed_at;
  neap_venue_trade *trades; /* prints that no batch has told yet */
  size_t trade_count, trade_size;
  int64_t candle; /* the first bucket that has changed; INT64_MAX: none has */
  struct {
    int64_t day, until, low, high; /* of 52 weeks: the extremes of bars before `until`; high 0: of none */
  } year;
} neap_stream_feed;

/* The events of a frame, written once for all who are told: before them there is room for each one's envelope. Events
 * are appended to `json`, or as text to `text`. */
typedef struct neap_stream_draft {
  neap_buffer text;
  neap_json_writer json;
  bool is_whole;
} neap_stream_draft;

/* stream_frame.c */
void neap_stream_draft_begin(neap_stream_draft *draft);
void neap_stream_draft_send(neap_stream_draft *draft, neap_venue_stream *stream, const char *frame);
/* To all who subscribed to the channel, for this product. */
void neap_stream_draft_tell(neap_stream_draft *draft, neap_venue *venue, enum neap_stream_channel channel,
                            const neap_venue_product *product);
void neap_stream_draft_end(neap_stream_draft *draft);
void neap_stream_draft_event(neap_stream_draft *draft, const char *type); /* opens {"type":… */
void neap_stream_refuse(neap_venue_stream *stream, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* RFC 3339 with as many digits as are needed; of trades, levels and orders the venue tells microseconds. */
void neap_stream_time(int64_t time, char out[NEAP_TIME_TEXT]);
void neap_stream_micro(int64_t time, char out[NEAP_TIME_TEXT]);
void neap_stream_write_micro(neap_json_writer *json, const char *key, int64_t time);

/* stream_rhythm.c: lets a rhythm's next beat come, if it is not under way. `product` NULL: of the venue. */
void neap_stream_due(neap_venue *venue, neap_venue_product *product, neap_stream_rhythm rhythm);

/* stream_message.c, stream_channel.c */
typedef enum neap_stream_scope { NEAP_STREAM_BY_PRODUCT, NEAP_STREAM_WHOLE, NEAP_STREAM_EITHER } neap_stream_scope;
typedef struct neap_stream_kind {
  const char *name, *frame; /* as it is subscribed to, and as its frames call it */
  neap_stream_scope scope;
  bool is_signed;
  void (*begin)(neap_venue_stream *stream, neap_venue_product *product); /* the snapshot; NULL: there is none */
} neap_stream_kind;
extern const neap_stream_kind neap_stream_kinds[NEAP_STREAM_CHANNELS];
bool neap_stream_has(const neap_venue_stream *stream, enum neap_stream_channel channel,
                     const neap_venue_product *product);
bool neap_stream_join(neap_venue_stream *stream, enum neap_stream_channel channel, neap_venue_product *product);
void neap_stream_leave(neap_venue_stream *stream, enum neap_stream_channel channel, neap_venue_product *product);
void neap_stream_leave_channel(neap_venue_stream *stream, enum neap_stream_channel channel);
void neap_stream_acknowledge(neap_venue_stream *stream);

/* Each channel: what a subscriber is told first, and what its rhythm tells. */
void neap_stream_levels_begin(neap_venue_stream *stream, neap_venue_product *product);
void neap_stream_levels_beat(neap_venue *venue, neap_venue_product *product);
void neap_stream_trades_begin(neap_venue_stream *stream, neap_venue_product *product);
void neap_stream_trades_beat(neap_venue *venue, neap_venue_product *product);
void neap_stream_candles_begin(neap_venue_stream *stream, neap_venue_product *product);
void neap_stream_candles_beat(neap_venue *venue, neap_venue_product *product);
void neap_stream_ticker_begin(neap_venue_stream *stream, neap_venue_product *product);
void neap_stream_ticker_beat(neap_venue *venue, neap_venue_product *product);
void neap_stream_ticker_batch_begin(neap_venue_stream *stream, neap_venue_product *product);
void neap_stream_ticker_batch_beat(neap_venue *venue, neap_venue_product *product);
void neap_stream_heartbeats_begin(neap_venue_stream *stream, neap_venue_product *product);
void neap_stream_heartbeats_beat(neap_venue *venue);
void neap_stream_status_begin(neap_venue_stream *stream, neap_venue_product *product);
void neap_stream_status_beat(neap_venue *venue);
void neap_stream_user_begin(neap_venue_stream *stream, neap_venue_product *product);
void neap_stream_balance_begin(neap_venue_stream *stream, neap_venue_product *product);
void neap_stream_accounts_beat(neap_venue *venue);

/* stream_order.c: an order as the user channel tells it; stream_balance.c, stream_positions.c. */
void neap_stream_write_order(neap_json_writer *json, const neap_venue *venue, const neap_venue_order *order);
const neap_venue_product *neap_stream_order_product(const neap_venue *venue, const neap_venue_order *order);
void neap_stream_write_balance(neap_json_writer *json, const neap_venue *venue, uint32_t portfolio);
void neap_stream_write_positions(neap_json_writer *json, neap_venue *venue, uint32_t portfolio); /* UINT32_MAX: none */

#endif
