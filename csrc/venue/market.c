/* SPDX-License-Identifier: MIT */
#include "venue/market.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "venue/market_state.h"
#include "venue/orders.h"

static void run(neap_venue *venue, uint64_t product);

void neap_market_at(neap_venue_market *self, int64_t time) {
  neap_venue_at(self->venue, time, run, (uint64_t)(self->product - self->venue->products));
}

static void run(neap_venue *venue, uint64_t product) {
  neap_venue_market *market = venue->products[product].market;
  if (!market) return;
  if (venue->now >= venue->away_until) {
    market->run(market);
    return;
  }
  market->rested += venue->away_until - venue->now;
  neap_market_at(market, venue->away_until);
}

bool neap_market_may_quote(const neap_venue_market *self) {
  const uint32_t closed = NEAP_PRODUCT_DISABLED | NEAP_PRODUCT_CANCEL_ONLY | NEAP_PRODUCT_AUCTION;
  return !self->product->is_delisted && !(self->product->facts.flags & closed);
}

bool neap_market_may_take(const neap_venue_market *self) {
  return neap_market_may_quote(self) && !(self->product->facts.flags & NEAP_PRODUCT_POST_ONLY);
}

static uint64_t submit(neap_venue_market *self, neap_match_order *order) {
  order->id = NEAP_HOUSE_ORDER | ++self->orders;
  order->type = NEAP_LIMIT;
  order->self_trade = NEAP_SELF_TRADE_ALLOW;
  if (neap_venue_house_submit(self->venue, self->product, order) == NEAP_MEMORY) self->venue->has_failed = true;
  return order->id;
}

uint64_t neap_market_rest(neap_venue_market *self, neap_side side, int64_t price, int64_t size) {
  neap_match_order order = {.owner = NEAP_HOUSE_MAKER, .side = side, .price = price, .quantity = size};
  order.post_only = self->product->facts.flags & NEAP_PRODUCT_POST_ONLY;
  return submit(self, &order);
}

void neap_market_take(neap_venue_market *self, neap_side side, int64_t price, int64_t size) {
  neap_match_order order = {.owner = NEAP_HOUSE_TAKER, .side = side, .price = price, .quantity = size};
  order.time_in_force = NEAP_IOC;
  if (size > 0 && price > 0) submit(self, &order);
}

void neap_market_cancel(neap_venue_market *self, uint64_t id) {
  neap_venue_house_cancel(self->venue, self->product, id);
}

void neap_market_reduce(neap_venue_market *self, uint64_t id, int64_t left) {
  neap_venue_house_reduce(self->venue, self->product, id, left);
}

int64_t neap_market_left(const neap_venue_market *self, uint64_t id) {
  neap_match_place place;
  return neap_order_book_find(self->product->book, id, &place) == NEAP_OK ? place.left : 0;
}

/* --- volume and speed --------------------------------------------------------------------------------------------- */

static int64_t lots_of(const neap_venue_market *self, neap_decimal volume) {
  __int128 lots = volume.units / self->product->facts.base_increment.units;
  const int64_t most = INT64_C(1) << 52;
  return lots < 0 ? 0 : lots > most ? most : (int64_t)lots;
}

int64_t neap_market_day_volume(const neap_venue_market *self) {
  const neap_json_value *listed = neap_json_get(self->product->answer, "volume_24h");
  neap_decimal volume = NEAP_ZERO;
  int64_t lots = lots_of(self, self->settings.value[NEAP_WORD_VOLUME]);
  if (lots > 0) return lots;
  if (listed && listed->text) neap_decimal_parse_truncated(listed->text, listed->length, &volume, NULL, NULL);
  lots = lots_of(self, volume);
  if (lots > 0) return lots;
  lots = lots_of(self, self->product->facts.base_min);
  return lots > 0 && lots < 1000000000 ? lots * 400000 : 400000;
}

neap_status neap_market_tape_begin(neap_market_tape *tape, const neap_venue_market *self, double speed, int64_t first,
                                   neap_fault *fault) {
  if (speed == 0) speed = 1;
  if (!(speed >= 0.001 && speed <= 1e6))
    return neap_fail(fault, NEAP_INVALID, "out_of_range", "a replay's speed is 0.001 to 1000000, not %g", speed);
  *tape = (neap_market_tape){first, self->venue->now, (int64_t)(speed * 1e6 + 0.5), self};
  return NEAP_OK;
}

int64_t neap_market_tape_time(const neap_market_tape *tape, int64_t recorded) {
  __int128 time =
      (__int128)tape->begun + tape->market->rested + ((__int128)recorded - tape->first) * 1000000 / tape->speed;
  return time > INT64_MAX ? INT64_MAX : (int64_t)time;
}

bool neap_market_tape_again(neap_market_tape *tape, const neap_venue_market *self) {
  const neap_product *facts = &self->product->facts;
  neap_market_end end = neap_market_end_of(self);
  if (end == NEAP_END_HALTS)
    neap_venue_set_product(self->venue, facts->id, facts->flags | NEAP_PRODUCT_DISABLED, false, NULL);
  int64_t soonest = tape->begun + NEAP_SECOND; /* a recording of one moment may not stop the clock */
  int64_t now = self->venue->now - self->rested;
  tape->begun = now > soonest ? now : soonest;
  return end == NEAP_END_LOOPS;
}

/* --- life --------------------------------------------------------------------------------------------------------- */

static const neap_market_maker *maker_of(neap_market_kind kind) {
  const neap_market_maker *const makers[] = {&neap_market_generated, &neap_market_candles, &neap_market_trades,
                                             &neap_market_book};
  return makers[kind];
}

/* The same product has the same dice wherever it stands in the list. */
static uint64_t hash_of(const char *id) {
  uint64_t hash = UINT64_C(14695981039346656037);
  for (; *id; id++) hash = (hash ^ (unsigned char)*id) * UINT64_C(1099511628211);
  return hash;
}

static void free_market(neap_venue_market *market) {
  if (!market) return;
  market->fini(market);
  free(market);
}

static neap_status add(neap_venue *venue, neap_venue_product *product, const neap_market_settings *settings,
                       const neap_venue_market_options *options, neap_fault *fault) {
  const neap_market_maker *maker = maker_of(settings->kind);
  if (product->market) return neap_fail(fault, NEAP_EXISTS, "has_market", "%s has a market already", product->facts.id);
  neap_venue_market *market = maker->make();
  if (!market) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a market");
  market->venue = venue, market->product = product, market->settings = *settings;
  market->dice.state = (uint64_t)neap_market_setting(settings, NEAP_WORD_SEED, 0) ^ hash_of(product->facts.id);
  neap_status status = maker->begin(market, options, fault);
  if (status == NEAP_OK)
    product->market = market;
  else
    free_market(market);
  return status;
}

static neap_status add_to_all(neap_venue *venue, const neap_market_settings *settings,
                              const neap_venue_market_options *options, neap_fault *fault) {
  neap_status status = NEAP_OK;
  if (settings->kind != NEAP_MARKET_GENERATED)
    return neap_fail(fault, NEAP_INVALID, "market_option", "a replay is of one product: name it");
  for (size_t i = 0; i < venue->product_count && status == NEAP_OK; i++) {
    neap_venue_product *product = &venue->products[i];
    bool has_price = product->last > 0 && product->last <= NEAP_MARKET_MOST_PRICE;
    if (product->book && !product->market && has_price) status = add(venue, product, settings, options, fault);
  }
  return status;
}

neap_status neap_venue_add_market(neap_venue *venue, const neap_venue_market_options *options, neap_fault *fault) {
  neap_market_settings settings;
  neap_status status = neap_market_settings_parse(options->text, &settings, fault);
  if (status != NEAP_OK) return status;
  if (!options->product) return add_to_all(venue, &settings, options, fault);
  neap_venue_product *product = neap_venue_product_named(venue, options->product);
  if (product) return add(venue, neap_venue_product_book(venue, product), &settings, options, fault);
  neap_fail(fault, NEAP_NOT_FOUND, "unknown_product", "the venue has no product '%.40s'", options->product);
  neap_fault_set_nearest(fault, neap_venue_nearest_product(venue, options->product));
  return NEAP_NOT_FOUND;
}

void neap_venue_free_markets(neap_venue *venue) {
  for (size_t i = 0; i < venue->product_count; i++) {
    free_market(venue->products[i].market);
    venue->products[i].market = NULL;
  }
}
