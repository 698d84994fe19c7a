/* SPDX-License-Identifier: MIT */
/* market: who makes the prices of the venue: a seeded generator, or a replay of candles, trades or a recorded book.
 * Their orders are orders of the book like any other, of owners that pay no fee and never lack money. Everything they
 * do is a function of their options, the venue's time and what participants did: whole numbers alone. */
#ifndef NEAP_VENUE_MARKET_H
#define NEAP_VENUE_MARKET_H

#include "venue/coinbase_venue.h"

/* "generated", "generated:seed=7,levels=50", "candles:end=loops", "trades", "book": see docs/reference/venue.md. The
 * bytes of a file are handed in, and are not looked at after the call. */
typedef struct neap_venue_market_options {
  const char *product;       /* id; NULL: every product that has a book, a price and no market yet (generated only) */
  const char *text;          /* kind and what is said of it */
  const char *data, *trades; /* CSV of a replay; the trades of a recorded book, NULL: none are known */
  size_t data_length, trades_length;
  double speed; /* recorded seconds per second of the venue, 0.001 … 1000000; 0 is 1 */
} neap_venue_market_options;

/* The market begins at the venue's time: a replay's first moment (or `from`) is now. Refused, and nothing is changed
 * but that memory may be short after some of many products: NEAP_INVALID "market_kind", "market_option",
 * "out_of_range" (naming the word and what may be said), "no_data", "no_price"; NEAP_NOT_FOUND "unknown_product";
 * NEAP_EXISTS "has_market"; what the parsers of csrc/market say of a file, with its line; NEAP_INEXACT where a price
 * is no multiple of the product's increment. */
neap_status neap_venue_add_market(neap_venue *venue, const neap_venue_market_options *options, neap_fault *fault);

void neap_venue_free_markets(neap_venue *venue);

#endif
