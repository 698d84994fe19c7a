/* SPDX-License-Identifier: MIT */
/* coinbase_feed_fetch: trades that frames did not bring, from the venue's list of the newest, page by page back to the
 * last that was told. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "broker/coinbase/coinbase_feed_parts.h"
#include "broker/coinbase/order_read.h"

enum { PAGE = 1000, PAGES = 50, FAILURES = 3 };

typedef struct page {
  uint64_t oldest, newest; /* ids; 0: none */
  int64_t oldest_time;
  size_t count;
} page;

static neap_coinbase_stream *stream_of(const neap_coinbase_feed_question *question) {
  return &question->feed->streams[question->index];
}

static bool reaches(const neap_coinbase_trades *trades) { return trades->fetched_oldest <= trades->last + 1; }

static uint64_t ids_missing(const neap_coinbase_trades *trades) { return trades->held[0].id - trades->last - 1; }

/* --- reading ------------------------------------------------------------------------------------------------------ */

/* A size finer than the increment is cut, as in frames. `side` is the maker's. */
static bool read_trade(const neap_coinbase_stream *stream, const neap_json_value *value, uint64_t *id,
                       neap_market_trade *out) {
  neap_fault fault = {0};
  neap_coinbase_reading r = {.object = value, .fault = &fault};
  neap_decimal price = NEAP_ZERO, size = NEAP_ZERO;
  if (value->kind != NEAP_JSON_OBJECT) return false;
  neap_coinbase_amount(&r, "price", &price);
  neap_coinbase_amount(&r, "size", &size);
  neap_coinbase_time(&r, "time", &out->time);
  const char *side = neap_coinbase_word(&r, "side"), *number = neap_coinbase_word(&r, "trade_id");
  __int128 ticks = price.units / stream->price_increment.units, lots = size.units / stream->size_increment.units;
  int end = 0;
  if (r.status != NEAP_OK || sscanf(number, "%" SCNu64 "%n", id, &end) != 1 || number[end] || !*id || ticks <= 0 ||
      price.units % stream->price_increment.units || ticks > INT64_MAX || lots > INT64_MAX)
    return false;
  out->price = (int64_t)ticks;
  out->size = (int64_t)lots;
  out->taken = strcmp(side, "BUY") == 0 ? NEAP_BID : NEAP_ASK;
  return strcmp(side, "BUY") == 0 || strcmp(side, "SELL") == 0;
}

static void add(neap_coinbase_feed *feed, neap_coinbase_stream *stream, const neap_json_value *value, page *out) {
  uint64_t id = 0;
  neap_market_trade trade = {0};
  out->count++;
  if (!read_trade(stream, value, &id, &trade)) {
    feed->counts.unusable++;
    return;
  }
  if (!out->oldest || id < out->oldest) out->oldest = id, out->oldest_time = trade.time;
  if (id > out->newest) out->newest = id;
  size_t held = stream->trades.count;
  neap_coinbase_feed_hold(feed, stream, &trade, id);
  feed->counts.fetched += stream->trades.count - held;
}

static neap_status read_page(const neap_coinbase_feed_question *question, const neap_coinbase_reply *reply, page *out,
                             neap_fault *fault) {
  neap_json *json;
  neap_status status = neap_json_parse(reply->body, reply->length, &json, fault);
  if (status != NEAP_OK) return status;
  const neap_json_value *root = neap_json_root(json);
  const neap_json_value *list = root->kind == NEAP_JSON_OBJECT ? neap_json_get(root, "trades") : NULL;
  if (!list || list->kind != NEAP_JSON_ARRAY)
    status = neap_fail(fault, NEAP_INVALID, "bad_answer", "no list 'trades' in the answer");
  for (const neap_json_value *value = status == NEAP_OK ? list->first : NULL; value; value = value->next)
    add(question->feed, stream_of(question), value, out);
  neap_json_free(json);
  return status;
}

/* --- judging ------------------------------------------------------------------------------------------------------ */

static void ask(neap_coinbase_feed *feed, neap_coinbase_stream *stream, int64_t until);

static void pass(neap_coinbase_feed *feed, neap_coinbase_stream *stream, const char *why) {
  neap_coinbase_trades *trades = &stream->trades;
  feed->counts.missed += ids_missing(trades);
  neap_coinbase_feed_note(feed, "warn", "trades %" PRIu64 " to %" PRIu64 " of %s are missing: %s", trades->last + 1,
                          trades->held[0].id - 1, stream->id, why);
  neap_coinbase_feed_pass_hole(feed, stream);
}

/* Asked again a little later; in the end what is held is told without what is missing. */
static void fail(neap_coinbase_feed *feed, neap_coinbase_stream *stream, const char *why) {
  neap_coinbase_trades *trades = &stream->trades;
  if (trades->count && ++trades->failures < FAILURES) {
    trades->fetch_at = neap_coinbase_feed_now(feed) + (NEAP_SECOND << trades->failures);
    return;
  }
  while (trades->count) pass(feed, stream, why);
  trades->failures = 0;
  trades->is_unsure = !feed->is_open;
}

/* All that the venue has from the oldest to the newest of the answer is held: a hole between them is none. */
static void conclude(neap_coinbase_feed *feed, neap_coinbase_stream *stream) {
  neap_coinbase_trades *trades = &stream->trades;
  neap_coinbase_feed_tell_chain(feed, stream);
  while (trades->count && trades->held[0].id <= trades->fetched_newest) {
    if (trades->held[0].id > trades->fetched_oldest) {
      trades->ids_skip = true;
      neap_coinbase_feed_pass_hole(feed, stream);
    } else {
      pass(feed, stream, "the venue has them no more");
    }
  }
  if (trades->count) { /* newer than the answer, with a hole before them */
    fail(feed, stream, "the venue does not tell them");
    return;
  }
  trades->failures = 0;
  trades->is_unsure = !feed->is_open;
}

static void take_page(neap_coinbase_feed *feed, neap_coinbase_stream *stream, const page *got) {
  neap_coinbase_trades *trades = &stream->trades;
  uint64_t before = trades->fetched_oldest;
  if (got->newest > trades->fetched_newest) trades->fetched_newest = got->newest;
  if (got->oldest && (!before || got->oldest < before)) trades->fetched_oldest = got->oldest;
  bool moved = trades->fetched_oldest != before;
  if (got->count >= PAGE && moved && !reaches(trades) && ++trades->pages < PAGES)
    ask(feed, stream, got->oldest_time);
  else
    conclude(feed, stream);
}

static void on_page(const neap_coinbase_feed_question *question, const neap_coinbase_reply *reply) {
  neap_coinbase_feed *feed = question->feed;
  neap_coinbase_stream *stream = stream_of(question);
  neap_fault fault = {0};
  page got = {0};
  stream->trades.is_fetching = false;
  if (feed->is_stopped) return;
  if (reply->outcome != NEAP_COINBASE_DONE)
    fail(feed, stream, reply->code);
  else if (read_page(question, reply, &got, &fault) != NEAP_OK)
    fail(feed, stream, fault.code);
  else
    take_page(feed, stream, &got);
}

/* `until` is a time, in whole seconds at the venue: rounded up, for what is told twice is told once. 0: the newest. */
static void ask(neap_coinbase_feed *feed, neap_coinbase_stream *stream, int64_t until) {
  char path[128], query[64];
  neap_fault fault = {0};
  const neap_coinbase_feed_question question = {
      .feed = feed, .heard = on_page, .index = (uint32_t)(stream - feed->streams)};
  snprintf(path, sizeof path, "/api/v3/brokerage/market/products/%s/ticker", stream->id);
  if (until)
    snprintf(query, sizeof query, "limit=%d&end=%" PRId64, PAGE, until / NEAP_SECOND + 1);
  else
    snprintf(query, sizeof query, "limit=%d", PAGE);
  stream->trades.is_fetching = neap_coinbase_feed_ask(&question, path, query, &fault) == NEAP_OK;
  if (!stream->trades.is_fetching) fail(feed, stream, fault.code);
}

void neap_coinbase_feed_fetch(neap_coinbase_feed *feed, neap_coinbase_stream *stream) {
  neap_coinbase_trades *trades = &stream->trades;
  trades->fetch_at = INT64_MAX;
  trades->fetched_oldest = trades->fetched_newest = 0;
  trades->pages = 0;
  ask(feed, stream, 0);
}
