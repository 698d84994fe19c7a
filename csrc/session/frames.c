/* SPDX-License-Identifier: MIT */
/* frames: from the data's bars to the bars of each time frame that a strategy asked for. A longer bar is delivered at
 * its own end, whether or not the data has a bar there. */
#include "session/session_state.h"

/* `now` is later than the end of its frame when a bar of the data reached beyond that. */
static neap_status deliver(const neap_session *session, bar_list *list, uint32_t product, const frame_series *series,
                           const neap_candle *candle, int64_t now, neap_fault *fault) {
  const neap_candle *kept = NULL;
  for (uint32_t i = 0; i < session->desk_count; i++) {
    if (!series->streams[i] || session->desks[i].aside.status != NEAP_OK) continue;
    neap_status status = neap_stream_push_bar(series->streams[i], candle, fault);
    if (status != NEAP_OK) return status;
    if (!kept) kept = neap_stream_bar(series->streams[i], 0);
  }
  if (!kept || list->count == NEAP_STRATEGY_PRODUCTS * SESSION_FRAMES) return NEAP_OK;
  list->event[list->count++] = (neap_bar_event){product, series->frame, now, kept};
  return NEAP_OK;
}

static neap_status push(const neap_session *session, bar_list *list, frame_series *series, const neap_bar_event *bar,
                        neap_fault *fault) {
  neap_candle done[2];
  if (!series->aggregated) return deliver(session, list, bar->product, series, bar->candle, bar->close_time, fault);
  int count = neap_aggregator_add(&series->aggregator, bar->candle, bar->frame, done);
  neap_status status = NEAP_OK;
  for (int i = 0; status == NEAP_OK && i < count; i++)
    status = deliver(session, list, bar->product, series, &done[i], bar->close_time, fault);
  return status;
}

neap_status frames_add(neap_session *session, const neap_bar_event *bar, bar_list *list, neap_fault *fault) {
  market_state *market = &session->markets[bar->product];
  neap_status status = NEAP_OK;
  for (uint32_t i = 0; status == NEAP_OK && i < market->series_count; i++)
    status = push(session, list, &market->series[i], bar, fault);
  return status;
}

static int64_t end_of(const frame_series *series) {
  return series->aggregated && series->aggregator.open ? series->aggregator.bar.time + series->frame : INT64_MAX;
}

neap_status frames_end(neap_session *session, uint32_t product, int64_t now, bar_list *list, neap_fault *fault) {
  market_state *market = &session->markets[product];
  neap_status status = NEAP_OK;
  for (uint32_t i = 0; status == NEAP_OK && i < market->series_count; i++) {
    neap_aggregator *aggregator = &market->series[i].aggregator;
    if (end_of(&market->series[i]) > now) continue;
    aggregator->open = false;
    aggregator->bar.volume_float = neap_decimal_to_double(aggregator->bar.volume);
    status = deliver(session, list, product, &market->series[i], &aggregator->bar, now, fault);
  }
  return status;
}

/* A bar that has begun belongs to what is being built and ends it at its own close, also where it reaches beyond. */
static int64_t next_end_of(const market_state *market) {
  int64_t next = INT64_MAX;
  for (uint32_t i = 0; !market->begun && i < market->series_count; i++) {
    int64_t end = end_of(&market->series[i]);
    if (end < next) next = end;
  }
  return next;
}

void frames_find_next_end(neap_session *session, uint32_t product) {
  if (!session->aggregates) return;
  session->markets[product].next_end = next_end_of(&session->markets[product]);
  session->next_end = INT64_MAX;
  for (uint32_t i = 0; i < session->product_count; i++)
    if (session->markets[i].next_end < session->next_end) session->next_end = session->markets[i].next_end;
}
