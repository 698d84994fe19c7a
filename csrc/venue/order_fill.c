/* SPDX-License-Identifier: MIT */
/* order_fill: a trade: its print, and for each side its fill, its money, its fee. Money moves between a user and the
 * house, which stands between both sides: so a buyer who pays USDC and a seller who gets USD need no rate but 1. */
#include <string.h>

#include "venue/orders_state.h"
#include "venue/stream.h"
#include "venue/trades.h"
#include "venue/wallet.h"

enum { HOUSE };

/* One side of a trade. */
typedef struct part {
  neap_venue_product *book;
  const char *trade_id;
  neap_side side;
  neap_liquidity liquidity;
  int64_t price, size, left; /* left: of the order in its book */
  neap_decimal value, fee;
} part;

static void make_entry_id(neap_venue *venue, char out[65]) {
  static const char digits[] = "0123456789abcdef";
  for (int i = 0; i < 64; i += 16) {
    uint64_t drawn = neap_venue_draw(venue);
    for (int j = 0; j < 16; j++) out[i + j] = digits[drawn >> (60 - 4 * j) & 15];
  }
  out[64] = 0;
}

static void record_fill(neap_venue *venue, const neap_venue_order *order, const part *of) {
  neap_venue_fill *fill = neap_venue_push(&venue->fills, &venue->fill_count, &venue->fill_size, sizeof *fill);
  if (!fill) {
    venue->has_failed = true;
    return;
  }
  fill->number = venue->fill_count, fill->trade = venue->match_numbers, fill->order = order->number;
  fill->price = of->price, fill->size = of->size, fill->time = venue->now;
  fill->commission = of->fee, fill->liquidity = of->liquidity;
  make_entry_id(venue, fill->entry_id);
  memcpy(fill->trade_id, of->trade_id, sizeof fill->trade_id);
  if (neap_venue_index_fill(venue, fill) != NEAP_OK) venue->has_failed = true;
}

static void settle_derivative(neap_venue *venue, const neap_venue_order *order, const part *of) {
  uint32_t portfolio = order->portfolio;
  neap_venue_position_trade(venue, portfolio, order->product, of->side, of->size, of->value);
  neap_venue_position_charge(venue, portfolio, order->product, of->fee, order->leverage_of);
  neap_exits_trim(venue, portfolio, order->product);
  neap_stream_position_changed(venue, portfolio);
}

static void settle_spot(neap_venue *venue, const neap_venue_order *order, const part *of) {
  const neap_product *facts = &venue->products[order->product].facts;
  neap_decimal base = neap_venue_size(of->book, of->size);
  bool buys = of->side == NEAP_BUY;
  neap_decimal money = {of->value.units + (buys ? of->fee.units : -of->fee.units)};
  uint32_t from = buys ? order->portfolio : HOUSE, to = buys ? HOUSE : order->portfolio;
  neap_venue_move(venue, from, to, facts->quote, money);
  neap_venue_move(venue, to, from, facts->base, base);
}

static void count(neap_venue *venue, neap_venue_order *order, const part *of) {
  order->left = of->left;
  if (!of->left) order->is_resting = false;
  order->filled += of->size;
  neap_exit_took(order);
  order->value.units += of->value.units, order->fees.units += of->fee.units;
  order->fills++;
  order->last_fill = venue->now;
}

static bool is_filled(const neap_venue_order *order) { return order->filled + order->removed == order->size; }

/* What was held for it is let go first: it is never less than what is paid. */
static void fill_order(neap_venue *venue, neap_venue_order *order, part *of) {
  const neap_venue_product *product = &venue->products[order->product];
  of->fee = neap_order_fee(of->value, neap_fee_bps(&order->rates, of->liquidity));
  count(venue, order, of);
  record_fill(venue, order, of);
  neap_order_rehold(venue, order);
  if (neap_order_is_derivative(product))
    settle_derivative(venue, order, of);
  else
    settle_spot(venue, order, of);
  neap_venue_count_volume(venue, venue->portfolios[order->portfolio].user, product->facts.quote, of->value);
  neap_family_filled(venue, order, of->size, of->value, of->fee);
  if (order->status < NEAP_VENUE_OPEN) order->status = NEAP_VENUE_OPEN;
  if (is_filled(order))
    neap_order_finish(venue, order, NEAP_VENUE_FILLED, "");
  else
    neap_order_changed(venue, order);
}

static void fill_side(neap_venue *venue, uint64_t id, part *of) {
  if (!(id & NEAP_HOUSE_ORDER))
    fill_order(venue, venue->orders[id - 1], of);
  else if (neap_order_is_derivative(of->book))
    neap_venue_position_trade(venue, HOUSE, (uint32_t)(of->book - venue->products), of->side, of->size, of->value);
}

void neap_order_trade(neap_venue *venue, neap_venue_product *book, const neap_match_event *event) {
  char trade_id[NEAP_VENUE_ID] = "";
  neap_side maker_side = neap_other_side(event->side);
  const neap_venue_trade *print =
      neap_venue_record_trade(venue, book, event->price, event->quantity, maker_side, venue->now);
  if (!print) return;
  venue->match_numbers++;
  if (!(event->order & event->maker & NEAP_HOUSE_ORDER)) neap_venue_make_id(venue, trade_id);
  part taker = {.book = book,
                .trade_id = trade_id,
                .side = event->side,
                .liquidity = NEAP_TAKER,
                .price = event->price,
                .size = event->quantity,
                .left = event->left};
  taker.value = neap_order_value(book, event->price, event->quantity);
  part maker = taker;
  maker.side = maker_side, maker.liquidity = NEAP_MAKER, maker.left = event->maker_left;
  fill_side(venue, event->order, &taker);
  fill_side(venue, event->maker, &maker);
  neap_stream_traded(venue, book, print);
  neap_stops_look(venue, book, event->price);
}
