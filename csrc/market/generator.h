/* SPDX-License-Identifier: MIT */
/* generator: a market that nobody traded: bars of several products that move together, made from a seed. Whole numbers
 * alone, so that a seed gives the same bars with every compiler and on every machine. It has trends of some days, calm
 * and lively times, crashes that all products share, halts after which a product opens elsewhere; it has no edge. */
#ifndef NEAP_MARKET_GENERATOR_H
#define NEAP_MARKET_GENERATOR_H

#include "market/candle.h"
#include "market/product.h"

enum { NEAP_GENERATOR_PRODUCTS = 32, NEAP_GENERATOR_TEXT = 120 };

typedef struct neap_generator_options {
  uint64_t seed;
  uint32_t products; /* 1 … 32 */
  int64_t days;      /* 1 … 3660 */
  int64_t frame;     /* of the bars, ns: 1 minute … 1 day, a divisor of the day */
  int64_t start;     /* of the first bar, ns; at a whole frame */
} neap_generator_options;

/* "7", or "seed=7,products=10,days=365,bars=1h,start=2024-01-01": what is not said has these values, the seed 1.
 * NEAP_INVALID: "generator_option" names the word and what may be said; "out_of_range". */
neap_status neap_generator_parse(const char *text, neap_generator_options *out, neap_fault *fault);
/* The same options as text that says all of them. */
void neap_generator_format(const neap_generator_options *options, char out[NEAP_GENERATOR_TEXT]);

/* The facts of product 0 … products − 1: G01-USD …, spot. The same whatever the seed and the number of products. */
void neap_generator_product(uint32_t number, neap_product *out);

typedef struct neap_generator_stream {
  uint64_t state;
} neap_generator_stream;

typedef struct neap_generator_mood { /* a time of its own drift and liveliness, for all products or for one */
  int64_t left;                      /* bars */
  int64_t drift;                     /* of a bar, millionths × 1000 */
  int64_t spread;                    /* percent of the usual */
} neap_generator_mood;

typedef struct neap_generator { /* one product's bars; in the caller's memory, nothing to free */
  neap_product product;
  int64_t frame, next, end; /* ns */
  int64_t usual;            /* spread of a quarter of a bar, millionths */
  int64_t price, first;     /* increments */
  int64_t beta, own;        /* percent: how much it follows the market, and moves for itself */
  int64_t volume;           /* usual, increments a bar */
  int64_t crash;            /* bars that are left of one */
  int64_t fall;             /* of each of them, millionths */
  int64_t halt;             /* bars that are left of one */
  neap_generator_stream market, self;
  neap_generator_mood market_mood, own_mood;
} neap_generator;

/* The bars of product `number` < options->products do not depend on how many others there are. */
void neap_generator_init(const neap_generator_options *options, uint32_t number, neap_generator *out);
/* The next bar at the product's increments; false: there is none. Bars are missing where the product was halted. */
bool neap_generator_next(neap_generator *generator, neap_candle *bar);
/* At most so many. */
uint64_t neap_generator_bars(const neap_generator_options *options);

#endif
