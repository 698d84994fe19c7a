/* SPDX-License-Identifier: MIT */
/* book: a level-2 book: what rests at each price, from a snapshot and absolute changes. Prices and sizes are int64, in
 * the product's increments; results are exact, or rounded half-even at 12 digits where they are quotients. A book that
 * refused a message is in doubt: it answers nothing more until the next snapshot. */
#ifndef NEAP_MARKET_BOOK_H
#define NEAP_MARKET_BOOK_H

#include "base/decimal.h"
#include "market/levels.h"

typedef enum neap_book_side { NEAP_BID, NEAP_ASK } neap_book_side;

typedef struct neap_book_change {
  int64_t price, size; /* in increments; the size is what now rests there, 0: nothing */
  neap_book_side side;
} neap_book_change;

typedef struct neap_book_message {
  uint64_t sequence; /* rises by one from message to message; 0: this venue does not number them */
  int64_t time;      /* ns; does not fall from update to update */
  const neap_book_change *changes;
  size_t count;
} neap_book_message;

typedef struct neap_book_level {
  int64_t price, size;
} neap_book_level;

typedef struct neap_price_book {
  neap_levels side[2]; /* bids by −price, so that the best of both is the first */
  neap_decimal price_increment, size_increment;
  uint64_t sequence; /* of the last message */
  int64_t time;      /* of the last message */
  int64_t last_update;
  bool whole; /* a snapshot came, and nothing was refused since */
} neap_price_book;

/* Both increments are over zero: NEAP_INVALID "increment". NEAP_MEMORY. */
neap_status neap_price_book_init(neap_price_book *book, neap_decimal price_increment, neap_decimal size_increment,
                                 neap_fault *fault);
void neap_price_book_fini(neap_price_book *book);
/* As init: a book of its own that is as this one. NEAP_MEMORY. */
neap_status neap_price_book_copy(const neap_price_book *book, neap_price_book *out, neap_fault *fault);

/* A snapshot begins a book anew; its time binds nothing, since some venues answer it late. An update is applied as a
 * whole; in its middle the sides may cross, at its end not. Refused, and the book then in doubt: "bad_change" (price or
 * size below zero, price zero), "gap" (a number is missing), "time_order", "crossed" (the best bid is not below the
 * best ask), "no_snapshot" (in doubt already). Refused and the book as it was: NEAP_EXISTS "stale" (a number not above
 * the last). NEAP_MEMORY. */
neap_status neap_price_book_snapshot(neap_price_book *book, const neap_book_message *message, neap_fault *fault);
neap_status neap_price_book_update(neap_price_book *book, const neap_book_message *message, neap_fault *fault);

/* A decimal in increments: NEAP_INEXACT "price_increment" or "size_increment", NEAP_RANGE. */
neap_status neap_price_book_ticks(const neap_price_book *book, neap_decimal price, int64_t *out, neap_fault *fault);
neap_status neap_price_book_lots(const neap_price_book *book, neap_decimal size, int64_t *out, neap_fault *fault);
neap_status neap_price_book_price(const neap_price_book *book, int64_t ticks, neap_decimal *out); /* NEAP_RANGE */
neap_status neap_price_book_size(const neap_price_book *book, int64_t lots, neap_decimal *out);

/* From here on NEAP_NOT_FOUND: the side (or one of both) is empty, or the book is in doubt; NEAP_RANGE. */
neap_status neap_price_book_best(const neap_price_book *book, neap_book_side side, neap_book_level *out);
int64_t neap_price_book_at(const neap_price_book *book, neap_book_side side, int64_t price); /* 0: nothing rests */
/* Up to `most` levels, the best first; returns their number. */
size_t neap_price_book_levels(const neap_price_book *book, neap_book_side side, size_t most, neap_book_level *out);

neap_status neap_price_book_mid(const neap_price_book *book, neap_decimal *out);
neap_status neap_price_book_spread_bps(const neap_price_book *book, neap_decimal *out); /* over the middle */
/* What rests on the best `levels` levels. */
neap_status neap_price_book_depth(const neap_price_book *book, neap_book_side side, size_t levels, neap_decimal *out);
/* What rests from the touch to mid × bps ÷ 10,000 beyond it, inclusive (engines B7.1). */
neap_status neap_price_book_depth_within(const neap_price_book *book, neap_book_side side, neap_decimal bps,
                                         neap_decimal *out);
/* (bids − asks) ÷ (bids + asks) of the best `levels` levels: −1 … 1. */
neap_status neap_price_book_imbalance(const neap_price_book *book, size_t levels, neap_decimal *out);
/* The average price of taking `quantity` from that side at once. NEAP_NOT_FOUND too where less rests there. */
neap_status neap_price_book_vwap(const neap_price_book *book, neap_book_side taken, neap_decimal quantity,
                                 neap_decimal *out);

#endif
