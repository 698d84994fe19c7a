/* SPDX-License-Identifier: MIT */
/* market_book: a replay of a recorded level-2 book and of its trades. After each message the maker's quantity at each
 * price that it speaks of is the recording's. A trade takes from the book at its own price; of a participant's orders
 * those that stand better or earlier come first. What of the recording would cross a participant's order trades with
 * it. */
#include <stdlib.h>

#include "base/clock.h"
#include "market/recording.h"
#include "venue/market_shelf.h"

typedef struct book {
  neap_venue_market market;
  neap_market_tape tape;
  neap_recording recording;
  neap_shelf shelf;
  size_t message, trade; /* the next ones */
} book;

static bool has_message(const book *self) { return self->message < self->recording.message_count; }
static bool has_trade(const book *self) { return self->trade < self->recording.trade_count; }

/* Trades come before a message of the same time. */
static bool is_trade_next(const book *self) {
  if (!has_trade(self) || !has_message(self)) return has_trade(self);
  return self->recording.trades[self->trade].time <= self->recording.messages[self->message].time;
}

static int64_t due(const book *self) {
  const neap_recording *of = &self->recording;
  return neap_market_tape_time(&self->tape,
                               is_trade_next(self) ? of->trades[self->trade].time : of->messages[self->message].time);
}

static void take_note(book *self) {
  const neap_recorded_message *message = &self->recording.messages[self->message++];
  if (message->is_snapshot) neap_shelf_forget(&self->shelf);
  for (size_t i = message->first; i < message->first + message->count; i++) {
    const neap_book_change *change = &self->recording.changes[i];
    neap_side side = change->side == NEAP_BID ? NEAP_BUY : NEAP_SELL;
    if (neap_shelf_record(&self->shelf, side, change->price, change->size) != NEAP_OK)
      self->market.venue->has_failed = true;
  }
}

static void play_trade(book *self) {
  const neap_market_trade *trade = &self->recording.trades[self->trade++];
  neap_side maker = trade->taken == NEAP_BID ? NEAP_BUY : NEAP_SELL;
  if (!neap_market_may_take(&self->market)) return;
  if (neap_shelf_expose(&self->shelf, &self->market, maker, trade->price, trade->size) != NEAP_OK)
    self->market.venue->has_failed = true;
  neap_market_take(&self->market, maker == NEAP_BUY ? NEAP_SELL : NEAP_BUY, trade->price, trade->size);
}

/* To the first moment; what was before `from` is noted at once. */
static void rewind_to_start(book *self) {
  int64_t from = self->tape.first;
  self->message = self->trade = 0;
  take_note(self);
  while (has_message(self) && self->recording.messages[self->message].time < from) take_note(self);
  while (has_trade(self) && self->recording.trades[self->trade].time < from) self->trade++;
  neap_shelf_settle(&self->shelf, &self->market);
}

static void finish(book *self) {
  if (neap_market_end_of(&self->market) == NEAP_END_HALTS) neap_shelf_clear(&self->shelf, &self->market);
  if (!neap_market_tape_again(&self->tape, &self->market)) return;
  rewind_to_start(self);
  if (has_message(self) || has_trade(self)) neap_market_at(&self->market, due(self));
}

static void run(neap_venue_market *market) {
  book *self = (book *)market;
  if (is_trade_next(self)) {
    play_trade(self);
  } else {
    take_note(self);
    neap_shelf_settle(&self->shelf, market);
  }
  if (has_message(self) || has_trade(self))
    neap_market_at(market, due(self));
  else
    finish(self);
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

/* A maker who would cross himself is no book. */
static neap_status check_messages(const neap_recording *recording, neap_fault *fault) {
  neap_price_book shown;
  neap_status status = neap_price_book_init(&shown, recording->price_increment, recording->size_increment, fault);
  if (status != NEAP_OK) return status;
  for (size_t i = 0; i < recording->message_count && status == NEAP_OK; i++) {
    status = neap_recording_apply(recording, i, &shown, fault);
    if (status != NEAP_OK) neap_fault_set_where(fault, "message %zu", i + 1);
  }
  neap_price_book_fini(&shown);
  return status;
}

static neap_status read_files(book *self, const neap_venue_market_options *options, neap_fault *fault) {
  const neap_product *facts = &self->market.product->facts;
  neap_recording *recording = &self->recording;
  if (!options->data)
    return neap_fail(fault, NEAP_INVALID, "no_data", "book: the bytes of a file of book messages are wanted");
  neap_recording_init(recording, facts->price_increment, facts->base_increment);
  neap_status status = neap_recording_parse_changes(recording, options->data, options->data_length, fault);
  if (status == NEAP_OK && options->trades)
    status = neap_recording_parse_trades(recording, options->trades, options->trades_length, fault);
  if (status != NEAP_OK) return status;
  if (recording->message_count == 0 || !recording->messages[0].is_snapshot)
    return neap_fail(fault, NEAP_INVALID, "no_data", "book: a recording begins with a snapshot");
  return check_messages(recording, fault);
}

static neap_status begin(neap_venue_market *market, const neap_venue_market_options *options, neap_fault *fault) {
  book *self = (book *)market;
  int64_t from = neap_market_setting(&market->settings, NEAP_WORD_FROM, 0);
  neap_status status = read_files(self, options, fault);
  if (status == NEAP_OK && neap_shelf_init(&self->shelf) != NEAP_OK)
    status = neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a market");
  if (status != NEAP_OK) return status;
  int64_t first = self->recording.messages[0].time;
  status = neap_market_tape_begin(&self->tape, market, options->speed, from > first ? from : first, fault);
  if (status != NEAP_OK) return status;
  rewind_to_start(self);
  if (has_message(self) || has_trade(self)) neap_market_at(market, due(self));
  return NEAP_OK;
}

static void fini(neap_venue_market *market) {
  book *self = (book *)market;
  neap_recording_fini(&self->recording);
  neap_shelf_fini(&self->shelf);
}

static neap_venue_market *make(void) {
  book *self = calloc(1, sizeof *self);
  if (!self) return NULL;
  self->market.run = run, self->market.fini = fini;
  return &self->market;
}

const neap_market_maker neap_market_book = {make, begin};
