/* SPDX-License-Identifier: MIT */
/* frames_support: frames told, each written down as one line per event, so that tests compare lines. */
#ifndef NEAP_SPEC_FRAMES_SUPPORT_H
#define NEAP_SPEC_FRAMES_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "broker/coinbase/frames.h"
#include "decimals.h"

enum { FRAMES_ROOM = 1 << 20, FRAMES_TOLD = 1 << 14 };

typedef struct frames_scene {
  neap_frames *frames;
  char text[FRAMES_ROOM + NEAP_FRAMES_PADDING], told[FRAMES_TOLD];
  size_t used;
  bool wants_no_more;
  neap_fault fault;
} frames_scene;

/* A stream of BTC-USD (0) and of a product whose prices are multiples of 5 (1). */
int frames_scene_set_up(void **state);
int frames_scene_tear_down(void **state);
neap_status frames_scene_read(frames_scene *self, const char *text, size_t length);
void assert_frame_told(frames_scene *self, const char *text, const char *expected);
neap_frames_counts frames_scene_counts(const frames_scene *self);

#define ENVELOPE(channel, events)                                                                                      \
  "{\"channel\":\"" channel "\",\"timestamp\":\"2026-08-09T21:05:48.22Z\",\"sequence_num\":7,\"events\":[" events "]}"
#define AT "2026-08-09T21:05:48.220Z"
#define L2(type, product, updates) "{\"type\":\"" type "\",\"product_id\":\"" product "\",\"updates\":[" updates "]}"
#define CHANGE(side, price, size)                                                                                      \
  "{\"side\":\"" side "\",\"event_time\":\"1970-01-01T00:00:00Z\",\"price_level\":" price ",\"new_quantity\":" size "}"

#endif
