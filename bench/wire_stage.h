/* SPDX-License-Identifier: MIT */
/* wire_stage: what bench/wire.c measures in: a session on a wire, with a feed, a strategy and a broker of the bench's
 * own. The broker encodes each request as the venue's does, and sends nothing: the order ends unfilled. */
#ifndef BENCH_WIRE_STAGE_H
#define BENCH_WIRE_STAGE_H

#include "broker/coinbase/frames.h"
#include "session/loop.h"
#include "session/wire.h"

typedef struct stage {
  neap_product product;
  neap_limits limits;
  neap_strategy strategy;
  neap_broker broker;
  neap_market_feed feed;
  neap_market_listener listener;
  neap_frames *frames;
  neap_wire *wire;
  neap_loop *loop;
  neap_desk *desk;
  const neap_broker_sink *sink;
  bool orders;          /* the strategy orders on each quote */
  uint64_t answers;     /* number of the order that the broker has yet to answer; 0: none */
  double told, encoded; /* when the strategy heard, and when the request was there: bench_now */
  size_t request;       /* bytes of it */
  uint64_t quotes, placed;
} stage;

void stage_open(stage *on, const char *store);               /* NULL: the journal is the ring in memory */
void stage_read(stage *on, const char *text, size_t length); /* a frame, with its padding, and the end of its burst */
/* What the last frame left to do is done: the broker has answered, the journal is on the disk. */
void stage_rest(stage *on);
void stage_close(stage *on);

#endif
