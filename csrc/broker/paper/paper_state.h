/* SPDX-License-Identifier: MIT */
/* paper_state: what the parts of paper share among themselves; nobody else includes it. */
#ifndef NEAP_BROKER_PAPER_STATE_H
#define NEAP_BROKER_PAPER_STATE_H

#include "broker/paper/paper.h"
#include "broker/paper/working_orders.h"

struct neap_paper {
  const neap_product *products;
  neap_paper_options options;
  neap_broker_sink sink;
  neap_broker broker;
  neap_working_orders orders;
  uint64_t phase;                 /* number of the walk that is under way */
  neap_fault fault;               /* of the walk that failed */
  struct neap_paper_books *books; /* NULL: candles alone */
};

/* What of an order fills now. `quantity` zero: nothing, for want of volume. */
typedef struct neap_paper_offer {
  neap_decimal price, quantity, fee;
  neap_decimal admitted; /* what the account lets fill in all: with `sizes` the order's whole quantity */
  neap_liquidity liquidity;
  bool sizes;   /* this fill finds the quantity of an order by notional or fraction */
  bool clamped; /* the account admitted less than the order wants */
} neap_paper_offer;

/* NEAP_REFUSED, NEAP_RANGE or NEAP_INVALID: the order cannot fill. Other failures are the run's. `bar` NULL: at the
 * quote's price, whatever the volume. */
neap_status neap_paper_offer_make(const neap_paper *paper, const neap_working *working, const neap_candle *bar,
                                  const neap_candle_quote *quote, neap_paper_offer *out, neap_fault *fault);

/* neap_broker.preview: estimated at the mark, or the limit where that is better. */
neap_status neap_paper_preview(void *self, const neap_ticket *ticket, int64_t now, neap_fault *fault);

/* Reports it: on a recorded book it is on its way for a while. */
void neap_paper_tell(neap_paper *paper, uint32_t product, const neap_report *report);
bool neap_paper_has_book(const neap_paper *paper, uint32_t product);
bool neap_paper_is_refusal(neap_status status);
void neap_paper_refuse_cancel(neap_paper *paper, uint64_t number);
/* Ends an order that may not fill; what has fills is cancelled, not rejected. */
void neap_paper_refuse(neap_paper *paper, neap_working *working, const char *code, const char *message);
/* Books what was offered and reports it; `time` is the venue's. */
void neap_paper_fill(neap_paper *paper, neap_working *working, const neap_paper_offer *offer, int64_t time);

/* paper_book.c: all answers that are on their way, at once. */
void neap_paper_deliver(neap_paper *paper);
void neap_paper_books_free(neap_paper *paper);
void neap_paper_forget(neap_paper *paper, uint32_t product); /* those that ended, before their memory goes */
/* paper_send.c: how orders leave for a recorded book. */
neap_status neap_paper_send(neap_paper *paper, const neap_ticket *ticket, int64_t now, neap_fault *fault);
neap_status neap_paper_send_cancel(neap_paper *paper, uint64_t number, int64_t now, neap_fault *fault);
neap_status neap_paper_resize_sent(neap_paper *paper, const neap_order *order, neap_fault *fault);

/* Drops the order and reports it. Only between enter and leave of paper->orders. */
void neap_paper_end_order(neap_paper *paper, neap_working *working, neap_report_kind kind, const char *code,
                          const char *message);

#endif
