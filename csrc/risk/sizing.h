/* SPDX-License-Identifier: MIT */
/* sizing: how much to trade, by stated formulas. Pure and exact; sizes are rounded down, so that no rounding ever risks
 * more. Formulas, sources and examples: docs/guide/sizing.md. */
#ifndef NEAP_RISK_SIZING_H
#define NEAP_RISK_SIZING_H

#include "account/round_trip.h"
#include "market/liquidity.h"
#include "risk/pretrade.h"

typedef struct neap_stake { /* what an order may lose at its stop loss */
  neap_decimal equity, share;
  neap_side side;                   /* of the entry */
  neap_decimal entry, stop_loss;    /* prices */
  neap_decimal entry_bps, exit_bps; /* fees of the way in and of the way out */
} neap_stake;

/* equity × share ÷ what one unit loses: |entry − stop_loss| × contract size + the fees of both ways. Zero when it is
 * less than one increment. NEAP_INVALID: the stop is not on the losing side of the entry. NEAP_RANGE. */
neap_status neap_size_at_stop(const neap_product *product, const neap_stake *stake, neap_decimal *quantity);

/* W − (1 − W) ÷ R of a strategy's closed trades: W the share of trades that won, R the mean return of those over the
 * mean loss of the others; W where nothing was lost. Zero without an edge. NEAP_NOT_FOUND: no trade. NEAP_RANGE. */
neap_status neap_kelly_share(const neap_trade_tally *tally, neap_decimal *share);

/* What decided an advice. */
typedef enum neap_sizing_reason {
  NEAP_SIZED_FIXED,
  NEAP_SIZED_FRACTION,
  NEAP_SIZED_AT_STOP,
  NEAP_SIZED_KELLY,
  NEAP_SIZED_VOLATILITY,
  NEAP_SIZED_FALLBACK,      /* intelligent: equity × leverage alone, nothing else was known or asked for */
  NEAP_SIZED_BY_LEVERAGE,   /* intelligent: the smallest of its parts */
  NEAP_SIZED_BY_VOLATILITY, /* likewise */
  NEAP_SIZED_BY_IMPACT,     /* likewise */
  NEAP_SIZED_NO_STOP,       /* nothing may be opened: the stop that a formula needs is missing, */
  NEAP_SIZED_STOP_SIDE,     /* or is not on the losing side, */
  NEAP_SIZED_NO_EDGE,       /* Kelly's share is zero, */
  NEAP_SIZED_NO_VOLATILITY, /* or the volatility is not known yet */
  NEAP_SIZED_FEW_TRADES,    /* no advice: Kelly has too few trades */
  NEAP_SIZED_REASONS
} neap_sizing_reason;

typedef enum neap_sizing_mode { NEAP_SIZING_CONSERVATIVE, NEAP_SIZING_STRICT, NEAP_SIZING_AGGRESSIVE } neap_sizing_mode;
neap_sizing_mode neap_sizing_mode_of(const neap_limits *limits);

typedef struct neap_sizing_question { /* of what an entry opens; amounts in quote */
  const neap_limits *limits;          /* method, multiplier, mode and the sizing_ fields */
  const neap_product *product;
  neap_stake stake;           /* equity, side, entry price, fees; stop_loss zero: none; share: not looked at */
  neap_decimal asked;         /* value that is asked for */
  neap_decimal held;          /* value of the position of that side, with what works for it */
  int64_t leverage;           /* that the product may have; 1 on spot */
  bool has_volatility, takes; /* takes: an order that may take all at once, and so move the price */
  neap_decimal volatility;    /* annualized, a fraction */
  const neap_trade_tally *tally;
  const neap_liquidity_view *liquidity;
  const neap_impact_source *impact; /* NULL: what `liquidity` tells */
  const neap_ticket *ticket;        /* that `impact` is asked about */
} neap_sizing_question;

typedef struct neap_sizing_advice {
  bool is_given;      /* false: `reason` says why there is none */
  neap_decimal value; /* that may be opened at most, in quote; zero or more */
  neap_sizing_reason reason;
} neap_sizing_advice;

/* The most that the method of the limits lets this entry open. NEAP_RANGE. */
neap_status neap_sizing_advise(const neap_sizing_question *question, neap_sizing_advice *out);

#endif
