/* SPDX-License-Identifier: MIT */
/* risk_state: what the guards remember: the day's start, the peak, and which guard holds what since when. It changes
 * only by the functions below, which a session and the replay of its events call alike. */
#ifndef NEAP_RISK_RISK_STATE_H
#define NEAP_RISK_RISK_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/decimal.h"

enum { NEAP_RISK_PRODUCTS = 32 };

typedef enum neap_guard_id {
  NEAP_GUARD_DAILY_LOSS,
  NEAP_GUARD_DRAWDOWN,
  NEAP_GUARD_LIQUIDATION,
  NEAP_GUARD_STALENESS,
  NEAP_GUARD_VOLATILITY,
  NEAP_GUARD_CONCENTRATION,
  NEAP_GUARD_CORRELATION,
  NEAP_GUARDS,
  NEAP_GUARD_RECONCILE = NEAP_GUARDS, /* no guard of the table: differences with the venue hold a product */
  NEAP_HOLDERS
} neap_guard_id;

/* From lax to strict. Of a product, HELD and REDUCE_ONLY both stop its entries; of the account REDUCE_ONLY and HALTED
 * are modes. */
typedef enum neap_guard_level {
  NEAP_GUARD_CLEAR,
  NEAP_GUARD_NOTED, /* written down, nothing stopped */
  NEAP_GUARD_HELD,
  NEAP_GUARD_REDUCE_ONLY,
  NEAP_GUARD_HALTED,
  NEAP_GUARD_LEVELS
} neap_guard_level;

typedef struct neap_guard_hold {
  neap_guard_level level;
  int64_t since; /* ns: the latest trip */
} neap_guard_hold;

typedef struct neap_risk_state {
  bool has_day;
  int64_t day;                       /* start of the present one, ns */
  neap_decimal day_equity, day_paid; /* at its start: equity, and what had been paid in by then */
  neap_decimal peak;                 /* the highest equity − paid in */
  int64_t metrics_at;                /* when they were last written */
  neap_guard_hold account[NEAP_HOLDERS];
  neap_guard_hold product[NEAP_RISK_PRODUCTS][NEAP_HOLDERS];
} neap_risk_state;

const char *neap_guard_name(neap_guard_id guard); /* "daily_loss" … */
const char *neap_guard_level_name(neap_guard_level level);
int neap_guard_find(const char *name); /* −1 */

/* Start of the day that `now` is in; `clock` "HH:MM", UTC. */
int64_t neap_risk_day_of(int64_t now, const char *clock);
/* A new day: its loss begins at nothing. What a guard holds stays held, but that of the daily loss may trip anew. */
void neap_risk_state_day(neap_risk_state *state, int64_t day, neap_decimal equity, neap_decimal paid);
/* product −1: the account. */
neap_guard_hold *neap_risk_state_hold(neap_risk_state *state, neap_guard_id guard, int product);
void neap_risk_state_trip(neap_risk_state *state, neap_guard_id guard, int product, neap_guard_level level,
                          int64_t now);
void neap_risk_state_clear(neap_risk_state *state, neap_guard_id guard, int product);
/* A person lifted the mode: account guards may trip again. */
void neap_risk_state_resume(neap_risk_state *state);
/* The guard that stops entries of a product, the strictest first; NEAP_HOLDERS: none. */
neap_guard_id neap_risk_state_held_by(const neap_risk_state *state, uint32_t product);

#endif
