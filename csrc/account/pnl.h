/* SPDX-License-Identifier: MIT */
/* pnl: profit and loss as it is looked at: by day, against its peak, by closed trade. Fees and funding are in all of
 * it: it goes by equity, and by the net result of trades. */
#ifndef NEAP_ACCOUNT_PNL_H
#define NEAP_ACCOUNT_PNL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/decimal.h"

typedef struct neap_pnl {
  int64_t day_start; /* ns after 00:00 UTC at which a day begins */
  bool begun;
  int64_t day;                       /* number of the day of the latest look */
  neap_decimal start_equity, equity; /* of that day; at the latest look */
  neap_decimal total, peak;          /* of profit and loss since the first look; the peak is never below zero */
  neap_decimal drawdown;             /* the largest fall from a peak, ≥ 0, in currency */
  uint64_t won, lost, even;          /* closed trades by their net result */
} neap_pnl;

void neap_pnl_init(neap_pnl *pnl, int64_t day_start);
/* A look at the equity, `paid` being what was paid in and out since the last look: it is no profit. The first look of a
 * day begins it with the equity of the last look before, so that what happened over night counts. NEAP_RANGE. */
neap_status neap_pnl_look(neap_pnl *pnl, int64_t now, neap_decimal equity, neap_decimal paid);
/* Since the day's start. */
neap_decimal neap_pnl_of_day(const neap_pnl *pnl);
/* A trade from flat to flat, net of fees and funding. */
void neap_pnl_trade(neap_pnl *pnl, neap_decimal net);
/* Won of all that were closed, in percent at 12 digits; false while there is none. */
bool neap_pnl_win_rate(const neap_pnl *pnl, neap_decimal *percent);

#endif
