/* SPDX-License-Identifier: MIT */
/* frames_trades: what was traded. The venue names the side of him whose order rested there, newest first. */
#include <stdlib.h>

#include "broker/coinbase/frames_parts.h"

typedef neap_frames_reading reading;
typedef neap_frames_trade entry;

enum { PRODUCT, ID, PRICE, SIZE, TIME, SIDE, MEMBERS };
static const neap_json_name NAMES[MEMBERS] = {NEAP_JSON_NAME("product_id"), NEAP_JSON_NAME("trade_id"),
                                              NEAP_JSON_NAME("price"),      NEAP_JSON_NAME("size"),
                                              NEAP_JSON_NAME("time"),       NEAP_JSON_NAME("side")};

enum { FIRST_TRADES = 128 };

static bool grow(neap_frames *frames) {
  const size_t size = frames->trade_size ? 2 * frames->trade_size : FIRST_TRADES;
  entry *trades = realloc(frames->trades, size * sizeof *trades);
  if (!trades) return false;
  frames->trades = trades;
  frames->trade_size = size;
  return true;
}

/* A buyer's order that rested was sold to. */
static bool read_side(neap_json_span maker, neap_book_side *taken) {
  const bool is_bid = NEAP_FRAMES_IS(maker, "BUY");
  *taken = is_bid ? NEAP_BID : NEAP_ASK;
  return is_bid || NEAP_FRAMES_IS(maker, "SELL");
}

static bool refuse(reading *r, neap_status status, const char *code, const char *what, neap_json_span value) {
  neap_frames_unusable(r, NEAP_FRAME_OTHER, status, code, what, value);
  return false;
}

static bool read_figures(reading *r, const neap_json_span *said, entry *out) {
  const neap_frames_product *product = &r->frames->products[out->product];
  neap_market_trade *trade = &out->trade;
  const neap_figure_fit price = neap_figure_read(&product->price, said[PRICE].text, said[PRICE].length, &trade->price);
  const neap_figure_fit size = neap_figure_read(&product->size, said[SIZE].text, said[SIZE].length, &trade->size);
  if (price == NEAP_FIGURE_CUT) return refuse(r, NEAP_INEXACT, "price_increment", "price of a trade", said[PRICE]);
  if (price == NEAP_FIGURE_BAD) return refuse(r, NEAP_INVALID, "not_a_number", "price of a trade", said[PRICE]);
  if (size == NEAP_FIGURE_BAD) return refuse(r, NEAP_INVALID, "not_a_number", "size of a trade", said[SIZE]);
  r->frames->counts.cut_sizes += size == NEAP_FIGURE_CUT;
  return true;
}

/* False: it is another product's, or of no use and told of. */
static bool read_trade(reading *r, const neap_json_span *said, entry *out) {
  *out = (entry){.product = neap_frames_product_named(r, said[PRODUCT]), .trade.time = r->frame->time};
  if (out->product == NEAP_FRAME_OTHER || !read_figures(r, said, out)) return false;
  if (!read_side(said[SIDE], &out->trade.taken))
    return refuse(r, NEAP_INVALID, "bad_side", "side of a trade", said[SIDE]);
  if (!neap_frames_time(said[TIME], &out->trade.time))
    return refuse(r, NEAP_INVALID, "not_a_time", "time of a trade", said[TIME]);
  neap_frames_count(said[ID], &out->id);
  return out->trade.size > 0;
}

static neap_status read_trades(reading *r, size_t *count) {
  neap_frames *frames = r->frames;
  neap_json_span said[MEMBERS];
  for (*count = 0;;) {
    const neap_status status = neap_json_frames_row(frames->json, NAMES, MEMBERS, said, r->fault);
    if (status != NEAP_OK) return status;
    if (*count == frames->trade_size && !grow(frames))
      return neap_fail(r->fault, NEAP_MEMORY, "memory", "no memory for %zu trades", *count);
    *count += read_trade(r, said, &frames->trades[*count]);
  }
}

static bool is_newest_first(const entry *trades, size_t count) {
  const entry *first = &trades[0], *last = &trades[count - 1];
  return first->trade.time != last->trade.time ? first->trade.time > last->trade.time : first->id >= last->id;
}

static void tell(const reading *r, size_t count, bool is_snapshot) {
  const neap_frame_listener *listener = r->listener;
  const entry *trades = r->frames->trades;
  const bool backwards = count > 0 && is_newest_first(trades, count);
  for (size_t i = 0; i < count; i++) {
    const entry *next = &trades[backwards ? count - 1 - i : i];
    listener->trade(listener->context, next->product, &next->trade, next->id, is_snapshot);
  }
}

neap_status neap_frames_read_trades(reading *r) {
  bool is_snapshot;
  size_t count = 0;
  neap_status status = neap_frames_read_kind(r, &is_snapshot);
  if (status != NEAP_OK || !r->listener->trade) return status;
  status = neap_json_frames_enter(r->frames->json, "trades", r->fault);
  if (status == NEAP_OK) status = read_trades(r, &count);
  if (status != NEAP_END && status != NEAP_NOT_FOUND) return status;
  tell(r, count, is_snapshot);
  return NEAP_OK;
}
