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
  NEAP_REPORT_EXPIRED
} neap_report_kind;

typedef struct neap_report {
  neap_report_kind kind;
  uint64_t order;              /* number */
  neap_fill fill;              /* FILL only; `trade` is given by the session */
  bool last;                   /* FILL only: the venue says that this completes the order */
  neap_decimal sized;          /* FILL of an order by notional or fraction: its whole quantity, now known; else zero */
  char code[48], message[160]; /* of a rejection, a cancel's refusal, an expiry */
} neap_report;

/* Where a broker's answers go. Called on the session's thread. The receiver may call submit and cancel from inside
 * `report`. */
typedef struct neap_broker_sink {
  void *context;
  void (*report)(void *context, const neap_report *report);
  /* A simulated account's word: how much of `wanted` may be filled at `price`. Orders by notional or fraction have
   * wanted = 0: the answer is their whole quantity. reduce_only, and a sale on spot, are clamped to the position.
   * NEAP_REFUSED (insufficient_funds, spot_short, nothing_to_reduce, too_small) says why nothing may. */
  neap_status (*admit)(void *context, const neap_ticket *ticket, neap_decimal price, neap_liquidity liquidity,
                       neap_decimal wanted, neap_decimal *quantity, neap_fault *fault);
} neap_broker_sink;

enum neap_broker_ability { NEAP_BROKER_EXTERNAL = 1 << 0 /* something outside this process: write before send */ };

typedef struct neap_broker {
  void *self;
  const char *name;
  uint32_t abilities;
  /* NEAP_OK: it went out (the outcome comes as a report, perhaps before this returns). */
  neap_status (*submit)(void *self, const neap_ticket *ticket, int64_t now, neap_fault *fault);
  neap_status (*cancel)(void *self, uint64_t order, int64_t now, neap_fault *fault);
} neap_broker;

#endif
