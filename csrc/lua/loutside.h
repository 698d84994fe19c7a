/* SPDX-License-Identifier: MIT */
/* loutside: what comes into a session from outside of this process, handed across the two shared objects as a pointer
 * that Lua carries: whoever has connections makes it, lsession_wire takes it. */
#ifndef NEAP_LUA_LOUTSIDE_H
#define NEAP_LUA_LOUTSIDE_H

#include "base/inputs.h"
#include "broker/broker.h"
#include "market/market_feed.h"
#include "session/session.h"

typedef struct neap_outside {
  void *self;
  neap_inputs *inputs; /* where its time comes from; NULL: the loop's clock and the machine's */
  const neap_market_feed *feed;
  const neap_broker *broker;                              /* NULL: fills are simulated */
  void (*hear)(void *self, const neap_broker_sink *sink); /* before the session opens; `sink` lives as long as that */
  neap_session_book books[NEAP_STRATEGY_PRODUCTS];        /* increments in which the feed tells */
} neap_outside;

#endif
