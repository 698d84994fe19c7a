/* SPDX-License-Identifier: MIT */
/* market_trades: a replay of prints: each happens at its time and size, and the book stands around the next one. */
#include <stdlib.h>

#include "base/clock.h"
#include "market/recording.h"
#include "venue/market_press.h"

typedef struct trades {
  neap_venue_market market;
  neap_market_tape tape;
  neap_market_press press;
  neap_recording recording;
  size_t first, next;
} trades;

enum { FILLS = 8 };

static neap_market_print print_of(const trades *self, size_t number) {
  const neap_market_trade *trade = &self->recording.trades[number];
  return (neap_market_print){trade->price, trade->size, trade->taken == NEAP_ASK ? NEAP_BUY : NEAP_SELL};
}

static int64_t due(const trades *self) {
  return neap_market_tape_time(&self->tape, self->recording.trades[self->next].time);
}

static void finish(trades *self) {
  if (neap_market_end_of(&self->market) == NEAP_END_HALTS) neap_ladder_clear(&self->press.ladder, &self->market);
  if (!neap_market_tape_again(&self->tape, &self->market)) return;
  self->next = self->first;
  neap_market_at(&self->market, due(self));
}

static void run(neap_venue_market *market) {
  trades *self = (trades *)market;
  neap_market_print print = print_of(self, self->next);
  neap_press_print(&self->press, market, &print);
  if (++self->next == self->recording.trade_count) {
    finish(self);
    return;
  }
  print = print_of(self, self->next);
  neap_press_ready(&self->press, market, &print, FILLS);
  neap_market_at(market, due(self));
}

static int64_t day_volume(const trades *self) {
  __int128 sum = 0;
  const neap_recording *of = &self->recording;
  for (size_t i = self->first; i < of->trade_count; i++) sum += of->trades[i].size;
  __int128 span = ((__int128)of->trades[of->trade_count - 1].time - of->trades[self->first].time) / NEAP_SECOND;
  sum = sum * 86400 / (span > 60 ? span : 60);
  return sum > INT64_MAX / 4 ? INT64_MAX / 4 : (int64_t)sum;
}

static neap_status check_prices(const trades *self, neap_fault *fault) {
  for (size_t i = 0; i < self->recording.trade_count; i++)
    if (self->recording.trades[i].price > NEAP_MARKET_MOST_PRICE)
      return neap_fail(fault, NEAP_INVALID, "out_of_range", "trade %zu: the price is over 68,719,476,736 increments",
                       i + 1);
  return NEAP_OK;
}

static neap_status read_trades(trades *self, const neap_venue_market_options *options, neap_fault *fault) {
  const neap_venue_market *market = &self->market;
  const neap_product *facts = &market->product->facts;
  int64_t from = neap_market_setting(&market->settings, NEAP_WORD_FROM, 0);
  if (!options->data)
    return neap_fail(fault, NEAP_INVALID, "no_data", "trades: the bytes of a file of trades are wanted");
  neap_recording_init(&self->recording, facts->price_increment, facts->base_increment);
  neap_status status = neap_recording_parse_trades(&self->recording, options->data, options->data_length, fault);
  if (status == NEAP_OK) status = check_prices(self, fault);
  if (status != NEAP_OK) return status;
  while (self->first < self->recording.trade_count && self->recording.trades[self->first].time < from) self->first++;
  if (self->first == self->recording.trade_count)
    return neap_fail(fault, NEAP_INVALID, "no_data", "no trade is at or after `from`");
  return NEAP_OK;
}

static neap_status begin(neap_venue_market *market, const neap_venue_market_options *options, neap_fault *fault) {
  trades *self = (trades *)market;
  neap_status status = read_trades(self, options, fault);
  if (status == NEAP_OK) status = neap_press_init(&self->press, market, day_volume(self), fault);
  if (status == NEAP_OK)
    status =
        neap_market_tape_begin(&self->tape, market, options->speed, self->recording.trades[self->first].time, fault);
  if (status != NEAP_OK) return status;
  self->next = self->first;
  neap_market_print print = print_of(self, self->next);
  neap_press_ready(&self->press, market, &print, self->press.ladder.levels);
  neap_market_at(market, due(self));
  return NEAP_OK;
}

static void fini(neap_venue_market *market) {
  trades *self = (trades *)market;
  neap_ladder_fini(&self->press.ladder);
  neap_recording_fini(&self->recording);
}

static neap_venue_market *make(void) {
  trades *self = calloc(1, sizeof *self);
  if (!self) return NULL;
  self->market.run = run, self->market.fini = fini;
  return &self->market;
}

const neap_market_maker neap_market_trades = {make, begin};
