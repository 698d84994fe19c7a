/* SPDX-License-Identifier: MIT */
/* lane: one product's data on its way into a session: the bar that waits for its next moment, and of a recording the
 * next message or trade. For backtest.c only. */
#ifndef NEAP_SESSION_LANE_H
#define NEAP_SESSION_LANE_H

#include "session/feed.h"
#include "session/session.h"

typedef enum lane_turn { LANE_CLOSES, LANE_OPENS, LANE_PLAYS } lane_turn; /* at one instant in this order */

typedef struct product_lane {
  neap_feed *feed;
  const neap_product *product;
  int price_digits, volume_digits; /* of the increments: numbers with no more digits need no look; −1: all do */
  int64_t frame;
  neap_candle bar;                 /* the bar that waits for its next moment */
  bool opened, no_bar;             /* no_bar: the feed has ended */
  const neap_recording *recording; /* NULL: bars alone */
  size_t message, trade;           /* its next */
  int64_t moment;                  /* when something happens next */
  lane_turn turn;                  /* what */
  bool done;
} product_lane;

/* Reads the first bar. NEAP_INVALID "no_bars": there is nothing at all. Numbers that are cut are counted. */
neap_status lane_open(product_lane *lane, neap_feed *feed, const neap_product *product, uint64_t *truncated,
                      neap_fault *fault);
void lane_opened(product_lane *lane); /* the bar has opened */
neap_status lane_next_bar(product_lane *lane, uint64_t *truncated, neap_fault *fault);
/* Tells the session all that a recording has at this lane's moment: trades first, then messages. */
neap_status lane_play(product_lane *lane, neap_session *session, uint32_t product, neap_fault *fault);

#endif
