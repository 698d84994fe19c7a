/* SPDX-License-Identifier: MIT */
/* coinbase_feed_bars: closed bars by REST. The venue tells the newest first, with the one that is not over; times
 * without a trade have none. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/coinbase/coinbase_feed_parts.h"
#include "broker/coinbase/order_read.h"

enum { MOST = 300 };          /* the venue takes 350, and counts both ends */
#define ALLOWANCE NEAP_SECOND /* by which a frame's time may be behind the venue's when it comes */

static const struct granularity {
  int64_t minutes;
  const char *name;
} granularities[] = {{1, "ONE_MINUTE"},     {5, "FIVE_MINUTE"}, {15, "FIFTEEN_MINUTE"},
                     {30, "THIRTY_MINUTE"}, {60, "ONE_HOUR"},   {120, "TWO_HOUR"},
                     {240, "FOUR_HOUR"},    {360, "SIX_HOUR"},  {1440, "ONE_DAY"}};
enum { GRANULARITIES = sizeof granularities / sizeof *granularities };

static const char *granularity_of(int64_t frame) {
  for (size_t i = 0; i < GRANULARITIES; i++)
    if (granularities[i].minutes * 60 * NEAP_SECOND == frame) return granularities[i].name;
  return NULL;
}

static neap_status refuse_frame(int64_t frame, neap_fault *fault) {
  char text[NEAP_TIME_TEXT];
  size_t nearest = 0;
  for (size_t i = 0; i < GRANULARITIES; i++)
    if (granularities[i].minutes * 60 * NEAP_SECOND <= frame) nearest = i;
  neap_duration_format(frame, text);
  neap_status status = neap_fail(fault, NEAP_INVALID, "bad_frame", "the venue has no bars of %s", text);
  neap_duration_format(granularities[nearest].minutes * 60 * NEAP_SECOND, text);
  neap_fault_set_nearest(fault, text);
  return status;
}

/* --- the answer --------------------------------------------------------------------------------------------------- */

/* Whether it ends within what was asked for and, as far as the venue's time is known, has ended. */
static bool is_closed(const neap_coinbase_feed_question *question, int64_t time) {
  const neap_coinbase_feed *feed = question->feed;
  int64_t end = time + question->frame;
  int64_t venue = feed->venue_time + (neap_coinbase_feed_now(feed) - feed->venue_time_at) + ALLOWANCE;
  return time >= question->from && end <= question->to && (!feed->venue_time || end <= venue);
}

static bool read_bar(const neap_json_value *value, int64_t frame, neap_candle *out) {
  neap_fault fault = {0};
  neap_coinbase_reading r = {.object = value, .fault = &fault};
  int64_t seconds;
  int end = 0;
  if (value->kind != NEAP_JSON_OBJECT) return false;
  const char *start = neap_coinbase_word(&r, "start");
  *out = (neap_candle){0};
  neap_coinbase_amount(&r, "open", &out->open);
  neap_coinbase_amount(&r, "high", &out->high);
  neap_coinbase_amount(&r, "low", &out->low);
  neap_coinbase_amount(&r, "close", &out->close);
  neap_coinbase_amount(&r, "volume", &out->volume);
  if (r.status != NEAP_OK || sscanf(start, "%" SCNd64 "%n", &seconds, &end) != 1 || start[end] || seconds <= 0 ||
      seconds > INT64_MAX / NEAP_SECOND)
    return false;
  out->time = seconds * NEAP_SECOND;
  neap_candle_set_floats(out);
  return out->time % frame == 0 && neap_candle_check(out, &fault) == NEAP_OK;
}

/* Turned around; NULL unless it is what was asked for: `*count` bars, each later than the one before. */
static neap_candle *read_bars(const neap_coinbase_feed_question *question, const neap_json_value *list, size_t *count) {
  neap_candle *bars = calloc(list->count + 1, sizeof *bars), *last = bars ? bars + list->count : NULL, *first = last;
  for (const neap_json_value *value = bars ? list->first : NULL; value; value = value->next) {
    neap_candle bar;
    bool is_good = read_bar(value, question->frame, &bar) && (first == last || bar.time < first->time);
    if (!is_good) return free(bars), NULL;
    if (is_closed(question, bar.time)) *--first = bar;
  }
  if (!bars) return NULL;
  *count = (size_t)(last - first);
  memmove(bars, first, *count * sizeof *bars);
  return bars;
}

static void tell(const neap_coinbase_feed_question *question, const neap_candle *bars, size_t count, const char *why) {
  neap_coinbase_feed *feed = question->feed;
  if (feed->is_stopped) return;
  neap_coinbase_feed_told(feed);
  feed->listener.bars(feed->listener.context, question->index, question->frame, question->from, question->to, bars,
                      count, why);
}

static void on_bars(const neap_coinbase_feed_question *question, const neap_coinbase_reply *reply) {
  neap_json *json = NULL;
  neap_candle *bars = NULL;
  size_t count = 0;
  bool is_done = reply->outcome == NEAP_COINBASE_DONE;
  if (is_done && neap_json_parse(reply->body, reply->length, &json, NULL) == NEAP_OK) {
    const neap_json_value *root = neap_json_root(json);
    const neap_json_value *list = root->kind == NEAP_JSON_OBJECT ? neap_json_get(root, "candles") : NULL;
    if (list && list->kind == NEAP_JSON_ARRAY) bars = read_bars(question, list, &count);
    neap_json_free(json);
  }
  tell(question, bars, count, bars ? NULL : is_done ? "bad_answer" : reply->code);
  free(bars);
}

/* `end` of the venue's is the start of the last bar. */
neap_status neap_coinbase_feed_ask_bars(void *self, uint32_t product, int64_t frame, int64_t from, int64_t to,
                                        neap_fault *fault) {
  neap_coinbase_feed *feed = self;
  char path[128], query[160];
  const char *granularity = granularity_of(frame);
  if (!granularity) return refuse_frame(frame, fault);
  if (product >= feed->member_count || !feed->is_heard || feed->is_stopped)
    return neap_fail(fault, NEAP_INVALID, "bad_product", "bars are asked for by a listener, of a product of the feed");
  int64_t first = from <= 0 ? 0 : (from - 1) / frame * frame + frame, last = to / frame * frame - frame;
  if (last < first || (last - first) / frame >= MOST)
    return neap_fail(fault, NEAP_INVALID, "bad_range", "from 1 to %d bars can be asked for at once", MOST);
  const neap_coinbase_feed_question question = {
      .feed = feed, .heard = on_bars, .index = product, .frame = frame, .from = from, .to = to};
  snprintf(path, sizeof path, "/api/v3/brokerage/market/products/%s/candles", feed->members[product].id);
  snprintf(query, sizeof query, "start=%" PRId64 "&end=%" PRId64 "&granularity=%s&limit=%d", first / NEAP_SECOND,
           last / NEAP_SECOND, granularity, MOST);
  return neap_coinbase_feed_ask(&question, path, query, fault);
}
