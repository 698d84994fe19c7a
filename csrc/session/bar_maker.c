/* SPDX-License-Identifier: MIT */
/* bar_maker: per product the window that is being filled and a queue of what has ended: bars, and ranges that are asked
 * for. The earliest end of all queues comes out when nobody before it is waited for. */
#include "session/bar_maker.h"

#include <stdlib.h>
#include <string.h>

enum { QUEUE = 512, ANSWER_MOST = 300 };

static const int64_t AGAIN = 1000000000;

typedef struct ended { /* one bar, or a range that is asked for */
  neap_candle bar;     /* its time is the start */
  int64_t to;
  bool wanted;
} ended;

typedef struct lane {
  int64_t begin;    /* of the window that is being filled */
  int64_t asked_at; /* when the first of the queue was asked for last */
  neap_aggregator filling;
  bool lost, broken; /* trades may be missing now; of this window */
  ended queue[QUEUE];
  uint32_t first, count;
} lane;

struct neap_bar_maker {
  neap_bar_maker_options options;
  int64_t now;
  lane *lanes;
  neap_candle out[NEAP_STRATEGY_PRODUCTS];
  neap_bar_maker_counts counts;
};

neap_status neap_bar_maker_new(const neap_bar_maker_options *options, int64_t now, neap_bar_maker **out,
                               neap_fault *fault) {
  neap_bar_maker *maker = calloc(1, sizeof *maker);
  lane *lanes = calloc(options->products, sizeof *lanes);
  *out = NULL;
  if (!maker || !lanes) return free(maker), free(lanes), neap_fail(fault, NEAP_MEMORY, "memory", "no memory for bars");
  maker->options = *options;
  maker->now = now;
  maker->lanes = lanes;
  for (uint32_t i = 0; i < options->products; i++) {
    lanes[i].begin = neap_candle_frame_start(now, options->frame);
    lanes[i].broken = true;
    neap_aggregator_init(&lanes[i].filling, options->frame);
  }
  *out = maker;
  return NEAP_OK;
}

void neap_bar_maker_free(neap_bar_maker *maker) {
  if (maker) free(maker->lanes);
  free(maker);
}

static ended *at(lane *self, uint32_t index) { return &self->queue[(self->first + index) % QUEUE]; }

static void drop_first(lane *self) {
  self->first = (self->first + 1) % QUEUE;
  self->count--;
}

/* A range grows into the one before it. Of a queue that nobody empties the oldest goes. */
static void add(neap_bar_maker *maker, lane *self, const ended *what) {
  ended *last = self->count ? at(self, self->count - 1) : NULL;
  if (what->wanted && last && last->wanted && last->to == what->bar.time) {
    last->to = what->to;
    return;
  }
  if (self->count == QUEUE) maker->counts.given_up++, drop_first(self);
  *at(self, self->count++) = *what;
}

static void end_window(neap_bar_maker *maker, lane *self) {
  int64_t frame = maker->options.frame;
  ended what = {.bar = {.time = self->begin}, .to = self->begin + frame, .wanted = self->broken || self->lost};
  bool has_bar = self->filling.open;
  if (has_bar && !what.wanted) {
    what.bar = self->filling.bar;
    neap_candle_set_floats(&what.bar);
    maker->counts.made++;
  }
  if (has_bar || what.wanted) add(maker, self, &what);
  self->filling.open = false;
  self->broken = self->lost;
  self->begin += frame;
}

/* No clocks differ by so much: to believe it would end all windows up to then, and no bar would come any more. */
static bool is_from_the_future(const neap_bar_maker *maker, int64_t time) {
  return time - maker->now > maker->options.frame + maker->options.patience;
}

void neap_bar_maker_trade(neap_bar_maker *maker, uint32_t product, const neap_candle *trade) {
  lane *self = &maker->lanes[product];
  neap_candle done[2];
  if (trade->time < self->begin) {
    maker->counts.late_trades++;
    return;
  }
  if (is_from_the_future(maker, trade->time)) {
    self->broken = true;
    return;
  }
  while (trade->time >= self->begin + maker->options.frame) end_window(maker, self);
  neap_aggregator_add(&self->filling, trade, 0, done);
}

void neap_bar_maker_lost(neap_bar_maker *maker, uint32_t product) {
  maker->lanes[product].lost = maker->lanes[product].broken = true;
}

void neap_bar_maker_found(neap_bar_maker *maker, uint32_t product) { maker->lanes[product].lost = false; }

static int64_t end_of(const neap_bar_maker *maker, const lane *self) {
  return self->begin + maker->options.frame + maker->options.grace;
}

void neap_bar_maker_move(neap_bar_maker *maker, int64_t now) {
  if (now > maker->now) maker->now = now;
  for (uint32_t i = 0; i < maker->options.products; i++)
    while (end_of(maker, &maker->lanes[i]) <= maker->now) end_window(maker, &maker->lanes[i]);
}

static bool is_waited_for(const neap_bar_maker *maker, const ended *what) {
  return what->wanted && maker->now < what->to + maker->options.patience;
}

/* A range that was waited for long enough stays what it is for as long as nothing behind it would come out. */
static void give_up(neap_bar_maker *maker, lane *self) {
  while (self->count > 1 && at(self, 0)->wanted && !is_waited_for(maker, at(self, 0))) {
    maker->counts.given_up++;
    drop_first(self);
  }
}

/* The earliest end at which some lane has a bar; INT64_MAX: none, or a range before it is waited for. */
static int64_t earliest(neap_bar_maker *maker) {
  int64_t bars = INT64_MAX, waited = INT64_MAX;
  for (uint32_t i = 0; i < maker->options.products; i++) {
    lane *self = &maker->lanes[i];
    give_up(maker, self);
    const ended *head = self->count ? at(self, 0) : NULL;
    if (head && !head->wanted && head->to < bars) bars = head->to;
    if (head && is_waited_for(maker, head) && head->bar.time + maker->options.frame < waited)
      waited = head->bar.time + maker->options.frame;
    /* one that still fills the window of that end may have a bar of it, too */
    if (self->begin + maker->options.frame < waited && !head) waited = self->begin + maker->options.frame;
  }
  return bars < waited ? bars : INT64_MAX;
}

uint32_t neap_bar_maker_take(neap_bar_maker *maker, neap_bar_event out[NEAP_STRATEGY_PRODUCTS]) {
  int64_t end = earliest(maker);
  uint32_t count = 0;
  for (uint32_t i = 0; end != INT64_MAX && i < maker->options.products; i++) {
    lane *self = &maker->lanes[i];
    if (!self->count || at(self, 0)->wanted || at(self, 0)->to != end) continue;
    maker->out[i] = at(self, 0)->bar;
    out[count++] = (neap_bar_event){i, maker->options.frame, end, &maker->out[i]};
    drop_first(self);
  }
  return count;
}

bool neap_bar_maker_wants(neap_bar_maker *maker, uint32_t *product, int64_t *from, int64_t *to) {
  for (uint32_t i = 0; i < maker->options.products; i++) {
    lane *self = &maker->lanes[i];
    const ended *head = self->count ? at(self, 0) : NULL;
    bool is_due = head && head->wanted && maker->now >= head->to + AGAIN && maker->now >= self->asked_at + AGAIN;
    if (!is_due) continue;
    int64_t most = head->bar.time + ANSWER_MOST * maker->options.frame;
    self->asked_at = maker->now;
    maker->counts.asked++;
    *product = i, *from = head->bar.time, *to = head->to < most ? head->to : most;
    return true;
  }
  return false;
}

/* Puts a bar before the first of the queue. */
static void put_back(neap_bar_maker *maker, lane *self, const neap_candle *bar) {
  if (self->count == QUEUE) return;
  self->first = (self->first + QUEUE - 1) % QUEUE;
  self->count++;
  *at(self, 0) = (ended){.bar = *bar, .to = bar->time + maker->options.frame};
  maker->counts.answered++;
}

void neap_bar_maker_answer(neap_bar_maker *maker, uint32_t product, int64_t to, const neap_candle *bars, size_t count) {
  lane *self = &maker->lanes[product];
  ended *head = self->count ? at(self, 0) : NULL;
  if (!head || !head->wanted || to <= head->bar.time || to > head->to) return;
  int64_t from = head->bar.time;
  if (to == head->to)
    drop_first(self);
  else
    head->bar.time = to;
  while (count-- > 0)
    if (bars[count].time >= from && bars[count].time < to) put_back(maker, self, &bars[count]);
}

int64_t neap_bar_maker_next(const neap_bar_maker *maker) {
  int64_t next = INT64_MAX;
  for (uint32_t i = 0; i < maker->options.products; i++) {
    const lane *self = &maker->lanes[i];
    const ended *head = self->count ? &self->queue[self->first] : NULL;
    int64_t asks = head && head->wanted ? head->to + AGAIN : INT64_MAX;
    if (asks <= maker->now) asks = maker->now + AGAIN / 4;
    int64_t ends = end_of(maker, self);
    if (ends < next) next = ends;
    if (asks < next) next = asks;
  }
  return next;
}

void neap_bar_maker_counts_get(const neap_bar_maker *maker, neap_bar_maker_counts *out) { *out = maker->counts; }
