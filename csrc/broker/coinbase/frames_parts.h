/* SPDX-License-Identifier: MIT */
/* frames_parts: what the files of frames share. Inside broker/coinbase only. */
#ifndef NEAP_BROKER_COINBASE_FRAMES_PARTS_H
#define NEAP_BROKER_COINBASE_FRAMES_PARTS_H

#include <string.h>

#include "broker/coinbase/figure.h"
#include "broker/coinbase/frames.h"
#include "net/json_frames.h"

enum { NEAP_FRAME_OTHER = UINT32_MAX }; /* no product of ours; also: of no product's book */

typedef struct neap_frames_product {
  char *id;
  size_t length;
  neap_figure_unit price, size;
} neap_frames_product;

typedef struct neap_frames_trade {
  neap_market_trade trade;
  uint64_t id;
  uint32_t product;
} neap_frames_trade;

struct neap_frames {
  neap_json_frames *json;
  neap_frames_product *products;
  uint32_t product_count;
  neap_book_change *changes;
  neap_frames_trade *trades;
  size_t change_size, trade_size; /* allocated */
  neap_frames_counts counts;
};

/* A frame that is being read. */
typedef struct neap_frames_reading {
  neap_frames *frames;
  const neap_frame_listener *listener;
  const neap_frame *frame;
  neap_fault *fault;
} neap_frames_reading;

typedef neap_status neap_frames_reader(neap_frames_reading *r);

/* Each reads the event at hand. A status that is neither NEAP_OK nor NEAP_END ends the frame. */
neap_frames_reader neap_frames_read_book, neap_frames_read_trades, neap_frames_read_tickers, neap_frames_read_candles,
    neap_frames_read_heartbeat, neap_frames_read_status, neap_frames_read_orders, neap_frames_read_subscriptions;

/* The product that is named so; NEAP_FRAME_OTHER is counted where the name is not empty. */
uint32_t neap_frames_product_named(neap_frames_reading *r, neap_json_span name);
/* Counts and tells. */
void neap_frames_unusable(neap_frames_reading *r, uint32_t product, neap_status status, const char *code,
                          const char *what, neap_json_span value);
/* Whether the event at hand is a snapshot. */
neap_status neap_frames_read_kind(neap_frames_reading *r, bool *is_snapshot);

/* A text as far as there is room for it, in whole characters; of one that is too long its escapes stay. */
void neap_frames_words(neap_frames_reading *r, neap_json_span value, char *out, size_t size);
/* Plain values; "" and what is not there leave `out` as it is. False: it says something else. */
bool neap_frames_decimal(neap_json_span value, neap_decimal *out); /* over 16 digits: cut; not below zero */
bool neap_frames_count(neap_json_span value, uint64_t *out);
bool neap_frames_time(neap_json_span value, int64_t *out); /* of the year 1: not there */
static inline bool neap_frames_is(neap_json_span value, const char *word, size_t length) {
  return value.length == length && value.text && memcmp(value.text, word, length) == 0;
}
#define NEAP_FRAMES_IS(value, literal) neap_frames_is(value, literal, sizeof literal - 1)

#endif
