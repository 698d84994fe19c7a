/* SPDX-License-Identifier: MIT */
/* trigger: when an order that waits for a price has seen it. Pure; who keeps triggers and feeds them prices is
 * session/stop_trigger_manager. */
#ifndef NEAP_ACCOUNT_TRIGGER_H
#define NEAP_ACCOUNT_TRIGGER_H

#include "account/order.h"
#include "market/product.h"

/* Where the level of a trailing stop lies when `price` is the best one: `trail_bps` from it, on the grid, rounded so
 * that the order is never better off for it. NEAP_RANGE: it does not fit. */
neap_status neap_trail_level(const neap_ticket *ticket, const neap_product *product, neap_decimal price,
                             neap_decimal *out);

/* A stop fires against its owner: a buy at or above the level, a sale at or below it. A target, that is a limit order
 * that only reduces, fires the other way round: a buy at or below its limit, a sale at or above it. */
bool neap_trigger_reaches(const neap_ticket *ticket, neap_decimal level, neap_decimal price);

/* Sets it, not fired. The level is the stop's, the target's limit, or, of a trailing stop, by the newest price; without
 * one (zero) it begins with the first that is seen. */
neap_status neap_trigger_set(neap_trigger *trigger, const neap_ticket *ticket, const neap_product *product,
                             neap_decimal price);

typedef enum neap_trigger_sight { NEAP_TRIGGER_WAITS, NEAP_TRIGGER_MOVES, NEAP_TRIGGER_FIRES } neap_trigger_sight;

/* Shows it a price. It fires once: what has fired waits for nothing. A trailing stop that does not fire follows, if the
 * price is its best. A price that is zero or below is none. NEAP_RANGE: a level that does not fit; nothing changed. */
neap_status neap_trigger_see(neap_trigger *trigger, const neap_ticket *ticket, const neap_product *product,
                             neap_decimal price, neap_trigger_sight *out);

/* What leaves when it has fired: of a stop-limit its limit order, of a stop, a trailing stop and a target a market
 * order; the rest of the ticket stays, its number and client order id with it. */
neap_ticket neap_trigger_ticket(const neap_ticket *ticket);

#endif
