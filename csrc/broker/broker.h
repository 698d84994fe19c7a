/* SPDX-License-Identifier: MIT */
/* broker: the contract of everything that takes orders: the simulator, Coinbase, a broker written as a Lua table. */
#ifndef NEAP_BROKER_BROKER_H
#define NEAP_BROKER_BROKER_H

#include "account/ledger.h"

typedef enum neap_report_kind {
  NEAP_REPORT_ACCEPTED,
  NEAP_REPORT_FILL,
  NEAP_REPORT_CANCELLED,
  NEAP_REPORT_CANCEL_REFUSED,
  NEAP_REPORT_REJECTED,
  NEAP_REPORT_EXPIRED,
  NEAP_REPORT_PREVIEWED
} neap_report_kind;

typedef struct neap_preview {               /* what an order would do, by the venue's word */
  neap_decimal quantity, price, fee, total; /* price: the average; total: quote with the fee; zero: it does not say */
} neap_preview;

typedef struct neap_report {
  neap_report_kind kind;
  uint64_t order;              /* number */
  neap_fill fill;              /* FILL only; `trade` is given by the session */
  bool last;                   /* FILL only: the venue says that this completes the order */
  neap_decimal cumulative;     /* FILL only: what the order has filled with it; what is told twice is booked once.
                                * Zero: it does not say */
  neap_decimal sized;          /* FILL of an order by notional or fraction: its whole quantity, now known; else zero */
  neap_preview preview;        /* PREVIEWED only */
  char code[48], message[160]; /* of a rejection, a cancel's refusal, an expiry, a preview that says no */
} neap_report;

/* Where a broker's answers go. Called on the session's thread. Answers may come late and more than once; the
 * fills of a product come in the order in which they happened, and an order's end behind its own. The receiver may call
 * submit and cancel from inside `report`. */
typedef struct neap_broker_sink {
  void *context;
  void (*report)(void *context, const neap_report *report);
  /* A simulated account's word: how much of `wanted` may be filled at `price`. Orders by notional or fraction have
   * wanted = 0: the answer is their whole quantity. reduce_only, and a sale on spot, are clamped to the position.
   * NEAP_REFUSED (insufficient_funds, spot_short, nothing_to_reduce, too_small) says why nothing may. */
  neap_status (*admit)(void *context, const neap_ticket *ticket, neap_decimal price, neap_liquidity liquidity,
                       neap_decimal wanted, neap_decimal *quantity, neap_fault *fault);
  /* The newest price of a product, for a broker without a feed of its own; false: none is known. May be NULL. */
  bool (*mark)(void *context, uint32_t product, neap_decimal *price);
} neap_broker_sink;

enum neap_broker_ability { NEAP_BROKER_EXTERNAL = 1 << 0 /* something outside this process: write before send */ };

/* Which orders a broker has of its own; what becomes of the others is broker/broker_adapter's. */
typedef struct neap_broker_abilities {
  uint8_t times[NEAP_ORDER_TYPES]; /* by type, bits 1 << time in force; 0: it has no such order */
  bool post_only, reduce_only;
  bool take_profit; /* a limit order that only reduces may rest there, beside a stop */
  bool bracket;     /* a target and a stop in one */
  bool replace;     /* changes an order in place */
  bool preview;
} neap_broker_abilities;

typedef struct neap_broker {
  void *self;
  const char *name;
  uint32_t abilities;
  const neap_broker_abilities *orders; /* NULL: it takes every order */
  /* NEAP_OK: it went out (the outcome comes as a report, perhaps before this returns). NEAP_REFUSED, NEAP_INVALID,
   * NEAP_EXISTS: the venue said no, with its code. NEAP_NOT_FOUND: it answered, and there is no order
   * ("order_placement_failed"). Anything else: the broker failed ("order_exception"). */
  neap_status (*submit)(void *self, const neap_ticket *ticket, int64_t now, neap_fault *fault);
  neap_status (*cancel)(void *self, uint64_t order, int64_t now, neap_fault *fault);
  /* Shows an order without placing it; NULL: it cannot. NEAP_OK: it was asked, and the answer comes as a report,
   * perhaps before this returns. */
  neap_status (*preview)(void *self, const neap_ticket *ticket, int64_t now, neap_fault *fault);
  /* The ticket of a working order has another quantity (attached exits follow what their entry filled): it is the whole
   * of it, with what the order has filled, told or not: one that filled whole works on for the rest. An order that
   * ended otherwise, and whose end is not told yet, is left alone: NEAP_OK. NEAP_REFUSED: it has filled more already,
   * and keeps its quantity. */
  neap_status (*resize)(void *self, const neap_order *order, int64_t now, neap_fault *fault);
  /* An order that worked in an earlier process works again, with what is left of it; nothing is reported. */
  neap_status (*restore)(void *self, const neap_order *order, neap_fault *fault);
} neap_broker;

#endif
