/* SPDX-License-Identifier: MIT */
/* generator: each bar is four steps of a walk: the market's share, drawn from a stream that all products have in
 * common, and the product's own. Returns are millionths, prices whole increments. */
#include "market/generator.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/splitmix.h"

enum { STEPS = 4, MILLION = 1000000, MOST = 250000 /* of one step, millionths */ };

#define HOUR (3600 * NEAP_SECOND)
#define DAY (24 * HOUR)

typedef struct scale { /* where a product starts */
  int64_t price;       /* increments */
  const char *price_increment, *base_increment;
  int64_t value; /* that is traded in an hour, quote */
} scale;

static const scale scales[] = {
    {6400000, "0.01", "0.000001", 40000000}, {320000, "0.01", "0.0001", 20000000}, {145000, "0.001", "0.001", 6000000},
    {52000, "0.00001", "0.1", 3000000},      {1250, "0.01", "0.01", 900000},       {7300, "0.001", "0.01", 1500000},
    {88000, "0.000001", "1", 700000},        {41000, "0.01", "0.0001", 1200000},
};

enum { SCALES = sizeof scales / sizeof *scales };

static uint64_t draw(neap_generator_stream *stream) { return neap_splitmix(&stream->state); }

static int64_t below(neap_generator_stream *stream, int64_t n) { return (int64_t)(draw(stream) % (uint64_t)n); }

static int64_t between(neap_generator_stream *stream, int64_t low, int64_t high) {
  return low + below(stream, high - low + 1);
}

/* Nearly normal, 65536 for one deviation: the sum of twelve throws of 16 bits. */
static int64_t normal(neap_generator_stream *stream) {
  int64_t sum = 0;
  for (int i = 0; i < 3; i++) {
    uint64_t four = draw(stream);
    for (int k = 0; k < 4; k++, four >>= 16) sum += (int64_t)(four & 0xffff);
  }
  return sum - 6 * INT64_C(65535);
}

static int64_t root(int64_t n) {
  int64_t x = n, y = 1;
  while (x > y) x = (x + y) / 2, y = n / x;
  return x;
}

/* Millionths of a quarter of a bar: 0.35 % an hour, by the root of the time. */
static int64_t usual_spread(int64_t frame) {
  return 3500 * root(frame / NEAP_SECOND * 10000 / (HOUR / NEAP_SECOND)) / 200;
}

static int64_t bars_of(const neap_generator *self, int64_t time) { return time / self->frame + 1; }

/* A trend of two to thirty days; the drift is up to 0.6 percent a day, a little more often up. */
static void change_mood(const neap_generator *self, neap_generator_stream *stream, neap_generator_mood *mood) {
  if (mood->left-- > 0) return;
  int64_t days = between(stream, 2, 30), per_day = between(stream, -5000, 6000);
  mood->left = bars_of(self, days * DAY);
  mood->drift = per_day * 1000 / bars_of(self, DAY);
  mood->spread = between(stream, 50, 190);
}

/* About twice a year the market falls by 8 to 20 percent within some hours. */
static void maybe_crash(neap_generator *self) {
  if (self->crash > 0) {
    self->crash--;
    return;
  }
  if (below(&self->market, bars_of(self, 180 * DAY)) != 0) return;
  self->crash = bars_of(self, between(&self->market, 3, 8) * HOUR);
  self->fall = between(&self->market, 80000, 200000) / self->crash;
  self->market_mood.spread = 250;
}

static int64_t market_step(neap_generator *self) {
  int64_t move = normal(&self->market) * self->usual / 65536 * self->market_mood.spread / 100;
  return move + self->market_mood.drift / (1000 * STEPS) - (self->crash > 0 ? self->fall / STEPS : 0);
}

/* Far from where it started it is drawn back, so that decades stay numbers that one can read. */
static int64_t pull(const neap_generator *self) {
  if (self->price > 50 * self->first) return -self->usual / 4;
  return self->price < self->first / 50 + 100 ? self->usual / 4 : 0;
}

static int64_t own_step(neap_generator *self, int64_t market) {
  int64_t move = normal(&self->self) * self->usual / 65536 * self->own_mood.spread / 100 * self->own / 100;
  move += market * self->beta / 100 + self->own_mood.drift / (2000 * STEPS) + pull(self);
  return move > MOST ? MOST : move < -MOST ? -MOST : move;
}

static int64_t moved(int64_t price, int64_t millionths) {
  int64_t after = price + price / 1000 * millionths / 1000 + price % 1000 * millionths / MILLION;
  return after > 100 ? after : 100;
}

static neap_decimal times(neap_decimal increment, int64_t count) { return (neap_decimal){increment.units * count}; }

static void set_prices(const neap_generator *self, const int64_t at[STEPS + 1], neap_candle *bar) {
  int64_t high = at[0], low = at[0];
  for (int i = 1; i <= STEPS; i++) high = at[i] > high ? at[i] : high, low = at[i] < low ? at[i] : low;
  bar->open = times(self->product.price_increment, at[0]);
  bar->high = times(self->product.price_increment, high);
  bar->low = times(self->product.price_increment, low);
  bar->close = times(self->product.price_increment, at[STEPS]);
}

/* Lively bars trade more. */
static void set_volume(neap_generator *self, int64_t move, neap_candle *bar) {
  int64_t lively = 100 + 100 * (move < 0 ? -move : move) / (2 * self->usual + 1);
  int64_t volume = self->volume / 100 * (lively > 1000 ? 1000 : lively) / 100 * between(&self->self, 50, 150);
  bar->volume = times(self->product.base_increment, volume > 0 ? volume : 1);
}

static void make_bar(neap_generator *self, neap_candle *bar) {
  int64_t at[STEPS + 1], move = 0;
  at[0] = moved(self->price, normal(&self->self) * self->usual / 65536 / 20);
  for (int i = 0; i < STEPS; i++) {
    int64_t step = own_step(self, market_step(self));
    move += step;
    at[i + 1] = moved(at[i], step);
  }
  self->price = at[STEPS];
  *bar = (neap_candle){.time = self->next, .price_digits = NEAP_DECIMAL_DIGITS, .volume_digits = NEAP_DECIMAL_DIGITS};
  set_prices(self, at, bar);
  set_volume(self, move, bar);
  neap_candle_set_floats(bar);
}

/* About four times a year a product stands still for some hours, while its market goes on. */
static bool is_halted(neap_generator *self) {
  if (self->halt > 0) return self->halt-- > 1;
  if (below(&self->self, bars_of(self, 90 * DAY)) != 0) return false;
  self->halt = bars_of(self, between(&self->self, 2, 12) * HOUR);
  return true;
}

bool neap_generator_next(neap_generator *self, neap_candle *bar) {
  bool halted = true;
  while (halted && self->next < self->end) {
    maybe_crash(self);
    change_mood(self, &self->market, &self->market_mood);
    change_mood(self, &self->self, &self->own_mood);
    make_bar(self, bar);
    halted = is_halted(self);
    self->next += self->frame;
  }
  return !halted;
}

void neap_generator_product(uint32_t number, neap_product *out) {
  const scale *from = &scales[number % SCALES];
  char id[16];
  snprintf(id, sizeof id, "G%02u-USD", (unsigned)(number + 1) % 100);
  neap_product_init(out, id, NULL);
  neap_product_set(out, "price_increment", from->price_increment, NULL);
  neap_product_set(out, "base_increment", from->base_increment, NULL);
}

/* What is traded in a bar, in increments of the base. */
static int64_t usual_volume(const neap_generator *self, const scale *from) {
  __int128 one = self->product.base_increment.units * from->price / 1000; /* an increment's value, 10^−16 … */
  one = one * self->product.price_increment.units / 10000000000000;
  __int128 value = (__int128)from->value * self->frame / HOUR * 10000000000000000;
  return one > 0 ? (int64_t)(value / one) : 1000;
}

void neap_generator_init(const neap_generator_options *options, uint32_t number, neap_generator *out) {
  const scale *from = &scales[number % SCALES];
  *out = (neap_generator){.frame = options->frame, .next = options->start};
  out->end = options->start + options->days * DAY;
  out->market.state = options->seed;
  draw(&out->market);
  out->self.state = out->market.state ^ draw(&out->market) ^ ((uint64_t)(number + 1) << 32);
  neap_generator_product(number, &out->product);
  out->usual = usual_spread(options->frame);
  out->price = out->first = from->price * between(&out->self, 70, 140) / 100;
  out->beta = between(&out->self, 50, 150);
  out->own = between(&out->self, 40, 130);
  out->volume = usual_volume(out, from);
}

uint64_t neap_generator_bars(const neap_generator_options *options) {
  return (uint64_t)(options->days * (DAY / options->frame));
}
