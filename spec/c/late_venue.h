/* SPDX-License-Identifier: MIT */
/* late_venue: a broker before the simulator that answers cancels in a manner of its own, and that no two live orders of
 * one chain pass. */
#ifndef NEAP_SPEC_LATE_VENUE_H
#define NEAP_SPEC_LATE_VENUE_H

#include "session_support.h"

typedef enum venue_manner { AT_ONCE, LATE, REFUSES, SAYS_NO_LATER } venue_manner;

typedef struct venue { /* the simulator behind it fills; cancels are answered in its own manner */
  neap_broker broker;
  const neap_broker *simulator;
  venue_manner manner;
  unsigned abilities; /* beside the simulator's */
  neap_session *session;
  const neap_broker_abilities *orders; /* NULL: it takes every order */
  unsigned submitted;
  uint64_t rejects;             /* the order of this number, at its submission */
  bool rejects_unwinding;       /* any that unwinds a group */
  uint64_t ponders;             /* it says neither yes nor no to the order of this number, until venue_refuse */
  uint64_t waiting[ACT_ORDERS]; /* cancels that are not answered */
  unsigned waiting_count;
} venue;

/* Stands between the session of that play and its simulator. */
void venue_open(venue *at, act *play, venue_manner manner);
void venue_answer(venue *at); /* what was not answered is answered now */
void venue_refuse(venue *at); /* it does not take the order that it ponders */

#endif
