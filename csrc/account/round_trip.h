/* SPDX-License-Identifier: MIT */
/* round_trip: trades as a trader counts them: from flat to flat of one strategy in one product; a flip closes one and
 * opens the next. */
#ifndef NEAP_ACCOUNT_ROUND_TRIP_H
#define NEAP_ACCOUNT_ROUND_TRIP_H

#include "account/ledger.h"

typedef struct neap_round_trip {
  uint32_t strategy, product;
  neap_side side;        /* of the entry */
  neap_decimal quantity; /* all that was entered */
  neap_decimal entry_notional,
      exit_notional;    /* average price = notional ÷ quantity (÷ contract size), half-even at 12 digits */
  neap_decimal pnl;     /* net of fees and funding */
  neap_decimal fees;    /* of entries and exits; on a flip the fill's fee is shared by quantity */
  neap_decimal funding; /* received while it was open, less what was paid */
  int64_t entry_time, exit_time;
} neap_round_trip;

typedef struct neap_round_trips neap_round_trips;

/* What closed trades of a strategy gave, whatever their size: returns are pnl ÷ entry notional, each rounded half-even
 * at 12 digits. */
typedef struct neap_trade_tally {
  uint64_t wins, losses;  /* a trade that gave nothing is a loss */
  neap_decimal won, lost; /* sums of returns; `lost` without its sign */
} neap_trade_tally;

neap_status neap_round_trips_new(uint32_t products, uint32_t strategies, neap_round_trips **out, neap_fault *fault);
void neap_round_trips_free(neap_round_trips *trips);
/* Takes a fill that the ledger has booked. *closed is the trade that it completed, valid until the next call, else
 * NULL. */
neap_status neap_round_trips_apply(neap_round_trips *trips, const neap_fill *fill, const neap_booking *booking,
                                   const neap_round_trip **closed, neap_fault *fault);
/* Funding of the open trade that the ledger has booked; without one it is nobody's. NEAP_RANGE. */
neap_status neap_round_trips_fund(neap_round_trips *trips, uint32_t strategy, uint32_t product, neap_decimal amount,
                                  neap_fault *fault);
/* The trade that is open: quantity zero: none. */
const neap_round_trip *neap_round_trips_open(const neap_round_trips *trips, uint32_t strategy, uint32_t product);
/* Sets an open trade as it was. NEAP_INVALID: no such strategy or product. */
neap_status neap_round_trips_restore(neap_round_trips *trips, const neap_round_trip *trip, neap_fault *fault);
/* Of the trades of a strategy that closed since it was made or set. */
const neap_trade_tally *neap_round_trips_tally(const neap_round_trips *trips, uint32_t strategy);
void neap_round_trips_set_tally(neap_round_trips *trips, uint32_t strategy, const neap_trade_tally *tally);
neap_decimal neap_round_trip_entry_price(const neap_round_trip *trip, const neap_product *product);
neap_decimal neap_round_trip_exit_price(const neap_round_trip *trip, const neap_product *product);
double neap_round_trip_return(const neap_round_trip *trip); /* pnl ÷ entry notional, as float for statistics */

#endif
