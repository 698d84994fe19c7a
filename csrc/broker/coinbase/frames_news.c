/* SPDX-License-Identifier: MIT */
/* frames_news: tickers, bars, heartbeats, what products may do, and what is subscribed. */
#include "base/clock.h"
#include "broker/coinbase/frames_parts.h"

typedef neap_frames_reading reading;

static void unusable(reading *r, const char *code, const char *what, neap_json_span value) {
  neap_frames_unusable(r, NEAP_FRAME_OTHER, NEAP_INVALID, code, what, value);
}

typedef void take_row(reading *r, const neap_json_span *said);

enum { MOST_MEMBERS = 8 };

/* Each object of the array `list` of the event at hand. */
static neap_status each_row(reading *r, const char *list, const neap_json_name *names, size_t count, take_row *take) {
  neap_json_span said[MOST_MEMBERS];
  neap_status status = neap_json_frames_enter(r->frames->json, list, r->fault);
  if (status == NEAP_NOT_FOUND) return NEAP_OK;
  while (status == NEAP_OK)
    if ((status = neap_json_frames_row(r->frames->json, names, count, said, r->fault)) == NEAP_OK) take(r, said);
  return status == NEAP_END ? NEAP_OK : status;
}

/* False: it is told of. */
static bool read_decimals(reading *r, const neap_json_name *names, const neap_json_span *said, size_t count,
                          neap_decimal *const *out) {
  for (size_t i = 0; i < count; i++)
    if (!neap_frames_decimal(said[i], out[i])) return unusable(r, "not_a_number", names[i].text, said[i]), false;
  return true;
}

enum { TICKER_PRODUCT = 5, TICKER_MEMBERS };
static const neap_json_name TICKER[TICKER_MEMBERS] = {NEAP_JSON_NAME("price"),
                                                      NEAP_JSON_NAME("best_bid"),
                                                      NEAP_JSON_NAME("best_ask"),
                                                      NEAP_JSON_NAME("best_bid_quantity"),
                                                      NEAP_JSON_NAME("best_ask_quantity"),
                                                      NEAP_JSON_NAME("product_id")};

static void take_ticker(reading *r, const neap_json_span *said) {
  neap_frame_ticker ticker = {.product = neap_frames_product_named(r, said[TICKER_PRODUCT])};
  neap_decimal *const out[] = {&ticker.price, &ticker.best_bid, &ticker.best_ask, &ticker.bid_size, &ticker.ask_size};
  if (ticker.product == NEAP_FRAME_OTHER || !read_decimals(r, TICKER, said, TICKER_PRODUCT, out)) return;
  r->listener->ticker(r->listener->context, &ticker);
}

neap_status neap_frames_read_tickers(reading *r) {
  return r->listener->ticker ? each_row(r, "tickers", TICKER, TICKER_MEMBERS, take_ticker) : NEAP_OK;
}

enum { CANDLE_START = 5, CANDLE_PRODUCT, CANDLE_MEMBERS };
static const neap_json_name CANDLE[CANDLE_MEMBERS] = {
    NEAP_JSON_NAME("open"),   NEAP_JSON_NAME("high"),  NEAP_JSON_NAME("low"),       NEAP_JSON_NAME("close"),
    NEAP_JSON_NAME("volume"), NEAP_JSON_NAME("start"), NEAP_JSON_NAME("product_id")};

static void take_candle(reading *r, const neap_json_span *said) {
  neap_decimal v[CANDLE_START] = {NEAP_ZERO};
  neap_decimal *const out[] = {&v[0], &v[1], &v[2], &v[3], &v[4]};
  uint64_t start = 0;
  const uint32_t product = neap_frames_product_named(r, said[CANDLE_PRODUCT]);
  if (product == NEAP_FRAME_OTHER || !read_decimals(r, CANDLE, said, CANDLE_START, out)) return;
  if (said[CANDLE_START].length == 0 || !neap_frames_count(said[CANDLE_START], &start) ||
      start > (uint64_t)(INT64_MAX / NEAP_SECOND))
    return unusable(r, "not_a_time", "start of a bar", said[CANDLE_START]);
  for (int i = 0; i < CANDLE_START; i++)
    if (said[i].length == 0) return unusable(r, "missing_field", CANDLE[i].text, said[i]);
  r->listener->candle(r->listener->context, product, (int64_t)start * NEAP_SECOND, v);
}

neap_status neap_frames_read_candles(reading *r) {
  return r->listener->candle ? each_row(r, "candles", CANDLE, CANDLE_MEMBERS, take_candle) : NEAP_OK;
}

static const neap_json_name STATUS[] = {NEAP_JSON_NAME("id"), NEAP_JSON_NAME("status")};

static void take_status(reading *r, const neap_json_span *said) {
  char words[32];
  const uint32_t product = neap_frames_product_named(r, said[0]);
  if (product == NEAP_FRAME_OTHER || said[1].length == 0) return;
  neap_frames_words(r, said[1], words, sizeof words);
  r->listener->status(r->listener->context, product, words);
}

neap_status neap_frames_read_status(reading *r) {
  return r->listener->status ? each_row(r, "products", STATUS, 2, take_status) : NEAP_OK;
}

neap_status neap_frames_read_heartbeat(reading *r) {
  static const neap_json_name names[] = {NEAP_JSON_NAME("heartbeat_counter")};
  neap_json_span said;
  uint64_t counter = 0;
  if (!r->listener->heartbeat) return NEAP_OK;
  const neap_status status = neap_json_frames_members(r->frames->json, names, 1, 1, &said, r->fault);
  if (status != NEAP_OK) return status;
  if (said.length == 0 || !neap_frames_count(said, &counter))
    return unusable(r, "not_a_number", "heartbeat_counter", said), NEAP_OK;
  r->listener->heartbeat(r->listener->context, counter);
  return NEAP_OK;
}

static void take_subscription(void *context, neap_json_span key, neap_json_span item) {
  reading *r = context;
  char channel[64], product[64];
  neap_frames_words(r, key, channel, sizeof channel);
  neap_frames_words(r, item, product, sizeof product);
  r->listener->subscribed(r->listener->context, channel, product);
}

neap_status neap_frames_read_subscriptions(reading *r) {
  if (!r->listener->subscribed) return NEAP_OK;
  const neap_status status = neap_json_frames_lists(r->frames->json, "subscriptions", take_subscription, r, r->fault);
  return status == NEAP_NOT_FOUND ? NEAP_OK : status;
}
