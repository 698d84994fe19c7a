/* SPDX-License-Identifier: MIT */
/* frames_fuzz: any bytes as a frame of the venue's stream. No figure is below zero and every text is UTF-8; what our
 * own reader takes for JSON with a channel is never refused, and what lies behind it changes nothing of what is told.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/json.h"
#include "base/utf8.h"
#include "broker/coinbase/frames.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds) {
  if (!holds) abort();
}

static void must_be_text(const char *text) {
  const unsigned char *at = (const unsigned char *)text, *end = at + strlen(text);
  for (size_t step = 1; step && at < end; at += step) must((step = neap_utf8_length(at, end)) > 0);
}

static bool begins(void *context, const neap_frame *frame) {
  must_be_text(frame->message);
  neap_buffer_printf(context, "%d %d %lu %ld %s\n", (int)frame->channel, frame->has_sequence,
                     (unsigned long)frame->sequence, (long)frame->time, frame->message);
  return true;
}

static void book(void *context, uint32_t product, const neap_book_message *message, bool is_snapshot) {
  neap_buffer_printf(context, "book %u %d %ld\n", product, is_snapshot, (long)message->time);
  for (size_t i = 0; i < message->count; i++) {
    must(message->changes[i].price >= 0 && message->changes[i].size >= 0);
    must(message->changes[i].side == NEAP_BID || message->changes[i].side == NEAP_ASK);
    neap_buffer_printf(context, "%ld %ld\n", (long)message->changes[i].price, (long)message->changes[i].size);
  }
}

static void trade(void *context, uint32_t product, const neap_market_trade *trade, uint64_t id, bool is_snapshot) {
  must(trade->price >= 0 && trade->size > 0);
  neap_buffer_printf(context, "trade %u %ld %ld %d %lu %ld %d\n", product, (long)trade->price, (long)trade->size,
                     (int)trade->taken, (unsigned long)id, (long)trade->time, is_snapshot);
}

static void ticker(void *context, const neap_frame_ticker *t) {
  must(t->price.units >= 0 && t->bid_size.units >= 0);
  neap_buffer_append(context, &t->price.units, sizeof t->price.units);
}

static void heartbeat(void *context, uint64_t counter) {
  neap_buffer_printf(context, "beat %lu\n", (unsigned long)counter);
}

static void candle(void *context, uint32_t product, int64_t start, const neap_decimal ohlcv[5]) {
  neap_buffer_printf(context, "bar %u %ld\n", product, (long)start);
  neap_buffer_append(context, ohlcv, 5 * sizeof *ohlcv);
}

static void status(void *context, uint32_t product, const char *word) {
  must_be_text(word);
  neap_buffer_printf(context, "status %u %s\n", product, word);
}

static void order(void *context, const neap_user_order *o, bool is_snapshot) {
  must(o->order_id[0] && o->product_id[0] && o->filled.units >= 0);
  must_be_text(o->order_id), must_be_text(o->client_id), must_be_text(o->product_id);
  must_be_text(o->venue_status), must_be_text(o->reason);
  neap_buffer_printf(context, "order %s %s %s %s %s %u %d\n", o->order_id, o->client_id, o->product_id, o->venue_status,
                     o->reason, o->known, is_snapshot);
}

static void orders_end(void *context, bool is_snapshot, size_t count) {
  neap_buffer_printf(context, "%d %zu orders\n", is_snapshot, count);
}

static void subscribed(void *context, const char *channel, const char *product_id) {
  must_be_text(product_id);
  neap_buffer_printf(context, "to %s %s\n", channel, product_id);
}

static void unusable(void *context, uint32_t product, const neap_fault *why) {
  neap_buffer_printf(context, "unusable %u %s\n", product, why->code);
}

static neap_frames *only;

static void leave(void) { neap_frames_free(only); }

static void prepare(void) {
  const neap_frame_product products[] = {{"BTC-USD", {100000000000000}, {100000000}},
                                         {"ETH-USD", {INT64_C(50000000000000000)}, {INT64_C(10000000000000000)}}};
  if (only) return;
  must(neap_frames_new(products, 2, &only, NULL) == NEAP_OK);
  atexit(leave);
}

static neap_status run(const uint8_t *data, size_t size, int behind, neap_buffer *log) {
  const neap_frame_listener listener = {log,    begins, book,  trade,      ticker,     heartbeat,
                                        candle, status, order, orders_end, subscribed, unusable};
  neap_fault fault;
  char *text = malloc(size + NEAP_FRAMES_PADDING);
  must(text != NULL);
  memcpy(text, data, size);
  memset(text + size, behind, NEAP_FRAMES_PADDING);
  neap_buffer_init(log);
  const neap_status result = neap_frames_read(only, text, size, &listener, &fault);
  must(result == NEAP_OK || (result == NEAP_INVALID && strcmp(fault.code, "bad_frame") == 0));
  free(text);
  return result;
}

/* Names of members with escapes are others for us, and a byte order mark is none of JSON: such texts say nothing. */
static bool is_frame(const uint8_t *data, size_t size) {
  neap_json *json;
  if (size == 0 || data[0] == 0xef || memchr(data, '\\', size)) return false;
  if (neap_json_parse((const char *)data, size, &json, NULL) != NEAP_OK) return false;
  const neap_json_value *root = neap_json_root(json);
  const neap_json_value *channel = root->kind == NEAP_JSON_OBJECT ? neap_json_get(root, "channel") : NULL;
  const bool is = channel && channel->kind == NEAP_JSON_STRING;
  neap_json_free(json);
  return is;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  neap_buffer first, second;
  prepare();
  const neap_status status_first = run(data, size, '"', &first), status_second = run(data, size, '}', &second);
  if (is_frame(data, size)) {
    must(status_first == NEAP_OK && status_second == NEAP_OK && first.size == second.size);
    must(first.size == 0 || memcmp(first.data, second.data, first.size) == 0);
  }
  neap_buffer_fini(&first);
  neap_buffer_fini(&second);
  return 0;
}
