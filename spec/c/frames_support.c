/* SPDX-License-Identifier: MIT */
/* frames_support: frames told, as lines. */
#include "frames_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

typedef frames_scene scene;

__attribute__((format(printf, 2, 3))) static void note(scene *self, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int length = vsnprintf(self->told + self->used, FRAMES_TOLD - self->used, format, arguments);
  va_end(arguments);
  assert_true(length >= 0 && self->used + (size_t)length < FRAMES_TOLD);
  self->used += (size_t)length;
}

static const char *written(neap_decimal value, char out[NEAP_DECIMAL_TEXT]) {
  out[neap_decimal_format(value, out)] = '\0';
  return out;
}

static bool begins(void *context, const neap_frame *frame) {
  scene *self = context;
  char sequence[24] = "-", time[NEAP_TIME_TEXT] = "-";
  if (frame->has_sequence) snprintf(sequence, sizeof sequence, "%lu", (unsigned long)frame->sequence);
  if (frame->time) neap_time_format(frame->time, time);
  note(self, "frame %d #%s %s%s%s\n", (int)frame->channel, sequence, time, frame->message[0] ? " " : "",
       frame->message);
  return !self->wants_no_more;
}

static void book(void *context, uint32_t product, const neap_book_message *message, bool is_snapshot) {
  note(context, "book %u %s:", product, is_snapshot ? "snapshot" : "update");
  assert_int_equal(message->sequence, 0);
  for (size_t i = 0; i < message->count && i < 8; i++) {
    const neap_book_change *change = &message->changes[i];
    note(context, " %s %ld x %ld", change->side == NEAP_BID ? "bid" : "ask", (long)change->price, (long)change->size);
  }
  note(context, "\n");
}

static void trade(void *context, uint32_t product, const neap_market_trade *trade, uint64_t trade_id,
                  bool is_snapshot) {
  char time[NEAP_TIME_TEXT];
  neap_time_format(trade->time, time);
  note(context, "trade %u #%lu %ld x %ld from the %s %s%s\n", product, (unsigned long)trade_id, (long)trade->price,
       (long)trade->size, trade->taken == NEAP_BID ? "bids" : "asks", time, is_snapshot ? " snapshot" : "");
}

static void ticker(void *context, const neap_frame_ticker *t) {
  char a[NEAP_DECIMAL_TEXT], b[NEAP_DECIMAL_TEXT], c[NEAP_DECIMAL_TEXT], d[NEAP_DECIMAL_TEXT], e[NEAP_DECIMAL_TEXT];
  note(context, "ticker %u %s bid %s x %s ask %s x %s\n", t->product, written(t->price, a), written(t->best_bid, b),
       written(t->bid_size, c), written(t->best_ask, d), written(t->ask_size, e));
}

static void heartbeat(void *context, uint64_t counter) { note(context, "beat %lu\n", (unsigned long)counter); }

static void candle(void *context, uint32_t product, int64_t start, const neap_decimal ohlcv[5]) {
  char time[NEAP_TIME_TEXT], text[NEAP_DECIMAL_TEXT];
  neap_time_format(start, time);
  note(context, "bar %u %s", product, time);
  for (int i = 0; i < 5; i++) note(context, " %s", written(ohlcv[i], text));
  note(context, "\n");
}

static void status(void *context, uint32_t product, const char *word) {
  note(context, "status %u %s\n", product, word);
}

static void order(void *context, const neap_user_order *o, bool is_snapshot) {
  char text[7][NEAP_DECIMAL_TEXT], time[NEAP_TIME_TEXT] = "-";
  if (o->created) neap_time_format(o->created, time);
  note(context,
       "order %s %s %s %s %s (%s) filled %s at %s value %s fees %s leaves %s limit %s stop %s fills %lu %s '%s'%s\n",
       o->order_id, o->client_id, o->product_id, o->known & NEAP_KNOWS_SIDE ? neap_side_name(o->side) : "?",
       o->known & NEAP_KNOWS_STATUS ? neap_order_status_name(o->status) : "?", o->venue_status,
       written(o->filled, text[0]), written(o->average, text[1]), written(o->value, text[2]), written(o->fees, text[3]),
       written(o->leaves, text[4]), written(o->limit, text[5]), written(o->stop, text[6]), (unsigned long)o->fills,
       time, o->reason, is_snapshot ? " snapshot" : "");
}

static void orders_end(void *context, bool is_snapshot, size_t count) {
  note(context, "%zu orders%s\n", count, is_snapshot ? " snapshot" : "");
}

static void subscribed(void *context, const char *channel, const char *product_id) {
  note(context, "to %s %s\n", channel, product_id);
}

static void unusable(void *context, uint32_t product, const neap_fault *why) {
  note(context, "unusable %d %s %s\n", (int)product, why->code, why->where);
}

int frames_scene_set_up(void **state) {
  scene *self = calloc(1, sizeof *self);
  assert_non_null(self);
  const neap_frame_product products[] = {{"BTC-USD", dec("0.01"), dec("0.00000001")},
                                         {"BIP-20DEC30-CDE", dec("5"), dec("1")}};
  assert_int_equal(neap_frames_new(products, 2, &self->frames, &self->fault), NEAP_OK);
  *state = self;
  return 0;
}

int frames_scene_tear_down(void **state) {
  scene *self = *state;
  neap_frames_free(self->frames);
  free(self);
  return 0;
}

neap_status frames_scene_read(scene *self, const char *text, size_t length) {
  const neap_frame_listener listener = {self,   begins, book,  trade,      ticker,     heartbeat,
                                        candle, status, order, orders_end, subscribed, unusable};
  assert_true(length <= FRAMES_ROOM);
  memset(self->text + length, '"', NEAP_FRAMES_PADDING);
  memmove(self->text, text, length);
  self->used = 0;
  self->told[0] = '\0';
  return neap_frames_read(self->frames, self->text, length, &listener, &self->fault);
}

void assert_frame_told(scene *self, const char *text, const char *expected) {
  if (frames_scene_read(self, text, strlen(text)) != NEAP_OK) fail_msg("%s: %s", text, self->fault.message);
  assert_string_equal(self->told, expected);
}

neap_frames_counts frames_scene_counts(const scene *self) {
  neap_frames_counts counted;
  neap_frames_counts_get(self->frames, &counted);
  return counted;
}
