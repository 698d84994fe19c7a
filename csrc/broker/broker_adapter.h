/* SPDX-License-Identifier: MIT */
/* broker_adapter: one contract for every broker: what a broker has of its own it is sent; what it lacks is done for it
 * by us, or refused by name. Pure; it asks only the abilities that the broker states.
 *
 * Done by us: a stop, a stop-limit and a trailing stop (a trigger watches the price, then a market or a limit order
 * leaves), and a target where none may rest there; gtd (sent as gtc, cancelled at its time); reduce_only (the session
 * clamps the order to the position). A market order does not rest: where gtc is lacking ioc is the same. */
#ifndef NEAP_BROKER_BROKER_ADAPTER_H
#define NEAP_BROKER_BROKER_ADAPTER_H

#include "account/trigger.h"
#include "broker/broker.h"

typedef struct neap_broker_plan {
  bool watched;       /* a trigger of ours waits for the price first */
  bool ended;         /* gtd: at good_till we cancel it */
  bool clamped;       /* reduce_only: only our clamp keeps it from opening something */
  neap_ticket leaves; /* what the broker is sent, at once or when the trigger fires */
} neap_broker_plan;

/* What becomes of an order at this broker. NEAP_UNSUPPORTED: nothing can; the code is broker_lacks_ and the word
 * (broker_lacks_fok), the message says which broker has no what. */
neap_status neap_broker_adapter_plan(const neap_broker *broker, const neap_ticket *ticket, neap_broker_plan *out,
                                     neap_fault *fault);
/* The same for an order that leaves: of one whose trigger has fired, what that sends. */
neap_status neap_broker_adapter_leaves(const neap_broker *broker, const neap_order *order, neap_ticket *out,
                                       neap_fault *fault);

/* neap_broker.submit and .preview with the ticket that is the broker's. */
neap_status neap_broker_adapter_submit(const neap_broker *broker, const neap_order *order, int64_t now,
                                       neap_fault *fault);
neap_status neap_broker_adapter_preview(const neap_broker *broker, const neap_order *order, int64_t now,
                                        neap_fault *fault);

/* The words for abilities, in order, NULL after the last: the types, the times in force, then post_only reduce_only
 * take_profit bracket replace preview. `get` and `set` are by the word's index; a type goes with all times in force, a
 * time in force with all types that there are. */
const char *neap_broker_ability_word(unsigned index);
bool neap_broker_ability_get(const neap_broker_abilities *abilities, unsigned index);
void neap_broker_ability_set(neap_broker_abilities *abilities, unsigned index, bool has);

#endif
