/* SPDX-License-Identifier: MIT */
/* ledger_state: what the parts of the ledger share among themselves; nobody else includes it. */
#ifndef NEAP_ACCOUNT_LEDGER_STATE_H
#define NEAP_ACCOUNT_LEDGER_STATE_H

#include "account/ledger.h"

/* Running totals of one strategy, or of the account. `cost` counts the positions that pay their notional. */
typedef struct neap_book {
  neap_decimal cash, deposits, realized, fees, funding, cost;
} neap_book;

struct neap_ledger {
  char currency[20];
  const neap_product *products;
  uint32_t product_count, strategy_count;
  neap_book *books; /* one per strategy */
  neap_book account;
  neap_position positions[]; /* by strategy, then product */
};

/* cash = deposits + realized − fees + funding − cost */
bool neap_book_conserves(const neap_book *book);

#endif
