/* SPDX-License-Identifier: MIT */
/* book_measures: what a book says in decimals. */
#include "market/book.h"

enum { BPS = 10000 };

static neap_status to_increments(neap_decimal value, neap_decimal increment, const char *code, int64_t *out,
                                 neap_fault *fault) {
  __int128 whole = value.units / increment.units;
  if (whole * increment.units != value.units)
    return neap_fail(fault, NEAP_INEXACT, code, "it is not a multiple of the book's increment");
  if (whole > INT64_MAX || whole < INT64_MIN)
    return neap_fail(fault, NEAP_RANGE, "overflow", "it is more increments than a book can count");
  *out = (int64_t)whole;
  return NEAP_OK;
}

neap_status neap_price_book_ticks(const neap_price_book *book, neap_decimal price, int64_t *out, neap_fault *fault) {
  return to_increments(price, book->price_increment, "price_increment", out, fault);
}

neap_status neap_price_book_lots(const neap_price_book *book, neap_decimal size, int64_t *out, neap_fault *fault) {
  return to_increments(size, book->size_increment, "size_increment", out, fault);
}

static neap_status of_increments(__int128 whole, neap_decimal increment, neap_decimal *out) {
  return __builtin_mul_overflow(whole, increment.units, &out->units) ? NEAP_RANGE : NEAP_OK;
}

neap_status neap_price_book_price(const neap_price_book *book, int64_t ticks, neap_decimal *out) {
  return of_increments(ticks, book->price_increment, out);
}

neap_status neap_price_book_size(const neap_price_book *book, int64_t lots, neap_decimal *out) {
  return of_increments(lots, book->size_increment, out);
}

/* a × b ÷ c of whole numbers of any unit, where b is a decimal. */
static neap_status share(__int128 a, neap_decimal b, __int128 c, neap_decimal *out) {
  return neap_decimal_mul_div((neap_decimal){a}, b, (neap_decimal){c}, NEAP_DECIMAL_DIVISION, NEAP_ROUND_HALF_EVEN,
                              out);
}

static neap_status touch(const neap_price_book *book, neap_book_level *bid, neap_book_level *ask) {
  neap_status status = neap_price_book_best(book, NEAP_BID, bid);
  return status == NEAP_OK ? neap_price_book_best(book, NEAP_ASK, ask) : status;
}

neap_status neap_price_book_mid(const neap_price_book *book, neap_decimal *out) {
  neap_book_level bid, ask;
  neap_status status = touch(book, &bid, &ask);
  return status == NEAP_OK ? share((__int128)bid.price + ask.price, book->price_increment, 2, out) : status;
}

neap_status neap_price_book_spread_bps(const neap_price_book *book, neap_decimal *out) {
  neap_book_level bid, ask;
  neap_status status = touch(book, &bid, &ask);
  if (status != NEAP_OK) return status;
  return share((__int128)(ask.price - bid.price) * 2, neap_decimal_from_int(BPS), (__int128)bid.price + ask.price, out);
}

/* What rests on up to `levels` levels, none further than `reach` increments from the best. */
static neap_status sum_lots(const neap_price_book *book, neap_book_side side, size_t levels, __int128 reach,
                            __int128 *out) {
  const neap_levels *map = &book->side[side];
  neap_levels_cursor at = {map->first, 0};
  int64_t key, size, best = 0;
  *out = 0;
  if (!book->whole) return NEAP_NOT_FOUND;
  for (size_t i = 0; i < levels && neap_levels_next(map, &at, &key, &size); i++) {
    if (i == 0) best = key;
    if ((__int128)key - best > reach) break;
    *out += size;
  }
  return NEAP_OK;
}

neap_status neap_price_book_depth(const neap_price_book *book, neap_book_side side, size_t levels, neap_decimal *out) {
  __int128 lots;
  neap_status status = sum_lots(book, side, levels, INT64_MAX, &lots);
  return status == NEAP_OK ? of_increments(lots, book->size_increment, out) : status;
}

neap_status neap_price_book_depth_within(const neap_price_book *book, neap_book_side side, neap_decimal bps,
                                         neap_decimal *out) {
  neap_decimal mid, reach;
  __int128 lots;
  neap_status status = neap_price_book_mid(book, &mid);
  if (status == NEAP_OK)
    status = neap_decimal_mul_div(mid, bps, neap_decimal_from_int(BPS), NEAP_DECIMAL_DIGITS, NEAP_ROUND_FLOOR, &reach);
  if (status != NEAP_OK) return status;
  status = sum_lots(book, side, SIZE_MAX, reach.units / book->price_increment.units, &lots);
  return status == NEAP_OK ? of_increments(lots, book->size_increment, out) : status;
}

neap_status neap_price_book_imbalance(const neap_price_book *book, size_t levels, neap_decimal *out) {
  __int128 bids, asks;
  neap_status status = sum_lots(book, NEAP_BID, levels, INT64_MAX, &bids);
  if (status == NEAP_OK) status = sum_lots(book, NEAP_ASK, levels, INT64_MAX, &asks);
  if (status != NEAP_OK) return status;
  return bids + asks == 0 ? NEAP_NOT_FOUND : share(bids - asks, neap_decimal_from_int(1), bids + asks, out);
}

neap_status neap_price_book_vwap(const neap_price_book *book, neap_book_side taken, neap_decimal quantity,
                                 neap_decimal *out) {
  const neap_levels *map = &book->side[taken];
  neap_levels_cursor at = {map->first, 0};
  int64_t key, size, left, wanted = 0;
  __int128 cost = 0;
  neap_status status = neap_price_book_lots(book, quantity, &wanted, NULL);
  if (status != NEAP_OK || wanted <= 0) return status == NEAP_OK ? NEAP_INVALID : status;
  for (left = wanted; left > 0; left -= size) {
    if (!book->whole || !neap_levels_next(map, &at, &key, &size)) return NEAP_NOT_FOUND;
    size = size < left ? size : left;
    cost += (__int128)(taken == NEAP_BID ? -key : key) * size;
  }
  return share(cost, book->price_increment, wanted, out);
}
