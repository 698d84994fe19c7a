/* SPDX-License-Identifier: MIT */
/* frames_book: level 2, the hot path of the stream. An event is one message of one product's book: all of its changes,
 * or none. */
#include <stdlib.h>
#include <string.h>

#include "broker/coinbase/frames_parts.h"

typedef neap_frames_reading reading;

/* In the order in which they come, so that each is found where it is looked for first; the time is not used, since
 * snapshots have none. */
enum { SIDE, TIME, PRICE, SIZE, MEMBERS };
static const neap_json_name NAMES[MEMBERS] = {NEAP_JSON_NAME("side"), NEAP_JSON_NAME("event_time"),
                                              NEAP_JSON_NAME("price_level"), NEAP_JSON_NAME("new_quantity")};

enum { TYPE, PRODUCT, EVENT_MEMBERS };
static const neap_json_name EVENT_NAMES[EVENT_MEMBERS] = {NEAP_JSON_NAME("type"), NEAP_JSON_NAME("product_id")};

enum { FIRST_CHANGES = 1024 };

static bool grow(neap_frames *frames) {
  const size_t size = frames->change_size ? 2 * frames->change_size : FIRST_CHANGES;
  neap_book_change *changes = realloc(frames->changes, size * sizeof *changes);
  if (!changes) return false;
  frames->changes = changes;
  frames->change_size = size;
  return true;
}

static bool read_side(neap_json_span word, neap_book_side *out) {
  const bool is_bid = NEAP_FRAMES_IS(word, "bid");
  *out = is_bid ? NEAP_BID : NEAP_ASK;
  return is_bid || NEAP_FRAMES_IS(word, "offer") || NEAP_FRAMES_IS(word, "ask");
}

/* False: told of, and the message is of no use. */
static bool read_change(reading *r, uint32_t number, const neap_json_span *said, neap_book_change *out) {
  const neap_frames_product *product = &r->frames->products[number];
  const neap_figure_fit price = neap_figure_read(&product->price, said[PRICE].text, said[PRICE].length, &out->price);
  const neap_figure_fit size = neap_figure_read(&product->size, said[SIZE].text, said[SIZE].length, &out->size);
  if (!read_side(said[SIDE], &out->side))
    return neap_frames_unusable(r, number, NEAP_INVALID, "bad_side", "side", said[SIDE]), false;
  if (price == NEAP_FIGURE_CUT)
    return neap_frames_unusable(r, number, NEAP_INEXACT, "price_increment", "price_level", said[PRICE]), false;
  if (price == NEAP_FIGURE_BAD)
    return neap_frames_unusable(r, number, NEAP_INVALID, "not_a_number", "price_level", said[PRICE]), false;
  if (size == NEAP_FIGURE_BAD)
    return neap_frames_unusable(r, number, NEAP_INVALID, "not_a_number", "new_quantity", said[SIZE]), false;
  r->frames->counts.cut_sizes += size == NEAP_FIGURE_CUT;
  return true;
}

/* NEAP_END: all are read. NEAP_REFUSED: the message is of no use, and its array was left. */
static neap_status read_changes(reading *r, uint32_t number, size_t *count) {
  neap_frames *frames = r->frames;
  neap_json_span said[MEMBERS];
  for (*count = 0;; ++*count) {
    const neap_status status = neap_json_frames_row(frames->json, NAMES, MEMBERS, said, r->fault);
    if (status != NEAP_OK) return status;
    if (*count == frames->change_size && !grow(frames))
      return neap_fail(r->fault, NEAP_MEMORY, "memory", "no memory for %zu levels", *count);
    if (!read_change(r, number, said, &frames->changes[*count]))
      return neap_json_frames_leave(frames->json), NEAP_REFUSED;
  }
}

static neap_status read_message(reading *r, uint32_t number, bool is_snapshot) {
  const neap_frame_listener *listener = r->listener;
  size_t count = 0;
  neap_status status = neap_json_frames_enter(r->frames->json, "updates", r->fault);
  if (status == NEAP_OK) status = read_changes(r, number, &count);
  if (status == NEAP_NOT_FOUND)
    neap_frames_unusable(r, number, NEAP_INVALID, "missing_field", "list of updates", (neap_json_span){NULL, 0});
  if (status == NEAP_REFUSED || status == NEAP_NOT_FOUND) return NEAP_OK;
  if (status != NEAP_END) return status;
  const neap_book_message message = {.time = r->frame->time, .changes = r->frames->changes, .count = count};
  listener->book(listener->context, number, &message, is_snapshot);
  return NEAP_OK;
}

neap_status neap_frames_read_book(reading *r) {
  neap_json_span said[EVENT_MEMBERS];
  neap_status status =
      neap_json_frames_members(r->frames->json, EVENT_NAMES, EVENT_MEMBERS, EVENT_MEMBERS, said, r->fault);
  if (status != NEAP_OK) return status;
  const uint32_t number = neap_frames_product_named(r, said[PRODUCT]);
  if (number == NEAP_FRAME_OTHER || !r->listener->book) return NEAP_OK;
  const bool is_snapshot = NEAP_FRAMES_IS(said[TYPE], "snapshot");
  if (is_snapshot || NEAP_FRAMES_IS(said[TYPE], "update")) return read_message(r, number, is_snapshot);
  neap_frames_unusable(r, number, NEAP_INVALID, "bad_type", "type", said[TYPE]);
  return NEAP_OK;
}
