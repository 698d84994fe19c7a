/* SPDX-License-Identifier: MIT */
/* exposure: what a strategy, or the whole account, holds of each product and what its working orders may still add, as
 * running sums: a look costs the same with one working order and with ten thousand. */
#ifndef NEAP_RISK_EXPOSURE_H
#define NEAP_RISK_EXPOSURE_H

#include "account/order.h"
#include "market/product.h"

/* What working orders of one side may still move. */
typedef struct neap_open_side {
  neap_decimal quantity; /* of those whose quantity is known */
  neap_decimal unpriced; /* the part of it that has no price of its own: valued at the mark */
  neap_decimal value;    /* of the other part, at its limits and stops, in quote */
  neap_decimal amount;   /* of those that are sized at their fill, in quote */
} neap_open_side;

typedef struct neap_holding { /* of one product; all zero: nothing */
  neap_decimal position;      /* signed, booked */
  neap_open_side open[2];     /* by neap_side: what may open or flip */
  neap_open_side closing[2];  /* market orders that only reduce: gone before the next order arrives */
  neap_decimal working[2];    /* quantity of all that were given by quantity */
  uint32_t orders;
} neap_holding;

/* Puts an order's rest in, or takes it out. An order that is in is taken out before anything of it changes and put in
 * again. NEAP_RANGE: the sums do not fit; nothing is changed then. */
neap_status neap_holding_add(neap_holding *holding, const neap_product *product, const neap_order *order);
neap_status neap_holding_remove(neap_holding *holding, const neap_product *product, const neap_order *order);

typedef struct neap_portfolio { /* lists by product */
  neap_decimal equity;
  uint32_t count;
  const neap_product *products;
  const neap_decimal *marks; /* zero: not known */
  const neap_holding *holdings;
} neap_portfolio;

/* price × quantity × contract size, rounded up at the last digit. */
neap_status neap_worth(const neap_product *product, neap_decimal price, neap_decimal quantity, neap_decimal *out);
/* What the orders of a side are worth: amounts that are not sized count whole. */
neap_status neap_open_worth(const neap_open_side *open, const neap_product *product, neap_decimal mark,
                            neap_decimal *out);
/* The position without what closing orders will take from it. */
neap_decimal neap_holding_staying(const neap_holding *holding);

typedef struct neap_addition { /* what an order would add on its side */
  neap_side side;
  neap_decimal quantity, value;
  neap_decimal price; /* that `value` was made with; by amount: the mark */
  bool by_amount;
} neap_addition;

/* The position of that side when all its orders fill, the addition (NULL: none) with them: in base and in quote, both
 * zero or more. NEAP_NOT_FOUND: there is no mark to value it at. */
neap_status neap_holding_side(const neap_portfolio *portfolio, uint32_t product, neap_side side,
                              const neap_addition *addition, neap_decimal *quantity, neap_decimal *value);
/* The larger of both sides, in quote. */
neap_status neap_holding_worst(const neap_portfolio *portfolio, uint32_t product, neap_decimal *value);

#endif
