/* SPDX-License-Identifier: MIT */
#include "venue/market_walk.h"

#include "base/clock.h"

enum { BILLION = 1000000000, MOST = 200000000 /* of one move, billionths */, LEAST_TICKS = 4 };

#define MINUTE (60 * NEAP_SECOND)
#define DAY (1440 * MINUTE)
/* The deviation of a day is shared so that the squares of both shares sum to 1. */
enum { TIDE = 60, OWN = 80 };

/* The deviation of a time in billionths: it goes by the root of the time. */
static int64_t spread(const neap_walk *self, int64_t time) {
  return self->usual * neap_integer_root(time) / neap_integer_root(DAY);
}

static int64_t step(neap_market_dice *dice, int64_t deviation, int64_t lively) {
  return neap_dice_normal(dice) * deviation / 65536 * lively / 100;
}

/* Up to one deviation of its whole time, up or down, times `trend`. */
static void change_mood(const neap_walk *self, neap_market_dice *dice, neap_walk_mood *mood, int64_t now,
                        int64_t length) {
  int64_t most = spread(self, length) / 100 * self->trend / 10;
  mood->until = now + length;
  mood->drift = most ? neap_dice_between(dice, -most, most) * 1024 / (length / NEAP_SECOND) : 0;
  mood->lively = neap_dice_between(dice, 50, 140);
}

/* Whether what happens so often in a thousand days happens within a time. */
static bool happens(neap_market_dice *dice, int64_t per_thousand_days, int64_t time) {
  if (per_thousand_days == 0) return false;
  return neap_dice_below(dice, DAY) < (int64_t)((__int128)per_thousand_days * time / 1000);
}

/* It falls by 1.5 to 4 deviations of a day within 1 to 10 minutes. */
static void begin_crash(neap_walk *self) {
  neap_walk_tide *tide = &self->tide;
  tide->crash = neap_dice_between(&tide->dice, 60, 600);
  tide->fall = self->usual / 10 * neap_dice_between(&tide->dice, 15, 40) / tide->crash;
}

/* For half an hour it comes back by up to a half. */
static void end_crash(neap_walk *self, int64_t fell) {
  neap_walk_tide *tide = &self->tide;
  int64_t back = neap_dice_between(&tide->dice, 10, 50);
  tide->mood = (neap_walk_mood){tide->second * NEAP_SECOND + 30 * MINUTE, fell / 100 * back * 1024 / 1800, 180};
}

static int64_t tide_second(neap_walk *self) {
  neap_walk_tide *tide = &self->tide;
  int64_t now = ++tide->second * NEAP_SECOND;
  if (now >= tide->mood.until)
    change_mood(self, &tide->dice, &tide->mood, now, neap_dice_between(&tide->dice, 240, 5760) * MINUTE);
  int64_t move = step(&tide->dice, spread(self, NEAP_SECOND) * TIDE / 100, tide->mood.lively) + tide->mood.drift / 1024;
  if (tide->crash == 0) {
    if (happens(&tide->dice, self->crashes, NEAP_SECOND)) begin_crash(self);
    return move;
  }
  move = 2 * move - tide->fall;
  if (--tide->crash == 0) end_crash(self, tide->fall * 300);
  return move;
}

static int64_t tide_until(neap_walk *self, int64_t now) {
  int64_t move = 0;
  while ((self->tide.second + 1) * NEAP_SECOND <= now) move += tide_second(self);
  return move;
}

/* Far from where it began it is drawn back. */
static int64_t pull(const neap_walk *self, int64_t deviation) {
  if (self->price / 30 > self->first) return -deviation / 4;
  return self->price < self->first / 30 ? deviation / 4 : 0;
}

static int64_t own_move(neap_walk *self, int64_t now) {
  int64_t time = now - self->time, deviation = spread(self, time) * OWN / 100;
  if (now >= self->mood.until)
    change_mood(self, &self->dice, &self->mood, now, neap_dice_between(&self->dice, 2, 30) * MINUTE);
  int64_t drift = (int64_t)((__int128)self->mood.drift * time / NEAP_SECOND / 1024);
  return step(&self->dice, deviation, self->mood.lively) + drift + pull(self, deviation);
}

/* By 0.1 to 0.5 deviations of a day, up or down. */
static int64_t gap_of(neap_walk *self) {
  int64_t size = self->usual / 100 * neap_dice_between(&self->dice, 10, 50);
  return neap_dice_percent(&self->dice, 50) ? size : -size;
}

static void apply(neap_walk *self, int64_t billionths) {
  int64_t move = billionths > MOST ? MOST : billionths < -MOST ? -MOST : billionths;
  self->price += (int64_t)((__int128)self->price * move / BILLION);
  if (self->price < self->least) self->price = self->least;
}

bool neap_walk_move(neap_walk *self, int64_t now) {
  if (now <= self->time) return false;
  bool has_gap = happens(&self->dice, self->gaps, now - self->time);
  int64_t move = own_move(self, now), eighth = self->pending / 8 ? self->pending / 8 : self->pending;
  move += tide_until(self, now) * self->beta / 100 + eighth;
  self->pending -= eighth;
  apply(self, has_gap ? move + gap_of(self) : move);
  self->time = now;
  return has_gap;
}

void neap_walk_init(neap_walk *self, const neap_market_settings *settings, uint64_t own, int64_t price, int64_t now) {
  uint64_t seed = (uint64_t)neap_market_setting(settings, NEAP_WORD_SEED, 0);
  *self = (neap_walk){.time = now, .price = price << NEAP_WALK_SHIFT};
  self->tide = (neap_walk_tide){.dice = {seed}, .second = now / NEAP_SECOND};
  self->dice.state = seed ^ own;
  self->usual = neap_market_setting(settings, NEAP_WORD_VOLATILITY, 7); /* percent to billionths */
  self->trend = neap_market_setting(settings, NEAP_WORD_TREND, 3);
  self->gaps = neap_market_setting(settings, NEAP_WORD_GAPS, 3);
  self->crashes = neap_market_setting(settings, NEAP_WORD_CRASHES, 3);
  self->beta = neap_dice_between(&self->dice, 70, 130);
  self->first = self->price;
  self->least = (int64_t)LEAST_TICKS << NEAP_WALK_SHIFT;
  if (self->price < self->least) self->least = self->price;
}
