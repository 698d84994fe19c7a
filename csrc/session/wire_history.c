/* SPDX-License-Identifier: MIT */
#include "session/wire_history.h"

#include <stdlib.h>
#include <string.h>

enum { PIECE = 300, TRIES = 4 };
static const int64_t AGAIN = 3000000000;

typedef struct past { /* of one product */
  neap_candle *bars;
  size_t count, shown;
  int64_t at; /* what is before is here */
  int64_t ask_at;
  unsigned failures;
  bool is_asked;
} past;

struct neap_wire_history {
  neap_wire_history_options options;
  int64_t from, to;
  past *pasts;
  bool is_done;
};

neap_status neap_wire_history_new(const neap_wire_history_options *options, int64_t now, neap_wire_history **out,
                                  neap_fault *fault) {
  neap_wire_history *history = calloc(1, sizeof *history);
  past *pasts = calloc(options->products, sizeof *pasts);
  *out = history;
  if (!history || !pasts) return free(pasts), neap_fail(fault, NEAP_MEMORY, "memory", "no memory for the history");
  history->options = *options;
  history->pasts = pasts;
  history->to = neap_candle_frame_start(now, options->frame);
  history->from = history->to - (int64_t)options->bars * options->frame;
  history->is_done = options->bars == 0;
  for (uint32_t i = 0; i < options->products; i++) pasts[i].at = history->from;
  return NEAP_OK;
}

void neap_wire_history_free(neap_wire_history *history) {
  if (!history) return;
  for (uint32_t i = 0; history->pasts && i < history->options.products; i++) free(history->pasts[i].bars);
  free(history->pasts);
  free(history);
}

static void failed(const neap_wire_history *history, past *self, int64_t now) {
  self->is_asked = false;
  self->ask_at = now + AGAIN;
  if (++self->failures >= TRIES) self->at = history->to;
}

void neap_wire_history_ask(neap_wire_history *history, int64_t now) {
  const neap_market_feed *feed = history->options.feed;
  for (uint32_t i = 0; i < history->options.products; i++) {
    past *self = &history->pasts[i];
    if (self->is_asked || self->at >= history->to || now < self->ask_at) continue;
    int64_t most = self->at + PIECE * history->options.frame, to = most < history->to ? most : history->to;
    self->is_asked = true;
    self->ask_at = now;
    if (feed->ask_bars(feed->self, i, history->options.frame, self->at, to, NULL) != NEAP_OK)
      failed(history, self, now);
  }
}

static bool add(past *self, const neap_candle *bars, size_t count) {
  neap_candle *all = count ? realloc(self->bars, (self->count + count) * sizeof *all) : self->bars;
  if (count && !all) return false;
  self->bars = all;
  if (count) memcpy(self->bars + self->count, bars, count * sizeof *bars);
  self->count += count;
  return true;
}

bool neap_wire_history_take(neap_wire_history *history, uint32_t product, int64_t from, int64_t to,
                            const neap_candle *bars, size_t count, bool has_failed) {
  past *self = &history->pasts[product];
  if (history->is_done || !self->is_asked || from != self->at || to > history->to) return false;
  if (has_failed || !add(self, bars, count)) {
    failed(history, self, self->ask_at);
    return true;
  }
  self->is_asked = false;
  self->failures = 0;
  self->at = to;
  return true;
}

static bool is_whole(const neap_wire_history *history) {
  for (uint32_t i = 0; i < history->options.products; i++)
    if (history->pasts[i].at < history->to) return false;
  return true;
}

static int64_t next_start(const neap_wire_history *history) {
  int64_t next = INT64_MAX;
  for (uint32_t i = 0; i < history->options.products; i++) {
    const past *self = &history->pasts[i];
    if (self->shown < self->count && self->bars[self->shown].time < next) next = self->bars[self->shown].time;
  }
  return next;
}

uint32_t neap_wire_history_next(neap_wire_history *history, neap_bar_event out[NEAP_STRATEGY_PRODUCTS]) {
  uint32_t count = 0;
  if (history->is_done || !is_whole(history)) return 0;
  int64_t start = next_start(history), frame = history->options.frame;
  for (uint32_t i = 0; i < history->options.products && start != INT64_MAX; i++) {
    past *self = &history->pasts[i];
    if (self->shown == self->count || self->bars[self->shown].time != start) continue;
    out[count++] = (neap_bar_event){i, frame, start + frame, &self->bars[self->shown++]};
  }
  history->is_done = count == 0;
  return count;
}

bool neap_wire_history_is_done(const neap_wire_history *history) { return history->is_done; }
