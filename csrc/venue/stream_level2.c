/* SPDX-License-Identifier: MIT */
/* stream_level2: the book: all of it at first, then every 50 ms the levels that have changed, as they are by then. The
 * venue tells bids before offers, each side the best first, and one time for all. */
#include <stdio.h>
#include <string.h>

#include "match/order_book_state.h"
#include "venue/stream_state.h"

enum { PREFIX = 96, UPDATE = PREFIX + 2 * NEAP_DECIMAL_TEXT + 24 };

typedef struct page {
  neap_buffer *text;
  const neap_venue_product *product;
  char prefix[PREFIX]; /* of every level of a side: {"side":"bid","event_time":"…","price_level":" */
  size_t prefix_length;
  bool has_update;
} page;

static void begin_side(page *at, neap_side side, int64_t time) {
  char text[NEAP_TIME_TEXT];
  neap_stream_micro(time, text);
  int length = snprintf(at->prefix, PREFIX, "{\"side\":\"%s\",\"event_time\":\"%s\",\"price_level\":\"",
                        side == NEAP_BUY ? "bid" : "offer", text);
  at->prefix_length = (size_t)length;
}

static char *put(char *to, const char *from, size_t length) { return (char *)memcpy(to, from, length) + length; }

/* Without the JSON writer: a book has tens of thousands of levels. */
static void write_level(page *at, int64_t price, int64_t quantity) {
  static const char between[] = "\",\"new_quantity\":\"", behind[] = "\"}";
  char text[NEAP_DECIMAL_TEXT], *to = (char *)neap_buffer_reserve(at->text, UPDATE), *first = to;
  if (!to) return;
  if (at->has_update) *to++ = ',';
  to = put(to, at->prefix, at->prefix_length);
  to = put(to, text, neap_decimal_format(neap_venue_price(at->product, price), text));
  to = put(to, between, sizeof between - 1);
  to = put(to, text, neap_decimal_format(neap_venue_size(at->product, quantity), text));
  to = put(to, behind, sizeof behind - 1);
  at->text->size += (size_t)(to - first);
  at->has_update = true;
}

static page begin_page(neap_stream_draft *draft, const neap_venue_product *product, const char *type) {
  neap_stream_draft_event(draft, type);
  neap_json_string(&draft->json, "product_id", product->facts.id);
  neap_json_array(&draft->json, "updates");
  return (page){.text = &draft->text, .product = product};
}

static void end_page(neap_stream_draft *draft) {
  neap_json_end_array(&draft->json);
  neap_json_end_object(&draft->json);
}

static void write_book_side(page *at, neap_side side) {
  const neap_order_book *book = at->product->book;
  neap_levels_cursor cursor = {book->side[side].first, 0};
  int64_t key, number;
  while (neap_levels_next(&book->side[side], &cursor, &key, &number))
    write_level(at, book->queues[number].price, book->queues[number].quantity);
}

void neap_stream_levels_begin(neap_venue_stream *stream, neap_venue_product *product) {
  neap_stream_draft draft;
  neap_stream_draft_begin(&draft);
  page at = begin_page(&draft, product, "snapshot");
  for (int side = NEAP_BUY; side <= NEAP_SELL; side++) {
    begin_side(&at, (neap_side)side, stream->venue->now);
    write_book_side(&at, (neap_side)side);
  }
  end_page(&draft);
  neap_stream_draft_send(&draft, stream, neap_stream_kinds[NEAP_STREAM_LEVEL2].frame);
  neap_stream_draft_end(&draft);
}

static void write_changed_side(page *at, neap_stream_feed *feed, neap_side side) {
  neap_levels *changed = &feed->changed[side];
  neap_levels_cursor cursor = {changed->first, 0};
  int64_t key, unused;
  begin_side(at, side, feed->changed_at);
  while (neap_levels_next(changed, &cursor, &key, &unused)) {
    int64_t price = side == NEAP_BUY ? -key : key;
    write_level(at, price, neap_order_book_quantity(at->product->book, side, price));
  }
  neap_levels_clear(changed);
}

void neap_stream_levels_beat(neap_venue *venue, neap_venue_product *product) {
  neap_stream_draft draft;
  neap_stream_draft_begin(&draft);
  page at = begin_page(&draft, product, "update");
  write_changed_side(&at, product->feed, NEAP_BUY);
  write_changed_side(&at, product->feed, NEAP_SELL);
  end_page(&draft);
  neap_stream_draft_tell(&draft, venue, NEAP_STREAM_LEVEL2, product);
  neap_stream_draft_end(&draft);
}

void neap_stream_level_changed(neap_venue *venue, neap_venue_product *product, neap_side side, int64_t price) {
  product = neap_venue_product_book(venue, product);
  neap_stream_feed *feed = product->feed;
  if (!feed || !feed->subscribers[NEAP_STREAM_LEVEL2]) return;
  if (neap_levels_put(&feed->changed[side], neap_queue_key(side, price), 0) != NEAP_OK) venue->has_failed = true;
  feed->changed_at = venue->now;
  neap_stream_due(venue, product, NEAP_RHYTHM_LEVELS);
}
