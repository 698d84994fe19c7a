/* SPDX-License-Identifier: MIT */
/* workflow_venue: a venue that answers late, more than once and out of turn, and that keeps books of its own: what it
 * was sent, what it did, and how much of that the session has been told. It looks at no price; dice say what fills. */
#ifndef NEAP_SPEC_WORKFLOW_VENUE_H
#define NEAP_SPEC_WORKFLOW_VENUE_H

#include "session/session.h"
#include "support.h"

enum { VENUE_ORDERS = 512, VENUE_LETTERS = 48, VENUE_PRODUCTS = 2 };

typedef struct venue_letter {
  neap_report report;
  uint64_t behind; /* events that the journal had before it was delivered */
  bool delivered;
  uint64_t turn; /* of a fill, among those of its product */
} venue_letter;

typedef struct venue_order {
  neap_ticket ticket;
  bool sent;           /* the session counts on it: it went out, or was restored, and no end was told */
  bool live;           /* here */
  bool ended;          /* here, by other than fills */
  bool cancel_waits;   /* a cancel is on its way here */
  bool cancel_failed;  /* one never got here, and the session knows it */
  neap_decimal filled; /* here */
  neap_decimal told;   /* of it */
  bool told_end;
  venue_letter letter[VENUE_LETTERS]; /* the first is its acknowledgement, which may come at any time */
  unsigned letters, next;             /* the next in turn */
} venue_order;

typedef struct venue {
  const neap_broker_sink *sink;
  neap_broker broker;
  const neap_broker_abilities *abilities; /* NULL: it has every order */
  bool holds;                             /* what sales on spot that rest sell; others are refused */
  uint64_t missing;                       /* sales that were */
  const neap_product *products;
  const neap_event_store *store;   /* that the journal goes to; NULL: it is being opened */
  venue_order order[VENUE_ORDERS]; /* by number */
  uint64_t highest;                /* number */
  uint64_t turns[VENUE_PRODUCTS], told_turns[VENUE_PRODUCTS];
  neap_decimal position[VENUE_PRODUCTS]; /* here */
  neap_decimal told[VENUE_PRODUCTS];     /* by what was told */
  neap_decimal price[VENUE_PRODUCTS];    /* at which it fills what has no limit */
  neap_decimal smallest[VENUE_PRODUCTS]; /* quantity */
  uint64_t dice;
  int64_t now;
  uint64_t fills, duplicates, late, refused;
} venue;

uint64_t venue_roll(venue *self, uint64_t sides); /* 0 … sides − 1 */

void venue_init(venue *self, const neap_product *products, uint64_t dice);
neap_broker_maker venue_maker(venue *self);
/* Something happens to one of its orders: it fills, in part or whole, is cancelled, expires, fails. */
void venue_act(venue *self);
/* Delivers one letter, of any order; false: there is none. */
bool venue_deliver(venue *self);
void venue_repeat(venue *self); /* delivers one that was delivered before */
/* Everything that is on its way, in both directions, arrives. */
void venue_drain(venue *self);
/* The process dies, and this venue in it: it remembers what it had told when the journal had `kept` events. The session
 * has to restore its orders, or send them anew. */
void venue_crash(venue *self, uint64_t kept);
/* After the resumption: every order that works by what was told is here again. */
void venue_check_restored(const venue *self);

#endif
