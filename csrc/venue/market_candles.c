/* SPDX-License-Identifier: MIT */
/* market_candles: a replay of bars. Each is some prints: its open at its start, the extreme that is nearer to the open,
 * the other one, its close within it; on the way between them, inside of the extremes. When nobody else trades they
 * give back open, high, low, close and volume. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "market/candle.h"
#include "venue/market_press.h"

#define LONGEST (366 * 86400 * NEAP_SECOND) /* of a bar */

typedef struct bar {
  int64_t time, open, high, low, close, volume; /* increments */
} bar;

typedef struct candles {
  neap_venue_market market;
  neap_market_tape tape;
  neap_market_press press;
  bar *bars;
  size_t count, size, next; /* next: the bar that is played */
  int64_t frame;            /* ns, of the recording */
  int64_t print, prints;    /* which one of the bar is due; how many it has */
  int64_t left;             /* of its volume */
  int64_t last;             /* price */
  __int128 rest;            /* of a volume that is no whole number of increments, for the next bar */
} candles;

/* --- reading ------------------------------------------------------------------------------------------------------ */

static neap_status ticks_of(neap_decimal price, neap_decimal increment, int64_t *out, neap_fault *fault) {
  char text[NEAP_DECIMAL_TEXT], step[NEAP_DECIMAL_TEXT];
  __int128 ticks = price.units / increment.units;
  if (ticks * increment.units == price.units && ticks <= NEAP_MARKET_MOST_PRICE) return *out = (int64_t)ticks, NEAP_OK;
  neap_decimal_format(price, text), neap_decimal_format(increment, step);
  return neap_fail(fault, NEAP_INEXACT, "price_increment", "a price of %s is no multiple of the product's %s", text,
                   step);
}

static int64_t take_volume(candles *self, neap_decimal volume) {
  __int128 one = self->market.product->facts.base_increment.units, all = volume.units + self->rest;
  self->rest = all % one;
  return all / one > INT64_MAX / 2 ? INT64_MAX / 2 : (int64_t)(all / one);
}

static neap_status check_order(candles *self, const bar *made, neap_fault *fault) {
  if (self->count == 0) return NEAP_OK;
  __int128 step = (__int128)made->time - self->bars[self->count - 1].time;
  if (step <= 0) return neap_fail(fault, NEAP_INVALID, "time_order", "a bar is not later than the one before it");
  if (step <= LONGEST && (self->frame == 0 || step < self->frame)) self->frame = (int64_t)step;
  return NEAP_OK;
}

static neap_status add_bar(candles *self, const neap_candle *candle, neap_fault *fault) {
  neap_decimal increment = self->market.product->facts.price_increment;
  bar made = {.time = candle->time};
  if (candle->time < neap_market_setting(&self->market.settings, NEAP_WORD_FROM, 0)) return NEAP_OK;
  neap_status status = ticks_of(candle->open, increment, &made.open, fault);
  if (status == NEAP_OK) status = ticks_of(candle->high, increment, &made.high, fault);
  if (status == NEAP_OK) status = ticks_of(candle->low, increment, &made.low, fault);
  if (status == NEAP_OK) status = ticks_of(candle->close, increment, &made.close, fault);
  if (status == NEAP_OK) status = check_order(self, &made, fault);
  if (status != NEAP_OK) return status;
  made.volume = take_volume(self, candle->volume);
  bar *added = neap_venue_push(&self->bars, &self->count, &self->size, sizeof *added);
  if (!added) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for bars");
  *added = made;
  return NEAP_OK;
}

static neap_status read_line(candles *self, const neap_candle_dialect *dialect, const char *line, size_t length,
                             neap_fault *fault) {
  neap_candle candle;
  if (neap_candle_blank(line, length)) return NEAP_OK;
  neap_status status = neap_candle_parse(dialect, line, length, &candle, fault);
  return status == NEAP_OK ? add_bar(self, &candle, fault) : status;
}

static neap_status read_bars(candles *self, const char *text, size_t length, neap_fault *fault) {
  neap_candle_dialect dialect;
  const char *end = text + length;
  neap_status status = neap_candle_detect(text, length, &dialect, fault);
  for (size_t number = 1; status == NEAP_OK && text < end; number++) {
    const char *newline = memchr(text, '\n', (size_t)(end - text)), *stop = newline ? newline : end;
    if (number > 1 || !dialect.has_header) status = read_line(self, &dialect, text, (size_t)(stop - text), fault);
    if (status != NEAP_OK) neap_fault_set_where(fault, "line %zu", number);
    text = newline ? newline + 1 : end;
  }
  if (status == NEAP_OK && self->count == 0)
    return neap_fail(fault, NEAP_INVALID, "no_data", "no bar is at or after `from`");
  if (self->frame == 0) self->frame = 60 * NEAP_SECOND;
  return status;
}

/* --- playing ------------------------------------------------------------------------------------------------------ */

/* The four prices that a bar must show, the extreme that is nearer to the open first. */
static void corners(const bar *of, int64_t out[4]) {
  bool low_first = of->open - of->low < of->high - of->open;
  out[0] = of->open, out[3] = of->close;
  out[1] = low_first ? of->low : of->high;
  out[2] = low_first ? of->high : of->low;
}

static bool is_flat(const bar *of) { return of->high == of->low; }

/* As many prints as were asked for, but of one increment at least: so few units of volume make fewer prints, yet as
 * many as show the prices. */
static void begin_bar(candles *self) {
  const bar *of = &self->bars[self->next];
  int64_t wanted = neap_market_setting(&self->market.settings, NEAP_WORD_PRINTS, 0), least = is_flat(of) ? 0 : 4;
  self->prints = of->volume < wanted ? of->volume : wanted;
  if (self->prints < least) self->prints = least;
  self->print = 0;
  self->left = of->volume > self->prints ? of->volume : self->prints;
}

/* The share of the volume: what is left between what prints are left, half more or less. */
static int64_t size_of(candles *self) {
  int64_t others = self->prints - self->print - 1, most = self->left - others;
  if (others == 0) return self->left;
  int64_t share = (int64_t)((__int128)self->left / (others + 1) * neap_dice_between(&self->market.dice, 50, 150) / 100);
  return share < 1 ? 1 : share > most ? most : share;
}

static int64_t inside(const bar *of, int64_t price) {
  return price > of->high ? of->high : price < of->low ? of->low : price;
}

static int64_t price_of(candles *self) {
  const bar *of = &self->bars[self->next];
  int64_t corner[4], last = self->prints - 1;
  corners(of, corner);
  int64_t leg = self->print * 3 / (last > 0 ? last : 1);
  if (leg >= 3) return corner[3];
  int64_t from = (leg * last + 2) / 3, to = ((leg + 1) * last + 2) / 3;
  if (self->print == from) return corner[leg];
  int64_t price = corner[leg] + (corner[leg + 1] - corner[leg]) * (self->print - from) / (to - from);
  return inside(of, price + neap_dice_between(&self->market.dice, -1, 1) * (of->high - of->low) / 32);
}

static int64_t due(const candles *self) {
  const bar *of = &self->bars[self->next];
  return neap_market_tape_time(&self->tape, of->time + self->frame / self->prints * self->print);
}

/* The next bar that has a print; false: there is none. */
static bool find_bar(candles *self) {
  for (; self->next < self->count; self->next++) {
    begin_bar(self);
    if (self->prints > 0) return true;
  }
  return false;
}

/* The end of the last bar. */
static void finish(candles *self) {
  if (neap_market_end_of(&self->market) == NEAP_END_HALTS) neap_ladder_clear(&self->press.ladder, &self->market);
  if (!neap_market_tape_again(&self->tape, &self->market)) return;
  self->next = 0;
  if (find_bar(self)) neap_market_at(&self->market, due(self));
}

static void go_on(candles *self) {
  if (++self->print == self->prints) self->next++;
  if (self->print < self->prints || find_bar(self))
    neap_market_at(&self->market, due(self));
  else
    neap_market_at(&self->market, neap_market_tape_time(&self->tape, self->bars[self->count - 1].time + self->frame));
}

static void run(neap_venue_market *market) {
  candles *self = (candles *)market;
  if (self->next == self->count) {
    finish(self);
    return;
  }
  neap_market_print print = {.price = price_of(self), .size = size_of(self)};
  print.taker = print.price >= self->last ? NEAP_BUY : NEAP_SELL;
  neap_press_print(&self->press, market, &print);
  self->last = print.price;
  self->left -= print.size;
  go_on(self);
}

/* What the recording trades in a day. */
static int64_t day_volume(const candles *self) {
  __int128 sum = 0;
  for (size_t i = 0; i < self->count; i++) sum += self->bars[i].volume;
  __int128 span = (__int128)self->bars[self->count - 1].time + self->frame - self->bars[0].time;
  sum = sum * 86400 / (span / NEAP_SECOND > 0 ? span / NEAP_SECOND : 1);
  return sum > INT64_MAX / 4 ? INT64_MAX / 4 : sum > 0 ? (int64_t)sum : 1;
}

static neap_status begin(neap_venue_market *market, const neap_venue_market_options *options, neap_fault *fault) {
  candles *self = (candles *)market;
  if (!options->data)
    return neap_fail(fault, NEAP_INVALID, "no_data", "candles: the bytes of a file of bars are wanted");
  neap_status status = read_bars(self, options->data, options->data_length, fault);
  if (status == NEAP_OK) status = neap_press_init(&self->press, market, day_volume(self), fault);
  if (status == NEAP_OK)
    status = neap_market_tape_begin(&self->tape, market, options->speed, self->bars[0].time, fault);
  if (status != NEAP_OK) return status;
  self->last = self->bars[0].open;
  neap_press_ready(&self->press, market, &(neap_market_print){.price = self->last}, self->press.ladder.levels);
  if (find_bar(self)) neap_market_at(market, due(self));
  return NEAP_OK;
}

static void fini(neap_venue_market *market) {
  candles *self = (candles *)market;
  neap_ladder_fini(&self->press.ladder);
  free(self->bars);
}

static neap_venue_market *make(void) {
  candles *self = calloc(1, sizeof *self);
  if (!self) return NULL;
  self->market.run = run, self->market.fini = fini;
  return &self->market;
}

const neap_market_maker neap_market_candles = {make, begin};
