/* SPDX-License-Identifier: MIT */
/* indicator_view: what strategies hung on the series of a session, for whoever looks at it from outside. */
#ifndef NEAP_SESSION_INDICATOR_VIEW_H
#define NEAP_SESSION_INDICATOR_VIEW_H

#include "session/session.h"

typedef struct neap_indicator_view {
  uint32_t seat;
  const char *product; /* NULL: of a series of the strategy's own */
  int64_t frame;       /* of its bars; 0 where there is no product */
  const char *series;  /* the name of such a series, else NULL */
  const neap_indicator *indicator;
} neap_indicator_view;

/* Those of bars by product, time frame and seat, then those of own series. */
void neap_session_indicators(const neap_session *session, void (*see)(void *context, const neap_indicator_view *view),
                             void *context);

#endif
