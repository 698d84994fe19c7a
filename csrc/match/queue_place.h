/* SPDX-License-Identifier: MIT */
/* queue_place: where a passive order of ours stands at its price of a recorded book, and what of the market reaches it.
 * The recording knows nothing of it, so how much stands before it is a model.
 *
 * What is common to the models. An order that arrives joins the end of what rests at its price. A trade at its price
 * first takes what is ahead, then reaches it. A trade beyond its price would have met it first, and reaches it whole.
 * What leaves a level without having been traded was cancelled, and there the models part:
 * RISK_AVERSE: by those behind, as long as there are any: `ahead` falls by trades, and to what still rests.
 * PROBABILISTIC: by one who stood ahead with probability ahead ÷ (ahead + behind), drawn by the seed. */
#ifndef NEAP_MATCH_QUEUE_PLACE_H
#define NEAP_MATCH_QUEUE_PLACE_H

#include "market/recording.h"

typedef enum neap_queue_kind { NEAP_QUEUE_RISK_AVERSE, NEAP_QUEUE_PROBABILISTIC } neap_queue_kind;

typedef struct neap_queue_place {
  neap_book_side side;
  int64_t price;
  int64_t ahead;           /* as modelled */
  int64_t resting, traded; /* at its price: at the last message, and since */
} neap_queue_place;

/* −1: a is better than b for that side; 0: the same. */
int neap_queue_compare(neap_book_side side, int64_t a, int64_t b);

/* Joins the end of what rests at its price, of which `traded` is gone already although the book still shows it. */
void neap_queue_place_join(neap_queue_place *place, const neap_price_book *book, int64_t traded);
/* What of `size`, left of the trade, reaches the order. */
int64_t neap_queue_place_trade(neap_queue_place *place, const neap_market_trade *trade, int64_t size);
/* The book has had a message. */
void neap_queue_place_message(neap_queue_place *place, const neap_price_book *book, neap_queue_kind kind,
                              uint64_t *draws);
/* The other side of the book is at its price, or beyond. */
bool neap_queue_place_is_reached(const neap_queue_place *place, const neap_price_book *book);

#endif
