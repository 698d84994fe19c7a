/* SPDX-License-Identifier: MIT */
/* margin: how much of an account its positions bind, how near it is to the end, and at which price that is. Leverage
 * and rates are the caller's (risk/leverage). All comparisons are exact. */
#ifndef NEAP_ACCOUNT_MARGIN_H
#define NEAP_ACCOUNT_MARGIN_H

#include "market/product.h"

typedef struct neap_margin_holding {
  const neap_product *product;
  neap_decimal quantity;         /* signed */
  neap_decimal mark;             /* > 0 */
  neap_decimal max_leverage;     /* > 0; initial margin = value ÷ this */
  neap_decimal maintenance_rate; /* a fraction of the value, 0 to 1 */
} neap_margin_holding;

typedef enum neap_margin_health {
  NEAP_MARGIN_HEALTHY,
  NEAP_MARGIN_WARNING,    /* less than 20 % of the equity is available, or more than the initial margin is used */
  NEAP_MARGIN_CRITICAL,   /* less than 10 % is */
  NEAP_MARGIN_LIQUIDATION /* nothing is available, or there is no equity */
} neap_margin_health;

typedef struct neap_margin {
  neap_decimal equity, value;        /* value: sum of |quantity × mark| */
  neap_decimal initial, maintenance; /* rounded up, at 16 digits */
  neap_decimal available;            /* equity − maintenance */
  bool has_leverage;                 /* false: there is no equity for it to be of */
  neap_decimal leverage;             /* value ÷ equity, half-even at 12 digits */
  neap_decimal buffer_pct;           /* available ÷ equity, in percent; zero without equity */
  neap_margin_health health;
} neap_margin;

/* Equity is cash and what the positions are worth, profit and loss counted once. NEAP_RANGE; NEAP_INVALID: a mark,
 * leverage or rate out of its range. */
neap_status neap_margin_of(neap_decimal equity, const neap_margin_holding *holdings, uint32_t count, neap_margin *out);
/* Only whether equity is above zero and above the maintenance margin: the same figures, quicker. */
neap_status neap_margin_covers(neap_decimal equity, const neap_margin_holding *holdings, uint32_t count, bool *covers);
const char *neap_margin_health_name(neap_margin_health health); /* "healthy" … "liquidation_risk" */

/* The largest quantity that equity × leverage pays for: a multiple of the increment; zero when either is ≤ 0. */
neap_status neap_margin_max_size(const neap_product *product, neap_decimal equity, neap_decimal max_leverage,
                                 neap_decimal price, neap_decimal *out);

/* Of one position alone: entry × (1 − 1 ÷ leverage + rate) for a long, entry × (1 + 1 ÷ leverage − rate) for a short;
 * at 12 digits, rounded toward the entry. NEAP_INVALID: entry or leverage not above zero, rate outside 0 to 1. */
neap_status neap_liquidation_price(neap_decimal entry, bool is_short, neap_decimal leverage, neap_decimal rate,
                                   neap_decimal *out);
/* Of holding `at` in an account of many, the other marks as they are: the price at which equity is the maintenance
 * margin. Rounded toward the mark's side that comes first. *exists false: no price above zero is one. */
neap_status neap_liquidation_price_cross(neap_decimal equity, const neap_margin_holding *holdings, uint32_t count,
                                         uint32_t at, neap_decimal *out, bool *exists);

typedef enum neap_liquidation_state {
  NEAP_LIQUIDATION_SAFE,
  NEAP_LIQUIDATION_WARNING,  /* at most 20 % away: no entries */
  NEAP_LIQUIDATION_CRITICAL, /* at most 15 %: reduce only */
  NEAP_LIQUIDATED            /* at most 0 */
} neap_liquidation_state;

/* How far the mark (> 0) is from the price, in percent of the mark, half-even at 12 digits. */
neap_status neap_liquidation_distance(neap_decimal price, neap_decimal mark, bool is_short, neap_decimal *percent,
                                      neap_liquidation_state *state);
const char *neap_liquidation_state_name(neap_liquidation_state state); /* "safe" … "liquidated" */

#endif
