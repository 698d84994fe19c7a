/* SPDX-License-Identifier: MIT */
/* valuation: what balances and positions are worth in one currency, by which prices, and what could not be valued:
 * never silently nothing. */
#ifndef NEAP_ACCOUNT_VALUATION_H
#define NEAP_ACCOUNT_VALUATION_H

#include "market/product.h"

enum { NEAP_CURRENCY = 20, NEAP_COLLATERAL_ASSETS = 16 };
#define NEAP_MARK_MAX_AGE INT64_C(30000000000) /* 30 s, unless another age is asked for */

typedef enum neap_mark_state { NEAP_MARK_FRESH, NEAP_MARK_STALE, NEAP_MARK_MISSING } neap_mark_state;

/* A price of one `base` in `quote`, under the id of the product that has it. */
typedef struct neap_price {
  char id[40], base[NEAP_CURRENCY], quote[NEAP_CURRENCY];
  bool converts; /* it may lead from one currency to the other: a spot product's */
  neap_decimal value;
  int64_t time;
} neap_price;

/* Older than `max_age` is stale, exactly as old is fresh. `price` NULL: missing. */
neap_mark_state neap_mark_judge(const neap_price *price, int64_t now, int64_t max_age);
const char *neap_mark_state_name(neap_mark_state state); /* "fresh", "stale", "missing" */

typedef struct neap_balance {
  char currency[NEAP_CURRENCY];
  neap_decimal total, available;
} neap_balance;

/* What counts as collateral, at par: a list such as " usd, USDC" → USD USDC; empty: USD USDC. NEAP_INVALID: a name that
 * is none, or more than 16. */
typedef struct neap_assets {
  uint32_t count;
  char name[NEAP_COLLATERAL_ASSETS][NEAP_CURRENCY];
} neap_assets;
neap_status neap_assets_parse(const char *text, neap_assets *out, neap_fault *fault);
/* Sums the balances in these assets; without one the USD balance alone. NEAP_RANGE. */
neap_status neap_collateral(const neap_assets *assets, const neap_balance *balances, uint32_t count, neap_balance *out);

typedef struct neap_market_view { /* the prices at a moment */
  const neap_price *prices;
  uint32_t count;
  int64_t now, max_age;
} neap_market_view;

/* `amount` of `from` in `to`: by a price of the two, or its inverse, or two such steps over a third currency (of
 * several ways the first whose prices are fresh, in order of the prices). Each step is rounded half-even at 12 digits.
 * *state is the worst of the prices on the way; MISSING: there is no way, and *out is zero. */
neap_status neap_convert(const neap_market_view *market, neap_decimal amount, const char *from, const char *to,
                         neap_decimal *out, neap_mark_state *state);

typedef struct neap_valued { /* of a balance or a position, in the account's currency */
  neap_decimal value;        /* what it adds to the equity */
  neap_decimal notional;     /* of a position: |quantity × mark|; of a balance the value */
  neap_decimal unrealized;   /* of a position */
  neap_mark_state state;     /* MISSING: not valued, nothing of it is in the sums */
} neap_valued;

typedef struct neap_held {
  const neap_product *product;
  neap_decimal quantity, cost; /* signed, as in the ledger */
} neap_held;

typedef struct neap_portfolio {
  neap_decimal cash, positions, equity, notional;
  uint32_t stale, missing;
} neap_portfolio;

/* Each balance and position by itself into `balance_values` and `position_values`, and their sums. Spot and margin
 * count quantity × mark, derivatives their unrealized. NEAP_RANGE. */
neap_status neap_portfolio_value(const neap_market_view *market, const char *currency, const neap_balance *balances,
                                 uint32_t balance_count, neap_valued *balance_values, const neap_held *positions,
                                 uint32_t position_count, neap_valued *position_values, neap_portfolio *out);

#endif
