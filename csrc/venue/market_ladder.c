/* SPDX-License-Identifier: MIT */
#include "venue/market_ladder.h"

#include <stdlib.h>

enum { FIRST_SIZE = 64, BRIDGE = 8 /* quotes that come where the price has left a side behind */, SHIFT = 20 };

static neap_market_quote *at(const neap_quote_ring *ring, size_t index) {
  return &ring->items[(ring->first + index) & (ring->size - 1)];
}

static int64_t sign_of(neap_side side) { return side == NEAP_BUY ? 1 : -1; }

/* Whether price `a` of a side is nearer to the other side than `b`. */
static bool is_better(neap_side side, int64_t a, int64_t b) { return side == NEAP_BUY ? a > b : a < b; }

neap_status neap_ladder_init(neap_ladder *ladder, const neap_venue_market *market, int64_t volume, neap_fault *fault) {
  int64_t levels = neap_market_setting(&market->settings, NEAP_WORD_LEVELS, 0);
  *ladder = (neap_ladder){.levels = levels, .percent = 100};
  size_t size = FIRST_SIZE;
  while (size < (size_t)levels * 2 + BRIDGE) size *= 2;
  for (int side = 0; side < 2; side++) {
    ladder->side[side] = (neap_quote_ring){.items = malloc(size * sizeof(neap_market_quote)), .size = size};
    if (!ladder->side[side].items) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a market");
  }
  ladder->size = volume / 40000 > 0 ? volume / 40000 : 1;
  return NEAP_OK;
}

void neap_ladder_fini(neap_ladder *ladder) {
  free(ladder->side[NEAP_BUY].items);
  free(ladder->side[NEAP_SELL].items);
}

void neap_ladder_touch(int64_t price, int64_t spread, int64_t *bid, int64_t *ask) {
  int64_t half = (int64_t)((__int128)price * spread / 20000000000);
  *bid = (price - half) >> SHIFT;
  *ask = (price + half + (1 << SHIFT) - 1) >> SHIFT;
  if (*ask <= *bid) *ask = *bid + 1;
}

/* Larger behind the touch; one of sixteen is four times as large. */
static int64_t size_at(const neap_ladder *ladder, neap_venue_market *market, size_t index) {
  int64_t steps = index < 64 ? (int64_t)index : 64, usual = ladder->size + ladder->size * steps / 8;
  int64_t percent = neap_dice_between(&market->dice, 20, 180) * ladder->percent / 100;
  if (neap_dice_below(&market->dice, 16) == 0) percent *= 4;
  int64_t size = (int64_t)((__int128)usual * (percent > 0 ? percent : 1) / 100);
  return size > 0 ? size : 1;
}

/* Wider behind the touch, but so that as many levels as are wanted fit within half of the price. */
static int64_t gap_at(const neap_ladder *ladder, neap_venue_market *market, size_t index, int64_t price) {
  int64_t usual = ladder->gap * (16 + (int64_t)index) / 256, most = price / 2 / ladder->levels;
  if (usual > most) usual = most;
  return usual < 2 ? 1 : neap_dice_between(&market->dice, 1, 2 * usual - 1);
}

static neap_market_quote quote(neap_ladder *ladder, neap_venue_market *market, neap_side side, int64_t price,
                               size_t index) {
  return (neap_market_quote){neap_market_rest(market, side, price, size_at(ladder, market, index)), price};
}

static void push_front(neap_ladder *ladder, neap_venue_market *market, neap_side side, int64_t price) {
  neap_quote_ring *ring = &ladder->side[side];
  ring->first = (ring->first + ring->size - 1) & (ring->size - 1);
  ring->count++;
  *at(ring, 0) = quote(ladder, market, side, price, 0);
}

static void pop_front(neap_quote_ring *ring) {
  ring->first = (ring->first + 1) & (ring->size - 1);
  ring->count--;
}

static void pop_back(neap_ladder *ladder, neap_venue_market *market, neap_side side) {
  neap_quote_ring *ring = &ladder->side[side];
  neap_market_cancel(market, at(ring, --ring->count)->id);
}

/* What stood at the front and is gone. */
static void settle(neap_quote_ring *ring, const neap_venue_market *market) {
  while (ring->count && neap_market_left(market, at(ring, 0)->id) == 0) pop_front(ring);
}

/* The quotes that are better than the new touch: hit, or taken back. */
static void trim(neap_ladder *ladder, neap_venue_market *market, neap_side side, int64_t touch) {
  neap_quote_ring *ring = &ladder->side[side];
  neap_side other = side == NEAP_BUY ? NEAP_SELL : NEAP_BUY;
  for (settle(ring, market); ring->count && is_better(side, at(ring, 0)->price, touch); settle(ring, market)) {
    neap_market_quote front = *at(ring, 0);
    if (ladder->hits && neap_dice_percent(&market->dice, ladder->hits) && neap_market_may_take(market))
      neap_market_take(market, other, front.price, neap_market_left(market, front.id));
    neap_market_cancel(market, front.id);
    pop_front(ring);
  }
}

/* Some quotes from the old front to the new touch. */
static void bridge(neap_ladder *ladder, neap_venue_market *market, neap_side side, int64_t touch) {
  neap_quote_ring *ring = &ladder->side[side];
  int64_t from = ring->count ? at(ring, 0)->price : touch - sign_of(side), way = touch - from;
  int64_t steps = (way < 0 ? -way : way) * 16 / ladder->gap;
  if (steps > BRIDGE) steps = BRIDGE;
  for (int64_t i = 1; i < steps; i++) {
    int64_t price = from + way * i / steps;
    if (price != from && price != touch && price != at(ring, 0)->price) push_front(ladder, market, side, price);
  }
  if (way != 0) push_front(ladder, market, side, touch);
}

static bool is_behind(const neap_ladder *ladder, neap_side side, int64_t touch, int64_t slack) {
  const neap_quote_ring *ring = &ladder->side[side];
  return ring->count == 0 || (touch - at(ring, 0)->price) * sign_of(side) > slack;
}

static void fill_back(neap_ladder *ladder, neap_venue_market *market, neap_side side, int64_t most) {
  neap_quote_ring *ring = &ladder->side[side];
  int64_t wanted = ladder->levels * ladder->percent / 100;
  if (wanted < 1) wanted = 1;
  for (int64_t out = most + 2 * BRIDGE; (int64_t)ring->count > wanted && out > 0; out--) pop_back(ladder, market, side);
  for (; ring->count && (int64_t)ring->count < wanted && most > 0; most--) {
    int64_t last = at(ring, ring->count - 1)->price;
    int64_t price = last - sign_of(side) * gap_at(ladder, market, ring->count, last);
    if (price < 1) return;
    *at(ring, ring->count) = quote(ladder, market, side, price, ring->count);
    ring->count++;
  }
}

void neap_ladder_move(neap_ladder *ladder, neap_venue_market *market, int64_t bid, int64_t ask, int64_t most) {
  const int64_t touch[2] = {[NEAP_BUY] = bid, [NEAP_SELL] = ask};
  ladder->gap = ask * 48 / 100000 > 16 ? ask * 48 / 100000 : 16; /* 0.3 basis points */
  int64_t slack = ladder->gap * ladder->slack / 256;
  trim(ladder, market, NEAP_BUY, bid + slack);
  trim(ladder, market, NEAP_SELL, ask - slack);
  if (!neap_market_may_quote(market)) return;
  for (int side = 0; side < 2; side++) {
    if (touch[side] < 1) continue;
    if (is_behind(ladder, (neap_side)side, touch[side], slack)) bridge(ladder, market, (neap_side)side, touch[side]);
    fill_back(ladder, market, (neap_side)side, most);
  }
}

/* One more between two that are far apart: those before it move up. */
static bool fill_gap(neap_ladder *ladder, neap_venue_market *market, neap_side side, size_t index) {
  neap_quote_ring *ring = &ladder->side[side];
  if (index + 1 >= ring->count || ring->count >= ring->size) return false;
  int64_t near = at(ring, index)->price, far = at(ring, index + 1)->price, way = (near - far) * sign_of(side);
  if (way * 16 <= 2 * ladder->gap * (16 + (int64_t)index) / 16 || way < 2) return false;
  int64_t price = near - sign_of(side) * neap_dice_between(&market->dice, 1, way - 1);
  ring->first = (ring->first + ring->size - 1) & (ring->size - 1);
  ring->count++;
  for (size_t i = 0; i <= index; i++) *at(ring, i) = *at(ring, i + 1);
  *at(ring, index + 1) = quote(ladder, market, side, price, index + 1);
  return true;
}

void neap_ladder_refresh(neap_ladder *ladder, neap_venue_market *market) {
  neap_side side = (neap_side)neap_dice_below(&market->dice, 2);
  neap_quote_ring *ring = &ladder->side[side];
  if (ring->count == 0 || !neap_market_may_quote(market)) return;
  /* Half of the time among the first few, else anywhere. */
  int64_t among = neap_dice_percent(&market->dice, 50) && ring->count > 8 ? 8 : (int64_t)ring->count;
  size_t index = (size_t)neap_dice_below(&market->dice, among);
  if (index < 64 && fill_gap(ladder, market, side, index)) return;
  neap_market_quote *chosen = at(ring, index);
  neap_market_cancel(market, chosen->id);
  *chosen = quote(ladder, market, side, chosen->price, index);
}

void neap_ladder_offer(neap_ladder *ladder, neap_venue_market *market, neap_side side, int64_t size) {
  neap_quote_ring *ring = &ladder->side[side];
  if (ring->count == 0) return;
  neap_market_quote *front = at(ring, 0);
  int64_t left = neap_market_left(market, front->id);
  if (left >= size) return;
  int64_t usual = size_at(ladder, market, 0);
  neap_market_cancel(market, front->id);
  front->id = neap_market_rest(market, side, front->price, usual > size ? usual : size);
}

void neap_ladder_clear(neap_ladder *ladder, neap_venue_market *market) {
  for (int side = 0; side < 2; side++) {
    neap_quote_ring *ring = &ladder->side[side];
    for (size_t i = 0; i < ring->count; i++) neap_market_cancel(market, at(ring, i)->id);
    ring->count = 0;
  }
}
