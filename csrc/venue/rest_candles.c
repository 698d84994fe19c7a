/* SPDX-License-Identifier: MIT */
/* rest_candles: bars of every granularity from the minutes that were kept; those without a trade are missing, the last
 * may be partial. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "venue/rest.h"
#include "venue/trades.h"

enum { CANDLES_AT_MOST = 350 };

static const char *const granularities[] = {"UNKNOWN_GRANULARITY",
                                            "ONE_MINUTE",
                                            "FIVE_MINUTE",
                                            "FIFTEEN_MINUTE",
                                            "THIRTY_MINUTE",
                                            "ONE_HOUR",
                                            "TWO_HOUR",
                                            "FOUR_HOUR",
                                            "SIX_HOUR",
                                            "ONE_DAY",
                                            NULL};
static const int minutes_of[] = {0, 1, 5, 15, 30, 60, 120, 240, 360, 1440};

typedef struct wish {
  int64_t start, end, frame, limit; /* ns */
} wish;

static bool read_frame(neap_rest_call *call, int64_t *out) {
  char text[64];
  size_t i = 0;
  if (!neap_rest_query_words(call, "granularity", granularities)) return false;
  if (neap_rest_query(call, "granularity", 0, text, sizeof text))
    while (strcmp(granularities[i], text) != 0) i++;
  *out = minutes_of[i] * NEAP_VENUE_MINUTE;
  if (!i) neap_rest_refuse_argument(call, "granularity is needed: ONE_MINUTE, FIVE_MINUTE, … ONE_DAY");
  return i > 0;
}

/* Candles that begin from start to end, both included. */
static int64_t count_of(const wish *asked) {
  int64_t first = asked->start / asked->frame + (asked->start % asked->frame != 0);
  return asked->end / asked->frame - first + 1;
}

static bool is_said(const neap_rest_call *call, const char *name) {
  char text[2];
  return neap_rest_query(call, name, 0, text, sizeof text);
}

static bool check(neap_rest_call *call, const wish *asked) {
  const char *problem = NULL;
  if (!is_said(call, "start") || !is_said(call, "end"))
    problem = "start and end are needed: seconds since 1970";
  else if (asked->start > asked->end)
    problem = "start and end argument is invalid - start is after end";
  else if (count_of(asked) > CANDLES_AT_MOST)
    problem = "start and end argument is invalid - number of candles requested should be less than 350";
  if (problem) neap_rest_refuse_argument(call, problem);
  return !problem;
}

static bool read_wish(neap_rest_call *call, wish *out) {
  if (!read_frame(call, &out->frame) || !neap_rest_query_time(call, "start", &out->start) ||
      !neap_rest_query_time(call, "end", &out->end) ||
      !neap_rest_query_count(call, "limit", CANDLES_AT_MOST, 0, INT64_MAX, &out->limit) || !check(call, out))
    return false;
  if (!out->limit || out->limit > CANDLES_AT_MOST) out->limit = CANDLES_AT_MOST;
  return true;
}

static void add(neap_venue_bar *candle, const neap_venue_bar *bar) {
  if (bar->high > candle->high) candle->high = bar->high;
  if (bar->low < candle->low) candle->low = bar->low;
  candle->close = bar->close;
  candle->volume += bar->volume;
}

/* Oldest first; `out` has room for all. */
static size_t gather(const neap_venue_product *book, const wish *asked, neap_venue_bar *out) {
  size_t count = 0;
  for (size_t i = neap_venue_bar_from(book, asked->start); i < book->bar_count; i++) {
    const neap_venue_bar *bar = &book->bars[i];
    int64_t start = bar->time - bar->time % asked->frame;
    if (start > asked->end) break;
    if (start < asked->start) continue;
    if (count && out[count - 1].time == start) {
      add(&out[count - 1], bar);
      continue;
    }
    out[count] = *bar;
    out[count++].time = start;
  }
  return count;
}

static void write_candle(neap_json_writer *json, const neap_venue_product *product, const neap_venue_bar *candle) {
  char start[24];
  snprintf(start, sizeof start, "%" PRId64, candle->time / NEAP_SECOND);
  neap_json_object(json, NULL);
  neap_json_string(json, "start", start);
  neap_json_decimal(json, "low", neap_venue_price(product, candle->low));
  neap_json_decimal(json, "high", neap_venue_price(product, candle->high));
  neap_json_decimal(json, "open", neap_venue_price(product, candle->open));
  neap_json_decimal(json, "close", neap_venue_price(product, candle->close));
  neap_json_decimal(json, "volume", (neap_decimal){product->facts.base_increment.units * candle->volume});
  neap_json_end_object(json);
}

void neap_rest_candles(neap_venue *venue, neap_rest_call *call) {
  neap_venue_bar candles[CANDLES_AT_MOST];
  wish asked;
  neap_venue_product *product = neap_rest_product(venue, call, call->part[0]);
  if (!product || !read_wish(call, &asked)) return;
  size_t count = gather(neap_venue_product_book(venue, product), &asked, candles);
  neap_json_object(&call->json, NULL);
  neap_json_array(&call->json, "candles");
  for (size_t told = 0; told < count && told < (size_t)asked.limit; told++)
    write_candle(&call->json, product, &candles[count - 1 - told]);
  neap_json_end_array(&call->json);
  neap_json_end_object(&call->json);
}
