/* SPDX-License-Identifier: MIT */
/* result: the portfolio that an order would result in, in the figures that limits are about. For pretrade only. */
#ifndef NEAP_RISK_RESULT_H
#define NEAP_RISK_RESULT_H

#include "risk/pretrade.h"

typedef struct neap_share {
  neap_decimal value; /* of equity, rounded up at 12 digits; 0 when it is not known */
  bool is_known;
} neap_share;

typedef struct neap_figures { /* of the strategy, or of the account */
  neap_decimal equity;
  neap_decimal quantity, side;      /* of the order's product on the order's side: in base, in quote */
  neap_decimal total;               /* of all products on their worst sides, that one on the order's */
  neap_decimal margin, maintenance; /* of the leveraged ones among them: set aside at their caps, at their rates */
  neap_share side_share, total_share;
} neap_figures;

typedef struct neap_result {
  const neap_product *product;
  neap_decimal mark;
  int64_t cap; /* of the product's leverage now */
  neap_addition addition;
  bool has_account;
  neap_figures own, account;
} neap_result;

/* NEAP_NOT_FOUND: something that is held or ordered has no mark; NEAP_RANGE. */
neap_status result_of_order(const neap_pretrade *question, neap_result *out);
/* What is booked and nothing that only works, with `quantity` more at `price`. */
neap_status result_of_fill(const neap_pretrade *question, neap_decimal price, neap_decimal quantity, neap_result *out);

/* Over `most` times the equity, exactly; without equity anything is. `total`: of all products. */
bool result_is_over(const neap_figures *figures, bool total, neap_decimal most);
neap_decimal result_share(const neap_figures *figures, bool total);
/* The share of equity that stays when what is set aside is taken away, 0 … 1, rounded down at 12 digits.
 * `maintenance`: at the rates, else at the caps. */
neap_decimal result_buffer(const neap_figures *figures, bool maintenance);
/* Less than `least` of the equity stays, exactly. `buffer`: the share that result_buffer gave. */
bool result_is_short(const neap_figures *figures, bool maintenance, neap_decimal least, neap_decimal buffer);

#endif
