/* SPDX-License-Identifier: MIT */
#include "session/indicator_view.h"

#include "session/session_state.h"

typedef struct walk {
  void (*see)(void *context, const neap_indicator_view *view);
  void *context;
} walk;

static void see_stream(const walk *on, const neap_stream *stream, neap_indicator_view view) {
  for (size_t i = 0; (view.indicator = neap_stream_member(stream, i)) != NULL; i++) on->see(on->context, &view);
}

static void see_frame(const walk *on, const neap_session *session, uint32_t product, const frame_series *series) {
  for (uint32_t seat = 0; seat < session->desk_count; seat++) {
    const neap_indicator_view view = {.seat = seat, .product = session->products[product].id, .frame = series->frame};
    if (series->streams[seat]) see_stream(on, series->streams[seat], view);
  }
}

void neap_session_indicators(const neap_session *session, void (*see)(void *context, const neap_indicator_view *view),
                             void *context) {
  const walk on = {see, context};
  for (uint32_t i = 0; i < session->product_count; i++)
    for (uint32_t k = 0; k < session->markets[i].series_count; k++)
      see_frame(&on, session, i, &session->markets[i].series[k]);
  for (uint32_t seat = 0; seat < session->desk_count; seat++)
    for (const named_series *own = session->desks[seat].series; own; own = own->next)
      see_stream(&on, own->stream, (neap_indicator_view){.seat = seat, .series = own->name});
}
