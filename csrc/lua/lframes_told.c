/* SPDX-License-Identifier: MIT */
/* lframes_told: a listener that keeps what it hears. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "lua/lframes.h"

enum { FIRST = 64 };

/* Room for `more` items behind `count`. */
static bool has_room(neap_told *told, void **items, size_t *size, size_t count, size_t more, size_t each) {
  if (*size - count >= more) return true;
  const size_t wanted = count + more > 2 * *size ? count + more + FIRST : 2 * *size;
  void *grown = realloc(*items, wanted * each);
  if (!grown) return told->is_short = true, false;
  *items = grown;
  *size = wanted;
  return true;
}

static neap_told_event *add(neap_told *told, neap_told_kind kind, uint32_t product, bool is_snapshot) {
  if (!has_room(told, (void **)&told->events, &told->size, told->count, 1, sizeof *told->events)) return NULL;
  neap_told_event *event = &told->events[told->count++];
  *event = (neap_told_event){.kind = kind, .product = product, .is_snapshot = is_snapshot};
  return event;
}

static bool begins(void *context, const neap_frame *frame) {
  neap_told *told = context;
  told->frame = *frame;
  return true;
}

static void book(void *context, uint32_t product, const neap_book_message *message, bool is_snapshot) {
  neap_told *told = context;
  const size_t first = told->change_count, count = message->count;
  if (!has_room(told, (void **)&told->changes, &told->change_size, first, count, sizeof *told->changes)) return;
  neap_told_event *event = add(told, NEAP_TOLD_BOOK, product, is_snapshot);
  if (!event) return;
  if (count) memcpy(told->changes + first, message->changes, count * sizeof *message->changes);
  told->change_count += count;
  event->as.book.time = message->time;
  event->as.book.first = first;
  event->as.book.count = count;
}

static void trade(void *context, uint32_t product, const neap_market_trade *trade, uint64_t id, bool is_snapshot) {
  neap_told_event *event = add(context, NEAP_TOLD_TRADE, product, is_snapshot);
  if (!event) return;
  event->as.trade.trade = *trade;
  event->as.trade.id = id;
}

static void ticker(void *context, const neap_frame_ticker *ticker) {
  neap_told_event *event = add(context, NEAP_TOLD_TICKER, ticker->product, false);
  if (event) event->as.ticker = *ticker;
}

static void heartbeat(void *context, uint64_t counter) {
  neap_told_event *event = add(context, NEAP_TOLD_HEARTBEAT, UINT32_MAX, false);
  if (event) event->as.count = counter;
}

static void candle(void *context, uint32_t product, int64_t start, const neap_decimal ohlcv[5]) {
  neap_told_event *event = add(context, NEAP_TOLD_CANDLE, product, false);
  if (!event) return;
  event->as.candle.start = start;
  memcpy(event->as.candle.ohlcv, ohlcv, sizeof event->as.candle.ohlcv);
}

static void status(void *context, uint32_t product, const char *word) {
  neap_told_event *event = add(context, NEAP_TOLD_STATUS, product, false);
  if (event) neap_text_copy(event->as.words.word, NEAP_FRAMES_WORD, word);
}

static void order(void *context, const neap_user_order *order, bool is_snapshot) {
  neap_told_event *event = add(context, NEAP_TOLD_ORDER, UINT32_MAX, is_snapshot);
  if (event) event->as.order = *order;
}

static void orders_end(void *context, bool is_snapshot, size_t count) {
  neap_told_event *event = add(context, NEAP_TOLD_ORDERS_END, UINT32_MAX, is_snapshot);
  if (event) event->as.count = count;
}

static void subscribed(void *context, const char *channel, const char *product_id) {
  neap_told_event *event = add(context, NEAP_TOLD_SUBSCRIBED, UINT32_MAX, false);
  if (!event) return;
  neap_text_copy(event->as.words.word, NEAP_FRAMES_WORD, channel);
  neap_text_copy(event->as.words.other, NEAP_FRAMES_WORD, product_id);
}

static void unusable(void *context, uint32_t product, const neap_fault *why) {
  neap_told_event *event = add(context, NEAP_TOLD_UNUSABLE, product, false);
  if (event) event->as.why = *why;
}

neap_frame_listener neap_told_listener(neap_told *told) {
  return (neap_frame_listener){told,   begins, book,  trade,      ticker,     heartbeat,
                               candle, status, order, orders_end, subscribed, unusable};
}

void neap_told_clear(neap_told *told) {
  told->count = told->change_count = 0;
  told->is_short = false;
  told->frame = (neap_frame){.channel = NEAP_CHANNEL_UNKNOWN};
}

void neap_told_fini(neap_told *told) {
  free(told->events);
  free(told->changes);
  *told = (neap_told){.count = 0};
}
