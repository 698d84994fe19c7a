/* SPDX-License-Identifier: MIT */
/* recording: level-2 messages and trades of one product in memory, in the order in which they came; what a replay
 * reads. From CSV text of two files, or made by hand. */
#ifndef NEAP_MARKET_RECORDING_H
#define NEAP_MARKET_RECORDING_H

#include "market/book.h"

typedef struct neap_market_trade {
  int64_t time, price, size; /* in increments */
  neap_book_side taken;      /* the side that the taker took from: he sold to the bids, or bought the asks */
} neap_market_trade;

typedef struct neap_recorded_message {
  int64_t time;
  size_t first, count; /* of the changes */
  bool is_snapshot;
} neap_recorded_message;

typedef struct neap_recording {
  neap_decimal price_increment, size_increment;
  neap_book_change *changes;
  neap_recorded_message *messages;
  neap_market_trade *trades;
  size_t change_count, message_count, trade_count;
  size_t change_size, message_size, trade_size; /* allocated */
} neap_recording;

void neap_recording_init(neap_recording *recording, neap_decimal price_increment, neap_decimal size_increment);
void neap_recording_fini(neap_recording *recording);

/* Adds to the last message where time and kind are its own, else begins one. Times of updates, and of trades, do not
 * fall: NEAP_INVALID "time_order". A snapshot that is dated after the update behind it was answered late: it takes
 * that one's time. NEAP_MEMORY. */
neap_status neap_recording_add_change(neap_recording *recording, int64_t time, bool is_snapshot,
                                      const neap_book_change *change, neap_fault *fault);
neap_status neap_recording_add_trade(neap_recording *recording, const neap_market_trade *trade, neap_fault *fault);

/* CSV with a header. Changes: recv (or time), type (snapshot, update), side (bid, ask, offer), price, qty (or size).
 * Trades: recv (or time), price, size (or qty), taker_side (buy, sell). Other columns are passed over; recv comes
 * before time; rows of one time and type are one message. Times are seconds since 1970 with up to 9 fractional digits,
 * or ISO 8601. NEAP_INVALID bad_header, bad_row, time_order; NEAP_INEXACT price_increment, size_increment; `where` is
 * the line.
 */
neap_status neap_recording_parse_changes(neap_recording *recording, const char *text, size_t length, neap_fault *fault);
neap_status neap_recording_parse_trades(neap_recording *recording, const char *text, size_t length, neap_fault *fault);

/* Makes the increments of a recording that holds nothing yet fine enough for every price and size of such a text: a
 * venue's own sizes are often finer than what it takes from a customer. The same failures, but for NEAP_INEXACT. */
neap_status neap_recording_fit_changes(neap_recording *recording, const char *text, size_t length, neap_fault *fault);
neap_status neap_recording_fit_trades(neap_recording *recording, const char *text, size_t length, neap_fault *fault);

/* An amount in increments as a decimal; what was parsed always fits. */
static inline neap_decimal neap_recording_price(const neap_recording *recording, int64_t ticks) {
  return (neap_decimal){recording->price_increment.units * ticks};
}
static inline neap_decimal neap_recording_size(const neap_recording *recording, int64_t lots) {
  return (neap_decimal){recording->size_increment.units * lots};
}

/* Message `number` as a book takes it. */
static inline neap_book_message neap_recording_message(const neap_recording *recording, size_t number) {
  const neap_recorded_message *message = &recording->messages[number];
  return (neap_book_message){
      .time = message->time, .changes = recording->changes + message->first, .count = message->count};
}
neap_status neap_recording_apply(const neap_recording *recording, size_t number, neap_price_book *book,
                                 neap_fault *fault);

#endif
