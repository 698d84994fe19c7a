/* SPDX-License-Identifier: MIT */
/* statistics: what a run was worth, from its equity after each bar and its closed trades. Definitions: those of
 * backtesting.py (data/README.md section 6 in ../shared), quoted at each field. */
#ifndef NEAP_SESSION_STATISTICS_H
#define NEAP_SESSION_STATISTICS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/decimal.h"
#include "base/fault.h"

typedef struct neap_statistics neap_statistics;

typedef struct neap_statistics_result { /* fractions are given as percent where the name ends in _pct; NAN where not
                                           defined */
  double return_pct, annual_return_pct, volatility_pct, sharpe, sortino, calmar;
  double max_drawdown_pct; /* negative or 0, on the equity of bars */
  double win_rate_pct, profit_factor, expectancy_pct, best_trade_pct, worst_trade_pct, average_trade_pct, sqn,
      exposure_pct;
  double buy_and_hold_pct; /* filled by the caller */
  double equity_peak, equity_final;
  uint64_t bars, trades;
} neap_statistics_result;

neap_statistics *neap_statistics_new(double initial_equity);
void neap_statistics_free(neap_statistics *statistics);

/* One call per instant at which bars closed, in order of time. `time` is the START of the bar (the day of a bar is the
 * UTC day of its start; weekends are judged on it too). `exposed`: a position was open at any moment of this bar (entry
 * and exit bars count). O(1); memory grows by 16 bytes per day. */
neap_status neap_statistics_equity(neap_statistics *statistics, int64_t time, double equity, bool exposed);
/* Changes the equity of the last bar (a close at the end of the run). */
void neap_statistics_restate_last(neap_statistics *statistics, double equity);
/* A closed trade: profit net of fees, and profit ÷ entry value. */
neap_status neap_statistics_trade(neap_statistics *statistics, double pnl, double return_fraction);
void neap_statistics_result_get(const neap_statistics *statistics, neap_statistics_result *out);

#endif
