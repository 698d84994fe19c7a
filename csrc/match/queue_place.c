/* SPDX-License-Identifier: MIT */
#include "match/queue_place.h"

#include "match/latency.h"

int neap_queue_compare(neap_book_side side, int64_t a, int64_t b) {
  int rises = (a > b) - (a < b);
  return side == NEAP_BID ? -rises : rises;
}

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

void neap_queue_place_join(neap_queue_place *place, const neap_price_book *book, int64_t traded) {
  place->resting = neap_price_book_at(book, place->side, place->price);
  place->traded = traded;
  place->ahead = place->resting > traded ? place->resting - traded : 0;
}

int64_t neap_queue_place_trade(neap_queue_place *place, const neap_market_trade *trade, int64_t size) {
  int away = neap_queue_compare(place->side, place->price, trade->price);
  if (place->side != trade->taken || away > 0) return 0;
  if (away < 0) return size;
  int64_t passed = least(place->ahead, size);
  place->ahead -= passed;
  if (__builtin_add_overflow(place->traded, trade->size, &place->traded)) place->traded = INT64_MAX;
  return size - passed;
}

/* Whether what was cancelled stood ahead. */
static bool leaves_ahead(const neap_queue_place *place, int64_t behind, neap_queue_kind kind, uint64_t *draws) {
  if (kind == NEAP_QUEUE_RISK_AVERSE || place->ahead == 0) return false;
  return neap_latency_random(draws) % (uint64_t)(place->ahead + behind) < (uint64_t)place->ahead;
}

void neap_queue_place_message(neap_queue_place *place, const neap_price_book *book, neap_queue_kind kind,
                              uint64_t *draws) {
  int64_t resting = neap_price_book_at(book, place->side, place->price);
  int64_t before = place->resting > place->traded ? place->resting - place->traded : 0;
  if (before > resting) {
    int64_t gone = before - resting, behind = before > place->ahead ? before - place->ahead : 0;
    int64_t from_behind =
        leaves_ahead(place, behind, kind, draws) ? gone - least(gone, place->ahead) : least(gone, behind);
    place->ahead -= least(place->ahead, gone - from_behind);
  }
  place->ahead = least(place->ahead, resting);
  place->resting = resting, place->traded = 0;
}

bool neap_queue_place_is_reached(const neap_queue_place *place, const neap_price_book *book) {
  neap_book_level best;
  neap_book_side other = place->side == NEAP_BID ? NEAP_ASK : NEAP_BID;
  if (neap_price_book_best(book, other, &best) != NEAP_OK) return false;
  return neap_queue_compare(place->side, place->price, best.price) <= 0;
}
