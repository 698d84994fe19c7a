/* SPDX-License-Identifier: MIT */
/* coinbase_feed_frames: what a frame is to whom hears the feed. One number counts the frames of the whole connection:
 * where one is missing nobody knows of which book it was, so all are lost. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "broker/coinbase/coinbase_feed_parts.h"

static void on_gap(neap_coinbase_feed *feed) {
  feed->counts.gaps++;
  for (uint32_t i = 0; i < feed->stream_count; i++) {
    neap_coinbase_stream *stream = &feed->streams[i];
    stream->trades.is_unsure = true;
    neap_coinbase_feed_lose(feed, stream, "gap");
    if (feed->options.books) neap_coinbase_feed_want(feed, &stream->book);
    if (feed->options.trades) neap_coinbase_feed_want(feed, &stream->trade);
  }
}

/* What comes a second time, or too late, is passed over: its gap was seen. */
static bool count(neap_coinbase_feed *feed, const neap_frame *frame) {
  if (!frame->has_sequence) return true;
  if (frame->sequence < feed->expected) return false;
  if (frame->sequence > feed->expected) {
    neap_coinbase_feed_note(feed, "warn", "frame %" PRIu64 " came where %" PRIu64 " was due: books are asked for anew",
                            frame->sequence, feed->expected);
    on_gap(feed);
  }
  feed->expected = frame->sequence + 1;
  return true;
}

static bool begins(void *context, const neap_frame *frame) {
  neap_coinbase_feed *feed = context;
  feed->counts.frames++;
  if (frame->channel == NEAP_CHANNEL_ERROR) return neap_coinbase_feed_refused(feed, frame->message), false;
  if (!count(feed, frame)) return false;
  if (frame->time > 0) feed->venue_time = frame->time, feed->venue_time_at = neap_coinbase_feed_now(feed);
  return !feed->is_stopped;
}

/* --- books -------------------------------------------------------------------------------------------------------- */

/* A snapshot of a subscription that was left meanwhile is no beginning: nothing follows it. */
static bool is_known(neap_coinbase_feed *feed, neap_coinbase_stream *stream, bool is_snapshot) {
  bool is_subscribed = stream->book.state == NEAP_WISH_SENT || stream->book.state == NEAP_WISH_DONE;
  if (!is_snapshot || !is_subscribed) return stream->is_live;
  neap_coinbase_feed_got(feed, &stream->book);
  feed->counts.snapshots++;
  return stream->is_live = true;
}

static void on_book(void *context, uint32_t index, const neap_book_message *message, bool is_snapshot) {
  neap_coinbase_feed *feed = context;
  neap_coinbase_stream *stream = &feed->streams[index];
  if (*stream->refused || !is_known(feed, stream, is_snapshot)) return;
  neap_coinbase_feed_told(feed);
  for (uint32_t i = stream->first; i != UINT32_MAX && !feed->is_stopped; i = feed->members[i].next)
    feed->listener.book(feed->listener.context, i, message, is_snapshot);
}

static void on_unusable(void *context, uint32_t index, const neap_fault *why) {
  neap_coinbase_feed *feed = context;
  bool is_book = index < feed->stream_count;
  feed->counts.unusable++;
  neap_coinbase_feed_note(feed, "warn", "a message%s%s cannot be used: %s", is_book ? " of " : "",
                          is_book ? feed->streams[index].id : "", why->message);
  if (is_book) neap_text_copy(feed->streams[index].refused, NEAP_FEED_WHY, *why->code ? why->code : "unusable");
}

void neap_coinbase_feed_renew_refused(neap_coinbase_feed *feed) {
  for (uint32_t i = 0; i < feed->stream_count; i++) {
    neap_coinbase_stream *stream = &feed->streams[i];
    if (!*stream->refused) continue;
    neap_coinbase_feed_lose(feed, stream, stream->refused);
    *stream->refused = 0;
    if (feed->options.books) neap_coinbase_feed_want(feed, &stream->book);
  }
}

/* --- the rest ----------------------------------------------------------------------------------------------------- */

/* The first answer to a subscription to trades. Without books it is what makes a product known. */
static void got_trades(neap_coinbase_feed *feed, neap_coinbase_stream *stream) {
  bool was_sent = stream->trade.state == NEAP_WISH_SENT;
  neap_coinbase_feed_got(feed, &stream->trade);
  stream->trades.is_touched = true;
  if (was_sent && !feed->options.books) stream->is_live = true;
}

static void on_trade(void *context, uint32_t index, const neap_market_trade *trade, uint64_t id, bool is_snapshot) {
  neap_coinbase_feed *feed = context;
  neap_coinbase_stream *stream = &feed->streams[index];
  neap_coinbase_trades *trades = &stream->trades;
  got_trades(feed, stream);
  if (!id) { /* nobody could say whether it was told */
    feed->counts.unusable++;
    return;
  }
  trades->has_snapshot |= is_snapshot;
  if (!trades->oldest || id < trades->oldest) trades->oldest = id;
  neap_coinbase_feed_hold(feed, stream, trade, id);
}

static void on_heartbeat(void *context, uint64_t counter) {
  neap_coinbase_feed *feed = context;
  (void)counter;
  neap_coinbase_feed_got(feed, &feed->heartbeats);
  if (feed->is_stopped) return;
  neap_coinbase_feed_told(feed);
  feed->listener.alive(feed->listener.context);
}

/* The word says less than the products answer, but it comes sooner. */
static void on_status(void *context, uint32_t index, const char *status) {
  neap_coinbase_feed *feed = context;
  char *known = feed->streams[index].status;
  neap_coinbase_feed_got(feed, &feed->statuses);
  if (*known && strcmp(known, status) != 0) feed->poll_at = neap_coinbase_feed_now(feed);
  neap_text_copy(known, NEAP_FEED_STATUS, status);
}

static void on_subscribed(void *context, const char *channel, const char *product_id) {
  neap_coinbase_feed *feed = context;
  if (!strcmp(channel, "heartbeats")) neap_coinbase_feed_got(feed, &feed->heartbeats);
  if (!strcmp(channel, "status")) neap_coinbase_feed_got(feed, &feed->statuses);
  if (strcmp(channel, "market_trades") != 0) return;
  for (uint32_t i = 0; i < feed->stream_count; i++)
    if (!strcmp(feed->streams[i].id, product_id) && feed->streams[i].trade.state == NEAP_WISH_SENT)
      got_trades(feed, &feed->streams[i]);
}

static void end_frame(neap_coinbase_feed *feed) {
  feed->is_in_frame = false;
  for (uint32_t i = 0; i < feed->stream_count; i++)
    if (feed->streams[i].trades.is_touched) neap_coinbase_feed_settle_trades(feed, &feed->streams[i]);
  neap_coinbase_feed_renew_refused(feed);
}

/* Where it was counted nobody will miss the rest of it; else the next one's number shows that one is missing. */
static void on_bad_frame(neap_coinbase_feed *feed, uint64_t expected, const neap_fault *why) {
  feed->counts.unusable++;
  neap_coinbase_feed_note(feed, "warn", "a frame cannot be read: %s", why->message);
  if (feed->expected != expected) on_gap(feed);
}

void neap_coinbase_feed_frame(neap_coinbase_feed *feed, const char *text, size_t length) {
  const neap_frame_listener listener = {.context = feed,
                                        .begins = begins,
                                        .book = on_book,
                                        .trade = on_trade,
                                        .heartbeat = on_heartbeat,
                                        .status = on_status,
                                        .subscribed = on_subscribed,
                                        .unusable = on_unusable};
  neap_fault fault = {0};
  uint64_t expected = feed->expected;
  feed->is_in_frame = true;
  if (neap_frames_read(feed->frames, text, length, &listener, &fault) != NEAP_OK) on_bad_frame(feed, expected, &fault);
  end_frame(feed);
}
