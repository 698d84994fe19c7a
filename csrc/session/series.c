/* SPDX-License-Identifier: MIT */
/* series: the bars of each time frame that a desk's strategy wants of its products, from its beginning on, or from when
 * it takes a seat. */
#include <stdlib.h>

#include "session/session_state.h"

frame_series *series_find(market_state *market, int64_t frame) {
  for (uint32_t i = 0; i < market->series_count; i++)
    if (market->series[i].frame == frame) return &market->series[i];
  return NULL;
}

/* Beside `more` others that are to come. */
static neap_status check_frame(const market_state *market, int64_t frame, uint32_t more, neap_fault *fault) {
  if (market->series_count + more >= SESSION_FRAMES)
    return neap_fail(fault, NEAP_INVALID, "timeframe", "a session keeps bars of at most %d lengths of a product",
                     SESSION_FRAMES);
  if (frame < market->frame || frame % market->frame != 0) {
    char wanted[NEAP_TIME_TEXT], data[NEAP_TIME_TEXT];
    neap_duration_format(frame, wanted);
    neap_duration_format(market->frame, data);
    return neap_fail(fault, NEAP_INVALID, "timeframe", "bars of %s cannot be made of the data's bars of %s", wanted,
                     data);
  }
  return NEAP_OK;
}

static neap_status add_series(market_state *market, const neap_desk *desk, int64_t frame, neap_fault *fault) {
  frame_series *series = series_find(market, frame);
  neap_status status = series ? NEAP_OK : check_frame(market, frame, 0, fault);
  if (status != NEAP_OK) return status;
  if (!series) {
    series = &market->series[market->series_count];
    *series = (frame_series){.frame = frame, .aggregated = frame != market->frame};
    series->streams = calloc(desk->session->desk_count, sizeof *series->streams);
    if (!series->streams) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for bars");
    neap_aggregator_init(&series->aggregator, frame);
    market->series_count++;
  }
  if (series->streams[desk->index]) return NEAP_OK;
  return neap_stream_new(true, &series->streams[desk->index], fault);
}

static int by_frame(const void *a, const void *b) {
  const frame_series *one = a, *two = b;
  return (one->frame > two->frame) - (one->frame < two->frame);
}

/* Every frame that the desk's strategy wants, its own first. */
static uint32_t list_frames(const neap_desk *desk, const market_state *market, int64_t out[NEAP_STRATEGY_FRAMES + 1]) {
  const neap_strategy *strategy = desk->strategy;
  uint32_t count = 0;
  out[count++] = desk->timeframe ? desk->timeframe : market->frame;
  for (uint32_t i = 0; strategy && i < strategy->frame_count; i++) out[count++] = strategy->frames[i];
  return count;
}

neap_status series_open(const neap_desk *desk, uint32_t product, neap_fault *fault) {
  neap_session *session = desk->session;
  market_state *market = &session->markets[product];
  int64_t frames[NEAP_STRATEGY_FRAMES + 1];
  neap_status status = NEAP_OK;
  if (!neap_desk_trades(desk, product)) return NEAP_OK;
  for (uint32_t i = 0, count = list_frames(desk, market, frames); status == NEAP_OK && i < count; i++) {
    status = add_series(market, desk, frames[i], fault);
    session->aggregates |= frames[i] != market->frame;
  }
  qsort(market->series, market->series_count, sizeof *market->series, by_frame);
  return status;
}

/* --- a seat that is taken while the session goes on --------------------------------------------------------------- */

static bool is_wanted(int64_t frame, const int64_t *frames, uint32_t count) {
  uint32_t i = 0;
  while (i < count && frames[i] != frame) i++;
  return i < count;
}

typedef struct frame_list { /* of a product, that are to come */
  int64_t frames[SESSION_FRAMES];
  uint32_t count;
} frame_list;

static neap_status add_new(const neap_desk *desk, market_state *market, frame_list *list, neap_fault *fault) {
  neap_status status = NEAP_OK;
  int64_t frames[NEAP_STRATEGY_FRAMES + 1];
  for (uint32_t i = 0, count = list_frames(desk, market, frames); status == NEAP_OK && i < count; i++) {
    if (series_find(market, frames[i]) || is_wanted(frames[i], list->frames, list->count)) continue;
    status = check_frame(market, frames[i], list->count, fault);
    if (status == NEAP_OK) list->frames[list->count++] = frames[i];
  }
  return status;
}

neap_status series_check(const neap_session *session, const neap_desk *desks, neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (uint32_t product = 0; product < session->product_count; product++) {
    frame_list list = {.count = 0};
    for (uint32_t i = 0; status == NEAP_OK && i < session->desk_count; i++)
      if (desks[i].strategy && neap_desk_trades(&desks[i], product))
        status = add_new(&desks[i], &session->markets[product], &list, fault);
  }
  return status;
}

/* The bars of that length that some desk keeps. */
static const neap_stream *find_kept(const neap_session *session, market_state *market, int64_t frame,
                                    const neap_stream *other) {
  const frame_series *series = series_find(market, frame);
  for (uint32_t i = 0; series && i < session->desk_count; i++)
    if (series->streams[i] && series->streams[i] != other) return series->streams[i];
  return NULL;
}

static int64_t count_kept(const neap_stream *stream) {
  return neap_stream_count(stream) < NEAP_STREAM_KEPT ? (int64_t)neap_stream_count(stream) : NEAP_STREAM_KEPT;
}

static neap_status copy_bars(const neap_stream *from, neap_stream *to, neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (int64_t back = count_kept(from); status == NEAP_OK && back-- > 0;)
    status = neap_stream_push_bar(to, neap_stream_bar(from, back), fault);
  return status;
}

/* Made of the shorter ones; the last is still being built. */
static neap_status make_bars(const neap_stream *from, int64_t frame, frame_series *series, neap_stream *to,
                             neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (int64_t back = count_kept(from); status == NEAP_OK && back-- > 0;) {
    neap_candle done[2];
    int count = neap_aggregator_add(&series->aggregator, neap_stream_bar(from, back), frame, done);
    for (int i = 0; status == NEAP_OK && i < count; i++) status = neap_stream_push_bar(to, &done[i], fault);
  }
  return status;
}

static neap_status fill(const neap_desk *desk, market_state *market, int64_t frame, bool is_new, neap_fault *fault) {
  frame_series *series = series_find(market, frame);
  neap_stream *own = series->streams[desk->index];
  const neap_stream *same = find_kept(desk->session, market, frame, own),
                    *shorter = find_kept(desk->session, market, market->frame, own);
  if (same) return copy_bars(same, own, fault);
  return is_new && series->aggregated && shorter ? make_bars(shorter, market->frame, series, own, fault) : NEAP_OK;
}

static void drop_unwanted(const neap_desk *desk, market_state *market, const int64_t *frames, uint32_t count) {
  for (uint32_t i = 0; i < market->series_count; i++) {
    neap_stream **own = &market->series[i].streams[desk->index];
    if (is_wanted(market->series[i].frame, frames, count)) continue;
    neap_stream_free(*own);
    *own = NULL;
  }
}

static neap_status seat(const neap_desk *desk, uint32_t product, neap_fault *fault) {
  market_state *market = &desk->session->markets[product];
  int64_t frames[NEAP_STRATEGY_FRAMES + 1];
  uint32_t count = neap_desk_trades(desk, product) ? list_frames(desk, market, frames) : 0;
  bool is_new[NEAP_STRATEGY_FRAMES + 1], is_own[NEAP_STRATEGY_FRAMES + 1];
  for (uint32_t i = 0; i < count; i++) {
    const frame_series *series = series_find(market, frames[i]);
    is_new[i] = !series;
    is_own[i] = series && series->streams[desk->index];
  }
  neap_status status = series_open(desk, product, fault);
  for (uint32_t i = 0; status == NEAP_OK && i < count; i++)
    if (!is_own[i]) status = fill(desk, market, frames[i], is_new[i], fault);
  if (status == NEAP_OK) drop_unwanted(desk, market, frames, count);
  frames_find_next_end(desk->session, product);
  return status;
}

neap_status series_seat(const neap_desk *desk, neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (uint32_t i = 0; status == NEAP_OK && i < desk->session->product_count; i++) status = seat(desk, i, fault);
  return status;
}
