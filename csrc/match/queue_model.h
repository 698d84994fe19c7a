/* SPDX-License-Identifier: MIT */
/* queue_model: when our passive orders would have filled on a recorded book. The recording knows nothing of them: they
 * change no market, and how much stands before them in the queue of their price is a model. So is how long an order
 * takes to the venue. Exact, and the same for the same seed.
 *
 * An order that arrives takes its place in the queue (match/queue_place); it is refused where it would take. A trade
 * that reaches it fills it up to what reaches it. A book whose other side reaches its price has gone through it: it is
 * filled. Messages do not overtake one another. */
#ifndef NEAP_MATCH_QUEUE_MODEL_H
#define NEAP_MATCH_QUEUE_MODEL_H

#include "match/latency.h"
#include "match/queue_place.h"

typedef struct neap_queue_options {
  const neap_recording *recording; /* outlives the model */
  neap_queue_kind queue;
  neap_latency latency;
  uint64_t seed;
} neap_queue_options;

typedef enum neap_passive_status {
  NEAP_PASSIVE_SENT,
  NEAP_PASSIVE_RESTS,
  NEAP_PASSIVE_FILLED,
  NEAP_PASSIVE_CANCELLED,
  NEAP_PASSIVE_REFUSED /* it would have taken, or the book was not known */
} neap_passive_status;

typedef struct neap_passive_order {
  neap_queue_place place; /* `ahead`: while it rests */
  neap_passive_status status;
  int64_t quantity, left;
  int64_t sent, arrives, cancel; /* cancel: when it arrives; INT64_MAX: none was sent */
  int64_t ended;
} neap_passive_order;

typedef enum neap_fill_cause {
  NEAP_FILL_QUEUE,  /* a trade at its price came as far as it */
  NEAP_FILL_BEYOND, /* a trade beyond its price */
  NEAP_FILL_THROUGH /* the other side of the book reached its price */
} neap_fill_cause;

typedef struct neap_passive_fill {
  size_t order; /* from 0 */
  int64_t time, quantity;
  neap_fill_cause cause;
} neap_passive_fill;

typedef struct neap_queue_model neap_queue_model;

/* NEAP_INVALID "latency" (no point, one below zero, or falling). NEAP_MEMORY. */
neap_status neap_queue_model_new(const neap_queue_options *options, neap_queue_model **out, neap_fault *fault);
void neap_queue_model_free(neap_queue_model *model);

/* The next trade or message of the recording, trades first where the time is the same; before it, what arrives until
 * then. NEAP_END; else what the book refused. */
neap_status neap_queue_model_step(neap_queue_model *model, neap_fault *fault);
/* Sends an order, or a cancel, at the time of the last step. NEAP_INVALID "bad_order". NEAP_MEMORY. */
neap_status neap_queue_model_place(neap_queue_model *model, neap_book_side side, int64_t price, int64_t quantity,
                                   size_t *number, neap_fault *fault);
bool neap_queue_model_cancel(neap_queue_model *model, size_t number); /* false: it has ended, or it was sent before */

int64_t neap_queue_model_now(const neap_queue_model *model);
const neap_price_book *neap_queue_model_book(const neap_queue_model *model);
/* NULL: no such order. Valid until the next one is placed. */
const neap_passive_order *neap_queue_model_order(const neap_queue_model *model, size_t number);
const neap_passive_fill *neap_queue_model_fills(const neap_queue_model *model, size_t *count);

#endif
