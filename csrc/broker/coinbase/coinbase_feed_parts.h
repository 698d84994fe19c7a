/* SPDX-License-Identifier: MIT */
/* coinbase_feed_parts: what the parts of the feed share among themselves; nobody else includes it. */
#ifndef NEAP_BROKER_COINBASE_COINBASE_FEED_PARTS_H
#define NEAP_BROKER_COINBASE_COINBASE_FEED_PARTS_H

#include "base/clock.h"
#include "broker/coinbase/coinbase_feed.h"
#include "broker/coinbase/frames.h"
#include "net/recorded_socket.h"

enum { NEAP_FEED_ID = 40, NEAP_FEED_WHY = 48, NEAP_FEED_STATUS = 24 };
#define NEAP_FEED_HEALTHY (60 * NEAP_SECOND) /* what worked for so long begins anew with its back-off */

/* In the order in which they are asked for: heartbeats first, since a book may be megabytes. */
typedef enum neap_coinbase_feed_channel {
  NEAP_FEED_HEARTBEATS,
  NEAP_FEED_BOOKS,
  NEAP_FEED_TRADES,
  NEAP_FEED_STATUSES,
  NEAP_FEED_CHANNELS
} neap_coinbase_feed_channel;

/* A subscription, from the wish to its first answer. */
typedef struct neap_coinbase_wish {
  enum { NEAP_WISH_NONE, NEAP_WISH_WANTED, NEAP_WISH_SENT, NEAP_WISH_DONE } state;
  bool is_subscribed; /* on this connection: it is left first, so that the venue tells it from its beginning */
  unsigned tries;
  int64_t due; /* WANTED: not before. SENT: asked again then. DONE: since */
} neap_coinbase_wish;

typedef struct neap_coinbase_held_trade {
  uint64_t id;
  neap_market_trade trade;
} neap_coinbase_held_trade;

/* Trades of a book on their way to who hears them. Ids rise by one at this venue, which nobody promises: once REST has
 * shown that some do not exist, holes are only looked into where frames were lost. */
typedef struct neap_coinbase_trades {
  neap_coinbase_held_trade *held; /* by id, all above `last` */
  size_t count, size;
  uint64_t last;   /* that was told, or is history */
  bool knows_last; /* also when there was none: 0 */
  bool is_unsure;  /* frames were lost since */
  bool ids_skip;
  bool is_touched, has_snapshot; /* by this frame */
  uint64_t oldest;               /* id of this frame; 0: none */
  bool is_fetching;
  uint64_t fetched_oldest, fetched_newest; /* ids of the pages so far; 0: none */
  unsigned pages, failures;
  int64_t fetch_at; /* again; INT64_MAX: not */
} neap_coinbase_trades;

/* A book of the venue's, of one product or of several that share it. Its index is that of the frames' decoder. */
typedef struct neap_coinbase_stream {
  char id[NEAP_FEED_ID];
  neap_decimal price_increment, size_increment;
  uint32_t first; /* of its products */
  neap_coinbase_wish book, trade;
  bool is_live;                  /* what was told of it holds: it can be lost */
  char refused[NEAP_FEED_WHY];   /* why it cannot be used; "": it can */
  char status[NEAP_FEED_STATUS]; /* the venue's word */
  neap_coinbase_trades trades;
} neap_coinbase_stream;

typedef struct neap_coinbase_member { /* a product as the caller names it */
  char id[NEAP_FEED_ID], alias[NEAP_FEED_ID];
  neap_decimal price_increment, size_increment;
  uint32_t stream, next; /* of the same stream; UINT32_MAX: none */
  uint32_t flags;
  bool is_known, is_told, is_listed; /* is_listed: by the last answer */
  bool is_shut;                      /* it has no market data, and will have none: it may not be traded */
} neap_coinbase_member;

/* A question to the client that is not answered yet. */
typedef struct neap_coinbase_feed_question {
  neap_coinbase_feed *feed;
  struct neap_coinbase_feed_question *following;
  uint64_t id;
  void (*heard)(const struct neap_coinbase_feed_question *question, const neap_coinbase_reply *reply);
  uint32_t index;          /* of a product or a stream */
  int64_t frame, from, to; /* of bars */
} neap_coinbase_feed_question;

struct neap_coinbase_feed {
  neap_coinbase_feed_options options;
  neap_coinbase_feed_counts counts;
  char *url, *authorities;
  neap_market_feed contract;
  neap_market_listener listener;
  bool is_heard, is_stopped;
  bool is_in_frame;
  int64_t told_since; /* the first thing that no instant followed yet; 0: nothing */
  neap_coinbase_member *members;
  neap_coinbase_stream *streams; /* NULL: the products are not known yet */
  uint32_t member_count, stream_count;
  neap_frames *frames;
  neap_coinbase_feed_question *questions;
  /* the connection */
  neap_recorded_socket *socket; /* NULL: there is none */
  bool is_open;
  unsigned failures;
  int64_t connect_at; /* where there is none */
  int64_t opened_at, heard_at, say_at;
  uint64_t expected; /* sequence number */
  bool goes_without_token;
  neap_coinbase_wish heartbeats, statuses;
  int64_t venue_time, venue_time_at; /* of the newest frame, and when it came */
  uint64_t dice;
  /* products */
  int64_t poll_at;
  unsigned polls, poll_failures; /* under way; in a row */
};

/* coinbase_feed.c */
int64_t neap_coinbase_feed_now(const neap_coinbase_feed *feed);
void neap_coinbase_feed_note(neap_coinbase_feed *feed, const char *level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void neap_coinbase_feed_told(neap_coinbase_feed *feed);   /* something was: an instant is due */
void neap_coinbase_feed_settle(neap_coinbase_feed *feed); /* all that had come is told */
void neap_coinbase_feed_lose(neap_coinbase_feed *feed, neap_coinbase_stream *stream, const char *why);
neap_status neap_coinbase_feed_ask(const neap_coinbase_feed_question *made, const char *path, const char *query,
                                   neap_fault *fault);
/* min << tries, at most `most`, and up to a quarter more. */
int64_t neap_coinbase_feed_delay(neap_coinbase_feed *feed, unsigned tries, int64_t least, int64_t most);

/* coinbase_feed_wishes.c */
void neap_coinbase_feed_want(neap_coinbase_feed *feed, neap_coinbase_wish *wish);
void neap_coinbase_feed_want_all(neap_coinbase_feed *feed); /* of a new connection */
void neap_coinbase_feed_got(neap_coinbase_feed *feed, neap_coinbase_wish *wish);
bool neap_coinbase_feed_awaits_books(const neap_coinbase_feed *feed);
void neap_coinbase_feed_refused(neap_coinbase_feed *feed, const char *message); /* an error of the venue's */
void neap_coinbase_feed_ask_channels(neap_coinbase_feed *feed);                 /* that are due */
int64_t neap_coinbase_feed_next_wish(const neap_coinbase_feed *feed);

/* coinbase_feed_connection.c */
void neap_coinbase_feed_connect(neap_coinbase_feed *feed);
void neap_coinbase_feed_break_off(neap_coinbase_feed *feed, const char *why, const char *words);
int64_t neap_coinbase_feed_silent_at(const neap_coinbase_feed *feed); /* INT64_MAX: it is not open */

/* coinbase_feed_frames.c: `text` as neap_frames_read wants it. */
void neap_coinbase_feed_frame(neap_coinbase_feed *feed, const char *text, size_t length);
void neap_coinbase_feed_renew_refused(neap_coinbase_feed *feed);

/* coinbase_feed_trades.c, coinbase_feed_fetch.c */
void neap_coinbase_feed_hold(neap_coinbase_feed *feed, neap_coinbase_stream *stream, const neap_market_trade *trade,
                             uint64_t id);
void neap_coinbase_feed_settle_trades(neap_coinbase_feed *feed, neap_coinbase_stream *stream);
void neap_coinbase_feed_tell_chain(neap_coinbase_feed *feed, neap_coinbase_stream *stream); /* up to a hole */
/* The hole at the front is none, or cannot be filled. */
void neap_coinbase_feed_pass_hole(neap_coinbase_feed *feed, neap_coinbase_stream *stream);
void neap_coinbase_feed_fetch(neap_coinbase_feed *feed, neap_coinbase_stream *stream);

/* coinbase_feed_products.c, coinbase_feed_bars.c */
neap_status neap_coinbase_feed_poll(neap_coinbase_feed *feed, neap_fault *fault);
/* An answer of the venue's that has products. */
neap_status neap_coinbase_feed_learn(neap_coinbase_feed *feed, const char *json, size_t length, neap_fault *fault);
/* What they say is told; streams are made the first time. */
void neap_coinbase_feed_use_products(neap_coinbase_feed *feed);
neap_status neap_coinbase_feed_ask_bars(void *self, uint32_t product, int64_t frame, int64_t from, int64_t to,
                                        neap_fault *fault);

#endif
