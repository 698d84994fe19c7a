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
  NEAP_REPORT_PREVIEWED,
  NEAP_REPORT_IN_DOUBT, /* it may be at the venue or not: the answer was lost. The broker asks, and reports what it
                         * learns */
  NEAP_REPORT_LOST      /* it is surely not there: the venue answered, later than anything could still arrive, that it
                         * never had it, or it was never reached. An entry has lost its moment, an exit is sent again,
                         * as the same order */
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
  neap_decimal sized;          /* FILL of an order by notional or fraction, or of one that kept more than a resize left
                                * it: its whole quantity, now known; else zero */
  neap_preview preview;        /* PREVIEWED only */
  char code[48], message[160]; /* of a rejection, a cancel's refusal, an expiry, a preview that says no */
} neap_report;

typedef struct neap_account_balance {
  char currency[20];
  neap_decimal total, held; /* total: with what is held */
} neap_account_balance;

enum { NEAP_BROKER_ID = 129 };

typedef struct neap_foreign_order { /* open at the venue, and not one of the orders that we sent */
  char order_id[NEAP_BROKER_ID], client_id[NEAP_BROKER_ID], product_id[40];
  uint32_t product; /* UINT32_MAX: none of ours */
  neap_side side;
  neap_decimal quantity, filled, limit; /* quantity zero: sized in quote; limit zero: none */
} neap_foreign_order;

typedef struct neap_foreign_fill { /* of an order that we did not send, on a product of ours */
  char trade_id[NEAP_BROKER_ID], order_id[NEAP_BROKER_ID], client_id[NEAP_BROKER_ID]; /* client_id "": not known */
  uint32_t product;
  neap_side side;
  neap_liquidity liquidity;
  neap_decimal price, quantity, fee;
  int64_t time;
} neap_foreign_fill;

typedef struct neap_own_order { /* one that we sent and that works, as the venue has it */
  uint64_t order;               /* number */
  neap_decimal quantity, limit; /* the whole of it; zero: it does not say */
} neap_own_order;

typedef struct neap_account_view { /* of the whole account */
  int64_t time;                    /* when it was asked for, on the session's clock */
  bool settled; /* nothing of ours was under way, in doubt or untold from the asking to the answer: what differs does */
  const neap_account_balance *balances;
  size_t balance_count;
  const neap_foreign_order *orders;
  size_t order_count;
  const neap_own_order *own;
  size_t own_count;
} neap_account_view;

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
  /* Of a broker outside of this process; each may be NULL. A look at the account, after the fills that are part of it;
   * each foreign fill once; and the rates of the account's fee tier, as fractions. */
  void (*account)(void *context, const neap_account_view *view);
  void (*foreign_fill)(void *context, const neap_foreign_fill *fill);
  void (*fees)(void *context, neap_decimal maker, neap_decimal taker);
  /* The venue does not let the key in any more ("auth_failed"), or again. Exits and cancels go on being tried. */
  void (*access)(void *context, bool is_open, const char *code, const char *message);
} neap_broker_sink;

enum neap_broker_ability {
  NEAP_BROKER_EXTERNAL = 1 << 0, /* something outside this process: write before send */
  NEAP_BROKER_HOLDS = 1 << 1     /* on spot a resting sale holds what it sells: another finds that missing */
};

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
  /* An order that worked in an earlier process works again, with what is left of it; nothing is reported. A broker
   * outside of this process is told of each that was sent, or may have been; what the venue made of it is reported by
   * `serve`: accepted, fills beyond order->filled, an end, in doubt, lost. */
  neap_status (*restore)(void *self, const neap_order *order, neap_fault *fault);
  /* Of a broker outside of this process; else NULL. Hands over, through the sink, what came since; called within an
   * instant of the session, never from inside another call of the broker. */
  void (*serve)(void *self, int64_t now);
  bool (*has_news)(const void *self);                 /* would serve hand over anything? */
  neap_status (*look)(void *self, neap_fault *fault); /* a view of the account is wanted soon */
  /* Is a cancel under way, also of an order that was told lost and is there, or an end untold? NULL: never. */
  bool (*is_busy)(const void *self);
} neap_broker;

#endif
