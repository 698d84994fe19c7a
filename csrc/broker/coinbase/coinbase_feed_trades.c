/* SPDX-License-Identifier: MIT */
/* coinbase_feed_trades: each trade once and in order, also where snapshots, updates and REST tell it several times or
 * frames are lost: trades behind a hole are held until it is filled, or known to be none. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "broker/coinbase/coinbase_feed_parts.h"

enum { MOST_HELD = 50000 };

static bool make_room(neap_coinbase_trades *trades) {
  if (trades->count < trades->size) return true;
  size_t size = trades->size ? 2 * trades->size : 64;
  neap_coinbase_held_trade *held = realloc(trades->held, size * sizeof *held);
  if (!held) return false;
  trades->held = held;
  trades->size = size;
  return true;
}

/* They come in order but for what REST brings: searched from the end. */
void neap_coinbase_feed_hold(neap_coinbase_feed *feed, neap_coinbase_stream *stream, const neap_market_trade *trade,
                             uint64_t id) {
  neap_coinbase_trades *trades = &stream->trades;
  size_t at = trades->count;
  if (trades->knows_last && id <= trades->last) return;
  while (at > 0 && trades->held[at - 1].id > id) at--;
  if (at > 0 && trades->held[at - 1].id == id) return;
  if (!make_room(trades)) {
    feed->counts.missed++;
    neap_coinbase_feed_note(feed, "error", "no memory for trade %" PRIu64 " of %s", id, stream->id);
    return;
  }
  memmove(trades->held + at + 1, trades->held + at, (trades->count - at) * sizeof *trades->held);
  trades->held[at] = (neap_coinbase_held_trade){id, *trade};
  trades->count++;
}

static void tell(neap_coinbase_feed *feed, const neap_coinbase_stream *stream, const neap_coinbase_held_trade *held) {
  neap_coinbase_feed_told(feed);
  for (uint32_t i = stream->first; i != UINT32_MAX && !feed->is_stopped; i = feed->members[i].next)
    feed->listener.trade(feed->listener.context, i, &held->trade, held->id);
}

/* Before the first trade is known no id is missing. */
static bool is_chained(const neap_coinbase_trades *trades, uint64_t id) {
  return !trades->knows_last || !trades->last || id == trades->last + 1 || (trades->ids_skip && !trades->is_unsure);
}

void neap_coinbase_feed_tell_chain(neap_coinbase_feed *feed, neap_coinbase_stream *stream) {
  neap_coinbase_trades *trades = &stream->trades;
  size_t told = 0;
  while (told < trades->count && is_chained(trades, trades->held[told].id)) {
    trades->last = trades->held[told].id;
    trades->knows_last = true;
    tell(feed, stream, &trades->held[told++]);
  }
  trades->count -= told;
  if (told) memmove(trades->held, trades->held + told, trades->count * sizeof *trades->held);
}

void neap_coinbase_feed_pass_hole(neap_coinbase_feed *feed, neap_coinbase_stream *stream) {
  neap_coinbase_trades *trades = &stream->trades;
  if (trades->count) trades->last = trades->held[0].id - 1;
  neap_coinbase_feed_tell_chain(feed, stream);
}

/* What was traded before the first subscription is not told. */
static void skip_history(neap_coinbase_trades *trades) {
  trades->last = trades->held[trades->count - 1].id;
  trades->knows_last = true;
  trades->count = 0;
}

/* A snapshot that comes where none was traded before, as far as is known, is told only if frames were lost since. */
static bool is_history(const neap_coinbase_trades *trades) {
  return trades->has_snapshot && trades->count && (!trades->knows_last || (trades->last == 0 && !trades->is_unsure));
}

static void forget_frame(neap_coinbase_trades *trades) {
  trades->is_touched = trades->has_snapshot = false;
  trades->oldest = 0;
}

static bool is_answered(const neap_coinbase_stream *stream) {
  return stream->trade.state != NEAP_WISH_WANTED && stream->trade.state != NEAP_WISH_SENT;
}

/* A hole is left to the snapshot where one is under way; most often it fills it. */
void neap_coinbase_feed_settle_trades(neap_coinbase_feed *feed, neap_coinbase_stream *stream) {
  neap_coinbase_trades *trades = &stream->trades;
  if (is_history(trades)) skip_history(trades);
  if (trades->knows_last && trades->oldest && trades->oldest <= trades->last + 1) trades->is_unsure = false;
  if (!trades->knows_last && !trades->count && is_answered(stream)) trades->knows_last = true;
  forget_frame(trades);
  neap_coinbase_feed_tell_chain(feed, stream);
  while (trades->count > MOST_HELD) neap_coinbase_feed_pass_hole(feed, stream);
  if (trades->count && !trades->is_fetching && trades->fetch_at == INT64_MAX && is_answered(stream))
    neap_coinbase_feed_fetch(feed, stream);
}
