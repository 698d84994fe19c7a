/* SPDX-License-Identifier: MIT */
/* account_venue: a venue outside of the process with an account of USD and BTC, on which others trade, too. Its session
 * has a strategy that does nothing by itself and an operator's desk behind it; the test says what happens. */
#ifndef NEAP_SPEC_ACCOUNT_VENUE_H
#define NEAP_SPEC_ACCOUNT_VENUE_H

#include "session/mode.h"
#include "session/reconcile.h"
#include "session_support.h"
#include "store_support.h"

enum { STRATEGY, OPERATOR, VENUE_FOREIGN = 4 };

typedef struct account_venue {
  act play;
  actor who;
  neap_session_seat seat[2];
  neap_broker broker;
  const neap_broker_sink *sink;
  neap_decimal usd, btc; /* all that the account holds */
  neap_foreign_order foreign[VENUE_FOREIGN];
  size_t foreign_count;
  neap_own_order own;                      /* one of ours, as it is there; number 0: none is shown */
  uint64_t submitted, cancelled, restored; /* numbers of the latest */
  unsigned submissions, asked;             /* asked: for looks */
  bool shows;                              /* it tells of the account when it is first served */
  bool forgets;                            /* it knows no order that it was not told of again */
  const char *max_exposure;                /* share of equity; NULL: far away. It is set before begin */
  uint64_t reserve;                        /* of its journal, in bytes; 0: none */
  int64_t clock, looks;
  char alerts[4096]; /* lines of the log with level alert */
} account_venue;

/* A session with 10,000 USD for the strategy and 1,000 for the operator; `path` NULL: memory. */
neap_status outside_open(account_venue *self, neap_external external, const char *path, bool resume);
void outside_begin(account_venue *self, const char *usd, const char *btc); /* what the account holds; before open */
void outside_close(account_venue *self);
void outside_price(account_venue *self, const char *price); /* an hour passes, and a bar is over at this price */
/* A market order, or with a limit; its number. */
uint64_t outside_place(account_venue *self, uint32_t seat, neap_side side, const char *quantity, const char *limit);
neap_order_status outside_status(account_venue *self, uint64_t number); /* of one that works; else NEW */
void outside_report(account_venue *self, neap_report_kind kind, uint64_t number, const char *code);
void outside_fill(account_venue *self, uint64_t number, neap_side side, const char *price, const char *quantity,
                  const char *cumulative);
/* Somebody else's, with a fee of as many digits as there are. `told`: does the session hear of it? */
void outside_foreign(account_venue *self, neap_side side, const char *price, const char *quantity, const char *trade,
                     bool told);
void outside_tell(account_venue *self, const neap_foreign_fill *fill);
void outside_look(account_venue *self, bool settled);
void outside_move(account_venue *self, const char *usd, const char *btc); /* in or out, by nobody's trade */
/* Ours, what is external and what the account holds are one sum. */
void outside_check(account_venue *self);
neap_decimal outside_held(const account_venue *self, uint32_t seat); /* BTC */
const char *outside_event(const account_venue *self, const char *type, unsigned nth);
/* Replay makes the state that the session has. */
void outside_check_replay(account_venue *self, const place *at);

#endif
