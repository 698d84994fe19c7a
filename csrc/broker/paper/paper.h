/* SPDX-License-Identifier: MIT */
/* paper: the market simulator as a broker, driven by candles, or by recorded books (paper_book.h). How a candle fills
 * an order is match/candle_fill's (pure); this keeps the working orders. */
#ifndef NEAP_BROKER_PAPER_H
#define NEAP_BROKER_PAPER_H

#include "broker/broker.h"
#include "market/candle.h"
#include "match/candle_fill.h"
#include "match/latency.h"
#include "match/queue_place.h"

typedef struct neap_paper neap_paper;

typedef struct neap_paper_options {
  neap_fill_model model;
  neap_fee_schedule fees;
  neap_queue_kind queue;  /* of recorded books, as what follows (broker/paper/paper_book.h) */
  neap_latency out, back; /* to the venue, and its answers; no point: none */
  uint64_t seed;
  bool holds; /* NEAP_BROKER_HOLDS: a sale on spot beyond what is there and no sale holds is refused when it comes */
} neap_paper_options;

neap_status neap_paper_new(const neap_product *products, uint32_t product_count, const neap_paper_options *options,
                           const neap_broker_sink *sink, neap_paper **out, neap_fault *fault);
void neap_paper_free(neap_paper *paper);
const neap_broker *neap_paper_broker(neap_paper *paper);

/* A bar begins (`now` = bar->time): market orders fill at the open, stops and limits that the open has passed fill at
 * the open. Only orders that were submitted before this call take part. Expired GTD orders are reported first. `bar` is
 * the whole bar: only its open, and the volume for the volume limit, are looked at. */
neap_status neap_paper_open(neap_paper *paper, uint32_t product, const neap_candle *bar, int64_t now,
                            neap_fault *fault);
/* The same bar has ended (`now` = its end): stops and limits inside the range fill; trailing stops move afterwards.
 * Orders submitted since the bar's start take no part unless they were submitted at now' ≤ bar->time (the moment of its
 * open). */
neap_status neap_paper_range(neap_paper *paper, uint32_t product, const neap_candle *bar, int64_t now,
                             neap_fault *fault);
/* Fills the market orders of a product at `price` with exchange time `time`, without slippage or volume limit (the end
 * of a run). */
neap_status neap_paper_settle(neap_paper *paper, uint32_t product, neap_decimal price, int64_t time, neap_fault *fault);

/* The same for one of them; one that does not work, or is no market order, is left alone. */
neap_status neap_paper_settle_order(neap_paper *paper, uint64_t order, neap_decimal price, int64_t time,
                                    neap_fault *fault);

/* Changes what is left of a working order (attached exits follow the filled part of their entry). NEAP_NOT_FOUND,
 * NEAP_INVALID (not above zero). */
neap_status neap_paper_resize(neap_paper *paper, uint64_t order, neap_decimal quantity, neap_fault *fault);

/* What fills cost from now on. */
void neap_paper_charge(neap_paper *paper, const neap_fee_schedule *fees);

/* An order that worked in an earlier process works again, with what is left of it; nothing is reported. The same
 * failures as of submit. */
neap_status neap_paper_restore(neap_paper *paper, const neap_order *order, neap_fault *fault);
/* What of the volume of the bar that began at `bar` was filled before. */
void neap_paper_restore_volume(neap_paper *paper, uint32_t product, int64_t bar, neap_decimal used);
/* A whole bar that those orders have seen already: levels move, nothing fills. NEAP_RANGE: a level does not fit. */
neap_status neap_paper_seen(neap_paper *paper, uint32_t product, const neap_candle *bar, neap_fault *fault);

uint32_t neap_paper_working(const neap_paper *paper, uint32_t product);

#endif
