/* SPDX-License-Identifier: MIT */
/* market_generated: a maker whose quotes follow a walk, and takers that hit them. */
#include <stdlib.h>

#include "base/clock.h"
#include "venue/market_ladder.h"
#include "venue/market_walk.h"
#include "venue/trades.h"

enum {
  TAKES = 16,      /* of a hundred steps, so many bring a taker */
  THIN_TAKES = 32, /* in a crash */
  HITS = 4,        /* of a hundred quotes that the price went through */
  SLACK = 8,
  FILLS = 3, /* quotes a side that come anew at a step, at most */
  BILLION = 1000000000
};

typedef struct generated {
  neap_venue_market market;
  neap_walk walk;
  neap_ladder ladder;
  int64_t spread;       /* basis points × 10^6 */
  int64_t mean;         /* ns between steps */
  int64_t volume;       /* lots of a day */
  int64_t usual, least; /* lots of a taker: on average, at least */
  int64_t thin;         /* percent */
  neap_side flow;       /* the side on which takers come now */
  uint64_t seen;        /* trades of the product that were looked at */
} generated;

/* The square-root law: a day's deviation times the root of the share of a day's volume. */
static int64_t impact_of(const generated *self, int64_t lots) {
  int64_t most = lots < self->volume ? lots : self->volume;
  int64_t root = neap_integer_root((int64_t)((__int128)most * BILLION / self->volume));
  return (int64_t)((__int128)self->walk.usual * root / neap_integer_root(BILLION));
}

/* What participants did since the last step: takers that were none of ours, and ours that met their orders. */
static void feel(generated *self) {
  const neap_venue_product *product = self->market.product;
  uint64_t news = product->trade_count - self->seen, kept = neap_venue_trades_kept(product);
  int64_t bought = 0;
  for (uint64_t i = news < kept ? news : kept; i > 0; i--) {
    const neap_venue_trade *trade = neap_venue_trade_before(product, i - 1);
    bought += trade->maker_side == NEAP_SELL ? trade->size : -trade->size;
  }
  self->seen = product->trade_count;
  if (bought != 0) neap_walk_push(&self->walk, bought > 0 ? impact_of(self, bought) : -impact_of(self, -bought));
}

static int64_t taker_size(generated *self) {
  neap_market_dice *dice = &self->market.dice;
  int64_t doublings = __builtin_clzll(neap_dice_draw(dice) | UINT64_C(1) << 58);
  int64_t size = (int64_t)((__int128)self->usual * neap_dice_between(dice, 5, 110) * (1 << doublings) / 200);
  return size > self->least ? size : self->least;
}

/* Takers come in runs; in a crash they sell, in a trend they follow it a little. */
static neap_side taker_side(generated *self) {
  neap_market_dice *dice = &self->market.dice;
  bool crashes = neap_walk_crashes(&self->walk);
  if (!crashes && neap_dice_below(dice, 8) != 0) return self->flow;
  int64_t buys = crashes ? 20 : self->walk.mood.drift > 0 ? 56 : 44;
  return self->flow = neap_dice_percent(dice, buys) ? NEAP_BUY : NEAP_SELL;
}

/* At most one percent beyond the fair price. */
static void take(generated *self) {
  neap_side side = taker_side(self);
  int64_t price = self->walk.price >> NEAP_WALK_SHIFT, beyond = price / 100 + 2;
  neap_market_take(&self->market, side, side == NEAP_BUY ? price + beyond : price - beyond, taker_size(self));
}

static void thin_out(generated *self) {
  if (neap_walk_crashes(&self->walk))
    self->ladder.percent = self->thin;
  else if (self->ladder.percent < 100)
    self->ladder.percent++;
}

static void follow(generated *self, int64_t fills) {
  int64_t bid, ask;
  neap_ladder_touch(self->walk.price, self->spread * 100 / self->ladder.percent, &bid, &ask);
  neap_ladder_move(&self->ladder, &self->market, bid, ask, fills);
}

static void act(generated *self) {
  int64_t takes = neap_walk_crashes(&self->walk) ? THIN_TAKES : TAKES;
  if (!neap_dice_percent(&self->market.dice, takes))
    neap_ladder_refresh(&self->ladder, &self->market);
  else if (neap_market_may_take(&self->market))
    take(self);
}

static void run(neap_venue_market *market) {
  generated *self = (generated *)market;
  int64_t now = market->venue->now;
  feel(self);
  bool has_gap = neap_walk_move(&self->walk, now - market->rested);
  if (has_gap) neap_ladder_clear(&self->ladder, market);
  thin_out(self);
  follow(self, FILLS);
  act(self);
  self->seen = market->product->trade_count;
  neap_market_at(market, now + neap_dice_wait(&market->dice, self->mean));
}

static neap_status find_price(const neap_venue_market *market, int64_t *out, neap_fault *fault) {
  neap_decimal said = market->settings.value[NEAP_WORD_PRICE];
  __int128 half = market->product->facts.price_increment.units / 2;
  __int128 ticks = (said.units + half) / market->product->facts.price_increment.units;
  if (neap_decimal_is_zero(said)) ticks = market->product->last;
  if (ticks < 1)
    return neap_fail(fault, NEAP_INVALID, "no_price", "%s has no price to begin at: say price=…",
                     market->product->facts.id);
  if (ticks > NEAP_MARKET_MOST_PRICE)
    return neap_fail(fault, NEAP_INVALID, "out_of_range", "the price of %s is over 68,719,476,736 increments",
                     market->product->facts.id);
  return *out = (int64_t)ticks, NEAP_OK;
}

static void set_pace(generated *self) {
  const neap_venue_market *market = &self->market;
  int64_t rate = neap_market_setting(&market->settings, NEAP_WORD_RATE, 3);
  self->mean = NEAP_SECOND * 1000 / rate;
  self->usual = (int64_t)((__int128)self->volume * 1000 * 60 / ((__int128)86400 * rate * TAKES));
  self->least = (int64_t)(market->product->facts.base_min.units / market->product->facts.base_increment.units);
  if (self->least < 1) self->least = 1;
}

static neap_status begin(neap_venue_market *market, const neap_venue_market_options *options, neap_fault *fault) {
  generated *self = (generated *)market;
  int64_t price = 0;
  (void)options;
  neap_status status = find_price(market, &price, fault);
  self->volume = neap_market_day_volume(market);
  if (status == NEAP_OK) status = neap_ladder_init(&self->ladder, market, self->volume, fault);
  if (status != NEAP_OK) return status;
  neap_walk_init(&self->walk, &market->settings, neap_dice_draw(&market->dice), price, market->venue->now);
  self->ladder.hits = HITS, self->ladder.slack = SLACK;
  self->spread = neap_market_setting(&market->settings, NEAP_WORD_SPREAD, 6);
  self->thin = neap_market_setting(&market->settings, NEAP_WORD_THIN, 0);
  set_pace(self);
  follow(self, self->ladder.levels);
  self->seen = market->product->trade_count;
  neap_market_at(market, market->venue->now + neap_dice_wait(&market->dice, self->mean));
  return NEAP_OK;
}

static void fini(neap_venue_market *market) { neap_ladder_fini(&((generated *)market)->ladder); }

static neap_venue_market *make(void) {
  generated *self = calloc(1, sizeof *self);
  if (!self) return NULL;
  self->market.run = run, self->market.fini = fini;
  return &self->market;
}

const neap_market_maker neap_market_generated = {make, begin};
